"""Where a chart's lines lie: the mean, the process limits, and the near lines at two thirds.

XmR: mean ± 2.66 × the average moving range. p: the pooled share ± 3 standard errors of the
period's own denominator.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from math import sqrt

SCALE = Fraction(266, 100)  # 3 ÷ 1.128: from an average moving range to three sigma
SCREEN = Fraction(3267, 1000)  # the upper limit of a moving range, in average moving ranges
NEAR = Fraction(2, 3)


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """The lines at one point. They are not cut off at 0 and 1: only a drawing is."""

    centre: Fraction
    lower: Fraction
    upper: Fraction
    near_lower: Fraction
    near_upper: Fraction

    @property
    def have_collapsed(self) -> bool:
        """Whether there was no variation to make limits from: every line is the mean."""
        return self.lower == self.upper


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranges:
    """The moving ranges of some values: how many, their average, how many were screened out."""

    count: int
    average: Fraction
    dropped: int


def moving_ranges(values: Sequence[Fraction | None], *, screened: bool) -> Ranges | None:
    """The moving ranges; None where no two values stand side by side.

    A missing value breaks them: there is none across a gap. `screened` leaves out the ranges of
    3.267 times their average and more, once, and takes the average of the rest; not where only
    ranges of 0 would be left, since one change among equal values would then have no limits.
    """
    ranges = [abs(b - a) for a, b in pairwise(values) if a is not None and b is not None]
    if not ranges:
        return None
    average = _mean(ranges)
    kept = [each for each in ranges if each < SCREEN * average] if screened else ranges
    if not any(kept):
        kept = ranges
    return Ranges(count=len(ranges), average=_mean(kept), dropped=len(ranges) - len(kept))


def xmr_limits(values: Sequence[Fraction | None], ranges: Ranges) -> Limits:
    """The limits of an XmR chart."""
    return _around(_mean([value for value in values if value is not None]), SCALE * ranges.average)


def p_limits(share: Fraction, judged: int) -> Limits:
    """The limits of a p-chart at a point of so many judged."""
    return _around(share, Fraction(3 * sqrt(float(share * (1 - share)) / judged)))


def _around(centre: Fraction, reach: Fraction) -> Limits:
    return Limits(
        centre=centre,
        lower=centre - reach,
        upper=centre + reach,
        near_lower=centre - NEAR * reach,
        near_upper=centre + NEAR * reach,
    )


def _mean(values: Sequence[Fraction]) -> Fraction:
    return sum(values, Fraction(0)) / len(values)
