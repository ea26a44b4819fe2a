"""Two versions of a rule set over one made-up case: what the one can breach and the other not."""

from __future__ import annotations

from copy import copy

import z3

from policyengine.analysis.claims import Solver
from policyengine.analysis.size import records_for
from policyengine.analysis.symbols import Bool, any_of
from policyengine.analysis.verdicts import Reckoner, places_of
from policyengine.analysis.world import World
from policyengine.plan import core
from policyengine.values.verdict import Verdict


def never_breached_by_one(
    old: core.Plan, new: core.Plan, rule: str, side: str, seconds: float = 5.0
) -> bool | None:
    """Whether no subject is breached by one side alone (`new` or `old`): proved, possible (False),
    or not settled. Not settled where the schemas differ."""
    if old.schema != new.schema or old.gatherings != new.gatherings:
        return None
    sizes = [
        records_for(plan, each) for plan in (old, new) for each in plan.rules if each.id == rule
    ]
    if not sizes or None in sizes:
        return None
    world = World(new, max(size for size in sizes if size is not None))
    before = copy(world)  # the same case, seen by the other rule set
    before.plan = old
    solver = Solver(world, seconds)
    answers = []
    for place in _places(world, new, rule):
        mine = _breached(world, new, rule, place)
        theirs = _breached(before, old, rule, place)
        if side == "old":
            mine, theirs = theirs, mine
        answers.append(solver.never(mine, z3.Not(theirs)))
    if all(answers):
        return True
    return None if None in answers and False not in answers else False


def _places(world: World, plan: core.Plan, rule: str) -> list[int]:
    several = [each for each in plan.rules if each.id == rule]
    return sorted({place for each in several for place in places_of(world, each)})


def _breached(world: World, plan: core.Plan, rule: str, place: int) -> Bool:
    """Whether any version of the rule, in force, is breached."""
    found = []
    for each in plan.rules:
        if each.id == rule and place in places_of(world, each):
            judged = Reckoner(world, each, place).judged()
            found.append(z3.And(judged.watched, judged.verdicts[Verdict.BREACHED]))
    return any_of(found)
