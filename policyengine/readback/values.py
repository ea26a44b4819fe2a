"""Values in plain English: fields, dates, numbers, texts. What a condition says of them is in
`conditions`."""

from __future__ import annotations

from policyengine.plan import core
from policyengine.readback.blocks import Said
from policyengine.readback.here import Here
from policyengine.readback.names import Owner
from policyengine.readback.words import day_words, listed, quoted, value_words

Tails = list[Said]


def value(node: core.Core, here: Here, tails: Tails | None = None) -> str:
    """A value as a noun: `the day the order started`, `the number of incidents`.

    What a set counts is said after it: added to `tails` where there is room (one), else in
    brackets.
    """
    match node:
        case core.Const(value=literal):
            return value_words(literal, here.zone)
        case core.SettingValue(name=name):
            return setting(name, here)
        case core.AsAt():
            return "the as-at date"
        case core.Deadline():
            return "the deadline"
        case core.Slot(index=index, name=name):
            if index in here.slots or here.kinds.get(index):
                return here.owner(node).phrase
            return quoted(name.replace("_", " "))
        case core.Field(record=record, kind=kind, name=name):
            return here.names.field(kind, name, here.owner(record))
        case core.Derived(record=record, kind=kind, name=name):
            return here.names.field(kind, name, here.owner(record))
        case core.IdOf(record=record):
            return f"the id of {here.owner(record).phrase}"
        case core.Follow():
            return here.owner(node).phrase
        case core.Shift(sign=sign, date=date, length=length):
            side = "after" if sign == "+" else "before"
            return f"{value(length, here)} {side} {inner_value(date, here)}"
        case core.Sum(sign=sign, left=left, right=right):
            word = "plus" if sign == "+" else "less"
            return f"{inner_value(left, here, tails)} {word} {inner_value(right, here, tails)}"
        case core.DaysFrom(start=start, end=end):
            return f"the number of days from {inner_value(start, here)} to {inner_value(end, here)}"
        case core.AgeAt(birth=birth, at=at):
            return _age(birth, at, here)
        case core.StartOf(unit=unit, date=date):
            return f"the first day of the {unit} of {inner_value(date, here)}"
        case core.PeriodEnd(length=length, date=date):
            day = inner_value(date, here)
            return f"the last day of the {value(length, here)} beginning with {day}"
        case core.PeriodStart(length=length, date=date):
            day = inner_value(date, here)
            return f"the first day of the {value(length, here)} ending on {day}"
        case core.ExtremeOf(which=which, items=items):
            return f"the {which} of {listed([inner_value(item, here) for item in items], 'and')}"
        case core.Choice():
            return _choice(node, here)
        case core.WordsIn(text=text):
            return f"the number of words in {value(text, here)}"
        case core.NewWords(text=text, since=since):
            new = f"the number of different words in {value(text, here)} that are not in"
            return f"{new} {value(since, here)}"
        case core.Similarity(left=left, right=right):
            return f"the likeness (0 to 100) of {value(left, here)} to {value(right, here)}"
        case core.NumberOf(records=records):
            words = f"the number of {here.names.kinds(records.kind)}"
            return _counted(words + here.included(records.kind), records, here, tails)
        case core.Aggregate(how=how, records=records, value=part):
            each = _of_all(records, part, f"all {here.names.kinds(records.kind)}", here)
            words = f"the {how} of {each}{here.included(records.kind)}"
            return _counted(words, records, here, tails)
        case core.NewWordsSinceAny(text=text, records=records, value=part):
            each = _of_all(records, part, f"any {here.names.kind(records.kind)}", here)
            new = f"the number of different words in {value(text, here)} that are not in {each}"
            return _counted(new + here.included(records.kind), records, here, tails)
        case core.Pick(which=which, records=records):
            words = f"the {which} {here.names.kind(records.kind)}"
            return _counted(words + here.included(records.kind), records, here, tails)
        case _:
            from policyengine.readback.conditions import condition

            return in_brackets(condition(node, here))


def inner_value(node: core.Core, here: Here, tails: Tails | None = None) -> str:
    """A value within another: in brackets, where it is made of several itself."""
    words = value(node, here, tails)
    made = (core.Shift, core.Sum, core.ExtremeOf, core.PeriodEnd, core.PeriodStart, core.StartOf)
    return f"({words})" if isinstance(node, made) else words


def anchor_value(node: core.Core, here: Here) -> str:
    """A T after `after` or `before`: in brackets, where it begins with a length itself."""
    words = value(node, here)
    return f"({words})" if isinstance(node, core.Shift) else words


def _of_all(records: core.RecordSet, part: core.Core, owner: str, here: Here) -> str:
    return value(part, here.inside(records, Owner(owner)))


def _counted(words: str, records: core.RecordSet, here: Here, tails: Tails | None) -> str:
    if records.where is None:
        return words
    from policyengine.readback.conditions import condition

    such = condition(records.where, here.inside(records))
    if tails is not None and not tails:
        such = such.prefixed(f"looking only at each {here.names.kind(records.kind)} where ")
        tails.append(Said(such.text, such.items, joined=True))
        return words
    return f"{words} [only where {in_line(such)}]"


def _age(birth: core.Core, at: core.Core, here: Here) -> str:
    when = inner_value(at, here)
    match birth:
        case core.Field(record=record, name="date_of_birth"):
            owner = here.owner(record)
            return f"its age on {when}" if owner.is_it else f"the age of {owner.phrase} on {when}"
        case _:
            return f"the age on {when} of somebody born on {inner_value(birth, here)}"


def _choice(node: core.Choice, here: Here) -> str:
    from policyengine.readback.conditions import condition

    parts = [f"{value(v, here)} if {in_line(condition(c, here))}" for v, c in node.options]
    return f"[{'; '.join(parts)}; otherwise {value(node.otherwise, here)}]"


def setting(name: str, here: Here) -> str:
    """A setting: its value, and its name in brackets; dated values after the name."""
    found = here.plan.settings[name]
    words = quoted(name.replace("_", " "))
    if found.options is not None:
        options = listed([value_words(option, here.zone) for option in found.options], "and")
        return f"the list {words} ({options})"
    if len(found.values) == 1 and found.values[0][0] is None:
        return f"{value_words(found.values[0][1], here.zone)} ({words})"
    return f"{words} ({setting_values(name, here)})"


def setting_values(name: str, here: Here) -> str:
    """The values of a setting, with the days from which they hold."""
    found = here.plan.settings[name]
    if found.options is not None:
        return listed([value_words(option, here.zone) for option in found.options], "and")
    return "; ".join(
        value_words(each, here.zone) + (f" from {day_words(start)}" if start else "")
        for start, each in found.values
    )


def in_line(said: Said) -> str:
    """A sentence with its list in one line: in brackets, with semicolons."""
    if said.is_flat:
        return said.text
    return f"{said.text} ({'; '.join(in_line(item) for item in said.items)})"


def in_brackets(said: Said) -> str:
    """A condition where a value stands: whether it holds."""
    return f"whether [{in_line(said)}]"
