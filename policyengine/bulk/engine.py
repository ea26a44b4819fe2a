"""The bulk engine: a plan over many cases at once, in DuckDB. Its findings are the reference
engine's, field by field (S24); what it cannot say, the reference engine judges.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING

from policyengine.bulk import clocks
from policyengine.bulk.database import stopped_by
from policyengine.bulk.facts import make_facts
from policyengine.bulk.instances import EachCase, Instance
from policyengine.bulk.jobs import Answer, Job, answer_of, run_all
from policyengine.bulk.loading.loaded_range import LoadedRange
from policyengine.bulk.needs import Needs, nodes
from policyengine.bulk.outcome import NUMBER
from policyengine.bulk.prepare import make_befores, make_gathered
from policyengine.bulk.reading import Reader, Records
from policyengine.bulk.reasons import Reasons
from policyengine.bulk.rules import Detail, Judged
from policyengine.bulk.scope import World
from policyengine.bulk.standing import stand
from policyengine.bulk.statements import job_of, jobs_of
from policyengine.bulk.tables import Tables
from policyengine.bulk.tallying import Judged as Columns
from policyengine.bulk.tallying import of_findings
from policyengine.bulk.terms import NotCompiledError
from policyengine.findings.model import Finding
from policyengine.plan import core
from policyengine.records.model import CaseRecords, Export
from policyengine.schema.bank_holidays import calendar_of
from policyengine.values.calendar import Calendar
from policyengine.values.durations import SECONDS, Duration, Unit
from policyengine.values.verdict import Verdict

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa
    from duckdb import DuckDBPyConnection

FAULT = "an error of the bulk engine"
Judge = Callable[[CaseRecords, date, date, str], list[Finding]]
# Of a rule: what is counted of it, and what the reference engine found where that judged.
Counted = tuple[core.Rule, Columns, list[Finding]]
SOME = 100  # rows that are looked at together
DAYS = {Unit.DAY: 1, Unit.WEEK: 7, Unit.MONTH: 31, Unit.YEAR: 366, Unit.WORKING_DAY: 4}


@dataclass(slots=True)
class Notes:
    """What the reference engine judged, and why: rules by id, and single rows counted."""

    rules: dict[str, str] = field(default_factory=dict)
    rows: dict[str, int] = field(default_factory=dict)
    faults: list[Exception] = field(default_factory=list)  # never shown: they may hold values

    def add(self, other: Notes) -> None:
        """Take in what was noted of other cases."""
        self.rules |= other.rules
        for id, count in other.rows.items():
            self.rows[id] = self.rows.get(id, 0) + count
        self.faults += other.faults

    def lines(self) -> list[str]:
        """What `audit -v` says."""
        said = [f"{id}: judged by the reference engine: {why}" for id, why in self.rules.items()]
        several = {id: count for id, count in self.rows.items() if id not in self.rules}
        said += [
            f"{id}: {count:,} case{'s' * (count != 1)} judged by the reference engine"
            for id, count in several.items()
        ]
        return sorted(said)


class BulkEngine:
    """Judges many cases at once. `only` are the ids of the rules to judge (None: all).

    `reference` judges one rule over one case: it is asked for what is not compiled.
    """

    def __init__(
        self,
        plan: core.Plan,
        con: DuckDBPyConnection,
        reference: Judge,
        calendar: Calendar | None = None,
        only: Collection[str] | None = None,
    ) -> None:
        self.plan = plan
        self.con = con
        self.calendar = calendar_of(plan.schema) if calendar is None else calendar
        self.reference = reference
        self.rules = [rule for rule in plan.rules if only is None or rule.id in only]
        self.needs = Needs(plan, self.rules)
        self.notes = Notes()
        self._days = (0, -1)

    def know_days(self, first: int, last: int) -> None:
        """See that the tables of days hold all that records of these days can be reckoned to."""
        known = self._days
        if known[0] <= first and last <= known[1]:
            return
        self._days = (min(first, known[0] or first), max(last, known[1]))
        pad = _padding(self.plan)
        clocks.fill_days(self.con, self.calendar, self._days[0] - pad, self._days[1] + pad)

    def judge(
        self, cases: Sequence[CaseRecords], export: Export, as_at: date, known_by: date
    ) -> list[Finding]:
        """The findings on these cases of an export, as at a date; in no particular order."""
        return self.judge_each(cases, export, EachCase(len(cases), [(as_at, known_by)]))

    def judge_each(
        self, cases: Sequence[CaseRecords], export: Export, instances: Sequence[Instance]
    ) -> list[Finding]:
        """The findings on cases, each as at dates of its own."""
        if not instances:
            return []
        return _Run(self, cases, export, instances, Detail.FINDING).findings()

    def counted_each(
        self, cases: Sequence[CaseRecords], export: Export, instances: Sequence[Instance]
    ) -> Iterator[Counted]:
        """What is counted of the findings on cases, each as at dates of its own, without making
        one: rule by rule, each rule one or more times."""
        if instances:
            yield from _Run(self, cases, export, instances, Detail.TALLY).columns()


class _Run:
    """One batch of cases in the database."""

    def __init__(
        self,
        engine: BulkEngine,
        cases: Sequence[CaseRecords],
        export: Export,
        instances: Sequence[Instance],
        detail: Detail,
    ) -> None:
        self.engine = engine
        self.detail = detail
        self.cases = cases
        self.instances = instances
        self.con = engine.con
        tables = Tables(self.con, engine.needs)
        self.tables = tables
        tables.create()
        shared = [(kind, rows.values()) for kind, rows in export.shared.items()]
        if isinstance(cases, LoadedRange):
            tables.load((), shared)
            cases.fill(tables)
        else:
            tables.load(cases, shared)
        stand(tables, instances, export.absent, dict(export.complete_from))
        engine.know_days(tables.first_day, tables.last_day)
        self.reasons = Reasons()
        self.world = World(engine.plan, engine.calendar, tables, self.reasons)
        self.world.counting = detail is not Detail.FINDING
        names = ids_of(cases)
        is_each = isinstance(instances, EachCase) and len(instances) == len(names)
        self.ids = names if is_each else [names[each.case] for each in instances]
        self.records = Records(self.con, engine.calendar.zone)
        make_befores(self.world)
        make_facts(self.world, gathered=False)
        make_gathered(self.world)
        make_facts(self.world, gathered=True)

    def findings(self) -> list[Finding]:
        """All findings, rule by rule."""
        found: list[Finding] = []
        for job, answer in self._done():
            if isinstance(answer, Exception):
                self._noted(job.id, answer)
                found += self._all_by_reference(job.id)
            else:
                found += self._read(job, answer)
        return found

    def columns(self) -> Iterator[Counted]:
        """What is counted of each rule, of its versions one by one; and what the reference engine
        found where it judged."""
        for job, answer in self._done():
            rule = next(rule for rule in self.engine.rules if rule.id == job.id)
            if isinstance(answer, Exception):
                self._noted(job.id, answer)
                numbers: Sequence[int] = range(len(self.instances))
            else:
                for (version, judged), columns in zip(job.judged, answer.columns, strict=True):
                    yield version, self._columns(job, version, judged, columns), []
                numbers = answer.escalated
                self._count_escalated(job.id, numbers)
            rest = [(cs, each) for cs in numbers for each in self._by_reference(cs, job.id)]
            if rest:
                findings = [each for _, each in rest]
                yield rule, of_findings(findings, [cs for cs, _ in rest]), findings

    def _columns(self, job: Job, version: core.Rule, judged: Judged, found: pa.Table) -> Columns:
        import numpy as np

        cases = found["cs"].to_numpy()
        days = found["d_last"].fill_null(0).to_numpy()
        codes = found["codes"].combine_chunks().dictionary_encode()
        whys = codes.indices.fill_null(-1).to_numpy()
        read = self.reasons.read
        assert job.bits is not None
        numbers = codes.dictionary.to_pylist()
        reasons = [tuple(map(read, job.bits.read(int(each)))) for each in numbers]
        packed = (self.reasons, self.records, self.engine.calendar.zone)
        reader = Reader(self.engine.plan, version, judged, self.tables, packed)

        verdicts = found["verdict"].to_numpy().astype(np.int64)
        breached = np.flatnonzero(verdicts == NUMBER[Verdict.BREACHED])
        return Columns(cases, verdicts, days, whys, reasons, _fixes(reader, found, breached))

    def _done(self) -> Iterator[tuple[Job, Answer | Exception]]:
        """Each rule's statements, and what they answered. They are written here, one after
        another, while the database is at those before."""
        jobs = jobs_of(self.world, self.engine.rules, self.detail)
        for job, answer in run_all(self.con, jobs):
            if not job.together:
                yield job, answer
            elif isinstance(answer, Exception):
                stopped_by(answer)
                for each in job.together:
                    alone = job_of(self.world, [rule for rule, _ in each.judged], self.detail)
                    yield alone, answer_of(self.con, alone)
            else:
                yield from zip(job.together, answer.together, strict=True)

    def _read(self, job: Job, answer: Answer) -> list[Finding]:
        """The findings of a rule."""
        found: list[Finding] = []
        out = set(answer.escalated)
        packed = (self.reasons, self.records, self.engine.calendar.zone)
        for (version, judged), rows in zip(job.judged, answer.tables, strict=True):
            reader = Reader(self.engine.plan, version, judged, self.tables, packed)
            kept = (row for row in rows.dictionaries() if row["cs"] not in out)
            found += reader.findings(kept, self.ids)
        return found + self._escalated(job.id, answer.escalated)

    def _escalated(self, id: str, numbers: Sequence[int]) -> list[Finding]:
        """What the reference engine finds on single cases."""
        self._count_escalated(id, numbers)
        return [finding for cs in numbers for finding in self._by_reference(cs, id)]

    def _count_escalated(self, id: str, numbers: Sequence[int]) -> None:
        if numbers:
            self.engine.notes.rows[id] = self.engine.notes.rows.get(id, 0) + len(numbers)
            self._expect(numbers)

    def _all_by_reference(self, id: str) -> list[Finding]:
        return [
            finding
            for number in range(len(self.instances))
            for finding in self._by_reference(number, id)
        ]

    def _noted(self, id: str, error: Exception) -> None:
        """Note why a rule is the reference engine's; raise where there is no going on."""
        if isinstance(error, NotCompiledError):
            self.engine.notes.rules[id] = str(error)
            return
        stopped_by(error)
        outside = clocks.OUTSIDE in str(error)
        fault = f"{FAULT}: {type(error).__name__}"
        self.engine.notes.rules[id] = clocks.OUTSIDE if outside else fault
        if not outside:
            self.engine.notes.faults.append(error)

    def _expect(self, numbers: Iterable[int]) -> None:
        """Read cases back together that the reference engine is to judge."""
        if isinstance(self.cases, LoadedRange):
            self.cases.fetch(self.instances[number].case for number in numbers)

    def _by_reference(self, number: int, id: str) -> list[Finding]:
        instance = self.instances[number]
        case = self.cases[instance.case]
        return self.engine.reference(case, instance.as_at, instance.known_by, id)


