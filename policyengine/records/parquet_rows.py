"""Rows from a Parquet file: every cell the text that a CSV file would hold, or nothing.

Whoever writes Parquet may give a column its own type, and it means what its text would: a date
is `2026-01-08`, an instant `2026-01-08T14:30:00Z`, a number its digits, a truth `true`. So a
folder says the same in either form. pyarrow is imported only here and in `bulk`.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from datetime import date
from importlib.util import find_spec
from itertools import islice, repeat
from pathlib import Path
from typing import Any, Final

from policyengine.records.csv_rows import RawTable
from policyengine.records.errors import ExportError, export_error

OUT_OF_RANGE: Final = "out of range"  # fits no type, as a date of the year 12026 does not
FIRST: Final = date(1000, 1, 1).toordinal()
LAST: Final = date(9999, 12, 31).toordinal()
BATCH: Final = 20_000  # rows that are written together
EPOCH: Final = date(1970, 1, 1).toordinal()
SMALL: Final = 1e-4  # numbers between these two are written without an exponent
LARGE: Final = 1e15
_UNITS: Final = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}


def read_parquet(path: Path, wanted: Collection[str] | None) -> RawTable:
    """Read a Parquet file whole. `wanted` are the columns whose cells are read; None: of none,
    for only how many rows there are is asked.

    Raises `ExportError`: pyarrow is not installed, or a column has a type that is none of a
    field's (CAS002), a column comes twice (CAS009), the file is damaged (CAS010), a text in it is
    not UTF-8 (CAS003).
    """
    file = open_parquet(path)
    columns = column_types(path, file)
    read = [name for name in columns if wanted is not None and name in wanted]
    rows: list[dict[str, object]] = []
    for cells in batches_of(path, file, read):
        several = zip(*cells.values(), strict=True)
        rows += [dict(zip(read, row, strict=True)) for row in several]
    if not read:
        rows = [{} for _ in range(file.metadata.num_rows)]
    return RawTable(tuple(columns), rows)


def open_parquet(path: Path) -> Any:
    """The file as pyarrow has it; its end, which says what it holds, has been read."""
    if find_spec("pyarrow") is None:
        hint = "pip install 'trust-policy-engine[bulk]', or write it as CSV or as JSON lines"
        raise export_error("CAS002", f"{path}: Parquet needs pyarrow, which is not installed", hint)
    from pyarrow import ArrowException
    from pyarrow.parquet import ParquetFile

    try:
        return ParquetFile(path)
    except OSError as error:
        if error.errno:
            why = error.strerror or "it cannot be read"
            raise export_error("CAS001", f"{path} cannot be read: {why}") from None
        raise damaged(path) from None
    except (ArrowException, ValueError):
        raise damaged(path) from None


def write_parquet(rows: Iterable[Sequence[str]], columns: Sequence[str], path: Path) -> None:
    """Write a table of texts; an empty cell is none. Raises `ExportError` where pyarrow is not
    installed (CAS002)."""
    if find_spec("pyarrow") is None:
        hint = "pip install 'trust-policy-engine[bulk]', or write CSV"
        raise export_error("CAS002", "Parquet needs pyarrow, which is not installed", hint)
    import pyarrow as pa
    from pyarrow.parquet import ParquetWriter

    schema = pa.schema([(name, pa.string()) for name in columns])
    with ParquetWriter(path, schema) as writer:
        several = iter(rows)
        while batch := list(islice(several, BATCH)):
            cells = zip(*batch, strict=True)
            arrays = [pa.array([cell or None for cell in each], pa.string()) for each in cells]
            writer.write_table(pa.Table.from_arrays(arrays, schema=schema))


def damaged(path: Path) -> ExportError:
    """What is said of a file, or of a folder with one among its files, that cannot be read to its
    end. Never what stands in it."""
    hint = "is it whole? was it changed, or cut short, since it was written?"
    what = "a Parquet file in it" if path.is_dir() else "this is no Parquet file, or it"
    return export_error("CAS010", f"{path}: {what} is damaged", hint)


def column_types(path: Path, file: Any) -> dict[str, Any]:
    """The columns of a file, with their types."""
    schema = file.schema_arrow
    twice = {name for name in schema.names if schema.names.count(name) > 1}
    if twice:
        place = max(index for index, name in enumerate(schema.names, 1) if name in twice)
        message = f"{path}: column {place} has the name of another"
        raise export_error("CAS009", message)
    return dict(zip(schema.names, schema.types, strict=True))


def batches_of(path: Path, file: Any, read: list[str]) -> Iterator[dict[str, list[str | None]]]:
    """The cells of some columns, as texts, a batch of rows at a time. Raises `ExportError`."""
    from pyarrow import ArrowException

    types = column_types(path, file)
    for name in read:
        if is_refused(types[name]):
            raise refused(path, name)
    if not read:
        return
    try:
        for batch in file.iter_batches(columns=read):
            yield {name: texts_of(batch.column(name)) for name in read}
    except UnicodeDecodeError:
        raise export_error("CAS003", f"{path}: a text in it is not UTF-8") from None
    except (OSError, ArrowException, ValueError, OverflowError):
        raise damaged(path) from None


def refused(path: Path, name: str) -> ExportError:
    """That a column cannot be read as values."""
    message = f"{path}: the column `{name}` is of a type that no field has"
    hint = "a field is a text, a truth, a number, a date or a date-time"
    return export_error("CAS002", message, hint)


def is_refused(type_: Any) -> bool:
    """Whether a column's type is none that a field can have."""
    return reader_of(type_) is None


