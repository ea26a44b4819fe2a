"""How many cases a range has: as many as there is room for in memory, as the files say how much
of what is read a case has."""

from __future__ import annotations

import math
import os
from collections.abc import Iterable, Iterator, Mapping, Set
from pathlib import Path
from typing import TYPE_CHECKING, Final

from policyengine.bulk.loading.sources import Source
from policyengine.bulk.terms import literal
from policyengine.records.errors import ExportError
from policyengine.records.parquet_rows import open_parquet
from policyengine.schema.model import FieldType

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

    from policyengine.bulk.loading.ranges import Folder

ROOM: Final = 120 << 20  # bytes of tables at a time: the rest of the memory is for what joins them
FEW_RULES: Final = 8  # more have more room: planning them costs the same for any range
TIMES: Final = 16  # so many times more at most
FEW_TABLES: Final = 10
A_TABLE: Final = 96 << 20  # bytes for the database, for each table beyond these
SHARE: Final = 2  # of what the database may use: so many times less
LEAST: Final = 2_000  # planning costs the same for fewer
MOST: Final = 100_000
A_ROW: Final = 100  # bytes: its case, its number, its id, its place in order
A_FIELD: Final = 30  # bytes: its value as loaded and as it stood, and why it is absent
TIMES_A_TEXT: Final = 2  # as it stood, and its words
SAMPLE: Final = 2_000  # rows
A_PIECE: Final = 64 << 20  # bytes
ENOUGH: Final = 400 << 20  # bytes for the database: what it holds beyond goes to the disk
BESIDE: Final = 70 << 20  # bytes beside the files' pages
_UNITS: Final = {"bytes": 1, "KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30, "TiB": 1 << 40}


def fitting(folder: Folder, reads: Mapping[str, Set[str]], rules: int, hands: int = 1) -> int:
    """How many cases fit, where these fields of these kinds are read by so many rules, and so many
    ranges are judged at a time."""
    cases = max(1, folder.ids.count)
    total = 0.0
    for name, fields in reads.items():
        source = folder.sources.get(name)
        if source is not None:
            total += source.rows * _bytes_of_a_row(folder.con, source, fields)
    most = int(_room(folder.con, rules) / hands * cases / max(1.0, total))
    return max(LEAST, min(MOST, most))


def memory_for(files: Iterable[Path], threads: int | None, hands: int = 1) -> str | None:
    """What one of so many databases may use where nobody says: more for an export of many tables,
    and so much that each thread can hold what the files' writers put together. None: as it thinks
    fit, on a machine that has little."""
    several, most = list(files), 0
    for path in several:
        if path.suffix.lower() == ".parquet":
            try:
                groups = open_parquet(path).metadata
            except ExportError:
                continue  # whoever reads it says what is wrong
            sizes = [groups.row_group(n).total_byte_size for n in range(groups.num_row_groups)]
            most = max(most, *sizes, 0)
    enough = (ENOUGH + A_TABLE * max(0, len(several) - FEW_TABLES)) // hands
    needed = max(enough, BESIDE + (threads or os.cpu_count() or 1) * most * 5 // 4)
    if needed > os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2:
        return None
    return f"{needed >> 20}MiB"


def limit_of(con: DuckDBPyConnection) -> float:
    """How many bytes a database may use."""
    said = str(con.execute("SELECT current_setting('memory_limit')").fetchall()[0][0])
    number, _, unit = said.partition(" ")
    return float(number) * _UNITS[unit] if unit in _UNITS else math.inf


def _room(con: DuckDBPyConnection, rules: int) -> float:
    room = ROOM * min(TIMES, max(1.0, rules / FEW_RULES))
    return min(room, limit_of(con) / SHARE)


def _bytes_of_a_row(con: DuckDBPyConnection, source: Source, fields: Set[str]) -> float:
    """What a row takes in memory; its texts as long as the longer of two guesses: the first
    rows', and that of the file."""
    there = [each for each in source.kind.fields.values() if each.name in fields]
    texts = [
        each.name for each in there if each.type is FieldType.TEXT and each.name in source.cells
    ]
    if not texts:
        return A_ROW + A_FIELD * len(there)
    lengths = ", ".join(f"avg(strlen(y{place}))" for place in range(len(texts)))
    columns = {f"y{place}": source.cell(name) for place, name in enumerate(texts)}
    first = source.select(columns | {"frn": source.row})
    found = con.execute(f"SELECT {lengths} FROM ({first} WHERE frn < {SAMPLE})").fetchall()[0]
    letters = 0.0
    for name, length in zip(texts, found, strict=True):
        letters += max(length or 0.0, _stored(con, source, name) / max(1, source.rows))
    return A_ROW + A_FIELD * len(there) + TIMES_A_TEXT * letters


def _stored(con: DuckDBPyConnection, source: Source, name: str) -> float:
    """The bytes of a column before they were compressed."""
    column = source.cell(name).strip('"').replace('""', '"')
    total = 0.0
    for path in source.files:
        sql = (
            "SELECT sum(total_uncompressed_size) "
            f"FROM parquet_metadata({literal(str(path))}) WHERE path_in_schema = ?"
        )
        total += float(con.execute(sql, [column]).fetchall()[0][0] or 0)
    return total


def pieces(con: DuckDBPyConnection, source: Source) -> Iterator[tuple[int, int]]:
    """The rows of a table's one file in pieces, by their numbers: as it was written, a piece no
    larger than `A_PIECE`. A thread that reads wide texts holds what their writer put together."""
    (path,) = source.files
    groups = con.execute(
        "SELECT row_group_id, any_value(row_group_num_rows), sum(total_uncompressed_size) "
        f"FROM parquet_metadata({literal(str(path))}) GROUP BY row_group_id ORDER BY row_group_id"
    ).fetchall()
    first = end = held = 0
    for _, rows, size in groups:
        if held and held + size > A_PIECE:
            yield first, end
            first, held = end, 0
        end += rows
        held += size
    if end > first:
        yield first, end
