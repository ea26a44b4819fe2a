"""`trustpolicy replay`: one case day by day, by today's rules and from what was known then."""

import argparse
from datetime import date
from typing import TYPE_CHECKING

from policyengine.commands import audit, mapped, options
from policyengine.commands.exits import CANNOT_RUN, DONE, Stop, usage
from policyengine.commands.extras import needs_report_extra
from policyengine.commands.output import (
    deliver,
    encoding_of,
    format_of,
    say,
    uses_colour,
    width_of,
)

if TYPE_CHECKING:
    from policyengine.plan.core import Plan
    from policyengine.records import Export
    from policyengine.records.model import CaseRecords
    from policyengine.replaying import History

HELP = "one case day by day: what each rule would have said, and from which day on"
FORMATS = ("rich", "text", "json", "html")


def add(parser: argparse.ArgumentParser) -> None:
    """The flags of the verb."""
    parser.add_argument("case", metavar="CASE", help="the id of the case")
    options.add_rules(parser)
    options.add_cases(parser, demo="a case of the sample case load")
    parser.add_argument(
        "--from",
        dest="first",
        type=options.as_date,
        metavar="DATE",
        help="from this day on (default: the first in the record)",
    )
    parser.add_argument(
        "--until",
        dest="last",
        type=options.as_date,
        metavar="DATE",
        help="up to the end of this day (default: the last in the record)",
    )
    parser.add_argument("--rule", action="append", metavar="ID", help="only this rule")
    parser.add_argument(
        "--show",
        choices=("all", "open", "breached", "none"),
        default="open",
        help="which turns to tell of day by day: open (default) is all but what ended",
    )
    parser.add_argument(
        "--compare",
        nargs=2,
        metavar=("OLD", "NEW"),
        help="two policies on the one history: folders, files or git revisions",
    )


def run(args: argparse.Namespace) -> int:
    """0; 3 where the case or the export cannot be read."""
    from policyengine.commands.rule_set import checked_plan, chosen

    args.as_at = args.known_by = None
    options.settle_cases(args)
    format_ = format_of(args, FORMATS)
    if args.first is not None and args.last is not None and args.last < args.first:
        raise usage(f"--until {args.last} is before --from {args.first}")
    if args.compare is not None:
        if format_ == "html":
            raise usage("--compare writes text and json")
        return _compare(args, format_)
    plan = chosen(checked_plan(args, args.rules), args)
    _check_rules(args, plan)
    with needs_report_extra():
        if format_ == "html":
            from policyengine.report.replay.html import be_ready

            be_ready()
    with audit.export_errors(), mapped.cases_of(args, args.cases, plan.schema) as (export, _):
        case = _case(args, export)
        text = _told(args, plan, case, export, format_)
    deliver(args, text)
    return DONE


def _case(args: argparse.Namespace, export: "Export") -> "CaseRecords":
    case = export.one(args.case)
    if case is None:
        raise Stop(
            CANNOT_RUN,
            f"there is no case `{args.case}` in this export",
            "`trustpolicy audit --show all` lists the cases with findings",
        )
    return case


def _check_rules(args: argparse.Namespace, plan: "Plan") -> None:
    ids = {rule.id for rule in plan.rules}
    for rule in args.rule or ():
        if rule not in ids:
            meant = options.nearest(rule.upper(), ids)
            hints = [f"did you mean `{meant}`?"] if meant else []
            raise usage(f"there is no rule `{rule}`", *hints)


def _history(
    args: argparse.Namespace, plan: "Plan", case: "CaseRecords", export: "Export"
) -> "History":
    from policyengine.evaluate import Engine
    from policyengine.replaying import last_day, replay

    last: date | None = args.last
    if last is None:
        last = last_day(plan, case)
        if last is None:
            raise Stop(CANNOT_RUN, f"nothing in the record of case `{args.case}` has a day")
        if args.first is not None and last < args.first:
            raise usage(f"--from {args.first} is after the last day in the record")
        say(args, f"up to {last}, the last day in the record; --until says another")
    return replay(Engine(plan), case, export, args.first, last, args.rule or None)


def _told(
    args: argparse.Namespace, plan: "Plan", case: "CaseRecords", export: "Export", format_: str
) -> str:
    from policyengine.evaluate import Engine
    from policyengine.replaying import amends
    from policyengine.report.drawing import Canvas
    from policyengine.report.replay.page import replay_page

    history = _history(args, plan, case, export)
    engine = Engine(plan)
    last = history.last
    amended = [amends(engine, case, export, course, last) for course in history.breached]
    page = replay_page(plan, history, amended, args.show)
    if format_ == "json":
        from policyengine.report.replay.json_page import replay_json

        return replay_json(history, page.raised, plan.digest)
    if format_ == "html":
        from policyengine.report.replay.html import replay_html

        return replay_html(page)
    from policyengine.report.replay.terminal import replay_parts

    canvas = Canvas(width_of(args), encoding_of(args), uses_colour(args, format_))
    return canvas.drawn(replay_parts(page, canvas.width, canvas.symbols))


def _compare(args: argparse.Namespace, format_: str) -> int:
    from policyengine.commands.revisions import rules_of
    from policyengine.commands.rule_set import checked_plan, chosen
    from policyengine.replaying import differences
    from policyengine.report.drawing import Canvas
    from policyengine.report.replay.json_page import compared_json
    from policyengine.report.replay.page import side_by_side
    from policyengine.report.replay.terminal import compared_parts

    plans, histories = [], []
    for word in args.compare:
        with rules_of(word) as paths:
            plan = chosen(checked_plan(args, paths), args)
            with (
                audit.export_errors(),
                mapped.cases_of(args, args.cases, plan.schema) as (export, _),
            ):
                histories.append(_history(args, plan, _case(args, export), export))
            plans.append(plan)
    found = differences(histories[0], histories[1])
    if format_ == "json":
        deliver(args, compared_json(found, args.case))
        return DONE
    told = side_by_side(plans[0], plans[1], (histories[0], histories[1]), found)
    canvas = Canvas(width_of(args), encoding_of(args), uses_colour(args, format_))
    title = f"Case {args.case} by two policies"
    names = (args.compare[0], args.compare[1])
    deliver(args, canvas.drawn(compared_parts(title, told, names, canvas.symbols)))
    return DONE
