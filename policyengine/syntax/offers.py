"""What could stand at a place in a file that is being written: for editors."""

import re
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
    could stand from `start` on, where the word that is being written begins. `before` are the
    tokens of the item up to there. `in_text` if the place is within a text in quotes, which then
    begins at `start`."""

    words: frozenset[str]
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
        found = _WORD.search(text)
        start = offset if found is None else found.start()
        if text[start - 1 : start] == "." and text[start - 2 : start - 1].isalnum():
            start -= 1  # a field begins with its dot
    if items and begin <= start < items[-1].end():
        begin = start  # the word that begins the item is being written
    read = _read(source, begin, start, items[-1][1] if items else None)
    return None if read is None else Offers(*read, start, in_text)


def _read(
    source: SourceFile, begin: int, end: int, item: str | None
) -> tuple[frozenset[str], tuple[Written, ...]] | None:
    """The item up to the place; or, past a mistake in it, its last clause."""
    found = reader().offers(Desk(source), source.text[:end], "start", begin)
    if found is not None:
        words, tokens = found
        return words, tuple(Written(*token) for token in tokens)
    clauses = list(_CLAUSE.finditer(source.text, begin, end))
    head = _HEADS.get(item or "")
    if not clauses or head is None:
        return None
    start = clauses[-1].start()
    lifted = head + source.text[start:end]
    found = reader().offers(Desk(SourceFile(source.name, lifted)), lifted, "start", 0)
    if found is None:
        return None
    words, tokens = found
    shift = start - len(head)
    return words, tuple(
        Written(kind, text, at + shift) for kind, text, at in tokens if at >= len(head)
    )
