"""Windows of time (S13, S15, S16, S17) in SQL, as `evaluate.windows` has them for one moment."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from policyengine.bulk import clocks
from policyengine.bulk.clocks import bounds, chosen, is_before, shifted
from policyengine.bulk.scope import Scope
from policyengine.bulk.terms import Mom, NotCompiledError
from policyengine.plan.core import Side
from policyengine.values.durations import Duration

Sql = str


Measure = Literal["anchor", "day", "elapsed", "strict"]


@dataclass(frozen=True, slots=True)
class Edge:
    """A moment, and how it is measured."""

    moment: Mom
    measure: Measure


@dataclass(frozen=True, slots=True)
class Opened:
    """A window: its edges, and its deadline."""

    opens: Edge | None
    closes: Edge | None
    deadline: Mom | None


EVER = Opened(None, None, None)


def within(
    scope: Scope,
    length: Duration,
    side: Side,
    anchor: Mom,
    *,
    counting_that_day: bool = False,
    rolls: bool = False,
) -> Opened:
    """`within D after T`, `before T`, `either side of T`."""
    as_anchor = Edge(anchor, "anchor")
    if counting_that_day:
        return _period(scope, length, side, anchor, rolls)
    measure: Measure = "elapsed" if length.is_elapsed else "day"
    opens = as_anchor
    if side != "after":
        opens = Edge(shifted(scope, anchor, length, -1), measure)
    if side == "before":
        return Opened(opens, as_anchor, anchor)
    closes = Edge(shifted(scope, anchor, length, 1), measure)
    if rolls:
        closes = rolled(scope, closes)
    return Opened(opens, closes, closes.moment)


def _period(scope: Scope, length: Duration, side: Side, anchor: Mom, rolls: bool) -> Opened:
    if side == "before":
        first = clocks.by_day(anchor, lambda day: clocks.period_start(scope, length, day))
        return Opened(Edge(first, "day"), Edge(anchor, "day"), anchor)
    last = clocks.by_day(anchor, lambda day: clocks.period_end(scope, length, day))
    closes = Edge(last, "day")
    if rolls:
        closes = rolled(scope, closes)
    return Opened(Edge(anchor, "anchor"), closes, closes.moment)


def between(scope: Scope, first: Mom, last: Mom, *, rolls: bool) -> Opened:
    """`between T and T`."""
    closes = Edge(last, "anchor")
    if rolls:
        closes = rolled(scope, closes)
    return Opened(Edge(first, "anchor"), closes, closes.moment)


def on_day(anchor: Mom) -> Opened:
    """`on the day of T`."""
    edge = Edge(anchor, "day")
    return Opened(edge, edge, Mom(anchor.day, anchor.reasons, anchor.last))


def no_later(scope: Scope, anchor: Mom, *, strictly: bool, rolls: bool) -> Opened:
    """`no later than T`, `before T`."""
    if not strictly:
        closes = Edge(anchor, "anchor")
        if rolls:
            closes = rolled(scope, closes)
        return Opened(None, closes, closes.moment)
    by_day = Mom(
        scope.add(f"({anchor.day} - 1)"),
        anchor.reasons,
        "" if anchor.is_exact else scope.add(f"({anchor.end} - 1)"),
    )
    edge = Edge(anchor, "strict")
    if anchor.at == "NULL":
        return Opened(None, edge, by_day)
    by_time = clocks.elapsed(scope, anchor, -1)
    if anchor.timed == "TRUE":
        return Opened(None, edge, by_time)
    return Opened(
        None, edge, chosen(scope, [(f"({anchor.at} IS NULL)", by_day), ("TRUE", by_time)])
    )


def rolled(scope: Scope, edge: Edge) -> Edge:
    """`or the next working day`."""
    moment = edge.moment
    if moment.at != "NULL":
        raise NotCompiledError("`or the next working day` after a time of day")
    return Edge(clocks.by_day(moment, lambda day: clocks.next_working(scope, day)), "day")


def chosen_window(scope: Scope, options: list[tuple[Sql, Opened]]) -> Opened:
    """The window whose condition holds; all must be measured alike."""
    if len(options) == 1:
        return options[0][1]

    def edge(of: object) -> Edge | None:
        assert callable(of)
        edges = [of(opened) for _, opened in options]
        if edges[0] is None:
            return None
        if len({each.measure for each in edges}) > 1:
            raise NotCompiledError("windows in days and in hours by turns")
        moment = chosen(
            scope, [(test, each.moment) for (test, _), each in zip(options, edges, strict=True)]
        )
        return Edge(moment, edges[0].measure)

    deadlines = [(test, opened.deadline) for test, opened in options]
    known = [(test, deadline) for test, deadline in deadlines if deadline is not None]
    return Opened(
        edge(lambda opened: opened.opens),
        edge(lambda opened: opened.closes),
        chosen(scope, known) if known else None,
    )


def _measured(scope: Scope, event: Mom, edge: Edge) -> list[tuple[Sql, tuple[Sql, Sql, Sql, Sql]]]:
    """The bounds of event and edge, by the condition on which they are in that measure."""
    moment = edge.moment
    days = (event.day, event.end, moment.day, moment.end)
    match edge.measure:
        case "day":
            by_day = "TRUE"
        case "elapsed":
            by_day = "FALSE"
        case "strict":
            by_day = "TRUE" if moment.at == "NULL" else f"({moment.at} IS NULL)"
            if moment.timed == "TRUE":
                by_day = "FALSE"
        case "anchor":
            by_day = _anchor_by_day(event, moment)
    if by_day == "TRUE":
        return [("TRUE", days)]
    times = (*bounds(scope, event), *bounds(scope, moment))
    return [("TRUE", times)] if by_day == "FALSE" else [(by_day, days), ("TRUE", times)]


def _anchor_by_day(event: Mom, edge: Mom) -> Sql:
    if edge.at == "NULL" or (edge.timed == "TRUE" and event.timed == "FALSE"):
        return "TRUE"
    if edge.timed == "TRUE" and event.timed == "TRUE":
        return "FALSE"
    tests = [] if edge.timed == "TRUE" else [f"{edge.at} IS NULL"]
    tests.append(f"({edge.timed} AND NOT {event.timed})")
    return f"({' OR '.join(tests)})"


def _cases(options: list[tuple[Sql, Sql]]) -> Sql:
    if len(options) == 1:
        return options[0][1]
    return f"(CASE WHEN {options[0][0]} THEN {options[0][1]} ELSE {options[1][1]} END)"


def at_or_after(scope: Scope, event: Mom, edge: Edge | None) -> Sql:
    """Whether an event falls at an opening edge or later."""
    if edge is None:
        return "TRUE"
    return _cases(
        [(test, f"(NOT {is_before(*four)})") for test, four in _measured(scope, event, edge)]
    )


def at_or_before(scope: Scope, event: Mom, edge: Edge | None) -> Sql:
    """Whether an event falls at a closing edge or earlier (strict: earlier)."""
    if edge is None:
        return "TRUE"
    made = []
    for test, (low, high, edge_low, edge_high) in _measured(scope, event, edge):
        if edge.measure == "strict":
            made.append((test, is_before(low, high, edge_low, edge_high)))
        else:
            made.append((test, f"(NOT {is_before(edge_low, edge_high, low, high)})"))
    return _cases(made)


def has_passed(scope: Scope, deadline: Mom, now: Mom) -> Sql:
    """Whether a deadline lies before the moment of judging, a day meaning its end."""
    by_day = f"({deadline.end} < {now.end})"
    if deadline.at == "NULL" and now.at == "NULL":
        return by_day
    ends, now_ends = bounds(scope, deadline)[1], bounds(scope, now)[1]
    by_time = f"({ends} < {now_ends})"
    if deadline.timed == "TRUE" or now.timed == "TRUE":
        return by_time
    return (
        f"(CASE WHEN {deadline.at} IS NULL AND {now.at} IS NULL THEN {by_day} ELSE {by_time} END)"
    )
