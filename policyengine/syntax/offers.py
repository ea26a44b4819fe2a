"""What could stand at a place in a file that is being written: for editors."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from policyengine.source import SourceFile
from policyengine.syntax.bench import Desk
from policyengine.syntax.reader import reader
from policyengine.syntax.words import EXAMPLE_CLAUSES, RULE_CLAUSES, TOP_LEVEL

_ITEM = re.compile(rf"^[ \t]*({'|'.join(TOP_LEVEL)})(?!\w)", re.MULTILINE)
_CLAUSE = re.compile(
    rf"^[ \t]*(?:{'|'.join((*RULE_CLAUSES, *EXAMPLE_CLAUSES))})(?!\w)", re.MULTILINE
)
_PIECE = re.compile(r'"(?:[^"\\]|\\[\s\S])*(?:"|\Z)|#[^\n]*')
_WORD = re.compile(r"[\w-]*\Z")
_HEADS = {"rule": 'rule X "x"\n', "example": 'example "x" as at 2026-01-01\n'}


@dataclass(frozen=True, slots=True)
class Written:
    """A token before the place: a keyword or sign as it is written, or in `kind` what it is
    (`NAME`, `TEXT`, `FIELD` ...); and where it begins."""

    kind: str
    text: str
    start: int


@dataclass(frozen=True, slots=True)
class Offers:
    """`words` are the keywords and signs, as written, and in capitals the kinds of token that
    could stand from `start` on, where the word that is being written begins; each with the words
    that must follow it. `before` are the
    tokens of the item up to there. `in_text` if the place is within a text in quotes, which then
    begins at `start`."""

    words: Mapping[str, str]
    before: tuple[Written, ...]
    start: int
    in_text: bool = False


def offers_at(source: SourceFile, offset: int) -> Offers | None:
    """What could stand at an offset; None within a comment, and in what cannot be read at all."""
    text = source.text[:offset]
    items = list(_ITEM.finditer(text))
    begin = items[-1].start() if items else 0
    start, in_text = offset, False
    for piece in _PIECE.finditer(text, begin):
        if piece.end() < offset:
            continue
        if piece.group().startswith("#"):
            return None
        if len(piece.group()) == 1 or not piece.group().endswith('"'):
            start, in_text = piece.start(), True
    if not in_text:
        start = _word_start(text)
    if items and begin <= start < items[-1].end():
        begin = start  # the word that begins the item is being written
    read = _read(source, begin, start, items[-1][1] if items else None)
    if read is None:
        return None
    found = Offers(*read, start, in_text)
    return _in_braces(source, text, found) if in_text else found


def _word_start(text: str) -> int:
    """Where the word at the end of a text begins; a field begins with its dot."""
    found = _WORD.search(text)
    start = len(text) if found is None else found.start()
    dotted = text[start - 1 : start] == "." and text[start - 2 : start - 1].isalnum()
    return start - 1 if dotted else start


def _in_braces(source: SourceFile, text: str, outer: Offers) -> Offers:
    """Within the braces of a sentence stands an expression."""
    opening = text.rfind("{", outer.start)
    told = bool(outer.before) and outer.before[-1].kind in ("say", "fix")
    if not told or opening < 0 or "}" in text[opening:]:
        return outer
    start = _word_start(text)
    lifted = text[opening + 1 : start]
    found = reader().offers(Desk(SourceFile(source.name, lifted)), lifted, "expression", 0)
    if found is None:
        return outer
    words, tokens = found
    inner = tuple(Written(kind, said, at + opening + 1) for kind, said, at in tokens)
    return Offers(words, (*outer.before, *inner), start)


def _read(
    source: SourceFile, begin: int, end: int, item: str | None
) -> tuple[Mapping[str, str], tuple[Written, ...]] | None:
    """The item up to the place; or, past a mistake in it, those of its clauses that can be read."""
    found = reader().offers(Desk(source), source.text[:end], "start", begin)
    if found is not None:
        words, tokens = found
        return words, tuple(Written(*token) for token in tokens)
    head = _HEADS.get(item or "")
    starts = [clause.start() for clause in _CLAUSE.finditer(source.text, begin, end)]
    if not starts or head is None:
        return None
    before: list[Written] = []
    for start, stop in zip(starts, [*starts[1:], end], strict=True):
        lifted = head + source.text[start:stop]
        found = reader().offers(Desk(SourceFile(source.name, lifted)), lifted, "start", 0)
        if found is None:
            continue
        words, tokens = found
        before += [
            Written(kind, text, at + start - len(head))
            for kind, text, at in tokens
            if at >= len(head) or not before
        ]
    return None if found is None else (found[0], tuple(before))
