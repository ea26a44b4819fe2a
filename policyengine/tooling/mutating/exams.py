"""The examples of a rule, staged once, and asked whether they notice that the rule is another."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from policyengine.evaluate.judge import PreparedRule
from policyengine.findings.writing import written
from policyengine.plan import core
from policyengine.tooling.searching.bench import Bench, Staged, judged
from policyengine.tooling.searching.model import Row, Rows
from policyengine.tooling.searching.seeds import small_case
from policyengine.values.moments import Zone

Versions = Callable[[Bench], Sequence[PreparedRule]]


@dataclass(frozen=True, slots=True)
class Sitting:
    """An example that expects something of the rule, ready to be judged."""

    example: core.ExamplePlan
    expects: tuple[core.Expected, ...]
    staged: Staged
    bench: Bench


class Exam:
    """All the examples of one rule."""

    def __init__(self, plan: core.Plan, rule_id: str, bench: Bench) -> None:
        self.rule_id = rule_id
        self.plan = plan
        self.benches: dict[tuple[core.SettingPlan, ...], Bench] = {(): bench}
        self.sittings = [
            self._sitting(example)
            for example in plan.examples
            if any(each.rule == rule_id for each in example.expects)
        ]

    def _sitting(self, example: core.ExamplePlan) -> Sitting:
        key = example.settings
        if key not in self.benches:
            first = self.benches[()]
            plan = with_settings(self.plan, example)
            self.benches[key] = Bench(plan, self.rule_id, calendar=first.calendar)
        bench = self.benches[key]
        expects = tuple(each for each in example.expects if each.rule == self.rule_id)
        return Sitting(example, expects, bench.stage(small_case(self.plan.schema, example)), bench)

    def noticed_by(self, versions: Versions) -> str | None:
        """The title of the first example that does not come out when the rule is as `versions`
        says; None if none notices."""
        made: dict[int, Sequence[PreparedRule]] = {}
        for each in self.sittings:
            key = id(each.bench)
            if key not in made:
                made[key] = versions(each.bench)
            rows = judged(made[key], each.bench.scene(each.staged))
            if notices(each.expects, rows, each.bench.calendar.zone):
                return each.example.title
        return None

    def noticed_under(self, plan: core.Plan) -> str | None:
        """The same, for another plan: one in which a setting or a definition is another."""
        made: dict[tuple[core.SettingPlan, ...], Bench] = {}
        for each in self.sittings:
            key = each.example.settings
            if key not in made:
                calendar = each.bench.calendar
                made[key] = Bench(
                    with_settings(plan, each.example), self.rule_id, calendar=calendar
                )
            rows = made[key].rows_once(each.staged)
            if notices(each.expects, rows, each.bench.calendar.zone):
                return each.example.title
        return None


def with_settings(plan: core.Plan, example: core.ExamplePlan) -> core.Plan:
    """The plan with the settings that an example gives."""
    if not example.settings:
        return plan
    given = {each.name: each for each in example.settings}
    return replace(plan, settings={**plan.settings, **given})


def notices(expects: Sequence[core.Expected], rows: Rows, zone: Zone) -> bool:
    """Whether one of these expectations does not come true (section 7)."""
    return any(not _comes_true(each, rows, zone) for each in expects)


def _comes_true(expected: core.Expected, rows: Rows, zone: Zone) -> bool:
    found: Sequence[Row] = rows
    if expected.label is not None:
        found = [row for row in rows if row.subject == expected.label]
    if expected.verdict is None:
        return not found
    if len(found) != 1 or found[0].verdict.value != expected.verdict:
        return False
    if expected.deadline is None:
        return True
    deadline = found[0].deadline
    if deadline is None:
        return False
    said = written(deadline, zone)
    return (
        said[: len(expected.deadline)] == expected.deadline
        if "T" in expected.deadline
        else (said == expected.deadline)
    )
