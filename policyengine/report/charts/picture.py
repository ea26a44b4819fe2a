"""What a control chart shows, before anything is drawn: dots, lines and the sentences below it.

Where small numbers are hidden, a dot is in whole percent; one whose numerator or denominator is
small is not there; and one with few that were not met stands where the rate is at least. Lines and
signals are made from all the numbers.
"""

from dataclasses import dataclass
from enum import Enum
from fractions import Fraction

from policyengine.findings.dates import counted
from policyengine.findings.model import RuleSummary
from policyengine.report.headline import percent
from policyengine.report.safe_text import safe_text
from policyengine.report.views.committee import published_rate
from policyengine.report.views.suppression import SmallNumbers
from policyengine.trend import Assurance, Chart, Point, Series, Variation
from policyengine.trend.limits import Limits
from policyengine.values.verdict import Verdict

FEW = 5  # judged in a period; a rate of fewer jumps about


class Mark(Enum):
    """The shape of a dot."""

    COMMON = "no more than chance"
    IMPROVEMENT = "improvement"
    CONCERN = "concern"
    AT_LEAST = "at least so much"


@dataclass(frozen=True, slots=True, kw_only=True)
class Dot:
    """One period. `value` is in percent, None where nothing is drawn; `says` is it in words, and
    `why` names what makes it stand out."""

    name: str
    short: str
    value: float | None
    mark: Mark
    says: str
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lines:
    """The lines at one period, in percent, cut off at 0 and 100 for drawing."""

    centre: float
    lower: float
    upper: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """A whole chart of one rule. `breaks` are where limits begin anew, with the reason; `says`
    the sentences that read it; `latest` and `against_target` a word or two for a table."""

    rule: str
    title: str
    dots: tuple[Dot, ...]
    lines: tuple[Lines | None, ...]
    target: float | None
    breaks: tuple[tuple[int, str], ...]
    variation: Variation | None
    assurance: Assurance | None
    says: tuple[str, ...]

    @property
    def latest(self) -> Dot:
        """The last period."""
        return self.dots[-1]

    @property
    def shown(self) -> int:
        """How many periods have a value to draw."""
        return sum(dot.value is not None for dot in self.dots)

    @property
    def is_drawn(self) -> bool:
        """Whether there is anything to draw."""
        return self.shown > 0


def picture_of(series: Series, small: SmallNumbers | None = None) -> Picture:
    """The picture of a rule's series; `small` says how small numbers are hidden (None: shown)."""
    chart = series.chart
    dots = tuple(_dot(series, index, point, small) for index, point in enumerate(chart.points))
    digits = 0 if small else 1
    return Picture(
        rule=safe_text(series.rule),
        title=safe_text(series.title),
        dots=dots,
        lines=tuple(_lines(point.limits, digits) for point in chart.points),
        target=None if series.target is None else float(series.target * 100),
        breaks=tuple(
            (each.first, safe_text(each.reason)) for each in chart.segments if each.reason
        ),
        variation=chart.variation if dots and dots[-1].value is not None else None,
        assurance=series.assurance,
        says=tuple(_says(series, dots, digits)),
    )


def _dot(series: Series, index: int, point: Point, small: SmallNumbers | None) -> Dot:
    period, row = series.periods[index], series.summaries[index]
    value, says, is_floor = _shown(row, small)
    mark = _MARKS[point.variation] if point.variation else Mark.COMMON
    why = "; ".join(cause.sign.words for cause in point.causes) if value is not None else ""
    return Dot(
        name=period.name,
        short=period.short,
        value=value,
        mark=Mark.AT_LEAST if is_floor and mark is Mark.COMMON else mark,
        says=says,
        why=f"{mark.value}: {why}" if why else "",
    )


_MARKS = {
    Variation.COMMON: Mark.COMMON,
    Variation.IMPROVEMENT: Mark.IMPROVEMENT,
    Variation.CONCERN: Mark.CONCERN,
}


def _shown(row: RuleSummary, small: SmallNumbers | None) -> tuple[float | None, str, bool]:
    """The value in percent, in words, and whether it is only the least that it can be."""
    if row.absent_kind:
        return None, "not in this export", False
    if not row.judged or row.rate is None:
        return None, "none judged", False
    if small is None:
        met = row.counts[Verdict.MET]
        return round(100 * row.rate, 1), f"{percent(row.rate)} ({met:,} of {row.judged:,})", False
    rate, at_least = published_rate(row, small)
    if rate is not None:
        return round(100 * rate), f"{round(100 * rate)}%", False
    if at_least:
        return round(100 * at_least), f"at least {round(100 * at_least)}%", True
    return None, "too few to show", False


def _lines(limits: Limits | None, digits: int) -> Lines | None:
    if limits is None:
        return None
    return Lines(
        centre=_clamped(limits.centre, digits),
        lower=_clamped(limits.lower, digits),
        upper=_clamped(limits.upper, digits),
    )


def _clamped(share: Fraction, digits: int) -> float:
    return round(100 * min(max(float(share), 0.0), 1.0), digits)


# --- the sentences --------------------------------------------------------------------------------


def _says(series: Series, dots: tuple[Dot, ...], digits: int) -> list[str]:
    chart = series.chart
    if not dots:
        return []
    last = dots[-1]
    said = [f"Latest, {last.name}: {last.says}{_signal(chart, last)}."]
    said += _limits(series, digits)
    if series.target is not None:
        target = percent(float(series.target))
        found = series.assurance
        words = found.words if found else "too little to say whether it is reached"
        said.append(f"Target {target}: {words}.")
    said += _cautions(chart)
    judged = sorted(row.judged for row in series.summaries if row.judged)
    if judged and judged[len(judged) // 2] < FEW:
        said.append("Few are judged in most periods: longer ones would say more.")
    return said


def _signal(chart: Chart, last: Dot) -> str:
    variation = chart.variation
    if variation is None or last.value is None:
        return ""
    if variation is Variation.COMMON:
        return ", no more than chance"
    return f", {last.why}" if last.why else f", {variation.words}"


def _limits(series: Series, digits: int) -> list[str]:
    lines = [point.limits for point in series.chart.points if point.limits is not None]
    if not lines:
        return []
    last = _lines(lines[-1], digits)
    assert last is not None
    if lines[-1].have_collapsed:
        return [f"Every period is the same ({last.centre:g}%), so there are no limits to draw."]
    return [f"Mean {last.centre:g}%, process limits {last.lower:g} to {last.upper:g}%."]


def _cautions(chart: Chart) -> list[str]:
    said: list[str] = []
    if not chart.segments:
        return said
    now = chart.segments[-1]
    if now.is_on_trial and any(point.limits for point in chart.points[now.first :]):
        points = counted(now.based_on, "period")
        said.append(f"The limits are on trial: {points}, and twelve are needed.")
    screened = sum(each.ranges.dropped for each in chart.segments if each.ranges)
    if screened:
        jumps = counted(screened, "jump")
        are = "is" if screened == 1 else "are"
        said.append(f"{jumps} beyond the usual {are} left out of the limits.")
    if chart.gaps:
        said.append(f"{counted(chart.gaps, 'period')} with nothing judged.")
    said += [f"New limits: {safe_text(each.reason)}." for each in chart.segments if each.reason]
    return said
