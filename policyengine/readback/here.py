"""Where an expression stands: which records are in sight there, and what each is called."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from policyengine.plan import core
from policyengine.policy.tree_walk import walk
from policyengine.readback.names import IT, Names, Owner
from policyengine.readback.words import a, quoted
from policyengine.values.moments import Zone


@dataclass(frozen=True, slots=True, kw_only=True)
class Here:
    """The names in sight. `it` is the slot of the record that is looked at, which is spoken of as
    `it`; `lets` holds the `let` behind each of their slots; `kinds` the kind in each record's slot;
    `own` the kinds of the records that the rule is about, which a set of their kind holds too."""

    plan: core.Plan
    names: Names
    zone: Zone
    slots: Mapping[int, Owner]
    kinds: Mapping[int, str]
    lets: Mapping[int, core.Let]
    it: int | None = None
    own: frozenset[str] = frozenset()
    full: frozenset[str] = frozenset()  # kinds that are called by their whole label

    def looking_at(self, slot: int) -> Here:
        """The same with a record of its slots looked at."""
        return replace(self, it=slot)

    def inside(self, records: core.RecordSet, owner: Owner | None = None) -> Here:
        """Inside a set, where each of its records is looked at in turn. `owner`: what they are
        called instead of `it`."""
        slots = {**self.slots, records.slot: owner or self._member(records.kind)}
        kinds = {**self.kinds, records.slot: records.kind}
        it = records.slot if owner is None else self.it
        return replace(self, slots=slots, kinds=kinds, it=it)

    def _member(self, kind: str) -> Owner:
        """What a record of a set is called where another set stands inside it."""
        taken = {owner.phrase for owner in self.slots.values()}
        phrase = f"that {self.noun(kind)}"
        number = 2
        while phrase in taken:
            phrase = f"that {self.noun(kind)} ({number})"
            number += 1
        return Owner(phrase)

    def noun(self, kind: str) -> str:
        """A record of a kind, once the kind was named: shortened, where no other is called so."""
        return self.names.kind(kind) if kind in self.full else self.names.head(kind)

    def owner(self, record: core.Core) -> Owner:
        """How a record is spoken of here."""
        match record:
            case core.Slot(index=index) if index == self.it:
                return IT
            case core.Slot(index=index) if index in self.slots:
                return self.slots[index]
            case core.Slot(index=index, name=name):
                kind = self.kinds.get(index)
                label = quoted(name.replace("_", " "))
                return Owner(f"the {self.noun(kind)} {label}" if kind else label)
            case core.Follow(ref=core.Field() as ref, kind=kind):
                return Owner(self._followed(ref, kind))
            case core.Follow(ref=ref, kind=kind):
                from policyengine.readback.values import value

                return Owner(f"the {self.noun(kind)} that is {value(ref, self)}")
            case core.IdOf(record=inner):
                return self.owner(inner)
            case _:
                from policyengine.readback.values import value

                return Owner(value(record, self))

    def _followed(self, ref: core.Field, kind: str) -> str:
        """The record that a reference names: `its care plan`, `the order of the certificate`."""
        of = self.owner(ref.record)
        fields = self.plan.schema.kinds[ref.kind].fields.values()
        alone = sum(1 for field in fields if field.target == kind) == 1
        label = self.noun(kind)
        if not alone:
            label = f"{quoted(self.names.label(ref.kind, ref.name))} {label}"
        return f"its {label}" if of.is_it else f"the {label} of {of.phrase}"

    def kind_of(self, record: core.Core) -> str | None:
        """The kind of a record that is in sight, if that is known."""
        match record:
            case core.Slot(index=index):
                return self.kinds.get(index)
            case core.Follow(kind=kind):
                return kind
            case _:
                return None

    def some(self, kind: str) -> str:
        """`a care plan`; of the kind that the rule is about, that it may be the same record."""
        return a(self.names.kind(kind)) + self.included(kind)

    def included(self, kind: str) -> str:
        """That a set of this kind holds the rule's own record too, where it does."""
        return " (this one counts too)" if kind in self.own else ""


