"""`trustpolicy worklist`: what is overdue and what is about to be, for the teams to act on."""

import argparse
import re
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from policyengine.commands import audit, keys, manifest, mapped, options, standing
from policyengine.commands.exits import CANNOT_RUN, DONE, Stop, usage
from policyengine.commands.extras import needs_report_extra
from policyengine.commands.output import deliver, deliver_file, format_of, say

if TYPE_CHECKING:
    from policyengine.findings import Audit
    from policyengine.plan.core import Plan

HELP = "the audit as a workbook (or CSV) to act on: a sheet a team, soonest and gravest first"
FORMATS = ("csv", "xlsx")
EPILOG = """\
Rules whose being there can harm go into a file of their own, beside the other: of worklist.xlsx
it is worklist-restricted.xlsx. Both can be read by their owner alone.
"""
_WITHIN = re.compile(r"(\d{1,4}) ?(days?|weeks?)?", re.ASCII)


def add(parser: argparse.ArgumentParser) -> None:
    """The flags of the verb."""
    parser.epilog = EPILOG
    options.add_rules(parser)
    options.add_cases(parser)
    audit.add_clocks(parser)
    parser.add_argument(
        "--due-within",
        nargs="+",
        metavar="N days",
        help="also what falls due within so many days or weeks: 14 days",
    )
    parser.add_argument("--team", metavar="TEAM", help="only what this team answers for")
    parser.add_argument("--pseudonyms", action="store_true", help="case ids as keyed hashes")
    keys.add_key(parser)
    standing.add_waivers(parser)
    manifest.add_manifest(parser)
    parser.set_defaults(period=None, reveal=[], engine="auto")


def run(args: argparse.Namespace) -> int:
    """The exit code of a worklist: finding work is a success."""
    from policyengine.commands.rule_set import checked_plan, chosen
    from policyengine.report.worklist.rows import listed

    within = _within(args)
    options.settle_cases(args)
    clock = audit.clocks(args)
    manifest.check_manifest(args)
    format_ = _format(args)
    key = keys.key_of(args) if args.pseudonyms else None
    standing.find_waivers(args, args.rules)
    args.whole_plan = checked_plan(args, args.rules)
    plan = chosen(args.whole_plan, args)
    if not plan.rules:
        raise Stop(CANNOT_RUN, "no rule is left to judge by")
    with needs_report_extra():
        if format_ == "xlsx":
            import_writer()
    narrowing = audit.Narrowing(args.team, None)
    with audit.export_errors(), mapped.cases_of(args, args.cases, plan.schema) as (export, finish):
        found = audit.judged(args, plan, export, clock, narrowing)
        on_list = listed(found, plan, within)
        whole = finish(audit.looked_ahead(args, plan, export, found, on_list))
    whole = standing.with_standing(args, whole, plan, args.rules)
    say(args, *whole.notes, *narrowing.remarks())
    if args.pseudonyms:
        from policyengine.report.pseudonyms import pseudonymous

        whole = pseudonymous(whole, key)
    _deliver(args, whole, plan, within, format_)
    manifest.keep(args, whole, plan, key=key, has_pseudonyms=args.pseudonyms)
    say(args, whole.balance)
    return DONE


def import_writer() -> None:
    """Before the judging, not after it: is XlsxWriter there? Raises ImportError if not."""
    from policyengine.report.workbook import is_there

    is_there()


def _within(args: argparse.Namespace) -> int | None:
    """How many days ahead. Words after the number and its unit are RULES."""
    words: list[str] | None = args.due_within
    if not words:
        return None
    for taken in (2, 1):
        found = _WITHIN.fullmatch(" ".join(words[:taken]))
        if found and len(words) >= taken:
            args.rules = [*args.rules, *words[taken:]]
            return int(found[1]) * (7 if (found[2] or "").startswith("week") else 1)
    raise usage(
        f"--due-within {' '.join(words)} is no number of days", "write: --due-within 14 days"
    )


def _format(args: argparse.Namespace) -> str:
    """CSV, unless a workbook is asked for by flag or suffix; a workbook needs a file."""
    to_file = bool(args.output and args.output != "-")
    format_ = "csv" if args.format is None and not to_file else format_of(args, FORMATS)
    if format_ == "xlsx" and not to_file:
        raise usage("a workbook is written to a file", "say which: -o worklist.xlsx")
    return format_


def _deliver(
    args: argparse.Namespace, whole: "Audit", plan: "Plan", within: int | None, format_: str
) -> None:
    """The open rules' list, then the restricted rules' in its own file: always, where there are
    such rules, so that its being there tells nothing."""
    from policyengine.report.views.audiences import AUDIENCES, restricted_rules

    restricted = restricted_rules(plan, AUDIENCES["worklist"].restricted)
    open_ = _written(_only(whole, restricted, inside=False), plan, within, format_, secret=False)
    if not args.output or args.output == "-":
        deliver(args, open_.decode())
        if restricted:
            out = f"{len(restricted)} restricted rules are left out"
            say(args, f"{out}: with -o FILE they go into a file of their own")
        return
    deliver_file(args, Path(args.output), open_)
    if restricted:
        path = beside(Path(args.output))
        secret = _only(whole, restricted, inside=True)
        deliver_file(args, path, _written(secret, plan, within, format_, secret=True))
        say(args, f"the restricted rules' worklist is in {path}")


def beside(path: Path) -> Path:
    """The name of the restricted rules' file: `worklist-restricted.xlsx`."""
    return path.with_name(f"{path.stem}-restricted{path.suffix}")


def _only(audit_: "Audit", rules: frozenset[str], *, inside: bool) -> "Audit":
    return replace(
        audit_,
        summary=tuple(row for row in audit_.summary if (row.rule in rules) == inside),
        findings=tuple(each for each in audit_.findings if (each.rule in rules) == inside),
    )


def _written(
    audit_: "Audit", plan: "Plan", within: int | None, format_: str, *, secret: bool
) -> bytes:
    from policyengine.report.worklist.rows import worklist

    work = worklist(audit_, plan, within)
    if format_ == "xlsx":
        from policyengine.report.worklist.as_workbook import worklist_workbook

        with needs_report_extra():
            return worklist_workbook(work, restricted=secret)
    from policyengine.report.worklist.as_csv import worklist_csv

    return "".join(worklist_csv(work)).encode("utf-8", "backslashreplace")
