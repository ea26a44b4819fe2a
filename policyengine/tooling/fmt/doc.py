"""Laid-out text before its lines are chosen: pieces that stand on one line if they fit, and break
where they may if they do not. What is printed here knows nothing of the policy language.

A `Unit` and an `Anchor` remember where in the file they came from: comments are hung on them.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

WIDTH = 100


@dataclass(slots=True)
class Line:
    """A place where a line may break; in one line it is `flat`. A `hard` one always breaks."""

    flat: str = " "
    hard: bool = False


@dataclass(slots=True)
class Cat:
    """One after the other."""

    parts: "list[Doc]"


@dataclass(slots=True)
class Nest:
    """Lines that break in here begin so many blanks further in."""

    by: int
    doc: "Doc"


@dataclass(slots=True)
class Group:
    """All of its own lines break, or none does."""

    doc: "Doc"
    forced: bool = False


@dataclass(slots=True)
class Unit:
    """What stands in the file up to the offset `end`; `trails` are comments after it."""

    end: int
    doc: "Doc"
    trails: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Anchor:
    """What begins at the offset `start`, with the break before it; `leads` are comments that
    stand on lines of their own before it."""

    start: int
    line: Line
    doc: "Doc"
    leads: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Box:
    """A clause or an item: comments within it stay with it. `opens` are comments at the end of
    its first line, `closes` those on lines of their own after its last."""

    start: int
    end: int
    doc: "Doc"
    opens: list[str] = field(default_factory=list)
    closes: list[str] = field(default_factory=list)


Doc = str | Line | Cat | Nest | Group | Unit | Anchor | Box


def cat(*parts: Doc) -> Cat:
    """One after the other."""
    return Cat(list(parts))


def inner(doc: Doc) -> Sequence[Doc]:
    """The pieces that a piece is made of."""
    match doc:
        case str() | Line():
            return ()
        case Cat(parts=parts):
            return parts
        case Anchor(line=line, doc=held):
            return (line, held)
        case Nest(doc=held) | Group(doc=held) | Unit(doc=held) | Box(doc=held):
            return (held,)


def walk(doc: Doc) -> Iterator[Doc]:
    """A piece and everything in it, from the outermost in, in the order of reading."""
    waiting = [doc]
    while waiting:
        here = waiting.pop()
        yield here
        waiting.extend(reversed(inner(here)))


def settle_breaks(doc: Doc) -> None:
    """Mark the groups that must break: those that hold a hard line or a comment."""
    for piece in reversed(list(walk(doc))):
        if isinstance(piece, Group):
            piece.forced = _breaks(piece.doc)


def _breaks(doc: Doc) -> bool:
    waiting = [doc]
    while waiting:
        match waiting.pop():
            case Line(hard=True):
                return True
            case Group(forced=True):
                return True
            case Group() | str() | Line():
                pass  # what a group holds is known already: it is settled from the inside out
            case Unit(trails=[_, *_]) | Box(opens=[_, *_]) | Box(closes=[_, *_]):
                return True
            case Anchor(line=line, leads=leads) if leads or line.hard:
                return True
            case piece:
                waiting.extend(inner(piece))
    return False


Command = tuple[int, bool, Doc]  # how far in, whether flat, what


def render(doc: Doc) -> list[str]:
    """The lines of a piece, without their ends."""
    settle_breaks(doc)
    page = _Page()
    stack: list[Command | Iterable[str]] = [(0, False, doc)]
    while stack:
        here = stack.pop()
        if not isinstance(here, tuple):
            page.trail(here)
            continue
        indent, flat, piece = here
        match piece:
            case str():
                page.add(piece)
            case Line():
                _line(page, piece, indent, flat)
            case Cat(parts=parts):
                stack.extend((indent, flat, part) for part in reversed(parts))
            case Nest(by=by, doc=held):
                stack.append((indent + by, flat, held))
            case Group(doc=held, forced=forced):
                now = not forced and (flat or _fits(held, stack, WIDTH - page.column))
                stack.append((indent, now, held))
            case Unit(doc=held, trails=trails):
                stack.append(trails)
                stack.append((indent, flat, held))
            case Box(doc=held, opens=opens, closes=closes):
                page.trail(opens)
                below = (cat(Line(hard=True), text) for text in reversed(closes))
                stack.extend((indent + 2, False, line) for line in below)
                stack.append((indent, flat, held))
            case Anchor(line=line, doc=held, leads=leads):
                _line(page, line, indent, flat and not leads)
                for text in leads:
                    page.add(text)
                    page.new_line(indent)
                stack.append((indent, flat, held))
    return page.finished()


def _line(page: "_Page", line: Line, indent: int, flat: bool) -> None:
    if flat and not line.hard and not page.pending:
        page.add(line.flat)
    else:
        page.new_line(indent)


def _fits(doc: Doc, rest: Sequence[Command | Iterable[str]], room: int) -> bool:
    """Whether a piece in one line, and what follows up to where a line may break, has room."""
    waiting: list[tuple[bool, Doc]] = [(True, doc)]
    after = len(rest)
    while room >= 0:
        if not waiting:
            after -= 1
            if after < 0:
                return True
            following = rest[after]
            if isinstance(following, tuple):
                waiting.append((following[1], following[2]))
            continue
        flat, piece = waiting.pop()
        match piece:
            case str():
                room -= len(piece)
            case Line(flat=text, hard=hard):
                if hard or not flat:
                    return True
                room -= len(text)
            case Anchor(line=line, doc=held, leads=leads):
                if line.hard or leads or not flat:
                    return True
                waiting.append((flat, held))
                room -= len(line.flat)
            case Group(doc=held, forced=forced):
                waiting.append((flat and not forced, held))
            case _:
                waiting.extend((flat, part) for part in reversed(inner(piece)))
    return False


class _Page:
    """Lines being written, and the comments that wait for the end of the one at hand."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.here = ""
        self.indent = 0
        self.pending: list[str] = []

    @property
    def column(self) -> int:
        return len(self.here)

    def add(self, text: str) -> None:
        self.here += text

    def trail(self, texts: Iterable[str]) -> None:
        self.pending.extend(texts)

    def new_line(self, indent: int) -> None:
        self._end()
        self.here = " " * indent
        self.indent = indent

    def _end(self) -> None:
        # One comment fits at the end of a line; those before it go to lines of their own.
        self.lines.extend(" " * self.indent + text for text in self.pending[:-1])
        trailing = f"  {self.pending[-1]}" if self.pending else ""
        self.lines.append(f"{self.here}{trailing}".rstrip())
        self.pending = []

    def finished(self) -> list[str]:
        self._end()
        return self.lines
