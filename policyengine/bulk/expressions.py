"""The meaning of expressions (S2, S15 to S21) in SQL: each core node becomes a term.

It follows `evaluate.expressions` node by node; tests hold the two equal.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import assert_never

from policyengine.bulk import clocks, reasons, sets, texts
from policyengine.bulk.scope import Scope, later
from policyengine.bulk.terms import (
    Lazy,
    Length,
    Mom,
    NotCompiledError,
    Number,
    Rec,
    Term,
    Text,
    Truth,
    literal,
    none,
)
from policyengine.plan import core
from policyengine.schema.model import FieldType
from policyengine.values.durations import Duration
from policyengine.values.moments import Moment
from policyengine.values.truth import Why


def compiled(scope: Scope, node: core.Core) -> Term:
    """The term of a node."""
    match node:
        case core.Const(value=value):
            return constant(value)
        case core.SettingValue(name=name):
            return _setting(scope, name)
        case core.AsAt():
            return scope.now
        case core.Slot(index=index):
            return scope.slots[index]
        case core.Field(record=record, name=name):
            return scope.field(record_of(scope, record), name)
        case core.IdOf(record=record):
            return id_of(scope, compiled(scope, record))
        case core.Derived(record=record, kind=kind, name=name):
            return sets.derived(scope, record_of(scope, record), kind, name)
        case core.Follow(ref=ref, kind=kind):
            return followed(scope, text_of(scope, ref), kind)
        case core.Not(operand=operand):
            truth = truth_of(scope, operand)
            return Truth(f"(NOT {truth.sql})", truth.reasons, truth.doubtful)
        case core.And(items=items):
            return _joined(scope, items, "AND")
        case core.Or(items=items):
            return _joined(scope, items, "OR")
        case core.AtLeast(least=least, items=items):
            return _at_least(scope, least, [truth_of(scope, item) for item in items])
        case core.Compare():
            return _compare(scope, node)
        case core.InList():
            return _in_list(scope, node)
        case core.Presence(operand=operand, how=how):
            return _presence(scope, compiled(scope, operand), how)
        case core.Sum(sign=sign, left=left, right=right):
            return _sum(scope, sign, number_of(scope, left), number_of(scope, right))
        case core.Choice():
            return _choice(scope, node)
        case core.Deadline():
            raise NotCompiledError("a deadline outside a message")
        case core.ThereIs() | core.Every() | core.NumberOf() | core.Pick() | core.Aggregate():
            return sets.compiled_set(scope, node)
        case core.NewWordsSinceAny():
            return sets.new_words_since_any(scope, node)
        case (
            core.Mentions()
            | core.Matches()
            | core.Repeats()
            | core.WordsIn()
            | core.NewWords()
            | core.Similarity()
        ):
            return texts.compiled_text(scope, node)
        case core.IsWithin():
            return _is_within(scope, node)
        case core.Shift(sign=sign, date=date, length=length):
            return _shift(scope, sign, moment_of(scope, date), length_of(scope, length))
        case core.DaysFrom(start=start, end=end):
            return _days(scope, node, start, end)
        case core.AgeAt(birth=birth, at=at):
            return _days(scope, node, birth, at)
        case core.StartOf(unit=unit, date=date):
            moment = moment_of(scope, date)
            return _by_day(moment, lambda day: clocks.start_of(scope, unit, day))
        case core.PeriodEnd(length=length, date=date) | core.PeriodStart(length=length, date=date):
            ends = isinstance(node, core.PeriodEnd)
            return _period(scope, moment_of(scope, date), length_of(scope, length), ends)
        case core.ExtremeOf(which=which, items=items):
            return _extreme(scope, which == "later", [moment_of(scope, item) for item in items])
    raise NotCompiledError(type(node).__name__)


# --- terms of one type ----------------------------------------------------------------------------


def truth_of(scope: Scope, node: core.Core) -> Truth:
    """A truth; its value stands in a column or is an atom."""
    term = compiled(scope, node)
    assert isinstance(term, Truth), type(node).__name__
    return Truth(scope.add(term.sql), term.reasons, term.doubtful)


def text_of(scope: Scope, node: core.Core) -> Text:
    """A text."""
    term = compiled(scope, node)
    assert isinstance(term, Text), type(node).__name__
    return term


def number_of(scope: Scope, node: core.Core) -> Number:
    """A number."""
    term = compiled(scope, node)
    assert isinstance(term, Number), type(node).__name__
    return term


def moment_of(scope: Scope, node: core.Core) -> Mom:
    """A moment."""
    term = compiled(scope, node)
    assert isinstance(term, Mom), type(node).__name__
    return term


def length_of(scope: Scope, node: core.Core) -> Length:
    """A duration."""
    term = compiled(scope, node)
    assert isinstance(term, Length), type(node).__name__
    return term


def record_of(scope: Scope, node: core.Core) -> Rec:
    """A record, or what may be one."""
    term = compiled(scope, node)
    assert isinstance(term, Rec), type(node).__name__
    return term


def constant(value: core.Literal_) -> Term:
    """A literal."""
    match value:
        case bool():
            return Truth("TRUE" if value else "FALSE", none)
        case str():
            return Text(literal(value), none, words=texts.constant_words(value))
        case Decimal() | int():
            return Number(format(value, "f"), none, shown=literal(str(value)))
        case Moment():
            return clocks.constant(value.day, value.last, value.at, value.until, value.timed)
        case Duration():
            return Length((("TRUE", value),), none)
    raise AssertionError(type(value).__name__)


def _setting(scope: Scope, name: str) -> Term:
    setting = scope.world.plan.settings[name]
    if setting.options is not None:
        raise NotCompiledError("a list where a value is due")
    if not setting.is_dated:
        return constant(setting.values[0][1])
    trigger = scope.trigger
    day = scope.now.day if trigger is None else trigger.day
    before: list[str] = []
    options: list[tuple[str, Term]] = []
    for start, value in reversed(setting.values):
        test = "TRUE" if start is None else f"{day} >= {start.toordinal()}"
        clear = "" if trigger is None else f"NOT {trigger.unknown} AND "
        later = "".join(f" AND NOT ({other})" for other in before)
        options.append((scope.add(f"({clear}{test}{later}) IS TRUE"), constant(value)))
        before.append(test)
    code = reasons.one(scope.world.reasons.code(Why.NOT_RECORDED, field=name))

    def missing() -> str:
        if trigger is None:
            return code
        return f"CASE WHEN {trigger.unknown} THEN {trigger.reasons()} ELSE {code} END"

    return _first_of(scope, options, missing)


def _first_of(scope: Scope, options: Sequence[tuple[str, Term]], missing: Lazy) -> Term:
    """The term whose condition holds; they are of one type, and no two hold at once. Where none
    does it is unknown."""

    def pick(part: object, otherwise: str = "NULL") -> str:
        assert callable(part)
        tests = " ".join(f"WHEN {test} THEN {part(term)}" for test, term in options)
        return scope.add(f"CASE {tests} ELSE {otherwise} END")

    def why() -> str:
        tests = " ".join(
            f"WHEN {test} THEN {term.reasons()}"
            for test, term in options
            if not isinstance(term, Rec)
        )
        return f"CASE {tests} ELSE {missing()} END"

    doubts = {term.doubtful for _, term in options if not isinstance(term, Rec | Length)}
    doubtful = "FALSE" if doubts <= {"FALSE"} else pick(lambda term: term.doubtful, "FALSE")
    match options[0][1]:
        case Truth():
            return Truth(pick(lambda term: term.sql), why, doubtful)
        case Text():
            words = None
            if all(isinstance(term, Text) and term.words for _, term in options):
                words = lambda which: pick(lambda term: term.words(which))  # noqa: E731
            return Text(pick(lambda term: term.sql), why, doubtful, words)
        case Number():
            ranged = any(isinstance(term, Number) and term.wide != "FALSE" for _, term in options)
            return Number(
                pick(lambda term: term.low),
                why,
                pick(lambda term: term.top) if ranged else "",
                pick(lambda term: term.wide, "FALSE") if ranged else "FALSE",
                doubtful,
            )
        case Length():
            made: list[tuple[str, Duration]] = []
            for test, term in options:
                assert isinstance(term, Length)
                made += [
                    (test if inner == "TRUE" else scope.add(f"({test} AND {inner}) IS TRUE"), each)
                    for inner, each in term.options
                ]
            return Length(tuple(made), why)
        case Mom():
            moments = [(test, term) for test, term in options if isinstance(term, Mom)]
            picked = clocks.chosen(scope, moments)
            return Mom(
                picked.day,
                why,
                picked.last,
                picked.at,
                picked.until,
                picked.timed,
                picked.clock,
                picked.not_yet,
                doubtful,
            )
        case Rec():
            raise NotCompiledError("a choice between records")


def id_of(scope: Scope, term: Term) -> Text:
    """The id of a record; an id is one already."""
    if isinstance(term, Text):
        return term
    assert isinstance(term, Rec)

    def why() -> str:
        here = scope.perhaps(term) if term.unseen else None
        if term.status is None:
            return here or reasons.NONE
        assert term.gone is not None
        return f"CASE WHEN {term.status} = 0 THEN {here or reasons.NONE} ELSE {term.gone(None)} END"

    return Text(term.column("id"), why, term.is_doubtful)


def followed(scope: Scope, ref: Text, kind: str) -> Rec:
    """The record that a reference points at, if it points at one."""
    table = scope.table(kind)
    relation = scope.relation
    id = scope.add(ref.sql)
    key = f"{{j}}.cs = {scope.case} AND {{j}}.id = {id}"
    clock = scope.clock
    if table.gathered and clock is not None:
        raise NotCompiledError("a reference to a gathered kind")
    seen = table.seen

    def column(name: str) -> str:
        return relation.look_up(seen, key, name)

    found = column("rid")
    if clock is not None and table.kind.happened is not None:
        happened = table.columns[table.kind.happened]
        timed = happened.field.type is FieldType.DATETIME
        at = column(f"a{happened.index}") if timed else "NULL"
        hidden = later(clock, column(f"f{happened.index}"), at)
        found = f"CASE WHEN ({hidden}) IS TRUE THEN NULL ELSE {found} END"
    otherwise = "1"
    if table.unseen:
        covered = relation.look_up(
            "cover", f"{{j}}.cs = {scope.case} AND {{j}}.k = {table.number}", "k"
        )
        otherwise = f"CASE WHEN {covered} IS NULL THEN 1 ELSE 4 END"
    status = scope.add(
        f"CASE WHEN {id} IS NULL AND {ref.doubtful} THEN 6 WHEN {id} IS NULL THEN 5 "
        f"WHEN {found} IS NOT NULL THEN 0 ELSE {otherwise} END"
    )
    code = scope.world.reasons.code
    gone = reasons.one(code(Why.NO_RECORD, kind), id)
    outside = reasons.one(code(Why.OUTSIDE_COVERAGE, kind))

    def why(_: str | None) -> str:
        return (
            f"CASE WHEN {status} > 4 THEN {ref.reasons()} "
            f"WHEN {status} = 4 THEN {outside} ELSE {gone} END"
        )

    return Rec(table.kind, column, clock, status, why, unseen=False)


# --- logic ----------------------------------------------------------------------------------------


def _joined(scope: Scope, items: Sequence[core.Core], how: str) -> Truth:
    truths = [truth_of(scope, item) for item in items]
    sql = f"({f' {how} '.join(truth.sql for truth in truths)})"
    return Truth(scope.add(sql), lambda: doubts_of(truths))


def doubts_of(truths: Sequence[Truth]) -> str:
    """The reasons of those that are unknown."""
    return reasons.where(
        *((f"{truth.sql} IS NULL", truth.reasons()) for truth in truths if truth.sql not in _SURE)
    )


_SURE = ("TRUE", "FALSE")


def _at_least(scope: Scope, least: int, truths: list[Truth]) -> Truth:
    sure = " + ".join(f"CAST({truth.sql} IS TRUE AS INTEGER)" for truth in truths)
    open_ = " + ".join(f"CAST({truth.sql} IS NOT FALSE AS INTEGER)" for truth in truths)
    sql = f"CASE WHEN {sure} >= {least} THEN TRUE WHEN {open_} >= {least} THEN NULL ELSE FALSE END"
    return Truth(scope.add(sql), lambda: doubts_of(truths))


# --- comparisons ----------------------------------------------------------------------------------


def _compare(scope: Scope, node: core.Compare) -> Truth:
    match node.domain:
        case core.Domain.MOMENT:
            return _compare_moments(scope, node)
        case core.Domain.NUMBER:
            one, other = number_of(scope, node.left), number_of(scope, node.right)
            return compare_numbers(scope, node.op, one, other)
        case core.Domain.TEXT | core.Domain.TRUTH:
            left, right = compiled(scope, node.left), compiled(scope, node.right)
            return _same(scope, left, right)
        case core.Domain.REF:
            left = id_of(scope, compiled(scope, node.left))
            return _same(scope, left, id_of(scope, compiled(scope, node.right)))
        case _:
            assert_never(node.domain)


def _same(scope: Scope, left: Term, right: Term) -> Truth:
    assert isinstance(left, Text | Truth)
    assert isinstance(right, Text | Truth)
    one, other = scope.add(left.sql), scope.add(right.sql)

    def why() -> str:
        return reasons.where(
            (f"{one} IS NULL", left.reasons()), (f"{other} IS NULL", right.reasons())
        )

    return Truth(scope.add(f"({one} = {other})"), why)


_SIGNS = {"eq": "=", "lt": "<", "gt": ">", "le": "<=", "ge": ">="}


def compare_numbers(scope: Scope, op: str, one: Number, other: Number) -> Truth:
    """Two numbers or ranges of them (S19)."""
    if one.wide == "FALSE" == other.wide:
        sql = f"({one.low} {_SIGNS[op]} {other.low})"
    else:
        sql = _ranged(op, one, other)

    def why() -> str:
        missing = f"({one.low} IS NULL OR {other.low} IS NULL)"
        return reasons.where(
            (f"{one.low} IS NULL", one.reasons()),
            (f"{other.low} IS NULL", other.reasons()),
            *(
                (f"NOT {missing} AND {each.wide}", each.reasons())
                for each in (one, other)
                if each.wide != "FALSE"
            ),
        )

    return Truth(scope.add(sql), why)


def _ranged(op: str, one: Number, other: Number) -> str:
    if op in ("gt", "le"):
        swapped = _ranged("lt", other, one)
        return swapped if op == "gt" else f"(NOT {swapped})"
    if op == "ge":
        return f"(NOT {_ranged('lt', one, other)})"
    known = f"{one.low} IS NOT NULL AND {other.low} IS NOT NULL"
    if op == "lt":
        return (
            f"(CASE WHEN {one.top} < {other.low} THEN TRUE "
            f"WHEN {known} AND {one.low} >= {other.top} THEN FALSE END)"
        )
    return (
        f"(CASE WHEN {one.top} < {other.low} OR {one.low} > {other.top} THEN FALSE "
        f"WHEN {one.low} = {one.top} AND {one.top} = {other.low} "
        f"AND {other.low} = {other.top} THEN TRUE END)"
    )


def _compare_moments(scope: Scope, node: core.Compare) -> Truth:
    one, other = moment_of(scope, node.left), moment_of(scope, node.right)
    return compare_moments(scope, node.op, one, other, (node.left, node.right))


def compare_moments(
    scope: Scope, op: str, one: Mom, other: Mom, behind: tuple[core.Core, ...]
) -> Truth:
    """Two moments, either of which may be not yet or unknown."""
    sql = clocks.compared(scope, op, one, other)
    options = []
    if one.not_yet != "FALSE" and other.not_yet != "FALSE":
        options.append(f"WHEN {one.not_yet} AND {other.not_yet} THEN NULL")
    if one.not_yet != "FALSE":
        answer = "TRUE" if op in ("gt", "ge") else "FALSE"
        options.append(f"WHEN {one.not_yet} AND {other.day} IS NOT NULL THEN {answer}")
    if other.not_yet != "FALSE":
        answer = "TRUE" if op in ("lt", "le") else "FALSE"
        options.append(f"WHEN {other.not_yet} AND {one.day} IS NOT NULL THEN {answer}")
    if options:
        sql = f"CASE {' '.join(options)} ELSE {sql} END"

    def why() -> str:
        missing = reasons.where(
            (one.is_missing, one.reasons()), (other.is_missing, other.reasons())
        )
        tests = [f"WHEN {one.is_missing} OR {other.is_missing} THEN {missing}"]
        if one.not_yet != "FALSE" and other.not_yet != "FALSE":
            both = f"{one.not_yet} AND {other.not_yet}"
            tests.append(f"WHEN {both} THEN {blame(scope, Why.NOT_RECORDED, *behind)}")
        return f"CASE {' '.join(tests)} ELSE {blame(scope, Why.IMPRECISE_TIME, *behind)} END"

    return Truth(scope.add(sql), why)


def _in_list(scope: Scope, node: core.InList) -> Truth:
    if node.setting is not None:
        options = scope.world.plan.settings[node.setting].options or ()
    else:
        options = tuple(option.value for option in node.options)
    if node.domain is core.Domain.MOMENT:
        value = moment_of(scope, node.value)
        tests = []
        for option in options:
            each = constant(option)
            assert isinstance(each, Mom)
            tests.append(compare_moments(scope, "eq", value, each, (node.value,)))
        return _any_of(scope, tests)
    if node.domain is core.Domain.NUMBER:
        number = number_of(scope, node.value)
        tests = []
        for option in options:
            other = constant(option)
            assert isinstance(other, Number)
            tests.append(compare_numbers(scope, "eq", number, other))
        return _any_of(scope, tests)
    term = compiled(scope, node.value)
    text = id_of(scope, term) if node.domain is core.Domain.REF else term
    assert isinstance(text, Text | Truth)
    listed = []
    for option in options:
        each = constant(option)
        assert isinstance(each, Text | Truth)
        listed.append(each.sql)
    value_sql = scope.add(text.sql)
    if not listed:
        return Truth(scope.add(f"CASE WHEN {value_sql} IS NOT NULL THEN FALSE END"), text.reasons)
    return Truth(scope.add(f"({value_sql} IN ({', '.join(listed)}))"), text.reasons)


def _any_of(scope: Scope, tests: list[Truth]) -> Truth:
    if not tests:
        return Truth("FALSE", none)
    sql = f"({' OR '.join(test.sql for test in tests)})"
    return Truth(scope.add(sql), lambda: doubts_of(tests))


def _presence(scope: Scope, term: Term, how: str) -> Truth:
    if how == "open":
        assert isinstance(term, Mom)
        there = f"WHEN {term.day} IS NOT NULL THEN FALSE"
        return Truth(
            scope.add(f"CASE WHEN {term.not_yet} THEN TRUE {there} ELSE NULL END"), term.reasons
        )
    if isinstance(term, Rec):
        return _record_presence(scope, term)
    is_there, not_yet = _there(term)
    if isinstance(term, Length) or is_there == "TRUE":
        return Truth("TRUE", none)
    why = term.reasons()
    known = reasons.has(why, Why.RECORDED_AS_UNKNOWN)
    if how == "known":
        answer = f"CASE WHEN {reasons.has(why, Why.OUTSIDE_COVERAGE)} THEN NULL ELSE FALSE END"
    else:
        blanks = (Why.NOT_RECORDED, Why.NO_RECORD, Why.NO_PREVIOUS, Why.INVALID, Why.WITHHELD)
        answer = (
            f"CASE WHEN {reasons.has(why, Why.OUTSIDE_COVERAGE)} THEN NULL "
            f"WHEN {reasons.has(why, *blanks)} THEN FALSE ELSE {known} END"
        )
    doubt = "" if term.doubtful == "FALSE" else f"WHEN {term.doubtful} THEN NULL "
    later = "" if not_yet == "FALSE" else f"WHEN {not_yet} THEN FALSE "
    sql = f"CASE WHEN {is_there} THEN TRUE {later}{doubt}ELSE {answer} END"
    return Truth(scope.add(sql), lambda: why)


def _there(term: Term) -> tuple[str, str]:
    match term:
        case Truth() | Text():
            return f"{term.sql} IS NOT NULL", "FALSE"
        case Number():
            return f"{term.low} IS NOT NULL", "FALSE"
        case Mom():
            return f"{term.day} IS NOT NULL", term.not_yet
        case _:
            return "TRUE", "FALSE"


def _record_presence(scope: Scope, term: Rec) -> Truth:
    here = "TRUE"
    if term.unseen:
        here = f"CASE WHEN {term.column('u')} THEN NULL ELSE TRUE END"

    def why() -> str:
        mine = scope.perhaps(term) or reasons.NONE
        if term.status is None:
            return mine
        assert term.gone is not None
        return f"CASE WHEN {term.status} = 0 THEN {mine} ELSE {term.gone(None)} END"

    if term.status is None:
        return Truth(scope.add(here), why)
    reasons_sql = why()
    blanks = (Why.NOT_RECORDED, Why.NO_RECORD, Why.NO_PREVIOUS, Why.INVALID, Why.WITHHELD)
    unknown = (
        f"CASE WHEN {reasons.has(reasons_sql, Why.OUTSIDE_COVERAGE)} THEN NULL "
        f"WHEN {reasons.has(reasons_sql, *blanks)} THEN FALSE "
        f"ELSE {reasons.has(reasons_sql, Why.RECORDED_AS_UNKNOWN)} END"
    )
    sql = (
        f"CASE {term.status} WHEN 0 THEN {here} WHEN 1 THEN FALSE WHEN 2 THEN NULL "
        f"WHEN 6 THEN NULL WHEN 3 THEN TRUE ELSE {unknown} END"
    )
    return Truth(scope.add(sql), why)


# --- numbers and choices --------------------------------------------------------------------------


def _sum(scope: Scope, sign: str, one: Number, other: Number) -> Number:
    ranged = one.wide != "FALSE" or other.wide != "FALSE"
    if sign == "+":
        low, high = f"({one.low} + {other.low})", f"({one.top} + {other.top})"
    else:
        low, high = f"({one.low} - {other.top})", f"({one.top} - {other.low})"

    def why() -> str:
        missing = f"({one.low} IS NULL OR {other.low} IS NULL)"
        return reasons.where(
            (f"{one.low} IS NULL", one.reasons()),
            (f"{other.low} IS NULL", other.reasons()),
            *(
                (f"NOT {missing} AND {each.wide}", each.reasons())
                for each in (one, other)
                if each.wide != "FALSE"
            ),
        )

    if not ranged:
        return Number(scope.add(low), why)
    wide = scope.add(f"(({one.wide} OR {other.wide}) IS TRUE)")
    return Number(scope.add(low), why, scope.add(high), wide)


def _choice(scope: Scope, node: core.Choice) -> Term:
    options: list[tuple[str, Term]] = []
    doubts: list[Truth] = []
    before: list[str] = []
    for value, condition in node.options:
        truth = truth_of(scope, condition)
        clear = "".join(f" AND {each} IS FALSE" for each in before)
        options.append((scope.add(f"({truth.sql} IS TRUE{clear})"), compiled(scope, value)))
        doubts.append(truth)
        before.append(truth.sql)
    last = " AND ".join(f"{each} IS FALSE" for each in before)
    options.append((scope.add(f"({last})"), compiled(scope, node.otherwise)))

    def missing() -> str:
        tests = " ".join(
            f"WHEN {each.sql} IS NULL THEN {each.reasons()}"
            for each in doubts
            if each.sql not in _SURE
        )
        return f"CASE {tests} ELSE {reasons.NONE} END" if tests else reasons.NONE

    return _first_of(scope, options, missing)


# --- dates ----------------------------------------------------------------------------------------


def _missing(*terms: Mom | Length) -> str:
    return reasons.where(*((term.is_missing, term.reasons()) for term in terms))


def _is_within(scope: Scope, node: core.IsWithin) -> Truth:
    event, anchor = moment_of(scope, node.event), moment_of(scope, node.anchor)
    length = length_of(scope, node.allowance)
    options = []
    for test, each in length.options:
        window = clocks.within(scope, each, node.side, anchor)
        late = clocks.at_or_after(scope, event, window.opens)
        early = clocks.at_or_before(scope, event, window.closes)
        options.append(f"WHEN {test} THEN ({late} AND {early})")
    missing = f"({event.is_missing} OR {anchor.is_missing} OR {length.is_missing})"
    tests = [f"WHEN {missing} THEN NULL"]
    if event.not_yet != "FALSE" and anchor.not_yet != "FALSE":
        tests.append(f"WHEN {event.not_yet} AND {anchor.not_yet} THEN NULL")
    tests += [
        f"WHEN {each.not_yet} THEN FALSE" for each in (event, anchor) if each.not_yet != "FALSE"
    ]

    def why() -> str:
        behind = (node.event, node.anchor)
        made = [f"WHEN {missing} THEN {_missing(event, anchor, length)}"]
        if event.not_yet != "FALSE" and anchor.not_yet != "FALSE":
            both = f"{event.not_yet} AND {anchor.not_yet}"
            made.append(f"WHEN {both} THEN {blame(scope, Why.NOT_RECORDED, *behind)}")
        return f"CASE {' '.join(made)} ELSE {blame(scope, Why.IMPRECISE_TIME, *behind)} END"

    return Truth(scope.add(f"CASE {' '.join([*tests, *options])} END"), why)


def _shift(scope: Scope, sign: str, moment: Mom, length: Length) -> Mom:
    direction = 1 if sign == "+" else -1
    options = [
        (test, clocks.shifted(scope, moment, each, direction)) for test, each in length.options
    ]
    made = clocks.chosen(scope, options)
    not_yet = moment.not_yet
    if not_yet != "FALSE" and length.is_missing != "FALSE":
        not_yet = scope.add(f"({not_yet} AND NOT {length.is_missing})")
    return Mom(
        made.day,
        lambda: _missing(moment, length),
        made.last,
        made.at,
        made.until,
        made.timed,
        made.clock,
        not_yet,
    )


def _days(scope: Scope, node: core.Core, start: core.Core, end: core.Core) -> Number:
    """A number that falls with its first day and grows with its second."""
    first, second = moment_of(scope, start), moment_of(scope, end)

    def measure(one: str, other: str) -> str:
        if isinstance(node, core.DaysFrom):
            return scope.add(f"({other} - {one})")
        return clocks.age(scope, one, other)

    low = measure(first.end, second.day)

    def why() -> str:
        missing = f"{first.is_missing} OR {second.is_missing}"
        tests = [f"WHEN {missing} THEN {_missing(first, second)}"]
        if first.not_yet != "FALSE" or second.not_yet != "FALSE":
            one = f"({first.not_yet} OR {second.not_yet})"
            tests.append(f"WHEN {one} THEN {blame(scope, Why.NOT_RECORDED, start, end)}")
        return f"CASE {' '.join(tests)} ELSE {blame(scope, Why.IMPRECISE_TIME, start, end)} END"

    if first.is_exact and second.is_exact:
        return Number(low, why)
    high = measure(first.day, second.end)
    return Number(low, why, high, scope.add(f"(({low} <> {high}) IS TRUE)"))


def _by_day(moment: Mom, change: object) -> Mom:
    assert callable(change)
    last = "" if moment.is_exact else change(moment.end)
    return Mom(
        change(moment.day), moment.reasons, last, not_yet=moment.not_yet, doubtful=moment.doubtful
    )


def _period(scope: Scope, moment: Mom, length: Length, ends: bool) -> Mom:
    edge = clocks.period_end if ends else clocks.period_start
    options = []
    for test, each in length.options:
        last = "" if moment.is_exact else edge(scope, each, moment.end)
        options.append((test, Mom(edge(scope, each, moment.day), none, last)))
    made = clocks.chosen(scope, options)
    not_yet = moment.not_yet
    if not_yet != "FALSE" and length.is_missing != "FALSE":
        not_yet = scope.add(f"({not_yet} AND NOT {length.is_missing})")
    return Mom(made.day, lambda: _missing(moment, length), made.last, not_yet=not_yet)


def _extreme(scope: Scope, later: bool, items: list[Mom]) -> Mom:
    """The later, or the earlier, of several; a not-yet is later than all."""
    made = items[0]
    for item in items[1:]:
        made = _of_two(scope, later, made, item)
    not_yets = [item.not_yet for item in items]
    missing = " OR ".join(item.is_missing for item in items)
    if all(each == "FALSE" for each in not_yets):
        not_yet = "FALSE"
    elif later:
        not_yet = scope.add(f"({' OR '.join(not_yets)})")
    else:
        not_yet = scope.add(f"({' AND '.join(not_yets)})")
    hidden = f"({missing} OR {not_yet})"

    def clear(sql: str) -> str:
        return sql if sql == "NULL" else scope.add(f"CASE WHEN {hidden} THEN NULL ELSE {sql} END")

    return Mom(
        clear(made.day),
        lambda: _missing(*items),
        "" if made.is_exact else clear(made.end),
        clear(made.at),
        "" if made.at == "NULL" else clear(made.ends_at),
        made.timed,
        made.clock,
        not_yet,
    )


def _of_two(scope: Scope, later: bool, one: Mom, other: Mom) -> Mom:
    """Of two on one day of which one lacks its time, the one without it: it may be either."""
    if "FALSE" in (one.clock, other.clock) and one.is_exact and other.is_exact:
        plain = one if one.timed == "FALSE" else other
        if one.timed == "FALSE" == other.timed:
            pick = "GREATEST" if later else "LEAST"
            return Mom(scope.add(f"{pick}({one.day}, {other.day})"), none)
        first, second = f"({one.day} < {other.day})", f"({one.day} > {other.day})"
        ends = (other, one) if later else (one, other)
        return clocks.chosen(
            scope,
            [
                (f"({one.day} IS NULL)", other),
                (f"({other.day} IS NULL)", one),
                (first, ends[0]),
                (second, ends[1]),
                ("TRUE", plain),
            ],
        )
    first = scope.add(clocks.compared(scope, "lt", one, other))
    second = scope.add(clocks.compared(scope, "gt", one, other))
    ends = (other, one) if later else (one, other)
    pick = "GREATEST" if later else "LEAST"
    spread = Mom(
        scope.add(f"{pick}({one.day}, {other.day})"),
        none,
        scope.add(f"{pick}({one.end}, {other.end})"),
    )
    same = f"({one.end} = {other.day} AND {one.day} = {other.end})"
    untimed = f"({same} AND NOT {one.timed})"
    return clocks.chosen(
        scope,
        [
            (f"({one.day} IS NULL)", other),
            (f"({other.day} IS NULL)", one),
            (f"({first} IS TRUE)", ends[0]),
            (f"({second} IS TRUE)", ends[1]),
            (untimed, one),
            (same, other),
            ("TRUE", spread),
        ],
    )


# --- reasons --------------------------------------------------------------------------------------


def blame(scope: Scope, why: Why, *nodes: core.Core) -> str:
    """Which fields behind these expressions leave an answer open."""
    found = [_blamed(scope, field, why) for node in nodes for field in fields_behind(scope, node)]
    plain = reasons.one(scope.world.reasons.code(why))
    held = [each for each in found if each is not None]
    if not held:
        return plain
    several = reasons.all_of(held)
    return f"CASE WHEN len({several}) = 0 THEN {plain} ELSE {several} END"


def _blamed(scope: Scope, node: core.Field, why: Why) -> str | None:
    record = record_of(scope, node.record)
    moment = scope.field(record, node.name)
    kind = record.kind.name
    mine = reasons.one(scope.world.reasons.code(why, kind, node.name), record.column("id"))
    if why is Why.NOT_RECORDED:
        if not isinstance(moment, Mom) or moment.not_yet == "FALSE":
            column = scope.table(kind).columns[node.name]
            state = record.column(f"s{column.index}") if column.absent or record.unseen else "0"
            test = f"{_value(moment)} IS NULL AND {state} = 0"
        else:
            test = moment.not_yet
    else:
        if not isinstance(moment, Mom):
            return None
        exact = (
            "FALSE" if moment.at == "NULL" else f"COALESCE({moment.at} = {moment.ends_at}, FALSE)"
        )
        test = f"{moment.day} IS NOT NULL AND NOT {exact}"
    options = f"WHEN {test} THEN {mine} ELSE {reasons.NONE} END"
    if record.unseen:
        options = f"WHEN {record.column('u')} THEN {scope.perhaps(record)} {options}"
    sql = f"CASE {options}"
    if record.status is not None:
        sql = f"CASE WHEN {record.status} = 0 THEN {sql} ELSE {reasons.NONE} END"
    return sql


def _value(term: Term) -> str:
    match term:
        case Truth() | Text():
            return term.sql
        case Number():
            return term.low
        case Mom():
            return term.day
        case _:
            raise AssertionError


def fields_behind(scope: Scope, node: core.Core) -> list[core.Field]:
    """The fields whose values an expression passes on."""
    found: list[core.Field] = []
    queue = [node]
    while queue:
        match queue.pop(0):
            case core.Field() as field:
                found.append(field)
            case core.Slot(index=index) if index in scope.lets:
                queue.append(scope.lets[index])
            case core.Shift(date=moment) | core.StartOf(date=moment):
                queue.append(moment)
            case core.PeriodEnd(date=moment) | core.PeriodStart(date=moment):
                queue.append(moment)
            case core.DaysFrom(start=start, end=end):
                queue.extend((start, end))
            case core.AgeAt(birth=birth, at=at):
                queue.extend((birth, at))
            case core.ExtremeOf(items=items):
                queue.extend(items)
            case core.Choice(options=options, otherwise=otherwise):
                queue.extend((*(value for value, _ in options), otherwise))
            case _:
                pass
    return found
