"""From the events of the YAML parser to nodes.

The events are read, never the parser's values, so that what is refused is refused before it can
mean anything. Depth is capped on the events as they come: the C loader itself falls over on some
30,000 brackets.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NoReturn

import yaml

from policyengine.diagnostics import Diagnostic
from policyengine.formats.strict_yaml import Entry, Mapping, Node, Scalar, Sequence
from policyengine.source import SourceFile, Span

DEPTH_CAP = 50
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def read_events(source: SourceFile) -> tuple[Node | None, list[Diagnostic]]:
    """As `load_yaml`, which see: the root of a file, or None and what is wrong with it."""
    reader = _Reader(source)
    try:
        root = reader.document()
    except _UnreadableError as stop:
        reader.notes.append(stop.note)
        root = None
    return (None if reader.notes else root), reader.notes


class _UnreadableError(Exception):
    """A fault after which the rest of the file means nothing."""

    def __init__(self, note: Diagnostic) -> None:
        super().__init__(note.message)
        self.note = note


class _Reader:
    """Builds nodes from events, with its own stack: it does not recurse on the input."""

    def __init__(self, source: SourceFile) -> None:
        self.source = source
        self.notes: list[Diagnostic] = []
        # PyYAML leaves out a byte order mark where its own reader finds one.
        self.shift = 1 if source.text.startswith("\ufeff") else 0

    def document(self) -> Node | None:
        """The one document of the file."""
        builder = _Builder(self)
        documents = 0
        for event in self.events():
            if isinstance(event, yaml.DocumentStartEvent):
                documents += 1
                if documents > 1:
                    self.stop("YML008", "a second document begins here", self.span(event))
            elif isinstance(event, yaml.AliasEvent):
                self.refuse("an alias", event)
            elif isinstance(event, yaml.NodeEvent):
                if event.anchor is not None:
                    self.refuse("an anchor", event)
                if getattr(event, "tag", None) is not None:
                    self.refuse("a tag", event)
            builder.take(event)
        return builder.root

    def events(self) -> Iterator[yaml.Event]:
        """The parser's events; its errors in our words. Its own may quote the file."""
        try:
            yield from yaml.parse(self.source.text[self.shift :], Loader=_LOADER)
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            place = self.place(mark.index if mark is not None else 0)
            if "nesting depth" in (error.problem or ""):
                self.stop("YML007", f"nested more than {DEPTH_CAP} deep", place)
            self.stop("YML004", f"this is not YAML: {_in_our_words(error)}", place)
        except yaml.reader.ReaderError as error:
            at = error.position if isinstance(error.position, int) else 0
            message = "a character that YAML does not allow"
            self.stop("YML004", message, self.place(at))

    def place(self, index: int) -> Span:
        at = min(index + self.shift, len(self.source.text))
        return Span(self.source, at, at)

    def span(self, event: yaml.Event) -> Span:
        start, end = event.start_mark, event.end_mark
        if start is None or end is None:
            return self.place(0)
        return Span(self.source, start.index + self.shift, end.index + self.shift)

    def refuse(self, what: str, event: yaml.Event) -> NoReturn:
        hint = "write the value out; quote a text that begins with `&`, `*` or `!`"
        note = Diagnostic(
            code="YML005", message=f"{what} is not read here", span=self.span(event), hints=(hint,)
        )
        raise _UnreadableError(note)

    def stop(self, code: str, message: str, span: Span) -> NoReturn:
        raise _UnreadableError(Diagnostic(code=code, message=message, span=span))


@dataclass(slots=True)
class _Open:
    """A list or a mapping that has begun and not ended."""

    start: Span
    is_mapping: bool
    items: list[Node]
    entries: dict[str, Entry]
    key: Scalar | None = None


class _Builder:
    def __init__(self, reader: _Reader) -> None:
        self.reader = reader
        self.root: Node | None = None
        self.stack: list[_Open] = []

    def take(self, event: yaml.Event) -> None:
        span = self.reader.span(event)
        match event:
            case yaml.ScalarEvent():
                self.add(Scalar(event.value, span, quoted=not event.implicit[0]))
            case yaml.SequenceStartEvent() | yaml.MappingStartEvent():
                if len(self.stack) == DEPTH_CAP:
                    self.reader.stop("YML007", f"nested more than {DEPTH_CAP} deep", span)
                is_mapping = isinstance(event, yaml.MappingStartEvent)
                self.stack.append(_Open(span, is_mapping, [], {}))
            case yaml.SequenceEndEvent() | yaml.MappingEndEvent():
                self.close(span)
            case _:
                pass

    def close(self, end: Span) -> None:
        done = self.stack.pop()
        inside: list[Node] = [*done.items, *(entry.value for entry in done.entries.values())]
        # The end of a block is noticed only at what follows it.
        last = end.end if end.end > end.start else max((n.span.end for n in inside), default=0)
        span = Span(done.start.file, done.start.start, max(last, done.start.start))
        if done.is_mapping:
            self.add(Mapping(tuple(done.entries.values()), span))
        else:
            self.add(Sequence(tuple(done.items), span))

    def add(self, node: Node) -> None:
        if not self.stack:
            self.root = node
            return
        parent = self.stack[-1]
        if not parent.is_mapping:
            parent.items.append(node)
        elif parent.key is None:
            parent.key = self.as_key(node)
        else:
            self.enter(parent, parent.key, node)
            parent.key = None

    def as_key(self, node: Node) -> Scalar:
        if not isinstance(node, Scalar):
            self.reader.stop("YML009", "a key must be a text", node.span)
        if node.text == "<<" and not node.quoted:
            note = Diagnostic(
                code="YML005",
                message="a merge key is not read here",
                span=node.span,
                hints=("write the keys out",),
            )
            raise _UnreadableError(note)
        return node

    def enter(self, parent: _Open, key: Scalar, value: Node) -> None:
        first = parent.entries.setdefault(key.text, Entry(key, value))
        if first.key is not key:
            line = first.key.span.line
            note = Diagnostic(
                code="YML006",
                message=f"this key stands here twice: it is already on line {line}",
                span=key.span,
                hints=("keep one of the two",),
            )
            self.reader.notes.append(note)


_WORDS = {
    "could not find expected ':'": "a colon is missing",
    "did not find expected key": "the indentation does not fit the lines above",
    "did not find expected '-' indicator": "the indentation does not fit the lines above",
    "mapping values are not allowed in this context": (
        "a colon stands where none can: quote the text"
    ),
    "found unexpected end of stream": "a quote or a bracket is not closed",
    "found character that cannot start any token": (
        "a character that cannot stand here (a tab? quote a text that begins with a sign)"
    ),
    "did not find expected ',' or ']'": "a bracket `[` is not closed, or a comma is missing",
    "did not find expected ',' or '}'": "a bracket `{` is not closed, or a comma is missing",
}


def _in_our_words(error: yaml.MarkedYAMLError) -> str:
    return _WORDS.get(error.problem or "", "something stands here that cannot")
