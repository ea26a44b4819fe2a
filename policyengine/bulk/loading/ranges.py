"""The ranges of cases of an opened folder, and single cases of a range for whoever asks."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence, Set
from typing import TYPE_CHECKING, Any, Final, overload

from policyengine.bulk.loading.case_ids import CaseIds
from policyengine.bulk.loading.digests import case_prints
from policyengine.bulk.loading.json_tables import SAID, first_of
from policyengine.bulk.loading.kind_table import CASE, KindTable
from policyengine.bulk.loading.letters import Letters
from policyengine.bulk.loading.meanings import Meanings
from policyengine.bulk.loading.parting import part
from policyengine.bulk.loading.private_files import PrivateFiles
from policyengine.bulk.loading.read_back import (
    AT_ONCE,
    RawRows,
    between,
    case_of,
    cases_by_id,
    raw_rows,
)
from policyengine.bulk.loading.room import fitting
from policyengine.bulk.loading.sources import Source, identifier
from policyengine.records.building import Builder, Rows
from policyengine.records.model import CaseRecords, Export, LoadReport
from policyengine.records.typing import Typing
from policyengine.records.walking import Opened, copied, export_of, finished

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

    from policyengine.bulk.tables import Tables
    from policyengine.schema.model import Schema

KEPT: Final = 5_000  # cases that stay in memory, of those that were read back


class Folder:
    """An opened export. Walk `ranges` once, to its end: the export's load report and hash are
    whole then."""

    def __init__(
        self,
        con: DuckDBPyConnection,
        sources: dict[str, Source],
        typing: Typing,
        ids: CaseIds,
        parts: tuple[Schema, PrivateFiles, Letters],
    ) -> None:
        self.con = con
        self.sources = {name: each for name, each in sources.items() if not each.kind.shared}
        self.shared = {name: each for name, each in sources.items() if each.kind.shared}
        self.typing = typing
        self.ids = ids
        self.schema, self.files, self.letters = parts
        self.meanings = Meanings(con, typing, self.letters.decode)
        self.kinds = {
            name: KindTable(con, source, typing.kinds[name], self.meanings)
            for name, source in self.sources.items()
        }
        self.said: dict[str, list[str]] = {}
        self.coverage: dict[str, dict[str, int]] = {}
        self.wants_hash = True
        self.reads: Mapping[str, Set[str]] | None = None  # fields by kind; None: all there are
        self.opened: Opened | None = None

    def export(self, opened: Opened) -> Export:
        """The export, its cases still to come."""
        self.opened = opened
        export = export_of(opened, _Cases(self))
        export.bulk = self
        return export

    def shared_rows(self) -> dict[str, Rows]:
        """The rows of the kinds that belong to no case."""
        return {name: self._rows_of(source) for name, source in self.shared.items()}

    def _rows_of(self, source: Source) -> Rows:
        """All rows of a table that is small."""
        columns = {f"y{place}": sql for place, sql in enumerate(source.cells.values())}
        if not columns:
            return [{} for _ in range(source.rows)]
        found = self.con.execute(source.select(columns)).fetchall()
        return [self.row(source, row) for row in found]

    def row(self, source: Source, cells: Sequence[Any]) -> dict[str, object]:
        """A row as its reader would have given it."""
        names = source.cells
        if not source.coded:
            return dict(zip(names, cells, strict=True))
        decode = self.letters.decode
        return {
            name: cell if cell is None or name == SAID else decode(cell)
            for name, cell in zip(names, cells, strict=True)
        }

    # --- ranges ---------------------------------------------------------------------------------

    def ranges(self, export: Export, cases_at_once: int) -> Iterator[LoadedRange]:
        """Every case, so many at a time."""
        assert self.opened is not None
        with self.files.reading():
            for name, kind in self.kinds.items():
                kind.study(kind.kind.fields.keys() if self.reads is None else self.reads.get(name))
            ranges = -(-self.ids.count // cases_at_once)
            for source in self._read_by_range():
                part(self.con, source, self.files, ranges, cases_at_once)
        load = copied(export.load, LoadReport())
        builder = Builder(self.schema, self.typing)
        total = 0
        for number, first in enumerate(range(0, self.ids.count, cases_at_once)):
            for source in self.sources.values():
                source.use(number)
            one = LoadedRange(self, load, builder, (first, first + cases_at_once))
            yield one
            one.close()
            total += one.digest
        for source in self.sources.values():
            source.use(None)
        digest = self.opened.digest + total if self.wants_hash else None
        finished(export, load, digest)

    def _read_by_range(self) -> Iterator[Source]:
        """The tables of which every range reads more than it counts."""
        for name, source in self.sources.items():
            if self.wants_hash or self.reads is None or name in self.reads:
                yield source

    def fitting(self, rules: int) -> int:
        """How many cases a range may have, for what so many rules read of them."""
        everything = {name: set(source.cells) for name, source in self.sources.items()}
        return fitting(self, everything if self.reads is None else self.reads, rules)

    def read_back(self, ids: Collection[str], cases_at_once: int) -> Iterator[CaseRecords]:
        """Cases by their ids, whole, when the ranges have been walked."""
        return cases_by_id(self, ids, cases_at_once)


class LoadedRange(Sequence[CaseRecords]):
    """A range of cases, numbered from 0. `fill` types their rows into the engine's tables; a
    single case is read back when it is asked for."""

    def __init__(
        self,
        folder: Folder,
        load: LoadReport,
        builder: Builder,
        span: tuple[int, int],
    ) -> None:
        self.folder = folder
        self.con = folder.con
        self._load = load
        self._builder = builder
        self._known: dict[int, CaseRecords] = {}
        self._next = -1
        self.digest = 0
        first, end = span
        self.con.execute(
            "CREATE OR REPLACE TEMP TABLE cm AS SELECT raw, CAST(c - $first AS INTEGER) AS c, id "
            "FROM cmap WHERE c >= $first AND c < $end",
            {"first": first, "end": end},
        )
        found = self.con.execute("SELECT DISTINCT c, id FROM cm ORDER BY c").fetchall()
        self.ids = [id for _, id in found]
        self._numbers = {id: number for number, id in enumerate(self.ids)}
        self.where = between(folder, "cm") if folder.ids.count > end - first else ""
        self.twice = {c - first for c in folder.ids.twice if first <= c < end}
        self._is_counted = False

    def __len__(self) -> int:
        return len(self.ids)

    @overload
    def __getitem__(self, number: int) -> CaseRecords: ...
    @overload
    def __getitem__(self, number: slice) -> Sequence[CaseRecords]: ...
    def __getitem__(self, number: int | slice) -> CaseRecords | Sequence[CaseRecords]:
        if isinstance(number, slice):
            return [self[each] for each in range(len(self))[number]]
        if not 0 <= number < len(self):
            raise IndexError("no such case in the range")
        if number not in self._known:
            several = AT_ONCE if number == self._next else 1  # one after the other: read ahead
            self.fetch(range(number, min(number + several, len(self))))
            self._next = number + several
        return self._known[number]

    def read_back(self, ids: Collection[str]) -> dict[str, CaseRecords]:
        """Cases of the range by their ids, read back together."""
        numbers = [self._numbers[id] for id in ids]
        made: dict[str, CaseRecords] = {}
        for start in range(0, len(numbers), AT_ONCE):
            self.fetch(numbers[start : start + AT_ONCE])
            made |= {self.ids[n]: self._known[n] for n in numbers[start : start + AT_ONCE]}
        return made

    # --- into the engine's tables ---------------------------------------------------------------

    def fill(self, tables: Tables) -> None:
        """Type the rows of the range. Counts them, the first time."""
        with self.folder.files.reading():
            self._fill(tables)

    def _fill(self, tables: Tables) -> None:
        tables.cases += self.ids
        for number, own in self._own_coverage():
            tables.coverage += [(number, kind, first) for kind, first in own.items()]
        rows: list[tuple[KindTable, set[int]]] = []
        for name, kind in self.folder.kinds.items():
            table = tables.kinds.get(name)
            where = self.where
            if (table is None or not table.is_read) and (
                self._is_counted or kind.pass_by(where, self._load)
            ):
                continue
            kind.narrow(table, where)
            hard = kind.hard()
            if hard:
                kind.leave_out(hard)
            rows.append((kind, hard))
            if self._is_counted:
                count = int(
                    self.con.execute(f"SELECT count(*) FROM q{kind.number}").fetchall()[0][0]
                )
            else:
                count = kind.count(self._load)
                kind.texts.count(where, self._load)
            if table is None or not table.is_read:
                continue
            kind.view(table, where)
            table.rows = count
            days = kind.days(table)
            if days is not None:
                tables.first_day = min(tables.first_day, days[0])
                tables.last_day = max(tables.last_day, days[1])
        self._hard(tables, rows)
        self._is_counted = True
        tables.flush()

    def _own_coverage(self) -> Iterator[tuple[int, dict[str, int]]]:
        """What cases say of their own coverage, by their numbers."""
        known = self.folder.coverage
        if known:
            for number, id in enumerate(self.ids):
                if id in known:
                    yield number, known[id]

    def _hard(self, tables: Tables, rows: list[tuple[KindTable, set[int]]]) -> None:
        """What the database does not settle: rows of one id, or of none."""
        wanted = sorted({c for _, hard in rows for c in hard})
        if not wanted:
            return
        load = LoadReport() if self._is_counted else self._load
        for start in range(0, len(wanted), AT_ONCE):
            several = wanted[start : start + AT_ONCE]
            raws = self.raw_cases(several)
            for kind, hard in rows:
                name = kind.kind.name
                for c in several:
                    if c not in hard:
                        continue
                    if name == CASE:
                        record, _ = kind.typing.read(first_of(raws[c].pop(CASE)), load, 0)
                        record.id = self.ids[c]
                        load.rows_read += 1
                        load.rows_kept += 1
                        records = [record]
                    else:
                        records = self._builder.records(name, raws[c][name], load, [], self.ids[c])
                    if tables.kinds[name].is_read:
                        tables.take(name, c, records)

    # --- single cases ---------------------------------------------------------------------------

    def fetch(self, numbers: Iterable[int]) -> None:
        """Read these cases back, whole: quicker than one by one."""
        numbers = set(numbers)
        wanted = sorted(numbers - self._known.keys())
        if len(self._known) + len(wanted) > KEPT:
            self._known.clear()
            wanted = sorted(set(numbers))
        for start in range(0, len(wanted), AT_ONCE):
            for c, rows in self.raw_cases(wanted[start : start + AT_ONCE]).items():
                self._known[c] = case_of(self.folder, self.ids[c], rows)

    def raw_cases(self, numbers: Sequence[int]) -> dict[int, RawRows]:
        """The rows of cases, as they stand in their files."""
        with self.folder.files.reading():
            return raw_rows(self.folder, numbers, "cm", self.where)

    def close(self) -> None:
        """Add up what the range says, where that is asked for, and make room for the next."""
        import pyarrow as pa

        if self.folder.wants_hash:
            with self.folder.files.reading():
                self.digest = case_prints(self)
        self._known.clear()
        pa.default_memory_pool().release_unused()
        for what in ("view", "table"):
            found = self.con.execute(
                f"SELECT {what}_name FROM duckdb_{what}s() WHERE temporary AND NOT internal"
            ).fetchall()
            for (name,) in found:
                if not _STAYS.fullmatch(name):
                    self.con.execute(f"DROP {what} {identifier(name)}")


# What is made once for an export; all else is a range's, the engine's tables among it.
_STAYS: Final = re.compile(r"d\d+|i\d+|dday|dtime|cmap|case_ids|ids|cm")


class _Cases:
    """The cases for whoever walks them one by one."""

    def __init__(self, folder: Folder) -> None:
        self._folder = folder

    @property
    def count(self) -> int | None:
        """How many there are."""
        return self._folder.ids.count

    def cases(self, builder: Builder, load: LoadReport) -> Iterator[CaseRecords]:
        """Every case."""
        for first in range(0, self._folder.ids.count, AT_ONCE):
            one = LoadedRange(self._folder, load, builder, (first, first + AT_ONCE))
            for c, rows in one.raw_cases(range(len(one))).items():
                case = builder.case(one.ids[c], first_of(rows.pop(CASE)), rows, load)
                case.complete_from = self._folder.coverage.get(case.id, {})
                yield case

    def one(self, case_id: str, builder: Builder, load: LoadReport) -> CaseRecords | None:
        """One case by its id."""
        number = self._folder.ids.number_of(case_id)
        if number is None:
            return None
        return LoadedRange(self._folder, load, builder, (number, number + 1))[0]
