"""One version of a rule in SQL (S5, S6, S14, S20): who is watched, then how each is judged.

The subjects are in a table (`watching`); each is judged as at its own moment, which is an end
where one came first. A subject with an end is judged as at the
run's date as well, in a second row (`turn` 1), because a window that only the end hides does not
count against it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import Enum

from policyengine.bulk import clocks, duties, expressions, outcome, reasons
from policyengine.bulk.outcome import NUMBER, OF_OUTCOME, Duty
from policyengine.bulk.reasons import none
from policyengine.bulk.recurring import have_every
from policyengine.bulk.relation import Relation
from policyengine.bulk.saying import said as in_columns
from policyengine.bulk.scope import Scope, World, later
from policyengine.bulk.subjects import Subjects, may_open_later
from policyengine.bulk.terms import (
    Mom,
    Rec,
    Term,
    Truth,
    both,
    case,
    either,
    fails,
    holds,
    negated,
    unknown,
)
from policyengine.bulk.watching import Watch, trigger_of
from policyengine.plan import core
from policyengine.values.truth import Why
from policyengine.values.verdict import Verdict

Sql = str
_NEVER = (outcome.UNOPENED, outcome.WAITING, outcome.CEASED, outcome.CANNOT_WHILE)
_CLOSED = ", ".join(map(str, _NEVER))
_V = {verdict: str(number) for verdict, number in NUMBER.items()}


class Detail(Enum):
    """What is asked of a judged row: its verdict, its deadline and the reasons without their
    records, to be counted; or all that a finding is read from."""

    TALLY = 1
    FINDING = 2


@dataclass(slots=True)
class Judged:
    """The statement that judges a version's subjects, and how its rows are read. `may_escalate`:
    the reference engine may have to judge some."""

    sql: Sql
    test: Sql  # the rows that are the rule's
    duty: str
    said: list[tuple[str, list[object]]]
    has_deadline: bool
    may_escalate: bool
    columns: dict[str, Sql] = field(default_factory=dict)
    given: dict[str, str] = field(default_factory=dict)  # their names where several are together


def judge(world: World, rule: core.Rule, watched: Watch, table: str, detail: Detail) -> Judged:
    """Every subject judged under a version: those that are watched, or those of them in a table
    of the statement of `watch`."""
    subjects = Subjects(world, rule, watched, table)
    (judged,) = _written([_Judge(world, rule, subjects, detail)])
    relation = subjects.relation
    judged.sql = relation.program.statement(relation, judged.columns, judged.test)
    return judged


def judge_together(
    world: World, rules: Sequence[core.Rule], watched: Watch, detail: Detail
) -> tuple[Sql, list[Judged]]:
    """The subjects of several rules that watch the same ones, judged in one statement; which
    columns are each rule's, that says for itself as `given`."""
    subjects = Subjects(world, rules[0], watched, "")
    if watched.has_end and any(may_open_later(world, rule) for rule in rules):
        subjects.double()
    several = [_Judge(world, rule, subjects, detail) for rule in rules]
    judged = _written(several)
    columns = {"cs": subjects.case}
    for place, each in enumerate(judged):
        own = {name: f"{name}_{place}" for name in each.columns if name != "cs"}
        columns |= {own[name]: each.columns[name] for name in own}
        each.given = {"cs": "cs"} | own
    relation = subjects.relation
    return relation.program.statement(relation, columns, judged[0].test), judged


def _written(several: Sequence[_Judge]) -> list[Judged]:
    """The columns of each, of which some ask what another row says: that is asked at once."""
    ways = [each.reached() for each in several]
    asking = [way for way in ways if way.opens != "FALSE"]
    if asking:
        found = asking[0].relation.of_second(*(way.opens for way in asking))
        for way, later_on in zip(asking, found, strict=True):
            way.later_on = later_on
    return [each.made(way) for each, way in zip(several, ways, strict=True)]


