"""`trustpolicy fmt`: lay rule files out in one way; comments stay where they stand."""

import argparse
import sys
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from policyengine.commands import options
from policyengine.commands.exits import CANNOT_RUN, DONE, GATE, Stop, usage
from policyengine.commands.output import format_of, say
from policyengine.commands.remarks import (
    REMARK_FORMATS,
    deliver_remarks,
    from_messages,
    loose_layout,
    remark_suites,
)
from policyengine.commands.rule_set import show

if TYPE_CHECKING:
    from policyengine.diagnostics import Diagnostic
    from policyengine.report.pipelines import Remark
    from policyengine.source import SourceFile
    from policyengine.tooling.fmt import FormatResult

HELP = "lay rule files out in one way"
FORMATS = ("text", *REMARK_FORMATS)


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

    format_ = _format(args)
    names, faults = find_rule_files(args.rules or [str(shipped("rules"))])
    show(faults)
    seen = _Seen(args, found=list(faults))
    broken = len(faults)
    for name in names:
        source, faults = read_source(name)
        seen.say(faults)
        broken += source is None or not seen.settle(name, source)
    said = _summary(len(names), len(seen.moved), writes=not args.check)
    if format_ != "text":
        remarks = [*from_messages(seen.found), *seen.moved]
        deliver_remarks(args, format_, remarks, said, remark_suites(names, remarks))
    elif not args.diff:
        say(args, said)
    if broken:
        raise Stop(CANNOT_RUN, "")
    return GATE if args.check and seen.moved else DONE


def _format(args: argparse.Namespace) -> str:
    """The format. One for pipelines belongs to `--check`: else the file itself is the result."""
    format_ = format_of(args, FORMATS) if args.format or args.output else "text"
    if format_ != "text" and (args.diff or not args.check):
        raise usage(f"{format_} says what would change: it belongs to fmt --check alone")
    return format_


@dataclass(slots=True)
class _Seen:
    """What was found on the way: messages, and the files that would change."""

    args: argparse.Namespace
    found: "list[Diagnostic]"
    moved: "list[Remark]" = field(default_factory=list)

    def say(self, diagnostics: "Iterable[Diagnostic]") -> None:
        """Messages, to standard error and for the results."""
        several = list(diagnostics)
        show(several)
        self.found.extend(several)

    def settle(self, name: str, source: "SourceFile") -> bool:
        """Lay one file out; False, with messages, where it cannot be done."""
        from policyengine.diagnostics import Severity
        from policyengine.tooling.fmt import format_source

        result = format_source(source)
        self.say(result.diagnostics)
        if any(note.severity is Severity.ERROR for note in result.diagnostics):
            return False
        _put(self.args, name, source, result)
        if result.changed:
            self.moved.append(loose_layout(name, source.shown, result.text))
        return True


def _put(args: argparse.Namespace, name: str, source: "SourceFile", result: "FormatResult") -> None:
    """Print what would change, or that something would; or write it."""
    from policyengine.tooling.fmt import diff

    if args.diff:
        sys.stdout.write(diff(source, result))
    elif args.check:
        if result.changed:
            say(args, f"{name} would change")
    elif name == "-":
        sys.stdout.write(result.text)
    elif result.changed:
        _write(Path(name), result.text)


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
