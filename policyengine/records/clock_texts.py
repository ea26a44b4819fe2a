"""Dates and date-times from the texts of an export. Nothing is guessed (S3, S15, S16).

A date is `YYYY-MM-DD`; a date-time is `YYYY-MM-DDTHH:MM[:SS]` (or with a space), perhaps with an
offset, a fraction of a second being dropped. Any other layout must be declared.
"""

import re
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta, timezone
from enum import Enum
from typing import Final

from policyengine.values.moments import Moment, Zone

FIRST_YEAR: Final = 1800
LAST_YEAR: Final = 2199
DAY_SECONDS: Final = 86_400


class Misfit(Enum):
    """Why a value does not fit its type: the kinds of fault of the load report."""

    DATE = "invalid_date"
    DATETIME = "invalid_datetime"
    SKIPPED = "skipped_time"
    NUMBER = "not_a_number"
    LONG_NUMBER = "number_too_long"
    YES_NO = "not_yes_no"
    CODE = "unknown_code"
    TEXT = "invalid_text"
    TYPE = "wrong_type"


_DATE = re.compile(r"(\d{4})-(\d{2})-(\d{2})", re.ASCII)
_DATETIME = re.compile(
    r"(\d{4})-(\d{2})-(\d{2})[T ](\d{2}):(\d{2})(?::(\d{2})(?:[.,]\d{1,9})?)?"
    r" ?(Z|[+-]\d{2}:?\d{2})?",
    re.ASCII,
)
_TIME = re.compile(r"[T ](\d{2}):(\d{2})(?::(\d{2})(?:[.,]\d{1,9})?)?", re.ASCII)
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_PIECES = {
    "%Y": r"(?P<Y>\d{4})",
    "%m": r"(?P<m>\d{1,2})",
    "%b": r"(?P<b>[A-Za-z]{3})",
    "%d": r"(?P<d>\d{1,2})",
    "%H": r"(?P<H>\d{1,2})",
    "%M": r"(?P<M>\d{2})",
    "%S": r"(?P<S>\d{2})",
}


class Layout:
    """A declared layout, such as `%d/%m/%Y` or `%d %b %Y %H:%M`.

    Years have four digits: a layout with two would have to guess the century. Raises ValueError
    for one that does not settle a day, or that has a piece which is not known.
    """

    def __init__(self, layout: str) -> None:
        pieces = re.split(r"(%.)", layout)
        if any(piece.startswith("%") and piece not in _PIECES for piece in pieces):
            raise ValueError("a piece of the layout is not known")
        named = [piece for piece in pieces if piece in _PIECES]
        settles_day = "%Y" in named and "%d" in named and ("%m" in named) != ("%b" in named)
        if len(set(named)) != len(named) or not settles_day:
            raise ValueError("the layout does not settle a day")
        self.timed = "%H" in named and "%M" in named
        if not self.timed and {"%H", "%M", "%S"} & set(named):
            raise ValueError("the layout has half a time of day")
        pattern = "".join(_PIECES.get(piece) or re.escape(piece) for piece in pieces)
        self._pattern = re.compile(pattern, re.ASCII)

    def is_shaped(self, text: str) -> bool:
        """Whether a text is of this layout, be it a day of the calendar or not: `31/02/2024`."""
        return self._pattern.fullmatch(text) is not None

    def read(self, text: str) -> datetime | None:
        """The day and time that a text means in this layout, if it is of it at all."""
        found = self._pattern.fullmatch(text)
        if found is None:
            return None
        parts = found.groupdict()
        month = parts.get("m") or _month(parts.get("b") or "")
        hour, minute, second = (int(parts.get(each) or 0) for each in "HMS")
        year, day = int(parts["Y"]), int(parts["d"])
        try:
            return datetime(year, int(month), day, hour, minute, second)  # noqa: DTZ001 (local)
        except ValueError:
            return None


def _month(name: str) -> int:
    lower = name.lower()
    return _MONTHS.index(lower) + 1 if lower in _MONTHS else 0


