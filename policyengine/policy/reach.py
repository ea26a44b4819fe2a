"""What an expression reaches: the fields it is made from, the settings it can touch (S14, S20)."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from policyengine.plan import core
from policyengine.plan.core import Core, Definition, Gathering, Let
from policyengine.policy.tree_walk import walk
from policyengine.schema.model import Kind, Sensitivity

Mention = tuple[str, str]  # kind, field


@dataclass(slots=True)
class Reach:
    """Follows definitions, gathers and lets to what they are made from; remembers definitions."""

    definitions: Mapping[tuple[str, str], Definition]
    gatherings: Mapping[str, Gathering]
    kinds: Mapping[str, Kind]
    _mentions: dict[tuple[str, str], frozenset[Mention]] = field(default_factory=dict)
    _settings: dict[object, tuple[str, ...]] = field(default_factory=dict)

    def mentions(self, node: Core, lets: Sequence[Let] = ()) -> frozenset[Mention]:
        """Every field that an expression mentions, through definitions and lets too."""
        found: set[Mention] = set()
        by_slot = {let.slot: let for let in lets}
        seen: set[int] = set()
        waiting: list[object] = [node]
        while waiting:
            for inner in walk(waiting.pop()):
                match inner:
                    case core.Field(kind=kind, name=name):
                        found.add((kind, name))
                    case core.Derived(kind=kind, name=name):
                        found |= {(kind, name)} | self._of_definition((kind, name))
                    case core.Slot(index=index) if index in by_slot and index not in seen:
                        seen.add(index)
                        waiting.append(by_slot[index].value)
                    case _:
                        pass
        return frozenset(found)

    def _of_definition(self, key: tuple[str, str]) -> frozenset[Mention]:
        if key not in self._mentions:
            for inner in _after_what_they_use(key, self.definitions):
                if inner not in self._mentions:
                    self._mentions[inner] = frozenset()
                    self._mentions[inner] = self.mentions(self.definitions[inner].value)
        return self._mentions.get(key, frozenset())

    def settings(self, nodes: Iterable[object]) -> tuple[str, ...]:
        """The settings that these can touch, in order of first mention."""
        found: dict[str, None] = {}
        done: set[object] = set()
        waiting: list[object] = list(nodes)[::-1]
        while waiting:
            top = waiting.pop()
            if isinstance(top, str):
                found[top] = None
                continue
            names: list[object] = []
            for inner in walk(top):
                names.extend(self._touched(inner, done))
            waiting.extend(reversed(names))
        return tuple(found)

    def _touched(self, node: object, done: set[object]) -> Iterator[object]:
        """The names of settings, and what is to be walked next, each once."""
        match node:
            case core.SettingValue(name=name):
                yield name
            case core.InList(setting=str(name)):
                yield name
            case core.Derived(kind=kind, name=name) if (kind, name) not in done:
                done.add((kind, name))
                if (kind, name) in self.definitions:
                    yield self.definitions[kind, name].value
            case core.RecordSet(kind=kind) | core.Subject(kind=kind) | core.Companion(kind=kind):
                if kind in self.gatherings and kind not in done:
                    done.add(kind)
                    for source in self.gatherings[kind].sources:
                        if source.where is not None:
                            yield source.where
            case _:
                pass

    def sensitive(self, node: Core, lets: Sequence[Let]) -> tuple[str, Sensitivity] | None:
        """A sensitive field that a value is made from, as `kind.field`; None if there is none.

        The condition that chose a picked record does not count where a field of it is named.
        """
        picks = tuple(
            Let(name=let.name, slot=let.slot, value=core.Const(span=let.value.span, value=False))
            if isinstance(let.value, core.Pick)
            else let
            for let in lets
        )
        for inner in walk(node):
            if isinstance(inner, core.IdOf) and _is_case(inner.record):
                return "case.id", Sensitivity.IDENTIFIER
        for kind, name in sorted(self.mentions(node, picks)):
            known = self.kinds.get(kind)
            declared = None if known is None else known.fields.get(name)
            if declared is not None and declared.sensitive is not None:
                return f"{kind}.{name}", declared.sensitive
        return None


def _is_case(record: Core) -> bool:
    return isinstance(record, core.Slot) and record.index == 0


def _after_what_they_use(
    start: tuple[str, str], definitions: Mapping[tuple[str, str], Definition]
) -> Iterator[tuple[str, str]]:
    """A definition, after those that it uses. (No recursion: chains can be long.)"""
    done: set[tuple[str, str]] = set()
    open_: set[tuple[str, str]] = set()
    stack = [start]
    while stack:
        key = stack[-1]
        if key in done or key not in definitions:
            stack.pop()
            continue
        if key in open_:
            stack.pop()
            done.add(key)
            yield key
            continue
        open_.add(key)
        stack.extend(
            (inner.kind, inner.name)
            for inner in walk(definitions[key].value)
            if isinstance(inner, core.Derived) and (inner.kind, inner.name) not in open_
        )


def path_from(subject: int, node: Core, lets: Mapping[int, Let]) -> tuple[str, ...] | None:
    """The names of fields that lead from the subject to a value: `("order", "ended_on")`.

    A `let` that only gives such a path a name is seen through. None if there is no such path.
    """
    steps: list[str] = []
    while True:
        match node:
            case core.Field(record=record, name=name) | core.Derived(record=record, name=name):
                steps.append(name)
                node = record
            case core.Follow(ref=ref):
                node = ref
            case core.Slot(index=index) if index == subject:
                return tuple(reversed(steps)) if steps else None
            case core.Slot(index=index) if index in lets:
                node = lets[index].value
            case _:
                return None
