"""What is sound in an item that has a mistake in it, so that its names still mean something."""

import re
from dataclasses import replace

from policyengine.diagnostics import Diagnostic
from policyengine.source import SourceFile, Span
from policyengine.syntax import parse_file
from policyengine.syntax.tree import Item, PolicyFile
from policyengine.syntax.words import EXAMPLE_CLAUSES, RULE_CLAUSES, TOP_LEVEL

_ITEM = re.compile(rf"^[ \t]*(?:{'|'.join(TOP_LEVEL)})(?!\w)", re.MULTILINE)
_CLAUSE = re.compile(
    rf"^[ \t]*(?:{'|'.join((*RULE_CLAUSES, *EXAMPLE_CLAUSES, *TOP_LEVEL))})(?!\w)", re.MULTILINE
)
_NOT_BREAK = re.compile(r"[^\n]")
_ROUNDS = 6


def salvaged(source: SourceFile, tree: PolicyFile, notes: list[Diagnostic]) -> PolicyFile:
    """The tree, and the items that have mistakes, read once more with their broken clauses blanked
    out.

    For what an editor shows only: a rule without its broken duty is not checked.
    """
    text = _broken_items(source.text, _offsets(notes))
    found: tuple[Item, ...] = ()
    wrong = notes
    for _ in range(_ROUNDS):
        without = _without(text, _offsets(wrong))
        if without == text:
            break
        text = without
        read, wrong = parse_file(SourceFile(source.name, text, source.shown))
        found = max(found, read.items, key=len)
        if not wrong:
            break
    known = [item.span for item in tree.items]
    added = [item for item in found if not any(_touch(item.span, span) for span in known)]
    items = sorted([*tree.items, *added], key=lambda item: item.span.start)
    return replace(tree, items=tuple(items))


def _offsets(notes: list[Diagnostic]) -> list[int]:
    return [note.span.start for note in notes if note.span and note.code.startswith("SYN")]


def _broken_items(text: str, offsets: list[int]) -> str:
    """The text with everything blanked but the items that hold these offsets."""
    starts = [found.start() for found in _ITEM.finditer(text)]
    kept, here = [], 0
    for begin, end in sorted({_around(starts, offset, len(text)) for offset in offsets}):
        kept += [_blank(text[here:begin]), text[begin:end]]
        here = end
    return "".join([*kept, _blank(text[here:])])


def _without(text: str, offsets: list[int]) -> str:
    """With the clauses blanked that hold these offsets; offsets of what stays are the same."""
    starts = [found.start() for found in _CLAUSE.finditer(text)]
    for offset in offsets:
        begin, end = _around(starts, offset, len(text))
        text = text[:begin] + _blank(text[begin:end]) + text[end:]
    return text


def _around(starts: list[int], offset: int, length: int) -> tuple[int, int]:
    begin = max((start for start in starts if start <= offset), default=0)
    return begin, min((start for start in starts if start > offset), default=length)


def _blank(text: str) -> str:
    return _NOT_BREAK.sub(" ", text)


def _touch(one: Span, other: Span) -> bool:
    return one.start < other.end and other.start < one.end
