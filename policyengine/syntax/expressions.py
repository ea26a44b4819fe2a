"""Expressions, from the grammar's alternatives to nodes of the tree."""

from typing import Any

from policyengine.syntax import errors
from policyengine.syntax.bench import Part
from policyengine.syntax.comparisons import ComparisonBuilder
from policyengine.syntax.literals import LiteralBuilder
from policyengine.syntax.tree import (
    AgeAt,
    Aggregate,
    And,
    Arithmetic,
    AsAt,
    DaysFrom,
    Every,
    Expr,
    ExtremeOf,
    ListOf,
    NewWords,
    NewWordsSinceAny,
    Not,
    NumberOf,
    Or,
    PeriodEnd,
    PeriodStart,
    Pick,
    Similarity,
    StartOf,
    ThereIs,
    WordsIn,
)


class Chain(list[Any]):
    """Operands and the operators between them, while a chain is being read."""

    __slots__ = ()

    @property
    def span(self) -> Any:
        return self[0].span.to(self[-1].span)


class LogicBuilder(LiteralBuilder):
    """Chains of `and` and `or`, `not`, lists."""

    def chain(self, kids: list[Any]) -> Chain:
        return Chain(kids)

    def chain_more(self, kids: list[Any]) -> Chain:
        chain: Chain = kids[0]
        chain.extend(kids[1:])
        return chain

    def condition(self, kids: list[Any]) -> Expr:
        chain = kids[0] if isinstance(kids[0], Chain) else Chain(kids[:1])
        chain.extend(kids[1:])
        return self.joined(chain)

    def expression(self, kids: list[Any]) -> Expr:
        found: Expr = kids[0]
        return found

    def joined(self, chain: Chain) -> Expr:
        """One node for a chain, however long; `and` with `or` in it is a fault."""
        operands: tuple[Expr, ...] = tuple(chain[::2])
        if len(operands) == 1:
            return operands[0]
        signs = chain[1::2]
        first = str(signs[0])
        other = next((sign for sign in signs if sign != first), None)
        if other is not None:
            self.note(errors.mixed(self.place(signs[0]), self.place(other)))
        joint = And if first == "and" else Or
        return self.deep(joint(span=self.span(operands), items=operands), *operands)

    def negation(self, kids: list[Any]) -> Expr:
        return self.deep(Not(span=self.span(kids), operand=kids[1]), kids[1])

    not_list = negation

    def bracketed(self, kids: list[Any]) -> Expr:
        return self.joined(kids[1])

    def bracketed_where(self, kids: list[Any]) -> Part:
        return Part(self.span(kids), self.joined(kids[2]))

    def list_head(self, kids: list[Any]) -> Part:
        if len(kids) == 2:
            return Part(self.span(kids), (str(kids[0]), None))
        least = self.count(kids[2], "the number of a list")
        return Part(self.span(kids), ("at least", least))

    def item_list(self, kids: list[Any]) -> Expr:
        return self._list(kids, kids[2::2], itemised=True)

    def bracket_list(self, kids: list[Any]) -> Expr:
        return self._list(kids, kids[2::2], itemised=False)

    def _list(self, kids: list[Any], chains: list[Chain], *, itemised: bool) -> Expr:
        how, least = kids[0].value
        items = tuple(self.joined(chain) for chain in chains)
        last = items[-1].span if itemised else self.place(kids[-1])
        node = ListOf(
            span=kids[0].span.to(last), how=how, items=items, least=least, itemised=itemised
        )
        return self.deep(node, *items)


