"""Which packs a run has: the base, and the overlays upon it in their order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import policyengine
from policyengine.diagnostics import Diagnostic, Label, Notebook
from policyengine.formats import Mapping, load_yaml, read_source
from policyengine.policy.packs.from_yaml import read_pack
from policyengine.policy.packs.model import NAME, Pack
from policyengine.shipped import shipped
from policyengine.source import SourceFile, Span
from policyengine.syntax import find_rule_files

SHIPPED = "shipped"
MOST_PACKS = 16


@dataclass(slots=True)
class Packs:
    """What was found: the paths of the base, its own `pack.yaml` if it has one, the overlays from
    the lowest up, and what was wrong."""

    base: list[str]
    own: Pack | None = None
    overlays: list[Pack] = field(default_factory=list)
    diagnostics: list[Diagnostic] = field(default_factory=list)

    @property
    def name(self) -> str:
        """What the base is called: as it says, or after its first folder."""
        if self.own is not None:
            return self.own.name
        first = Path(self.base[0]).resolve() if self.base else Path()
        return SHIPPED if first == shipped("rules").resolve() else first.name

    @property
    def version(self) -> str:
        """Which version it says that it is; of the shipped rules, the package's own."""
        if self.own is not None:
            return self.own.version
        return policyengine.__version__ if self.name == SHIPPED else ""


def is_pack(path: str | Path) -> bool:
    """Whether it is a folder with a `pack.yaml`."""
    return (Path(path) / NAME).is_file()


def is_overlay(folder: Path) -> bool:
    """Whether its `pack.yaml` says `extends`, or cannot be read: no part of a base further up."""
    if not is_pack(folder):
        return False
    source, _ = read_source(folder / NAME)
    root = None if source is None else load_yaml(source)[0]
    return not isinstance(root, Mapping) or root.get("extends") is not None


def find_packs(paths: Sequence[str], overlays: Sequence[str] = ()) -> Packs:
    """The packs of a command line: RULES, and the folders of --overlay or of a configuration.

    The base is what is named beside the overlays; where nothing is, what they extend; without
    overlays and paths, the shipped rules. Notes PAK001 to PAK003 and PAK005 of each `pack.yaml`.
    """
    finding = _Finding()
    bases: list[str] = []
    for path in paths:
        if not is_pack(path):
            bases.append(path)
            continue
        pack = finding.pack(Path(path))
        if pack is not None and pack.extends is None:
            bases.append(path)
            finding.own = finding.own or pack
        elif pack is not None:
            finding.climb(pack, ())
    for path in overlays:
        finding.overlay(path)
    found = Packs(bases or finding.bases, finding.own, finding.overlays, finding.notes.notes)
    if not bases and len(finding.bases) > 1:
        finding.two_bases()
    if not found.base and not finding.notes.notes:
        found.base = [str(shipped("rules"))]
    if found.own is None and found.base and is_pack(found.base[0]):
        found.own = finding.pack(Path(found.base[0]))
    return found


def own_rule_files(paths: Sequence[str], packs: Sequence[Pack] = ()) -> list[str]:
    """The rule files of these paths that belong to no overlay further down (nor to one of
    `packs`)."""
    names, _ = find_rule_files(list(paths))
    roots = {Path(path).resolve() for path in paths}
    inner = {pack.folder.resolve() for pack in packs} - roots
    return [name for name in names if name == "-" or not _is_inside(name, roots, inner)]


def _is_inside(name: str, roots: set[Path], inner: set[Path]) -> bool:
    file = Path(name).resolve()
    for folder in file.parents:
        if file in roots or folder in roots:
            return False
        if folder in inner or is_overlay(folder):
            return any(root in folder.parents for root in roots)
    return False


class _Finding:
    def __init__(self) -> None:
        self.notes = Notebook()
        self.own: Pack | None = None
        self.overlays: list[Pack] = []
        self.bases: list[str] = []
        self.asked: list[Pack] = []  # by whom the bases were asked for
        self.read: dict[Path, Pack | None] = {}

    def pack(self, folder: Path) -> Pack | None:
        """The pack of a folder, read once."""
        where = folder.resolve()
        if where not in self.read:
            self.read[where], found = read_pack(folder)
            self.notes.extend(found)
        return self.read[where]

    def overlay(self, path: str) -> None:
        """A folder that is to be an overlay."""
        folder = Path(path)
        if not is_pack(folder):
            what = f"it has no {NAME}" if folder.is_dir() else "there is no such folder"
            message = f"`{path}` is no overlay: {what}"
            self._fault(None, message, "an overlay is a folder whose pack.yaml says `extends`")
            return
        pack = self.pack(folder)
        if pack is not None and pack.extends is None:
            message = f"`{path}` is no overlay: it extends nothing"
            self._fault(Span(pack.source, 0, 0), message, "add `extends: FOLDER`, or `shipped`")
        elif pack is not None:
            self.climb(pack, ())

    def climb(self, pack: Pack, trail: tuple[Path, ...]) -> None:
        """An overlay, after all that it stands on."""
        here = pack.folder.resolve()
        assert pack.extends is not None
        if any(each.folder.resolve() == here for each in self.overlays):
            return
        if here in trail or len(trail) >= MOST_PACKS:
            message = f"the pack `{pack.name}` extends itself, by way of what it extends"
            self._fault(pack.extends_span, message, "a base knows nothing of its overlays")
            return
        below = shipped("rules") if pack.extends == SHIPPED else pack.folder / pack.extends
        if not below.is_dir():
            message = f"there is no folder `{pack.extends}` to extend"
            self._fault(pack.extends_span, message, "it is looked for beside this file's folder")
            return
        if is_pack(below):
            base = self.pack(below)
            if base is None:
                return
            if base.extends is not None:
                self.climb(base, (*trail, here))
                self.overlays.append(pack)
                return
        if all(Path(each).resolve() != below.resolve() for each in self.bases):
            self.bases.append(_shown(below))
            self.asked.append(pack)
        self.overlays.append(pack)

    def two_bases(self) -> None:
        """Overlays that stand on different ground, with nothing to say which is meant."""
        first, other = self.asked[:2]
        label = Label(_place(first), f"`{first.name}` extends {first.extends}")
        message = f"`{other.name}` extends another base than `{first.name}` does"
        hint = "name the base before them: `trustpolicy check BASE --overlay ...`"
        self._fault(_place(other), message, hint, (label,))

    def _fault(
        self, span: Span | None, message: str, hint: str, labels: tuple[Label, ...] = ()
    ) -> None:
        note = Diagnostic(code="PAK002", message=message, span=span, hints=(hint,), labels=labels)
        self.notes.note(note)


def _place(pack: Pack) -> Span:
    source: SourceFile = pack.source
    return pack.extends_span or Span(source, 0, 0)


def _shown(folder: Path) -> str:
    """A path without the `..` of an `extends`, as short as it can be told from here."""
    full = folder.resolve()
    try:
        return str(full.relative_to(Path.cwd()))
    except ValueError:
        return str(full)
