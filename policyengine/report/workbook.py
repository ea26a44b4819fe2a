"""Workbooks that hold what was meant: texts as texts, dates as dates, and nothing that acts.

The one door to XlsxWriter. No cell is a formula, a link, or a text turned into a number; a text
that a cell cannot hold is cut and says so, never dropped in silence. The same content gives the
same bytes.
"""

from __future__ import annotations

import io
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Final

from policyengine.report.safe_text import safe_text

if TYPE_CHECKING:
    from xlsxwriter import Workbook
    from xlsxwriter.format import Format
    from xlsxwriter.worksheet import Worksheet

LONGEST: Final = 32_767  # in a cell, counted as UTF-16 does: a rare character is two
LAST_ROW: Final = 1_048_575  # the last row of a sheet, from 0
_EARLIEST: Final = date(1900, 3, 1)  # before it Excel counts a day that never was
_CUT: Final = " ... (cut short)"
_OPTIONS: Final = {
    "constant_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
    "nan_inf_to_errors": False,
}


class WorkbookError(Exception):
    """The library would not take a cell."""


@contextmanager
def workbook(made: date, title: str) -> Iterator[tuple[Workbook, io.BytesIO]]:
    """A workbook and the buffer that holds it once the block is left. `made` is the day that it
    names as its own: a workbook has to name one, and nothing here reads the clock. Rows are
    written from the top, and a row that is left cannot be written any more.

    Raises ImportError where XlsxWriter is not installed, OSError where there is no room for what
    waits to be put together.
    """
    from xlsxwriter import Workbook
    from xlsxwriter.exceptions import FileCreateError

    buffer = io.BytesIO()
    # What is written waits in files that nobody else can read, and that go when it is done.
    with tempfile.TemporaryDirectory(prefix="workbook-") as folder:
        book = Workbook(buffer, {**_OPTIONS, "tmpdir": folder})
        day = datetime(made.year, made.month, made.day)  # noqa: DTZ001 - a day, no instant
        book.set_properties({"title": title, "created": day})
        yield book, buffer
        try:
            book.close()
        except FileCreateError as error:
            inner = error.args[0] if error.args else None
            raise inner if isinstance(inner, OSError) else OSError(str(error)) from None


def is_there() -> None:
    """Raises ImportError where XlsxWriter is not installed."""
    import xlsxwriter  # noqa: F401


def put(sheet: Worksheet, row: int, column: int, value: object, look: Format) -> None:
    """Write a cell: a number, a day or an instant (local, without its offset) as what it is;
    anything else as text on one line or, where it holds line ends, on several."""
    said: Any
    match value:
        case None | "":
            said = sheet.write_blank(row, column, None, look)
        case bool():
            said = sheet.write_string(row, column, "yes" if value else "no", look)
        case int() | float():
            said = sheet.write_number(row, column, value, look)
        case datetime() if value.date() >= _EARLIEST:
            said = sheet.write_datetime(row, column, value.replace(tzinfo=None), look)
        case date() if not isinstance(value, datetime) and value >= _EARLIEST:
            said = sheet.write_datetime(row, column, value, look)
        case _:
            said = sheet.write_string(row, column, cell_text(str(value)), look)
    if said:
        raise WorkbookError(f"a cell was not taken (code {said})")


def cell_text(text: str) -> str:
    """A text that a cell can hold: made safe line by line, and cut, with a word that it is."""
    safe = "\n".join(safe_text(line) for line in text.split("\n"))
    if len(safe) <= LONGEST // 2 or _length(safe) <= LONGEST:
        return safe
    room = (LONGEST - len(_CUT)) * 2
    return safe.encode("utf-16-le")[:room].decode("utf-16-le", "ignore") + _CUT


def _length(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


def sheet_names(wanted: Mapping[str, str]) -> dict[str, str]:
    """A name for each sheet, by key: what Excel allows (31 characters, none of `[]:*?/\\`), as
    like the wanted one as may be, no two alike."""
    taken = {"history"}  # Excel keeps this one for itself
    names: dict[str, str] = {}
    for key, text in wanted.items():
        plain = "".join("-" if char in "[]:*?/\\" else char for char in safe_text(text))
        base = plain.strip().strip("'").strip()[:31].rstrip().rstrip("'") or "No name"
        name, number = base, 1
        while name.casefold() in taken:
            number += 1
            tail = f" ({number})"
            name = base[: 31 - len(tail)] + tail
        taken.add(name.casefold())
        names[key] = name
    return names
