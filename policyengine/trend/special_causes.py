"""The four rules by which a point is more than chance.

They are those of Making Data Count, in the reading of its R package: strict everywhere; a point
on the mean ends a run, equal neighbours end a trend, a missing period ends both; in the fourth
rule all three points stand on one side of the mean, and a point beyond a limit is none of the two.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from fractions import Fraction
from itertools import pairwise

from policyengine.trend.limits import Limits

RUN = 7  # points


class Sign(Enum):
    """Which of the four rules a point answers to."""

    OUTSIDE = "outside_limits"
    TREND = "seven_point_trend"
    NEAR = "two_of_three_near_limit"
    RUN = "seven_one_side_of_mean"

    @property
    def words(self) -> str:
        """For a reader."""
        return _WORDS[self]


_WORDS = {
    Sign.OUTSIDE: "beyond a process limit",
    Sign.TREND: "seven points rising or falling",
    Sign.NEAR: "two of three close to a limit",
    Sign.RUN: "seven points on one side of the mean",
}


@dataclass(frozen=True, slots=True)
class Cause:
    """A sign at a point, and whether it points up."""

    sign: Sign
    is_high: bool


Values = Sequence[Fraction | None]
Lines = Sequence[Limits | None]


def causes_of(values: Values, limits: Lines) -> list[tuple[Cause, ...]]:
    """The special causes at each point of one segment, in the order of `Sign`."""
    found: list[list[Cause]] = [[] for _ in values]
    sides = [_side(value, line) for value, line in zip(values, limits, strict=True)]
    for index, is_high in (
        *_outside(values, limits),
        *_trends(values),
        *_near(values, limits, sides),
        *_runs(sides),
    ):
        found[index[1]].append(Cause(index[0], is_high))
    return [tuple(dict.fromkeys(causes)) for causes in found]


_Found = Iterator[tuple[tuple[Sign, int], bool]]


def _side(value: Fraction | None, line: Limits | None) -> int:
    """1 above the mean, -1 below, 0 on it or where there is nothing."""
    if value is None or line is None:
        return 0
    return (value > line.centre) - (value < line.centre)


def _outside(values: Values, limits: Lines) -> _Found:
    for index, (value, line) in enumerate(zip(values, limits, strict=True)):
        if value is not None and line is not None and not line.lower <= value <= line.upper:
            yield (Sign.OUTSIDE, index), value > line.upper


def _trends(values: Values) -> _Found:
    steps = [0 if a is None or b is None else (b > a) - (b < a) for a, b in pairwise(values)]
    for start in range(len(steps) - RUN + 2):
        six = steps[start : start + RUN - 1]
        if abs(sum(six)) == RUN - 1:
            for index in range(start, start + RUN):
                yield (Sign.TREND, index), six[0] > 0


def _near(values: Values, limits: Lines, sides: Sequence[int]) -> _Found:
    near = [_is_near(value, line) for value, line in zip(values, limits, strict=True)]
    for start in range(len(values) - 2):
        three = range(start, start + 3)
        if abs(sum(sides[index] for index in three)) < 3:
            continue
        close = [index for index in three if near[index]]
        if len(close) >= 2:
            for index in close:
                yield (Sign.NEAR, index), sides[index] > 0


def _is_near(value: Fraction | None, line: Limits | None) -> bool:
    if value is None or line is None or not line.lower <= value <= line.upper:
        return False
    return value < line.near_lower or value > line.near_upper


def _runs(sides: Sequence[int]) -> _Found:
    for start in range(len(sides) - RUN + 1):
        if abs(sum(sides[start : start + RUN])) == RUN:
            for index in range(start, start + RUN):
                yield (Sign.RUN, index), sides[index] > 0
