"""The duties (S7 to S13): from candidates and a window to an outcome.

The names are those of the clauses: what is surely inside, perhaps inside, surely after the
opening, and what the record cannot tell.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

from policyengine.evaluate import windows
from policyengine.evaluate.expressions import Compiler
from policyengine.evaluate.scene import Evaluated, Frame, UnsureRecord, missing_reason
from policyengine.evaluate.sets import RecordsOf
from policyengine.evaluate.windows import EVER, Opened
from policyengine.plan import core
from policyengine.records.model import Record
from policyengine.values.durations import Duration
from policyengine.values.moments import LAST_DAY, Moment
from policyengine.values.truth import Reason, Reasons, Truth, Unknown, Why, joined
from policyengine.values.verdict import Verdict

NEAR_MISSES = 5


@dataclass(frozen=True, slots=True)
class Seen:
    """A record that was looked at, when it happened, and what it was to the duty."""

    kind: str
    id: str | None
    on: Moment | None
    role: str


@dataclass(frozen=True, slots=True)
class LateGap:
    """A gap of a recurring duty that was not closed by its due day."""

    due: Moment
    done: Moment | None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a duty came to, before exceptions and ends."""

    verdict: Verdict
    deadline: Moment | None = None
    done: Moment | None = None
    reasons: Reasons = ()
    seen: tuple[Seen, ...] = ()
    gaps: tuple[LateGap, ...] = ()
    silent: bool = False  # nothing matches, even perhaps, from the window's opening on
    unopened: bool = False  # T, or how long after it, is not known


class Candidate:
    """A candidate: where its date stands to the window, and whether it matches its `where`
    (asked when it is needed, since most candidates stand outside the window).

    `record` is None where it cannot be told which record it is. `after` is from the opening on.
    """

    __slots__ = ("_ask", "_matches", "after", "event", "inside", "record")

    def __init__(
        self,
        record: Record | None,
        event: Moment | None,
        inside: Truth,
        after: Truth,
        ask: Callable[[], Truth],
    ) -> None:
        self.record = record
        self.event = event
        self.inside = inside
        self.after = after
        self._ask = ask
        self._matches: Truth | None = None

    @property
    def matches(self) -> Truth:
        """Whether it matches the duty's `where`."""
        if self._matches is None:
            self._matches = self._ask()
        return self._matches

    @property
    def surely_inside(self) -> bool:
        """It matches, in the window."""
        return self.inside is True and self.matches is True

    @property
    def perhaps_inside(self) -> bool:
        """It may match in the window, but not surely."""
        return self.inside is not False and self.matches is not False and not self.surely_inside

    @property
    def surely_after(self) -> bool:
        """It matches, from the opening on."""
        return self.after is True and self.matches is True

    @property
    def perhaps_after(self) -> bool:
        """It may match from the opening on, but not surely."""
        return self.after is not False and self.matches is not False and not self.surely_after

    def reasons(self, where: Truth) -> Reasons:
        """Why it is only perhaps a match there."""
        doubts = (self.matches, where)
        return joined(*(each.reasons for each in doubts if isinstance(each, Unknown)))


@dataclass(slots=True)
class Candidates:
    """All the candidates of a duty, in the order of their dates; `unseen` may be any number."""

    kind: str
    known: list[Candidate] = field(default_factory=list)
    unseen: Candidate | None = None

    def every(self, test: Callable[[Candidate], bool]) -> list[Candidate]:
        """Those that pass."""
        return [each for each in self.known if test(each)]

    def could_be(self, least: int, sure: int, perhaps: list[Candidate], unseen: bool) -> bool:
        """Whether those surely there and those perhaps there could make so many."""
        return unseen or sure + len(perhaps) >= least


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
            from policyengine.evaluate.recurring import prepare_have_every

            return prepare_have_every(compiler, rule, duty, blank)


# --- windows over a frame -----------------------------------------------------------------------

Opening = Callable[[Frame], "Opened | Unknown | None"]


