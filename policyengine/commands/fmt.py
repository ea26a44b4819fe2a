"""`trustpolicy fmt`: lay rule files out in one way; comments stay where they stand."""

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from policyengine.commands import options
from policyengine.commands.exits import CANNOT_RUN, DONE, GATE, Stop
from policyengine.commands.output import say
from policyengine.commands.rule_set import show

if TYPE_CHECKING:
    from policyengine.source import SourceFile

HELP = "lay rule files out in one way"


def add(parser: argparse.ArgumentParser) -> None:
    """The flags of the verb."""
    options.add_rules(parser)
    parser.add_argument(
        "--check", action="store_true", help="write nothing; exit 1 if a file would change"
    )
    parser.add_argument(
        "--diff", action="store_true", help="write nothing; print what would change"
    )


def run(args: argparse.Namespace) -> int:
    """0; 1 with `--check` where a file would change; 3 where a file does not parse (the others
    are laid out all the same)."""
    from policyengine.shipped import shipped
    from policyengine.syntax import find_rule_files, read_source

    names, faults = find_rule_files(args.rules or [str(shipped("rules"))])
    show(faults)
    broken = len(faults)
    changed = 0
    for name in names:
        source, faults = read_source(name)
        show(faults)
        moved = None if source is None else _settled(args, name, source)
        broken += moved is None
        changed += bool(moved)
    if not args.diff:
        say(args, _summary(len(names), changed, writes=not args.check))
    if broken:
        raise Stop(CANNOT_RUN, "")
    return GATE if args.check and changed else DONE


def _settled(args: argparse.Namespace, name: str, source: "SourceFile") -> bool | None:
    """Lay one file out; whether it changes, or None, with messages, where it cannot be done."""
    from policyengine.diagnostics import Severity
    from policyengine.tooling.fmt import diff, format_source

    result = format_source(source)
    show(result.diagnostics)
    if any(note.severity is Severity.ERROR for note in result.diagnostics):
        return None
    if args.diff:
        sys.stdout.write(diff(source, result))
    elif args.check:
        if result.changed:
            say(args, f"{name} would change")
    elif name == "-":
        sys.stdout.write(result.text)
    elif result.changed:
        _write(Path(name), result.text)
    return result.changed


def _write(path: Path, text: str) -> None:
    from policyengine.report.atomic_write import write_whole

    try:
        write_whole(path, text.encode(), mode=path.stat().st_mode & 0o777)
    except OSError as error:
        raise Stop(CANNOT_RUN, f"{path} cannot be written: {error.strerror}") from None


def _summary(files: int, changed: int, *, writes: bool) -> str:
    from policyengine.findings.dates import counted

    were = "laid out anew" if writes else "would be laid out anew"
    return f"{counted(files, 'file')} looked at, {changed:,} {were}"
