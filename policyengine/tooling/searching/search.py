"""The search: cases are made up and changed, judged, and kept where they show something new."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from random import Random

from policyengine.evaluate.judge import PreparedRule
from policyengine.plan import core
from policyengine.tooling.searching.bench import Bench, Mark, Staged, judged, place_of
from policyengine.tooling.searching.edits import Editor
from policyengine.tooling.searching.model import (
    Effort,
    Gives,
    Goal,
    Meets,
    Row,
    Rows,
    SmallCase,
    Such,
    TellsApart,
    Witness,
)
from policyengine.tooling.searching.seeds import seeds_of
from policyengine.tooling.searching.shrinking import shrunk, strange, untimed
from policyengine.tooling.searching.starting import made_up
from policyengine.tooling.searching.words import vocabulary
from policyengine.values.verdict import Verdict

Shown = tuple[int, str | None]  # how plainly a case shows what is asked, and on which subject
NOT_AT_ALL, DIMLY, PLAINLY = 0, 1, 2
NOT_SHOWN: Shown = (NOT_AT_ALL, None)
Found = tuple[SmallCase, Rows, str | None, int]
_KEPT = 12
_POOL = 400


@dataclass(slots=True)
class Ask:
    """One thing that is looked for: `shows` is asked of each case that is judged."""

    shows: Callable[[Staged, Rows, frozenset[Mark]], Shown]
    found: list[Found] = field(default_factory=list)
    best: int = NOT_AT_ALL

    @property
    def is_open(self) -> bool:
        """Whether nothing shows it plainly yet."""
        return self.best < PLAINLY


class Search:
    """A search around one rule. What it has judged serves every question that is asked later."""

    def __init__(
        self,
        plan: core.Plan,
        rule_id: str,
        effort: Effort | None = None,
        *,
        others: Sequence[str] = (),
        seeds: Sequence[SmallCase] | None = None,
    ) -> None:
        """`seeds` are cases to begin with; None: those of the rule's own examples. `others` are
        further rules that are judged beside it."""
        self.effort = effort or Effort()
        self.bench = Bench(plan, rule_id, others, watched=True)
        self.plan = plan
        self.rules = [version.rule for version in self.bench.versions]
        if not self.rules:
            raise KeyError(rule_id)
        beside = [v.rule for versions in self.bench.others.values() for v in versions]
        self.words = vocabulary(plan, [*self.rules, *beside])
        self._starts = [*self.rules, *beside]
        self.dice = Random(f"{rule_id} {self.effort.seed}")  # noqa: S311 - no secret
        self.editor = Editor(plan.schema, self.words, self.bench.calendar, self.dice)
        self._seeds = list(seeds_of(plan, rule_id) if seeds is None else seeds)
        self.tried: list[tuple[Staged, Rows, frozenset[Mark]]] = []
        self.met: set[object] = set()
        self._pool: list[SmallCase] = []
        self._known: set[SmallCaseKey] = set()
        self._signatures: set[object] = set()
        self._turn = 0

    # --- looking --------------------------------------------------------------------------------

    def look(self, asks: Sequence[Ask], most: int | None = None) -> None:
        """Answer what can be answered from the cases that were judged before, then try new ones
        until everything is shown or `most` cases are judged in all (None: the effort)."""
        for staged, rows, marks in self.tried:
            for ask in asks:
                self._ask(ask, staged, rows, marks)
        most = self.effort.cases if most is None else most
        least = min(200, most)
        while len(self.tried) < most:
            if len(self.tried) >= least and not any(ask.is_open for ask in asks):
                return
            if not self._try(asks):
                return

    def _try(self, asks: Sequence[Ask]) -> bool:
        for _ in range(200):
            case = self._next()
            key = key_of(case)
            if key not in self._known:
                self._known.add(key)
                break
        else:
            return False
        staged = self.bench.stage(case)
        rows, marks = self.bench.rows_and_marks(staged)
        self.tried.append((staged, rows, marks))
        self._remember(case, rows, marks)
        for ask in asks:
            self._ask(ask, staged, rows, marks)
        return True

    def _next(self) -> SmallCase:
        """A seed, a case made up around the rule, or a neighbour of one that was something new."""
        if self._seeds:
            return self._seeds.pop(0)
        self._turn += 1
        number = self._turn
        if not self._pool or number < 60 or self.dice.random() < 0.25:
            rule = self._starts[number % len(self._starts)]
            return made_up(self.plan, rule, self.bench.calendar, self.dice)
        recent = self.dice.random() < 0.3
        among = self._pool[-20:] if recent else self._pool
        return self.editor.neighbour(self.dice.choice(among))

    def _remember(self, case: SmallCase, rows: Rows, marks: frozenset[Mark]) -> None:
        verdicts = frozenset(row.verdict for row in rows)
        new = {*marks, *verdicts} - self.met
        self.met |= new
        signature = (marks, verdicts)
        if new or (signature not in self._signatures and len(self._pool) < _POOL):
            self._pool.append(case)
        self._signatures.add(signature)

    def _ask(self, ask: Ask, staged: Staged, rows: Rows, marks: frozenset[Mark]) -> None:
        if len(ask.found) >= _KEPT and not ask.is_open:
            return
        shown, subject = ask.shows(staged, rows, marks)
        if shown > ask.best:
            ask.found.clear()
            ask.best = shown
        if shown and shown == ask.best and len(ask.found) < _KEPT:
            ask.found.append((staged.small, rows, subject, shown))

    # --- the smallest ---------------------------------------------------------------------------

    def smallest(self, ask: Ask) -> tuple[SmallCase, Rows, str | None] | None:
        """The smallest case that was found to show it, made smaller still; None if none was."""
        if not ask.found:
            return None
        case, rows, subject, plainly = min(ask.found, key=self._rank)
        verdict = verdict_of(rows, subject)

        def still(other: SmallCase) -> bool:
            staged = self.bench.stage(other)
            again, marks = self.bench.rows_and_marks(staged)
            shown, whose = ask.shows(staged, again, marks)
            return shown >= plainly and verdict_of(again, whose) is verdict

        case = shrunk(case, still, self.plan.schema, self.effort.shrink)
        staged = self.bench.stage(case)
        rows, marks = self.bench.rows_and_marks(staged)
        return case, rows, ask.shows(staged, rows, marks)[1]

    def _rank(self, found: Found) -> tuple[int, tuple[int, int]]:
        """A plain answer says more to a reader than one that cannot be told, and a time of day
        more than a day where a time is due."""
        case, rows, subject, _ = found
        verdict = verdict_of(rows, subject)
        odd = 3 * (verdict is Verdict.CANNOT_TELL) + (verdict is Verdict.NOT_APPLICABLE)
        odd += 3 * bool(case.no_history) + untimed(case, self.plan.schema)
        odd += 2 * strange(case, self.plan.schema)
        return len(case.records) + odd, case.size


SmallCaseKey = tuple[object, ...]


def key_of(case: SmallCase) -> SmallCaseKey:
    """What makes a case the same as another."""
    records = tuple(
        (record.kind, record.label, tuple(sorted(record.fields.items(), key=lambda one: one[0])))
        for record in case.records
    )
    return records, case.as_at, case.known_by, tuple(sorted(case.no_history.items()))


def verdict_of(rows: Rows, subject: str | None) -> Verdict | None:
    """The verdict on a subject; None where there is no such finding."""
    return next((row.verdict for row in rows if row.subject == subject), None)


# --- goals ----------------------------------------------------------------------------------------


def ask_of(goal: Goal, search: Search) -> Ask:
    """A goal as a question to each case."""
    bench = search.bench
    match goal:
        case Gives(verdict=None):
            kinds = {rule.subject.kind for rule in search.rules}

            def nothing(staged: Staged, rows: Rows, _: frozenset[Mark]) -> Shown:
                there = any(record.kind in kinds for record in staged.small.records)
                return (PLAINLY if there and not rows else NOT_AT_ALL), None

            return Ask(nothing)
        case Gives(verdict=verdict):
            return Ask(lambda _, rows, __: _first(rows, lambda row: row.verdict is verdict))
        case Meets(condition=condition, truth=truth):
            mark = (*place_of(condition), truth)
            return Ask(
                lambda _, rows, marks: (
                    PLAINLY if mark in marks else NOT_AT_ALL,
                    rows[0].subject if rows else None,
                )
            )
        case TellsApart(other=plan):
            judge = _judge_of(plan, bench)
            return Ask(lambda staged, rows, _: differs(rows, judge(staged)))
        case Such(test=test):
            return Ask(
                lambda staged, _, __: (
                    PLAINLY if test(staged.small, bench.all_rows(staged)) else NOT_AT_ALL,
                    None,
                )
            )


def _judge_of(plan: core.Plan, bench: Bench) -> Callable[[Staged], Rows]:
    """How a case is judged by another plan's rule; in the same scenes where only rules differ."""
    own = bench.plan
    shared = ("schema", "definitions", "gatherings", "settings")
    if all(getattr(plan, name) is getattr(own, name) for name in shared):
        rules = [rule for rule in plan.rules if rule.id == bench.rule_id]
        versions = [PreparedRule(bench.engine.compiler, rule) for rule in rules]
        return lambda staged: judged(versions, bench.scene(staged))
    other = Bench(plan, bench.rule_id)
    if plan.schema == own.schema:
        return other.rows_once
    return lambda staged: other.rows(other.stage(staged.small))


