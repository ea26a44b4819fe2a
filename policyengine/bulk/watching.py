"""Who is watched under a version of a rule (S5, S14, S20) in SQL, as at the run's date."""

from __future__ import annotations

from dataclasses import dataclass

from policyengine.bulk import clocks, expressions, reasons
from policyengine.bulk.prepare import chain, over_kind
from policyengine.bulk.reasons import none
from policyengine.bulk.relation import as_table
from policyengine.bulk.scope import Scope, Trigger, World
from policyengine.bulk.terms import (
    Lazy,
    Mom,
    NotCompiledError,
    Rec,
    Text,
    Truth,
    case,
    negated,
    unknown,
)
from policyengine.plan import core
from policyengine.values.truth import Why

Sql = str


@dataclass(slots=True)
class Watch:
    """The subjects of a rule's version: rows of a relation, and what is known of each by name,
    made when it is asked for."""

    scope: Scope
    record: Rec
    columns: dict[str, Lazy]
    has_end: bool = False
    timed_end: bool = False
    vague_end: bool = False
    test: Sql = "TRUE"

    def statement(self) -> Sql:
        """The statement that gives all of it."""
        made = {name: make() for name, make in self.columns.items()}
        test = "" if self.test == "TRUE" else self.test
        return self.scope.relation.program.statement(self.scope.relation, made, test)


def watch(world: World, rule: core.Rule) -> Watch:
    """The subjects, whether they are surely watched, their previous or companion, their ends,
    and whether the version is in force."""
    subject = rule.subject
    companion = subject.companion
    source = ""
    if companion is not None:
        other = world.tables.kinds[companion.kind]
        unseen = " AND NOT n.u" if other.unseen else ""
        same = " AND n.rid <> m.rid" if companion.kind == subject.kind else ""
        source = f" JOIN {other.seen} n ON n.cs = m.cs{unseen}{same}"
    scope, record = over_kind(world, subject.kind, source)
    scope.lets = {let.slot: let.value for let in rule.lets}
    scope.slots[subject.slot] = record
    if subject.previous is not None:
        scope.slots[subject.previous] = _no_record(record)
    scope.trigger = trigger_of(scope, rule)
    counts, why = _watched(scope, record, subject.where)
    made = Watch(scope, record, {})
    columns = made.columns
    columns |= {
        "cs": lambda: scope.case,
        "rid": lambda: record.column("rid"),
        "id": lambda: record.column("id"),
    }
    if subject.previous is not None:
        is_apart = companion is None and not record.kind.shared
        columns |= (
            _apart(world, rule, scope, record) if is_apart else _before(scope, record, counts)
        )
    if companion is not None:
        counts, why = _paired(scope, companion, counts, why)
        pair = scope.slots[companion.slot]
        assert isinstance(pair, Rec)
        columns |= {"pair": lambda: pair.column("rid"), "pair_id": lambda: pair.column("id")}
    columns["counts"] = lambda: counts
    columns["why"] = lambda: case((unknown(counts), why()), otherwise=reasons.none())
    columns |= _in_force(scope, rule)
    columns |= _ends(scope, rule, record, made)
    if record.unseen:
        made.test = f"NOT {record.column('u')}"
    return made


def _before(scope: Scope, record: Rec, counts: Sql) -> dict[str, Lazy]:
    """Each subject's previous one."""
    before = chain(scope, record, counts, unknown(counts))
    return {
        "prev": lambda: before.rid,
        "prev_is": lambda: before.status,
        "prev_why": lambda: before.why,
        "prev_doubted": lambda: f"({before.status} IN (2, 3) AND {before.doubted})",
    }


def _apart(world: World, rule: core.Rule, outer: Scope, record: Rec) -> dict[str, Lazy]:
    """The same from a statement of its own, of few columns: to put a kind's records in order
    with all that a rule reads of them, long texts too, would cost far more."""
    scope, mine = over_kind(world, rule.subject.kind)
    scope.lets = outer.lets
    scope.slots[rule.subject.slot] = mine
    scope.slots[rule.subject.previous or 0] = _no_record(mine)
    scope.trigger = trigger_of(scope, rule)
    counts, _ = _watched(scope, mine, rule.subject.where)
    made = {name: make() for name, make in _before(scope, mine, counts).items()}
    made["rid"] = mine.column("rid")
    table = as_table(scope.relation.program.statement(scope.relation, made))
    rid = record.column("rid")

    def column(name: str) -> Lazy:
        return lambda: outer.relation.look_up(table, f"{{j}}.rid = {rid}", name)

    return {name: column(name) for name in made if name != "rid"}


def _no_record(record: Rec) -> Rec:
    """The previous record, where it is not known yet."""

    def missing(_: str) -> Sql:
        raise NotCompiledError("a `where` that reads the previous record")

    return Rec(record.kind, missing, None, "1", lambda _: reasons.none())


def trigger_of(scope: Scope, rule: core.Rule) -> Trigger | None:
    """S20: the day that settles the version and the settings in force."""
    if rule.trigger is None:
        return None
    moment = expressions.moment_of(scope, rule.trigger)
    day = scope.add(case((moment.not_yet, scope.now.day), otherwise=moment.day))
    return Trigger(day, scope.add(moment.is_missing), moment.reasons)


