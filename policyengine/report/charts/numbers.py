"""A trend for programs: one JSON object, or CSV with a line for each rule and period.

The same export, rules and flags give the same bytes. Limits are not cut off at 0 and 1.
"""

import csv
import io
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction

from policyengine.report.json_report import ENGINE, summary_json
from policyengine.trend import Basis, Options, Point, Segment, Series
from policyengine.trend.limits import Limits
from policyengine.values.verdict import Verdict

SCHEMA_VERSION = 1
_LIMITS = ("centre", "lower", "upper", "near_lower", "near_upper")
_FIXED = ("rule", "title", "force", "severity", "learning_point", "target")
COLUMNS = (
    "rule",
    "from",
    "until",
    *(verdict.value for verdict in Verdict),
    "rate",
    "interval_low",
    "interval_high",
    "floor",
    "ceiling",
    "target",
    *_LIMITS,
    "variation",
    "special_causes",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """How a trend came about."""

    engine_version: str
    rules_sha256: str
    cases_sha256: str
    cases: int
    basis: Basis
    every: str
    known_by: str | None
    options: Options


def trend_json(made: Made, series: Sequence[Series]) -> str:
    """The trend as one object, a point a line."""
    head = {
        "schema_version": SCHEMA_VERSION,
        "engine": {"name": ENGINE, "version": made.engine_version},
        "rules_sha256": made.rules_sha256,
        "cases_sha256": made.cases_sha256,
        "cases": made.cases,
        "basis": made.basis.value,
        "every": made.every,
        "known_by": made.known_by,
        "chart": made.options.method.value,
        "screened": made.options.screened,
        "lock_after": made.options.lock_after,
        "rebases": [
            {"on": each.on.isoformat(), "rule": each.rule, "reason": each.reason}
            for each in made.options.rebases
        ],
    }
    lines = ["{", *(f" {_line(key)}: {_line(value)}," for key, value in head.items())]
    rules = ",\n".join(_rule(each) for each in series)
    return "\n".join([*lines, f' "rules": [\n{rules}\n ]' if rules else ' "rules": []', "}"]) + "\n"


def trend_csv(series: Iterable[Series]) -> Iterator[str]:
    """A header, then a line for each rule and period. For programs: cells are untouched, and none
    of them is free text."""
    line = io.StringIO()
    writer = csv.writer(line, lineterminator="\n")
    for row in (COLUMNS, *(row for each in series for row in _rows(each))):
        writer.writerow(row)
        yield line.getvalue()
        line.seek(0)
        line.truncate()


def _rule(series: Series) -> str:
    row = summary_json(series.summaries[-1])
    head = {key: row[key] for key in _FIXED}
    head |= {
        "variation": series.chart.variation.value if series.chart.variation else None,
        "assurance": series.assurance.value if series.assurance else None,
        "segments": [_segment(series, each) for each in series.chart.segments],
    }
    points = ",\n    ".join(
        _line(_point(series, index, point)) for index, point in enumerate(series.chart.points)
    )
    return f'  {_line(head)[:-1]}, "points": [\n    {points}\n  ]}}'


def _segment(series: Series, segment: Segment) -> dict[str, object]:
    ranges = segment.ranges
    return {
        "from": series.periods[segment.first].first.isoformat(),
        "until": series.periods[segment.end - 1].last.isoformat(),
        "reason": segment.reason,
        "based_on": segment.based_on,
        "on_trial": segment.is_on_trial,
        "moving_ranges": 0 if ranges is None else ranges.count,
        "screened_out": 0 if ranges is None else ranges.dropped,
        "average_moving_range": None if ranges is None else _number(ranges.average),
    }


def _point(series: Series, index: int, point: Point) -> dict[str, object]:
    period, row = series.periods[index], summary_json(series.summaries[index])
    return {
        "from": period.first.isoformat(),
        "until": period.last.isoformat(),
        **{key: value for key, value in row.items() if key not in _FIXED},
        **_limits(point.limits),
        "variation": point.variation.value if point.variation else None,
        "special_causes": [cause.sign.value for cause in point.causes],
    }


def _rows(series: Series) -> Iterator[list[object]]:
    for index, point in enumerate(series.chart.points):
        said, row = _point(series, index, point), series.summaries[index]
        low, high = row.interval or (None, None)
        said |= {"rule": series.rule, "target": row.target}
        said |= {"interval_low": low, "interval_high": high}
        said["special_causes"] = " ".join(cause.sign.value for cause in point.causes)
        yield ["" if said[column] is None else said[column] for column in COLUMNS]


def _limits(limits: Limits | None) -> dict[str, float | None]:
    return {name: None if limits is None else _number(getattr(limits, name)) for name in _LIMITS}


def _number(exact: Fraction) -> float:
    return round(float(exact), 6)


def _line(value: object) -> str:
    return json.dumps(value, ensure_ascii=True, allow_nan=False)
