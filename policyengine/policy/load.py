"""From paths to a checked rule set: find the files, read, parse, settle.

What parses and settles is imported where that is done: a plan that is remembered needs none of it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

from policyengine.diagnostics import Diagnostic, Notebook, Severity
from policyengine.formats import Mapping as Body
from policyengine.plan.core import Plan
from policyengine.policy.kept_plans import PlanKey
from policyengine.policy.overrides import SettingOverride
from policyengine.policy.packs.model import NAME, Stack
from policyengine.policy.packs.stack import Packs, find_packs, own_rule_files
from policyengine.schema import Schema, load_schema
from policyengine.shipped import shipped
from policyengine.source import SourceFile
from policyengine.syntax import find_rule_files, read_source

if TYPE_CHECKING:
    from policyengine.syntax.tree import PolicyFile


@dataclass(slots=True)
class Loaded:
    """A rule set as far as it could be loaded; `plan` is None where there are errors. `stack`
    are the packs that it was made of, where there are overlays."""

    plan: Plan | None = None
    schema: Schema | None = None
    files: list[PolicyFile] = field(default_factory=list)
    sources: list[SourceFile] = field(default_factory=list)
    diagnostics: list[Diagnostic] = field(default_factory=list)
    stack: Stack | None = None


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
    overlays: Sequence[str] = (),
) -> Loaded:
    """As `load_rules`, for those who want the plan alone: of a rule set that was checked before,
    and of which there was nothing to say, `files` is empty."""
    packs = find_packs(paths, overlays)
    if packs.overlays or packs.diagnostics:
        return _load_packs(packs, schema_path, overrides or {}, targets or {})
    wanted = packs.base
    names, faults = _found(wanted)
    sources: list[SourceFile] = []
    for name in names if "-" not in names else ():  # standard input is read once
        source, found = read_source(name)
        faults += found
        if source is not None:
            sources.append(source)
    if faults or not sources:
        return load_rules(wanted, schema_path, overrides, targets)
    key = PlanKey(sources, schema_path or schema_beside(wanted), overrides or {}, targets or {})
    plan = key.recalled()
    if plan is not None:
        return Loaded(plan=plan, schema=plan.schema, sources=sources)
    loaded = load_rules(wanted, schema_path, overrides, targets, sources)
    if loaded.plan is not None and not loaded.diagnostics:
        key.keep(loaded.plan)
    return loaded


def load_rules(
    paths: Sequence[str],
    schema_path: Path | None = None,
    overrides: Mapping[str, SettingOverride] | None = None,
    targets: Mapping[str, Decimal] | None = None,
    read: Sequence[SourceFile] | None = None,
    overlays: Sequence[str] = (),
) -> Loaded:
    """The rule files of these paths (none: the shipped rules), checked against a schema. A folder
    with a `pack.yaml` that says `extends` is an overlay, as are `overlays`.

    `overrides` and `targets` (in percent, by rule) are a Trust's own, as `settle` takes them.
    `read` are the files, if they were read already, all of them and without a fault.
    """
    from policyengine.policy.settle import settle
    from policyengine.syntax.kept_trees import parse_kept

    notes = Notebook()
    wanted = list(paths) or [str(shipped("rules"))]
    if read is None:
        packs = find_packs(paths, overlays)
        if packs.overlays or packs.diagnostics:
            return _load_packs(packs, schema_path, overrides or {}, targets or {})
        wanted = packs.base
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


def schema_of_packs(
    paths: Sequence[str], schema_path: Path | None = None, overlays: Sequence[str] = ()
) -> tuple[Schema | None, list[Diagnostic]]:
    """The schema of a rule set alone, with what its overlays add."""
    packs = find_packs(paths, overlays)
    if packs.diagnostics:
        return None, packs.diagnostics
    return load_schema(schema_path or schema_beside(packs.base), _additions(packs))


def files_of_packs(
    paths: Sequence[str], overlays: Sequence[str] = ()
) -> tuple[list[Path], list[str]]:
    """Every file that a rule set is made of, each `pack.yaml` among them; and the paths of the
    base, beside which the schema stands."""
    packs = find_packs(paths, overlays)
    names = own_rule_files(packs.base, packs.overlays)
    if packs.own is not None and packs.overlays:
        names.append(str(packs.own.folder / NAME))
    for pack in packs.overlays:
        names += [str(pack.folder / NAME), *own_rule_files([str(pack.folder)], packs.overlays)]
    return [Path(name) for name in names if name != "-"], packs.base


def _additions(packs: Packs) -> list[Body]:
    return [pack.schema for pack in packs.overlays if pack.schema is not None]


def _load_packs(
    packs: Packs,
    schema_path: Path | None,
    overrides: Mapping[str, SettingOverride],
    targets: Mapping[str, Decimal],
) -> Loaded:
    """As `load_rules`, of a base and its overlays. What is wrong with the packs themselves stands
    alone: what would follow from it is silent."""
    from policyengine.policy.packs.applying import check_stack, files_of
    from policyengine.policy.packs.layers import with_layers
    from policyengine.policy.settle import settle
    from policyengine.syntax.kept_trees import parse_kept

    notes = Notebook(list(packs.diagnostics))
    if notes.has_errors:
        return Loaded(diagnostics=notes.notes)
    stack = Stack(packs.base, packs.name, packs.version, packs.overlays, [])
    loaded = Loaded(stack=stack)
    schema = schema_path or schema_beside(packs.base)
    loaded.schema, found = load_schema(schema, _additions(packs))
    notes.extend(found)
    stack.declared = _declared(schema) if _additions(packs) else frozenset()
    for number, paths in enumerate([packs.base, *([str(p.folder)] for p in packs.overlays)]):
        names = own_rule_files(paths, packs.overlays)
        if number == 0:  # an overlay may change settings alone
            notes.extend(find_rule_files(paths)[1])
        sources = list(_read_files(names, notes))
        loaded.sources += sources
        parsed = [parse_kept(source) for source in sources]
        stack.files.append([file for file, _ in parsed])
        for _, found in parsed:
            notes.extend(found)
    if not notes.has_errors:
        check_stack(stack, notes)
    loaded.files = files_of(stack)
    if loaded.schema is not None and not notes.has_errors:
        plan, found = settle(loaded.files, loaded.schema, {**stack.settings, **overrides}, targets)
        notes.extend(found)
        if plan is not None and not notes.has_errors:
            loaded.plan = with_layers(plan, stack, overrides, targets)
    loaded.diagnostics = notes.notes
    return loaded


def _declared(path: Path) -> frozenset[str]:
    """The kinds and code lists of a schema by itself."""
    schema, _ = load_schema(path)
    if schema is None:
        return frozenset()
    names = [f"kinds {name}" for name in schema.kinds]
    return frozenset([*names, *(f"codes {name}" for name in schema.codes)])


def untightened(loaded: Loaded) -> tuple[Plan | None, Plan | None]:
    """The rule set of a stack with its tightened rules as the base has them, by the settings of
    the base; and as the overlays have both. Neither knows a Trust's configuration."""
    from policyengine.policy.packs.applying import files_of
    from policyengine.policy.settle import settle

    assert loaded.stack is not None
    assert loaded.schema is not None
    base, _ = settle(files_of(loaded.stack, tightened=False), loaded.schema)
    upper, _ = settle(loaded.files, loaded.schema, loaded.stack.settings)
    return base, upper


def _found(paths: Sequence[str]) -> tuple[list[str], list[Diagnostic]]:
    """The rule files of these paths, without those of packs that lie further down."""
    names, (every, faults) = own_rule_files(paths), find_rule_files(list(paths))
    if every and not names:
        message = f"`{paths[0]}` holds no rules but those of overlays"
        hints = ("name the overlay's own folder: it says what it extends",)
        faults = [*faults, Diagnostic(code="FIL002", message=message, hints=hints)]
    return names, faults


def _read(paths: Sequence[str], notes: Notebook) -> Iterator[SourceFile]:
    """The rule files of these paths, as far as they can be read."""
    names, found = _found(paths)
    notes.extend(found)
    yield from _read_files(names, notes)


def _read_files(names: Sequence[str], notes: Notebook) -> Iterator[SourceFile]:
    for name in names:
        source, found = read_source(name)
        notes.extend(found)
        if source is not None:
            yield source
