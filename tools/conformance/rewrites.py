"""A plan said in other words: what it means must stay the same.

Each node becomes another that must come to the same truth: De Morgan's laws, comparisons turned
round, `there is` as a count or as a denied `every`. So each construct is held against others.
"""

from dataclasses import fields, is_dataclass, replace
from itertools import combinations
from typing import TypeVar

from policyengine.plan import core
from policyengine.source import Span

Tree = TypeVar("Tree")
_TURNED = {"ge": "le", "le": "ge", "gt": "lt", "lt": "gt", "eq": "eq"}
_DENIED = {"ge": "lt", "le": "gt", "gt": "le", "lt": "ge"}


def said_otherwise(plan: core.Plan, way: int) -> core.Plan:
    """The plan in other words; `way` 0 and 1 choose among the words."""
    return replace(
        plan,
        rules=tuple(_rewritten(rule, way) for rule in plan.rules),
        definitions={key: _rewritten(each, way) for key, each in plan.definitions.items()},
        gatherings={key: _rewritten(each, way) for key, each in plan.gatherings.items()},
    )


def _rewritten(node: Tree, way: int) -> Tree:
    if isinstance(node, tuple):
        return tuple(_rewritten(each, way) for each in node)  # type: ignore[return-value]
    if not is_dataclass(node) or isinstance(node, type | Span) or not _is_ours(node):
        return node
    changed = {
        each.name: _rewritten(getattr(node, each.name), way)
        for each in fields(node)
        if each.name not in ("span", "name_span", "kind")
    }
    inner = replace(node, **changed)
    if isinstance(inner, core.Core):
        return _other(inner, way)  # type: ignore[return-value]
    return inner


def _is_ours(node: object) -> bool:
    return type(node).__module__ == core.__name__


def _other(node: core.Core, way: int) -> core.Core:
    """Another node of the same meaning, for nodes that have one."""
    span = node.span
    match node:
        case core.And(items=items):
            return _not(core.Or(span=span, items=tuple(_not(each) for each in items[::-1])))
        case core.Or(items=items):
            return _not(core.And(span=span, items=tuple(_not(each) for each in items[::-1])))
        case core.AtLeast(least=least, items=items):
            groups = combinations(items, least)
            return core.Or(
                span=span, items=tuple(core.And(span=span, items=each) for each in groups)
            )
        case core.Compare(op=op, left=left, right=right):
            if way and op in _DENIED:
                return _not(replace(node, op=_DENIED[op]))  # type: ignore[arg-type]
            return replace(node, op=_TURNED[op], left=right, right=left)  # type: ignore[arg-type]
        case core.InList(value=value, options=options, setting=None, domain=domain):
            alike = [
                core.Compare(span=span, op="eq", left=value, right=each, domain=domain)
                for each in options
            ]
            return core.Or(span=span, items=tuple(alike))
        case core.ThereIs():
            return _there_is(node, way)
        case core.Every(records=records, has=has):
            return _not(core.ThereIs(span=span, records=_narrowed(records, _not(has))))
        case core.Similarity(left=left, right=right):
            return replace(node, left=right, right=left)
        case core.Sum(sign="+", left=left, right=right):
            return replace(node, left=right, right=left)
        case core.ExtremeOf(items=items):
            return replace(node, items=items[::-1])
        case _:
            return node


def _there_is(node: core.ThereIs, way: int) -> core.Core:
    if way and node.least == 1:
        never = core.Const(span=node.span, value=False)
        return _not(core.Every(span=node.span, records=node.records, has=never))
    from decimal import Decimal

    return core.Compare(
        span=node.span,
        op="ge",
        left=core.NumberOf(span=node.span, records=node.records),
        right=core.Const(span=node.span, value=Decimal(node.least)),
        domain=core.Domain.NUMBER,
    )


def _narrowed(records: core.RecordSet, condition: core.Core) -> core.RecordSet:
    where = records.where
    if where is not None:
        condition = core.And(span=records.span, items=(where, condition))
    return replace(records, where=condition)


def _not(node: core.Core) -> core.Core:
    return core.Not(span=node.span, operand=node)
