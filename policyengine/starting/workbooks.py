"""The sheets of a workbook and their first rows, by the process that reads workbooks safely."""

import re
import zipfile
from collections.abc import Iterator
from html import unescape
from itertools import islice
from pathlib import Path
from typing import Final

from policyengine.imports.files import InputFile
from policyengine.imports.model import Format, Source
from policyengine.imports.workbook import WorkbookTable, looked_over

_MOST_SHEETS: Final = 50
_PART_CAP: Final = 4 << 20
_SHEET = re.compile(r"<(?:\w+:)?sheet\b[^>]*?\bname\s*=\s*\"([^\"]*)\"")


def sheets_of(path: Path, most: int) -> Iterator[tuple[str, list[list[str]]]]:
    """Each sheet by name, with at most so many rows. Raises `ExportError` (MAP007) for a workbook
    that is not read: macros, too large, damaged."""
    file = InputFile(path, path.name, Format.XLSX)
    looked_over(file)
    with zipfile.ZipFile(path) as parts, parts.open("xl/workbook.xml") as stream:
        text = stream.read(_PART_CAP).decode("utf-8", "replace")
    for name in map(unescape, islice(_SHEET.findall(text), _MOST_SHEETS)):
        source = Source(name=name, files=(path.name,), sheet=name, header=0, columns=("first",))
        rows = WorkbookTable(file, source).rows()
        yield name, [row for _, row in islice(rows, most)]
