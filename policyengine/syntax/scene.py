"""A mistake and what stands round it: what those who explain it look at."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from policyengine.diagnostics import Label
from policyengine.source import Span
from policyengine.syntax.reader import Stop
from policyengine.syntax.words import EXAMPLE_CLAUSES, HEADER_CLAUSES, RULE_CLAUSES, TOP_LEVEL

_RUN = re.compile(
    r"""\.?[^\W\d][\w'’]*(?:-\w+)*   # a word, with the dot before it or hyphens in it
      | [0-9][\w/:.-]*[\w%]|[0-9]%?  # a number, a date, and what has been glued to them
      | \.?[^\w\s"\#()]{1,3}         # signs
      | [\s\S]""",
    re.VERBOSE,
)
_WORD = re.compile(r"\s*([\w-]+|[^\w\s]|$)")
CLAUSE_WORDS: frozenset[str] = frozenset((*RULE_CLAUSES, *HEADER_CLAUSES, *EXAMPLE_CLAUSES))
STARTERS: frozenset[str] = CLAUSE_WORDS | frozenset(TOP_LEVEL)
_CLAUSES_OF: dict[str, tuple[str, ...]] = {
    "rule": RULE_CLAUSES,
    "policy": HEADER_CLAUSES,
    "example": EXAMPLE_CLAUSES,
}
OPERAND = frozenset({"NAME", "TEXT", "NUMERAL", "("})
"""Offered together, these mean that a value or a condition may stand at a place."""


@dataclass(frozen=True)
class Scene:
    """A stop of the parser, and questions about it."""

    stop: Stop

    @property
    def text(self) -> str:
        """The text that is being read."""
        return self.stop.text

    @property
    def offset(self) -> int:
        """Where it cannot go on."""
        return self.stop.offset

    @cached_property
    def word(self) -> str:
        """What stands there: a word, a number, a sign; nothing at the end."""
        found = _RUN.match(self.text, self.offset)
        return found.group() if found else ""

    @cached_property
    def here(self) -> Span:
        """Its place; at the end, the place after the last word."""
        if self.stop.at_end or self.offset >= len(self.text):
            end = self.last_end
            return self.span(end, end)
        return self.span(self.offset, self.offset + max(1, len(self.word)))

    def span(self, start: int, end: int) -> Span:
        """The place in the file of a stretch of the text."""
        return self.stop.desk.span(start, min(end, len(self.text)))

    @property
    def last(self) -> str:
        """The token before, as it is written; nothing at the start."""
        return "" if self.stop.last is None else str(self.stop.last)

    @property
    def last_kind(self) -> str:
        """What kind of token that is."""
        return "" if self.stop.last is None else self.stop.last.type

    @property
    def last_start(self) -> int:
        """Where that token starts."""
        start = 0 if self.stop.last is None else self.stop.last.start_pos
        return start or 0

    @property
    def last_end(self) -> int:
        """Where it ends."""
        end = 0 if self.stop.last is None else self.stop.last.end_pos
        return end or 0

    @property
    def last_place(self) -> Span:
        """Its place."""
        return self.span(self.last_start, self.last_end)

    def after(self, offset: int) -> str:
        """The next word or sign from an offset on."""
        found = _WORD.match(self.text, offset)
        return found.group(1) if found else ""

    @cached_property
    def next_word(self) -> str:
        """What follows the word at which it stopped."""
        return self.after(self.offset + len(self.word))

    def offers(self, *words: str) -> bool:
        """Whether all of these could have stood here."""
        return self.stop.offers.issuperset(words)

    def offers_any(self, words: Iterable[str]) -> bool:
        """Whether one of these could have stood here."""
        return not self.stop.offers.isdisjoint(words)

    @cached_property
    def keywords(self) -> frozenset[str]:
        """The words, not signs and not kinds of token, that could have stood here."""
        return frozenset(word for word in self.stop.offers if word[0].islower())

    @property
    def wants_operand(self) -> bool:
        """Whether a value or a condition could have stood here."""
        return self.stop.offers >= OPERAND

    @property
    def starts_line(self) -> bool:
        """Whether only blanks stand before it on its line."""
        start = self.text.rfind("\n", 0, self.offset) + 1
        return not self.text[start : self.offset].strip()

    @cached_property
    def tokens(self) -> tuple[Any, ...]:
        """The tokens of what is not finished, in order."""
        return tuple(kid for kid in self.stop.stack if hasattr(kid, "start_pos"))

    @cached_property
    def clause(self) -> Any | None:
        """The word that begins the clause, or the item, that is being read."""
        for token in reversed(self.tokens):
            if str(token) in STARTERS and token.type.isalpha() and self._begins(token):
                return token
        return None

    def _begins(self, token: Any) -> bool:
        """Not every `for` begins a clause, and `cannot tell` is a verdict, too."""
        if token.type in ("NAME", "WORD", "LABEL", "FIELD", "TEXT"):
            return False
        return str(token) in TOP_LEVEL or str(token) in _CLAUSES_OF.get(self.item, ())

    @property
    def clause_word(self) -> str:
        """That word."""
        return "" if self.clause is None else str(self.clause)

    @cached_property
    def item(self) -> str:
        """The word of the item that is being read; nothing between items."""
        for token in self.tokens:
            if str(token) in TOP_LEVEL and token.type == str(token).upper():
                return str(token)
        if self.stop.start == "rest_of_rule" and not self.stop.new_items:
            return "rule"
        return ""

    @cached_property
    def open_brackets(self) -> list[Any]:
        """The brackets that are open, outermost first."""
        return [token for token in self.tokens if token.type == "LPAR"]

    def has_open(self, word: str) -> Any | None:
        """The last token of this word that is not finished with, if there is one."""
        return next((token for token in reversed(self.tokens) if str(token) == word), None)

    def why(self) -> tuple[Label, ...]:
        """A label on the clause that the place is in, if that says more than the place does."""
        if self.clause is None or self.clause is self.stop.last:
            return ()
        span = self.span(self.clause.start_pos, self.clause.end_pos)
        return (Label(span, f"in this `{self.clause}`"),)
