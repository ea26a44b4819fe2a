"""`trustpolicy report`: the audit as one page for a committee, as HTML or Markdown."""

import argparse
from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING

from policyengine.commands import audit, manifest, mapped, options, over_time
from policyengine.commands import standing as beside
from policyengine.commands.exits import CANNOT_RUN, DONE, Stop, usage
from policyengine.commands.extras import needs_report_extra
from policyengine.commands.output import deliver, format_of, say

if TYPE_CHECKING:
    from policyengine.findings import Audit
    from policyengine.plan.core import Plan
    from policyengine.report.committee.page import CommitteePage
    from policyengine.report.views.suppression import SmallNumbers
    from policyengine.trend import Period

HELP = "the audit as one self-contained HTML page for a committee"
FORMATS = ("html", "md")
EPILOG = """\
Counts only. Small numbers are hidden, with whatever would give them away: --small-numbers is the
threshold, and 0 hides nothing, for readers who may see every count.
"""
PERIODS = 24
MOST = 120


def add(parser: argparse.ArgumentParser) -> None:
    """The flags of the verb."""
    parser.epilog = EPILOG
    options.add_rules(parser)
    options.add_cases(parser)
    audit.add_clocks(parser)
    parser.add_argument(
        "--periods",
        type=options.as_limit,
        default=PERIODS,
        metavar="N",
        help=f"how many periods the charts look back (default {PERIODS}; 0: no charts)",
    )
    parser.add_argument(
        "--small-numbers",
        type=options.as_limit,
        metavar="N",
        help="hide counts below N (default 5; 0: hide nothing, round nothing)",
    )
    parser.add_argument(
        "--round-to", type=options.as_limit, metavar="N", help="round counts to N (default 5)"
    )
    over_time.add_chart_flags(parser, "due")
    beside.add_waivers(parser)
    manifest.add_manifest(parser)


def run(args: argparse.Namespace) -> int:
    """The exit code of a report."""
    from policyengine.commands.rule_set import checked_plan, chosen
    from policyengine.evaluate.over_time import Asked

    _settle(args)
    as_at, known_by = audit.clocks(args)
    manifest.check_manifest(args)
    made, format_ = over_time.options_of(args), _format(args)
    beside.find_waivers(args, args.rules)
    args.whole_plan = checked_plan(args, args.rules)
    plan = chosen(args.whole_plan, args)
    if not plan.rules:
        raise Stop(CANNOT_RUN, "no rule is left to judge by")
    over_time.check_rebases(made, plan)
    with needs_report_extra():
        if format_ == "html":
            from policyengine.report.committee.html import be_ready

            be_ready()
    periods = _periods(args, as_at)
    with audit.export_errors(), mapped.cases_of(args, args.cases, plan.schema) as (export, finish):
        asked = Asked(as_at, known_by, with_findings=True)
        standing = _recurring(plan)
        *found, whole = over_time.audits(args, plan, export, periods, standing=standing, now=asked)
        now = finish(whole)
    now = beside.with_standing(args, now, plan, args.rules)
    say(args, *now.notes)
    page = _page(args, plan, now, list(zip(periods, found, strict=True)))
    deliver(args, _written(page, format_))
    manifest.keep(args, now, plan)
    say(args, now.balance)
    return DONE


def _recurring(plan: "Plan") -> "frozenset[str]":
    """The rules whose duty comes again and again: what is in date falls due only later, so that
    of the duties that fell due in a month there would be none but the missed."""
    from policyengine.plan.core import HaveEvery

    return frozenset(rule.id for rule in plan.rules if isinstance(rule.duty, HaveEvery))


def _settle(args: argparse.Namespace) -> None:
    options.settle_cases(args)
    if args.periods > MOST:
        raise usage(f"--periods {args.periods} are more than a chart can hold", f"at most {MOST}")


def _format(args: argparse.Namespace) -> str:
    """HTML, unless Markdown is asked for by flag or suffix."""
    if args.format is None and not (args.output and args.output != "-"):
        return "html"
    return format_of(args, FORMATS)


def _periods(args: argparse.Namespace, as_at: date) -> "tuple[Period, ...]":
    from policyengine.trend import Every
    from policyengine.trend.periods import periods_before

    return periods_before(as_at, args.periods, Every(args.every))


def _page(
    args: argparse.Namespace,
    plan: "Plan",
    now: "Audit",
    over: "Sequence[tuple[Period, Audit]]",
) -> "CommitteePage":
    from policyengine.report.committee.page import Told, committee_page
    from policyengine.trend import Basis, series_of

    made = over_time.options_of(args)
    series = series_of([each for each, _ in over], [each.summary for _, each in over], made)
    told = Told(
        audit=now,
        plan=plan,
        series=series,
        options=made,
        basis=Basis(args.basis),
        every=args.every,
        cases_name="the sample case load, which is fictional" if args.demo else "",
    )
    return committee_page(told, _small_numbers(args))


def _small_numbers(args: argparse.Namespace) -> "SmallNumbers":
    from dataclasses import replace

    from policyengine.report.views.audiences import AUDIENCES
    from policyengine.report.views.suppression import SmallNumbers

    usual = AUDIENCES["committee"].small_numbers or SmallNumbers()
    if args.small_numbers == 0:
        return SmallNumbers(threshold=0, hides_zero=False, rounds_to=1, secondary=False)
    threshold = usual.threshold if args.small_numbers is None else args.small_numbers
    step = usual.rounds_to if args.round_to is None else max(args.round_to, 1)
    return replace(usual, threshold=threshold, rounds_to=step)


def _written(page: "CommitteePage", format_: str) -> str:
    if format_ == "md":
        from policyengine.report.committee.markdown import committee_markdown

        return "".join(committee_markdown(page))
    from policyengine.report.committee.html import committee_html

    return committee_html(page)
