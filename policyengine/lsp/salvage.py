"""What is sound in a rule that has a mistake in it, so that its names still mean something."""

import re

from policyengine.diagnostics import Diagnostic
from policyengine.source import SourceFile
from policyengine.syntax import parse_file
from policyengine.syntax.tree import PolicyFile
from policyengine.syntax.words import EXAMPLE_CLAUSES, RULE_CLAUSES, TOP_LEVEL

_CLAUSE = re.compile(
    rf"^[ \t]*(?P<word>{'|'.join((*RULE_CLAUSES, *EXAMPLE_CLAUSES, *TOP_LEVEL))})(?!\w)",
    re.MULTILINE,
)
_NOT_BREAK = re.compile(r"[^\n]")
_ROUNDS = 6


def salvaged(source: SourceFile, tree: PolicyFile, notes: list[Diagnostic]) -> PolicyFile:
    """The file read once more with its broken clauses blanked out: the tree with the most items.

    For what an editor shows only: a rule without its broken duty is not checked.
    """
    best, text, wrong = tree, source.text, notes
    for _ in range(_ROUNDS):
        offsets = [note.span.start for note in wrong if note.span and note.code.startswith("SYN")]
        without = _without(text, offsets)
        if without == text:
            return best
        text = without
        found, wrong = parse_file(SourceFile(source.name, text, source.shown))
        if len(found.items) > len(best.items):
            best = found
        if not wrong:
            return best
    return best


def _without(text: str, offsets: list[int]) -> str:
    """With the clauses blanked that hold these offsets; offsets of what stays are the same."""
    starts = [found.start() for found in _CLAUSE.finditer(text)]
    for offset in offsets:
        begin = max((start for start in starts if start <= offset), default=0)
        end = min((start for start in starts if start > offset), default=len(text))
        text = text[:begin] + _NOT_BREAK.sub(" ", text[begin:end]) + text[end:]
    return text
