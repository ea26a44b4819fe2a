"""The meaning of expressions (S2, S15 to S21) in SQL: each core node becomes a term.

It follows `evaluate.expressions` node by node; tests hold the two equal.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from policyengine.bulk import clocks, comparing, dates, reasons, sets, texts
from policyengine.bulk.reasons import none
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
    any_doubtful,
    literal,
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
            return comparing.compare(scope, node)
        case core.InList():
            return comparing.in_list(scope, node)
        case core.Presence(operand=operand, how=how):
            return comparing.presence(scope, compiled(scope, operand), how)
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
        case (
            core.IsWithin()
            | core.Shift()
            | core.DaysFrom()
            | core.AgeAt()
            | core.StartOf()
            | core.PeriodEnd()
            | core.PeriodStart()
            | core.ExtremeOf()
        ):
            return dates.compiled_date(scope, node)
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


def _first_of(
    scope: Scope, options: Sequence[tuple[str, Term]], missing: Lazy, untold: str = "FALSE"
) -> Term:
    """The term whose condition holds; they are of one type, and no two hold at once. Where none
    does it is unknown; `untold`: for want of telling which."""

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

    if any(isinstance(term, Rec) for _, term in options):
        raise NotCompiledError("a choice between records")
    doubts = {untold, *(term.doubtful for _, term in options if not isinstance(term, Rec))}
    doubtful = "FALSE" if doubts <= {"FALSE"} else pick(lambda term: term.doubtful, untold)
    match options[0][1]:
        case Truth():
            return Truth(pick(lambda term: term.sql), why, doubtful)
        case Text():
            words = None
            if all(isinstance(term, Text) and term.words for _, term in options):
                words = lambda: pick(lambda term: term.words())  # noqa: E731
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
            return Length(tuple(made), why, doubtful)
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
            return here or reasons.none()
        assert term.gone is not None
        return (
            f"CASE WHEN {term.status} = 0 THEN {here or reasons.none()} ELSE {term.gone(None)} END"
        )

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

    def there(name: str) -> str:
        """A column of the record; one that had not happened by the clock has none."""
        value = column(name)
        return scope.add(f"CASE WHEN {status} = 0 THEN {value} END") if clock else value

    return Rec(table.kind, there, clock, status, why, unseen=False)


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


# --- numbers and choices --------------------------------------------------------------------------


def _sum(scope: Scope, sign: str, one: Number, other: Number) -> Number:
    ranged = one.wide != "FALSE" or other.wide != "FALSE"
    if sign == "+":
        low, high = f"({one.low} + {other.low})", f"({one.top} + {other.top})"
    else:
        low, high = f"({one.low} - {other.top})", f"({one.top} - {other.low})"

    def why() -> str:
        return comparing.of_numbers(one, other)

    doubtful = any_doubtful(one, other)
    if not ranged:
        return Number(scope.add(low), why, doubtful=doubtful)
    wide = scope.add(f"(({one.wide} OR {other.wide}) IS TRUE)")
    return Number(scope.add(low), why, scope.add(high), wide, doubtful)


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
        return f"CASE {tests} ELSE {reasons.none()} END" if tests else reasons.none()

    return _first_of(scope, options, missing, "TRUE")  # it cannot be told which