def texts_of(column: Any) -> list[str | None]:
    """The cells of a column of pyarrow as texts."""
    read = reader_of(column.type)
    assert read is not None
    return read(column)


def reader_of(type_: Any) -> "Callable[[Any], list[str | None]] | None":
    """What makes texts of a column of a type; None where no field can be of it."""
    import pyarrow.types as of

    if of.is_dictionary(type_):
        inner = reader_of(type_.value_type)
        return None if inner is None else lambda column: inner(column.cast(type_.value_type))
    kinds: list[tuple[Callable[[Any], bool], Callable[[Any], list[str | None]]]] = [
        (of.is_null, lambda column: list(repeat(None, len(column)))),
        (of.is_string, lambda column: column.to_pylist()),
        (of.is_large_string, lambda column: column.to_pylist()),
        (of.is_string_view, lambda column: column.to_pylist()),
        (of.is_boolean, _each(lambda cell: "true" if cell else "false")),
        (of.is_integer, _each(str)),
        (of.is_decimal, _each(lambda cell: format(cell, "f"))),
        (of.is_floating, _each(float_text)),
        (of.is_date32, lambda column: _whole(column, "int32", lambda days: days)),
        (of.is_date64, lambda column: _whole(column, "int64", lambda ms: ms // 86_400_000)),
        (of.is_timestamp, _instants),
    ]
    return next((read for holds, read in kinds if holds(type_)), None)


def _each(text: Callable[[Any], str]) -> Callable[[Any], list[str | None]]:
    return lambda column: [None if cell is None else text(cell) for cell in column.to_pylist()]


def float_text(number: float) -> str:
    """A number as it is written without an exponent; what cannot be is no number here."""
    plain = number == 0 or SMALL <= abs(number) < LARGE
    return repr(float(number)) if plain else OUT_OF_RANGE


def _whole(column: Any, type_: str, days: Callable[[int], int]) -> list[str | None]:
    return [
        None if cell is None else _day_text(EPOCH + days(cell))
        for cell in column.cast(type_).to_pylist()
    ]


def _day_text(ordinal: int) -> str:
    return date.fromordinal(ordinal).isoformat() if FIRST <= ordinal <= LAST else OUT_OF_RANGE


def _instants(column: Any) -> list[str | None]:
    """Times of day without a zone are local; those with one are instants. A fraction of a second
    is dropped."""
    unit = _UNITS[column.type.unit]
    ending = "" if column.type.tz is None else "Z"
    return [
        None if cell is None else _instant_text(cell // unit, ending)
        for cell in column.cast("int64").to_pylist()
    ]


def _instant_text(seconds: int, ending: str) -> str:
    days, rest = divmod(seconds, 86_400)
    if not FIRST <= EPOCH + days <= LAST:
        return OUT_OF_RANGE
    minutes, second = divmod(rest, 60)
    hour, minute = divmod(minutes, 60)
    return f"{_day_text(EPOCH + days)}T{hour:02}:{minute:02}:{second:02}{ending}"
