"""LNT016: days between two versions of a rule on which none is in force."""

from collections.abc import Iterator
from datetime import timedelta
from itertools import pairwise

from policyengine.diagnostics import Diagnostic, Label
from policyengine.plan.core import Rule
from policyengine.syntax.tree import Applies, RuleItem
from policyengine.tooling.lint.rule_set import RuleSet, remark

ONE_DAY = timedelta(days=1)


def check(rule_set: RuleSet) -> Iterator[Diagnostic]:
    """Each version that does not begin on the day after the one before it ends.

    Versions that overlap are an error, and are not told of here.
    """
    versions: dict[str, list[tuple[RuleItem, Rule]]] = {}
    for item, rule in rule_set.versions():
        versions.setdefault(rule.id, []).append((item, rule))
    for written in versions.values():
        ordered = sorted(written, key=lambda each: str(each[1].applies_from or ""))
        for (_, earlier), (item, later) in pairwise(ordered):
            until, first = earlier.applies_until, later.applies_from
            if until is not None and first is not None and until + ONE_DAY < first:
                yield _remark(item, earlier, later)


def _remark(item: RuleItem, earlier: Rule, later: Rule) -> Diagnostic:
    assert earlier.applies_until is not None
    assert later.applies_from is not None
    first = (earlier.applies_until + ONE_DAY).isoformat()
    last = (later.applies_from - ONE_DAY).isoformat()
    days = f"from {first} to {last}" if first != last else f"on {first}"
    applies = next((each for each in item.clauses if isinstance(each, Applies)), item)
    return remark(
        "LNT016",
        f"no version of {later.id} is in force {days}",
        applies.span,
        "the one before ends too soon for this",
        "a version ends on the day before the next begins: both days are included",
        labels=(Label(earlier.name_span, f"in force until {earlier.applies_until.isoformat()}"),),
    )
