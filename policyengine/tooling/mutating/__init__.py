"""Are the examples good enough? Each rule is changed in small ways, and an example should notice.

`mutate` is the door. A change that no example notices is shown as lines of the rule, with the
example that is missing; one that no case was found for is told apart from those, since it may
well mean the same.
"""

import multiprocessing
import os
import signal
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from pathlib import Path

from policyengine.report.tested.mutations import Mutant, MutationReport
from policyengine.tooling.mutating import remembering
from policyengine.tooling.mutating.settling import RuleSet
from policyengine.tooling.mutating.trying import EFFORT, Trying, Unit
from policyengine.tooling.searching.model import Effort

__all__ = ["RuleSet", "mutate"]

Step = Callable[[int, int], None]
"""Told after each unit: how many are done, of how many."""


def mutate(
    rule_set: RuleSet,
    only: Collection[str] | None = None,
    *,
    allowed: Mapping[str, str] | None = None,
    effort: Effort = EFFORT,
    processes: int | None = None,
    memory: Path | None = None,
    step: Step | None = None,
) -> MutationReport:
    """Every change of a checked rule set tried on its examples.

    `only`: these rules, and what they share
    with others (None: all). `allowed` gives the reason for each change (`Mutant.key`) that may
    stay unnoticed. `processes`: None for as many as there are processors. The report
    does not depend on how many there were. `memory` is a file that keeps what was found, so that
    the next run tries again only what was touched (None: all of it).
    """
    trying = Trying(rule_set, effort, allowed)
    units = [unit for unit in trying.units() if only is None or set(unit.rules) & set(only)]
    kept = remembering.read(memory)
    digests = remembering.Digests(trying)
    keys = [digests.of(unit) for unit in units]
    fresh = [unit for unit, key in zip(units, keys, strict=True) if key not in kept]
    tried = _each(trying, fresh, processes)
    found: remembering.Kept = {} if only is None else dict(kept)
    for done, key in enumerate(keys, 1):
        found[key] = kept[key] if key in kept else next(tried)
        if step is not None:
            step(done, len(units))
    if fresh:
        remembering.write(memory, found)
    return MutationReport(tuple(mutant for key in keys for mutant in found[key]))


# What a forked process finds here. A unit goes by its place: a copy of an item is another item.
_trying: tuple[Trying, Sequence[Unit]] | None = None


def _try(place: int) -> list[Mutant]:
    assert _trying is not None
    trying, units = _trying
    return trying.tried(units[place])


def _each(trying: Trying, units: Sequence[Unit], processes: int | None) -> Iterator[list[Mutant]]:
    """What became of the changes of each unit, in order."""
    global _trying  # noqa: PLW0603 - a fork takes it along
    many = processes or os.cpu_count() or 1
    if many == 1 or len(units) < 4 or "fork" not in multiprocessing.get_all_start_methods():
        yield from map(trying.tried, units)
        return
    _trying = trying, units
    try:
        with multiprocessing.get_context("fork").Pool(many, _ignore_interrupts) as pool:
            yield from pool.imap(_try, range(len(units)))
    finally:
        _trying = None


def _ignore_interrupts() -> None:
    """An interrupt is for the process that the person started; it ends the others."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
