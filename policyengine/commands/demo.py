"""`trustpolicy demo`: an audit of the sample case load, at its own as-at date."""

import argparse
from datetime import date
from pathlib import Path

from policyengine.commands import audit, options
from policyengine.commands.exits import CANNOT_RUN, Stop
from policyengine.shipped import shipped

HELP = "an audit of the shipped sample case load; takes every flag of audit"
AS_AT = date(2026, 11, 1)


def add(parser: argparse.ArgumentParser) -> None:
    """The flags of the verb."""
    options.add_rules(parser)
    audit.add_audit_flags(parser)


def run(args: argparse.Namespace) -> int:
    """The exit code of the audit."""
    cases, as_at = sample()
    if args.as_at is None and args.period is None:
        args.as_at = as_at
    rules = args.rules or [str(shipped("rules"))]
    what = audit.Audited(
        rules=rules,
        cases=str(cases),
        called="the sample case load, which is fictional",
        explain="trustpolicy explain {case} --rule {rule} --demo",
    )
    return audit.audited(args, what)


def sample() -> tuple[Path, date]:
    """The sample's cases and its as-at date, as `sample.yaml` says."""
    from policyengine.formats import Mapping, Scalar, load_yaml, read_source

    try:
        folder = shipped("rules/sample")
    except FileNotFoundError as error:
        raise Stop(CANNOT_RUN, str(error)) from None
    cases, as_at = folder / "cases.jsonl", AS_AT
    source, _ = read_source(folder / "sample.yaml")
    root = load_yaml(source)[0] if source else None
    if isinstance(root, Mapping):
        said, file = root.get("as_at"), root.get("cases")
        if isinstance(said, Scalar):
            as_at = date.fromisoformat(said.text)
        if isinstance(file, Scalar):
            cases = folder / file.text
    return cases, as_at
