"""The duties (S7 to S13): from candidates and a window to an outcome."""

from __future__ import annotations

from collections.abc import Callable

from policyengine.evaluate import windows
from policyengine.evaluate.candidates import (
    Candidate,
    Candidates,
    Looking,
    Outcome,
    Seen,
    as_seen,
    near_misses,
    vague,
)
from policyengine.evaluate.comparisons import Doubtful
from policyengine.evaluate.expressions import Compiler
from policyengine.evaluate.opening import prepare_window, without_window
from policyengine.evaluate.recurring import prepare_have_every
from policyengine.evaluate.scene import Frame, UnsureRecord
from policyengine.evaluate.windows import Opened
from policyengine.plan import core
from policyengine.records.model import Record
from policyengine.values.moments import Moment
from policyengine.values.truth import Reason, Truth, Unknown, Why, joined
from policyengine.values.verdict import Verdict

Judged = Callable[[Frame, Moment], Outcome]


def prepare_duty(compiler: Compiler, rule: core.Rule) -> Judged:
    """The closure that judges a rule's duty in a frame, for a subject, at a moment."""
    blank = rule.blank_means_breached is not None
    match rule.duty:
        case core.Have() as duty:
            return _prepare_have(compiler, rule, duty, blank)
        case core.NotHave() as duty:
            return _prepare_not_have(compiler, rule, duty, blank)
        case core.HaveField() as duty:
            return _prepare_have_field(compiler, duty, blank)
        case core.Show() as duty:
            return _prepare_show(compiler, duty, blank)
        case core.HaveEvery() as duty:
            return prepare_have_every(compiler, rule, duty, blank)


# --- duty 1: have -------------------------------------------------------------------------------


def _prepare_have(compiler: Compiler, rule: core.Rule, duty: core.Have, blank: bool) -> Judged:
    looking = Looking(compiler, rule, duty.records, False if blank else None)
    opening = prepare_window(compiler, duty.window)

    def judge(frame: Frame, now: Moment) -> Outcome:
        window = opening(frame)
        if not isinstance(window, Opened):
            return without_window(window)
        return judge_have(looking.at(frame, window), window, duty.least, now)

    return judge


def judge_have(found: Candidates, window: Opened, least: int, now: Moment) -> Outcome:
    """S7: enough true matches in time, else the clock, else what might have been, else late,
    else breached."""
    deadline = window.deadline
    inside = found.every(lambda each: each.surely_inside)
    if len(inside) >= least:
        matched = tuple(as_seen(each, "met") for each in inside[:least])
        return Outcome(Verdict.MET, deadline, inside[least - 1].event, seen=matched)
    perhaps = found.every(lambda each: each.perhaps_inside)
    seen = [as_seen(each, "met") for each in inside]
    seen += [as_seen(each, "perhaps") for each in perhaps]
    if deadline is not None and not window.has_passed(now):
        return Outcome(Verdict.NOT_YET_DUE, deadline, seen=tuple(seen))
    unseen = found.unseen
    may_be_unseen = unseen is not None and unseen.perhaps_inside
    if found.could_be(least, len(inside), perhaps, may_be_unseen):
        reasons = [each.reasons(each.inside) for each in perhaps]
        if unseen is not None and may_be_unseen:
            reasons.append(unseen.reasons(unseen.inside))
        misses = near_misses(found)
        return Outcome(
            Verdict.CANNOT_TELL, deadline, reasons=joined(*reasons), seen=(*seen, *misses)
        )
    return _late_or_breached(found, window, least)


def _late_or_breached(found: Candidates, window: Opened, least: int) -> Outcome:
    deadline = window.deadline
    by_now = found.every(lambda each: each.surely_after)
    if len(by_now) >= least:
        matched = tuple(
            as_seen(each, "met" if each.inside is True else "late") for each in by_now[:least]
        )
        return Outcome(Verdict.MET_LATE, deadline, by_now[least - 1].event, seen=matched)
    perhaps = found.every(lambda each: each.perhaps_after)
    unseen = found.unseen
    may_be_unseen = unseen is not None and unseen.perhaps_after
    seen = [as_seen(each, "late") for each in by_now]
    seen += [as_seen(each, "perhaps") for each in perhaps]
    seen += [miss for miss in near_misses(found) if miss not in seen]
    if found.could_be(least, len(by_now), perhaps, may_be_unseen):
        reasons = [each.reasons(each.after) for each in perhaps]
        if unseen is not None and may_be_unseen:
            reasons.append(unseen.reasons(unseen.after))
        return Outcome(Verdict.CANNOT_TELL, deadline, reasons=joined(*reasons), seen=tuple(seen))
    if not by_now:
        seen.append(Seen(found.kind, None, None, "absent"))
    return Outcome(
        Verdict.BREACHED,
        deadline,
        reasons=(Reason(Why.NO_RECORD, found.kind),),
        seen=tuple(seen),
        silent=not by_now and not perhaps,
    )


