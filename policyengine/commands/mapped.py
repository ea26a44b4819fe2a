"""A case export as it is, or a foreign one by its mapping: what `audit` judges either way."""

import argparse
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from policyengine.commands.exits import CANNOT_RUN, Stop, usage
from policyengine.commands.output import say

if TYPE_CHECKING:
    from policyengine.findings import Audit
    from policyengine.imports import Mapping
    from policyengine.records import Export
    from policyengine.schema import Schema

Finish = Callable[["Audit"], "Audit"]


def add_mapping(parser: argparse.ArgumentParser) -> None:
    """The mapping of a foreign export."""
    parser.add_argument(
        "--mapping",
        metavar="FILE",
        help="the export is a folder of foreign files, and this mapping says how they are read",
    )


@contextmanager
def cases_of(
    args: argparse.Namespace, cases: str, schema: "Schema"
) -> Iterator[tuple["Export", Finish]]:
    """The export, and what has to be done with an audit of it: rows that rest on a fault are
    marked, and what the mapping rejected is counted. Raises `ExportError`, or Stop (exit 3)."""
    from policyengine.records import open_export

    named: str | None = getattr(args, "mapping", None)
    if named is None:
        refuse_database(cases)
        export = open_export(cases, schema)
        if not (Path(cases) / "load" / "marks.jsonl").is_file():
            yield export, lambda audit: audit
            return
        from policyengine.imports.marks import marked, read_marks

        marks = read_marks(Path(cases))
        yield export, lambda audit: marked(audit, marks, schema)
        return
    from policyengine.imports.convert import converted
    from policyengine.imports.marks import marked, read_marks, with_load
    from policyengine.report.load_report import balance

    mapping = mapping_of(named, schema)
    with source_of(args, mapping, cases) as (mapping, folder), converted(mapping, folder) as made:
        if not getattr(args, "view", None):  # a view may tell nothing of what was loaded
            say(args, balance(made.load))
        marks = read_marks(made.folder)
        export = open_export(str(made.folder), schema)
        yield export, lambda audit: marked(with_load(audit, made.load), marks, schema)


@contextmanager
def source_of(
    args: argparse.Namespace, mapping: "Mapping", place: str
) -> Iterator[tuple["Mapping", Path]]:
    """The folder of an export; of the address of a database, the folder into which the queries of
    the mapping were read, and the mapping for that. Raises `ExportError`."""
    from policyengine.databases import check_sources, fetched, has_password, is_database

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
    from policyengine.databases import is_database

    if is_database(cases):
        raise usage(
            "a database is read by a mapping, which has a query for each kind",
            "`trustpolicy audit` and `trustpolicy convert` take --mapping FILE; convert it first "
            "for the other verbs",
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
