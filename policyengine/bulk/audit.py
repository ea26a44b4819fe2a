"""A whole audit by the bulk engine, a range of cases at a time."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date
from itertools import islice
from typing import TYPE_CHECKING

from policyengine.bulk.database import database, stopped_by
from policyengine.bulk.engine import BulkEngine, Judge, Notes
from policyengine.bulk.loading.ranges import Folder, LoadedRange
from policyengine.bulk.needs import Needs
from policyengine.bulk.told import DisagreementError
from policyengine.findings.model import Audit, Finding
from policyengine.findings.summary import assembled
from policyengine.plan import core
from policyengine.plan.core import Plan
from policyengine.records.model import CaseRecords, Export
from policyengine.values.calendar import Calendar

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

RANGE = 10_000  # cases at a time: memory is bounded by this, whatever the export holds


@dataclass(frozen=True, slots=True)
class Means:
    """What the bulk engine may use. `memory` is such as `4GB`; None: as DuckDB thinks fit."""

    memory: str | None = None
    threads: int | None = None
    cases_at_once: int = RANGE


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
    how = means or Means()
    findings: list[Finding] = []
    count = 0
    rules = [rule for rule in plan.rules if select is None or rule.id in select]
    if isinstance(export.bulk, Folder):
        export.bulk.reads = reads_of(plan, rules)
        if how.cases_at_once == RANGE:
            how = replace(how, cases_at_once=min(RANGE, export.bulk.fitting(len(rules))))
    with ranges_of(export, how) as (con, ranges):
        engine = BulkEngine(plan, con, reference, calendar, select)
        for several in ranges:
            with database_faults(export):
                found = engine.judge(several, export, as_at, known)
            kept = found if keep is None else list(filter(keep, found))
            if shown is not None:
                _found_again(shown(kept), several, reference, as_at, known)
            findings += kept
            count += len(several)
            if progress is not None:
                progress(count)
    findings.sort(key=lambda finding: finding.order)
    audit = assembled(plan, export, rules, findings, (as_at, known), count)
    return audit, engine.notes


def reads_of(plan: Plan, rules: Iterable[core.Rule]) -> dict[str, set[str]]:
    """The fields that rules read, by kind."""
    needs = Needs(plan, rules)
    return {kind: needs.fields[kind] for kind in needs.kinds}


@contextmanager
def ranges_of(
    export: Export, how: Means
) -> Iterator[tuple[DuckDBPyConnection, Iterator[Sequence[CaseRecords]]]]:
    """A database, and the cases of an export, so many at a time: those that the database reads
    itself, or those that Python has read."""
    if isinstance(export.bulk, Folder):
        yield export.bulk.con, export.bulk.ranges(export, how.cases_at_once)
        return
    with database(how.memory, how.threads) as con:
        cases = export.cases()
        yield con, iter(lambda: list(islice(cases, how.cases_at_once)), [])


@contextmanager
def database_faults(export: Export) -> Iterator[None]:
    """What the database cannot do: `ExportError` where a file is at fault, `BulkError` where
    memory or disk run out. Any other error of it is ours, and says nothing of a record."""
    import duckdb

    try:
        yield
    except duckdb.InterruptException:
        raise
    except duckdb.Error as error:
        if isinstance(export.bulk, Folder):
            export.bulk.files.blame(error)
        stopped_by(error)
        raise AssertionError(f"the database failed: {type(error).__name__}") from None


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
