"""What an expression is evaluated in: a scene (one case as at a moment) and a frame of slots.

The scene adds to the view what rules define: gathered kinds, derived fields, the record before
each record. All of it is worked out when it is first asked for, and kept for the scene.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from policyengine.plan.core import Definition, GatherFrom, Gathering, Plan
from policyengine.records.model import Absent, Record, Value
from policyengine.records.view import CaseView
from policyengine.schema.model import Kind
from policyengine.values.calendar import Calendar
from policyengine.values.moments import Moment
from policyengine.values.truth import Reason, Reasons, Truth, Unknown, Why, joined


class NoRecord:
    """A pick that found nothing, or the previous of a first record: its fields are blank."""

    __slots__ = ("reasons",)

    def __init__(self, reasons: Reasons) -> None:
        self.reasons = reasons


class UnsureRecord:
    """A pick that cannot be told; `some` if some record surely qualifies (S19)."""

    __slots__ = ("reasons", "some")

    def __init__(self, reasons: Reasons, some: bool) -> None:
        self.reasons = reasons
        self.some = some


FIRST_OF_KIND: Final = NoRecord((Reason(Why.NO_PREVIOUS),))


@dataclass(frozen=True, slots=True)
class NumberRange:
    """A number that lies between two, both included; `high` None is without bound (S19)."""

    low: int
    high: int | None
    reasons: Reasons


class Frame:
    """The slots of one judgement. `trigger` is the trigger day (S20), None if it is as-at's, an
    Unknown if it is not known."""

    __slots__ = ("scene", "slots", "trigger")

    def __init__(self, scene: "Scene", size: int, trigger: "int | Unknown | None" = None) -> None:
        self.scene = scene
        self.slots: list[object] = [None] * max(size, 2)
        self.slots[0] = scene.view.case
        self.trigger = trigger


Evaluated = Callable[[Frame], object]


@dataclass(frozen=True, slots=True)
class Prepared:
    """What is prepared once for a plan and shared by its scenes."""

    plan: Plan
    calendar: Calendar
    definitions: dict[tuple[str, str], tuple[Definition, Evaluated, bool]]
    gathers: dict[str, tuple[Gathering, tuple[tuple[GatherFrom, Evaluated | None], ...]]]


class Scene:
    """One case as at a moment, with what the rule set defines about it."""

    __slots__ = (
        "_befores",
        "_derived",
        "_ends",
        "_gathered_unseen",
        "_records",
        "_run",
        "owners",
        "prepared",
        "view",
    )

    def __init__(self, prepared: Prepared, view: CaseView, run: "Scene | None" = None) -> None:
        self.prepared = prepared
        self.view = view
        self._run = run  # as at the run's date, of a scene as at an end
        self._records: dict[str, list[Record]] = {}
        self._gathered_unseen: dict[str, Record | None] = {}
        self._derived: dict[tuple[str, str, int, object], object] = {}
        self._befores: dict[str, dict[int, Record | NoRecord | UnsureRecord]] = {}
        self._ends: dict[Moment, Scene] = {}
        self.owners: dict[int, str | None] = {}

    def as_at(self, moment: Moment) -> "Scene":
        """The same case as at another moment (S14)."""
        scene = self._ends.get(moment)
        if scene is None:
            scene = self._ends[moment] = Scene(self.prepared, self.view.as_at_moment(moment), self)
        return scene

    def records(self, kind: str) -> list[Record]:
        """The records of a kind, declared or gathered, in order."""
        found = self._records.get(kind)
        if found is None:
            is_gathered = kind in self.prepared.gathers
            found = self._gather(kind) if is_gathered else self.view.records(kind)
            self._records[kind] = found
        return found

    def unseen(self, kind: str) -> Record | None:
        """The stand-in for the kind's unseen records (S8), or None where there can be none."""
        if kind not in self.prepared.gathers:
            return self.view.unseen(kind)
        if kind not in self._gathered_unseen:
            self._gathered_unseen[kind] = self._unseen_gathered(kind)
        return self._gathered_unseen[kind]

    def find(self, kind: str, id: str) -> Record | None:
        """A record of a declared kind by its id."""
        return self.view.find(kind, id)

    def again(self, record: Record) -> Record | None:
        """The same record as it is in this scene, if it is there."""
        kind = record.kind.name
        if kind == "case":
            return self.view.case
        if kind not in self.prepared.gathers:
            return self.view.find(kind, record.id)
        name = self.name_of(record)
        return next((each for each in self.records(kind) if self.name_of(each) == name), None)

    def name_of(self, record: Record) -> tuple[str, str, object]:
        """What tells a record from every other. The records of two kinds may have one id, so what
        is gathered from them goes by its kind as well."""
        kind = record.kind.name
        return (kind, record.id, record.values[1] if kind in self.prepared.gathers else None)

    def _gather(self, name: str) -> list[Record]:
        gathering, sources = self.prepared.gathers[name]
        found: list[Record] = []
        for source, where in sources:
            for record in self.view.records(source.kind):
                happened = record.values[source.index]
                if not isinstance(happened, Moment):
                    continue
                perhaps = self._source_holds(source, where, record)
                if perhaps is not False:
                    found.append(_gathered(gathering.kind, source, record, perhaps))
        found.sort(key=lambda r: (*sort_key(r.values[0]), r.id, str(r.values[1])))
        return found

    def _source_holds(
        self, source: GatherFrom, where: Evaluated | None, record: Record
    ) -> Reasons | bool:
        """True, False, or the reasons for which it cannot be told."""
        if where is None:
            return True
        frame = Frame(self, source.slots)
        frame.slots[1] = record
        truth = where(frame)
        return truth.reasons if isinstance(truth, Unknown) else truth is True

    def _unseen_gathered(self, name: str) -> Record | None:
        """All that a gathered kind may lack, as one stand-in: any source's days."""
        gathering, sources = self.prepared.gathers[name]
        bounds: list[tuple[int, int]] = []
        reasons: Reasons = ()
        for source, where in sources:
            unseen = self.view.unseen(source.kind)
            if unseen is None or self._source_holds(source, where, unseen) is False:
                continue
            reasons = joined(reasons, unseen.perhaps)
            happened = unseen.values[source.index]
            if isinstance(happened, Moment):
                bounds.append((happened.day, happened.last))
            else:
                bounds.append((1, self.view.as_at.last))
        if not bounds:
            return None
        values: list[Value] = [Unknown(reasons)] * len(gathering.kind.fields)
        values[0] = Moment(min(low for low, _ in bounds), max(high for _, high in bounds))
        return Record(gathering.kind, "", values, unseen=True, perhaps=reasons)

    def before(self, record: Record) -> Record | NoRecord | UnsureRecord:
        """The record before it among all of its kind (S22), for definitions. What had not happened
        by an end is read as at the run's date, and so is the record before it."""
        if record.unseen:
            return UnsureRecord(record.perhaps, some=False)
        kind = record.kind.name
        befores = self._befores.get(kind)
        if befores is None:
            counted = [(each, each.perhaps) for each in self.records(kind)]
            befores = chain(counted, self.unseen(kind))
            self._befores[kind] = befores
        if self._run is not None and id(record) not in befores:
            return self._run.before(record)
        return befores.get(id(record), FIRST_OF_KIND)

    def derived(self, record: Record, kind: str, name: str, frame: Frame) -> object:
        """The value of a defined field of a record."""
        definition, value, dated = self.prepared.definitions[kind, name]
        trigger = frame.trigger if dated else None
        day = trigger.reasons if isinstance(trigger, Unknown) else trigger
        key = (kind, name, id(record), day)
        if key in self._derived:
            return self._derived[key]
        inner = Frame(self, definition.slots, frame.trigger)
        inner.slots[1] = record
        if definition.sees_previous:
            inner.slots[2] = self.before(record)
        result = value(inner)
        if not record.unseen:
            self._derived[key] = result
        return result


