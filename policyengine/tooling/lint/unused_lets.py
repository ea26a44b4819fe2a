"""LNT008: a `let` that its rule does not use."""

from collections.abc import Iterator

from policyengine.diagnostics import Diagnostic
from policyengine.plan.core import Slot
from policyengine.policy.tree_walk import walk
from policyengine.syntax.tree import Let
from policyengine.tooling.lint.removing import removal
from policyengine.tooling.lint.rule_set import RuleSet, remark


def check(rule_set: RuleSet) -> Iterator[Diagnostic]:
    """Each `let` whose name stands nowhere else in its rule."""
    for item, rule in rule_set.versions():
        used = {node.index for node in walk(rule) if isinstance(node, Slot)}
        unused = {let.name for let in rule.lets if let.slot not in used}
        for clause in item.clauses:
            if isinstance(clause, Let) and clause.name.text in unused:
                yield remark(
                    "LNT008",
                    f"{rule.id} does not use `{clause.name.text}`",
                    clause.name.span,
                    "it is given a name, and the name is not used",
                    "take the `let` out, or use its name",
                    fix=removal(clause.span, rule_set.file_of(clause.span)),
                )
