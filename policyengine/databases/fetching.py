"""From a mapping with queries to one with files.

Each query is read once, row by row, into a private file, and from there on a database is an export
like any other. So every rule of the import (faults, counts, duplicates, the hash of what was read)
holds for its rows too, and a driver has to do one thing: give the columns of a query, and its rows.
"""

import csv
import re
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from datetime import date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Final, Protocol
from uuid import UUID

from policyengine.databases.addresses import POSTGRES, scheme_of, shown
from policyengine.imports.model import Format, Mapping, Source
from policyengine.records.errors import export_error

NOT_READ: Final = "MAP008"
FAILED: Final = "MAP009"
_MOST_ROWS: Final = 100_000_000
_CELL_CAP: Final = 1 << 20  # characters, as of a file


class Rows(Protocol):
    """The result of a query: the names of its columns, and its rows as they come."""

    columns: Sequence[str]

    def __iter__(self) -> Iterator[Sequence[object]]:
        """The rows, a few at a time."""


class Database(Protocol):
    """A database that is open for reading: all queries see it as it was at one moment."""

    def rows(self, query: str, what: str) -> AbstractContextManager[Rows]:
        """Ask a query. Raises `ExportError` (MAP009) where it fails; `what` names it there."""


@contextmanager
def fetched(mapping: Mapping, address: str) -> Iterator[tuple[Mapping, Path]]:
    """The mapping with files in the place of its queries, and the private folder of those files,
    which is gone afterwards.

    Raises `ExportError`: MAP008 for a database that cannot be opened, MAP009 for a query that
    fails. No message holds a password, or a value of a row.
    """
    queries = queries_of(mapping)
    with tempfile.TemporaryDirectory(prefix="cases-") as name, _opened(address) as database:
        folder = Path(name)
        files = {
            source: _fetch(database, source, folder, number)
            for number, source in enumerate(queries, 1)
        }
        yield _with_files(mapping, files), folder


def queries_of(mapping: Mapping) -> list[Source]:
    """The sources of a mapping that are queries, each once, in the order in which they are used."""
    return list(dict.fromkeys(each for each in _sources(mapping) if each.query is not None))


def _sources(mapping: Mapping) -> Iterator[Source]:
    for table in mapping.look_ups.values():
        yield table.source
    if mapping.id_map is not None:
        yield mapping.id_map.source
    for entries in mapping.kinds.values():
        for entry in entries:
            yield entry.source


def check_sources(mapping: Mapping, address: str | None) -> None:
    """Every source must be a query where a database is read, and none where a folder is. Raises
    `ExportError` (MAP008)."""
    for source in _sources(mapping):
        if address is None and source.query is not None:
            message = f"the source `{source.name}` is a query, and a folder has none to ask"
            hint = "name the database: postgresql://server/name"
            raise export_error(NOT_READ, message, hint)
        if address is not None and source.query is None:
            message = f"the source `{source.name}` is files, and {shown(address)} has none"
            raise export_error(NOT_READ, message, "say `query: SELECT ...` in the source")


@contextmanager
def _opened(address: str) -> Iterator[Database]:
    if scheme_of(address) not in POSTGRES:
        message = f"{shown(address)}: databases of this sort are not read"
        hint = "postgresql:// is; docs/databases.md says how others can be brought in"
        raise export_error(NOT_READ, message, hint)
    try:
        from policyengine.databases.postgres import opened
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] != "psycopg":
            raise
        hint = "install it: pip install 'trust-policy-engine[postgres]'"
        raise export_error(NOT_READ, "PostgreSQL is read with psycopg", hint) from None
    with opened(address) as database:
        yield database


def _fetch(database: Database, source: Source, folder: Path, number: int) -> Source:
    """Read one query into a file; the source that reads that file."""
    assert source.query is not None
    slug = re.sub(r"[^A-Za-z0-9_]+", "_", source.name).strip("_") or str(number)
    name = f"{slug}.query" if not (folder / f"{slug}.query").exists() else f"{slug}_{number}.query"
    what = f"the query of `{source.name.strip('`')}`"
    try:
        _write(database, source.query, folder / name, what)
    except OSError as error:
        why = error.strerror or "they cannot be written"
        message = f"the rows of {what.removeprefix('the query of ')} cannot be kept: {why}"
        raise export_error(NOT_READ, message, "TMPDIR says where they are kept") from None
    return replace(
        source,
        files=(name,),
        format=Format.CSV,
        encodings=("utf-8",),
        delimiter=",",
        quote='"',
        header=1,
        columns=(),
        query=None,
    )


def _write(database: Database, query: str, path: Path, what: str) -> None:
    """Write the rows of a query into a new file, as they come."""
    with (
        database.rows(query, what) as rows,
        path.open("x", encoding="utf-8", newline="") as stream,
    ):
        writer = csv.writer(stream, lineterminator="\n")
        if len(rows.columns) == 1:
            writer = csv.writer(stream, lineterminator="\n", quoting=csv.QUOTE_ALL)
        writer.writerow(rows.columns)
        for place, row in enumerate(rows, 1):
            if place > _MOST_ROWS:
                raise export_error("CAS012", f"{what} gives more than {_MOST_ROWS:,} rows")
            writer.writerow([as_cell(value, column, what) for value, column in
                             zip(row, rows.columns, strict=True)])  # fmt: skip


def as_cell(value: object, column: str, what: str) -> str:
    """A value of a row as the cell of a file. Raises `ExportError` (MAP009) for a type that is no
    one value: bytes, lists, JSON."""
    match value:
        case str():
            text = value
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case datetime() | date() | time():
            return value.isoformat()
        case int() | float() | UUID():
            return str(value)
        case Decimal():
            return format(value, "f")
        case _:
            hint = f"cast it in the query: CAST(... AS text) AS {column}"
            message = f"{what}: the column `{column}` is of a type that is not read"
            raise export_error(FAILED, message, hint)
    if len(text) > _CELL_CAP or "\0" in text:
        message = f"{what}: a value of the column `{column}` is longer than 1 MiB, or no text"
        raise export_error(FAILED, message)
    return text


def _with_files(mapping: Mapping, files: dict[Source, Source]) -> Mapping:
    """The same mapping, each query replaced by the file that it was read into."""

    def now(source: Source) -> Source:
        return files.get(source, source)

    former = mapping.id_map
    return replace(
        mapping,
        look_ups={
            name: replace(table, source=now(table.source))
            for name, table in mapping.look_ups.items()
        },
        id_map=None if former is None else replace(former, source=now(former.source)),
        kinds={
            name: tuple(replace(entry, source=now(entry.source)) for entry in entries)
            for name, entries in mapping.kinds.items()
        },
    )
