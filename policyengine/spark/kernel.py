"""What a worker does with its partition: its cases, a range at a time, through the bulk engine.

Nothing that is raised here holds a record's value: what goes wrong is told in a row of its own,
or by the name of an exception alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from itertools import groupby
from typing import Any, Final

from policyengine.bulk.database import BulkError, database
from policyengine.bulk.engine import BulkEngine
from policyengine.bulk.told import DisagreementError
from policyengine.evaluate import Engine
from policyengine.findings.model import Finding
from policyengine.plan.core import Plan
from policyengine.records.building import Builder
from policyengine.records.errors import ExportError
from policyengine.records.model import CaseRecords, Export, LoadReport, Record
from policyengine.records.settings import ExportSettings
from policyengine.records.tables import TabledCases, TableFolder
from policyengine.records.typing import Typing
from policyengine.spark.rows import Raw, unpacked
from policyengine.spark.told import Share, finding_line

SCHEMA: Final = "what string, line string"
FINDING, SHARE, STOPPED, BROKEN = "finding", "share", "stopped", "broken"


@dataclass(frozen=True)
class Task:
    """All that a worker has to know. `kinds` are those that the export holds."""

    plan: Plan
    as_at: date
    known_by: date
    settings: ExportSettings
    kinds: frozenset[str]
    shared: Mapping[str, list[Raw]] = field(default_factory=dict)
    select: frozenset[str] | None = None
    cases_at_once: int = 10_000
    memory: str | None = None

    @property
    def absent(self) -> frozenset[str]:
        """The kinds that the export does not hold (S8)."""
        return frozenset(self.plan.schema.kinds.keys() - {"case"} - self.kinds)


def kernel(task: Task) -> Callable[[Iterator[Any]], Iterator[Any]]:
    """What each partition is given to: batches of rows, those of a case one after the other."""

    def judge(batches: Iterator[Any]) -> Iterator[Any]:
        import pyarrow as pa

        schema = pa.schema([("what", pa.string()), ("line", pa.string())])
        for what, lines in _told(task, batches):
            columns = {"what": [what] * len(lines), "line": lines}
            yield pa.RecordBatch.from_pydict(columns, schema=schema)

    return judge


def _told(task: Task, batches: Iterator[Any]) -> Iterator[tuple[str, list[str]]]:
    """What a partition tells."""
    try:
        with database(task.memory, threads=1) as con:
            worker = Worker(task, con)
            for several in _ranges(_rows(batches), task.cases_at_once):
                yield FINDING, [finding_line(each) for each in worker.findings(several)]
            yield SHARE, [worker.share.line()]
    except (BulkError, ExportError) as error:
        yield STOPPED, [str(error)]
    except DisagreementError as error:
        yield BROKEN, [str(error)]
    except Exception as error:  # noqa: BLE001 - its message may hold a value
        yield BROKEN, [type(error).__name__]


def _rows(batches: Iterator[Any]) -> Iterator[tuple[str, str, str]]:
    for batch in batches:
        yield from zip(*(batch.column(n).to_pylist() for n in range(3)), strict=True)


def _ranges(
    rows: Iterator[tuple[str, str, str]], most: int
) -> Iterator[list[tuple[str, str, str]]]:
    """The rows of so many cases at a time."""
    taken: list[tuple[str, str, str]] = []
    count = 0
    for _, own in groupby(rows, key=lambda row: row[0]):
        taken += own
        count += 1
        if count >= most:
            yield taken
            taken, count = [], 0
    if taken:
        yield taken


class Worker:
    """Reads and judges the cases of a partition. `share` is what it has read so far."""

    def __init__(self, task: Task, con: Any) -> None:
        self.task = task
        self.share = Share()
        self.typing = Typing(task.plan.schema, task.settings.spellings)
        self.export = self._export()
        self.engines: dict[str, Engine] = {}
        self.engine = BulkEngine(task.plan, con, self._reference, only=task.select)

    def _export(self) -> Export:
        """The export that the engines are told of: its shared kinds and its coverage."""
        task, builder = self.task, Builder(self.task.plan.schema, self.typing)
        shared: dict[str, dict[str, Record]] = {}
        for kind, rows in task.shared.items():
            read = builder.records(kind, rows, LoadReport(), [])
            shared[kind] = {record.id: record for record in read}
        return Export(
            schema=task.plan.schema,
            absent=task.absent,
            complete_from=task.settings.complete_from,
            shared=shared,
            walk=tuple,
            find=lambda _: None,
        )

    def _reference(
        self, case: CaseRecords, as_at: date, known_by: date, rule: str
    ) -> list[Finding]:
        if rule not in self.engines:
            self.engines[rule] = Engine(self.task.plan, only={rule})
        return self.engines[rule].judge(case, self.export, as_at, known_by)

    def findings(self, rows: list[tuple[str, str, str]]) -> list[Finding]:
        """The findings on the cases of these rows. Raises `DisagreementError`, `BulkError`."""
        cases = self._cases(rows)
        if not cases:
            return []
        task = self.task
        found = self.engine.judge(cases, self.export, task.as_at, task.known_by)
        self._found_again(found, {case.id: case for case in cases})
        notes = self.engine.notes
        self.share.rules, self.share.rows = dict(notes.rules), dict(notes.rows)
        return found

    def _cases(self, rows: list[tuple[str, str, str]]) -> list[CaseRecords]:
        """The cases of these rows, read as the tables of a folder are."""
        reader = TableFolder(self.task.plan.schema, self.task.settings)
        own = sorted(self.task.kinds - self.task.shared.keys())
        reader.tables = {kind: [] for kind in ("case", *own)}
        for _, kind, cells in rows:
            reader.tables[kind].append(unpacked(cells))
        found = reader.cases()
        grouped = reader.grouped(found)
        self.typing.begin()
        builder = Builder(self.task.plan.schema, self.typing)
        for each in reader.rejected:
            builder.add_digest([each])
        cases = list(TabledCases(found, grouped).cases(builder, reader.load))
        self.share.add(Share(reader.load, builder.digest, len(cases)))
        return cases

    def _found_again(self, found: list[Finding], cases: Mapping[str, CaseRecords]) -> None:
        """See that the reference engine finds one of each rule and verdict, field by field."""
        one_of_each = {(each.rule, each.verdict): each for each in reversed(found)}
        task = self.task
        for each in one_of_each.values():
            again = self._reference(cases[each.case], task.as_at, task.known_by, each.rule)
            if not any(other == each and other.ended == each.ended for other in again):
                raise DisagreementError(f"the engines disagree on a finding of {each.rule}")
