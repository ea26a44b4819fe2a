"""Dates as people read them: `Thu 8 Jan 2026`, `Thursday 8 January 2026`, `297 days`."""

from datetime import date, datetime

_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)


def short_date(iso: str) -> str:
    """A day or an instant of the JSON report, briefly: `Thu 8 Jan 2026`, with its time if it
    has one, `Thu 8 Jan 2026, 14:30`. What is no date is given back as it is."""
    return _in_words(iso, letters=3)


def long_date(iso: str) -> str:
    """The same for a sentence: `Thursday 8 January 2026`, `Thursday 8 January 2026 at 14:30`."""
    return _in_words(iso, letters=None)


def _in_words(iso: str, letters: int | None) -> str:
    moment = _read(iso)
    if moment is None:
        return iso
    weekday, month = _DAYS[moment.weekday()][:letters], _MONTHS[moment.month - 1][:letters]
    day = f"{weekday} {moment.day} {month} {moment.year}"
    if not isinstance(moment, datetime):
        return day
    clock = f"{moment:%H:%M:%S}" if moment.second else f"{moment:%H:%M}"
    return f"{day}, {clock}" if letters else f"{day} at {clock}"


def day_of(iso: str) -> int | None:
    """The day, as an ordinal, of a day or an instant of the JSON report."""
    moment = _read(iso)
    return None if moment is None else moment.toordinal()


def _read(iso: str) -> date | datetime | None:
    try:
        return datetime.fromisoformat(iso) if "T" in iso else date.fromisoformat(iso)
    except ValueError:
        return None


def how_long(start: str, end: str) -> str | None:
    """How much later one is than the other: `1 day`, `297 days`; hours and minutes where both
    are instants less than two days apart. None where it is not later, or not known."""
    first, last = _read(start), _read(end)
    if first is None or last is None:
        return None
    if isinstance(first, datetime) and isinstance(last, datetime):
        minutes = int((last - first).total_seconds() // 60)
        if minutes <= 0:
            return None
        if minutes < 2 * 24 * 60:
            return f"{counted(minutes // 60, 'hour')}" if minutes >= 60 else _minutes(minutes)
    days = last.toordinal() - first.toordinal()
    return counted(days, "day") if days > 0 else None


def _minutes(minutes: int) -> str:
    return counted(minutes, "minute")


def counted(number: int, thing: str, plural: str | None = None) -> str:
    """A number of things: `1 day`, `1,204 days`.

    >>> counted(2, "breach", "breaches")
    '2 breaches'
    """
    return f"{number:,} {thing if number == 1 else plural or thing + 's'}"
