"""Which fields a plan reads, and of which texts it counts the words: no more is loaded."""

from collections.abc import Iterable, Iterator
from dataclasses import fields, is_dataclass
from typing import Final

from policyengine.plan import core
from policyengine.plan.core import Plan
from policyengine.schema.model import FieldType

Place = tuple[str, str]  # kind, field
_UNREAD = ("span", "name_span")
WORDLESS: Final = (FieldType.DATE, FieldType.DATETIME, FieldType.YES_NO, FieldType.NUMBER)


def nodes(of: object) -> Iterator[object]:
    """Every node of the core below one, itself first."""
    if isinstance(of, tuple | list):
        for item in of:
            yield from nodes(item)
    elif is_dataclass(of):
        yield of
        for each in fields(of):
            if each.name not in _UNREAD:
                value = getattr(of, each.name)
                if is_dataclass(value) or isinstance(value, tuple | list):
                    yield from nodes(value)


class Reach:
    """What rules read, and what that reads in turn: kinds, and definitions by kind and name."""

    def __init__(self, plan: Plan, roots: Iterable[object]) -> None:
        self.plan = plan
        self.kinds: set[str] = {"case"}
        self.definitions: set[Place] = set()
        for root in roots:
            self._walk(root)

    def _walk(self, root: object) -> None:
        for node in nodes(root):
            match node:
                case core.Derived(kind=kind, name=name):
                    self._kind(kind)
                    if (kind, name) not in self.definitions:
                        self.definitions.add((kind, name))
                        self._walk(self.plan.definitions[kind, name].value)
                case core.Field(kind=kind) | core.Follow(kind=kind) | core.RecordSet(kind=kind):
                    self._kind(kind)
                case core.Subject(kind=kind) | core.Companion(kind=kind):
                    self._kind(kind)
                case _:
                    pass

    def _kind(self, name: str) -> None:
        if name in self.kinds:
            return
        self.kinds.add(name)
        gathering = self.plan.gatherings.get(name)
        if gathering is not None:
            for source in gathering.sources:
                self._kind(source.kind)
                self._walk(source.where)
            return
        for path in self.plan.schema.kinds[name].ended:
            of = name
            for step in path:
                target = self.plan.schema.kinds[of].fields[step].target
                if target in self.plan.schema.kinds:
                    of = target or of
                    self._kind(of)


class Needs:
    """The kinds and fields that are read, by kind; `worded` are the texts whose words count, and
    `plain` the fields of which more is asked than that. Of a kind that no rule reads, nothing is
    loaded."""

    def __init__(self, plan: Plan, rules: Iterable[core.Rule]) -> None:
        self.plan = plan
        roots: list[object] = list(rules)
        self.reach = Reach(plan, roots)
        self.kinds = self.reach.kinds
        owner = plan.schema.owner
        if owner is not None and owner.kind is not None:
            self.kinds.add(owner.kind)
        self.fields: dict[str, set[str]] = {kind: set() for kind in plan.schema.kinds}
        self.worded: set[Place] = set()
        self.plain: set[Place] = set()
        self.lets: dict[int, core.Core] = {}  # of the rule that is being read, by their slots
        self._marks()
        roots += [plan.definitions[place] for place in sorted(self.reach.definitions)]
        for root in roots:
            self._read(root)
        for name, gathering in plan.gatherings.items():
            if name in self.kinds:
                self._gathered(gathering)
        self._known_from()

    def _known_from(self) -> None:
        """The dates from which fields that are read were known."""
        for kind_name, read in self.fields.items():
            read.update(
                field.known_from
                for field in self.plan.schema.kinds[kind_name].fields.values()
                if field.known_from is not None and field.name in read
            )

    def _marks(self) -> None:
        """What the clocks, the ends, the order and the owners read, whatever the rules."""
        schema = self.plan.schema
        for name in self.kinds:
            kind = schema.kinds[name]
            mine = self.fields[name]
            mine.update(name for name in (kind.happened, kind.recorded, kind.ordered_by) if name)
            for path in kind.ended:
                self._path(kind.name, path)
        if schema.died is not None:
            self.fields["case"].add(schema.died)
        if schema.owner is not None:
            self.fields[schema.owner.kind or "case"].add(schema.owner.field)
            self.plain.add((schema.owner.kind or "case", schema.owner.field))

    def _path(self, kind: str, path: tuple[str, ...]) -> None:
        for name in path:
            field = self.plan.schema.kinds[kind].fields[name]
            self.fields[kind].add(name)
            if field.target in self.plan.schema.kinds:
                kind = field.target or kind

    def _read(self, root: object) -> None:
        lets = root.lets if isinstance(root, core.Rule) else ()
        self.lets = {let.slot: let.value for let in lets}
        by_words: set[int] = set()  # the fields of which a node above asks the words alone
        for node in nodes(root):
            by_words.update(map(id, _worded(node)))
            match node:
                case core.Field(kind=kind, name=name):
                    self.fields[kind].add(name)
                    if id(node) not in by_words:
                        self.plain.add((kind, name))
                case _:
                    self._words(*_worded(node))

    def _words(self, *texts: core.Core) -> None:
        for text in texts:
            for node in nodes(text):
                if isinstance(node, core.Field):
                    if self.plan.schema.kinds[node.kind].fields[node.name].type not in WORDLESS:
                        self.worded.add((node.kind, node.name))
                elif isinstance(node, core.Slot) and node.index in self.lets:
                    self._words(self.lets[node.index])
                elif isinstance(node, core.Derived):
                    self._words(self.plan.definitions[node.kind, node.name].value)

    def _gathered(self, gathering: core.Gathering) -> None:
        """What a gathered kind reads of its sources; its own fields have their names there."""
        own = list(gathering.kind.fields)
        for source in gathering.sources:
            kind = self.plan.schema.kinds[source.kind]
            names = list(kind.fields)
            mine = self.fields[source.kind]
            mine.add(source.field)
            for place, index in enumerate(source.shared, 2):
                if own[place] in self.fields[gathering.kind.name]:
                    mine.add(names[index])
                    for asked in (self.worded, self.plain):
                        if (gathering.kind.name, own[place]) in asked:
                            asked.add((source.kind, names[index]))
            self._read(source.where)


def _worded(node: object) -> tuple[core.Core, ...]:
    """The texts of which a node asks the words, and no more."""
    match node:
        case core.Mentions(text=text) | core.WordsIn(text=text):
            return (text,)
        case core.Repeats(text=text, other=other):
            return text, other
        case core.NewWords(text=text, since=since):
            return text, since
        case core.NewWordsSinceAny(text=text, value=value):
            return text, value
        case core.Similarity(left=left, right=right):
            return left, right
        case _:
            return ()
