"""Rows in batches, column by column: what makes an import of a million rows a matter of seconds.

A batch is small enough for its cells to stay in the processor's cache. Columns are lists of
texts; nothing is typed here.
"""

import csv
from codecs import BOM_UTF8
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from io import TextIOWrapper
from itertools import islice
from pathlib import Path
from typing import Final, Protocol, TextIO

from policyengine.formats import JsonError, loads, suggestion
from policyengine.imports.faults import Fault
from policyengine.imports.files import InputFile, decoding_of
from policyengine.imports.json_path import getter, rows_at
from policyengine.imports.model import FILE_COLUMN, Format, Source
from policyengine.records.errors import ExportError, export_error
from policyengine.records.notes import is_plain

ROWS: Final = 512
_BUFFER: Final = 1 << 18
CELL_CAP: Final = 1 << 20  # characters
LINE_CAP: Final = 16 << 20  # characters of a line of JSON
WHOLE_CAP: Final = 128 << 20  # bytes of a JSON file that is read whole
_DELIMITERS: Final = ((";", "semicolons"), ("\t", "tabs"), ("|", "bars"), (",", "commas"))

Get = Callable[["Batch"], Sequence[str]]


class Reader(Protocol):
    """A reader of the csv module."""

    @property
    def line_num(self) -> int:
        """The lines that it has read."""

    def __iter__(self) -> Iterator[list[str]]:
        """Its rows."""

    def __next__(self) -> list[str]:
        """The next of them."""


@dataclass(slots=True)
class Batch:
    """Some rows of a file, with their numbers in it (the header is a row, and the first is 1).
    `faulty` are rows that are none, which `rows` does not hold."""

    rows: Sequence[object]
    numbers: Sequence[int]
    faulty: list[tuple[int, Fault]] = field(default_factory=list)
    _columns: Sequence[Sequence[str]] | Mapping[int, Sequence[str]] | None = None

    @classmethod
    def of_columns(cls, columns: Mapping[int, Sequence[str]], length: int) -> "Batch":
        """Some columns of some rows, whose numbers nobody asks for."""
        return cls((), range(length), _columns=columns)

    def cells(self, index: int) -> Sequence[str]:
        """A column of a table."""
        if self._columns is None:
            self._columns = list(zip(*self.rows, strict=True))
        return self._columns[index] if self._columns else ()

    def only(self, places: list[int]) -> "Batch":
        """The rows at some places."""
        rows, numbers = self.rows, self.numbers
        return Batch([rows[i] for i in places], [numbers[i] for i in places])


class Table(Protocol):
    """A file that is open for reading. `said` is what the load report says of how it was read."""

    file: InputFile
    sha256: str
    said: str

    def column(self, name: str) -> Get:
        """What gives a column. Raises `ExportError` (CAS008) where there is none."""

    def batches(self) -> Iterator[Batch]:
        """All its rows."""


def open_table(file: InputFile, source: Source) -> Table:
    """Open a file. Raises `ExportError` where it cannot be read as what the source says."""
    match file.format:
        case Format.CSV:
            return CsvTable(file, source)
        case Format.JSON | Format.JSONL | Format.NDJSON:
            return JsonTable(file, source)
        case Format.XLSX:
            from policyengine.imports.workbook import WorkbookTable

            return WorkbookTable(file, source)


class Named:
    """Columns that a header names."""

    def __init__(self, file: InputFile, header: Sequence[str]) -> None:
        self.file = file
        self.names = tuple(name.strip().strip("\ufeff") for name in header)
        self._places: dict[str, int] = {}
        for place, name in enumerate(self.names):
            if name and name in self._places:
                first = self._places[name] + 1
                message = f"{file.name}: columns {first} and {place + 1} have one name"
                raise export_error("CAS009", message)
            self._places[name] = place

    def column(self, name: str) -> Get:
        """The column of a name."""
        if name == FILE_COLUMN:
            return _file_name(self.file)
        place = self.place(name)
        return lambda batch: batch.cells(place)

    def place(self, name: str) -> int:
        """Where the column of a name is."""
        place = self._places.get(name.strip())
        if place is None or not name.strip():
            near = suggestion(name, [each for each in self.names if is_plain(each)])
            hints = [f"did you mean `{near}`?"] if near else []
            message = f"{self.file.name}: the column `{name}` is missing"
            raise export_error("CAS008", message, *hints)
        return place


def _file_name(file: InputFile) -> Get:
    name = Path(file.name).name
    return lambda batch: [name] * len(batch.numbers)


def squared(rows: list[list[str]], numbers: list[int], width: int) -> Batch:
    """A batch of rows of one width; the ragged ones are faulty, and empty lines are no rows."""
    if set(map(len, rows)) == {width}:
        return Batch(rows, numbers)
    kept = [(row, number) for row, number in zip(rows, numbers, strict=True) if len(row) == width]
    faulty = [
        (number, Fault.RAGGED)
        for row, number in zip(rows, numbers, strict=True)
        if row and len(row) != width
    ]
    return Batch([row for row, _ in kept], [number for _, number in kept], faulty)


