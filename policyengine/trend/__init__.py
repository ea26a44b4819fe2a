"""A rate over time, as the charts of NHS England's Making Data Count read it; and teams beside
one another. Numbers only: nothing here draws, judges a case or reads a clock.

Arithmetic is exact (`Fraction`), because the rules ask for *strictly* outside and *strictly* on
one side, and a rounding error would answer for them.
"""

from policyengine.trend.assurance import Assurance, Variation
from policyengine.trend.charts import Chart, Method, Options, Point, Rebase, Segment, chart_of
from policyengine.trend.periods import Every, Period, whole_periods
from policyengine.trend.series import Basis, Series, keeps, series_of

__all__ = [
    "Chart",
    "Point",
    "Segment",
    "chart_of",
    "Method",
    "Options",
    "Rebase",
    "Assurance",
    "Variation",
    "Every",
    "Period",
    "whole_periods",
    "Basis",
    "Series",
    "keeps",
    "series_of",
]
