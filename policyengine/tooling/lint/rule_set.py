"""What the lints look at: a checked plan beside the trees that it came from."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TypeVar

from policyengine.diagnostics import Diagnostic, Fix, Label, Severity
from policyengine.plan.core import (
    Choice,
    Const,
    Core,
    Definition,
    Gathering,
    Plan,
    Rule,
    SettingValue,
    Slot,
)
from policyengine.policy.tree_walk import walk
from policyengine.source import Span
from policyengine.syntax.tree import Item, PolicyFile, RuleItem
from policyengine.values.durations import Duration

T = TypeVar("T", bound=Item)


@dataclass(frozen=True, slots=True)
class RuleSet:
    """A plan, its files, and the day on which somebody asks (None: no lint depends on the day)."""

    plan: Plan
    files: Sequence[PolicyFile]
    today: date | None = None

    def items(self, of: type[T]) -> Iterator[T]:
        """What stands at top level, of one sort, in the order of the files."""
        for file in self.files:
            for item in file.items:
                if isinstance(item, of):
                    yield item

    def file_of(self, span: Span) -> PolicyFile:
        """The tree that a place stands in."""
        return next(file for file in self.files if file.file is span.file)

    def versions(self) -> Iterator[tuple[RuleItem, Rule]]:
        """Each version of each rule of the plan, as it was written and as it was settled."""
        rules = {_place(rule.name_span): rule for rule in self.plan.rules}
        for item in self.items(RuleItem):
            rule = rules.get(_place(item.id.span))
            if rule is not None:
                yield item, rule

    def is_whole(self) -> bool:
        """Whether the plan holds every rule of the files: of a selection nobody can tell what is
        unused."""
        return len(self.plan.rules) == sum(1 for _ in self.items(RuleItem))

    def trees(self) -> Iterator[Rule | Definition | Gathering]:
        """The rules, definitions and gatherings of the files."""
        files = {id(file.file) for file in self.files}
        plan = self.plan
        several: tuple[Rule | Definition | Gathering, ...] = (
            *plan.rules,
            *plan.definitions.values(),
            *plan.gatherings.values(),
        )
        for tree in several:
            if id(tree.span.file) in files:
                yield tree

    def everything(self) -> Iterator[object]:
        """Every node of the plan: rules, definitions and gatherings."""
        plan = self.plan
        for tree in (plan.rules, *plan.definitions.values(), *plan.gatherings.values()):
            yield from walk(tree)

    def lengths(self, length: Core, rule: Rule) -> Iterator[Duration]:
        """Every length of time that an expression can come to: through settings and `let`."""
        waiting = [length]
        lets = {let.slot: let.value for let in rule.lets}
        while waiting:
            match waiting.pop():
                case Const(value=Duration() as value):
                    yield value
                case SettingValue(name=name):
                    values = (value for _, value in self.plan.settings[name].values)
                    yield from (value for value in values if isinstance(value, Duration))
                case Slot(index=index) if index in lets:
                    waiting.append(lets[index])
                case Choice(options=options, otherwise=otherwise):
                    waiting += [otherwise, *(value for value, _ in options)]
                case _:
                    pass


def _place(span: Span) -> tuple[str, int]:
    return span.file.name, span.start


def remark(
    code: str,
    message: str,
    span: Span,
    found: str = "",
    *hints: str,
    labels: tuple[Label, ...] = (),
    fix: Fix | None = None,
) -> Diagnostic:
    """A lint's message: a warning. `fix` is a change that is safe to make as it stands."""
    return Diagnostic(
        code=code,
        message=message,
        span=span,
        found=found,
        severity=Severity.WARNING,
        labels=labels,
        hints=hints,
        fix=fix,
    )
