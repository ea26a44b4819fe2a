"""`trustpolicy trend`: the rate of each rule over time, as a control chart."""

import argparse
from collections.abc import Sequence
from typing import TYPE_CHECKING

from policyengine.commands import audit, mapped, options, over_time
from policyengine.commands.exits import CANNOT_RUN, DONE, Stop, usage
from policyengine.commands.output import (
    deliver,
    encoding_of,
    format_of,
    say,
    uses_colour,
    width_of,
)

if TYPE_CHECKING:
    from policyengine.findings import Audit
    from policyengine.report.charts import Picture
    from policyengine.trend import Options, Period, Series

HELP = "the rate at each period's end, as a control chart"
FORMATS = ("rich", "text", "json", "csv", "html", "md")
EPILOG = """\
Only whole periods count. The state at a period's end shares most of its subjects with the one
before, so its limits are narrow; --basis due charts what fell due in each period by itself.
"""
MOST = 600  # periods
FEW = 5  # charts are all drawn where there are no more rules


def add(parser: argparse.ArgumentParser) -> None:
    """The flags of the verb."""
    parser.epilog = EPILOG
    options.add_rules(parser)
    options.add_cases(parser, demo="the sample case load, over the year before its date")
    parser.add_argument("--from", dest="start", type=options.as_date, metavar="DATE")
    parser.add_argument("--until", type=options.as_date, metavar="DATE")
    parser.add_argument(
        "--known-by",
        type=options.as_date,
        metavar="DATE",
        help="from what was recorded by the end of this day (default: each period's end)",
    )
    parser.add_argument("--team", metavar="TEAM", help="only what this team answers for")
    parser.add_argument(
        "--show",
        choices=("all", "signals", "none"),
        help="whose charts to draw: signals (default) is those with more than chance in their "
        f"latest period, or all of at most {FEW}",
    )
    over_time.add_chart_flags(parser, "as-at")


def run(args: argparse.Namespace) -> int:
    """The exit code of a trend."""
    from policyengine.commands.rule_set import checked_plan, chosen
    from policyengine.trend import series_of

    _settle(args)
    made, periods = over_time.options_of(args), _periods(args)
    format_ = format_of(args, FORMATS)
    plan = chosen(checked_plan(args, args.rules), args)
    if not plan.rules:
        raise Stop(CANNOT_RUN, "no rule is left to judge by")
    over_time.check_rebases(made, plan)
    narrowing = audit.Narrowing(args.team, None)
    keep = narrowing.keep if args.team is not None else None
    with audit.export_errors(), mapped.cases_of(args, args.cases, plan.schema) as (export, finish):
        found = [finish(each) for each in over_time.audits(args, plan, export, periods, keep)]
    say(args, *found[-1].notes, *narrowing.remarks())
    series = series_of(periods, [each.summary for each in found], made)
    _deliver(args, series, found[-1], made, format_)
    return DONE


def _settle(args: argparse.Namespace) -> None:
    """The sample's own export and dates, where it was asked for."""
    as_at = options.settle_cases(args)
    if as_at is not None:
        args.until = args.until or as_at
        args.start = args.start or args.until.replace(year=args.until.year - 1, day=1)
    if args.start is None or args.until is None:
        missing = "--from" if args.start is None else "--until"
        raise usage(
            f"{missing} is missing: a trend has a first and a last day",
            "nothing here reads the clock; say it: --from 2025-11-01 --until 2026-10-31",
        )
    if args.start > args.until:
        raise usage(f"--from {args.start} is after --until {args.until}")


def _periods(args: argparse.Namespace) -> "tuple[Period, ...]":
    from policyengine.trend import Every, whole_periods

    periods = whole_periods(args.start, args.until, Every(args.every))
    if not periods:
        raise usage(f"there is no whole {args.every} from {args.start} to {args.until}")
    if len(periods) > MOST:
        raise usage(f"{len(periods)} periods are more than a chart can hold", f"at most {MOST}")
    if (args.start, args.until) != (periods[0].first, periods[-1].last):
        say(
            args,
            f"only whole {args.every}s count: {periods[0].first} to {periods[-1].last} "
            f"({len(periods)} of them)",
        )
    return periods


def _deliver(
    args: argparse.Namespace,
    series: "Sequence[Series]",
    last: "Audit",
    made: "Options",
    format_: str,
) -> None:
    from policyengine.report.charts.numbers import Made, trend_csv, trend_json
    from policyengine.trend import Basis

    if format_ == "csv":
        deliver(args, trend_csv(series))
        return
    how = Made(
        engine_version=last.engine_version,
        rules_sha256=last.rules_sha256,
        cases_sha256=last.cases_sha256,
        cases=last.cases,
        basis=Basis(args.basis),
        every=args.every,
        known_by=args.known_by.isoformat() if args.known_by else None,
        options=made,
    )
    if format_ == "json":
        deliver(args, trend_json(how, series))
    else:
        deliver(args, _drawn(args, series, last, format_))


def _drawn(
    args: argparse.Namespace, series: "Sequence[Series]", last: "Audit", format_: str
) -> str:
    from policyengine.report.charts import picture_of

    pictures = [picture_of(each) for each in series]
    drawn = [each for each in pictures if _is_drawn(each, args.show, len(pictures))]
    heading = _heading(args, series, last)
    if format_ in ("html", "md"):
        from policyengine.commands.extras import needs_report_extra
        from policyengine.report.committee.trend_page import trend_html, trend_markdown

        if format_ == "md":
            return trend_markdown(heading, pictures)
        with needs_report_extra():
            return trend_html(heading, pictures)
    from policyengine.report.charts.terminal import trend_parts
    from policyengine.report.drawing import Canvas

    canvas = Canvas(width_of(args), encoding_of(args), uses_colour(args, format_))
    return canvas.drawn(trend_parts(heading, pictures, drawn, canvas.width, canvas.symbols))


def _is_drawn(picture: "Picture", show: str | None, rules: int) -> bool:
    from policyengine.trend import Variation

    if show is None and rules <= FEW:
        return True
    if show == "none" or not picture.is_drawn:
        return False
    return show == "all" or picture.variation in (Variation.IMPROVEMENT, Variation.CONCERN)


def _heading(args: argparse.Namespace, series: "Sequence[Series]", last: "Audit") -> list[str]:
    from policyengine.findings.dates import counted, long_date
    from policyengine.report.charts.words import STATE, basis_words, limits_words
    from policyengine.trend import Basis

    first, until = series[0].periods[0].first, series[0].periods[-1].last
    team = f", {args.team}" if args.team else ""
    known = f", known by {long_date(args.known_by.isoformat())}" if args.known_by else ""
    users, rules = counted(last.cases, "service user"), counted(len(series), "rule")
    periods = counted(len(series[0].periods), args.every)
    basis = basis_words(Basis(args.basis), args.every)
    state = [STATE] if args.basis == "as-at" else []
    return [
        f"{long_date(first.isoformat())} to {long_date(until.isoformat())}{known}",
        f"{users}, {rules}, {periods}: {basis}{team}",
        limits_words(over_time.options_of(args)),
        *state,
    ]
