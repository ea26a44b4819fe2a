"""`trustpolicy audit`: run the rules over a case export and print the violation report."""

import argparse
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from shlex import quote
from typing import TYPE_CHECKING

from policyengine.commands import (
    engines,
    gates,
    manifest,
    mapped,
    on_spark,
    options,
    since,
    standing,
    views,
)
from policyengine.commands.exits import CANNOT_RUN, Stop, usage
from policyengine.commands.output import (
    deliver,
    encoding_of,
    format_of,
    is_to_terminal,
    say,
    uses_colour,
    width_of,
)
from policyengine.commands.remarks import NOT_OF_PEOPLE

if TYPE_CHECKING:
    from policyengine.findings import Audit, Finding
    from policyengine.findings.sentences import Sentences
    from policyengine.plan.core import Plan
    from policyengine.records import Export
    from policyengine.schema import Schema

HELP = "run the rules over a case export; print the violation report"
FORMATS = ("rich", "text", "json", "jsonl", "csv", "md", "junit")
EPILOG = """\
An audit that finds work is a success (exit 0). --fail-on makes it a gate (exit 1):
  breached      where a `must` is breached
  cannot-tell   there, and where anything cannot be told
  target        where a rule's rate is below its target
"""


def add(parser: argparse.ArgumentParser) -> None:
    """The flags of the verb."""
    options.add_rules(parser)
    options.add_cases(parser, demo=None)
    add_audit_flags(parser)


def add_audit_flags(parser: argparse.ArgumentParser) -> None:
    """What `audit` and `demo` share."""
    parser.epilog = EPILOG
    add_clocks(parser)
    parser.add_argument(
        "--period",
        nargs=2,
        type=options.as_date,
        metavar=("FROM", "UNTIL"),
        help="as at UNTIL; only what fell due in the period, and what has no deadline",
    )
    engines.add_engine(parser)
    parser.add_argument(
        "--fail-on", choices=("never", "breached", "cannot-tell", "target"), default="never"
    )
    parser.add_argument("--max-rejected", type=options.as_ceiling, metavar="N|P%", help=_MOST)
    parser.add_argument("--max-cannot-tell", type=options.as_ceiling, metavar="N|P%", help=_MOST)
    parser.add_argument(
        "--show",
        choices=("all", "breached", "open", "none"),
        help="open: breached and cannot tell (default); none: the summary alone",
    )
    parser.add_argument(
        "--limit", type=options.as_limit, metavar="N", help="findings a rule (default 3; 0: all)"
    )
    parser.add_argument(
        "--for-people",
        action="store_true",
        help="with csv: nothing in a cell that a spreadsheet would work out",
    )
    parser.add_argument("--team", metavar="TEAM", help="only what this team answers for")
    add_reveal(parser)
    parser.add_argument(
        "--pseudonyms",
        action="store_true",
        help="case ids as keyed hashes, which `trustpolicy whois` turns back for the key's holder",
    )
    views.add_view(parser)
    parser.add_argument(
        "--next-change",
        action="store_true",
        help="with json, jsonl and csv: on which day each finding could change with no new record",
    )
    standing.add_waivers(parser)
    standing.add_baseline(parser)
    manifest.add_manifest(parser)
    since.add_since(parser)


_MOST = "more than so many, or such a share, is not safe to rely on (exit 4)"


def add_clocks(parser: argparse.ArgumentParser) -> None:
    """The two clocks (S1)."""
    parser.add_argument(
        "--as-at", type=options.as_date, metavar="DATE", help="judge as at the end of this day"
    )
    parser.add_argument(
        "--known-by",
        type=options.as_date,
        metavar="DATE",
        help="from what was recorded by the end of this day (default: the as-at date)",
    )


def add_reveal(parser: argparse.ArgumentParser) -> None:
    """Which sensitive values may be shown; refused where CI is set."""
    parser.add_argument(
        "--reveal",
        choices=("identifier", "third_party", "free_text", "harmful_if_seen"),
        action="append",
        default=[],
        metavar="KIND",
        help="show sensitive values of this kind (refused where CI is set)",
    )


