"""Where comments go: each is hung on the piece that it stood by.

A comment at the end of a line goes to the end of the line on which what stands before it ends
up; one on a line of its own goes before what it stood before, as near as that can be.
"""

from bisect import bisect_left, bisect_right

from policyengine.syntax.tree import Comment
from policyengine.tooling.fmt.doc import Anchor, Box, Unit, walk


def written(comment: Comment) -> str:
    """A comment as it is written, without blanks at its end."""
    return f"#{comment.text.rstrip()}"


class _Places:
    """What comments can be hung on within an item, in the order of the file."""

    def __init__(self, item: Box) -> None:
        pieces = list(walk(item))
        self.item = item
        self.lines = sorted((p for p in pieces[1:] if isinstance(p, Box)), key=_start)
        self.anchors = sorted((p for p in pieces if isinstance(p, Anchor)), key=_start)
        # Of those that end together the outermost comes first: a piece is read before its parts.
        self.units = sorted((p for p in pieces if isinstance(p, Unit)), key=_end)

    def around(self, offset: int) -> Box:
        """The clause that holds an offset, or else the item."""
        at = bisect_left(self.lines, offset, key=_start) - 1
        return self.lines[at] if at >= 0 and offset < self.lines[at].end else self.item

    def put_before(self, comment: Comment) -> None:
        """Hang a comment that has lines of its own."""
        offset = comment.span.start
        box = self.around(offset)
        at = bisect_left(self.anchors, offset, key=_start)
        if at < len(self.anchors) and self.anchors[at].start <= box.end:
            self.anchors[at].leads.append(written(comment))
        elif at > 0 and offset < box.end:
            self.anchors[at - 1].leads.append(written(comment))
        else:
            self.item.closes.append(written(comment))

    def put_behind(self, comment: Comment) -> None:
        """Hang a comment that stands at the end of a line."""
        offset = comment.span.start
        box = self.around(offset)
        at = bisect_right(self.units, offset, key=_end) - 1
        if at < 0 or self.units[at].end <= box.start:
            box.opens.append(written(comment))
            return
        first = bisect_left(self.units, self.units[at].end, key=_end)
        self.units[first].trails.append(written(comment))


def hang(item: Box, comments: list[Comment]) -> None:
    """Hang the comments that stand within an item, or behind it on its last line."""
    places = _Places(item)
    for comment in comments:
        if comment.own_line:
            places.put_before(comment)
        else:
            places.put_behind(comment)


def _start(piece: Box | Anchor) -> int:
    return piece.start


def _end(piece: Unit) -> int:
    return piece.end
