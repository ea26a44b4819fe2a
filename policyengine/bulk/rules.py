"""One version of a rule in SQL (S5, S6, S14, S20): who is watched, then how each is judged.

The subjects are in a table (`watching`); each is judged as at its own moment, which is an end
where one came first. A subject with an end is judged as at the
run's date as well, in a second row (`turn` 1), because a window that only the end hides does not
count against it.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from policyengine.bulk import clocks, duties, expressions, outcome, reasons
from policyengine.bulk.outcome import NUMBER, OF_OUTCOME, Duty
from policyengine.bulk.recurring import have_every
from policyengine.bulk.relation import Program
from policyengine.bulk.saying import said
from policyengine.bulk.scope import Scope, World, later
from policyengine.bulk.terms import (
    Mom,
    Rec,
    Term,
    Truth,
    none,
)
from policyengine.bulk.watching import Watch, trigger_of
from policyengine.plan import core
from policyengine.values.truth import Why
from policyengine.values.verdict import Verdict

Sql = str
_CLOSED = ", ".join(
    str(each) for each in (outcome.UNOPENED, outcome.WAITING, outcome.CEASED, outcome.CANNOT_WHILE)
)
_V = {verdict: str(number) for verdict, number in NUMBER.items()}


# --- judging --------------------------------------------------------------------------------------


@dataclass(slots=True)
class Judged:
    """The statement that judges a version's subjects, and how its rows are read."""

    sql: Sql
    duty: str
    said: list[tuple[str, list[object]]]
    has_deadline: bool
    columns: dict[str, Sql] = field(default_factory=dict)


def judge(world: World, rule: core.Rule, watched: Watch, table: str, full: bool) -> Judged:
    """Every subject in a table of `watch`, judged under a version."""
    return _Judge(world, rule, watched, table, full).made()


