"""Days, times and lengths as z3 counts them (S15 to S18). Months, working days and the changes
of the clocks are bounds; within them anything may be."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import z3

from policyengine.analysis.symbols import (
    DAY,
    NO,
    YES,
    Bool,
    Int,
    Length,
    Number,
    Tri,
    When,
    all_of,
    any_of,
    both,
    chosen,
)
from policyengine.analysis.world import World
from policyengine.values.durations import SECONDS, Duration, Unit
from policyengine.values.moments import Moment

_CLOCKS = 3600  # how much the clocks change


def constant(world: World, value: Moment) -> When:
    """A date or a date-time that an author wrote."""
    if value.at is None:
        return When(first=value.day, last=value.last)
    local = world.zone.local(value.at)
    second = local.hour * 3600 + local.minute * 60 + local.second
    return When(
        first=value.day, last=value.last, low=second, high=second,
        timed=YES, clock=YES, bounded=YES,
    )  # fmt: skip


# --- comparing ------------------------------------------------------------------------------------


def _unsure(world: World, one: When, other: When) -> Bool:
    """Whether two times that are less than an hour apart may have been in an hour that came
    twice."""
    fold = world.free(
        ("fold", world.mark(one.opens), world.mark(other.opens)), lambda: world.truth("fold")
    )
    near = z3.And(one.opens - other.closes <= _CLOCKS, other.opens - one.closes <= _CLOCKS)
    return z3.And(fold, near)


def before(world: World, one: When, other: When) -> Tri:
    """Whether one lies before the other, of two that are known (S15)."""
    timed = z3.And(one.timed, other.timed)
    clocks = z3.And(one.clock, other.clock)
    one_day = all_of([one.first == one.last, other.first == other.last, one.first == other.first])
    by_day = Tri(one.last < other.first, one.first >= other.last)
    unsure = _unsure(world, one, other)
    by_time = Tri(
        z3.And(one.closes < other.opens, z3.Not(unsure)),
        z3.And(one.opens >= other.closes, z3.Not(unsure)),
    )
    wanting = z3.And(clocks, z3.Not(timed), one_day)
    in_time = z3.Or(timed, clocks)
    return Tri(
        z3.And(z3.Not(wanting), z3.If(in_time, by_time.t, by_day.t)),
        z3.And(z3.Not(wanting), z3.If(in_time, by_time.f, by_day.f)),
    )


def _on(world: World, one: When, other: When) -> Tri:
    earlier, later = before(world, one, other), before(world, other, one)
    exact = z3.And(one.opens == one.closes, other.opens == other.closes)
    days = z3.And(one.first == one.last, other.first == other.last)
    timed = z3.And(one.timed, other.timed)
    same = z3.If(timed, exact, days)
    return Tri(all_of([earlier.f, later.f, same]), z3.Or(earlier.t, later.t))


def compare(world: World, op: str, one: When, other: When) -> Tri:
    """`is on`, `is before` and so on; a not yet is later than every date (S1)."""
    match op:
        case "eq":
            truth = _on(world, one, other)
        case "lt":
            truth = before(world, one, other)
        case "gt":
            truth = before(world, other, one)
        case "le":
            later = before(world, other, one)
            truth = Tri(later.f, later.t)
        case _:
            earlier = before(world, one, other)
            truth = Tri(earlier.f, earlier.t)
    known = z3.And(one.known, other.known)
    mine = z3.And(one.not_yet, other.known)
    theirs = z3.And(one.known, other.not_yet)
    if_mine, if_theirs = op in ("gt", "ge"), op in ("lt", "le")
    true = [z3.And(known, truth.t)]
    false = [z3.And(known, truth.f)]
    (true if if_mine else false).append(mine)
    (true if if_theirs else false).append(theirs)
    return Tri(any_of(true), any_of(false))


# --- counting -------------------------------------------------------------------------------------


def shifted(world: World, moment: When, length: Length, sign: int) -> When:
    """So long after (or before): not yet stays not yet."""
    found: Any = None
    for test, each in reversed(length.options):
        one = _moved(world, moment, each, sign)
        found = one if found is None else chosen(test, one, found)
    made: When = replace(
        found,
        known=z3.And(moment.known, length.known),
        recorded=z3.And(moment.known, length.known),
        doubt=z3.Or(moment.doubt, length.doubt),
        not_yet=z3.And(moment.not_yet, length.known),
    )
    return made


def _moved(world: World, moment: When, length: Duration, sign: int) -> When:
    if length.unit in SECONDS:
        return _seconds_later(world, moment, sign * SECONDS[length.unit] * length.amount)
    first = day_after(world, moment.first, length, sign)
    last = first if moment.first is moment.last else day_after(world, moment.last, length, sign)
    if first is not last:
        world.facts.append(z3.Implies(moment.first == moment.last, first == last))
    return When(first=first, last=last)


def _seconds_later(world: World, moment: When, seconds: int) -> When:
    """Elapsed time: the clocks may have changed on the way."""
    made = []
    for bound in (moment.opens, moment.closes):
        key = ("later", world.mark(bound), seconds)
        made.append(world.free(key, lambda bound=bound: _at(world, bound + seconds)))
    (first, low), (last, high) = made
    return When(
        first=first, last=last, low=low, high=high,
        timed=moment.timed, clock=YES, bounded=YES,
    )  # fmt: skip


def _at(world: World, total: Int) -> tuple[Int, Int]:
    day, second = world.integer("day"), world.integer("second", 0, DAY - 1)
    slip = world.integer("slip", -_CLOCKS, _CLOCKS)
    world.facts.append(day * DAY + second == total + slip)
    return day, second


def day_after(world: World, day: Int, length: Duration, sign: int) -> Int:
    """The day so long after another, or before it."""
    amount = length.amount
    match length.unit:
        case Unit.DAY:
            return day + sign * amount
        case Unit.WEEK:
            return day + sign * 7 * amount
        case Unit.WORKING_DAY:
            least, most = amount, 2 * amount + 12
            if amount == 0:
                least = 0
        case Unit.MONTH:
            least, most = _months(amount)
        case Unit.YEAR:
            least, most = _months(12 * amount)
        case _:
            raise AssertionError(length)
    key = ("shift", world.mark(day), str(length), sign)

    def make() -> Int:
        low, high = (least, most) if sign > 0 else (-most, -least)
        made = world.integer("moved")
        world.facts += [made >= day + low, made <= day + high]
        return made

    return world.free(key, make)


def _months(number: int) -> tuple[int, int]:
    """The fewest and the most days that so many months can be."""
    if number == 0:
        return 0, 0
    mean = number * 365.2425 / 12
    return max(28 * number if number < 3 else 0, int(mean) - 4), min(31 * number, int(mean) + 5)


def days_from(start: When, end: When) -> Number:
    """Calendar days from one to the other."""
    known = z3.And(start.known, end.known)
    return Number(known, low=end.first - start.last, high=end.last - start.first)


def age(world: World, birth: When, at: When) -> Number:
    """Whole years: bounds by days, the same for the same two days."""

    def years(born: Int, then: Int) -> Int:
        def make() -> Int:
            made = world.integer("age")
            days = then - born
            world.facts += [365 * made <= days, days <= 366 * (made + 1)]
            return made

        return world.free(("age", world.mark(born), world.mark(then)), make)

    known = z3.And(birth.known, at.known)
    return Number(known, low=years(birth.last, at.first), high=years(birth.first, at.last))


def start_of(world: World, unit: str, moment: When) -> When:
    """The first day of its month or year."""

    def first(day: Int) -> Int:
        def make() -> Int:
            made = world.integer("start")
            world.facts += [made <= day, made >= day - (30 if unit == "month" else 365)]
            return made

        return world.free(("start", unit, world.mark(day)), make)

    return When(
        moment.known, moment.recorded, moment.doubt,
        first=first(moment.first), last=first(moment.last), not_yet=moment.not_yet,
    )  # fmt: skip


def period(world: World, moment: When, length: Length, sign: int) -> When:
    """The last day of a period that begins with a day, or (`sign` -1) the first of one that ends
    on it."""
    whole = shifted(world, replace(moment, timed=NO, clock=NO, bounded=NO), length, sign)

    def edge(day: Int) -> Int:
        exact = all(each.unit in (Unit.DAY, Unit.WEEK) for _, each in length.options)
        if exact:
            return day - sign

        def make() -> Int:
            made = world.integer("edge")
            world.facts += [made >= day - 4, made <= day + 4]
            return made

        return world.free(("edge", world.mark(day), sign), make)

    return replace(whole, first=edge(whole.first), last=edge(whole.last))


def extreme(world: World, which: str, items: Sequence[When]) -> When:
    """The later or the earlier of several."""
    found = items[0]
    for other in items[1:]:
        found = _of_two(world, which, found, other)
    if which == "later":
        not_yet = any_of([item.not_yet for item in items])
        known = z3.And(z3.Not(not_yet), all_of([item.known for item in items]))
    else:
        not_yet = all_of([item.not_yet for item in items])
        dated = any_of([item.known for item in items])
        known = all_of([dated, *(z3.Or(item.known, item.not_yet) for item in items)])
    doubt = any_of([item.doubt for item in items])
    return replace(found, known=known, recorded=known, not_yet=not_yet, doubt=doubt)


def _of_two(world: World, which: str, one: When, other: When) -> When:
    """By the day where the days differ; on one day, the one or the other."""
    truth = before(world, one, other)
    tie = world.truth("tie")
    one_first = z3.Or(truth.t, z3.And(truth.u, tie))
    if which == "later":
        found = chosen(one_first, other, one)
    else:
        found = chosen(one_first, one, other)
    # Where one is not yet, it is the other that counts (for the earlier of them).
    one_counts = chosen(z3.Not(other.known), one, found)
    made: When = chosen(z3.Not(one.known), other, one_counts)
    return made


# --- windows --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Edge:
    """An end of a window, and how an event is held against it: `anchor`, `day`, `elapsed` or
    `strict`."""

    moment: When
    measure: str


@dataclass(frozen=True, slots=True)
class Window:
    """A window over one frame. `known`: T and the length are; `not_yet`: T is not yet."""

    known: Bool
    not_yet: Bool
    opens: Edge | None
    closes: Edge | None
    deadline: When | None


EVER = Window(YES, NO, None, None, None)


def at_or_after(world: World, event: When, edge: Edge) -> Tri:
    """Whether an event falls at an opening or later."""
    low, high, edge_low, edge_high, unsure = _measured(world, event, edge)
    return Tri(z3.And(low >= edge_high, z3.Not(unsure)), z3.And(high < edge_low, z3.Not(unsure)))


def at_or_before(world: World, event: When, edge: Edge) -> Tri:
    """Whether an event falls at a close or earlier."""
    low, high, edge_low, edge_high, unsure = _measured(world, event, edge)
    if edge.measure == "strict":
        low, high = low + 1, high + 1
    return Tri(z3.And(high <= edge_low, z3.Not(unsure)), z3.And(low > edge_high, z3.Not(unsure)))


def _measured(world: World, event: When, edge: Edge) -> tuple[Int, Int, Int, Int, Bool]:
    moment = edge.moment
    match edge.measure:
        case "day":
            by_day = YES
        case "elapsed":
            by_day = NO
        case "strict" | "rolled":
            by_day = z3.Not(moment.bounded)
        case _:
            lacks = z3.And(moment.timed, z3.Not(event.timed))
            by_day = z3.Or(z3.Not(moment.bounded), lacks)
    unsure = z3.And(z3.Not(by_day), _unsure(world, event, moment))
    if by_day is YES:
        return event.first, event.last, moment.first, moment.last, NO
    return (
        z3.If(by_day, event.first, event.opens),
        z3.If(by_day, event.last, event.closes),
        z3.If(by_day, moment.first, moment.opens),
        z3.If(by_day, moment.last, moment.closes),
        unsure,
    )


def holds(world: World, event: When, window: Window) -> Tri:
    """Whether an event falls inside."""
    return both([from_opening(world, event, window), *_by_close(world, event, window)])


def from_opening(world: World, event: When, window: Window) -> Tri:
    """Whether an event falls at the opening or later."""
    if window.opens is None:
        return Tri(YES, NO)
    return at_or_after(world, event, window.opens)


def _by_close(world: World, event: When, window: Window) -> list[Tri]:
    return [] if window.closes is None else [at_or_before(world, event, window.closes)]


def is_past(deadline: When, now: When) -> Bool:
    """Whether a deadline lies before the moment of judging."""
    return deadline.closes < now.closes


def is_within(world: World, event: When, allowance: Length, side: str, anchor: When) -> Tri:
    """The same as a window, as a condition."""
    truths: list[Tri] = []
    options = []
    for test, length in allowance.options:
        window = within(world, length, side, anchor, counting=False, rolls=False)
        truths.append(holds(world, event, window))
        options.append(test)
    found = truths[-1]
    for test, truth in zip(reversed(options[:-1]), reversed(truths[:-1]), strict=True):
        found = Tri(z3.If(test, truth.t, found.t), z3.If(test, truth.f, found.f))
    known = all_of([event.known, anchor.known, allowance.known])
    ahead = z3.And(
        allowance.known,
        z3.Or(z3.And(event.not_yet, anchor.known), z3.And(event.known, anchor.not_yet)),
    )
    return Tri(z3.And(known, found.t), z3.Or(z3.And(known, found.f), ahead))


def within(
    world: World, length: Duration, side: str, anchor: When, *, counting: bool, rolls: bool
) -> Window:
    """`within D after T`, `before T`, `either side of T`; of one length."""
    single = Length(options=((YES, length),))
    if counting:
        return _counting(world, single, side, anchor, rolls)
    measure = "elapsed" if length.is_elapsed else "day"
    opens = Edge(anchor, "anchor")
    if side != "after":
        opens = Edge(shifted(world, anchor, single, -1), measure)
    if side == "before":
        return Window(anchor.known, anchor.not_yet, opens, Edge(anchor, "anchor"), anchor)
    closes = Edge(shifted(world, anchor, single, 1), measure)
    return _closing(world, anchor, opens, closes, rolls)


def _counting(world: World, length: Length, side: str, anchor: When, rolls: bool) -> Window:
    if side == "before":
        first = Edge(period(world, anchor, length, -1), "day")
        return Window(anchor.known, anchor.not_yet, first, Edge(anchor, "day"), anchor)
    closes = Edge(period(world, anchor, length, 1), "day")
    return _closing(world, anchor, Edge(anchor, "anchor"), closes, rolls)


def _closing(world: World, anchor: When, opens: Edge | None, closes: Edge, rolls: bool) -> Window:
    if rolls:
        closes = rolled(world, closes)
    return Window(anchor.known, anchor.not_yet, opens, closes, closes.moment)


def rolled(world: World, edge: Edge) -> Edge:
    """`or the next working day`: up to twelve days later, or as it was."""

    def later(day: Int) -> Int:
        def make() -> Int:
            made = world.integer("rolled")
            world.facts += [made >= day, made <= day + 12]
            return made

        return world.free(("rolled", world.mark(day)), make)

    moment = edge.moment
    first, last = later(moment.first), later(moment.last)
    same = z3.And(first == moment.first, last == moment.last)
    a_day = z3.And(z3.Not(same), z3.Or(z3.Not(moment.bounded), moment.first == moment.last))
    moved = replace(
        moment,
        first=first,
        last=last,
        low=z3.If(a_day, 0, z3.If(first == moment.first, moment.low, DAY - 1)),
        high=z3.If(z3.Or(a_day, last != moment.last), DAY - 1, moment.high),
        timed=z3.And(same, moment.timed),
        bounded=z3.And(z3.Not(a_day), moment.bounded),
    )
    if edge.measure == "day":
        return Edge(moved, "day")
    # Where it is moved it is held by the day, or as elapsed time; else as it was.
    return Edge(moved, "rolled" if edge.measure == "elapsed" else edge.measure)
