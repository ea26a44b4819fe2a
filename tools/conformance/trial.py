"""A trial: a schema, a policy, cases, and the dates on which they are judged, all from one seed."""

from collections.abc import Callable, Sequence
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
    """Everything that is judged. `messy`: rows may lack ids or share them. `parts` are the
    policies that `policy` was put together from, where there were several."""

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
    parts: Sequence[Policy] = ()

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
    return _made(seed, dice, cases, lambda writer: [make_policy(writer, rules)])


def make_batch(seed: int, policies: int = 20, cases: int = 500) -> Trial:
    """Many policies over one schema, each with names of its own (their rules are `P00-01`,
    `P01-01` ...), and cases drawn round the edges of each in turn: as one trial, which is loaded
    and judged at once. Every other policy is as likely to have one form as another."""
    dice = Dice(f"conformance batch {seed}")

    def several(writer: Writer) -> list[Policy]:
        made = []
        for number in range(policies):
            writer.begin()
            writer.even = number % 2 == 1
            made.append(make_policy(writer, 1, f"P{number:02}"))
            made[-1].edges = (list(writer.durations), list(writer.numbers))
        return made

    return _made(seed, dice, cases, several)


def _made(seed: int, dice: Dice, cases: int, policies: Callable[[Writer], list[Policy]]) -> Trial:
    as_at = date.fromisoformat(dice.pick(DAYS_OF_NOTE)) + timedelta(days=dice.whole(-1, 1))
    known_by = as_at
    if dice.chance(0.25):
        known_by += timedelta(days=dice.pick([-7, -1, 1, 7, 30]))
    days = some_days(as_at, known_by)
    closed = [str(day) for day in dice.draw(days, 1)]
    world = make_world(dice, closed)
    writer = Writer(dice, world, days, plain=dice.chance(0.6))
    written = policies(writer)
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
    made = []
    for number in range(cases):
        edges = written[number % len(written)].edges
        if edges is not None:
            maker.turn_on(*edges)
        made.append(maker.case(f"C{number}"))
    shared = {"staff": maker.shared()} if "staff" in world.kinds else {}
    policy = Policy([item for each in written for item in each.items])
    return Trial(
        seed,
        world,
        policy,
        made,
        as_at,
        known_by,
        complete_from,
        absent,
        shared,
        messy,
        written,
    )
