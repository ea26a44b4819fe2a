"""Looking at a folder of files: tables, the names of their columns, and samples of their cells.

Only the beginning of each file is read. Encoding, delimiter and header are found by evidence and
said so; nothing of a cell leaves this room but what `evidence` counts.
"""

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Final

from policyengine.formats import JsonError, loads
from policyengine.records.errors import ExportError, export_error
from policyengine.starting.evidence import Evidence, evidence_of, looks_like_data
from policyengine.starting.json_paths import paths_of

ROWS: Final = 2000
_BYTES: Final = 4 << 20
_MOST_FILES: Final = 500
_MOST_COLUMNS: Final = 2000
_ENCODINGS: Final = (("utf-8-sig", "utf-8"), ("cp1252", "cp1252"))
_MARKS: Final = ((b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
_DELIMITERS: Final = ",;\t|"
_TABLES: Final = frozenset({".csv", ".txt", ".tsv"})
_LINES: Final = frozenset({".jsonl", ".ndjson"})
_WORKBOOKS: Final = frozenset({".xlsx"})


@dataclass(frozen=True, slots=True)
class Column:
    """A column, or a path of JSON, and what its cells show."""

    name: str
    seen: Evidence


@dataclass(slots=True, kw_only=True)
class Seen:
    """Files of one layout. `pattern` is their name with numbers as `*`; `header` is 0 where the
    first row is one of data."""

    pattern: str
    format: str
    encoding: str = "utf-8"
    delimiter: str = ","
    header: int = 1
    sheet: str | None = None
    files: int = 1
    columns: list[Column] = field(default_factory=list)
    rows: int = 0


@dataclass(slots=True)
class Look:
    """A folder, as it was looked at. `left_out` are remarks on files that could not be read."""

    tables: list[Seen] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)


def look_at(folder: Path) -> Look:
    """Look at every table in a folder and below. Raises `ExportError` (CAS001) for no folder."""
    if not folder.is_dir():
        raise export_error("CAS001", f"{folder}: there is no such folder")
    made = Look()
    for path, pattern, files in _groups(folder, made):
        try:
            made.tables += _tables(path, pattern, files, made)
        except ExportError as error:
            made.left_out += [f"{note.message}" for note in error.diagnostics]
        except (OSError, UnicodeError, csv.Error, ValueError, KeyError):
            made.left_out.append(f"{_name(path, folder)} could not be read as what its name says")
    return made


def _groups(folder: Path, made: Look) -> Iterator[tuple[Path, str, int]]:
    """One file of each pattern, the last by name (of months, the latest), and how many."""
    root = folder.resolve()
    groups: dict[tuple[str, str], list[Path]] = {}
    for number, path in enumerate(sorted(islice(folder.rglob("*"), 20 * _MOST_FILES))):
        if number >= _MOST_FILES:
            made.left_out.append(f"there are more than {_MOST_FILES} files: the rest was not read")
            break
        suffix = path.suffix.lower()
        if not path.is_file() or not path.resolve().is_relative_to(root):
            continue
        if suffix not in _TABLES | _LINES | _WORKBOOKS:
            made.left_out.append(f"{_name(path, folder)} is of a form that is not read here")
            continue
        inside = path.relative_to(folder)
        stem = _generalised(inside.stem)
        place = inside.parent.as_posix()
        prefix = "" if place == "." else f"{place}/"
        groups.setdefault((f"{prefix}{stem}{path.suffix}", suffix), []).append(path)
    for (pattern, _), paths in groups.items():
        yield paths[-1], pattern, len(paths)


def _generalised(stem: str) -> str:
    """A name with its trailing numbers as `*`: `MHS001MPI_2026-09` is `MHS001MPI*`."""
    found = re.fullmatch(r"(.*?[A-Za-z)])[\W_]*\d[\d_\-. ]*", stem)
    return f"{found[1]}*" if found else stem


def _name(path: Path, folder: Path) -> str:
    name = path.relative_to(folder).as_posix()
    return name if name.isprintable() else "a file"


def _tables(path: Path, pattern: str, files: int, made: Look) -> list[Seen]:
    suffix = path.suffix.lower()
    if suffix in _LINES:
        return [_lines(path, pattern, files, suffix.removeprefix("."))]
    if suffix in _TABLES:
        return [_csv(path, pattern, files)]
    from policyengine.starting.workbooks import sheets_of

    found = []
    for sheet, rows in sheets_of(path, ROWS + 50):
        table = Seen(pattern=pattern, format="xlsx", sheet=sheet, files=files)
        if rows and is_plain_name(sheet):
            found.append(_filled(table, [list(row) for row in rows]))
    if not found:
        made.left_out.append(f"{pattern}: no sheet with rows in it")
    return found


# --- CSV ----------------------------------------------------------------------------------------


def _csv(path: Path, pattern: str, files: int) -> Seen:
    with path.open("rb") as stream:
        data = stream.read(_BYTES)
        whole = not stream.read(1)
    if not whole:
        data = data[: data.rfind(b"\n") + 1]
    text, encoding = _decoded(data)
    delimiter = _delimiter(text)
    reader = csv.reader(text.splitlines(keepends=True), delimiter=delimiter)
    rows = [row for row, _ in zip(reader, range(ROWS + 50), strict=False)]
    table = Seen(pattern=pattern, format="csv", encoding=encoding, delimiter=delimiter, files=files)
    return _filled(table, rows)


def _decoded(data: bytes) -> tuple[str, str]:
    for mark, name in _MARKS:
        if data.startswith(mark):
            return data.decode("utf-16"), name
    for codec, name in _ENCODINGS:
        try:
            return data.decode(codec), name
        except UnicodeDecodeError:
            continue
    return data.decode("iso-8859-1"), "iso-8859-1"


def _delimiter(text: str) -> str:
    """The delimiter that parts the first lines into the most columns, evenly."""
    lines = [line for line in text.splitlines()[:20] if line.strip()]
    best, most = ",", 0
    for each in _DELIMITERS:
        widths = [len(next(csv.reader([line], delimiter=each), [])) for line in lines]
        common = max(set(widths), key=widths.count) if widths else 0
        if common > most:
            best, most = each, common
    return best


def _filled(table: Seen, rows: list[list[str]]) -> Seen:
    """The table with its header found and its columns looked at."""
    place = _header(rows)
    names = [cell.strip() for cell in rows[place]] if rows else []
    body = [row for row in rows[place + 1 :] if any(cell.strip() for cell in row)]
    table.header = place + 1
    if rows and looks_like_data(rows[place]):
        table.header, body = 0, [row for row in rows if any(cell.strip() for cell in row)]
        names = [f"column_{number}" for number in range(1, len(rows[place]) + 1)]
    body = body[:ROWS]
    table.rows = len(body)
    for number, name in enumerate(names[:_MOST_COLUMNS]):
        if is_plain_name(name):
            cells = (row[number] if number < len(row) else "" for row in body)
            table.columns.append(Column(name, evidence_of(cells)))
    return table


def _header(rows: list[list[str]]) -> int:
    """The place of the header: of the first rows, the first of the full width that is all texts."""
    first = rows[:20]
    widths = [sum(bool(cell.strip()) for cell in row) for row in first]
    widest = max(widths, default=0)
    for place, row in enumerate(first):
        if widths[place] >= max(2, widest * 0.7) and not looks_like_data(row):
            return place
    return next((place for place, width in enumerate(widths) if width), 0)


def is_plain_name(name: str) -> bool:
    """Whether a header can be shown and written: short, printable, on one line."""
    return 0 < len(name) <= 200 and name.isprintable()


# --- JSON lines ---------------------------------------------------------------------------------


def _lines(path: Path, pattern: str, files: int, form: str) -> Seen:
    rows: list[dict[str, object]] = []
    with path.open(encoding="utf-8-sig") as stream:
        for line in stream:
            if len(rows) >= ROWS:
                break
            if line.strip():
                try:
                    value = loads(line, pattern)
                except JsonError as error:
                    raise ValueError("not JSON") from error
                if isinstance(value, dict):
                    rows.append(value)
    table = Seen(pattern=pattern, format=form, files=files, rows=len(rows))
    for name, cells in paths_of(rows).items():
        table.columns.append(Column(name, evidence_of(cells)))
    return table
