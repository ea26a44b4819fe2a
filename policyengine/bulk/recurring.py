"""Again and again (S12) in SQL: the gaps between sure events, each with its due day.

Where an event is only perhaps one, or its day is not exact, the reference engine judges the row:
what such an event could change is asked by trying it.
"""

from __future__ import annotations

from collections.abc import Callable

from policyengine.bulk import clocks, expressions, reasons, windows
from policyengine.bulk.duties import Candidates, Opening
from policyengine.bulk.outcome import (
    BREACHED,
    CANNOT_WHILE,
    CEASED,
    MET,
    MET_LATE,
    NOT_YET,
    UNOPENED,
    WAITING,
    Duty,
)
from policyengine.bulk.scope import Scope, Trigger
from policyengine.bulk.terms import Mom, NotCompiledError, Truth, none
from policyengine.bulk.windows import Edge, Opened
from policyengine.plan import core
from policyengine.values.truth import Why

Sql = str


def have_every(
    scope: Scope, duty: core.HaveEvery, blank: bool, alive: Sql, own: list[tuple[str, Sql]]
) -> Duty:
    """`must have a KIND at least every D from T while C`."""
    lasts = Truth("TRUE", none) if duty.while_ is None else expressions.truth_of(scope, duty.while_)
    t = expressions.moment_of(scope, duty.anchor)
    missing, waiting = scope.add(t.is_missing), t.not_yet
    window = Opened(Edge(t, "anchor"), None, None)
    opened = Opening(window, missing, t.reasons, waiting)
    alive = scope.add(f"({alive} AND {lasts.sql} IS TRUE)")
    found = Candidates(scope, duty.records, opened, False if blank else None, alive, own)
    inner, event = found.scope, found.event
    if event is None:
        raise NotCompiledError("a recurring duty of a kind without dates")
    rid = found.record.column("rid")
    counts = inner.add(found.sure(found.after))
    if found.kind.ordered_by != found.kind.happened:
        raise NotCompiledError("a recurring duty of a kind in an order of its own")
    keys = ", ".join(inner.relation.keys[:-1])
    start = inner.add(
        f"COALESCE(max(CASE WHEN {counts} THEN {event.day} END) OVER (PARTITION BY {keys} "
        f"ORDER BY {rid} ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), {t.day})"
    )
    due = _due(inner, duty.interval, start)
    late = inner.add(f"({event.day} > {due.day})")
    found.joined()
    total = inner.relation.total
    last = total(f"max({event.day}) FILTER ({counts})")
    last_late = total(f"arg_max({late}, {rid}) FILTER ({counts})")
    sure, perhaps, hidden = found.counts(found.after)
    no_due = total(f"count(*) FILTER ({counts} AND {due.day} IS NULL)")
    vague = "FALSE" if event.is_exact else f"({event.day} <> {event.end})"
    spread = total(f"count(*) FILTER ({counts} AND {vague})")
    final = _due(scope, duty.interval, scope.add(f"COALESCE({last}, {t.day})"))
    passed = windows.has_passed(scope, final, scope.now)
    number = scope.add(
        f"CASE WHEN {lasts.sql} IS FALSE THEN {CEASED} WHEN {lasts.sql} IS NULL "
        f"THEN {CANNOT_WHILE} WHEN {missing} THEN {UNOPENED} WHEN {waiting} THEN {WAITING} "
        f"WHEN {passed} THEN {BREACHED} WHEN {sure} = 0 THEN {NOT_YET} "
        f"WHEN {last_late} THEN {MET_LATE} ELSE {MET} END"
    )
    nothing = reasons.one(scope.world.reasons.code(Why.NO_RECORD, duty.records.kind))

    def why() -> Sql:
        return (
            f"CASE {number} WHEN {CANNOT_WHILE} THEN {lasts.reasons()} "
            f"WHEN {UNOPENED} THEN {opened.reasons()} "
            f"WHEN {BREACHED} THEN {nothing} ELSE {reasons.NONE} END"
        )

    judged = f"{number} NOT IN ({CEASED}, {CANNOT_WHILE}, {UNOPENED}, {WAITING})"
    unsure = f"({number} <> {NOT_YET} AND ({perhaps} > 0 OR {hidden}))"
    inexact = "FALSE" if t.is_exact else f"({t.day} <> {t.end})"
    odd = f"(COALESCE({no_due}, 0) > 0 OR COALESCE({spread}, 0) > 0 OR {final.day} IS NULL)"
    escalated = [f"({judged} AND ({unsure} OR {odd} OR {inexact}))"]
    gap = f"{{'r': {rid}, 'd': {due.day}}}"

    def gaps() -> Sql:
        return f"list_sort({total(f'list({gap}) FILTER ({counts} AND {late})')})"

    columns: dict[str, Callable[[], Sql]] = {"entries": found.entries, "gaps": gaps}
    deadline = clocks.chosen(scope, [(judged, final)])
    return Duty(number, why, deadline, f"({sure} + {perhaps} = 0)", columns, escalated)


def _due(scope: Scope, interval: core.Core, start: Sql) -> Mom:
    """When the gap that starts on a day must be closed: the interval is that day's (S20)."""
    then = scope.within(scope.relation)
    then.trigger = Trigger(start, "FALSE", none)
    length = expressions.length_of(then, interval)
    options = []
    for test, each in length.options:
        if each.is_elapsed:
            raise NotCompiledError("a recurring duty in hours")
        options.append((test, Mom(clocks.day_after(scope, start, each, 1), none)))
    return clocks.chosen(scope, options)
