"""Tables whose rows do not lie by case, parted into files by range of cases: so that each range
reads its own rows, and not the whole table again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from policyengine.bulk.loading.private_files import PrivateFiles
from policyengine.bulk.loading.sources import CASE_ID, Source
from policyengine.bulk.terms import literal

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

FEW_ROWS: Final = 200_000  # so many are quickly read, however often
# How often a row may be passed by: that reads its case alone, a tenth of what copying it costs.
TIMES: Final = 12


def part(
    con: DuckDBPyConnection, source: Source, files: PrivateFiles, ranges: int, cases_at_once: int
) -> None:
    """Part a table where it would be read too often."""
    if source.rows < FEW_ROWS or CASE_ID not in source.cells:
        return
    if _times_read(con, source, ranges, cases_at_once) <= TIMES:
        return
    folder = files.new().with_suffix("")
    nothing = files.new()
    columns = source.columns or tuple(source.cells.values())
    inner = {f"y{place}": column for place, column in enumerate(columns)}
    inner["raw"] = source.cell(CASE_ID)
    back = ", ".join(f"t.y{place} AS {column}" for place, column in enumerate(columns))
    rows = (
        f"SELECT {back}, row_number() OVER () AS rn, m.c // {cases_at_once} AS r "
        f"FROM ({source.select(inner)}) t JOIN cmap m ON m.raw = t.raw"
    )
    con.execute(
        f"COPY ({rows}) TO {literal(str(folder))} "
        "(FORMAT parquet, PARTITION_BY (r), COMPRESSION lz4_raw)"
    )
    con.execute(
        f"COPY (SELECT * EXCLUDE (r) FROM ({rows}) WHERE FALSE) TO {literal(str(nothing))} "
        "(FORMAT parquet)"
    )
    source.parted = {
        int(each.name.removeprefix("r=")): sorted(each.iterdir()) for each in folder.iterdir()
    }
    source.nothing = [nothing]
    source.whole = (source.files, source.row)


def _times_read(con: DuckDBPyConnection, source: Source, ranges: int, cases_at_once: int) -> float:
    """How often a row would be read on average, as the file says what its row groups hold."""
    column = source.cell(CASE_ID).strip('"').replace('""', '"')
    groups: list[tuple[int, str | None, str | None]] = []
    for path in source.files:
        groups += con.execute(
            "SELECT row_group_num_rows, stats_min_value, stats_max_value "
            f"FROM parquet_metadata({literal(str(path))}) WHERE path_in_schema = ?",
            [column],
        ).fetchall()
    spans = con.execute(
        f"SELECT min(raw), max(raw) FROM cmap GROUP BY c // {cases_at_once}"
    ).fetchall()
    total = sum(rows for rows, _, _ in groups)
    if not total:
        return 0.0 if groups else float(ranges)
    read = sum(
        rows
        for rows, low, high in groups
        for first, last in spans
        if low is None or high is None or (low <= last and high >= first)
    )
    return read / total
