"""`trustpolicy diff`: what changed between two rule sets, and whose verdicts move."""

import argparse
from contextlib import ExitStack
from datetime import date
from typing import TYPE_CHECKING

from policyengine.commands import audit, engines, options
from policyengine.commands.exits import CANNOT_RUN, DONE, GATE, Stop, usage
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
    from collections.abc import Mapping

    from policyengine.comparing import Comparison, Moves, Side
    from policyengine.findings import Finding
    from policyengine.plan.core import Plan
    from policyengine.records import Export

HELP = "what changed between two rule sets, and whose verdicts move"
FORMATS = ("rich", "text", "json", "md", "html")
GATES = ("never", "stricter", "looser", "newly-breached")
MOST_TOLD = 2_000  # moves of which it is said which clause moved them, where all are listed
EPILOG = """\
OLD and NEW are folders or files of rules, or revisions of git: HEAD~1, main, HEAD~1:rules.
--fail-on makes it a gate (exit 1); it may come several times:
  stricter         a rule that both have is breached by a case that it was not breached by
  looser           the other way round, or a rule is no more
  newly-breached   with --cases: a verdict turns into a breach
"""


def add(parser: argparse.ArgumentParser) -> None:
    """The flags of the verb."""
    parser.epilog = EPILOG
    parser.add_argument("old", metavar="OLD", help="the rules as they were")
    parser.add_argument("new", metavar="NEW", help="the rules as they are to be")
    options.add_cases(parser, demo="the sample case load, at its as-at date")
    audit.add_clocks(parser)
    engines.add_engine(parser)
    parser.add_argument("--fail-on", choices=GATES, action="append", default=[])
    parser.add_argument(
        "--limit",
        type=options.as_limit,
        metavar="N",
        help="how many verdicts that move are listed (default 20; 0: all)",
    )
    parser.add_argument(
        "--no-direction",
        action="store_true",
        help="do not look for the cases that show which way a rule moved",
    )


def run(args: argparse.Namespace) -> int:
    """0; 1 where a gate is not met; 2 for an unknown revision; 3 where rules do not check."""
    from policyengine.commands.revisions import rules_of
    from policyengine.commands.rule_set import checked_plan, chosen
    from policyengine.comparing import compare

    wants_cases = bool(args.cases or args.demo)
    if wants_cases:
        options.settle_cases(args)
        audit.clocks(args)
    elif args.as_at or "newly-breached" in args.fail_on:
        raise usage("--cases is missing: whose verdicts are to be compared?")
    format_ = format_of(args, FORMATS)
    with needs_report_extra():
        if format_ == "html":
            from policyengine.report.diff.html import be_ready

            be_ready()
    with ExitStack() as stack:
        plans = []
        for word, other in ((args.old, args.new), (args.new, args.old)):
            beside = other.partition(":")[0] if not other.startswith("-") else None
            paths = stack.enter_context(rules_of(word, _path_of(beside)))
            plans.append(chosen(checked_plan(args, paths), args))
        compared = compare(plans[0], plans[1])
    for line in compared.schema:
        say(args, f"the schemas differ: {line}")
    sides = {} if args.no_direction else _sides(args, compared)
    found = _moves(args, compared) if wants_cases else None
    deliver(args, _written(args, format_, compared, sides, found))
    return _gate(args, compared, sides, found)


def _path_of(word: str | None) -> str | None:
    """The path that the other side names, if it is one: a revision is read at the same."""
    from pathlib import Path

    return word if word is not None and Path(word).exists() else None


def _sides(args: argparse.Namespace, compared: "Comparison") -> "dict[str, Side]":
    """Which way each changed rule moved that both sides have."""
    from policyengine.analysis.directions import direction
    from policyengine.report.progress import progress_bar

    if compared.old.schema != compared.new.schema:
        return {}
    both = {rule.id for rule in compared.old.rules} & {rule.id for rule in compared.new.rules}
    ids = [id_ for id_ in dict.fromkeys(c.id for c in compared.changes if c.moves) if id_ in both]
    wanted = not (args.quiet or args.no_progress)
    made = {}
    with progress_bar("Comparing", len(ids), wanted=wanted) as step:
        for number, id_ in enumerate(ids, 1):
            made[id_] = direction(compared.old, compared.new, id_)
            if step is not None:
                step(number)
    return made


