"""Days and instants, known exactly or within bounds (S15, S16).

A `Moment` is a day, or a time on a day, or something known only to lie between two bounds: a
date in a field that should carry a time, a local time that the clocks run through twice, an
unseen record's date. Days are ordinals (`date.toordinal`), instants whole seconds since 1970
in UTC. Comparisons answer in three values; who asks adds the reasons.
"""

from datetime import UTC, date, datetime, timedelta, tzinfo
from functools import lru_cache
from zoneinfo import ZoneInfo

FIRST_DAY = date.min.toordinal()
LAST_DAY = date.max.toordinal()
_EPOCH_DAY = date(1970, 1, 1).toordinal()


class Moment:
    """A day from `day` to `last` (the same, if it is known), perhaps with a time of day.

    `timed`: it carries a time of day. `clock`: it comes from a `datetime`, with or without its
    time. `at` and `until` bound the instant; they are None for a plain day, whose bounds are the
    day's own in the zone.
    """

    __slots__ = ("at", "clock", "day", "last", "timed", "until")

    def __init__(
        self,
        day: int,
        last: int | None = None,
        *,
        at: int | None = None,
        until: int | None = None,
        timed: bool = False,
        clock: bool = False,
    ) -> None:
        self.day = day
        self.last = day if last is None else last
        self.at = at
        self.until = at if until is None else until
        self.timed = timed
        self.clock = clock or timed

    def __repr__(self) -> str:
        return f"Moment({date.fromordinal(self.day)}..{date.fromordinal(self.last)}, {self.at})"

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Moment):
            return NotImplemented
        mine = (self.day, self.last, self.at, self.until, self.timed, self.clock)
        return mine == (other.day, other.last, other.at, other.until, other.timed, other.clock)

    def __hash__(self) -> int:
        return hash((self.day, self.last, self.at, self.until))


class Zone:
    """A time zone's arithmetic between local days and instants, remembered."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._zone: tzinfo = UTC if name == "UTC" else ZoneInfo(name)
        self.start_of_day = lru_cache(maxsize=None)(self._start_of_day)

    def _start_of_day(self, day: int) -> int:
        """The first instant of a local day."""
        if day <= FIRST_DAY:
            return -(10**12)
        if day > LAST_DAY - 1:
            return 10**12
        midnight = datetime.combine(date.fromordinal(day), datetime.min.time(), self._zone)
        return int(midnight.timestamp())

    def end_of_day(self, day: int) -> int:
        """The last second of a local day."""
        return self.start_of_day(day + 1) - 1

    def bounds(self, moment: Moment) -> tuple[int, int]:
        """The first and the last instant that a moment can be."""
        if moment.at is not None and moment.until is not None:
            return moment.at, moment.until
        return self.start_of_day(moment.day), self.end_of_day(moment.last)

    def at_local(self, local: datetime) -> Moment | None:
        """The moment of a local date-time without offset; None if the clocks skip it (S16).

        A time that comes twice is both: its bounds are the two instants.
        """
        whole = local.replace(microsecond=0)
        first = int(whole.replace(tzinfo=self._zone, fold=0).timestamp())
        second = int(whole.replace(tzinfo=self._zone, fold=1).timestamp())
        if second < first:
            return None
        return Moment(whole.toordinal(), at=first, until=second, timed=True)

    def at_instant(self, instant: int) -> Moment:
        """The moment of an instant: its local day and its time."""
        return Moment(self.day_of(instant), at=instant, timed=True)

    def local(self, instant: int) -> datetime:
        """The local date-time of an instant, with its offset."""
        moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=instant)
        return moment.astimezone(self._zone)

    def day_of(self, instant: int) -> int:
        """The local day of an instant."""
        if instant <= -(10**11):
            return FIRST_DAY
        if instant >= 10**11:
            return LAST_DAY
        return self.local(instant).toordinal()

    def shifted(self, moment: Moment, seconds: int) -> Moment:
        """A moment so many elapsed seconds later (earlier, if negative): always of the clock."""
        at, until = (bound + seconds for bound in self.bounds(moment))
        return Moment(
            self.day_of(at), self.day_of(until), at=at, until=until, timed=moment.timed, clock=True
        )


def before(one: Moment, other: Moment, zone: Zone) -> bool | None:
    """Whether one is before the other; None if that cannot be told (S15).

    Two times of day are compared as instants. A day and anything else are compared by calendar
    day. Two date-times of which one lacks its time are compared by day; on one day, unknown.
    """
    bounds = _comparable(one, other, zone)
    if bounds is None:
        return None
    low, high, other_low, other_high = bounds
    if high < other_low:
        return True
    return False if low >= other_high else None


def on(one: Moment, other: Moment, zone: Zone) -> bool | None:
    """Whether one is on the other: the same day, or for two times of day the same instant."""
    bounds = _comparable(one, other, zone)
    if bounds is None:
        return None
    low, high, other_low, other_high = bounds
    if high < other_low or low > other_high:
        return False
    return True if low == high == other_low == other_high else None


def _comparable(one: Moment, other: Moment, zone: Zone) -> tuple[int, int, int, int] | None:
    """Both moments' bounds in one measure, days or instants; None: on one day, with a time
    wanting."""
    if one.timed and other.timed:
        return (*zone.bounds(one), *zone.bounds(other))
    if one.clock and other.clock:
        if one.day == one.last == other.day == other.last:
            return None
        return (*zone.bounds(one), *zone.bounds(other))
    return one.day, one.last, other.day, other.last
