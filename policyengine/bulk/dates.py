"""Dates in expressions (S1, S15, S16, S18) in SQL: windows as conditions, sums, periods, ages."""

from __future__ import annotations

from policyengine.bulk import clocks, expressions, reasons, windows
from policyengine.bulk.blame import blame
from policyengine.bulk.reasons import none
from policyengine.bulk.scope import Scope
from policyengine.bulk.terms import Length, Mom, Number, Term, Truth, any_doubtful
from policyengine.plan import core
from policyengine.values.truth import Why


def compiled_date(scope: Scope, node: core.Core) -> Term:
    """The term of a node about dates."""
    moment_of, length_of = expressions.moment_of, expressions.length_of
    match node:
        case core.IsWithin():
            return _is_within(scope, node)
        case core.Shift(sign=sign, date=date, length=length):
            return _shift(scope, sign, moment_of(scope, date), length_of(scope, length))
        case core.DaysFrom(start=start, end=end):
            return _days(scope, node, start, end)
        case core.AgeAt(birth=birth, at=at):
            return _days(scope, node, birth, at)
        case core.StartOf(unit=unit, date=date):
            moment = moment_of(scope, date)
            return _by_day(moment, lambda day: clocks.start_of(scope, unit, day))
        case core.PeriodEnd(length=length, date=date) | core.PeriodStart(length=length, date=date):
            ends = isinstance(node, core.PeriodEnd)
            return _period(scope, moment_of(scope, date), length_of(scope, length), ends)
        case core.ExtremeOf(which=which, items=items):
            return _extreme(scope, which == "later", [moment_of(scope, item) for item in items])
    raise AssertionError(type(node).__name__)


def _missing(*terms: Mom | Length) -> str:
    return reasons.where(*((term.is_missing, term.reasons()) for term in terms))


def _is_within(scope: Scope, node: core.IsWithin) -> Truth:
    event, anchor = (
        expressions.moment_of(scope, node.event),
        expressions.moment_of(scope, node.anchor),
    )
    length = expressions.length_of(scope, node.allowance)
    options = []
    for test, each in length.options:
        window = windows.within(scope, each, node.side, anchor)
        late = windows.at_or_after(scope, event, window.opens)
        early = windows.at_or_before(scope, event, window.closes)
        options.append(f"WHEN {test} THEN ({late} AND {early})")
    missing = f"({event.is_missing} OR {anchor.is_missing} OR {length.is_missing})"
    tests = [f"WHEN {missing} THEN NULL"]
    if event.not_yet != "FALSE" and anchor.not_yet != "FALSE":
        tests.append(f"WHEN {event.not_yet} AND {anchor.not_yet} THEN NULL")
    tests += [
        f"WHEN {each.not_yet} THEN FALSE" for each in (event, anchor) if each.not_yet != "FALSE"
    ]

    def why() -> str:
        behind = (node.event, node.anchor)
        made = [f"WHEN {missing} THEN {_missing(event, anchor, length)}"]
        if event.not_yet != "FALSE" and anchor.not_yet != "FALSE":
            both = f"{event.not_yet} AND {anchor.not_yet}"
            made.append(f"WHEN {both} THEN {blame(scope, Why.NOT_RECORDED, *behind)}")
        return f"CASE {' '.join(made)} ELSE {blame(scope, Why.IMPRECISE_TIME, *behind)} END"

    sql = scope.add(f"CASE {' '.join([*tests, *options])} END")
    return Truth(sql, why, any_doubtful(event, anchor, length))


def _shift(scope: Scope, sign: str, moment: Mom, length: Length) -> Mom:
    direction = 1 if sign == "+" else -1
    options = [
        (test, clocks.shifted(scope, moment, each, direction)) for test, each in length.options
    ]
    made = clocks.chosen(scope, options)
    not_yet = moment.not_yet
    if not_yet != "FALSE" and length.is_missing != "FALSE":
        not_yet = scope.add(f"({not_yet} AND NOT {length.is_missing})")
    return Mom(
        made.day,
        lambda: _missing(moment, length),
        made.last,
        made.at,
        made.until,
        made.timed,
        made.clock,
        not_yet,
        any_doubtful(moment, length),
    )


