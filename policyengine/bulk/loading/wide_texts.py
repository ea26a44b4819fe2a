"""Texts: they stay in their file, and only those that are not plain letters are read by Python."""

from __future__ import annotations

from collections.abc import Sequence, Set
from copy import copy
from typing import TYPE_CHECKING, Final

from policyengine.bulk.loading.meanings import Meanings, insert
from policyengine.bulk.loading.room import pieces
from policyengine.bulk.loading.sources import CASE_ID, Source
from policyengine.bulk.tables import STATES
from policyengine.bulk.terms import literal
from policyengine.records.clock_texts import Misfit
from policyengine.records.model import Absent, LoadReport, Value
from policyengine.records.typing import KindTyping, read_cell
from policyengine.schema.model import Field, FieldType
from policyengine.values.words import words

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

    from policyengine.bulk.tables import Table

Sql = str
# A text of ASCII that starts with a letter or a mark is what it is: not blank, and in NFC.
ODD: Final = "{v} <> '' AND ({v} < '!' OR strlen({v}) <> length({v}){spelt})"


class WideTexts:
    """The texts of a kind. `x3_4` holds those of field 4 of kind 3 that Python has to read."""

    def __init__(
        self, con: DuckDBPyConnection, source: Source, typing: KindTyping, meanings: Meanings
    ) -> None:
        self.con = con
        self.source = source
        self.typing = typing
        self.meanings = meanings
        self.number = list(meanings.typing.kinds).index(typing.kind.name)
        self._plain: set[str] = set()  # the columns of which no text is odd

    def beside(self, con: DuckDBPyConnection, source: Source, meanings: Meanings) -> WideTexts:
        """The texts as they were studied, for another database."""
        other = copy(self)
        other.con, other.source, other.meanings = con, source, meanings
        return other

    def study(self, names: Set[str]) -> None:
        """Look once whether these columns hold any text that Python has to read: each range reads
        a wide text once less where they do not."""
        fields = self.typing.kind.fields.values()
        texts = [each.name for each in fields if each.type is FieldType.TEXT]
        several = [name for name in texts if name in names and name in self.source.cells]
        if not several:
            return
        columns = {f"y{place}": self.source.cell(name) for place, name in enumerate(several)}
        tests = ", ".join(f"COALESCE(bool_or({self._test(column)}), FALSE)" for column in columns)
        inner = self.source.select({"frn": self.source.row, **columns})
        self._plain = set(several)
        for first, end in pieces(self.con, self.source):
            sql = f"SELECT {tests} FROM ({inner} WHERE frn >= {first} AND frn < {end})"
            found = self.con.execute(sql).fetchall()[0]
            self._plain -= {name for name, odd in zip(several, found, strict=True) if odd}
            if not self._plain:
                return

    def _test(self, cell: Sql) -> Sql:
        spelt = [literal(text) for text in sorted(self.meanings.typing.spelt - {""})]
        among = f" OR {cell} IN ({', '.join(spelt)})" if spelt else ""
        return ODD.format(v=cell, spelt=among)

    @property
    def is_counted(self) -> bool:
        """Whether any text has to be looked at to count what is wrong with it."""
        fields = self.typing.kind.fields.values()
        return any(
            each.type is FieldType.TEXT and (each.required or self.source.coded) for each in fields
        )

    def count(self, where: Sql, load: LoadReport) -> None:
        """Count the texts that are none, and blanks where a text is required."""
        for each in self.typing.kind.fields.values():
            if each.type is not FieldType.TEXT or not (each.required or self.source.coded):
                continue
            if each.name not in self.source.cells:
                blank = self._total() if each.required else 0
            else:
                read = self._odd(each, where)
                faults = [fault for _, _, fault in read if fault is not None]
                for fault in set(faults):
                    load.fault(self.typing.kind.name, each.name, fault.value, faults.count(fault))
                blank = sum(value is None for _, value, _ in read) + self._blank(each, where)
            if blank and each.required:
                load.fault(self.typing.kind.name, each.name, "required_blank", blank)

    def _total(self) -> int:
        return int(self.con.execute(f"SELECT count(*) FROM q{self.number}").fetchall()[0][0])

    def _blank(self, each: Field, where: Sql) -> int:
        inner = self._rows(each, where)
        sql = f"SELECT count(*) FROM ({inner}) WHERE v IS NULL OR v = ''"
        return int(self.con.execute(sql).fetchall()[0][0])

    def _rows(self, each: Field, where: Sql) -> Sql:
        """The cells of the rows that stand in `q`."""
        columns = {
            "frn": self.source.row,
            "cid": self.source.cell(CASE_ID),
            "v": self.source.cell(each.name),
        }
        inner = self.source.select(columns)
        return f"SELECT t.frn, t.v FROM ({inner}{where}) t JOIN q{self.number} q USING (frn)"

    def _odd(self, each: Field, where: Sql) -> list[tuple[int, Value, Misfit | None]]:
        if each.name in self._plain:
            return []
        rows = self._rows(each, where)
        found = self.con.execute(f"SELECT frn, v FROM ({rows}) WHERE {self._test('v')}")
        decode = self.meanings.decode if self.source.coded else str
        column = self.typing.columns[each.index]
        made: list[tuple[int, Value, Misfit | None]] = []
        for frn, text in found.fetchall():
            read = read_cell(column, decode(text))
            fault = read if isinstance(read, Misfit) else None
            value = Absent.INVALID if isinstance(read, Misfit) else read
            made.append((frn, value, fault))
        return made

    def joined(
        self,
        table: Table,
        fields: Sequence[Field],
        where: Sql,
        columns: dict[str, Sql],
        joins: list[Sql],
    ) -> None:
        """Add the texts' columns to a select over `q`."""
        inner = {"frn": self.source.row, "cid": self.source.cell(CASE_ID)}
        there = False
        for each in fields:
            i, column = each.index, table.columns[each.name]
            if each.name not in self.source.cells:
                for name, type_ in column.names():
                    columns[name] = "0::UTINYINT" if name == f"s{i}" else f"NULL::{type_}"
                continue
            there = True
            inner[f"v{i}"] = self.source.cell(each.name)
            odd = self._odd(each, where)
            plain = f"nullif(t.v{i}, '')"
            if not odd:
                columns[f"f{i}"], columns[f"s{i}"] = plain, "0::UTINYINT"
                if column.worded:
                    columns[f"n{i}"] = "NULL::VARCHAR"
                continue
            self._write(each, odd, column.worded)
            column.absent |= any(isinstance(value, Absent) for _, value, _ in odd)
            joins.append(f"LEFT JOIN x{self.number}_{i} x{i} ON x{i}.frn = q.frn")
            columns[f"f{i}"] = f"CASE WHEN x{i}.frn IS NULL THEN {plain} ELSE x{i}.f END"
            columns[f"s{i}"] = f"COALESCE(x{i}.s, 0)::UTINYINT"
            if column.worded:
                columns[f"n{i}"] = f"x{i}.n"
        if there:
            joins.insert(1, f"JOIN ({self.source.select(inner)}{where}) t ON t.frn = q.frn")

    def _write(
        self, each: Field, odd: list[tuple[int, Value, Misfit | None]], worded: bool
    ) -> None:
        import pyarrow as pa

        name = f"x{self.number}_{each.index}"
        self.con.execute(
            f"CREATE OR REPLACE TEMP TABLE {name} (frn BIGINT, f VARCHAR, s UTINYINT, n VARCHAR)"
        )
        values = [None if isinstance(value, Absent) else value for _, value, _ in odd]
        states = [STATES.get(value, 0) if isinstance(value, Absent) else 0 for _, value, _ in odd]
        said = [
            " ".join(words(value))
            if worded and isinstance(value, str) and not value.isascii()
            else None
            for value in values
        ]
        columns = [
            pa.array([frn for frn, _, _ in odd], pa.int64()),
            pa.array(values, pa.string()),
            pa.array(states, pa.uint8()),
            pa.array(said, pa.string()),
        ]
        insert(self.con, name, pa.Table.from_arrays(columns, names=["frn", "f", "s", "n"]))
