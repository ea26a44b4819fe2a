"""What the server has in hand: which file belongs to which rule set, and what was last told."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from lsprotocol import types

from policyengine.diagnostics import Diagnostic
from policyengine.lsp.meanings import Meanings
from policyengine.lsp.messages import messages
from policyengine.lsp.rule_set import RuleSet
from policyengine.lsp.uris import uri_of
from policyengine.lsp.verdicts import Verdicts
from policyengine.syntax.files import SUFFIXES
from policyengine.tooling.lint import lint

MARKERS = ("schema.yaml", "trustpolicy.yaml")
"""The folder of one of these holds a rule set: the nearest one upwards from a file."""

Told = tuple[str, list[types.Diagnostic]]


@dataclass(slots=True, eq=False)
class Bench:
    """A rule set and everything that is kept about it."""

    rule_set: RuleSet
    verdicts: Verdicts = field(default_factory=Verdicts)
    meanings: Meanings = field(default_factory=Meanings)
    told: dict[str, list[types.Diagnostic]] = field(default_factory=dict)
    _lints: dict[str, list[Diagnostic]] = field(default_factory=dict)

    def news(self, edited: str | None = None) -> Iterator[Told]:
        """The addresses of the files about which there is something else to tell than before,
        and what. `edited`: the remarks on the other files are those of last time."""
        checked = self.rule_set.check()
        self._lint(edited)
        now = {
            uri_of(path): messages([*notes, *self._lints.get(path, ())])
            for path, notes in checked.notes.items()
        }
        for note in self.rule_set.schema_notes:
            uri = uri_of(note.span.file.name) if note.span else ""
            if uri:
                now[uri] = [*now.get(uri, ()), *messages([note])]
        for uri in self.told.keys() - now.keys():
            now[uri] = []
        for uri, several in now.items():
            if self.told.get(uri, []) != several:
                yield uri, several
        self.told = {uri: several for uri, several in now.items() if several}

    def notes(self, path: str) -> list[Diagnostic]:
        """The mistakes of a file, and the remarks on it."""
        return [*self.rule_set.check().notes.get(path, ()), *self._lints.get(path, ())]

    def _lint(self, edited: str | None) -> None:
        """Remarks: on the file that was edited at once, on all the others when there is time. A
        rule set with mistakes earns none."""
        checked = self.rule_set.check()
        if checked.plan is None:
            self._lints = {}
            return
        doc = None if edited is None else checked.documents.get(edited)
        files = checked.files if doc is None or doc.tree is None else [doc.tree]
        if doc is None:
            self._lints = {}
        elif edited is not None:
            self._lints[edited] = []
        for note in lint(checked.plan, files):
            if note.span is not None:
                self._lints.setdefault(note.span.file.name, []).append(note)


@dataclass(slots=True)
class Desk:
    """The rule sets of an editor's window. `rules` and `schema` are what the server was started
    with, or what the editor's settings name: then that is the one rule set."""

    open_text: Callable[[str], str | None]
    rules: list[str] = field(default_factory=list)
    schema: Path | None = None
    folders: list[str] = field(default_factory=list)
    benches: dict[tuple[str, ...], Bench] = field(default_factory=dict)
    _of: dict[str, Bench] = field(default_factory=dict)
    _none: Bench = field(init=False)

    def __post_init__(self) -> None:
        self._none = Bench(RuleSet([], self.open_text, self.schema))

    def takes(self, path: str) -> bool:
        """Whether a file is one of rules: an editor may tell of others too."""
        return not Path(path).is_absolute() or path.endswith(SUFFIXES)

    def bench(self, path: str) -> Bench:
        """The bench of a file's rule set, made when it is first needed."""
        if not self.takes(path):
            return self._none
        found = self._of.get(path)
        if found is None:
            found = self._of[path] = self._bench(path)
            rule_set = found.rule_set
            if rule_set.checked is None or path not in rule_set.checked.documents:
                rule_set.opened.add(path)
                rule_set.stale()
        return found

    def moved(self, folders: Sequence[str]) -> None:
        """Other folders are open: which rule set a file belongs to is asked again."""
        self.folders = list(folders)
        self._of.clear()
        self.benches.clear()

    def closed(self, path: str) -> None:
        """A file was closed: it counts as it lies on disk."""
        bench = self._of.pop(path, None)
        if bench is not None:
            bench.rule_set.opened.discard(path)
            bench.rule_set.stale()

    def _bench(self, path: str) -> Bench:
        roots = tuple(self.rules) or (self._root(path),)
        if roots not in self.benches:
            rule_set = RuleSet([root for root in roots if root], self.open_text, self.schema)
            self.benches[roots] = Bench(rule_set)
        return self.benches[roots]

    def _root(self, path: str) -> str:
        """The folder of a file's rule set; empty for a text that has no place on disk."""
        file = Path(path)
        if not file.is_absolute():
            return ""
        folder = next((f for f in self.folders if file.is_relative_to(f)), None)
        for place in file.parents:
            if any((place / marker).is_file() for marker in MARKERS):
                return str(place)
            if folder is not None and str(place) == folder:
                break
        return folder or str(file.parent)
