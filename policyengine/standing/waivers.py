"""Waivers: who has said that an open finding stands for now, why, and until when."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from policyengine.findings.model import Audit, Finding, Waived
from policyengine.source import Span
from policyengine.standing.limits import BROAD
from policyengine.values.verdict import Verdict

OPEN = (Verdict.BREACHED, Verdict.CANNOT_TELL)


@dataclass(frozen=True, slots=True)
class Whose:
    """Which findings of a rule: a case's, one subject's of it, or a team's. None is any."""

    case: str | None = None
    kind: str | None = None
    id: str | None = None
    team: str | None = None

    def covers(self, finding: Finding) -> bool:
        """Whether a finding is among them."""
        return all(
            wanted is None or wanted == told
            for wanted, told in (
                (self.case, finding.case),
                (self.kind, finding.subject_kind),
                (self.id, finding.subject_id),
                (self.team, finding.owner),
            )
        )

    @property
    def is_everybody(self) -> bool:
        """Whether it names nobody."""
        return self == Whose()


@dataclass(frozen=True, slots=True)
class Waiver:
    """One waiver. `first` and `last` are its days, both included."""

    rule: str
    whose: Whose
    reason: str
    approver: str
    first: date
    last: date
    span: Span = field(compare=False, repr=False)

    @property
    def place(self) -> str:
        """Where it stands: `waivers.yaml:12`."""
        return f"{self.span.file.name}:{self.span.line}"


@dataclass(frozen=True, slots=True)
class Waivers:
    """All of a file, and its own name."""

    path: str
    waivers: tuple[Waiver, ...] = ()
    broad: int = BROAD


@dataclass(frozen=True, slots=True)
class WaiverUse:
    """What became of a waiver: how many open findings of how many of its rule it marks; or why it
    marks none: `expired`, `not begun`, `unused`. `is_broad`: it covers more than is usual."""

    waiver: Waiver
    marks: int
    of: int
    why: str = ""
    is_broad: bool = False


def waived(audit: Audit, waivers: Waivers) -> tuple[Audit, list[WaiverUse]]:
    """The audit with every finding that a waiver covers marked; none is dropped and no count is
    another. Where several cover one, the first in the file is named."""
    as_at = date.fromisoformat(audit.as_at)
    live = [each for each in waivers.waivers if each.first <= as_at <= each.last]
    by_rule: dict[str, list[Waiver]] = {}
    for each in live:
        by_rule.setdefault(each.rule, []).append(each)
    marks: dict[Waiver, int] = {}
    findings = []
    for finding in audit.findings:
        found = _first(by_rule.get(finding.rule, ()), finding)
        if found is not None:
            marks[found] = marks.get(found, 0) + 1
            mark = Waived(found.reason, found.approver, found.last.isoformat())
            finding = replace(finding, waived=mark)  # noqa: PLW2901 - the same one, marked
        findings.append(finding)
    uses = [_use(each, audit.findings, marks.get(each, 0), as_at, waivers) for each in
            waivers.waivers]  # fmt: skip
    return replace(audit, findings=tuple(findings), has_waivers=True), uses


def _first(waivers: Sequence[Waiver], finding: Finding) -> Waiver | None:
    if finding.verdict not in OPEN:
        return None
    return next((each for each in waivers if each.whose.covers(finding)), None)


def _use(
    waiver: Waiver, findings: Iterable[Finding], marks: int, as_at: date, waivers: Waivers
) -> WaiverUse:
    of = sum(1 for each in findings if each.rule == waiver.rule and each.verdict in OPEN)
    why = ""
    if waiver.last < as_at:
        why = "expired"
    elif waiver.first > as_at:
        why = "not begun"
    elif not marks:
        why = "unused"
    named = waiver.whose.case is not None
    broad = bool(marks) and not named and marks * 100 > waivers.broad * of
    return WaiverUse(waiver, marks, of, why, broad or (waiver.whose.is_everybody and not why))
