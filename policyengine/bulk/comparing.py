"""Comparing, and finding missing (S2, S4, S19) in SQL."""

from __future__ import annotations

from typing import assert_never

from policyengine.bulk import clocks, expressions, reasons
from policyengine.bulk.blame import blame
from policyengine.bulk.reasons import none
from policyengine.bulk.scope import Scope
from policyengine.bulk.terms import Length, Mom, Number, Rec, Term, Text, Truth, any_doubtful
from policyengine.plan import core
from policyengine.values.truth import Why


def compare(scope: Scope, node: core.Compare) -> Truth:
    """Two values of one domain."""
    match node.domain:
        case core.Domain.MOMENT:
            return _compare_moments(scope, node)
        case core.Domain.NUMBER:
            one, other = (
                expressions.number_of(scope, node.left),
                expressions.number_of(scope, node.right),
            )
            return compare_numbers(scope, node.op, one, other)
        case core.Domain.TEXT | core.Domain.TRUTH:
            left, right = (
                expressions.compiled(scope, node.left),
                expressions.compiled(scope, node.right),
            )
            return _same(scope, left, right)
        case core.Domain.REF:
            left = expressions.id_of(scope, expressions.compiled(scope, node.left))
            return _same(
                scope, left, expressions.id_of(scope, expressions.compiled(scope, node.right))
            )
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

    return Truth(scope.add(f"({one} = {other})"), why, any_doubtful(left, right))


_SIGNS = {"eq": "=", "lt": "<", "gt": ">", "le": "<=", "ge": ">="}


def compare_numbers(scope: Scope, op: str, one: Number, other: Number) -> Truth:
    """Two numbers or ranges of them (S19)."""
    if one.wide == "FALSE" == other.wide:
        sql = f"({one.low} {_SIGNS[op]} {other.low})"
    else:
        sql = _ranged(op, one, other)

    return Truth(scope.add(sql), lambda: of_numbers(one, other), any_doubtful(one, other))


def of_numbers(one: Number, other: Number) -> str:
    """The reasons of two numbers: of what is missing, else of what is a range."""
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
    one, other = expressions.moment_of(scope, node.left), expressions.moment_of(scope, node.right)
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

    return Truth(scope.add(sql), why, any_doubtful(one, other))


def in_list(scope: Scope, node: core.InList) -> Truth:
    """Whether a value is one of several."""
    if node.setting is not None:
        options = scope.world.plan.settings[node.setting].options or ()
    else:
        options = tuple(option.value for option in node.options)
    if node.domain is core.Domain.MOMENT:
        value = expressions.moment_of(scope, node.value)
        tests = []
        for option in options:
            each = expressions.constant(option)
            assert isinstance(each, Mom)
            tests.append(compare_moments(scope, "eq", value, each, (node.value,)))
        return _any_of(scope, tests)
    if node.domain is core.Domain.NUMBER:
        number = expressions.number_of(scope, node.value)
        tests = []
        for option in options:
            other = expressions.constant(option)
            assert isinstance(other, Number)
            tests.append(compare_numbers(scope, "eq", number, other))
        return _any_of(scope, tests)
    term = expressions.compiled(scope, node.value)
    text = expressions.id_of(scope, term) if node.domain is core.Domain.REF else term
    assert isinstance(text, Text | Truth)
    listed = []
    for option in options:
        each = expressions.constant(option)
        assert isinstance(each, Text | Truth)
        listed.append(each.sql)
    value_sql = scope.add(text.sql)
    if not listed:
        empty = scope.add(f"CASE WHEN {value_sql} IS NOT NULL THEN FALSE END")
        return Truth(empty, text.reasons, text.doubtful)
    among = scope.add(f"({value_sql} IN ({', '.join(listed)}))")
    return Truth(among, text.reasons, text.doubtful)


def _any_of(scope: Scope, tests: list[Truth]) -> Truth:
    if not tests:
        return Truth("FALSE", none)
    sql = f"({' OR '.join(test.sql for test in tests)})"
    return Truth(scope.add(sql), lambda: expressions.doubts_of(tests))


def presence(scope: Scope, term: Term, how: str) -> Truth:
    """`is recorded`, `is known`, `is open` (S2, S4)."""
    if how == "open":
        assert isinstance(term, Mom)
        there = f"WHEN {term.day} IS NOT NULL THEN FALSE"
        return Truth(
            scope.add(f"CASE WHEN {term.not_yet} THEN TRUE {there} ELSE NULL END"), term.reasons
        )
    if isinstance(term, Rec):
        return _record_presence(scope, term)
    is_there, not_yet = _there(term)
    if is_there == "TRUE":
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
        case Length():
            missing = term.is_missing
            return "TRUE" if missing == "FALSE" else f"NOT {missing}", "FALSE"
        case _:
            return "TRUE", "FALSE"


def _record_presence(scope: Scope, term: Rec) -> Truth:
    here = "TRUE"
    if term.unseen:
        here = f"CASE WHEN {term.column('u')} THEN NULL ELSE TRUE END"

    def why() -> str:
        mine = scope.perhaps(term) or reasons.none()
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
