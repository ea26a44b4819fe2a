"""Examples drawn as time lines: what happened when, when it was due, when it was asked."""

from policyengine.report.time_lines.drawing import drawn
from policyengine.report.time_lines.line import Mark, Outcome, Sort, TimeLine, time_line

__all__ = ["Mark", "Outcome", "Sort", "TimeLine", "drawn", "time_line"]
