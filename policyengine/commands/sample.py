"""`trustpolicy sample`: draw a reproducible audit sample, and compare what a reviewer found."""

import argparse
import re
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from policyengine.commands import audit, manifest, mapped, options
from policyengine.commands.exits import CANNOT_RUN, DONE, Stop, usage
from policyengine.commands.output import deliver, deliver_file, format_of, say

if TYPE_CHECKING:
    from policyengine.findings import Audit
    from policyengine.findings.sentences import Sentences
    from policyengine.plan.core import Plan
    from policyengine.records import Export
    from policyengine.report.sampling import Facts
    from policyengine.sampling import Draw, Frame
    from policyengine.sampling.review import Review

HELP = "draw a reproducible audit sample; print the frame, the exclusions and the draw"
FORMATS = ("text", "json", "csv")
NO_TEAM = "no team named"
WHOLE = "everybody"
EPILOG = """\
The same seed draws the same cases from the same export, in whatever order its rows stand. The
sheet holds none of the engine's answers. Rules whose being there can harm are left out; with
--restricted a sample of those alone is drawn, for whoever may know.
"""


def add(parser: argparse.ArgumentParser) -> None:
    """The flags of the verb."""
    parser.epilog = EPILOG
    options.add_rules(parser)
    options.add_cases(parser, demo="from the sample case load")
    audit.add_clocks(parser)
    parser.add_argument(
        "--per", choices=("team", "whole"), default="team", help="strata (default: team)"
    )
    size = parser.add_mutually_exclusive_group()
    size.add_argument("--size", type=_as_size, metavar="N", help="cases a team")
    size.add_argument(
        "--margin",
        type=_as_margin,
        metavar="PERCENT",
        help="as many a team as tell its share to within so many points (5, 10), 95%% sure",
    )
    parser.add_argument("--seed", metavar="S", help="any text; a new one for each audit: 2026-11")
    parser.add_argument("--reserves", type=_as_count, metavar="N", help="in reserve, a team")
    parser.add_argument("--team", metavar="TEAM", help="from this team alone")
    parser.add_argument(
        "--restricted", action="store_true", help="for the restricted rules, and them alone"
    )
    parser.add_argument(
        "--sheet", metavar="FILE", help="the reviewer's sheet, as .csv or .xlsx; its owner's alone"
    )
    parser.add_argument(
        "--compare", metavar="FILE", help="the sheet as the reviewer filled it in (.csv or .xlsx)"
    )
    parser.add_argument(
        "--census",
        action="store_true",
        help="the sample's rates beside everybody's, as the engine judges them",
    )
    manifest.add_manifest(parser)


def _as_size(text: str) -> int:
    if not re.fullmatch(r"[1-9]\d{0,6}", text, re.ASCII):
        raise argparse.ArgumentTypeError(f"`{text}` is not a whole number from 1")
    return int(text)


def _as_count(text: str) -> int:
    if not re.fullmatch(r"\d{1,7}", text, re.ASCII):
        raise argparse.ArgumentTypeError(f"`{text}` is not a whole number from 0")
    return int(text)


def _as_margin(text: str) -> int:
    found = re.fullmatch(r"(\d{1,2})%?", text, re.ASCII)
    if not found or not 1 <= int(found[1]) <= 50:
        raise argparse.ArgumentTypeError(f"`{text}` is not a whole number of percent, 1 to 50")
    return int(found[1])


