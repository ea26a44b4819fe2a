"""Circles through gathered kinds, and definitions that stand too deep on one another (S23)."""

from collections.abc import Iterator, Mapping

from policyengine.diagnostics import Notebook
from policyengine.plan import core
from policyengine.plan.core import Definition, Gathering, Rule
from policyengine.policy import misfits
from policyengine.policy.context import Vocabulary
from policyengine.policy.definitions import Key, note_circle
from policyengine.policy.tree_walk import height, walk

# Through all the definitions that an expression uses: an evaluator that takes a few calls a node
# stays within the interpreter's stack.
MOST_DEEP_IN_ALL = 200


def check_circles(
    definitions: Mapping[Key, Definition],
    gatherings: Mapping[str, Gathering],
    words: Vocabulary,
    notes: Notebook,
) -> dict[Key, int]:
    """Notes NAM008 where a definition needs itself through a gathered kind, TYP027 where
    definitions stand too deep on one another. Gives the height of each definition."""
    needs: dict[Key, tuple[Key, ...]] = {
        key: tuple(_needed(definition.value, gatherings)) for key, definition in definitions.items()
    }
    for name, gathering in gatherings.items():
        conditions = tuple(source.where for source in gathering.sources if source.where is not None)
        needs["", name] = tuple(_needed(conditions, gatherings))
    heights: dict[Key, int] = {}
    for key in _needs_first(needs, words, notes):
        if key in definitions:
            node: object = definitions[key].value
            span = words.defines[key].name.span
        else:
            node = tuple(source.where for source in gatherings[key[1]].sources)
            span = words.gathers[key[1]]
        heights[key] = height(node, heights)
        if heights[key] > MOST_DEEP_IN_ALL:
            notes.note(misfits.too_deep(span, MOST_DEEP_IN_ALL))
            heights[key] = 0
    return heights


def check_depth(rule: Rule, heights: Mapping[Key, int], notes: Notebook) -> None:
    """Notes TYP027 where a rule stands too deep on the definitions that it uses."""
    subject = rule.subject
    pair = None if subject.companion is None else subject.companion.where
    parts = (subject.where, pair, rule.lets, rule.when, rule.unless, rule.cannot_tell_if)
    if height((*parts, rule.duty, rule.say, rule.fix), heights) > MOST_DEEP_IN_ALL:
        notes.note(misfits.too_deep(rule.name_span, MOST_DEEP_IN_ALL))


def _needed(node: object, gatherings: Mapping[str, Gathering]) -> Iterator[Key]:
    for inner in walk(node):
        match inner:
            case core.Derived(kind=kind, name=name):
                yield kind, name
            case core.RecordSet(kind=kind) if kind in gatherings:
                yield "", kind
            case _:
                pass


def _needs_first(
    needs: Mapping[Key, tuple[Key, ...]], words: Vocabulary, notes: Notebook
) -> Iterator[Key]:
    """Every key after those that it needs; a circle is noted, and broken."""
    done: set[Key] = set()
    for start in sorted(needs):
        way: list[Key] = []
        waiting = {start: iter(needs[start])}
        if start in done:
            continue
        way.append(start)
        while way:
            key = way[-1]
            following = next(waiting[key], None)
            if following is None:
                done.add(way.pop())
                yield key
            elif following in waiting and following in way:
                note_circle(way[way.index(following) :], words, notes)
            elif following not in done and following in needs:
                waiting[following] = iter(needs[following])
                way.append(following)