def run(args: argparse.Namespace) -> int:
    """The exit code of an audit."""
    options.settle_cases(args)
    explain = f"trustpolicy explain {{case}} --rule {{rule}} --cases {quote(args.cases)}"
    if args.mapping:
        explain += f" --mapping {quote(args.mapping)}"
    called = mapped.called(args.cases)
    if called != args.cases:
        explain = ""  # what opens a database is not repeated
    subject = Audited(args.rules, args.cases, called, explain)
    return audited(args, subject)


@dataclass(frozen=True, slots=True)
class Audited:
    """What is audited: rules, export, what to call it, and the command that explains a case (""
    where its id is not shown)."""

    rules: list[str]
    cases: str
    called: str
    explain: str


def audited(args: argparse.Namespace, what: Audited) -> int:
    """Load, judge, deliver; the exit code."""
    from policyengine.commands.rule_set import checked_plan, chosen

    as_at, known_by = clocks(args)
    check_flags(args)
    args.cases = what.cases
    manifest.check_manifest(args)
    since.check_since(args)
    standing.check_standing(args)
    standing.find_waivers(args, what.rules)
    format_ = _format(args)
    view = views.View(args, format_)
    args.whole_plan = checked_plan(args, what.rules)
    plan = view.allowed(chosen(args.whole_plan, args))
    if not plan.rules:
        raise Stop(CANNOT_RUN, "no rule is left to judge by")
    narrowing = Narrowing(args.team, args.period)
    if on_spark.is_asked(args):
        with export_errors():
            whole = on_spark.judged(args, plan, what.cases, (as_at, known_by), narrowing.keep)
    else:
        with export_errors(), mapped.cases_of(args, what.cases, plan.schema) as (export, finish):
            whole = finish(since.Going(args, plan, export, (as_at, known_by)).judged(narrowing))
    whole = standing.with_standing(args, whole, plan, what.rules)
    audit = view.of(standing.as_told(args, whole), plan)
    say(args, *audit.notes, *narrowing.remarks())
    if view.is_committee:
        deliver(args, view.committee(audit, format_))
    else:
        _deliver(args, audit, plan, format_, view.named(what))
    since.put(args)
    manifest.keep(args, whole, plan, key=view.key, has_pseudonyms=view.hides_cases)
    return gates.exit_code(args, whole)


def _format(args: argparse.Namespace) -> str:
    """The format. What stands beside code, where all who see the code see it, says nothing of
    people."""
    of_file = "sarif" if (args.output or "").lower().endswith(".sarif") else None
    wanted = args.format or of_file
    if wanted in NOT_OF_PEOPLE:
        raise usage(
            f"{wanted} is for rule files and tests, never for findings on people",
            f"it stands where everybody who sees the code sees it; `{args.verb}` writes "
            + ", ".join(FORMATS),
        )
    return format_of(args, FORMATS)


def clocks(args: argparse.Namespace) -> tuple[date, date]:
    """The as-at and known-by dates. Nothing reads the machine's clock (S1)."""
    as_at: date | None = args.as_at
    period = getattr(args, "period", None)
    if period:
        start, until = period
        if start > until:
            raise usage(f"--period runs backwards: {start} is after {until}")
        if as_at is not None and as_at != until:
            raise usage("--period says as at when: leave --as-at out")
        as_at = until
    if as_at is None:
        raise usage(
            "--as-at is missing: as at which day are the records judged?",
            "nothing here reads the clock; say it: --as-at 2026-11-01",
        )
    return as_at, args.known_by or as_at


def check_flags(args: argparse.Namespace) -> None:
    """Flags that cannot be granted."""
    if args.reveal and os.environ.get("CI"):
        raise usage("--reveal is refused where CI is set: what it shows would stay in a log")


def opened(cases: str, schema: "Schema") -> "Export":
    """The export."""
    from policyengine.records import open_export

    mapped.refuse_database(cases)
    return open_export(cases, schema)


@contextmanager
def export_errors() -> Iterator[None]:
    """An export that cannot be read ends the run (exit 3) with its messages."""
    from policyengine.commands.rule_set import show
    from policyengine.records import ExportError

    try:
        yield
    except ExportError as error:
        show(error.diagnostics)
        raise Stop(CANNOT_RUN, "") from None


