"""A kind's table as the database reads it: where it lies, and how a cell becomes a text."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from policyengine.bulk.terms import literal
from policyengine.records.parquet_rows import (
    LARGE,
    OUT_OF_RANGE,
    SMALL,
    column_types,
    is_refused,
    open_parquet,
    refused,
)

if TYPE_CHECKING:
    from policyengine.schema.model import Kind

RESERVED: Final = frozenset({"file_row_number", "filename", "file_index", "rn", "r", "c"})
BOOLEAN: Final = "BOOLEAN"
DATE: Final = "DATE"
TIMESTAMP: Final = "TIMESTAMP"
INTEGER: Final = "INTEGER"
CASE_ID: Final = "case_id"
ID: Final = "id"


@dataclass(slots=True)
class Source:
    """`files` are read together; `row` is the SQL of a row's number, which no other row has.
    `cells` gives the SQL of each column's text; `natives` that of a column which is no text, with
    its type. `coded`: a cell that was no text stands there in letters of ours."""

    kind: Kind
    files: list[Path]
    row: str
    cells: dict[str, str]
    natives: dict[str, tuple[str, str]] = field(default_factory=dict)
    rows: int = 0
    coded: bool = False
    columns: tuple[str, ...] = ()  # as they stand in the file
    whole: tuple[list[Path], str] | None = None  # before it was parted: its files, a row's number
    parted: dict[int, list[Path]] = field(default_factory=dict)
    nothing: list[Path] = field(default_factory=list)

    def use(self, number: int | None) -> None:
        """Read only the rows of a range of cases, by its number; None: of all of them. A table
        that was not parted is read as a whole, always."""
        if self.whole is None:
            return
        if number is None:
            self.files, self.row = self.whole
        else:
            self.files, self.row = self.parted.get(number, self.nothing), "rn"

    def select(self, columns: Mapping[str, str]) -> str:
        """A select of columns, by the names that they get."""
        listed = ", ".join(f"{sql} AS {name}" for name, sql in columns.items())
        paths = ", ".join(literal(str(path)) for path in self.files)
        numbered = ", file_row_number = true" if self.row == "file_row_number" else ""
        return f"SELECT {listed} FROM read_parquet([{paths}], hive_partitioning = false{numbered})"

    def cell(self, name: str) -> str:
        """The text of a column; NULL where the file does not have it."""
        return self.cells.get(name, "NULL::VARCHAR")


@dataclass(slots=True)
class ParquetColumns:
    """The columns of a file that stands as it was given: all their names, and the SQL of those
    that are wanted. `cells` is None where the database would not read it as pyarrow does."""

    names: tuple[str, ...]
    cells: dict[str, str] | None
    natives: dict[str, tuple[str, str]]


def parquet_columns(path: Path, wanted: set[str]) -> ParquetColumns:
    """What stands in a file. Raises `ExportError`, as `read_parquet` does."""
    types = column_types(path, open_parquet(path))
    lower = [name.lower() for name in types]
    is_safe = len(set(lower)) == len(lower) and not RESERVED & set(lower)
    cells: dict[str, str] = {}
    natives: dict[str, tuple[str, str]] = {}
    for name in [name for name in types if name in wanted]:
        if is_refused(types[name]):
            raise refused(path, name)
        sql = _text(identifier(name), types[name])
        if sql is None:
            is_safe = False
            continue
        cells[name] = sql
        if (native := _native(types[name])) is not None:
            natives[name] = (native, identifier(name))
    return ParquetColumns(tuple(types), cells if is_safe else None, natives)


def _native(type_: Any) -> str | None:
    """The types that are read as they are where a field is of one."""
    import pyarrow.types as of

    if of.is_boolean(type_):
        return BOOLEAN
    if of.is_date32(type_):
        return DATE
    if of.is_timestamp(type_) and type_.tz is None:
        return TIMESTAMP
    return INTEGER if of.is_integer(type_) else None


def identifier(name: str) -> str:
    """A column's name as SQL has it."""
    return '"' + name.replace('"', '""') + '"'


def _text(column: str, type_: Any) -> str | None:
    """The text that `records.parquet_rows` makes of a cell, in SQL."""
    import pyarrow.types as of

    if of.is_string(type_) or of.is_large_string(type_):
        return column
    if of.is_boolean(type_):
        return f"CASE WHEN {column} THEN 'true' WHEN NOT {column} THEN 'false' END"
    if of.is_integer(type_) or of.is_decimal128(type_):
        return f"CAST({column} AS VARCHAR)"
    if of.is_float64(type_) or of.is_float32(type_):
        size = f"abs({column}::DOUBLE)"
        plain = f"{column} = 0 OR ({size} >= {SMALL!r} AND {size} < {LARGE!r})"
        return (
            f"CASE WHEN {column} IS NULL THEN NULL WHEN {plain} "
            f"THEN CAST({column}::DOUBLE AS VARCHAR) ELSE {literal(OUT_OF_RANGE)} END"
        )
    if of.is_date32(type_):
        return _within(column, f"CAST({column} AS VARCHAR)")
    if of.is_timestamp(type_) and type_.unit in ("ms", "us"):
        local = f"make_timestamp(epoch_us({column}))"
        ending = "" if type_.tz is None else "Z"
        return _within(local, f"strftime({local}, '%Y-%m-%dT%H:%M:%S{ending}')")
    return None


def _within(day: str, text: str) -> str:
    return (
        f"CASE WHEN {day} IS NULL THEN NULL WHEN {day} >= DATE '1000-01-01' AND "
        f"{day} < DATE '9999-12-31' + INTERVAL 1 DAY THEN {text} ELSE {literal(OUT_OF_RANGE)} END"
    )
