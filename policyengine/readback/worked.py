"""Worked days: a rule's time limit reckoned on real days, by the engine's own windows (S12 to S17).

The dates are chosen for what they show: a plain week, a short month, a bank holiday, the night on
which the clocks change. Nothing here counts days: `evaluate.windows` and `values.calendar` do.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
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
from policyengine.readback.here import Here
from policyengine.readback.limits import (
    Case,
    Input,
    Limit,
    cases,
    const,
    date_in,
    filled,
    gap,
    inputs_of,
    is_reckoned,
    seen_through,
)
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


def worked_days(rule: core.Rule, here: Here, calendar: Calendar) -> Iterator[Block]:
    """The table of a rule's time limit; nothing where it has none, a sentence where the limit is
    counted from more than two dates or in more ways than a table shows."""
    window = rule.duty if isinstance(rule.duty, core.HaveEvery) else rule.duty.window
    if window is None:
        return
    lets = {let.slot: let.value for let in rule.lets}
    ways = list(cases(Case(seen_through(window, lets)), here))
    if len(ways) > MOST_WAYS:
        yield Said("The limit depends on more than a table shows: see the examples.")
        return
    bench = _Bench(here, calendar)
    for case in ways:
        inputs = inputs_of(case.window)
        if not inputs:
            yield Said("The limit is the same day for everybody.")
        elif len(inputs) > 2 or not is_reckoned(case.window, inputs):
            yield Said("What the limit is counted from is shown by the examples.")
        else:
            rows = tuple(bench.rows(case.window, inputs))
            head = (*(capital(value(each, here)) for each in inputs), *bench.head(case.window))
            under = f" ({case.under})" if case.under else ""
            if not any(row[-1] for row in rows):
                head, rows = head[:-1], tuple(row[:-1] for row in rows)
            yield Table(f"The time limit on real days{under}", head, rows)


# --- the rows -----------------------------------------------------------------------------------


class _Bench:
    """Reckons a window with days put in the place of a record's dates."""

    def __init__(self, here: Here, calendar: Calendar) -> None:
        self._here = here
        self._calendar = calendar
        self._compiler = Compiler(here.plan, calendar)

    def head(self, window: Limit) -> tuple[str, ...]:
        """The columns beside those of the dates that are counted from."""
        if isinstance(window, core.HaveEvery):
            return ("First due by", "If done on that day, next due by", "Why")
        if self._opens_elsewhere(window):
            return ("In time from", "In time until", "Why")
        return ("In time until", "Why")

    def rows(self, window: Limit, inputs: Sequence[Input]) -> Iterator[tuple[str, ...]]:
        """A row for each choice of days, each telling something that the others do not."""
        seen: set[tuple[str, ...]] = set()
        for days in self._choices(window, inputs):
            row = self._row(window, inputs, days)
            if row is not None and row not in seen:
                seen.add(row)
                yield row

    def _choices(self, window: Limit, inputs: Sequence[Input]) -> Iterator[tuple[Moment, ...]]:
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
        window: Limit,
        inputs: Sequence[Input],
        days: tuple[Moment, ...],
    ) -> tuple[str, ...] | None:
        given = dict(zip(inputs, days, strict=True))
        cells = tuple(self._start(moment, each) for each, moment in given.items())
        if isinstance(window, core.HaveEvery):
            return self._recurring(window, given, cells)
        opened = self._opened(filled(window, given), days[0].day)
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
        first = self._opened(gap(duty, date_in(duty.anchor, given)), start.day)
        if first is None or first.deadline is None:
            return None
        again = self._opened(gap(duty, const(first.deadline, duty)), first.deadline.last)
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
        window: Limit,
        start: Moment,
        deadline: Moment,
        opened: Opened,
    ) -> str:
        reasons = list(self._reasons(window, start, deadline, opened))
        return "; ".join(reasons)

    def _reasons(
        self,
        window: Limit,
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

    def _units(self, window: Limit) -> list[Unit]:
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
