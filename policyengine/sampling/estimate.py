"""What a sample says of everybody, and how sure it can be: to stand beside the census.

A rule's rate is a ratio: met, of what was judged, over cases that have none, one or several
judged records each. Teams are strata, drawn at unequal rates; so each case counts for as many as
it stands for, and the variance is that of a stratified ratio estimate (linearised; W. G. Cochran,
Sampling Techniques, 3rd edition, 6.10 and 6.11) with the finite-population correction. The interval
is Wilson's at the effective size, brought down for few cases (Korn and Graubard, 1998).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

_Z = 1.959963984540054


@dataclass(frozen=True, slots=True)
class Seen:
    """One reviewed case: how many of its records were judged, and how many of those were met."""

    judged: int
    met: int


@dataclass(frozen=True, slots=True)
class Cluster:
    """The reviewed cases of a team, of so many in its frame."""

    population: int
    cases: tuple[Seen, ...]


@dataclass(frozen=True, slots=True)
class Estimate:
    """`met` of `judged` were seen. `rate` is weighted by what each case stands for; None where
    nothing was judged. `interval` is a 95% Wilson interval at the sample's effective size."""

    judged: int
    met: int
    rate: float | None
    interval: tuple[float, float] | None


def estimate(clusters: Sequence[Cluster]) -> Estimate:
    """The rate of a rule, from the reviewed cases of every team."""
    used = [each for each in clusters if each.cases]
    judged = sum(case.judged for each in used for case in each.cases)
    met = sum(case.met for each in used for case in each.cases)
    weights = [each.population / len(each.cases) for each in used]
    pairs = list(zip(used, weights, strict=True))
    whole = sum(weight * sum(case.judged for case in each.cases) for each, weight in pairs)
    if not whole:
        return Estimate(judged, met, None, None)
    part = sum(weight * sum(case.met for case in each.cases) for each, weight in pairs)
    rate = part / whole
    effective = _effective(pairs, rate, whole, judged)
    interval = (rate, rate) if effective is None else _wilson(rate, effective)
    return Estimate(judged, met, round(rate, 6), (round(interval[0], 6), round(interval[1], 6)))


def _effective(
    pairs: Sequence[tuple[Cluster, float]], rate: float, whole: float, judged: int
) -> float | None:
    """How many independent records would be as good; None where everybody was seen. At 0% and at
    100% no variance is seen, and the records count as they are."""
    if all(len(each.cases) >= each.population for each, _ in pairs):
        return None
    variance = sum(_variance(each, weight, rate) for each, weight in pairs) / whole**2
    if 0 < rate < 1 and variance > 0:
        freedom = sum(len(each.cases) - 1 for each, _ in pairs)
        return max(1.0, rate * (1 - rate) / variance * (_Z / _student(freedom)) ** 2)
    left = 1 - min(1.0, judged / whole)
    return judged / left if left > 0 else None


def _variance(cluster: Cluster, weight: float, rate: float) -> float:
    """A team's part of the variance of the weighted total. A team of which one case was seen is
    centred on the whole, since it has no spread of its own."""
    number = len(cluster.cases)
    rest = [case.met - rate * case.judged for case in cluster.cases]
    left = max(0.0, 1 - number / cluster.population)
    if number == 1:
        return left * weight**2 * rest[0] ** 2
    mean = sum(rest) / number
    spread = sum((each - mean) ** 2 for each in rest) / (number - 1)
    return left * weight**2 * number * spread


def _student(freedom: int) -> float:
    """Student's 97.5% point, by its expansion about the normal one (Abramowitz and Stegun,
    26.7.5): the variance too was learnt from few cases."""
    n, z = max(1, freedom), _Z
    first = (z**3 + z) / 4
    second = (5 * z**5 + 16 * z**3 + 3 * z) / 96
    third = (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384
    return z + first / n + second / n**2 + third / n**3


def _wilson(rate: float, size: float) -> tuple[float, float]:
    extra = _Z * _Z / size
    centre = rate + extra / 2
    margin = _Z * sqrt((rate * (1 - rate) + extra / 4) / size)
    low, high = (centre - margin) / (1 + extra), (centre + margin) / (1 + extra)
    return max(low, 0.0), min(high, 1.0)
