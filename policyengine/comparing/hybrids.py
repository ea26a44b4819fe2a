"""Which clause of a changed rule moved a verdict: the old rule with one part of the new one in its
place is judged, part by part."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass, replace
from datetime import date
from typing import Any

from policyengine.comparing.changes import Change, Comparison
from policyengine.evaluate.engine import Engine
from policyengine.plan import core
from policyengine.records.model import CaseRecords, Export
from policyengine.source import Span
from policyengine.values.verdict import Verdict

# The parts of a rule, with the name that a reader knows them by.
PARTS = {
    "duty": "what is asked",
    "unless": "the exceptions",
    "when": "`when`",
    "subject": "who is looked at",
    "cannot_tell_if": "`cannot tell if`",
    "blank_means_breached": "what blanks mean",
    "silence_means_cannot_tell": "what silence means",
    "lets": "a `let`",
    "applies_from": "the day from which it applies",
    "applies_until": "the day until which it applies",
}
_TOGETHER = {
    "subject": ("subject", "trigger", "kept_open", "ignores_death"),
    "duty": ("duty", "trigger", "kept_open", "ignores_death"),
}


class Hybrids:
    """The engines with one part of the new rules each, made when a rule is first asked about."""

    def __init__(self, compared: Comparison) -> None:
        self.compared = compared
        self._made: dict[str, list[tuple[str, Engine]]] = {}

    def clauses_of(
        self,
        rule: str,
        case: CaseRecords,
        export: Export,
        clock: tuple[date, date],
        moved: tuple[str, str, Verdict | None],
    ) -> str:
        """The parts each of which, alone, gives the old rule the new verdict on a subject; ""
        where none does."""
        kind, id_, verdict = moved
        found = []
        for name, engine in self._engines(rule):
            told = {
                (each.subject_kind, each.subject_id): each.verdict
                for each in engine.judge(case, export, *clock)
                if each.rule == rule
            }
            if told.get((kind, id_)) is verdict:
                found.append(name)
        return ", or ".join(found[:2])

    def _engines(self, rule: str) -> list[tuple[str, Engine]]:
        if rule not in self._made:
            plans = _hybrids(self.compared, rule)
            self._made[rule] = [(name, Engine(plan, only={rule})) for name, plan in plans]
        return self._made[rule]


def _hybrids(compared: Comparison, rule: str) -> Iterator[tuple[str, core.Plan]]:
    """The old plan with one thing of the new: a setting, a definition, a part of the rule."""
    old, new = compared.old, compared.new
    for name in sorted(old.settings.keys() & new.settings.keys()):
        if old.settings[name] != new.settings[name]:
            yield (
                f"the setting {name}",
                replace(old, settings={**old.settings, name: new.settings[name]}),
            )
    for key in sorted(old.definitions.keys() & new.definitions.keys()):
        if old.definitions[key] != new.definitions[key]:
            yield (
                f"the definition {'.'.join(key)}",
                replace(old, definitions={**old.definitions, key: new.definitions[key]}),
            )
    changes = [each for each in compared.changes if each.id == rule and each.old and each.new]
    for change in changes:
        yield from _of_version(old, new, change)


def _of_version(old: core.Plan, new: core.Plan, change: Change) -> Iterator[tuple[str, core.Plan]]:
    one, other = change.old, change.new
    assert one is not None
    assert other is not None
    if not _same_frame(one, other):
        return
    settings = {**new.settings, **old.settings}
    definitions = {**new.definitions, **old.definitions}
    for part, words in PARTS.items():
        if getattr(one, part) == getattr(other, part):
            continue
        taken = {
            name: _shifted(getattr(other, name), one, other)
            for name in _TOGETHER.get(part, (part,))
        }
        slots = one.slots + other.slots
        names = tuple(dict.fromkeys((*one.settings, *other.settings)))
        hybrid = replace(one, slots=slots, settings=names, **taken)
        rules = tuple(hybrid if each is one else each for each in old.rules)
        gatherings = {**new.gatherings, **old.gatherings}
        yield (
            words,
            replace(
                old, rules=rules, settings=settings, definitions=definitions, gatherings=gatherings
            ),
        )


def _same_frame(one: core.Rule, other: core.Rule) -> bool:
    """Whether both put the same things in sight, so that a part of the one fits the other."""
    first, second = one.subject, other.subject
    return (
        first.kind == second.kind
        and (first.previous is None) == (second.previous is None)
        and (first.companion is None) == (second.companion is None)
        and len(one.lets) == len(other.lets)
    )


def _shifted(value: Any, one: core.Rule, other: core.Rule) -> Any:
    """A part of the new rule in the slots of the old: what both have in sight in the old's own
    places, everything else behind them."""
    places: dict[int, int] = {0: 0, other.subject.slot: one.subject.slot}
    if other.subject.previous is not None and one.subject.previous is not None:
        places[other.subject.previous] = one.subject.previous
    if other.subject.companion is not None and one.subject.companion is not None:
        places[other.subject.companion.slot] = one.subject.companion.slot
    for mine, theirs in zip(one.lets, other.lets, strict=True):
        places[theirs.slot] = mine.slot
    return _moved(value, places, one.slots)


def _moved(value: Any, places: Mapping[int, int], beyond: int) -> Any:
    if isinstance(value, tuple):
        return tuple(_moved(each, places, beyond) for each in value)
    if not is_dataclass(value) or isinstance(value, type | Span):
        return value
    made = {
        each.name: _moved(getattr(value, each.name), places, beyond)
        for each in fields(value)
        if each.init
    }
    for name in ("slot", "previous"):
        number = made.get(name)
        if isinstance(number, int):
            made[name] = places.get(number, number + beyond)
    if isinstance(value, core.Slot):
        made["index"] = places.get(value.index, value.index + beyond)
    if all(made[name] is getattr(value, name) for name in made):
        return value
    return replace(value, **made)