class CsvTable:
    """A CSV file: nothing sniffed, nothing skipped in silence."""

    def __init__(self, file: InputFile, source: Source) -> None:
        self.file = file
        self.source = source
        decoding = decoding_of(file, source.encodings)
        self.encoding = decoding.encoding
        self.sha256 = decoding.sha256
        self.said = decoding.encoding.removesuffix("-sig")
        csv.field_size_limit(CELL_CAP)
        header = list(source.columns) if source.columns else self._header()
        self._named = Named(file, header)
        self.width = len(header)

    def column(self, name: str) -> Get:
        """The column of a name."""
        return self._named.column(name)

    def places(self, names: Sequence[str]) -> list[int]:
        """The places of columns, without those that stand in no file."""
        return [self._named.place(name) for name in names if name != FILE_COLUMN]

    @property
    def start(self) -> int:
        """The byte at which the text begins: behind a byte order mark of UTF-8."""
        if self.encoding != "utf-8-sig":
            return 0
        with self.file.path.open("rb") as stream:
            return len(BOM_UTF8) if stream.read(len(BOM_UTF8)) == BOM_UTF8 else 0

    def opened(self, at: int) -> TextIO:
        """The file as text, from a byte on. The mark has been passed over: the codec that would do
        so is five times slower than the one that would not."""
        stream = self.file.path.open("rb", buffering=_BUFFER)
        stream.seek(at)
        return TextIOWrapper(stream, self.encoding.removesuffix("-sig"), newline="")

    def batches(self) -> Iterator[Batch]:
        """All the rows below the header."""
        number = self.source.header
        for rows in self._several(self.source.header):
            numbers = list(range(number + 1, number + 1 + len(rows)))
            number += len(rows)
            yield squared(rows, numbers, self.width)

    def _header(self) -> list[str]:
        empty: list[list[str]] = [[]]
        rows = next(self._several(self.source.header - 1, 1), empty)
        if not rows[0]:
            message = f"{self.file.name}: there is no header; a table has at least that"
            raise export_error("CAS009", message)
        header = rows[0]
        if len(header) == 1:
            for other, called in _DELIMITERS:
                if other != self.source.delimiter and other in header[0]:
                    message = f"{self.file.name}: there is one column; are they parted by {called}?"
                    said = "tab" if other == "\t" else other
                    raise export_error("CAS010", message, f'`delimiter: "{said}"` in the source')
        return header

    def _several(self, skip: int, size: int = ROWS) -> Iterator[list[list[str]]]:
        with self.opened(self.start) as stream:
            reader = reader_of(stream, self.source)
            yield from several(reader, self.file.name, skip, size)


def reader_of(lines: Iterable[str], source: Source) -> Reader:
    """What reads the rows of a source."""
    return csv.reader(
        lines,
        delimiter=source.delimiter,
        quotechar=source.quote,
        quoting=csv.QUOTE_MINIMAL if source.quote else csv.QUOTE_NONE,
        strict=True,
    )


def several(
    reader: Reader, name: str, skip: int = 0, size: int = ROWS, line: int = 0
) -> Iterator[list[list[str]]]:
    """Rows, so many at a time. `line` is how many lines stand before those that are read. What
    stands before a row that cannot be read is given first: the first mistake is the one told."""
    rows: list[list[str]] = []
    try:
        for _ in islice(reader, skip):
            pass
        while True:
            rows = []
            rows.extend(islice(reader, size))
            if not rows:
                return
            yield rows
    except csv.Error as error:
        if rows:
            yield rows
        raise _unsplit(name, line + reader.line_num, str(error)) from None


def _unsplit(name: str, line: int, why: str) -> ExportError:
    if "field larger" in why:
        return export_error("CAS012", f"{name} line {line}: a cell is longer than 1 MiB")
    if "unexpected end" in why:
        return export_error("CAS010", f"{name}: a quote is opened and never closed")
    hint = "`quote: none` in the source, if quotes are not special in it"
    return export_error("CAS010", f"{name} line {line}: a quote stands where none can", hint)


class JsonTable:
    """Objects of JSON, a line each or in a list; a column is a path."""

    def __init__(self, file: InputFile, source: Source) -> None:
        self.file = file
        self._source = source
        decoding = decoding_of(file, source.encodings)
        self._encoding = decoding.encoding
        self.sha256 = decoding.sha256
        self.said = decoding.encoding.removesuffix("-sig")

    def column(self, name: str) -> Get:
        """What a path leads to."""
        if name == FILE_COLUMN:
            return _file_name(self.file)
        get = getter(name)
        return lambda batch: [get(row) for row in batch.rows]

    def batches(self) -> Iterator[Batch]:
        """All its objects; a row's number is its line, or its place in the list."""
        rows = self._whole() if self.file.format is Format.JSON else self._lines()
        while several := list(islice(rows, ROWS)):
            good = [(number, row) for number, row in several if type(row) is dict]
            bad = [
                (number, Fault.NOT_AN_OBJECT) for number, row in several if type(row) is not dict
            ]
            yield Batch([row for _, row in good], [number for number, _ in good], bad)

    def _lines(self) -> Iterator[tuple[int, object]]:
        number = 0
        with self.file.path.open(encoding=self._encoding, newline="\n") as stream:
            while line := stream.readline(LINE_CAP + 1):
                number += 1
                if len(line) > LINE_CAP:
                    message = f"{self.file.name} line {number}: longer than {LINE_CAP >> 20} MiB"
                    raise export_error("CAS012", message)
                if not line.isspace():
                    yield number, self._value(line, f"{self.file.name} line {number}")

    def _whole(self) -> Iterator[tuple[int, object]]:
        name = self.file.name
        if self.file.path.stat().st_size > WHOLE_CAP:
            message = f"{name} is larger than {WHOLE_CAP >> 20} MiB"
            raise export_error("CAS012", message, "write an object a line (.ndjson)")
        root = self._value(self.file.path.read_text(encoding=self._encoding), name)
        rows = rows_at(root, self._source.rows)
        if rows is None:
            hint = "`rows: entry[].resource` in the source says where it is"
            raise export_error("CAS005", f"{name}: there is no list where one should be", hint)
        yield from enumerate(rows, 1)

    def _value(self, text: str, where: str) -> object:
        try:
            return loads(text, where)
        except JsonError as error:
            raise export_error("CAS004", str(error)) from None
