"""Changes of a rule, one at a time: what must not read like the rule that it was made from.

It changes the core, not the text: every number by one, every comparison, side and duration, each
`and` and `or`; drops each condition, exception and word; swaps fields of one type and records of
one kind.
"""

from collections.abc import Iterator
from dataclasses import fields, is_dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from policyengine.plan import core
from policyengine.plan.core import Plan
from policyengine.values.durations import Duration, Unit
from policyengine.values.moments import Moment
from policyengine.values.verdict import Force, Gravity

Change = tuple[str, Any]

# What the settling works out from the rest of a rule, and what is only a place or a name.
WORKED_OUT = {
    *("span", "name_span", "slot", "slots", "index", "previous", "trigger", "kept_open"),
    *("ignores_death", "settings", "record", "domain", "name", "kind", "shared", "target", "type"),
    *("sees_previous", "field"),
}
OPS = ("eq", "ge", "le", "gt", "lt")
CHOICES: dict[str, tuple[str, ...]] = {
    "op": OPS,
    "sign": ("+", "-"),
    "side": ("after", "before", "either"),
    "which": ("latest", "earliest", "later", "earlier"),
    "unit": ("month", "year"),
}
HOW = {
    core.Presence: ("recorded", "known"),
    core.Aggregate: ("total", "highest", "lowest"),
}
CONDITIONS = (
    *(core.Not, core.And, core.Or, core.AtLeast, core.Compare, core.InList, core.IsWithin),
    *(core.Presence, core.Mentions, core.Matches, core.Repeats, core.ThereIs, core.Every),
)
OPTIONAL = {"where", "when", "while_", "window", "say", "fix", "learning_point"}
OPTIONAL |= {"applies_from", "applies_until", "silence_means_cannot_tell", "blank_means_breached"}


