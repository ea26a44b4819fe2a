"""How deep a text nests, seen before it is parsed."""

import re

from policyengine.diagnostics import Diagnostic
from policyengine.source import SourceFile, Span
from policyengine.syntax import errors

_PIECE = re.compile(r'"[^"\\]*(?:\\[\s\S][^"\\]*)*"|#[^\n]*|[()]|[\w.-]+')


def nested_too_deeply(source: SourceFile) -> Diagnostic | None:
    """A fault at the first place that is nested more than 64 deep, brackets and `not` counted."""
    open_nots = [0]  # for each bracket that is open: how many `not` stand right before this place
    total = 0
    for piece in _PIECE.finditer(source.text):
        word = piece.group()
        if word == "(":
            open_nots.append(0)
            total += 1
        elif word == ")":
            if len(open_nots) > 1:
                total -= 1 + open_nots.pop()
            total -= open_nots[-1]
            open_nots[-1] = 0
        elif word == "not":
            open_nots[-1] += 1
            total += 1
        else:
            total -= open_nots[-1]
            open_nots[-1] = 0
        if total > errors.MAX_DEPTH:
            return errors.too_deep(Span(source, piece.start(), piece.end()))
    return None
