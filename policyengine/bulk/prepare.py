"""What is worked out before any rule: gathered kinds, and each record's previous one."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from policyengine.bulk import clocks, expressions, reasons
from policyengine.bulk.needs import nodes
from policyengine.bulk.reasons import none
from policyengine.bulk.scope import Scope, World
from policyengine.bulk.tables import DATES, Table
from policyengine.bulk.terms import Mom, NotCompiledError, Rec
from policyengine.bulk.texts import constant_words
from policyengine.plan import core
from policyengine.schema.model import Field, FieldType, Kind
from policyengine.values.moments import LAST_DAY
from policyengine.values.truth import Why

Sql = str
NOON: Sql = "-10000000000000"  # before every time of a day


def over_kind(world: World, kind: str, source: str = "") -> tuple[Scope, Rec]:
    """A scope over the records of a kind as they stand, the case in slot 0. `source` may join
    the companions (`n`) to them."""
    table = world.table(kind)
    keys = ["m.cs", "m.rid"] if table.kind.shared else ["m.rid"]
    if source:
        keys.append("n.rid")
    optional = {
        "c": f"JOIN {world.tables.kinds['case'].seen} c ON c.cs = m.cs",
        "i": "JOIN inst i ON i.cs = m.cs",
    }
    relation = world.program().relation(f"{table.seen} m{source}", tuple(keys), optional)
    now = Mom(world.as_at or relation.base("i.a_day"), none)
    whole = world.plan.schema.kinds["case"]
    slots = {0: Rec(whole, relation.base_of("c"))}
    scope = Scope(world, relation, dict(slots), now, relation.base("m.cs"))
    record = Rec(table.kind, relation.base_of("m"), None, unseen=table.unseen)
    return scope, record


@dataclass(frozen=True, slots=True)
class Before:
    """A record's previous one: its number, 0 to 3 as `Rec` has it, and why. `doubted` holds
    where an unsure record stands between: the reasons of that are not worked out."""

    rid: Sql
    status: Sql
    why: Sql
    doubted: Sql


def chain(scope: Scope, record: Rec, counts: Sql, unsure: Sql) -> Before:
    """Each record's previous one among those that count, truly or unsurely (S5, S22)."""
    kind = record.kind
    rid = record.column("rid")
    unseen = record.column("u") if record.unseen else "FALSE"
    undated, undated_why, day = "FALSE", reasons.none(), "NULL"
    if kind.ordered_by is not None:
        order = scope.field(record, kind.ordered_by)
        assert isinstance(order, Mom)
        day = order.day
        undated, undated_why = scope.add(f"({day} IS NULL)"), order.reasons()
    own = f"PARTITION BY {scope.case}"
    # A record of several pairs stands here several times: then by value, and not by row.
    by = "RANGE" if len(scope.relation.keys) > 1 else "ROWS"
    earlier = f"OVER ({own} ORDER BY {rid} {by} BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)"
    here = f"{counts} IS NOT FALSE AND NOT {unseen}"
    sure = f"CASE WHEN {here} AND NOT {unsure} AND NOT {undated} THEN {rid} END"
    previous = scope.add(f"max({sure}) {earlier}")
    doubted = "FALSE"
    if unsure != "FALSE":
        doubt = scope.add(f"max(CASE WHEN {here} AND {unsure} THEN {rid} END) {earlier}")
        doubted = f"({doubt} IS NOT NULL AND ({previous} IS NULL OR {doubt} > {previous}))"
    some = f"CASE WHEN {previous} IS NULL THEN 2 ELSE 3 END"
    options = [f"WHEN {undated} THEN {some}", f"WHEN {doubted} THEN {some}"]
    whys = [f"WHEN {undated} THEN {undated_why}"]
    if record.unseen:
        present = f"{unseen} AND {counts} IS NOT FALSE"
        there = scope.add(f"COALESCE(bool_or({present}) OVER ({own}), FALSE)")
        between = there
        if kind.ordered_by is not None and kind.ordered_by == kind.happened:
            order = scope.field(record, kind.ordered_by)
            assert isinstance(order, Mom)
            last = scope.add(f"max(CASE WHEN {present} THEN {order.end} END) OVER ({own})")
            of_previous = scope.add(
                f"max(CASE WHEN {here} AND NOT {unsure} THEN {day} END) {earlier}"
            )
            between = f"({there} AND {of_previous} <= {last})"
        options.append(f"WHEN {previous} IS NULL AND {there} THEN 2")
        options.append(f"WHEN {previous} IS NOT NULL AND {between} THEN 3")
        outside = reasons.one(scope.world.reasons.code(Why.OUTSIDE_COVERAGE, kind.name))
        if scope.table(kind.name).gathered:
            outside = scope.add(
                f"max(CASE WHEN {present} THEN {scope.doubt(record)} END) OVER ({own})"
            )
        whys.append(f"WHEN {there} THEN {outside}")
    status = scope.add(f"CASE {' '.join(options)} WHEN {previous} IS NULL THEN 1 ELSE 0 END")
    why = f"CASE {' '.join(whys)} ELSE {reasons.none()} END"
    return Before(scope.add(f"CASE WHEN {status} = 0 THEN {previous} END"), status, why, doubted)


