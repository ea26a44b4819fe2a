"""Whether two expressions say the same, whatever the slots that their sets use."""

from collections.abc import Mapping
from dataclasses import fields, is_dataclass

from policyengine.plan import core

_LEFT_OUT = {"span", "name_span"}


def alike(one: core.Core, other: core.Core) -> bool:
    """Whether two expressions of one rule are the same but for where they stand."""
    return one == other or form(one) == form(other)


def form(node: object, slots: Mapping[int, int] | None = None) -> object:
    """A value that two expressions share where they say the same: the records of a set are
    numbered by how deep the set stands, and a `yes or no` compared with yes is what it is."""
    known = slots or {}
    match node:
        case core.Compare(op="eq", domain=core.Domain.TRUTH, left=left, right=core.Const(value=v)):
            inner = form(left, known)
            return inner if v is True else ("Not", inner)
        case core.Not(operand=operand):
            inner = form(operand, known)
            return inner[1] if _is_denial(inner) else ("Not", inner)  # type: ignore[index]
        case core.Slot(index=index) if index in known:
            return ("slot", known[index])
        case core.Slot(index=index):
            return ("Slot", index)
        case core.RecordSet(kind=kind, slot=slot, where=where):
            inside = {**known, slot: -1 - len(known)}
            return ("RecordSet", kind, form(where, inside))
        case (
            core.ThereIs(records=records)
            | core.Every(records=records)
            | core.NumberOf(records=records)
            | core.Pick(records=records)
            | core.Aggregate(records=records)
            | core.NewWordsSinceAny(records=records)
        ):
            inside = {**known, records.slot: -1 - len(known)}
            return _parts(node, inside, {"records": form(records, known)})
        case tuple():
            return tuple(form(each, known) for each in node)
        case _ if is_dataclass(node) and isinstance(node, core.Core):
            return _parts(node, known, {})
        case _:
            return node


def _is_denial(value: object) -> bool:
    return isinstance(value, tuple) and len(value) == 2 and value[0] == "Not"


def _parts(node: core.Core, slots: Mapping[int, int], given: dict[str, object]) -> object:
    names = [each.name for each in fields(node) if each.name not in _LEFT_OUT]
    parts = [given[name] if name in given else form(getattr(node, name), slots) for name in names]
    return (type(node).__name__, *parts)