class ExpressionBuilder(ComparisonBuilder, LogicBuilder):
    """Records, numbers, dates and words."""

    def as_at(self, kids: list[Any]) -> AsAt:
        return AsAt(span=self.span(kids))

    def plus(self, kids: list[Any]) -> Expr:
        left, sign, right = kids
        node = Arithmetic(
            span=self.span(kids), sign="+" if sign == "+" else "-", left=left, right=right
        )
        return self.deep(node, left, right)

    minus = plus

    def there_is(self, kids: list[Any]) -> Expr:
        how, kind, alias, where = kids[2:]
        node = ThereIs(
            span=self.span(kids),
            kind=kind,
            none=getattr(how, "type", "") == "NO",
            least=getattr(how, "value", None) if isinstance(how, Part) else None,
            alias=valued(alias),
            where=valued(where),
        )
        return self.deep(node, node.where)

    def every(self, kids: list[Any]) -> Expr:
        _, kind, alias, where, _, has = kids
        node = Every(
            span=self.span(kids), kind=kind, has=has, alias=valued(alias), where=valued(where)
        )
        return self.deep(node, node.where, has)

    def pick(self, kids: list[Any]) -> Expr:
        which, kind, alias, where = kids
        node = Pick(
            span=self.span(kids),
            which="latest" if which == "latest" else "earliest",
            kind=kind,
            alias=valued(alias),
            where=valued(where),
        )
        return self.deep(node, node.where)

    def number_of(self, kids: list[Any]) -> Expr:
        _, _, kind, alias, where = kids
        node = NumberOf(span=self.span(kids), kind=kind, alias=valued(alias), where=valued(where))
        return self.deep(node, node.where)

    def aggregate(self, kids: list[Any]) -> Expr:
        how, _, kind, field, where = kids
        node = Aggregate(
            span=self.span(kids),
            how="total" if how == "total" else "highest" if how == "highest" else "lowest",
            kind=kind,
            field=field,
            where=valued(where),
        )
        return self.deep(node, node.where)

    def words_in(self, kids: list[Any]) -> Expr:
        return self.deep(WordsIn(span=self.span(kids), text=kids[4]), kids[4])

    def new_words(self, kids: list[Any]) -> Expr:
        text, since = kids[5], kids[7]
        return self.deep(NewWords(span=self.span(kids), text=text, since=since), text, since)

    def new_words_since_any(self, kids: list[Any]) -> Expr:
        text, kind, field, where = kids[5], kids[8], kids[9], valued(kids[10])
        node = NewWordsSinceAny(
            span=self.span(kids), text=text, kind=kind, field=field, where=where
        )
        return self.deep(node, text, where)

    def similarity(self, kids: list[Any]) -> Expr:
        _, _, left, _, right = kids
        return self.deep(Similarity(span=self.span(kids), left=left, right=right), left, right)

    def days_from(self, kids: list[Any]) -> Expr:
        _, _, start, _, end = kids
        return self.deep(DaysFrom(span=self.span(kids), start=start, end=end), start, end)

    def age_at(self, kids: list[Any]) -> Expr:
        _, _, birth, _, at = kids
        return self.deep(AgeAt(span=self.span(kids), birth=birth, at=at), birth, at)

    def start_of(self, kids: list[Any]) -> Expr:
        unit, date = kids[2], kids[4]
        node = StartOf(span=self.span(kids), unit="month" if unit == "month" else "year", date=date)
        return self.deep(node, date)

    def period_end(self, kids: list[Any]) -> Expr:
        length, date = kids[2], kids[5]
        return self.deep(PeriodEnd(span=self.span(kids), length=length, date=date), date)

    def period_start(self, kids: list[Any]) -> Expr:
        length, date = kids[2], kids[5]
        return self.deep(PeriodStart(span=self.span(kids), length=length, date=date), date)

    def extreme_of(self, kids: list[Any]) -> Expr:
        items = tuple(kids[3:-1:2])
        which = str(kids[0])
        if len(items) < 2:
            self.note(errors.too_few(self.span(kids), f"`{which} of`"))
        node = ExtremeOf(
            span=self.span(kids), which="later" if which == "later" else "earlier", items=items
        )
        return self.deep(node, *items)


def valued(part: Part | None) -> Any:
    """What an optional part holds, or None."""
    return None if part is None else part.value
