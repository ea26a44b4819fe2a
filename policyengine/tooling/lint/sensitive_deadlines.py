"""LNT019: a message that tells a sensitive date by way of its deadline."""

from collections.abc import Iterator

from policyengine.diagnostics import Diagnostic, Label
from policyengine.plan.core import Deadline, Message, Rule
from policyengine.policy.ends import counted_from
from policyengine.policy.reach import Reach
from policyengine.tooling.lint.rule_set import RuleSet, remark


def check(rule_set: RuleSet) -> Iterator[Diagnostic]:
    """`{deadline}` in a `say` or a `fix`, where the time is counted from a sensitive field.

    That a message names such a field itself is an error (TYP009): this is the way round it.
    """
    plan = rule_set.plan
    reach = Reach(plan.definitions, plan.gatherings, plan.schema.kinds)
    for _, rule in rule_set.versions():
        shown = next(_deadlines(rule), None)
        if shown is None:
            continue
        for anchor in counted_from(rule.duty):
            sensitive = reach.sensitive(anchor, rule.lets)
            if sensitive is not None:
                what, why = sensitive
                mark = why.value.replace("_", " ")
                yield remark(
                    "LNT019",
                    f"the deadline tells whoever reads this what `{what}` is",
                    shown.span,
                    f"`{what}` is sensitive ({mark})",
                    "leave `{deadline}` out of the sentence",
                    labels=(Label(anchor.span, "the time is counted from it"),),
                )
                break


def _deadlines(rule: Rule) -> Iterator[Deadline]:
    for message in (rule.say, rule.fix):
        if isinstance(message, Message):
            yield from (part for part in message.parts if isinstance(part, Deadline))
