"""LNT018: `every X has ...` as a duty, where a record without any X is met."""

from collections.abc import Iterator

from policyengine.diagnostics import Diagnostic
from policyengine.plan import core
from policyengine.plan.core import Core, Rule
from policyengine.policy.tree_walk import walk
from policyengine.tooling.lint.rule_set import RuleSet, remark
from policyengine.tooling.lint.settled import flat


def check(rule_set: RuleSet) -> Iterator[Diagnostic]:
    """Duties that show something of every record of a kind, and never ask for one (S19)."""
    for _, rule in rule_set.versions():
        if not isinstance(rule.duty, core.Show):
            continue
        asked = _asked_for(rule)
        for part in flat([rule.duty.condition]):
            if isinstance(part, core.Every) and part.records.kind not in asked:
                yield _remark(rule, part)


def _remark(rule: Rule, every: core.Every) -> Diagnostic:
    kind = every.records.kind
    return remark(
        "LNT018",
        f"{rule.id} is met where there is no {kind} at all",
        every.span,
        "over nothing, `every` holds",
        f"ask for one too: `there is a {kind} and ...`, or say when the rule applies",
    )


def _asked_for(rule: Rule) -> set[str]:
    """The kinds of which one has to be there: for the rule to apply, or for the duty."""
    found = {rule.subject.kind}
    conditions: list[Core | None] = [rule.subject.where, rule.when]
    if isinstance(rule.duty, core.Show):
        conditions.append(rule.duty.condition)
    for part in flat(each for each in conditions if each is not None):
        match part:
            case core.ThereIs(records=records):
                found.add(records.kind)
            case core.Compare(op="ge" | "gt"):
                counted = (node for node in walk(part.left) if isinstance(node, core.NumberOf))
                found.update(node.records.kind for node in counted)
            case _:
                pass
    return found
