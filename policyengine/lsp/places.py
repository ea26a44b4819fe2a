"""Places: offsets of ours, lines and columns of the protocol's, which counts in UTF-16 units."""

from lsprotocol import types

from policyengine.source import SourceFile, Span


def position_of(source: SourceFile, offset: int) -> types.Position:
    """An offset in characters as a line and a column, both from 0."""
    line, column = source.line_column(min(max(offset, 0), len(source.text)))
    before = source.line_text(line)[: column - 1]
    units = column - 1
    if not before.isascii():
        units += sum(ord(char) > 0xFFFF for char in before)
    return types.Position(line - 1, units)


def range_of(span: Span) -> types.Range:
    """A span as a range."""
    return types.Range(position_of(span.file, span.start), position_of(span.file, span.end))


def offset_of(source: SourceFile, position: types.Position) -> int:
    """The offset of a position; one beyond the end of its line is that end."""
    start = source.line_start(position.line + 1)
    text = source.line_text(min(position.line + 1, source.lines))
    if start is None:
        return len(source.text)
    if text.isascii():
        return start + min(max(position.character, 0), len(text))
    units = 0
    for column, char in enumerate(text):
        if units >= position.character:
            return start + column
        units += 2 if ord(char) > 0xFFFF else 1
    return start + len(text)


def span_of(source: SourceFile, place: types.Range) -> Span:
    """A range as a span."""
    return Span(source, offset_of(source, place.start), offset_of(source, place.end))