def _days(scope: Scope, node: core.Core, start: core.Core, end: core.Core) -> Number:
    """A number that falls with its first day and grows with its second."""
    first, second = expressions.moment_of(scope, start), expressions.moment_of(scope, end)

    def measure(one: str, other: str) -> str:
        if isinstance(node, core.DaysFrom):
            return scope.add(f"({other} - {one})")
        return clocks.age(scope, one, other)

    low = measure(first.end, second.day)

    def why() -> str:
        missing = f"{first.is_missing} OR {second.is_missing}"
        tests = [f"WHEN {missing} THEN {_missing(first, second)}"]
        if first.not_yet != "FALSE" or second.not_yet != "FALSE":
            one = f"({first.not_yet} OR {second.not_yet})"
            tests.append(f"WHEN {one} THEN {blame(scope, Why.NOT_RECORDED, start, end)}")
        return f"CASE {' '.join(tests)} ELSE {blame(scope, Why.IMPRECISE_TIME, start, end)} END"

    if first.is_exact and second.is_exact:
        return Number(low, why, doubtful=any_doubtful(first, second))
    high = measure(first.day, second.end)
    wide = scope.add(f"(({low} <> {high}) IS TRUE)")
    return Number(low, why, high, wide, any_doubtful(first, second))


def _by_day(moment: Mom, change: object) -> Mom:
    assert callable(change)
    last = "" if moment.is_exact else change(moment.end)
    return Mom(
        change(moment.day), moment.reasons, last, not_yet=moment.not_yet, doubtful=moment.doubtful
    )


def _period(scope: Scope, moment: Mom, length: Length, ends: bool) -> Mom:
    edge = clocks.period_end if ends else clocks.period_start
    options = []
    for test, each in length.options:
        last = "" if moment.is_exact else edge(scope, each, moment.end)
        options.append((test, Mom(edge(scope, each, moment.day), none, last)))
    made = clocks.chosen(scope, options)
    not_yet = moment.not_yet
    if not_yet != "FALSE" and length.is_missing != "FALSE":
        not_yet = scope.add(f"({not_yet} AND NOT {length.is_missing})")
    return Mom(
        made.day,
        lambda: _missing(moment, length),
        made.last,
        not_yet=not_yet,
        doubtful=any_doubtful(moment, length),
    )


def _extreme(scope: Scope, later: bool, items: list[Mom]) -> Mom:
    """The later, or the earlier, of several; a not-yet is later than all."""
    made = items[0]
    for item in items[1:]:
        made = _of_two(scope, later, made, item)
    not_yets = [item.not_yet for item in items]
    missing = " OR ".join(item.is_missing for item in items)
    if all(each == "FALSE" for each in not_yets):
        not_yet = "FALSE"
    elif later:
        not_yet = scope.add(f"({' OR '.join(not_yets)})")
    else:
        not_yet = scope.add(f"({' AND '.join(not_yets)})")
    hidden = f"({missing} OR {not_yet})"

    def clear(sql: str) -> str:
        return sql if sql == "NULL" else scope.add(f"CASE WHEN {hidden} THEN NULL ELSE {sql} END")

    return Mom(
        clear(made.day),
        lambda: _missing(*items),
        "" if made.is_exact else clear(made.end),
        clear(made.at),
        "" if made.at == "NULL" else clear(made.ends_at),
        made.timed,
        made.clock,
        not_yet,
        any_doubtful(*items),
    )


def _of_two(scope: Scope, later: bool, one: Mom, other: Mom) -> Mom:
    """Of two on one day of which one lacks its time, the one without it: it may be either."""
    if "FALSE" in (one.clock, other.clock) and one.is_exact and other.is_exact:
        plain = one if one.timed == "FALSE" else other
        if one.timed == "FALSE" == other.timed:
            pick = "GREATEST" if later else "LEAST"
            return Mom(scope.add(f"{pick}({one.day}, {other.day})"), none)
        first, second = f"({one.day} < {other.day})", f"({one.day} > {other.day})"
        ends = (other, one) if later else (one, other)
        return clocks.chosen(
            scope,
            [
                (f"({one.day} IS NULL)", other),
                (f"({other.day} IS NULL)", one),
                (first, ends[0]),
                (second, ends[1]),
                ("TRUE", plain),
            ],
        )
    first = scope.add(clocks.compared(scope, "lt", one, other))
    second = scope.add(clocks.compared(scope, "gt", one, other))
    ends = (other, one) if later else (one, other)
    pick = "GREATEST" if later else "LEAST"
    spread = Mom(
        scope.add(f"{pick}({one.day}, {other.day})"),
        none,
        scope.add(f"{pick}({one.end}, {other.end})"),
    )
    same = f"({one.end} = {other.day} AND {one.day} = {other.end})"
    untimed = f"({same} AND NOT {one.timed})"
    return clocks.chosen(
        scope,
        [
            (f"({one.day} IS NULL)", other),
            (f"({other.day} IS NULL)", one),
            (f"({first} IS TRUE)", ends[0]),
            (f"({second} IS TRUE)", ends[1]),
            (untimed, one),
            (same, other),
            ("TRUE", spread),
        ],
    )
