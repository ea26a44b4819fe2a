"""What expressions stand for in a case that is being made: records, and values to be put there."""

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal

from policyengine.plan import core
from policyengine.schema.model import Field, FieldType
from policyengine.tooling.searching.drafts import (
    Draft,
    Gathered,
    Holder,
    Made,
    day_of,
    moved,
    plain_text,
    stepped,
    words,
)
from policyengine.tooling.searching.model import GivenValue
from policyengine.values.calendar import period_end, period_start
from policyengine.values.durations import Duration
from policyengine.values.moments import Moment

Env = Mapping[int, object]  # what a slot holds: a record in the making, or the node of a `let`
Goal = bool | None  # None: unknown
DEEPEST = 24


class Filling:
    """Finds and makes the records that expressions name, and puts values into their fields."""

    def __init__(self, draft: Draft) -> None:
        self.draft = draft
        self.plan = draft.plan
        self.dice = draft.dice
        self.calendar = draft.calendar
        self._depth = 0

    @abstractmethod
    def want(self, node: core.Core | None, goal: Goal, env: Env) -> None:
        """Try to make a condition come to the goal."""

    # --- records --------------------------------------------------------------------------------

    def record(self, node: core.Core, env: Env) -> Holder | None:
        """The record that an expression stands for, made if it is not there."""
        match node:
            case core.Slot(index=0):
                return self.draft.case
            case core.Slot(index=index):
                held = env.get(index)
                if isinstance(held, Made | Gathered):
                    return held
                if isinstance(held, core.Pick):
                    return self._picked(index, held, env)
                return self.record(held, env) if isinstance(held, core.Core) else None
            case core.Follow(ref=ref, kind=kind):
                return self._followed(ref, kind, env)
            case core.Pick():
                return self._picked(-1, node, env)
            case _:
                return None

    def _followed(self, ref: core.Core, kind: str, env: Env) -> Holder:
        label = self.value(ref, env)
        for record in self.draft.records:
            if record.kind == kind and record.label == label:
                return record
        there = [record for record in self.draft.records if record.kind == kind]
        made = there[0] if there and self.dice.random() < 0.7 else self.draft.add(kind)
        self.put(ref, made.label, env)
        return made

    def _picked(self, index: int, pick: core.Pick, env: Env) -> Holder | None:
        inner = self._one_of(pick.records, env)
        holder = inner[pick.records.slot]
        self.want(pick.records.where, True, inner)
        if index >= 0 and isinstance(env, dict):
            env[index] = holder
        return holder if isinstance(holder, Made | Gathered) else None

    def _one_of(self, records: core.RecordSet, env: Env) -> Env:
        holder = self.new(records.kind)
        return {**env, records.slot: holder}

    def new(self, kind: str) -> Holder:
        """A new record of a kind; of a gathered one, a record of one of its sources."""
        gathering = self.plan.gatherings.get(kind)
        if gathering is None:
            return self.draft.add(kind)
        source = self.dice.choice(gathering.sources)
        made = self.draft.add(source.kind)
        self.draft.put(made, source.field, self.draft.day)
        self.want(source.where, True, {0: self.draft.case, 1: made})
        return Gathered(made, source, kind)

    def previous(self, holder: Made) -> Made:
        """The record before one of a kind: one that is there, or a new one a month before."""
        kind = self.plan.schema.kinds[holder.kind]
        for other in self.draft.records:
            if other is not holder and other.kind == holder.kind:
                return other
        made = self.draft.add(holder.kind)
        ordered = kind.ordered_by or kind.happened
        if ordered is not None:
            own = holder.fields.get(ordered)
            day = own if isinstance(own, date) else self.draft.day
            self.draft.put(holder, ordered, day)
            self.draft.put(made, ordered, stepped(day, -30))
        return made

    def _inside(self, definition: core.Definition, holder: Holder) -> Env:
        inner: dict[int, object] = {0: self.draft.case, 1: holder}
        if definition.sees_previous and isinstance(holder, Made):
            inner[2] = self.previous(holder)
        return inner

    # --- values ---------------------------------------------------------------------------------

    def value(self, node: core.Core, env: Env) -> object:
        """What an expression comes to so far; None where something it needs is blank."""
        match node:
            case core.Const(value=value):
                return self._constant(value)
            case core.SettingValue(name=name):
                return self._setting(name)
            case core.AsAt():
                return self.draft.as_at
            case core.Slot(index=index):
                held = env.get(index)
                return self.value(held, env) if isinstance(held, core.Core) else held
            case core.Field(record=record, name=name):
                holder = self.record(record, env)
                return None if holder is None else self.draft.get(holder, name)
            case core.Derived(record=record, kind=kind, name=name):
                holder = self.record(record, env)
                if holder is None:
                    return None
                definition = self.plan.definitions[kind, name]
                return self.value(definition.value, self._inside(definition, holder))
            case core.IdOf(record=record):
                holder = self.record(record, env)
                return holder.label if isinstance(holder, Made) else None
            case core.Shift() | core.StartOf() | core.PeriodEnd() | core.PeriodStart():
                return self._date(node, env)
            case core.ExtremeOf(which=which, items=items):
                found = [self.value(item, env) for item in items]
                dates = sorted((each for each in found if isinstance(each, date)), key=_order)
                return None if not dates else dates[-1 if which == "later" else 0]
            case core.Choice(options=options, otherwise=otherwise):
                return self.value(self.dice.choice([*(v for v, _ in options), otherwise]), env)
            case core.Sum(sign=sign, left=left, right=right):
                one, other = self.value(left, env), self.value(right, env)
                if isinstance(one, Decimal) and isinstance(other, Decimal):
                    return one + other if sign == "+" else one - other
                return None
            case _:
                return None

    def _date(self, node: core.Core, env: Env) -> date | None:
        match node:
            case core.Shift(sign=sign, date=at, length=length):
                start, by = self.value(at, env), self.value(length, env)
                if isinstance(start, date) and isinstance(by, Duration):
                    return moved(start, by, 1 if sign == "+" else -1, self.calendar)
            case core.StartOf(unit=unit, date=at):
                start = self.value(at, env)
                if isinstance(start, date):
                    first = day_of(start).replace(day=1)
                    return first if unit == "month" else first.replace(month=1)
            case core.PeriodEnd(length=length, date=at) | core.PeriodStart(length=length, date=at):
                start, by = self.value(at, env), self.value(length, env)
                if isinstance(start, date) and isinstance(by, Duration):
                    of = period_end if isinstance(node, core.PeriodEnd) else period_start
                    return date.fromordinal(of(by, day_of(start).toordinal()))
            case _:
                pass
        return None

    def _setting(self, name: str) -> object:
        found: object = None
        for start, value in self.plan.settings[name].values:
            if start is None or start <= self.draft.day:
                found = self._constant(value)
        return found

    def _constant(self, value: object) -> object:
        if isinstance(value, Moment):
            if value.at is not None:
                return self.calendar.zone.local(value.at).replace(tzinfo=None)
            return date.fromordinal(value.day)
        return value

    def dated(self, node: core.Core, env: Env) -> None:
        """Put the usual day into every blank field that a date is made from."""
        match node:
            case core.Field() if self.value(node, env) is None:
                self.put(node, self.draft.day, env)
            case core.Slot(index=index):
                held = env.get(index)
                if isinstance(held, core.Core):
                    self.dated(held, env)
            case core.Shift(date=at) | core.StartOf(date=at):
                self.dated(at, env)
            case core.PeriodEnd(date=at) | core.PeriodStart(date=at):
                self.dated(at, env)
            case core.ExtremeOf(items=items):
                for item in items:
                    self.dated(item, env)
            case core.Choice(options=options, otherwise=otherwise):
                for item in (*(value for value, _ in options), otherwise):
                    self.dated(item, env)
            case _:
                pass

    # --- filling --------------------------------------------------------------------------------

    def put(self, node: core.Core, value: object, env: Env) -> bool:
        """Make an expression come to a value, or to a blank (None). False where it cannot."""
        if self._depth > DEEPEST:
            return False
        self._depth += 1
        try:
            return self._put(node, value, env)
        finally:
            self._depth -= 1

    def _put(self, node: core.Core, value: object, env: Env) -> bool:
        match node:
            case core.Field(record=record, name=name):
                holder = self.record(record, env)
                return holder is not None and self.draft.put(holder, name, _given(value))
            case core.Derived(record=record, kind=kind, name=name):
                holder = self.record(record, env)
                if holder is None:
                    return False
                definition = self.plan.definitions[kind, name]
                return self.put(definition.value, value, self._inside(definition, holder))
            case core.Slot(index=index):
                held = env.get(index)
                return isinstance(held, core.Core) and self.put(held, value, env)
            case core.Choice(options=options, otherwise=otherwise):
                return self.put(self.dice.choice([*(v for v, _ in options), otherwise]), value, env)
            case core.Shift() | core.StartOf() | core.PeriodEnd() | core.PeriodStart():
                return self._put_date(node, value, env)
            case core.ExtremeOf(items=items):
                found = [self.put(item, value, env) for item in self._mixed(items)]
                return any(found)
            case core.DaysFrom() | core.AgeAt() | core.Sum() | core.NumberOf() | core.Aggregate():
                return isinstance(value, Decimal) and self._put_number(node, value, env)
            case core.WordsIn(text=text):
                return isinstance(value, Decimal) and self.put(text, words(int(value)), env)
            case core.NewWords(text=text, since=since):
                return isinstance(value, Decimal) and self._new_words(text, since, value, env)
            case core.NewWordsSinceAny(text=text):
                return isinstance(value, Decimal) and self.put(text, words(int(value)), env)
            case core.Similarity(left=left, right=right):
                return isinstance(value, Decimal) and self._similar(left, right, value, env)
            case _:
                return False

    def _mixed(self, items: Sequence[core.Core]) -> list[core.Core]:
        """All of them, or all but some of those that hold a value already."""
        return self.dice.sample(list(items), self.dice.randint(1, len(items)))

    def _put_date(self, node: core.Core, value: object, env: Env) -> bool:
        match node:
            case core.Shift(sign=sign, date=at, length=length):
                by = self.value(length, env)
                if isinstance(value, date) and isinstance(by, Duration):
                    value = moved(value, by, -1 if sign == "+" else 1, self.calendar)
                return self.put(at, value, env)
            case core.PeriodEnd(length=length, date=at) | core.PeriodStart(length=length, date=at):
                by = self.value(length, env)
                if isinstance(value, date) and isinstance(by, Duration):
                    of = period_start if isinstance(node, core.PeriodEnd) else period_end
                    value = date.fromordinal(of(by, day_of(value).toordinal()))
                return self.put(at, value, env)
            case core.StartOf(date=at):
                return self.put(at, value, env)
            case _:
                return False

    def _put_number(self, node: core.Core, value: Decimal, env: Env) -> bool:
        match node:
            case core.DaysFrom(start=start, end=end):
                first = self.value(start, env)
                if not isinstance(first, date):
                    first = self.draft.day
                    self.put(start, first, env)
                return self.put(end, stepped(first, int(value)), env)
            case core.AgeAt(birth=birth, at=at):
                day = self.value(at, env)
                if not isinstance(day, date):
                    day = self.draft.day
                    self.put(at, day, env)
                return self.put(birth, _years_before(day_of(day), int(value)), env)
            case core.Sum(sign=sign, left=left, right=right):
                other = self.value(right, env)
                if not isinstance(other, Decimal):
                    other = Decimal(self.dice.choice([0, 1, 2]))
                    self.put(right, other, env)
                return self.put(left, value - other if sign == "+" else value + other, env)
            case core.NumberOf(records=records):
                for _ in range(min(int(value), 40)):
                    self.want(records.where, True, self._one_of(records, env))
                return True
            case core.Aggregate(records=records, value=of):
                inner = self._one_of(records, env)
                self.want(records.where, True, inner)
                return self.put(of, value, inner)
            case _:
                return False

    def _new_words(self, text: core.Core, since: core.Core, value: Decimal, env: Env) -> bool:
        before = self.value(since, env)
        if not isinstance(before, str):
            before = "Settled"
            self.put(since, before, env)
        return self.put(text, f"{before} {words(int(value))}".strip(), env)

    def _similar(self, left: core.Core, right: core.Core, value: Decimal, env: Env) -> bool:
        other = self.value(right, env)
        if not isinstance(other, str):
            other = words(10)
            self.put(right, other, env)
        several = other.split()
        kept = max(0, min(len(several), round(len(several) * int(value) / 100)))
        said = [*several[:kept], *words(max(len(several) - kept, 1), 17).split()]
        return self.put(left, " ".join(said if kept < len(several) else several), env)

    def _any(self, node: core.Core, env: Env) -> object:
        """Put some value where there is none; gives it."""
        declared = self._declared(node)
        if declared is not None:
            value = self._some(declared)
            return value if self.put(node, value, env) else None
        for each in (self.draft.day, words(4), Decimal(1), True):
            if self.put(node, each, env):
                return each
        return None

    def _some(self, declared: Field) -> GivenValue:
        target = declared.target
        match declared.type:
            case FieldType.YES_NO:
                return True
            case FieldType.NUMBER:
                return Decimal(1)
            case FieldType.DATE:
                return stepped(self.draft.day, self.dice.choice([0, 1]))
            case FieldType.DATETIME:
                return datetime.combine(self.draft.day, datetime.min.time()) + timedelta(hours=11)
            case FieldType.CODE:
                codes = self.plan.schema.codes[target or ""].codes.values()
                return next(code.code for code in codes if not code.is_unknown)
            case FieldType.REF:
                there = [each for each in self.draft.records if each.kind == target]
                return there[0].label if there else self.draft.add(target or "").label
            case _:
                return plain_text(declared.name)

    def _declared(self, node: core.Core) -> Field | None:
        """The field of a declared kind that an expression is, if it is one."""
        if not isinstance(node, core.Field):
            return None
        return self.plan.schema.kinds[node.kind].fields.get(node.name)

    def _another(self, node: core.Core, unlike: Sequence[str]) -> str:
        """A value that is none of these: another code, another record, other words."""
        declared = self._declared(node)
        match None if declared is None else declared.type:
            case FieldType.CODE if declared is not None:
                codes = self.plan.schema.codes[declared.target or ""].codes.values()
                known = (code.code for code in codes if not code.is_unknown)
                return next((code for code in known if code not in unlike), unlike[0])
            case FieldType.REF if declared is not None:
                there = (r.label for r in self.draft.records if r.kind == declared.target)
                other = next((label for label in there if label not in unlike), None)
                return other or self.draft.add(declared.target or "").label
            case _:
                name = "" if declared is None else declared.name
                said = (plain_text(name, turn) for turn in range(3))
                return next((text for text in said if text not in unlike), words(7, 3))


def _given(value: object) -> GivenValue | None:
    return value if isinstance(value, str | bool | Decimal | date) else None


def _order(value: date) -> datetime:
    return value if isinstance(value, datetime) else datetime.combine(value, datetime.min.time())


def _years_before(day: date, years: int) -> date:
    year = max(day.year - years, 1)
    try:
        return day.replace(year=year)
    except ValueError:
        return day.replace(year=year, day=28)