@dataclass(slots=True)
class _Way:
    """How far the judging of a rule has come. `opens`: whether there is a window as at a row's
    moment; `later_on`: whether there is one as at the run's date."""

    relation: Relation
    settled: Sql
    applies: Truth
    duty: Duty
    excuses: list[tuple[Truth, str]]
    doubts: list[tuple[Truth, str]]
    doubted: Sql
    opens: Sql = "FALSE"
    later_on: Sql = "FALSE"


def _is_settled(settled: Sql) -> Sql:
    """Whether the subject's own state says what the verdict is."""
    return "FALSE" if settled == "0" else f"{settled} > 0"


class _Judge:
    def __init__(self, world: World, rule: core.Rule, subjects: Subjects, detail: Detail) -> None:
        self.world = world
        self.rule = rule
        self.watched = watched = subjects.watched
        self.detail = detail
        self.subjects = subjects
        self.relation, self.case = self.subjects.relation, self.subjects.case
        base = self.relation.base
        self.run = Mom(world.as_at or base("i.a_day"), none)
        self.ended = "FALSE"
        if watched.has_end:
            if may_open_later(world, rule):
                subjects.double()
            self.ended = subjects.has_ended
            if subjects.turn != "0":
                self.ended = self.relation.add(f"({self.ended} AND {subjects.turn} = 0)")
        self.turn = subjects.turn
        self.now = self._now()
        clock = self.now if watched.has_end else None
        whole = world.plan.schema.kinds["case"]
        slots: dict[int, Term] = {0: Rec(whole, self.relation.base_of("c"), clock)}
        self.scope = Scope(world, self.relation, slots, self.now, self.case, clock)
        self.scope.lets = {let.slot: let.value for let in rule.lets}
        record = self.subjects.record
        self.record = Rec(record.kind, record.column, clock)
        self._fill_slots()

    # --- where it stands ------------------------------------------------------------------------

    def _now(self) -> Mom:
        """As at when a row is judged: the run's day, or the end that came first."""
        if not self.watched.has_end:
            return self.run
        of, add = self.subjects.of, self.relation.add

        def at_end(end: str, run: Sql) -> Sql:
            return add(case((self.ended, of(end)), otherwise=run))

        day = at_end("e_day", self.run.day)
        last = at_end("e_last", self.run.day) if self.watched.vague_end else ""
        if not self.watched.timed_end:
            return Mom(day, none, last)
        return Mom(
            day,
            none,
            last,
            at_end("e_at", "NULL"),
            at_end("e_until", "NULL") if self.watched.vague_end else "",
            at_end("e_timed", "FALSE"),
            at_end("e_clock", "FALSE"),
        )

    def _fill_slots(self) -> None:
        subject, scope = self.rule.subject, self.scope
        scope.slots[subject.slot] = self.record
        if subject.kind == "case":
            scope.slots[subject.slot] = scope.slots[0]
        if subject.previous is not None:
            rid = self.subjects.of("prev")
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

    def reached(self) -> _Way:
        """Judge all but what another row of the subject is asked for."""
        rule, scope, add = self.rule, self.scope, self.relation.add
        of = self.subjects.of
        counts, in_force = of("counts"), of("in_force")
        if not self.subjects.is_table:  # of the one version, what is not known is taken for so
            in_force = "TRUE" if in_force == "TRUE" else f"COALESCE({in_force}, TRUE)"
        gone = self._hidden(self.record, rule.subject.kind)
        first, unsure, doubted = "FALSE", "FALSE", "FALSE"
        if rule.subject.previous is not None:
            first, unsure = f"{of('prev_is')} = 1", f"{of('prev_is')} > 1"
            doubted = of("prev_doubted")
        settled = add(
            case(
                (fails(in_force), "1"),
                (unknown(in_force), "6"),
                (unknown(counts), "2"),
                (first, "3"),
                (unsure, "4"),
                (holds(gone), "5"),
                otherwise="0",
            )
        )
        for let in rule.lets:
            scope.slots[let.slot] = self._column_of(expressions.compiled(scope, let.value))
        applies = (
            Truth("TRUE", none) if rule.when is None else expressions.truth_of(scope, rule.when)
        )
        alive = add(both(negated(_is_settled(settled)), holds(applies.sql)))
        duty = self._duty(alive)
        excuses = [(expressions.truth_of(scope, each.condition), each.text) for each in rule.unless]
        doubts = [
            (expressions.truth_of(scope, each.condition), each.text) for each in rule.cannot_tell_if
        ]
        way = _Way(self.relation, settled, applies, duty, excuses, doubts, doubted)
        if self.turn != "0" and duty.deadline is not None:
            way.opens = self.relation.add(self._opens(duty))
        return way

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
            own.append((rule.subject.companion.kind, self.subjects.of("pair")))
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

    def made(self, way: _Way) -> Judged:
        """The columns of the rule."""
        rule, scope, add = self.rule, self.scope, self.relation.add
        applies, duty, excuses, doubts = way.applies, way.duty, way.excuses, way.doubts
        verdicts = " ".join(
            f"WHEN {number} THEN {_V[verdict]}" for number, verdict in OF_OUTCOME.items()
        )
        of_duty = add(f"CASE {duty.number} {verdicts} END")
        silenced = "FALSE"
        if rule.silence_means_cannot_tell is not None:
            silenced = add(both(f"({of_duty} = {_V[Verdict.BREACHED]})", duty.silent()))
        early = both(self.ended, f"({of_duty} = {_V[Verdict.NOT_YET_DUE]})")
        cannot, nothing = _V[Verdict.CANNOT_TELL], _V[Verdict.NOT_APPLICABLE]
        after = add(case((silenced, cannot), (early, nothing), otherwise=of_duty))
        held = either(*(holds(truth.sql) for truth, _ in excuses))
        open_ = either(*(unknown(truth.sql) for truth, _ in excuses))
        said = either(*(holds(truth.sql) for truth, _ in doubts))
        stands = f"{after} IN ({_V[Verdict.MET]}, {nothing})"
        path = add(
            case(
                (_is_settled(way.settled), f"10 + {way.settled}"),
                (both(negated(holds(applies.sql)), said), "20"),
                (unknown(applies.sql), "21"),
                (fails(applies.sql), "22"),
                (both(held, f"NOT {stands}"), "1"),
                (either(stands, f"({after} = {_V[Verdict.NOT_YET_DUE]})"), "0")
                if either(said, open_) != "FALSE"
                else ("FALSE", "0"),
                (said, "2"),
                (open_, "3"),
                otherwise="0",
            )
        )
        held_as = {1: _V[Verdict.EXEMPT], 2: cannot, 3: cannot, 20: cannot, 21: cannot, 22: nothing}
        held_as |= {11: nothing, 12: cannot, 13: nothing, 14: cannot, 15: nothing, 16: cannot}
        others = " ".join(f"WHEN {number} THEN {answer}" for number, answer in held_as.items())
        verdict = after if path == "0" else f"CASE {path} WHEN 0 THEN {after} {others} END"
        voided = "FALSE"
        if way.later_on != "FALSE":
            unopened = add(f"({path} < 10 AND {duty.number} = {outcome.UNOPENED})")
            # Whether T is known as at the run, whatever `when` says: then it lay in the future.
            voided = add(f"({self.ended} AND {unopened} AND {way.later_on} IS TRUE)")
        escalated = either(
            *(both(f"{path} < 10", each) for each in duty.escalated),
            *(both(self.ended, each) for each in scope.escalated),
            both(f"{way.settled} = 4", way.doubted),
        )
        columns: dict[str, Sql] = {
            "cs": self.case,
            "verdict": case((voided, nothing), otherwise=verdict),
            "escalated": "FALSE" if escalated == "FALSE" else f"COALESCE({escalated}, FALSE)",
        }
        test = f"{self.turn} = 0" if self.turn != "0" else ""
        name, has_deadline = type(rule.duty).__name__, duty.deadline is not None
        judged = Judged("", test, name, [], has_deadline, escalated != "FALSE", columns)
        columns |= self._deadline(duty, path, voided)
        whys = self._reasons(path, applies, duty, excuses, doubts, silenced, early)
        if self.detail is Detail.TALLY:
            columns.pop("d_until")
            if not judged.may_escalate:
                columns.pop("escalated")
            columns["codes"] = self._codes(columns["verdict"], voided, whys)
            self._messages(judged, columns, add(columns["verdict"]), said=False)
            return judged
        pair = "NULL" if rule.subject.companion is None else self.subjects.of("pair")
        columns |= {"rid": self.record.column("rid"), "pair": pair}
        columns |= {
            "id": self._id(),
            "path": path,
            "number": duty.number,
            "voided": voided,
            "why": case((voided, self._end_why()), otherwise=whys),
            "ended": both(self.ended, f"({path} < 10 OR {path} >= 20)", negated(voided)),
        }
        columns |= self._trigger_columns()
        columns |= {name: make() for name, make in duty.columns.items()}
        self._messages(judged, columns, add(columns["verdict"]))
        return judged

    def _codes(self, verdict: Sql, voided: Sql, whys: Sql) -> Sql:
        """The reasons of what cannot be told, without their records: the bits of a number."""
        add = self.relation.add
        test = f"{add(verdict)} = {_V[Verdict.CANNOT_TELL]}"
        return case((voided, "NULL"), (test, whys))

    def _id(self) -> Sql:
        if self.rule.subject.companion is None:
            return self.record.column("id")
        return f"{self.record.column('id')} || '+' || {self.subjects.of('pair_id')}"

    def _end_why(self) -> Sql:
        return reasons.listed(self.subjects.of("e_why")) if self.watched.has_end else none()

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
        of, code = self.subjects.of, self.world.reasons.code
        of_duty = self.relation.add(duty.reasons())
        end = self._end_why()
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
            [unsure, f"CASE WHEN {number} THEN {after} ELSE {reasons.none()} END"]
        )
        first = " ".join(f"WHEN {test} THEN {reason}" for test, reason in authors)
        kind = self.record.kind.name
        none_before = reasons.one(code(Why.NO_PREVIOUS, kind), self.record.column("id"))
        prev_why = of("prev_why") if self.rule.subject.previous is not None else reasons.none()
        tests = [
            f"WHEN 0 THEN {after}",
            f"WHEN 1 THEN {held}",
            f"WHEN 2 THEN {said}",
            f"WHEN 3 THEN {unsure}",
            f"WHEN 12 THEN {of('why')}",
            f"WHEN 13 THEN {none_before}",
            f"WHEN 14 THEN {prev_why}",
            f"WHEN 15 THEN {end}",
            f"WHEN 16 THEN {of('force_why')}",
            f"WHEN 21 THEN {applies.reasons()}",
        ]
        if first:
            tests.append(f"WHEN 20 THEN CASE {first} END")
        return f"CASE {path} {' '.join(tests)} ELSE {reasons.none()} END"

    # --- messages -------------------------------------------------------------------------------

    def _messages(
        self, judged: Judged, columns: dict[str, Sql], verdict: Sql, *, said: bool = True
    ) -> None:
        """The values in what is said of a breach, in columns of their own; without `said` only
        those in what would mend it."""
        say = self.rule.say if said else None
        for which, message in (("say", say), ("fix", self.rule.fix)):
            parts: list[object] = []
            for part in () if message is None else message.parts:
                if isinstance(part, str | core.Deadline):
                    parts.append(part)
                    continue
                term = expressions.compiled(self.scope, part)
                shown = f"{verdict} = {_V[Verdict.BREACHED]}"
                parts.append(in_columns(term, f"m{len(columns)}", shown, columns))
            judged.said.append((which, parts))
