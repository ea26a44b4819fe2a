"""A small case put into the solver's made-up one, record by record."""

from datetime import date, datetime
from typing import Any

import z3

from policyengine.analysis.symbols import Flag, Holder, Number, When, Word
from policyengine.analysis.world import World
from policyengine.tooling.searching import SmallCase, SmallRecord


def bound(world: World, case: SmallCase, first: str, second: str | None = None) -> list[Any]:
    """What makes the made-up case this one. The record `first` (a label) takes the first place
    of its kind, `second` the place of a pair's companion."""
    known_by = case.known_by or case.as_at
    made: list[Any] = [
        world.as_at == case.as_at.toordinal(),
        world.known_by == known_by.toordinal(),
    ]
    by_kind: dict[str, list[SmallRecord]] = {}
    for record in case.records:
        if record.kind == "case":
            made += _fields(world, world.case, record)
        else:
            by_kind.setdefault(record.kind, []).append(record)
    if not any(record.kind == "case" for record in case.records):
        made += _fields(world, world.case, SmallRecord("case", ""))
    for kind in world.plan.schema.kinds:
        if kind == "case" or kind not in world._pools:
            continue
        records = by_kind.get(kind, [])
        records.sort(key=lambda each: (each.label != first, each.label != second))
        pool = world.pool(kind)
        assert len(records) <= len(pool), kind
        for place, holder in enumerate(pool):
            made.append(holder.there == (place < len(records)))
            if place < len(records):
                made.append(holder.id == world.word(records[place].label))
                made += _fields(world, holder, records[place])
    return made


def _fields(world: World, holder: Holder, record: SmallRecord) -> list[Any]:
    made: list[Any] = []
    for declared in world.plan.schema.kinds[record.kind].fields.values():
        value: Any = holder.values[declared.index]
        given = record.fields.get(declared.name)
        made.append(value.recorded == (given is not None))
        if given is not None:
            made += _same(world, value, given)
    return made


def _same(world: World, value: Any, given: object) -> list[Any]:
    match value:
        case Flag():
            return [value.yes == given]
        case Number():
            return [value.low == z3.RealVal(str(given))]
        case Word():
            return [value.word == world.word(str(given))]
        case When():
            assert isinstance(given, date)
            if isinstance(given, datetime):
                second = given.hour * 3600 + given.minute * 60 + given.second
                day = given.date().toordinal()
                return [value.first == day, value.timed, value.low == second]
            if z3.is_true(value.clock):
                return [value.first == given.toordinal(), z3.Not(value.timed)]
            return [value.first == given.toordinal()]
    raise AssertionError(type(value))
