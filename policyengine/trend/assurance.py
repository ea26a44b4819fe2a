"""What a chart comes to: is the latest point more than chance, and can the process be expected to
reach its target? A higher rate is the better one throughout: these are rates of duties kept."""

from collections.abc import Iterable
from enum import Enum
from fractions import Fraction

from policyengine.trend.limits import Limits
from policyengine.trend.special_causes import Cause


class Variation(Enum):
    """Of a point, or of a chart by its latest point."""

    COMMON = "common_cause"
    IMPROVEMENT = "improvement"
    CONCERN = "concern"

    @property
    def words(self) -> str:
        """For a reader."""
        return {"common_cause": "no more than chance"}.get(self.value, self.value)


class Assurance(Enum):
    """The target against the limits."""

    PASSING = "consistently_passing"
    FAILING = "consistently_failing"
    HIT_OR_MISS = "hit_or_miss"

    @property
    def words(self) -> str:
        """For a reader."""
        return _WORDS[self.value]


_WORDS = {
    "consistently_passing": "can be expected to reach its target",
    "consistently_failing": "cannot reach its target as things are done now",
    "hit_or_miss": "may reach its target or miss it, by chance",
}


def variation_of(causes: Iterable[Cause]) -> Variation:
    """What a point's causes come to. Where they disagree (a falling trend that is still above the
    mean) it is a concern: the reader is shown the graver of the two."""
    highs = [cause.is_high for cause in causes]
    if not highs:
        return Variation.COMMON
    return Variation.IMPROVEMENT if all(highs) else Variation.CONCERN


def assurance_of(limits: Limits | None, target: Fraction | None) -> Assurance | None:
    """A target above the upper limit fails, one below the lower limit passes, else it is hit or
    miss; None without limits or target. Limits that have collapsed (every period the same) leave
    nothing to chance: the mean reaches the target or fails it."""
    if limits is None or target is None:
        return None
    if limits.have_collapsed:
        return Assurance.PASSING if limits.centre >= target else Assurance.FAILING
    if target > limits.upper:
        return Assurance.FAILING
    return Assurance.PASSING if target < limits.lower else Assurance.HIT_OR_MISS
