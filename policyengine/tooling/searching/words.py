"""What a rule turns on: the fields that it reads, and the values that it compares them with."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import TypeVar

from policyengine.plan import core
from policyengine.plan.walks import fields_behind
from policyengine.policy.tree_walk import walk
from policyengine.tooling.needs import uses_of
from policyengine.values.durations import Duration
from policyengine.values.moments import Moment

T = TypeVar("T")


@dataclass(slots=True)
class Vocabulary:
    """The words of a rule, all its versions together.

    `fields` are those that it reads by kind, in the order of the schema; `texts` what a field is
    compared with; `mentioned` the phrases that texts are searched for.
    """

    kinds: list[str] = field(default_factory=list)
    fields: dict[str, list[str]] = field(default_factory=dict)
    texts: dict[tuple[str, str], list[str]] = field(default_factory=dict)
    durations: list[Duration] = field(default_factory=list)
    numbers: list[Decimal] = field(default_factory=list)
    days: list[date] = field(default_factory=list)
    mentioned: list[str] = field(default_factory=list)
    patterns: list[str] = field(default_factory=list)


def vocabulary(plan: core.Plan, rules: Iterable[core.Rule]) -> Vocabulary:
    """The words of these rules."""
    found = Vocabulary()
    kinds: set[str] = set()
    reads: set[tuple[str, str]] = set()
    for rule in rules:
        for read in uses_of(plan, rule):
            if read.field is None:
                kinds.add(read.kind)
            else:
                reads.add((read.kind, read.field))
        reads |= {(kind, name) for kind, name in _clocks(plan, {read[0] for read in reads})}
        _constants(plan, rule, found)
    known = {kind for kind, _ in reads} | kinds
    own = [kind for kind in plan.schema.kinds if kind in known and kind not in plan.gatherings]
    found.kinds = [kind for kind in own if kind in kinds or kind == "case"]
    for kind in own:
        fields = plan.schema.kinds[kind].fields
        found.fields[kind] = [name for name in fields if (kind, name) in reads]
    return found


def _clocks(plan: core.Plan, kinds: set[str]) -> Iterator[tuple[str, str]]:
    """What orders a kind and dates it, whether the rule names it or not."""
    for name in kinds:
        kind = plan.schema.kinds[name]
        for each in (kind.happened, kind.ordered_by):
            if each is not None and name not in plan.gatherings:
                yield name, each


def nodes_of(plan: core.Plan, rule: core.Rule) -> Iterator[object]:
    """The nodes of a rule and of the definitions and gathers that it reaches, messages left out."""
    seen: set[object] = set()
    waiting: list[object] = [
        rule.subject, rule.lets, rule.when, rule.cannot_tell_if, rule.unless, rule.duty,
    ]  # fmt: skip
    kinds = [rule.subject.kind]
    while waiting or kinds:
        for kind in kinds:
            if kind in plan.gatherings and kind not in seen:
                seen.add(kind)
                waiting += [each.where for each in plan.gatherings[kind].sources]
        kinds = []
        if not waiting:
            break
        for node in walk(waiting.pop()):
            yield node
            match node:
                case core.Derived(kind=kind, name=name):
                    kinds.append(kind)
                    if (kind, name) not in seen:
                        seen.add((kind, name))
                        waiting.append(plan.definitions[kind, name].value)
                case core.RecordSet(kind=kind) | core.Follow(kind=kind) | core.Companion(kind=kind):
                    kinds.append(kind)
                case _:
                    pass


def _constants(plan: core.Plan, rule: core.Rule, found: Vocabulary) -> None:
    lets = {let.slot: let.value for let in rule.lets}
    for node in nodes_of(plan, rule):
        match node:
            case core.Const(value=value):
                _value(value, found)
            case core.SettingValue(name=name):
                _setting(plan.settings[name], found)
            case core.Compare(left=left, right=core.Const(value=str() as text)):
                _text(left, text, lets, found)
            case core.InList(value=value, options=options, setting=setting):
                listed = [each.value for each in options]
                if setting is not None:
                    listed = list(plan.settings[setting].options or ())
                for option in listed:
                    if isinstance(option, str):
                        _text(value, option, lets, found)
                    else:
                        _value(option, found)
            case core.Mentions(words=words):
                _add(found.mentioned, " ".join(words))
            case core.Matches(pattern=pattern):
                _add(found.patterns, pattern)
            case core.AtLeast(least=least) | core.ThereIs(least=least) | core.Have(least=least):
                _add(found.numbers, Decimal(least))
            case _:
                pass
    for day in (rule.applies_from, rule.applies_until):
        if day is not None:
            _add(found.days, day)


def _setting(setting: core.SettingPlan, found: Vocabulary) -> None:
    for start, value in setting.values:
        _value(value, found)
        if start is not None:
            _add(found.days, start)


def _value(value: object, found: Vocabulary) -> None:
    match value:
        case Duration():
            _add(found.durations, value)
        case Decimal():
            _add(found.numbers, value)
        case Moment(day=day):
            _add(found.days, date.fromordinal(day))
        case _:
            pass


def _text(of: core.Core, text: str, lets: dict[int, core.Core], found: Vocabulary) -> None:
    for each in fields_behind(of, lets):
        _add(found.texts.setdefault((each.kind, each.name), []), text)


def _add(several: list[T], one: T) -> None:
    if one not in several:
        several.append(one)
