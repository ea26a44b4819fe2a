"""Findings: this rule, this subject, as at this date; one verdict, its deadline, its evidence.

A finding is what every report is made of. Its dates are in the spelling of the JSON report: a
day as `2026-01-08`, an instant with its offset.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from policyengine.values.truth import Reasons
from policyengine.values.verdict import Verdict

if TYPE_CHECKING:
    from policyengine.findings.tally import Tally


@dataclass(frozen=True, slots=True)
class Evidence:
    """A record that was looked at, or the want of one (`id` None, role `absent`).

    Roles: `met`, `late`, `forbidden`, `perhaps`; near misses: `before_window`, `after_window`,
    `not_matching`.
    """

    kind: str
    id: str | None
    on: str | None
    role: str


@dataclass(frozen=True, slots=True)
class Gap:
    """A late gap of a recurring duty: due on a day, met on a later one or (None) not at all."""

    due: str
    done_on: str | None


@dataclass(frozen=True, slots=True)
class Waived:
    """That an open finding stands for now: why, who answers for that (a role), until which day."""

    reason: str
    approver: str
    until: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One verdict, with what it rests on (S25).

    `applies_from` is the version's first day, or None. `deadline_day` is the deadline's day as
    an ordinal, for sorting and for counting how late. `message` and `fix` are the author's words
    with the record's values in them, or "" where the author wrote none for this verdict.
    `restricted` says that the existence of the finding is sensitive; `ended`, that the duty was
    judged as at the end of its subject (S14): a deadline that lies ahead will not come.
    `next_change_on` is the next day on which it could be another with no new record, None for
    never, where the audit tells it (`tells_next_change`).
    """

    rule: str
    applies_from: str | None
    case: str
    subject_kind: str
    subject_id: str
    verdict: Verdict
    deadline: str | None = None
    deadline_day: int | None = None
    done_on: str | None = None
    message: str = ""
    fix: str = ""
    owner: str | None = None
    settings: tuple[tuple[str, str], ...] = ()
    evidence: tuple[Evidence, ...] = ()
    reasons: Reasons = ()
    late_gaps: tuple[Gap, ...] = ()
    restricted: bool = False
    ended: bool = field(default=False, compare=False)
    next_change_on: str | None = field(default=None, compare=False)
    waived: Waived | None = field(default=None, compare=False)

    @property
    def order(self) -> tuple[str, str, str, str, str]:
        """Findings are sorted by rule, case and subject; of two records that one id is given
        (gathered from two tables), by the version of the rule."""
        since = self.applies_from or ""
        return (self.rule, self.case, self.subject_kind, self.subject_id, since)


@dataclass(slots=True, kw_only=True)
class RuleSummary:
    """The counts of one rule (all its versions together) and what follows from them.

    `absent_kind` names the subject's kind where the export does not hold it: "not in this
    export", instead of zeros (S8).
    """

    rule: str
    title: str
    force: str
    severity: str
    learning_point: int | None
    target: float | None
    counts: dict[Verdict, int] = field(default_factory=lambda: dict.fromkeys(Verdict, 0))
    absent_kind: str | None = None

    @property
    def judged(self) -> int:
        """The denominator of the rate: met, met late and breached."""
        counts = self.counts
        return counts[Verdict.MET] + counts[Verdict.MET_LATE] + counts[Verdict.BREACHED]

    @property
    def rate(self) -> float | None:
        """Met, of those judged; None where there are none."""
        return _share(self.counts[Verdict.MET], self.judged)

    @property
    def interval(self) -> tuple[float, float] | None:
        """The 95% Wilson interval of the rate."""
        return wilson(self.counts[Verdict.MET], self.judged) if self.judged else None

    @property
    def floor(self) -> float | None:
        """The rate if every `cannot tell` were a breach."""
        return _share(self.counts[Verdict.MET], self.judged + self.counts[Verdict.CANNOT_TELL])

    @property
    def ceiling(self) -> float | None:
        """The rate if every `cannot tell` were met."""
        unsure = self.counts[Verdict.CANNOT_TELL]
        return _share(self.counts[Verdict.MET] + unsure, self.judged + unsure)


def _share(part: int, whole: int) -> float | None:
    return round(part / whole, 6) if whole else None


def wilson(successes: int, trials: int, z: float = 1.959963984540054) -> tuple[float, float]:
    """The Wilson score interval of a proportion (E. B. Wilson, 1927), 95% by default.

    >>> [round(100 * end) for end in wilson(10, 10)]
    [72, 100]
    """
    p = successes / trials
    spread = z * z / trials
    centre = p + spread / 2
    margin = z * ((p * (1 - p) + spread / 4) / trials) ** 0.5
    low, high = (centre - margin) / (1 + spread), (centre + margin) / (1 + spread)
    return round(max(low, 0.0), 6), round(min(high, 1.0), 6)


@dataclass(frozen=True, slots=True)
class Since:
    """What an audit has that a baseline had not, and the other way round: findings that are `new`
    (they were not open then), `worse` (cannot tell then, breached now), that `remain` as they
    were, and that are `gone`. `same_rules`: the rules are those of the baseline."""

    as_at: str
    new: int
    worse: int
    remain: int
    gone: int
    same_rules: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Audit:
    """A whole audit, as every report takes it. `findings` are sorted; `load` is as the JSON
    report holds it.

    `view` names the readers that it was cut to, if it was. `holds_load` is False where what was
    loaded may not be told: the counts of rows and the hash of the cases are then empty.
    `tells_next_change`: its findings say on which day each could be another. Where there is a
    `tally`, it counts every finding, and `findings` are only those that a page names.
    `has_waivers`: its findings say which are waived; `since_baseline`: of those that are open it
    lists only what is new or worse since then.
    """

    engine_version: str
    as_at: str
    known_by: str
    rules_sha256: str
    cases_sha256: str
    cases: int
    rows_read: int
    rows_kept: int
    rows_rejected: int
    faults: tuple[tuple[str, str, str, int], ...]
    summary: tuple[RuleSummary, ...]
    findings: tuple[Finding, ...]
    notes: tuple[str, ...] = ()
    view: str = ""
    holds_load: bool = True
    tells_next_change: bool = False
    has_waivers: bool = False
    since_baseline: Since | None = None
    rows_merged: int = 0  # rows that a mapping read and found to be records that stand there again
    tally: Tally | None = field(default=None, compare=False)

    @property
    def balance(self) -> str:
        """What became of the rows: `9 rows read = 6 kept + 2 merged + 1 rejected`. That some were
        merged is said where a mapping read them and there were such."""
        merged = f" + {self.rows_merged:,} merged" if self.rows_merged else ""
        rows = "row" if self.rows_read == 1 else "rows"
        return (
            f"{self.rows_read:,} {rows} read = {self.rows_kept:,} kept{merged} + "
            f"{self.rows_rejected:,} rejected"
        )
