"""Duties: the four forms, and those that make no sense (S3)."""

from typing import assert_never

from policyengine.diagnostics import Label
from policyengine.plan import core
from policyengine.plan.core import Duty
from policyengine.policy import misfits
from policyengine.policy.context import Binding, Here, Term
from policyengine.policy.dates import settle_length
from policyengine.policy.names import settle_path
from policyengine.policy.sets import record_set
from policyengine.policy.types import DATE, Sort, record_of
from policyengine.policy.windows import settle_anchor, settle_window
from policyengine.syntax import tree
from policyengine.syntax.tree import Expr, Path


def settle_duty(duty: tree.Duty, here: Here) -> Duty | None:
    """A duty in the core's words; None, and noted, if it can be none."""
    match duty:
        case tree.Have(what=Path(parts=(_, _, *_))):
            return _have_field(duty, here)
        case tree.Have(window=tree.AtLeastEvery() as every):
            return _have_every(duty, every, here)
        case tree.Have():
            return _have(duty, here)
        case tree.NotHave():
            return _not_have(duty, here)
        case tree.Show():
            return _show(duty, here)
        case _:
            raise AssertionError(f"a duty that is not settled: {type(duty).__name__}")


def _window(window: tree.Window | None, here: Here) -> core.OneWindow | None:
    return None if window is None else settle_window(window, here)


def _when_it_happened(
    name: tree.Name, records: core.RecordSet, window: tree.Window | None, here: Here
) -> None:
    """Notes TYP033: a window over records that have no day of their own, each of which would be
    taken for one inside it."""
    kind = here.words.schema.kinds[records.kind]
    if window is not None and kind.happened is None:
        here.note(misfits.undated_event(name.span, kind.name, window.span))


def _have(duty: tree.Have, here: Here) -> Duty | None:
    window = _window(duty.window, here)
    name = duty.what.parts[0]
    found = record_set(name, duty.alias, duty.where, here, plural=duty.least is not None)
    least = 1 if duty.least is None else duty.least
    if found is None:
        return None
    _when_it_happened(name, found[0], duty.window, here)
    return core.Have(records=found[0], least=least, window=window)


def _have_every(duty: tree.Have, every: tree.AtLeastEvery, here: Here) -> Duty | None:
    name = duty.what.parts[0]
    if duty.least is not None:
        message = "`at least every` asks for one record each time, not for a number of them"
        hint = f"leave `at least {duty.least}` out, and shorten the interval if need be"
        why = Label(name.span, f"at least {duty.least} of these")
        here.note(misfits.every_misused(every.span, message, why, hint))
    why = Label(every.anchor.span, "the first gap starts here")
    interval = settle_length(every.interval, here, why)
    anchor = settle_anchor(every.anchor, here, every)
    while_ = None
    if every.while_ is not None:
        lasts = Label(every.span, "the duty goes on while this holds")
        while_ = here.condition(every.while_, lasts)
    found = record_set(name, duty.alias, duty.where, here, plural=duty.least is not None)
    if found is None:
        return None
    _when_it_happened(name, found[0], every, here)
    return core.HaveEvery(records=found[0], interval=interval.core, anchor=anchor, while_=while_)


def _not_have(duty: tree.NotHave, here: Here) -> Duty | None:
    if len(duty.what.parts) > 1:
        message = "`must not have` forbids records, and this is a field"
        hint = f"write `must show {duty.what.span.text} is not recorded`"
        here.note(misfits.field_duty(duty.what.span, message, hint, "a field"))
        return None
    if isinstance(duty.window, tree.AtLeastEvery):
        message = "`must not have` forbids, so it cannot ask for something again and again"
        hint = "forbid it in a window: `within`, `between`, `no later than`"
        forbids = Label(duty.what.span, "this is forbidden")
        here.note(misfits.every_misused(duty.window.span, message, forbids, hint))
    window = _window(duty.window, here)
    found = record_set(duty.what.parts[0], duty.alias, duty.where, here)
    if found is None:
        return None
    _when_it_happened(duty.what.parts[0], found[0], duty.window, here)
    return core.NotHave(records=found[0], window=window)


def _have_field(duty: tree.Have, here: Here) -> Duty | None:
    """Duty 3: `must have RECORD.FIELD WINDOW [where CONDITION]` (S10). Notes TYP010, TYP015."""
    what = duty.what
    term = settle_path(what, here, DATE)
    fine = _check_event(duty, term, here)
    window = _window(duty.window, here)
    record = term.core.record if isinstance(term.core, core.Field | core.Derived) else None
    slot = here.scope.frame.new()
    where = None
    if duty.where is not None and record is not None:
        where = _where_of_field(duty.where, what, term, slot, here)
    if not fine or record is None or window is None:
        return None
    return core.HaveField(event=term.core, record=record, slot=slot, where=where, window=window)


def _check_event(duty: tree.Have, term: Term, here: Here) -> bool:
    """Whether a field can be the event of a duty, said where it cannot."""
    span, text = duty.what.span, duty.what.span.text
    before = len(here.notes.notes)
    if term.type.sort is not Sort.UNKNOWN and not term.type.is_moment:
        message = f"this is {term.type.words}, but a date is needed: it is the day of the event"
        hint = "for a state of affairs write `must show` and a condition"
        here.note(misfits.field_duty(span, message, hint, term.type.words))
    if duty.least is not None or duty.alias is not None:
        message = "a field is one event: it takes no number and no alias"
        here.note(misfits.field_duty(span, message, f"write `must have {text}` and a window"))
    if isinstance(duty.window, tree.AtLeastEvery):
        message = "a field holds one event, so it cannot come again and again"
        event = Label(span, "this is one event")
        hint = "`at least every` asks for records: `must have a KIND at least every ...`"
        here.note(misfits.every_misused(duty.window.span, message, event, hint))
    return len(here.notes.notes) == before


def _where_of_field(where: Expr, what: Path, event: Term, slot: int, here: Here) -> core.Core:
    """The condition sees the fields of the event's record standing bare, by the duty's own slot."""
    assert isinstance(event.core, core.Field | core.Derived)
    kind = event.core.kind
    looked_at = Binding(what.parts[-2].text, slot, record_of(kind), "kind", None)
    inner = here.within(here.scope.looking_at(looked_at))
    return inner.condition(where, Label(what.span, f"`where` is asked of the `{kind}` of this"))


def _show(duty: tree.Show, here: Here) -> Duty:
    if isinstance(duty.window, tree.AtLeastEvery):
        message = "a state of affairs is shown once, not again and again"
        state = Label(duty.condition.span, "this is a state")
        hint = "`at least every` asks for records: `must have a KIND at least every ...`"
        here.note(misfits.every_misused(duty.window.span, message, state, hint))
    window = _window(duty.window, here)
    condition = here.condition(duty.condition, Label(duty.span, "`must show` takes a condition"))
    return core.Show(condition=condition, window=window)


def has_no_silence(duty: Duty) -> bool:
    """Whether there is no silence of a duty: it looks for no record and no date (S3)."""
    match duty:
        case core.Have() | core.HaveEvery() | core.HaveField():
            return False
        case core.NotHave() | core.Show():
            return True
        case _:
            assert_never(duty)
