"""The history of a case under a rule set: its events, and the course of every finding."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date

from policyengine.evaluate.engine import Engine
from policyengine.evaluate.scene import Scene
from policyengine.findings.model import Finding
from policyengine.plan.core import Plan
from policyengine.records.model import CaseRecords, Export, Record
from policyengine.schema.model import FieldType
from policyengine.turning import Turning
from policyengine.values.moments import FIRST_DAY, LAST_DAY, Moment
from policyengine.values.verdict import Verdict

DATES = (FieldType.DATE, FieldType.DATETIME)


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened: a record, or the end of what it is about. `known` is the day on
    which it was recorded, where that was later."""

    day: date
    kind: str
    id: str
    ends: bool = False
    known: date | None = None


@dataclass(frozen=True, slots=True)
class Spell:
    """A stretch of days on which a finding stays as it is, both included; `finding` is that of its
    first day. None: there is no finding (any more)."""

    first: date
    last: date
    finding: Finding | None

    @property
    def verdict(self) -> Verdict | None:
        """What is found on these days."""
        return None if self.finding is None else self.finding.verdict


@dataclass(frozen=True, slots=True)
class Course:
    """All that a rule says of one subject, from its first finding on."""

    rule: str
    subject_kind: str
    subject_id: str
    spells: tuple[Spell, ...]

    @property
    def first_breach(self) -> Spell | None:
        """The first stretch on which it is breached: its first day is the earliest on which
        anybody could have been told."""
        return next((each for each in self.spells if each.verdict is Verdict.BREACHED), None)

    @property
    def is_open(self) -> bool:
        """Whether it is breached still on the last day."""
        return self.spells[-1].verdict is Verdict.BREACHED


@dataclass(frozen=True, slots=True)
class History:
    """A case from a first day to a last: what happened, and what was found."""

    case: str
    first: date
    last: date
    events: tuple[Event, ...]
    courses: tuple[Course, ...]

    @property
    def breached(self) -> list[Course]:
        """The courses with a breach, by the day on which it would have been raised."""
        found = [(spell.first, each) for each in self.courses if (spell := each.first_breach)]
        return [each for _, each in sorted(found, key=lambda pair: (pair[0], pair[1].rule))]


def replay(
    engine: Engine,
    case: CaseRecords,
    export: Export,
    first: date | None = None,
    last: date | None = None,
    rules: Collection[str] | None = None,
) -> History:
    """The history of a case, by the rules of an engine (`rules`: only these).

    `first` is by default the first day of anything in the record, `last` the last.
    """
    events = sorted(_events(engine.plan, case), key=lambda e: (e.day, e.kind, e.id, e.ends))
    start = first or (events[0].day if events else date.fromordinal(FIRST_DAY))
    end = last or last_day(engine.plan, case) or start
    walk = _Walk(engine, case, export, start.toordinal(), end.toordinal())
    courses = [
        course
        for rule, days in Turning(engine.plan, engine.calendar).each(case, export, rules)
        for course in walk.rule(rule, replace(days, said_daily=False))
    ]
    courses.sort(key=lambda each: (each.rule, each.subject_kind, each.subject_id))
    seen = tuple(event for event in events if start <= event.day <= end)
    return History(case.id, start, end, seen, tuple(courses))


def last_day(plan: Plan, case: CaseRecords) -> date | None:
    """The last day on which anything in the record happened, ended or was recorded."""
    days = [event.known or event.day for event in _events(plan, case)]
    return max(days, default=None)


def _events(plan: Plan, case: CaseRecords) -> Iterator[Event]:
    for record in _records(case):
        kind = record.kind
        happened = _day(record, kind.happened)
        known = _day(record, kind.recorded)
        if happened is not None:
            late = known if known is not None and known > happened else None
            yield Event(happened, kind.name, record.id, known=late)
        for path in kind.ended:
            ended = _day(record, path[0]) if len(path) == 1 else None
            if ended is not None:
                yield Event(ended, kind.name, record.id, ends=True)
    died = plan.schema.died
    on = _day(case.case, died) if died is not None else None
    if on is not None:
        yield Event(on, "case", case.id, ends=True)


def _records(case: CaseRecords) -> Iterator[Record]:
    for several in case.records.values():
        yield from several


def _day(record: Record, name: str | None) -> date | None:
    if name is None:
        return None
    value = record.values[record.kind.fields[name].index]
    if isinstance(value, Moment) and FIRST_DAY < value.day < LAST_DAY:
        return date.fromordinal(value.day)
    return None


class _Walk:
    """Goes from day to day on which something can turn; rules share what a day looks like."""

    def __init__(
        self, engine: Engine, case: CaseRecords, export: Export, first: int, last: int
    ) -> None:
        self.engine = engine
        self.case = case
        self.export = export
        self.first = first
        self.last = last
        self._scenes: dict[int, Scene] = {}
        self._entered = sorted(self._days_of_entry())

    def _days_of_entry(self) -> set[int]:
        """The days on which the record itself became another: what was entered late."""
        found: set[int] = set()
        shared = [each for rows in self.export.shared.values() for each in rows.values()]
        for record in (self.case.case, *_records(self.case), *shared):
            kind = record.kind
            names = {kind.recorded, *(each.known_from for each in kind.fields.values())}
            found |= {day.toordinal() for name in names if (day := _day(record, name)) is not None}
        return found

    def rule(self, rule: str, days: object) -> Iterator[Course]:
        """The courses of one rule."""
        turns: dict[tuple[str, str], list[tuple[int, Finding | None]]] = {}
        day: int | None = self.first
        while day is not None and day <= self.last:
            found = self._judged(rule, day)
            now = {(each.subject_kind, each.subject_id): each for each in found}
            for key in turns.keys() | now.keys():
                before = turns[key][-1][1] if key in turns else None
                after = now.get(key)
                if not _alike(before, after):
                    turns.setdefault(key, []).append((day, after))
            day = self._next(day, days, found)
        for (kind, id), course in turns.items():
            yield Course(rule, kind, id, tuple(self._spells(course)))

    def _next(self, day: int, days: object, found: Sequence[Finding]) -> int | None:
        turned: int | None = days.after(day, found)  # type: ignore[attr-defined]
        place = bisect_right(self._entered, day)
        entered = self._entered[place] if place < len(self._entered) else None
        return min((each for each in (turned, entered) if each is not None), default=None)

    def _judged(self, rule: str, day: int) -> list[Finding]:
        versions = self.engine.rules[rule]
        scene = self._scenes.get(day)
        if scene is None:
            on = date.fromordinal(day)
            scene = self._scenes[day] = self.engine.scene(self.case, self.export, on, on)
        if not any(version.has_subjects(scene) for version in versions):
            return []
        found = self.engine.judgements(scene, rule)
        return [self.engine.finding(scene, each) for each in found]

    def _spells(self, turns: list[tuple[int, Finding | None]]) -> Iterator[Spell]:
        lasts = [day - 1 for day, _ in turns[1:]] + [self.last]
        for (day, finding), last in zip(turns, lasts, strict=True):
            yield Spell(date.fromordinal(day), date.fromordinal(last), finding)


def _alike(one: Finding | None, other: Finding | None) -> bool:
    """Whether nothing turned: the same verdict, for the same deadline."""
    if one is None or other is None:
        return one is other
    return (one.verdict, one.deadline, one.applies_from) == (
        other.verdict,
        other.deadline,
        other.applies_from,
    )
