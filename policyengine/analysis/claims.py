"""What can be proved, the asking of the solver, and the cases that are shown beside a claim."""

from __future__ import annotations

from dataclasses import dataclass

import z3

from policyengine.analysis.symbols import Bool
from policyengine.analysis.world import World
from policyengine.plan import core
from policyengine.source import Span
from policyengine.tooling.searching import (
    Bench,
    Effort,
    Gives,
    Goal,
    Meets,
    Such,
    Witness,
    example_block,
    witnesses,
)
from policyengine.values.verdict import Verdict

DONE = (Verdict.MET, Verdict.MET_LATE)
JUDGED = (*DONE, Verdict.BREACHED)
_LOOK = Effort(cases=600)  # how hard a witness is looked for


@dataclass(frozen=True, slots=True)
class Claim:
    """Something that was proved. `code` is the sort of claim, `rules` whom it is about, `said` one
    sentence; `parts` are the author's words that cannot hold together; `example` shows a case
    that comes nearest, and what it shows."""

    code: str
    rules: tuple[str, ...]
    said: str
    span: Span
    parts: tuple[str, ...] = ()
    shows: str = ""
    example: str | None = None


@dataclass(frozen=True, slots=True)
class Unsettled:
    """A question that the time, or the number of records looked at, was too small for."""

    rules: tuple[str, ...]
    asked: str


Answer = Claim | Unsettled


class Solver:
    """One made-up case, and questions about it."""

    def __init__(self, world: World, seconds: float) -> None:
        self.world = world
        self.solver = z3.Solver()
        self.solver.set("timeout", int(seconds * 1000))
        self._told = 0

    def never(self, *conditions: Bool) -> bool | None:
        """Whether these cannot hold together: proved (True), possible (False), or not settled."""
        facts = self.world.facts
        self.solver.add(*facts[self._told :])
        self._told = len(facts)
        answer = self.solver.check(*[self._named(each) for each in conditions])
        if answer == z3.unknown:
            return None
        return bool(answer == z3.unsat)

    def _named(self, condition: Bool) -> Bool:
        name = self.world.truth("asked")
        self.solver.add(z3.Implies(name, condition))
        return name


def shown(plan: core.Plan, rule: core.Rule, goal: Goal) -> str | None:
    """A case that shows it, as an example that can be pasted; None where none was found."""
    found: list[Witness] = witnesses(plan, rule.id, goal, _LOOK)
    if not found:
        return None
    witness = found[0]
    decisive = None if witness.decisive is None else [witness.decisive]
    bench = Bench(plan, rule.id)
    return example_block(bench, _title(witness), witness.case, subjects=decisive).text


def _title(witness: Witness) -> str:
    match witness.goal:
        case Gives(verdict=verdict):
            return "none" if verdict is None else verdict.words
        case Meets(truth=truth):
            return "the condition holds" if truth else "the condition does not hold"
        case Such(words=words):
            return words
        case _:
            return "a case"
