"""An audit for a page: every finding counted, and few of them made."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

from policyengine.bulk.audit import reads_of
from policyengine.bulk.engine import BulkEngine, Judge, Notes
from policyengine.bulk.instances import EachCase
from policyengine.bulk.loading.loaded_range import LoadedRange
from policyengine.bulk.loading.ranges import Folder
from policyengine.bulk.side_by_side import Means, database_faults, judged, spread
from policyengine.bulk.tallying import Judged, RangeTally
from policyengine.bulk.told import Told
from policyengine.findings.model import Audit, Finding
from policyengine.findings.sentences import Sentences
from policyengine.findings.summary import assembled, summarise
from policyengine.findings.tally import Tallying, said_of
from policyengine.plan.core import Plan
from policyengine.records.model import CaseRecords, Export
from policyengine.values.verdict import Verdict

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

    _Counted = tuple[str, int, Judged, list[Finding]]
    _Made = tuple[list[_Counted], Sequence[CaseRecords]]


def run_page_audit(  # noqa: PLR0913 - what an audit can be asked
    plan: Plan,
    export: Export,
    as_at: date,
    known_by: date | None = None,
    *,
    limit: int,
    reference: Judge,
    select: Collection[str] | None = None,
    progress: Callable[[int], None] | None = None,
    means: Means | None = None,
) -> tuple[Audit, Notes]:
    """The audit with its tally, `limit` breaches of a rule told, and what the reference engine
    had to judge. What is told is the reference engine's own finding. Raises as
    `audit.run_bulk_audit` does.
    """
    known = known_by or as_at
    rules = [rule for rule in plan.rules if select is None or rule.id in select]
    sentences = Sentences(plan, as_at.isoformat())
    said = said_of(summarise(rules, (), {}, as_at), sentences)
    tallying = Tallying(said, limit, as_at.toordinal())
    counts: dict[str, dict[Verdict, int]] = {}
    cases = 0
    how, notes = means or Means(), Notes()
    if isinstance(export.bulk, Folder):
        export.bulk.reads = reads_of(plan, rules)
        how = spread(how, export.bulk, len(rules))
    told = Told(limit)

    def work(engine: BulkEngine, several: Sequence[CaseRecords]) -> _Made:
        instances = EachCase(len(several), [(as_at, known)])
        counted = [
            (rule.id, rule.gravity.rank, columns, findings)
            for rule, columns, findings in engine.counted_each(several, export, instances)
        ]
        return counted, () if isinstance(several, LoadedRange) else several

    def opened(con: DuckDBPyConnection) -> BulkEngine:
        return BulkEngine(plan, con, reference, None, select)

    for ids, (counted, held) in judged(export, how, opened, work, notes):
        made = RangeTally(tallying, ids, told)
        for each in counted:
            made.add(*each)
        made.close()
        told.hold(held)
        for id, numbers in made.counts.items():
            mine = counts.setdefault(id, dict.fromkeys(Verdict, 0))
            for verdict, number in numbers.items():
                mine[verdict] += number
        cases += len(ids)
        if progress is not None:
            progress(cases)
    with database_faults(export):
        for case in _to_tell(told, export, how.cases_at_once):
            told.judged(case, lambda of, rule: reference(of, as_at, known, rule), tallying)
    tally = tallying.whole()
    first = [finding for each in tally.breaches.values() for finding in each.first]
    first.sort(key=lambda finding: finding.order)
    audit = assembled(plan, export, rules, first, (as_at, known), cases)
    for row in audit.summary:
        row.counts.update(dict.fromkeys(Verdict, 0) | counts.get(row.rule, {}))
    return replace(audit, tally=tally), notes


def _to_tell(told: Told, export: Export, cases_at_once: int) -> Iterable[CaseRecords]:
    """The cases of which the page tells, whole."""
    if isinstance(export.bulk, Folder):
        return export.bulk.read_back(told.cases(), cases_at_once)
    return told.held()
