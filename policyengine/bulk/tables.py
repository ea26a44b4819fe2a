"""The tables in the database: a kind's records as they were loaded (`standing`: as they stood).

A kind of records is `k3` as loaded and `v3` as it stood at the as-at date (S1, S8). Field 4 is
`f4` (a date: its day), beside it, where they are needed: `s4` why it is absent, `l4` its last
day, `a4` and `u4` its instants, `n4` its words if it is not all ASCII, `x4` a number as
the record spells it. Nothing is named as a schema or a record names it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from policyengine.bulk.needs import Needs
from policyengine.records.model import Absent, CaseRecords, Record
from policyengine.schema.model import Field, FieldType, Kind
from policyengine.values.words import words

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

DATES: Final = (FieldType.DATE, FieldType.DATETIME)
STATES: Final = {Absent.INVALID: 2, Absent.RECORDED_AS_UNKNOWN: 3, Absent.WITHHELD: 4}


@dataclass(slots=True)
class Column:
    """What was met in a field: `absent`, a value that is not simply blank; `untimed`, a
    date-time without its time; `vague`, one whose instant or day is not exact; `ranged`, a date
    that stand-ins for unseen records hold; `partly_planned`, a gathered date that is planned in
    some of its sources alone: `p4` says in which rows."""

    field: Field
    absent: bool = False
    untimed: bool = False
    vague: bool = False
    partly_planned: bool = False
    whole: int = 1
    places: int = 0
    worded: bool = False  # its words count
    plain: bool = True  # more is asked of it than those

    @property
    def index(self) -> int:
        """The place of the field."""
        return self.field.index

    def names(self) -> list[tuple[str, str]]:
        """The columns of the loaded table, with their types."""
        i = self.index
        match self.field.type:
            case FieldType.DATE:
                made = [(f"f{i}", "INTEGER")]
            case FieldType.DATETIME:
                made = [(f"f{i}", "INTEGER"), (f"l{i}", "INTEGER")]
                made += [(f"a{i}", "BIGINT"), (f"u{i}", "BIGINT")]
            case FieldType.YES_NO:
                made = [(f"f{i}", "BOOLEAN")]
            case FieldType.NUMBER:
                made = [(f"x{i}_", "VARCHAR")]
            case _:
                made = [(f"f{i}", "VARCHAR")]
        if self.worded:
            made.append((f"n{i}", "VARCHAR"))
        return [*made, (f"s{i}", "UTINYINT")]


@dataclass(slots=True)
class Table:
    """A kind's table. `rows` is how many there are; `unseen` whether any case may have records
    outside coverage."""

    kind: Kind
    number: int
    columns: dict[str, Column]
    rows: int = 0
    unseen: bool = False
    gathered: bool = False
    is_read: bool = True  # else nothing of it is loaded
    view: str = ""  # where the database read the rows itself: these, and what is stored
    made_of: tuple[str, ...] = ()  # what nobody reads when the records stand as they stood
    taken: list[tuple[int, Record]] = field(default_factory=list)

    @property
    def stored(self) -> str:
        """The table of the rows that were written into it."""
        return f"k{self.number}"

    @property
    def loaded(self) -> str:
        """The table as it was loaded."""
        return self.view or self.stored

    @property
    def seen(self) -> str:
        """The table as it stood."""
        return f"v{self.number}"


class Tables:
    """All the tables of a run."""

    def __init__(self, con: DuckDBPyConnection, needs: Needs) -> None:
        self.con = con
        self.needs = needs
        plan = needs.plan
        self.kinds: dict[str, Table] = {}
        for number, (name, kind) in enumerate(plan.schema.kinds.items()):
            columns = {
                each.name: Column(
                    each,
                    worded=(name, each.name) in needs.worded,
                    plain=(name, each.name) in needs.plain or (name, each.name) not in needs.worded,
                )
                for each in kind.fields.values()
                if each.name in needs.fields[name]
            }
            read = name in needs.kinds
            table = Table(kind, number, columns, gathered=name in plan.gatherings, is_read=read)
            self.kinds[name] = table
        self.first_day, self.last_day = 1 << 30, 0
        self.cases: list[str] = []
        self.coverage: list[tuple[int, str, int]] = []
        self.as_at: int | None = None  # of all instances, where it is one
        self.known_by: int | None = None
        self.is_plain = False  # each case stands once, and all as at one day

    # --- loading --------------------------------------------------------------------------------

    def create(self) -> None:
        """Make the empty tables."""
        for table in self.kinds.values():
            if table.is_read and not table.gathered:
                made = [("c", "INTEGER"), ("rid", "BIGINT"), ("id", "VARCHAR")]
                for column in table.columns.values():
                    made += column.names()
                typed = ", ".join(f"{name} {type_}" for name, type_ in made)
                self.con.execute(f"CREATE OR REPLACE TEMP TABLE {table.stored} ({typed})")

    def load(
        self, cases: Iterable[CaseRecords], shared: Iterable[tuple[str, Iterable[Record]]]
    ) -> None:
        """Take cases in. Call `flush` now and then, and at the end."""
        for kind, records in shared:
            self.take(kind, -1, records)
        for case in cases:
            number = len(self.cases)
            self.cases.append(case.id)
            self.take("case", number, (case.case,))
            for kind, several in case.records.items():
                self.take(kind, number, several)
            for kind, first in case.complete_from.items():
                self.coverage.append((number, kind, first))
            if number % 20_000 == 19_999:
                self.flush()
        self.flush()

    def take(self, kind: str, number: int, records: Iterable[Record]) -> None:
        """Take the records of a case, by its number, in. They are written by `flush`."""
        table = self.kinds[kind]
        if table.is_read:
            table.taken += [(number, record) for record in records]

    def flush(self) -> None:
        """Write what was taken in."""
        import pyarrow as pa

        types = {
            "INTEGER": pa.int32(),
            "BIGINT": pa.int64(),
            "VARCHAR": pa.string(),
            "BOOLEAN": pa.bool_(),
            "UTINYINT": pa.uint8(),
        }
        for table in self.kinds.values():
            if not table.taken:
                continue
            first, count = table.rows, len(table.taken)
            table.rows += count
            made: dict[str, Any] = {
                "c": pa.array([number for number, _ in table.taken], pa.int32()),
                "rid": pa.array(range(first, first + count), pa.int64()),
                "id": pa.array([record.id for _, record in table.taken], pa.string()),
            }
            rows = [record.values for _, record in table.taken]
            for column in table.columns.values():
                values = [row[column.index] for row in rows]
                cells = self._cells(column, values)
                for (name, type_), several in zip(column.names(), cells, strict=True):
                    made[name] = pa.array(several, types[type_])
            table.taken.clear()
            self.con.register("incoming", pa.table(made))
            self.con.execute(f"INSERT INTO {table.stored} SELECT * FROM incoming")
            self.con.unregister("incoming")

    def _cells(self, column: Column, values: list[Any]) -> list[Sequence[Any]]:
        """A field's columns from its values: of many at once, since this is most of loading."""
        states: Sequence[int] = bytes(len(values))
        if any(type(value) is Absent for value in values):
            column.absent = True
            states = [STATES.get(value, 0) if type(value) is Absent else 0 for value in values]
            values = [None if type(value) is Absent else value for value in values]
        cells: list[Sequence[Any]]
        match column.field.type:
            case FieldType.DATE:
                days = [None if value is None else value.day for value in values]
                self._span(days)
                cells = [days]
            case FieldType.DATETIME:
                cells = self._instants(column, values)
            case FieldType.NUMBER:
                for value in set(values) - {None}:
                    self._measure(column, value)
                cells = [[None if value is None else str(value) for value in values]]
            case _:
                cells = [values]
        if column.worded:
            cells.append([_words(value) for value in values])
        return [*cells, list(states)]

    def _instants(self, column: Column, values: list[Any]) -> list[Sequence[Any]]:
        """The days and instants of date-times."""
        parts = [
            (None, None, None, None)
            if value is None
            else (value.day, value.last, value.at, value.until)
            for value in values
        ]
        days, lasts, starts, ends = (list(part) for part in zip(*parts, strict=True))
        for day, at in zip(days, starts, strict=True):
            if day is not None and at is None:
                column.untimed = True
                break
        column.vague |= days != lasts or starts != ends
        self._span(days)
        self._span(lasts)
        return [days, lasts, starts, ends]

    def _span(self, days: list[int | None]) -> None:
        """Widen the span of days that were met."""
        there = sorted({day for day in days if day is not None})
        if there:
            self.first_day = min(self.first_day, there[0])
            self.last_day = max(self.last_day, there[-1])

    def _measure(self, column: Column, value: object) -> None:
        assert isinstance(value, int | Decimal)
        whole, _, places = format(value, "f").lstrip("-").partition(".")
        column.whole = max(column.whole, len(whole))
        column.places = max(column.places, len(places))


def _words(value: object) -> str | None:
    """The words of a text that is not all ASCII; those of the others are found from the text."""
    if not isinstance(value, str) or value.isascii():
        return None
    return " ".join(words(value))
