"""Sets of records (S8, S19) in SQL: each row joined with the records of its case, and what they
come to, joined back. An unseen record outside coverage is a row that is marked so."""

from __future__ import annotations

from policyengine.bulk import expressions, reasons
from policyengine.bulk.scope import Scope
from policyengine.bulk.terms import Mom, NotCompiledError, Number, Rec, Term, Text, Truth
from policyengine.bulk.texts import new_words, words_of
from policyengine.plan import core
from policyengine.values.truth import Why

Sql = str


class Members:
    """The rows of a set under construction, one for each record that may be a member."""

    def __init__(self, scope: Scope, records: core.RecordSet) -> None:
        self.outer = scope
        self.records = records
        self.scope, self.record = scope.members(records.kind)
        self.scope.slots[records.slot] = self.record
        perhaps = self.scope.perhaps(self.record)
        where = (
            Truth("TRUE", reasons.none)
            if records.where is None
            else expressions.truth_of(self.scope, records.where)
        )
        self.where = where
        self.truth = where.sql
        self._perhaps = None if perhaps is None else self.scope.add(perhaps)
        if self._perhaps is not None:
            self.truth = self.scope.add(
                f"CASE WHEN {where.sql} IS FALSE THEN FALSE "
                f"WHEN {reasons.some(self._perhaps)} THEN NULL ELSE {where.sql} END"
            )
        self.unseen = self.record.column("u") if self.record.unseen else "FALSE"

    def reasons(self) -> Sql:
        """Why it is only perhaps a member."""
        mine = reasons.where((f"{self.where.sql} IS NULL", self.where.reasons()))
        return mine if self._perhaps is None else reasons.all_of([self._perhaps, mine])

    def joined(self) -> None:
        """End the construction: from here on there are totals."""
        self.scope.relation.join()

    def count(self, test: Sql) -> Sql:
        """How many rows pass, 0 where there are none."""
        return f"COALESCE({self.scope.relation.total(f'count(*) FILTER ({test})')}, 0)"

    def any(self, test: Sql) -> Sql:
        """Whether a row passes."""
        return self.scope.relation.flag(test)

    def gathered(self, test: Sql, lists: Sql) -> Sql:
        """The reasons of the rows that pass."""
        if lists == reasons.none():
            return reasons.none()
        column = self.scope.add(f"CASE WHEN {test} THEN {lists} END")
        return reasons.gathered(column, self.scope.relation.total)

    @property
    def sure(self) -> Sql:
        """Rows that are members."""
        return f"{self.truth} IS TRUE AND NOT {self.unseen}"

    @property
    def unsure(self) -> Sql:
        """Rows that are perhaps members."""
        return f"{self.truth} IS NULL AND NOT {self.unseen}"

    @property
    def perhaps_unseen(self) -> Sql:
        """Stand-ins for members that may be outside coverage."""
        return f"{self.unseen} AND {self.truth} IS NOT FALSE"


def compiled_set(scope: Scope, node: core.Core) -> Term:
    """The term of a node that walks a set."""
    match node:
        case core.ThereIs(records=records, least=least):
            return _there_is(Members(scope, records), least)
        case core.Every(records=records, has=has):
            return _every(Members(scope, records), has)
        case core.NumberOf(records=records):
            return _number_of(Members(scope, records))
        case core.Pick(which=which, records=records):
            return _pick(Members(scope, records), latest=which == "latest")
        case core.Aggregate():
            return _aggregate(Members(scope, node.records), node)
    raise AssertionError(type(node).__name__)


def _there_is(members: Members, least: int) -> Truth:
    members.joined()
    if least == 1:
        sure, perhaps = members.any(members.sure), members.any(members.unsure)
    else:
        count, more = members.count(members.sure), members.count(members.unsure)
        sure, perhaps = f"{count} >= {least}", f"{count} + {more} >= {least}"
    unseen = ""
    if members.record.unseen:
        unseen = f"WHEN {members.any(members.perhaps_unseen)} THEN NULL "
    sql = f"CASE WHEN {sure} THEN TRUE {unseen}WHEN {perhaps} THEN NULL ELSE FALSE END"
    doubt = f"{members.truth} IS NULL"
    return Truth(
        members.outer.add(sql),
        lambda: members.gathered(
            f"({doubt} OR ({members.perhaps_unseen}))" if members.record.unseen else doubt,
            members.reasons(),
        ),
    )


