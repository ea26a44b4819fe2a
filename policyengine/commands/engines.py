"""Which engine judges: the reference engine, or the bulk engine where there is much to judge."""

import argparse
import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import date
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Final

from policyengine.commands.exits import CANNOT_RUN, Stop
from policyengine.commands.output import format_of, say

if TYPE_CHECKING:
    from policyengine.evaluate import Engine
    from policyengine.findings import Audit, Finding
    from policyengine.plan.core import Plan
    from policyengine.records import Export
    from policyengine.records.model import CaseRecords
    from policyengine.schema import Schema

MANY_CASES: Final = 10_000  # from here on the bulk engine is worth its start
MANY_BYTES: Final = 40_000_000  # the same, of a file whose cases are not counted yet
MANY_BYTES_OF_TABLES: Final = 20_000_000  # the same, of a folder of tables
PACKED: Final = 5  # how many times smaller a table is as Parquet
_LINES: Final = (".jsonl", ".ndjson")
_TABLES: Final = (".csv", ".parquet", ".jsonl", ".ndjson")
MOST_SHOWN: Final = 1_000  # findings of a range that are found again by the reference engine
_MEMORY = re.compile(r"[1-9]\d{0,5}(MB|GB)", re.ASCII)


def add_engine(parser: argparse.ArgumentParser) -> None:
    """The flags that say which engine judges, and what it may use."""
    parser.add_argument(
        "--engine",
        choices=("reference", "duckdb", "auto", "spark"),
        default="auto",
        help=f"auto (default): duckdb from {MANY_CASES:,} cases up; spark: on the cluster of "
        "--master; the findings are the same",
    )
    parser.add_argument(
        "--master", metavar="URL", help="the cluster of --engine spark, such as spark://host:7077"
    )
    parser.add_argument(
        "--memory", type=as_memory, metavar="SIZE", help="what duckdb may use, such as 4GB"
    )
    parser.add_argument(
        "--threads", type=as_threads, metavar="N", help="how many threads or processes may work"
    )


def as_memory(text: str) -> str:
    """A size such as 4GB or 500MB."""
    if not _MEMORY.fullmatch(text.upper()):
        raise argparse.ArgumentTypeError(f"{text!r} is not a size such as 4GB or 500MB")
    return text.upper()


def as_threads(text: str) -> int:
    """A number of threads."""
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= 256:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of threads from 1 to 256")
    return int(text)


@contextmanager
def opened(args: argparse.Namespace, cases: str, schema: "Schema") -> Iterator["Export"]:
    """An export: tables, and JSON lines, that the bulk engine is to judge are read by its database.

    Raises `ExportError`; stops (exit 3) where memory or disk run out while it is read.
    """
    from policyengine.records import open_export

    if not _is_for_database(args, Path(cases)):
        yield open_export(cases, schema)
        return
    from policyengine.bulk.loading.folder import open_folder, open_lines
    from policyengine.bulk.start import without_pandas

    without_pandas()
    opening = open_folder if Path(cases).is_dir() else open_lines
    memory, threads = getattr(args, "memory", None), getattr(args, "threads", None)
    with database_errors(), opening(cases, schema, memory=memory, threads=threads) as export:
        yield export


def _is_for_database(args: argparse.Namespace, path: Path) -> bool:
    """Whether an export is one that the database can read, and the bulk engine is to judge it."""
    wanted = getattr(args, "engine", "reference")
    has_lines = path.suffix.lower() in _LINES and path.is_file()
    if wanted not in ("auto", "duckdb") or not (path.is_dir() or has_lines):
        return False
    if not _is_there(wanted):
        return False
    if wanted == "duckdb":
        return True
    if has_lines:
        return path.stat().st_size >= MANY_BYTES
    tables = [each for each in path.iterdir() if each.suffix.lower() in _TABLES]
    held = sum(
        each.stat().st_size * (PACKED if each.suffix.lower() == ".parquet" else 1)
        for each in tables
    )
    return held >= MANY_BYTES_OF_TABLES


def is_bulk(args: argparse.Namespace, export: "Export") -> bool:
    """Whether the bulk engine is to judge. Stops (exit 3) where it is asked for and not there."""
    wanted = getattr(args, "engine", "auto")
    if wanted == "reference":
        return False
    if getattr(export, "bulk", None) is not None:
        return True
    return _is_there(wanted) and (wanted == "duckdb" or _is_much(args, export))


