"""`trustpolicy test`: do the rules say what their authors meant? Their examples are run."""

import argparse
import json
from typing import TYPE_CHECKING

from policyengine.commands import options, tested
from policyengine.commands.exits import CANNOT_RUN, DONE, GATE, Stop
from policyengine.commands.output import deliver, encoding_of, format_of
from policyengine.commands.remarks import (
    REMARK_FORMATS,
    deliver_remarks,
    example_suites,
    from_examples,
    from_messages,
    remark_suites,
)
from policyengine.commands.rule_set import chosen, load, show

if TYPE_CHECKING:
    from policyengine.tooling.examples import ExampleResult

HELP = "run the examples in rule files"
FORMATS = ("text", "json", "jsonl", *REMARK_FORMATS)


def add(parser: argparse.ArgumentParser) -> None:
    """The flags of the verb."""
    options.add_rules(parser)
    tested.add(parser)


def run(args: argparse.Namespace) -> int:
    """0 where every example comes out as its author expects, 1 where one does not."""
    from policyengine.tooling.examples import run_plan

    mode = tested.mode_of(args)
    format_ = "text" if mode else format_of(args, FORMATS)
    loaded = load(args, args.rules, local=False)
    if loaded.plan is None:
        show(loaded.diagnostics)
        if format_ in REMARK_FORMATS:
            remarks = from_messages(loaded.diagnostics)
            suites = remark_suites((), remarks)
            deliver_remarks(args, format_, remarks, "The rules do not check.", suites)
        raise Stop(CANNOT_RUN, "")
    if mode is not None:
        return tested.run(args, loaded, mode)
    narrowed = bool(args.select or args.ignore)
    ids = {rule.id for rule in chosen(loaded.plan, args).rules} if narrowed else None
    results = run_plan(loaded.plan, ids)
    if format_ == "text":
        deliver(args, _text(results, args, encoding_of(args)))
    elif format_ == "json":
        deliver(args, json.dumps([_result(each) for each in results], indent=1) + "\n")
    elif format_ == "jsonl":
        deliver(args, "".join(json.dumps(_result(each)) + "\n" for each in results))
    else:
        remarks = from_examples(results)
        deliver_remarks(args, format_, remarks, _said(results), example_suites(results))
    return DONE if all(result.passed for result in results) else GATE


def _text(results: "list[ExampleResult]", args: argparse.Namespace, encoding: str) -> str:
    from policyengine.report.safe_text import safe_text
    from policyengine.report.symbols import symbols_for

    symbols = symbols_for(encoding)
    lines = []
    for result in results:
        place = f"{safe_text(result.file)}:{result.line}"
        title = safe_text(result.example_title)
        if not result.passed:
            lines += [f"{symbols.breached} {place}: {title}", f"    {safe_text(result.detail)}"]
        elif args.verbose:
            lines.append(f"{symbols.met} {place}: {title}")
    return "\n".join([*lines, _said(results)]) + "\n"


def _said(results: "list[ExampleResult]") -> str:
    """What it all came to."""
    from policyengine.findings.dates import counted

    failed = sum(not result.passed for result in results)
    ran = counted(len(results), "example")
    if not results:
        return "There is no example to run."
    if failed:
        return f"{ran} run: {failed:,} did not come out as expected."
    return f"{ran} run: all came out as expected."


def _result(result: "ExampleResult") -> dict[str, object]:
    return {
        "example": result.example_title,
        "file": result.file,
        "line": result.line,
        "rules": list(result.rules),
        "passed": result.passed,
        "detail": result.detail,
    }
