"""Conditions in plain English (S2, S15, S19, S21): a sentence each, with a list where they nest."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import assert_never

from policyengine.plan import core
from policyengine.plan.walks import fields_behind
from policyengine.readback.blocks import Said
from policyengine.readback.here import Here
from policyengine.readback.values import (
    Tails,
    anchor_value,
    in_line,
    inner_value,
    setting_values,
    value,
)
from policyengine.readback.words import a, listed, number_word, quoted, value_words
from policyengine.schema.model import FieldType

_LONGEST = 120  # how long two conditions may be to stand in one line
_NUMBERS = {"eq": "", "ge": "at least ", "le": "at most ", "gt": "more than ", "lt": "less than "}
_DATES = {"eq": "on", "ge": "on or after", "le": "on or before", "gt": "after", "lt": "before"}
# Beside `14 days after ...`, where `is after 14 days after` would be read twice.
_FROM_DATES = {
    "eq": "on the day",
    "ge": "no earlier than",
    "le": "no later than",
    "gt": "later than",
    "lt": "earlier than",
}
_CONDITIONS = (
    *(core.Not, core.And, core.Or, core.AtLeast, core.Compare, core.InList, core.IsWithin),
    *(core.Presence, core.Mentions, core.Matches, core.Repeats, core.ThereIs, core.Every),
)
SIDES = {"after": "after", "before": "before", "either": "before or after"}


def condition(node: core.Core, here: Here, *, negated: bool = False) -> Said:
    """What has to hold; `negated`: what must not."""
    match node:
        case core.Not(operand=operand):
            return condition(operand, here, negated=not negated)
        case core.And() | core.Or() | core.AtLeast():
            return _group(node, here, negated)
        case core.Compare():
            return _compare(node, here, negated)
        case core.InList():
            return _in_list(node, here, negated)
        case core.IsWithin(event=event, allowance=allowance, side=side, anchor=anchor):
            length, t = value(allowance, here), anchor_value(anchor, here)
            said = f"{value(event, here)} is{_not(negated)} within {length} {SIDES[side]} {t}"
            return Said(said, joined=isinstance(anchor, core.ExtremeOf))
        case core.Presence():
            return Said(_presence(node, here, negated))
        case core.Mentions(text=text, words=words):
            verb = "does not mention" if negated else "mentions"
            return Said(f"{value(text, here)} {verb} the words {quoted(' '.join(words))}")
        case core.Matches(text=text, pattern=pattern):
            verb = "does not match" if negated else "matches"
            return Said(f"{value(text, here)} {verb} the pattern {quoted(pattern)}")
        case core.Repeats(text=text, other=other):
            verb = "does not repeat" if negated else "repeats"
            return Said(f"{value(text, here)} {verb}, word for word, {value(other, here)}")
        case core.ThereIs(records=records, least=least):
            return such(_there_is(records, least, here, negated), records, here)
        case core.Every():
            return _every(node, here, negated)
        case core.Const(value=bool(literal)):
            return Said("this always holds" if literal is not negated else "this never holds")
        case _:
            return Said(_truth(node, here, negated))


def is_condition(node: core.Core, here: Here) -> bool:
    """Whether an expression is true or false, and no other value."""
    match node:
        case core.Field(kind=kind, name=name):
            declared = here.plan.schema.kinds[kind].fields[name]
            return declared.type is FieldType.YES_NO
        case core.Derived(kind=kind, name=name):
            return here.plan.definitions[kind, name].type == "yes_no"
        case core.Slot(index=index) if index in here.lets:
            return is_condition(here.lets[index].value, here)
        case core.Const(value=bool()):
            return True
        case _:
            return isinstance(node, _CONDITIONS)


def such(lead: str, records: core.RecordSet, here: Here) -> Said:
    """`there is a care plan where ...`: the words, and which records are meant."""
    if records.where is None:
        return Said(lead)
    which = condition(records.where, here.inside(records))
    return Said(f"{lead} where {which.text}", which.items, joined=True)


def _not(negated: bool) -> str:
    return " not" if negated else ""


# --- groups -------------------------------------------------------------------------------------


def _group(node: core.And | core.Or | core.AtLeast, here: Here, negated: bool) -> Said:
    if len(node.items) == 1 and not isinstance(node, core.AtLeast):
        return condition(node.items[0], here, negated=negated)
    if isinstance(node, core.And) and (ends := _ends(node)) is not None:
        low, high, found = ends
        tails: Tails = []
        between = (
            f"is{_not(negated)} between {inner_value(low, here)} and {inner_value(high, here)}"
        )
        said = f"{value(found, here, tails)} {between}, both included"
        return _with_tails(said, tails)
    items = tuple(condition(item, here) for item in node.items)
    if not negated and not isinstance(node, core.AtLeast):
        line = _in_one_line(items, "and" if isinstance(node, core.And) else "or")
        if line is not None:
            return line
    return Said(_lead(node, negated), items)


def _lead(node: core.And | core.Or | core.AtLeast, negated: bool) -> str:
    match node:
        case core.And():
            return "not all of these hold:" if negated else "all of these hold:"
        case core.Or():
            return "none of these holds:" if negated else "at least one of these holds:"
        case core.AtLeast(least=least):
            words = "fewer than" if negated else "at least"
            return f"{words} {number_word(least)} of these hold:"
        case _ as never:
            assert_never(never)


def _in_one_line(items: Sequence[Said], word: str) -> Said | None:
    """Two short conditions with a word between them, if that leaves no doubt."""
    if len(items) != 2 or any(item.joined or not item.is_flat for item in items):
        return None
    line = f"{items[0].text} {word} {items[1].text}"
    return Said(line, joined=True) if len(line) <= _LONGEST else None


def _ends(node: core.And) -> tuple[core.Core, core.Core, core.Core] | None:
    """The ends and the value of `is between`, which is two comparisons."""
    match node.items:
        case (
            core.Compare(op="ge", left=one, right=low, domain=domain),
            core.Compare(op="le", left=other, right=high, domain=same),
        ) if one == other and domain is same:
            return low, high, one
        case _:
            return None


# --- comparisons --------------------------------------------------------------------------------


def _compare(node: core.Compare, here: Here, negated: bool) -> Said:
    left, right = node.left, node.right
    tails: Tails = []
    match node.domain:
        case core.Domain.TRUTH:
            return _same_truth(node, here, negated)
        case core.Domain.REF:
            return Said(f"{_record(left, here)} is{_not(negated)} {_record(right, here)}")
        case core.Domain.TEXT:
            if isinstance(left, core.Const):
                left, right = right, left
            return Said(f"{value(left, here)} is{_not(negated)} {_text(left, right, here)}")
        case core.Domain.MOMENT:
            one = value(left, here, tails)
            how = _FROM_DATES if isinstance(right, core.Shift) else _DATES
            said = f"{one} is{_not(negated)} {how[node.op]} {value(right, here, tails)}"
        case core.Domain.NUMBER:
            one = value(left, here, tails)
            said = f"{one} is{_not(negated)} {_NUMBERS[node.op]}{value(right, here, tails)}"
        case _ as never:
            assert_never(never)
    return _with_tails(said, tails)


def _with_tails(said: str, tails: Tails) -> Said:
    if not tails:
        return Said(said)
    (tail,) = tails
    return Said(f"{said}, {tail.text}", tail.items, joined=True)


def _same_truth(node: core.Compare, here: Here, negated: bool) -> Said:
    """`A is yes` is A; of two fields, that they have one answer."""
    for one, other in ((node.left, node.right), (node.right, node.left)):
        if isinstance(other, core.Const):
            return condition(one, here, negated=negated is (other.value is True))
    one_said, other_said = condition(node.left, here), condition(node.right, here)
    same = f"these two do{_not(negated)} agree (both yes, or both no):"
    return Said(same, (one_said, other_said))


def _record(node: core.Core, here: Here) -> str:
    """A record, or the reference to one: `its care plan`, `the alert`."""
    match node:
        case core.IdOf(record=record):
            owner = here.owner(record)
            return re.sub("^the ", "this ", owner.phrase) if owner.is_near else owner.phrase
        case core.Field(kind=kind, name=name) if (
            target := here.plan.schema.kinds[kind].fields[name].target
        ) is not None:
            return here.owner(core.Follow(span=node.span, ref=node, kind=target)).phrase
        case core.Const(value=str(id)):
            return f"the record with the id {quoted(id)}"
        case _:
            return value(node, here)


def _text(left: core.Core, right: core.Core, here: Here) -> str:
    """What a text is compared with: a code by its label, another field as it is called."""
    match right:
        case core.Const(value=str(text)):
            return _code(left, text, here)
        case _:
            return f"the same as {value(right, here)}"


def _code(of: core.Core, text: str, here: Here) -> str:
    lets = {slot: let.value for slot, let in here.lets.items()}
    for field in fields_behind(of, lets):
        if field.name == "from_kind" and field.kind in here.plan.gatherings:
            return quoted(here.names.kind(text))
        return here.names.code(field.kind, field.name, text)
    return quoted(text)


def _in_list(node: core.InList, here: Here, negated: bool) -> Said:
    one_of = "is none of" if negated else "is one of"
    words = value(node.value, here)
    if node.setting is not None:
        name = quoted(node.setting.replace("_", " "))
        found = here.plan.settings[node.setting]
        options = [
            _code(node.value, option, here)
            if isinstance(option, str)
            else value_words(option, here.zone)
            for option in found.options or ()
        ]
        if not options:
            options = [setting_values(node.setting, here)]
        return Said(f"{words} {one_of} the list {name} ({listed(options, 'and')})")
    options = [
        _code(node.value, option.value, here)
        if isinstance(option.value, str)
        else value_words(option.value, here.zone)
        for option in node.options
    ]
    if len(options) == 1:
        return Said(f"{words} is{_not(negated)} {options[0]}")
    said = f"{words} is neither {listed(options, 'nor')}" if negated else ""
    return Said(said or f"{words} is {listed(options)}", joined=True)


# --- presence and truth -------------------------------------------------------------------------


def _presence(node: core.Presence, here: Here, negated: bool) -> str:
    match node.how:
        case "recorded":
            if _is_record(node.operand, here):
                such_one = _such(node.operand, here)
                return f"there is {'no ' + such_one if negated else a(such_one)}"
            return f"{value(node.operand, here)} is{_not(negated)} recorded"
        case "known":
            if _is_record(node.operand, here):
                verb = "is not known" if negated else "is known"
                return f"which {_such(node.operand, here)} is meant {verb}"
            return f"{value(node.operand, here)} is{_not(negated)} known"
        case "open":
            come = "has come (it is filled in)" if negated else "has not come yet (it is blank)"
            return f"{value(node.operand, here)} {come}"
        case _ as never:
            assert_never(never)


def _is_record(node: core.Core, here: Here) -> bool:
    return isinstance(node, core.Slot) and here.kinds.get(node.index) is not None


def _such(node: core.Core, here: Here) -> str:
    owner = here.owner(node)
    return "record" if owner.is_it else owner.phrase.removeprefix("the ")


def _truth(node: core.Core, here: Here, negated: bool) -> str:
    """A yes or no: a field, a definition, a `let`."""
    match node:
        case core.Field(record=record, kind=kind, name=name):
            owner = here.owner(record)
            answer = f"{quoted(here.names.label(kind, name))} is {'no' if negated else 'yes'}"
            return answer if owner.is_it else f"{answer} for {owner.phrase}"
        case core.Derived(record=record, kind=kind, name=name):
            counts = "does not count" if negated else "counts"
            label = quoted(here.names.label(kind, name))
            return f"{here.owner(record).phrase} {counts} as {label}"
        case core.Slot(name=name):
            name = name.replace("_", " ")
            return f"{quoted(name)} {'does not hold' if negated else 'holds'}"
        case _:
            return f"{value(node, here)} is {'no' if negated else 'yes'}"


# --- sets ---------------------------------------------------------------------------------------


def _there_is(records: core.RecordSet, least: int, here: Here, negated: bool) -> str:
    noun, included = here.names.kind(records.kind), here.included(records.kind)
    if least == 1:
        some = f"no {noun}{included}" if negated else here.some(records.kind)
        return f"there is {some}"
    words = "fewer than" if negated else "at least"
    return f"there are {words} {number_word(least)} {here.names.kinds(records.kind)}{included}"


def _every(node: core.Every, here: Here, negated: bool) -> Said:
    records = node.records
    inner = here.inside(records)
    noun = here.names.kind(records.kind) + here.included(records.kind)
    has = condition(node.has, inner)
    every = "not every" if negated else "every"
    lead = f"of {every} {noun}"
    which = None if records.where is None else condition(records.where, inner)
    if which is None or which.is_flat:
        lead += f" where {which.text}," if which else ""
        if has.is_flat:
            return Said(f"{lead} this holds:", (has,))
        return Said(f"{lead} {has.text}", has.items)
    looked = Said(f"it is looked at only where {which.text}", which.items)
    return Said(f"of {every} {noun} that is looked at, the second of these holds:", (looked, has))


def condition_in_line(node: core.Core, here: Here) -> str:
    """A condition in one line, its lists in brackets."""
    return in_line(condition(node, here))
