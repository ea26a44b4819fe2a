"""LNT014: a duty that is settled before anybody looks: always met, or never."""

from collections.abc import Iterator

from policyengine.diagnostics import Diagnostic
from policyengine.plan import core
from policyengine.plan.core import Rule
from policyengine.source import Span
from policyengine.tooling.lint.alike import alike
from policyengine.tooling.lint.rule_set import RuleSet, remark
from policyengine.tooling.lint.settled import settled

_FOUND = "whatever the record says"


def check(rule_set: RuleSet) -> Iterator[Diagnostic]:
    """Duties whose condition always or never holds, and dates that are held against themselves."""
    for _, rule in rule_set.versions():
        found = _settled(rule)
        if found is not None:
            span, how = found
            yield remark(
                "LNT014",
                f"the duty of {rule.id} is {how}",
                span,
                _FOUND,
                "say what the record has to show that it might not",
            )


def _settled(rule: Rule) -> tuple[Span, str] | None:
    """Where it shows, and `always met` or `never met`."""
    match rule.duty:
        case core.Show(condition=condition):
            truth = settled(condition)
            return None if truth is None else (condition.span, _how(truth))
        case core.Have(records=records) | core.HaveEvery(records=records):
            return _of_candidates(records.where, forbidden=False)
        case core.NotHave(records=records):
            return _of_candidates(records.where, forbidden=True)
        case core.HaveField(event=event, where=where, window=window):
            if where is not None and settled(where) is False:
                return where.span, _how(False)
            return (window.span, "met by any date at all") if _is_own(event, window) else None


def _how(met: bool) -> str:
    return "always met" if met else "never met"


def _of_candidates(where: core.Core | None, *, forbidden: bool) -> tuple[Span, str] | None:
    """No record ever counts: what is asked for is never there, what is forbidden neither."""
    if where is None or settled(where) is not False:
        return None
    return where.span, _how(forbidden)


def _is_own(event: core.Core, window: core.OneWindow) -> bool:
    """Whether a date is asked to fall in a window that is counted from itself."""
    match window:
        case core.Within(anchor=anchor) | core.OnDay(anchor=anchor):
            return alike(event, anchor)
        case core.NoLater(anchor=anchor, strictly=strictly):
            return not strictly and alike(event, anchor)
        case core.Between(first=first, last=last):
            return alike(event, first) and alike(event, last)
