"""What can be said of a condition before any record is looked at: always, never, or neither.

Only what follows from the words themselves: two comparisons that leave nothing between them, a
condition beside its own denial. What a solver would find is not looked for here.
"""

from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from itertools import combinations

from policyengine.plan import core
from policyengine.plan.core import Core
from policyengine.tooling.lint.alike import alike, form
from policyengine.values.moments import Moment

# A comparison and those that cannot hold beside it, of the same two values.
_AGAINST = {
    "eq": {"lt", "gt"},
    "lt": {"eq", "gt", "ge"},
    "gt": {"eq", "lt", "le"},
    "ge": {"lt"},
    "le": {"gt"},
}
# Two of which one always holds, if both values are known.
_EITHER = ({"lt", "ge"}, {"gt", "le"}, {"le", "ge"})
_COUNTS = (core.NumberOf, core.WordsIn, core.NewWords, core.NewWordsSinceAny, core.Similarity)


def settled(node: Core) -> bool | None:
    """True: it holds, or a blank leaves it open. False: it can never hold. None: it depends."""
    match node:
        case core.Const(value=bool(value)):
            return value
        case core.Not(operand=operand):
            found = settled(operand)
            return None if found is None else not found
        case core.And(items=items):
            return _all(items)
        case core.Or(items=items):
            return _any(items)
        case core.AtLeast(least=least, items=items):
            return _at_least(least, [settled(item) for item in items])
        case core.Compare():
            return _compare(node)
        case core.IsWithin(event=event, anchor=anchor):
            return True if alike(event, anchor) else None
        case core.ThereIs(records=records):
            return False if _is_empty(records) else None
        case core.Every(records=records, has=has):
            return True if _is_empty(records) or settled(has) is True else None
        case _:
            return None


def _is_empty(records: core.RecordSet) -> bool:
    return records.where is not None and settled(records.where) is False


def _all(items: Sequence[Core]) -> bool | None:
    found = [settled(item) for item in items]
    if False in found or clash(items) is not None:
        return False
    return True if all(each is True for each in found) else None


def _any(items: Sequence[Core]) -> bool | None:
    found = [settled(item) for item in items]
    if True in found or any(_covers(one, other) for one, other in combinations(items, 2)):
        return True
    return False if all(each is False for each in found) else None


def _at_least(least: int, found: Sequence[bool | None]) -> bool | None:
    if sum(each is True for each in found) >= least:
        return True
    return False if sum(each is not False for each in found) < least else None


def _compare(node: core.Compare) -> bool | None:
    if alike(node.left, node.right):
        return node.op in ("eq", "ge", "le")
    if isinstance(node.right, core.Const) and isinstance(node.right.value, Decimal):
        if isinstance(node.left, _COUNTS):
            highest = Decimal(100) if isinstance(node.left, core.Similarity) else None
            return _of_count(node.op, node.right.value, highest)
    return None


def _of_count(op: str, number: Decimal, highest: Decimal | None) -> bool | None:
    """A count is 0 or more; a likeness is 100 at most."""
    if op in ("eq", "le", "lt") and (number < 0 or (op == "lt" and number == 0)):
        return False
    if (op == "ge" and number <= 0) or (op == "gt" and number < 0):
        return True
    if highest is None:
        return None
    if (op in ("eq", "ge") and number > highest) or (op == "gt" and number >= highest):
        return False
    return True if (op == "le" and number >= highest) or (op == "lt" and number > highest) else None


# --- two conditions beside each other -----------------------------------------------------------


def clash(items: Iterable[Core]) -> tuple[Core, Core] | None:
    """Two conditions that cannot both hold; None if none are seen."""
    several = list(flat(items))
    for one, other in combinations(several, 2):
        if _clashes(one, other):
            return one, other
    return None


def flat(items: Iterable[Core]) -> Iterator[Core]:
    """The conditions that all have to hold, an `and` within an `and` taken apart."""
    for item in items:
        match item:
            case core.And(items=inner):
                yield from flat(inner)
            case _:
                yield item


def denied(node: Core) -> Core:
    """The opposite of a condition."""
    match node:
        case core.Not(operand=operand):
            return operand
        case _:
            return core.Not(span=node.span, operand=node)


def _clashes(one: Core, other: Core) -> bool:
    if alike(one, denied(other)) or alike(denied(one), other):
        return True
    match one, other:
        case core.Compare(), core.Compare():
            return _compares_clash(one, other)
        case core.InList(), core.Compare(op="eq"):
            return _not_among(one, other)
        case core.Compare(op="eq"), core.InList():
            return _not_among(other, one)
        case core.InList(options=options), core.InList(options=others) if options and others:
            if alike(one.value, other.value):
                return not {form(each) for each in options} & {form(each) for each in others}
            return False
        case _:
            return False


def _not_among(listed: core.InList, compare: core.Compare) -> bool:
    if listed.setting is not None or not alike(listed.value, compare.left):
        return False
    if not isinstance(compare.right, core.Const):
        return False
    return form(compare.right) not in {form(option) for option in listed.options}


def _compares_clash(one: core.Compare, other: core.Compare) -> bool:
    if not alike(one.left, other.left):
        return False
    if alike(one.right, other.right):
        return other.op in _AGAINST[one.op]
    first, second = _number(one.right), _number(other.right)
    if one.op == other.op == "eq":
        both = isinstance(one.right, core.Const) and isinstance(other.right, core.Const)
        return both and one.right != other.right
    if first is None or second is None:
        return False
    return _apart(one.op, first, other.op, second) or _apart(other.op, second, one.op, first)


def _number(node: Core) -> Decimal | int | None:
    match node:
        case core.Const(value=Decimal() as number):
            return number
        case core.Const(value=Moment() as moment) if not moment.timed:
            return moment.day
        case _:
            return None


def _apart(low: str, first: Decimal | int, high: str, second: Decimal | int) -> bool:
    """Whether `x LOW first` and `x HIGH second` leave nothing: at least 5 and at most 3."""
    if low not in ("ge", "gt", "eq") or high not in ("le", "lt", "eq"):
        return False
    strict = low == "gt" or high == "lt"
    return first >= second if strict else first > second


def _covers(one: Core, other: Core) -> bool:
    """Whether one of two holds, whatever the value, where it is known."""
    if alike(one, denied(other)) or alike(denied(one), other):
        return True
    match one, other:
        case core.Compare(), core.Compare():
            same = alike(one.left, other.left) and alike(one.right, other.right)
            return same and {one.op, other.op} in _EITHER
        case _:
            return False
