"""Dates in expressions (S1, S15, S16, S18): windows as conditions, sums, periods, ages."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Literal

from policyengine.evaluate import windows
from policyengine.evaluate.comparisons import unknown_of
from policyengine.evaluate.scene import Evaluated, Frame, NumberRange
from policyengine.plan import core
from policyengine.values import moments
from policyengine.values.calendar import (
    age,
    period_end,
    period_start,
    start_of_month,
    start_of_year,
)
from policyengine.values.durations import Duration
from policyengine.values.moments import Moment, Zone
from policyengine.values.truth import NOT_YET, Reasons, Truth, Unknown, Why

if TYPE_CHECKING:
    from policyengine.evaluate.expressions import Compiler

Blame = Callable[[Frame, Why], Reasons]


def compile_date(compiler: Compiler, node: core.Core) -> Evaluated:
    """The closure of a node about dates."""
    match node:
        case core.IsWithin():
            return _is_within(compiler, node)
        case core.Shift(sign=sign, date=date, length=length):
            return _shift(compiler, sign, compiler.compile(date), compiler.compile(length))
        case core.DaysFrom(start=start, end=end):
            blame = compiler.blame(start, end)
            return _between_days(
                compiler.compile(start), compiler.compile(end), blame, lambda one, two: two - one
            )
        case core.AgeAt(birth=birth, at=at):
            blame = compiler.blame(birth, at)
            return _between_days(compiler.compile(birth), compiler.compile(at), blame, age)
        case core.StartOf(unit=unit, date=date):
            first = start_of_month if unit == "month" else start_of_year
            return _by_day(compiler.compile(date), first)
        case core.PeriodEnd(length=length, date=date):
            return _period(compiler.compile(date), compiler.compile(length), period_end)
        case core.PeriodStart(length=length, date=date):
            return _period(compiler.compile(date), compiler.compile(length), period_start)
        case core.ExtremeOf(which=which, items=items):
            closures = [compiler.compile(item) for item in items]
            return _extreme(closures, which, compiler.calendar.zone)
    raise AssertionError(f"no date in {type(node).__name__}")


def _is_within(compiler: Compiler, node: core.IsWithin) -> Evaluated:
    event_of, anchor_of = compiler.compile(node.event), compiler.compile(node.anchor)
    allowance_of, side = compiler.compile(node.allowance), node.side
    blame = compiler.blame(node.event, node.anchor)
    calendar = compiler.calendar

    def is_within(frame: Frame) -> Truth:
        event, anchor, allowance = event_of(frame), anchor_of(frame), allowance_of(frame)
        if any(isinstance(value, Unknown) for value in (event, anchor, allowance)):
            return unknown_of(event, anchor, allowance)
        if event is NOT_YET and anchor is NOT_YET:
            return Unknown(blame(frame, Why.NOT_RECORDED))
        if event is NOT_YET or anchor is NOT_YET:
            return False
        assert isinstance(event, Moment)
        assert isinstance(anchor, Moment)
        assert isinstance(allowance, Duration)
        inside = windows.within(allowance, side, anchor, calendar).holds(event)
        return Unknown(blame(frame, Why.IMPRECISE_TIME)) if inside is None else inside

    return is_within


def _shift(
    compiler: Compiler, sign: Literal["+", "-"], date: Evaluated, length: Evaluated
) -> Evaluated:
    calendar, direction = compiler.calendar, 1 if sign == "+" else -1

    def shift(frame: Frame) -> object:
        moment, by = date(frame), length(frame)
        if isinstance(moment, Unknown) or isinstance(by, Unknown):
            return unknown_of(moment, by)
        if moment is NOT_YET:
            return NOT_YET
        assert isinstance(moment, Moment)
        assert isinstance(by, Duration)
        return calendar.shifted(moment, by, direction)

    return shift


def _between_days(
    start: Evaluated, end: Evaluated, blame: Blame, measure: Callable[[int, int], int]
) -> Evaluated:
    """A number that falls with its first day and grows with its second."""

    def number(frame: Frame) -> object:
        first, second = start(frame), end(frame)
        if isinstance(first, Unknown) or isinstance(second, Unknown):
            return unknown_of(first, second)
        if not isinstance(first, Moment) or not isinstance(second, Moment):
            return Unknown(blame(frame, Why.NOT_RECORDED))
        low, high = measure(first.last, second.day), measure(first.day, second.last)
        if low == high:
            return low
        return NumberRange(low, high, blame(frame, Why.IMPRECISE_TIME))

    return number


def _by_day(date: Evaluated, change: Callable[[int], int]) -> Evaluated:
    def changed(frame: Frame) -> object:
        moment = date(frame)
        if not isinstance(moment, Moment):
            return moment
        return Moment(change(moment.day), change(moment.last))

    return changed


def _period(date: Evaluated, length: Evaluated, edge: Callable[[Duration, int], int]) -> Evaluated:
    def end(frame: Frame) -> object:
        moment, by = date(frame), length(frame)
        if isinstance(moment, Unknown) or isinstance(by, Unknown):
            return unknown_of(moment, by)
        if not isinstance(moment, Moment):
            return moment
        assert isinstance(by, Duration)
        return Moment(edge(by, moment.day), edge(by, moment.last))

    return end


def _within_both(one: Moment, other: Moment, which: Literal["later", "earlier"]) -> Moment:
    """The later of two times is no earlier than either, though neither may be known exactly."""
    pick = max if which == "later" else min
    assert one.at is not None
    assert one.until is not None
    assert other.at is not None
    assert other.until is not None
    return Moment(
        pick(one.day, other.day),
        pick(one.last, other.last),
        at=pick(one.at, other.at),
        until=pick(one.until, other.until),
        timed=one.timed,
        clock=True,
    )


def _extreme(items: list[Evaluated], which: Literal["later", "earlier"], zone: Zone) -> Evaluated:
    def extreme(frame: Frame) -> object:
        values = [item(frame) for item in items]
        if which == "later" and any(value is NOT_YET for value in values):
            return NOT_YET
        if any(isinstance(value, Unknown) for value in values):
            return unknown_of(*values)
        dated = [value for value in values if isinstance(value, Moment)]
        if not dated:
            return NOT_YET
        chosen = dated[0]
        for value in dated[1:]:
            chosen = _later_or_earlier(chosen, value, which, zone)
        return chosen

    return extreme


def _later_or_earlier(
    one: Moment, other: Moment, which: Literal["later", "earlier"], zone: Zone
) -> Moment:
    """Of two on one day of which one lacks its time, the one without it: it may be either."""
    if one.at is not None and other.at is not None and one.timed == other.timed:
        return _within_both(one, other, which)
    other_is_later = moments.before(one, other, zone)
    if other_is_later is True:
        return other if which == "later" else one
    if moments.before(other, one, zone) is True:
        return one if which == "later" else other
    if one.last == other.day and one.day == other.last:
        return min(one, other, key=lambda each: (each.timed, each.at is not None))
    pick = max if which == "later" else min
    return Moment(pick(one.day, other.day), pick(one.last, other.last))
