"""The records as they stood at the as-at date (S1, S8): a kind's `v3` from its loaded `k3`.

An instance is a case as at a day: `inst` has its number (`cs`), its case's (`c`), and its days.
Where each case stands once, and all at one day, no statement needs to look the day up.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from policyengine.bulk.database import stopped_by
from policyengine.bulk.instances import Instance, columns_of, turns_of
from policyengine.bulk.tables import DATES, Column, Table, Tables
from policyengine.bulk.terms import NotCompiledError
from policyengine.bulk.words import FAILED, Vocabulary
from policyengine.schema.model import FieldType

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

Sql = str
UNSEEN: Final = 5  # the state of a field of what may be outside coverage
MAX_DIGITS: Final = 38


def stand(
    tables: Tables,
    instances: Sequence[Instance],
    absent: frozenset[str],
    complete_from: dict[str, int],
) -> None:
    """Make the tables as they stood. From here on the database knows words by the numbers of a new
    vocabulary."""
    import numpy as np
    import pyarrow as pa

    con = tables.con
    Vocabulary().register(con)
    cases, as_at, known_by = columns_of(instances)
    if len(as_at):
        tables.first_day = min(tables.first_day, int(as_at.min()))
        tables.last_day = max(tables.last_day, int(as_at.max()))
    is_one = (
        len(as_at) > 0 and not (as_at != as_at[0]).any() and not (known_by != known_by[0]).any()
    )
    tables.as_at = int(as_at[0]) if is_one else None
    tables.known_by = int(known_by[0]) if is_one else None
    numbers = np.arange(len(cases), dtype=np.int32)
    tables.is_plain = is_one and bool((cases == numbers).all())
    names = ["cs", "c", "a_day", "k_day", "turn"]
    batch = pa.table([numbers, cases, as_at, known_by, turns_of(cases)], names=names)
    con.register("incoming", batch)
    con.execute("CREATE OR REPLACE TABLE inst AS SELECT * FROM incoming")
    con.unregister("incoming")
    _cover(tables, absent, complete_from)
    for table in tables.kinds.values():
        if table.is_read and not table.gathered:
            _make(con, _seen(tables, table))
            if table.unseen:
                _stand_ins(tables, table)
            for each in table.made_of:
                con.execute(f"DROP {each}")


def _make(con: DuckDBPyConnection, sql: Sql) -> None:
    """Make a table. An interrupt in a function of words is one of the whole run."""
    import duckdb

    try:
        con.execute(sql)
    except duckdb.InvalidInputException as error:
        stopped_by(error)
        if FAILED in str(error):  # it is no fault of the files
            raise AssertionError(FAILED) from None
        raise


def _cover(tables: Tables, absent: frozenset[str], complete_from: dict[str, int]) -> None:
    """From which day each instance's records of each kind are complete: `cover`."""
    con = tables.con
    numbers = {name: table.number for name, table in tables.kinds.items() if table.is_read}
    everywhere: list[tuple[int, int | None]] = [
        (numbers[kind], None) for kind in sorted(absent) if kind in numbers
    ]
    everywhere += [
        (numbers[kind], first)
        for kind, first in complete_from.items()
        if kind in numbers and kind not in absent
    ]
    own = [
        (c, numbers[kind], first)
        for c, kind, first in tables.coverage
        if kind in numbers and kind not in absent
    ]
    con.execute("CREATE OR REPLACE TABLE cover (cs INTEGER, k INTEGER, first INTEGER)")
    con.execute("CREATE OR REPLACE TABLE own_cover (c INTEGER, k INTEGER, first INTEGER)")
    if own:
        con.executemany("INSERT INTO own_cover VALUES (?, ?, ?)", own)
        con.execute(
            "INSERT INTO cover SELECT i.cs, o.k, o.first FROM own_cover o JOIN inst i USING (c)"
        )
    for number, first in everywhere:
        con.execute(
            "INSERT INTO cover SELECT i.cs, $k, $first FROM inst i WHERE NOT EXISTS "
            "(FROM own_cover o WHERE o.c = i.c AND o.k = $k)",
            {"k": number, "first": first},
        )
    limited = {row[0] for row in con.execute("SELECT DISTINCT k FROM cover").fetchall()}
    for table in tables.kinds.values():
        table.unseen = table.number in limited


def _after(column: Column, row: str, day: str) -> Sql:
    return f"{row}.f{column.index} > {day}"


class _Days:
    """The days that a record is read by, and where they come from."""

    def __init__(self, tables: Tables, table: Table) -> None:
        self.is_plain = tables.is_plain and not table.kind.shared
        self.as_at = "i.a_day" if tables.as_at is None else str(tables.as_at)
        self.known_by = "i.k_day" if tables.known_by is None else str(tables.known_by)
        self.case = "r.c" if self.is_plain else "i.cs"
        self.turn = "0" if self.is_plain else "i.turn"


