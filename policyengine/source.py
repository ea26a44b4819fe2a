"""Files of text and places in them. Everything that a message points at is a `Span`."""

from bisect import bisect_right
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, eq=False)
class SourceFile:
    """One file as it was read.

    `name` is the path as the user wrote it. `text` is what the parser reads; for a Markdown
    host the prose is blanked out, so that offsets and lines are those of the file. `shown` is
    the file as it stands, for quoting in messages.
    """

    name: str
    text: str
    shown: str = ""
    _starts: tuple[int, ...] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        if not self.shown:
            object.__setattr__(self, "shown", self.text)
        starts = [0]
        at = self.text.find("\n")
        while at >= 0:
            starts.append(at + 1)
            at = self.text.find("\n", at + 1)
        object.__setattr__(self, "_starts", tuple(starts))

    def line_column(self, offset: int) -> tuple[int, int]:
        """The line and column, both counted from 1, of a character offset."""
        line = bisect_right(self._starts, offset)
        return line, offset - self._starts[line - 1] + 1

    @property
    def lines(self) -> int:
        """How many lines there are; a line break at the end begins another."""
        return len(self._starts)

    def line_start(self, line: int) -> int | None:
        """The offset at which a line (from 1) begins; None if there is no such line."""
        return self._starts[line - 1] if 1 <= line <= len(self._starts) else None

    def line_text(self, line: int) -> str:
        """The text of a line (counted from 1) as it stands in the file, without its end."""
        start = self._starts[line - 1]
        end = self._starts[line] - 1 if line < len(self._starts) else len(self.shown)
        return self.shown[start:end].rstrip("\r")


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of a file: offsets in characters, `end` excluded."""

    file: SourceFile
    start: int
    end: int

    @property
    def line(self) -> int:
        """The line it starts on, from 1."""
        return self.file.line_column(self.start)[0]

    @property
    def column(self) -> int:
        """The column it starts at, from 1."""
        return self.file.line_column(self.start)[1]

    @property
    def text(self) -> str:
        """The author's own words."""
        return self.file.text[self.start : self.end]

    def to(self, other: "Span") -> "Span":
        """From the start of this one to the end of another, later in the same file."""
        return Span(self.file, self.start, other.end)