class Narrowing:
    """Which findings count: a team's, a month's; and what was seen on the way."""

    def __init__(self, team: str | None, period: list[date] | None) -> None:
        self.team = team
        self.first = period[0].toordinal() if period else None
        self.last = period[1].toordinal() if period else None
        self.owners: set[str] = set()

    def keep(self, finding: "Finding") -> bool:
        """Whether a finding counts."""
        if self.team is not None:
            if finding.owner:
                self.owners.add(finding.owner)
            if finding.owner != self.team:
                return False
        if self.first is None or self.last is None or finding.deadline_day is None:
            return True
        return self.first <= finding.deadline_day <= self.last

    def remarks(self) -> list[str]:
        """That a team answers for nothing, and which was perhaps meant."""
        if self.team is None or self.team in self.owners:
            return []
        meant = options.nearest(self.team, self.owners)
        hint = f"; did you mean `{meant}`?" if meant else ""
        return [f"warning: no finding belongs to a team `{self.team}`{hint}"]


def judged(
    args: argparse.Namespace,
    plan: "Plan",
    export: "Export",
    clock: tuple[date, date],
    narrowing: Narrowing,
) -> "Audit":
    """The audit, with a progress bar where somebody looks on."""
    from policyengine.report.progress import progress_bar

    narrows = narrowing.team is not None or narrowing.first is not None
    keep: Callable[[Finding], bool] | None = narrowing.keep if narrows else None
    quiet = args.quiet or args.no_progress
    with progress_bar("Judging", export.count, wanted=not quiet) as step:
        if engines.is_bulk(args, export):
            return engines.bulk_audit(args, plan, export, clock, keep, step)
        from policyengine.evaluate import run_audit

        return run_audit(plan, export, *clock, keep=keep, progress=step)


def looked_ahead(
    args: argparse.Namespace,
    plan: "Plan",
    export: "Export",
    audit: "Audit",
    findings: "Sequence[Finding] | None" = None,
) -> "Audit":
    """The audit with the next day on which each finding (or each of these) could change."""
    from policyengine.evaluate.foresight import with_next_changes
    from policyengine.report.progress import progress_bar

    quiet = args.quiet or args.no_progress
    with progress_bar("Looking ahead", export.count, wanted=not quiet) as step:
        return with_next_changes(plan, export, audit, findings, step)


def _deliver(
    args: argparse.Namespace, audit: "Audit", plan: "Plan", format_: str, what: Audited
) -> None:
    from policyengine.findings.sentences import Sentences

    sentences = Sentences(plan, audit.as_at)
    drawn = format_ in ("rich", "text")
    if drawn:
        deliver(args, _drawn(args, audit, sentences, format_, what))
    else:
        deliver(args, _written(args, audit, sentences, format_))
    if audit.holds_load and not (drawn and is_to_terminal(args)):
        say(args, audit.balance)


def _written(
    args: argparse.Namespace, audit: "Audit", sentences: "Sentences", format_: str
) -> Iterable[str]:
    """The audit for programs: all of its findings, unless fewer were asked for."""
    from policyengine.report import findings_csv, json_report
    from policyengine.report.pipelines import audit_junit, summary
    from policyengine.report.selection import selected

    some = selected(audit, args.show or "all", args.limit or None)
    match format_:
        case "json":
            return json_report.audit_json_pieces(some, sentences)
        case "jsonl":
            return json_report.audit_json_lines(some, sentences)
        case "csv":
            for_people = args.for_people or is_to_terminal(args)
            return findings_csv.findings_csv(some, sentences, for_people=for_people)
        case "md":
            return summary.audit_summary(audit)
        case _:
            unsure = args.fail_on == "cannot-tell"
            return audit_junit.audit_junit(some, sentences, unsure_is_error=unsure)


def _drawn(
    args: argparse.Namespace, audit: "Audit", sentences: object, format_: str, what: Audited
) -> str:
    from policyengine.findings.sentences import Sentences
    from policyengine.report.drawing import Canvas
    from policyengine.report.page import LIMIT, Wanted, audit_page

    assert isinstance(sentences, Sentences)
    limit = LIMIT if args.limit is None else args.limit or None
    known = "" if audit.known_by == audit.as_at else f" --known-by {audit.known_by}"
    explain = f"{what.explain} --as-at {audit.as_at}{known}" if what.explain else ""
    wanted = Wanted(show=args.show or "open", limit=limit, cases_name=what.called, explain=explain)
    canvas = Canvas(width_of(args), encoding_of(args), uses_colour(args, format_))
    return canvas.audit(audit_page(audit, sentences, wanted))
