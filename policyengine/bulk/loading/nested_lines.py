"""Cases a line (JSON lines) as tables of ours: Python splits the lines, whose traps are closed, and
what a row holds is typed like the cells of any table.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, Final

from policyengine.bulk.loading.letters import Letters
from policyengine.bulk.loading.private_files import PrivateFiles
from policyengine.bulk.loading.sources import CASE_ID, ID, Source
from policyengine.records.building import WHOLE_ROW, Builder, Rows
from policyengine.records.model import CaseRecords, LoadReport
from policyengine.records.notes import noted_keys
from policyengine.records.typing import Typing, identifier

if TYPE_CHECKING:
    from policyengine.schema.model import Kind, Schema

CASE: Final = "case"
BATCH: Final = 20_000


class StagingBuilder(Builder):
    """Writes the rows of each case down instead of making records of them.

    `said` are words of cases that count in their hashes beside their rows; `coverage` is what
    cases say of their own. Both by case id.
    """

    def __init__(self, schema: Schema, typing: Typing, kinds: Iterable[str], parts: _Parts) -> None:
        super().__init__(schema, typing)
        self._tables = {name: _Table(schema.kinds[name], parts) for name in kinds}
        self.said: dict[str, list[str]] = {}
        self.coverage: dict[str, dict[str, int]] = {}

    def case(
        self,
        case_id: str,
        fields: Mapping[str, object],
        rows: Mapping[str, Rows],
        load: LoadReport,
        *,
        place: int = 0,  # noqa: ARG002 - a row's place is not kept
        coverage: object = None,
    ) -> CaseRecords:
        """Take a case down. What is given back has no records."""
        self._tables[CASE].add(case_id, fields)
        for kind, several in rows.items():
            self._rows(kind, case_id, several, load)
        if coverage is not None:
            made = self._coverage(coverage, load)
            self.said.setdefault(case_id, []).append(ascii(sorted(made.items())))
            if made:
                self.coverage[case_id] = made
        return CaseRecords(case_id, _NO_RECORD)

    def _rows(self, kind: str, case_id: str, rows: Rows, load: LoadReport) -> None:
        """Take rows down; those that are none are counted, as `Builder.records` counts them."""
        typing, table = self.typing.kinds[kind], self._tables[kind]
        for raw in rows:
            if type(raw) is not dict:
                self._reject(kind, case_id, WHOLE_ROW, "not_an_object", load)
                continue
            if CASE_ID in raw and identifier(raw[CASE_ID]) != case_id:
                self._reject(kind, case_id, CASE_ID, "other_case", load)
                continue
            if not typing.known.issuperset(raw):
                noted_keys(typing, raw, load)
            table.add(case_id, raw)

    def _reject(self, kind: str, case_id: str, field: str, fault: str, load: LoadReport) -> None:
        load.fault(kind, field, fault)
        load.rows_read += 1
        load.rows_rejected += 1
        self.said.setdefault(case_id, []).append(ascii((kind, fault)))

    def sources(self) -> dict[str, Source]:
        """The tables, when every case has been taken down."""
        return {name: table.source() for name, table in self._tables.items()}


_NO_RECORD: Any = None
_Parts = tuple[PrivateFiles, Letters]


class _Table:
    """A kind's table in the making."""

    def __init__(self, kind: Kind, parts: _Parts) -> None:
        import pyarrow as pa
        import pyarrow.parquet as pq

        self.kind = kind
        files, self._letters = parts
        self._path = files.new()
        self._names = [each.name for each in kind.fields.values()]
        if kind.name != CASE:
            self._names.append(ID)
        self._cells = {each.name: f"v{each.index}" for each in kind.fields.values()}
        self._cells |= {CASE_ID: "cid"} | ({ID: "id"} if kind.name != CASE else {})
        columns = [*(self._cells[name] for name in self._names), "cid"]
        self._schema = pa.schema([(name, pa.string()) for name in columns])
        self._columns: list[list[str | None]] = [[] for _ in columns]
        self._writer = pq.ParquetWriter(self._path, self._schema, compression="lz4")
        self._rows = 0

    def add(self, case_id: str, raw: Mapping[str, object]) -> None:
        """Take a row down."""
        encode, get = self._letters.encode, raw.get
        *cells, ids = self._columns
        for name, column in zip(self._names, cells, strict=True):
            cell = get(name)
            column.append(cell if cell is None else encode(cell))
        ids.append(case_id)
        self._rows += 1
        if len(ids) == BATCH:
            self._flush()

    def _flush(self) -> None:
        import pyarrow as pa

        arrays = [pa.array(column, pa.string()) for column in self._columns]
        self._writer.write_table(pa.Table.from_arrays(arrays, schema=self._schema))
        for column in self._columns:
            column.clear()

    def source(self) -> Source:
        """The table as the database reads it."""
        self._flush()
        self._writer.close()
        return Source(
            self.kind, [self._path], "file_row_number", self._cells, rows=self._rows, coded=True
        )
