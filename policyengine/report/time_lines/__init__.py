"""Examples drawn as time lines: what happened when, when it was due, when it was asked."""

from policyengine.report.time_lines.as_json import time_line_json
from policyengine.report.time_lines.drawing import drawn
from policyengine.report.time_lines.line import Mark, Outcome, Sort, TimeLine, time_line
from policyengine.report.time_lines.text import ruler, time_line_text

__all__ = [
    "Mark",
    "Outcome",
    "Sort",
    "TimeLine",
    "drawn",
    "ruler",
    "time_line",
    "time_line_json",
    "time_line_text",
]
