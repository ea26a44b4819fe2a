"""The trigger date of a rule, and the ends that do not end its duty (S14, S20)."""

from collections.abc import Iterable, Sequence

from policyengine.plan import core
from policyengine.plan.core import Core, Duty, Let, Subject
from policyengine.policy.reach import Mention, Reach, path_from
from policyengine.policy.tree_walk import walk
from policyengine.schema.model import FieldType, Kind, Schema
from policyengine.source import Span


def counted_from(duty: Duty) -> tuple[Core, ...]:
    """Every T of a duty's window, the one that it opens with first."""
    if isinstance(duty, core.HaveEvery):
        return (duty.anchor,)
    match duty.window:
        case None:
            return ()
        case core.Between(first=first, last=last):
            return first, last
        case core.Within(anchor=anchor) | core.OnDay(anchor=anchor) | core.NoLater(anchor=anchor):
            return (anchor,)


def trigger_of(duty: Duty, subject: Subject, kind: Kind, reach: Reach, span: Span) -> Core | None:
    """The expression of the trigger date: T where it is a date field of the subject, else the
    day on which the subject happened, else None: as-at (S20)."""
    for anchor in counted_from(duty)[:1]:
        if _is_date_of(anchor, subject.slot, reach):
            return anchor
    if kind.happened is None:
        return None
    happened = kind.fields[kind.happened]
    return core.Field(
        span=span,
        record=core.Slot(span=span, index=subject.slot, name=kind.name),
        kind=kind.name,
        name=happened.name,
        index=happened.index,
    )


def _is_date_of(anchor: Core, slot: int, reach: Reach) -> bool:
    match anchor:
        case core.Field(record=core.Slot(index=index), kind=kind, name=name) if index == slot:
            declared = reach.kinds[kind].fields[name]
            return declared.type in (FieldType.DATE, FieldType.DATETIME)
        case core.Derived(record=core.Slot(index=index), kind=kind, name=name) if index == slot:
            defined = reach.definitions.get((kind, name))
            return defined is not None and defined.type in ("date", "datetime")
        case _:
            return False


def kept_open(
    duty: Duty, subject: Subject, kind: Kind, lets: Sequence[Let], reach: Reach
) -> frozenset[tuple[str, ...]]:
    """The paths of the kind's `ended` that a T is made from: they do not end the duty (S14)."""
    anchors = counted_from(duty)
    paths = _paths(anchors, subject.slot, lets)
    through = _mentioned_through(anchors, lets, reach)
    return frozenset(
        path for path in kind.ended if path in paths or _last_step(path, kind, reach) in through
    )


def ignores_death(duty: Duty, schema: Schema, lets: Sequence[Let], reach: Reach) -> bool:
    """Whether a T is made from the death of the service user, which then ends nothing (S14)."""
    if schema.died is None:
        return False
    anchors, died = counted_from(duty), ("case", schema.died)
    named = any(
        isinstance(node, core.Field) and (node.kind, node.name) == died
        for anchor in anchors
        for node in walk(anchor)
    )
    return named or died in _mentioned_through(anchors, lets, reach)


def _paths(anchors: Iterable[Core], slot: int, lets: Sequence[Let]) -> set[tuple[str, ...]]:
    by_slot = {let.slot: let for let in lets}
    found = (
        path_from(slot, node, by_slot)
        for anchor in anchors
        for node in walk(anchor)
        if isinstance(node, core.Field | core.Derived)
    )
    return {path for path in found if path is not None}


def _mentioned_through(
    anchors: Iterable[Core], lets: Sequence[Let], reach: Reach
) -> frozenset[Mention]:
    """The fields that the lets and the definitions of a T mention, however far down."""
    slots = {let.slot for let in lets}
    found: set[Mention] = set()
    for anchor in anchors:
        for node in walk(anchor):
            if isinstance(node, core.Derived) or (
                isinstance(node, core.Slot) and node.index in slots
            ):
                found |= reach.mentions(node, lets)
    return frozenset(found)


def _last_step(path: tuple[str, ...], kind: Kind, reach: Reach) -> Mention:
    """The kind and the field that an `ended` path ends with."""
    of = kind
    for step in path[:-1]:
        target = of.fields[step].target
        assert target is not None, "the schema follows references only"
        of = reach.kinds[target]
    return of.name, path[-1]
