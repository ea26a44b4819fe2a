"""What texts mean: each distinct text is typed once, by `records.typing`, and looked up after.

A table of meanings is `d0`, `d1` and so on, one a type: `v` the text, then the columns that a
loaded table has (`f`, `l`, `a`, `u`, `x`), `s` why there is no value, `e` the kind of fault.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from copy import copy
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from policyengine.bulk.tables import STATES
from policyengine.records.clock_texts import Misfit, seconds_of_day
from policyengine.records.model import Absent, Value
from policyengine.records.typing import Column, Typing, read_cell
from policyengine.schema.model import Field, FieldType
from policyengine.values.moments import Moment

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

Sql = str
FAULTS: Final = tuple(Misfit)  # a fault's number is its place, from 1
DAY_OF: Final = "left({v}, 10)"
TIME_OF: Final = "substr({v}, 11, 9)"
PLAIN_END: Final = "(length({v}) <= 19 OR regexp_full_match(substr({v}, 20), '[.,][0-9]{{1,9}}'))"
_COLUMNS: Final = {
    FieldType.DATE: (("f", "INTEGER"),),
    FieldType.DATETIME: (("f", "INTEGER"), ("l", "INTEGER"), ("a", "BIGINT"), ("u", "BIGINT")),
    FieldType.YES_NO: (("f", "BOOLEAN"),),
    FieldType.NUMBER: (("x", "VARCHAR"),),
}
_TEXTUAL: Final = (("f", "VARCHAR"),)


@dataclass(slots=True)
class Profile:
    """What was met in a column: `absent`, a value that is not simply blank; `faults`, one that
    does not fit; `as_is`, each text means itself; the rest as `bulk.tables.Column` has it."""

    absent: bool = False
    faults: bool = False
    as_is: bool = True
    untimed: bool = False
    vague: bool = False
    whole: int = 1
    places: int = 0
    first: int | None = None
    last: int | None = None
    looked_up: bool = True  # some text of the column stands in the table of meanings
    parted: bool = False  # date-times: day and time of day are looked up by themselves

    def see(self, text: str, value: Value, fault: Misfit | None) -> None:
        """Take one text in."""
        self.as_is = self.as_is and value == text
        if fault is not None:
            self.faults = self.absent = True
        elif isinstance(value, Absent):
            self.absent = True
        elif isinstance(value, Moment):
            self.untimed |= value.at is None
            self.vague |= value.day != value.last or value.at != value.until
            self.span(value.day, value.last)
        elif isinstance(value, int | Decimal) and not isinstance(value, bool):
            whole, _, places = format(value, "f").lstrip("-").partition(".")
            self.whole = max(self.whole, len(whole))
            self.places = max(self.places, len(places))

    def span(self, first: int, last: int) -> None:
        """Widen the span of days."""
        self.first = first if self.first is None else min(self.first, first)
        self.last = last if self.last is None else max(self.last, last)


@dataclass(slots=True)
class _Known:
    """The meanings of one type: the table, and what stands in it."""

    name: str
    type: FieldType
    column: Column
    texts: dict[str, tuple[Value, Misfit | None]] = field(default_factory=dict)


class Meanings:
    """All tables of meanings. `decode` gives back what a text in letters of ours stood for."""

    def __init__(
        self,
        con: DuckDBPyConnection,
        typing: Typing,
        decode: Callable[[str], object],
    ) -> None:
        self.con = con
        self.typing = typing
        self.decode = decode
        self._known: dict[tuple[str, bool], _Known] = {}
        self._days: dict[str, tuple[int, int] | None] = {}
        self._times: dict[str, int | None] = {}
        con.execute("CREATE TEMP TABLE dday (v VARCHAR, f INTEGER, start BIGINT)")
        con.execute("CREATE TEMP TABLE dtime (v VARCHAR, seconds INTEGER)")
        clocks = typing.clocks
        self.can_part = not any(
            clocks.even_day(text[:10]) and seconds_of_day(text[10:19]) is not None
            for text in typing.spelt
        )

    def beside(self, con: DuckDBPyConnection) -> Meanings:
        """What was learnt, for another database that has these tables too."""
        other = copy(self)
        other.con = con
        return other

    def table(self, of: Field, kind: str, coded: bool) -> str:
        """The table of the meanings of a field's texts."""
        return self._of(of, kind, coded).name

    def learn(self, of: Field, kind: str, texts: Iterable[str], coded: bool) -> Profile:
        """Type what is new among the distinct texts of a column; what the column holds."""
        known = self._of(of, kind, coded)
        profile = Profile()
        new: list[str] = []
        several = list(texts)
        for text in several:
            if text not in known.texts:
                cell = self.decode(text) if coded else text
                read = read_cell(known.column, cell)
                if isinstance(read, Misfit):
                    known.texts[text] = Absent.INVALID, read
                else:
                    known.texts[text] = read, None
                new.append(text)
            profile.see(text, *known.texts[text])
        profile.looked_up = bool(several)
        if new:
            self._write(known, new)
        return profile

    def learn_days(self, texts: Iterable[str]) -> set[int]:
        """Take days of date-times in; those on which a time of day is a sum."""
        return self._parts(texts, self._days, self.typing.clocks.even_day, "dday")

    def learn_all_days(self, first: int, last: int) -> None:
        """Take every day of a span in."""
        days = (date.fromordinal(day).isoformat() for day in range(first, last + 1))
        self.learn_days(days)

    def learn_times(self, texts: Iterable[str]) -> None:
        """Take times of day in."""
        self._parts(texts, self._times, seconds_of_day, "dtime")

    def _parts(
        self,
        texts: Iterable[str],
        known: dict[str, Any],
        read: Callable[[str], Any],
        table: str,
    ) -> set[int]:
        import pyarrow as pa

        new: list[tuple[Any, ...]] = []
        days: set[int] = set()
        for text in texts:
            if text not in known:
                known[text] = read(text)
                if known[text] is not None:
                    part = known[text]
                    new.append((text, *part) if isinstance(part, tuple) else (text, part))
            if isinstance(known[text], tuple):
                days.add(known[text][0])
        if new:
            columns = [pa.array(each) for each in zip(*new, strict=True)]
            names = [f"i{place}" for place in range(len(columns))]
            insert(self.con, table, pa.Table.from_arrays(columns, names=names))
        return days

    def _of(self, of: Field, kind: str, coded: bool) -> _Known:
        key = f"code {of.target}" if of.type is FieldType.CODE else of.type.value
        known = self._known.get((key, coded))
        if known is None:
            column = self.typing.kinds[kind].columns[of.index]
            known = _Known(f"d{len(self._known)}", of.type, column)
            self._known[key, coded] = known
            made = [("v", "VARCHAR"), *columns_of(of.type), ("s", "UTINYINT"), ("e", "UTINYINT")]
            listed = ", ".join(f"{name} {type_}" for name, type_ in made)
            self.con.execute(f"CREATE TEMP TABLE {known.name} ({listed})")
        return known

    def _write(self, known: _Known, texts: Sequence[str]) -> None:
        import pyarrow as pa

        values = [known.texts[text] for text in texts]
        states = [STATES.get(value, 0) if type(value) is Absent else 0 for value, _ in values]
        faults = [0 if fault is None else FAULTS.index(fault) + 1 for _, fault in values]
        columns = [pa.array(texts, pa.string())]
        columns += cells_of(known.type, [value for value, _ in values])
        columns += [pa.array(states, pa.uint8()), pa.array(faults, pa.uint8())]
        names = ["v", *(name for name, _ in columns_of(known.type)), "s", "e"]
        insert(self.con, known.name, pa.Table.from_arrays(columns, names=names))


