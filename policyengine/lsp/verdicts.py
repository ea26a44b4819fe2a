"""What examples come to, run again only where something about them changed."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date

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

    def moved(self, example: ExamplePlan) -> "Outcome":
        """The same, of an example that says the same in another place."""
        line = example.span.line
        return Outcome(example, replace(self.result, line=line), self.findings)


_Key = tuple[str, str, date]


@dataclass(slots=True)
class Verdicts:
    """The outcomes of one rule set's examples."""

    _kept: dict[_Key, tuple[tuple[Rule, ...], Outcome]] = field(default_factory=dict)
    _generation: int = -1

    def of_file(self, checked: Checked, path: str, rule: str | None = None) -> list[Outcome]:
        """The examples of a file, or those of them that are about a rule, in their order; none
        where the rule set has mistakes."""
        return self.of(
            checked,
            [
                example
                for example in (checked.plan.examples if checked.plan is not None else ())
                if example.span.file.name == path and (rule is None or rule in _rules(example))
            ],
        )

    def of(self, checked: Checked, examples: Iterable[ExamplePlan]) -> list[Outcome]:
        """These examples of the rule set's plan."""
        plan, several = checked.plan, list(examples)
        if plan is None:
            return []
        if checked.generation != self._generation:
            self._kept.clear()
            self._generation = checked.generation
        found: dict[int, Outcome | None] = {id(e): self._as_kept(e, plan) for e in several}
        missing = [each for each in several if found[id(each)] is None]
        if missing:
            engine = Engine(plan, None, {name for each in missing for name in _rules(each)})
            for each in missing:
                made = Outcome(each, run_example(engine, each), tuple(judge_example(engine, each)))
                found[id(each)] = made
                self._kept[_key(each)] = _versions(each, plan), made
        return [outcome for each in several if (outcome := found[id(each)]) is not None]

    def _as_kept(self, example: ExamplePlan, plan: Plan) -> Outcome | None:
        """The outcome, if neither the example nor its rules say anything else than before."""
        kept = self._kept.get(_key(example))
        if kept is None or kept[1].example != example or kept[0] != _versions(example, plan):
            return None
        return kept[1] if kept[1].example is example else kept[1].moved(example)


def _key(example: ExamplePlan) -> _Key:
    return example.span.file.name, example.title, example.as_at


def _rules(example: ExamplePlan) -> set[str]:
    return {expected.rule for expected in example.expects}


def _versions(example: ExamplePlan, plan: Plan) -> tuple[Rule, ...]:
    wanted = _rules(example)
    return tuple(rule for rule in plan.rules if rule.id in wanted)
