"""How expressions are written: operators in words, brackets only where the tree needs them."""

from collections.abc import Sequence
from enum import IntEnum

from policyengine.syntax.tree import (
    AgeAt,
    Aggregate,
    And,
    Arithmetic,
    AsAt,
    Choice,
    Compare,
    DateCompare,
    DateLiteral,
    DateTimeLiteral,
    DaysFrom,
    DurationLiteral,
    Every,
    Expr,
    ExtremeOf,
    IsBetween,
    IsOneOf,
    IsWithin,
    ListOf,
    Name,
    NewWords,
    NewWordsSinceAny,
    Node,
    Not,
    Number,
    NumberOf,
    Or,
    Path,
    PeriodEnd,
    PeriodStart,
    Pick,
    Presence,
    Similarity,
    StartOf,
    TextLiteral,
    TextTest,
    ThereIs,
    WordsIn,
    YesNo,
)
from policyengine.tooling.fmt.doc import Anchor, Cat, Doc, Group, Line, Nest, Unit, cat
from policyengine.tooling.fmt.words import day, number, quoted

AFTER_IS = frozenset(
    (
        *("at", "more", "less", "between", "one", "on", "before", "after", "within"),
        *("recorded", "known", "open"),
    )
)
"""Words that go on with a test after `is`: a field of that name stands in brackets there."""

AFTER_SHOW = frozenset(("within", "between", "on", "before", "at"))
"""Words that begin a window after `show`."""


class Tightness(IntEnum):
    """How tightly an expression holds together; one that stands where a tighter one is needed
    gets brackets."""

    CHAIN = 0  # and, or
    TEST = 1  # not, comparisons, lists, `there is`, `every`
    SUM = 2
    ONE = 3
    MOMENT = 4  # what may stand as a date in a window, `end of`, `start of`


def expression(expr: Expr) -> Unit:
    """An expression as it stands by itself: in a clause, or within brackets."""
    return Unit(expr.span.end, _expression(expr))


def _expression(expr: Expr) -> Doc:
    match expr:
        case Not() | And() | Or() | ListOf() | Choice() | ThereIs() | Every():
            return _logic(expr)
        case Compare() | IsBetween() | IsOneOf() | DateCompare() | IsWithin() | Presence():
            return _test(expr)
        case TextTest(how=how, left=left, right=right, negated=negated):
            verb = f" does not {_PLAIN[how]} " if negated else f" {how} "
            return cat(_part(left, Tightness.SUM), verb, _part(right, Tightness.SUM))
        case TextLiteral() | YesNo() | Number() | DateLiteral() | DateTimeLiteral():
            return literal(expr)
        case DurationLiteral() | Path() | AsAt():
            return literal(expr)
        case _:
            return _value(expr)


_PLAIN = {"mentions": "mention", "matches": "match", "repeats": "repeat"}


def literal(expr: Expr) -> str:
    """A literal, a name, `as_at`: what is one word, or reads like one."""
    match expr:
        case TextLiteral(value=text):
            return quoted(text)
        case YesNo(value=value):
            return "yes" if value else "no"
        case Number(value=amount, percent=percent):
            return number(amount) + (" percent" if percent else "")
        case DateLiteral(value=date):
            return day(date)
        case DateTimeLiteral(value=moment):
            return day(moment)
        case DurationLiteral(value=duration):
            return str(duration)
        case Path(parts=parts):
            return ".".join(part.text for part in parts)
        case AsAt():
            return "as_at"
        case _:
            raise AssertionError(f"no literal: {type(expr).__name__}")


def _logic(expr: Expr) -> Doc:
    match expr:
        case Not(operand=operand) if is_itemised(operand):
            return cat("not ", expression(operand))
        case Not(operand=operand):
            plain = isinstance(operand, (ListOf, ThereIs, Every))
            return cat("not ", _part(operand, Tightness.TEST if plain else Tightness.SUM))
        case And(items=items):
            return _chain("and", items)
        case Or(items=items):
            return _chain("or", items)
        case ListOf(items=items, itemised=itemised):
            head = f"at least {expr.least} of" if expr.how == "at least" else f"{expr.how} of"
            if itemised:
                return Cat([head, *(_item(item) for item in items)])
            return cat(f"{head} ", bracketed_list(items))
        case Choice(options=options, otherwise=otherwise):
            said = [cat(expression(a), " if ", expression(b), ",") for a, b in options]
            last = Anchor(otherwise.span.start, Line(), cat("otherwise ", expression(otherwise)))
            following = [
                Anchor(options[at + 1][0].span.start, Line(), doc)
                for at, doc in enumerate(said[1:])
            ]
            return Group(Cat([said[0], *following, last]))
        case ThereIs(none=none, least=least):
            how = "no" if none else f"at least {least}" if least else article(expr, expr.kind)
            return cat(f"there is {how} ", _records(expr.kind, expr.alias, expr.where))
        case Every(kind=kind, has=has, alias=alias, where=where):
            return cat("every ", _records(kind, alias, where), " has ", bracketed(has))
        case _:
            raise AssertionError(f"no logic: {type(expr).__name__}")


