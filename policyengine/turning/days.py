"""The days of one case: what the marks of the rules come to in its records."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_FLOOR, Decimal
from functools import partial

from policyengine.findings.model import Finding
from policyengine.plan import core
from policyengine.records.model import CaseRecords, Export, Record
from policyengine.schema.bank_holidays import calendar_of
from policyengine.schema.model import FieldType
from policyengine.turning.marks import Appears, Crosses, Daily, Mark, Passes, RuleMarks, marks_of
from policyengine.turning.terms import Coverage, Root, Step, Term
from policyengine.values.calendar import (
    Calendar,
    clamped,
    period_end,
    period_start,
    start_of_month,
    start_of_year,
)
from policyengine.values.durations import SECONDS, Duration, Unit
from policyengine.values.moments import FIRST_DAY, LAST_DAY, Moment
from policyengine.values.verdict import Verdict

MOST_DAYS = {Unit.DAY: 1, Unit.WEEK: 7, Unit.MONTH: 31, Unit.YEAR: 366, Unit.WORKING_DAY: 12}


@dataclass(frozen=True, slots=True)
class Days:
    """The days on which time alone can turn the findings of one rule on one case, as ordinals.

    `known` come from the records, and `doubted` count while a finding rests on what is only
    perhaps an event; both in order. The deadlines that the findings carry are added. `daily`:
    every day can; `said_daily`: every day, while there is a breach. `by_hours`: a deadline of
    which only the day is known may pass in the course of it.
    """

    known: Sequence[int] = ()
    doubted: Callable[[], Sequence[int]] = tuple
    daily: bool = False
    said_daily: bool = False
    by_hours: bool = False

    def after(self, day: int, findings: Collection[Finding]) -> int | None:
        """The next such day after a day, the findings being those as at that day."""
        breached = self.said_daily and any(each.verdict is Verdict.BREACHED for each in findings)
        if self.daily or breached:
            return day + 1
        days = [*_next(self.known, day)]
        days += [each for finding in findings for each in self._passes(finding) if each > day]
        if any(item.role == "perhaps" for each in findings for item in each.evidence):
            days += _next(self.doubted(), day)
        return min(days, default=None)

    def _passes(self, finding: Finding) -> tuple[int, ...]:
        """When a deadline passes: a day on the next, a time of day mostly on its own. None that
        is not waited for (S14)."""
        if finding.deadline is None or finding.deadline_day is None or finding.ended:
            return ()
        if self.by_hours or "T" in finding.deadline:
            return (finding.deadline_day, finding.deadline_day + 1)
        return (finding.deadline_day + 1,)


def _next(days: Sequence[int], day: int) -> Sequence[int]:
    """The next of these days after a day, if there is one."""
    place = bisect_right(days, day)
    return days[place : place + 1]


class Turning:
    """What time alone can turn, for a plan: prepared once, asked case by case.

    >>> turning = Turning(plan)                                          # doctest: +SKIP
    >>> turning.days(case, export)["CTO-01"].after(day, breached=False)  # doctest: +SKIP
    """

    def __init__(self, plan: core.Plan, calendar: Calendar | None = None) -> None:
        self.plan = plan
        self.calendar = calendar_of(plan.schema) if calendar is None else calendar
        self.rules: dict[str, list[RuleMarks]] = {}
        for rule in plan.rules:
            self.rules.setdefault(rule.id, []).append(marks_of(plan, rule))
        self.marks = {
            id: tuple(frozenset().union(*(each.marks for each in versions)))
            for id, versions in self.rules.items()
        }
        self.by_hours = {
            id for id, versions in self.rules.items() if any(each.by_hours for each in versions)
        }
        self.sources = {
            name: tuple(source.kind for source in gathering.sources)
            for name, gathering in plan.gatherings.items()
        }
        self._refs = _references(plan)

    def days(self, case: CaseRecords, export: Export) -> dict[str, Days]:
        """The days of each rule that can ever have a finding on the case."""
        return dict(self.each(case, export))

    def each(
        self, case: CaseRecords, export: Export, only: Collection[str] | None = None
    ) -> Iterator[tuple[str, Days]]:
        """The same, rule by rule; of some rules `only`."""
        inside = _CaseDays(self, case, export)
        for id, versions in self.rules.items():
            if only is not None and id not in only:
                continue
            if any(inside.has_subjects(version) for version in versions):
                yield id, inside.days(self.marks[id], id in self.by_hours)

    def references(self, kind: str) -> Iterable[tuple[str, int]]:
        """The fields that hold ids of a shared kind: kind and index."""
        return self._refs.get(kind, ())


def _references(plan: core.Plan) -> Mapping[str, list[tuple[str, int]]]:
    found: dict[str, list[tuple[str, int]]] = {}
    for kind in plan.schema.kinds.values():
        if kind.name in plan.gatherings:
            continue
        for field in kind.fields.values():
            if field.type is FieldType.REF and field.target:
                found.setdefault(field.target, []).append((kind.name, field.index))
    return found


class _CaseDays:
    """One case, its dates looked up once each."""

    def __init__(self, turning: Turning, case: CaseRecords, export: Export) -> None:
        self.turning = turning
        self.calendar = turning.calendar
        self.case = case
        self.export = export
        self._moments: dict[Term, tuple[Moment, ...]] = {}
        self._days: dict[Mark, frozenset[int]] = {}
        self._shared: dict[str, list[Record]] = {}

    def has_subjects(self, version: RuleMarks) -> bool:
        """Whether the case has a record that can be a subject of a version, now or later."""
        return not version.subjects or any(self.case.records.get(each) for each in version.subjects)

    def days(self, marks: Collection[Mark], by_hours: bool) -> Days:
        """The days of several marks."""
        found: set[int] = set()
        daily = said = False
        doubts: list[Passes] = []
        for mark in marks:
            if isinstance(mark, Daily):
                if mark.kind is None or self.may_miss(mark.kind):
                    daily, said = daily or not mark.said, said or mark.said
            elif isinstance(mark, Passes) and mark.doubt and not self.may_miss(mark.doubt):
                doubts.append(mark)
            else:
                found |= self._of(mark)
        return Days(tuple(sorted(found)), partial(self._all, doubts), daily, said, by_hours)

    def _all(self, marks: Collection[Passes]) -> tuple[int, ...]:
        return tuple(sorted(set().union(*(self._of(mark) for mark in marks))))

    def may_miss(self, kind: str) -> bool:
        """Whether there may be records of a kind that nobody sees (S8)."""
        sources = self.turning.sources.get(kind, (kind,))
        return any(each in self.export.absent or self._edge(each) is not None for each in sources)

    def _edge(self, kind: str) -> int | None:
        return self.case.complete_from.get(kind, self.export.complete_from.get(kind))

    def _of(self, mark: Appears | Passes | Crosses) -> frozenset[int]:
        days = self._days.get(mark)
        if days is None:
            days = self._days[mark] = frozenset(self._made(mark))
        return days

    def _made(self, mark: Appears | Passes | Crosses) -> Iterator[int]:
        match mark:
            case Appears(term=term):
                for moment in self.moments(term):
                    yield moment.day
            case Passes(term=term):
                for moment in self.moments(term):
                    yield from (moment.day, moment.day + 1)
                    if moment.last != moment.day:
                        yield from (moment.last, moment.last + 1)
            case Crosses(mover=mover):
                if mover.kind is None or self.may_miss(mover.kind):
                    for day in set(self._targets(mark)):
                        yield from self._crossed(mover.steps, day, mark.edge)

    # --- dates ----------------------------------------------------------------------------------

    def moments(self, term: Term) -> tuple[Moment, ...]:
        """What a term comes to in the case's records, hidden ones included."""
        found = self._moments.get(term)
        if found is None:
            if term.steps:
                before = self.moments(Term(term.root, term.steps[:-1]))
                step = term.steps[-1]
                found = tuple(_stepped(each, step, self.calendar) for each in before)
            else:
                found = tuple(self._roots(term.root))
            self._moments[term] = found
        return found

    def _roots(self, root: Root | Coverage | Moment) -> Iterator[Moment]:
        match root:
            case Moment():
                yield root
            case Coverage(kind=kind):
                edge = self._edge(kind)
                if edge is not None and edge > FIRST_DAY:
                    yield Moment(edge - 1)
            case Root(kind=kind, index=index):
                for record in self.records(kind):
                    value = record.values[index]
                    if isinstance(value, Moment):
                        yield value

    def records(self, kind: str) -> Iterable[Record]:
        """All the records of a declared kind that the case has, or that it refers to."""
        if kind == "case":
            return (self.case.case,)
        if kind in self.export.shared:
            if kind not in self._shared:
                self._shared[kind] = list(self._referred(kind))
            return self._shared[kind]
        return self.case.records.get(kind, ())

    def _referred(self, kind: str) -> Iterator[Record]:
        rows = self.export.shared[kind]
        ids = set()
        for holder, index in self.turning.references(kind):
            if holder in self.export.shared:  # a table that points at a table: all of it may count
                yield from rows.values()
                return
            ids |= {record.values[index] for record in self.records(holder)}
        yield from (rows[id] for id in ids if isinstance(id, str) and id in rows)
        yield from self.case.records.get(kind, ())

    # --- what goes on ---------------------------------------------------------------------------

    def _targets(self, mark: Crosses) -> Iterator[int]:
        """The days that the mover comes to."""
        for moment in self.moments(mark.term):
            for day in {moment.day, moment.last}:
                if mark.number is None:
                    yield day
                    continue
                for number in self._numbers(mark.number):
                    whole = int(number.to_integral_value(ROUND_FLOOR))
                    for each in (whole - 1, whole, whole + 1):
                        yield _reached(day, mark.how, each)

    def _numbers(self, number: Decimal | Root) -> Iterator[Decimal]:
        if isinstance(number, Decimal):
            yield number
            return
        for record in self.records(number.kind):
            value = record.values[number.index]
            if isinstance(value, int | Decimal):
                yield Decimal(value)

    def _crossed(self, steps: tuple[Step, ...], target: int, edge: str) -> Iterator[int]:
        """The first days on which as-at, after these steps, is at a day or past it."""
        aims = {"comes": (target,), "passes": (target + 1,)}.get(edge, (target, target + 1))
        if not steps:
            yield from aims
            return
        reach = 40 + sum(_most(step.length) for step in steps)
        low, high = clamped(target - reach), clamped(target + reach)
        vague = any(step.length is not None and step.length.is_elapsed for step in steps)
        for aim in aims:
            day = _first(low, high, lambda day, aim=aim: self._at(day, steps) >= aim)  # type: ignore[misc]
            yield day
            if vague:
                yield from (day + away for away in (-2, -1, 1, 2))

    def _at(self, day: int, steps: tuple[Step, ...]) -> int:
        moment = Moment(day)
        for step in steps:
            moment = _stepped(moment, step, self.calendar)
        return moment.day


