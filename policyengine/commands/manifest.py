"""`--manifest`: what went in and what came out, written when everything else is."""

import argparse
import csv
import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from policyengine.commands import mapped
from policyengine.commands.exits import CANNOT_RUN, Stop, usage
from policyengine.shipped import shipped

if TYPE_CHECKING:
    from policyengine.findings import Audit
    from policyengine.plan.core import Plan
    from policyengine.report.manifest import FileEntry

# What the manifest says in its own way, or what changes nothing in the results.
_WITH_VALUE = ("--output", "--manifest", "--previous-manifest", "--sheet", "--since")
_SHORT = re.compile(r"-[qv]*o(.*)", re.DOTALL)
_ALONE = ("-q", "--quiet", "-v", "--verbose", "--no-progress", "--keep-findings")
_CHUNK = 1 << 20


def add_manifest(parser: argparse.ArgumentParser) -> None:
    """Where the manifest goes, and which came before."""
    group = parser.add_argument_group("manifest")
    group.add_argument(
        "--manifest",
        metavar="FILE",
        help="write what went in and came out, with hashes; `trustpolicy verify` checks it",
    )
    group.add_argument(
        "--previous-manifest",
        metavar="FILE",
        help="the manifest before this one (default: the one that this one replaces)",
    )


def keep(
    args: argparse.Namespace,
    audit: "Audit",
    plan: "Plan",
    *,
    key: str | None = None,
    has_pseudonyms: bool = False,
) -> None:
    """Write the manifest of a run, if one was asked for. Everything else has been written.

    `audit` is the whole one, before it was cut to a view; `key` is that of the pseudonyms.
    Raises Stop (exit 3) where it cannot be written or an input has gone.
    """
    if not args.manifest:
        return
    from policyengine.commands.output import deliver_file
    from policyengine.report.manifest import FileEntry, Run, manifest_json
    from policyengine.report.pseudonyms import Pseudonyms
    from policyengine.schema.bank_holidays import calendar_of

    fingerprint = None
    if has_pseudonyms:
        fingerprint = Pseudonyms(key).fingerprint if key else ""
    outputs = getattr(args, "outputs", [])
    try:
        run = Run(
            verb=args.verb,
            command=command_in(args.words),
            view=getattr(args, "view", None),
            key=fingerprint,
            rules=tuple(entry(path) for path in rule_files(args)),
            schema=entry(_schema(args)),
            configuration=_configuration(args),
            mapping=entry(Path(args.mapping)) if getattr(args, "mapping", None) else None,
            inputs=(
                *(entry(path, count=True) for path in input_files(args.cases)),
                *(entry(path) for path in _beside(args)),
            ),
            outputs=tuple(
                FileEntry(name=each.name, sha256=each.sha256, bytes=each.bytes) for each in outputs
            ),
            output=None if args.output == "-" else args.output,
            encoding=next((each.encoding for each in outputs), None),
            previous=_previous(args),
            kept=getattr(args, "kept", None),
        )
    except OSError as error:
        why = error.strerror or "it cannot be read"
        raise Stop(CANNOT_RUN, f"no manifest: {error.filename} cannot be read: {why}") from None
    text = manifest_json(run, audit, plan, calendar_of(plan.schema).zone)
    deliver_file(args, Path(args.manifest), text.encode("ascii"))


def _beside(args: argparse.Namespace) -> list[Path]:
    """The waivers and the baseline that the run went by."""
    named = [getattr(args, "waivers_there", None), getattr(args, "baseline", None)]
    return [Path(each) for each in named if each]


def check_manifest(args: argparse.Namespace) -> None:
    """Refuses (exit 2) a manifest that no one could check, before anything is judged."""
    if not args.manifest:
        return
    if args.manifest == args.output:
        raise usage("--manifest and -o name one file")
    if mapped.is_database(args.cases):
        raise usage(
            "a manifest of a database could not be checked: tomorrow it says something else",
            "`trustpolicy convert` first, and audit the tables",
        )
    if args.cases == "-":
        raise usage(
            "a manifest of standard input could not be checked",
            "keep the export in a file: --cases FILE",
        )