def _every(members: Members, has: core.Core) -> Truth:
    holds = expressions.truth_of(members.scope, has)
    members.joined()
    broken = f"{members.truth} IS TRUE AND {holds.sql} IS FALSE AND NOT {members.unseen}"
    open_ = f"({members.truth} IS NOT FALSE AND {holds.sql} IS NOT TRUE)"
    sql = (
        f"CASE WHEN {members.any(broken)} THEN FALSE "
        f"WHEN {members.any(open_)} THEN NULL ELSE TRUE END"
    )

    def why() -> Sql:
        mine = reasons.where((f"{members.truth} IS NULL", members.reasons()))
        known = f"{holds.sql} IS NULL AND NOT {members.unseen}"
        both = reasons.all_of([mine, reasons.where((known, holds.reasons()))])
        return members.gathered(open_, both)

    return Truth(members.outer.add(sql), why)


def _number_of(members: Members) -> Number:
    members.joined()
    scope = members.outer
    sure = scope.add(members.count(members.sure))
    doubt = f"{members.truth} IS NULL"
    high = f"{sure} + {members.count(members.unsure)}"
    wide = members.any(members.unsure)
    if members.record.unseen:
        doubt = f"({doubt} OR ({members.perhaps_unseen}))"
        unbounded = members.any(members.perhaps_unseen)
        high = f"CASE WHEN {unbounded} THEN NULL ELSE {high} END"
        wide = f"({wide} OR {unbounded})"

    def why() -> Sql:
        return members.gathered(doubt, members.reasons())

    return Number(sure, why, scope.add(high), scope.add(wide))


def _pick(members: Members, *, latest: bool) -> Rec:
    scope, inner, record = members.outer, members.scope, members.record
    kind = record.kind
    scope.note_order(kind)
    undated = "FALSE"
    code = scope.world.reasons.code
    undated_why = reasons.none()
    if kind.ordered_by is not None:
        order = inner.field(record, kind.ordered_by)
        assert isinstance(order, Mom)
        undated = inner.add(f"({order.day} IS NULL)")
        undated_why = reasons.one(
            code(Why.NOT_RECORDED, kind.name, kind.ordered_by), record.column("id")
        )
    members.joined()
    total = inner.relation.total
    rid = record.column("rid")
    ends = "max" if latest else "min"
    sure = f"{members.sure} AND NOT {undated}"
    taken = total(f"{ends}({rid}) FILTER ({sure})")
    first_unsure = total(f"{ends}({rid}) FILTER ({members.unsure} AND NOT {undated})")
    sign = ">" if latest else "<"
    possible = f"{members.truth} IS NOT FALSE AND NOT {members.unseen}"
    some = members.any(f"{possible} AND {undated}")
    rivals = f"({first_unsure} IS NOT NULL AND ({taken} IS NULL OR {first_unsure} {sign} {taken}))"
    lone = f"({members.count(possible)} = 1 AND {members.count(members.sure)} = 1)"
    alone = total(f"{ends}({rid}) FILTER ({members.sure})")
    unseen = "FALSE"
    if record.unseen:
        unseen = members.outer.add(_may_come_first(members, taken, latest))
        some_unseen = members.any(members.perhaps_unseen)
        lone = f"({lone} AND NOT {some_unseen})"
    doubted = f"({some} OR {rivals} OR {unseen})"
    any_sure = members.any(members.sure)
    status = scope.add(
        f"CASE WHEN {lone} THEN 0 WHEN {doubted} THEN (CASE WHEN {any_sure} THEN 3 ELSE 2 END) "
        f"WHEN {taken} IS NULL THEN 1 ELSE 0 END"
    )
    chosen = scope.add(f"CASE WHEN {lone} THEN {alone} WHEN {status} = 0 THEN {taken} END")
    found = scope.by_rid(kind.name, chosen)
    none = reasons.one(code(Why.NO_RECORD, kind.name))

    def why(_: str | None) -> Sql:
        doubts = _pick_doubts(members, taken, latest, undated, undated_why)
        if record.unseen:
            outside = reasons.one(code(Why.OUTSIDE_COVERAGE, kind.name))
            if members.scope.perhaps(record) is not None:
                outside = members.gathered(members.perhaps_unseen, members.reasons())
            doubts = reasons.all_of([doubts, reasons.where((unseen, outside))])
        return f"CASE {status} WHEN 1 THEN {none} ELSE {doubts} END"

    return Rec(kind, found.column, scope.clock, status, why)


