"""Days and local times of England, as a ward writes them down."""

from calendar import monthrange
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

LONDON = ZoneInfo("Europe/London")


def at(day: date, hour: int, minute: int = 0) -> datetime:
    """A local time of day, without an offset, as an export holds it."""
    return datetime.combine(day, time(hour, minute))


def after_minutes(moment: datetime, minutes: int) -> datetime:
    """The local time after so much elapsed time, across a change of the clocks too."""
    start = moment.replace(tzinfo=LONDON).astimezone(UTC)
    return (start + timedelta(minutes=minutes)).astimezone(LONDON).replace(tzinfo=None)


def by_day(moment: datetime) -> datetime:
    """The same, or the working hour before it where it falls in the night."""
    if moment.hour < 8:
        return at(moment.date() - timedelta(days=1), 17, moment.minute)
    return at(moment.date(), 18, moment.minute) if moment.hour > 19 else moment


def add_months(day: date, months: int) -> date:
    """The same day so many months on, or the last day of a shorter month."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def last_day(first: date, months: int) -> date:
    """The last day of a period of so many months that begins with `first`."""
    corresponding = add_months(first, months)
    if corresponding.day != first.day:  # no such day in that month: its last day
        return corresponding
    return corresponding - timedelta(days=1)


def written(value: date | datetime) -> str:
    """As it stands in an export: to the day, or to the minute."""
    if isinstance(value, datetime):
        return value.isoformat(timespec="minutes")
    return value.isoformat()
