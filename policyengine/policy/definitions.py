"""Definitions: derived fields of a kind, settled each after those that it uses."""

from collections.abc import Iterable, Sequence

from policyengine.diagnostics import Notebook
from policyengine.plan.core import Definition
from policyengine.policy import faults, misfits
from policyengine.policy.context import Binding, Here, NeedsFirst, Vocabulary, bare_scope
from policyengine.policy.expressions import settle_expr
from policyengine.policy.sets import kind_named
from policyengine.policy.tree_walk import walk
from policyengine.policy.types import UNKNOWN, Sort, called, record_of
from policyengine.syntax.tree import Define, Path

Key = tuple[str, str]
Definitions = dict[Key, Definition]


def declare_definitions(items: Sequence[Define], words: Vocabulary, notes: Notebook) -> None:
    """Put the names of the definitions into the vocabulary. Notes NAM001, NAM006."""
    bare = Here(words, notes, bare_scope(), settle_expr)
    for item in items:
        kind = kind_named(item.kind, bare)
        if kind is None:
            continue
        key, name = (kind.name, item.name.text), item.name
        if name.text == "id" or name.text in kind.fields:
            meaning = f"`{kind.name}` has a field of this name already"
            notes.note(faults.taken(name.span, name.text, meaning))
        elif key in words.defines:
            other = words.defines[key].name.span
            what = f"`{kind.name}.{name.text}`"
            notes.note(faults.defined_twice(name.span, what, other))
        else:
            words.defines[key] = item


def settle_definitions(words: Vocabulary, notes: Notebook) -> Definitions:
    """Settle every definition, those that others use first. Notes NAM008 for a circle."""
    settled: Definitions = {}
    for start in _roughly_in_order(words):
        stack = [start]
        while stack:
            if stack[-1] in words.types:
                stack.pop()
                continue
            trial = Notebook()
            try:
                definition = _settle(stack[-1], words, trial)
            except NeedsFirst as needs:
                if needs.key in stack:
                    _note_circle(stack, needs.key, words, notes)
                else:
                    stack.append(needs.key)
                continue
            notes.extend(trial.notes)
            key = stack.pop()
            if definition is not None:
                settled[key] = definition
    return settled


def _note_circle(stack: list[Key], first: Key, words: Vocabulary, notes: Notebook) -> None:
    ring = stack[stack.index(first) :]
    note_circle(ring, words, notes)
    for key in ring:
        words.types[key] = UNKNOWN
    del stack[stack.index(first) :]


def note_circle(ring: Sequence[Key], words: Vocabulary, notes: Notebook) -> None:
    """NAM008, told from the name that comes first in the alphabet."""
    turn = min(range(len(ring)), key=lambda index: ring[index])
    ring = [*ring[turn:], *ring[:turn]]
    names = [name if kind == "" else f"{kind}.{name}" for kind, name in ring]
    places = [
        words.gathers[name] if kind == "" else words.defines[kind, name].name.span
        for kind, name in ring
    ]
    notes.note(faults.circle(places[0], [*names, names[0]], places))


def _settle(key: Key, words: Vocabulary, notes: Notebook) -> Definition | None:
    """Settle one. Raises NeedsFirst where it mentions one that is not settled yet."""
    item, kind = words.defines[key], words.schema.kinds[key[0]]
    scope = bare_scope()
    here = Here(words, notes, scope, settle_expr)
    index = scope.frame.new()
    if kind.name == "case":
        record = Binding("case", index, record_of("case"), "case", None)
        here = here.within(scope.with_binding(record).looking_at(record))
    else:
        here = here.with_name(item.kind, index, record_of(kind.name), "kind")
        here = here.within(here.scope.looking_at(here.scope.bindings[kind.name]))
    if item.previous is not None:
        if kind.name == "case":
            why = "a case has no case before it"
            notes.note(misfits.of_the_case(item.previous.span, "`with its previous`", why))
        previous = scope.frame.new()
        here = here.with_name(item.previous, previous, record_of(kind.name), "alias")
    term = here.value(item.value)
    name = called(term.type)
    if name is None:
        if term.type.sort is not Sort.UNKNOWN:
            why = f"{term.type.words} cannot be a field of a record"
            notes.note(misfits.no_definition(item.value.span, term.type, why))
        words.types[key] = UNKNOWN
        return None
    words.types[key] = term.type
    return Definition(
        kind=kind.name,
        name=item.name.text,
        value=term.core,
        sees_previous=item.previous is not None,
        slots=scope.frame.size,
        type=name,
        target=term.type.of,
        span=item.name.span,
    )


def _roughly_in_order(words: Vocabulary) -> Iterable[Key]:
    """The definitions, each after those whose names it mentions, as far as names tell.

    A name that two kinds define may mislead; then NeedsFirst makes a detour.
    """
    by_name: dict[str, list[Key]] = {}
    for key in words.defines:
        by_name.setdefault(key[1], []).append(key)
    done: dict[Key, bool] = {}
    for start in words.defines:
        stack = [start]
        while stack:
            key = stack[-1]
            if key in done:
                stack.pop()
                if not done[key]:
                    done[key] = True
                    yield key
                continue
            done[key] = False
            mentioned = {
                part.text
                for node in walk(words.defines[key].value)
                if isinstance(node, Path)
                for part in node.parts
            }
            stack.extend(
                other
                for name in sorted(mentioned & by_name.keys())
                for other in by_name[name]
                if other not in done
            )