def _first(rows: Rows, test: Callable[[Row], bool]) -> Shown:
    for row in rows:
        if test(row):
            return PLAINLY, row.subject
    return NOT_SHOWN


def differs(rows: Rows, other: Rows) -> Shown:
    """Whether two rules say something else of a case, and of whom. Another verdict, or a finding
    that only one of them makes, is plain; another deadline alone shows it dimly."""
    if rows == other:
        return NOT_SHOWN
    mine = {row.subject: row for row in rows}
    theirs = {row.subject: row for row in other}
    late: str | None = None
    for subject in {**mine, **theirs}:
        one, another = mine.get(subject), theirs.get(subject)
        if one is None or another is None or one.verdict is not another.verdict:
            return PLAINLY, subject
        if one.deadline != another.deadline and late is None:
            late = subject
    return DIMLY, late


def witnesses(
    plan: core.Plan,
    rule: str,
    goals: Goal | Sequence[Goal],
    effort: Effort | None = None,
    *,
    seeds: Sequence[SmallCase] | None = None,
) -> list[Witness]:
    """The smallest cases that were found to show these goals, in the goals' order; a goal for
    which none was found has none.

    `rule` is a rule's id in the plan; KeyError for one that it has not. The same plan, goals and
    effort give the same witnesses. That nothing is found proves nothing.
    """
    wanted = list(goals) if isinstance(goals, Sequence) else [goals]
    others = {id_ for goal in wanted if isinstance(goal, Such) for id_ in goal.rules}
    search = Search(plan, rule, effort, others=sorted(others - {rule}), seeds=seeds)
    asks = [ask_of(goal, search) for goal in wanted]
    search.look(asks)
    found: list[Witness] = []
    for goal, ask in zip(wanted, asks, strict=True):
        smallest = search.smallest(ask)
        if smallest is not None:
            found.append(Witness(goal, *smallest))
    return found