def make_befores(world: World) -> None:
    """A table of each record's previous one, for each kind whose definitions look back."""
    definitions, read = world.plan.definitions, world.tables.needs.reach.definitions
    kinds = {place[0] for place in read if definitions[place].sees_previous}
    for kind in sorted(kinds):
        table = world.tables.kinds[kind]
        if table.gathered:
            continue
        name = f"b{table.number}"
        sql, bits = world.written(partial(_before, world, kind))
        world.codes[name] = tuple(bits.codes)
        world.tables.con.execute(f"CREATE OR REPLACE TABLE {name} AS {sql}")
        world.befores[kind] = name


def _before(world: World, kind: str) -> Sql:
    scope, record = over_kind(world, kind)
    before = chain(scope, record, "TRUE", "FALSE")
    columns = {
        "rid": record.column("rid"),
        "prev": before.rid,
        "status": before.status,
        "why": before.why,
    }
    return scope.relation.program.statement(scope.relation, columns)


# --- gathered kinds -------------------------------------------------------------------------------


def make_gathered(world: World) -> None:
    """The tables of gathered kinds (S5), in the order of their dates."""
    import duckdb

    for name in world.plan.gatherings:
        if name not in world.tables.needs.kinds:
            continue
        try:
            _gather(world, name)
        except NotCompiledError as error:
            world.unmade[name] = str(error)
        except duckdb.Error as error:
            if clocks.OUTSIDE not in str(error):
                raise
            world.unmade[name] = clocks.OUTSIDE


def _gather(world: World, name: str) -> None:
    gathering = world.plan.gatherings[name]
    table = world.tables.kinds[name]
    table.unseen = any(world.tables.kinds[each.kind].unseen for each in gathering.sources)
    _mark_planned(world, table, gathering)
    places = range(len(gathering.sources))
    parts, bits = world.written(
        lambda: [_source(world, table, gathering, place) for place in places]
    )
    world.codes[table.seen] = tuple(bits.codes)
    con = world.tables.con
    together = " UNION ALL BY NAME ".join(f"({part})" for part in parts)
    con.execute(f"CREATE OR REPLACE TABLE g{table.number} AS {together}")
    clocked = gathering.kind.fields["date"].type is FieldType.DATETIME
    at = f"COALESCE(a0, {NOON})" if clocked else NOON
    order = f"cs, f0, {at}, id, f1"
    unseen = "u," if table.unseen else ""
    con.execute(
        f"CREATE OR REPLACE TABLE {table.seen} AS SELECT row_number() OVER (ORDER BY "
        f"{order}) AS rid, * EXCLUDE (w, moving) FROM g{table.number} "
        f"WHERE w IS NOT FALSE {'AND NOT u' if unseen else ''}"
    )
    if table.unseen:
        with world.statement():
            _stand_ins(world, table, clocked)
    con.execute(
        f"CREATE OR REPLACE TABLE h{table.number} AS SELECT cs, max(moving) AS day "
        f"FROM g{table.number} GROUP BY cs HAVING max(moving) IS NOT NULL"
    )
    world.late[name] = f"h{table.number}"
    date = table.columns.get("date")
    if date is not None and clocked:
        date.untimed = date.vague = True


