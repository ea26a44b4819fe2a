"""What changed between two rule sets, rule by rule, in words made from the trees."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from difflib import SequenceMatcher
from typing import Literal

from policyengine.plan import core
from policyengine.plan.reads import read_by
from policyengine.readback import ReadBack, Reader, Said, Table
from policyengine.schema.model import Schema

Direction = Literal["stricter", "looser", "neither", "same", "otherwise"]
How = Literal["added", "removed", "changed"]
# Sections that say what is asked; a change elsewhere (a source, a message) moves no verdict.
SPEAKS_ONLY = frozenset({"title", "facts", "messages", "sources", "rates"})


@dataclass(frozen=True, slots=True)
class Part:
    """A section of a rule's reading that changed: the lines that are gone, and the new ones."""

    key: str
    heading: str
    gone: tuple[str, ...]
    new: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Change:
    """A version of a rule that is another, or was not there, or is no more. `old` and `new` are
    the versions themselves. `moves`: it can move a verdict."""

    id: str
    how: How
    title: str
    old: core.Rule | None
    new: core.Rule | None
    parts: tuple[Part, ...] = ()
    moves: bool = True

    @property
    def applies_from(self) -> date | None:
        """The first day of the version."""
        rule = self.new or self.old
        assert rule is not None
        return rule.applies_from


@dataclass(frozen=True, slots=True)
class Side:
    """Which way a rule moved. `stricter` and `looser` are the smallest cases that were found to
    be breached by the one version alone, as examples of the new and of the old rule. `proved` says
    that the solver ruled the other side out; else nothing was found there, which proves nothing.
    `otherwise`: another verdict or deadline that is no breach, shown by `other`.
    """

    direction: Direction
    stricter: str | None = None
    looser: str | None = None
    other: str | None = None
    proved: bool = False


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two plans, what changed, and how many versions of rules stayed as they were. `schema` are
    sentences on what the schemas do not share."""

    old: core.Plan
    new: core.Plan
    changes: tuple[Change, ...]
    same: int
    schema: tuple[str, ...]


def compare(old: core.Plan, new: core.Plan) -> Comparison:
    """The changes from one rule set to another, in the order of the rules."""
    before, after = Reader(old), Reader(new)
    found: list[Change] = []
    same = 0
    for one, other in _paired(old.rules, new.rules):
        change = _change(before, after, one, other)
        if change is None:
            same += 1
        else:
            found.append(change)
    found.sort(key=lambda each: (each.id, each.applies_from or date.min))
    return Comparison(old, new, tuple(found), same, tuple(schema_differences(old, new)))


def _paired(
    old: Sequence[core.Rule], new: Sequence[core.Rule]
) -> Iterator[tuple[core.Rule | None, core.Rule | None]]:
    """Each version with its namesake: of the same first day; else, of a rule with one such version
    on either side, those two."""
    ids = dict.fromkeys([*(rule.id for rule in old), *(rule.id for rule in new)])
    for id_ in ids:
        before = {rule.applies_from: rule for rule in old if rule.id == id_}
        after = {rule.applies_from: rule for rule in new if rule.id == id_}
        for day in [day for day in before if day in after]:
            yield before.pop(day), after.pop(day)
        if len(before) == len(after) == 1:
            yield before.popitem()[1], after.popitem()[1]
            continue
        yield from ((rule, None) for rule in before.values())
        yield from ((None, rule) for rule in after.values())


def _change(
    before: Reader, after: Reader, one: core.Rule | None, other: core.Rule | None
) -> Change | None:
    if one is None:
        assert other is not None
        return Change(other.id, "added", other.title, None, other)
    if other is None:
        return Change(one.id, "removed", one.title, one, None)
    parts = tuple(_parts(before.sentences(one), after.sentences(other)))
    if not parts:
        return None
    moves = any(part.key not in SPEAKS_ONLY for part in parts)
    return Change(one.id, "changed", other.title, one, other, parts, moves)


def _parts(old: ReadBack, new: ReadBack) -> Iterator[Part]:
    if old.title != new.title:
        yield Part("title", "Title", (old.title,), (new.title,))
    facts = _facts(old), _facts(new)
    if facts[0] != facts[1]:
        gone, came = _told_apart(*facts)
        yield Part("facts", "Facts", gone, came)
    if old.in_force != new.in_force:
        yield Part("in_force", "In force", _some(old.in_force), _some(new.in_force))
    keys = dict.fromkeys(each.key for back in (new, old) for each in back.sections)
    for key in keys:
        if key == "worked":  # it follows from the duty
            continue
        one, other = old.section(key), new.section(key)
        lines = [_lines(each.blocks) if each else [] for each in (one, other)]
        if lines[0] != lines[1]:
            section = other or one
            assert section is not None
            yield Part(key, section.heading, *_told_apart(lines[0], lines[1]))


def _some(text: str) -> tuple[str, ...]:
    return (text or "always",)


def _facts(back: ReadBack) -> list[str]:
    return list(back.facts)


def _lines(blocks: Sequence[Said | Table]) -> list[str]:
    """The sentences of a section, a line each; what belongs under another is set in."""
    found: list[str] = []
    for block in blocks:
        if isinstance(block, Said):
            found += [f"{'– ' if depth else ''}{text}" for depth, text in block.lines()]
    return found


def _told_apart(old: Sequence[str], new: Sequence[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The lines that only one of them has."""
    gone: list[str] = []
    came: list[str] = []
    matcher = SequenceMatcher(None, old, new, autojunk=False)
    for how, first, last, start, end in matcher.get_opcodes():
        if how != "equal":
            gone += old[first:last]
            came += new[start:end]
    return tuple(gone), tuple(came)


