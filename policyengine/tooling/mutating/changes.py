"""Small changes to what an author wrote: one number by one, one comparison, one word dropped.

Each gives the item with one node that is another. Messages, targets and what is only for the
reader (severity, tags, sources) are left alone: no example can notice them.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, replace
from datetime import date, timedelta
from enum import Enum
from typing import Literal, TypeVar

from policyengine.source import Span
from policyengine.syntax import tree
from policyengine.syntax.tree import Node
from policyengine.values.durations import Duration


class How(Enum):
    """The kinds of change."""

    NUMBER = "a number by one"
    DATE = "a date by a day"
    COMPARISON = "a comparison"
    LOGIC = "`and` for `or`"
    NOT = "a `not` dropped"
    UNLESS = "an `unless` dropped"
    CANNOT_TELL = "a `cannot tell if` dropped"
    WHEN = "a `when` dropped"
    WHERE = "a `where` dropped"
    BLANK = "`blank means` dropped"
    SILENCE = "`silence means` dropped"
    WINDOW = "the end of a window"
    WHICH = "the other end of a row"
    FIELD = "another field of the type"


@dataclass(frozen=True, slots=True)
class Change:
    """One change: what kind, where it stands, and what stands there and would stand there."""

    how: How
    span: Span
    words: str


N = TypeVar("N", bound=Node)
Changed = Iterator[tuple[Change, Node]]
Swaps = Mapping[tuple[int, int], str]
"""By the place of a path of names: the last name that would stand there."""

_LEFT_ALONE = (
    tree.SeverityClause, tree.LearningPoint, tree.Tags, tree.Source, tree.Target, tree.Say,
    tree.FixClause, tree.Name,
)  # fmt: skip
_DROPPED = {
    tree.Unless: How.UNLESS,
    tree.CannotTellIf: How.CANNOT_TELL,
    tree.When: How.WHEN,
    tree.BlankMeansBreached: How.BLANK,
    tree.SilenceMeansCannotTell: How.SILENCE,
}
_STRICTER: dict[str, tree.Comparator] = {
    "is at least": "is more than",
    "is more than": "is at least",
    "is at most": "is less than",
    "is less than": "is at most",
}
_BESIDE: dict[str, tuple[tree.DateComparator, ...]] = {
    "on": ("on or before", "on or after"),
    "before": ("on or before",),
    "after": ("on or after",),
    "on or before": ("before",),
    "on or after": ("after",),
}


def changes(item: N, swaps: Swaps | None = None) -> Iterator[tuple[Change, N]]:
    """Every change of an item, in the order of the text, with the item so changed."""
    for change, changed in _in(item, swaps or {}):
        assert isinstance(changed, type(item))
        yield change, changed


def _in(node: Node, swaps: Swaps) -> Changed:
    """The changes of a node itself, then those inside it."""
    yield from _of(node, swaps)
    for name in _parts(node):
        value = getattr(node, name)
        if isinstance(value, Node):
            if not isinstance(value, _LEFT_ALONE):
                for change, changed in _in(value, swaps):
                    yield change, _with(node, name, changed)
        elif isinstance(value, tuple):
            yield from _in_tuple(node, name, value, swaps)


def _in_tuple(node: Node, name: str, several: tuple[object, ...], swaps: Swaps) -> Changed:
    for at, inner in enumerate(several):
        if type(inner) in _DROPPED:
            assert isinstance(inner, Node)
            kept = several[:at] + several[at + 1 :]
            change = Change(_DROPPED[type(inner)], inner.span, "dropped")
            yield change, _with(node, name, kept)
        for change, changed in _in_one(inner, swaps):
            yield change, _with(node, name, (*several[:at], changed, *several[at + 1 :]))


def _in_one(inner: object, swaps: Swaps) -> Iterator[tuple[Change, object]]:
    if isinstance(inner, Node) and not isinstance(inner, _LEFT_ALONE):
        yield from _in(inner, swaps)
    elif isinstance(inner, tuple):  # a value and its condition, in a choice
        for at, part in enumerate(inner):
            for change, changed in _in_one(part, swaps):
                yield change, (*inner[:at], changed, *inner[at + 1 :])


def _parts(node: Node) -> list[str]:
    return [field.name for field in fields(node) if field.name != "span"]


def _with(node: Node, name: str, value: object) -> Node:
    return replace(node, **{name: value})  # type: ignore[arg-type]


# --- of one node ----------------------------------------------------------------------------------


def _of(node: Node, swaps: Swaps) -> Changed:
    match node:
        case tree.Number(value=value):
            for step in (1, -1):
                yield _to(node, How.NUMBER, f"{value + step}", replace(node, value=value + step))
        case tree.DurationLiteral(value=length):
            for other in _lengths(length):
                yield _to(node, How.NUMBER, str(other), replace(node, value=other))
        case tree.DateLiteral(value=day):
            for other_day in _days(day):
                changed: Node = replace(node, value=other_day)
                yield _to(node, How.DATE, other_day.isoformat(), changed)
        case tree.Applies() | tree.DatedValue():
            yield from _in_force(node)
        case tree.Path(parts=parts) if (node.span.start, node.span.end) in swaps:
            name = swaps[node.span.start, node.span.end]
            last = replace(parts[-1], text=name)
            yield _to(node, How.FIELD, name, replace(node, parts=(*parts[:-1], last)))
        case tree.Not(operand=operand):
            yield _to(node, How.NOT, "without `not`", operand)
        case tree.And(items=items):
            yield _to(node, How.LOGIC, "or", tree.Or(span=node.span, items=items))
        case tree.Or(items=items):
            yield _to(node, How.LOGIC, "and", tree.And(span=node.span, items=items))
        case tree.ListOf():
            yield from _list(node)
        case tree.Window():
            yield from _window(node)
        case tree.Duty():
            yield from _duty(node)
        case _:
            yield from _comparison(node)
            yield from _set(node)


def _to(node: Node, how: How, words: str, changed: Node) -> tuple[Change, Node]:
    return Change(how, node.span, words), changed


def _lengths(length: Duration) -> Iterator[Duration]:
    yield replace(length, amount=length.amount + 1)
    if length.amount > 1:
        yield replace(length, amount=length.amount - 1)


def _days(day: date) -> Iterator[date]:
    if day < date.max:
        yield day + timedelta(days=1)
    if day > date.min:
        yield day - timedelta(days=1)


def _in_force(node: tree.Applies | tree.DatedValue) -> Changed:
    if isinstance(node, tree.DatedValue):
        for day in _days(node.start) if node.start is not None else ():
            yield _to(node, How.DATE, f"from {day}", replace(node, start=day))
        return
    for day in _days(node.first):
        yield _to(node, How.DATE, f"from {day}", replace(node, first=day))
    for day in _days(node.last) if node.last is not None else ():
        yield _to(node, How.DATE, f"until {day}", replace(node, last=day))


def _list(node: tree.ListOf) -> Changed:
    other: dict[str, Literal["all", "any"]] = {"all": "any", "any": "all", "none": "any"}
    if node.how in other:
        how = other[node.how]
        yield _to(node, How.LOGIC, f"{how} of", replace(node, how=how))
    if node.how == "none":  # not all of them: as `not (A or B)` is made `not (A and B)`
        every = replace(node, how="all")
        yield _to(node, How.LOGIC, "not all of", tree.Not(span=node.span, operand=every))
    if node.least is not None:
        yield from _least(node, node.least)


def _least(node: Node, least: int | None) -> Changed:
    for step in (1, -1):
        number = (least or 1) + step
        if number > 0:
            changed = replace(node, least=number)  # type: ignore[call-arg]
            yield _to(node, How.NUMBER, f"at least {number}", changed)


def _window(node: tree.Window) -> Changed:
    match node:
        case tree.Within() | tree.Between() | tree.NoLaterThan() if node.or_next_working_day:
            changed = replace(node, or_next_working_day=False)
            yield _to(node, How.WINDOW, "without `or the next working day`", changed)
        case _:
            pass
    match node:
        case tree.Within(counting_that_day=True):
            without = replace(node, counting_that_day=False)
            yield _to(node, How.WINDOW, "without `counting that day`", without)
        case tree.NoLaterThan(strictly=strictly) if strictly or not node.or_next_working_day:
            words = "no later than" if strictly else "before"
            yield _to(node, How.WINDOW, words, replace(node, strictly=not strictly))
        case tree.AtLeastEvery(while_=while_) if while_ is not None:
            yield _to(node, How.WHEN, "without its `while`", replace(node, while_=None))
        case _:
            pass


def _duty(node: Node) -> Changed:
    match node:
        case tree.Have():
            if node.what.parts[1:] == () and not isinstance(node.window, tree.AtLeastEvery):
                yield from _least(node, node.least)
            yield from _without_where(node)
        case tree.NotHave():
            yield from _without_where(node)
        case _:
            pass


def _without_where(node: Node) -> Changed:
    where = getattr(node, "where", None)
    if isinstance(where, Node):
        change = Change(How.WHERE, where.span, "dropped")
        yield change, replace(node, where=None)  # type: ignore[call-arg]


def _comparison(node: Node) -> Changed:
    match node:
        case tree.Compare(how=how):
            if how in _STRICTER:
                other = _STRICTER[how]
                yield _to(node, How.COMPARISON, other, replace(node, how=other))
            yield _negated(node)
        case tree.DateCompare(how=how):
            for beside in _BESIDE[how]:
                yield _to(node, How.COMPARISON, f"is {beside}", replace(node, how=beside))
            yield _negated(node)
        case tree.IsWithin(side=side):
            other_side: tree.Side = "before" if side == "after" else "after"
            yield _to(node, How.COMPARISON, other_side, replace(node, side=other_side))
            yield _negated(node)
        case tree.IsBetween() | tree.IsOneOf() | tree.Presence() | tree.TextTest():
            yield _negated(node)
        case _:
            pass


def _negated(
    node: tree.Compare
    | tree.DateCompare
    | tree.IsWithin
    | tree.IsBetween
    | tree.IsOneOf
    | tree.Presence
    | tree.TextTest,
) -> tuple[Change, Node]:
    words = "without its `not`" if node.negated else "with a `not`"
    return _to(node, How.COMPARISON, words, replace(node, negated=not node.negated))


def _set(node: Node) -> Changed:
    match node:
        case tree.ThereIs(none=none):
            words = "there is a" if none else "there is no"
            yield _to(node, How.COMPARISON, words, replace(node, none=not none, least=None))
            if not none:
                yield from _least(node, node.least)
            yield from _without_where(node)
        case tree.Every() | tree.NumberOf() | tree.NewWordsSinceAny() | tree.GatherSource():
            yield from _without_where(node)
        case tree.Pick(which=which):
            other = "earliest" if which == "latest" else "latest"
            yield _to(node, How.WHICH, other, replace(node, which=other))  # type: ignore[arg-type]
            yield from _without_where(node)
        case tree.Aggregate(how=how):
            if how != "total":
                turned = "lowest" if how == "highest" else "highest"
                yield _to(node, How.WHICH, turned, replace(node, how=turned))  # type: ignore[arg-type]
            yield from _without_where(node)
        case tree.ExtremeOf(which=which):
            end = "earlier" if which == "later" else "later"
            yield _to(node, How.WHICH, end, replace(node, which=end))  # type: ignore[arg-type]
        case tree.ForEach() | tree.Companion():
            yield from _without_where(node)
        case _:
            pass
