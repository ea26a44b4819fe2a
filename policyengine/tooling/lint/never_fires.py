"""LNT013: a rule that can never say anything: nothing passes it, or everything is excused."""

from collections.abc import Iterator

from policyengine.diagnostics import Diagnostic
from policyengine.plan.core import Core, Rule
from policyengine.tooling.lint.rule_set import RuleSet, remark
from policyengine.tooling.lint.settled import settled


def check(rule_set: RuleSet) -> Iterator[Diagnostic]:
    """Conditions on who is watched, or when, that can never hold; an `unless` that always does."""
    for _, rule in rule_set.versions():
        for condition, what in _needed(rule):
            if settled(condition) is False:
                yield _remark(condition, f"{what}, so {rule.id} never fires")
                break
        for each in rule.unless:
            if settled(each.condition) is True:
                what = f"this exception always holds, so {rule.id} never fires"
                yield _remark(each.condition, what)


def _needed(rule: Rule) -> Iterator[tuple[Core, str]]:
    subject = rule.subject
    if subject.where is not None:
        yield subject.where, "no record passes this"
    if subject.companion is not None and subject.companion.where is not None:
        yield subject.companion.where, "no pair passes this"
    if rule.when is not None:
        yield rule.when, "this never holds"


def _remark(condition: Core, what: str) -> Diagnostic:
    return remark(
        "LNT013",
        what,
        condition.span,
        "whatever the record says",
        "look for `and` where `or` was meant, or for a `not` too many",
    )