def command_in(words: Iterable[str]) -> tuple[str, ...]:
    """The words of a command line that make its results again, wherever they are written."""
    kept: list[str] = []
    is_value = False
    for word in words:
        short = _SHORT.fullmatch(word)
        if is_value:
            is_value = False
        elif word in _WITH_VALUE or (short and not short[1]):
            is_value = True
        elif short or word in _ALONE or word.partition("=")[0] in _WITH_VALUE:
            pass
        else:
            kept.append(word)
    return tuple(kept)


# --- files --------------------------------------------------------------------------------------


def rule_files(args: argparse.Namespace) -> list[Path]:
    """The rule files of the run, and what its packs say."""
    return _rule_set(args)[0]


def _rule_set(args: argparse.Namespace) -> tuple[list[Path], list[str]]:
    from policyengine.commands.configuration import read_configuration
    from policyengine.policy.load import files_of_packs

    config, _ = read_configuration(args.config, args.rules)
    return files_of_packs(args.rules, [*config.overlays, *getattr(args, "overlay", ())])


def _schema(args: argparse.Namespace) -> Path:
    from policyengine.policy.load import schema_beside

    return Path(args.schema) if args.schema else schema_beside(_rule_set(args)[1])


def _configuration(args: argparse.Namespace) -> "FileEntry | None":
    from policyengine.commands.configuration import nearest_configuration

    path = Path(args.config) if args.config else nearest_configuration(args.rules)
    return None if path is None else entry(path)


def input_files(cases: str) -> list[Path]:
    """The files of an export: one and the `export.yaml` beside it, or all those of a folder."""
    path = Path(cases)
    if path.is_dir():
        return sorted(each for each in path.rglob("*") if each.is_file())
    beside = path.parent / "export.yaml"
    return [path, beside] if beside.is_file() and beside.name != path.name else [path]


def entry(path: Path, *, count: bool = False) -> "FileEntry":
    """A file with its hash, and its rows if they are to be counted. Raises OSError."""
    from policyengine.report.manifest import FileEntry

    hashed, size = sha256(), 0
    with path.open("rb") as stream:
        while data := stream.read(_CHUNK):
            hashed.update(data)
            size += len(data)
    rows = _rows(path) if count else None
    return FileEntry(name=name_of(path), sha256=hashed.hexdigest(), bytes=size, rows=rows)


def name_of(path: Path) -> str:
    """A file as the manifest names it: `shipped:rules/schema.yaml` for what comes with the
    package, else as it was named."""
    full = path.resolve()
    with suppress(FileNotFoundError, ValueError):
        return f"shipped:rules/{full.relative_to(shipped('rules').resolve()).as_posix()}"
    return str(path)


def path_of(name: str) -> Path:
    """The file that a manifest names. Raises FileNotFoundError for a shipped one that has gone."""
    if name.startswith("shipped:"):
        return shipped(name.removeprefix("shipped:"))
    return Path(name)


def _rows(path: Path) -> int | None:
    match path.suffix.lower():
        case ".csv":
            return max(0, sum(1 for row in _csv_rows(path) if row) - 1)
        case ".jsonl" | ".ndjson":
            with path.open("rb") as stream:
                return sum(1 for line in stream if line.strip())
        case _:
            return None


def _csv_rows(path: Path) -> Iterator[list[str]]:
    with (
        path.open(encoding="utf-8", errors="replace", newline="") as stream,
        suppress(csv.Error),
    ):
        yield from csv.reader(stream)


def _previous(args: argparse.Namespace) -> str | None:
    """The hash of the manifest before: the one that was named, or the one that is replaced."""
    path = Path(args.previous_manifest or args.manifest)
    if not args.previous_manifest and not path.is_file():
        return None
    return entry(path).sha256
