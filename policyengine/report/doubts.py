"""What could not be told, grouped by the field that would settle it."""

from dataclasses import dataclass

from policyengine.findings.model import Audit
from policyengine.findings.tally import NAMED, Cases, Tally, place_of
from policyengine.report.safe_text import safe_text
from policyengine.values.verdict import Gravity

__all__ = ["Doubt", "DoubtSection", "doubt_sections", "place_of"]


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


def doubt_sections(audit: Audit, tally: Tally, limit: int | None) -> tuple[DoubtSection, ...]:
    """Rule by rule, the gravest first; within a rule the commonest reason first. A finding with
    several reasons is counted under each, and the section's total counts it once."""
    rows = [row for row in audit.summary if row.rule in tally.doubts]
    rows.sort(key=lambda row: (Gravity(row.severity).rank, -tally.unsure[row.rule], row.rule))
    return tuple(
        DoubtSection(
            rule=safe_text(row.rule),
            title=safe_text(row.title),
            severity=row.severity,
            total=tally.unsure[row.rule],
            doubts=_doubts(tally.doubts[row.rule], limit),
        )
        for row in rows
    )


def _doubts(found: dict[tuple[str, str], Cases], limit: int | None) -> tuple[Doubt, ...]:
    most = None if limit is None else max(NAMED, limit)
    ordered = sorted(found.items(), key=lambda item: (-item[1].total, item[0]))
    return tuple(_doubt(key, cases, most) for key, cases in ordered)


def _doubt(key: tuple[str, str], cases: Cases, most: int | None) -> Doubt:
    text, place = key
    shown = cases.first if most is None else cases.first[:most]
    return Doubt(
        text=safe_text(text),
        place=safe_text(place),
        count=cases.total,
        cases=tuple(map(safe_text, shown)),
        hidden=cases.cases - len(shown),
    )
