"""Which findings a program is given: all of them, unless it asks for fewer."""

from dataclasses import replace

from policyengine.findings import Audit, Finding
from policyengine.values.verdict import Verdict

_SHOWN = {
    "all": frozenset(Verdict),
    "breached": frozenset({Verdict.BREACHED}),
    "open": frozenset({Verdict.BREACHED, Verdict.CANNOT_TELL}),
    "none": frozenset[Verdict](),
}


def selected(audit: Audit, show: str, limit: int | None) -> Audit:
    """The audit with these verdicts' findings, at most `limit` a rule; the summary stays whole."""
    verdicts = _SHOWN[show]
    taken: dict[str, int] = {}
    kept: list[Finding] = []
    for finding in audit.findings:
        if finding.verdict not in verdicts:
            continue
        taken[finding.rule] = taken.get(finding.rule, 0) + 1
        if limit is None or taken[finding.rule] <= limit:
            kept.append(finding)
    return replace(audit, findings=tuple(kept))
