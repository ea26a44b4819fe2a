"""Duties and windows in plain English (S7 to S12, S15 to S17)."""

from __future__ import annotations

from typing import assert_never

from policyengine.plan import core
from policyengine.readback.blocks import Block, Said, full_stop
from policyengine.readback.conditions import SIDES, condition
from policyengine.readback.here import Here
from policyengine.readback.names import Owner
from policyengine.readback.values import anchor_value, value
from policyengine.readback.words import a, number_word


def duty(rule: core.Rule, here: Here) -> tuple[Block, ...]:
    """What must be there, or must not: a sentence, what counts, and how its time is counted."""
    modal = rule.force.value
    match rule.duty:
        case core.Have(records=records, least=least, window=window):
            return _have(modal, records, least, window, here)
        case core.NotHave(records=records, window=window):
            return _not_have(modal, records, window, here)
        case core.HaveField():
            return _have_field(modal, rule.duty, here)
        case core.Show(condition=shown, window=window):
            return _show(modal, shown, window, here)
        case core.HaveEvery():
            return _have_every(modal, rule.duty, here)
        case _ as never:
            assert_never(never)


def _have(
    modal: str, records: core.RecordSet, least: int, window: core.OneWindow | None, here: Here
) -> tuple[Block, ...]:
    what = _another(records, here)
    if least != 1:
        noun = here.names.kinds(records.kind)
        other = "other " if records.kind in here.own else ""
        what = f"at least {number_word(least)} {other}{noun}"
    when = f" {window_words(window, here)}" if window else ""
    first = Said(f"There {modal} be {what}{when}.")
    return (first, *_counts(records, here), *_dated_by(records.kind, window, here))


def _another(records: core.RecordSet, here: Here) -> str:
    noun = here.names.kind(records.kind)
    return f"another {noun}" if records.kind in here.own else a(noun)


def _counts(records: core.RecordSet, here: Here) -> tuple[Said, ...]:
    if records.where is None:
        return ()
    which = condition(records.where, _candidates(records, here))
    return (full_stop(which.prefixed(f"The {_noun(records, here)} counts only where ")),)


def _noun(records: core.RecordSet, here: Here) -> str:
    other = "other " if records.kind in here.own else ""
    return other + here.noun(records.kind)


def _candidates(records: core.RecordSet, here: Here) -> Here:
    return here.inside(records, None)


def _dated_by(kind: str, window: core.OneWindow | None, here: Here) -> tuple[Said, ...]:
    """By which of its dates a record is held against a window."""
    happened = here.plan.schema.kinds[kind].happened
    if window is None or happened is None:
        return ()
    noun = here.noun(kind)
    return (Said(f"What has to fall in that time is {_date_of(kind, happened, noun, here)}."),)


def _date_of(kind: str, field: str, noun: str, here: Here) -> str:
    return here.names.field(kind, field, Owner(f"the {noun}"))


def _not_have(
    modal: str, records: core.RecordSet, window: core.OneWindow | None, here: Here
) -> tuple[Block, ...]:
    when = f" {window_words(window, here)}" if window else ""
    other = "other " if records.kind in here.own else ""
    noun = other + here.names.kind(records.kind)
    first = f"There {modal} be no {noun}{when}"
    if records.where is None:
        said = Said(f"{first}.")
    else:
        which = condition(records.where, _candidates(records, here))
        comma = ", none" if when else ""
        said = full_stop(which.prefixed(f"{first}{comma} where "))
    return (said, *_dated_by(records.kind, window, here))


def _have_field(modal: str, duty: core.HaveField, here: Here) -> tuple[Block, ...]:
    event = value(duty.event, here)
    window = window_words(duty.window, here)
    said: list[Block] = [
        Said(f"A date {modal} be recorded: {event}. It {modal} fall {window}."),
    ]
    if duty.where is not None:
        assert isinstance(duty.event, core.Field | core.Derived)
        slots = {**here.slots, duty.slot: here.owner(duty.record)}
        kinds = {**here.kinds, duty.slot: duty.event.kind}
        inner = Here(
            plan=here.plan,
            names=here.names,
            zone=here.zone,
            slots=slots,
            kinds=kinds,
            lets=here.lets,
            it=here.it,
            own=here.own,
        )
        which = condition(duty.where, inner)
        said.append(full_stop(which.prefixed("The date counts only where ")))
    return tuple(said)


def _show(
    modal: str, shown: core.Core, window: core.OneWindow | None, here: Here
) -> tuple[Block, ...]:
    which = condition(shown, here)
    when = f"{window_words(window, here)}, the record {modal}" if window else f"The record {modal}"
    first = full_stop(which.prefixed(f"{when} show that ").capital())
    return (first,)


def _have_every(modal: str, duty: core.HaveEvery, here: Here) -> tuple[Block, ...]:
    records = duty.records
    every = f"at least every {value(duty.interval, here)}"
    first = Said(f"There {modal} be {_another(records, here)} {every}.")
    counted = Said(
        f"The time is counted from {value(duty.anchor, here)}, and then afresh from each "
        f"{_noun(records, here)} that counts."
    )
    said: list[Block] = [first, *_counts(records, here), counted]
    kind = records.kind
    happened = here.plan.schema.kinds[kind].happened
    if happened is not None:
        said.append(Said(f"It is dated by {_date_of(kind, happened, _noun(records, here), here)}."))
    if duty.while_ is not None:
        lasts = condition(duty.while_, here)
        said.append(full_stop(lasts.prefixed("The duty goes on only as long as ")))
    return tuple(said)


# --- windows ------------------------------------------------------------------------------------


def window_words(window: core.OneWindow, here: Here) -> str:
    """When the event must fall: `within 7 days after the day the order started`."""
    match window:
        case core.Within():
            return _within(window, here)
        case core.Between(first=first, last=last, rolls=rolls):
            t, end = value(first, here), value(last, here)
            return f"from {t} up to {end}, both included{_rolled(rolls)}"
        case core.OnDay(anchor=anchor):
            return f"on the same day as {value(anchor, here)}"
        case core.NoLater(anchor=anchor, strictly=strictly, rolls=rolls):
            word = "before" if strictly else "no later than"
            return f"{word} {value(anchor, here)}, however long before{_rolled(rolls)}"
        case _ as never:
            assert_never(never)


def _within(window: core.Within, here: Here) -> str:
    length, t = value(window.allowance, here), anchor_value(window.anchor, here)
    if not window.counting_that_day:
        return f"within {length} {SIDES[window.side]} {t}{_rolled(window.rolls)}"
    if window.side == "before":
        return f"within the {length} ending on {t}, that day included{_rolled(window.rolls)}"
    side = "" if window.side == "after" else f" ({SIDES[window.side]})"
    day = f"{t}, which is day one{side}"
    return f"within the {length} beginning with {day}{_rolled(window.rolls)}"


def _rolled(rolls: bool) -> str:
    if not rolls:
        return ""
    return ", or by the end of the next working day where the last day is none"
