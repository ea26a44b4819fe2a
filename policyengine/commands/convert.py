"""`trustpolicy convert`: a foreign export to canonical tables, with its load report."""

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from policyengine.commands import options
from policyengine.commands.audit import export_errors
from policyengine.commands.exits import DONE, UNSAFE, usage
from policyengine.commands.mapped import mapping_of, source_of
from policyengine.commands.output import (
    deliver,
    encoding_of,
    format_of,
    is_to_terminal,
    say,
    uses_colour,
    width_of,
)
from policyengine.commands.rule_set import schema_of

if TYPE_CHECKING:
    from policyengine.imports.load_counts import LoadCounts

HELP = "a foreign export to canonical tables, by a mapping, with its load report"
FORMATS = ("rich", "text", "json")
EPILOG = """\
The folder of --out is written whole or not at all, and never over another. It holds a table for
each kind, and in export.yaml the hash of each: one that is changed on its way is refused when it
is read. Beside them are load/report.json, load/faults.jsonl (file, row and column of each fault,
never the value) and load/marks.jsonl. docs/mapping.md is the reference of the mapping.
"""


def add(parser: argparse.ArgumentParser) -> None:
    """The flags of the verb."""
    parser.epilog = EPILOG
    parser.add_argument("--mapping", metavar="FILE", help="how the files are to be read")
    parser.add_argument(
        "--in",
        dest="source",
        metavar="EXPORT",
        help="the foreign export: a folder, or postgresql://server/name",
    )
    parser.add_argument("--out", dest="target", metavar="FOLDER", help="where the tables go")
    parser.add_argument(
        "--tables",
        choices=("csv", "parquet"),
        default="csv",
        help="the form of the tables (default csv; parquet needs pyarrow)",
    )
    parser.add_argument(
        "--max-rejected",
        type=options.as_ceiling,
        metavar="N|P%",
        help="more than so many, or such a share, is not safe to rely on (exit 4)",
    )


def run(args: argparse.Namespace) -> int:
    """0; 3 where the export or the mapping cannot be read; 4 where too many rows were rejected."""
    for flag, given in (("--mapping", args.mapping), ("--in", args.source), ("--out", args.target)):
        if not given:
            raise usage(f"{flag} is missing", "convert --mapping FILE --in FOLDER --out FOLDER")
    from policyengine.imports import convert

    format_ = format_of(args, FORMATS)
    schema = schema_of(args, [])
    mapping = mapping_of(args.mapping, schema)
    with export_errors(), source_of(args, mapping, args.source) as (mapping, folder):
        as_parquet = args.tables == "parquet"
        _ready_for_columns(Path(folder))
        made = convert(mapping, folder, Path(args.target), as_parquet=as_parquet)
    _deliver(args, made.load, format_)
    say(args, f"the tables are in {args.target}")
    return _safe_or_not(args, made.load)


def _ready_for_columns(folder: Path) -> None:
    """Where there is a file that is read by column, what reads it starts quickly."""
    from importlib.util import find_spec

    from policyengine.imports.blocks import DEFAULT

    if find_spec("pyarrow") is None or not folder.is_dir():
        return
    sizes = (path.stat().st_size for path in folder.iterdir() if path.is_file())
    if any(size >= DEFAULT.least for size in sizes):
        from policyengine.bulk.start import without_pandas

        without_pandas()


def _deliver(args: argparse.Namespace, load: "LoadCounts", format_: str) -> None:
    from policyengine.report.drawing import Canvas
    from policyengine.report.load_report import balance, load_parts

    if format_ == "json":
        deliver(args, json.dumps(load.as_json(), indent=1, ensure_ascii=True) + "\n")
    else:
        canvas = Canvas(width_of(args), encoding_of(args), uses_colour(args, format_))
        deliver(args, canvas.drawn(load_parts(load, canvas.symbols)))
    if format_ == "json" or not is_to_terminal(args):
        say(args, balance(load))


def _safe_or_not(args: argparse.Namespace, load: "LoadCounts") -> int:
    if args.max_rejected is None:
        return DONE
    ceiling, is_share = args.max_rejected
    rejected, read = load.total("rejected"), load.total("read")
    if (rejected * 100 > ceiling * read) if is_share else rejected > ceiling:
        print(f"not safe to rely on: {rejected:,} of {read:,} rows were rejected", file=sys.stderr)
        return UNSAFE
    return DONE
