"""`trustpolicy verify`: are a report's inputs and outputs what its manifest says, and does the
same run still come to the same?"""

import argparse
import io
import json
import re
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from policyengine.commands.exits import CANNOT_RUN, DONE, GATE, UNSAFE, Stop
from policyengine.commands.manifest import command_in, entry, path_of
from policyengine.commands.output import deliver, format_of

HELP = "check a run against its manifest: inputs, outputs, and the run made again"
FORMATS = ("text", "json")
EPILOG = """\
exit 0: the same; 1: something differs, and what; 3: the manifest cannot be read, or the run
cannot be made again
"""
# A manifest may have come by post: it can ask for a run of these verbs, and for nothing else.
VERBS = ("audit", "demo", "worklist", "report", "sample")
_LARGEST = 64 << 20
_SHA = re.compile(r"[0-9a-f]{64}")


def add(parser: argparse.ArgumentParser) -> None:
    """The flags of the verb."""
    parser.epilog = EPILOG
    parser.add_argument("manifest_file", metavar="MANIFEST")
    parser.add_argument(
        "--no-run", action="store_true", help="compare the files alone; do not make the run again"
    )


@dataclass(frozen=True, slots=True)
class Difference:
    """What differs: which part, of what kind, and what it was and is, as far as it is told."""

    what: str
    how: str
    was: object = None
    now: object = None


def run(args: argparse.Namespace) -> int:
    """0 where nothing differs, 1 where something does."""
    format_ = format_of(args, FORMATS)
    held = read_manifest(args.manifest_file)
    differences = [*_files(held), *([] if args.no_run else _made_again(held))]
    if format_ == "json":
        said = {
            "manifest": args.manifest_file,
            "same": not differences,
            "made_again": not args.no_run,
            "differences": [
                {"what": each.what, "how": each.how, "was": each.was, "now": each.now}
                for each in differences
            ],
        }
        deliver(args, json.dumps(said, indent=1) + "\n")
    else:
        deliver(args, "".join(_text(held, differences, made_again=not args.no_run)))
    return GATE if differences else DONE


def _text(
    held: Mapping[str, Any], differences: list[Difference], *, made_again: bool
) -> Iterator[str]:
    from policyengine.findings.dates import counted
    from policyengine.report.safe_text import safe_text

    files = len(held["inputs"]) + len(held["rules"]) + len(held["outputs"])
    yield (
        f"{safe_text(held['verb'])} as at {safe_text(held['as_at'])}: {len(held['counts'])} rules, "
        f"{held['cases']:,} service users, {files} files\n"
    )
    for each in differences:
        yield f"differs: {safe_text(each.what)}: {safe_text(each.how)}\n"
        if each.was is not None or each.now is not None:
            yield f"  was {safe_text(_short(each.was))}\n  is  {safe_text(_short(each.now))}\n"
    if differences:
        yield f"{counted(len(differences), 'difference')}\n"
    elif made_again:
        yield "The same: every file is as it was, and the run made again comes to the same.\n"
    else:
        yield "The same: every file is as it was. The run was not made again.\n"


def _short(value: object) -> str:
    text = value if isinstance(value, str) else json.dumps(value)
    return text if len(text) <= 120 else text[:117] + "..."


# --- the manifest -------------------------------------------------------------------------------

_SHAPE: Mapping[str, type | tuple[type, ...]] = {
    "manifest_version": int,
    "command": list,
    "verb": str,
    "as_at": str,
    "cases": int,
    "inputs": list,
    "rules": list,
    "outputs": list,
    "counts": dict,
    "versions": dict,
}


def read_manifest(name: str) -> dict[str, Any]:
    """The manifest. Stops (exit 3) at anything else."""
    from policyengine.formats import JsonError, loads
    from policyengine.report.manifest import MANIFEST_VERSION

    try:
        with Path(name).open("rb") as stream:
            data = stream.read(_LARGEST + 1)
    except OSError as error:
        why = error.strerror or "it cannot be read"
        raise Stop(CANNOT_RUN, f"{name} cannot be read: {why}") from None
    try:
        held = loads(data.decode("utf-8"), name) if len(data) <= _LARGEST else None
    except (JsonError, UnicodeDecodeError):
        held = None
    if not isinstance(held, dict) or "manifest_version" not in held:
        raise Stop(CANNOT_RUN, f"{name} is not a manifest")
    if held["manifest_version"] != MANIFEST_VERSION:
        raise Stop(CANNOT_RUN, f"{name} is a manifest of another version of the program")
    broken = [key for key, shape in _SHAPE.items() if not isinstance(held.get(key), shape)]
    if broken or not all(_is_entry(each) for each in _entries(held)):
        raise Stop(CANNOT_RUN, f"{name} is a manifest that somebody has changed or broken")
    words = held["command"]
    strange = not all(isinstance(word, str) for word in words) or words != list(command_in(words))
    if strange or not words or words[0] not in VERBS:
        raise Stop(CANNOT_RUN, f"{name} asks for something that is no report; nothing was run")
    return held


