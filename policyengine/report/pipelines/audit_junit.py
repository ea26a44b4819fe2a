"""An audit as JUnit XML: a suite a rule, a case a finding."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

from policyengine.findings.model import Audit, Finding, RuleSummary
from policyengine.findings.sentences import Sentences
from policyengine.report.pipelines.junit import Outcome, Suite, SuiteCase, junit
from policyengine.values.verdict import Verdict

_PASSED = (Verdict.MET, Verdict.MET_LATE)


def audit_junit(
    audit: Audit, sentences: Sentences, *, unsure_is_error: bool = False
) -> Iterator[str]:
    """The document. A breach is a failure; what cannot be told is skipped, and says so (or an
    error, with `unsure_is_error`); so is what is not due yet, excused or not applicable."""
    findings = sorted(audit.findings, key=lambda finding: finding.order)
    held = {rule: tuple(group) for rule, group in groupby(findings, key=lambda each: each.rule)}
    suites = (
        _suite(line, held.get(line.rule, ()), sentences, unsure_is_error) for line in audit.summary
    )
    return junit(f"policy audit as at {audit.as_at}", suites)


def _suite(
    line: RuleSummary, findings: tuple[Finding, ...], sentences: Sentences, unsure_is_error: bool
) -> Suite:
    unsure = Outcome.ERROR if unsure_is_error else Outcome.SKIPPED
    return Suite(
        name=f"{line.rule} {line.title}",
        cases=[_case(finding, sentences, unsure) for finding in findings],
        properties=tuple(_properties(line)),
    )


def _properties(line: RuleSummary) -> Iterator[tuple[str, str]]:
    yield "force", line.force
    yield "severity", line.severity
    if line.learning_point is not None:
        yield "learning_point", str(line.learning_point)
    if line.absent_kind is not None:
        yield "not_in_this_export", line.absent_kind
    figures = (
        ("rate", line.rate),
        ("floor", line.floor),
        ("ceiling", line.ceiling),
        ("target", line.target),
    )
    yield from ((name, str(value)) for name, value in figures if value is not None)


def _case(finding: Finding, sentences: Sentences, unsure: Outcome) -> SuiteCase:
    verdict = finding.verdict
    name = f"{finding.case} {finding.subject_kind} {finding.subject_id}"
    if verdict in _PASSED:
        return SuiteCase(name=name, class_name=finding.rule)
    message = sentences.sentence(finding)
    if verdict is Verdict.BREACHED:
        return SuiteCase(
            name=name,
            class_name=finding.rule,
            outcome=Outcome.FAILURE,
            kind=verdict.value,
            message=message,
            lines=tuple(_lines(finding, message, sentences)),
        )
    outcome = unsure if verdict is Verdict.CANNOT_TELL else Outcome.SKIPPED
    return SuiteCase(
        name=name,
        class_name=finding.rule,
        outcome=outcome,
        kind=verdict.value,
        message=f"{verdict.words}: {message}",
        lines=(message,),
    )


def _lines(finding: Finding, message: str, sentences: Sentences) -> Iterator[str]:
    yield message
    if due := sentences.due(finding):
        yield f"Due: {due}"
    if found := sentences.found(finding):
        yield f"Found: {'; '.join(found)}"
    if finding.owner:
        yield f"Team: {finding.owner}"
    if finding.fix:
        yield f"To do: {finding.fix}"
