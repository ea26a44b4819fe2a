"""What became of changes, kept from one run to the next: only what was touched is tried again.

A unit's results are kept under a digest of all that they rest on: the rule, what the set declares,
the schema, the examples that expect something of the rule, the effort, the list of what may stay
unnoticed, and the program itself. A file that cannot be read, or was cut short, is no file.
"""

import json
import os
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict
from functools import lru_cache
from hashlib import sha256
from pathlib import Path

import policyengine
from policyengine.report.tested.mutations import Mutant, State
from policyengine.syntax import tree
from policyengine.tooling.mutating.trying import Trying, Unit

Kept = dict[str, list[Mutant]]


class Digests:
    """The digest of each unit of a rule set."""

    def __init__(self, trying: Trying) -> None:
        self.trying = trying
        rule_set = trying.rule_set
        declared = [
            item
            for file in rule_set.files
            for item in file.items
            if isinstance(item, tree.Setting | tree.Define | tree.Gather)
        ]
        allowed = sorted(trying.allowed.items())
        self._world = _digest(
            (_program(), rule_set.schema, declared, trying.effort, allowed, len(rule_set.files))
        )
        self._rules: dict[str, list[object]] = {}
        for file in rule_set.files:
            for item in file.items:
                if isinstance(item, tree.RuleItem):
                    place = (item.span.file.name, item.span.line)
                    self._rules.setdefault(item.id.text, []).append((place, item))
        self._examples: dict[str, list[object]] = {}
        for example in rule_set.plan.examples:
            for rule_id in dict.fromkeys(each.rule for each in example.expects):
                self._examples.setdefault(rule_id, []).append(example)

    def of(self, unit: Unit) -> str:
        """The digest of a unit."""
        item = unit.item
        place = None if item is None else (item, item.span.file.name, item.span.line)
        rules = [(self._rules.get(each), self._examples.get(each)) for each in unit.rules]
        return _digest((self._world, unit.rule, place, rules))


def _digest(of: object) -> str:
    """The forms of trees and plans leave places in files out."""
    return sha256(repr(of).encode("utf-8", "backslashreplace")).hexdigest()[:32]


@lru_cache(maxsize=1)
def _program() -> str:
    """The program's own files, by name, size and time: another program judges otherwise."""
    root = Path(policyengine.__file__).parent
    found = []
    for path in sorted(root.rglob("*.py")):
        with suppress(OSError):
            told = path.stat()
            found.append((path.relative_to(root).as_posix(), told.st_size, told.st_mtime_ns))
    return _digest(found)


# --- the file -------------------------------------------------------------------------------------


def memory_file(rules: Sequence[str]) -> Path | None:
    """Where the results of these rule files are kept; None where there is no home."""
    home = os.environ.get("XDG_CACHE_HOME") or ""
    try:
        folder = Path(home) if Path(home).is_absolute() else Path.home() / ".cache"
    except RuntimeError:
        return None
    places = sorted(str(Path(each).resolve()) for each in rules)
    return folder / "trust-policy-engine" / f"changes-{_digest(places)}.json"


def read(file: Path | None) -> Kept:
    """What was kept; nothing where there is no such file or it is not whole."""
    if file is None:
        return {}
    try:
        digest, _, body = file.read_bytes().partition(b"\n")
        if sha256(body).hexdigest().encode() != digest:
            return {}
        raw = json.loads(body)
        return {key: [_mutant(each) for each in several] for key, several in raw.items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return {}


def write(file: Path | None, kept: Mapping[str, Sequence[Mutant]]) -> None:
    """Keep results, whole or not at all; that they cannot be kept is no fault of the rules."""
    if file is None:
        return
    raw = {key: [_raw(each) for each in several] for key, several in kept.items()}
    body = json.dumps(raw, separators=(",", ":")).encode()
    with suppress(OSError):
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=file.parent, prefix=".changes-")
        try:
            with os.fdopen(handle, "wb") as out:
                out.write(sha256(body).hexdigest().encode() + b"\n" + body)
            Path(name).replace(file)
        except OSError:
            Path(name).unlink(missing_ok=True)


def _raw(mutant: Mutant) -> dict[str, object]:
    return {**asdict(mutant), "state": mutant.state.value}


def _mutant(raw: dict[str, object]) -> Mutant:
    told = dict(raw)
    told["state"] = State(told["state"])
    for name in ("rules", "diff"):
        value = told[name]
        assert isinstance(value, list)
        told[name] = tuple(value)
    return Mutant(**told)  # type: ignore[arg-type]
