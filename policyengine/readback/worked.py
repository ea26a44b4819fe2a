"""Worked days: a rule's time limit reckoned on real days, by the engine's own windows (S12 to S17).

The dates are chosen for what they show: a plain week, a short month, a bank holiday, the night on
which the clocks change. Nothing here counts days: `evaluate.windows` and `values.calendar` do.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import date, datetime
from types import SimpleNamespace
from typing import cast

from policyengine.evaluate.expressions import Compiler
from policyengine.evaluate.opening import prepare_window
from policyengine.evaluate.scene import Frame, Scene
from policyengine.evaluate.windows import Measure, Opened
from policyengine.findings.dates import short_date
from policyengine.plan import core
from policyengine.policy.tree_walk import walk
from policyengine.readback.blocks import Block, Said, Table, capital
from policyengine.readback.conditions import condition_in_line
from policyengine.readback.here import Here
from policyengine.readback.values import value
from policyengine.schema.model import FieldType
from policyengine.values.calendar import Calendar
from policyengine.values.durations import Duration, Unit
from policyengine.values.moments import Moment

# Days are local; the second of each pair is a time of that day, used where a time is recorded.
Day = tuple[date, tuple[int, int]]

_PLAIN: Day = (date(2026, 1, 1), (9, 30))  # a Thursday
_DAYS: Mapping[Unit, tuple[Day, ...]] = {
    Unit.MINUTE: (_PLAIN, (date(2026, 3, 28), (23, 50))),
    Unit.HOUR: (_PLAIN, (date(2026, 3, 27), (18, 0)), (date(2026, 10, 23), (18, 0))),
    Unit.DAY: (_PLAIN, (date(2026, 2, 24), (16, 0))),
    Unit.WEEK: (_PLAIN, (date(2026, 2, 24), (16, 0))),
    Unit.MONTH: (_PLAIN, (date(2026, 1, 31), (16, 0)), (date(2025, 8, 31), (11, 0))),
    Unit.YEAR: (_PLAIN, (date(2024, 2, 29), (16, 0))),
    Unit.WORKING_DAY: (
        (date(2026, 1, 5), (9, 30)),
        (date(2026, 1, 9), (16, 0)),  # before a weekend
        (date(2026, 4, 2), (11, 0)),  # before Good Friday and Easter Monday
        (date(2025, 12, 24), (11, 0)),  # before Christmas
    ),
}
# What ends on a weekend or a bank holiday is shown where a deadline rolls on.
_ROLLS: tuple[Day, ...] = ((date(2026, 4, 3), (11, 0)), (date(2025, 12, 25), (11, 0)))
MOST_WAYS = 4
_APART = 40  # days between two dates from which one limit is counted, either way round


@dataclass(frozen=True, slots=True)
class _Case:
    """One way of the window: its lengths settled, and the condition under which it is so."""

    window: core.OneWindow | core.HaveEvery
    under: str = ""


def worked_days(rule: core.Rule, here: Here, calendar: Calendar) -> Iterator[Block]:
    """The table of a rule's time limit; nothing where it has none, a sentence where the limit is
    counted from more than two dates or in more ways than a table shows."""
    window = rule.duty if isinstance(rule.duty, core.HaveEvery) else rule.duty.window
    if window is None:
        return
    lets = {let.slot: let.value for let in rule.lets}
    cases = list(_cases(_Case(_seen_through(window, lets)), here))
    if len(cases) > MOST_WAYS:
        yield Said("The limit depends on more than a table shows: see the examples.")
        return
    bench = _Bench(here, calendar)
    for case in cases:
        inputs = _inputs(case.window)
        if not inputs:
            yield Said("The limit is the same day for everybody.")
        elif len(inputs) > 2 or not _is_reckoned(case.window, inputs):
            yield Said("What the limit is counted from is shown by the examples.")
        else:
            rows = tuple(bench.rows(case.window, inputs))
            head = (*(capital(value(each, here)) for each in inputs), *bench.head(case.window))
            under = f" ({case.under})" if case.under else ""
            if not any(row[-1] for row in rows):
                head, rows = head[:-1], tuple(row[:-1] for row in rows)
            yield Table(f"The time limit on real days{under}", head, rows)


def _is_reckoned(window: core.OneWindow | core.HaveEvery, inputs: Sequence[Input]) -> bool:
    """Whether days in the place of the inputs leave nothing of the record to be asked."""
    days = {each: Moment(_PLAIN[0].toordinal()) for each in inputs}
    if isinstance(window, core.HaveEvery):
        asked: tuple[object, ...] = (window.interval, _date_in(window.anchor, days))
    else:
        asked = (_filled(window, days),)
    return not any(
        isinstance(node, core.Field | core.Derived | core.Slot | core.AsAt) for node in walk(asked)
    )


# --- what the limit is counted from -------------------------------------------------------------


def _seen_through(
    window: core.OneWindow | core.HaveEvery, lets: Mapping[int, core.Core]
) -> core.OneWindow | core.HaveEvery:
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


Input = core.Field | core.Derived | core.AsAt


def _inputs(window: core.OneWindow | core.HaveEvery) -> list[Input]:
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


def _anchors(window: core.OneWindow | core.HaveEvery) -> tuple[core.Core, ...]:
    if isinstance(window, core.Between):
        return window.first, window.last
    return (window.anchor,)


def _cases(case: _Case, here: Here) -> Iterator[_Case]:
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
        yield from _cases(_Case(chosen, ", ".join(filter(None, (case.under, under)))), here)


def _timed(window: core.OneWindow | core.HaveEvery) -> tuple[core.Core, ...]:
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


# --- the rows -----------------------------------------------------------------------------------


class _Bench:
    """Reckons a window with days put in the place of a record's dates."""

    def __init__(self, here: Here, calendar: Calendar) -> None:
        self._here = here
        self._calendar = calendar
        self._compiler = Compiler(here.plan, calendar)

    def head(self, window: core.OneWindow | core.HaveEvery) -> tuple[str, ...]:
        """The columns beside those of the dates that are counted from."""
        if isinstance(window, core.HaveEvery):
            return ("First due by", "If done on that day, next due by", "Why")
        if self._opens_elsewhere(window):
            return ("In time from", "In time until", "Why")
        return ("In time until", "Why")

    def rows(
        self, window: core.OneWindow | core.HaveEvery, inputs: Sequence[Input]
    ) -> Iterator[tuple[str, ...]]:
        """A row for each choice of days, each telling something that the others do not."""
        seen: set[tuple[str, ...]] = set()
        for days in self._choices(window, inputs):
            row = self._row(window, inputs, days)
            if row is not None and row not in seen:
                seen.add(row)
                yield row

    def _choices(
        self, window: core.OneWindow | core.HaveEvery, inputs: Sequence[Input]
    ) -> Iterator[tuple[Moment, ...]]:
        days = [day for unit in self._units(window) for day in _DAYS[unit]] or [_PLAIN]
        if not isinstance(window, core.HaveEvery | core.OnDay) and window.rolls:
            days += _ROLLS
        for day in dict.fromkeys(days):
            moment = self._moment(inputs[0], day)
            if len(inputs) == 1:
                yield (moment,)
                continue
            for apart in (_APART, -_APART):
                other = date.fromordinal(day[0].toordinal() + apart), day[1]
                yield moment, self._moment(inputs[1], other)
            if len(days) > 2:
                return
        if len(inputs) == 1 and self._is_clock(inputs[0]) and Unit.HOUR in self._units(window):
            yield (Moment(days[0][0].toordinal(), clock=True),)

    def _row(
        self,
        window: core.OneWindow | core.HaveEvery,
        inputs: Sequence[Input],
        days: tuple[Moment, ...],
    ) -> tuple[str, ...] | None:
        given = dict(zip(inputs, days, strict=True))
        cells = tuple(self._start(moment, each) for each, moment in given.items())
        if isinstance(window, core.HaveEvery):
            return self._recurring(window, given, cells)
        opened = self._opened(_filled(window, given), days[0].day)
        if opened is None or opened.deadline is None:
            return None
        until = self._end(opened.deadline, opened)
        why = self._why(window, days[0], opened.deadline, opened)
        if self._opens_elsewhere(window):
            opens = "any day before" if opened.opens is None else self._start(opened.opens[0])
            return (*cells, opens, until, why)
        return (*cells, until, why)

    def _recurring(
        self, duty: core.HaveEvery, given: Mapping[Input, Moment], cells: tuple[str, ...]
    ) -> tuple[str, ...] | None:
        start = next(iter(given.values()))
        first = self._opened(_gap(duty, _date_in(duty.anchor, given)), start.day)
        if first is None or first.deadline is None:
            return None
        again = self._opened(_gap(duty, _const(first.deadline, duty)), first.deadline.last)
        assert again is not None
        assert again.deadline is not None
        why = self._why(duty, start, first.deadline, first)
        return (*cells, self._end(first.deadline, first), self._end(again.deadline, again), why)

    def _opened(self, window: core.OneWindow, trigger: int) -> Opened | None:
        view = SimpleNamespace(case=None, as_at=Moment(trigger))
        frame = Frame(cast(Scene, SimpleNamespace(view=view)), 2, trigger)
        opened = prepare_window(self._compiler, window)(frame)
        return opened if isinstance(opened, Opened) else None

    # --- what is drawn --------------------------------------------------------------------------

    def _start(self, moment: Moment, of: Input | None = None) -> str:
        if moment.timed and moment.until is not None:
            return short_date(self._calendar.zone.local(moment.until).isoformat())
        day = short_date(date.fromordinal(moment.day).isoformat())
        return f"{day}, time not recorded" if of is not None and moment.clock else day

    def _end(self, deadline: Moment, opened: Opened) -> str:
        zone = self._calendar.zone
        if deadline.timed and deadline.until is not None:
            return short_date(zone.local(deadline.until).isoformat())
        if opened.closes is not None and opened.closes[1] is Measure.ELAPSED:
            low, high = (
                short_date(zone.local(at).replace(second=0).isoformat())
                for at in zone.bounds(deadline)
            )
            return f"surely until {low}; surely too late after {high}"
        return f"{short_date(date.fromordinal(deadline.last).isoformat())}, end of day"

    def _why(
        self,
        window: core.OneWindow | core.HaveEvery,
        start: Moment,
        deadline: Moment,
        opened: Opened,
    ) -> str:
        reasons = list(self._reasons(window, start, deadline, opened))
        return "; ".join(reasons)

    def _reasons(
        self,
        window: core.OneWindow | core.HaveEvery,
        start: Moment,
        deadline: Moment,
        opened: Opened,
    ) -> Iterator[str]:
        units = set(self._units(window))
        first, last = start.day, deadline.last
        zone = self._calendar.zone
        if Unit.WORKING_DAY in units and last > first:
            yield from self._skipped(first, last)
        elif getattr(window, "rolls", False) and opened.closes is not None:
            if opened.closes[1] is Measure.DAY and not self._calendar.is_working(last - 1):
                yield "the last day is no working day, so the next that is one counts"
        if units & {Unit.MONTH, Unit.YEAR} and self._is_short(first, last):
            yield "the month has no such day, so its last one counts"
        if units & {Unit.HOUR, Unit.MINUTE}:
            if start.clock and not start.timed:
                yield "the time of day is not known, so only what holds for every time is told"
            elif (
                zone.local(zone.bounds(start)[0]).utcoffset()
                != zone.local(zone.bounds(deadline)[1]).utcoffset()
            ):
                yield "the clocks change in between, and hours are hours"

    def _skipped(self, first: int, last: int) -> Iterator[str]:
        closed = [day for day in range(first + 1, last) if not self._calendar.is_working(day)]
        weekend = [day for day in closed if date.fromordinal(day).weekday() > 4]
        holidays = [day for day in closed if day not in weekend]
        if holidays:
            named = ", ".join(short_date(date.fromordinal(day).isoformat()) for day in holidays)
            yield f"not counted: {named}{' and the weekend' if weekend else ''}"
        elif weekend:
            yield "the weekend is not counted"

    @staticmethod
    def _is_short(first: int, last: int) -> bool:
        one, other = date.fromordinal(first), date.fromordinal(last)
        after = date.fromordinal(last + 1)
        return other.day < one.day and after.day == 1

    # --- units and inputs -----------------------------------------------------------------------

    def _opens_elsewhere(self, window: core.OneWindow) -> bool:
        """Whether the window does not simply open with the one date that it is counted from."""
        match window:
            case core.Within(side=side):
                return side != "after"
            case core.Between():
                return True
            case core.OnDay():
                return False
            case core.NoLater():
                return True

    def _units(self, window: core.OneWindow | core.HaveEvery) -> list[Unit]:
        found: dict[Unit, None] = {}
        for node in walk(window if not isinstance(window, core.HaveEvery) else window.interval):
            match node:
                case core.Const(value=Duration(unit=unit)):
                    found[unit] = None
                case core.SettingValue(name=name):
                    for _, each in self._here.plan.settings[name].values:
                        if isinstance(each, Duration):
                            found[each.unit] = None
                case _:
                    pass
        return list(found)

    def _is_clock(self, node: Input) -> bool:
        match node:
            case core.Field(kind=kind, name=name):
                field = self._here.plan.schema.kinds[kind].fields[name]
                return field.type is FieldType.DATETIME
            case core.Derived(kind=kind, name=name):
                return self._here.plan.definitions[kind, name].type == "datetime"
            case core.AsAt():
                return False

    def _moment(self, node: Input, day: Day) -> Moment:
        if self._is_clock(node):
            hour, minute = day[1]
            on = day[0]
            local = datetime(on.year, on.month, on.day, hour, minute)  # noqa: DTZ001 - local time
            moment = self._calendar.zone.at_local(local)
            assert moment is not None
            return moment
        return Moment(day[0].toordinal())


