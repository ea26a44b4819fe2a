"""What could not be told, grouped by the field that would settle it."""

from dataclasses import dataclass

from policyengine.findings.model import Audit, Finding
from policyengine.findings.sentences import Sentences
from policyengine.report.safe_text import safe_text
from policyengine.values.truth import Reason, Why
from policyengine.values.verdict import Gravity, Verdict

CASES = 6  # case ids named for each reason, at the default limit


@dataclass(frozen=True, slots=True, kw_only=True)
class Doubt:
    """One thing that the records do not say: in words, the field where it would stand, how often,
    and in which cases."""

    text: str
    place: str
    count: int
    cases: tuple[str, ...]
    hidden: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DoubtSection:
    """The findings of one rule that cannot be told."""

    rule: str
    title: str
    severity: str
    total: int
    doubts: tuple[Doubt, ...]


def doubt_sections(
    audit: Audit, sentences: Sentences, limit: int | None
) -> tuple[DoubtSection, ...]:
    """Rule by rule, the gravest first; within a rule the commonest reason first. A finding with
    several reasons is counted under each, and the section's total counts it once."""
    found: dict[str, list[Finding]] = {}
    for finding in audit.findings:
        if finding.verdict is Verdict.CANNOT_TELL:
            found.setdefault(finding.rule, []).append(finding)
    rows = [row for row in audit.summary if row.rule in found]
    rows.sort(key=lambda row: (Gravity(row.severity).rank, -len(found[row.rule]), row.rule))
    return tuple(
        DoubtSection(
            rule=safe_text(row.rule),
            title=safe_text(row.title),
            severity=row.severity,
            total=len(found[row.rule]),
            doubts=_doubts(found[row.rule], sentences, limit),
        )
        for row in rows
    )


def _doubts(findings: list[Finding], sentences: Sentences, limit: int | None) -> tuple[Doubt, ...]:
    cases: dict[tuple[str, str], list[str]] = {}
    for finding in findings:
        keys = dict.fromkeys(
            (sentences.reason(reason, which=False), place_of(reason))
            for reason in finding.reasons
            if reason.why is not Why.NO_RECORD or len(finding.reasons) == 1
        )
        for key in keys or {("the record does not say why", ""): None}:
            cases.setdefault(key, []).append(finding.case)
    most = None if limit is None else max(CASES, limit)
    ordered = sorted(cases.items(), key=lambda item: (-len(item[1]), item[0]))
    return tuple(_doubt(key, ids, most) for key, ids in ordered)


def _doubt(key: tuple[str, str], cases: list[str], most: int | None) -> Doubt:
    text, place = key
    named = list(dict.fromkeys(cases))
    shown = named if most is None else named[:most]
    return Doubt(
        text=safe_text(text),
        place=safe_text(place),
        count=len(cases),
        cases=tuple(map(safe_text, shown)),
        hidden=len(named) - len(shown),
    )


def place_of(reason: Reason) -> str:
    """Where the answer would stand: `rights_discussion.in_writing`; a kind for what is outside
    coverage; nothing where no field would settle it."""
    if reason.kind and reason.field:
        return f"{reason.kind}.{reason.field}"
    if reason.why is Why.OUTSIDE_COVERAGE and reason.kind:
        return reason.kind
    return ""
