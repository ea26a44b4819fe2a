"""`test --suggest`, `--coverage` and `--mutate`: how well the rules are tested."""

import argparse
import json
import re
from pathlib import Path
from typing import TYPE_CHECKING

from policyengine.commands.exits import CANNOT_RUN, DONE, GATE, Stop, usage
from policyengine.commands.options import nearest
from policyengine.commands.output import deliver, encoding_of, format_of, say
from policyengine.commands.rule_set import chosen, show

if TYPE_CHECKING:
    from policyengine.plan.core import Plan
    from policyengine.policy.load import Loaded

MODES = ("suggest", "coverage", "mutate")
_FORMATS = ("text", "json", "md")


def add(parser: argparse.ArgumentParser) -> None:
    """The flags of the three."""
    group = parser.add_argument_group("how well the rules are tested")
    group.add_argument(
        "--suggest",
        metavar="RULE",
        help="print the smallest examples of each verdict and of each side of each boundary",
    )
    group.add_argument(
        "--coverage",
        action="store_true",
        help="say of each condition whether an example has it true, false and unknown, and "
        "whether it decides by itself",
    )
    group.add_argument(
        "--mutate",
        action="store_true",
        help="change the rules in small ways, and say which change no example notices",
    )
    group.add_argument(
        "--min-coverage",
        type=_as_percent,
        metavar="P",
        help="with --coverage: exit 1 below P percent",
    )
    group.add_argument(
        "--min-killed", type=_as_percent, metavar="P", help="with --mutate: exit 1 below P percent"
    )
    group.add_argument(
        "--unnoticed",
        metavar="FILE",
        help="with --mutate: the changes that may stay unnoticed, and why (default: the "
        "unnoticed.yaml beside the rules)",
    )
    group.add_argument(
        "--afresh",
        action="store_true",
        help="with --mutate: try every change again, and not only what was touched since",
    )


def _as_percent(text: str) -> float:
    if not re.fullmatch(r"\d{1,3}(?:\.\d{1,3})?", text, re.ASCII) or float(text) > 100:
        raise argparse.ArgumentTypeError(f"`{text}` is not a percentage from 0 to 100")
    return float(text)


def mode_of(args: argparse.Namespace) -> str | None:
    """Which of the three was asked for; stops (exit 2) at two of them, or at a floor without
    what it is a floor of."""
    asked = [mode for mode in MODES if getattr(args, mode)]
    if len(asked) > 1:
        raise usage(f"--{asked[0]} and --{asked[1]} are two runs: ask for one")
    mode = asked[0] if asked else None
    for flag, of in (
        ("min_coverage", "coverage"),
        ("min_killed", "mutate"),
        ("unnoticed", "mutate"),
    ):
        if getattr(args, flag) is not None and mode != of:
            raise usage(f"--{flag.replace('_', '-')} goes with --{of}")
    if args.afresh and mode != "mutate":
        raise usage("--afresh goes with --mutate")
    return mode


def run(args: argparse.Namespace, loaded: "Loaded", mode: str) -> int:
    """The exit code: 1 below a floor, or where the rules' own examples do not come out."""
    plan = loaded.plan
    assert plan is not None
    match mode:
        case "suggest":
            return _suggest(args, plan)
        case "coverage":
            return _coverage(args, plan)
        case _:
            return _mutate(args, loaded, plan)


def _narrowed(args: argparse.Namespace, plan: "Plan") -> set[str] | None:
    if not args.select and not args.ignore:
        return None
    return {rule.id for rule in chosen(plan, args).rules}


# --- mutate ---------------------------------------------------------------------------------------


