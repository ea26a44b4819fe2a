"""From a file's text to its tree, past as many mistakes as there are.

The parser is imported when something is parsed: where a plan is remembered, nothing is.
"""

import re
from typing import TYPE_CHECKING

from policyengine.diagnostics import Diagnostic
from policyengine.source import SourceFile
from policyengine.syntax.words import RULE_CLAUSES, TOP_LEVEL

if TYPE_CHECKING:
    from policyengine.syntax.bench import Desk
    from policyengine.syntax.reader import Stop
    from policyengine.syntax.tree import Expr, PolicyFile

_ITEM = re.compile(rf"^[ \t]*(?:{'|'.join(TOP_LEVEL)})(?!\w)", re.MULTILINE)
_CLAUSE = re.compile(rf"^[ \t]*(?:{'|'.join((*RULE_CLAUSES, *TOP_LEVEL))})(?!\w)", re.MULTILINE)
MAX_STOPS = 100
"""After so many mistakes in one file the rest would only repeat them."""


def parse_file(source: SourceFile) -> "tuple[PolicyFile, list[Diagnostic]]":
    """The tree of a file: what could be read of it, and a message for each mistake."""
    from policyengine.syntax.bench import Desk
    from policyengine.syntax.depth import nested_too_deeply
    from policyengine.syntax.tree import PolicyFile

    desk = Desk(source)
    fault = nested_too_deeply(source)
    if fault is not None:
        desk.notebook.note(fault)
    else:
        _read_on(desk, source.text)
    tree = PolicyFile(file=source, items=tuple(desk.items), comments=tuple(desk.comments))
    return tree, desk.notebook.notes


def _read_on(desk: "Desk", text: str) -> None:
    """Read to the end, going on after each mistake: at the rule's next clause, if it was in a
    rule, or else at the next word that begins an item. Both must begin a line."""
    from policyengine.syntax.reader import Stop, reader

    start = "start"
    begin = 0
    for _ in range(MAX_STOPS):
        found = reader().read(desk, text, start, begin)
        if not isinstance(found, Stop):
            return
        from policyengine.syntax.mistakes import explain, is_in_rule

        desk.notebook.note(explain(found))
        in_rule = is_in_rule(found)
        resume = _next_line_with(_CLAUSE if in_rule else _ITEM, text, found, begin)
        if resume is None:
            return
        begin = resume
        start = "rest_of_rule" if in_rule else "start"


def parse_expression(source: SourceFile) -> "tuple[Expr | None, list[Diagnostic]]":
    """One expression standing by itself, or None and why it is none."""
    from policyengine.syntax.bench import Desk
    from policyengine.syntax.depth import nested_too_deeply
    from policyengine.syntax.reader import Stop, reader

    desk = Desk(source)
    fault = nested_too_deeply(source)
    if fault is not None:
        return None, [fault]
    found = reader().read(desk, source.text, "expression")
    if isinstance(found, Stop):
        from policyengine.syntax.mistakes import explain

        desk.notebook.note(explain(found))
        return None, desk.notebook.notes
    expr: Expr = found
    return expr, desk.notebook.notes


def _next_line_with(pattern: re.Pattern[str], text: str, stop: "Stop", begin: int) -> int | None:
    """The start of the next line that begins with such a word. The line of the mistake itself
    will do if the mistake is its first word: what went before was not finished.

    It lies after where the reading began, so that reading always comes to an end.
    """
    from policyengine.syntax.mistakes import resume_after

    after = resume_after(stop)
    line = text.rfind("\n", 0, after) + 1
    if text[line:after].strip():
        line = after
    found = pattern.search(text, max(line, begin + 1))
    return None if found is None else found.start()
