"""Both engines over the same cases: what each finds, and where they first differ (S24)."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, fields
from datetime import date
from typing import TYPE_CHECKING, Any

from policyengine.bulk.database import database
from policyengine.bulk.engine import FAULT, BulkEngine, Instance, Judge, Notes
from policyengine.evaluate import Engine
from policyengine.findings import Finding
from policyengine.plan.core import Plan
from policyengine.records.model import CaseRecords, Export

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

Watch = Callable[["DuckDBPyConnection"], AbstractContextManager[Any]]


@dataclass(frozen=True, slots=True)
class Both:
    """The findings of the reference engine and of the bulk engine, each in order; and what the
    bulk engine asked the reference engine for."""

    expected: list[Finding]
    found: list[Finding]
    notes: Notes

    @property
    def difference(self) -> str:
        """Where they first differ; empty where they are equal."""
        return difference(self.expected, self.found)

    @property
    def faults(self) -> list[str]:
        """Rules that the bulk engine gave up with an error of its own."""
        return [id for id, why in self.notes.rules.items() if why.startswith(FAULT)]


def _told_already(expected: Sequence[Finding]) -> Judge:
    """What the bulk engine asks the reference engine for, a rule over a case: it was judged."""
    told: dict[tuple[str, str], list[Finding]] = {}
    for finding in expected:
        told.setdefault((finding.case, finding.rule), []).append(finding)

    def judge(case: CaseRecords, _as_at: date, _known_by: date, rule: str) -> list[Finding]:
        return told.get((case.id, rule), [])

    return judge


def judged_by_both(
    plan: Plan,
    cases: Sequence[CaseRecords],
    export: Export,
    clocks: tuple[date, date],
    *,
    only: Collection[str] | None = None,
    engine: Engine | None = None,
    watch: Watch | None = None,
) -> Both:
    """Judge cases by both engines. `engine` is a reference engine that was made elsewhere (one
    that counts, say); `watch` looks over the bulk engine's work in its database, which then runs
    every statement as it is written: what a statement means does not hang on the optimizer, and
    most of the time of small case loads goes into it."""
    reference = engine or Engine(plan, only=only)
    expected = [each for case in cases for each in reference.judge(case, export, *clocks)]
    instances = [Instance(number, *clocks) for number in range(len(cases))]
    with ExitStack() as stack:
        con = stack.enter_context(database(threads=1) if watch is None else _as_written())
        if watch is not None:
            stack.enter_context(watch(con))
        bulk = BulkEngine(plan, con, _told_already(expected), only=only)
        found = bulk.judge_each(cases, export, instances)
    expected.sort(key=_order)
    found.sort(key=_order)
    return Both(expected, found, bulk.notes)


@contextmanager
def _as_written() -> Iterator[DuckDBPyConnection]:
    """A database without an optimizer."""
    import duckdb

    with duckdb.connect(config={"threads": 1, "preserve_insertion_order": False}) as con:
        con.execute("SET enable_progress_bar = false")
        con.execute("PRAGMA disable_optimizer")
        yield con


def _order(finding: Finding) -> tuple[str, str, str, str]:
    return finding.order


def difference(expected: Sequence[Finding], found: Sequence[Finding]) -> str:
    """The first finding and field in which two runs differ; empty where they are equal."""
    if first := first_difference(expected, found):
        return first[1]
    return ""


def first_difference(
    expected: Sequence[Finding], found: Sequence[Finding]
) -> tuple[tuple[str, str, str, str], str] | None:
    """Which finding is the first to differ, and how; None where both runs are equal."""
    if list(expected) == list(found) and all(
        one.ended == two.ended for one, two in zip(expected, found, strict=True)
    ):
        return None
    orders, others = [each.order for each in expected], [each.order for each in found]
    if orders != others:
        missing = sorted({*orders} - {*others})
        extra = sorted({*others} - {*orders})
        first = (missing or extra or orders or others)[0]
        return first, f"missing {missing[:1]}, too many {extra[:1]}"
    for finding, other in zip(expected, found, strict=True):
        for field in fields(finding):
            one, two = getattr(finding, field.name), getattr(other, field.name)
            if one != two:
                return finding.order, f"{finding.order} {field.name}: {one!r} != {two!r}"
    raise AssertionError("unlike, and alike in every field")
