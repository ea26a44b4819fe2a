"""The ways to mend a message: its own fix, what was perhaps meant, or a reason to allow it."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from policyengine.diagnostics import Diagnostic, Severity
from policyengine.diagnostics.model import Fix
from policyengine.source import Span
from policyengine.syntax.tree import Item, PolicyFile

_MEANT = re.compile(r"did you mean `([^`]+)`\?")
_MOST_TOLD = 50
_WORD = re.compile(r"\.?[\w-]+(?:\.[\w-]+)*")


@dataclass(frozen=True, slots=True)
class Mend:
    """A change that mends a message, and how it is offered."""

    title: str
    fixes: tuple[Fix, ...]
    note: Diagnostic
    sure: bool = True


def mends(note: Diagnostic, file: PolicyFile | None = None) -> Iterator[Mend]:
    """The ways to mend a message: its own fix, what was perhaps meant, or a reason to allow it."""
    if note.span is None:
        return
    if note.fix is not None:
        title = _title(note.fix)
        yield Mend(title, (note.fix,), note)
    else:
        for hint in note.hints:
            for meant in _MEANT.findall(hint):
                fix = _as_meant(note.span, meant)
                if fix is not None:
                    yield Mend(f"Change to `{fix.replacement}`", (fix,), note)
    if note.severity is Severity.WARNING and file is not None:
        item = _item_at(file, note.span.start)
        if item is not None and note.code.startswith("LNT"):
            fix = _allowance(item, note.code)
            yield Mend(f"Allow {note.code} here, with a reason", (fix,), note, sure=False)


def _title(fix: Fix) -> str:
    """What a fix does, in a line."""
    words = " ".join((fix.replacement.strip() or fix.span.text).split())
    short = words if len(words) <= _MOST_TOLD else f"{words[: _MOST_TOLD - 3]}..."
    return f"Change to `{short}`" if fix.replacement.strip() else f"Leave out `{short}`"


def _as_meant(span: Span, meant: str) -> Fix | None:
    """The word that was misspelt, changed. A message may point at the first word of a path, and
    say how the whole would be; or at a whole construct, which has to hold one word only."""
    text, after = span.text, span.file.text[span.end :]
    if not _WORD.fullmatch(text) and not (text[:1] == text[-1:] == '"'):
        return None
    if text.startswith(".") and not meant.startswith("."):
        return Fix(Span(span.file, span.start + 1, span.end), meant)
    if text.startswith('"') and not meant.startswith('"'):
        return Fix(span, f'"{meant}"')
    first, dot, rest = meant.partition(".")
    if dot and "." not in text and after.startswith(dot + rest):
        return Fix(span, first)
    return Fix(span, meant)


def _allowance(item: Item, code: str) -> Fix:
    """A line above the item; whoever accepts it fills the reason in."""
    source = item.span.file
    line = source.line_column(item.span.start)[0]
    start = source.line_start(line) or 0
    at = Span(source, start, start)
    return Fix(at, f"# allow {code} because \n")


def _item_at(file: PolicyFile, offset: int) -> Item | None:
    found = [item for item in file.items if item.span.start <= offset <= item.span.end]
    return found[-1] if found else None


def apart(fixes: Iterable[Fix]) -> Iterator[Fix]:
    """Those that do not lie in one another."""
    end = -1
    for fix in sorted(set(fixes), key=lambda each: (each.span.start, each.span.end)):
        if fix.span.start >= end:
            yield fix
            end = max(fix.span.end, fix.span.start + 1)
