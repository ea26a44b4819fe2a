"""`trustpolicy check`: do the rules say something that can be judged? No data is read."""

import argparse
import json
from collections.abc import Iterable
from typing import TYPE_CHECKING

from policyengine.commands import options
from policyengine.commands.exits import CANNOT_RUN, DONE, GATE
from policyengine.commands.mend import mend
from policyengine.commands.output import deliver, format_of
from policyengine.commands.read_back import read_back
from policyengine.commands.remarks import (
    REMARK_FORMATS,
    deliver_remarks,
    from_messages,
    remark_suites,
)
from policyengine.commands.rule_set import chosen, load, show

if TYPE_CHECKING:
    from policyengine.diagnostics import Diagnostic
    from policyengine.plan.core import Plan

HELP = "parse, resolve, type-check and lint rule files; no data"
FORMATS = ("text", "json", "jsonl", *REMARK_FORMATS)


def add(parser: argparse.ArgumentParser) -> None:
    """The flags of the verb."""
    options.add_rules(parser)
    parser.add_argument(
        "--as-at",
        type=options.as_date,
        metavar="DATE",
        help="warn of what was to be reviewed by then",
    )
    parser.add_argument(
        "--fix",
        action="store_true",
        help="make the changes that are safe to make, and say which; then check what is left",
    )
    parser.add_argument(
        "--explain",
        metavar="RULE",
        action="append",
        help="say in plain English what these rules ask (A,B); text, md or json",
    )
    parser.add_argument(
        "--analyse",
        action="store_true",
        help="prove what can be proved: conditions that never hold, rules that are never breached "
        "or never met, needless exceptions and rules; text or json",
    )
    parser.add_argument(
        "--seconds",
        type=options.as_seconds,
        default=2.0,
        metavar="N",
        help="with --analyse: how long a question may take (default: 2)",
    )


def run(args: argparse.Namespace) -> int:
    """0 where all is well, 1 with an error-level lint, 3 where the rules do not check."""
    from policyengine.diagnostics import Severity
    from policyengine.diagnostics.text import render_all
    from policyengine.tooling.lint import lint

    if args.explain:
        return read_back(args)
    if args.analyse:
        from policyengine.commands.analyse import analyse

        return analyse(args)
    format_ = format_of(args, FORMATS)
    if args.fix:
        mend(args)
    loaded = load(args, args.rules)
    if loaded.plan is None:
        if format_ not in ("json", "jsonl"):
            show(loaded.diagnostics)
        if format_ != "text":
            _deliver(args, format_, loaded.diagnostics, (), "The rules do not check.")
        return CANNOT_RUN
    plan = chosen(loaded.plan, args)
    found = [*loaded.diagnostics, *lint(plan, loaded.files, args.as_at)]
    if format_ == "text":
        messages = render_all(found)
        said = [messages] if messages and not args.quiet else []
        listed = _listed(plan) if args.verbose else []
        deliver(args, "\n".join([*said, *listed, _summary(plan, len(loaded.files), found)]) + "\n")
    else:
        files = [source.name for source in loaded.sources]
        _deliver(args, format_, found, files, _summary(plan, len(files), found))
    return GATE if any(note.severity is Severity.ERROR for note in found) else DONE


def _deliver(
    args: argparse.Namespace,
    format_: str,
    found: "list[Diagnostic]",
    files: Iterable[str],
    said: str,
) -> None:
    if format_ in ("json", "jsonl"):
        deliver(args, _as_json(found, format_))
    else:
        remarks = from_messages(found)
        deliver_remarks(args, format_, remarks, said, remark_suites(files, remarks))


def _listed(plan: "Plan") -> list[str]:
    from policyengine.readback.layers import layers_told, pack_name

    lines = [
        f"{rule.id}  {rule.title}" + (f"  [{', '.join(rule.tags)}]" if rule.tags else "")
        for rule in plan.rules
    ]
    layers = plan.layers
    if layers is None:
        return lines
    names = [pack_name(pack) for pack in layers.packs]
    lines = [
        f"{line}  ({names[layers.rules[rule.id]]})"
        for line, rule in zip(lines, plan.rules, strict=True)
    ]
    lines += [f"setting {name}  ({names[layer]})" for name, layer in layers.settings.items()]
    for head, changes in layers_told(layers):
        lines += [head, *(f"  {change}" for change in changes)]
    return lines


def _summary(plan: "Plan", files: int, found: "list[Diagnostic]") -> str:
    from policyengine.findings.dates import counted

    rules = counted(len({rule.id for rule in plan.rules}), "rule")
    examples = counted(len(plan.examples), "example")
    remarks = counted(len(found), "remark") if found else "nothing to remark"
    return f"{rules} and {examples} in {counted(files, 'file')} check; {remarks}."


def _as_json(found: "Iterable[Diagnostic]", format_: str) -> str:
    made = [diagnostic_json(note) for note in found]
    if format_ == "json":
        return json.dumps(made, indent=1) + "\n"
    return "".join(json.dumps(each) + "\n" for each in made)


def diagnostic_json(note: "Diagnostic") -> dict[str, object]:
    """A message for programs: its code, place, words and hints."""
    span = note.span
    return {
        "code": note.code,
        "severity": note.severity.value,
        "file": None if span is None else span.file.name,
        "line": None if span is None else span.line,
        "column": None if span is None else span.column,
        "message": note.message,
        "found": note.found,
        "hints": list(note.hints),
    }
