"""Teams beside one another: a funnel, which allows a small team its chance, and is no league table.

The limits are those of the binomial, interpolated (D. J. Spiegelhalter, Funnel plots for comparing
institutional performance, 2005): 95% and 99.8% around the rate of all the teams together.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import Enum
from math import exp, lgamma, log, sqrt

EXACT = 500  # a larger denominator takes the normal approximation
_TAILS = (0.001, 0.025, 0.975, 0.999)
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
    """The lower 99.8%, lower 95%, upper 95% and upper 99.8% limit of a rate of so many judged."""
    if centre in (0.0, 1.0):
        return (centre, centre, centre, centre)
    if judged > EXACT:
        spread = sqrt(centre * (1 - centre) / judged)
        a, b, c, d = (min(max(centre + z * spread, 0.0), 1.0) for z in _DEVIATES)
        return (a, b, c, d)
    a, b, c, d = _quantiles(judged, centre)
    return (a, b, c, d)


def _place(team: Team, centre: float) -> Place:
    low_far, low, high, high_far = limits_at(team.judged, centre)
    rate = team.rate
    if rate < low:
        return Place.FAR_BELOW if rate < low_far else Place.BELOW
    if rate > high:
        return Place.FAR_ABOVE if rate > high_far else Place.ABOVE
    return Place.INSIDE


def _quantiles(trials: int, share: float) -> Sequence[float]:
    """For each tail the least count whose cumulative probability reaches it, interpolated."""
    found: list[float] = []
    below = 0.0
    tails = list(_TAILS)
    for count in range(trials + 1):
        here = below + _binomial(count, trials, share)
        while tails and (here >= tails[0] or count == trials):
            step = here - below
            part = (here - tails[0]) / step if step > 0 else 0.0
            found.append(min(max((count - part) / trials, 0.0), 1.0))
            tails.pop(0)
        below = here
    return found


def _binomial(count: int, trials: int, share: float) -> float:
    ways = lgamma(trials + 1) - lgamma(count + 1) - lgamma(trials - count + 1)
    return exp(ways + count * log(share) + (trials - count) * log(1 - share))
