"""Which settings are the length of a period somewhere, so that an example gives them days too."""

from collections.abc import Iterable, Iterator, Mapping

from policyengine.plan import core
from policyengine.plan.core import Core, Definition, Let, Rule
from policyengine.policy.tree_walk import walk
from policyengine.source import Span


def settings_of_periods(
    rules: Iterable[Rule], definitions: Iterable[Definition]
) -> dict[str, Span]:
    """The settings that `counting that day`, `end of D` or `start of D` can take as a length
    (S15), by name, with one place that does."""
    found: dict[str, Span] = {}
    for rule in rules:
        lets = {let.slot: let for let in rule.lets}
        for length in _lengths((rule.subject, rule.lets, rule.when, rule.unless, rule.duty)):
            for name in _settings(length, lets):
                found.setdefault(name, length.span)
    for definition in definitions:
        for length in _lengths(definition.value):
            for name in _settings(length, {}):
                found.setdefault(name, length.span)
    return found


def _lengths(node: object) -> Iterator[Core]:
    for inner in walk(node):
        match inner:
            case core.Within(counting_that_day=True, allowance=length):
                yield length
            case core.PeriodEnd(length=length) | core.PeriodStart(length=length):
                yield length
            case _:
                pass


def _settings(length: Core, lets: Mapping[int, Let]) -> Iterator[str]:
    waiting, seen = [length], set[int]()
    while waiting:
        for inner in walk(waiting.pop()):
            match inner:
                case core.SettingValue(name=name):
                    yield name
                case core.Slot(index=index) if index in lets and index not in seen:
                    seen.add(index)
                    waiting.append(lets[index].value)
                case _:
                    pass
