"""A range of the cases of an opened folder, and single cases of it for whoever asks."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Final, overload

from policyengine.bulk.loading.digests import case_prints
from policyengine.bulk.loading.json_tables import first_of
from policyengine.bulk.loading.kind_table import CASE, KindTable
from policyengine.bulk.loading.read_back import (
    AT_ONCE,
    RawRows,
    Reads,
    between,
    case_of,
    raw_rows,
)
from policyengine.bulk.loading.sources import identifier
from policyengine.records.building import Builder
from policyengine.records.model import CaseRecords, LoadReport

if TYPE_CHECKING:
    from policyengine.bulk.loading.ranges import Folder
    from policyengine.bulk.tables import Tables

KEPT: Final = 5_000  # cases that stay in memory, of those that were read back
# What is made once for an export; all else is a range's, the engine's tables among it.
_STAYS: Final = re.compile(r"d\d+|i\d+|dday|dtime|cmap|cm")


class LoadedRange(Sequence[CaseRecords]):
    """A range of cases, numbered from 0. `fill` types their rows into the engine's tables; a
    single case, or what the rules read of it, is read back when it is asked for."""

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
        found = self.con.sql("SELECT DISTINCT ON (c) id FROM cm ORDER BY c").to_arrow_table()
        self.ids: list[str] = found.column(0).to_pylist()
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
        known = {id: number for number, id in enumerate(self.ids)}
        numbers = [known[id] for id in ids]
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
        """Read back what the rules read of these cases: quicker than one by one."""
        numbers = set(numbers)
        wanted = sorted(numbers - self._known.keys())
        if len(self._known) + len(wanted) > KEPT:
            self._known.clear()
            wanted = sorted(set(numbers))
        for start in range(0, len(wanted), AT_ONCE):
            several = wanted[start : start + AT_ONCE]
            for c, rows in self.raw_cases(several, self.folder.reads).items():
                self._known[c] = case_of(self.folder, self.ids[c], rows)

    def raw_cases(self, numbers: Sequence[int], reads: Reads | None = None) -> dict[int, RawRows]:
        """The rows of cases, as they stand in their files (`read_back.raw_rows`)."""
        with self.folder.files.reading():
            return raw_rows(self.folder, numbers, "cm", self.where, reads)

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