def columns_of(type_: FieldType) -> tuple[tuple[str, str], ...]:
    """The columns that a value of a type has, with their types."""
    return _COLUMNS.get(type_, _TEXTUAL)


def cells_of(type_: FieldType, values: Sequence[Value]) -> list[Any]:
    """Those columns for several values."""
    import pyarrow as pa

    there = [None if type(value) is Absent else value for value in values]
    match type_:
        case FieldType.DATE:
            return [pa.array([None if v is None else v.day for v in there], pa.int32())]  # type: ignore[union-attr]
        case FieldType.DATETIME:
            parts = [
                (None,) * 4 if v is None else (v.day, v.last, v.at, v.until)  # type: ignore[union-attr]
                for v in there
            ]
            types = (pa.int32(), pa.int32(), pa.int64(), pa.int64())
            several = list(zip(*parts, strict=True)) or [()] * 4
            return [pa.array(list(each), of) for each, of in zip(several, types, strict=True)]
        case FieldType.YES_NO:
            return [pa.array(there, pa.bool_())]
        case FieldType.NUMBER:
            return [pa.array([None if v is None else str(v) for v in there], pa.string())]
        case _:
            return [pa.array(there, pa.string())]


def numbers_into(con: DuckDBPyConnection, table: str, numbers: Iterable[int]) -> None:
    """Make a table of cases' numbers."""
    import pyarrow as pa

    con.execute(f"CREATE OR REPLACE TEMP TABLE {table} (c INTEGER)")
    insert(con, table, pa.table({"c": pa.array(sorted(numbers), pa.int32())}))


def insert(con: DuckDBPyConnection, table: str, batch: Any, *, new: bool = False) -> None:
    """Put rows into a table, column by column in its order; or make it of them."""
    con.register("incoming", batch)
    put = f"CREATE TEMP TABLE {table} AS" if new else f"INSERT INTO {table}"
    con.execute(f"{put} SELECT * FROM incoming")
    con.unregister("incoming")
