"""What definitions say of each record, worked out once and not in every rule that asks.

A definition that is a truth stands in its kind's table: `t7` the truth, `y7` why it is unknown,
`o7` whether it is so for want of a record that cannot be told. It may be read as at an end too
where no date that it reads could be hidden by one. One that reads a setting whose value is that
of the trigger day is none of a record alone.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING

from policyengine.bulk import clocks, reasons, sets
from policyengine.bulk.needs import Place, Reach, nodes
from policyengine.bulk.prepare import over_kind
from policyengine.bulk.tables import DATES
from policyengine.bulk.terms import NotCompiledError, Rec, Truth
from policyengine.plan import core

if TYPE_CHECKING:
    from policyengine.bulk.reasons import Bits
    from policyengine.bulk.scope import Scope, World
    from policyengine.bulk.terms import Term

Sql = str


@dataclass(frozen=True, slots=True)
class Fact:
    """A definition's columns. `stays` holds where no earlier moment could change it."""

    value: str
    why: str
    doubtful: str
    stays: bool
    codes: tuple[str, ...]  # of the bits of its reasons

    def read(self, record: Rec) -> Truth:
        """The truth of a record."""
        doubtful = record.column(self.doubtful) if self.doubtful else "FALSE"
        return Truth(
            record.column(self.value),
            lambda: reasons.stored(record.column(self.why), self.codes),
            doubtful,
        )


def make_facts(world: World, *, gathered: bool) -> None:
    """Put what the definitions say into the tables: before there are gathered kinds those that
    read none, then the others."""
    wanted: dict[str, list[str]] = {}
    for kind, name in sorted(world.tables.needs.reach.definitions):
        table = world.tables.kinds[kind]
        if table.gathered or table.kind.shared:
            continue
        reach = Reach(world.plan, [world.plan.definitions[kind, name].value])
        if bool(reach.kinds & set(world.plan.gatherings)) == gathered and not _is_dated(
            world.plan, kind, name
        ):
            wanted.setdefault(kind, []).append(name)
    for kind, names in wanted.items():
        _add(world, kind, names)


def _add(world: World, kind: str, names: list[str]) -> None:
    import duckdb

    scope, record = over_kind(world, kind)
    places = list(world.plan.definitions)
    columns = {"rid": record.column("rid")}
    made: dict[Place, Fact] = {}
    for name in names:
        number = places.index((kind, name))
        try:
            (term, why), bits = _derived(world, scope, record, (kind, name))
        except NotCompiledError:
            continue  # whoever asks is told
        if not isinstance(term, Truth):
            continue
        truth = scope.add(term.sql)
        doubtful = "" if term.doubtful == "FALSE" else f"o{number}_"
        columns |= {
            f"t{number}_": truth,
            f"y{number}_": f"CASE WHEN {truth} IS NULL THEN {why} END",
        }
        if doubtful:
            columns[doubtful] = term.doubtful
        stays = _stays(world, kind, name)
        made[kind, name] = Fact(f"t{number}_", f"y{number}_", doubtful, stays, tuple(bits.codes))
    if made:
        seen = world.tables.kinds[kind].seen
        inner = scope.relation.program.statement(scope.relation, columns)
        try:
            world.tables.con.execute(
                f"CREATE OR REPLACE TABLE {seen} AS SELECT m.*, d.* EXCLUDE (rid) "
                f"FROM {seen} m JOIN ({inner}) d ON d.rid = m.rid"
            )
        except duckdb.Error as error:
            if clocks.OUTSIDE not in str(error):
                raise
            return  # the rules that ask are told
        world.facts.update(made)


def _derived(
    world: World, scope: Scope, record: Rec, place: Place
) -> tuple[tuple[Term, Sql], Bits]:
    """What a definition says, and why that is unknown."""
    program = scope.relation.program

    def write() -> tuple[Term, Sql]:
        program.shares = world.shares
        term = sets.derived(scope, record, *place)
        return term, term.reasons() if isinstance(term, Truth) else reasons.none()

    return world.written(write)


def _is_dated(plan: core.Plan, kind: str, name: str) -> bool:
    """Whether it reads a setting that has several values."""
    places = Reach(plan, [plan.definitions[kind, name].value]).definitions | {(kind, name)}
    return any(
        isinstance(node, core.SettingValue) and plan.settings[node.name].is_dated
        for place in places
        for node in nodes(plan.definitions[place].value)
    )


def _stays(world: World, kind: str, name: str) -> bool:
    """Whether no earlier moment of judging could change what a definition says."""
    definition = world.plan.definitions[kind, name]
    of = world.plan.schema.kinds[kind]
    if definition.sees_previous and of.ordered_by != of.happened:
        return False
    return stays(world, definition.value)


def stays(world: World, root: object, slots: Collection[int] | None = None) -> bool:
    """Whether it reads nothing but records at hand (those in some of the slots, if it is said in
    which), and of these no date that an earlier moment of judging would hide."""
    plan = world.plan
    for node in nodes(root):
        match node:
            case core.Field(record=core.Slot(), kind=theirs, name=field_name):
                field = plan.schema.kinds[theirs].fields[field_name]
                is_happened = field_name == plan.schema.kinds[theirs].happened
                if is_happened and world.tables.kinds[theirs].unseen:
                    return False
                if field.type in DATES and not field.planned and not is_happened:
                    return False
            case core.Derived(record=core.Slot(), kind=theirs, name=inner):
                if not _stays(world, theirs, inner):
                    return False
            case core.Slot(index=place):
                if slots is not None and place not in slots:
                    return False
            case core.Field() | core.Derived() | core.RecordSet() | core.Follow() | core.AsAt():
                return False
            case _:
                pass
    return True