def _const(moment: Moment, near: core.HaveEvery) -> core.Const:
    return core.Const(span=near.anchor.span, value=moment)


def _gap(duty: core.HaveEvery, start: core.Core) -> core.Within:
    return core.Within(span=duty.anchor.span, allowance=duty.interval, side="after", anchor=start)


def _filled(window: core.OneWindow, given: Mapping[Input, Moment]) -> core.OneWindow:
    """The window with days in the place of the record's dates."""
    match window:
        case core.Between(first=first, last=last):
            return replace(window, first=_date_in(first, given), last=_date_in(last, given))
        case core.Within(anchor=anchor) | core.OnDay(anchor=anchor) | core.NoLater(anchor=anchor):
            return replace(window, anchor=_date_in(anchor, given))


def _date_in(node: core.Core, given: Mapping[Input, Moment]) -> core.Core:
    match node:
        case core.Field() | core.Derived() | core.AsAt() if node in given:
            return core.Const(span=node.span, value=given[node])
        case core.Shift(date=moment) | core.StartOf(date=moment):
            return replace(node, date=_date_in(moment, given))
        case core.PeriodEnd(date=moment) | core.PeriodStart(date=moment):
            return replace(node, date=_date_in(moment, given))
        case core.ExtremeOf(items=items):
            return replace(node, items=tuple(_date_in(item, given) for item in items))
        case _:
            return node
