"""What a time limit is counted from, and in how many ways: its dates, its lengths, its choices.

A window is taken apart here and put together again with days in the place of the record's dates;
nothing here reckons.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace

from policyengine.plan import core
from policyengine.policy.tree_walk import walk
from policyengine.readback.conditions import condition_in_line
from policyengine.readback.here import Here
from policyengine.values.moments import Moment

_ANY_DAY = 739_252  # 1 January 2025, for asking whether anything is left to be asked
Limit = core.OneWindow | core.HaveEvery
Input = core.Field | core.Derived | core.AsAt


@dataclass(frozen=True, slots=True)
class Case:
    """One way of the window: its lengths settled, and the condition under which it is so."""

    window: Limit
    under: str = ""


def seen_through(window: Limit, lets: Mapping[int, core.Core]) -> Limit:
    """The window with the values of its `let`s in their place."""
    match window:
        case core.Within(allowance=allowance, anchor=anchor):
            return replace(window, allowance=_put(allowance, lets), anchor=_put(anchor, lets))
        case core.Between(first=first, last=last):
            return replace(window, first=_put(first, lets), last=_put(last, lets))
        case core.OnDay(anchor=anchor) | core.NoLater(anchor=anchor):
            return replace(window, anchor=_put(anchor, lets))
        case core.HaveEvery(interval=interval, anchor=anchor):
            return replace(window, interval=_put(interval, lets), anchor=_put(anchor, lets))


def _put(node: core.Core, values: Mapping[int, core.Core]) -> core.Core:
    """A date or a length with each slot of `values` replaced by what it stands for."""
    match node:
        case core.Slot(index=index) if index in values:
            found = values[index]
            return node if isinstance(found, core.Pick) else _put(found, values)
        case core.Shift(date=moment, length=length):
            return replace(node, date=_put(moment, values), length=_put(length, values))
        case core.StartOf(date=moment):
            return replace(node, date=_put(moment, values))
        case core.PeriodEnd(date=moment, length=length):
            return replace(node, date=_put(moment, values), length=_put(length, values))
        case core.PeriodStart(date=moment, length=length):
            return replace(node, date=_put(moment, values), length=_put(length, values))
        case core.ExtremeOf(items=items):
            return replace(node, items=tuple(_put(item, values) for item in items))
        case _:
            return node


def inputs_of(window: Limit) -> list[Input]:
    """The dates of the record from which a limit is counted, each once."""
    found: dict[object, Input] = {}
    for anchor in _anchors(window):
        stack = [anchor]
        while stack:
            node = stack.pop(0)
            match node:
                case core.Field() | core.Derived() | core.AsAt():
                    found.setdefault(node, node)
                case core.Shift(date=moment) | core.StartOf(date=moment):
                    stack.append(moment)
                case core.PeriodEnd(date=moment) | core.PeriodStart(date=moment):
                    stack.append(moment)
                case core.ExtremeOf(items=items):
                    stack.extend(items)
                case _:
                    pass
    return list(found.values())


def _anchors(window: Limit) -> tuple[core.Core, ...]:
    if isinstance(window, core.Between):
        return window.first, window.last
    return (window.anchor,)


def cases(case: Case, here: Here) -> Iterator[Case]:
    """The window once for each value of a date or a length that depends on a condition."""
    nodes = walk(_timed(case.window))
    choice = next((node for node in nodes if isinstance(node, core.Choice)), None)
    if choice is None:
        yield case
        return
    unders = [f"if {condition_in_line(when, here)}" for _, when in choice.options]
    taken = [each for each, _ in choice.options]
    for each, under in zip([*taken, choice.otherwise], [*unders, "otherwise"], strict=True):
        chosen = swapped(case.window, choice, each)
        assert isinstance(chosen, type(case.window))
        yield from cases(Case(chosen, ", ".join(filter(None, (case.under, under)))), here)


def _timed(window: Limit) -> tuple[core.Core, ...]:
    match window:
        case core.Within(allowance=allowance):
            return (allowance, window.anchor)
        case core.HaveEvery(interval=interval):
            return (interval, window.anchor)
        case _:
            return _anchors(window)


def swapped(node: object, old: object, new: object) -> object:
    """A tree with one of its nodes replaced, wherever it stands."""
    if node is old:
        return new
    if isinstance(node, tuple):
        return tuple(swapped(each, old, new) for each in node)
    if isinstance(node, core.Core | core.Window | core.HaveEvery):
        inner = {each.name: getattr(node, each.name) for each in fields(node)}
        changed = {name: swapped(each, old, new) for name, each in inner.items()}
        if any(changed[name] is not each for name, each in inner.items()):
            return replace(node, **changed)  # type: ignore[arg-type]
    return node


def is_reckoned(window: Limit, inputs: Sequence[Input]) -> bool:
    """Whether days in the place of the inputs leave nothing of the record to be asked."""
    days = {each: Moment(_ANY_DAY) for each in inputs}
    if isinstance(window, core.HaveEvery):
        asked: tuple[object, ...] = (window.interval, date_in(window.anchor, days))
    else:
        asked = (filled(window, days),)
    return not any(
        isinstance(node, core.Field | core.Derived | core.Slot | core.AsAt) for node in walk(asked)
    )


def const(moment: Moment, near: core.HaveEvery) -> core.Const:
    """A day as a node, for where a date of the record stood."""
    return core.Const(span=near.anchor.span, value=moment)


def gap(duty: core.HaveEvery, start: core.Core) -> core.Within:
    """One gap of a recurring duty, as a window (S12)."""
    return core.Within(span=duty.anchor.span, allowance=duty.interval, side="after", anchor=start)


def filled(window: core.OneWindow, given: Mapping[Input, Moment]) -> core.OneWindow:
    """The window with days in the place of the record's dates."""
    match window:
        case core.Between(first=first, last=last):
            return replace(window, first=date_in(first, given), last=date_in(last, given))
        case core.Within(anchor=anchor) | core.OnDay(anchor=anchor) | core.NoLater(anchor=anchor):
            return replace(window, anchor=date_in(anchor, given))


def date_in(node: core.Core, given: Mapping[Input, Moment]) -> core.Core:
    """A date with days in the place of the record's dates."""
    match node:
        case core.Field() | core.Derived() | core.AsAt() if node in given:
            return core.Const(span=node.span, value=given[node])
        case core.Shift(date=moment) | core.StartOf(date=moment):
            return replace(node, date=date_in(moment, given))
        case core.PeriodEnd(date=moment) | core.PeriodStart(date=moment):
            return replace(node, date=date_in(moment, given))
        case core.ExtremeOf(items=items):
            return replace(node, items=tuple(date_in(item, given) for item in items))
        case _:
            return node
