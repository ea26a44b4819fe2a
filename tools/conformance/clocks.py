"""The days and times about which answers change: records and policies draw on them."""

from calendar import monthrange
from datetime import date, timedelta

from tools.sample.dice import Dice

DAYS_OF_NOTE = (
    "2024-02-29",  # a leap day
    "2024-02-28",
    "2025-02-28",
    "2024-03-31",  # the clocks go forward
    "2026-03-29",
    "2025-10-26",  # the clocks go back
    "2026-10-25",
    "2025-12-24",  # about the bank holidays
    "2025-12-29",
    "2026-01-02",
    "2026-04-02",
    "2026-05-05",
    "2025-12-31",
    "2026-01-31",
    "2025-08-31",
    "2026-06-17",
    "2025-11-30",
)
TIMES = ("00:00", "00:30", "01:00", "01:15", "01:30", "01:59", "02:00", "09:00", "12:00", "23:59")
# Amounts of each unit that keep T and T + D within a few months of each other.
AMOUNTS = {
    "days": (1, 2, 3, 7, 14, 28, 30),
    "weeks": (1, 2, 4),
    "months": (1, 2, 3, 6),
    "years": (1,),
    "hours": (1, 4, 24, 48, 72),
    "minutes": (30, 90, 1440),
    "working days": (1, 2, 5, 10),
}
PERIODS = ("days", "weeks", "months", "years")


def duration(dice: Dice, *, periods: bool = False) -> str:
    """A duration as the language writes it."""
    weights = {"days": 5.0, "weeks": 1.5, "months": 2.5, "years": 0.7}
    if not periods:
        weights |= {"hours": 3.0, "minutes": 0.7, "working days": 2.0}
    unit = dice.weighted(weights)
    amount = dice.pick(AMOUNTS[unit])
    return f"{amount} {unit if amount != 1 else unit[:-1]}"


def moved(day: date, length: str, sign: int = 1) -> date:
    """About a day so long after another: near enough to stand on an edge."""
    amount, _, unit = length.partition(" ")
    many = int(amount) * sign
    match unit.rstrip("s"):
        case "day":
            return day + timedelta(days=many)
        case "week":
            return day + timedelta(days=7 * many)
        case "month":
            return _months(day, many)
        case "year":
            return _months(day, 12 * many)
        case "hour":
            return day + timedelta(days=round(many / 24))
        case "minute":
            return day + timedelta(days=round(many / 1440))
        case _:
            return _working(day, many)


def _months(day: date, many: int) -> date:
    year, month = divmod(day.year * 12 + day.month - 1 + many, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def _working(day: date, many: int) -> date:
    step = 1 if many > 0 else -1
    left = abs(many)
    while left:
        day += timedelta(days=step)
        left -= day.weekday() < 5
    return day
