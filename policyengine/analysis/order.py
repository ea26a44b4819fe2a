"""Which of two records of a kind stands first (S22), and which stands before another (S5)."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import z3

from policyengine.analysis.symbols import NO, YES, Bool, Holder, Tri, all_of, any_of
from policyengine.analysis.world import picked

if TYPE_CHECKING:
    from policyengine.analysis.expressions import Scene


def _order(scene: Scene, record: Holder) -> Any:
    kind = scene.world.plan.schema.kinds.get(record.kind)
    if kind is None:
        kind = scene.world.plan.gatherings[record.kind].kind
    return None if kind.ordered_by is None else record.values[kind.fields[kind.ordered_by].index]


def is_dated(scene: Scene, record: Holder) -> Bool:
    """Whether a record has its place among the others."""
    order = _order(scene, record)
    return YES if order is None else order.known


def comes(scene: Scene, which: str, one: Holder, other: Holder) -> Bool:
    """Whether one comes after (`latest`) or before (`earliest`) the other in the kind's order;
    of two on one day, the one or the other, always the same."""
    first, second = min(one.place, other.place), max(one.place, other.place)
    tie = scene.world.free(("order", one.kind, first, second), lambda: scene.world.truth("tie"))
    wins = tie if one.place == first else z3.Not(tie)
    if which == "earliest":
        wins = z3.Not(wins)
    mine, theirs = _order(scene, one), _order(scene, other)
    if mine is None or theirs is None:
        return wins
    later = mine.first > theirs.first if which == "latest" else mine.first < theirs.first
    return z3.Or(later, z3.And(mine.first == theirs.first, wins))


def previous_of(scene: Scene, record: Holder, members: list[tuple[Holder, Tri]]) -> Holder:
    """The record before another among members (S5): sure, none, or not to be told."""
    others = [(each, truth) for each, truth in members if each.place != record.place]

    def precedes(each: Holder) -> Bool:
        return z3.And(is_dated(scene, each), comes(scene, "earliest", each, record))

    dated = is_dated(scene, record)
    several = []
    for each, truth in others:
        rivals = [
            any_of([other.f, z3.Not(precedes(rival)), comes(scene, "latest", each, rival)])
            for rival, other in others
            if rival is not each
        ]
        several.append((all_of([dated, truth.t, precedes(each), *rivals]), each))
    none = z3.And(dated, all_of([z3.Or(truth.f, z3.Not(precedes(each))) for each, truth in others]))
    if not several:
        several = [(NO, record)]
    found = picked(several, none)
    some = scene.world.truth("some")
    return replace(found, recorded=z3.Or(found.known, z3.And(found.doubt, some)))
