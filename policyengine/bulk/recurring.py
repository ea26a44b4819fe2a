"""Again and again (S12) in SQL: the gaps between sure events, each with its due day.

What is only perhaps an event leaves the verdict open where it would change it; that is asked by
trying it, one at a time. Where a day is not exact, the reference engine judges the row.
"""

from __future__ import annotations

from collections.abc import Callable

from policyengine.bulk import clocks, expressions, reasons, windows
from policyengine.bulk.duties import Candidates, Opening
from policyengine.bulk.needs import nodes
from policyengine.bulk.outcome import (
    BREACHED,
    CANNOT_AFTER,
    CANNOT_WHILE,
    CEASED,
    MET,
    MET_LATE,
    NOT_YET,
    UNOPENED,
    WAITING,
    Duty,
)
from policyengine.bulk.reasons import none
from policyengine.bulk.scope import Scope, Trigger
from policyengine.bulk.terms import Mom, NotCompiledError, Truth
from policyengine.bulk.windows import Edge, Opened
from policyengine.plan import core
from policyengine.values.moments import FIRST_DAY
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
    gaps_of = _Gaps(scope, found, duty.interval, t, counts, start, keys)
    changed = gaps_of.changed()
    found.joined()
    total = inner.relation.total
    last = total(f"max({event.day}) FILTER ({counts})")
    last_late = total(f"arg_max({late}, {rid}) FILTER ({counts})")
    sure = found.any(found.sure(found.after))
    no_due = found.any(f"{counts} AND {due.day} IS NULL")
    vague = "FALSE" if event.is_exact else f"({event.day} <> {event.end})"
    spread = found.any(f"({counts} OR {found.perhaps(found.after)}) AND {vague}")
    doubts = found.any(changed)
    final = _due(scope, duty.interval, scope.add(f"COALESCE({last}, {t.day})"))
    passed = windows.has_passed(scope, final, scope.now)
    by_events = scope.add(
        f"CASE WHEN {passed} THEN {BREACHED} WHEN NOT {sure} THEN {NOT_YET} "
        f"WHEN {last_late} THEN {MET_LATE} ELSE {MET} END"
    )
    doubted = f"({by_events} <> {NOT_YET} AND {doubts})"
    number = scope.add(
        f"CASE WHEN {lasts.sql} IS FALSE THEN {CEASED} WHEN {lasts.sql} IS NULL "
        f"THEN {CANNOT_WHILE} WHEN {missing} THEN {UNOPENED} WHEN {waiting} THEN {WAITING} "
        f"WHEN {doubted} THEN {CANNOT_AFTER} ELSE {by_events} END"
    )
    nothing = reasons.one(scope.world.reasons.code(Why.NO_RECORD, duty.records.kind))

    def why() -> Sql:
        return (
            f"CASE {number} WHEN {CANNOT_WHILE} THEN {lasts.reasons()} "
            f"WHEN {UNOPENED} THEN {opened.reasons()} "
            f"WHEN {CANNOT_AFTER} THEN {found.why(found.after, changed)} "
            f"WHEN {BREACHED} THEN {nothing} ELSE {reasons.none()} END"
        )

    judged = f"{number} NOT IN ({CEASED}, {CANNOT_WHILE}, {UNOPENED}, {WAITING})"
    inexact = "FALSE" if t.is_exact else f"({t.day} <> {t.end})"
    odd = f"({no_due} OR {spread} OR {final.day} IS NULL)"
    escalated = [f"({judged} AND ({odd} OR {inexact}))"]
    gap = f"{{'r': {rid}, 'd': {due.day}}}"

    def gaps() -> Sql:
        return f"list_sort({total(f'list({gap}) FILTER ({counts} AND {late})')})"

    columns: dict[str, Callable[[], Sql]] = {
        "entries": found.entries,
        "gaps": gaps,
        "by_events": lambda: by_events,
    }
    deadline = clocks.chosen(scope, [(judged, final)])

    def silent() -> Sql:
        hidden = found.is_hidden(found.after)
        return f"({found.is_silent(found.after)} AND NOT {hidden})"

    return Duty(number, why, deadline, silent, columns, escalated)