def prepare_window(compiler: Compiler, window: core.OneWindow | None) -> Opening:
    """The window over a frame: opened, or Unknown with what is missing, or None where T is not
    yet (S13)."""
    if window is None:
        return lambda _: EVER
    calendar = compiler.calendar
    match window:
        case core.Within(allowance=allowance, side=side, anchor=anchor):
            length, at = compiler.compile(allowance), compiler.compile(anchor)

            def within(frame: Frame) -> Opened | Unknown | None:
                t, by = at(frame), length(frame)
                if isinstance(t, Unknown) or isinstance(by, Unknown):
                    return _missing(t, by)
                if not isinstance(t, Moment):
                    return None
                assert isinstance(by, Duration)
                return windows.within(
                    by,
                    side,
                    t,
                    calendar,
                    counting_that_day=window.counting_that_day,
                    rolls=window.rolls,
                )

            return within
        case core.Between(first=first, last=last, rolls=rolls):
            start, end = compiler.compile(first), compiler.compile(last)

            def between(frame: Frame) -> Opened | Unknown | None:
                opens, closes = start(frame), end(frame)
                if isinstance(opens, Unknown) or isinstance(closes, Unknown):
                    return _missing(opens, closes)
                if not isinstance(opens, Moment) or not isinstance(closes, Moment):
                    return None
                return windows.between(opens, closes, calendar, rolls=rolls)

            return between
        case core.OnDay(anchor=anchor):
            return _around(compiler.compile(anchor), lambda t: windows.on_day(t, calendar))
        case core.NoLater(anchor=anchor, strictly=strictly, rolls=rolls):
            return _around(
                compiler.compile(anchor),
                lambda t: windows.no_later(t, calendar, strictly=strictly, rolls=rolls),
            )


def _around(anchor: Evaluated, opened: Callable[[Moment], Opened]) -> Opening:
    def opening(frame: Frame) -> Opened | Unknown | None:
        t = anchor(frame)
        if isinstance(t, Unknown):
            return t
        return opened(t) if isinstance(t, Moment) else None

    return opening


def _missing(*values: object) -> Unknown:
    return Unknown(joined(*(value.reasons for value in values if isinstance(value, Unknown))))


def without_window(window: Unknown | None) -> Outcome:
    """S13: a missing T cannot be told; a T that is not yet is not yet due, with no deadline."""
    if window is None:
        return Outcome(Verdict.NOT_YET_DUE)
    return Outcome(Verdict.CANNOT_TELL, reasons=window.reasons, unopened=True)


# --- candidates ---------------------------------------------------------------------------------


class Looking:
    """How a duty looks at the records of its kind."""

    def __init__(
        self, compiler: Compiler, rule: core.Rule, records: core.RecordSet, blank: bool | None
    ) -> None:
        """`blank` is what a condition left unknown by blanks alone counts as; None: unknown."""
        self.records = RecordsOf(compiler, records)
        self.kind = records.kind
        kind = compiler.plan.schema.kinds[records.kind]
        self.happened = kind.happened
        self.index = None if kind.happened is None else kind.fields[kind.happened].index
        self.blank = blank
        self.own_slots = [rule.subject.slot]
        if rule.subject.companion is not None:
            self.own_slots.append(rule.subject.companion.slot)

    def at(self, frame: Frame, window: Opened) -> Candidates:
        """Every candidate, held against a window."""
        own = {
            (record.kind.name, record.id)
            for slot in self.own_slots
            if isinstance(record := frame.slots[slot], Record)
        }
        found = Candidates(self.kind)
        for record in frame.scene.records(self.kind):
            if (self.kind, record.id) in own:
                continue
            found.known.append(self.candidate(frame, record, window))
        found.known.sort(key=lambda each: _by_event(each.event))
        unseen = frame.scene.unseen(self.kind)
        if unseen is not None:
            found.unseen = self.candidate(frame, unseen, window)
        return found

    def candidate(self, frame: Frame, record: Record, window: Opened) -> Candidate:
        """One candidate."""
        event = None if self.index is None else record.values[self.index]
        ask = partial(self._matches, frame, record)
        if not isinstance(event, Moment):
            inside = self._undated(record, event, window)
            return Candidate(record, None, inside, inside, ask)
        after = window.is_from_opening(event)
        inside_too = after if after is False else window.holds(event)
        return Candidate(
            record,
            event,
            inside_too if inside_too is not None else self._vague(record),
            after if after is not None else self._vague(record),
            ask,
        )

    def _matches(self, frame: Frame, record: Record) -> Truth:
        matches = self.filled(self.records.truth(frame, record))
        return Unknown(record.perhaps) if record.unseen and matches is True else matches

    def _vague(self, record: Record) -> Unknown:
        return _vague(record, self.happened)

    def _undated(self, record: Record, event: object, window: Opened) -> Truth:
        """A record without its date: perhaps inside and perhaps after (S7), or not (S4)."""
        if window is EVER or self.happened is None:
            return True
        if isinstance(event, Unknown):
            return event
        if event is None and self.blank is not None:
            return self.blank
        return Unknown((missing_reason(record, self.happened, event),))

    def filled(self, truth: Truth) -> Truth:
        """`blank means breached`: what only blanks leave unknown is settled (S4)."""
        if self.blank is not None and isinstance(truth, Unknown) and truth.only_blank:
            return self.blank
        return truth


