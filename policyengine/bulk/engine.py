"""The bulk engine: a plan over many cases at once, in DuckDB. Its findings are the reference
engine's, field by field (S24); what it cannot say, the reference engine judges.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import groupby
from typing import TYPE_CHECKING, Any

from policyengine.bulk import clocks
from policyengine.bulk.database import stopped_by
from policyengine.bulk.facts import make_facts
from policyengine.bulk.loading.ranges import LoadedRange
from policyengine.bulk.needs import Needs, nodes
from policyengine.bulk.outcome import VERDICTS
from policyengine.bulk.owners import owners_of
from policyengine.bulk.prepare import make_befores, make_gathered
from policyengine.bulk.reading import Reader, Records
from policyengine.bulk.reasons import Reasons
from policyengine.bulk.rules import Judged, judge
from policyengine.bulk.scope import World
from policyengine.bulk.standing import stand
from policyengine.bulk.tables import Tables
from policyengine.bulk.terms import NotCompiledError
from policyengine.bulk.watching import watch
from policyengine.findings.model import Finding
from policyengine.plan import core
from policyengine.records.model import CaseRecords, Export
from policyengine.schema.bank_holidays import calendar_of
from policyengine.values.calendar import Calendar
from policyengine.values.durations import SECONDS, Duration, Unit
from policyengine.values.verdict import Verdict

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

FAULT = "an error of the bulk engine"
Judge = Callable[[CaseRecords, date, date, str], list[Finding]]
DAYS = {Unit.DAY: 1, Unit.WEEK: 7, Unit.MONTH: 31, Unit.YEAR: 366, Unit.WORKING_DAY: 4}


@dataclass(slots=True)
class Notes:
    """What the reference engine judged, and why: rules by id, and single rows counted."""

    rules: dict[str, str] = field(default_factory=dict)
    rows: dict[str, int] = field(default_factory=dict)
    faults: list[Exception] = field(default_factory=list)  # never shown: they may hold values

    def lines(self) -> list[str]:
        """What `audit -v` says."""
        said = [f"{id}: judged by the reference engine: {why}" for id, why in self.rules.items()]
        several = {id: count for id, count in self.rows.items() if id not in self.rules}
        said += [
            f"{id}: {count:,} case{'s' * (count != 1)} judged by the reference engine"
            for id, count in several.items()
        ]
        return sorted(said)


@dataclass(frozen=True, slots=True)
class Instance:
    """A case as at a date."""

    case: int
    as_at: date
    known_by: date


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
        self.notes = Notes()

    def judge(
        self, cases: Sequence[CaseRecords], export: Export, as_at: date, known_by: date
    ) -> list[Finding]:
        """The findings on these cases of an export, as at a date; in no particular order."""
        instances = [Instance(number, as_at, known_by) for number in range(len(cases))]
        return self.judge_each(cases, export, instances)

    def counts(
        self, cases: Sequence[CaseRecords], export: Export, as_at: date, known_by: date
    ) -> Counts:
        """How many findings of each verdict each rule has, without making any: for volumes of
        which nobody reads every finding."""
        instances = [Instance(number, as_at, known_by) for number in range(len(cases))]
        run = _Run(self, cases, export, instances) if instances else None
        counted: Counts = {}
        for id, versions in groupby(self.rules, key=lambda rule: rule.id):
            counted[id] = dict.fromkeys(Verdict, 0)
            if run is not None:
                run.count(id, list(versions), counted[id])
        return counted

    def judge_each(
        self, cases: Sequence[CaseRecords], export: Export, instances: Sequence[Instance]
    ) -> list[Finding]:
        """The findings on cases, each as at dates of its own."""
        if not instances:
            return []
        run = _Run(self, cases, export, instances)
        found: list[Finding] = []
        for id, versions in groupby(self.rules, key=lambda rule: rule.id):
            found += run.rule(id, list(versions))
        return found


Counts = dict[str, dict[Verdict, int]]


class _Run:
    """One batch of cases in the database."""

    def __init__(
        self,
        engine: BulkEngine,
        cases: Sequence[CaseRecords],
        export: Export,
        instances: Sequence[Instance],
    ) -> None:
        self.engine = engine
        self.cases = cases
        self.instances = instances
        self.con = engine.con
        tables = Tables(self.con, Needs(engine.plan, engine.rules))
        self.tables = tables
        tables.create()
        shared = [(kind, rows.values()) for kind, rows in export.shared.items()]
        if isinstance(cases, LoadedRange):
            tables.load((), shared)
            cases.fill(tables)
        else:
            tables.load(cases, shared)
        stand(
            tables,
            [(each.case, each.as_at.toordinal(), each.known_by.toordinal()) for each in instances],
            export.absent,
            dict(export.complete_from),
        )
        pad = _padding(engine.plan)
        first, last = tables.first_day - pad, tables.last_day + pad
        clocks.fill_days(self.con, engine.calendar, first, last)
        self.reasons = Reasons()
        self.world = World(engine.plan, engine.calendar, tables, self.reasons)
        names = cases.ids if isinstance(cases, LoadedRange) else [case.id for case in cases]
        self.ids = [names[each.case] for each in instances]
        self.records = Records(self.con, engine.calendar.zone)
        make_befores(self.world)
        make_facts(self.world, gathered=False)
        make_gathered(self.world)
        make_facts(self.world, gathered=True)

    def rule(self, id: str, versions: list[core.Rule]) -> list[Finding]:
        """The findings of one rule, all its versions together."""
        import duckdb

        try:
            return self._compiled(versions)
        except NotCompiledError as error:
            self.engine.notes.rules[id] = str(error)
        except duckdb.Error as error:
            self._noted(id, error)
        return self._all_by_reference(id)

    def count(self, id: str, versions: list[core.Rule], into: dict[Verdict, int]) -> None:
        """Add the verdicts of one rule."""
        import duckdb

        rest: list[Finding]
        try:
            rest = self._counted(versions, into)
        except NotCompiledError as error:
            self.engine.notes.rules[id] = str(error)
            rest = self._all_by_reference(id)
        except duckdb.Error as error:
            self._noted(id, error)
            rest = self._all_by_reference(id)
        for finding in rest:
            into[finding.verdict] += 1

    def _counted(self, versions: list[core.Rule], into: dict[Verdict, int]) -> list[Finding]:
        """Count what is compiled; the findings of what is not."""
        several = list(self._each_judged(versions, full=False))
        if not any(judged.may_escalate for _, judged in several):
            for _, judged in several:
                self._add_up(f"SELECT verdict, count(*) FROM ({judged.sql}) GROUP BY 1", into)
            return []
        together = " UNION ALL ".join(f"({judged.sql})" for _, judged in several)
        self.con.execute(f"CREATE OR REPLACE TEMP TABLE j AS {together}")
        left = self.con.execute("SELECT DISTINCT cs FROM j WHERE escalated").fetchall()
        escalated = sorted(cs for (cs,) in left)
        but = "cs NOT IN (SELECT cs FROM j WHERE escalated)"
        self._add_up(f"SELECT verdict, count(*) FROM j WHERE {but} GROUP BY 1", into)
        id = versions[0].id
        if escalated:
            self.engine.notes.rows[id] = self.engine.notes.rows.get(id, 0) + len(escalated)
        self._expect(escalated)
        return [finding for cs in escalated for finding in self._by_reference(cs, id)]

    def _add_up(self, sql: str, into: dict[Verdict, int]) -> None:
        for verdict, count in self.con.execute(sql).fetchall():
            into[VERDICTS[verdict]] += count

    def _all_by_reference(self, id: str) -> list[Finding]:
        return [
            finding
            for number in range(len(self.instances))
            for finding in self._by_reference(number, id)
        ]

    def _noted(self, id: str, error: Exception) -> None:
        """Note an error of the database; raise where there is no going on."""
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

    def _compiled(self, versions: list[core.Rule]) -> list[Finding]:
        escalated: set[int] = set()
        found: list[Finding] = []
        for version, judged in self._each_judged(versions, full=True):
            found += self._read(version, judged, escalated)
        if escalated:
            id = versions[0].id
            self.engine.notes.rows[id] = self.engine.notes.rows.get(id, 0) + len(escalated)
            names = {(self.ids[number]) for number in escalated}
            if len(self.instances) == len(self.cases):
                found = [each for each in found if each.case not in names]
            self._expect(escalated)
            for number in sorted(escalated):
                found += self._by_reference(number, id)
        return found

    def _each_judged(
        self, versions: list[core.Rule], *, full: bool
    ) -> Iterator[tuple[core.Rule, Judged]]:
        """Each version with the statement that judges its subjects. Of several, the subjects are
        chosen among those of all: in tables `w0`, `w1` and so on, then `s0`, `s1`."""
        watches = [watch(self.world, version) for version in versions]
        if len(versions) == 1:
            yield versions[0], judge(self.world, versions[0], watches[0], "", full=full)
            return
        for number, made in enumerate(watches):
            self.con.execute(f"CREATE OR REPLACE TEMP TABLE w{number} AS {made.statement()}")
        for number, version in enumerate(versions):
            chosen = _chosen(versions, number)
            self.con.execute(f"CREATE OR REPLACE TEMP TABLE s{number} AS {chosen}")
            yield version, judge(self.world, version, watches[number], f"s{number}", full=full)

    def _read(self, rule: core.Rule, judged: Judged, escalated: set[int]) -> list[Finding]:
        self.con.execute(f"CREATE OR REPLACE TEMP TABLE j AS {judged.sql}")
        owner = owners_of(self.world)
        rows = self.con.execute(f"SELECT j.*, {owner} FROM j ORDER BY j.cs, j.rid, j.pair")
        reader = Reader(
            self.engine.plan,
            rule,
            judged,
            self.tables,
            (self.reasons, self.records, self.engine.calendar.zone),
        )
        kept = []
        for row in _dictionaries(rows):
            if row["escalated"]:
                escalated.add(row["cs"])
            else:
                kept.append(row)
        kept = [row for row in kept if row["cs"] not in escalated]
        return list(reader.findings(iter(kept), self.ids))


def _dictionaries(rows: Any) -> Iterator[dict[str, Any]]:
    names = [each[0] for each in rows.description]
    for row in rows.fetchall():
        yield dict(zip(names, row, strict=True))


def _chosen(versions: list[core.Rule], number: int) -> str:
    """The subjects that one of several versions judges (S20): those for which it is the first
    that is in force, or perhaps is; and of those for which none is, those whose last it is."""
    if any(version.subject.companion is not None for version in versions):
        raise NotCompiledError("several versions of a rule on pairs")
    kinds = [version.subject.kind for version in versions]
    same = [place for place, kind in enumerate(kinds) if kind == kinds[number]]
    earlier = [place for place in same if place < number]
    later = [place for place in same if place > number]

    def among(places: Iterable[int], test: str) -> str:
        tests = [f"EXISTS (FROM w{place} o WHERE o.rid = w.rid AND {test})" for place in places]
        return f"({' OR '.join(tests)})" if tests else "FALSE"

    watched = "o.counts IS NOT FALSE"
    first = f"NOT {among(earlier, f'{watched} AND o.in_force IS NOT FALSE')}"
    last = f"NOT {among(later, watched)}"
    others = [place for place in same if place != number]
    nobody = among(others, "o.counts IS FALSE AND o.in_force IS TRUE")
    return (
        f"SELECT w.* FROM w{number} w WHERE w.counts IS NOT FALSE AND {first} AND "
        f"(w.in_force IS NOT FALSE OR ({last} AND NOT {nobody}))"
    )


def _padding(plan: core.Plan) -> int:
    """How many days beyond those in the records a plan can reckon to."""
    most = 40
    roots: list[object] = [plan.rules, list(plan.definitions.values())]
    roots.append([value for each in plan.settings.values() for _, value in each.values])
    lengths = [node for root in roots for node in nodes(root) if isinstance(node, Duration)]
    for length in lengths:
        if length.unit in SECONDS:
            most = max(most, length.amount * SECONDS[length.unit] // 86_400 + 2)
        else:
            most = max(most, length.amount * DAYS[length.unit] + 2)
    return min(3 * most, 400 * 366)
