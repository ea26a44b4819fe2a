"""CSV that people open in a spreadsheet: nothing in it is taken for a formula."""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence

from policyengine.report.safe_text import safe_text

# What a spreadsheet may take for the start of a formula, in either width of the character.
_STARTS = frozenset("=+-@|\t\r\n＝＋－＠｜")
BOM = "\ufeff"  # without it Excel reads UTF-8 as something else


def people_cell(value: object) -> str:
    """A value as a cell: no control character in it, and an apostrophe before what a spreadsheet
    would work out. A number is no text, and stays as it is.

    >>> people_cell("=1+1"), people_cell(-3), people_cell(None)
    ("'=1+1", '-3', '')
    """
    if value is None:
        return ""
    if isinstance(value, int | float):
        return str(value)
    text = safe_text(str(value))
    bare = text.lstrip(" \u00a0\u3000")
    return f"'{text}" if bare[:1] in _STARTS and bare else text


def people_rows(rows: Iterable[Sequence[object]]) -> Iterator[str]:
    """Rows of values as lines of CSV (RFC 4180), a line each."""
    line = io.StringIO()
    writer = csv.writer(line, lineterminator="\r\n")
    for row in rows:
        writer.writerow([people_cell(value) for value in row])
        yield line.getvalue()
        line.seek(0)
        line.truncate()
