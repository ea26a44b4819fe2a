"""`trustpolicy doctor`: is everything here that is needed, and nothing in the way?"""

import argparse
import json
import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from policyengine import __version__
from policyengine.commands.exits import DONE, GATE
from policyengine.commands.output import deliver, encoding_of, format_of

HELP = "look over the installation: versions, rules, the terminal, a clash of names"
FORMATS = ("text", "json")
DISTRIBUTION = "trust-policy-engine"
NEEDED = ("lark", "PyYAML", "rich", "google-re2", "RapidFuzz", "holidays", "tzdata", "shtab")
# What each extra is for, and the modules that come with it.
EXTRAS = (
    ("report", "worklist, report, sample, handbook; HTML and workbooks", ("jinja2", "xlsxwriter")),
    ("bulk", "--engine duckdb, Parquet", ("duckdb", "pyarrow", "numpy")),
    ("xlsx", "workbooks into convert", ("python_calamine",)),
    ("postgres", "--cases postgresql://", ("psycopg",)),
    ("analysis", "check --analyse, proofs in diff", ("z3",)),
    ("lsp", "the language server", ("pygls",)),
    ("web", "serve", ("starlette", "uvicorn")),
    ("spark", "--engine spark", ("pyspark",)),
)


def add(parser: argparse.ArgumentParser) -> None:
    """The verb has no flags of its own."""
    parser.epilog = "exit 1 where something stands in the way"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at: what, what was found, and whether it is as it should be."""

    what: str
    found: str
    is_well: bool = True
    mend: str = ""


def run(args: argparse.Namespace) -> int:
    """0 where all is well, 1 where something stands in the way."""
    format_ = format_of(args, FORMATS)
    findings = list(_findings())
    if format_ == "json":
        made = [
            {"what": f.what, "found": f.found, "ok": f.is_well, "mend": f.mend} for f in findings
        ]
        deliver(args, json.dumps({"version": __version__, "findings": made}, indent=1) + "\n")
    else:
        deliver(args, _text(findings, encoding_of(args)))
    return DONE if all(finding.is_well for finding in findings) else GATE


def _text(findings: list[Finding], encoding: str) -> str:
    from policyengine.report.safe_text import safe_text
    from policyengine.report.symbols import symbols_for

    symbols = symbols_for(encoding)
    width = max(len(finding.what) for finding in findings)
    lines = []
    for finding in findings:
        mark = symbols.met if finding.is_well else symbols.breached
        lines.append(f"{mark} {finding.what:<{width}}  {safe_text(finding.found)}")
        if finding.mend:
            lines.append(f"  {'':<{width}}  {finding.mend}")
    wrong = sum(not finding.is_well for finding in findings)
    lines.append("All is well." if not wrong else f"{wrong} to put right.")
    return "\n".join(lines) + "\n"


def _findings() -> Iterator[Finding]:
    yield _python()
    yield Finding("trust-policy-engine", __version__)
    for name in NEEDED:
        yield _dependency(name)
    yield from _extras()
    yield _clash()
    yield _shipped("grammar", "grammar/policy.lark")
    yield _shipped("rules", "rules")
    yield _rules()
    yield _time_zone()
    yield Finding("terminal", _terminal())


def _python() -> Finding:
    version = ".".join(map(str, sys.version_info[:3]))
    new = sys.version_info >= (3, 11)
    return Finding("Python", version, new, "" if new else "Python 3.11 or later is needed")


def _dependency(name: str) -> Finding:
    from importlib import metadata

    try:
        return Finding(name, metadata.version(name))
    except metadata.PackageNotFoundError:
        return Finding(name, "not installed", False, "run ./setup")


def _extras() -> Iterator[Finding]:
    """Nothing is wrong where an extra is not there: what it is for is said, and how to get it."""
    from importlib.util import find_spec

    for extra, use, modules in EXTRAS:
        there = all(find_spec(name) is not None for name in modules)
        found = f"{use}" if there else f"not installed; for {use}"
        mend = "" if there else f"pip install '{DISTRIBUTION}[{extra}]'"
        yield Finding(f"extra {extra}", found, mend=mend)


def clashing(owners: list[str]) -> list[str]:
    """The distributions that install a package called `policyengine` and are not ours."""
    return sorted({name for name in owners if name.lower().replace("_", "-") != DISTRIBUTION})


def _clash() -> Finding:
    from importlib import metadata

    others = clashing(list(metadata.packages_distributions().get("policyengine", [])))
    if not others:
        return Finding("the name policyengine", "nothing else here installs it")
    names = ", ".join(others)
    mend = f"{names} is an unrelated project: give one of the two an environment of its own"
    return Finding("the name policyengine", "another project installs it too", False, mend)


def _shipped(what: str, name: str) -> Finding:
    from policyengine.shipped import shipped

    try:
        return Finding(what, str(shipped(name)))
    except FileNotFoundError:
        return Finding(what, "missing", False, "install it again: run ./setup")


def _rules() -> Finding:
    from policyengine.policy.load import load_rules

    try:
        loaded = load_rules([])
    except FileNotFoundError:
        return Finding("shipped rules", "missing", False, "install it again: run ./setup")
    if loaded.plan is None:
        return Finding("shipped rules", "they do not check", False, "run: trustpolicy check")
    number = len({rule.id for rule in loaded.plan.rules})
    return Finding("shipped rules", f"{number} rules in {len(loaded.files)} files check")


def _time_zone() -> Finding:
    from zoneinfo import TZPATH, ZoneInfo, ZoneInfoNotFoundError

    try:
        ZoneInfo("Europe/London")
    except ZoneInfoNotFoundError:
        return Finding("time zones", "no Europe/London", False, "install tzdata: run ./setup")
    system = any((Path(place) / "Europe" / "London").is_file() for place in TZPATH)
    return Finding("time zones", "Europe/London from " + ("the system" if system else "tzdata"))


def _terminal() -> str:
    encoding = sys.stdout.encoding or "none"
    kind = "a terminal" if sys.stdout.isatty() else "not a terminal"
    colour = "NO_COLOR is set" if os.environ.get("NO_COLOR") else "colour allowed"
    return f"{kind}, {encoding}, {colour}"