def here_of_rule(plan: core.Plan, names: Names, zone: Zone, rule: core.Rule) -> Here:
    """The names in sight in a rule's clauses."""
    subject = rule.subject
    nodes = tuple(walk(rule))
    full = _alike(plan, names, nodes)
    kind = names.kind(subject.kind) if subject.kind in full else names.head(subject.kind)
    several = subject.kind != "case" and _is_met_again(rule, nodes)
    slots = {0: Owner(f"the {names.kind('case')}")}
    own = f"{'this' if several else 'the'} {kind}"
    slots[subject.slot] = Owner(own, is_subject=True, is_near=True)
    kinds = {0: "case", subject.slot: subject.kind}
    if subject.previous is not None:
        slots[subject.previous] = Owner(f"the previous {kind}")
        kinds[subject.previous] = subject.kind
    if subject.companion is not None:
        other = subject.companion.kind
        word = "other " if other == subject.kind else ""
        noun = names.kind(other) if other in full else names.head(other)
        slots[subject.companion.slot] = Owner(f"the {word}{noun}", is_near=not word)
        kinds[subject.companion.slot] = other
    for let in rule.lets:
        if isinstance(let.value, core.Pick):
            kinds[let.slot] = let.value.records.kind
        elif (followed := _record_kind(let.value, kinds)) is not None:
            kinds[let.slot] = followed
    return Here(
        plan=plan,
        names=names,
        zone=zone,
        slots=slots,
        kinds=kinds,
        lets={let.slot: let for let in rule.lets},
        own=frozenset({subject.kind} - {"case"}),
        full=full,
    )


def _alike(plan: core.Plan, names: Names, nodes: Iterable[object]) -> frozenset[str]:
    """The kinds of a rule or a definition whose short names would be taken for one another."""
    kinds = {"case"}
    for node in nodes:
        match node:
            case core.Field(kind=kind, name=name):
                kinds.add(kind)
                target = plan.schema.kinds[kind].fields[name].target or ""
                kinds.update({target} & plan.schema.kinds.keys())
            case core.RecordSet(kind=kind) | core.Subject(kind=kind) | core.Companion(kind=kind):
                kinds.add(kind)
            case core.Derived(kind=kind) | core.Follow(kind=kind) | core.Definition(kind=kind):
                kinds.add(kind)
            case _:
                pass
    heads = Counter(names.head(kind) for kind in kinds)
    return frozenset(kind for kind in kinds if heads[names.head(kind)] > 1)


def here_of_nothing(plan: core.Plan, names: Names, zone: Zone) -> Here:
    """Nothing in sight but the case."""
    return Here(
        plan=plan,
        names=names,
        zone=zone,
        slots={0: Owner(f"the {names.kind('case')}")},
        kinds={0: "case"},
        lets={},
    )


def with_every_set(here: Here, whole: object) -> Here:
    """The same with the records of every set of a rule or definition in sight, as `that incident`:
    for an expression that is asked for out of its place."""
    for node in walk(whole):
        if isinstance(node, core.RecordSet) and node.slot not in here.slots:
            here = replace(here.inside(node), it=here.it)
    return here


def _record_kind(value: core.Core, kinds: Mapping[int, str]) -> str | None:
    """The kind of the record that a `let` gives another name to."""
    match value:
        case core.Follow(kind=kind):
            return kind
        case core.Slot(index=index):
            return kinds.get(index)
        case _:
            return None


def _is_met_again(rule: core.Rule, nodes: Iterable[object]) -> bool:
    """Whether other records of the subject's kind come up in a rule."""
    if rule.subject.previous is not None:
        return True
    if rule.subject.companion is not None and rule.subject.companion.kind == rule.subject.kind:
        return True
    return any(
        isinstance(node, core.RecordSet) and node.kind == rule.subject.kind for node in nodes
    )


def here_of_definition(
    plan: core.Plan, names: Names, zone: Zone, definition: core.Definition
) -> Here:
    """The names in sight in a definition: its own record is looked at."""
    full = _alike(plan, names, walk(definition))
    kind = names.kind(definition.kind) if definition.kind in full else names.head(definition.kind)
    return Here(
        plan=plan,
        names=names,
        zone=zone,
        slots={
            0: Owner(f"the {names.kind('case')}"),
            1: Owner(f"the {kind}", is_subject=True),
            2: Owner(f"the previous {kind}"),
        },
        kinds={0: "case", 1: definition.kind, 2: definition.kind},
        lets={},
        it=1,
        own=frozenset({definition.kind}),
        full=full,
    )
