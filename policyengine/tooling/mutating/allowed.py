"""The list of changes that may stay unnoticed, each with its reason: `unnoticed.yaml`.

- item: CTO-01
  before: applies from 2099-01-01
  after: from 2098-12-31
  because: the version before it is in force on that day
"""

from pathlib import Path

from policyengine.diagnostics import Diagnostic, Notebook
from policyengine.formats.strict_yaml import Sequence, load_yaml
from policyengine.formats.text_file import read_source
from policyengine.schema.reading import Reading

NAME = "unnoticed.yaml"
_KEYS = ("item", "before", "after", "because")


def beside(rules: list[str]) -> Path | None:
    """The list in the first folder of rules that holds one, or beside a rule file."""
    for path in map(Path, rules):
        place = (path if path.is_dir() else path.parent) / NAME
        if place.is_file():
            return place
    return None


def read_allowed(path: Path) -> tuple[dict[str, str], list[Diagnostic]]:
    """The reason for each change, by `Mutant.key`; every mistake is a message with its place."""
    source, faults = read_source(path)
    if source is None:
        return {}, faults
    root, faults = load_yaml(source)
    notes = Notebook(list(faults))
    if root is None or faults:
        return {}, notes.notes
    reading = Reading(notes)
    found: dict[str, str] = {}
    if not isinstance(root, Sequence):
        reading.fault("SCH012", root.span, "the list of unnoticed changes must be a list")
        return {}, notes.notes
    for node in root.items:
        body = reading.mapping(node, "an unnoticed change")
        if body is None:
            continue
        reading.only(body, _KEYS, "an unnoticed change")
        texts = [reading.words(body.get(key), f"`{key}`") for key in _KEYS]
        missing = [key for key, text in zip(_KEYS, texts, strict=True) if not text]
        if missing:
            reading.fault("SCH012", node.span, f"an unnoticed change must have `{missing[0]}`")
            continue
        item, before, after, because = texts
        found[f"{item} | {before} | {after}"] = str(because)
    return found, notes.notes
