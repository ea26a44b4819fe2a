"""CSV files made into private Parquet files: by the database where its reader and Python's split
every such file alike, else by Python's."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from policyengine.bulk.database import stopped_by
from policyengine.bulk.loading.csv_bytes import is_plain
from policyengine.bulk.terms import literal
from policyengine.records.csv_rows import CELL_CAP, columns_of, read_csv

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

    from policyengine.records.settings import ExportSettings

BATCH: Final = 20_000  # rows
NO_TEXT: Final = "\x01\x02"  # what the database is to take for no text: in none of the files
_UTF8: Final = "utf-8-sig"


@dataclass(slots=True)
class CsvFile:
    """A CSV file whose header has been read."""

    path: Path
    columns: tuple[str, ...]
    encoding: str
    delimiter: str
    ragged: int = 0
    first_ragged: int = 0
    rows: int = 0

    def stage(self, con: DuckDBPyConnection, link: Path, out: Path, wanted: dict[int, str]) -> None:
        """Write the wanted columns (by place, with the name that each gets) to a Parquet file.
        `link` is a name of the file that stands in a private folder."""
        import duckdb

        if self.encoding == _UTF8 and is_plain(self.path, self.delimiter, NO_TEXT):
            try:
                self._by_database(con, link, out, wanted)
                return
            except duckdb.InterruptException:
                raise
            except duckdb.Error as error:
                out.unlink(missing_ok=True)
                if not isinstance(
                    error, duckdb.InvalidInputException | duckdb.NotImplementedException
                ):
                    stopped_by(error)
        self._by_python(out, wanted)

    def _by_database(
        self,
        con: DuckDBPyConnection,
        link: Path,
        out: Path,
        wanted: dict[int, str],
    ) -> None:
        # Never with `parallel = false`: so read, a file that ends inside a quote loses its last
        # row without a word. Read in parallel, what cannot be split surely is an error.
        columns = ", ".join(f"'c{place}': 'VARCHAR'" for place in range(len(self.columns)))
        cells = ", ".join(
            f"COALESCE(c{place}, '') AS {name}" for place, name in sorted(wanted.items())
        )
        done = con.execute(
            f"COPY (SELECT {cells} FROM read_csv({literal(str(link))}, auto_detect = false, "
            f"strict_mode = true, header = true, columns = {{{columns}}}, "
            f"delim = {literal(self.delimiter)}, quote = '\"', escape = '\"', "
            f"nullstr = {literal(NO_TEXT)}, "
            f"max_line_size = {CELL_CAP})) "
            f"TO {literal(str(out))} (FORMAT parquet, COMPRESSION lz4_raw, ROW_GROUP_SIZE 40960)"
        ).fetchall()
        self.rows = done[0][0]

    def _by_python(self, out: Path, wanted: dict[int, str]) -> None:
        """The same by Python's reader, which counts ragged rows and says what is wrong where."""
        import pyarrow as pa
        import pyarrow.parquet as pq

        schema = pa.schema([(name, pa.string()) for _, name in sorted(wanted.items())])
        try:
            with pq.ParquetWriter(out, schema) as writer:
                for columns in self._batches(sorted(wanted)):
                    arrays = [pa.array(column, pa.string()) for column in columns]
                    writer.write_table(pa.Table.from_arrays(arrays, schema=schema))
        except (csv.Error, UnicodeError, _NulError):
            out.unlink(missing_ok=True)
            read_csv(self.path, encoding=self.encoding, delimiter=self.delimiter)
            raise AssertionError("a file was read in one way and not in the other") from None

    def _batches(self, places: list[int]) -> Iterator[list[list[str]]]:
        self.rows = self.ragged = self.first_ragged = 0
        made: list[list[str]] = [[] for _ in places]
        for line, row in _rows(self.path, self.encoding, self.delimiter):
            if len(row) != len(self.columns):
                self.ragged += 1
                self.first_ragged = self.first_ragged or line
                continue
            for place, column in zip(places, made, strict=True):
                column.append(row[place])
            self.rows += 1
            if self.rows % BATCH == 0:
                yield made
                made = [[] for _ in places]
        yield made


class _NulError(Exception):
    """A NUL character."""


def csv_file(path: Path, settings: ExportSettings) -> CsvFile:
    """A file and its header. Raises `ExportError` as `read_csv` does."""
    try:
        with path.open("rb") as stream:
            empty = not stream.read(1)
        reader = _lines(path, settings.encoding, settings.delimiter)
        header = next((row for _, row in reader if row), None) if not empty else None
    except (csv.Error, UnicodeError, _NulError):
        header = None
    if header is None:
        read_csv(path, encoding=settings.encoding, delimiter=settings.delimiter)
        raise AssertionError("a header was read in one way and not in the other")
    columns = columns_of(path, header, settings.delimiter)
    return CsvFile(path, columns, settings.encoding, settings.delimiter)


def _lines(path: Path, encoding: str, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """Every row but empty ones, with the line on which it ends."""
    csv.field_size_limit(CELL_CAP)
    with path.open(encoding=encoding, newline="") as stream:
        reader = csv.reader(_without_nul(stream), delimiter=delimiter, strict=True)
        for row in reader:
            if row:
                yield reader.line_num, row


def _without_nul(stream: Any) -> Iterator[str]:
    for line in stream:
        if "\0" in line:
            raise _NulError
        yield line


def _rows(path: Path, encoding: str, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """The rows below the header."""
    lines = _lines(path, encoding, delimiter)
    next(lines, None)
    yield from lines
