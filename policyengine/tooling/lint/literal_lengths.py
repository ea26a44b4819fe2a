"""LNT009: a time limit of the Trust's own that is written into a rule, where a setting could tell
that it is local and let another Trust have its own."""

import re
from collections.abc import Iterator

from policyengine.diagnostics import Diagnostic
from policyengine.plan.core import Rule
from policyengine.policy.tree_walk import walk
from policyengine.syntax.tree import DurationLiteral, DutyClause, RuleItem
from policyengine.tooling.lint.rule_set import RuleSet, remark

# What fixes a number for everyone: an Act and its sections, regulations, a code of practice, and
# national standards.
_FIXED = re.compile(
    r"\b(?:Acts?|MHA|Regulations?|regs?|SI|Code|Rules|Directions|NICE|Standard Contract)\b"
    r"|\b(?:s|ss|sch)\.\s?\d|\b[Ss]ections?\s\d"
)


def check(rule_set: RuleSet) -> Iterator[Diagnostic]:
    """The first literal duration in the window of a rule whose sources name nothing of the sort.

    A rule without any source has its own message (LNT001).
    """
    for item, rule in rule_set.versions():
        if not rule.sources or _is_fixed(rule):
            continue
        literal = _first_literal(item)
        if literal is not None:
            yield remark(
                "LNT009",
                f"{rule.id} has a local time limit written into it",
                literal.span,
                "its sources name no Act, regulation or code",
                f"give it a name: `setting ... is {literal.value}`, and why it is that long",
            )


def _is_fixed(rule: Rule) -> bool:
    return any(_FIXED.search(f"{source.text} {source.quoting or ''}") for source in rule.sources)


def _first_literal(item: RuleItem) -> DurationLiteral | None:
    for clause in item.clauses:
        window = getattr(clause.duty, "window", None) if isinstance(clause, DutyClause) else None
        for node in walk(window):
            if isinstance(node, DurationLiteral):
                return node
    return None
