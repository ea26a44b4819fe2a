"""Sheets of Excel workbooks: looked over before they are opened, and opened by another process."""

import json
import re
import subprocess
import sys
import threading
import zipfile
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Final, NoReturn

from policyengine.imports import workbook_child as child
from policyengine.imports.batches import ROWS, Batch, Get, Named
from policyengine.imports.files import InputFile, hash_of
from policyengine.imports.model import Source
from policyengine.records.errors import export_error

REFUSED: Final = "MAP007"
FILE_CAP: Final = 64 << 20  # bytes of the file
UNPACKED_CAP: Final = 512 << 20  # bytes of all that it holds
RATIO_CAP: Final = 200  # of a part of more than a mebibyte
PARTS_CAP: Final = 5_000
CELLS_CAP: Final = 20_000_000  # of the smallest rectangle that holds a sheet
MEMORY: Final = 1 << 30
SECONDS: Final = 120  # of the processor
PATIENCE: Final = 900  # seconds, in which the reader also waits for us
_CHUNK: Final = 1 << 20
_CELL = re.compile(rb"\br\s*=\s*[\"']([A-Z]{1,4})(\d{1,9})[\"']")
_ROW = re.compile(rb"\br\s*=\s*[\"'](\d{1,9})[\"']")
_ERROR = re.compile(rb"\bt\s*=\s*[\"']e[\"']")


class WorkbookTable:
    """A sheet of a workbook. Cells that are dates come as ISO dates; an error is a blank cell."""

    def __init__(self, file: InputFile, source: Source) -> None:
        self.file = file
        self._source = source
        errors = looked_over(file)
        self.sha256 = hash_of(file.path)
        self.said = f"sheet {source.sheet}" if source.sheet else "the only sheet"
        if errors:
            self.said += f"; {errors} cells in the workbook hold an error and are read as blank"
        self._named = Named(file, source.columns or self._header())

    def column(self, name: str) -> Get:
        """The column of a name."""
        return self._named.column(name)

    def batches(self) -> Iterator[Batch]:
        """All the rows below the header that hold anything."""
        width = len(self._named.names)
        rows = ((n, _fitted(row, width)) for n, row in self.rows() if n > self._source.header)
        while several := list(islice(rows, ROWS)):
            kept = [(number, row) for number, row in several if any(row)]
            if kept:
                yield Batch([row for _, row in kept], [number for number, _ in kept])

    def _header(self) -> list[str]:
        for number, row in self.rows():
            if number == self._source.header:
                while row and not row[-1].strip():
                    row.pop()
                if row:
                    return row
        message = f"{self.file.name}: row {self._source.header} of the sheet holds no header"
        raise export_error("CAS009", message, "`header: N` in the source says which row it is")

    def rows(self) -> Iterator[tuple[int, list[str]]]:
        """Each row and its number, from the process that reads them."""
        words = [
            sys.executable,
            "-P",
            str(Path(child.__file__)),
            str(self.file.path.resolve()),
            self._source.sheet or "",
            str(MEMORY),
            str(SECONDS),
        ]
        if sys.platform == "win32":
            self._refuse("workbooks are read on Linux and macOS only", "save the sheet as CSV")
        with subprocess.Popen(  # noqa: S603 - our own program, no shell, a path of our own finding
            words, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL
        ) as process:
            timer = threading.Timer(PATIENCE, process.kill)
            timer.start()
            try:
                assert process.stdout is not None
                for line in process.stdout:
                    number, row = json.loads(line)
                    yield number, row
                code = process.wait()
            finally:
                timer.cancel()
                process.kill()
        if code:
            self._failed(code)

    def _failed(self, code: int) -> NoReturn:
        if code == child.NO_SHEET:
            hint = "`sheet: NAME` in the source; a workbook with one sheet needs none"
            raise export_error("CAS005", f"{self.file.name}: there is no such sheet", hint)
        if code == child.NOT_INSTALLED:
            hint = "pip install 'trust-policy-engine[imports]'"
            raise export_error(REFUSED, "workbooks are read with python-calamine", hint)
        if code == child.UNREADABLE:
            self._refuse("it is no workbook that can be read, or it is damaged")
        self._refuse(f"it cannot be read within {MEMORY >> 20} MiB and {SECONDS} seconds")

    def _refuse(self, why: str, *hints: str) -> NoReturn:
        raise export_error(REFUSED, f"{self.file.name}: {why}", *hints)


def _fitted(row: list[str], width: int) -> list[str]:
    """A row as wide as the header; cells to the right of it have no name."""
    return row[:width] if len(row) >= width else row + [""] * (width - len(row))


def looked_over(file: InputFile) -> int:
    """Look a workbook over before anything opens it; how many cells hold an error.

    Raises `ExportError` (MAP007) for one that is too large, that unpacks to too much, that
    carries macros, or whose cells lie too far apart.
    """

    def refuse(why: str, *hints: str) -> NoReturn:
        raise export_error(REFUSED, f"{file.name}: {why}", *hints)

    if file.path.stat().st_size > FILE_CAP:
        refuse(f"it is larger than {FILE_CAP >> 20} MiB", "save the sheet as CSV")
    try:
        with zipfile.ZipFile(file.path) as parts:
            infos = parts.infolist()
            if len(infos) > PARTS_CAP or sum(info.file_size for info in infos) > UNPACKED_CAP:
                refuse(f"it unpacks to more than {UNPACKED_CAP >> 20} MiB", "save it as CSV")
            names = [info.filename.lower() for info in infos]
            if any("vbaproject" in name or "macrosheets/" in name for name in names):
                refuse("it carries macros", "save it as .xlsx, which has none, or as CSV")
            for info in infos:
                if info.file_size > _CHUNK * 1 and info.file_size > RATIO_CAP * info.compress_size:
                    refuse("a part of it is packed more tightly than any that Excel writes")
            sheets = [info for info in infos if info.filename.lower().startswith("xl/worksheets/")]
            return sum(_scanned(parts, info, refuse) for info in sheets)
    except (zipfile.BadZipFile, zipfile.LargeZipFile, EOFError, NotImplementedError, RuntimeError):
        refuse("it is no .xlsx workbook", "an .xls or a protected one: save it as .xlsx or as CSV")
    except zipfile.error:
        refuse("it is damaged")


def _scanned(parts: zipfile.ZipFile, info: zipfile.ZipInfo, refuse: object) -> int:
    """Look through one sheet for cells that lie far apart; how many hold an error."""
    assert callable(refuse)
    columns = rows = errors = unpacked = 0
    rest = b""
    with parts.open(info) as stream:
        while data := stream.read(_CHUNK):
            unpacked += len(data)
            if unpacked > UNPACKED_CAP:
                refuse(f"it unpacks to more than {UNPACKED_CAP >> 20} MiB")
            data = rest + data
            cut = data.rfind(b">") + 1 or len(data)
            data, rest = data[:cut], data[cut:]
            if len(rest) > _CHUNK:
                refuse("it is damaged")
            for letters, number in set(_CELL.findall(data)):
                columns = max(columns, _column(letters))
                rows = max(rows, int(number))
            rows = max([rows, *map(int, set(_ROW.findall(data)))])
            errors += len(_ERROR.findall(data))
            if rows * max(columns, 1) > CELLS_CAP:
                hint = "delete what stands far from the table, or save the sheet as CSV"
                refuse("its cells lie too far apart", hint)
    return errors


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number
