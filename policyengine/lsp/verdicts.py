"""What the examples of a file come to, run again only where something about them changed."""

from dataclasses import dataclass, field

from policyengine.evaluate.engine import Engine
from policyengine.findings.model import Finding
from policyengine.lsp.rule_set import Checked
from policyengine.plan.core import ExamplePlan, Plan, Rule
from policyengine.tooling.examples import ExampleResult, judge_example, run_example


@dataclass(frozen=True, slots=True)
class Outcome:
    """An example that was run: whether it came out as expected, and what was found."""

    example: ExamplePlan
    result: ExampleResult
    findings: tuple[Finding, ...]

    def found_for(self, rule: str, label: str | None) -> Finding | None:
        """The finding that an expectation speaks of, if there is just one."""
        found = [
            each
            for each in self.findings
            if each.rule == rule and (label is None or each.subject_id == label)
        ]
        return found[0] if len(found) == 1 else None


@dataclass(slots=True)
class Verdicts:
    """The outcomes of one rule set's examples."""

    _kept: dict[int, tuple[tuple[Rule, ...], Outcome]] = field(default_factory=dict)
    _generation: int = -1

    def of_file(self, checked: Checked, path: str, rule: str | None = None) -> list[Outcome]:
        """The examples of a file, or those of them that are about a rule, in their order; none
        where the rule set has mistakes."""
        plan = checked.plan
        if plan is None:
            return []
        if checked.generation != self._generation:
            self._kept.clear()
            self._generation = checked.generation
        examples = [
            example
            for example in plan.examples
            if example.span.file.name == path
            and (rule is None or rule in (expected.rule for expected in example.expects))
        ]
        self._run([each for each in examples if not self._is_kept(each, plan)], plan)
        return [self._kept[id(example)][1] for example in examples]

    def _run(self, examples: list[ExamplePlan], plan: Plan) -> None:
        if not examples:
            return
        engine = Engine(plan, None, {name for example in examples for name in _rules(example)})
        for example in examples:
            outcome = Outcome(
                example, run_example(engine, example), tuple(judge_example(engine, example))
            )
            self._kept[id(example)] = _versions(example, plan), outcome

    def _is_kept(self, example: ExamplePlan, plan: Plan) -> bool:
        kept = self._kept.get(id(example))
        if kept is None or kept[1].example is not example:
            return False
        now = _versions(example, plan)
        return len(now) == len(kept[0]) and all(
            one is other for one, other in zip(kept[0], now, strict=True)
        )


def _rules(example: ExamplePlan) -> set[str]:
    return {expected.rule for expected in example.expects}


def _versions(example: ExamplePlan, plan: Plan) -> tuple[Rule, ...]:
    wanted = _rules(example)
    return tuple(rule for rule in plan.rules if rule.id in wanted)
