"""From a file's text to its tree, past as many mistakes as there are."""

import re

from policyengine.diagnostics import Diagnostic
from policyengine.source import SourceFile
from policyengine.syntax.bench import Desk
from policyengine.syntax.depth import nested_too_deeply
from policyengine.syntax.mistakes import explain, resume_after
from policyengine.syntax.reader import Stop, reader
from policyengine.syntax.tree import Expr, PolicyFile
from policyengine.syntax.words import TOP_LEVEL

_ITEM = re.compile(rf"^[ \t]*(?:{'|'.join(TOP_LEVEL)})(?!\w)", re.MULTILINE)
MAX_STOPS = 100
"""After so many mistakes in one file the rest would only repeat them."""


def parse_file(source: SourceFile) -> tuple[PolicyFile, list[Diagnostic]]:
    """The tree of a file: what could be read of it, and a message for each mistake."""
    desk = Desk(source)
    fault = nested_too_deeply(source)
    begin: int | None = 0
    if fault is not None:
        desk.notebook.note(fault)
        begin = None
    stops = 0
    while begin is not None and stops < MAX_STOPS:
        found = reader().read(desk, source.text, "start", begin)
        if not isinstance(found, Stop):
            break
        desk.notebook.note(explain(found))
        begin = _next_item(source.text, max(resume_after(found), begin + 1))
        stops += 1
    tree = PolicyFile(file=source, items=tuple(desk.items), comments=tuple(desk.comments))
    return tree, desk.notebook.notes


def parse_expression(source: SourceFile) -> tuple[Expr | None, list[Diagnostic]]:
    """One expression standing by itself, or None and why it is none."""
    desk = Desk(source)
    fault = nested_too_deeply(source)
    if fault is not None:
        return None, [fault]
    found = reader().read(desk, source.text, "expression")
    if isinstance(found, Stop):
        desk.notebook.note(explain(found))
        return None, desk.notebook.notes
    expr: Expr = found
    return expr, desk.notebook.notes


def _next_item(text: str, offset: int) -> int | None:
    """Where the next word of the top level begins a line, from an offset on."""
    found = _ITEM.search(text, offset)
    while found is not None and found.start() < offset and text[offset - 1] != "\n":
        found = _ITEM.search(text, found.end())
    return None if found is None else found.start()
