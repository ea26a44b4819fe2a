"""How many to draw from a finite population."""

from fractions import Fraction
from math import ceil

_Z = Fraction(196, 100)  # 95%, as tables of sample sizes have it


def size_for(population: int, margin: int) -> int:
    """How many of a population to look at, so that a share is known to within `margin` percentage
    points (1 to 50) with 95% confidence, whatever the share is (worst case: one half). Cochran's
    formula with the correction for a finite population, rounded up.

    >>> [size_for(30, 5), size_for(30, 10), size_for(1000, 5), size_for(1000, 10)]
    [28, 24, 278, 88]
    """
    if not 1 <= margin <= 50:
        raise ValueError("a margin is from 1 to 50 percent")
    if population <= 0:
        return 0
    endless = _Z * _Z / 4 / Fraction(margin, 100) ** 2
    return min(population, ceil(endless / (1 + (endless - 1) / population)))
