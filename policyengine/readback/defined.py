"""What the words of a rule mean: defined fields, gathered kinds, and those that they use."""

from __future__ import annotations

from collections.abc import Iterator

from policyengine.plan import core
from policyengine.policy.tree_walk import walk
from policyengine.readback.blocks import Said, full_stop
from policyengine.readback.conditions import condition
from policyengine.readback.here import Here, here_of_definition
from policyengine.readback.names import IT, Names, Owner
from policyengine.readback.values import Tails, value
from policyengine.readback.words import a, quoted
from policyengine.values.moments import Zone


def meanings(rule: core.Rule, here: Here) -> Iterator[Said]:
    """Every definition and gathering that a rule comes to, once, in order of first use."""
    plan = here.plan
    done: set[object] = set()
    waiting: list[object] = [rule]
    while waiting:
        for node in walk(waiting.pop(0)):
            match node:
                case core.Derived(kind=kind, name=name) if (kind, name) not in done:
                    done.add((kind, name))
                    definition = plan.definitions[kind, name]
                    yield full_stop(definition_words(definition, plan, here.names, here.zone))
                    waiting.append(definition.value)
                case (
                    core.RecordSet(kind=kind) | core.Subject(kind=kind) | core.Companion(kind=kind)
                ):
                    if kind in plan.gatherings and kind not in done:
                        done.add(kind)
                        yield full_stop(gathering_words(plan.gatherings[kind], here))
                        waiting.extend(plan.gatherings[kind].sources)
                case _:
                    pass


def definition_words(
    definition: core.Definition, plan: core.Plan, names: Names, zone: Zone
) -> Said:
    """A defined field in a sentence: `A care plan review counts as “with content” where ...`."""
    here = here_of_definition(plan, names, zone, definition)
    label = quoted(names.label(definition.kind, definition.name))
    one = a(names.kind(definition.kind))
    beside = ", looked at beside the one before it," if definition.sees_previous else ""
    if definition.type == "yes_no":
        holds = condition(definition.value, here)
        return holds.prefixed(f"{one}{beside} counts as {label} where ").capital()
    tails: Tails = []
    words = f"the {label} of {one}{beside or ''} is {value(definition.value, here, tails)}"
    said = Said(f"{words}, {tails[0].text}", tails[0].items) if tails else Said(words)
    return said.capital()


def gathering_words(gathering: core.Gathering, here: Here) -> Said:
    """A gathered kind: one record for each event of its sources."""
    items = tuple(_source(source, here) for source in gathering.sources)
    one = a(here.names.kind(gathering.kind.name)).capitalize()
    return Said(f"{one} is any of these events:", items)


def _source(source: core.GatherFrom, here: Here) -> Said:
    kind = here.names.kind(source.kind)
    event = here.names.field(source.kind, source.field, Owner(a(kind)))
    if source.where is None:
        return Said(event)
    inner = Here(
        plan=here.plan,
        names=here.names,
        zone=here.zone,
        slots={0: here.slots[0], 1: IT},
        kinds={0: "case", 1: source.kind},
        lets={},
        it=1,
    )
    which = condition(source.where, inner)
    return which.prefixed(f"{event}, where ")
