"""The duties (S7 to S11) in SQL: the candidates of each row, counted; then the clock."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from policyengine.bulk import clocks, expressions, reasons, windows
from policyengine.bulk.outcome import (
    BREACHED,
    CANNOT_AFTER,
    CANNOT_INSIDE,
    MET,
    MET_LATE,
    NOT_YET,
    UNOPENED,
    WAITING,
    Duty,
)
from policyengine.bulk.scope import Scope
from policyengine.bulk.terms import Length, Mom, NotCompiledError, Rec, either
from policyengine.bulk.windows import EVER, Opened
from policyengine.plan import core
from policyengine.values.truth import Why

Sql = str
CODES = 32  # an entry of evidence is the record's number times this, plus where it stands


@dataclass(frozen=True, slots=True)
class Opening:
    """A window over the rows, where T is known (`missing`) and has come (`waiting`)."""

    window: Opened
    missing: Sql
    reasons: Callable[[], Sql]
    waiting: Sql

    @property
    def is_open(self) -> Sql:
        """Whether there is a window to hold a record against."""
        return f"(NOT {self.missing} AND NOT {self.waiting})"


def opening(scope: Scope, window: core.OneWindow | None) -> Opening:
    """The window of a duty."""
    if window is None:
        return Opening(EVER, "FALSE", reasons.none, "FALSE")
    match window:
        case core.Within(allowance=allowance, side=side, anchor=anchor):
            t, length = (
                expressions.moment_of(scope, anchor),
                expressions.length_of(scope, allowance),
            )
            options = [
                (
                    test,
                    windows.within(
                        scope,
                        each,
                        side,
                        t,
                        counting_that_day=window.counting_that_day,
                        rolls=window.rolls,
                    ),
                )
                for test, each in length.options
            ]
            return _opening(scope, windows.chosen_window(scope, options), [t], length)
        case core.Between(first=first, last=last, rolls=rolls):
            start, end = expressions.moment_of(scope, first), expressions.moment_of(scope, last)
            return _opening(scope, windows.between(scope, start, end, rolls=rolls), [start, end])
        case core.OnDay(anchor=anchor):
            t = expressions.moment_of(scope, anchor)
            return _opening(scope, windows.on_day(t), [t])
        case core.NoLater(anchor=anchor, strictly=strictly, rolls=rolls):
            t = expressions.moment_of(scope, anchor)
            made = windows.no_later(scope, t, strictly=strictly, rolls=rolls)
            return _opening(scope, made, [t])


def _opening(
    scope: Scope, window: Opened, anchors: list[Mom], length: Length | None = None
) -> Opening:
    terms: list[Mom | Length] = [*anchors] if length is None else [*anchors, length]
    missing = scope.add(f"({' OR '.join(term.is_missing for term in terms)})")
    not_yets = [each.not_yet for each in anchors if each.not_yet != "FALSE"]
    waiting = "FALSE"
    if not_yets:
        waiting = scope.add(f"({' OR '.join(not_yets)}) AND NOT {missing}")

    def why() -> Sql:
        return reasons.where(*((term.is_missing, term.reasons()) for term in terms))

    return Opening(window, missing, why, waiting)


class Candidates:
    """Each open row with each record that its duty may look at, held against the window."""

    def __init__(
        self,
        scope: Scope,
        records: core.RecordSet,
        opened: Opening,
        blank: bool | None,
        alive: Sql,
        own: list[tuple[str, Sql]],
    ) -> None:
        self.outer = scope
        self.kind = kind = scope.table(records.kind).kind
        scope.note_order(kind)
        open_ = scope.add(f"({alive} AND {opened.is_open})")
        also = f" AND p.{open_}" if open_ != "TRUE" else ""
        for other, rid in own:
            if other == records.kind:
                also += f" AND m.rid <> p.{scope.add(rid)}"
        self.scope, self.record = scope.members(records.kind, also)
        inner = self.scope
        inner.slots[records.slot] = self.record
        self.unseen = self.record.column("u") if self.record.unseen else "FALSE"
        self.event: Mom | None = None
        if kind.happened is not None:
            event = inner.field(self.record, kind.happened)
            assert isinstance(event, Mom)
            self.event = event
        self._place(opened.window, blank)
        self._match(records, blank)

    def _place(self, window: Opened, blank: bool | None) -> None:
        """Where its date stands to the window: inside, and from the opening on."""
        inner, event = self.scope, self.event
        if event is None or window is EVER:
            self.inside = self.after = "TRUE"
            self._undated_is = "TRUE"
            return
        after = windows.at_or_after(inner, event, window.opens)
        early = windows.at_or_before(inner, event, window.closes)
        undated = "NULL"
        if blank is not None:
            column = inner.table(self.kind.name).columns[self.kind.happened or ""]
            state = ""
            if column.absent or self.record.unseen:
                state = f"{self.record.column(f's{column.index}')} = 0 AND "
            undated = f"CASE WHEN {state}TRUE THEN {'TRUE' if blank else 'FALSE'} END"
        self._undated_is = undated
        self.after = inner.add(f"CASE WHEN {event.day} IS NULL THEN {undated} ELSE {after} END")
        self.inside = inner.add(
            f"CASE WHEN {event.day} IS NULL THEN {undated} ELSE ({self.after} AND {early}) END"
        )

    def _match(self, records: core.RecordSet, blank: bool | None) -> None:
        inner = self.scope
        perhaps = inner.perhaps(self.record)
        self._perhaps = None if perhaps is None else inner.add(perhaps)
        self._where = None if records.where is None else expressions.truth_of(inner, records.where)
        truth = "TRUE" if self._where is None else self._where.sql
        if self._perhaps is not None:
            truth = inner.add(
                f"CASE WHEN {truth} IS FALSE THEN FALSE "
                f"WHEN {reasons.some(self._perhaps)} THEN NULL ELSE {truth} END"
            )
        if blank is not None and truth not in ("TRUE", "FALSE"):
            filled = "TRUE" if blank else "FALSE"
            only = reasons.only_blank(self._match_reasons())
            truth = inner.add(
                f"CASE WHEN {truth} IS NULL THEN (CASE WHEN {only} THEN {filled} END) "
                f"ELSE {truth} END"
            )
            if self.record.unseen:
                truth = inner.add(f"CASE WHEN {self.unseen} AND {truth} THEN NULL ELSE {truth} END")
        self.matches = truth

    def _match_reasons(self) -> Sql:
        mine = reasons.none()
        if self._where is not None:
            mine = reasons.where((f"{self._where.sql} IS NULL", self._where.reasons()))
        return mine if self._perhaps is None else reasons.all_of([self._perhaps, mine])

    def _place_reasons(self) -> Sql:
        """Why it cannot be told where its date stands."""
        event, inner = self.event, self.scope
        if event is None:
            return reasons.none()
        code = inner.world.reasons.code(Why.IMPRECISE_TIME, self.kind.name, self.kind.happened)
        vague = reasons.one(code, self.record.column("id"))
        if self._perhaps is not None and self.record.unseen:
            vague = f"CASE WHEN {self.unseen} THEN {self._perhaps} ELSE {vague} END"
        return f"CASE WHEN {event.day} IS NULL THEN {event.reasons()} ELSE {vague} END"

    # --- counts ---------------------------------------------------------------------------------

    def joined(self) -> None:
        """End the construction: from here on there are totals."""
        self.scope.relation.join()

    def _count(self, test: Sql) -> Sql:
        total = self.scope.relation.total(f"count(*) FILTER ({test})")
        return self.outer.add(f"COALESCE({total}, 0)")

    def sure(self, place: Sql) -> Sql:
        """It matches there."""
        return f"({place} IS TRUE AND {self.matches} IS TRUE AND NOT {self.unseen})"

    def perhaps(self, place: Sql) -> Sql:
        """It may match there, but not surely."""
        unsure = f"({place} IS NULL OR {self.matches} IS NULL)"
        both = f"{place} IS NOT FALSE AND {self.matches} IS NOT FALSE"
        return f"({both} AND {unsure} AND NOT {self.unseen})"

    def hidden(self, place: Sql) -> Sql:
        """An unseen record may match there."""
        if not self.record.unseen:
            return "FALSE"
        return f"({self.unseen} AND {place} IS NOT FALSE AND {self.matches} IS NOT FALSE)"

    def reach(self, place: Sql, least: int = 1) -> tuple[Sql, Sql]:
        """Whether so many are sure there, and whether so many may be there, unseen ones too."""
        sure, perhaps = self.sure(place), self.perhaps(place)
        unseen = self.is_hidden(place)
        if least == 1:
            is_sure = self.any(sure)
            return is_sure, either(unseen, is_sure, self.any(perhaps))
        count = self._count(sure)
        both = f"{count} + {self._count(perhaps)} >= {least}"
        return f"{count} >= {least}", either(unseen, both)

    def any(self, test: Sql) -> Sql:
        """Whether some row passes."""
        return self.scope.relation.flag(test)

    def is_hidden(self, place: Sql) -> Sql:
        """Whether an unseen record may match there."""
        return self.any(self.hidden(place)) if self.record.unseen else "FALSE"

    def is_silent(self, place: Sql) -> Sql:
        """Whether none matches there, even perhaps."""
        return f"(NOT {self.any(self.sure(place))} AND NOT {self.any(self.perhaps(place))})"

    def why(self, place: Sql, among: Sql = "") -> Sql:
        """The reasons of those that are perhaps there, unseen ones too; or of those `among`."""
        test = among or f"({self.perhaps(place)} OR {self.hidden(place)})"
        mine = reasons.where((f"{self.matches} IS NULL", self._match_reasons()))
        if place != "TRUE":
            mine = reasons.all_of(
                [mine, reasons.where((f"{place} IS NULL", self._place_reasons()))]
            )
        if mine == reasons.none():
            return reasons.none()
        column = self.scope.add(f"CASE WHEN {test} THEN {mine} END")
        return reasons.gathered(column, self.scope.relation.total)

    def entries(self) -> Sql:
        """The candidates that evidence may show, in the order of their dates."""

        def digit(truth: Sql) -> Sql:
            if truth == "TRUE":
                return "1"
            return f"(CASE WHEN {truth} IS NULL THEN 2 WHEN {truth} THEN 1 ELSE 0 END)"

        code = f"9 * {digit(self.inside)} + 3 * {digit(self.after)} + {digit(self.matches)}"
        shown = f"({self.matches} IS NOT FALSE OR {self.inside} IS TRUE) AND NOT {self.unseen}"
        rid = self.record.column("rid")
        packed = f"{rid} * {CODES} + {code}"
        if self.kind.ordered_by == self.kind.happened:
            return f"list_sort({self.scope.relation.total(f'list({packed}) FILTER ({shown})')})"
        at, day = "0", "0"
        if self.event is not None:
            day = f"COALESCE({self.event.day}, 9999999)"
            time = f"CASE WHEN {self.event.timed} THEN {self.event.at} END"
            at = f"COALESCE({time}, -10000000000000)"
        order = f"ORDER BY {day}, {at}, {rid}"
        return self.scope.relation.total(f"list({packed} {order}) FILTER ({shown})")


def judged_have(
    scope: Scope,
    opened: Opening,
    inside: tuple[Sql, Sql],
    after: tuple[Sql, Sql],
) -> Sql:
    """S7: the number of the outcome, in the order of its questions. Inside the window, and from
    its opening on: whether enough are sure, and whether enough may be there."""
    (sure, perhaps), (sure_late, perhaps_late) = inside, after
    deadline = opened.window.deadline
    clock = ""
    if deadline is not None:
        passed = windows.has_passed(scope, deadline, scope.now)
        clock = f"WHEN NOT {passed} THEN {NOT_YET} "
    return scope.add(
        f"CASE WHEN {opened.missing} THEN {UNOPENED} WHEN {opened.waiting} THEN {WAITING} "
        f"WHEN {sure} THEN {MET} {clock}WHEN {perhaps} THEN {CANNOT_INSIDE} "
        f"WHEN {sure_late} THEN {MET_LATE} WHEN {perhaps_late} THEN {CANNOT_AFTER} "
        f"ELSE {BREACHED} END"
    )


def have(
    scope: Scope, duty: core.Have, blank: bool, alive: Sql, own: list[tuple[str, Sql]]
) -> Duty:
    """Duty 1 (S7)."""
    opened = opening(scope, duty.window)
    found = Candidates(scope, duty.records, opened, False if blank else None, alive, own)
    found.joined()
    inside, after = found.reach(found.inside, duty.least), found.reach(found.after, duty.least)
    number = judged_have(scope, opened, inside, after)
    nothing = reasons.one(scope.world.reasons.code(Why.NO_RECORD, duty.records.kind))

    def why() -> Sql:
        return (
            f"CASE {number} WHEN {UNOPENED} THEN {opened.reasons()} "
            f"WHEN {CANNOT_INSIDE} THEN {found.why(found.inside)} "
            f"WHEN {CANNOT_AFTER} THEN {found.why(found.after)} "
            f"WHEN {BREACHED} THEN {nothing} ELSE {reasons.none()} END"
        )

    deadline, columns = opened.window.deadline, {"entries": found.entries}
    return Duty(number, why, deadline, lambda: found.is_silent(found.after), columns)


def not_have(
    scope: Scope, duty: core.NotHave, blank: bool, alive: Sql, own: list[tuple[str, Sql]]
) -> Duty:
    """Duty 2 (S9)."""
    opened = opening(scope, duty.window)
    found = Candidates(scope, duty.records, opened, True if blank else None, alive, own)
    found.joined()
    sure, perhaps = found.reach(found.inside)
    deadline = opened.window.deadline
    clock = ""
    if deadline is not None:
        clock = f"WHEN NOT {windows.has_passed(scope, deadline, scope.now)} THEN {NOT_YET} "
    number = scope.add(
        f"CASE WHEN {opened.missing} THEN {UNOPENED} WHEN {opened.waiting} THEN {WAITING} "
        f"WHEN {sure} THEN {BREACHED} {clock}"
        f"WHEN {perhaps} THEN {CANNOT_INSIDE} ELSE {MET} END"
    )

    def why() -> Sql:
        return (
            f"CASE {number} WHEN {UNOPENED} THEN {opened.reasons()} "
            f"WHEN {CANNOT_INSIDE} THEN {found.why(found.inside)} ELSE {reasons.none()} END"
        )

    return Duty(number, why, deadline, columns={"entries": found.entries})


def have_field(scope: Scope, duty: core.HaveField, blank: bool) -> Duty:
    """Duty 3 (S10): the field's date is the one candidate."""
    opened = opening(scope, duty.window)
    record = expressions.record_of(scope, duty.record)
    inner = scope.within(scope.relation)
    inner.slots[duty.slot] = record
    event = expressions.moment_of(scope, duty.event)
    matches, match_why = "TRUE", reasons.none()
    if duty.where is not None:
        truth = expressions.truth_of(inner, duty.where)
        matches, match_why = truth.sql, truth.reasons()
        if blank and matches not in ("TRUE", "FALSE"):
            only = reasons.only_blank(match_why)
            matches = scope.add(
                f"CASE WHEN {matches} IS NULL THEN (CASE WHEN {only} THEN FALSE END) "
                f"ELSE {matches} END"
            )
    blank_only = reasons.only_blank(event.reasons())
    unknown = f"NOT {event.not_yet} AND ({event.doubtful} OR NOT {blank_only})"
    there = f"({event.day} IS NOT NULL OR ({event.day} IS NULL AND {unknown}))"
    if record.status is not None:
        there = f"(CASE {record.status} WHEN 0 THEN {there} WHEN 1 THEN FALSE ELSE TRUE END)"
    there = scope.add(there)
    late_enough = windows.at_or_after(scope, event, opened.window.opens)
    early_enough = windows.at_or_before(scope, event, opened.window.closes)
    inside = scope.add(
        f"CASE WHEN NOT {there} THEN FALSE WHEN {event.day} IS NULL THEN NULL "
        f"ELSE ({late_enough} AND {early_enough}) END"
    )
    to_come = windows.has_passed(scope, scope.now, event)
    after = scope.add(
        f"CASE WHEN NOT {there} THEN FALSE WHEN {event.day} IS NULL THEN NULL "
        f"WHEN {to_come} THEN FALSE ELSE {late_enough} END"
    )
    number = judged_have(scope, opened, _one(inside, matches), _one(after, matches))
    kind, name = _event_of(duty)
    nothing = reasons.one(scope.world.reasons.code(Why.NO_RECORD, kind))
    vague = reasons.one(
        scope.world.reasons.code(Why.IMPRECISE_TIME, record.kind.name, name), record.column("id")
    )
    if record.unseen:
        raise NotCompiledError("a field of a record that may be unseen")

    def why() -> Sql:
        missing = f"CASE WHEN {event.day} IS NULL THEN {event.reasons()} ELSE {vague} END"

        def at(place: Sql) -> Sql:
            return reasons.where((f"{matches} IS NULL", match_why), (f"{place} IS NULL", missing))

        return (
            f"CASE {number} WHEN {UNOPENED} THEN {opened.reasons()} "
            f"WHEN {CANNOT_INSIDE} THEN {at(inside)} WHEN {CANNOT_AFTER} THEN {at(after)} "
            f"WHEN {BREACHED} THEN {nothing} ELSE {reasons.none()} END"
        )

    columns: dict[str, Callable[[], Sql]] = {
        "there": lambda: there,
        "inside": lambda: inside,
        "after": lambda: after,
        "matches": lambda: matches,
        "record": lambda: (
            record.column("id")
            if record.status is None
            else f"CASE WHEN {record.status} = 0 THEN {record.column('id')} END"
        ),
        "on_last": lambda: event.end,
        "on_until": lambda: _instant(event),
    }
    silent = f"(NOT {_one(after, matches)[1]})"
    return Duty(number, why, opened.window.deadline, lambda: silent, columns)


