"""From paths to a checked rule set: find the files, read, parse, settle."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path

from policyengine.diagnostics import Diagnostic, Notebook, Severity
from policyengine.plan.core import Plan
from policyengine.policy.kept_plans import PlanKey
from policyengine.policy.settle import SettingOverride, settle
from policyengine.schema import Schema, load_schema
from policyengine.shipped import shipped
from policyengine.source import SourceFile
from policyengine.syntax import find_rule_files, read_source
from policyengine.syntax.kept_trees import parse_kept
from policyengine.syntax.tree import PolicyFile


@dataclass(slots=True)
class Loaded:
    """A rule set as far as it could be loaded; `plan` is None where there are errors."""

    plan: Plan | None = None
    schema: Schema | None = None
    files: list[PolicyFile] = field(default_factory=list)
    sources: list[SourceFile] = field(default_factory=list)
    diagnostics: list[Diagnostic] = field(default_factory=list)


def schema_beside(paths: Sequence[str]) -> Path:
    """The schema of a rule set: `schema.yaml` beside the rules or above them, else the shipped."""
    for path in paths:
        start = Path(path).resolve()
        folder = start if start.is_dir() else start.parent
        for place in (folder, *folder.parents):
            if (place / "schema.yaml").is_file():
                return place / "schema.yaml"
    return shipped("rules") / "schema.yaml"


# What an item that could not be read would have named: a message that may only follow from it.
NAMED_ELSEWHERE = ("NAM001", "NAM002", "NAM003", "NAM009", "NAM010", "NAM011", "NAM014")
_WORD = re.compile(r"[\w-]+")


def unread_words(files: Sequence[PolicyFile]) -> frozenset[str]:
    """The words of what could not be read: all that stands in no item of the files."""
    words: set[str] = set()
    for file in files:
        assert isinstance(file.file, SourceFile)
        start = 0
        for item in sorted(file.items, key=lambda item: item.span.start):
            words.update(_WORD.findall(file.file.text[start : item.span.start]))
            start = item.span.end
        words.update(_WORD.findall(file.file.text[start:]))
    return frozenset(words)


def may_follow(note: Diagnostic, unread: frozenset[str]) -> bool:
    """Whether a fault may be no fault once the files' other mistakes are mended: a name that is
    not there, and that stands in what could not be read."""
    if note.code not in NAMED_ELSEWHERE or note.fix is not None:
        return False
    if note.code == "NAM014":
        return "policy" in unread
    return note.span is None or not unread.isdisjoint(_WORD.findall(note.span.text))


def load_plan(
    paths: Sequence[str],
    schema_path: Path | None = None,
    overrides: Mapping[str, SettingOverride] | None = None,
    targets: Mapping[str, Decimal] | None = None,
) -> Loaded:
    """As `load_rules`, for those who want the plan alone: of a rule set that was checked before,
    and of which there was nothing to say, `files` is empty."""
    wanted = list(paths) or [str(shipped("rules"))]
    names, faults = find_rule_files(wanted)
    sources: list[SourceFile] = []
    for name in names if "-" not in names else ():  # standard input is read once
        source, found = read_source(name)
        faults += found
        if source is not None:
            sources.append(source)
    if faults or not sources:
        return load_rules(paths, schema_path, overrides, targets)
    key = PlanKey(sources, schema_path or schema_beside(wanted), overrides or {}, targets or {})
    plan = key.recalled()
    if plan is not None:
        return Loaded(plan=plan, schema=plan.schema, sources=sources)
    loaded = load_rules(paths, schema_path, overrides, targets, sources)
    if loaded.plan is not None and not loaded.diagnostics:
        key.keep(loaded.plan)
    return loaded


def load_rules(
    paths: Sequence[str],
    schema_path: Path | None = None,
    overrides: Mapping[str, SettingOverride] | None = None,
    targets: Mapping[str, Decimal] | None = None,
    read: Sequence[SourceFile] | None = None,
) -> Loaded:
    """The rule files of these paths (none: the shipped rules), checked against a schema.

    `overrides` and `targets` (in percent, by rule) are a Trust's own, as `settle` takes them.
    `read` are the files, if they were read already, all of them and without a fault.
    """
    notes = Notebook()
    wanted = list(paths) or [str(shipped("rules"))]
    loaded = Loaded(sources=list(_read(wanted, notes) if read is None else read))
    loaded.schema, found = load_schema(schema_path or schema_beside(wanted))
    notes.extend(found)
    for source in loaded.sources:
        file, found = parse_kept(source)
        notes.extend(found)
        loaded.files.append(file)
    if loaded.schema is not None:
        plan, found = settle(loaded.files, loaded.schema, overrides, targets)
        if notes.has_errors:
            unread = unread_words(loaded.files)
            found = [note for note in found if not may_follow(note, unread)]
        notes.extend(found)
        if not any(note.severity is Severity.ERROR for note in notes.notes):
            loaded.plan = plan
    loaded.diagnostics = notes.notes
    return loaded


def _read(paths: Sequence[str], notes: Notebook) -> Iterator[SourceFile]:
    """The rule files of these paths, as far as they can be read."""
    names, found = find_rule_files(list(paths))
    notes.extend(found)
    for name in names:
        source, found = read_source(name)
        notes.extend(found)
        if source is not None:
            yield source
