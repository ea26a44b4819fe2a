"""One kind's rows of a range of cases, typed: `q3` what is narrow, `o3` their order, and the view
`k3v` of both and of the texts, which stay in their file until somebody reads them.
"""

from __future__ import annotations

from collections.abc import Iterable, Set
from copy import copy
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from policyengine.bulk.loading import meanings as of_texts
from policyengine.bulk.loading import native as of_native
from policyengine.bulk.loading.meanings import FAULTS, Meanings, Profile, columns_of
from policyengine.bulk.loading.native import NativeColumn, native_column
from policyengine.bulk.loading.sources import CASE_ID, ID, TIMESTAMP, Source
from policyengine.bulk.loading.wide_texts import WideTexts
from policyengine.bulk.terms import literal
from policyengine.records.clock_texts import Misfit
from policyengine.records.model import LoadReport
from policyengine.records.typing import KindTyping, identifier
from policyengine.schema.model import Field, FieldType

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

    from policyengine.bulk.tables import Table

Sql = str
CASE: Final = "case"
TEXTUAL: Final = (FieldType.REF, FieldType.CODE)
PLAIN: Final = "({v} >= '!' AND right({v}, 1) >= '!' AND strlen({v}) = length({v}))"


@dataclass(slots=True)
class _Select:
    """A select that grows: columns by name, and joins."""

    columns: dict[str, Sql] = field(default_factory=dict)
    joins: list[Sql] = field(default_factory=list)

    def listed(self) -> Sql:
        return ", ".join(f"{sql} AS {name}" for name, sql in self.columns.items())


