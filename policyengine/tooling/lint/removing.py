"""Taking something out of a rule file that nothing uses: a change that no rule can notice."""

import re

from policyengine.diagnostics import Fix
from policyengine.source import SourceFile, Span
from policyengine.syntax.tree import PolicyFile

_REST = re.compile(r"[ \t\r]*(?:\n|\Z)(?:[ \t\r]*\n)?")
_COMMENT = re.compile(r"^[ \t]*#")


def removal(span: Span, file: PolicyFile) -> Fix | None:
    """The change that takes a stretch out with its line, and a blank line after it.

    None where a comment stands in it, beside it or right above it: it would be left behind, and
    speak of nothing; and where something else shares its lines.
    """
    source = span.file
    if any(span.start <= comment.span.start < span.end for comment in file.comments):
        return None
    first = source.line_start(span.line)
    rest = _REST.match(source.text, span.end)
    if first is None or rest is None or source.text[first : span.start].strip():
        return None
    if _is_commented(source, span.line - 1):
        return None
    return Fix(Span(source, first, rest.end()), "")


def _is_commented(source: SourceFile, line: int) -> bool:
    return line > 0 and _COMMENT.match(source.line_text(line)) is not None
