"""LNT001: a rule that does not say on whose authority it stands."""

from collections.abc import Iterator

from policyengine.diagnostics import Diagnostic
from policyengine.tooling.lint.rule_set import RuleSet, remark


def check(rule_set: RuleSet) -> Iterator[Diagnostic]:
    """Each version of a rule without a `source` of its own."""
    for item, rule in rule_set.versions():
        if not rule.sources:
            yield remark(
                "LNT001",
                f"{rule.id} does not say where its duty comes from",
                item.id.span,
                "no `source`",
                'name the Act, the code or the policy: `source "MHA 1983 s.132A(1)"`',
            )
