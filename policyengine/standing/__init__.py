"""What stands beside the findings of an audit: waivers, which mark a finding and drop none, and a
baseline, since which findings are new or worse."""

from policyengine.findings.model import Since
from policyengine.standing.baseline import Baseline, baseline_of, since
from policyengine.standing.waivers import (
    Waiver,
    Waivers,
    WaiverUse,
    Whose,
    waived,
)

__all__ = [
    "Baseline",
    "Since",
    "Waiver",
    "WaiverUse",
    "Waivers",
    "Whose",
    "baseline_of",
    "since",
    "waived",
]