def _entries(held: Mapping[str, Any]) -> Iterator[object]:
    for key in ("rules", "inputs", "outputs"):
        yield from held[key]
    for key in ("schema", "configuration", "mapping", "kept"):
        if held.get(key) is not None:
            yield held[key]


def _is_entry(each: object) -> bool:
    return (
        isinstance(each, dict)
        and isinstance(each.get("name"), str)
        and isinstance(each.get("sha256"), str)
        and _SHA.fullmatch(each["sha256"]) is not None
    )


# --- files --------------------------------------------------------------------------------------


def _files(held: Mapping[str, Any]) -> Iterator[Difference]:
    for each in _entries(held):
        assert isinstance(each, dict)
        name, was = each["name"], each["sha256"]
        if name == "-":
            continue
        try:
            now = entry(path_of(name)).sha256
        except OSError as error:
            gone = isinstance(error, FileNotFoundError)
            yield Difference(name, "it is not there" if gone else "it cannot be read")
            continue
        if now != was:
            yield Difference(name, "its content is not what it was", was, now)


# --- the run ------------------------------------------------------------------------------------

# Told by the files themselves, or of no weight for the results.
_APART = ("keep", "previous_manifest_sha256", "outputs", "output", "encoding", "command", "kept")


def _made_again(held: Mapping[str, Any]) -> Iterator[Difference]:
    with tempfile.TemporaryDirectory(prefix="verify-") as folder:
        code, said = _run_again(held, Path(folder))
        written = Path(folder) / "manifest.json"
        if code not in (DONE, GATE, UNSAFE) or not written.is_file():
            first = next(iter(said.splitlines()), "")
            raise Stop(CANNOT_RUN, f"the run cannot be made again: exit {code}", first)
        again = read_manifest(str(written))
    files = {"rules", "inputs", "schema", "configuration", "mapping"}
    for key in sorted(held.keys() | again.keys()):
        was, now = held.get(key), again.get(key)
        if was != now and key not in _APART and key not in files:
            yield from _told(key, was, now)
    for key in ("rules", "inputs"):
        names = {each["name"] for each in held[key]}
        for each in again[key]:
            if each["name"] not in names:
                yield Difference(each["name"], "it was not there then, and would be read now")
    yield from _outputs(held, again)


def _told(key: str, was: object, now: object) -> Iterator[Difference]:
    """A difference, inside where both are tables: a rule's counts, a setting, a version."""
    words = key.replace("_", " ")
    if not isinstance(was, dict) or not isinstance(now, dict):
        yield Difference(words, "made again, it is another", was, now)
        return
    for inner in sorted(was.keys() | now.keys()):
        if was.get(inner) != now.get(inner):
            what = f"{words}: {inner}"
            yield Difference(what, "made again, it is another", was.get(inner), now.get(inner))


def _outputs(held: Mapping[str, Any], again: Mapping[str, Any]) -> Iterator[Difference]:
    if not held["outputs"]:
        return
    if held.get("pseudonym_key") == "":
        yield Difference(
            "outputs", "the pseudonyms' key was made for that run alone: nobody can make them again"
        )
        return
    was = {Path(each["name"]).name: each["sha256"] for each in held["outputs"]}
    now = {Path(each["name"]).name: each["sha256"] for each in again["outputs"]}
    for name in sorted(was.keys() | now.keys()):
        if was.get(name) != now.get(name):
            what = "standard output" if name == "-" else name
            yield Difference(what, "made again, it is another", was.get(name), now.get(name))


def _run_again(held: Mapping[str, Any], folder: Path) -> tuple[int, str]:
    """The exit code of the run made again, its outputs in a folder; and what it said."""
    from policyengine.commands.main import main

    words = [*held["command"], "-q", "--no-progress", "--manifest", str(folder / "manifest.json")]
    names = [each["name"] for each in held["outputs"]]
    output = held.get("output")
    if isinstance(output, str):
        words += ["-o", str(folder / Path(output).name)]
    sheet = next((name for name in names if name not in ("-", output)), None)
    if held["verb"] == "sample" and sheet is not None:
        words += ["--sheet", str(folder / Path(sheet).name)]
    with _captured(str(held.get("encoding") or "utf-8")) as errors:
        code = main(words)
    return code, errors.getvalue()


@contextmanager
def _captured(encoding: str) -> Iterator[io.StringIO]:
    """Standard output goes nowhere, in the encoding that it had; what is said is caught."""
    out, err = sys.stdout, sys.stderr
    said = io.StringIO()
    try:
        sys.stdout = io.TextIOWrapper(io.BytesIO(), encoding=encoding)
    except LookupError:
        raise Stop(CANNOT_RUN, "the manifest names no encoding that there is") from None
    sys.stderr = said
    try:
        yield said
    finally:
        sys.stdout, sys.stderr = out, err
