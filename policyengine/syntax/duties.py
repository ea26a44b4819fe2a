"""Duties and their windows, from the grammar's alternatives to nodes of the tree."""

from typing import Any

from policyengine.syntax import errors
from policyengine.syntax.bench import Part
from policyengine.syntax.expressions import ExpressionBuilder, valued
from policyengine.syntax.tree import (
    AtLeastEvery,
    Between,
    Have,
    NoLaterThan,
    NotHave,
    OnTheDayOf,
    Path,
    Show,
    Within,
)


class DutyBuilder(ExpressionBuilder):
    """What `must` and `should` bind to."""

    def within(self, kids: list[Any]) -> Within:
        _, allowance, side, anchor, counting, rolled = kids
        return Within(
            span=self.span(kids),
            allowance=allowance,
            side=side.value,
            anchor=anchor,
            counting_that_day=counting is not None,
            or_next_working_day=rolled is not None,
        )

    def between(self, kids: list[Any]) -> Between:
        _, first, _, last, rolled = kids
        return Between(
            span=self.span(kids), first=first, last=last, or_next_working_day=rolled is not None
        )

    def on_the_day_of(self, kids: list[Any]) -> OnTheDayOf:
        return OnTheDayOf(span=self.span(kids), anchor=kids[4])

    def no_later_than(self, kids: list[Any]) -> NoLaterThan:
        _, _, _, anchor, rolled = kids
        return NoLaterThan(
            span=self.span(kids), anchor=anchor, or_next_working_day=rolled is not None
        )

    def before(self, kids: list[Any]) -> NoLaterThan:
        _, anchor, rolled = kids
        return NoLaterThan(
            span=self.span(kids),
            anchor=anchor,
            strictly=True,
            or_next_working_day=rolled is not None,
        )

    def at_least_every(self, kids: list[Any]) -> AtLeastEvery:
        interval, anchor, lasting = kids[3], kids[5], kids[6]
        return AtLeastEvery(
            span=self.span(kids), interval=interval, anchor=anchor, while_=valued(lasting)
        )

    def _words(self, kids: list[Any]) -> Part:
        return Part(self.span(kids), None)

    counting = _words
    rolled = _words
    article = _words

    def while_field(self, kids: list[Any]) -> Part:
        return Part(self.span(kids), kids[1])

    while_condition = while_field

    def at_least_n(self, kids: list[Any]) -> Part:
        return Part(self.span(kids), self.count(kids[2], "the number after `at least`"))

    def alias(self, kids: list[Any]) -> Part:
        return Part(self.span(kids), kids[1])

    where = alias

    def have(self, kids: list[Any]) -> Have:
        _, quantity, what, alias, window, where = kids
        self._check_field(what, quantity, alias)
        if len(what.parts) > 1 and window is None:
            self.note(errors.field_needs_window(what.span))
        return Have(
            span=self.span(kids),
            what=what,
            least=valued(quantity),
            alias=valued(alias),
            window=window,
            where=valued(where),
        )

    def not_have(self, kids: list[Any]) -> NotHave:
        _, _, article, what, alias, window, where = kids
        self._check_field(what, article, alias)
        return NotHave(
            span=self.span(kids),
            what=what,
            alias=valued(alias),
            window=window,
            where=valued(where),
        )

    def _check_field(self, what: Path, quantity: Part | None, alias: Part | None) -> None:
        """`must have RECORD.FIELD` is about one record that is in sight already."""
        if len(what.parts) == 1:
            return
        if quantity is not None:
            word = "article" if quantity.value is None else "number"
            self.note(errors.field_takes_no(quantity.span, word, what.span))
        elif alias is not None:
            self.note(errors.field_takes_no(alias.span, "alias", what.span))

    def show(self, kids: list[Any]) -> Show:
        return Show(span=self.span(kids), condition=kids[1])

    def show_window(self, kids: list[Any]) -> Show:
        return Show(span=self.span(kids), condition=kids[3], window=kids[1])
