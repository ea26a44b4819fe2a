"""Where an expression stands: the names in sight, the slots of its frame, what the set declares."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from policyengine.diagnostics import Diagnostic, Label, Notebook
from policyengine.plan.core import Const, Core, SettingPlan, Slot
from policyengine.policy import faults, misfits
from policyengine.policy.types import TRUTH, UNKNOWN, Sort, Type, record_of, type_of_field
from policyengine.schema.model import Field, Kind, Schema
from policyengine.source import Span
from policyengine.syntax.tree import Define, Expr, Name
from policyengine.values.moments import Zone

# Nodes in one expression, and through the definitions that it uses (S23): an evaluator that
# takes a few calls a node stays well within the interpreter's stack.
MOST_DEEP = 160


@dataclass(frozen=True, slots=True)
class Term:
    """A settled expression. A faulty one has the type UNKNOWN and a core that is never run."""

    core: Core
    type: Type


def unknown(span: Span) -> Term:
    """What stands in the place of a faulty expression."""
    return Term(Const(span=span, value=False), UNKNOWN)


class NeedsFirst(Exception):  # noqa: N818 - a detour, not an error: it never leaves this room
    """A definition is mentioned whose type is not settled yet."""

    def __init__(self, key: tuple[str, str]) -> None:
        super().__init__(key)
        self.key = key


@dataclass(frozen=True, slots=True)
class KnownSetting:
    """A setting: its values, their type, and where it stands."""

    plan: SettingPlan
    type: Type
    span: Span


@dataclass(slots=True)
class Vocabulary:
    """What the whole rule set declares. `defines` are all definitions; `types` those settled.

    `gathers` says where each gathered kind stands, `gathered_from` its kinds and their dates,
    `periods` which settings are the length of a period, and where.
    """

    schema: Schema
    zone: Zone
    settings: dict[str, KnownSetting] = field(default_factory=dict)
    defines: dict[tuple[str, str], Define] = field(default_factory=dict)
    types: dict[tuple[str, str], Type] = field(default_factory=dict)
    gathers: dict[str, Span] = field(default_factory=dict)
    gathered_from: dict[str, tuple[tuple[str, str], ...]] = field(default_factory=dict)
    periods: dict[str, Span] = field(default_factory=dict)

    def defined(self, kind: str, name: str) -> Type | None:
        """The type of a definition of a kind; None if there is no such definition.

        Raises NeedsFirst if there is, and its type is not settled yet.
        """
        key = (kind, name)
        if key not in self.defines:
            return None
        if key not in self.types:
            raise NeedsFirst(key)
        return self.types[key]

    def field(self, kind: str, name: str) -> Field | None:
        """A declared field of a kind."""
        known = self.schema.kinds.get(kind)
        return None if known is None else known.fields.get(name)

    def members(self, kind: str) -> dict[str, Type]:
        """Everything that a record of a kind has, by name: fields, definitions, `id`."""
        known = self.schema.kinds.get(kind)
        found = {} if known is None else {f.name: type_of_field(f) for f in known.fields.values()}
        for of, name in self.defines:
            if of == kind:
                found[name] = self.types.get((of, name), UNKNOWN)
        return {**found, "id": Type(Sort.REF, kind)}

    def kind(self, word: str, *, plural: bool = False) -> Kind | None:
        """The kind of a name, or, where a plural may stand, of a plural."""
        found = self.schema.kinds.get(word)
        if found is None and plural:
            found = self.schema.kind_of_plural(word)
        return found


Role = Literal["case", "kind", "alias", "let"]


@dataclass(frozen=True, slots=True)
class Binding:
    """A name in sight, the slot that holds it, and the place that made it."""

    name: str
    index: int
    type: Type
    role: Role
    span: Span | None

    def slot(self, span: Span) -> Slot:
        """What its slot holds, as it is named at this place."""
        return Slot(span=span, index=self.index, name=self.name)

    @property
    def meaning(self) -> str:
        """As a message lists it."""
        match self.role:
            case "case":
                return "the case"
            case "kind":
                return f"the record of kind `{self.name}`"
            case "alias":
                return f"the {self.type.of or 'record'} called `{self.name}`"
            case "let":
                return f"the value of `let {self.name}`"


@dataclass(slots=True)
class Frame:
    """Counts the slots of a rule or a definition; slot 0 is the case."""

    size: int = 1

    def new(self) -> int:
        """The next slot."""
        self.size += 1
        return self.size - 1


@dataclass(frozen=True, slots=True)
class Scope:
    """The names in sight. `record` is the record looked at, whose fields stand bare; `aliased`
    says what a kind is called here that has an alias; `later` are the lets that come later."""

    frame: Frame
    bindings: Mapping[str, Binding]
    record: Binding | None = None
    aliased: Mapping[str, str] = field(default_factory=dict)
    later: frozenset[str] = frozenset()

    def with_binding(self, binding: Binding) -> "Scope":
        """With one more name in sight."""
        aliased = self.aliased
        if binding.role == "alias" and binding.type.sort is Sort.RECORD and binding.type.of:
            aliased = {**aliased, binding.type.of: binding.name}
        return replace(self, bindings={**self.bindings, binding.name: binding}, aliased=aliased)

    def looking_at(self, record: Binding | None) -> "Scope":
        """With the fields of this record standing bare, and of no other."""
        return replace(self, record=record)

    def before(self, later: Iterable[str]) -> "Scope":
        """With these lets still to come: a name among them is told so."""
        return replace(self, later=frozenset(later))


def bare_scope() -> Scope:
    """A new frame, with only the case in sight."""
    return Scope(Frame(), {"case": Binding("case", 0, record_of("case"), "case", None)})


@dataclass(frozen=True, slots=True)
class Here:
    """Where an expression stands, and the pass that settles what stands in it."""

    words: Vocabulary
    notes: Notebook
    scope: Scope
    settle: Callable[[Expr, "Here", Type | None], Term]
    depth: int = 0

    def value(self, expr: Expr, wanted: Type | None = None) -> Term:
        """Settle an expression; `wanted` only guides suggestions."""
        if self.depth >= MOST_DEEP:
            self.note(misfits.too_deep(expr.span, MOST_DEEP))
            return unknown(expr.span)
        return self.settle(expr, replace(self, depth=self.depth + 1), wanted)

    def expect(self, wanted: Type, expr: Expr, why: Label) -> Term:
        """Settle an expression, and note a fault unless it fits. UNKNOWN is silent."""
        term = self.value(expr, wanted)
        if term.type.fits(wanted):
            return term
        self.note(misfits.wrong_type(expr.span, term.type, wanted, why))
        return unknown(expr.span)

    def condition(self, expr: Expr, why: Label) -> Core:
        """Settle a condition: something that is yes or no."""
        term = self.value(expr, TRUTH)
        if not term.type.fits(TRUTH):
            self.note(misfits.not_a_condition(expr.span, term.type, why))
        return term.core

    def note(self, diagnostic: Diagnostic) -> None:
        """Write a fault down, and go on."""
        self.notes.note(diagnostic)

    def within(self, scope: Scope) -> "Here":
        """The same place with other names in sight."""
        return replace(self, scope=scope)

    def with_name(self, name: Name, index: int, type_: Type, role: Role) -> "Here":
        """With one more name in sight; a name that is in sight already is a fault (NAM005)."""
        other = self.scope.bindings.get(name.text)
        if other is not None:
            self.note(faults.hides(name.span, name.text, other.meaning, other.span, role))
        binding = Binding(name.text, index, type_, role, name.span)
        return self.within(self.scope.with_binding(binding))