class KindTable:
    """Loads a kind. `study` looks through the whole file once; `load` takes a range."""

    def __init__(
        self, con: DuckDBPyConnection, source: Source, typing: KindTyping, meanings: Meanings
    ) -> None:
        self.con = con
        self.source = source
        self.kind = source.kind
        self.typing = typing
        self.meanings = meanings
        self.number = typing_number(meanings, self.kind.name)
        self.profiles: dict[str, Profile] = {}
        self.natives: dict[str, NativeColumn] = {}
        self.odd_ids = False
        self.texts = WideTexts(con, source, typing, meanings)

    def beside(self, con: DuckDBPyConnection, source: Source, meanings: Meanings) -> KindTable:
        """The kind as it was studied, for another database."""
        other = copy(self)
        other.con, other.source, other.meanings = con, source, meanings
        other.texts = self.texts.beside(con, source, meanings)
        return other

    # --- the whole file -------------------------------------------------------------------------

    def study(self, reads: Set[str] | None) -> None:
        """Type every distinct text of the columns that are no texts; see which texts are plain, of
        those that the engine reads (None: it reads nothing of the kind)."""
        if reads is not None:
            self.texts.study(reads)
        for each in self.kind.fields.values():
            if each.name in self.source.cells and each.type is not FieldType.TEXT:
                self.profiles[each.name] = self._studied(each)
        if self.kind.name != CASE and ID in self.source.cells:
            self._study_ids()

    def _studied(self, each: Field) -> Profile:
        name, coded = self.kind.name, self.source.coded
        column = self.typing.columns[each.index]
        if found := native_column(self.con, self.source, self.meanings, each, column):
            self.natives[each.name], profile = found
            if found[0].type == TIMESTAMP:
                self._odd_days(each, profile)
            return profile
        if each.type is FieldType.DATETIME and self.meanings.can_part:
            return self._dates_and_times(each)
        where = "v IS NOT NULL"
        if each.type is FieldType.REF:
            where = f"v <> '' AND NOT {PLAIN.format(v='v')}" + self._or_spelt()
        return self.meanings.learn(each, name, self._distinct(each.name, "v", where), coded)

    def _or_spelt(self) -> Sql:
        spelt = [literal(text) for text in sorted(self.meanings.typing.spelt - {""})]
        return f" OR v IN ({', '.join(spelt)})" if spelt else ""

    def _dates_and_times(self, each: Field) -> Profile:
        """Days and times of day by themselves; whole where they are not to be had so."""
        day, time = of_texts.DAY_OF.format(v="v"), of_texts.TIME_OF.format(v="v")
        long = "length(v) > 10"
        days = self.meanings.learn_days(self._distinct(each.name, f"{day} AS v", long))
        self.meanings.learn_times(self._distinct(each.name, f"{time} AS v", long))
        inner = self.source.select({"v": self.source.cell(each.name)})
        rest = (
            f"SELECT DISTINCT t.v FROM ({inner}) t "
            f"LEFT JOIN dday y ON y.v = {of_texts.DAY_OF.format(v='t.v')} "
            f"LEFT JOIN dtime z ON z.v = {of_texts.TIME_OF.format(v='t.v')} "
            f"AND {of_texts.PLAIN_END.format(v='t.v')} "
            "WHERE t.v IS NOT NULL AND (y.v IS NULL OR z.v IS NULL)"
        )
        coded = self.source.coded
        profile = self.meanings.learn(each, self.kind.name, _texts(self.con, rest), coded)
        profile.parted = True
        if days:
            profile.span(min(days), max(days))
        return profile

    def _odd_days(self, each: Field, profile: Profile) -> None:
        """Times on days on which the clocks are changed are read as texts."""
        native = self.natives[each.name].sql
        inner = self.source.select({"v": self.source.cell(each.name), "t": native})
        day = of_native.ORDINAL.format(v="t")
        odd = (
            f"SELECT DISTINCT v FROM ({inner}) ANTI JOIN dday y ON y.f = {day} WHERE t IS NOT NULL"
        )
        texts = _texts(self.con, odd)
        if texts:
            met = self.meanings.learn(each, self.kind.name, texts, False)
            profile.absent, profile.faults = met.absent, met.faults
            profile.untimed, profile.vague = met.untimed, met.vague
            profile.looked_up = True

    def _distinct(self, name: str, sql: Sql, where: Sql) -> Iterable[str]:
        inner = self.source.select({"v": self.source.cell(name)})
        return _texts(self.con, f"SELECT DISTINCT {sql} FROM ({inner}) WHERE {where}")

    def _study_ids(self) -> None:
        where = f"v <> '' AND NOT {PLAIN.format(v='v')}"
        odd = list(self._distinct(ID, "v", where))
        self.odd_ids = bool(odd)
        if odd:
            self.con.execute(f"CREATE OR REPLACE TEMP TABLE i{self.number} (v VARCHAR, id VARCHAR)")
            decode = self.meanings.decode if self.source.coded else str
            ids = [identifier(decode(text)) for text in odd]
            import pyarrow as pa

            given = [id if isinstance(id, str) else None for id in ids]
            batch = pa.table({"v": pa.array(odd, pa.string()), "id": pa.array(given, pa.string())})
            of_texts.insert(self.con, f"i{self.number}", batch)

    # --- a range --------------------------------------------------------------------------------

    def narrow(self, table: Table | None, where: Sql) -> None:
        """Make `q`: the typed columns of the rows of the cases in `cm`, but for texts. `table` is
        what the engine reads of the kind, if anything."""
        self.con.execute(
            f"CREATE OR REPLACE TEMP TABLE q{self.number} AS {self._rows_of(table, where)}"
        )

    def _rows_of(self, table: Table | None, where: Sql) -> Sql:
        made = _Select({"c": "m.c", "frn": "t.frn", "id": self._id()})
        inner = {"frn": self.source.row, "cid": self.source.cell(CASE_ID)}
        if self.kind.name != CASE:
            inner["id"] = self.source.cell(ID)
            if self.odd_ids:
                made.joins.append(f"LEFT JOIN i{self.number} ids ON ids.v = t.id")
        for each in self._read(table):
            native = self.natives.get(each.name)
            if native is not None:
                inner[f"t{each.index}"] = native.sql
            if native is None or self.profiles[each.name].looked_up:
                inner[f"v{each.index}"] = self.source.cell(each.name)
            self._typed(each, made)
        joins = " ".join(made.joins)
        files = self.source.select(inner)
        return f"SELECT {made.listed()} FROM ({files}{where}) t JOIN cm m ON m.raw = t.cid {joins}"

    def _read(self, table: Table | None) -> list[Field]:
        """The fields that are no texts and that the engine reads, or that have to be counted."""
        names = set(table.columns) if table is not None and table.is_read else set()
        names |= {name for name, profile in self.profiles.items() if profile.faults}
        names |= {each.name for each in self.kind.fields.values() if each.required}
        names |= {name for name in (self.kind.void_when, self.kind.ordered_by) if name is not None}
        fields = self.kind.fields
        return [fields[name] for name in fields if name in names and not _is_text(fields[name])]

    def _id(self) -> Sql:
        if self.kind.name == CASE:
            return "m.id"
        if ID not in self.source.cells:
            return "NULL::VARCHAR"
        if not self.odd_ids:
            return "nullif(t.id, '')"
        return f"CASE WHEN {PLAIN.format(v='t.id')} THEN t.id ELSE ids.id END"

    def _typed(self, each: Field, made: _Select) -> None:
        i = each.index
        profile = self.profiles.get(each.name)
        names = columns_of(each.type)
        if profile is None:
            for name, type_ in names:
                made.columns[_called(name, i)] = f"NULL::{type_}"
            made.columns[f"s{i}"] = "0::UTINYINT"
            return
        state, fault = "0::UTINYINT", None
        if profile.absent:
            state = f"COALESCE(j{i}.s, 0)::UTINYINT"
        if profile.faults:
            fault = f"j{i}.e"
        is_plain = each.type is FieldType.REF or (each.type is FieldType.CODE and profile.as_is)
        needs_table = profile.looked_up and not (each.type is FieldType.CODE and profile.as_is)
        if needs_table:
            known = self.meanings.table(each, self.kind.name, self.source.coded)
            made.joins.append(f"LEFT JOIN {known} j{i} ON j{i}.v = t.v{i}")
        native = self.natives.get(each.name)
        if native is not None:
            self._as_it_is(native, i, profile, made)
        elif profile.parted:
            self._instants(i, profile, made)
        elif is_plain:
            plain = f"nullif(t.v{i}, '')"
            sql = f"CASE WHEN j{i}.v IS NOT NULL THEN j{i}.f ELSE {plain} END"
            made.columns[f"f{i}"] = sql if needs_table else plain
        else:
            for name, type_ in names:
                looked = f"j{i}.{name}" if needs_table else f"NULL::{type_}"
                made.columns[_called(name, i)] = looked
        made.columns[f"s{i}"] = state
        if fault is not None:
            made.columns[f"e{i}"] = fault

    def _as_it_is(self, native: NativeColumn, i: int, profile: Profile, made: _Select) -> None:
        """A column of the field's own type."""
        t = f"t.t{i}"
        match native.type:
            case "DATE":
                made.columns[f"f{i}"] = of_native.ORDINAL.format(v=t)
            case "BOOLEAN":
                made.columns[f"f{i}"] = t
            case "INTEGER":
                made.columns[f"x{i}_"] = f"CAST({t} AS VARCHAR)"
            case _:
                day = of_native.ORDINAL.format(v=t)
                made.joins.append(f"LEFT JOIN dday y{i} ON y{i}.f = {day}")
                at = f"y{i}.start + {of_native.SECONDS.format(v=t)}"
                for name, sql in (("f", day), ("l", day), ("a", at), ("u", at)):
                    other = f"CASE WHEN y{i}.v IS NOT NULL THEN {sql} ELSE j{i}.{name} END"
                    made.columns[f"{name}{i}"] = other if profile.looked_up else sql

    def _instants(self, i: int, profile: Profile, made: _Select) -> None:
        """A day and a time of day put together, where both are known by themselves."""
        v = f"t.v{i}"
        made.joins.append(f"LEFT JOIN dday y{i} ON y{i}.v = {of_texts.DAY_OF.format(v=v)}")
        made.joins.append(
            f"LEFT JOIN dtime z{i} ON z{i}.v = {of_texts.TIME_OF.format(v=v)} "
            f"AND {of_texts.PLAIN_END.format(v=v)}"
        )
        both = f"y{i}.v IS NOT NULL AND z{i}.v IS NOT NULL"
        at = f"y{i}.start + z{i}.seconds"
        for name, sql in (("f", f"y{i}.f"), ("l", f"y{i}.f"), ("a", at), ("u", at)):
            looked = f"j{i}.{name}" if profile.looked_up else "NULL"
            made.columns[f"{name}{i}"] = f"CASE WHEN {both} THEN {sql} ELSE {looked} END"

    # --- what was found -------------------------------------------------------------------------

    def hard(self) -> set[int]:
        """The cases whose rows of this kind are for `records.building`: some have one id, or
        none."""
        q = f"q{self.number}"
        if self.kind.name == CASE:
            counted = f"SELECT c FROM {q} GROUP BY c HAVING count(*) > 1"
            return {c for (c,) in self.con.execute(counted).fetchall()}
        rows, named, distinct = self.con.execute(
            f"SELECT count(*), count(id), count(DISTINCT hash(c, id)) FROM {q}"
        ).fetchall()[0]
        if rows == named == distinct:
            return set()
        if named < rows:
            self._number_rows()
        several = self.con.execute(
            f"SELECT c FROM {q} WHERE id IS NULL UNION "
            f"SELECT c FROM (SELECT c FROM {q} GROUP BY c, id HAVING count(*) > 1)"
        )
        return {c for (c,) in several.fetchall()}

    def _number_rows(self) -> None:
        """Number the rows of those cases of which no row has an id, where their places in time
        tell them apart (S22). What is left is for `records.building`."""
        q, i = f"q{self.number}", self.typing.order
        when = "0"
        order = "c"
        if i is not None:
            is_timed = self._field(i).type is FieldType.DATETIME
            when = f"(f{i}, a{i})" if is_timed else f"f{i}"
            order = f"f{i} NULLS LAST, a{i} NULLS FIRST" if is_timed else f"f{i} NULLS LAST"
        kind = literal(f"{self.kind.name}-")
        alike = f"count(DISTINCT {when}) + max(({when} IS NULL)::INTEGER)"
        if i is not None and self._field(i).type is FieldType.DATETIME:
            alike = f"count(DISTINCT {when})"
        self.con.execute(
            f"UPDATE {q} SET id = n.id FROM (SELECT frn, {kind} || row_number() OVER "
            f"(PARTITION BY c ORDER BY {order}) AS id FROM {q} WHERE c IN (SELECT c FROM {q} "
            f"GROUP BY c HAVING count(id) = 0 AND {alike} = count(*))) n WHERE n.frn = {q}.frn"
        )

    def leave_out(self, cases: set[int]) -> None:
        """Take the rows of these cases out of `q`."""
        of_texts.numbers_into(self.con, "gone", cases)
        self.con.execute(f"DELETE FROM q{self.number} WHERE c IN (FROM gone)")

    def pass_by(self, where: Sql, load: LoadReport) -> bool:
        """Count the rows of a kind that nobody reads, without making a table of them. False, and
        nothing is counted, where that does not settle it."""
        if any(profile.faults for profile in self.profiles.values()) or self.texts.is_counted:
            return False
        asked = self._asked()
        rows, *alone = ("c", "count(DISTINCT c)", "count(c)")
        if self.kind.name != CASE:
            rows, *alone = ("c", "count(id)", "count(DISTINCT hash(c, id))")
        tests = ", ".join([f"count({rows})", *alone, *(test for _, _, test in asked)])
        sql = f"SELECT {tests} FROM ({self._rows_of(None, where)})"
        total, one, other, *found = self.con.execute(sql).fetchall()[0]
        if not total == one == other:
            return False
        self._add(load, total, asked, found)
        return True

    def count(self, load: LoadReport) -> int:
        """Count the rows and the faults of `q`; how many rows there are."""
        asked = self._asked()
        tests = ", ".join(["count(*)", *(test for _, _, test in asked)])
        total, *found = self.con.execute(f"SELECT {tests} FROM q{self.number}").fetchall()[0]
        self._add(load, total, asked, found)
        for each in self.kind.fields.values():
            profile = self.profiles.get(each.name)
            if profile is not None and profile.faults:
                self._count_faults(each, load)
        return int(total)

    def _asked(self) -> list[tuple[str, str, Sql]]:
        """What is counted of every row: a field, a fault, and how often it is there."""
        fields = self.kind.fields
        asked: list[tuple[str, str, Sql]] = []
        for each in fields.values():
            if each.required and not _is_text(each):
                value = _called(columns_of(each.type)[0][0], each.index)
                test = f"count(*) FILTER ({value} IS NULL AND s{each.index} = 0)"
                asked.append((each.name, "required_blank", test))
        void = fields[self.kind.void_when] if self.kind.void_when is not None else None
        if void is not None:
            asked.append((void.name, "void", f"count(*) FILTER (f{void.index})"))
        return asked

    def _add(
        self, load: LoadReport, total: int, asked: list[tuple[str, str, Sql]], found: list[int]
    ) -> None:
        for (of, fault, _), rows in zip(asked, found, strict=True):
            if rows:
                load.fault(self.kind.name, of, fault, rows)
        load.rows_read += total
        load.rows_kept += total

    def _count_faults(self, each: Field, load: LoadReport) -> None:
        counted = self.con.execute(
            f"SELECT e{each.index}, count(*) FROM q{self.number} "
            f"WHERE e{each.index} > 0 GROUP BY ALL"
        )
        for number, rows in counted.fetchall():
            load.fault(self.kind.name, each.name, fault_of(number).value, rows)

    def view(self, table: Table, where: Sql) -> None:
        """Make the view that the engine reads, and say in `table` what it holds."""
        n = self.number
        order = ["c"]
        if self.typing.order is not None:
            i = self.typing.order
            order.append(f"f{i} NULLS LAST")
            if self._field(i).type is FieldType.DATETIME:
                order.append(f"a{i} NULLS FIRST")
        self.con.execute(
            f"CREATE OR REPLACE TEMP TABLE o{n} AS SELECT frn, "
            f"row_number() OVER (ORDER BY {', '.join(order)}, id) - 1 AS rid FROM q{n}"
        )
        made = _Select({"c": "q.c", "rid": "o.rid", "id": "q.id"})
        made.joins.append(f"JOIN o{n} o ON o.frn = q.frn")
        texts = [each.field for each in table.columns.values() if _is_text(each.field)]
        self.texts.joined(table, texts, where, made.columns, made.joins)
        for column in table.columns.values():
            if not _is_text(column.field):
                for name, _ in column.names():
                    made.columns[name] = f"q.{name}"
        rows = "TRUE"
        if self.typing.void is not None:
            rows = f"q.f{self.typing.void} IS NOT TRUE"
        table.view = f"k{n}v"
        table.made_of = (f"VIEW {table.view}", f"TABLE q{n}", f"TABLE o{n}")
        several = f"SELECT {made.listed()} FROM q{n} q {' '.join(made.joins)} WHERE {rows}"
        self.con.execute(
            f"CREATE OR REPLACE TEMP VIEW {table.view} AS {several} "
            f"UNION ALL BY NAME SELECT * FROM {table.stored}"
        )
        self._describe(table)

    def _field(self, index: int) -> Field:
        return next(each for each in self.kind.fields.values() if each.index == index)

    def _describe(self, table: Table) -> None:
        for column in table.columns.values():
            profile = self.profiles.get(column.field.name)
            if profile is not None:
                column.absent |= profile.absent
                column.untimed |= profile.untimed
                column.vague |= profile.vague
                column.whole = max(column.whole, profile.whole)
                column.places = max(column.places, profile.places)

    def days(self, table: Table) -> tuple[int, int] | None:
        """The span of days in the columns that the engine reads."""
        spans = [
            (profile.first, profile.last)
            for name, profile in self.profiles.items()
            if name in table.columns and profile.first is not None and profile.last is not None
        ]
        if not spans:
            return None
        return min(first for first, _ in spans), max(last for _, last in spans)


def typing_number(meanings: Meanings, kind: str) -> int:
    """A kind's number: its place among the kinds of the schema."""
    return list(meanings.typing.kinds).index(kind)


def fault_of(number: int) -> Misfit:
    """The kind of fault of a number."""
    return FAULTS[number - 1]


def _is_text(each: Field) -> bool:
    return each.type is FieldType.TEXT


def _called(name: str, index: int) -> str:
    """A column's name in a loaded table."""
    return f"x{index}_" if name == "x" else f"{name}{index}"


def _texts(con: DuckDBPyConnection, sql: Sql) -> list[str]:
    """The texts in the first column of a select."""
    return [text for (text,) in con.execute(sql).fetchall()]
