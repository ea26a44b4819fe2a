"""Values of which nothing is known but their type: truths in three values, numbers, texts,
moments, lengths and records, as z3 sees them (S2, S4, S15).

Every value says whether it is `known`; `recorded` whether a field held something, be it only
"not known"; `doubt` that it cannot be told whose value it is (S19).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, fields, replace
from typing import Any

import z3

from policyengine.values.durations import Duration

Bool = Any  # z3.BoolRef, and Python's own truths
Int = Any  # z3.ArithRef, and Python's own numbers

YES, NO = z3.BoolVal(True), z3.BoolVal(False)
DAY = 86_400


@dataclass(frozen=True, slots=True)
class Value:
    """Any value. Of an absent one only these three count."""

    known: Bool = field(default_factory=lambda: YES)
    recorded: Bool = field(default_factory=lambda: YES)
    doubt: Bool = field(default_factory=lambda: NO)


@dataclass(frozen=True, slots=True)
class Flag(Value):
    """Yes or no; `yes` counts only where it is known."""

    yes: Bool = field(default_factory=lambda: NO)


@dataclass(frozen=True, slots=True)
class Number(Value):
    """A number between two, both included."""

    low: Int = 0
    high: Int = 0


@dataclass(frozen=True, slots=True)
class Word(Value):
    """A text, a code or an id, as a number that stands for it."""

    word: Int = 0


@dataclass(frozen=True, slots=True)
class When(Value):
    """A moment from `first` to `last` (days), its seconds of the day from `low` to `high`.

    `not_yet`: a blank open field (then it is not known either). `timed`: it carries a time of day;
    `clock`: it comes of a field that can.
    """

    first: Int = 0
    last: Int = 0
    low: Int = 0
    high: Int = DAY - 1
    timed: Bool = field(default_factory=lambda: NO)
    clock: Bool = field(default_factory=lambda: NO)
    bounded: Bool = field(default_factory=lambda: NO)  # its bounds are instants
    not_yet: Bool = field(default_factory=lambda: NO)

    @property
    def opens(self) -> Int:
        """The first second that it can be, counted from day 0."""
        return self.first * DAY + self.low

    @property
    def closes(self) -> Int:
        """The last second that it can be."""
        return self.last * DAY + self.high


@dataclass(frozen=True, slots=True)
class Length(Value):
    """A duration: one of several, each under its condition; the first that holds."""

    options: tuple[tuple[Bool, Duration], ...] = ()


@dataclass(frozen=True, slots=True)
class Holder(Value):
    """A record. `known`: it is one; `none`: there is none (a pick that found nothing)."""

    kind: str = ""
    id: Int = 0
    values: tuple[Value, ...] = ()
    there: Bool = field(default_factory=lambda: YES)  # of a pool: it exists
    perhaps: Bool = field(default_factory=lambda: NO)
    none: Bool = field(default_factory=lambda: NO)
    place: int = 0  # among the records of its pool


@dataclass(frozen=True, slots=True)
class Tri:
    """A truth: surely true, surely false, or neither."""

    t: Bool
    f: Bool

    @property
    def u(self) -> Bool:
        """Whether it is unknown."""
        return z3.And(z3.Not(self.t), z3.Not(self.f))


TRUE, FALSE, UNKNOWN = Tri(YES, NO), Tri(NO, YES), Tri(NO, NO)


def certain(holds: Bool) -> Tri:
    """A truth that is never unknown."""
    return Tri(holds, z3.Not(holds))


def opposite(one: Tri) -> Tri:
    """Kleene's not."""
    return Tri(one.f, one.t)


def both(several: Sequence[Tri]) -> Tri:
    """Kleene's and."""
    return Tri(all_of([each.t for each in several]), any_of([each.f for each in several]))


def either(several: Sequence[Tri]) -> Tri:
    """Kleene's or."""
    return opposite(both([opposite(each) for each in several]))


def given(condition: Bool, then: Tri, otherwise: Tri) -> Tri:
    """The one or the other truth."""
    return Tri(z3.If(condition, then.t, otherwise.t), z3.If(condition, then.f, otherwise.f))


def all_of(several: Sequence[Bool]) -> Bool:
    """Whether every one holds."""
    return z3.And(*several) if several else YES


def any_of(several: Sequence[Bool]) -> Bool:
    """Whether one holds."""
    return z3.Or(*several) if several else NO


def count(several: Sequence[Bool]) -> Int:
    """How many hold."""
    return z3.Sum([z3.If(each, 1, 0) for each in several]) if several else z3.IntVal(0)


def chosen(condition: Bool, then: Any, otherwise: Any) -> Any:
    """The one or the other value, part by part. Both are of one type."""
    if then is otherwise:
        return then
    if isinstance(then, Length):
        return _chosen_length(condition, then, otherwise)
    made: dict[str, Any] = {}
    for each in fields(then):
        one, other = getattr(then, each.name), getattr(otherwise, each.name)
        if each.name in ("kind", "place"):
            made[each.name] = one
        elif each.name == "values":
            pairs = zip(one, other, strict=True)
            made[each.name] = tuple(chosen(condition, *pair) for pair in pairs)
        else:
            made[each.name] = one if one is other else z3.If(condition, one, other)
    return type(then)(**made)


def _chosen_length(condition: Bool, then: Length, otherwise: Length) -> Length:
    options = [(z3.And(condition, test), length) for test, length in then.options]
    options += [(z3.And(z3.Not(condition), test), length) for test, length in otherwise.options]
    return Length(
        z3.If(condition, then.known, otherwise.known),
        z3.If(condition, then.recorded, otherwise.recorded),
        z3.If(condition, then.doubt, otherwise.doubt),
        options=tuple(options),
    )


def absent(value: Value, *, doubt: Bool) -> Any:
    """A value of the same type that is not there; with `doubt`, perhaps."""
    made: Any = replace(value, known=NO, recorded=NO, doubt=doubt)
    return replace(made, not_yet=NO) if isinstance(made, When) else made