# --- two schemas ----------------------------------------------------------------------------------


def schema_differences(old: core.Plan, new: core.Plan) -> Iterator[str]:
    """What only one of the two schemas has, or has differently, a sentence each."""
    one, other = old.schema, new.schema
    if one == other:
        return
    for word, which, kinds in (
        ("no more", one, _declared(old) - _declared(new)),
        ("new", other, _declared(new) - _declared(old)),
    ):
        for kind in sorted(kinds):
            yield f"the kind `{kind}` ({which.kinds[kind].label}) is {word}"
    for kind in sorted(_declared(old) & _declared(new)):
        yield from _of_kind(one, other, kind)
    for name in sorted(one.codes.keys() | other.codes.keys()):
        if one.codes.get(name) != other.codes.get(name):
            yield f"the code list `{name}` is another"
    if (one.time_zone, one.bank_holidays, one.closed) != (
        other.time_zone,
        other.bank_holidays,
        other.closed,
    ):
        yield "the calendar is another"


def _declared(plan: core.Plan) -> set[str]:
    return plan.schema.kinds.keys() - plan.gatherings.keys()


def _of_kind(one: Schema, other: Schema, kind: str) -> Iterator[str]:
    before, after = one.kinds[kind], other.kinds[kind]
    for name in sorted(before.fields.keys() - after.fields.keys()):
        yield f"the field `{kind}.{name}` is no more"
    for name in sorted(after.fields.keys() - before.fields.keys()):
        yield f"the field `{kind}.{name}` is new"
    for name in sorted(before.fields.keys() & after.fields.keys()):
        old, new = before.fields[name], after.fields[name]
        if (old.type, old.target) != (new.type, new.target):
            yield f"the field `{kind}.{name}` was {old.type.value} and is {new.type.value}"
        elif (old.open, old.planned, old.known_from) != (new.open, new.planned, new.known_from):
            yield f"the field `{kind}.{name}` is read otherwise"
    ways = ("happened", "recorded", "ended", "ordered_by", "void_when", "shared")
    for way in ways:
        if getattr(before, way) != getattr(after, way):
            yield f"`{way}` of the kind `{kind}` is another"


def unjudgeable(plan: core.Plan, rule: core.Rule, other: Schema) -> list[str]:
    """What a rule reads that another schema has not: by it, the rule cannot be judged."""
    found = []
    for kind, field in sorted(read_by(plan, rule)):
        if kind in plan.gatherings or (kind, field) in plan.definitions:
            continue
        declared = other.kinds.get(kind)
        if declared is None:
            found.append(kind)
        elif field and field not in declared.fields:
            found.append(f"{kind}.{field}")
    return found
