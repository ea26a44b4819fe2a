"""The counts of an audit as a committee may see them: no finding, and no small number.

The table is rules by verdicts with all its totals. A rate is in whole percent; where few were
not met, it is said to be at least so much, since the exact one would tell how many.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from policyengine.findings.model import RuleSummary
from policyengine.report.views.suppression import SmallNumbers, published
from policyengine.values.verdict import Verdict

VERDICTS = (
    Verdict.MET,
    Verdict.MET_LATE,
    Verdict.BREACHED,
    Verdict.NOT_YET_DUE,
    Verdict.EXEMPT,
    Verdict.NOT_APPLICABLE,
    Verdict.CANNOT_TELL,
)
_JUDGED = (Verdict.MET, Verdict.MET_LATE, Verdict.BREACHED)


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishedRow:
    """One rule, or all of them (`rule` ""), as published. A count that is None is hidden; so is a
    share. `rate_at_least` stands where the rate itself would tell a small number. `absent_kind`
    as in `RuleSummary`: not in this export. Shares are from 0 to 1, in whole percent."""

    rule: str
    title: str = ""
    force: str = ""
    severity: str = ""
    learning_point: int | None = None
    target: float | None = None
    absent_kind: str | None = None
    counts: dict[Verdict, int | None]
    subjects: int | None
    judged: int | None
    rate: float | None
    rate_at_least: float | None
    interval: tuple[float, float] | None
    floor: float | None
    ceiling: float | None


@dataclass(frozen=True, slots=True)
class PublishedSummary:
    """All rules, and the totals below them."""

    rows: tuple[PublishedRow, ...]
    total: PublishedRow


def published_summary(summary: Sequence[RuleSummary], rule: SmallNumbers) -> PublishedSummary:
    """The summary with its small numbers hidden, and what would give them away."""
    table = [[row.counts[verdict] for verdict in VERDICTS] for row in summary]
    seen = published(table, rule)
    rows = tuple(
        _row(row, cells, total, rule)
        for row, cells, total in zip(summary, seen.rows, seen.row_totals, strict=True)
    )
    whole = _all(summary)
    below = seen.column_totals if summary else (0,) * len(VERDICTS)
    return PublishedSummary(rows, _row(whole, below, seen.total, rule))


def _all(summary: Sequence[RuleSummary]) -> RuleSummary:
    counts = {verdict: sum(row.counts[verdict] for row in summary) for verdict in Verdict}
    return RuleSummary(
        rule="", title="", force="", severity="", learning_point=None, target=None, counts=counts
    )


def _row(
    row: RuleSummary, cells: Sequence[int | None], total: int | None, rule: SmallNumbers
) -> PublishedRow:
    counts = dict(zip(VERDICTS, cells, strict=True))
    judged = None
    if all(counts[verdict] is not None for verdict in _JUDGED):
        judged = rule.rounded(row.judged)
    rate, at_least = published_rate(row, rule)
    unsure = counts[Verdict.CANNOT_TELL]
    bounds = rate is not None and unsure is not None
    return PublishedRow(
        rule=row.rule,
        title=row.title,
        force=row.force,
        severity=row.severity,
        learning_point=row.learning_point,
        target=row.target,
        absent_kind=row.absent_kind,
        counts=counts,
        subjects=total,
        judged=judged,
        rate=rate,
        rate_at_least=at_least,
        interval=_whole_interval(row.interval) if rate is not None else None,
        floor=_whole(row.floor) if bounds else None,
        ceiling=_whole(row.ceiling) if bounds else None,
    )


def published_rate(row: RuleSummary, rule: SmallNumbers) -> tuple[float | None, float | None]:
    """The rate; or what it is at least, where those not met are few (but some)."""
    met, judged = row.counts[Verdict.MET], row.judged
    percent = rule.percent(met, judged)
    if percent is None:
        return None, None
    rest = judged - met
    if not rule.hides_zero and 0 in (met, rest):
        return float(rest == 0), None
    if rest < rule.threshold:
        # From the rounded number of the judged, so that it tells no more than that does.
        around = max(rule.rounded(judged), rule.threshold)
        return None, (100 * (around - rule.threshold) // around) / 100
    # Never 100% unless it is all of them, never 0% unless it is none.
    return min(max(percent, 1), 99) / 100, None


def _whole(share: float | None) -> float | None:
    return None if share is None else round(share * 100) / 100


def _whole_interval(interval: tuple[float, float] | None) -> tuple[float, float] | None:
    return (
        None
        if interval is None
        else (round(interval[0] * 100) / 100, round(interval[1] * 100) / 100)
    )
