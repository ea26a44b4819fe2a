"""LNT011: a critical rule that has no words of its own for a breach."""

from collections.abc import Iterator

from policyengine.diagnostics import Diagnostic
from policyengine.tooling.lint.rule_set import RuleSet, remark
from policyengine.values.verdict import Gravity


def check(rule_set: RuleSet) -> Iterator[Diagnostic]:
    """Critical rules without `say`: the sentence made from the rule cannot say what is at stake."""
    for item, rule in rule_set.versions():
        if rule.gravity is Gravity.CRITICAL and rule.say is None:
            yield remark(
                "LNT011",
                f"{rule.id} is critical, and does not say in words what a breach of it means",
                item.id.span,
                "no `say`",
                'say it as you would to a colleague: `say "No ... is recorded by {deadline}."`',
            )
