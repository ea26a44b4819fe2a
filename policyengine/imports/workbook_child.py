"""Reads one sheet of a workbook in a process of its own, with little memory and little time.

Run by path: `python workbook_child.py FILE SHEET MEMORY SECONDS`. Standard output is a line of
JSON for each row: its number in the sheet, and its cells as texts. A workbook can be made so that
reading it takes all the memory there is; here that ends this process and nothing else.
"""

import json
import sys
from datetime import date, datetime, time, timedelta
from pathlib import Path

NO_SHEET = 3
UNREADABLE = 4
NOT_INSTALLED = 5


def main(path: str, sheet: str, memory: int, seconds: int) -> int:
    """Write the rows of a sheet; the exit code says what was wrong."""
    _limit(memory, seconds)
    try:
        from python_calamine import CalamineError, CalamineWorkbook
    except ImportError:
        return NOT_INSTALLED
    try:
        with Path(path).open("rb") as stream:
            workbook = CalamineWorkbook.from_filelike(stream)
            names = workbook.sheet_names
            name = _chosen(names, sheet)
            if name is None:
                return NO_SHEET
            found = workbook.get_sheet_by_name(name)
            for number, row in enumerate(found.iter_rows(), 1):
                line = json.dumps([number, [as_text(cell) for cell in row]])
                sys.stdout.write(line + "\n")
        sys.stdout.flush()
    except (CalamineError, OSError, ValueError):
        return UNREADABLE
    return 0


def _limit(memory: int, seconds: int) -> None:
    import resource

    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _chosen(names: list[str], sheet: str) -> str | None:
    """The sheet of a name, else of a number from 1; without either, the only one."""
    if not sheet:
        return names[0] if len(names) == 1 else None
    if sheet in names:
        return sheet
    if sheet.isascii() and sheet.isdigit() and 1 <= int(sheet) <= len(names):
        return names[int(sheet) - 1]
    return None


def as_text(cell: object) -> str:
    """A cell as its text: dates as ISO has them, whole numbers without a point."""
    match cell:
        case str():
            return cell
        case bool():
            return "TRUE" if cell else "FALSE"
        case float():
            return str(int(cell)) if cell.is_integer() and abs(cell) < 1e15 else repr(cell)
        case datetime() | date() | time():
            return cell.isoformat()
        case timedelta():
            return str(cell)
        case None:
            return ""
        case _:
            return str(cell)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])))
