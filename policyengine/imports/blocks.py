"""A CSV file in blocks of a few megabytes, each read at once into Arrow's columns.

What can be read so is decided here, and never guessed: a block whose quotes all stand where they
should, whose lines end in one manner, and whose rows are all of one width. Of any other block the
rows are read by the csv module, from the very place on; so both ways read the same.
"""

import csv
import os
from collections.abc import Collection, Generator, Iterator, Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from io import StringIO
from typing import Any, Final

from policyengine.imports.batches import (
    CELL_CAP,
    ROWS,
    Batch,
    CsvTable,
    Table,
    reader_of,
    several,
    squared,
)
from policyengine.imports.files import InputFile
from policyengine.imports.model import Format, Source

SIZE: Final = 16 << 20  # bytes
LEAST: Final = 1 << 20  # bytes of a file; below it, loading Arrow costs more than it saves
_HEAD: Final = 64 << 10  # bytes, in which a header mostly ends
_SMALL: Final = 32 << 10  # bytes: so few are not parted again to find the ragged row among them
# A byte of these below 128 is that character, and no other byte is a part of one.
_ENCODINGS: Final = frozenset({"utf-8-sig", "cp1252", "iso-8859-1", "iso-8859-15"})


@dataclass(frozen=True, slots=True)
class Pace:
    """How files are read: in blocks of so many bytes if they have at least so many; row by row if
    `block` is 0. What comes of it is the same."""

    block: int = SIZE
    least: int = LEAST

    def may_read_columns(self, file: InputFile) -> bool:
        """Whether a file is read in blocks, if it can be parted."""
        return (
            self.block > 0
            and file.format is Format.CSV
            and file.path.stat().st_size >= self.least
            and find_spec("pyarrow") is not None
        )

    def reads_columns(self, table: Table) -> bool:
        """Whether an open file is read in blocks."""
        is_csv = isinstance(table, CsvTable) and _can_be_parted(table)
        return is_csv and self.may_read_columns(table.file)


DEFAULT: Final = Pace()
BY_ROWS: Final = Pace(block=0)


def _can_be_parted(table: CsvTable) -> bool:
    source = table.source
    quote = source.quote or '"'
    return (
        table.width > 1  # of one column, an empty line would be a row
        and table.encoding in _ENCODINGS
        and source.delimiter.isascii()
        and quote.isascii()
        and source.delimiter not in "\r\n"
    )


class Block:
    """Some rows of a file, by column. `numbers` are their places in the file; only the columns
    that were asked for are there."""

    def __init__(
        self, columns: Mapping[int, Any], numbers: Any, width: int, *, is_ascii: bool
    ) -> None:
        self.columns = columns
        self.numbers = numbers
        self.width = width
        self.is_ascii = is_ascii

    def __len__(self) -> int:
        return len(self.numbers)

    def only(self, mask: Any) -> "Block":
        """The rows of a mask."""
        columns = {place: column.filter(mask) for place, column in self.columns.items()}
        return Block(columns, self.numbers.filter(mask), self.width, is_ascii=self.is_ascii)

    def batches(self) -> Iterator[Batch]:
        """The same rows as the rest of the program has them: a few at a time, for a row of Python
        takes far more memory than one of Arrow."""
        for at in range(0, len(self), ROWS):
            columns = {place: column.slice(at, ROWS) for place, column in self.columns.items()}
            numbers = self.numbers.slice(at, ROWS)
            few = Block(columns, numbers, self.width, is_ascii=self.is_ascii)
            yield few._batch(numbers.to_pylist())

    def distinct(self) -> Batch:
        """The rows, each that is the same as another in every column but once. Their numbers say
        nothing."""
        import pyarrow as pa

        names = [str(place) for place in self.columns]
        table = pa.table(list(self.columns.values()), names=names)
        once = table.group_by(names, use_threads=False).aggregate([])
        columns = {int(name): once[name].combine_chunks() for name in names}
        numbers = list(range(once.num_rows))
        return Block(columns, numbers, self.width, is_ascii=self.is_ascii)._batch(numbers)

    def _batch(self, numbers: list[int]) -> Batch:
        blank = [""] * len(numbers)
        texts = [
            self.columns[place].to_pylist() if place in self.columns else blank
            for place in range(self.width)
        ]
        return Batch(list(zip(*texts, strict=True)), numbers)


