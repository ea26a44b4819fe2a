"""Days, instants and windows in SQL: what `values.moments`, `values.calendar` and
`evaluate.windows` say of one moment, said of a column of them.

The calendar is looked up in tables that `values.calendar` filled (`days`, `workdays`), so that
there is no second one. A day outside those tables stops the statement.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from policyengine.bulk.reasons import none
from policyengine.bulk.scope import Scope
from policyengine.bulk.terms import Mom, case
from policyengine.values.calendar import Calendar
from policyengine.values.durations import SECONDS, Duration, Unit
from policyengine.values.moments import FIRST_DAY, LAST_DAY

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

Sql = str
OUTSIDE = "a day outside the tables"
EPOCH = 719_163  # 1970-01-01


def fill_days(con: DuckDBPyConnection, calendar: Calendar, first: int, last: int) -> None:
    """Fill `days` (a day's first instant and the next day's, the working days up to it, the next
    working day) and `workdays` (the day of each working day's number) from one day to another."""
    import pyarrow as pa

    first, last = max(first, FIRST_DAY + 1), min(last, LAST_DAY - 1)
    days = [FIRST_DAY, *range(first, last + 1)]
    starts = [calendar.zone.start_of_day(day) for day in days]
    ends = [starts[0], *starts[2:], calendar.zone.start_of_day(last + 1)]
    ends[0] = calendar.zone.start_of_day(FIRST_DAY + 1)
    works = [day > FIRST_DAY and calendar.is_working(day) for day in days]
    numbers, count = [], 0
    for working in works:
        count += working
        numbers.append(count)
    following: list[int | None] = [None] * len(days)
    upcoming: int | None = None
    for place in range(len(days) - 1, 0, -1):
        if works[place]:
            upcoming = days[place]
        following[place] = upcoming
    table = pa.table(
        {
            "day": pa.array(days, pa.int32()),
            "start": pa.array(starts, pa.int64()),
            "finish": pa.array(ends, pa.int64()),
            "work": pa.array(works, pa.bool_()),
            "number": pa.array(numbers, pa.int32()),
            "working": pa.array(following, pa.int32()),
        }
    )
    con.register("incoming", table)
    con.execute("CREATE OR REPLACE TABLE days AS SELECT * FROM incoming")
    con.unregister("incoming")
    con.execute("CREATE OR REPLACE TABLE workdays AS SELECT number, day FROM days WHERE work")


def _looked_up(scope: Scope, table: str, key: Sql, by: str, column: str) -> Sql:
    key = scope.add(key)
    if key == "NULL":
        return "NULL"
    if key.isdigit() and column in ("start", "finish"):
        zone = scope.world.calendar.zone
        return str(zone.start_of_day(int(key) + (column == "finish")))
    found = scope.relation.look_up(table, f"{{j}}.{by} = {key}", column)
    return scope.add(
        f"CASE WHEN {found} IS NULL AND {key} IS NOT NULL THEN error('{OUTSIDE}') ELSE {found} END"
    )


def first_instant(scope: Scope, day: Sql) -> Sql:
    """The first instant of a day."""
    return _looked_up(scope, "days", day, "day", "start")


def last_instant(scope: Scope, day: Sql) -> Sql:
    """The last second of a day."""
    return f"({_looked_up(scope, 'days', day, 'day', 'finish')} - 1)"


def next_working(scope: Scope, day: Sql) -> Sql:
    """The day itself if it is a working day, else the next that is."""
    return _looked_up(scope, "days", day, "day", "working")


def day_of(scope: Scope, instant: Sql) -> Sql:
    """The local day of an instant: the day in UTC, or one beside it."""
    instant = scope.add(instant)
    utc = scope.add(f"CAST(floor({instant} / 86400.0) AS INTEGER) + {EPOCH}")
    start = _looked_up(scope, "days", utc, "day", "start")
    finish = _looked_up(scope, "days", utc, "day", "finish")
    return scope.add(
        f"CASE WHEN {instant} < {start} THEN {utc} - 1 "
        f"WHEN {instant} >= {finish} THEN {utc} + 1 ELSE {utc} END"
    )


def bounds(scope: Scope, moment: Mom) -> tuple[Sql, Sql]:
    """The first and the last instant that a moment can be."""
    if moment.timed == "TRUE":
        return moment.at, moment.ends_at
    low, high = first_instant(scope, moment.day), last_instant(scope, moment.end)
    if moment.at == "NULL":
        return low, scope.add(high)
    return (
        scope.add(f"COALESCE({moment.at}, {low})"),
        scope.add(f"COALESCE({moment.ends_at}, {high})"),
    )


# --- comparing ----------------------------------------------------------------------------------


def is_before(low: Sql, high: Sql, other_low: Sql, other_high: Sql) -> Sql:
    """Whether what lies between two bounds is before what lies between two others."""
    if low == high and other_low == other_high:
        return f"({low} < {other_low})"
    return f"(CASE WHEN {high} < {other_low} THEN TRUE WHEN {low} >= {other_high} THEN FALSE END)"


def _is_on(low: Sql, high: Sql, other_low: Sql, other_high: Sql) -> Sql:
    if low == high and other_low == other_high:
        return f"({low} = {other_low})"
    return (
        f"(CASE WHEN {high} < {other_low} OR {low} > {other_high} THEN FALSE "
        f"WHEN {low} = {high} AND {high} = {other_low} "
        f"AND {other_low} = {other_high} THEN TRUE END)"
    )


def compared(scope: Scope, op: str, one: Mom, other: Mom) -> Sql:
    """`is before`, `is on` and so on of two moments that are there; NULL: cannot be told."""
    match op:
        case "lt":
            return _held(scope, "before", one, other)
        case "gt":
            return _held(scope, "before", other, one)
        case "le":
            return f"(NOT {_held(scope, 'before', other, one)})"
        case "ge":
            return f"(NOT {_held(scope, 'before', one, other)})"
        case "eq":
            return _held(scope, "on", one, other)
    raise AssertionError(op)


def _held(scope: Scope, how: str, one: Mom, other: Mom) -> Sql:
    test = is_before if how == "before" else _is_on
    by_day = test(one.day, one.end, other.day, other.end)
    if "FALSE" in (one.clock, other.clock):
        return by_day
    by_time = test(one.at, one.ends_at, other.at, other.ends_at)
    both_timed = f"{one.timed} AND {other.timed}"
    if one.timed == "TRUE" == other.timed:
        return by_time
    by_bounds = test(*bounds(scope, one), *bounds(scope, other))
    one_day = f"{one.day} = {one.end} AND {one.end} = {other.day} AND {other.day} = {other.end}"
    options = [f"WHEN {both_timed} THEN {by_time}"]
    both_clock = f"{one.clock} AND {other.clock}"
    options.append(f"WHEN {both_clock} AND {one_day} THEN NULL")
    options.append(f"WHEN {both_clock} THEN {by_bounds}")
    return f"(CASE {' '.join(options)} ELSE {by_day} END)"


# --- reckoning ----------------------------------------------------------------------------------


def _clamped(day: Sql) -> Sql:
    return (
        f"(CASE WHEN {day} < {FIRST_DAY} THEN {FIRST_DAY} "
        f"WHEN {day} > {LAST_DAY} THEN {LAST_DAY} ELSE {day} END)"
    )


def _as_date(day: Sql) -> Sql:
    return f"(DATE '0001-01-01' + ({day} - 1))"


def _as_day(date: Sql) -> Sql:
    return f"(CAST({date} AS DATE) - DATE '0001-01-01' + 1)"


def months_after(scope: Scope, day: Sql, months: int) -> Sql:
    """So many months on, rounded down to the last day of a short month."""
    there = scope.add(f"CAST({_as_day(f'{_as_date(day)} + INTERVAL ({months}) MONTH')} AS INTEGER)")
    return scope.add(_clamped(there))


def day_after(scope: Scope, day: Sql, length: Duration, sign: int) -> Sql:
    """The day so long after, or before, a day."""
    amount = sign * length.amount
    match length.unit:
        case Unit.DAY:
            return scope.add(_clamped(f"({day} + {amount})"))
        case Unit.WEEK:
            return scope.add(_clamped(f"({day} + {7 * amount})"))
        case Unit.MONTH:
            return months_after(scope, day, amount)
        case Unit.YEAR:
            return months_after(scope, day, 12 * amount)
        case Unit.WORKING_DAY:
            number = _looked_up(scope, "days", day, "day", "number")
            if sign < 0:
                work = _looked_up(scope, "days", day, "day", "work")
                number = f"({number} - CAST({work} AS INTEGER) + 1)"
            return _looked_up(scope, "workdays", f"{number} + {amount}", "number", "day")
        case Unit.HOUR | Unit.MINUTE:
            raise AssertionError("hours and minutes are elapsed time, not days")


def shifted(scope: Scope, moment: Mom, length: Duration, sign: int) -> Mom:
    """A moment plus or minus a duration: a day, or after hours and minutes a time (S16)."""
    if length.is_elapsed:
        return elapsed(scope, moment, sign * length.amount * SECONDS[length.unit])
    day = day_after(scope, moment.day, length, sign)
    last = "" if moment.is_exact else day_after(scope, moment.end, length, sign)
    return Mom(day, moment.reasons, last, not_yet=moment.not_yet)


def elapsed(scope: Scope, moment: Mom, seconds: int) -> Mom:
    """A moment so many seconds later, or earlier."""
    low, high = bounds(scope, moment)
    at = scope.add(f"({low} + {seconds})")
    exact = low == high
    until = "" if exact else scope.add(f"({high} + {seconds})")
    day = day_of(scope, at)
    last = "" if exact else day_of(scope, until)
    return Mom(
        day,
        moment.reasons,
        last,
        at,
        until,
        moment.timed,
        "TRUE",
        moment.not_yet,
    )


def _corresponds(day: Sql, there: Sql) -> Sql:
    return f"day({_as_date(day)}) = day({_as_date(there)})"


def _whole_months(length: Duration) -> int | None:
    if length.unit is Unit.MONTH:
        return length.amount
    return 12 * length.amount if length.unit is Unit.YEAR else None


def _days(length: Duration) -> int:
    return length.amount * (7 if length.unit is Unit.WEEK else 1)


def period_end(scope: Scope, length: Duration, first: Sql) -> Sql:
    """The last day of a period that begins with a day (S15)."""
    months = _whole_months(length)
    if months is None:
        return scope.add(_clamped(f"({first} + {_days(length) - 1})"))
    there = months_after(scope, first, months)
    return scope.add(f"CASE WHEN {_corresponds(first, there)} THEN {there} - 1 ELSE {there} END")


def period_start(scope: Scope, length: Duration, last: Sql) -> Sql:
    """The first day of a period that ends on a day (S15)."""
    months = _whole_months(length)
    if months is None:
        return scope.add(_clamped(f"({last} - {_days(length) - 1})"))
    there = months_after(scope, last, -months)
    return scope.add(_clamped(f"({there} + 1)"))


def start_of(scope: Scope, unit: str, day: Sql) -> Sql:
    """The first day of its month or year."""
    return scope.add(f"CAST({_as_day(f'date_trunc({unit!r}, {_as_date(day)})')} AS INTEGER)")


def age(scope: Scope, birth: Sql, at: Sql) -> Sql:
    """Whole years of age (S18)."""
    born, day = scope.add(_as_date(birth)), scope.add(_as_date(at))
    early = (
        f"(month({day}) < month({born}) OR (month({day}) = month({born}) "
        f"AND day({day}) < day({born})))"
    )
    return scope.add(f"year({day}) - year({born}) - CAST({early} AS INTEGER)")


def by_day(moment: Mom, change: Callable[[Sql], Sql]) -> Mom:
    """A day made from a moment's day, and its last from the last."""
    day = change(moment.day)
    return Mom(day, moment.reasons, "" if moment.is_exact else change(moment.end))


def chosen(scope: Scope, options: list[tuple[Sql, Mom]]) -> Mom:
    """The first moment whose condition holds. Its reasons are the first's: the caller's to set."""
    if len(options) == 1 and options[0][0] == "TRUE":
        return options[0][1]

    def pick(part: object, otherwise: Sql = "NULL") -> Sql:
        assert callable(part)
        parts = [part(moment) for _, moment in options]
        if len(set(parts)) == 1 and parts[0] in ("NULL", "TRUE", "FALSE"):
            return str(parts[0])
        tests = [(test, value) for (test, _), value in zip(options, parts, strict=True)]
        return scope.add(case(*tests, otherwise=otherwise))

    first = options[0][1]
    exact = all(moment.is_exact for _, moment in options)
    at = pick(lambda moment: moment.at)
    return replace(
        first,
        day=pick(lambda moment: moment.day),
        last="" if exact else pick(lambda moment: moment.end),
        at=at,
        until="" if at == "NULL" else pick(lambda moment: moment.ends_at),
        timed=pick(lambda moment: moment.timed, "FALSE"),
        clock=pick(lambda moment: moment.clock, "FALSE"),
        not_yet=pick(lambda moment: moment.not_yet, "FALSE"),
        doubtful=pick(lambda moment: moment.doubtful, "FALSE"),
    )


def constant(moment_day: int, last: int, at: int | None, until: int | None, timed: bool) -> Mom:
    """A moment that is written in the rules."""
    return Mom(
        str(moment_day),
        none,
        "" if last == moment_day else str(last),
        "NULL" if at is None else f"{at}::BIGINT",
        "" if until in (None, at) else f"{until}::BIGINT",
        "TRUE" if timed else "FALSE",
        "TRUE" if timed else "FALSE",
    )