def run(args: argparse.Namespace) -> int:
    """0, or 3 where the reviewer's sheet is not of this draw."""
    from policyengine.commands.rule_set import checked_plan, chosen
    from policyengine.findings.sentences import Sentences
    from policyengine.sampling import draw

    _settle(args)
    as_at, known_by = audit.clocks(args)
    manifest.check_manifest(args)
    format_ = format_of(args, FORMATS)
    whole = chosen(checked_plan(args, args.rules), args)
    plan = _allowed(args, whole)
    with audit.export_errors(), mapped.cases_of(args, args.cases, plan.schema) as (export, finish):
        found = finish(_judged(plan, export, as_at, known_by))
        frame = _frame(args, plan, export, found, (as_at, known_by))
    say(args, *found.notes)
    drawn = draw(frame, args.seed, size=args.size, margin=args.margin, reserves=args.reserves)
    sentences = Sentences(plan, found.as_at)
    facts = _facts(args, plan, found, frame, drawn)
    if args.sheet:
        _write_sheet(args, facts, sentences, plan)
    _deliver(args, facts, sentences, format_)
    manifest.keep(args, found, plan)
    return DONE


def _settle(args: argparse.Namespace) -> None:
    """What must be said, and the sample's own export and date where it was asked for."""
    options.settle_cases(args)
    if args.seed is None or not args.seed.strip():
        raise usage(
            "--seed is missing: a draw that nobody can repeat is no audit",
            "any text, a new one for each audit: --seed 2026-11",
        )
    if args.size is None and args.margin is None:
        raise usage("how many? --size 10 for ten a team, or --margin 10 for ten points either way")
    if args.sheet and Path(args.sheet).suffix.lower() not in (".csv", ".xlsx"):
        raise usage("--sheet is written as .csv or .xlsx")


def _allowed(args: argparse.Namespace, plan: "Plan") -> "Plan":
    """The rules to draw for: those that anybody may review, or the restricted ones alone."""
    from policyengine.findings.dates import counted
    from policyengine.report.views.audiences import AUDIENCES, restricted_rules

    restricted = restricted_rules(plan, AUDIENCES["worklist"].restricted)
    rules = tuple(rule for rule in plan.rules if (rule.id in restricted) == args.restricted)
    if not rules:
        kind = "restricted rule" if args.restricted else "rule that is not restricted"
        raise Stop(CANNOT_RUN, f"there is no {kind} to draw for")
    if restricted and not args.restricted:
        left = counted(len(restricted), "restricted rule")
        say(args, f"left out: {left}; --restricted draws for those alone")
    return replace(plan, rules=rules)


def _judged(plan: "Plan", export: "Export", as_at: date, known_by: date) -> "Audit":
    from policyengine.evaluate import run_audit

    return run_audit(plan, export, as_at, known_by)


def _frame(
    args: argparse.Namespace,
    plan: "Plan",
    export: "Export",
    found: "Audit",
    clock: tuple[date, date],
) -> "Frame":
    """The frame of every case, or of one team's."""
    from policyengine.evaluate.teams import teams_on
    from policyengine.sampling import frame_of

    named = teams_on(plan, export, *clock)
    teams = {case: team or NO_TEAM for case, team in named.items()}
    if args.team is not None:
        if args.team not in teams.values():
            meant = options.nearest(args.team, set(teams.values()))
            hints = [f"did you mean `{meant}`?"] if meant else []
            raise usage(f"no case belongs to a team `{args.team}`", *hints)
        teams = {case: team for case, team in teams.items() if team == args.team}
    if args.per == "whole":
        teams = dict.fromkeys(teams, args.team or WHOLE)
    return frame_of(teams, (each for each in found.findings if each.case in teams))


def _facts(
    args: argparse.Namespace, plan: "Plan", found: "Audit", frame: "Frame", drawn: "Draw"
) -> "Facts":
    from policyengine.report.sampling import Facts
    from policyengine.sampling.review import by_rule, drawn_only, reviewed

    per = "a team" if args.per == "team" else "in all"
    asked = (
        f"{args.size} {per}"
        if args.size is not None
        else f"to within {args.margin} percentage points {per}, with 95% confidence"
    )
    facts = Facts(
        engine_version=found.engine_version,
        as_at=found.as_at,
        known_by=found.known_by,
        rules_sha256=found.rules_sha256,
        cases_sha256=found.cases_sha256,
        cases=sum(frame.cases(team) for team in frame.teams),
        rules={rule.id: rule.title for rule in plan.rules},
        restricted=args.restricted,
        per=args.per,
        asked=asked,
        size=args.size,
        margin=args.margin,
        frame=frame,
        draw=drawn,
    )
    if args.compare:
        given = _answers(args, drawn)
        answer = reviewed(drawn, given)
        facts = replace(facts, review=_review(drawn, given), sample=by_rule(drawn, answer))
    elif args.census:
        facts = replace(facts, sample=by_rule(drawn, drawn_only(drawn)))
    if facts.sample is not None:
        facts = replace(facts, census=_census(frame))
    return facts