def _is_there(wanted: str) -> bool:
    """Whether the bulk engine is installed. Stops (exit 3) where it is asked for by name."""
    installed = all(find_spec(name) is not None for name in ("duckdb", "pyarrow", "numpy"))
    if wanted == "duckdb" and not installed:
        raise Stop(
            CANNOT_RUN,
            "--engine duckdb needs duckdb, pyarrow and numpy, which are not all installed",
            "pip install 'trust-policy-engine[bulk]', or leave --engine out",
        )
    return installed


def _is_much(args: argparse.Namespace, export: "Export") -> bool:
    if export.count is not None:
        return export.count >= MANY_CASES
    path = Path(args.cases or "-")
    return path.is_file() and path.stat().st_size >= MANY_BYTES


def bulk_audit(
    args: argparse.Namespace,
    plan: "Plan",
    export: "Export",
    clock: tuple[date, date],
    keep: "Callable[[Finding], bool] | None",
    progress: Callable[[int], None] | None,
) -> "Audit":
    """The audit by the bulk engine; what may be shown is found again by the reference engine."""
    from policyengine.bulk.audit import run_bulk_audit
    from policyengine.bulk.loading.ranges import Folder
    from policyengine.bulk.page_audit import run_page_audit
    from policyengine.bulk.side_by_side import Means
    from policyengine.report.page import LIMIT

    if isinstance(export.bulk, Folder):
        export.bulk.wants_hash = _is_hash_told(args)
    means = Means(getattr(args, "memory", None), getattr(args, "threads", None))
    reference = reference_of(plan, export)
    with database_errors():
        if keep is None and _is_page_enough(args):
            limit = LIMIT if args.limit is None else args.limit
            audit, notes = run_page_audit(
                plan,
                export,
                *clock,
                limit=limit,
                reference=reference,
                progress=progress,
                means=means,
            )
        else:
            audit, notes = run_bulk_audit(
                plan,
                export,
                *clock,
                reference=reference,
                keep=keep,
                shown=shown_of(args),
                progress=progress,
                means=means,
            )
    if args.verbose:
        say(args, *notes.lines())
    return audit


def _is_page_enough(args: argparse.Namespace) -> bool:
    """Whether all that is written is a page that tells of few findings and counts the others."""
    from policyengine.commands.audit import FORMATS

    if args.verb not in ("audit", "demo") or format_of(args, FORMATS) not in ("rich", "text", "md"):
        return False
    asked = ["manifest", "view", "pseudonyms", "mapping", "next_change", "since"]
    asked += ["waivers_there", "baseline", "write_baseline"]
    if any(getattr(args, name, None) for name in asked):
        return False
    return bool(args.show != "all" and args.limit != 0)


def _is_hash_told(args: argparse.Namespace) -> bool:
    """Whether anything that is written holds the hash of the cases: it costs as much as judging
    them, and neither a page nor a table of findings has it."""
    from policyengine.commands.audit import FORMATS

    if args.verb not in ("audit", "demo") or args.manifest or getattr(args, "view", None):
        return True
    return format_of(args, FORMATS) not in ("rich", "text", "csv", "md", "junit")


@contextmanager
def database_errors() -> Iterator[None]:
    """A database that cannot go on ends the run (exit 3)."""
    from policyengine.bulk.database import BulkError

    try:
        yield
    except BulkError as error:
        hint = "give it more (--memory 8GB), or judge with --engine reference"
        raise Stop(CANNOT_RUN, str(error), hint) from None


def reference_of(
    plan: "Plan", export: "Export"
) -> "Callable[[CaseRecords, date, date, str], list[Finding]]":
    """One rule over one case by the reference engine, which is imported when it is asked."""
    engines: dict[str, Engine] = {}

    def judge(case: "CaseRecords", as_at: date, known_by: date, rule: str) -> "list[Finding]":
        from policyengine.evaluate import Engine

        if rule not in engines:
            engines[rule] = Engine(plan, only={rule})
        return engines[rule].judge(case, export, as_at, known_by)

    return judge


def shown_of(args: argparse.Namespace) -> "Callable[[list[Finding]], Iterable[Finding]]":
    """Which findings of a range may be shown: the most urgent of each rule and verdict, so many
    as a page shows; of what goes to programs, some from the whole range."""
    from policyengine.report.page import LIMIT, urgency

    wanted = getattr(args, "limit", None)
    limit = LIMIT if wanted is None else wanted

    def shown(findings: "list[Finding]") -> "Iterable[Finding]":
        taken: dict[object, int] = {}
        several: list[Finding] = []
        for finding in sorted(findings, key=urgency):
            key = (finding.rule, finding.verdict)
            taken[key] = taken.get(key, 0) + 1
            if not limit or taken[key] <= limit:
                several.append(finding)
        step = max(1, len(several) // MOST_SHOWN)
        return several[::step]

    return shown