class _Gaps:
    """Whether one more event would change what the sure events say, tried one at a time."""

    def __init__(
        self,
        outer: Scope,
        found: Candidates,
        interval: core.Core,
        t: Mom,
        counts: Sql,
        start: Sql,
        keys: Sql,
    ) -> None:
        assert found.event is not None
        self.found, self.interval, self.t, self.event = found, interval, t, found.event
        self.scope = scope = found.scope
        self.now = outer.now
        rid = found.record.column("rid")
        own = f"OVER (PARTITION BY {keys})"
        self.last = scope.add(f"max(CASE WHEN {counts} THEN {self.event.day} END) {own}")
        last_rid = scope.add(f"max(CASE WHEN {counts} THEN {rid} END) {own}")
        before = f"CASE WHEN {rid} = {last_rid} THEN {start} END"
        self.before_last = scope.add(f"max({before}) {own}")
        late = f"({self.last} > {self._due(self.before_last)})"
        self.base = scope.add(
            f"CASE WHEN {self._passed(self.last_start)} THEN {BREACHED} "
            f"WHEN {self.last} IS NULL THEN {NOT_YET} WHEN {late} THEN {MET_LATE} ELSE {MET} END"
        )

    @property
    def last_start(self) -> Sql:
        """The day that the present gap starts on."""
        return self.scope.add(f"COALESCE({self.last}, {self.t.day})")

    def _due(self, start: Sql) -> Sql:
        return _due(self.scope, self.interval, self.scope.add(start)).day

    def _passed(self, start: Sql) -> Sql:
        due = _due(self.scope, self.interval, self.scope.add(start))
        return windows.has_passed(self.scope, due, self.now)

    def changed(self) -> Sql:
        """Of a row that is perhaps an event: whether the verdict would be another with it."""
        found, event = self.found, self.event
        perhaps = f"({found.perhaps(found.after)} OR {found.hidden(found.after)})"
        exact = "FALSE" if event.day == "NULL" else f"({event.day} IS NOT NULL)"
        latest = f"COALESCE({event.day}, {self.now.end})"
        if not event.is_exact:
            exact = f"({event.day} IS NOT NULL AND {event.day} = {event.end})"
            latest = f"LEAST(COALESCE({event.end}, {self.now.end}), {self.now.end})"
            # A day that is known stands, though it is still to come, as a planned one may be.
            latest = f"CASE WHEN {exact} THEN {event.day} ELSE {latest} END"
        latest = self.scope.add(latest)
        first = self.scope.add(f"GREATEST({self.t.day}, COALESCE({event.day}, {FIRST_DAY}))")
        by_day = self._with(latest)
        loose = [f"({latest} >= {first} AND {by_day})"]
        loose.append(f"({self.base} = {MET_LATE} AND {self.last} BETWEEN {first} AND {latest})")
        loose += [
            f"({day} BETWEEN {first} AND {latest} AND {self._with(str(day))})"
            for day in self._turns()
        ]
        changes = f"CASE WHEN {exact} THEN {by_day} ELSE ({' OR '.join(loose)}) END"
        return self.scope.add(f"(({perhaps} AND {changes}) IS TRUE)")

    def _turns(self) -> list[int]:
        """The days on which the length of a gap may become another (S20), and those before."""
        settings = self.scope.world.plan.settings
        names = {each.name for each in nodes(self.interval) if isinstance(each, core.SettingValue)}
        starts = {
            start.toordinal()
            for name in names
            for start, _ in settings[name].values
            if start is not None
        }
        return sorted({day for start in starts for day in (start - 1, start)})

    def _with(self, day: Sql) -> Sql:
        """Whether an event on a day changes the verdict."""
        scope, last = self.scope, self.last
        newest = f"({last} IS NULL OR {day} > {last})"
        since = scope.add(f"GREATEST({self.before_last}, {day})")
        late = (
            f"CASE WHEN {newest} THEN {day} > {self._due(self.last_start)} "
            f"WHEN {day} = {last} THEN FALSE ELSE {last} > {self._due(since)} END"
        )
        passed = self._passed(scope.add(f"CASE WHEN {newest} THEN {day} ELSE {last} END"))
        verdict = f"CASE WHEN {passed} THEN {BREACHED} WHEN {late} THEN {MET_LATE} ELSE {MET} END"
        return scope.add(f"({self._due(day)} IS NULL OR {verdict} <> {self.base})")


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
