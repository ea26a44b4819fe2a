"""A rule set kept checked: only what was edited, and what depends on it, is looked at again."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from policyengine.diagnostics import Diagnostic, Severity
from policyengine.lsp.guard import tell
from policyengine.lsp.names import Occurrence, occurrences
from policyengine.lsp.salvage import salvaged
from policyengine.plan.core import Plan, Rule
from policyengine.policy.context import Vocabulary
from policyengine.policy.load import may_follow, schema_beside, unread_words
from policyengine.policy.memory import Memory
from policyengine.policy.settle import Settled, settle_set
from policyengine.schema import Schema, load_schema
from policyengine.source import SourceFile
from policyengine.syntax import find_rule_files, parse_file, read_source, source_of_text
from policyengine.syntax.kept_trees import parse_kept
from policyengine.syntax.tree import PolicyFile

MOST_FILES = 2000
"""A folder with more rule files is none of one rule set: the rest are not looked at."""


@dataclass(slots=True)
class Document:
    """A file as it was last read: `source` and `tree` are None where it is no readable text."""

    path: str
    text: str | None
    source: SourceFile | None
    tree: PolicyFile | None
    notes: list[Diagnostic]
    stamp: tuple[int, int] | None = None
    _whole: PolicyFile | None = None

    @property
    def as_far_as_read(self) -> PolicyFile | None:
        """The tree, the sound clauses of broken rules among it."""
        if self._whole is None and self.tree is not None and self.source is not None:
            broken = any(note.severity is Severity.ERROR for note in self.notes)
            self._whole = salvaged(self.source, self.tree, self.notes) if broken else self.tree
        return self._whole


@dataclass(frozen=True, slots=True)
class Checked:
    """What checking found: `plan` is None where there are errors; `words` is what the set
    declares; `rules` those that could be settled. `notes` are messages by the file's path.

    `generation` is another number whenever what the set declares may have changed.
    """

    schema: Schema | None
    plan: Plan | None
    words: Vocabulary | None
    rules: Mapping[str, Sequence[Rule]]
    documents: Mapping[str, Document]
    notes: Mapping[str, list[Diagnostic]]
    generation: int

    @property
    def files(self) -> list[PolicyFile]:
        """The trees, in the order of the files."""
        return [doc.tree for doc in self.documents.values() if doc.tree is not None]


@dataclass(slots=True)
class RuleSet:
    """The rule files below some folders, as the editor has them: what is open counts as it
    stands in the editor, everything else as it lies on disk."""

    roots: list[str]
    open_text: Callable[[str], str | None]
    schema_path: Path | None = None
    checked: Checked | None = None
    sound: Checked | None = None  # the last that had no mistakes
    opened: set[str] = field(default_factory=set)  # what is open, and lies in none of the folders
    _documents: dict[str, Document] = field(default_factory=dict)
    _memory: Memory = field(default_factory=Memory)
    _schema: Schema | None = None
    schema_notes: list[Diagnostic] = field(default_factory=list)
    _names: dict[str, tuple[PolicyFile, int, list[Occurrence]]] = field(default_factory=dict)
    _paths: list[str] | None = None
    _generation: int = 0

    def stale(self) -> None:
        """Something changed on disk: files, or the schema, are to be looked for again."""
        self._paths = None
        self.checked = None

    def edited(self) -> None:
        """An open file changed."""
        self.checked = None

    def check(self) -> Checked:
        """What the set says now."""
        if self.checked is None:
            self.checked = self._check()
            if self.checked.plan is not None:
                self.sound = self.checked
        return self.checked

    def names(self, path: str) -> list[Occurrence]:
        """What each name of a file means."""
        checked = self.check()
        doc = checked.documents.get(path)
        tree = None if doc is None else doc.as_far_as_read
        if tree is None or checked.words is None:
            return []
        kept = self._names.get(path)
        if kept is None or kept[0] is not tree or kept[1] != checked.generation:
            kept = self._names[path] = tree, checked.generation, occurrences(tree, checked.words)
        return kept[2]

    def all_names(self) -> list[Occurrence]:
        """What each name of the set's files means."""
        return [each for path in self.check().documents for each in self.names(path)]

    # --- reading --------------------------------------------------------------------------------

    def _check(self) -> Checked:
        reread = self._paths is None
        if self._paths is None:
            found = find_rule_files(self.roots)[0][:MOST_FILES]
            self._paths = [*found, *sorted(self.opened.difference(found))]
            self._read_schema()
        documents: dict[str, Document] = {}
        for path in self._paths:
            documents[path] = self._document(path, reread=reread)
        self._names = {path: kept for path, kept in self._names.items() if path in documents}
        self._documents = documents
        notes = {path: list(doc.notes) for path, doc in documents.items()}
        trees = [doc.tree for doc in documents.values() if doc.tree is not None]
        if self._schema is None:
            self._generation += 1
            return Checked(None, None, None, {}, documents, notes, self._generation)
        broken = any(n.severity is Severity.ERROR for several in notes.values() for n in several)
        settled = self._settled(trees)
        if settled is None:
            words = None if self.sound is None else self.sound.words
            self._generation += 1
            return Checked(self._schema, None, words, {}, documents, notes, self._generation)
        if self._memory.changed is None or self._memory.changed:
            self._generation += 1
        unread = unread_words(trees) if broken else frozenset()
        for note in settled.diagnostics:
            if note.span is not None and not (broken and may_follow(note, unread)):
                notes[note.span.file.name].append(note)
        return Checked(
            self._schema,
            None if broken else settled.plan,
            settled.words,
            settled.rules,
            documents,
            notes,
            self._generation,
        )

    def _settled(self, trees: list[PolicyFile]) -> Settled | None:
        """None where a bug of ours stands in the way: then there are the parser's messages."""
        assert self._schema is not None
        try:
            return settle_set(trees, self._schema, memory=self._memory, digest=False)
        except Exception as error:  # noqa: BLE001 - the server stays up whatever was typed
            tell(error)
            self._memory = Memory()
            return None

    def _read_schema(self) -> None:
        path = self.schema_path or schema_beside(self.roots or ["."])
        schema, self.schema_notes = load_schema(path)
        if schema != self._schema:
            self._schema, self._memory = schema, Memory()
            self._generation += 1

    def _document(self, path: str, *, reread: bool) -> Document:
        """The file, parsed again only if its text is another."""
        kept, text = self._documents.get(path), self.open_text(path)
        if text is not None:
            if kept is not None and (kept.text == text or _reads(kept, text)):
                kept.text = text
                return kept
            return _parsed(path, text, *source_of_text(path, text))
        if kept is not None and kept.text is None and not reread:
            return kept
        stamp = _stamp(path)
        if kept is not None and kept.text is None and kept.stamp == stamp is not None:
            return kept
        made = _parsed(path, None, *read_source(path))
        made.stamp = stamp
        if kept is not None and _same_text(kept, made):
            kept.text, kept.stamp = None, stamp  # closed as it was saved
            return kept
        return made


def _parsed(
    path: str, text: str | None, source: SourceFile | None, faults: list[Diagnostic]
) -> Document:
    if source is None:
        return Document(path, text, None, None, faults)
    # What is being typed is not kept for another run: each key would leave a file.
    tree, notes = parse_kept(source) if text is None else parse_file(source)
    return Document(path, text, source, tree, [*faults, *notes])


def _reads(kept: Document, text: str) -> bool:
    """Whether a text is that of a file as it was read."""
    return kept.source is not None and kept.source.shown == text.replace("\r\n", " \n")


def _same_text(one: Document, other: Document) -> bool:
    return (
        one.source is not None
        and other.source is not None
        and one.source.shown == other.source.shown
    )


def _stamp(path: str) -> tuple[int, int] | None:
    try:
        found = Path(path).stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size
