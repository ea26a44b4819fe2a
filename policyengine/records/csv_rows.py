"""Rows from a CSV file: every cell a text, nothing sniffed, nothing skipped in silence."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import Final

from policyengine.records.errors import export_error

CELL_CAP: Final = 1 << 20  # characters
TABLE_CAP: Final = 2 << 30  # bytes


@dataclass(slots=True)
class RawTable:
    """A table as it was read: its columns in order, its rows, and how many were ragged, with
    the line on which the first of those ends."""

    columns: tuple[str, ...]
    rows: list[dict[str, object]]
    ragged: int = 0
    first_ragged: int = 0


def read_csv(path: Path, *, encoding: str, delimiter: str) -> RawTable:
    """Read a CSV file with a header.

    Raises `ExportError` with the file and the line: bytes that are not of the encoding
    (CAS003), NUL (CAS010), a header that names a column twice or not at all (CAS009), quotes
    that are wrong or never closed, or another delimiter (CAS010), a cell of more than 1 MiB
    (CAS012). A row of more or fewer cells than the header is counted as ragged.
    """
    text = _text(path, encoding)
    csv.field_size_limit(CELL_CAP)
    reader = csv.reader(StringIO(text, newline=""), delimiter=delimiter, strict=True)
    rows = _rows(path, reader)
    header = next(rows, None)
    if header is None:
        raise export_error("CAS009", f"{path}: the file is empty; a table has at least a header")
    columns = columns_of(path, header, delimiter)
    width = len(columns)
    table = RawTable(columns, [])
    add = table.rows.append
    for row in rows:
        if len(row) == width:
            add(dict(zip(columns, row, strict=True)))
        else:
            table.ragged += 1
            table.first_ragged = table.first_ragged or reader.line_num
    return table


def _text(path: Path, encoding: str) -> str:
    with path.open("rb") as stream:
        data = stream.read(TABLE_CAP + 1)
    if len(data) > TABLE_CAP:
        raise export_error("CAS012", f"{path} is larger than {TABLE_CAP >> 30} GiB")
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        called = encoding.removesuffix("-sig")
        hint = "if it comes from Excel or an older system, say `encoding: cp1252` in export.yaml"
        message = f"{path} line {line}: this is not {called}"
        raise export_error("CAS003", message, hint) from None
    if (at := text.find("\0")) >= 0:
        line = text.count("\n", 0, at) + 1
        message = f"{path} line {line}: a NUL character, which no text holds"
        raise export_error("CAS010", message, "is the file damaged, or of another encoding?")
    return text


def _rows(path: Path, reader: "Iterator[list[str]]") -> Iterator[list[str]]:
    """The rows that hold anything; an empty line is no row."""
    while True:
        try:
            row = next(reader, None)
        except csv.Error as error:
            line: int = getattr(reader, "line_num", 0)
            raise _unsplit(path, line, str(error)) from None
        if row is None:
            return
        if row:
            yield row


def _unsplit(path: Path, line: int, why: str) -> Exception:
    if "field larger" in why:
        return export_error("CAS012", f"{path} line {line}: a cell is longer than 1 MiB")
    if "unexpected end" in why:
        return export_error("CAS010", f"{path}: a quote is opened and never closed")
    return export_error("CAS010", f"{path} line {line}: a quote stands where none can")


def columns_of(path: Path, header: list[str], delimiter: str) -> tuple[str, ...]:
    """The names of the columns of a header. Raises `ExportError` (CAS009, CAS010)."""
    columns = tuple(name.strip() for name in header)
    if len(columns) == 1:
        for other, called in ((";", "semicolons"), ("\t", "tabs"), ("|", "bars"), (",", "commas")):
            if other != delimiter and other in columns[0]:
                hint = f'say `delimiter: "{other if other != chr(9) else "tab"}"` in export.yaml'
                message = f"{path}: there is one column; the cells seem to be parted by {called}"
                raise export_error("CAS010", message, hint)
    if "" in columns:
        place = columns.index("") + 1
        raise export_error("CAS009", f"{path}: column {place} of the header has no name")
    twice = {name for name in columns if columns.count(name) > 1}
    if twice:
        place = max(index for index, name in enumerate(columns, 1) if name in twice)
        first = columns.index(columns[place - 1]) + 1
        message = f"{path}: columns {first} and {place} of the header have one name"
        raise export_error("CAS009", message)
    return columns
