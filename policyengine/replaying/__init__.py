"""One case, day by day: what today's rules would have said of it, from what was recorded by then.

Both clocks go on together (S1): on each day only what had happened, and was recorded, is seen.
`history.py` finds the days on which anything turns and judges on those; `amends.py` looks for the
smallest other record that would have kept a rule; `sides.py` sets two policies side by side.
"""

from policyengine.replaying.amends import SOMETHING, Amend, amends
from policyengine.replaying.history import Course, Event, History, Spell, last_day, replay
from policyengine.replaying.sides import Difference, differences

__all__ = [
    "SOMETHING",
    "Amend",
    "Course",
    "Difference",
    "Event",
    "History",
    "Spell",
    "amends",
    "differences",
    "last_day",
    "replay",
]
