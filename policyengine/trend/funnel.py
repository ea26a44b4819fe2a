"""Teams beside one another: a funnel, which allows a small team its chance, and is no league table.

The limits are those of the binomial, 95% and 99.8%, around the rate of all the teams together
(D. J. Spiegelhalter, Funnel plots for comparing institutional performance, 2005). They are counts
that can occur, not interpolated: all of 25 is no sign where 97 in a hundred are kept.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import Enum
from math import exp, lgamma, log, sqrt

EXACT = 500  # a larger denominator takes the normal approximation
_TAILS = (0.001, 0.025)
_HAIR = 1e-9  # a rate on its limit is not beyond it by a rounding error
_DEVIATES = (-3.090232306, -1.959963985, 1.959963985, 3.090232306)


class Place(Enum):
    """Where a team stands: by chance alone one team in twenty lies outside the inner limits, one
    in five hundred outside the outer ones."""

    FAR_BELOW = "far_below"
    BELOW = "below"
    INSIDE = "inside"
    ABOVE = "above"
    FAR_ABOVE = "far_above"


@dataclass(frozen=True, slots=True, order=True)
class Team:
    """A team's count: so many kept of so many judged (at least one)."""

    name: str
    met: int
    judged: int

    @property
    def rate(self) -> float:
        """Met, of those judged."""
        return self.met / self.judged


@dataclass(frozen=True, slots=True, kw_only=True)
class Funnel:
    """Teams by name, and the rate of all of them."""

    centre: float
    teams: tuple[Team, ...]
    places: tuple[Place, ...]


def funnel_of(teams: Iterable[Team]) -> Funnel | None:
    """The funnel of the teams that have anything judged; None for fewer than two."""
    known = sorted(team for team in teams if team.judged)
    if len(known) < 2:
        return None
    centre = sum(team.met for team in known) / sum(team.judged for team in known)
    return Funnel(
        centre=centre,
        teams=tuple(known),
        places=tuple(_place(team, centre) for team in known),
    )


def limits_at(judged: int, centre: float) -> tuple[float, float, float, float]:
    """The lower 99.8%, lower 95%, upper 95% and upper 99.8% limit of a rate of so many judged.

    A rate on a limit is inside it: as few as that, or as many, have at least the tail's chance.
    """
    if centre in (0.0, 1.0):
        return (centre, centre, centre, centre)
    if judged > EXACT:
        spread = sqrt(centre * (1 - centre) / judged)
        a, b, c, d = (min(max(centre + z * spread, 0.0), 1.0) for z in _DEVIATES)
        return (a, b, c, d)
    far, near = _TAILS
    low_far, low = (count / judged for count in _least(judged, centre, (far, near)))
    # As many that were kept are as few that were not.
    high_far, high = (1 - count / judged for count in _least(judged, 1 - centre, (far, near)))
    return (low_far, low, high, high_far)


def _place(team: Team, centre: float) -> Place:
    low_far, low, high, high_far = limits_at(team.judged, centre)
    rate = team.rate
    low_far, low = low_far - _HAIR, low - _HAIR
    high_far, high = high_far + _HAIR, high + _HAIR
    if rate < low:
        return Place.FAR_BELOW if rate < low_far else Place.BELOW
    if rate > high:
        return Place.FAR_ABOVE if rate > high_far else Place.ABOVE
    return Place.INSIDE


def _least(trials: int, share: float, tails: Sequence[float]) -> list[int]:
    """For each tail, in rising order, the least count that so few or fewer have that chance of."""
    found: list[int] = []
    below = 0.0
    for count in range(trials + 1):
        below += _binomial(count, trials, share)
        while len(found) < len(tails) and (below >= tails[len(found)] or count == trials):
            found.append(count)
    return found


def _binomial(count: int, trials: int, share: float) -> float:
    ways = lgamma(trials + 1) - lgamma(count + 1) - lgamma(trials - count + 1)
    return exp(ways + count * log(share) + (trials - count) * log(1 - share))
