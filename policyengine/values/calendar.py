"""Counting on the calendar: days, periods, working days, ages (S15 to S18).

Days are ordinals (`date.toordinal`). A day beyond the calendar's ends is the end.
"""

from calendar import monthrange
from collections.abc import Callable
from datetime import date

from policyengine.values.durations import SECONDS, Duration, Unit
from policyengine.values.moments import FIRST_DAY, LAST_DAY, Moment, Zone

FRIDAY = 4


def no_holidays(_year: int) -> frozenset[int]:
    """The bank holidays of a calendar that has none."""
    return frozenset()


class Calendar:
    """A zone with its working days.

    `bank_holidays` gives a year's bank holidays as ordinals; `closed` are further days on which
    nobody works.
    """

    def __init__(
        self,
        zone: Zone,
        bank_holidays: Callable[[int], frozenset[int]] = no_holidays,
        closed: frozenset[int] = frozenset(),
    ) -> None:
        self.zone = zone
        self._bank_holidays = bank_holidays
        self._closed = closed
        self._working: dict[int, bool] = {}

    def is_working(self, day: int) -> bool:
        """Whether a day is no Saturday, Sunday, bank holiday or closed day (S17)."""
        known = self._working.get(day)
        if known is None:
            on = date.fromordinal(day)
            known = (
                on.weekday() <= FRIDAY
                and day not in self._closed
                and day not in self._bank_holidays(on.year)
            )
            self._working[day] = known
        return known

    def next_working(self, day: int) -> int:
        """The day itself if it is a working day, else the next that is."""
        while not self.is_working(day) and day < LAST_DAY:
            day += 1
        return day

    def day_after(self, day: int, length: Duration, sign: int = 1) -> int:
        """The day so long after (`sign` 1) or before (-1) a day. Not for hours and minutes."""
        amount = sign * length.amount
        match length.unit:
            case Unit.DAY:
                return clamped(day + amount)
            case Unit.WEEK:
                return clamped(day + 7 * amount)
            case Unit.MONTH:
                return _months_after(day, amount)
            case Unit.YEAR:
                return _months_after(day, 12 * amount)
            case Unit.WORKING_DAY:
                return self._working_days_after(day, amount)
            case Unit.HOUR | Unit.MINUTE:
                raise ValueError("hours and minutes are elapsed time, not days")

    def _working_days_after(self, day: int, amount: int) -> int:
        """Counting starts on the next working day (S17)."""
        step = 1 if amount > 0 else -1
        left = abs(amount)
        while left and FIRST_DAY < day < LAST_DAY:
            day += step
            left -= self.is_working(day)
        return day

    def shifted(self, moment: Moment, length: Duration, sign: int = 1) -> Moment:
        """A moment plus or minus a duration: elapsed time of hours and minutes, else a day."""
        if length.is_elapsed:
            return self.zone.shifted(moment, sign * length.amount * SECONDS[length.unit])
        if moment.day == moment.last:
            return Moment(self.day_after(moment.day, length, sign))
        return Moment(
            self.day_after(moment.day, length, sign), self.day_after(moment.last, length, sign)
        )


def clamped(day: int) -> int:
    """A day within the calendar."""
    return min(max(day, FIRST_DAY), LAST_DAY)


def _months_after(day: int, months: int) -> int:
    """Rounded down to the last day of a short month."""
    start = date.fromordinal(day)
    index = start.year * 12 + start.month - 1 + months
    year, month = divmod(index, 12)
    if year < 1:
        return FIRST_DAY
    if year > date.max.year:
        return LAST_DAY
    return date(year, month + 1, min(start.day, monthrange(year, month + 1)[1])).toordinal()


def _corresponding(day: int, months: int) -> tuple[int, bool]:
    """The day so many months on, and whether its month has the corresponding day."""
    there = _months_after(day, months)
    return there, date.fromordinal(there).day == date.fromordinal(day).day


def _whole_months(length: Duration) -> int | None:
    match length.unit:
        case Unit.MONTH:
            return length.amount
        case Unit.YEAR:
            return 12 * length.amount
        case _:
            return None


def period_end(length: Duration, first: int) -> int:
    """The last day of a period that begins with a day (S15; Dodds v Walker [1981]).

    Days and weeks count the first day. Months end on the day before the corresponding day, or
    on the last day of a month that has none.
    """
    months = _whole_months(length)
    if months is None:
        return clamped(first + _days(length) - 1)
    there, corresponds = _corresponding(first, months)
    return there - 1 if corresponds else there


def period_start(length: Duration, last: int) -> int:
    """The first day of a period that ends on a day (S15): the day after the corresponding day
    before it, or after the last day of a month that has none."""
    months = _whole_months(length)
    if months is None:
        return clamped(last - _days(length) + 1)
    there, _ = _corresponding(last, -months)
    return clamped(there + 1)


def _days(length: Duration) -> int:
    match length.unit:
        case Unit.DAY:
            return length.amount
        case Unit.WEEK:
            return 7 * length.amount
        case _:
            raise ValueError(f"a period of {length} cannot begin with a day")


def age(birth: int, at: int) -> int:
    """Whole years of age on a day (S18): reached on the birthday, and on 1 March of a common
    year by someone born on 29 February. Negative before the birth."""
    born, day = date.fromordinal(birth), date.fromordinal(at)
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day))


def start_of_month(day: int) -> int:
    """The first day of the month."""
    return date.fromordinal(day).replace(day=1).toordinal()


def start_of_year(day: int) -> int:
    """The first day of the year."""
    return date.fromordinal(day).replace(month=1, day=1).toordinal()
