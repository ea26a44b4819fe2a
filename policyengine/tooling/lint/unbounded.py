"""LNT004: a duty that something done at any time before its deadline fulfils, years before too."""

from collections.abc import Iterator

from policyengine.diagnostics import Diagnostic
from policyengine.plan.core import Have, HaveField, NoLater
from policyengine.tooling.lint.rule_set import RuleSet, remark


def check(rule_set: RuleSet) -> Iterator[Diagnostic]:
    """`must have` with `no later than T` or `before T`.

    Not `must not have` (what is forbidden is forbidden however long before), and not `must show`
    (a state is looked at when it is judged).
    """
    for _, rule in rule_set.versions():
        match rule.duty:
            case Have(window=NoLater() as window) | HaveField(window=NoLater() as window):
                words = "before" if window.strictly else "no later than"
                yield remark(
                    "LNT004",
                    f"{rule.id} is met by something done at any time before, however long ago",
                    window.span,
                    f"`{words}` has no beginning",
                    "say from when it counts: `between T and T`, or `within D before T`",
                )
            case _:
                pass
