"""Sheets that a person filled in: CSV from whatever wrote it, and workbooks of our own making.

A workbook is read without any library: only texts and numbers of cells are taken, sizes are
capped before anything is unpacked, and a document type is refused.
"""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from xml.parsers import expat

SIZE_CAP = 16 << 20  # bytes of the file
PART_CAP = 64 << 20  # bytes of one part of a workbook, unpacked
_COLUMNS = 256
_ROWS = 200_000
_TEXT_CAP = 1 << 20


class SheetError(Exception):
    """The file is not a sheet that can be read; the message names no value of it."""


Table = list[list[str]]


def read_sheets(path: Path) -> list[Table]:
    """The tables of a file: one of a CSV file, one a sheet of a workbook. Raises OSError where it
    cannot be opened and `SheetError` where it cannot be read."""
    with path.open("rb") as stream:
        data = stream.read(SIZE_CAP + 1)
    if len(data) > SIZE_CAP:
        raise SheetError(f"it is larger than {SIZE_CAP >> 20} MiB")
    if data.startswith(b"PK"):
        return _workbook(data)
    return [_csv(data)]


# --- CSV ----------------------------------------------------------------------------------------


def _csv(data: bytes) -> Table:
    """UTF-8, with or without a mark, or what Excel writes on Windows; commas, semicolons or tabs,
    whichever the first line has most of."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode("cp1252", "replace")
    if "\0" in text:
        raise SheetError("there are zero bytes in it")
    first = text.split("\n", 1)[0]
    delimiter = max(",;\t", key=first.count)
    try:
        rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True))
    except csv.Error:
        raise SheetError(
            "it is not CSV: a quote is never closed, or stands where none can"
        ) from None
    return rows


# --- workbooks ----------------------------------------------------------------------------------

_SHEET = re.compile(r"xl/worksheets/sheet(\d+)\.xml")
_PLACE = re.compile(r"([A-Z]{1,3})\d+")


def _workbook(data: bytes) -> list[Table]:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            names = archive.namelist()
            shared = _Texts()
            if "xl/sharedStrings.xml" in names:
                _parse(_part(archive, "xl/sharedStrings.xml"), shared)
            sheets = sorted(
                (int(found[1]), found[0]) for found in map(_SHEET.fullmatch, names) if found
            )
            if not sheets:
                raise SheetError("there is no sheet in it")
            tables = []
            for _, name in sheets:
                cells = _Cells(shared.texts)
                _parse(_part(archive, name), cells)
                tables.append(cells.rows)
            return tables
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, ValueError):
        raise SheetError("it is neither CSV nor a workbook (.xlsx)") from None


def _part(archive: zipfile.ZipFile, name: str) -> bytes:
    with archive.open(name) as stream:
        data = stream.read(PART_CAP + 1)
    if len(data) > PART_CAP:
        raise SheetError("a sheet of it is too large")
    return data


class _Texts:
    """The texts that cells share."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self._said: list[str] = []
        self._path: list[str] = []

    def start(self, name: str, _: dict[str, str]) -> None:
        self._path.append(name)
        if name == "si":
            self._said = []

    def end(self, name: str) -> None:
        self._path.pop()
        if name == "si":
            self.texts.append("".join(self._said)[:_TEXT_CAP])

    def data(self, text: str) -> None:
        if self._path[-1] == "t" and "rPh" not in self._path:
            self._said.append(text)


class _Cells:
    """The cells of a sheet, row by row."""

    def __init__(self, shared: list[str]) -> None:
        self.rows: Table = []
        self._shared = shared
        self._path: list[str] = []
        self._said: list[str] = []
        self._type = ""
        self._column = -1

    def start(self, name: str, given: dict[str, str]) -> None:
        self._path.append(name)
        if name == "row":
            if len(self.rows) >= _ROWS:
                raise SheetError("it has too many rows")
            self.rows.append([])
            self._column = -1
        elif name == "c":
            self._said = []
            self._type = given.get("t", "n")
            place = _PLACE.fullmatch(given.get("r", ""))
            self._column = _number(place[1]) if place else self._column + 1

    def end(self, name: str) -> None:
        self._path.pop()
        if name == "c" and self.rows and 0 <= self._column < _COLUMNS:
            row = self.rows[-1]
            row.extend([""] * (self._column + 1 - len(row)))
            row[self._column] = self._text()

    def data(self, text: str) -> None:
        if self._path[-1] in ("v", "t") and "rPh" not in self._path:
            self._said.append(text)

    def _text(self) -> str:
        said = "".join(self._said)
        if self._type != "s" or not said:
            return said
        index = int(said)
        return self._shared[index] if 0 <= index < len(self._shared) else ""


def _number(letters: str) -> int:
    """The column of `A`, `B`, ... `AA`, from 0."""
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number - 1


def _parse(data: bytes, into: _Texts | _Cells) -> None:
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True

    def refused(*_: object) -> None:
        raise SheetError("it declares a document type, which no workbook does")

    parser.StartDoctypeDeclHandler = refused
    parser.StartElementHandler = lambda name, given: into.start(name.rpartition(" ")[2], given)
    parser.EndElementHandler = lambda name: into.end(name.rpartition(" ")[2])
    parser.CharacterDataHandler = into.data
    try:
        parser.Parse(data, True)
    except expat.ExpatError:
        raise SheetError("a sheet of it is broken") from None


def rows_below(
    tables: list[Table], header: tuple[str, ...]
) -> Iterator[tuple[int, dict[str, str]]]:
    """The rows below a header line that has these columns, in every table that has one: the line
    number and the cells by column. Raises `SheetError` where no table has it."""
    found = False
    for table in tables:
        columns: list[str] = []
        for number, row in enumerate(table, 1):
            if not columns:
                names = [cell.strip().casefold() for cell in row]
                if all(name.casefold() in names for name in header):
                    columns, found = names, True
                continue
            if any(cell.strip() for cell in row):
                cells = dict(zip(columns, row, strict=False))
                yield number, {name: cells.get(name.casefold(), "").strip() for name in header}
    if not found:
        raise SheetError(f"no line of it has the columns {', '.join(header)}")
