"""The counts of many dates in one load, each case as at each of them, by ranges of cases."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING

from policyengine.bulk.engine import BulkEngine, Judge, Notes
from policyengine.bulk.instances import EachCase
from policyengine.bulk.loading.ranges import Folder
from policyengine.bulk.outcome import VERDICTS
from policyengine.bulk.side_by_side import Means, hands_of, judged
from policyengine.bulk.tallying import Judged
from policyengine.findings.model import Audit, Finding
from policyengine.findings.summary import assembled
from policyengine.plan.core import Plan
from policyengine.records.model import CaseRecords, Export

if TYPE_CHECKING:
    import numpy as np
    from duckdb import DuckDBPyConnection

    _Made = tuple[dict[str, np.ndarray], list[Finding]]

LEAST_AT_ONCE = 250
SHARE = 4  # of a case's rows in memory, about so many are needed at one date alone


@dataclass(frozen=True, slots=True)
class Counted:
    """The counts that are asked for: as at and known by which dates, and between which days a
    deadline must fall to count, as ordinals (None: any day). What has no deadline counts."""

    as_at: date
    known_by: date
    due: tuple[int, int] | None = None


def run_bulk_counts(  # noqa: PLR0913 - what can be asked
    plan: Plan,
    export: Export,
    several: Sequence[Counted],
    *,
    reference: Judge,
    standing: Collection[str] = (),
    now: tuple[date, date] | None = None,
    progress: Callable[[int], None] | None = None,
    means: Means | None = None,
) -> tuple[list[Audit], Notes]:
    """An audit for each date, without its findings, in the order given; and what the reference
    engine had to judge. The findings of the `standing` rules count whatever their deadline. `now`
    (as at, known by) asks for one more, the last, with its findings.

    Raises `BulkError` where memory or disk run out, `records.ExportError` as reading does.
    """
    how, notes = means or Means(), Notes()
    at_once = max(LEAST_AT_ONCE, how.cases_at_once * SHARE // max(len(several), SHARE))
    how = replace(how, cases_at_once=at_once)
    if isinstance(export.bulk, Folder):
        how = replace(how, hands=hands_of(export.bulk, len(plan.rules) * len(several)))
    counts = _nothing(plan, len(several))
    findings: list[Finding] = []
    cases = 0

    def work(engine: BulkEngine, some: Sequence[CaseRecords]) -> _Made:
        size = len(some)
        instances = EachCase(size, [(each.as_at, each.known_by) for each in several])
        mine = _nothing(plan, len(several))
        for rule, found, _ in engine.counted_each(some, export, instances):
            kept = None if rule.id in standing else several
            mine[rule.id] += _counted(found, size, len(several), kept)
        return mine, [] if now is None else engine.judge(some, export, *now)

    def opened(con: DuckDBPyConnection) -> BulkEngine:
        return BulkEngine(plan, con, reference)

    for ids, (mine, found) in judged(export, how, opened, work, notes):
        for id, numbers in mine.items():
            counts[id] += numbers
        findings += found
        cases += len(ids)
        if progress is not None:
            progress(cases)
    made = [_audit(plan, export, each, counts, place, cases) for place, each in enumerate(several)]
    if now is not None:
        findings.sort(key=lambda finding: finding.order)
        made.append(assembled(plan, export, plan.rules, findings, now, cases))
    return made, notes


def _nothing(plan: Plan, dates: int) -> dict[str, np.ndarray]:
    import numpy as np

    return {rule.id: np.zeros((dates, len(VERDICTS)), np.int64) for rule in plan.rules}


def _counted(found: Judged, size: int, dates: int, kept: Sequence[Counted] | None) -> np.ndarray:
    """How many of each verdict at each date; of those that are due when `kept` asks."""
    import numpy as np

    place = found.cases // size
    counts = np.ones(len(place), bool)
    if kept is not None and any(each.due is not None for each in kept):
        first = np.array([each.due[0] if each.due else 0 for each in kept])
        last = np.array([each.due[1] if each.due else 2**31 for each in kept])
        days = found.days
        counts = (days == 0) | ((first[place] <= days) & (days <= last[place]))
    cells = place[counts] * len(VERDICTS) + found.verdicts[counts]
    return np.bincount(cells, minlength=dates * len(VERDICTS)).reshape(dates, len(VERDICTS))


def _audit(
    plan: Plan,
    export: Export,
    asked: Counted,
    counts: dict[str, np.ndarray],
    place: int,
    cases: int,
) -> Audit:
    audit = assembled(plan, export, plan.rules, (), (asked.as_at, asked.known_by), cases)
    for row in audit.summary:
        told = counts[row.rule][place]
        row.counts.update({verdict: int(told[at]) for at, verdict in enumerate(VERDICTS)})
    return audit
