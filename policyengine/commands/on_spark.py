"""`--engine spark`: the audit of a folder of tables on a cluster."""

import argparse
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from policyengine.commands.exits import CANNOT_RUN, Stop, usage
from policyengine.commands.output import say

if TYPE_CHECKING:
    from policyengine.findings import Audit, Finding
    from policyengine.plan.core import Plan


def is_asked(args: argparse.Namespace) -> bool:
    """Whether a cluster is to judge. Raises usage errors for what does not go with one."""
    if getattr(args, "engine", None) != "spark":
        if getattr(args, "master", None):
            raise usage("--master is for --engine spark")
        return False
    if not args.master:
        raise usage("--engine spark needs --master: which cluster? `local[4]` is this machine")
    for flag in ("mapping", "next_change", "since"):
        if getattr(args, flag, None):
            name = flag.replace("_", "-")
            hint = "`trustpolicy convert` first" if flag == "mapping" else "--engine duckdb has it"
            raise usage(f"--{name} does not go with --engine spark", hint)
    if getattr(args, "threads", None):
        raise usage("--threads does not go with --engine spark: each partition has one")
    return True


def judged(
    args: argparse.Namespace,
    plan: "Plan",
    cases: str,
    clock: tuple[date, date],
    keep: "Callable[[Finding], bool]",
) -> "Audit":
    """The audit. Stops (exit 3) where the cluster cannot finish; raises `ExportError`."""
    from policyengine.commands.mapped import Finish
    from policyengine.imports.marks import read_marks
    from policyengine.spark.errors import SparkError
    from policyengine.spark.job import Asked, audit_folder
    from policyengine.spark.session import session

    asked = Asked(*clock, keep=keep, memory=args.memory)
    folder = Path(cases)
    try:
        with session(args.master) as spark:
            found, share = audit_folder(spark, folder, plan, asked)
    except SparkError as error:
        raise Stop(CANNOT_RUN, str(error)) from None
    if args.verbose:
        say(args, *share.said())
    if (folder / "load" / "marks.jsonl").is_file():
        finish = Finish(read_marks(folder), plan.schema)
        return replace(found, findings=tuple(finish.marked(found.findings)))
    return found
