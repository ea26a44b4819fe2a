"""The meaning of expressions over a made-up case: each core node becomes a symbolic value, as
`evaluate` says it, or something free where z3 could not follow (S2, S15 to S21)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any, assert_never

import z3

from policyengine.analysis import moments
from policyengine.analysis.order import comes, is_dated, previous_of
from policyengine.analysis.symbols import (
    FALSE,
    NO,
    TRUE,
    YES,
    Bool,
    Flag,
    Holder,
    Length,
    Number,
    Tri,
    When,
    Word,
    absent,
    all_of,
    any_of,
    both,
    certain,
    chosen,
    count,
    either,
    opposite,
)
from policyengine.analysis.world import View, World, picked, truth_of
from policyengine.plan import core
from policyengine.values.durations import Duration
from policyengine.values.moments import Moment


class Scene:
    """The case as at a moment, with what the rules define about it."""

    def __init__(self, world: World, view: View) -> None:
        self.world = world
        self.view = view
        self._gathered: dict[str, list[Holder]] = {}
        self.case = view.seen(world.case)

    def records(self, kind: str) -> list[Holder]:
        """The records of a kind, declared or gathered."""
        if kind == "case":
            return [self.case]
        if kind not in self.world.plan.gatherings:
            return self.view.records(kind)
        if kind not in self._gathered:
            self._gathered[kind] = self._gather(kind)
        return self._gathered[kind]

    def _gather(self, name: str) -> list[Holder]:
        gathering = self.world.plan.gatherings[name]
        found: list[Holder] = []
        for source in gathering.sources:
            for record in self.view.records(source.kind):
                frame = Frame(self, {0: self.case, 1: record})
                holds = frame.truth(source.where) if source.where is not None else TRUE
                date: Any = record.values[source.index]
                kind = Word(word=z3.IntVal(self.world.word(source.kind)))
                values = [date, kind, *(record.values[index] for index in source.shared)]
                found.append(
                    Holder(
                        kind=name,
                        id=record.id * 64 + self.world.word(f"{source.kind}.{source.field}"),
                        values=tuple(values),
                        there=z3.And(record.there, date.known, z3.Not(holds.f)),
                        perhaps=holds.u,
                        place=len(found),
                    )
                )
        return found

    def before(self, record: Holder) -> Holder:
        """The one before it among all of its kind."""
        members = [(each, certain(each.there)) for each in self.records(record.kind)]
        return previous_of(self, record, members)


class Frame:
    """The slots of one judgement. `trigger`: the day that settings go by, and whether it is
    known."""

    def __init__(
        self, scene: Scene, slots: dict[int, Any], trigger: tuple[Any, Bool] | None = None
    ) -> None:
        self.scene = scene
        self.world = scene.world
        self.slots = slots
        self.trigger = trigger or (scene.view.now.day, YES)

    def with_slot(self, slot: int, value: Any) -> Frame:
        """With something else in a slot."""
        return Frame(self.scene, {**self.slots, slot: value}, self.trigger)

    def truth(self, node: core.Core) -> Tri:
        """A condition."""
        return truth_of(self.value(node))

    def value(self, node: core.Core) -> Any:
        """Any expression: a Tri, a value or a Holder."""
        match node:
            case core.Const(value=value):
                return self._constant(value)
            case core.SettingValue(name=name):
                return self._setting(name)
            case core.AsAt():
                return self.scene.view.now.as_moment()
            case core.Slot(index=index):
                return self.slots[index]
            case core.Field(record=record, index=index):
                return self._field(node, self.value(record), index)
            case core.IdOf(record=record):
                return self._id(self.value(record))
            case core.Derived():
                return self._derived(node)
            case core.Follow(ref=ref, kind=kind):
                return self._follow(self.value(ref), kind)
            case core.Not(operand=operand):
                return opposite(self.truth(operand))
            case core.And(items=items):
                return both([self.truth(item) for item in items])
            case core.Or(items=items):
                return either([self.truth(item) for item in items])
            case core.AtLeast(least=least, items=items):
                return enough(least, [self.truth(item) for item in items])
            case core.Compare():
                return self._compare(node)
            case core.InList():
                return self._in_list(node)
            case core.Presence(how=how, operand=operand):
                return _presence(how, self.value(operand))
            case core.Sum(sign=sign, left=left, right=right):
                return _sum(sign, self.value(left), self.value(right))
            case core.Choice(options=options, otherwise=otherwise):
                return self._choice(options, otherwise)
            case core.ThereIs(records=records, least=least):
                return enough(least, [truth for _, truth in self.members(records)])
            case core.Every(records=records, has=has):
                return self._every(records, has)
            case core.NumberOf(records=records):
                truths = [truth for _, truth in self.members(records)]
                sure = count([truth.t for truth in truths])
                return Number(low=sure, high=sure + count([truth.u for truth in truths]))
            case core.Pick(which=which, records=records):
                return self._pick(which, records)
            case core.Aggregate():
                return self._aggregate(node)
            case core.Deadline():
                return When(known=NO, not_yet=YES)
            case _:
                return self._about_dates_or_texts(node)

    def _about_dates_or_texts(self, node: core.Core) -> Any:
        match node:
            case core.IsWithin(event=event, allowance=allowance, side=side, anchor=anchor):
                return moments.is_within(
                    self.world, self.value(event), self.value(allowance), side, self.value(anchor)
                )
            case core.Shift(sign=sign, date=date, length=length):
                by = self.value(length)
                return moments.shifted(self.world, self.value(date), by, 1 if sign == "+" else -1)
            case core.DaysFrom(start=start, end=end):
                return moments.days_from(self.value(start), self.value(end))
            case core.AgeAt(birth=birth, at=at):
                return moments.age(self.world, self.value(birth), self.value(at))
            case core.StartOf(unit=unit, date=date):
                return moments.start_of(self.world, unit, self.value(date))
            case core.PeriodEnd(length=length, date=date):
                return moments.period(self.world, self.value(date), self.value(length), 1)
            case core.PeriodStart(length=length, date=date):
                return moments.period(self.world, self.value(date), self.value(length), -1)
            case core.ExtremeOf(which=which, items=items):
                return moments.extreme(self.world, which, [self.value(item) for item in items])
            case core.Mentions(text=text, words=words):
                return self._said(self.value(text), ("mentions", words))
            case core.Matches(text=text, pattern=pattern):
                return self._said(self.value(text), ("matches", pattern))
            case core.Repeats(text=text, other=other):
                return self._related(self.value(text), self.value(other))
            case core.WordsIn(text=text):
                said = self.value(text)
                return self._counted(("words", self.world.mark(said.word)), said.known, None)
            case core.NewWords(text=text, since=since):
                one, other = self.value(text), self.value(since)
                known = z3.And(one.known, other.known)
                return self._counted(
                    ("new", self.world.mark(one.word), self.world.mark(other.word)), known, None
                )
            case core.Similarity(left=left, right=right):
                one, other = self.value(left), self.value(right)
                key = ("similarity", self.world.mark(one.word), self.world.mark(other.word))
                some = self.world.free((key, "words"), lambda: self.world.truth("some"))
                return self._counted(key, z3.And(one.known, other.known, some), 100)
            case core.NewWordsSinceAny(text=text):
                low, high = self.world.integer("low", 0), self.world.integer("high", 0)
                self.world.facts.append(low <= high)
                return Number(self.value(text).known, low=low, high=high)
            case _:
                raise AssertionError(f"no meaning for {type(node).__name__}")

    # --- values ---------------------------------------------------------------------------------

    def _constant(self, value: object) -> Any:
        match value:
            case bool():
                return TRUE if value else FALSE
            case str():
                return Word(word=z3.IntVal(self.world.word(value)))
            case Decimal():
                number = z3.RealVal(str(value))
                return Number(low=number, high=number)
            case Duration():
                return Length(options=((YES, value),))
            case Moment():
                return moments.constant(self.world, value)
            case _:
                raise AssertionError(type(value).__name__)

    def _setting(self, name: str) -> Any:
        setting = self.world.plan.settings[name]
        day, known = self.trigger
        found: Any = None
        for start, literal in setting.values:
            value = self._constant(literal)
            if start is None or found is None:
                found = value if start is None else replace_known(value, day >= start.toordinal())
            else:
                found = chosen(day >= start.toordinal(), lifted(value), lifted(found))
        if setting.is_dated:
            found = replace_known(lifted(found), z3.And(lifted(found).known, known))
        return found

    def _field(self, node: core.Field, record: Any, index: int) -> Any:
        assert isinstance(record, Holder), node
        return record.values[index]

    def _id(self, found: Any) -> Any:
        if isinstance(found, Holder):
            return Word(found.known, found.recorded, found.doubt, word=found.id)
        return found

    def _derived(self, node: core.Derived) -> Any:
        record = self.value(node.record)
        definition = self.world.plan.definitions[node.kind, node.name]
        slots = {0: self.scene.case, 1: record}
        if definition.sees_previous:
            slots[2] = self.scene.before(record)
        value = Frame(self.scene, slots, self.trigger).value(definition.value)
        if isinstance(value, Tri):
            return Tri(z3.And(value.t, record.known), z3.And(value.f, record.known))
        if record.known is YES:
            return value
        return chosen(record.known, value, absent(value, doubt=record.doubt))

    def _follow(self, ref: Any, kind: str) -> Holder:
        if isinstance(ref, Holder):
            return ref
        several = [
            (z3.And(ref.known, each.there, each.id == ref.word), each)
            for each in self.scene.records(kind)
        ]
        nobody = z3.Not(any_of([test for test, _ in several]))
        # A reference that is blank is unknown and not "no record"; what is read of either is.
        return picked(several, z3.And(nobody, z3.Not(ref.doubt)))

    # --- comparing ------------------------------------------------------------------------------

    def _compare(self, node: core.Compare) -> Tri:
        left, right = self.value(node.left), self.value(node.right)
        match node.domain:
            case core.Domain.NUMBER:
                return compare_numbers(node.op, left, right)
            case core.Domain.MOMENT:
                return moments.compare(self.world, node.op, left, right)
            case core.Domain.TRUTH:
                one, other = truth_of(left), truth_of(right)
                known = z3.And(z3.Not(one.u), z3.Not(other.u))
                return Tri(z3.And(known, one.t == other.t), z3.And(known, one.t != other.t))
            case core.Domain.TEXT:
                return _same(left, right)
            case core.Domain.REF:
                return _same(self._id(left), self._id(right))
            case _:
                assert_never(node.domain)

    def _in_list(self, node: core.InList) -> Tri:
        if node.setting is not None:
            options = self.world.plan.settings[node.setting].options or ()
        else:
            options = tuple(option.value for option in node.options)
        value = self.value(node.value)
        if node.domain is core.Domain.REF:
            value = self._id(value)
        tests = []
        for option in options:
            constant = self._constant(option)
            match node.domain:
                case core.Domain.NUMBER:
                    tests.append(compare_numbers("eq", value, constant))
                case core.Domain.MOMENT:
                    tests.append(moments.compare(self.world, "eq", value, constant))
                case _:
                    tests.append(_same(value, constant))
        return either(tests)

    def _choice(self, options: Sequence[tuple[core.Core, core.Core]], otherwise: core.Core) -> Any:
        found = lifted(self.value(otherwise))
        for value, test in reversed(options):
            truth = self.truth(test)
            one = lifted(self.value(value))
            found = chosen(truth.t, one, chosen(truth.f, found, absent(found, doubt=YES)))
        return found

    # --- sets -----------------------------------------------------------------------------------

    def members(self, records: core.RecordSet) -> list[tuple[Holder, Tri]]:
        """Each record of a kind, and whether it is a member."""
        return [(each, self.member(records, each)) for each in self.scene.records(records.kind)]

    def member(self, records: core.RecordSet, record: Holder) -> Tri:
        """Whether a record is a member."""
        where = TRUE
        if records.where is not None:
            where = self.with_slot(records.slot, record).truth(records.where)
        sure = z3.And(record.there, where.t, z3.Not(record.perhaps))
        return Tri(sure, z3.Or(z3.Not(record.there), where.f))

    def _every(self, records: core.RecordSet, has: core.Core) -> Tri:
        truths = []
        for record, counts in self.members(records):
            truth = self.with_slot(records.slot, record).truth(has)
            truths.append(either([opposite(counts), truth]))
        return both(truths)

    def _pick(self, which: str, records: core.RecordSet) -> Holder:
        members = self.members(records)
        several = []
        scene = self.scene
        for record, truth in members:
            rivals = [
                z3.Or(
                    other.f,
                    z3.And(is_dated(scene, each), comes(scene, which, record, each)),
                )
                for each, other in members
                if each is not record
            ]
            several.append((all_of([truth.t, is_dated(scene, record), *rivals]), record))
        # One sure member and no other: taken, dated or not.
        for record, truth in members:
            alone = all_of([other.f for each, other in members if each is not record])
            several.append((z3.And(truth.t, alone), record))
        none = all_of([truth.f for _, truth in members])
        found = picked(several, none)
        some = any_of([truth.t for _, truth in members])
        return replace(found, recorded=z3.Or(found.known, some))

    def _aggregate(self, node: core.Aggregate) -> Number:
        members = self.members(node.records)
        known: list[Bool] = []
        values: list[tuple[Bool, Number]] = []
        for record, truth in members:
            value = self.with_slot(node.records.slot, record).value(node.value)
            known.append(z3.Or(truth.f, z3.And(truth.t, value.known, value.low == value.high)))
            values.append((truth.t, value))
        if node.how == "total":
            total = z3.Sum([z3.If(test, _real(v.low), 0) for test, v in values])
            return Number(all_of(known), low=total, high=total)
        some = any_of([test for test, _ in values])
        best: Any = z3.RealVal(0)
        has = NO
        for test, value in values:
            low = _real(value.low)
            better = low > best if node.how == "highest" else low < best
            best = z3.If(z3.And(test, z3.Or(z3.Not(has), better)), low, best)
            has = z3.Or(has, test)
        return Number(z3.And(all_of(known), some), low=best, high=best)

    # --- texts ----------------------------------------------------------------------------------

    def _said(self, text: Any, what: object) -> Tri:
        said = self.world.free((what, self.world.mark(text.word)), lambda: self.world.truth("said"))
        return Tri(z3.And(text.known, said), z3.And(text.known, z3.Not(said)))

    def _related(self, text: Any, other: Any) -> Tri:
        """`repeats`: nothing repeats what was not recorded; else free."""
        key = ("repeats", self.world.mark(text.word), self.world.mark(other.word))
        said = self.world.free(key, lambda: self.world.truth("repeats"))
        settled = self.world.free((key, 0), lambda: self.world.truth("settled"))
        known = z3.And(text.known, z3.Or(other.known, settled))
        return Tri(z3.And(known, other.known, said), z3.And(known, z3.Not(said)))

    def _counted(self, key: object, known: Bool, most: int | None) -> Number:
        number = self.world.free(key, lambda: self.world.integer("words", 0, most))
        return Number(known, low=number, high=number)


# --- parts ----------------------------------------------------------------------------------------


def enough(least: int, truths: Sequence[Tri]) -> Tri:
    """At least so many are true."""
    if least == 1:
        return either(truths)
    sure = count([truth.t for truth in truths])
    perhaps = count([z3.Not(truth.f) for truth in truths])
    return Tri(sure >= least, perhaps < least)


def compare_numbers(op: str, one: Number, other: Number) -> Tri:
    """Two numbers or ranges (S19)."""
    known = z3.And(one.known, other.known)
    below, above = one.high < other.low, one.low > other.high
    match op:
        case "eq":
            exact = z3.And(one.low == one.high, other.low == other.high, one.low == other.low)
            truth = Tri(exact, z3.Or(below, above))
        case "lt":
            truth = Tri(below, one.low >= other.high)
        case "ge":
            truth = Tri(one.low >= other.high, below)
        case "gt":
            truth = Tri(above, one.high <= other.low)
        case _:
            truth = Tri(one.high <= other.low, above)
    return Tri(z3.And(known, truth.t), z3.And(known, truth.f))


def _real(value: Any) -> Any:
    """A number of either sort as a real one."""
    if isinstance(value, int):
        return z3.RealVal(value)
    return z3.ToReal(value) if z3.is_int(value) else value


def _same(one: Any, other: Any) -> Tri:
    known = z3.And(one.known, other.known)
    return Tri(z3.And(known, one.word == other.word), z3.And(known, one.word != other.word))


def _sum(sign: str, one: Number, other: Number) -> Number:
    known = z3.And(one.known, other.known)
    if sign == "+":
        return Number(known, low=one.low + other.low, high=one.high + other.high)
    return Number(known, low=one.low - other.high, high=one.high - other.low)


def _presence(how: str, value: Any) -> Tri:
    if isinstance(value, Tri):
        return Tri(z3.Not(value.u), value.u)
    if how == "open":
        return Tri(value.not_yet, value.known)
    there = value.known if how == "known" else value.recorded
    if isinstance(value, Holder):
        there = value.recorded
        return Tri(there, z3.And(value.none, z3.Not(there)))
    return Tri(z3.And(there, z3.Not(value.doubt)), z3.And(z3.Not(there), z3.Not(value.doubt)))


def lifted(value: Any) -> Any:
    """A truth as a value, to be chosen between."""
    return Flag(z3.Not(value.u), z3.Not(value.u), yes=value.t) if isinstance(value, Tri) else value


def replace_known(value: Any, known: Bool) -> Any:
    """The same value, known under a condition."""
    return replace(lifted(value), known=known, recorded=known)
