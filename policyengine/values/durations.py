"""Durations of one unit: 7 days, 72 hours, 6 months, 5 working days."""

from dataclasses import dataclass
from enum import Enum


class Unit(Enum):
    """The units of a duration."""

    MINUTE = "minute"
    HOUR = "hour"
    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    YEAR = "year"
    WORKING_DAY = "working day"


SECONDS = {Unit.MINUTE: 60, Unit.HOUR: 3600}


@dataclass(frozen=True, slots=True)
class Duration:
    """An amount (a whole number from 1) of a unit."""

    amount: int
    unit: Unit

    @property
    def is_elapsed(self) -> bool:
        """Whether it is counted as elapsed time (minutes and hours, S16) and not in days."""
        return self.unit in SECONDS

    @property
    def has_periods(self) -> bool:
        """Whether a period may begin with a day (S15): days, weeks, months and years."""
        return self.unit in (Unit.DAY, Unit.WEEK, Unit.MONTH, Unit.YEAR)

    def __str__(self) -> str:
        plural = "" if self.amount == 1 else "s"
        return f"{self.amount} {self.unit.value}{plural}"
