"""`trustpolicy check --fix`: the safe changes that messages offer, written whole or not at all."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from policyengine.commands.exits import CANNOT_RUN, Stop, usage
from policyengine.commands.output import say
from policyengine.commands.rule_set import load

if TYPE_CHECKING:
    from policyengine.syntax.tree import PolicyFile
    from policyengine.tooling.mending import MendedFile


def mend(args: argparse.Namespace) -> None:
    """Mend the rule files that were named, and say on standard error what was changed.

    Stops (exit 2) where no file was named: what comes with the package is not changed in passing;
    (exit 3) where a file cannot be written, and then it is as it was.
    """
    from policyengine.findings.dates import counted
    from policyengine.tooling.mending import changes_said, mended

    if not args.rules or "-" in args.rules:
        raise usage("--fix changes files, so they have to be named", "trustpolicy check --fix FILE")
    loaded = load(args, args.rules)
    if loaded.schema is None:
        return
    files = loaded.files
    if loaded.stack is not None:  # the base is somebody else's
        places = [Path(each).resolve() for each in args.rules]
        files = [each for each in files if _is_in(each, places)]
    found = mended(files, loaded.schema, today=args.as_at)
    for file in found:
        _write(file)
        say(args, *changes_said([file]))
    changes = sum(len(file.changes) for file in found)
    say(args, f"{changes:,} mended in {counted(len(found), 'file')}")


def _is_in(file: "PolicyFile", places: list[Path]) -> bool:
    from policyengine.source import SourceFile

    assert isinstance(file.file, SourceFile)
    path = Path(file.file.name).resolve()
    return any(path.is_relative_to(place) for place in places)


def _write(file: "MendedFile") -> None:
    from policyengine.report.atomic_write import write_whole
    from policyengine.tooling.mending import as_bytes

    path = Path(file.source.name)
    try:
        data = as_bytes(file, path.read_bytes())
        if data is None:
            why = "its line ends are of two sorts, or it was changed meanwhile"
            raise Stop(CANNOT_RUN, f"{path} is left as it is: {why}")
        write_whole(path, data, mode=path.stat().st_mode & 0o777)
    except OSError as error:
        why = error.strerror or "it cannot be written"
        raise Stop(CANNOT_RUN, f"{path} cannot be written: {why}") from None
