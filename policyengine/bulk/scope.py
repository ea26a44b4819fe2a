"""What an expression is compiled in: a relation, and what its slots hold."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar

from policyengine.bulk import reasons
from policyengine.bulk.reasons import Bits, Reasons
from policyengine.bulk.relation import Program, Relation, TooLateError
from policyengine.bulk.standing import UNSEEN
from policyengine.bulk.tables import DATES, Column, Table, Tables
from policyengine.bulk.terms import Lazy, Mom, NotCompiledError, Number, Rec, Term, Text, Truth
from policyengine.plan import core
from policyengine.schema.model import FieldType, Kind
from policyengine.values.calendar import Calendar
from policyengine.values.truth import Why

if TYPE_CHECKING:
    from policyengine.bulk.facts import Fact

Sql = str
T = TypeVar("T")


@dataclass(slots=True)
class Trigger:
    """The trigger day (S20). `unknown` says where it is not known, for these reasons."""

    day: Sql
    unknown: Sql
    reasons: Lazy


@dataclass(slots=True)
class World:
    """What holds for the whole run."""

    plan: core.Plan
    calendar: Calendar
    tables: Tables
    reasons: Reasons
    befores: dict[str, str] = field(default_factory=dict)  # kind: table of each one's previous
    late: dict[str, str] = field(default_factory=dict)  # gathered kinds: table of moving dates
    unmade: dict[str, str] = field(default_factory=dict)  # gathered kinds that are not compiled
    facts: dict[tuple[str, str], Fact] = field(default_factory=dict)  # definitions in the tables
    counting: bool = False  # findings are only counted: reasons are bits
    shares: bool = True  # joins of the same records are one
    codes: dict[str, tuple[str, ...]] = field(default_factory=dict)  # of the bits in a table

    @property
    def as_at(self) -> Sql:
        """The day of all instances; empty where each has its own."""
        return "" if self.tables.as_at is None else str(self.tables.as_at)

    def program(self) -> Program:
        """A new program."""
        return Program(shares=self.shares)

    def written(self, write: Callable[[], T]) -> tuple[T, Bits]:
        """Write a statement, or several that go together; the bits of their reasons. Joins are
        shared where that can be."""
        try:
            with self.statement() as bits:
                return write(), bits
        except TooLateError:
            self.shares = False
            with self.statement() as bits:
                return write(), bits
        finally:
            self.shares = True

    @contextmanager
    def statement(self) -> Iterator[Bits]:
        """Write a statement, or several that go together: the bits of their reasons, if any."""
        bits = Bits()
        with reasons.bits_of(bits if self.counting else None):
            yield bits

    def table(self, kind: str) -> Table:
        """A kind's table."""
        if kind in self.unmade:
            raise NotCompiledError(self.unmade[kind])
        return self.tables.kinds[kind]


