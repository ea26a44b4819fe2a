"""The ranges of cases of an opened folder."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence, Set
from contextlib import AbstractContextManager
from copy import copy
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from policyengine.bulk.loading.case_ids import CaseIds
from policyengine.bulk.loading.json_tables import SAID, first_of
from policyengine.bulk.loading.kind_table import CASE, KindTable
from policyengine.bulk.loading.letters import Letters
from policyengine.bulk.loading.loaded_range import LoadedRange
from policyengine.bulk.loading.meanings import Meanings, insert
from policyengine.bulk.loading.parting import part
from policyengine.bulk.loading.private_files import PrivateFiles
from policyengine.bulk.loading.read_back import AT_ONCE, case_of, cases_by_id
from policyengine.bulk.loading.room import fitting
from policyengine.bulk.loading.sources import Source
from policyengine.bulk.loading.walk import Walk
from policyengine.records.building import Builder, Rows
from policyengine.records.model import CaseRecords, Export, LoadReport
from policyengine.records.typing import Typing
from policyengine.records.walking import Opened, export_of

if TYPE_CHECKING:
    import pyarrow as pa
    from duckdb import DuckDBPyConnection

    from policyengine.schema.model import Schema

# What each range reads of what the whole export says.
_LOOKED_UP: Final = re.compile(r"d\d+|i\d+|dday|dtime|cmap")
CAN_FORK: Final = sys.platform.startswith("linux")
# A database as that of the export: one of so many.
Another = Callable[[int], AbstractContextManager["DuckDBPyConnection"]]


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
        self.another: Another | None = None
        self.threads = 1  # that may be at work on the export, together
        self.is_asked = False  # whether somebody said how many
        self.is_granted = False  # whether somebody said how much memory there is for all of them

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
        return [self.row(source, source.cells, row) for row in found]

    def row(
        self, source: Source, names: Collection[str], cells: Sequence[Any]
    ) -> dict[str, object]:
        """A row as its reader would have given it, by the names of these cells."""
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
        walk = Walk(self, export, cases_at_once)
        for number in range(walk.count):
            with walk.range(number, self) as one:
                yield one
        walk.finish()

    def look_through(self, ranges: int, cases_at_once: int) -> None:
        """Read whole files once: what their columns hold, and where the rows of a range lie."""
        with self.files.reading():
            for name, kind in self.kinds.items():
                kind.study(kind.kind.fields.keys() if self.reads is None else self.reads.get(name))
            for source in self._read_by_range():
                part(self.con, source, self.files, ranges, cases_at_once)

    def looked_up(self) -> dict[str, pa.Table]:
        """The tables in which every range looks up what the whole export says."""
        names = "SELECT table_name FROM duckdb_tables() WHERE temporary AND NOT internal"
        found = self.con.execute(names).fetchall()
        wanted = [name for (name,) in found if _LOOKED_UP.fullmatch(name)]
        return {name: self.con.sql(f"FROM {name}").to_arrow_table() for name in wanted}

    def beside(self, con: DuckDBPyConnection, tables: Mapping[str, pa.Table]) -> Folder:
        """The export as it was looked through, for another database, which gets these tables."""
        for name, rows in tables.items():
            insert(con, name, rows, new=True)
        other = copy(self)
        other.con = con
        other.meanings = self.meanings.beside(con)
        other.sources = {name: replace(source) for name, source in self.sources.items()}
        other.kinds = {
            name: kind.beside(con, other.sources[name], other.meanings)
            for name, kind in self.kinds.items()
        }
        return other

    def _read_by_range(self) -> Iterator[Source]:
        """The tables of which every range reads more than it counts."""
        for name, source in self.sources.items():
            if self.wants_hash or self.reads is None or name in self.reads:
                yield source

    def fitting(self, rules: int, hands: int = 1) -> int:
        """How many cases a range may have, for what so many rules read of them, where so many
        ranges are judged at a time."""
        everything = {name: set(source.cells) for name, source in self.sources.items()}
        return fitting(
            self, everything if self.reads is None else self.reads, rules, self.sharing(hands)
        )

    def sharing(self, hands: int) -> int:
        """Among how many hands the memory is divided: who names threads grants each what it
        needs, unless somebody said how much there is for all."""
        return 1 if self.is_asked and not self.is_granted else hands

    def read_back(self, ids: Collection[str], cases_at_once: int) -> Iterator[CaseRecords]:
        """What the rules read of cases, by their ids, when the ranges have been walked."""
        return cases_by_id(self, ids, cases_at_once)


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
        one = LoadedRange(self._folder, load, builder, (number, number + 1))
        ((_, rows),) = one.raw_cases([0]).items()
        return case_of(self._folder, one.ids[0], rows)
