"""The names in sight at a place that is being written, told from the tokens before it.

A file that is being written has no tree yet where it matters; its tokens say enough.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from policyengine.policy.context import Vocabulary
from policyengine.policy.types import Sort, Type, record_of
from policyengine.syntax.offers import Written
from policyengine.syntax.words import RULE_CLAUSES


@dataclass(slots=True)
class InSight:
    """Names to their types, and the kind of the record whose fields stand bare."""

    names: dict[str, Type] = field(default_factory=dict)
    looked_at: str | None = None


@dataclass(frozen=True, slots=True)
class _Opener:
    """A kind that a `where` to come will look at, and the name that its record has there."""

    kind: str
    name: str
    bracketed: bool


_ONE = ("every", "latest", "earliest")
_AGGREGATES = ("total", "highest", "lowest")


def in_sight(before: Sequence[Written], words: Vocabulary) -> InSight:
    """What is in sight after these tokens of one item."""
    reading = _Reading(before, words)
    reading.run()
    top = reading.frames[-1]
    return InSight(dict(top.names), top.looked_at)


def type_of_path(parts: Sequence[str], sight: InSight, words: Vocabulary) -> Type | None:
    """What a path is; None if it is nothing that is known."""
    first, *steps = parts
    found = sight.names.get(first)
    if found is None and sight.looked_at is not None:
        found = words.members(sight.looked_at).get(first)
    if found is None and first in words.settings:
        found = words.settings[first].type
    for step in steps:
        if found is None or not found.is_linked or found.of is None:
            return None
        found = words.members(found.of).get(step)
    return found


class _Reading:
    def __init__(self, before: Sequence[Written], words: Vocabulary) -> None:
        self.tokens, self.words = before, words
        self.frames = [InSight({"case": record_of("case")})]
        self.opener: _Opener | None = None
        self.let: tuple[str, int] | None = None
        self.subject: str | None = None

    def run(self) -> None:
        for at, token in enumerate(self.tokens):
            if len(self.frames) == 1 and token.kind in RULE_CLAUSES:
                self._new_clause(at)
            match token.text:
                case "(":
                    self._open(at)
                case ")" if len(self.frames) > 1:
                    self.frames.pop()
                case "where" if self.opener is not None and not self.opener.bracketed:
                    self._look(self.frames[-1], self.opener)
                case _ if token.kind in ("NAME", "WORD"):
                    self._name(at)
                case _:
                    pass

    def _before(self, at: int, back: int) -> str:
        return self.tokens[at - back].text if at >= back else ""

    def _new_clause(self, at: int) -> None:
        if self.let is not None:
            name, start = self.let
            self.frames[0].names[name] = self._let_type(start, at)
        self.let, self.opener = None, None
        self.frames[0].looked_at = None

    def _let_type(self, start: int, end: int) -> Type:
        """What a `let` stands for: a picked record or a path; anything else does not matter."""
        first = self.tokens[start].text if start < end else ""
        if first in ("latest", "earliest") and start + 1 < end:
            kind = self.words.kind(self.tokens[start + 1].text)
            return Type(Sort.UNKNOWN) if kind is None else record_of(kind.name)
        parts = []
        for token in self.tokens[start:end]:
            if token.kind not in ("NAME", "FIELD"):
                break
            parts.append(token.text.lstrip("."))
        found = type_of_path(parts, self.frames[0], self.words) if parts else None
        return found or Type(Sort.UNKNOWN)

    def _open(self, at: int) -> None:
        top = self.frames[-1]
        inner = InSight(dict(top.names), top.looked_at)
        asked = self._before(at, 1) in ("where", "has")
        if asked and self.opener is not None and self.opener.bracketed:
            self._look(inner, self.opener)
        self.frames.append(inner)

    def _look(self, frame: InSight, opener: _Opener) -> None:
        frame.names[opener.name] = record_of(opener.kind)
        frame.looked_at = opener.kind

    def _name(self, at: int) -> None:
        text, before = self.tokens[at].text, self._before(at, 1)
        if before == "as" and self.tokens[at - 1].kind == "as":
            self._alias(at, text)
        elif before == "let":
            self.let = (text, at + 2)
        elif (kind := self.words.kind(text, plural=True)) is not None:
            self._kind(at, kind.name)

    def _alias(self, at: int, text: str) -> None:
        if self._before(at, 2) == "previous" and self.subject is not None:
            self.frames[-1].names[text] = record_of(self.subject)
        elif self.opener is not None:
            kind = self.opener.kind
            self.opener = _Opener(kind, text, self.opener.bracketed)
            if not self.opener.bracketed:
                self.frames[-1].names.pop(kind, None)
                self.frames[-1].names[text] = record_of(kind)

    def _kind(self, at: int, kind: str) -> None:
        """A kind: what sort of construct does it stand in?"""
        one, two, three = (self._before(at, back) for back in (1, 2, 3))
        if one == "each" and two in ("for", "with"):
            self.opener = _Opener(kind, kind, bracketed=False)
            self.subject = kind if two == "for" else self.subject
            self.frames[-1].names[kind] = record_of(kind)
        elif one == "define":
            self.subject = kind
            self.frames[0].names[kind] = record_of(kind)
            self.frames[0].looked_at = kind
        elif "have" in (one, two) or (two == "least" and self._before(at, 4) == "have"):
            self.opener = _Opener(kind, kind, bracketed=False)
        elif self._begins_set(one, two, three) or self.tokens[0].text == "gather":
            self.opener = _Opener(kind, kind, bracketed=True)

    @staticmethod
    def _begins_set(one: str, two: str, three: str) -> bool:
        return (
            one in _ONE
            or (one == "of" and two in ("number", *_AGGREGATES))
            or (one in ("a", "an", "no") and two == "is" and three == "there")
            or (two == "least" and three == "at")
            or (one == "any" and two == "since")
        )
