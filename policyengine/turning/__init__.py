"""The days on which time alone can turn a finding: with no new record, as the as-at date goes on.

`terms.py` says what a date of a case can be made from, `marks.py` which dates a rule holds the
as-at date against, `days.py` which days those are in one case. Between two neighbouring days of
a rule in a case all of its findings stay as they are, in every field. `next_change.py` judges
again on those days and finds the first on which a finding is another.
"""

from policyengine.turning.days import Turning
from policyengine.turning.next_change import Judge, Turned, next_changes

__all__ = ["Judge", "Turned", "Turning", "next_changes"]