def _pick_doubts(members: Members, taken: Sql, latest: bool, undated: Sql, undated_why: Sql) -> Sql:
    """The reasons of the undated, and of the unsure that stand before the one taken."""
    inner, record = members.scope, members.record
    mine = reasons.where((f"{members.truth} IS NULL", members.reasons()))
    listed = reasons.all_of([reasons.where((undated, undated_why)), mine])
    possible = f"{members.truth} IS NOT FALSE AND NOT {members.unseen}"
    test = f"{possible} AND ({undated} OR {members.truth} IS NULL)"
    packed = inner.add(
        f"CASE WHEN {test} THEN {{'r': {record.column('rid')}, 'u': {undated}, 'w': {listed}}} END"
    )
    total = inner.relation.total(f"list({packed}) FILTER ({packed} IS NOT NULL)")
    sign = ">" if latest else "<"
    before = f"list_filter({total}, lambda e: e.u OR {taken} IS NULL OR e.r {sign} {taken})"
    return reasons.together(f"list_transform({before}, lambda e: e.w)")


def _may_come_first(members: Members, taken: Sql, latest: bool) -> Sql:
    """Whether an unseen record could stand before the one taken."""
    scope, record = members.outer, members.record
    kind = record.kind
    there = members.any(members.perhaps_unseen)
    if kind.ordered_by is None or kind.ordered_by != kind.happened:
        return there
    if not latest:  # an unseen one may have happened on the first of days
        return there
    order = members.scope.field(record, kind.ordered_by)
    assert isinstance(order, Mom)
    last = members.scope.relation.total(f"max({order.end}) FILTER ({members.unseen})")
    here = scope.by_rid(kind.name, taken).column(f"f{kind.fields[kind.ordered_by].index}")
    return f"({there} AND ({taken} IS NULL OR {last} >= {here}))"


def _aggregate(members: Members, node: core.Aggregate) -> Number:
    value = expressions.number_of(members.scope, node.value)
    inner = members.scope
    members.joined()
    scope = members.outer
    counted = f"{members.truth} IS NOT FALSE AND NOT {members.unseen}"
    vague = f"{members.truth} IS NULL OR {value.low} IS NULL OR ({value.wide}) IS TRUE"
    doubted = f"(({counted}) AND ({vague}))"
    if members.record.unseen:
        doubted = f"({doubted} OR ({members.perhaps_unseen}))"
    how = {"total": "sum", "highest": "max", "lowest": "min"}[node.how]
    total = inner.relation.total(f"{how}({value.low}) FILTER ({members.sure})")
    found = f"COALESCE({total}, 0)" if node.how == "total" else total
    nothing = reasons.one(scope.world.reasons.code(Why.NO_RECORD, members.records.kind))

    def why() -> Sql:
        mine = reasons.where((f"{members.truth} IS NULL", members.reasons()))
        if members.record.unseen:
            mine = reasons.where(
                (f"{members.truth} IS NULL OR {members.unseen}", members.reasons())
            )
        blank = f"({value.low} IS NULL OR ({value.wide}) IS TRUE) AND NOT {members.unseen}"
        listed = members.gathered(
            doubted, reasons.all_of([mine, reasons.where((blank, value.reasons()))])
        )
        return f"CASE WHEN {members.any(doubted)} THEN {listed} ELSE {nothing} END"

    return Number(scope.add(f"CASE WHEN {members.any(doubted)} THEN NULL ELSE {found} END"), why)


