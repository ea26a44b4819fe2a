"""Sentences with `{...}`: the expressions in them are read with their places in the file."""

from typing import Any

from policyengine.source import Span
from policyengine.syntax import errors
from policyengine.syntax.bench import Bench
from policyengine.syntax.literals import text_value
from policyengine.syntax.tree import Expr, Template

_CLOSE_HINT = "a brace opens an expression, and its partner `}` closes it: `{cto.started_on}`"


class TemplateReader(Bench):
    """Reads the text of `say` and `fix`."""

    def template(self, token: Any) -> Template:
        """The texts and expressions of a sentence, in turn; empty texts are left out."""
        span = self.place(token)
        raw = str(token)
        if "{" not in raw and "}" not in raw:
            return Template(span=span, parts=(text_value(raw),))
        chars, positions = _unescaped(raw, span.start)
        parts: list[str | Expr] = []
        here = 0
        while here < len(chars):
            opening = _next_brace(chars, here)
            if opening == len(chars):
                break
            if chars[opening] == "}":
                self._stray(positions[opening], "this closes nothing")
                return Template(span=span, parts=(text_value(raw),))
            _add_text(parts, chars[here:opening])
            closing = _closing(chars, opening + 1)
            if closing is None:
                self._stray(positions[opening], "this is never closed")
                return Template(span=span, parts=(text_value(raw),))
            self._expression(parts, chars, positions, opening, closing)
            here = closing + 1
        _add_text(parts, chars[here:])
        return Template(span=span, parts=tuple(parts))

    def _stray(self, at: int, found: str) -> None:
        self.note(errors.braces(Span(self.desk.file, at, at + 1), found, _CLOSE_HINT))

    def _expression(
        self,
        parts: list[str | Expr],
        chars: str,
        positions: list[int],
        opening: int,
        closing: int,
    ) -> None:
        inner = chars[opening + 1 : closing]
        if not inner.strip():
            span = Span(self.desk.file, positions[opening], positions[closing] + 1)
            hint = "write a field or any expression between them, or `{deadline}`"
            self.note(errors.braces(span, "empty braces", hint))
            return
        expr = self.read_inner(self.desk, inner, positions[opening + 1 : closing + 1])
        if expr is not None:
            parts.append(expr)


def _unescaped(raw: str, start: int) -> tuple[str, list[int]]:
    r"""The text within the quotes, escapes undone, and where in the file each character is."""
    chars: list[str] = []
    positions: list[int] = []
    at = 1
    while at < len(raw) - 1:
        positions.append(start + at)
        if raw[at] == "\\" and raw[at + 1] in '\\"' and at + 1 < len(raw) - 1:
            at += 1
        chars.append(raw[at])
        at += 1
    return "".join(chars), positions


def _next_brace(chars: str, start: int) -> int:
    return next((at for at in range(start, len(chars)) if chars[at] in "{}"), len(chars))


def _closing(chars: str, start: int) -> int | None:
    """The `}` that closes, past any in quotes; None if another `{` or the end comes first."""
    quoted = False
    at = start
    while at < len(chars):
        if chars[at] == '"':
            quoted = not quoted
        elif quoted and chars[at] == "\\":
            at += 1
        elif not quoted and chars[at] == "}":
            return at
        elif not quoted and chars[at] == "{":
            return None
        at += 1
    return None


def _add_text(parts: list[str | Expr], chars: str) -> None:
    if chars:
        quoted = '"' + chars.replace("\\", "\\\\").replace('"', '\\"') + '"'
        parts.append(text_value(quoted))
