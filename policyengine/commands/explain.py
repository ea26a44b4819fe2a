"""`trustpolicy explain`: why, for one case, clause by clause."""

import argparse
from dataclasses import replace
from typing import TYPE_CHECKING

from policyengine.commands import audit, mapped, options
from policyengine.commands.exits import CANNOT_RUN, DONE, Stop, usage
from policyengine.commands.output import deliver, encoding_of, format_of, uses_colour, width_of

if TYPE_CHECKING:
    from policyengine.evaluate.explain import Explanation
    from policyengine.plan.core import Plan

HELP = "why, for one case: the proof tree, the facts, what would make it met and by when"
FORMATS = ("rich", "text", "json", "jsonl")


def add(parser: argparse.ArgumentParser) -> None:
    """The flags of the verb."""
    parser.add_argument("case", metavar="CASE", help="the id of the case")
    options.add_rules(parser)
    parser.add_argument("--rule", action="append", metavar="ID", help="only this rule")
    options.add_cases(parser, demo="a case of the sample case load, at its as-at date")
    audit.add_clocks(parser)
    parser.add_argument(
        "--show",
        choices=("all", "breached", "open", "none"),
        help="whose tree to show: open (default) is all that is not plainly met or out of scope",
    )
    audit.add_reveal(parser)


def run(args: argparse.Namespace) -> int:
    """The exit code of an explanation."""
    from policyengine.commands.rule_set import checked_plan, chosen

    options.settle_cases(args)
    audit.clocks(args)
    audit.check_flags(args)
    format_ = format_of(args, FORMATS)
    plan = chosen(checked_plan(args, args.rules), args)
    _check_rules(args.rule or [], plan)
    _deliver(args, plan, _explained(args, plan), format_)
    return DONE


def _check_rules(wanted: list[str], plan: "Plan") -> None:
    ids = {rule.id for rule in plan.rules}
    for rule in wanted:
        if rule not in ids:
            meant = options.nearest(rule.upper(), ids)
            raise usage(
                f"there is no rule `{rule}`", *([f"did you mean `{meant}`?"] if meant else [])
            )


def _explained(args: argparse.Namespace, plan: "Plan") -> "list[Explanation]":
    from policyengine.evaluate import Engine
    from policyengine.evaluate.explain import explain

    as_at, known_by = audit.clocks(args)
    wanted = args.rule or None
    with audit.export_errors(), mapped.cases_of(args, args.cases, plan.schema) as (export, finish):
        case = export.one(args.case)
        if case is None:
            raise Stop(CANNOT_RUN, f"there is no case `{args.case}` in this export")
        engine = Engine(plan, only=wanted)
        found = explain(engine, case, export, as_at, known_by, wanted, frozenset(args.reveal))
    told = finish.marked([each.finding for each in found])
    return [replace(each, finding=one) for each, one in zip(found, told, strict=True)]


def _deliver(
    args: argparse.Namespace, plan: "Plan", explained: "list[Explanation]", format_: str
) -> None:
    from policyengine.findings.sentences import Sentences
    from policyengine.report import explanation_json
    from policyengine.report.drawing import Canvas
    from policyengine.report.explanation import explanation_parts

    as_at, known_by = (day.isoformat() for day in audit.clocks(args))
    sentences = Sentences(plan, as_at)
    if format_ == "json":
        clock = (as_at, known_by)
        deliver(args, explanation_json.explanations_json(args.case, clock, explained, sentences))
    elif format_ == "jsonl":
        deliver(args, explanation_json.explanations_lines(explained, sentences))
    else:
        canvas = Canvas(width_of(args), encoding_of(args), uses_colour(args, format_))
        show = args.show or ("all" if args.rule else "open")
        parts = explanation_parts(
            args.case, as_at, explained, sentences, show, (canvas.width, canvas.symbols)
        )
        deliver(args, canvas.drawn(parts))
