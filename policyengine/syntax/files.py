"""Rule files on disk: finding them, and reading one."""

import os
import sys
from pathlib import Path

from policyengine.diagnostics import Diagnostic
from policyengine.source import SourceFile
from policyengine.syntax.characters import MAX_BYTES, forbidden, text_of, too_large
from policyengine.syntax.guess import nearest
from policyengine.syntax.hosts import read_blocks

SUFFIXES = (".policy", ".policy.md")
_STANDARD_INPUT = "<standard input>"


def read_source(path: str) -> tuple[SourceFile | None, list[Diagnostic]]:
    """Read a `.policy` or `.policy.md` file; `-` is standard input.

    None, with a message, if it cannot be read: not there, over 1 MiB, not UTF-8, or holding a
    character that cannot be seen.
    """
    name = _STANDARD_INPUT if path == "-" else path
    data, faults = _bytes(path, name)
    if data is None:
        return None, faults
    text, faults = text_of(name, data)
    return (None, faults) if text is None else _source_of(path, name, text)


def source_of_text(name: str, text: str) -> tuple[SourceFile | None, list[Diagnostic]]:
    """As `read_source`, of a file whose text is at hand: it may not have been saved yet."""
    if len(text) > MAX_BYTES or len(text.encode("utf-8", "surrogatepass")) > MAX_BYTES:
        return None, [too_large(name)]
    return _source_of(name, name, text.replace("\r\n", " \n"))


def _source_of(path: str, name: str, text: str) -> tuple[SourceFile | None, list[Diagnostic]]:
    faults: list[Diagnostic] = []
    if path.endswith(".md"):
        source, faults = read_blocks(name, text)
    else:
        source = SourceFile(name, text)
    bad = forbidden(source)
    return (None, bad) if bad else (source, faults)


def find_rule_files(paths: list[str]) -> tuple[list[str], list[Diagnostic]]:
    """The rule files that are meant by files and folders, each once, in a fixed order.

    A folder is searched to its bottom for `*.policy` and `*.policy.md`; links that lead out of
    it are not followed. A path that is not there, and a folder without rules, are faults.
    """
    found: list[str] = []
    faults: list[Diagnostic] = []
    for path in paths:
        if path == "-" or Path(path).is_file():
            found.append(path)
        elif Path(path).is_dir():
            inside = _inside(Path(path))
            found.extend(inside)
            if not inside:
                faults.append(_no_rules(path))
        else:
            faults.append(_not_there(path))
    return list(dict.fromkeys(found)), faults


def _bytes(path: str, name: str) -> tuple[bytes | None, list[Diagnostic]]:
    """At most one byte more than is allowed: enough to know that it is too much."""
    try:
        if path == "-":
            return sys.stdin.buffer.read(MAX_BYTES + 1), []
        with Path(path).open("rb") as stream:
            return stream.read(MAX_BYTES + 1), []
    except FileNotFoundError:
        return None, [_not_there(path)]
    except OSError as problem:
        return None, [_unreadable(name, problem)]


def _inside(folder: Path) -> list[str]:
    root = folder.resolve()
    found: list[str] = []
    for here, folders, files in os.walk(folder):  # does not follow links to folders
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in files:
            file = Path(here, name)
            if not name.endswith(SUFFIXES) or name.startswith("."):
                continue
            if file.is_symlink() and not file.resolve().is_relative_to(root):
                continue
            found.append(str(file))
    return sorted(found)


def _not_there(path: str) -> Diagnostic:
    parent = Path(path).parent
    try:
        beside = [entry.name for entry in parent.iterdir()]
    except OSError:
        beside = []
    guess = nearest(Path(path).name, beside)
    if guess is not None:
        hint = f"did you mean `{parent / guess}`?"
    elif not beside and not parent.is_dir():
        hint = f"there is no folder `{parent}` either"
    else:
        hint = "give a .policy file, a .policy.md file, or a folder of them"
    return Diagnostic(code="FIL001", message=f"there is no file or folder `{path}`", hints=(hint,))


def _no_rules(path: str) -> Diagnostic:
    return Diagnostic(
        code="FIL002",
        message=f"the folder `{path}` holds no rule files",
        hints=("rule files are named NAME.policy, or NAME.policy.md with the rules in Markdown",),
    )


def _unreadable(name: str, problem: OSError) -> Diagnostic:
    reason = problem.strerror or "it cannot be read"
    return Diagnostic(
        code="FIL003",
        message=f"{name} cannot be read: {reason[0].lower()}{reason[1:]}",
        hints=("give a file that can be read, or `-` for standard input",),
    )