def _moves(args: argparse.Namespace, compared: "Comparison") -> "Moves":
    from policyengine.comparing import moves
    from policyengine.report.progress import progress_bar

    clock = audit.clocks(args)
    quiet = args.quiet or args.no_progress
    old, new = compared.old.schema, compared.new.schema
    with ExitStack() as stack:
        stack.enter_context(audit.export_errors())
        export = stack.enter_context(engines.opened(args, args.cases, new))
        if old == new and engines.is_bulk(args, export):
            found = _by_database(args, compared, export, clock)
        else:
            before = export if old == new else audit.opened(args.cases, old)
            with progress_bar("Judging", export.count, wanted=not quiet) as step:
                found = moves(compared, (before, export), clock, step)
        load = export.load
    say(
        args,
        f"{load.rows_read:,} rows read = {load.rows_kept:,} kept + {load.rows_rejected:,} rejected",
    )
    if found.cases == 0:
        raise Stop(CANNOT_RUN, f"{args.cases} holds no case")
    return found


def _by_database(
    args: argparse.Namespace, compared: "Comparison", export: "Export", clock: tuple[date, date]
) -> "Moves":
    """Both rule sets by the bulk engine."""
    from policyengine.bulk.audit import run_bulk_audit
    from policyengine.bulk.side_by_side import Means
    from policyengine.comparing import moves_of
    from policyengine.report.diff.page import MOST_MOVES

    means = Means(args.memory, args.threads)
    cases = []

    def judge(plan: "Plan", ids: "frozenset[str]") -> "list[Finding]":
        reference = engines.reference_of(plan, export)
        made, _ = run_bulk_audit(plan, export, *clock, reference=reference, select=ids, means=means)
        cases.append(made.cases)
        return list(made.findings)

    limit = MOST_MOVES if args.limit is None else args.limit or MOST_TOLD
    with engines.database_errors():
        found = moves_of(compared, judge, export, clock, limit)
    found.cases = cases[-1]
    return found


def _written(
    args: argparse.Namespace,
    format_: str,
    compared: "Comparison",
    sides: "Mapping[str, Side]",
    found: "Moves | None",
) -> str:
    from policyengine.report.diff.page import MOST_MOVES, diff_page

    if format_ == "json":
        from policyengine.report.diff.json_page import diff_json

        return diff_json(compared, sides, found)
    limit = MOST_MOVES if args.limit is None else args.limit
    names = (args.old, args.new)
    page = diff_page(names, compared, sides, found, limit=limit, names_cases=args.demo)
    if format_ == "md":
        from policyengine.report.diff.markdown import diff_markdown

        return diff_markdown(page)
    if format_ == "html":
        from policyengine.report.diff.html import diff_html

        return diff_html(page)
    from policyengine.report.diff.text import diff_parts
    from policyengine.report.drawing import Canvas

    canvas = Canvas(width_of(args), encoding_of(args), uses_colour(args, format_))
    return canvas.drawn(diff_parts(page, canvas.symbols))


def _gate(
    args: argparse.Namespace,
    compared: "Comparison",
    sides: "Mapping[str, Side]",
    found: "Moves | None",
) -> int:
    """Whether a gate that was asked for is not met; said on standard error."""
    stricter = sorted(id_ for id_, side in sides.items() if side.stricter)
    looser = {id_ for id_, side in sides.items() if side.looser}
    looser |= {each.id for each in compared.changes if each.how == "removed" and each.moves}
    broken = {
        "stricter": (stricter, "stricter"),
        "looser": (sorted(looser), "looser"),
        "newly-breached": (
            sorted({each.rule for each in found.moved if each.is_newly_breached}) if found else [],
            "newly breached",
        ),
    }
    failed = False
    for gate in args.fail_on:
        rules, words = broken.get(gate, ([], ""))
        if rules:
            failed = True
            say(args, f"not met: --fail-on {gate}: {', '.join(rules)} {words}")
    return GATE if failed else DONE