class ClockTexts:
    """Reads dates and date-times. `zone` is the schema's; `written_in` is the zone in which the
    export writes date-times without an offset, usually the same."""

    def __init__(
        self, zone: Zone, *, written_in: Zone | None = None, layouts: Sequence[Layout] = ()
    ) -> None:
        self._zone = zone
        self._written_in = written_in
        self._dates = [layout for layout in layouts if not layout.timed]
        self._datetimes = [layout for layout in layouts if layout.timed]
        # A day of 24 hours is one on which the clocks stand still: a time on it is a sum. Days
        # and times of day are few, so both are remembered by their texts.
        self._even_days: dict[str, tuple[int, int]] = {}
        self._times: dict[str, int] = {}

    def read_date(self, text: str) -> Moment | Misfit:
        """A day from a text without spaces around it."""
        day = iso_day(text)
        if day is None and (read := _agreed(text, self._dates)) is not None:
            day = _day(read.year, read.month, read.day)
        return Misfit.DATE if day is None else Moment(day)

    def at_once(self, text: str) -> Moment | None:
        """A date-time whose day and whose time of day were met before; None for any other."""
        even = self._even_days.get(text[:10])
        if even is None:
            return None
        seconds = self._times.get(text[10:])
        return None if seconds is None else Moment(even[0], at=even[1] + seconds, timed=True)

    def even_day(self, text: str) -> tuple[int, int] | None:
        """The day that a text names and its first instant, if the clocks stand still on it, so
        that a time of day without an offset is a sum; None for any other text."""
        day = iso_day(text) if self._written_in is None else None
        if day is None:
            return None
        start, end = self._zone.start_of_day(day), self._zone.start_of_day(day + 1)
        return (day, start) if end - start == DAY_SECONDS else None

    def read_datetime(self, text: str) -> Moment | Misfit:
        """A time on a day; or a day whose time is not known, where a date stands alone (S16)."""
        found = _DATETIME.fullmatch(text)
        if found is None:
            read = _agreed(text, self._datetimes)
            if read is not None and FIRST_YEAR <= read.year <= LAST_YEAR:
                return self._local(read)
            alone = self.read_date(text)
            return Misfit.DATETIME if isinstance(alone, Misfit) else Moment(alone.day, clock=True)
        year, month, day, hour, minute, second = (int(part or 0) for part in found.groups()[:6])
        if not FIRST_YEAR <= year <= LAST_YEAR:
            return Misfit.DATETIME
        try:
            local = datetime(year, month, day, hour, minute, second)  # noqa: DTZ001 (see below)
        except ValueError:
            return Misfit.DATETIME
        if (offset := found.group(7)) is not None:
            return self._with_offset(local, offset)
        if self._written_in is None:
            self._remember(text, local)
        return self._local(local)

    def _remember(self, text: str, local: datetime) -> None:
        if (even := self.even_day(text[:10])) is not None:
            self._even_days[text[:10]] = even
        if len(self._times) < DAY_SECONDS:
            self._times[text[10:]] = local.hour * 3600 + local.minute * 60 + local.second

    def _local(self, local: datetime) -> Moment | Misfit:
        if self._written_in is None:
            return self._zone.at_local(local) or Misfit.SKIPPED
        there = self._written_in.at_local(local)
        if there is None or there.at is None or there.until is None:
            return Misfit.SKIPPED
        here = self._zone.at_instant(there.at)
        last = self._zone.day_of(there.until)
        return Moment(here.day, last, at=there.at, until=there.until, timed=True)

    def _with_offset(self, local: datetime, offset: str) -> Moment | Misfit:
        if offset == "Z":
            shift = UTC
        else:
            hours, minutes = int(offset[1:3]), int(offset[-2:])
            if hours > 14 or minutes > 59:
                return Misfit.DATETIME
            away = timedelta(hours=hours, minutes=minutes)
            shift = timezone(-away if offset[0] == "-" else away)
        return self._zone.at_instant(int(local.replace(tzinfo=shift).timestamp()))


def seconds_of_day(text: str) -> int | None:
    """How far into a day a time without an offset is that follows the date in a date-time:
    `T10:30` or ` 10:30:05.5`. None for any other text."""
    found = _TIME.fullmatch(text)
    if found is None:
        return None
    hour, minute, second = (int(part or 0) for part in found.groups())
    if hour > 23 or minute > 59 or second > 59:
        return None
    return hour * 3600 + minute * 60 + second


def iso_day(text: str) -> int | None:
    """The ordinal of a day written `YYYY-MM-DD`, between 1800 and 2199; None for all else."""
    found = _DATE.fullmatch(text)
    return None if found is None else _day(*(int(part) for part in found.groups()))


def _day(year: int, month: int, day: int) -> int | None:
    if not FIRST_YEAR <= year <= LAST_YEAR:
        return None
    try:
        return date(year, month, day).toordinal()
    except ValueError:
        return None


def _agreed(text: str, layouts: Sequence[Layout]) -> datetime | None:
    """What a text means in the layouts that it fits; nothing if two of them disagree."""
    read = {found for layout in layouts if (found := layout.read(text)) is not None}
    return read.pop() if len(read) == 1 else None
