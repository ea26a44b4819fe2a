"""LNT017: an exception that another has excused already, or that the rule never comes to."""

from collections.abc import Iterator

from policyengine.diagnostics import Diagnostic, Label
from policyengine.plan import core
from policyengine.plan.core import Because, Core, Rule
from policyengine.tooling.lint.alike import form
from policyengine.tooling.lint.rule_set import RuleSet, remark
from policyengine.tooling.lint.settled import clash, flat, settled


def check(rule_set: RuleSet) -> Iterator[Diagnostic]:
    """`unless` clauses that an earlier or later one covers, that can never hold, or that `where`
    and `when` have ruled out."""
    for _, rule in rule_set.versions():
        for at, each in enumerate(rule.unless):
            others = [other for place, other in enumerate(rule.unless) if place != at]
            found = _ruled_out(rule, each) or _covered(rule, each, others, at)
            if found is not None:
                yield found


def _covered(rule: Rule, each: Because, others: list[Because], at: int) -> Diagnostic | None:
    for place, other in enumerate(others):
        if not implies(each.condition, other.condition):
            continue
        if place >= at and implies(other.condition, each.condition):
            continue  # the same twice: the later one is told
        return remark(
            "LNT017",
            f"an exception of {rule.id} excuses nothing that another does not",
            each.condition.span,
            "whenever this holds, the other holds",
            "take it out, or narrow the other",
            labels=(Label(other.condition.span, "this one holds too"),),
        )
    return None


def _ruled_out(rule: Rule, each: Because) -> Diagnostic | None:
    """Whether what the rule asks of its subject leaves nothing for the exception."""
    asked = [each for each in (rule.subject.where, rule.when) if each is not None]
    if settled(each.condition) is False or clash([*asked, each.condition]) is None:
        if settled(each.condition) is not False:
            return None
    return remark(
        "LNT017",
        f"an exception of {rule.id} can never hold",
        each.condition.span,
        "nothing that the rule applies to has this",
        "take it out, or look at `where` and `when`",
    )


def implies(one: Core, other: Core) -> bool:
    """Whether what holds of the one holds of the other, by their words alone."""
    parts = {_key(part) for part in flat([one])}
    if all(_key(part) in parts for part in flat([other])):
        return True
    match one, other:
        case core.Or(items=items), _:
            return all(implies(item, other) for item in items)
        case _, core.Or(items=items):
            return any(implies(one, item) for item in items)
        case _:
            return False


def _key(node: Core) -> str:
    return repr(form(node))
