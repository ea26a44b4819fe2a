"""A case export as it is, or a foreign one by its mapping: what `audit` judges either way."""

import argparse
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from policyengine.commands.exits import CANNOT_RUN, Stop, usage
from policyengine.commands.output import say

if TYPE_CHECKING:
    from policyengine.findings import Audit, Finding
    from policyengine.imports import Mapping
    from policyengine.imports.load_counts import LoadCounts
    from policyengine.imports.marks import Marks
    from policyengine.records import Export
    from policyengine.schema import Schema


@dataclass(frozen=True, slots=True)
class Finish:
    """What is added to findings when they have been made: that a row which they rest on had a
    fault, and what a mapping rejected. Called with an audit, it gives the audit with both."""

    marks: "Marks"
    schema: "Schema"
    load: "LoadCounts | None" = None

    def __call__(self, audit: "Audit") -> "Audit":
        if self.load is not None:
            from policyengine.imports.marks import with_load

            audit = with_load(audit, self.load)
        return replace(audit, findings=tuple(self.marked(audit.findings)))

    def marked(self, findings: "Sequence[Finding]") -> "Sequence[Finding]":
        """The findings, those that rest on a row with a fault saying so."""
        if not self.marks:
            return findings
        from policyengine.imports.marks import marked

        return marked(findings, self.marks, self.schema)


UNVOUCHED = (
    "export.yaml has no sha256 of the export's files: one that was changed on its way here may not "
    "be noticed"
)


def add_mapping(parser: argparse.ArgumentParser) -> None:
    """The mapping of a foreign export."""
    parser.add_argument(
        "--mapping",
        metavar="FILE",
        help="the export is a folder of foreign files, and this mapping says how they are read",
    )


def called(cases: str) -> str:
    """An export as it may be named on a page: of a database, without what opens it."""
    if not is_database(cases):
        return cases
    from policyengine.databases import shown

    return shown(cases)


def is_database(cases: str) -> bool:
    """Whether an export is the address of a database. What knows of databases is only imported
    for what could be one."""
    if ":" not in cases:
        return False
    from policyengine.databases import addresses

    return addresses.is_database(cases)


@contextmanager
def cases_of(
    args: argparse.Namespace, cases: str, schema: "Schema"
) -> Iterator[tuple["Export", Finish]]:
    """The export, and what has to be done with an audit of it: rows that rest on a fault are
    marked, and what the mapping rejected is counted. Raises `ExportError`, or Stop (exit 3)."""
    from policyengine.commands.engines import opened

    named: str | None = getattr(args, "mapping", None)
    if named is None:
        refuse_database(cases)
        with opened(args, cases, schema) as export:
            if getattr(args, "verbose", False) and not export.vouched:
                say(args, UNVOUCHED)
            if not (Path(cases) / "load" / "marks.jsonl").is_file():
                yield export, Finish({}, schema)
                return
            from policyengine.imports.marks import read_marks

            yield export, Finish(read_marks(Path(cases)), schema)
        return
    from policyengine.imports.convert import converted
    from policyengine.imports.marks import read_marks
    from policyengine.report.load_report import balance

    mapping = mapping_of(named, schema)
    with source_of(args, mapping, cases) as (mapping, folder), converted(mapping, folder) as made:
        if not getattr(args, "view", None):  # a view may tell nothing of what was loaded
            say(args, balance(made.load))
        marks = read_marks(made.folder)
        with opened(args, str(made.folder), schema) as export:
            yield export, Finish(marks, schema, made.load)


@contextmanager
def source_of(
    args: argparse.Namespace, mapping: "Mapping", place: str
) -> Iterator[tuple["Mapping", Path]]:
    """The folder of an export; of the address of a database, the folder into which the queries of
    the mapping were read, and the mapping for that. Raises `ExportError`."""
    from policyengine.databases import check_sources, fetched, has_password

    if not is_database(place):
        check_sources(mapping, None)
        yield mapping, Path(place)
        return
    if getattr(args, "manifest", None):
        hint = "`trustpolicy convert` first: a manifest of the tables can be checked"
        raise usage("--manifest does not go with a database", hint)
    if has_password(place):
        say(
            args,
            "warning: whoever may list the processes of this machine can read the password in "
            "the address; PGPASSWORD or a password file keeps it out of sight",
        )
    check_sources(mapping, place)
    with fetched(mapping, place) as found:
        yield found


def refuse_database(cases: str) -> None:
    """A database is read by a mapping alone. The message does not repeat the address."""
    if is_database(cases):
        raise usage(
            "a database is read by a mapping, which has a query for each kind",
            "say which: --mapping FILE; a verb without that flag takes the tables that "
            "`trustpolicy convert` makes",
        )


def mapping_of(path: str, schema: "Schema") -> "Mapping":
    """The mapping file, or its messages on standard error and exit 3."""
    from policyengine.commands.rule_set import show
    from policyengine.imports import load_mapping

    mapping, diagnostics = load_mapping(Path(path), schema)
    show(diagnostics)
    if mapping is None:
        raise Stop(CANNOT_RUN, "")
    return mapping
