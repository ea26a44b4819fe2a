"""A remark on a file, however it came about: a message, an example that failed, a loose layout."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import Enum
from pathlib import Path, PurePath
from typing import assert_never

from policyengine.diagnostics import Diagnostic, Severity
from policyengine.report.safe_text import safe_text
from policyengine.source import Span


class Level(Enum):
    """How grave a remark is."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


@dataclass(frozen=True, slots=True)
class Place:
    """A stretch of a file: lines and columns (characters) from 1, the end excluded; column 0
    means the whole line. `line_text` is what stands there."""

    file: str
    line: int = 1
    column: int = 0
    end_line: int = 0
    end_column: int = 0
    line_text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Remark:
    """One remark. `mend` is a replacement for a place that puts it right."""

    code: str
    meaning: str
    level: Level
    message: str
    place: Place | None = None
    hints: tuple[str, ...] = ()
    related: tuple[tuple[Place, str], ...] = ()
    mend: tuple[Place, str] | None = None

    @property
    def words(self) -> str:
        """The message and its hints, on one line, with nothing in it that acts."""
        return safe_text(". ".join([self.message, *self.hints]))


def from_diagnostic(note: Diagnostic) -> Remark:
    """A message of the checker, the lints or the formatter as a remark."""
    from policyengine.diagnostics.codes import CODES

    found = f"{note.message}: {note.found}" if note.found else note.message
    return Remark(
        code=note.code,
        meaning=CODES.get(note.code, note.code),
        level=_level(note.severity),
        message=found,
        place=None if note.span is None else _place(note.span),
        hints=note.hints,
        related=tuple((_place(label.span), label.text) for label in note.labels),
        mend=None if note.fix is None else (_place(note.fix.span), note.fix.replacement),
    )


def _level(severity: Severity) -> Level:
    match severity:
        case Severity.ERROR:
            return Level.ERROR
        case Severity.WARNING:
            return Level.WARNING
        case Severity.NOTE:
            return Level.NOTE
        case _ as never:
            assert_never(never)


def _place(span: Span) -> Place:
    line, column = span.file.line_column(span.start)
    end_line, end_column = span.file.line_column(max(span.start, span.end))
    text = span.file.line_text(line)
    return Place(span.file.name, line, column, end_line, end_column, text)


def in_order(remarks: Iterable[Remark]) -> list[Remark]:
    """Remarks by file and line; those without a place first."""
    return sorted(remarks, key=_order)


def _order(remark: Remark) -> tuple[str, int, int, str, str]:
    place = remark.place or Place("", 0)
    return (place.file, place.line, place.column, remark.code, remark.message)


def relative(file: str, root: Path) -> str:
    """The path of a file as seen from `root`, with forward slashes; one outside stays absolute.

    >>> relative("rules/a.policy", Path("/srv/checkout"))
    'rules/a.policy'
    """
    path = PurePath(file)
    if path.is_absolute() and path.is_relative_to(root):
        path = path.relative_to(root)
    return path.as_posix()


def fingerprints(remarks: Iterable[Remark], root: Path) -> Iterator[tuple[Remark, str]]:
    """Each remark with a name that stays when lines move: its code, file and the words of its
    line; the second of the same is told apart by its number."""
    seen: dict[str, int] = {}
    for remark in remarks:
        place = remark.place or Place("")
        parts = (remark.code, relative(place.file, root), place.line_text.strip(), remark.message)
        base = hashlib.sha256("\0".join(parts).encode("utf-8", "backslashreplace")).hexdigest()
        seen[base] = number = seen.get(base, 0) + 1
        name = base if number == 1 else hashlib.sha256(f"{base}{number}".encode()).hexdigest()
        yield remark, name[:32]
