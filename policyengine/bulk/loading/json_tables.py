"""Tables of JSON lines: split by Python, whose traps are closed, and typed like any other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final

from policyengine.bulk.loading.letters import Letters
from policyengine.bulk.loading.sources import CASE_ID, ID
from policyengine.records.json_lines import JsonLines
from policyengine.records.tables import said

if TYPE_CHECKING:
    from policyengine.schema.model import Kind

BATCH: Final = 20_000
SAID: Final = "said"


@dataclass(slots=True)
class StagedLines:
    """What a file of lines held. `others` are the lines that hold no object."""

    rows: int = 0
    others: int = 0
    columns: tuple[str, ...] = ()
    cells: dict[str, str] = field(default_factory=dict)


def stage_json(path: Path, kind: Kind | None, out: Path, letters: Letters) -> StagedLines:
    """Write the columns that the schema knows to a Parquet file. Raises `ExportError`."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    staged = StagedLines()
    names = _names(kind)
    keys: dict[str, None] = {}
    schema = pa.schema([(name, pa.string()) for name in names.values()])
    columns: dict[str, list[str | None]] = {name: [] for name in names}
    writer = pq.ParquetWriter(out, schema)
    with writer:
        for _, raw in JsonLines(str(path), lambda: path.open("rb")).all():
            if not isinstance(raw, dict):
                staged.others += 1
                continue
            staged.rows += 1
            if not keys.keys() >= raw.keys():
                keys.update(dict.fromkeys(raw))
            for name, column in columns.items():
                column.append(said(raw) if name == SAID else letters.encode(raw.get(name)))
            if staged.rows % BATCH == 0:
                _write(writer, schema, columns)
        _write(writer, schema, columns)
    staged.columns = tuple(keys)
    staged.cells = {name: sql for name, sql in names.items() if name in keys or name == SAID}
    return staged


def _names(kind: Kind | None) -> dict[str, str]:
    """The columns that are kept, and how they are called."""
    if kind is None:
        return {CASE_ID: "cid"}
    names = {each.name: f"v{each.index}" for each in kind.fields.values()}
    names[CASE_ID] = "cid"
    if kind.name == "case":
        names[SAID] = "said"
    else:
        names[ID] = "id"
    return names


def _write(writer: object, schema: object, columns: dict[str, list[str | None]]) -> None:
    import pyarrow as pa

    arrays = [pa.array(column, pa.string()) for column in columns.values()]
    writer.write_table(pa.Table.from_arrays(arrays, schema=schema))  # type: ignore[attr-defined]
    for column in columns.values():
        column.clear()


def first_of(rows: Sequence[dict[str, object]]) -> dict[str, object]:
    """Of several rows of one case, the first by what they say."""
    if len(rows) == 1:
        return rows[0]
    return min(rows, key=lambda row: str(row[SAID]) if SAID in row else said(row))
