"""What a read-back is made of, before anybody draws it: sections of sentences, lists and tables.

Every text is plain English without any mark-up, and not yet made safe for where it is shown: the
renderers of `report.readback` see to that.
"""

from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Said:
    """A sentence, or a part of one, and the list under it.

    `joined`: the text has an `and`, an `or` or a `where` of its own at its end, so that nothing
    may be put after it in one line without changing what it says.
    """

    text: str
    items: tuple["Said", ...] = ()
    joined: bool = False

    @property
    def is_flat(self) -> bool:
        """Whether it stands in one line."""
        return not self.items

    def prefixed(self, words: str) -> "Said":
        """The same with words before it."""
        return Said(words + self.text, self.items, self.joined)

    def suffixed(self, words: str) -> "Said":
        """The same with words after its first line."""
        return Said(self.text + words, self.items, self.joined)

    def capital(self) -> "Said":
        """The same, beginning with a capital."""
        return Said(capital(self.text), self.items, self.joined)

    def lines(self, depth: int = 0) -> Iterator[tuple[int, str]]:
        """Each line with its depth: 0 for the sentence itself."""
        yield depth, self.text
        for item in self.items:
            yield from item.lines(depth + 1)


@dataclass(frozen=True, slots=True)
class Table:
    """A small table; each row has a cell for each column of the head."""

    caption: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


Block = Said | Table


@dataclass(frozen=True, slots=True)
class Section:
    """A heading and what stands under it. `key` is the same in every rule: `duty`, `unless`."""

    key: str
    heading: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadBack:
    """One version of a rule in plain English.

    `in_force` is empty for a version that always applies; `facts` are short: how grave a breach
    is, the learning point, tags.
    """

    rule: str
    title: str
    in_force: str
    facts: tuple[str, ...]
    sections: tuple[Section, ...]

    def section(self, key: str) -> Section | None:
        """The section of a key, if the rule has one."""
        return next((each for each in self.sections if each.key == key), None)


def capital(words: str) -> str:
    """The words, beginning with a capital."""
    return words[:1].upper() + words[1:]


def full_stop(said: Said) -> Said:
    """The sentence ends with a full stop, or with a colon where a list follows."""
    if said.items:
        return said if said.text.endswith(":") else said.suffixed(":")
    return said if said.text.endswith((".", "!", "?", ".”")) else said.suffixed(".")
