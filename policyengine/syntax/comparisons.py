"""Comparisons: `A is at least B`, `A is not within 7 days after B`, `A does not mention "x"`."""

from typing import Any, Literal

from policyengine.source import Span
from policyengine.syntax import errors
from policyengine.syntax.bench import Part
from policyengine.syntax.literals import LiteralBuilder
from policyengine.syntax.tree import (
    Comparator,
    Compare,
    DateComparator,
    DateCompare,
    Expr,
    IsBetween,
    IsOneOf,
    IsWithin,
    Path,
    Presence,
    Side,
    TextLiteral,
    TextTest,
)

_SYMBOLS: dict[str, tuple[Comparator, bool]] = {
    "=": ("is", False),
    "!=": ("is", True),
    ">=": ("is at least", False),
    "<=": ("is at most", False),
    ">": ("is more than", False),
    "<": ("is less than", False),
}
_VERBS: dict[str, Literal["mentions", "matches", "repeats"]] = {
    "mention": "mentions",
    "match": "matches",
    "repeat": "repeats",
    "mentions": "mentions",
    "matches": "matches",
    "repeats": "repeats",
}


class ComparisonBuilder(LiteralBuilder):
    """A test is read before its negation and its left side meet it: a maker of nodes."""

    def is_test(self, kids: list[Any]) -> Expr:
        return self._made(kids[0], kids[2], negated=False)

    def is_not_test(self, kids: list[Any]) -> Expr:
        return self._made(kids[0], kids[3], negated=True)

    def _made(self, left: Expr, test: Part, *, negated: bool) -> Expr:
        node_class, fields, name = test.value
        span = left.span.to(test.span)
        parts = [part for part in fields.values() if isinstance(part, Expr)]
        node: Expr = node_class(span=span, negated=negated, **{name: left}, **fields)
        return self.deep(node, left, *parts)

    def _compare(self, kids: list[Any], how: Comparator) -> Part:
        fields = {"how": how, "right": kids[-1]}
        return Part(self.span(kids), (Compare, fields, "left"))

    def test_is(self, kids: list[Any]) -> Part:
        return self._compare(kids, "is")

    def test_at_least(self, kids: list[Any]) -> Part:
        return self._compare(kids, "is at least")

    def test_at_most(self, kids: list[Any]) -> Part:
        return self._compare(kids, "is at most")

    def test_more_than(self, kids: list[Any]) -> Part:
        return self._compare(kids, "is more than")

    def test_less_than(self, kids: list[Any]) -> Part:
        return self._compare(kids, "is less than")

    def _compare_dates(self, kids: list[Any], how: DateComparator) -> Part:
        fields = {"how": how, "right": kids[-1]}
        return Part(self.span(kids), (DateCompare, fields, "left"))

    def test_on(self, kids: list[Any]) -> Part:
        return self._compare_dates(kids, "on")

    def test_before(self, kids: list[Any]) -> Part:
        return self._compare_dates(kids, "before")

    def test_after(self, kids: list[Any]) -> Part:
        return self._compare_dates(kids, "after")

    def test_on_or_before(self, kids: list[Any]) -> Part:
        return self._compare_dates(kids, "on or before")

    def test_on_or_after(self, kids: list[Any]) -> Part:
        return self._compare_dates(kids, "on or after")

    def test_between(self, kids: list[Any]) -> Part:
        fields = {"low": kids[1], "high": kids[3]}
        return Part(self.span(kids), (IsBetween, fields, "value"))

    def test_options(self, kids: list[Any]) -> Part:
        return Part(self.span(kids), (IsOneOf, {"options": kids[0].value}, "value"))

    def test_list(self, kids: list[Any]) -> Part:
        path = Path(span=kids[2].span, parts=(kids[2],))
        return Part(self.span(kids), (IsOneOf, {"options": (path,), "named": True}, "value"))

    def options(self, kids: list[Any]) -> Part:
        return Part(self.span(kids), tuple(kids[3:-1:2]))

    def test_within(self, kids: list[Any]) -> Part:
        fields = {"allowance": kids[1], "side": kids[2].value, "anchor": kids[3]}
        return Part(self.span(kids), (IsWithin, fields, "event"))

    def side(self, kids: list[Any]) -> Part:
        side: Side = "either side of"
        if len(kids) == 1:
            side = "after" if kids[0] == "after" else "before"
        return Part(self.span(kids), side)

    def _presence(self, kids: list[Any]) -> Part:
        return Part(self.span(kids), (Presence, {"how": str(kids[0])}, "operand"))

    test_recorded = _presence
    test_known = _presence
    test_open = _presence

    def symbol_test(self, kids: list[Any]) -> Expr:
        left, sign, right = kids
        how, negated = _SYMBOLS[sign]
        node = Compare(span=self.span(kids), how=how, left=left, right=right, negated=negated)
        return self.deep(node, left, right)

    def text_test(self, kids: list[Any]) -> Expr:
        return self._text_test(kids, str(kids[1]), negated=False)

    def not_text_test(self, kids: list[Any]) -> Expr:
        return self._text_test(kids, str(kids[3]), negated=True)

    def _text_test(self, kids: list[Any], verb: str, *, negated: bool) -> Expr:
        left: Expr = kids[0]
        right: Expr = kids[-1]
        span: Span = self.span(kids)
        how = _VERBS[verb]
        if how != "repeats" and not isinstance(right, TextLiteral):
            self.note(errors.text_wanted(right.span, how))
            right = TextLiteral(span=right.span, value="text")  # a stand-in: a text is promised
        node = TextTest(span=span, how=how, left=left, right=right, negated=negated)
        return self.deep(node, left, right)