def _mutate(args: argparse.Namespace, loaded: "Loaded", plan: "Plan") -> int:
    from policyengine.report.progress import progress_bar
    from policyengine.report.symbols import symbols_for
    from policyengine.report.tested.mutations import (
        mutations_json,
        mutations_markdown,
        mutations_text,
    )
    from policyengine.tooling.mutating import RuleSet, mutate
    from policyengine.tooling.mutating.remembering import memory_file

    format_ = format_of(args, _FORMATS)
    only = _narrowed(args, plan)
    if not _examples_come_out(args, plan, only):
        return GATE
    assert loaded.schema is not None
    rule_set = RuleSet(loaded.files, loaded.schema, plan)
    allowed = _allowed(args)
    quiet = args.quiet or args.no_progress
    with progress_bar("Changing the rules", None, wanted=not quiet) as step:
        report = mutate(
            rule_set,
            only,
            allowed=allowed,
            memory=None if args.afresh else memory_file(_rules(args)),
            step=None if step is None else lambda done, _: step(done),
        )
    if format_ == "json":
        deliver(args, json.dumps(mutations_json(report), indent=1) + "\n")
    elif format_ == "md":
        deliver(args, mutations_markdown(report))
    else:
        deliver(args, mutations_text(report, symbols_for(encoding_of(args)).dash))
    if only is None:
        known = {mutant.key for mutant in report.mutants}
        for key in sorted(allowed.keys() - known):
            say(args, f"the list of unnoticed changes has one that is made no more: {key}")
    return _gate(report.killed_percent, args.min_killed, "of the changes are noticed")


def _examples_come_out(args: argparse.Namespace, plan: "Plan", only: set[str] | None) -> bool:
    from policyengine.tooling.examples import run_plan

    failed = [result for result in run_plan(plan, only) if not result.passed]
    for result in failed[:5]:
        say(args, f"{result.file}:{result.line}: {result.example_title}: {result.detail}")
    if failed:
        say(args, "examples that do not come out would notice anything: mend them first")
    return not failed


def _allowed(args: argparse.Namespace) -> dict[str, str]:
    from policyengine.tooling.mutating.allowed import beside, read_allowed

    path = Path(args.unnoticed) if args.unnoticed else beside(_rules(args))
    if path is None:
        return {}
    found, faults = read_allowed(path)
    if faults:
        show(faults)
        raise Stop(CANNOT_RUN, "")
    return found


def _rules(args: argparse.Namespace) -> list[str]:
    from policyengine.shipped import shipped

    return args.rules or [str(shipped("rules"))]


def _gate(percent: float, floor: float | None, of_what: str) -> int:
    import sys

    if floor is None or percent >= floor:
        return DONE
    print(f"gate not met: {percent:.1f}% {of_what}, and {floor:g}% is the least", file=sys.stderr)
    return GATE


# --- suggest --------------------------------------------------------------------------------------


def _suggest(args: argparse.Namespace, plan: "Plan") -> int:
    from policyengine.report.tested.suggestions import (
        suggestions_json,
        suggestions_markdown,
        suggestions_text,
    )
    from policyengine.tooling.suggesting import suggest

    format_ = format_of(args, _FORMATS)
    ids = {rule.id for rule in plan.rules}
    rule_id = args.suggest if args.suggest in ids else args.suggest.upper()
    if rule_id not in ids:
        meant = nearest(rule_id, ids)
        hints = [f"did you mean `{meant}`?"] if meant else []
        raise usage(f"there is no rule `{args.suggest}`", *hints)
    found = suggest(plan, rule_id)
    if format_ == "json":
        deliver(args, json.dumps(suggestions_json(found), indent=1) + "\n")
    elif format_ == "md":
        deliver(args, suggestions_markdown(found))
    else:
        deliver(args, suggestions_text(found))
    return DONE


# --- coverage -------------------------------------------------------------------------------------


def _coverage(args: argparse.Namespace, plan: "Plan") -> int:
    from policyengine.commands.output import uses_colour, width_of
    from policyengine.report.drawing import Canvas
    from policyengine.report.tested.coverage import (
        coverage_json,
        coverage_markdown,
        coverage_parts,
    )
    from policyengine.tooling.covering import cover

    format_ = format_of(args, ("rich", *_FORMATS))
    found = cover(plan, _narrowed(args, plan))
    if format_ == "json":
        deliver(args, json.dumps(coverage_json(found), indent=1) + "\n")
    elif format_ == "md":
        deliver(args, coverage_markdown(found))
    else:
        canvas = Canvas(width_of(args), encoding_of(args), uses_colour(args, format_))
        deliver(args, canvas.drawn(coverage_parts(found, canvas.symbols)))
    return _gate(found.percent, args.min_coverage, "of what could be shown is shown")
