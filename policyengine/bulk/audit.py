"""A whole audit by the bulk engine, a range of cases at a time."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING

from policyengine.bulk.engine import BulkEngine, Judge, Notes
from policyengine.bulk.loading.loaded_range import LoadedRange
from policyengine.bulk.loading.ranges import Folder
from policyengine.bulk.needs import Needs
from policyengine.bulk.side_by_side import RANGE, Means, judged, spread
from policyengine.bulk.told import DisagreementError
from policyengine.findings.model import Audit, Finding
from policyengine.findings.summary import assembled
from policyengine.plan import core
from policyengine.plan.core import Plan
from policyengine.records.model import CaseRecords, Export
from policyengine.values.calendar import Calendar

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection


def run_bulk_audit(  # noqa: PLR0913 - what an audit can be asked
    plan: Plan,
    export: Export,
    as_at: date,
    known_by: date | None = None,
    *,
    reference: Judge,
    select: Collection[str] | None = None,
    calendar: Calendar | None = None,
    keep: Callable[[Finding], bool] | None = None,
    shown: Callable[[list[Finding]], Iterable[Finding]] | None = None,
    progress: Callable[[int], None] | None = None,
    means: Means | None = None,
) -> tuple[Audit, Notes]:
    """The audit that `evaluate.run_audit` makes, and what the reference engine had to judge.

    `reference` judges one rule over one case; `shown` picks, of a range's findings, those that
    may be shown: each is found again by `reference`. Raises `DisagreementError` where one is
    not, `BulkError` where memory or disk run out, `records.ExportError` as reading does.
    """
    known = known_by or as_at
    how, notes = means or Means(), Notes()
    findings: list[Finding] = []
    count = 0
    rules = [rule for rule in plan.rules if select is None or rule.id in select]
    if isinstance(export.bulk, Folder):
        export.bulk.reads = reads_of(plan, rules)
        how = spread(how, export.bulk, len(rules), RANGE)

    def work(engine: BulkEngine, several: Sequence[CaseRecords]) -> list[Finding]:
        found = engine.judge(several, export, as_at, known)
        if shown is not None:
            kept = found if keep is None else list(filter(keep, found))
            _found_again(shown(kept), several, reference, as_at, known)
        return found

    def opened(con: DuckDBPyConnection) -> BulkEngine:
        return BulkEngine(plan, con, reference, calendar, select)

    for ids, found in judged(export, how, opened, work, notes):
        findings += found if keep is None else filter(keep, found)  # here: it may keep a tally
        count += len(ids)
        if progress is not None:
            progress(count)
    findings.sort(key=lambda finding: finding.order)
    audit = assembled(plan, export, rules, findings, (as_at, known), count)
    return audit, notes


def reads_of(plan: Plan, rules: Iterable[core.Rule]) -> dict[str, set[str]]:
    """The fields that rules read, by kind."""
    needs = Needs(plan, rules)
    return {kind: needs.fields[kind] for kind in needs.kinds}


def _found_again(
    shown: Iterable[Finding],
    cases: Sequence[CaseRecords],
    reference: Judge,
    as_at: date,
    known_by: date,
) -> None:
    """See that the reference engine finds each of these, field by field."""
    shown = list(shown)
    by_id: Mapping[str, CaseRecords]
    if isinstance(cases, LoadedRange):
        by_id = cases.read_back({finding.case for finding in shown})
    else:
        by_id = {case.id: case for case in cases}
    judged: dict[tuple[str, str], list[Finding]] = {}
    for finding in shown:
        key = (finding.case, finding.rule)
        if key not in judged:
            judged[key] = reference(by_id[finding.case], as_at, known_by, finding.rule)
        if not any(other == finding and other.ended == finding.ended for other in judged[key]):
            raise DisagreementError(f"the engines disagree on a finding of {finding.rule}")