# --- duty 2: not have ---------------------------------------------------------------------------


def _prepare_not_have(
    compiler: Compiler, rule: core.Rule, duty: core.NotHave, blank: bool
) -> Judged:
    looking = Looking(compiler, rule, duty.records, True if blank else None)
    opening = prepare_window(compiler, duty.window)

    def judge(frame: Frame, now: Moment) -> Outcome:
        window = opening(frame)
        if not isinstance(window, Opened):
            return without_window(window)
        return judge_not_have(looking.at(frame, window), window, now)

    return judge


def judge_not_have(found: Candidates, window: Opened, now: Moment) -> Outcome:
    """S9: a true match breaches at once; else the clock; else what might have been; else met."""
    deadline = window.deadline
    forbidden = found.every(lambda each: each.surely_inside)
    perhaps = found.every(lambda each: each.perhaps_inside)
    seen = [as_seen(each, "forbidden") for each in forbidden]
    seen += [as_seen(each, "perhaps") for each in perhaps]
    if forbidden:
        return Outcome(Verdict.BREACHED, deadline, seen=tuple(seen))
    if deadline is not None and not window.has_passed(now):
        return Outcome(Verdict.NOT_YET_DUE, deadline, seen=tuple(seen))
    reasons = [each.reasons(each.inside) for each in perhaps]
    if found.unseen is not None and found.unseen.perhaps_inside:
        reasons.append(found.unseen.reasons(found.unseen.inside))
    if reasons:
        return Outcome(Verdict.CANNOT_TELL, deadline, reasons=joined(*reasons), seen=tuple(seen))
    return Outcome(Verdict.MET, deadline)


# --- duty 3: have a field -----------------------------------------------------------------------


def _prepare_have_field(compiler: Compiler, duty: core.HaveField, blank: bool) -> Judged:
    event_of, record_of = compiler.compile(duty.event), compiler.compile(duty.record)
    where = None if duty.where is None else compiler.compile(duty.where)
    opening = prepare_window(compiler, duty.window)
    assert isinstance(duty.event, core.Field | core.Derived)
    kind, name = duty.event.kind, duty.event.name

    def judge(frame: Frame, now: Moment) -> Outcome:
        window = opening(frame)
        if not isinstance(window, Opened):
            return without_window(window)
        record = record_of(frame)
        frame.slots[duty.slot] = record
        matches: Truth = True if where is None else where(frame)  # type: ignore[assignment]
        if blank and isinstance(matches, Unknown) and matches.only_blank:
            matches = False
        found = _one_candidate(kind, record, name, event_of(frame), matches, window)
        for each in found.known:
            if each.event is not None and windows.is_past(now, each.event, window.zone):
                each.after = False  # a planned date that is still to come is not done late (S7)
        return judge_have(found, window, 1, now)

    return judge


def _one_candidate(
    kind: str, record: object, name: str, event: object, matches: Truth, window: Opened
) -> Candidates:
    """S10: the field's date is the one candidate. Blank, or not yet: it has not happened."""
    found = Candidates(kind)
    if isinstance(record, UnsureRecord | Unknown):
        which = Unknown(record.reasons)
        found.known.append(Candidate(None, None, which, which, lambda: matches))
    elif isinstance(record, Record):
        if isinstance(event, Moment):
            inside, after = window.holds(event), window.is_from_opening(event)
            found.known.append(
                Candidate(
                    record,
                    event,
                    vague(record, name) if inside is None else inside,
                    vague(record, name) if after is None else after,
                    lambda: matches,
                )
            )
        elif isinstance(event, Doubtful) or (isinstance(event, Unknown) and not event.only_blank):
            found.known.append(Candidate(record, None, event, event, lambda: matches))
    return found


# --- duty 4: show -------------------------------------------------------------------------------


def _prepare_show(compiler: Compiler, duty: core.Show, blank: bool) -> Judged:
    condition = compiler.compile(duty.condition)
    opening = prepare_window(compiler, duty.window)

    def judge(frame: Frame, now: Moment) -> Outcome:
        truth: Truth = condition(frame)  # type: ignore[assignment]
        if blank and isinstance(truth, Unknown) and truth.only_blank:
            reasons = truth.reasons
            truth = False
        else:
            reasons = truth.reasons if isinstance(truth, Unknown) else ()
        window = opening(frame)
        if truth is True:
            deadline = window.deadline if isinstance(window, Opened) else None
            return Outcome(Verdict.MET, deadline)
        if not isinstance(window, Opened):
            return without_window(window)
        if window.deadline is not None and not window.has_passed(now):
            return Outcome(Verdict.NOT_YET_DUE, window.deadline)
        verdict = Verdict.BREACHED if truth is False else Verdict.CANNOT_TELL
        return Outcome(verdict, window.deadline, reasons=reasons)

    return judge