def _instant(moment: Mom) -> Sql:
    """The instant that a moment is written as; NULL for one that is written as its day."""
    if moment.timed == "FALSE":
        return "CAST(NULL AS BIGINT)"
    return f"CAST(CASE WHEN {moment.timed} THEN {moment.ends_at} END AS BIGINT)"


def _one(place: Sql, matches: Sql) -> tuple[Sql, Sql]:
    """Whether the one candidate is sure there, and whether it may be."""
    perhaps = f"({place} IS NOT FALSE AND {matches} IS NOT FALSE)"
    return f"({place} IS TRUE AND {matches} IS TRUE)", perhaps


def _event_of(duty: core.HaveField) -> tuple[str, str]:
    assert isinstance(duty.event, core.Field | core.Derived)
    return duty.event.kind, duty.event.name


def show(scope: Scope, duty: core.Show, blank: bool) -> Duty:
    """Duty 4 (S11)."""
    truth = expressions.truth_of(scope, duty.condition)
    opened = opening(scope, duty.window)
    state = truth.sql
    if blank and state not in ("TRUE", "FALSE"):
        only = reasons.only_blank(truth.reasons())
        state = scope.add(
            f"CASE WHEN {state} IS NULL THEN (CASE WHEN {only} THEN FALSE END) ELSE {state} END"
        )
    deadline = opened.window.deadline
    clock = ""
    if deadline is not None:
        clock = f"WHEN NOT {windows.has_passed(scope, deadline, scope.now)} THEN {NOT_YET} "
    number = scope.add(
        f"CASE WHEN {state} IS TRUE THEN {MET} WHEN {opened.missing} THEN {UNOPENED} "
        f"WHEN {opened.waiting} THEN {WAITING} {clock}"
        f"WHEN {state} IS FALSE THEN {BREACHED} ELSE {CANNOT_INSIDE} END"
    )

    def why() -> Sql:
        mine = reasons.where((f"{truth.sql} IS NULL", truth.reasons()))
        return (
            f"CASE WHEN {number} = {UNOPENED} THEN {opened.reasons()} "
            f"WHEN {number} IN ({BREACHED}, {CANNOT_INSIDE}) THEN {mine} ELSE {reasons.none()} END"
        )

    if deadline is not None:
        shown = f"({opened.missing} OR {opened.waiting})"
        deadline = clocks.chosen(scope, [(f"NOT {shown}", deadline)])
    return Duty(number, why, deadline)


__all__ = ["CODES", "Candidates", "NotCompiledError", "Opening", "Rec", "have", "have_field"]