def _chain(joint: str, items: Sequence[Expr]) -> Doc:
    parts: list[Doc] = []
    for at, item in enumerate(items):
        tail = is_itemised(item)
        doc = Nest(2, expression(item)) if tail else _part(item, Tightness.TEST)
        if at == 0:
            parts.append(doc)
        else:
            parts.append(Anchor(item.span.start, Line(), cat(f"{joint} ", doc)))
    return Group(Cat(parts))


def is_itemised(expr: Expr) -> bool:
    """Whether it is a list with items, or the `not` of one: it stands last, without brackets, and
    its first line is only the head of its items."""
    while isinstance(expr, Not):
        expr = expr.operand
    return isinstance(expr, ListOf) and expr.itemised


def _item(item: Expr) -> Doc:
    return Anchor(item.span.start, Line(hard=True), cat("- ", Nest(2, expression(item))))


def _test(expr: Expr) -> Doc:
    match expr:
        case Compare(how=how, left=left, right=right, negated=negated):
            words = how.replace("is", "is not", 1) if negated else how
            return cat(_part(left, Tightness.SUM), f" {words} ", _after_is(how, right))
        case DateCompare(how=how, left=left, right=right):
            said = f" {_is(expr.negated)} {how} "
            return cat(_part(left, Tightness.SUM), said, _part(right, Tightness.SUM))
        case IsBetween(value=value, low=low, high=high, negated=negated):
            said = f" {_is(negated)} between "
            ends = cat(_part(low, Tightness.SUM), " and ", _part(high, Tightness.SUM))
            return cat(_part(value, Tightness.SUM), said, ends)
        case IsOneOf(value=value, options=options, named=named, negated=negated):
            listed = literal(options[0]) if named else bracketed_list(options)
            return cat(_part(value, Tightness.SUM), f" {_is(negated)} one of ", listed)
        case IsWithin(event=event, allowance=allowance, side=side, anchor=anchor):
            said = f" {_is(expr.negated)} within "
            where = cat(expression(allowance), f" {side} ", _part(anchor, Tightness.SUM))
            return cat(_part(event, Tightness.SUM), said, where)
        case Presence(how=how, operand=operand, negated=negated):
            return cat(_part(operand, Tightness.SUM), f" {_is(negated)} {how}")
        case _:
            raise AssertionError(f"no test: {type(expr).__name__}")


def _is(negated: bool) -> str:
    return "is not" if negated else "is"


def _after_is(how: str, right: Expr) -> Doc:
    return _named_like(right, AFTER_IS) if how == "is" else _part(right, Tightness.SUM)


def _named_like(expr: Expr, words: frozenset[str]) -> Doc:
    """In brackets, if it would be read as a word of the language."""
    first = expr
    while isinstance(first, Arithmetic):
        first = first.left
    if isinstance(first, Path) and len(first.parts) == 1 and first.parts[0].text in words:
        return Unit(expr.span.end, cat("(", expression(expr), ")"))
    return _part(expr, Tightness.SUM)


def shown(expr: Expr) -> Doc:
    """The condition of a `show` without a window."""
    first = expr
    while True:
        match first:
            case And(items=items) | Or(items=items):
                first = items[0]
            case Compare(left=left) | DateCompare(left=left) | TextTest(left=left):
                first = left
            case Arithmetic(left=left):
                first = left
            case IsBetween(value=value) | IsOneOf(value=value):
                first = value
            case IsWithin(event=value) | Presence(operand=value):
                first = value
            case Path(parts=(Name(text=text),)) if text in AFTER_SHOW:
                return Unit(expr.span.end, cat("(", expression(expr), ")"))
            case _:
                return expression(expr)


def _value(expr: Expr) -> Doc:
    one = Tightness.ONE
    match expr:
        case Arithmetic(sign=sign, left=left, right=right):
            return cat(_part(left, Tightness.SUM), f" {sign} ", _part(right, one))
        case Pick(which=which, kind=kind, alias=alias, where=where):
            return cat(f"{which} ", _records(kind, alias, where))
        case NumberOf(kind=kind, alias=alias, where=where):
            return cat("number of ", _records(kind, alias, where))
        case Aggregate(how=how, kind=kind, field=field, where=where):
            return cat(f"{how} of {kind.text}.{field.text}", _where(where))
        case WordsIn(text=text):
            return cat("number of words in ", _part(text, one))
        case NewWords(text=text, since=since):
            return cat("number of new words in ", _part(text, one), " since ", _part(since, one))
        case NewWordsSinceAny(text=text, kind=kind, field=field, where=where):
            texts = f" since any {kind.text}.{field.text}"
            return cat("number of new words in ", _part(text, one), texts, _where(where))
        case Similarity(left=left, right=right):
            return cat("similarity of ", _part(left, one), " to ", _part(right, one))
        case DaysFrom(start=start, end=end):
            return cat("days from ", _part(start, one), " to ", _part(end, one))
        case AgeAt(birth=birth, at=at):
            return cat("age of ", _part(birth, one), " at ", _part(at, one))
        case _:
            return _period(expr)


