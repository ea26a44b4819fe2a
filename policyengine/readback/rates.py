"""Who is in a rule's rate, and what the rate is judged against."""

from __future__ import annotations

from collections.abc import Iterator

from policyengine.plan import core
from policyengine.readback.blocks import Said
from policyengine.readback.here import Here
from policyengine.values.verdict import Force


def rates(rule: core.Rule, here: Here) -> Iterator[Said]:
    """What is counted, what the rate is a share of, and what stands beside it."""
    yield Said(f"Each {_counted(rule, here)} counts once.")
    yield Said(f"The rate is those met in time, as a share of {_share(rule)}.")
    beside = tuple(Said(each) for each in _beside(rule))
    yield Said("Not in the rate, and counted beside it:", beside)
    if rule.target is not None:
        yield Said(f"The target is at least {rule.target:f} percent.")
    if rule.force is Force.SHOULD:
        yield Said(
            "This is expected and not binding: what is not met is told as a shortfall, and stops "
            "no run."
        )


def _counted(rule: core.Rule, here: Here) -> str:
    kind = here.names.kind(rule.subject.kind)
    if rule.subject.companion is not None:
        return f"pair of {kind} and {here.names.kind(rule.subject.companion.kind)}"
    return kind


def _has_lateness(duty: core.Duty) -> bool:
    match duty:
        case core.Have(window=window):
            return window is not None
        case core.HaveField() | core.HaveEvery():
            return True
        case core.NotHave() | core.Show():
            return False


def _share(rule: core.Rule) -> str:
    if _has_lateness(rule.duty):
        return "all that were met in time, met late or not met"
    return "all that were met or not met"


def _beside(rule: core.Rule) -> Iterator[str]:
    if isinstance(rule.duty, core.HaveEvery) or rule.duty.window is not None:
        yield "not yet due: the time is not over at the as-at date"
    if rule.unless:
        yield "exempt: an exception holds"
    yield f"not applicable: {' or '.join(_outside(rule))}"
    yield "cannot tell: the record does not say; if it said, the rate could be lower or higher"


def _outside(rule: core.Rule) -> Iterator[str]:
    if rule.when is not None:
        yield "the rule does not apply to it"
    if rule.applies_from or rule.applies_until:
        yield "no version of the rule was in force"
    if rule.subject.previous is not None:
        yield "there is none before it"
    yield "the duty ended before its time was over"
