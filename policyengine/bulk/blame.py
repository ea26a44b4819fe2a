"""Which fields leave an answer open: those that lack a time of day, or are not yet."""

from __future__ import annotations

from policyengine.bulk import expressions, reasons
from policyengine.bulk.scope import Scope
from policyengine.bulk.terms import Mom, Number, Term, Text, Truth
from policyengine.plan import core
from policyengine.plan.walks import fields_behind
from policyengine.values.truth import Why


def blame(scope: Scope, why: Why, *nodes: core.Core) -> str:
    """Which fields behind these expressions leave an answer open."""
    found = [
        _blamed(scope, field, why) for node in nodes for field in fields_behind(node, scope.lets)
    ]
    plain = reasons.one(scope.world.reasons.code(why))
    held = [each for each in found if each is not None]
    if not held:
        return plain
    several = reasons.all_of(held)
    return f"CASE WHEN NOT ({reasons.some(several)}) THEN {plain} ELSE {several} END"


def _blamed(scope: Scope, node: core.Field, why: Why) -> str | None:
    record = expressions.record_of(scope, node.record)
    moment = scope.field(record, node.name)
    kind = record.kind.name
    mine = reasons.one(scope.world.reasons.code(why, kind, node.name), record.column("id"))
    if why is Why.NOT_RECORDED:
        if not isinstance(moment, Mom) or moment.not_yet == "FALSE":
            if scope.table(kind).gathered:
                return None  # its sources have said why
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
    options = f"WHEN {test} THEN {mine} ELSE {reasons.none()} END"
    if record.unseen:
        options = f"WHEN {record.column('u')} THEN {scope.perhaps(record)} {options}"
    sql = f"CASE {options}"
    if record.status is not None:
        sql = f"CASE WHEN {record.status} = 0 THEN {sql} ELSE {reasons.none()} END"
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
