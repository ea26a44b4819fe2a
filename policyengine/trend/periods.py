"""The whole weeks, months or quarters between two days."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from enum import Enum
from typing import assert_never

_DAY = timedelta(days=1)


class Every(Enum):
    """How long a period is. A week begins on Monday; months and quarters are the calendar's."""

    WEEK = "week"
    MONTH = "month"
    QUARTER = "quarter"


@dataclass(frozen=True, slots=True, order=True)
class Period:
    """From the first day to the last, both included."""

    first: date
    last: date
    every: Every

    @property
    def name(self) -> str:
        """`November 2026`, `October to December 2026`, `week to 8 November 2026`."""
        last = self.last
        match self.every:
            case Every.WEEK:
                return f"week to {last.day} {last:%B %Y}"
            case Every.MONTH:
                return f"{last:%B %Y}"
            case Every.QUARTER:
                return f"{self.first:%B} to {last:%B %Y}"
            case _ as never:
                assert_never(never)

    @property
    def short(self) -> str:
        """For an axis: `Nov 26`, `Q4 26`, `8 Nov`."""
        match self.every:
            case Every.WEEK:
                return f"{self.last.day} {self.last:%b}"
            case Every.MONTH:
                return f"{self.last:%b %y}"
            case Every.QUARTER:
                return f"Q{(self.last.month + 2) // 3} {self.last:%y}"
            case _ as never:
                assert_never(never)


def whole_periods(start: date, until: date, every: Every) -> tuple[Period, ...]:
    """The periods that lie between two days altogether; a part of one is none.

    >>> [period.name for period in whole_periods(date(2026, 1, 2), date(2026, 3, 31), Every.MONTH)]
    ['February 2026', 'March 2026']
    """
    return tuple(period for period in _from(start, until, every) if period.first >= start)


def periods_before(until: date, count: int, every: Every) -> tuple[Period, ...]:
    """The last so many periods that have ended by a day (the day itself may be their last)."""
    found: list[Period] = []
    first = _first_day(until, every)
    while len(found) < count and first.toordinal() > 366:
        period = _period(first, every)
        if period.last <= until:
            found.append(period)
        first = _first_day(first - _DAY, every)
    return tuple(reversed(found))


def _from(start: date, until: date, every: Every) -> Iterator[Period]:
    period = _period(_first_day(start, every), every)
    while period.last <= until:
        yield period
        period = _period(period.last + _DAY, every)


def _period(first: date, every: Every) -> Period:
    match every:
        case Every.WEEK:
            return Period(first, first + 6 * _DAY, every)
        case Every.MONTH:
            return Period(first, _months_on(first, 1) - _DAY, every)
        case Every.QUARTER:
            return Period(first, _months_on(first, 3) - _DAY, every)
        case _ as never:
            assert_never(never)


def _first_day(day: date, every: Every) -> date:
    match every:
        case Every.WEEK:
            return day - day.weekday() * _DAY
        case Every.MONTH:
            return day.replace(day=1)
        case Every.QUARTER:
            return day.replace(month=day.month - (day.month - 1) % 3, day=1)
        case _ as never:
            assert_never(never)


def _months_on(first: date, months: int) -> date:
    total = first.month - 1 + months
    return date(first.year + total // 12, total % 12 + 1, 1)
