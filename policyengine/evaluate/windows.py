"""Windows of time (S13, S15, S16, S17): whether a moment falls inside, and when they close.

Three ways to hold a moment against an edge: as T itself (a day where either side lacks a time
of day, so that a date on T's day is on the right side), by the day, or as elapsed time between
bounds. The answers are True, False, or None where it cannot be told.
"""

from dataclasses import dataclass
from enum import Enum
from typing import assert_never

from policyengine.plan.core import Side
from policyengine.values.calendar import Calendar, period_end, period_start
from policyengine.values.durations import Duration
from policyengine.values.moments import Moment, Zone


class Measure(Enum):
    """How an edge is measured."""

    ANCHOR = "as T"
    DAY = "by day"
    ELAPSED = "elapsed"
    STRICT = "before T"


Edge = tuple[Moment, Measure]


@dataclass(frozen=True, slots=True)
class Opened:
    """A window over one frame: its edges, and its deadline (None where it never closes)."""

    opens: Edge | None
    closes: Edge | None
    deadline: Moment | None
    zone: Zone

    def is_from_opening(self, event: Moment) -> bool | None:
        """Whether the event falls at the opening or later."""
        if self.opens is None:
            return True
        edge, measure = self.opens
        if edge.at is None and measure is not Measure.ELAPSED:  # by day: the common case, quickly
            if event.day >= edge.last:
                return True
            return False if event.last < edge.day else None
        return at_or_after(event, edge, measure, self.zone)

    def is_by_close(self, event: Moment) -> bool | None:
        """Whether the event falls by the close."""
        return True if self.closes is None else at_or_before(event, *self.closes, self.zone)

    def holds(self, event: Moment) -> bool | None:
        """Whether the event falls inside: Kleene's and of the two."""
        late_enough = self.is_from_opening(event)
        if late_enough is False:
            return False
        early_enough = self.is_by_close(event)
        if early_enough is False:
            return False
        return True if late_enough and early_enough else None

    def has_passed(self, now: Moment) -> bool:
        """Whether the deadline lies before the moment of judging, a day meaning its end."""
        return self.deadline is not None and is_past(self.deadline, now, self.zone)


EVER = Opened(None, None, None, Zone("UTC"))


def is_past(deadline: Moment, now: Moment, zone: Zone) -> bool:
    """Whether a deadline has passed: the latest that it can be lies before the latest now."""
    if deadline.at is None and now.at is None:
        return deadline.last < now.last
    return zone.bounds(deadline)[1] < zone.bounds(now)[1]


def at_or_after(event: Moment, edge: Moment, measure: Measure, zone: Zone) -> bool | None:
    """Whether an event falls at an opening edge or later."""
    low, high, edge_low, edge_high = _measured(event, edge, measure, zone)
    if low >= edge_high:
        return True
    return False if high < edge_low else None


def at_or_before(event: Moment, edge: Moment, measure: Measure, zone: Zone) -> bool | None:
    """Whether an event falls at a closing edge or earlier (STRICT: earlier)."""
    low, high, edge_low, edge_high = _measured(event, edge, measure, zone)
    if measure is Measure.STRICT:
        low, high = low + 1, high + 1
    if high <= edge_low:
        return True
    return False if low > edge_high else None


def _measured(
    event: Moment, edge: Moment, measure: Measure, zone: Zone
) -> tuple[int, int, int, int]:
    """The bounds of event and edge in one measure: days or seconds."""
    match measure:
        case Measure.DAY:
            by_day = True
        case Measure.ELAPSED:
            by_day = False
        case Measure.STRICT:
            by_day = edge.at is None
        case Measure.ANCHOR:
            by_day = edge.at is None or (edge.timed and not event.timed)
        case _:
            assert_never(measure)
    if by_day:
        return event.day, event.last, edge.day, edge.last
    return (*zone.bounds(event), *zone.bounds(edge))


def within(
    allowance: Duration,
    side: Side,
    anchor: Moment,
    calendar: Calendar,
    *,
    counting_that_day: bool = False,
    rolls: bool = False,
) -> Opened:
    """`within D after T`, `before T`, `either side of T`."""
    as_anchor: Edge = (anchor, Measure.ANCHOR)
    if counting_that_day:
        return _period(allowance, side, anchor, calendar, rolls)
    measure = Measure.ELAPSED if allowance.is_elapsed else Measure.DAY
    opens = as_anchor
    if side != "after":
        opens = (calendar.shifted(anchor, allowance, -1), measure)
    if side == "before":
        return Opened(opens, as_anchor, anchor, calendar.zone)
    closes: Edge = (calendar.shifted(anchor, allowance), measure)
    if rolls:
        closes = rolled(closes, calendar)
    return Opened(opens, closes, closes[0], calendar.zone)


def _period(
    length: Duration, side: Side, anchor: Moment, calendar: Calendar, rolls: bool
) -> Opened:
    """`counting that day`: T is the first, or the last, of the days (S15)."""
    if side == "before":
        first = Moment(period_start(length, anchor.day), period_start(length, anchor.last))
        return Opened((first, Measure.DAY), (anchor, Measure.DAY), anchor, calendar.zone)
    last = Moment(period_end(length, anchor.day), period_end(length, anchor.last))
    closes: Edge = (last, Measure.DAY)
    if rolls:
        closes = rolled(closes, calendar)
    return Opened((anchor, Measure.ANCHOR), closes, closes[0], calendar.zone)


def between(first: Moment, last: Moment, calendar: Calendar, *, rolls: bool = False) -> Opened:
    """`between T and T`, both ends included."""
    closes: Edge = (last, Measure.ANCHOR)
    if rolls:
        closes = rolled(closes, calendar)
    return Opened((first, Measure.ANCHOR), closes, closes[0], calendar.zone)


def on_day(anchor: Moment, calendar: Calendar) -> Opened:
    """`on the day of T`."""
    edge: Edge = (anchor, Measure.DAY)
    return Opened(edge, edge, Moment(anchor.day, anchor.last), calendar.zone)


def no_later(
    anchor: Moment, calendar: Calendar, *, strictly: bool = False, rolls: bool = False
) -> Opened:
    """`no later than T`, `before T`: its deadline is the day, or the second, before."""
    if not strictly:
        closes: Edge = (anchor, Measure.ANCHOR)
        if rolls:
            closes = rolled(closes, calendar)
        return Opened(None, closes, closes[0], calendar.zone)
    if anchor.at is None:
        deadline = Moment(anchor.day - 1, anchor.last - 1)
    else:
        deadline = calendar.zone.shifted(anchor, -1)
    return Opened(None, (anchor, Measure.STRICT), deadline, calendar.zone)


def rolled(edge: Edge, calendar: Calendar) -> Edge:
    """`or the next working day`: to the end of it, where the edge falls on a day that is none."""
    moment = edge[0]
    day, last = calendar.next_working(moment.day), calendar.next_working(moment.last)
    if (day, last) == (moment.day, moment.last):
        return edge
    if moment.at is None:
        return Moment(day, last), Measure.DAY
    if day == last and moment.day == moment.last:
        return Moment(day), Measure.DAY
    low, high = calendar.zone.bounds(moment)
    if day != moment.day:
        low = calendar.zone.end_of_day(day)
    if last != moment.last:
        high = calendar.zone.end_of_day(last)
    return Moment(day, last, at=low, until=high, clock=True), Measure.ELAPSED
