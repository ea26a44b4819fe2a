"""LNT010: hours counted between things of which only the day is recorded (S16)."""

from collections.abc import Iterator

from policyengine.diagnostics import Diagnostic
from policyengine.plan.core import (
    Between,
    Core,
    Derived,
    Field,
    Have,
    HaveEvery,
    HaveField,
    NoLater,
    NotHave,
    Rule,
    Shift,
    Slot,
    Within,
)
from policyengine.schema.model import FieldType
from policyengine.source import Span
from policyengine.tooling.lint.rule_set import RuleSet, remark


def check(rule_set: RuleSet) -> Iterator[Diagnostic]:
    """Windows of hours or minutes whose event, or whose beginning, is a date without a time."""
    for _, rule in rule_set.versions():
        event = _event(rule, rule_set)
        for span, length, anchor in _counted(rule):
            if not any(each.is_elapsed for each in rule_set.lengths(length, rule)):
                continue
            day_only = _day_only(anchor, rule, rule_set) or event
            if day_only is not None:
                yield remark(
                    "LNT010",
                    f"{rule.id} counts hours, but `{day_only}` is a day without a time",
                    span,
                    "on the day that the hours end, this cannot tell",
                    "count in days, or record the time: a `datetime` field in the schema",
                )
                break


def _counted(rule: Rule) -> Iterator[tuple[Span, Core, Core]]:
    """Each length that the duty's window counts: where it stands, how long, from what."""
    match rule.duty:
        case HaveEvery(interval=interval, anchor=anchor):
            yield interval.span, interval, anchor
        case Have(window=window) | NotHave(window=window) | HaveField(window=window):
            match window:
                case Within(span=span, allowance=allowance, anchor=anchor):
                    yield span, allowance, anchor
                case Between(first=first, last=last):
                    yield from _shifts(first)
                    yield from _shifts(last)
                case NoLater(anchor=anchor):
                    yield from _shifts(anchor)
                case _:
                    pass
        case _:
            pass


def _shifts(moment: Core) -> Iterator[tuple[Span, Core, Core]]:
    if isinstance(moment, Shift):
        yield moment.span, moment.length, moment.date


def _event(rule: Rule, rule_set: RuleSet) -> str | None:
    """The date field of the duty's event, if it has no time of day."""
    match rule.duty:
        case Have(records=records) | NotHave(records=records) | HaveEvery(records=records):
            kind = rule_set.plan.schema.kinds[records.kind]
            field = kind.fields.get(kind.happened or "")
            dated = field is not None and field.type is FieldType.DATE
            return f"{kind.name}.{kind.happened}" if dated else None
        case HaveField(event=event):
            return _day_only(event, rule, rule_set)
        case _:
            return None


def _day_only(moment: Core, rule: Rule, rule_set: RuleSet) -> str | None:
    """The name of a field that is a date without a time, through `let`."""
    lets = {let.slot: let.value for let in rule.lets}
    while isinstance(moment, Slot) and moment.index in lets:
        moment = lets[moment.index]
    match moment:
        case Field(kind=kind, name=name):
            dated = rule_set.plan.schema.kinds[kind].fields[name].type is FieldType.DATE
            return f"{kind}.{name}" if dated else None
        case Derived(kind=kind, name=name):
            dated = rule_set.plan.definitions[kind, name].type == "date"
            return f"{kind}.{name}" if dated else None
        case _:
            return None