def _place(table: Table, days: _Days) -> Sql:
    """A record's number, in the order of S22: an order date that is hidden orders nothing."""
    kind = table.kind
    if kind.ordered_by is None or kind.ordered_by == kind.happened:
        return f"r.rid + {days.turn} * {table.rows}"
    order = table.columns[kind.ordered_by]
    hidden = f"(r.f{order.index} IS NULL OR r.f{order.index} > {days.as_at})"
    if order.field.planned:
        hidden = f"(r.f{order.index} IS NULL)"
    return (
        f"row_number() OVER (ORDER BY {days.case}, {hidden}, "
        f"CASE WHEN NOT {hidden} THEN r.rid END, r.id)"
    )


def _seen(tables: Tables, table: Table) -> Sql:
    kind, row, days = table.kind, "r", _Days(tables, table)
    made = [f"{days.case} AS cs", f"{_place(table, days)} AS rid", "r.id"]
    if table.unseen:
        made.append("FALSE AS u")
    for column in table.columns.values():
        made += _columns(table, column, days)
    tests = []
    if kind.happened is not None:
        tests.append(f"({_after(table.columns[kind.happened], row, days.as_at)}) IS NOT TRUE")
    if kind.recorded is not None:
        tests.append(f"({_after(table.columns[kind.recorded], row, days.known_by)}) IS NOT TRUE")
    source = f"{table.loaded} r"
    if not days.is_plain:
        source += f" JOIN inst i ON {'TRUE' if kind.shared else 'r.c = i.c'}"
    where = f" WHERE {' AND '.join(tests)}" if tests else ""
    sql = f"SELECT {', '.join(made)} FROM {source}{where}"
    return f"CREATE OR REPLACE TABLE {table.seen} AS {sql}"


def _columns(table: Table, column: Column, days: _Days) -> list[Sql]:
    """A field's columns, hidden where the clocks hide it (S1)."""
    i, of = column.index, column.field
    hidden = []
    if of.type in DATES and not of.planned and of.name != table.kind.happened:
        hidden.append(_after(column, "r", days.as_at))
    since = None
    if of.known_from is not None:
        since = _after(table.columns[of.known_from], "r", days.known_by)
        hidden.append(since)
    hide = " OR ".join(hidden)

    def shown(sql: str) -> str:
        return f"CASE WHEN ({hide}) IS TRUE THEN NULL ELSE {sql} END" if hide else sql

    made = []
    ranged = table.unseen and of.name == table.kind.happened
    if of.type is FieldType.NUMBER:
        if column.whole + column.places > MAX_DIGITS:
            raise NotCompiledError("numbers of more than 38 digits in a column")
        number = f"x{i}_::DECIMAL({MAX_DIGITS}, {column.places})"
        made += [f"{shown(number)} AS f{i}", f"{shown(f'r.x{i}_')} AS x{i}_"]
    elif column.plain:
        made.append(f"{shown(f'r.f{i}')} AS f{i}")
    if of.type is FieldType.DATETIME:
        made += [f"{shown(f'r.{letter}{i}')} AS {letter}{i}" for letter in "lau"]
    elif of.type is FieldType.DATE and ranged:
        made.append(f"{shown(f'r.f{i}')} AS l{i}")
    if column.worded:
        made.append(f"{shown(f'words_of(COALESCE(r.n{i}, r.f{i}))')} AS d{i}")
    state = f"r.s{i}"
    if since is not None:
        state = f"CASE WHEN ({since}) IS TRUE THEN 0 ELSE {state} END"
    made.append(f"{state} AS s{i}")
    return made


def _stand_ins(tables: Tables, table: Table) -> None:
    """One row for what may be outside coverage (S8)."""
    kind = table.kind
    values = {"cs": "i.cs", "rid": "-1 - i.cs", "u": "TRUE"}
    for column in table.columns.values():
        values[f"s{column.index}"] = str(UNSEEN)
    last = "LEAST(c.first - 1, i.a_day)"
    if kind.happened is not None:
        i = kind.fields[kind.happened].index
        values.update({f"f{i}": "1", f"l{i}": last, f"s{i}": "0"})
        table.columns[kind.happened].untimed = True
        table.columns[kind.happened].vague = True
    tables.con.execute(
        f"INSERT INTO {table.seen} BY NAME SELECT "
        + ", ".join(f"{sql} AS {name}" for name, sql in values.items())
        + f" FROM inst i JOIN cover c ON c.cs = i.cs AND c.k = {table.number} "
        + "WHERE c.first IS NULL OR c.first > 1"
    )