def chain(
    records: list[tuple[Record, Reasons]], unseen: Record | None
) -> dict[int, Record | NoRecord | UnsureRecord]:
    """Each record's previous one, by the record's identity (S5, S22).

    A record comes with the reasons for which it is not sure that it counts. The previous cannot
    be told where an unsure or an unseen record may stand between, nor for an undated record.
    """
    befores: dict[int, Record | NoRecord | UnsureRecord] = {}
    previous: Record | None = None
    doubt: Reasons = ()
    for record, unsure in records:
        undated = _undated(record)
        if undated is not None:
            befores[id(record)] = UnsureRecord((undated,), some=previous is not None)
        elif doubt:
            befores[id(record)] = UnsureRecord(doubt, some=previous is not None)
        elif previous is None:
            befores[id(record)] = before_the_first(record, unseen)
        elif unseen is not None and may_precede(unseen, record) and may_precede(previous, unseen):
            befores[id(record)] = UnsureRecord(unseen.perhaps, some=True)
        else:
            befores[id(record)] = previous
        if unsure:
            doubt = joined(doubt, unsure)
        elif undated is None:
            previous, doubt = record, ()
    return befores


def before_the_first(record: Record, unseen: Record | None) -> NoRecord | UnsureRecord:
    """What stands before a first record: nothing, or perhaps something unseen."""
    if unseen is not None and may_precede(unseen, record):
        return UnsureRecord(unseen.perhaps, some=False)
    return FIRST_OF_KIND


def may_precede(one: Record, other: Record) -> bool:
    """Whether one can stand before the other in the order of days, as far as days tell."""
    first, second = order_moment(one), order_moment(other)
    if not isinstance(first, Moment) or not isinstance(second, Moment):
        return True
    return first.day <= second.last


def order_moment(record: Record) -> Value:
    """The value that a record is ordered by; None for a kind without one."""
    name = record.kind.ordered_by
    return None if name is None else record.values[record.kind.fields[name].index]


def _undated(record: Record) -> Reason | None:
    name = record.kind.ordered_by
    if name is None:
        return None
    value = record.values[record.kind.fields[name].index]
    if isinstance(value, Moment):
        return None
    return missing_reason(record, name, value)


def missing_reason(record: Record, field: str, value: object) -> Reason:
    """Why a value that is not there is not there."""
    why = value.value if isinstance(value, Absent) else Why.NOT_RECORDED
    return Reason(why, record.kind.name, record.id, field)


def sort_key(value: object) -> tuple[int, int, int]:
    """Where a date stands among others: undated last, a day before the times on it."""
    if not isinstance(value, Moment):
        return (1, 0, 0)
    return (0, value.day, value.at if value.timed and value.at is not None else -(10**13))


def _gathered(kind: Kind, source: GatherFrom, record: Record, holds: Reasons | bool) -> Record:
    values: list[Value] = [record.values[source.index], source.kind]
    names = list(record.kind.fields)
    own = list(kind.fields.values())
    for place, index in enumerate(source.shared, 2):
        value = record.values[index]
        if value is None and own[place].open:  # open in every source: blank is not yet (S1)
            values.append(None)
            continue
        if value is None or isinstance(value, Absent):
            value = Unknown((missing_reason(record, names[index], value),))
        values.append(value)
    perhaps: Reasons = record.perhaps if holds is True or holds is False else holds
    return Record(kind, f"{record.id}.{source.field}", values, row=record.row, perhaps=perhaps)


def truth_of(value: object) -> Truth:
    """A value as a truth."""
    if value is True or value is False:
        return value
    assert isinstance(value, Unknown)
    return value