@dataclass(slots=True)
class Scope:
    """A relation, its slots, and the moment as at which it is judged.

    `clock` is None where the tables stand as at that moment already. `escalated` are conditions
    under which the reference engine judges the row.
    """

    world: World
    relation: Relation
    slots: dict[int, Term]
    now: Mom
    case: Sql  # the column of the instance
    clock: Mom | None = None
    trigger: Trigger | None = None
    lets: dict[int, core.Core] = field(default_factory=dict)
    escalated: list[Sql] = field(default_factory=list)
    moves: set[str] = field(default_factory=set)

    def add(self, sql: Sql) -> Sql:
        """A column of the relation."""
        return self.relation.add(sql)

    def table(self, kind: str) -> Table:
        """A kind's table."""
        return self.world.table(kind)

    def within(self, relation: Relation) -> Scope:
        """The same slots over a child relation."""
        return Scope(
            self.world,
            relation,
            dict(self.slots),
            self.now,
            self.case,
            self.clock,
            self.trigger,
            self.lets,
            self.escalated,
            self.moves,
        )

    def members(self, kind: str, also: Sql = "") -> tuple[Scope, Rec]:
        """Each row with each record of a kind that exists as at this moment, unseen ones too;
        `also` is a further condition, of `m.rid` and this relation's columns."""
        table = self.table(kind)
        joins = f"JOIN {table.seen} m ON m.cs = p.{self.case}{also}"
        hidden = self.hidden("m", table)
        if hidden:
            joins += f" AND ({hidden}) IS NOT TRUE"
        child = self.within(self.relation.child(joins, "m.rid"))
        record = Rec(table.kind, child.relation.base_of("m"), self.clock, unseen=table.unseen)
        self.note_moves(table)
        return child, record

    def note_order(self, kind: Kind) -> None:
        """A kind in an order of its own, whose dates an end may hide: rows judged so early are
        left to the reference engine."""
        if self.clock is not None and kind.ordered_by not in (None, kind.happened):
            self.escalated.append("TRUE")

    def note_moves(self, table: Table) -> None:
        """A gathered kind whose conditions read dates that an earlier moment would hide: rows
        judged so early are left to the reference engine."""
        late = self.world.late.get(table.kind.name)
        if late is None or self.clock is None or table.kind.name in self.moves:
            return
        self.moves.add(table.kind.name)
        root = self.relation
        while root.parent is not None:
            root = root.parent
        last = root.look_up(late, f"{{j}}.cs = {self.case}", "day")
        self.escalated.append(f"({last} >= {self.clock.day})")

    def hidden(self, row: str, table: Table) -> Sql:
        """Whether a record had not happened yet at the clock; empty where it always has."""
        if self.clock is None or table.kind.happened is None:
            return ""
        if table.gathered:
            own = later(self.clock, f"{row}.v_day", f"{row}.v_at")
            return f"{own} OR {later(self.clock, f'{row}.h_day', f'{row}.h_at')}"
        return self.is_after(row, table.columns[table.kind.happened])

    def is_after(self, row: str, column: Column) -> Sql:
        """Whether a date lies after the clock (S1)."""
        assert self.clock is not None
        i = column.index
        at = f"{row}.a{i}" if column.field.type is FieldType.DATETIME else "NULL"
        return later(self.clock, f"{row}.f{i}", at)

    # --- fields ---------------------------------------------------------------------------------

    def field(self, record: Rec, name: str) -> Term:
        """A field of a record, as it reads at this moment."""
        kind = record.kind
        column = self.table(kind.name).columns[name]
        of, i = column.field, column.index
        if of.type in DATES:
            return self._date(record, column)
        missing = self.missing(record, column)
        value = record.column(f"f{i}")
        match of.type:
            case FieldType.YES_NO:
                return Truth(value, missing, record.is_doubtful)
            case FieldType.NUMBER:
                shown = record.column(f"x{i}_")
                return Number(value, missing, doubtful=record.is_doubtful, shown=shown)
            case _:
                words = (lambda: record.column(f"d{i}")) if column.worded else None
                return Text(value, missing, record.is_doubtful, words)

    def _date(self, record: Rec, column: Column) -> Mom:
        kind, of, i = record.kind, column.field, column.index
        value = record.column(f"f{i}")
        is_happened = of.name == kind.happened
        stays = of.planned and not column.partly_planned  # in every row
        masked = record.clock is not None and not stays and not is_happened
        timed = of.type is FieldType.DATETIME
        at = record.column(f"a{i}") if timed else "NULL"
        day = value
        if masked:
            assert record.clock is not None
            after = later(record.clock, value, at)
            if column.partly_planned:
                after = f"NOT {record.column(f'p{i}')} AND ({after})"
            day = self.add(f"CASE WHEN ({after}) IS TRUE THEN NULL ELSE {value} END")
        missing = self.missing(record, column)
        not_yet = "FALSE"
        if of.open:
            state = f" AND {record.column(f's{i}')} = 0" if self._has_states(record, column) else ""
            there = "" if record.status is None else f" AND {record.status} = 0"
            not_yet = self.add(f"({day} IS NULL{state}{there})")
        ranged = record.unseen and is_happened
        last = ""
        if ranged or (timed and column.vague):
            last = record.column(f"l{i}")
            if ranged and record.clock is not None:
                unseen = record.column("u")
                last = self.add(
                    f"CASE WHEN {unseen} THEN LEAST({last}, {record.clock.end}) ELSE {last} END"
                )
            elif masked:
                last = self.add(f"CASE WHEN {day} IS NOT NULL THEN {last} END")
        if not timed:
            return Mom(day, missing, last, not_yet=not_yet, doubtful=record.is_doubtful)
        if masked:
            at = self.add(f"CASE WHEN {day} IS NULL THEN NULL ELSE {at} END")
        until = record.column(f"u{i}") if column.vague else ""
        if masked and until:
            until = self.add(f"CASE WHEN {day} IS NOT NULL THEN {until} END")
        has_time = self.add(f"({at} IS NOT NULL)") if column.untimed else "TRUE"
        clock = record.column("ck") if self.table(kind.name).gathered and i == 0 else "TRUE"
        return Mom(day, missing, last, at, until, has_time, clock, not_yet, record.is_doubtful)

    def _has_states(self, record: Rec, column: Column) -> bool:
        return column.absent or record.unseen or column.field.known_from is not None

    def missing(self, record: Rec, column: Column) -> Lazy:
        """Why a field's value is not there."""

        def why() -> Sql:
            here = self._why(record, column)
            if record.status is None:
                return here
            assert record.gone is not None
            gone = record.gone(record.kind.name)
            return f"CASE WHEN {record.status} = 0 THEN {here} ELSE {gone} END"

        return why

    def _why(self, record: Rec, column: Column) -> Sql:
        kind, name, code = record.kind.name, column.field.name, self.world.reasons.code
        if self.table(kind).gathered:
            known = reasons.none()
            if column.index > 1:
                known = reasons.listed(self._stored(record, f"q{column.index}"))
            if not record.unseen:
                return known
            return f"CASE WHEN {record.column('u')} THEN {self.doubt(record)} ELSE {known} END"
        id = record.column("id")
        blank = reasons.one(code(Why.NOT_RECORDED, kind, name), id)
        if not column.absent and not record.unseen:
            return blank
        whys = ((2, Why.INVALID), (3, Why.RECORDED_AS_UNKNOWN), (4, Why.WITHHELD))
        state = record.column(f"s{column.index}")
        options = [
            f"WHEN {number} THEN {reasons.one(code(why, kind, name), id)}" for number, why in whys
        ]
        outside = reasons.one(code(Why.OUTSIDE_COVERAGE, kind))
        options.append(f"WHEN {UNSEEN} THEN {outside}")
        return f"CASE {state} {' '.join(options)} ELSE {blank} END"

    def perhaps(self, record: Rec) -> Sql | None:
        """The reasons for which it is not sure that a record exists: none where it is sure; None
        where every one is."""
        table = self.table(record.kind.name)
        if table.gathered:
            return self.doubt(record)
        if not record.unseen:
            return None
        outside = reasons.one(self.world.reasons.code(Why.OUTSIDE_COVERAGE, record.kind.name))
        return f"CASE WHEN {record.column('u')} THEN {outside} ELSE {reasons.none()} END"

    def doubt(self, record: Rec) -> Sql:
        """Why a record of a gathered kind is perhaps none."""
        return self._stored(record, "pr")

    def _stored(self, record: Rec, column: str) -> Sql:
        codes = self.world.codes[self.table(record.kind.name).seen]
        return reasons.stored(record.column(column), codes)

    def by_rid(self, kind: str, rid: Sql) -> Rec:
        """A record by its number; surely one is the caller's to say."""
        table = self.table(kind)
        relation = self.relation
        rid = relation.add(rid)

        def column(name: str) -> Sql:
            return relation.look_up(table.seen, f"{{j}}.rid = {rid}", name)

        return Rec(table.kind, column, self.clock, unseen=table.unseen)


def later(clock: Mom, day: Sql, at: Sql) -> Sql:
    """Whether a day, perhaps with its instant, lies after a clock. Rows of a table are named
    `m.f1`; a clock's columns are the parent's."""
    if clock.timed == "FALSE" or at == "NULL":
        return f"{day} > {clock.day}"
    return (
        f"{day} > {clock.day} OR ({day} = {clock.day} AND {clock.timed} AND {at} > {clock.ends_at})"
    )


__all__ = ["NotCompiledError", "Scope", "Trigger", "World"]
