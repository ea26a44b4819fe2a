"""The tree builder: one method for each alternative of the grammar, called as it is read."""

from typing import Any, TypeVar

from policyengine.syntax import errors
from policyengine.syntax.bench import Desk, Inner, Part
from policyengine.syntax.examples import ExampleBuilder
from policyengine.syntax.expressions import valued
from policyengine.syntax.literals import text_value
from policyengine.syntax.tree import (
    DatedValue,
    Define,
    Gather,
    GatherSource,
    Header,
    Item,
    RuleItem,
    Setting,
)

T = TypeVar("T", bound=Item)


class TreeBuilder(ExampleBuilder):
    """What stands at top level. The items of a file gather on the desk as they are finished, so
    that those before a mistake are kept."""

    def __init__(self, desk: Desk, read_inner: Inner) -> None:
        self.desk = desk
        self.read_inner = read_inner

    def start(self, kids: list[Any]) -> None:
        """The items are on the desk already."""

    rest_of_rule = start

    def _finished(self, item: T) -> T:
        self.desk.items.append(item)
        return item

    def owner(self, kids: list[Any]) -> Part:
        return Part(self.span(kids), ("owner", text_value(kids[1])))

    def header_source(self, kids: list[Any]) -> Part:
        return Part(self.span(kids), ("source", text_value(kids[1])))

    def review_by(self, kids: list[Any]) -> Part:
        return Part(self.span(kids), ("review by", self.day(kids[2])))

    def header(self, kids: list[Any]) -> Header:
        _, title, *parts = kids
        seen: dict[str, Part] = {}
        for part in parts:
            word = part.value[0]
            if word != "source" and word in seen:
                self.note(errors.header_twice(part.span, seen[word].span, word))
            seen.setdefault(word, part)
        before = next((item.span for item in self.desk.items if isinstance(item, Header)), None)
        if self.desk.items:
            self.note(errors.policy_out_of_place(self.place(kids[0]), before))
        return self._finished(
            Header(
                span=self.span(kids),
                title=text_value(title),
                owner=seen["owner"].value[1] if "owner" in seen else None,
                sources=tuple(part.value[1] for part in parts if part.value[0] == "source"),
                review_by=seen["review by"].value[1] if "review by" in seen else None,
            )
        )

    def dated_value(self, kids: list[Any]) -> DatedValue:
        value, _, start = kids
        return DatedValue(
            span=self.span(kids), value=value, start=None if start is None else self.day(start)
        )

    def setting(self, kids: list[Any]) -> Setting:
        values = tuple(kid for kid in kids if isinstance(kid, DatedValue))
        for later in values[1:]:
            if later.start is None:
                self.note(errors.value_needs_from(later.span))
        return self._finished(
            Setting(span=self.span(kids), name=kids[1], values=values, why=_why(kids[-1]))
        )

    def list_setting(self, kids: list[Any]) -> Setting:
        options = kids[3].value
        return self._finished(
            Setting(span=self.span(kids), name=kids[1], options=options, why=_why(kids[-1]))
        )

    def define(self, kids: list[Any]) -> Define:
        _, kind, name, previous, _, value = kids
        return self._finished(
            Define(
                span=self.span(kids), kind=kind, name=name, value=value, previous=valued(previous)
            )
        )

    def gather_source(self, kids: list[Any]) -> GatherSource:
        kind, _, field, where = kids
        return GatherSource(span=self.span(kids), kind=kind, field=field, where=valued(where))

    def gather(self, kids: list[Any]) -> Gather:
        return self._finished(Gather(span=self.span(kids), name=kids[1], sources=tuple(kids[3::2])))

    def rule(self, kids: list[Any]) -> RuleItem:
        _, rule_id, title, *clauses = kids
        return self._finished(
            RuleItem(
                span=self.span(kids),
                id=self.a_name(rule_id),
                title=text_value(title),
                clauses=tuple(clauses),
            )
        )

    def example(self, kids: list[Any]) -> Any:
        return self._finished(super().example(kids))


def _why(token: Any) -> str | None:
    return None if token is None else text_value(token)