class _Judge:
    def __init__(
        self, world: World, rule: core.Rule, watched: Watch, table: str, full: bool
    ) -> None:
        self.world = world
        self.rule = rule
        self.watched = watched
        self.full = full
        self.program = Program()
        subject = world.tables.kinds[rule.subject.kind]
        cases = world.tables.kinds["case"].seen
        source = (
            f"{table} s JOIN {subject.seen} m ON m.rid = s.rid AND m.cs = s.cs "
            f"JOIN {cases} c ON c.cs = s.cs JOIN inst i ON i.cs = s.cs"
        )
        if watched.has_end:
            source += " JOIN (VALUES (0), (1)) t(turn) ON t.turn = 0 OR s.e_day IS NOT NULL"
        keys = ["s.rid"]
        if rule.subject.companion is not None:
            other = world.tables.kinds[rule.subject.companion.kind]
            source += f" JOIN {other.seen} n ON n.rid = s.pair"
            keys.append("s.pair")
        if watched.has_end:
            keys.append("t.turn")
        self.relation = self.program.relation(source, tuple(keys))
        base = self.relation.base
        self.case = base("s.cs")
        self.turn = base("t.turn") if watched.has_end else "0"
        self.run = Mom(base("i.a_day"), none)
        self.ended = "FALSE"
        self.now = self._now()
        clock = self.now if watched.has_end else None
        whole = world.plan.schema.kinds["case"]
        slots: dict[int, Term] = {0: Rec(whole, self.relation.base_of("c"), clock)}
        self.scope = Scope(world, self.relation, slots, self.now, self.case, clock)
        self.scope.lets = {let.slot: let.value for let in rule.lets}
        self.record = Rec(subject.kind, self.relation.base_of("m"), clock)
        self._fill_slots()

    # --- where it stands ------------------------------------------------------------------------

    def _now(self) -> Mom:
        """As at when a row is judged: the run's day, or the end that came first."""
        if not self.watched.has_end:
            return self.run
        base = self.relation.base
        self.ended = self.relation.add(f"({base('s.e_day')} IS NOT NULL AND {self.turn} = 0)")
        ended, add = self.ended, self.relation.add

        def either(end: str, run: Sql) -> Sql:
            return add(f"CASE WHEN {ended} THEN {base(end)} ELSE {run} END")

        day = either("s.e_day", self.run.day)
        last = either("s.e_last", self.run.day) if self.watched.vague_end else ""
        if not self.watched.timed_end:
            return Mom(day, none, last)
        return Mom(
            day,
            none,
            last,
            either("s.e_at", "NULL"),
            either("s.e_until", "NULL") if self.watched.vague_end else "",
            either("s.e_timed", "FALSE"),
            either("s.e_clock", "FALSE"),
        )

    def _fill_slots(self) -> None:
        subject, scope, base = self.rule.subject, self.scope, self.relation.base
        scope.slots[subject.slot] = self.record
        if subject.kind == "case":
            scope.slots[subject.slot] = scope.slots[0]
        if subject.previous is not None:
            rid = base("s.prev")
            previous = scope.by_rid(subject.kind, rid)
            clock = self._own_clock(previous, subject.kind, rid)
            scope.slots[subject.previous] = Rec(previous.kind, previous.column, clock)
        if subject.companion is not None:
            kind = self.world.tables.kinds[subject.companion.kind].kind
            companion = Rec(kind, self.relation.base_of("n"))
            clock = self._own_clock(companion, subject.companion.kind, "")
            scope.slots[subject.companion.slot] = Rec(kind, companion.column, clock)
        scope.trigger = trigger_of(scope, self.rule)
        table = self.world.tables.kinds[subject.kind]
        scope.note_moves(table)

    def _own_clock(self, record: Rec, kind: str, _rid: Sql) -> Mom | None:
        """A previous or a companion that had not happened by the end is read as at the run."""
        clock = self.scope.clock
        if clock is None:
            return None
        hidden = self._hidden(record, kind)
        if hidden == "FALSE":
            return clock
        return clocks.chosen(self.scope, [(f"{hidden} IS TRUE", self.run), ("TRUE", clock)])

    def _hidden(self, record: Rec, kind: str) -> Sql:
        """Whether a record had not happened by the clock."""
        clock, table = self.scope.clock, self.world.tables.kinds[kind]
        if clock is None or table.kind.happened is None or kind == "case":
            return "FALSE"
        if table.gathered:
            own = later(clock, record.column("v_day"), record.column("v_at"))
            theirs = later(clock, record.column("h_day"), record.column("h_at"))
            return self.relation.add(f"({own} OR {theirs})")
        column = table.columns[table.kind.happened]
        moment = self.scope.field(
            Rec(record.kind, record.column, None, unseen=False), column.field.name
        )
        assert isinstance(moment, Mom)
        return self.relation.add(f"({later(clock, moment.day, moment.at)})")

    # --- the order of the page ------------------------------------------------------------------

    def made(self) -> Judged:
        rule, scope, add = self.rule, self.scope, self.relation.add
        base = self.relation.base
        counts, in_force = base("s.counts"), base("s.in_force")
        gone = self._hidden(self.record, rule.subject.kind)
        previous = base("s.prev_is") if rule.subject.previous is not None else "0"
        doubted = base("s.prev_doubted") if rule.subject.previous is not None else "FALSE"
        settled = add(
            f"CASE WHEN {in_force} IS FALSE THEN 1 WHEN {in_force} IS NULL THEN 6 "
            f"WHEN {counts} IS NULL THEN 2 WHEN {previous} = 1 THEN 3 WHEN {previous} > 1 THEN 4 "
            f"WHEN {gone} IS TRUE THEN 5 ELSE 0 END"
        )
        for let in rule.lets:
            scope.slots[let.slot] = self._column_of(expressions.compiled(scope, let.value))
        applies = (
            Truth("TRUE", none) if rule.when is None else expressions.truth_of(scope, rule.when)
        )
        alive = add(f"({settled} = 0 AND {applies.sql} IS TRUE)")
        duty = self._duty(alive)
        excuses = [(expressions.truth_of(scope, each.condition), each.text) for each in rule.unless]
        doubts = [
            (expressions.truth_of(scope, each.condition), each.text) for each in rule.cannot_tell_if
        ]
        return self._written(settled, applies, duty, excuses, doubts, doubted)

    def _column_of(self, term: Term) -> Term:
        """A `let`, its value in a column of its own."""
        match term:
            case Truth():
                return Truth(self.relation.add(term.sql), term.reasons, term.doubtful)
            case _:
                return term

    def _duty(self, alive: Sql) -> Duty:
        rule, scope = self.rule, self.scope
        blank = rule.blank_means_breached is not None
        own = [(rule.subject.kind, self.record.column("rid"))]
        if rule.subject.companion is not None:
            own.append((rule.subject.companion.kind, self.relation.base("s.pair")))
        match rule.duty:
            case core.Have() as duty:
                return duties.have(scope, duty, blank, alive, own)
            case core.NotHave() as duty:
                return duties.not_have(scope, duty, blank, alive, own)
            case core.HaveField() as duty:
                return duties.have_field(scope, duty, blank)
            case core.Show() as duty:
                return duties.show(scope, duty, blank)
            case core.HaveEvery() as duty:
                return have_every(scope, duty, blank, alive, own)

    def _written(
        self,
        settled: Sql,
        applies: Truth,
        duty: Duty,
        excuses: list[tuple[Truth, str]],
        doubts: list[tuple[Truth, str]],
        doubted: Sql,
    ) -> Judged:
        rule, scope, add = self.rule, self.scope, self.relation.add
        verdicts = " ".join(
            f"WHEN {number} THEN {_V[verdict]}" for number, verdict in OF_OUTCOME.items()
        )
        of_duty = add(f"CASE {duty.number} {verdicts} END")
        silenced = "FALSE"
        if rule.silence_means_cannot_tell is not None:
            silenced = add(f"({of_duty} = {_V[Verdict.BREACHED]} AND {duty.silent})")
        early = f"({self.ended} AND {of_duty} = {_V[Verdict.NOT_YET_DUE]})"
        after = add(
            f"CASE WHEN {silenced} THEN {_V[Verdict.CANNOT_TELL]} "
            f"WHEN {early} THEN {_V[Verdict.NOT_APPLICABLE]} ELSE {of_duty} END"
        )
        held = " OR ".join(f"{truth.sql} IS TRUE" for truth, _ in excuses) or "FALSE"
        open_ = " OR ".join(f"{truth.sql} IS NULL" for truth, _ in excuses) or "FALSE"
        said = " OR ".join(f"{truth.sql} IS TRUE" for truth, _ in doubts) or "FALSE"
        stands = f"{after} IN ({_V[Verdict.MET]}, {_V[Verdict.NOT_APPLICABLE]})"
        path = add(
            f"CASE WHEN {settled} > 0 THEN 10 + {settled} "
            f"WHEN {applies.sql} IS NOT TRUE THEN (CASE WHEN {said} THEN 20 "
            f"WHEN {applies.sql} IS NULL THEN 21 ELSE 22 END) "
            f"WHEN {stands} THEN 0 WHEN {held} THEN 1 "
            f"WHEN {after} = {_V[Verdict.NOT_YET_DUE]} THEN 0 WHEN {said} THEN 2 "
            f"WHEN {open_} THEN 3 ELSE 0 END"
        )
        cannot, nothing = _V[Verdict.CANNOT_TELL], _V[Verdict.NOT_APPLICABLE]
        settled_as = {1: nothing, 2: cannot, 3: nothing, 4: cannot, 5: nothing, 6: cannot}
        paths = {1: _V[Verdict.EXEMPT], 2: cannot, 3: cannot, 20: cannot, 21: cannot, 22: nothing}
        paths |= {10 + way: answer for way, answer in settled_as.items()}
        others = " ".join(f"WHEN {way} THEN {answer}" for way, answer in paths.items())
        verdict = f"CASE {path} WHEN 0 THEN {after} {others} END"
        unopened = add(f"({path} < 10 AND {duty.number} = {outcome.UNOPENED})")
        voided = "FALSE"
        if self.watched.has_end:
            keys = ", ".join(self.relation.keys[:-1])
            # Whether T is known as at the run, whatever `when` says: then it lay in the future.
            opens = f"CASE WHEN {self.turn} = 1 THEN {self._opens(duty)} END"
            later_on = add(f"bool_or({opens}) OVER (PARTITION BY {keys})")
            voided = add(f"({self.ended} AND {unopened} AND {later_on} IS TRUE)")
        escalated = " OR ".join(
            [f"({path} < 10 AND {each})" for each in duty.escalated]
            + [f"({self.ended} AND {each})" for each in scope.escalated]
            + [f"({settled} = 4 AND {doubted})"]
        )
        columns: dict[str, Sql] = {
            "cs": self.case,
            "rid": self.record.column("rid"),
            "pair": "NULL" if self.rule.subject.companion is None else self.relation.base("s.pair"),
            "verdict": f"CASE WHEN {voided} THEN {nothing} ELSE {verdict} END",
            "escalated": f"COALESCE(({escalated}), FALSE)",
        }
        columns |= self._deadline(duty, path, voided)
        judged = Judged("", type(rule.duty).__name__, [], duty.deadline is not None)
        if self.full:
            whys = self._reasons(path, applies, duty, excuses, doubts, silenced, early)
            voided_why = self._end_why()
            columns |= {
                "id": self._id(),
                "path": path,
                "number": duty.number,
                "voided": voided,
                "why": f"CASE WHEN {voided} THEN [{voided_why}] ELSE {whys} END",
                "ended": f"({self.ended} AND ({path} < 10 OR {path} >= 20) AND NOT {voided})",
            }
            columns |= self._trigger_columns()
            columns |= {name: make() for name, make in duty.columns.items()}
            self._messages(judged, columns, add(columns["verdict"]))
        test = f"{self.turn} = 0" if self.watched.has_end else ""
        judged.columns = columns
        judged.sql = self.program.statement(self.relation, columns, test)
        return judged

    def _id(self) -> Sql:
        if self.rule.subject.companion is None:
            return self.record.column("id")
        return f"{self.record.column('id')} || '+' || {self.relation.base('s.pair_id')}"

    def _end_why(self) -> Sql:
        return self.relation.base("s.e_why") if self.watched.has_end else "''"

    def _opens(self, duty: Duty) -> Sql:
        """Whether the duty has a deadline."""
        if duty.deadline is None:
            return "FALSE"
        return f"({duty.number} NOT IN ({_CLOSED}) AND {duty.deadline.end} IS NOT NULL)"

    def _deadline(self, duty: Duty, path: Sql, voided: Sql) -> dict[str, Sql]:
        deadline = duty.deadline
        if deadline is None:
            return {"d_last": "CAST(NULL AS INTEGER)", "d_until": "CAST(NULL AS BIGINT)"}
        shown = f"{path} < 10 AND NOT {voided} AND {duty.number} NOT IN ({_CLOSED})"
        until = "NULL"
        if deadline.timed != "FALSE":
            until = f"CASE WHEN {shown} AND {deadline.timed} THEN {deadline.ends_at} END"
        return {
            "d_last": f"CAST(CASE WHEN {shown} THEN {deadline.end} END AS INTEGER)",
            "d_until": f"CAST({until} AS BIGINT)",
        }

    def _trigger_columns(self) -> dict[str, Sql]:
        trigger = self.scope.trigger
        if trigger is None:
            return {"t_day": self.now.day, "t_unknown": "FALSE"}
        return {"t_day": trigger.day, "t_unknown": trigger.unknown}

    def _reasons(
        self,
        path: Sql,
        applies: Truth,
        duty: Duty,
        excuses: list[tuple[Truth, str]],
        doubts: list[tuple[Truth, str]],
        silenced: Sql,
        early: Sql,
    ) -> Sql:
        """The reasons of the finding, by how it was reached."""
        base, code = self.relation.base, self.world.reasons.code
        of_duty = self.relation.add(duty.reasons())
        end = f"[{self._end_why()}]"
        silence = self.rule.silence_means_cannot_tell
        after = of_duty
        if silence is not None:
            author = reasons.one(code(Why.AUTHOR, text=silence, place=-1))
            after = (
                f"CASE WHEN {silenced} THEN {reasons.all_of([author, of_duty])} ELSE {after} END"
            )
        if self.watched.has_end:
            after = f"CASE WHEN {early} THEN {end} ELSE {after} END"
        held = reasons.where(
            *(
                (f"{truth.sql} IS TRUE", reasons.one(code(Why.EXCEPTION, text=text, place=place)))
                for place, (truth, text) in enumerate(excuses)
            )
        )
        authors = [
            (f"{truth.sql} IS TRUE", reasons.one(code(Why.AUTHOR, text=text, place=place)))
            for place, (truth, text) in enumerate(doubts)
        ]
        said = reasons.where(*authors)
        unsure = expressions.doubts_of([truth for truth, _ in excuses])
        number = self.relation.add(
            f"CASE WHEN {silenced} OR {duty.number} IN ({outcome.CANNOT_INSIDE}, "
            f"{outcome.CANNOT_AFTER}, {outcome.UNOPENED}, {outcome.CANNOT_WHILE}) "
            f"THEN TRUE ELSE FALSE END"
        )
        unsure = reasons.all_of(
            [unsure, f"CASE WHEN {number} THEN {after} ELSE {reasons.NONE} END"]
        )
        first = " ".join(f"WHEN {test} THEN {reason}" for test, reason in authors)
        kind = self.record.kind.name
        none_before = reasons.one(code(Why.NO_PREVIOUS, kind), self.record.column("id"))
        prev_why = base("s.prev_why") if self.rule.subject.previous is not None else reasons.NONE
        tests = [
            f"WHEN 0 THEN {after}",
            f"WHEN 1 THEN {held}",
            f"WHEN 2 THEN {said}",
            f"WHEN 3 THEN {unsure}",
            f"WHEN 12 THEN {base('s.why')}",
            f"WHEN 13 THEN {none_before}",
            f"WHEN 14 THEN {prev_why}",
            f"WHEN 15 THEN {end}",
            f"WHEN 16 THEN {base('s.force_why')}",
            f"WHEN 21 THEN {applies.reasons()}",
        ]
        if first:
            tests.append(f"WHEN 20 THEN CASE {first} END")
        return f"CASE {path} {' '.join(tests)} ELSE {reasons.NONE} END"

    # --- messages -------------------------------------------------------------------------------

    def _messages(self, judged: Judged, columns: dict[str, Sql], verdict: Sql) -> None:
        """The values in what is said of a breach, in columns of their own."""
        for which, message in (("say", self.rule.say), ("fix", self.rule.fix)):
            parts: list[object] = []
            for part in () if message is None else message.parts:
                if isinstance(part, str | core.Deadline):
                    parts.append(part)
                    continue
                term = expressions.compiled(self.scope, part)
                shown = f"{verdict} = {_V[Verdict.BREACHED]}"
                parts.append(said(term, f"m{len(columns)}", shown, columns))
            judged.said.append((which, parts))
