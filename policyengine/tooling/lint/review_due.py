"""LNT005: a policy that is past the day by which it was to be reviewed."""

from collections.abc import Iterator

from policyengine.diagnostics import Diagnostic
from policyengine.source import Span
from policyengine.syntax.tree import Header
from policyengine.tooling.fmt.items import header_parts
from policyengine.tooling.lint.rule_set import RuleSet, remark


def check(rule_set: RuleSet) -> Iterator[Diagnostic]:
    """Headers whose `review by` lies before the day on which somebody asks (its day still counts).

    Nothing is said where no such day was given: nothing here reads the machine's clock (S1).
    """
    if rule_set.today is None:
        return
    for header in rule_set.items(Header):
        if header.review_by is not None and header.review_by < rule_set.today:
            yield remark(
                "LNT005",
                f'"{header.title}" was to be reviewed by {header.review_by.isoformat()}',
                _review_by(header),
                f"this day has passed on {rule_set.today.isoformat()}",
                "review the policy, and set the day of the next review",
            )


def _review_by(header: Header) -> Span:
    for word, start, end in header_parts(header.span):
        if word == "review":
            return Span(header.span.file, start, end)
    return header.span
