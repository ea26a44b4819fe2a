"""Verdicts as formulas, of which at most one holds, and how clauses change them (S6)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import z3

from policyengine.analysis.symbols import NO, YES, Bool, Tri, all_of, any_of, both, count
from policyengine.values.verdict import Verdict

Verdicts = dict[Verdict, Bool]


@dataclass(frozen=True, slots=True)
class Candidate:
    """A candidate of a duty: the subject's own are not among them."""

    there: Bool
    matches: Tri
    inside: Tri
    after: Tri


def tally(several: list[Candidate], where: str) -> tuple[Any, Any]:
    """How many surely match there, and how many more perhaps."""
    truths = [both([each.matches, getattr(each, where)]) for each in several]
    perhaps = [z3.And(each.there, truth.u) for each, truth in zip(several, truths, strict=True)]
    return count([truth.t for truth in truths]), count(perhaps)


def first_of(several: list[tuple[Bool, Verdict]], otherwise: Verdict) -> Verdicts:
    """The verdict of the first test that holds."""
    found: Verdicts = dict.fromkeys(Verdict, NO)
    found[otherwise] = YES
    for test, verdict in reversed(several):
        found = settled(test, verdict, found)
    return found


def settled(test: Bool, verdict: Verdict, verdicts: Verdicts) -> Verdicts:
    """One verdict where a test holds."""
    return {
        each: z3.Or(test, holds) if each is verdict else z3.And(z3.Not(test), holds)
        for each, holds in verdicts.items()
    }


def moved(verdicts: Verdicts, one: Verdict, other: Verdict, test: Bool) -> Verdicts:
    """Another verdict in one's place, where a test holds."""
    moved = z3.And(verdicts[one], test)
    made = dict(verdicts)
    made[one] = z3.And(verdicts[one], z3.Not(test))
    made[other] = z3.Or(verdicts[other], moved)
    return made


def excused(verdicts: Verdicts, unless: list[Tri], cannot: Bool) -> Verdicts:
    """S6: exceptions excuse; they do not erase."""
    stands = z3.Or(verdicts[Verdict.MET], verdicts[Verdict.NOT_APPLICABLE])
    held = any_of([each.t for each in unless])
    doubt = any_of([each.u for each in unless])
    waits = verdicts[Verdict.NOT_YET_DUE]
    excused = z3.And(z3.Not(stands), held)
    unsure = all_of([z3.Not(stands), z3.Not(held), z3.Not(waits), z3.Or(cannot, doubt)])
    verdicts = settled(unsure, Verdict.CANNOT_TELL, verdicts)
    return settled(excused, Verdict.EXEMPT, verdicts)