def ids_of(cases: Sequence[CaseRecords]) -> Sequence[str]:
    """The ids of a range's cases, in their order."""
    return cases.ids if isinstance(cases, LoadedRange) else [case.id for case in cases]


def _fixes(reader: Reader, found: pa.Table, breached: np.ndarray) -> frozenset[str]:
    """How these breaches are mended; of several ways, two."""
    said: set[str] = set()
    if not reader.mends_by_values:
        return frozenset({reader.fix({})} if len(breached) else ())
    for start in range(0, len(breached), SOME):
        for row in found.take(breached[start : start + SOME]).to_pylist():
            said.add(reader.fix(row))
            if len(said) > 1:
                return frozenset(said)
    return frozenset(said)


def _padding(plan: core.Plan) -> int:
    """How many days beyond those in the records a plan can reckon to."""
    most = 40
    roots: list[object] = [plan.rules, list(plan.definitions.values())]
    roots.append(list(plan.gatherings.values()))
    roots.append([value for each in plan.settings.values() for _, value in each.values])
    found = [node for root in roots for node in nodes(root)]
    if any(isinstance(node, core.StartOf) and node.unit == "year" for node in found):
        most = 366
    for length in (node for node in found if isinstance(node, Duration)):
        if length.unit in SECONDS:
            most = max(most, length.amount * SECONDS[length.unit] // 86_400 + 2)
        else:
            most = max(most, length.amount * DAYS[length.unit] + 2)
    return min(3 * most, 400 * 366)
