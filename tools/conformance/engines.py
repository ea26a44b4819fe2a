"""Both engines over the same cases: what each finds, and where they first differ (S24)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from copy import deepcopy
from dataclasses import dataclass, fields, replace
from datetime import date
from typing import TYPE_CHECKING, Any

from policyengine.bulk.database import database
from policyengine.bulk.engine import FAULT, BulkEngine, Judge, Notes
from policyengine.bulk.instances import Instance
from policyengine.bulk.outcome import VERDICTS
from policyengine.evaluate import Engine
from policyengine.findings import Finding
from policyengine.plan.core import Plan
from policyengine.records.model import CaseRecords, Export
from policyengine.values.truth import Reason
from policyengine.values.verdict import Verdict

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

Watch = Callable[["DuckDBPyConnection"], AbstractContextManager[Any]]


Counted = Counter[tuple[str, str, Verdict, int, frozenset[Reason]]]


def counted(
    bulk: BulkEngine, cases: Sequence[CaseRecords], export: Export, instances: Sequence[Instance]
) -> Counted:
    """What the bulk engine says of cases when it only counts: of each finding its rule, its case,
    the verdict, the day of the deadline (0: none) and, of what cannot be told, the reasons without
    their records."""
    made: Counted = Counter()
    for rule, found, _ in bulk.counted_each(cases, export, instances):
        rows = zip(found.cases, found.verdicts, found.days, found.whys, strict=True)
        for number, place, day, why in rows:
            verdict = VERDICTS[place]
            is_told = verdict is Verdict.CANNOT_TELL and why >= 0
            case = cases[instances[number].case].id
            reasons = _bare(found.reasons[why] if is_told else ())
            made[rule.id, case, verdict, int(day), reasons] += 1
    return made


def as_counted(findings: Iterable[Finding]) -> Counted:
    """The same of findings."""
    return Counter(
        (
            each.rule,
            each.case,
            each.verdict,
            each.deadline_day or 0,
            _bare(each.reasons if each.verdict is Verdict.CANNOT_TELL else ()),
        )
        for each in findings
    )


def _bare(reasons: Iterable[Reason]) -> frozenset[Reason]:
    return frozenset(replace(each, id=None) for each in reasons)


@dataclass(frozen=True, slots=True)
class Both:
    """The findings of the reference engine and of the bulk engine, each in order; and what the
    bulk engine asked the reference engine for."""

    expected: list[Finding]
    found: list[Finding]
    notes: Notes
    miscounted: frozenset[str]  # rules of which the bulk engine counts other than it finds

    @property
    def difference(self) -> str:
        """Where they first differ; empty where they are equal."""
        found = difference(self.expected, self.found)
        return found or "; ".join(f"{id}: counted otherwise" for id in sorted(self.miscounted))

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
    """Judge cases by both engines; the bulk engine both finds and counts. `engine` is a reference
    engine that was made elsewhere (one that counts, say); `watch` looks over the bulk engine's
    work in its database, which then runs every statement as it is written: what a statement means
    does not hang on the optimizer, and most of the time of small case loads goes into it."""
    reference = engine or Engine(plan, only=only)
    expected = [each for case in cases for each in reference.judge(case, export, *clocks)]
    instances = [Instance(number, *clocks) for number in range(len(cases))]
    with database(threads=1) if watch is None else _as_written() as con:
        bulk = BulkEngine(plan, con, _told_already(expected), only=only)
        with nullcontext() if watch is None else watch(con):
            found = bulk.judge_each(cases, export, instances)
        notes = deepcopy(bulk.notes)
        counts, told = counted(bulk, cases, export, instances), as_counted(expected)
    wrong = frozenset(key[0] for key in (counts - told) + (told - counts))
    expected.sort(key=_order)
    found.sort(key=_order)
    return Both(expected, found, notes, wrong)


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
