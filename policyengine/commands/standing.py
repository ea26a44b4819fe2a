"""`--waivers`, `--baseline` and `--write-baseline`: what stands beside an audit's findings."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from policyengine.commands.exits import CANNOT_RUN, Stop, usage
from policyengine.commands.output import deliver_file, say
from policyengine.commands.rule_set import show

if TYPE_CHECKING:
    from policyengine.findings import Audit
    from policyengine.plan.core import Plan
    from policyengine.standing.waivers import WaiverUse


def add_waivers(parser: argparse.ArgumentParser) -> None:
    """Who has said that a finding stands for now."""
    group = parser.add_argument_group("waivers")
    group.add_argument(
        "--waivers",
        metavar="FILE",
        help="findings that somebody answers for, until when (default: the waivers.yaml beside "
        "trustpolicy.yaml); they are marked and none is left out",
    )
    group.add_argument("--no-waivers", action="store_true", help="mark none")


def add_baseline(parser: argparse.ArgumentParser) -> None:
    """Since when findings are new."""
    group = parser.add_argument_group("for a rule that is new")
    group.add_argument(
        "--baseline", metavar="FILE", help="list only what is new or worse since this one"
    )
    group.add_argument(
        "--write-baseline", metavar="FILE", help="write down what is open, for a later --baseline"
    )


def check_standing(args: argparse.Namespace) -> None:
    """Refuses (exit 2) what does not go together."""
    if args.waivers and args.no_waivers:
        raise usage("--waivers and --no-waivers: leave one out")
    if not (args.baseline or args.write_baseline):
        return
    cut = {"--team": args.team, "--period": args.period, "--view": args.view,
           "--pseudonyms": args.pseudonyms}  # fmt: skip
    for flag, given in cut.items():
        if given and args.write_baseline:
            raise usage(f"--write-baseline does not go with {flag}: it would hold a part")


def find_waivers(args: argparse.Namespace, rules: list[str]) -> None:
    """Settle which file of waivers holds: the one that was named, or the one beside the
    configuration."""
    from policyengine.commands.configuration import nearest_configuration
    from policyengine.standing.limits import NAME

    args.waivers_there = None
    if args.no_waivers:
        return
    if args.waivers:
        args.waivers_there = Path(args.waivers)
        return
    config = Path(args.config) if args.config else nearest_configuration(rules)
    if config is not None and (config.parent / NAME).is_file():
        args.waivers_there = config.parent / NAME


def with_standing(
    args: argparse.Namespace, audit: "Audit", plan: "Plan", rules: list[str]
) -> "Audit":
    """The audit with its waivers marked, and cut to what is new since a baseline. Stops (exit 3)
    where a file cannot be read or has mistakes in it."""
    audit = _with_waivers(args, audit, plan, rules)
    if getattr(args, "write_baseline", None):
        _write_baseline(args, audit)
    if getattr(args, "baseline", None):
        audit = _since(args, audit)
    return audit


def as_told(args: argparse.Namespace, audit: "Audit") -> "Audit":
    """What the readers of a view are told: a waiver's reason is in free words, and only those who
    see the worklist are told of it."""
    from dataclasses import replace

    if getattr(args, "view", None) in (None, "worklist") or not audit.has_waivers:
        return audit
    findings = tuple(replace(each, waived=None) for each in audit.findings)
    return replace(audit, findings=findings, has_waivers=False)


def _with_waivers(
    args: argparse.Namespace, audit: "Audit", plan: "Plan", rules: list[str]
) -> "Audit":
    path: Path | None = args.waivers_there
    if path is None:
        return audit
    from policyengine.commands.configuration import read_configuration
    from policyengine.schema.bank_holidays import calendar_of
    from policyengine.standing.waivers import waived
    from policyengine.standing.waivers_yaml import read_waivers

    config, _ = read_configuration(args.config, rules)
    whole = getattr(args, "whole_plan", None) or plan
    waivers, faults = read_waivers(path, whole, calendar_of(plan.schema), config.waivers)
    if waivers is None:
        show(faults)
        raise Stop(CANNOT_RUN, "")
    marked, uses = waived(audit, waivers)
    said = sum(1 for each in marked.findings if each.waived)
    say(args, f"with the waivers of {path}: {said:,} of the open findings are waived")
    ids = {rule.id for rule in plan.rules}
    say(args, *(line for each in uses if each.waiver.rule in ids for line in _remarks(each)))
    return marked


def _remarks(use: "WaiverUse") -> list[str]:
    waiver = use.waiver
    start = f"{waiver.place}: the waiver of {waiver.rule}"
    match use.why:
        case "expired":
            return [f"{start} ended on {waiver.last}: it marks nothing"]
        case "not begun":
            return [f"{start} begins on {waiver.first}: it marks nothing yet"]
        case "unused":
            return [f"{start} is unused: no open finding is of it"]
        case _ if use.is_broad:
            return [f"{start} is broad: it covers {use.marks:,} of {use.of:,} open findings"]
        case _:
            return []


def _write_baseline(args: argparse.Namespace, audit: "Audit") -> None:
    from policyengine.standing.baseline import baseline_of

    made = baseline_of(audit)
    deliver_file(args, Path(args.write_baseline), made.text().encode())
    say(args, f"{len(made.entries):,} open findings are in the baseline {args.write_baseline}")


def _since(args: argparse.Namespace, audit: "Audit") -> "Audit":
    from policyengine.standing.baseline import Baseline, BaselineError, since

    try:
        baseline = Baseline.read(Path(args.baseline).read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, BaselineError) as error:
        why = getattr(error, "strerror", None) or str(error)
        raise Stop(CANNOT_RUN, f"the baseline {args.baseline} cannot be read: {why}") from None
    made = since(audit, baseline)
    if made.since_baseline is not None and not made.since_baseline.same_rules:
        say(args, "the rules are not those of the baseline: a changed rule may make findings new")
    return made
