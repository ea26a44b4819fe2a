"""Tables whose rows do not lie by case, parted into files by range of cases: so that each range
reads its own rows, and not the whole table again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from policyengine.bulk.loading.private_files import PrivateFiles
from policyengine.bulk.loading.room import pieces
from policyengine.bulk.loading.sources import CASE_ID, Source
from policyengine.bulk.terms import literal

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

FEW_ROWS: Final = 200_000  # so many are quickly read, however often
# How often a row may be passed by: that reads its case alone, a tenth of what copying it costs.
TIMES: Final = 12
WIDE: Final = 128 << 20  # bytes of a table: reading it in pieces that lie anywhere takes memory


def part(
    con: DuckDBPyConnection, source: Source, files: PrivateFiles, ranges: int, cases_at_once: int
) -> None:
    """Part a table where it would be read too often."""
    if source.rows < FEW_ROWS or CASE_ID not in source.cells:
        return
    spread = _spread(con, source, ranges, cases_at_once)
    if spread.times <= TIMES and not (spread.is_wide and spread.is_mixed(ranges)):
        return
    folder = files.new().with_suffix("")
    nothing = files.new()
    columns = source.columns or tuple(source.cells.values())
    inner = {f"y{place}": column for place, column in enumerate(columns)}
    inner["raw"] = source.cell(CASE_ID)
    back = ", ".join(f"t.y{place} AS {column}" for place, column in enumerate(columns))
    inner["rn"] = source.row

    def rows(where: str) -> str:
        return (
            f"SELECT {back}, t.rn, m.c // {cases_at_once} AS r "
            f"FROM ({source.select(inner)}{where}) t JOIN cmap m ON m.raw = t.raw"
        )

    folder.mkdir()
    for number, (first, end) in enumerate(pieces(con, source)):
        con.execute(
            f"COPY ({rows(f' WHERE rn >= {first} AND rn < {end}')}) "
            f"TO {literal(str(folder / str(number)))} "
            "(FORMAT parquet, PARTITION_BY (r), COMPRESSION lz4_raw, ROW_GROUP_SIZE 20480)"
        )
    con.execute(
        f"COPY (SELECT * EXCLUDE (r) FROM ({rows('')}) WHERE FALSE) TO {literal(str(nothing))} "
        "(FORMAT parquet)"
    )
    source.parted = {}
    for each in sorted(folder.glob("*/r=*")):
        paths = source.parted.setdefault(int(each.name.removeprefix("r=")), [])
        paths += sorted(each.iterdir())
    source.nothing = [nothing]
    source.whole = (source.files, source.row)


@dataclass(frozen=True, slots=True)
class _Spread:
    """How a table's rows lie: how often one is passed by on average, in how many groups they were
    written, and whether they are wide."""

    times: float
    groups: int
    is_wide: bool

    def is_mixed(self, ranges: int) -> bool:
        """Whether groups hold more ranges than rows in the order of the cases would."""
        return self.groups > 1 and self.times > 1.3 * ranges / self.groups + 1.2


def _spread(con: DuckDBPyConnection, source: Source, ranges: int, cases_at_once: int) -> _Spread:
    """What the file itself says that its row groups hold."""
    column = source.cell(CASE_ID).strip('"').replace('""', '"')
    groups: list[tuple[int, int, str | None, str | None]] = []
    for path in source.files:
        groups += con.execute(
            "SELECT row_group_num_rows, row_group_bytes, stats_min_value, stats_max_value "
            f"FROM parquet_metadata({literal(str(path))}) WHERE path_in_schema = ?",
            [column],
        ).fetchall()
    spans = con.execute(
        f"SELECT min(raw), max(raw) FROM cmap GROUP BY c // {cases_at_once}"
    ).fetchall()
    total = sum(rows for rows, _, _, _ in groups)
    if not total:
        return _Spread(0.0 if groups else float(ranges), len(groups), is_wide=False)
    read = sum(
        rows
        for rows, _, low, high in groups
        for first, last in spans
        if low is None or high is None or (low <= last and high >= first)
    )
    size = sum(size for _, size, _, _ in groups)
    return _Spread(read / total, len(groups), is_wide=size > WIDE)