def _watched(scope: Scope, record: Rec, where: core.Core | None) -> tuple[Sql, Lazy]:
    """Whether a record is watched, and why that is not sure."""
    truth = Truth("TRUE", none) if where is None else expressions.truth_of(scope, where)
    perhaps = scope.perhaps(record)
    sql = truth.sql
    if perhaps is not None:
        perhaps = scope.add(perhaps)
        sql = scope.add(
            f"CASE WHEN {sql} IS FALSE THEN FALSE WHEN {reasons.some(perhaps)} THEN NULL "
            f"ELSE {sql} END"
        )

    def why() -> Sql:
        mine = reasons.where((f"{truth.sql} IS NULL", truth.reasons()))
        return mine if perhaps is None else reasons.all_of([perhaps, mine])

    return sql, why


def _paired(scope: Scope, companion: core.Companion, counts: Sql, why: Lazy) -> tuple[Sql, Lazy]:
    kind = scope.table(companion.kind)
    pair = Rec(kind.kind, scope.relation.base_of("n"), None, unseen=False)
    scope.slots[companion.slot] = pair
    truth = (
        Truth("TRUE", none)
        if companion.where is None
        else expressions.truth_of(scope, companion.where)
    )
    perhaps = scope.add(scope.doubt(pair)) if kind.gathered else None
    sure = f"NOT ({reasons.some(perhaps)})" if perhaps else "TRUE"
    first = counts
    both = scope.add(
        f"CASE WHEN {first} IS FALSE OR {truth.sql} IS FALSE THEN FALSE "
        f"WHEN {first} AND {truth.sql} AND {sure} THEN TRUE END"
    )

    def reasons_of() -> Sql:
        mine = reasons.where((f"{first} IS NULL", why()), (f"{truth.sql} IS NULL", truth.reasons()))
        return mine if perhaps is None else reasons.all_of([mine, perhaps])

    return both, reasons_of


def _in_force(scope: Scope, rule: core.Rule) -> dict[str, Lazy]:
    """Whether the trigger day lies in the version's dates; NULL where it is not known."""
    tests = []
    trigger = scope.trigger
    day = scope.now.day if trigger is None else trigger.day
    if rule.applies_from is not None:
        tests.append(f"{day} >= {rule.applies_from.toordinal()}")
    if rule.applies_until is not None:
        tests.append(f"{day} <= {rule.applies_until.toordinal()}")
    if not tests:
        return {"in_force": lambda: "TRUE", "force_why": reasons.none}
    sql = " AND ".join(tests)
    if trigger is None:
        return {"in_force": lambda: f"({sql})", "force_why": reasons.none}
    return {
        "in_force": lambda: case((negated(trigger.unknown), f"({sql})")),
        "force_why": lambda: reasons.where((trigger.unknown, trigger.reasons())),
    }


def _ends(scope: Scope, rule: core.Rule, record: Rec, made: Watch) -> dict[str, Lazy]:
    """The earliest end of the subject, or death, on or before as-at."""
    schema = scope.world.plan.schema
    found: list[tuple[Mom, Lazy]] = []
    paths = schema.kinds[rule.subject.kind].ended
    found += [_end_of(scope, record, path) for path in paths if path not in rule.kept_open]
    if schema.died is not None and not rule.ignores_death:
        whole = scope.slots[0]
        assert isinstance(whole, Rec)
        found.append(_end_of(scope, whole, (schema.died,)))
    if not found:
        return {}
    made.has_end = True
    made.timed_end = any(end.at != "NULL" for end, _ in found)
    made.vague_end = any(not end.is_exact or end.until for end, _ in found)
    best, why = found[0]
    best = clocks.chosen(scope, [(f"({best.day} <= {scope.now.day})", best)])
    whys = [(f"{best.day} IS NOT NULL", why)]
    for end, why in found[1:]:
        sooner = f"({best.day} IS NULL OR {_sooner(end, best)})"
        earlier = scope.add(f"({end.day} <= {scope.now.day} AND {sooner})")
        best = clocks.chosen(scope, [(earlier, end), ("TRUE", best)])
        whys.insert(0, (earlier, why))
    ends = best
    return {
        "e_day": lambda: ends.day,
        "e_last": lambda: ends.end,
        "e_at": lambda: f"CAST({ends.at} AS BIGINT)",
        "e_until": lambda: f"CAST({ends.ends_at} AS BIGINT)",
        "e_timed": lambda: f"COALESCE({ends.timed}, FALSE)",
        "e_clock": lambda: f"COALESCE({ends.clock}, FALSE)",
        "e_why": lambda: case(*((test, make()) for test, make in whys)),
    }


def _sooner(one: Mom, other: Mom) -> Sql:
    """Of two on one day, the one with a time of day is the earlier."""
    if one.timed == "FALSE" == other.timed:
        return f"{one.day} < {other.day}"

    def key(moment: Mom) -> Sql:
        at = f"CASE WHEN {moment.timed} THEN COALESCE({moment.at}, 0) ELSE 0 END"
        return f"row({moment.day}, CAST(NOT {moment.timed} AS INTEGER), CAST({at} AS BIGINT))"

    return f"{key(one)} < {key(other)}"


def _end_of(scope: Scope, record: Rec, path: tuple[str, ...]) -> tuple[Mom, Lazy]:
    """The date at the end of a path of fields, with the reason that names it."""
    kind = record.kind
    for name in path[:-1]:
        ref = scope.field(record, name)
        target = kind.fields[name].target
        assert isinstance(ref, Text)
        assert target is not None
        record = expressions.followed(scope, ref, target)
        kind = record.kind
    moment = scope.field(record, path[-1])
    assert isinstance(moment, Mom)
    code = scope.world.reasons.code(Why.ENDED, kind.name, path[-1])
    return moment, lambda: reasons.item(code, record.column("id"))