def new_words_since_any(scope: Scope, node: core.NewWordsSinceAny) -> Number:
    """Distinct words of a text that none of the set's texts has; a range where one of them
    cannot be read, or is only perhaps of the set."""
    text = expressions.text_of(scope, node.text)
    mine = scope.add(words_of(text))
    members = Members(scope, node.records)
    value = expressions.text_of(members.scope, node.value)
    theirs = members.scope.add(words_of(value))
    members.joined()
    total = members.scope.relation.total
    read = f"{members.truth} IS NOT FALSE AND NOT {members.unseen}"
    unread = f"(({read}) AND {theirs} IS NULL)"
    if members.record.unseen:
        unread = f"({unread} OR ({members.perhaps_unseen}))"
    there = f"{theirs} IS NOT NULL AND NOT {members.unseen}"
    unsure = f"({members.truth} IS NULL AND {there})"
    sure = total(f"list({theirs}) FILTER ({members.truth} IS TRUE AND {there})")
    other = total(f"list({theirs}) FILTER ({unsure})")

    def left(lists: Sql) -> Sql:
        return new_words(mine, f"COALESCE(flatten({lists}), []::INTEGER[])")

    most = scope.add(left(sure))
    all_read = left(f"list_concat({sure}, {other})")
    fewest = scope.add(f"CASE WHEN {other} IS NULL THEN {most} ELSE {all_read} END")
    low = scope.add(
        f"CASE WHEN {members.any(unread)} AND {mine} IS NOT NULL THEN 0 ELSE {fewest} END"
    )

    def why() -> Sql:
        blank = reasons.where(
            (f"{theirs} IS NULL AND NOT {members.unseen}", value.reasons()),
            (f"{members.unseen}", members.reasons()),
            (unsure, members.reasons()),
        )
        listed = members.gathered(f"({unread} OR {unsure})", blank)
        return f"CASE WHEN {mine} IS NULL THEN {text.reasons()} ELSE {listed} END"

    return Number(low, why, most, scope.add(f"(({low} <> {most}) IS TRUE)"))


# --- definitions ----------------------------------------------------------------------------------


def derived(scope: Scope, record: Rec, kind: str, name: str) -> Term:
    """The value of a defined field of a record."""
    fact = scope.world.facts.get((kind, name))
    if fact is not None and (fact.stays or scope.clock is None):
        truth = fact.read(record)
        return truth if record.status is None else _of_maybe(scope, record, truth)
    definition = scope.world.plan.definitions[kind, name]
    inner = scope.within(scope.relation)
    inner.slots = {0: scope.slots[0], 1: record}
    inner.lets = {}
    if definition.sees_previous:
        inner.slots[2] = before(scope, record)
    term = expressions.compiled(inner, definition.value)
    return term if record.status is None else _of_maybe(scope, record, term)


def _of_maybe(scope: Scope, record: Rec, term: Term) -> Term:
    """A defined field of what may be no record: then it is unknown, whatever it says."""
    assert record.gone is not None
    gone = record.gone

    def why() -> Sql:
        assert not isinstance(term, Rec)
        there = f"{record.status} = 0"
        return f"CASE WHEN {there} THEN {term.reasons()} ELSE {gone(record.kind.name)} END"

    def only(sql: Sql, otherwise: Sql = "NULL") -> Sql:
        return scope.add(f"CASE WHEN {record.status} = 0 THEN {sql} ELSE {otherwise} END")

    match term:
        case Truth():
            return Truth(only(term.sql), why, record.is_doubtful)
        case Text():
            words = term.words
            of_record = None if words is None else lambda: only(words())
            return Text(only(term.sql), why, record.is_doubtful, of_record)
        case Number():
            return Number(
                only(term.low), why, only(term.top), only(term.wide, "FALSE"), record.is_doubtful
            )
        case _:
            raise NotCompiledError("a defined date or duration of a record that may not be there")


def before(scope: Scope, record: Rec) -> Rec:
    """The record before it among all of its kind (S22)."""
    kind = record.kind.name
    table = scope.world.befores.get(kind)
    if table is None:
        raise NotCompiledError(f"the record before a {kind}")
    if scope.clock is not None and record.kind.ordered_by != record.kind.happened:
        raise NotCompiledError("the record before, in an order of its own, as at an end")
    rid = scope.add(record.column("rid"))

    def about(column: str) -> Sql:
        return scope.relation.look_up(table, f"{{j}}.rid = {rid}", column)

    first = reasons.one
    code = scope.world.reasons.code
    status = scope.add(f"COALESCE({about('status')}, 1)")
    previous = scope.by_rid(kind, about("prev"))

    def why(of: str | None) -> Sql:
        none = first(code(Why.NO_PREVIOUS, of))
        theirs = reasons.stored(about("why"), scope.world.codes[table])
        return f"CASE WHEN {status} = 1 THEN {none} ELSE {theirs} END"

    return Rec(record.kind, previous.column, record.clock, status, why)