def _review(drawn: "Draw", given: dict[str, str]) -> "Review":
    from policyengine.sampling.review import review

    return review(drawn, given)


def _census(frame: "Frame") -> dict[str, tuple[int, int]]:
    """Met and judged of every case of the frame, by rule."""
    from policyengine.values.verdict import Verdict

    met: dict[str, int] = {}
    judged: dict[str, int] = {}
    for cases in frame.teams.values():
        for finding in (item for case in cases for item in case.items):
            rule = finding.rule
            judged[rule] = judged.get(rule, 0) + (finding.verdict is not Verdict.CANNOT_TELL)
            met[rule] = met.get(rule, 0) + (finding.verdict is Verdict.MET)
    return {rule: (met[rule], judged[rule]) for rule in sorted(judged)}


def _answers(args: argparse.Namespace, drawn: "Draw") -> dict[str, str]:
    """The reviewer's answers. A sheet that is not of this draw, or with a line that cannot be
    taken, ends the run: half of a review would look like all of it."""
    from policyengine.formats.filled_sheet import SheetError, read_sheets, rows_below
    from policyengine.sampling.answers import answers_in, item_id, offered

    known = [item_id(finding) for case in drawn.cases() for finding in case.items]
    name = args.compare
    try:
        rows = list(rows_below(read_sheets(Path(name)), ("Item", "Answer")))
    except OSError as error:
        raise Stop(CANNOT_RUN, f"{name} cannot be read: {error.strerror}") from None
    except SheetError as error:
        raise Stop(CANNOT_RUN, f"{name} cannot be read: {error}") from None
    answers = answers_in(rows, known)
    if answers.faults:
        shown = [f"line {line}: {why}" for line, why in answers.faults[:5]]
        more = len(answers.faults) - len(shown)
        raise Stop(
            CANNOT_RUN,
            f"{name}: {len(answers.faults)} of {len(rows)} lines cannot be taken",
            *shown,
            *([f"and {more} more"] if more else []),
            f"an answer is one of: {', '.join(offered())}",
            "an item of another draw: take the same rules, cases, dates, size and seed",
        )
    return answers.given


def _write_sheet(
    args: argparse.Namespace, facts: "Facts", sentences: "Sentences", plan: "Plan"
) -> None:
    from policyengine.commands.extras import needs_report_extra
    from policyengine.report.sampling.sheet import sheet_csv, sheet_workbook

    path = Path(args.sheet)
    if path.suffix.lower() == ".csv":
        data = "".join(sheet_csv(facts, sentences)).encode("utf-8", "backslashreplace")
    else:
        with needs_report_extra():
            data = sheet_workbook(facts, sentences, plan)
    deliver_file(args, path, data)
    say(args, f"the reviewer's sheet is in {args.sheet}")


def _deliver(
    args: argparse.Namespace, facts: "Facts", sentences: "Sentences", format_: str
) -> None:
    from policyengine.report.sampling.as_json import sample_json
    from policyengine.report.sampling.page import sample_text
    from policyengine.report.sampling.sheet import sheet_csv

    if format_ == "json":
        deliver(args, sample_json(facts, sentences))
    elif format_ == "csv":
        deliver(args, sheet_csv(facts, sentences))
    else:
        fictional = "the sample case load, which is fictional"
        called = fictional if args.demo else mapped.called(args.cases)
        deliver(args, sample_text(facts, sentences, called))
