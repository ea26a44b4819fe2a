"""Single cases read back from the files of an export, as the reference engine has them: whole, or
what the rules read of them.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence, Set
from typing import TYPE_CHECKING, Any, Final

from policyengine.bulk.loading.json_tables import first_of
from policyengine.bulk.loading.kind_table import CASE
from policyengine.bulk.loading.letters import MARK
from policyengine.bulk.loading.meanings import numbers_into
from policyengine.bulk.loading.room import pieces
from policyengine.bulk.loading.sources import CASE_ID, Source
from policyengine.bulk.terms import literal
from policyengine.records.building import Builder
from policyengine.records.model import CaseRecords, LoadReport
from policyengine.schema.model import FieldType

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

    from policyengine.bulk.loading.ranges import Folder

Sql = str
RawRows = dict[str, list[dict[str, Any]]]  # by kind
Reads = Mapping[str, Set[str]]  # fields by kind
AT_ONCE: Final = 1_000  # cases that are read back together
FEW: Final = 100  # ids that a condition names


def raw_rows(
    folder: Folder,
    numbers: Sequence[int],
    cases: Sql,
    where: Sql | None = None,
    reads: Reads | None = None,
) -> dict[int, RawRows]:
    """The rows of cases as they stand in their files, by the numbers that the table `cases` has.
    `where` is true of all of their rows, and of few others. Kinds and texts that are not among
    those that `reads` names are left out (None: none is)."""
    con = folder.con
    numbers_into(con, "asked", numbers)
    con.execute(
        "CREATE OR REPLACE TEMP TABLE asked_ids AS "
        f"SELECT raw, c FROM {cases} SEMI JOIN asked USING (c)"
    )
    whole = where is None
    where = where or _among(folder) or between(folder, "asked_ids")
    made: dict[int, RawRows] = {number: {} for number in numbers}
    for name, source in folder.sources.items():
        cells = source.cells if reads is None else _read(source, reads)
        if cells is None:
            continue
        columns = {"frn": source.row, "cid": source.cell(CASE_ID)}
        columns |= {f"y{place}": sql for place, sql in enumerate(cells.values())}
        inner = f"{source.select(columns)}{where}"
        for piece in _pieces(con, source, where) if whole else [""]:
            found = con.execute(
                f"SELECT m.c, t.* EXCLUDE (frn, cid) FROM ({inner}{piece}) t "
                "JOIN asked_ids m ON m.raw = t.cid ORDER BY t.frn"
            )
            for c, *row in found.fetchall():
                made[c].setdefault(name, []).append(folder.row(source, cells, row))
    return made


def _read(source: Source, reads: Reads) -> Mapping[str, Sql] | None:
    """The columns of a table that are read; None where nobody reads any. Of a case all are: it
    may stand there twice."""
    kind = source.kind
    if kind.name == CASE:
        return source.cells
    if kind.name not in reads:
        return None
    fields = kind.fields
    return {
        name: sql
        for name, sql in source.cells.items()
        if name not in fields or fields[name].type is not FieldType.TEXT or name in reads[kind.name]
    }


def between(folder: Folder, table: str) -> Sql:
    """A condition on `cid`: that it lies between the first and the last id of a table."""
    low, high = folder.con.execute(f"SELECT min(raw), max(raw) FROM {table}").fetchall()[0]
    if low is None or MARK in low + high:
        return ""
    return f" WHERE cid >= {literal(low)} AND cid <= {literal(high)}"


def _pieces(con: DuckDBPyConnection, source: Source, where: Sql) -> Iterable[Sql]:
    """Conditions for a few rows of a whole table at a time: what is wide is not held at once."""
    if source.row != "file_row_number" or len(source.files) != 1:
        return [""]
    start = " AND" if where else " WHERE"
    spans = pieces(con, source)
    return [f"{start} frn >= {first} AND frn < {end}" for first, end in spans]


def _among(folder: Folder) -> Sql:
    """A condition on `cid` that names the few ids that are asked for: what lies between them is
    passed by."""
    raws = folder.con.execute(f"SELECT raw FROM asked_ids LIMIT {FEW + 1}").fetchall()
    if not raws or len(raws) > FEW or any(MARK in raw for (raw,) in raws):
        return ""
    return f" WHERE cid IN ({', '.join(literal(raw) for (raw,) in raws)})"


def case_of(folder: Folder, id: str, rows: RawRows) -> CaseRecords:
    """The case of these rows."""
    fields = first_of(rows.pop(CASE))
    case = Builder(folder.schema, folder.typing).case(id, fields, rows, LoadReport())
    case.complete_from = folder.coverage.get(case.id, {})
    return case


def cases_by_id(folder: Folder, ids: Collection[str], cases_at_once: int) -> Iterator[CaseRecords]:
    """What the rules read of cases, when the ranges have been walked: few of them together, many
    by their ranges."""
    named = folder.ids.numbers_of(ids)
    by_range: dict[int | None, list[int]] = {}
    for number in sorted(named):
        place = number // cases_at_once if len(named) > AT_ONCE else None
        by_range.setdefault(place, []).append(number)
    for place, numbers in by_range.items():
        for source in folder.sources.values():
            source.use(place)
        for start in range(0, len(numbers), AT_ONCE):
            with folder.files.reading():
                several = numbers[start : start + AT_ONCE]
                found = raw_rows(folder, several, "cmap", reads=folder.reads)
            for number, rows in found.items():
                yield case_of(folder, named[number], rows)
    for source in folder.sources.values():
        source.use(None)