class Changes:
    """The changes of one plan's rules, definitions, gatherings and settings."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan

    def of(self, node: Any) -> Iterator[Change]:
        """Every tree that differs from this one in one place, with a word on what was changed."""
        if isinstance(node, tuple):
            yield from self._of_tuple(node)
        elif is_dataclass(node) and not isinstance(node, type):
            yield from self._here(node)
            yield from self._inside(node)

    def _of_tuple(self, node: tuple[Any, ...]) -> Iterator[Change]:
        for at, item in enumerate(node):
            for what, changed in self.of(item):
                yield what, (*node[:at], changed, *node[at + 1 :])

    def _inside(self, node: Any) -> Iterator[Change]:
        for each in fields(node):
            value = getattr(node, each.name)
            if each.name in WORKED_OUT:
                continue
            if isinstance(value, tuple) or (is_dataclass(value) and each.name != "span"):
                for what, changed in self.of(value):
                    yield f"{each.name}: {what}", replace(node, **{each.name: changed})

    # --- this node --------------------------------------------------------------------------

    def _here(self, node: Any) -> Iterator[Change]:
        if isinstance(node, CONDITIONS) and not isinstance(node, core.Not):
            yield "turned round", core.Not(span=node.span, operand=node)
        match node:
            case core.Not(operand=operand):
                yield "not dropped", operand
            case core.And(items=items) | core.Or(items=items) if len(items) > 1:
                other = core.Or if isinstance(node, core.And) else core.And
                yield "and/or", other(span=node.span, items=items)
                for at in range(len(items)):
                    yield (
                        "one of several dropped",
                        replace(node, items=items[:at] + items[at + 1 :]),
                    )
            case core.AtLeast(items=items):
                for at in range(len(items)):
                    yield (
                        "one of several dropped",
                        replace(node, items=items[:at] + items[at + 1 :]),
                    )
            case core.Const(value=value):
                for changed in _other_values(value):
                    yield f"{value} -> {changed}", replace(node, value=changed)
            case core.Field():
                yield from self._other_fields(node)
            case core.Derived(kind=kind, name=name):
                mine = self.plan.definitions[kind, name].type
                for (of, other), definition in self.plan.definitions.items():
                    if of == kind and other != name and definition.type == mine:
                        yield f"{name} -> {other}", replace(node, name=other)
            case core.SettingValue(name=name):
                yield from self._other_settings(node, "name", name)
            case core.InList(setting=str(name)):
                yield from self._other_settings(node, "setting", name)
            case core.InList(options=options) if len(options) > 1:
                yield "one option dropped", replace(node, options=options[1:])
            case core.Compare(op=op, left=left, right=right) if op != "eq" and left != right:
                yield "sides swapped", replace(node, left=right, right=left)
            case core.DaysFrom(start=start, end=end) if start != end:
                yield "days swapped", replace(node, start=end, end=start)
            case core.Repeats(text=text, other=other) if text != other:
                yield "texts swapped", replace(node, text=other, other=text)
            case core.Mentions(words=words):
                yield "a word more", replace(node, words=(*words, "more"))
            case core.Matches(pattern=pattern):
                yield "pattern", replace(node, pattern=pattern + "x")
            case core.Within():
                yield from self._other_windows(node)
            case core.Between(first=first, last=last) if first != last:
                yield "ends swapped", replace(node, first=last, last=first)
            case core.NoLater(anchor=anchor):
                yield "on the day", core.OnDay(span=node.span, anchor=anchor)
            case core.OnDay(anchor=anchor):
                yield "no later", core.NoLater(span=node.span, anchor=anchor)
            case core.Have(records=records, window=window, least=1):
                yield "forbidden", core.NotHave(records=records, window=window)
            case core.NotHave(records=records, window=window):
                yield "asked for", core.Have(records=records, least=1, window=window)
            case core.Rule():
                yield from _of_rule(node)
            case core.Because(text=text):
                yield "reason", replace(node, text=text + " indeed")
            case core.Source(text=text, quoting=quoting):
                yield "source", replace(node, text=text + " as well")
                yield "quoted", replace(node, quoting=(quoting or "") + "words")
            case _:
                pass
        yield from self._own_words(node)

    def _own_words(self, node: Any) -> Iterator[Change]:
        for each in fields(node):
            value = getattr(node, each.name)
            if each.name in OPTIONAL and value is not None and _may_go(node, each.name):
                yield f"{each.name} dropped", replace(node, **{each.name: None})
            if each.name == "least":
                for changed in (value - 1, value + 1):
                    if changed > 0:
                        yield "one more or less", replace(node, least=changed)
            if each.name in ("counting_that_day", "rolls", "strictly"):
                yield each.name, replace(node, **{each.name: not value})
            for word in self._words(node, each.name):
                if word != value:
                    yield f"{value} -> {word}", replace(node, **{each.name: word})

    def _words(self, node: Any, name: str) -> tuple[str, ...]:
        if name == "how":
            return HOW.get(type(node), ())
        if name == "op" and node.domain not in (core.Domain.NUMBER, core.Domain.MOMENT):
            return ()
        if name == "which":
            return (
                CHOICES["which"][2:] if isinstance(node, core.ExtremeOf) else CHOICES["which"][:2]
            )
        return CHOICES.get(name, ()) if isinstance(getattr(node, name), str) else ()

    def _other_windows(self, node: core.Within) -> Iterator[Change]:
        yield "on the day", core.OnDay(span=node.span, anchor=node.anchor)
        yield "no later", core.NoLater(span=node.span, anchor=node.anchor)

    def _other_fields(self, node: core.Field) -> Iterator[Change]:
        declared = self.plan.schema.kinds[node.kind].fields
        mine = declared[node.name]
        for other in declared.values():
            alike = other.type is mine.type and other.target == mine.target
            if alike and other.name != mine.name:
                yield (
                    f"{mine.name} -> {other.name}",
                    replace(node, name=other.name, index=other.index),
                )

    def _other_settings(self, node: Any, where: str, name: str) -> Iterator[Change]:
        mine = self.plan.settings[name]
        for other in self.plan.settings.values():
            same_form = (other.options is None) == (mine.options is None)
            if other.name != name and same_form and _sort(other) is _sort(mine):
                yield f"{name} -> {other.name}", replace(node, **{where: other.name})


def _sort(setting: core.SettingPlan) -> type:
    values = setting.options or tuple(value for _, value in setting.values)
    return type(values[0])


def _may_go(node: Any, name: str) -> bool:
    if name == "window":
        return isinstance(node, core.Have | core.NotHave | core.Show)
    return True


def _other_values(value: object) -> Iterator[object]:
    match value:
        case bool():
            yield not value
        case Decimal():
            yield from (value + 1, value - 1)
        case str():
            yield value + "x"
        case Duration(amount=amount, unit=unit):
            yield from (Duration(amount + 1, unit), Duration(amount + 7, unit))
            yield from (Duration(amount, other) for other in Unit if other is not unit)
        case Moment():
            yield Moment(value.day + 1)
        case _:
            pass


def _of_rule(rule: core.Rule) -> Iterator[Change]:
    for each in ("unless", "cannot_tell_if", "sources"):
        held = getattr(rule, each)
        for at in range(len(held)):
            yield f"{each} dropped", replace(rule, **{each: held[:at] + held[at + 1 :]})
    yield "force", replace(rule, force=Force.SHOULD if rule.force is Force.MUST else Force.MUST)
    yield "gravity", replace(rule, gravity=next(g for g in Gravity if g is not rule.gravity))
    yield "learning point", replace(rule, learning_point=(rule.learning_point or 0) + 1)
    yield "tags", replace(rule, tags=(*rule.tags, "more"))
    yield "title", replace(rule, title=rule.title + " again")
    yield "target", replace(rule, target=(rule.target or Decimal(50)) + 1)
    if isinstance(rule.duty, core.Have | core.HaveEvery | core.HaveField):
        yield "silence", replace(rule, silence_means_cannot_tell="another reason")
    yield "blank", replace(rule, blank_means_breached="another reason")
    for name in ("applies_from", "applies_until"):
        day = getattr(rule, name) or date(2030, 1, 1)
        yield name, replace(rule, **{name: day + timedelta(days=1)})
