"""The fields of which a blank is itself an answer, rule by rule (S26): they may not be lost."""

from collections.abc import Iterator

from policyengine.plan import core
from policyengine.policy.reach import Mention, Reach
from policyengine.policy.tree_walk import walk
from policyengine.schema.model import FieldType, Kind, Schema


def answers_by_blank(plan: core.Plan) -> dict[str, set[Mention] | None]:
    """For each rule's id its fields of this sort; None where no law holds (`blank means
    breached`)."""
    everywhere = _of_schema(plan.schema)
    found: dict[str, set[Mention] | None] = {}
    for rule in plan.rules:
        before = found.get(rule.id, set())
        if rule.blank_means_breached is not None or before is None:
            found[rule.id] = None
        else:
            found[rule.id] = before | everywhere | set(_of_rule(plan, rule))
    return found


def _of_schema(schema: Schema) -> set[Mention]:
    found: set[Mention] = set()
    if schema.died is not None:
        found.add(("case", schema.died))
    for kind in schema.kinds.values():
        marked = {kind.happened, kind.recorded, kind.ordered_by, kind.void_when}
        for each in kind.fields.values():
            marked.add(each.known_from)
            if each.open:
                marked.add(each.name)
        found |= {(kind.name, name) for name in marked if name is not None}
        for path in kind.ended:
            found |= set(_along(schema, kind, path))
    return found


def _along(schema: Schema, kind: Kind, path: tuple[str, ...]) -> Iterator[Mention]:
    for name in path:
        yield kind.name, name
        field = kind.fields[name]
        if field.type is FieldType.REF:
            kind = schema.kinds[field.target or ""]


def _of_rule(plan: core.Plan, rule: core.Rule) -> Iterator[Mention]:
    reach = Reach(plan.definitions, plan.gatherings, plan.schema.kinds)
    lets = {let.slot: let.value for let in rule.lets}
    for node in _reached(plan, rule):
        match node:
            case core.Presence(operand=operand):
                yield from _sources(plan, _asked(operand, lets, reach))
            case core.Repeats(other=other):
                yield from _sources(plan, reach.mentions(other, rule.lets))
            case core.HaveField(event=event):
                yield from _sources(plan, reach.mentions(event, rule.lets))
            case core.GatherFrom(kind=kind, field=field):
                yield kind, field
            case _:
                pass


def _reached(plan: core.Plan, rule: core.Rule) -> Iterator[object]:
    """Every node that a rule can come to, through definitions and gathers."""
    waiting: list[object] = [rule]
    done: set[object] = set()
    while waiting:
        for node in walk(waiting.pop()):
            yield node
            match node:
                case core.Derived(kind=kind, name=name) if (kind, name) not in done:
                    done.add((kind, name))
                    waiting.append(plan.definitions[kind, name].value)
                case (
                    core.RecordSet(kind=kind) | core.Subject(kind=kind) | core.Companion(kind=kind)
                ):
                    if kind in plan.gatherings and kind not in done:
                        done.add(kind)
                        waiting.extend(plan.gatherings[kind].sources)
                case _:
                    pass


def _asked(node: core.Core, lets: dict[int, core.Core], reach: Reach) -> set[Mention]:
    """The fields whose presence is asked: not those by which a record was picked."""
    match node:
        case core.Slot(index=index) if index in lets:
            return _asked(lets[index], lets, reach)
        case core.Pick():
            return set()
        case core.Choice(options=options, otherwise=otherwise):
            values = [*(value for value, _ in options), otherwise]
            return {each for value in values for each in _asked(value, lets, reach)}
        case _:
            return set(reach.mentions(node))


def _sources(plan: core.Plan, fields: set[Mention] | frozenset[Mention]) -> Iterator[Mention]:
    """A field of a gathered kind is a field of each of its sources."""
    for kind, name in fields:
        yield kind, name
        gathering = plan.gatherings.get(kind)
        for source in gathering.sources if gathering else ():
            yield source.kind, source.field if name == "date" else name
