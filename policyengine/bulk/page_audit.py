"""An audit for a page: every finding counted, and few of them made."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import replace
from datetime import date

from policyengine.bulk.audit import RANGE, Means, database_faults, ranges_of, reads_of
from policyengine.bulk.engine import BulkEngine, Judge, Notes
from policyengine.bulk.loading.ranges import Folder, LoadedRange
from policyengine.bulk.told import Told
from policyengine.findings.model import Audit
from policyengine.findings.sentences import Sentences
from policyengine.findings.summary import assembled, summarise
from policyengine.findings.tally import Tallying, said_of
from policyengine.plan.core import Plan
from policyengine.records.model import CaseRecords, Export
from policyengine.values.verdict import Verdict


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
    how = means or Means()
    if isinstance(export.bulk, Folder):
        export.bulk.reads = reads_of(plan, rules)
        if how.cases_at_once == RANGE:
            how = replace(how, cases_at_once=export.bulk.fitting(len(rules)))
    told = Told(limit)
    with ranges_of(export, how) as (con, ranges):
        engine = BulkEngine(plan, con, reference, None, select)
        with database_faults(export):
            for several in ranges:
                found = engine.tally(several, export, (as_at, known), tallying, told)
                if not isinstance(several, LoadedRange):
                    told.hold(several)
                for id, numbers in found.items():
                    mine = counts.setdefault(id, dict.fromkeys(Verdict, 0))
                    for verdict, number in numbers.items():
                        mine[verdict] += number
                cases += len(several)
                if progress is not None:
                    progress(cases)
            for case in _to_tell(told, export, how.cases_at_once):
                told.judged(case, lambda of, rule: reference(of, as_at, known, rule), tallying)
    tally = tallying.whole()
    findings = [finding for each in tally.breaches.values() for finding in each.first]
    findings.sort(key=lambda finding: finding.order)
    audit = assembled(plan, export, rules, findings, (as_at, known), cases)
    for row in audit.summary:
        row.counts.update(dict.fromkeys(Verdict, 0) | counts.get(row.rule, {}))
    return replace(audit, tally=tally), engine.notes


def _to_tell(told: Told, export: Export, cases_at_once: int) -> Iterable[CaseRecords]:
    """The cases of which the page tells, whole."""
    if isinstance(export.bulk, Folder):
        return export.bulk.read_back(told.cases(), cases_at_once)
    return told.held()
