"""YAML with its traps closed: every scalar is text, nothing is repeated, nothing refers back.

So `no` stays `no`, `010` stays `010`, and anchors, aliases, tags and merge keys are refused. What
reads the parser's events stands in `yaml_events`, and is imported when there is a file to read.
"""

from dataclasses import dataclass

from policyengine.diagnostics import Diagnostic
from policyengine.source import SourceFile, Span

_EMPTY = frozenset({"", "~", "null", "Null", "NULL"})


@dataclass(frozen=True, slots=True)
class Scalar:
    """A text as it stands. `quoted`: in quotes, or a block; such a one is never empty."""

    text: str
    span: Span
    quoted: bool = False

    @property
    def is_empty(self) -> bool:
        """Whether nothing stands there: nothing at all, or a bare `~` or `null`."""
        return not self.quoted and self.text in _EMPTY


@dataclass(frozen=True, slots=True)
class Entry:
    """A key and what it holds."""

    key: Scalar
    value: "Node"


@dataclass(frozen=True, slots=True)
class Sequence:
    """A list."""

    items: tuple["Node", ...]
    span: Span


@dataclass(frozen=True, slots=True)
class Mapping:
    """Keys and values in the order of the file; no key comes twice."""

    entries: tuple[Entry, ...]
    span: Span

    def get(self, key: str) -> "Node | None":
        """What a key holds, if it is there."""
        return next((entry.value for entry in self.entries if entry.key.text == key), None)


Node = Scalar | Sequence | Mapping


def load_yaml(source: SourceFile) -> tuple[Node | None, list[Diagnostic]]:
    """Read a file of one YAML document; nothing in it gives None and no message.

    Refused, with the place: what is not YAML (YML004), anchors, aliases, tags and merge keys
    (YML005), a key that comes twice (YML006), more than 50 levels (YML007), a second document
    (YML008), a key that is not a text (YML009). After a fault that leaves the rest readable the
    reading goes on, but nothing is returned.
    """
    from policyengine.formats.yaml_events import read_events

    return read_events(source)
