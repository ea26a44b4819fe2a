"""A control chart: values over time, lines beside them, and what stands out."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import Enum
from fractions import Fraction

from policyengine.trend.assurance import Assurance, Variation, assurance_of, variation_of
from policyengine.trend.limits import Limits, Ranges, moving_ranges, p_limits, xmr_limits
from policyengine.trend.special_causes import Cause, causes_of

ENOUGH = 12  # points; with fewer, limits are on trial


class Method(Enum):
    """Which chart. p-charts weigh each period by its denominator: for small denominators."""

    XMR = "xmr"
    P = "p"


@dataclass(frozen=True, slots=True)
class Rebase:
    """Limits begin anew with the first period that ends on this day or later, for a known reason.
    `rule` None: in every chart."""

    on: date
    reason: str
    rule: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """How charts are made.

    `screened` (the default, as in NHS England's R package; its Excel tool does not) leaves
    outlying moving ranges out of their average. `lock_after` takes the limits of a segment from
    its first so many points, so that later ones are judged by them; None: from all.
    """

    method: Method = Method.XMR
    screened: bool = True
    lock_after: int | None = None
    rebases: tuple[Rebase, ...] = ()


@dataclass(frozen=True, slots=True)
class Measure:
    """The count of one period: so many kept of so many judged. Nothing judged is a gap."""

    met: int
    judged: int

    @property
    def value(self) -> Fraction | None:
        """The rate."""
        return Fraction(self.met, self.judged) if self.judged else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """One period of a chart."""

    value: Fraction | None
    limits: Limits | None
    causes: tuple[Cause, ...]

    @property
    def variation(self) -> Variation | None:
        """More than chance, or not; None where there is no value or no limits."""
        if self.value is None or self.limits is None:
            return None
        return variation_of(self.causes)


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """The points from `first` up to `end` (excluded) share their limits. `reason` says why they
    begin anew (None for the first); `based_on` how many values the limits were made from; a
    p-chart has no `ranges`."""

    first: int
    end: int
    reason: str | None
    based_on: int
    ranges: Ranges | None

    @property
    def is_on_trial(self) -> bool:
        """Fewer than twelve points: the limits will move."""
        return self.based_on < ENOUGH


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """A whole chart. Every chart has a segment, if it has a point."""

    points: tuple[Point, ...]
    segments: tuple[Segment, ...]

    @property
    def latest(self) -> Point | None:
        """The last point."""
        return self.points[-1] if self.points else None

    @property
    def variation(self) -> Variation | None:
        """Of the last point; None where the last period has no value, or there are no limits."""
        return self.latest.variation if self.latest else None

    def assurance(self, target: Fraction | None) -> Assurance | None:
        """The target against the limits at the last point that has any."""
        lines = [point.limits for point in self.points if point.limits is not None]
        return assurance_of(lines[-1] if lines else None, target)

    @property
    def gaps(self) -> int:
        """How many periods have no value."""
        return sum(point.value is None for point in self.points)


def chart_of(
    measures: Sequence[Measure], options: Options, starts: Sequence[tuple[int, str]] = ()
) -> Chart:
    """The chart of some periods' counts. `starts` are the points at which limits begin anew, with
    the reason; `rebased` makes them of `options.rebases`."""
    points: list[Point] = []
    segments: list[Segment] = []
    cuts: list[tuple[int, str | None]] = [(0, None), *sorted(dict(starts).items())]
    cuts = [cut for cut in cuts if cut[0] > 0 or cut[1] is None]
    ends = [cut[0] for cut in cuts[1:]] + [len(measures)]
    for (first, reason), end in zip(cuts, ends, strict=True):
        if end <= first:
            continue
        part = measures[first:end]
        segment, lines = _segment(part, options, first, reason)
        values = [each.value for each in part]
        points += [
            Point(value=value, limits=line, causes=causes)
            for value, line, causes in zip(values, lines, causes_of(values, lines), strict=True)
        ]
        segments.append(segment)
    return Chart(points=tuple(points), segments=tuple(segments))


def rebased(ends: Sequence[date], options: Options, rule: str) -> tuple[tuple[int, str], ...]:
    """Where the limits of a rule's chart begin anew, given its periods' last days. A rebase
    before the first period or after the last changes nothing."""
    found: dict[int, str] = {}
    for rebase in sorted(options.rebases, key=lambda each: each.on):
        if rebase.rule in (None, rule):
            index = next((i for i, last in enumerate(ends) if last >= rebase.on), 0)
            if index:
                found[index] = rebase.reason
    return tuple(sorted(found.items()))


def _segment(
    part: Sequence[Measure], options: Options, first: int, reason: str | None
) -> tuple[Segment, list[Limits | None]]:
    base = _baseline(part, options.lock_after)
    values = [each.value for each in base]
    is_p = options.method is Method.P
    ranges = None if is_p else moving_ranges(values, screened=options.screened)
    segment = Segment(
        first=first,
        end=first + len(part),
        reason=reason,
        based_on=sum(value is not None for value in values),
        ranges=ranges,
    )
    if is_p:
        return segment, _p_lines(part, base)
    limits = None if ranges is None else xmr_limits(values, ranges)
    return segment, [limits] * len(part)


def _p_lines(part: Sequence[Measure], base: Sequence[Measure]) -> list[Limits | None]:
    judged = sum(each.judged for each in base)
    if not judged:
        return [None] * len(part)
    share = Fraction(sum(each.met for each in base), judged)
    return [p_limits(share, each.judged) if each.judged else None for each in part]


def _baseline(part: Sequence[Measure], lock_after: int | None) -> Sequence[Measure]:
    """The periods that the limits are made from: all, or up to the so-manieth with a value."""
    if lock_after is None:
        return part
    seen = 0
    for index, each in enumerate(part):
        seen += each.judged > 0
        if seen == lock_after:
            return part[: index + 1]
    return part