def _period(expr: Expr) -> Doc:
    match expr:
        case StartOf(unit=unit, date=date):
            return cat(f"start of {unit} of ", _part(date, Tightness.MOMENT))
        case PeriodEnd(length=length, date=date):
            since = _part(date, Tightness.MOMENT)
            return cat("end of ", expression(length), " beginning with ", since)
        case PeriodStart(length=length, date=date):
            until = _part(date, Tightness.MOMENT)
            return cat("start of ", expression(length), " ending on ", until)
        case ExtremeOf(which=which, items=items):
            return cat(f"{which} of ", bracketed_list(items, Tightness.SUM))
        case _:
            raise AssertionError(f"{type(expr).__name__} has no layout")


def _records(kind: Name, alias: Name | None, where: Expr | None) -> Doc:
    return cat(named(kind, alias), _where(where))


def named(kind: Name, alias: Name | None) -> Doc:
    """`KIND [as NAME]`"""
    if alias is None:
        return Unit(kind.span.end, kind.text)
    return cat(Unit(kind.span.end, kind.text), Unit(alias.span.end, f" as {alias.text}"))


def _where(where: Expr | None) -> Doc:
    return "" if where is None else cat(" where ", bracketed(where))


def bracketed(expr: Expr) -> Doc:
    """`(A)`, broken after the bracket and before its partner."""
    start = Anchor(expr.span.start, Line(""), expression(expr))
    return Unit(expr.span.end, Group(cat("(", Nest(2, start), Line(""), ")")))


def bracketed_list(items: Sequence[Expr], tightness: Tightness = Tightness.CHAIN) -> Doc:
    """`(A, B, C)`; if it is too long for a line, one a line."""
    parts: list[Doc] = []
    for at, item in enumerate(items):
        comma = "," if at + 1 < len(items) else ""
        line = Line("") if at == 0 else Line()
        parts.append(Anchor(item.span.start, line, cat(_part(item, tightness), comma)))
    return Group(cat("(", Nest(2, Cat(parts)), Line(""), ")"))


def filled(docs: Sequence[tuple[int, Doc]]) -> Doc:
    """`A, B, C`, as many on a line as fit; each with where it starts in the file."""
    parts: list[Doc] = []
    for at, (start, doc) in enumerate(docs):
        said = cat(doc, "," if at + 1 < len(docs) else "")
        parts.append(said if at == 0 else Group(Anchor(start, Line(), said)))
    return Cat(parts)


def _tightness(expr: Expr) -> Tightness:
    match expr:
        case And() | Or() | Choice():
            return Tightness.CHAIN
        case Not() | ListOf() | ThereIs() | Every() | TextTest():
            return Tightness.TEST
        case Compare() | IsBetween() | IsOneOf() | DateCompare() | IsWithin() | Presence():
            return Tightness.TEST
        case Arithmetic():
            return Tightness.SUM
        case Path() | DateLiteral() | DateTimeLiteral() | AsAt() | ExtremeOf():
            return Tightness.MOMENT
        case PeriodEnd() | PeriodStart() | StartOf():
            return Tightness.MOMENT
        case _:
            return Tightness.ONE


def _part(expr: Expr, wanted: Tightness) -> Doc:
    """An operand: in brackets if it holds less tightly than what stands around it."""
    return bracketed(expr) if _tightness(expr) < wanted else expression(expr)


def moment(expr: Expr) -> Doc:
    """The T of a window: a date, plus or minus lengths of time; anything else in brackets."""
    match expr:
        case Arithmetic(sign=sign, left=left, right=DurationLiteral() | Path() as right):
            shifted = cat(moment(left), f" {sign} ", expression(right))
            return Unit(expr.span.end, shifted)
        case _:
            return _part(expr, Tightness.MOMENT)


def article(node: Node, kind: Name) -> str:
    """`a` or `an`: the author's own if there is one, for only an ear knows (`an mdt_review`)."""
    words = node.span.file.text[node.span.start : kind.span.start].split()
    if words and words[-1] in ("a", "an"):
        return words[-1]
    return "an" if kind.text[0] in "aeiou" else "a"
