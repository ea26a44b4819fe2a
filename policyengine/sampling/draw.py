"""The draw: which cases of each team, in which order, and who stands in reserve."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from math import ceil

from policyengine.sampling.frame import Frame, FrameCase
from policyengine.sampling.size import size_for

METHOD = (
    "Each team's cases are put in the order of the SHA-256 of the seed, a zero byte and the case "
    "id. The first are drawn; those after them are the reserve, in order. A case that the "
    "reviewer finds ineligible is replaced by the next of its team's reserve, never by choice."
)


@dataclass(frozen=True, slots=True)
class Stratum:
    """A team: how many cases its frame has, which were drawn, and the reserve in its order."""

    team: str
    population: int
    drawn: tuple[FrameCase, ...]
    reserve: tuple[FrameCase, ...]


@dataclass(frozen=True, slots=True)
class Draw:
    """The draw of every team."""

    seed: str
    strata: tuple[Stratum, ...]

    def cases(self) -> tuple[FrameCase, ...]:
        """Every case on the sheet: those drawn and those in reserve."""
        return tuple(case for each in self.strata for case in (*each.drawn, *each.reserve))


def draw(
    frame: Frame,
    seed: str,
    *,
    size: int | None = None,
    margin: int | None = None,
    reserves: int | None = None,
) -> Draw:
    """Draw `size` cases a team, or as many as a margin asks for (`size_for`); all of a team that
    has no more. `reserves`: how many stand by (default: a fifth of the draw, at least two)."""
    strata = []
    for team, cases in frame.teams.items():
        ranked = sorted(cases, key=lambda each: rank(seed, each.case))
        wanted = size if size is not None else size_for(len(cases), margin or 5)
        taken = min(wanted, len(ranked))
        behind = max(2, ceil(taken / 5)) if reserves is None else reserves
        reserve = tuple(ranked[taken : taken + behind])
        strata.append(Stratum(team, len(cases), tuple(ranked[:taken]), reserve))
    return Draw(seed, tuple(strata))


def rank(seed: str, case: str) -> tuple[str, str]:
    """Where a case stands in the draw: nobody can choose it, and everybody can work it out.

    >>> from hashlib import sha256
    >>> rank("2026-11", "A1")[0] == sha256(b"2026-11" + bytes(1) + b"A1").hexdigest()
    True
    """
    text = f"{seed}\0{case}".encode("utf-8", "surrogatepass")
    return sha256(text).hexdigest(), case
