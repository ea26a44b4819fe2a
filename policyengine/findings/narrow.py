"""A part of an audit: some of its findings, with the counts that belong to them."""

from collections.abc import Callable, Iterable
from dataclasses import replace

from policyengine.findings.model import Audit, Finding, RuleSummary
from policyengine.values.verdict import Verdict


def narrowed(audit: Audit, keep: Callable[[Finding], bool]) -> Audit:
    """The audit of the findings that are kept: a team's, or a month's. Every rule keeps its row."""
    findings = tuple(finding for finding in audit.findings if keep(finding))
    return replace(audit, findings=findings, summary=counted_again(audit.summary, findings))


def counted_again(
    summary: Iterable[RuleSummary], findings: Iterable[Finding]
) -> tuple[RuleSummary, ...]:
    """The same rules with the counts of these findings."""
    fresh = {row.rule: replace(row, counts=dict.fromkeys(Verdict, 0)) for row in summary}
    for finding in findings:
        if finding.rule in fresh:
            fresh[finding.rule].counts[finding.verdict] += 1
    return tuple(fresh.values())