def _vague(record: Record, field: str | None) -> Unknown:
    if record.unseen:
        return Unknown(record.perhaps)
    return Unknown((Reason(Why.IMPRECISE_TIME, record.kind.name, record.id, field),))


def _by_event(event: Moment | None) -> tuple[int, int]:
    """By the day, a day before the times on it; undated ones last."""
    if event is None:
        return (LAST_DAY + 1, 0)
    return (event.day, event.at if event.timed and event.at is not None else -(10**13))


def _as_seen(candidate: Candidate, role: str) -> Seen:
    record = candidate.record
    if record is None:
        return Seen("", None, None, role)
    return Seen(record.kind.name, record.id, candidate.event, role)


def _near_misses(found: Candidates) -> list[Seen]:
    """The records that a reader would hold up: matching before the window (the last few),
    matching after it, or in it and not matching (the first few)."""
    before: list[Seen] = []
    for each in reversed(found.known):
        if len(before) < NEAR_MISSES and each.after is False and each.matches is True:
            before.insert(0, _as_seen(each, "before_window"))
    late: list[Seen] = []
    unlike: list[Seen] = []
    for each in found.known:
        if each.inside is False and each.after is not False and each.matches is True:
            late.append(_as_seen(each, "late"))
        elif each.inside is True and each.matches is False:
            unlike.append(_as_seen(each, "not_matching"))
    return before + late[:NEAR_MISSES] + unlike[:NEAR_MISSES]


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
        matched = tuple(_as_seen(each, "met") for each in inside[:least])
        return Outcome(Verdict.MET, deadline, inside[least - 1].event, seen=matched)
    perhaps = found.every(lambda each: each.perhaps_inside)
    seen = [_as_seen(each, "met") for each in inside]
    seen += [_as_seen(each, "perhaps") for each in perhaps]
    if deadline is not None and not window.has_passed(now):
        return Outcome(Verdict.NOT_YET_DUE, deadline, seen=tuple(seen))
    unseen = found.unseen
    may_be_unseen = unseen is not None and unseen.perhaps_inside
    if found.could_be(least, len(inside), perhaps, may_be_unseen):
        reasons = [each.reasons(each.inside) for each in perhaps]
        if unseen is not None and may_be_unseen:
            reasons.append(unseen.reasons(unseen.inside))
        misses = _near_misses(found)
        return Outcome(
            Verdict.CANNOT_TELL, deadline, reasons=joined(*reasons), seen=(*seen, *misses)
        )
    return _late_or_breached(found, window, least)


def _late_or_breached(found: Candidates, window: Opened, least: int) -> Outcome:
    deadline = window.deadline
    by_now = found.every(lambda each: each.surely_after)
    if len(by_now) >= least:
        matched = tuple(
            _as_seen(each, "met" if each.inside is True else "late") for each in by_now[:least]
        )
        return Outcome(Verdict.MET_LATE, deadline, by_now[least - 1].event, seen=matched)
    perhaps = found.every(lambda each: each.perhaps_after)
    unseen = found.unseen
    may_be_unseen = unseen is not None and unseen.perhaps_after
    seen = [_as_seen(each, "late") for each in by_now]
    seen += [_as_seen(each, "perhaps") for each in perhaps]
    seen += [miss for miss in _near_misses(found) if miss not in seen]
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
    seen = [_as_seen(each, "forbidden") for each in forbidden]
    seen += [_as_seen(each, "perhaps") for each in perhaps]
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
                    _vague(record, name) if inside is None else inside,
                    _vague(record, name) if after is None else after,
                    lambda: matches,
                )
            )
        elif isinstance(event, Unknown) and not event.only_blank:
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
