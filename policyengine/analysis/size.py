"""How many records of each kind a rule has to be looked at with: one more than it counts to."""

from collections.abc import Iterator
from decimal import Decimal

from policyengine.plan import core
from policyengine.plan.walks import walk

FEWEST, MOST = 2, 6


def records_for(plan: core.Plan, rule: core.Rule) -> int | None:
    """So many records of each kind, or None where it counts further than can be looked at."""
    nodes = list(_inside(plan, rule))
    counts = [each.least for each in nodes if isinstance(each, core.Have | core.ThereIs)]
    if any(isinstance(each, core.NumberOf | core.Aggregate) for each in nodes):
        counts += [int(each) for each in _numbers(plan, nodes)]
    most = max(counts, default=1) + 1
    return None if most > MOST else max(FEWEST, most)


def _numbers(plan: core.Plan, nodes: list[object]) -> Iterator[Decimal]:
    """The numbers that it names, in itself or in a setting."""
    for each in nodes:
        match each:
            case core.Const(value=Decimal() as number):
                yield number
            case core.SettingValue(name=name):
                values = (value for _, value in plan.settings[name].values)
                yield from (value for value in values if isinstance(value, Decimal))
            case _:
                pass


def _inside(plan: core.Plan, rule: core.Rule) -> Iterator[object]:
    """Every node of a rule, and of the definitions and gathers behind it, each once."""
    roots: list[object] = [rule]
    seen: set[object] = set()
    while roots:
        for node in walk(roots.pop()):
            yield node
            for key, more in _behind(plan, node):
                if key not in seen:
                    seen.add(key)
                    roots.append(more)


def _behind(plan: core.Plan, node: object) -> Iterator[tuple[object, object]]:
    match node:
        case core.Derived(kind=kind, name=name):
            yield (kind, name), plan.definitions[kind, name].value
        case core.RecordSet(kind=kind) | core.Subject(kind=kind):
            gathering = plan.gatherings.get(kind)
            if gathering is not None:
                yield kind, tuple(source.where for source in gathering.sources)
        case _:
            pass
