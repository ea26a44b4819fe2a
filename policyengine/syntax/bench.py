"""What the tree builder works with: the file at hand, places in it, and how deep a node stands."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from policyengine.diagnostics import Diagnostic, Notebook
from policyengine.source import SourceFile, Span
from policyengine.syntax import errors
from policyengine.syntax.tree import Comment, Expr, Item, YesNo

MAX_TREE_DEPTH = 100
"""Beyond this a condition is refused: whoever walks a tree may recurse. Brackets are capped at 64
before parsing; this also caps chains of `+` and operators that nest without brackets."""


@dataclass(slots=True)
class Part:
    """Something between a token and a node, with its place: an alias, a list's head, a test."""

    span: Span
    value: Any


@dataclass(slots=True)
class Desk:
    """One text being read: a file, or an expression lifted out of a sentence.

    For the latter, `positions` holds the offset in the file of each of its characters, and last
    that of the brace that closes it.
    """

    file: SourceFile
    positions: Sequence[int] | None = None
    notebook: Notebook = field(default_factory=Notebook)
    items: list[Item] = field(default_factory=list)
    comments: list[Comment] = field(default_factory=list)
    depths: dict[int, tuple[int, Expr]] = field(default_factory=dict)

    def span(self, start: int, end: int) -> Span:
        """The place in the file of a stretch of the text."""
        if self.positions is None:
            return Span(self.file, start, end)
        return Span(self.file, self.positions[start], self.positions[end])


Inner = Callable[[Desk, str, Sequence[int]], Expr | None]
"""Reads an expression that stands within a sentence."""


class Bench:
    """The state that every part of the builder shares, and the measures that it takes."""

    desk: Desk
    read_inner: Inner

    def span(self, kids: Sequence[Any]) -> Span:
        """From the first to the last of what a construct is made of."""
        last = next(kid for kid in reversed(kids) if kid is not None)
        return self.place(kids[0]).to(self.place(last))

    def place(self, kid: Any) -> Span:
        """Where a token, a node or a part stands."""
        start = getattr(kid, "start_pos", None)
        if start is None:
            span: Span = kid.span
            return span
        return self.desk.span(start, kid.end_pos)

    def note(self, diagnostic: Diagnostic) -> None:
        """Write a fault down and go on."""
        self.desk.notebook.note(diagnostic)

    def deep(self, node: Expr, *parts: Expr | None) -> Expr:
        """The node, unless it is nested too deeply: then a fault, and a stand-in."""
        depths = self.desk.depths
        depth = 1 + max((depths[id(part)][0] for part in parts if id(part) in depths), default=0)
        if depth > MAX_TREE_DEPTH:
            self.note(errors.too_deep(node.span))
            return YesNo(span=node.span, value=False)
        depths[id(node)] = (depth, node)
        return node
