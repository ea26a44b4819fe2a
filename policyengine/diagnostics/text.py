"""Messages as plain text: the place, the line as it stands, what was found, why, and the mend.

rules/alerts.policy:14:43: error TYP012: this is a text, but a date is needed here
   14 |   must have an alert within 1 day after disclosure.kind
      |                                         ^^^^^^^^^^^^^^^ a code from `abuse_kind`
      |                      ------------------ a window is counted from a date
      = did you mean `disclosure.date`?
"""

import unicodedata
from collections.abc import Iterable

from policyengine.diagnostics.model import Diagnostic
from policyengine.source import SourceFile, Span

_TAB = 4
_WIDEST = 100
"""The most columns of a source line that are shown; a longer line is shown round the place."""
_LEAD = 30
"""How many columns are shown before the place, where a line is cut."""


def render(diagnostic: Diagnostic) -> str:
    """One message, without a line break at its end."""
    head = f"{diagnostic.severity.value} {diagnostic.code}: {_safe(diagnostic.message)}"
    span = diagnostic.span
    if span is None:
        return "\n".join([head, *_hints(diagnostic, 2)])
    place = f"{_safe(span.file.name)}:{span.line}:{span.column}: "
    shown = [(span, "^", diagnostic.found)]
    shown += [(label.span, "-", label.text) for label in diagnostic.labels]
    gutter = max([5, *(len(str(place.line)) for place, _, _ in shown)])
    lines = [place + head]
    before: tuple[SourceFile, int] | None = None
    for marked, mark, text in shown:
        here = (marked.file, marked.line)
        if here != before:
            if marked.file is not span.file:
                lines.append(f"{'-->':>{gutter}} {_safe(marked.file.name)}:{marked.line}")
            lines.append(f"{marked.line:>{gutter}} | {_window(marked, shown)[0]}".rstrip())
            before = here
        lines.append(f"{'':>{gutter}} | {_marked(marked, shown, mark)} {_safe(text)}".rstrip())
    return "\n".join([*lines, *_hints(diagnostic, gutter + 1)])


def render_all(diagnostics: Iterable[Diagnostic]) -> str:
    """Messages in the order of their places, a blank line between them; empty if there are none."""
    return "\n\n".join(render(diagnostic) for diagnostic in sorted(diagnostics, key=_order))


def _order(diagnostic: Diagnostic) -> tuple[str, int, int, str, str]:
    span = diagnostic.span
    if span is None:
        return ("", 0, 0, diagnostic.code, diagnostic.message)
    return (span.file.name, span.start, span.end, diagnostic.code, diagnostic.message)


def _hints(diagnostic: Diagnostic, indent: int) -> list[str]:
    return [f"{'':>{indent}}= {_safe(hint)}" for hint in diagnostic.hints]


def _window(marked: Span, shown: list[tuple[Span, str, str]]) -> tuple[str, int]:
    """What is shown of the line on which a place starts, and the column at which that begins.

    All the places on one line share one window, which is chosen for the first of them.
    """
    first = next(span for span, _, _ in shown if _line_of(span) == _line_of(marked))
    line = _expanded(first.file.line_text(first.line))
    if _width(line) <= _WIDEST:
        return line, 0
    at = _width(_expanded(first.file.line_text(first.line)[: first.column - 1]))
    start = max(0, at - _LEAD)
    cut = _columns(line, start, start + _WIDEST)
    left = "..." if start else ""
    right = "..." if start + _WIDEST < _width(line) else ""
    return left + cut + right, start - len(left)


def _line_of(span: Span) -> tuple[int, int]:
    return id(span.file), span.line


def _marked(marked: Span, shown: list[tuple[Span, str, str]], mark: str) -> str:
    """Blanks up to the place, and marks under it, to the end of its line at most."""
    text, skipped = _window(marked, shown)
    line = marked.file.line_text(marked.line)
    column = marked.column - 1
    start = _width(_expanded(line[:column]))
    length = min(marked.end - marked.start, max(0, len(line) - column))
    end = _width(_expanded(line[: column + length]))
    start -= skipped
    end = min(end - skipped, max(_width(text), start + 1))
    return " " * max(0, start) + mark * max(1, end - max(0, start))


def _expanded(text: str) -> str:
    """Tabs to blanks, and every character that a terminal might act on to a sign for it."""
    out: list[str] = []
    column = 0
    for char in text:
        piece = " " * (_TAB - column % _TAB) if char == "\t" else _safe(char)
        out.append(piece)
        column += _width(piece)
    return "".join(out)


def _safe(text: str) -> str:
    """No character that could move a cursor, hide, or turn the text round."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(char if _plain(char) else "\N{REPLACEMENT CHARACTER}" for char in text)


def _plain(char: str) -> bool:
    return unicodedata.category(char) not in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")


def _width(text: str) -> int:
    """Columns on a terminal: two for wide characters, none for marks that combine."""
    if text.isascii():
        return len(text)
    return sum(_char_width(char) for char in text)


def _char_width(char: str) -> int:
    if unicodedata.combining(char) or unicodedata.category(char) in ("Mn", "Me"):
        return 0
    return 2 if unicodedata.east_asian_width(char) in ("W", "F") else 1


def _columns(text: str, start: int, end: int) -> str:
    """What stands between two columns; half of a wide character is left out."""
    out: list[str] = []
    column = 0
    for char in text:
        width = _char_width(char)
        if column >= start and column + width <= end:
            out.append(char)
        elif column < start < column + width:
            out.append(" ")
        column += width
    return "".join(out)
