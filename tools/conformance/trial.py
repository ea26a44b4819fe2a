"""A trial: a schema, a policy, cases, and the dates on which they are judged, all from one seed."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from tools.conformance.cases import CaseMaker, Json
from tools.conformance.clocks import DAYS_OF_NOTE
from tools.conformance.policies import Policy, make_policy, some_days
from tools.conformance.world import World, make_world
from tools.conformance.writer import Writer
from tools.sample.dice import Dice


@dataclass
class Trial:
    """Everything that is judged. `messy`: rows may lack ids or share them."""

    seed: int
    world: World
    policy: Policy
    cases: list[Json]
    as_at: date
    known_by: date
    complete_from: dict[str, str] = field(default_factory=dict)
    absent: Sequence[str] = ()
    shared: dict[str, list[Json]] = field(default_factory=dict)
    messy: bool = False

    def export(self, cases: Sequence[Json] | None = None) -> Json:
        """The export as JSON would hold it."""
        made: Json = {"cases": list(self.cases if cases is None else cases)}
        if self.shared:
            made["_shared"] = self.shared
        if self.complete_from:
            made["_complete_from"] = self.complete_from
        return made


def make_trial(seed: int, cases: int = 10, rules: int = 5) -> Trial:
    """The trial of a seed."""
    dice = Dice(f"conformance {seed}")
    as_at = date.fromisoformat(dice.pick(DAYS_OF_NOTE)) + timedelta(days=dice.whole(-1, 1))
    known_by = as_at
    if dice.chance(0.25):
        known_by += timedelta(days=dice.pick([-7, -1, 1, 7, 30]))
    days = some_days(as_at, known_by)
    closed = [str(day) for day in dice.draw(days, 1)]
    world = make_world(dice, closed)
    writer = Writer(dice, world, days, plain=dice.chance(0.6))
    policy = make_policy(writer, rules)
    own = [kind.name for kind in world.own]
    absent = tuple(dice.draw(own, 1)) if dice.chance(0.08) else ()
    messy = dice.chance(0.08)
    maker = CaseMaker(dice, world, writer, as_at, known_by, absent, messy=messy)
    complete_from = {}
    if dice.chance(0.25):
        kinds = dice.draw(own, dice.whole(1, 2))
        near = as_at + timedelta(days=1)
        complete_from = {
            kind: (near if dice.chance(0.4) else maker.day()).isoformat() for kind in kinds
        }
    made = [maker.case(f"C{number}") for number in range(cases)]
    shared = {"staff": maker.shared()} if "staff" in world.kinds else {}
    return Trial(seed, world, policy, made, as_at, known_by, complete_from, absent, shared, messy)