class CsvBlocks:
    """A CSV file in pieces. Columns that are not `wanted` are passed over."""

    def __init__(self, table: CsvTable, wanted: Collection[int], size: int) -> None:
        self._table = table
        self._source: Source = table.source
        self._quote = (table.source.quote or "").encode()
        self._wanted = sorted(wanted)
        self._size = size
        self._well_quoted = _grammar(table.source.delimiter, table.source.quote)

    def pieces(self) -> Iterator[Block | Batch]:
        """All the rows below the header, in their order: in blocks as far as that can be."""
        start = self._table.start
        with self._table.file.path.open("rb") as stream:
            stream.seek(start)
            rest = stream.read(min(self._size, _HEAD))
            while (head := self._head(rest)) is None and len(rest) < CELL_CAP:
                if not (more := stream.read(max(self._size, len(rest)))):
                    break
                rest += more
            if head is None:
                yield from self._rows_from(_Here(start, 0), skip=self._source.header)
                return
            here = _Here(start + head, self._source.header)
            end = os.fstat(stream.fileno()).st_size
            stream.seek(here.at)
            rest = b""
            while more := stream.read(max(self._size - len(rest), self._size // 2, len(rest))):
                rest = rest + more if rest else more
                del more
                if stream.tell() == end and len(rest) <= 2 * self._size:
                    break
                cut = rest.rfind(b"\n") + 1
                piece = rest[:cut]
                is_sound = self._is_sound(piece)
                if not is_sound:
                    cut = self._cut(rest)
                    piece = rest[:cut]
                rest = rest[cut:]
                if (yield from self._piece(piece, here, is_sound=is_sound)):
                    return
                if len(rest) > max(self._size, 2 * CELL_CAP):
                    yield from self._rows_from(here)
                    return
            # Empty lines are no rows: those at the end of the file are not looked at.
            yield from self._piece(rest.rstrip(b"\r\n"), here)

    def _piece(
        self, piece: bytes, here: "_Here", *, is_sound: bool = False
    ) -> Generator[Block | Batch, None, bool]:
        """Whole rows, of which it may be known that they are sound. Where some of them are odd,
        they are halved until those are among a few, which are read row by row. True where the
        file has been read to its end."""
        todo = [piece]
        while todo:
            part = todo.pop()
            if not part:
                continue
            is_sound = is_sound or self._is_sound(part)
            block = self._block(part, here.rows) if is_sound else None
            is_sound = False
            if block is not None:
                yield block
                here.go_on(part, len(block))
                continue
            middle = self._cut(part[: len(part) // 2]) if len(part) > _SMALL else 0
            if middle:
                todo += [part[middle:], part[:middle]]
                continue
            rows = self._by_rows(part)
            if rows is None:
                yield from self._rows_from(here)
                return True
            yield from self._batches(rows, here.rows)
            here.go_on(part, len(rows))
        return False

    def _head(self, data: bytes) -> int | None:
        """Where the header ends; None where that is not plain to see."""
        end = 0
        for _ in range(self._source.header):
            while True:
                end = data.find(b"\n", end) + 1
                if not end:
                    return None
                if not self._quote or data.count(self._quote, 0, end) % 2 == 0:
                    break
        rows = self._by_rows(data[:end])
        return end if rows is not None and len(rows) == self._source.header else None

    def _cut(self, data: bytes) -> int:
        """Where the last row that is whole ends: at an end of a line that no quotes enclose."""
        cut = data.rfind(b"\n") + 1
        if self._quote:
            quotes = data.count(self._quote, 0, cut)
            while cut and quotes % 2:
                before = data.rfind(b"\n", 0, cut - 1) + 1
                quotes -= data.count(self._quote, before, cut)
                cut = before
        return cut

    def _is_sound(self, piece: bytes) -> bool:
        """Whether every reader would read a piece alike. It must hold whole rows."""
        if not _is_short(piece):
            return False
        if not self._quote or self._quote not in piece:
            return piece.count(b"\r") == piece.count(b"\r\n")
        return self._well_quoted.fullmatch(piece) is not None

    def _block(self, piece: bytes, number: int) -> Block | None:
        """The columns that are wanted; None where a row has more or fewer cells than the header, or
        where a line is empty."""
        import pyarrow as pa
        from pyarrow import csv as arrow

        is_ascii = piece.isascii()
        if not is_ascii and self._table.encoding != "utf-8-sig":
            piece = piece.decode(self._table.encoding).encode()
        wanted = [str(place) for place in self._wanted]
        quotes = bool(self._quote) and self._quote in piece
        try:
            table = arrow.read_csv(
                pa.BufferReader(piece),
                arrow.ReadOptions(
                    use_threads=False,
                    block_size=len(piece) + 1,
                    column_names=[str(place) for place in range(self._table.width)],
                ),
                arrow.ParseOptions(
                    delimiter=self._source.delimiter,
                    quote_char=self._source.quote if quotes else False,
                    escape_char=False,
                    newlines_in_values=quotes,
                ),
                arrow.ConvertOptions(
                    check_utf8=False,
                    strings_can_be_null=False,
                    column_types=dict.fromkeys(wanted, pa.string()),
                    include_columns=wanted,
                ),
            )
        except pa.ArrowInvalid:
            return None
        rows, lines = table.num_rows, piece.count(b"\n") + (not piece.endswith(b"\n"))
        if rows < lines and (not quotes or _has_long_cell(piece, self._quote)):
            return None
        columns = {place: table[str(place)].combine_chunks() for place in self._wanted}
        numbers = pa.arange(number + 1, number + 1 + rows)
        return Block(columns, numbers, self._table.width, is_ascii=is_ascii)

    def _by_rows(self, piece: bytes) -> list[list[str]] | None:
        """The rows of a piece, as the csv module reads it; None where it cannot."""
        text = piece.decode(self._table.encoding.removesuffix("-sig"))
        try:
            return list(reader_of(StringIO(text, newline=""), self._source))
        except csv.Error:
            return None

    def _batches(self, rows: list[list[str]], number: int) -> Iterator[Batch]:
        for at in range(0, len(rows), ROWS):
            some = rows[at : at + ROWS]
            numbers = list(range(number + at + 1, number + at + 1 + len(some)))
            yield squared(some, numbers, self._table.width)

    def _rows_from(self, here: "_Here", skip: int = 0) -> Iterator[Batch]:
        """The rest of the file, row by row."""
        with self._table.file.path.open("rb") as stream:
            stream.seek(self._table.start)
            lines = _lines(stream.read(here.at - self._table.start))
        with self._table.opened(here.at) as stream:
            reader = reader_of(stream, self._source)
            number = here.rows + skip
            for rows in several(reader, self._table.file.name, skip, line=lines):
                yield from self._batches(rows, number)
                number += len(rows)


@dataclass(slots=True)
class _Here:
    """Where in a file the next row begins, and how many rows lie behind."""

    at: int
    rows: int

    def go_on(self, piece: bytes, rows: int) -> None:
        self.at += len(piece)
        self.rows += rows


def _lines(piece: bytes) -> int:
    """How many ends of lines a piece has, as the csv module counts them."""
    return piece.count(b"\n") + piece.count(b"\r") - piece.count(b"\r\n")


def _is_short(piece: bytes) -> bool:
    """Whether no line of a piece is longer than a cell may be."""
    at = 0
    while len(piece) - at > CELL_CAP:
        end = piece.rfind(b"\n", at, at + CELL_CAP)
        if end < at:
            return False
        at = end + 1
    return True


def _has_long_cell(piece: bytes, quote: bytes) -> bool:
    """Whether a quoted cell, of several lines perhaps, is longer than a cell may be."""
    if len(piece) <= CELL_CAP:
        return False
    parts = piece.replace(quote * 2, b"  ").split(quote)
    return max(map(len, parts)) > CELL_CAP


def _grammar(delimiter: str, quote: str | None) -> Any:
    """What matches rows, of two cells at least, in which quotes stand around whole cells alone, and
    twice within them."""
    import re2

    options = re2.Options()
    options.encoding = re2.Options.Encoding.LATIN1
    options.never_capture = True
    between, mark = re2.escape(delimiter), re2.escape(quote or '"')
    cell = f"(?:{mark}(?:[^{mark}]|{mark}{mark})*{mark}|[^{mark}{between}\\r\\n]*)"
    row = f"(?:{cell}{between})+{cell}"
    return re2.compile(f"(?:{row}\\r?\\n)*(?:{row})?".encode(), options=options)
