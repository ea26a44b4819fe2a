"""The made-up case: a few records of each kind, with any values, and how it looks as at a
moment (S1)."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, replace
from datetime import date
from itertools import count
from typing import Any

import z3

from policyengine.analysis.symbols import (
    DAY,
    NO,
    YES,
    Bool,
    Flag,
    Holder,
    Int,
    Number,
    Tri,
    Value,
    When,
    Word,
    absent,
    all_of,
    any_of,
    chosen,
)
from policyengine.plan import core
from policyengine.schema.model import Field, FieldType, Kind
from policyengine.values.moments import Zone

FIRST, LAST = date(1900, 1, 1).toordinal(), date(2120, 1, 1).toordinal()
DATES = (FieldType.DATE, FieldType.DATETIME)


class World:
    """A case of which nothing is known, `size` records of each kind, and the day of the run.

    `facts` are what holds of every such case: they go into the solver with each question.
    """

    def __init__(self, plan: core.Plan, size: int = 2) -> None:
        self.plan = plan
        self.size = size
        self.zone = Zone(plan.schema.time_zone)
        self.facts: list[Bool] = []
        self.words: dict[str, int] = {}
        self._pools: dict[str, list[Holder]] = {}
        self._free: dict[object, Any] = {}
        self._held: list[Any] = []
        self._numbers = count()  # one for all that share this case
        self.as_at = self.integer("as_at", FIRST, LAST)
        self.known_by = self.integer("known_by", FIRST, LAST)
        self.case = self._record(plan.schema.kinds["case"], 0, there=YES)

    # --- what is free ---------------------------------------------------------------------------

    def integer(self, name: str, low: Int = None, high: Int = None) -> Int:
        """A whole number within bounds."""
        made = z3.Int(self._name(name))
        if low is not None:
            self.facts.append(made >= low)
        if high is not None:
            self.facts.append(made <= high)
        return made

    def truth(self, name: str) -> Bool:
        """Something that may hold or not."""
        return z3.Bool(self._name(name))

    def free(self, key: object, make: Any) -> Any:
        """The same free thing for the same question, whoever asks it."""
        if key not in self._free:
            self._free[key] = make()
        return self._free[key]

    def mark(self, expression: Any) -> object:
        """What tells an expression from every other, as a part of a key of `free`. (z3's own text
        of a large one is cut short.)"""
        if not isinstance(expression, z3.AstRef):
            return expression
        self._held.append(expression)  # its number would be given to another once it is gone
        return expression.get_id()

    def word(self, text: str) -> int:
        """The number that stands for a text."""
        return self.words.setdefault(text, len(self.words))

    def _name(self, name: str) -> str:
        return f"{name}!{next(self._numbers)}"

    # --- records --------------------------------------------------------------------------------

    def pool(self, kind: str) -> list[Holder]:
        """The records of a declared kind, as they are loaded."""
        if kind == "case":
            return [self.case]
        if kind not in self._pools:
            declared = self.plan.schema.kinds[kind]
            several = [
                self._record(declared, place, there=self.truth(f"{kind}{place}"))
                for place in range(self.size)
            ]
            self.facts.append(z3.Distinct(*(each.id for each in several)))
            # Records are alike: which of them are there is of no account.
            self.facts += [
                z3.Implies(later.there, earlier.there)
                for earlier, later in itertools.pairwise(several)
            ]
            self._pools[kind] = several
        return self._pools[kind]

    def _record(self, kind: Kind, place: int, there: Bool) -> Holder:
        stem = f"{kind.name}{place}"
        values = tuple(self._value(f"{stem}.{each.name}", each) for each in kind.fields.values())
        return Holder(
            kind=kind.name,
            id=self.integer(f"{stem}.id", 0),
            values=values,
            there=there,
            place=place,
        )

    def _value(self, name: str, declared: Field) -> Value:
        present = self.truth(name)
        match declared.type:
            case FieldType.YES_NO:
                return Flag(present, present, yes=self.truth(f"{name}.yes"))
            case FieldType.NUMBER:
                number = z3.Real(self._name(f"{name}.number"))
                return Number(present, present, low=number, high=number)
            case FieldType.CODE:
                codes = self.plan.schema.codes[declared.target or ""].codes
                word = z3.Int(self._name(f"{name}.code"))
                numbers = {self.word(code): each.is_unknown for code, each in codes.items()}
                self.facts.append(any_of([word == number for number in numbers]))
                unknown = any_of([word == number for number, is_ in numbers.items() if is_])
                return Word(z3.And(present, z3.Not(unknown)), present, word=word)
            case FieldType.TEXT | FieldType.REF:
                return Word(present, present, word=self.integer(f"{name}.word", 0))
            case FieldType.DATE | FieldType.DATETIME:
                return self._moment(name, declared, present)

    def _moment(self, name: str, declared: Field, present: Bool) -> When:
        day = self.integer(f"{name}.day", FIRST, LAST)
        if declared.type is FieldType.DATE:
            return When(present, present, first=day, last=day)
        timed = self.truth(f"{name}.timed")
        second = self.integer(f"{name}.second", 0, DAY - 1)
        return When(
            present,
            present,
            first=day,
            last=day,
            low=z3.If(timed, second, 0),
            high=z3.If(timed, second, DAY - 1),
            timed=timed,
            clock=YES,
            bounded=timed,
        )


@dataclass(frozen=True, slots=True)
class Now:
    """The moment of judging: the end of a day, or (`timed`) an instant of an end."""

    day: Int
    second: Int
    timed: Bool
    clock: Bool

    def as_moment(self) -> When:
        """As `as_at` reads."""
        low = z3.If(self.timed, self.second, 0)
        return When(
            first=self.day, last=self.day, low=low, high=self.second, timed=self.timed,
            clock=self.clock, bounded=self.timed,
        )  # fmt: skip


class View:
    """The case as it stood at a moment: what had not happened is not there, and a date that lay
    ahead reads as blank."""

    def __init__(self, world: World, now: Now) -> None:
        self.world = world
        self.now = now
        self._seen: dict[str, list[Holder]] = {}

    def records(self, kind: str) -> list[Holder]:
        """The records of a declared kind; `there` says which exist."""
        if kind not in self._seen:
            self._seen[kind] = [self.seen(each) for each in self.world.pool(kind)]
        return self._seen[kind]

    def seen(self, record: Holder) -> Holder:
        """One record as it stood."""
        kind = self.world.plan.schema.kinds[record.kind]
        there = [record.there]
        if kind.happened is not None:
            happened = record.values[kind.fields[kind.happened].index]
            there.append(z3.Not(z3.And(happened.known, self._is_after(happened))))
        if kind.recorded is not None:
            recorded: Any = record.values[kind.fields[kind.recorded].index]
            later = recorded.first > self.world.known_by
            there.append(z3.Not(z3.And(recorded.known, later)))
        if kind.void_when is not None:
            void: Any = record.values[kind.fields[kind.void_when].index]
            there.append(z3.Not(z3.And(void.known, void.yes)))
        values = [
            self._as_seen(record, declared, record.values[declared.index])
            for declared in kind.fields.values()
        ]
        return replace(record, there=all_of(there), values=tuple(values))

    def _as_seen(self, record: Holder, declared: Field, value: Value) -> Value:
        kind = self.world.plan.schema.kinds[record.kind]
        hidden: list[Bool] = []
        if declared.known_from is not None:
            since: Any = record.values[kind.fields[declared.known_from].index]
            hidden.append(z3.And(since.known, since.first > self.world.known_by))
        if declared.type in DATES and not declared.planned:
            hidden.append(self._is_after(value))
        gone = any_of(hidden)
        seen: Any = replace(
            value,
            known=z3.And(value.known, z3.Not(gone)),
            recorded=z3.And(value.recorded, z3.Not(gone)),
        )
        if declared.open and isinstance(seen, When):
            seen = replace(seen, not_yet=z3.Not(seen.recorded))
        return seen  # type: ignore[no-any-return]

    def _is_after(self, moment: Any) -> Bool:
        same_day = z3.And(moment.first == self.now.day, self.now.timed)
        later = z3.And(moment.timed, moment.low > self.now.second)
        return z3.If(same_day, later, moment.first > self.now.day)


def picked(several: list[tuple[Bool, Holder]], none: Bool) -> Holder:
    """One of several records, each under its condition; `none` says that there is none; else it
    cannot be told."""
    template = several[0][1]
    found = replace(
        template,
        values=tuple(absent(value, doubt=z3.Not(none)) for value in template.values),
        known=NO,
        recorded=NO,
        doubt=z3.Not(none),
        none=none,
    )
    for condition, record in several:
        sure = replace(record, known=YES, recorded=YES, doubt=NO, none=NO)
        found = chosen(condition, sure, found)
    return found


def truth_of(value: Any) -> Tri:
    """A yes-or-no value as a truth."""
    if isinstance(value, Tri):
        return value
    return Tri(z3.And(value.known, value.yes), z3.And(value.known, z3.Not(value.yes)))
