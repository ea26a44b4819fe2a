"""A rule's counts period by period, and the chart that they make."""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field
from enum import Enum
from fractions import Fraction

from policyengine.findings.model import Finding, RuleSummary
from policyengine.trend.assurance import Assurance
from policyengine.trend.charts import Chart, Measure, Options, chart_of, rebased
from policyengine.trend.periods import Period
from policyengine.values.verdict import Verdict


class Basis(Enum):
    """What counts towards a period: the state of every duty at its end, or only the duties whose
    deadline fell in it (and those that have none), as at its end."""

    AS_AT = "as-at"
    DUE = "due"


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """One rule over the periods: `summaries` are its counts in each."""

    rule: str
    title: str
    severity: str
    force: str
    learning_point: int | None
    target: Fraction | None
    periods: tuple[Period, ...]
    summaries: tuple[RuleSummary, ...] = field(repr=False)
    chart: Chart = field(repr=False)

    @property
    def assurance(self) -> Assurance | None:
        """Its target against its limits."""
        return self.chart.assurance(self.target)


def keeps(
    period: Period, basis: Basis, standing: Collection[str] = ()
) -> Callable[[Finding], bool] | None:
    """Which findings count towards a period; None: all. Those of the `standing` rules count as
    they stand at its end, whatever the basis."""
    if basis is Basis.AS_AT:
        return None
    first, last = period.first.toordinal(), period.last.toordinal()

    def falls_due(finding: Finding) -> bool:
        day = finding.deadline_day
        return day is None or first <= day <= last or finding.rule in standing

    return falls_due


def series_of(
    periods: Sequence[Period], summaries: Iterable[Sequence[RuleSummary]], options: Options
) -> tuple[Series, ...]:
    """The series of every rule, in the order of their ids. `summaries` are the counts of each
    period's audit, by the same rules."""
    by_rule: dict[str, list[RuleSummary]] = {}
    for each in summaries:
        for row in each:
            by_rule.setdefault(row.rule, []).append(row)
    return tuple(
        _series(tuple(periods), tuple(rows), options) for _, rows in sorted(by_rule.items())
    )


def _series(periods: tuple[Period, ...], rows: tuple[RuleSummary, ...], options: Options) -> Series:
    last = rows[-1]
    measures = [Measure(row.counts[Verdict.MET], row.judged) for row in rows]
    starts = rebased([period.last for period in periods], options, last.rule)
    return Series(
        rule=last.rule,
        title=last.title,
        severity=last.severity,
        force=last.force,
        learning_point=last.learning_point,
        target=None if last.target is None else Fraction(last.target).limit_denominator(10**6),
        periods=periods,
        summaries=rows,
        chart=chart_of(measures, options, starts),
    )