def _mark_planned(world: World, table: Table, gathering: core.Gathering) -> None:
    """Mark the dates that an end hides in the rows of some sources, and not of others (S1)."""
    kinds = [world.plan.schema.kinds[source.kind] for source in gathering.sources]
    for name, column in table.columns.items():
        if column.index > 1 and column.field.type in DATES:
            column.partly_planned = len({kind.fields[name].planned for kind in kinds}) > 1


def _source(world: World, table: Table, gathering: core.Gathering, place: int) -> Sql:
    """The rows that one source gives."""
    source = gathering.sources[place]
    scope, record = over_kind(world, source.kind)
    scope.slots[1] = record
    kind = record.kind
    date = scope.field(record, source.field)
    assert isinstance(date, Mom)
    where = "TRUE"
    perhaps = scope.perhaps(record) or reasons.none()
    if source.where is not None:
        truth = expressions.truth_of(scope, source.where)
        where = truth.sql
        perhaps = f"CASE WHEN {where} IS NULL THEN {truth.reasons()} ELSE {perhaps} END"
    if record.unseen:
        outside = reasons.one(world.reasons.code(Why.OUTSIDE_COVERAGE, source.kind))
        perhaps = f"CASE WHEN {record.column('u')} THEN {outside} ELSE {perhaps} END"
    columns = {
        "cs": scope.case,
        "id": f"{record.column('id')} || '.{source.field}'",
        "f0": date.day,
        "l0": date.end,
        "f1": f"'{source.kind}'",
        "s0": "0",
        "s1": "0",
        "w": where,
        "pr": perhaps,
        "moving": _moving(scope, record, source),
    }
    if table.unseen:
        columns["u"] = record.column("u") if record.unseen else "FALSE"
    if gathering.kind.fields["date"].type is FieldType.DATETIME:
        columns |= {"a0": date.at, "u0": date.ends_at, "ck": date.clock}
        columns["a0"] = f"CAST({date.at} AS BIGINT)"
        columns["u0"] = f"CAST({date.ends_at} AS BIGINT)"
    named = table.columns.get("from_kind")
    if named is not None and named.worded:
        columns["d1"] = constant_words(source.kind)()
    planned = kind.fields[source.field].planned
    columns["v_day"] = "CAST(NULL AS INTEGER)" if planned else date.day
    columns["v_at"] = f"CAST({'NULL' if planned else date.at} AS BIGINT)"
    happened = scope.field(record, kind.happened) if kind.happened else None
    columns["h_day"] = happened.day if isinstance(happened, Mom) else "CAST(NULL AS INTEGER)"
    columns["h_at"] = f"CAST({happened.at if isinstance(happened, Mom) else 'NULL'} AS BIGINT)"
    _shared(world, table, gathering, place, scope, record, columns)
    test = f"{date.day} IS NOT NULL"
    if record.unseen:
        test = f"({test} OR {record.column('u')})"
    return scope.relation.program.statement(scope.relation, columns, test)