def _most(length: Duration | None) -> int:
    """The most days that a step can take."""
    if length is None:
        return 370
    if length.unit in SECONDS:
        return length.amount * SECONDS[length.unit] // 86_400 + 2
    return length.amount * MOST_DAYS[length.unit] + 10


def _first(low: int, high: int, is_there: Callable[[int], bool]) -> int:
    """The first day of a stretch on which something is so that stays so."""
    while low < high:
        middle = (low + high) // 2
        if is_there(middle):
            high = middle
        else:
            low = middle + 1
    return low


def _reached(day: int, how: str, number: int) -> int:
    """The day so many days after or before a day, or the birthday."""
    if how == "age":
        return _birthday(day, number)
    return clamped(day + number if how == "to" else day - number)


def _birthday(born: int, years: int) -> int:
    start = date.fromordinal(born)
    year = start.year + years
    if not date.min.year <= year <= date.max.year:
        return LAST_DAY if years > 0 else FIRST_DAY
    try:
        return start.replace(year=year).toordinal()
    except ValueError:  # 29 February: reached on 1 March (S18)
        return date(year, 3, 1).toordinal()


def _stepped(moment: Moment, step: Step, calendar: Calendar) -> Moment:
    """A date after a step."""
    length = step.length
    match step.how:
        case "+" | "-":
            assert length is not None
            return calendar.shifted(moment, length, 1 if step.how == "+" else -1)
        case "ends" | "begins":
            assert length is not None
            edge = period_end if step.how == "ends" else period_start
            return Moment(edge(length, moment.day), edge(length, moment.last))
        case "month" | "year":
            first = start_of_month if step.how == "month" else start_of_year
            return Moment(first(moment.day), first(moment.last))
        case "rolls":
            return Moment(calendar.next_working(moment.day), calendar.next_working(moment.last))
