"""What is allowed of waivers, and what the file of them is called."""

from dataclasses import dataclass

from policyengine.values.durations import Duration, Unit

NAME = "waivers.yaml"
BROAD = 25  # percent of a rule's open findings that one waiver may cover before it is said
_LONGEST = Duration(12, Unit.MONTH)


@dataclass(frozen=True, slots=True)
class Limits:
    """What a configuration allows: how long a waiver may last, whether one may be of a critical
    rule, and the share of a rule (percent) from which one is called broad."""

    longest: Duration = _LONGEST
    critical: bool = False
    broad: int = BROAD