def _shared(
    world: World,
    table: Table,
    gathering: core.Gathering,
    place: int,
    scope: Scope,
    record: Rec,
    columns: dict[str, Sql],
) -> None:
    """The fields that all the sources share, each with the reason that stands for it."""
    source = gathering.sources[place]
    names = list(record.kind.fields)
    of_source = world.tables.kinds[source.kind]
    for own, column in table.columns.items():
        i = column.index
        if i < 2:
            continue
        name = names[source.shared[i - 2]]
        theirs = of_source.columns[name]
        field = record.kind.fields[name]
        j = theirs.index
        if column.plain:
            columns[f"f{i}"] = record.column(f"f{j}")
        columns[f"s{i}"] = record.column(f"s{j}")
        column.absent |= theirs.absent
        if column.partly_planned:
            columns[f"p{i}"] = "TRUE" if field.planned else "FALSE"
        _like(field, record, columns, i, j)
        column.untimed |= theirs.untimed
        column.vague |= theirs.vague
        column.places = max(column.places, theirs.places)
        if column.worded:
            columns[f"d{i}"] = record.column(f"d{j}")
        why = scope.missing(record, theirs)()
        columns[f"q{i}"] = reasons.first(why)
        del own


def _like(field: Field, record: Rec, columns: dict[str, Sql], i: int, j: int) -> None:
    if field.type is FieldType.DATETIME:
        for letter in "lau":
            columns[f"{letter}{i}"] = record.column(f"{letter}{j}")
    if field.type is FieldType.NUMBER:
        columns[f"x{i}_"] = record.column(f"x{j}_")


def _moving(scope: Scope, record: Rec, source: core.GatherFrom) -> Sql:
    """The latest day on which the condition's answer may still turn with the moment of judging:
    a day that a date which it reads can be hidden on. NULL: it stands."""
    if source.where is None:
        return "CAST(NULL AS INTEGER)"
    names = _dates_read(scope.world.plan, source.where, record.kind)
    if names is None:
        return str(LAST_DAY)
    days: list[Sql] = []
    for name in sorted(names):
        moment = scope.field(record, name)
        assert isinstance(moment, Mom)
        days.append(moment.end)
    return f"GREATEST({', '.join(days)})" if days else "CAST(NULL AS INTEGER)"


def _dates_read(plan: core.Plan, where: core.Core, kind: Kind) -> set[str] | None:
    """The dates of a record (slot 1) that a condition reads and an end may hide; None where it
    reads more than that record and the date of the one before it (slot 2)."""
    found: set[str] = set()
    for node in nodes(where):
        match node:
            case core.Field(record=core.Slot(index=place), kind=of, name=name):
                field = plan.schema.kinds[of].fields[name]
                hides = field.type in DATES and not field.planned
                if place == 1 and of == kind.name:
                    found |= {name} if hides and name != kind.happened else set()
                elif hides and (place != 2 or name != kind.happened):
                    return None
            case core.Derived(record=core.Slot(index=1), kind=of, name=name) if of == kind.name:
                inner = _dates_read(plan, plan.definitions[of, name].value, kind)
                if inner is None:
                    return None
                found |= inner
            case core.AsAt() | core.RecordSet() | core.Follow() | core.Derived():
                return None
            case core.SettingValue(name=name) if plan.settings[name].is_dated:
                return None  # its value is that of the moment of judging (S20)
            case _:
                pass
    return found


def _stand_ins(world: World, table: Table, clocked: bool) -> None:
    """One row for all that a gathered kind may lack, whichever the source (S8)."""
    times = ", CAST(NULL AS BIGINT) AS a0, CAST(NULL AS BIGINT) AS u0, FALSE AS ck"
    states = "".join(
        f", 5 AS s{column.index}" for column in table.columns.values() if column.index > 1
    )
    world.tables.con.execute(
        f"INSERT INTO {table.seen} BY NAME SELECT -1 - g.cs AS rid, g.cs, TRUE AS u, "
        "min(COALESCE(g.f0, 1)) AS f0, max(COALESCE(g.l0, i.a_day)) AS l0, 0 AS s0, 5 AS s1, "
        f"{reasons.gathered('g.pr', str)} AS pr{times if clocked else ''}{states} "
        f"FROM g{table.number} g JOIN inst i ON i.cs = g.cs "
        "WHERE g.u AND g.w IS NOT FALSE GROUP BY g.cs"
    )


__all__ = ["Before", "NotCompiledError", "chain", "make_befores", "make_gathered", "over_kind"]
