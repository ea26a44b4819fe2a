"""A case load judged by two rule sets: the counts before and after, and each verdict that moves,
with the clause that moved it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date

from policyengine.comparing.changes import Comparison, unjudgeable
from policyengine.comparing.hybrids import Hybrids
from policyengine.evaluate.engine import Engine
from policyengine.findings.model import Finding, RuleSummary
from policyengine.plan import core
from policyengine.records.model import CaseRecords, Export
from policyengine.values.verdict import Verdict

Judge = Callable[[core.Plan, frozenset[str]], Iterable[Finding]]
NOBODY = ""
WHOLE = "the rule as a whole"
_MOST_CLAUSES = 2_000  # moves whose clause is looked for


@dataclass(frozen=True, slots=True)
class Move:
    """A verdict that is another; None: no finding. `clause` is what moved it, in a few words."""

    rule: str
    case: str
    subject_kind: str
    subject_id: str
    team: str
    before: Finding | None
    after: Finding | None
    clause: str = ""

    @property
    def verdicts(self) -> tuple[Verdict | None, Verdict | None]:
        """Before and after."""
        return (
            None if self.before is None else self.before.verdict,
            None if self.after is None else self.after.verdict,
        )

    @property
    def is_newly_breached(self) -> bool:
        """Whether it is breached, and was not."""
        return self.verdicts[1] is Verdict.BREACHED is not self.verdicts[0]


@dataclass(frozen=True, slots=True)
class Before:
    """The counts of one rule (all its versions) before and after, for everybody or one team."""

    rule: str
    team: str | None
    old: RuleSummary
    new: RuleSummary


@dataclass(slots=True)
class Moves:
    """What both rule sets say of a case load. `matrix` counts pairs of verdicts by rule."""

    cases: int = 0
    rows: list[Before] = field(default_factory=list)
    teams: list[Before] = field(default_factory=list)
    matrix: dict[str, Counter[tuple[Verdict | None, Verdict | None]]] = field(default_factory=dict)
    moved: list[Move] = field(default_factory=list)
    not_compared: dict[str, str] = field(default_factory=dict)


def moves(
    compared: Comparison,
    exports: tuple[Export, Export],
    clock: tuple[date, date],
    progress: Callable[[int], None] | None = None,
) -> Moves:
    """Both rule sets over a case load, by the reference engine, in one pass: only the rules that
    changed are judged, for the others say the same. `exports` are the load as each schema reads
    it; where the schemas are the same it is one export, read once."""
    result = Moves()
    ids = _to_judge(compared, result)
    old, new = Engine(compared.old, only=ids), Engine(compared.new, only=ids)
    tally, hybrids = _Tally(compared, ids), Hybrids(compared)
    for number, (one, other) in enumerate(_cases(exports), 1):
        before = [] if one is None else old.judge(one, exports[0], *clock)
        after = [] if other is None else new.judge(other, exports[1], *clock)
        tally.case(before, after)
        if before or after:
            _explain(hybrids, (one, other), exports, clock, tally)
        result.cases = number
        if progress is not None:
            progress(number)
    tally.into(result)
    return result


def moves_of(
    compared: Comparison,
    judge: Judge,
    export: Export,
    clock: tuple[date, date],
    told: int,
) -> Moves:
    """The same of what another engine says: `judge` gives a plan's findings of some rules over the
    whole load, as an audit has them. The clause is looked for of the first `told` moves alone,
    each case being read again."""
    result = Moves()
    ids = _to_judge(compared, result)
    before, after = _by_case(judge(compared.old, ids)), _by_case(judge(compared.new, ids))
    tally = _Tally(compared, ids)
    for case in sorted(before.keys() | after.keys()):
        tally.case(before.get(case, []), after.get(case, []))
    tally.into(result)
    hybrids = Hybrids(compared)
    for place, move in enumerate(result.moved[:told]):
        case_records = export.one(move.case)
        if case_records is not None:
            clause = hybrids.clauses_of(move.rule, case_records, export, clock, _key(move))
            result.moved[place] = replace(move, clause=clause or WHOLE)
    return result


def _by_case(findings: Iterable[Finding]) -> dict[str, list[Finding]]:
    found: dict[str, list[Finding]] = {}
    for each in findings:
        found.setdefault(each.case, []).append(each)
    return found


def _to_judge(compared: Comparison, result: Moves) -> frozenset[str]:
    """The rules that changed and that both schemas can judge."""
    ids = {change.id for change in compared.changes if change.moves}
    if compared.old.schema == compared.new.schema:
        return frozenset(ids)
    pairs = ((compared.old, compared.new.schema), (compared.new, compared.old.schema))
    changed = set(ids)
    for plan, other in pairs:
        for rule in plan.rules:
            missing = unjudgeable(plan, rule, other)
            if missing:
                listed = ", ".join(missing[:3])
                result.not_compared[rule.id] = f"only one schema has {listed}"
                changed.discard(rule.id)
    # A field may be read otherwise: what both can judge is judged by both.
    shared = {rule.id for rule in compared.old.rules} & {rule.id for rule in compared.new.rules}
    return frozenset((changed | shared) - result.not_compared.keys())


def _cases(
    exports: tuple[Export, Export],
) -> Iterable[tuple[CaseRecords | None, CaseRecords | None]]:
    one, other = exports
    if one is other:
        for case in one.cases():
            yield case, case
        return
    yield from zip(one.cases(), other.cases(), strict=True)


class _Tally:
    """Counts while cases go by, and holds the moves."""

    def __init__(self, compared: Comparison, ids: frozenset[str]) -> None:
        self.compared = compared
        self.ids = sorted(ids)
        self.counts: list[dict[tuple[str, str | None], Counter[Verdict]]] = [{}, {}]
        self.matrix: dict[str, Counter[tuple[Verdict | None, Verdict | None]]] = {}
        self.moved: list[Move] = []
        self.fresh: list[int] = []

    def case(self, before: list[Finding], after: list[Finding]) -> None:
        """One case, judged by both."""
        for side, findings in enumerate((before, after)):
            for each in findings:
                for team in (None, each.owner or NOBODY):
                    counted = self.counts[side].setdefault((each.rule, team), Counter())
                    counted[each.verdict] += 1
        one, other = _by_key(before), _by_key(after)
        self.fresh = []
        for key in sorted(one.keys() | other.keys()):
            first, second = one.get(key), other.get(key)
            pair = (first.verdict if first else None, second.verdict if second else None)
            self.matrix.setdefault(key[0], Counter())[pair] += 1
            if pair[0] is not pair[1]:
                finding = second or first
                assert finding is not None
                self.fresh.append(len(self.moved))
                self.moved.append(_move(finding, first, second))

    def into(self, result: Moves) -> None:
        """The counts as summaries."""
        result.matrix = self.matrix
        result.moved = sorted(self.moved, key=lambda m: (m.rule, m.case, m.subject_id))
        plans = (self.compared.old, self.compared.new)
        for rule in self.ids:
            result.rows.append(self._row(plans, rule, None))
            teams = {
                team
                for counts in self.counts
                for key, team in counts
                if key == rule and team is not None
            }
            result.teams += [self._row(plans, rule, team) for team in sorted(teams)]

    def _row(self, plans: tuple[core.Plan, core.Plan], rule: str, team: str | None) -> Before:
        made = [
            _summary(plan, rule, self.counts[side].get((rule, team), Counter()))
            for side, plan in enumerate(plans)
        ]
        return Before(rule, team, made[0], made[1])


def _move(finding: Finding, before: Finding | None, after: Finding | None) -> Move:
    team = finding.owner or NOBODY
    kind, id_ = finding.subject_kind, finding.subject_id
    return Move(finding.rule, finding.case, kind, id_, team, before, after)


def _summary(plan: core.Plan, rule: str, counts: Mapping[Verdict, int]) -> RuleSummary:
    version = next((each for each in reversed(plan.rules) if each.id == rule), None)
    target = None if version is None or version.target is None else float(version.target) / 100
    return RuleSummary(
        rule=rule,
        title="" if version is None else version.title,
        force="" if version is None else version.force.value,
        severity="" if version is None else version.gravity.value,
        learning_point=None if version is None else version.learning_point,
        target=target,
        counts={verdict: counts.get(verdict, 0) for verdict in Verdict},
    )


Key = tuple[str, str, str]


def _by_key(findings: list[Finding]) -> dict[Key, Finding]:
    return {(each.rule, each.subject_kind, each.subject_id): each for each in findings}


def _explain(
    hybrids: Hybrids,
    cases: tuple[CaseRecords | None, CaseRecords | None],
    exports: tuple[Export, Export],
    clock: tuple[date, date],
    tally: _Tally,
) -> None:
    """Say of the moves of this case which clause moved each."""
    for place in tally.fresh:
        move = tally.moved[place]
        if place >= _MOST_CLAUSES:
            return
        clause = ""
        if exports[0] is exports[1] and cases[0] is not None:
            clause = hybrids.clauses_of(move.rule, cases[0], exports[0], clock, _key(move))
        tally.moved[place] = replace(move, clause=clause or WHOLE)


def _key(move: Move) -> tuple[str, str, Verdict | None]:
    return move.subject_kind, move.subject_id, move.verdicts[1]
