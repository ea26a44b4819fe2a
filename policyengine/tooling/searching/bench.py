"""Judging small cases by one rule, quickly, and watching what its conditions come to."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from decimal import Decimal
from typing import ClassVar

from policyengine.evaluate.engine import Engine
from policyengine.evaluate.expressions import Compiler
from policyengine.evaluate.judge import PreparedRule, judge_rule
from policyengine.evaluate.scene import Evaluated, Frame, Scene
from policyengine.plan import core
from policyengine.records.building import Builder
from policyengine.records.model import CaseRecords, Export, LoadReport, Record
from policyengine.records.typing import Typing
from policyengine.records.view import CaseView
from policyengine.source import Span
from policyengine.tooling.searching.model import GivenValue, Row, Rows, SmallCase
from policyengine.values.calendar import Calendar
from policyengine.values.moments import Moment
from policyengine.values.truth import Unknown

CASE_ID = "example"
Mark = tuple[str, int, int, bool | None]
"""A condition, by its place (file, start, end), and a truth that it came to."""

CONDITIONS = (
    core.Not, core.And, core.Or, core.AtLeast, core.Compare, core.InList, core.IsWithin,
    core.Presence, core.Mentions, core.Matches, core.Repeats, core.ThereIs, core.Every,
)  # fmt: skip


def place_of(span: Span) -> tuple[str, int, int]:
    """A place as marks hold it."""
    return span.file.name, span.start, span.end


class Watching(Compiler):
    """Writes down the truths that conditions come to, while somebody is watching."""

    marks: ClassVar[set[Mark] | None] = None

    def compile(self, node: core.Core) -> Evaluated:
        """The closure of a node; that of a condition is watched."""
        closure = super().compile(node)
        if not isinstance(node, CONDITIONS) and not may_be_condition(node, self.plan):
            return closure
        place = place_of(node.span)

        def watched(frame: Frame) -> object:
            value = closure(frame)
            marks = Watching.marks
            if marks is not None:
                if value is True or value is False:
                    marks.add((*place, value))
                elif isinstance(value, Unknown):
                    marks.add((*place, None))
            return value

        return watched


def may_be_condition(node: core.Core, plan: core.Plan) -> bool:
    """Whether it is a yes-or-no field, declared or defined: a condition when it stands alone."""
    match node:
        case core.Field(kind=kind, name=name):
            field = plan.schema.kinds[kind].fields.get(name)
            return field is not None and field.type.value == "yes_no"
        case core.Derived(kind=kind, name=name):
            return plan.definitions[kind, name].type == "yes_no"
        case _:
            return False


@contextmanager
def watching() -> Iterator[set[Mark]]:
    """What the conditions of watched engines come to, from here on."""
    before, marks = Watching.marks, set[Mark]()
    Watching.marks = marks
    try:
        yield marks
    finally:
        Watching.marks = before


class Staged:
    """A small case that is ready to be judged, again and again, by one engine or another."""

    __slots__ = ("case", "export", "scenes", "small")

    def __init__(self, small: SmallCase, case: CaseRecords, export: Export) -> None:
        self.small = small
        self.case = case
        self.export = export
        self.scenes: dict[int, Scene] = {}


class Bench:
    """Judges small cases by some rules of a plan.

    >>> bench = Bench(plan, "CTO-01")                          # doctest: +SKIP
    >>> bench.rows(bench.stage(case))                          # doctest: +SKIP
    """

    def __init__(
        self,
        plan: core.Plan,
        rule_id: str,
        others: Sequence[str] = (),
        *,
        calendar: Calendar | None = None,
        watched: bool = False,
    ) -> None:
        self.plan = plan
        self.rule_id = rule_id
        only = {rule_id, *others}
        compiler = Watching if watched else None
        self.engine = Engine(plan, calendar, only, compiler)
        self.versions = self.engine.rules.get(rule_id, [])
        self.others = {each: self.engine.rules[each] for each in others}
        self._builder = Builder(plan.schema, Typing(plan.schema))

    @property
    def calendar(self) -> Calendar:
        """The calendar of the plan's schema."""
        return self.engine.calendar

    # --- staging --------------------------------------------------------------------------------

    def stage(self, small: SmallCase) -> Staged:
        """The records of a case, typed as an export's would be."""
        of_case: dict[str, object] = {"case_id": CASE_ID}
        own: dict[str, list[object]] = {}
        shared: dict[str, list[object]] = {}
        for record in small.records:
            raw = {name: as_raw(value) for name, value in record.fields.items()}
            if record.kind == "case":
                of_case.update(raw)
                continue
            rows = shared if self.plan.schema.kinds[record.kind].shared else own
            rows.setdefault(record.kind, []).append({**raw, "id": record.label})
        return self._staged(small, of_case, own, shared)

    def _staged(
        self,
        small: SmallCase,
        of_case: Mapping[str, object],
        own: Mapping[str, list[object]],
        shared: Mapping[str, list[object]],
    ) -> Staged:
        load = LoadReport()
        case = self._builder.case(CASE_ID, of_case, own, load)
        reference: dict[str, dict[str, Record]] = {
            kind: {one.id: one for one in self._builder.records(kind, rows, load, [])}
            for kind, rows in shared.items()
        }
        begun = {kind: day.toordinal() for kind, day in small.no_history.items()}
        export = Export(
            self.plan.schema, frozenset(), begun, reference,
            lambda: [case], lambda name: case if name == CASE_ID else None, LoadReport(),
        )  # fmt: skip
        return Staged(small, case, export)

    # --- judging --------------------------------------------------------------------------------

    def scene(self, staged: Staged) -> Scene:
        """The case as at its date; kept, since many rules are tried on one case."""
        key = id(self.engine.prepared)
        if key not in staged.scenes:
            small = staged.small
            view = CaseView(
                staged.case,
                self.engine.clocks,
                Moment(small.as_at.toordinal()),
                (small.known_by or small.as_at).toordinal(),
                absent=staged.export.absent,
                complete_from=staged.export.complete_from,
                shared=staged.export.shared,
            )
            staged.scenes[key] = Scene(self.engine.prepared, view)
        return staged.scenes[key]

    def rows(self, staged: Staged) -> Rows:
        """What the rule says of each subject, by the subjects' ids."""
        return judged(self.versions, self.scene(staged))

    def rows_once(self, staged: Staged) -> Rows:
        """The same of a case that another bench staged (of the same schema), of which nothing is
        kept."""
        rows = self.rows(staged)
        staged.scenes.pop(id(self.engine.prepared), None)
        return rows

    def all_rows(self, staged: Staged) -> dict[str, Rows]:
        """What the rule and the others say."""
        scene = self.scene(staged)
        found = {self.rule_id: judged(self.versions, scene)}
        for id_, versions in self.others.items():
            found[id_] = judged(versions, scene)
        return found

    def rows_and_marks(self, staged: Staged) -> tuple[Rows, frozenset[Mark]]:
        """What a watched rule says, and the truths that it met on the way."""
        staged.scenes.pop(id(self.engine.prepared), None)  # what a scene remembers is not met again
        with watching() as marks:
            rows = self.rows(staged)
        return rows, frozenset(marks)

    def with_rule(self, rule: core.Rule, place: int) -> list[PreparedRule]:
        """The versions of the rule with another in one's place: for changed copies, which are
        judged in the same scenes. The definitions, gathers and settings must be the same."""
        changed = PreparedRule(self.engine.compiler, rule)
        return [changed if at == place else one for at, one in enumerate(self.versions)]


def judged(versions: Sequence[PreparedRule], scene: Scene) -> Rows:
    """What the versions of a rule say of a case, by the subjects' ids."""
    if not any(version.has_subjects(scene) for version in versions):
        return ()
    rows = [
        Row(each.subject.id, each.outcome.verdict, each.outcome.deadline)
        for each in judge_rule(versions, scene)
    ]
    return tuple(sorted(rows, key=lambda row: row.subject))


def as_raw(value: GivenValue) -> str | bool | Decimal:
    """A value as an export would hold it."""
    match value:
        case datetime():
            return value.isoformat(timespec="seconds" if value.second else "minutes")
        case date():
            return value.isoformat()
        case _:
            return value
