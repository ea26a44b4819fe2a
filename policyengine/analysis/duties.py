"""The duties over a made-up case (S7 to S13): from candidates and a window to verdicts."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import z3

from policyengine.analysis import moments
from policyengine.analysis.expressions import Frame
from policyengine.analysis.moments import EVER, Edge, Window
from policyengine.analysis.outcomes import Candidate, Verdicts, first_of, settled, tally
from policyengine.analysis.symbols import (
    NO,
    TRUE,
    UNKNOWN,
    YES,
    Bool,
    Holder,
    Length,
    Tri,
    When,
    all_of,
    both,
    certain,
    chosen,
    given,
)
from policyengine.analysis.world import World
from policyengine.plan import core
from policyengine.values.verdict import Verdict


class Duties:
    """Makes the verdicts of a rule's duty. `conditions` takes the truths of the conditions that
    are asked on the way, by the node."""

    def __init__(self, world: World, rule: core.Rule, conditions: dict[int, Tri]) -> None:
        self.world = world
        self.rule = rule
        self.conditions = conditions

    def asked(self, frame: Frame, condition: core.Core) -> Tri:
        """The truth of a condition, remembered."""
        truth = frame.truth(condition)
        self.conditions[id(condition)] = truth
        return truth

    def of(self, frame: Frame) -> tuple[Verdicts, Bool]:
        """The verdicts of the duty alone, and where its window could not be opened."""
        duty = self.rule.duty
        if isinstance(duty, core.HaveEvery):
            return self._again_and_again(frame, duty)
        lengths = self._lengths(frame, duty.window)
        found: Verdicts | None = None
        unopened: Bool = NO
        for test, length in reversed(lengths):
            window = self._window(frame, duty.window, length)
            verdicts = self._in_window(frame, duty, window)
            missing = z3.And(z3.Not(window.known), z3.Not(window.not_yet))
            unopened = missing if found is None else z3.If(test, missing, unopened)
            if found is None:
                found = verdicts
            else:
                found = {v: z3.If(test, verdicts[v], found[v]) for v in verdicts}
        assert found is not None
        return found, unopened

    def _lengths(self, frame: Frame, window: core.OneWindow | None) -> list[tuple[Bool, Any]]:
        if isinstance(window, core.Within):
            allowance: Length = frame.value(window.allowance)
            return [(test, (length, allowance.known)) for test, length in allowance.options]
        return [(YES, None)]

    def _window(self, frame: Frame, window: core.OneWindow | None, length: Any) -> Window:
        world = self.world
        match window:
            case None:
                return EVER
            case core.Within(side=side, anchor=anchor, counting_that_day=counting, rolls=rolls):
                t: When = frame.value(anchor)
                made = moments.within(world, length[0], side, t, counting=counting, rolls=rolls)
                known = length[1]
                return replace(
                    made, known=z3.And(made.known, known), not_yet=z3.And(made.not_yet, known)
                )
            case core.Between(first=first, last=last, rolls=rolls):
                opens, closes = frame.value(first), frame.value(last)
                edge = Edge(closes, "anchor")
                if rolls:
                    edge = moments.rolled(world, edge)
                known = z3.And(opens.known, closes.known)
                there = [z3.Or(each.known, each.not_yet) for each in (opens, closes)]
                ahead = z3.And(all_of(there), z3.Not(known))
                return Window(known, ahead, Edge(opens, "anchor"), edge, edge.moment)
            case core.OnDay(anchor=anchor):
                t = frame.value(anchor)
                edge = Edge(t, "day")
                deadline = When(first=t.first, last=t.last)
                return Window(t.known, t.not_yet, edge, edge, deadline)
            case core.NoLater(anchor=anchor, strictly=strictly, rolls=rolls):
                return self._no_later(frame.value(anchor), strictly, rolls)

    def _no_later(self, t: When, strictly: bool, rolls: bool) -> Window:
        if not strictly:
            edge = Edge(t, "anchor")
            if rolls:
                edge = moments.rolled(self.world, edge)
            return Window(t.known, t.not_yet, None, edge, edge.moment)
        at_once = moments._seconds_later(self.world, t, -1)
        day_before = When(first=t.first - 1, last=t.last - 1)
        deadline = chosen(t.bounded, at_once, day_before)
        return Window(t.known, t.not_yet, None, Edge(t, "strict"), deadline)

    def _in_window(self, frame: Frame, duty: Any, window: Window) -> Verdicts:
        match duty:
            case core.Have(records=records, least=least):
                verdicts = self._have(
                    frame, self._candidates(frame, records, window), least, window
                )
            case core.NotHave(records=records):
                verdicts = self._not_have(frame, self._candidates(frame, records, window), window)
            case core.HaveField():
                verdicts = self._have(frame, [self._field(frame, duty, window)], 1, window)
            case core.Show(condition=condition):
                return self._show(frame, self.asked(frame, condition), window)
            case _:
                raise AssertionError(duty)
        return self._opened(window, verdicts)

    def _opened(self, window: Window, verdicts: Verdicts) -> Verdicts:
        missing = z3.And(z3.Not(window.known), z3.Not(window.not_yet))
        verdicts = settled(window.not_yet, Verdict.NOT_YET_DUE, verdicts)
        return settled(missing, Verdict.CANNOT_TELL, verdicts)

    def _is_open(self, frame: Frame, window: Window) -> Bool:
        if window.deadline is None:
            return NO
        now = frame.scene.view.now.as_moment()
        return z3.Not(moments.is_past(window.deadline, now))

    def _candidates(self, frame: Frame, records: core.RecordSet, window: Window) -> list[Candidate]:
        own = [frame.slots[self.rule.subject.slot]]
        if self.rule.subject.companion is not None:
            own.append(frame.slots[self.rule.subject.companion.slot])
        found = []
        for record in frame.scene.records(records.kind):
            if any(record.kind == each.kind and record.place == each.place for each in own):
                continue
            matches = self._blank(frame.member(records, record))
            if records.where is not None:
                kept = frame.with_slot(records.slot, record).truth(records.where)
                self._any_record(records.where, record.there, kept)
            inside, after = self._standing(record, window)
            found.append(Candidate(record.there, matches, inside, after))
        return found

    def _any_record(self, condition: core.Core, there: Bool, truth: Tri) -> None:
        """A condition on the records of a set: it holds where it holds of some record."""
        before = self.conditions.get(id(condition), Tri(NO, NO))
        here = Tri(z3.And(there, truth.t), z3.And(there, truth.f))
        self.conditions[id(condition)] = Tri(z3.Or(before.t, here.t), z3.Or(before.f, here.f))

    def _standing(self, record: Holder, window: Window) -> tuple[Tri, Tri]:
        """Where a record's date stands to the window: inside, and from the opening on."""
        kind = self.world.plan.schema.kinds.get(record.kind)
        kind = kind or self.world.plan.gatherings[record.kind].kind
        if window is EVER or kind.happened is None:
            return TRUE, TRUE
        event: Any = record.values[kind.fields[kind.happened].index]
        undated = self._blank(UNKNOWN)
        inside = given(event.known, moments.holds(self.world, event, window), undated)
        after = given(event.known, moments.from_opening(self.world, event, window), undated)
        return inside, after

    def _blank(self, truth: Tri) -> Tri:
        """`blank means breached`: an unknown may be settled."""
        if self.rule.blank_means_breached is None:
            return truth
        key = ("blank", self.world.mark(truth.t), self.world.mark(truth.f))
        blank = self.world.free(key, lambda: self.world.truth("blank"))
        settles = z3.And(truth.u, blank)
        if isinstance(self.rule.duty, core.NotHave):
            return Tri(z3.Or(truth.t, settles), truth.f)
        return Tri(truth.t, z3.Or(truth.f, settles))

    def _field(self, frame: Frame, duty: core.HaveField, window: Window) -> Candidate:
        record = frame.value(duty.record)
        inner = frame.with_slot(duty.slot, record)
        matches = TRUE if duty.where is None else self._blank(self.asked(inner, duty.where))
        event: Any = frame.value(duty.event)
        inside = moments.holds(self.world, event, window)
        after = moments.from_opening(self.world, event, window)
        planned = moments.is_past(frame.scene.view.now.as_moment(), event)
        after = Tri(z3.And(after.t, z3.Not(planned)), z3.Or(after.f, planned))
        # Blank or not yet is no candidate; recorded as unknown, or of nobody knows whom, perhaps.
        maybe = z3.And(z3.Not(event.known), z3.Or(event.doubt, event.recorded))
        odd = z3.And(z3.Not(event.known), z3.Not(event.not_yet), self._odd(event))
        there = z3.Or(event.known, maybe, odd)
        return Candidate(
            there,
            both([matches, certain(there)]),
            given(event.known, inside, UNKNOWN),
            given(event.known, after, UNKNOWN),
        )

    def _odd(self, event: Any) -> Bool:
        """A date that is no date: invalid, and so perhaps the event."""
        key = ("odd", self.world.mark(event.first))
        odd: Bool = self.world.free(key, lambda: self.world.truth("odd"))
        return odd

    def _have(self, frame: Frame, several: list[Candidate], least: int, window: Window) -> Verdicts:
        """S7: in time, still open, perhaps in time, late, perhaps late, breached."""
        inside, after = tally(several, "inside"), tally(several, "after")
        enough_inside, may_inside = inside[0] >= least, inside[0] + inside[1] >= least
        enough_after, may_after = after[0] >= least, after[0] + after[1] >= least
        return first_of(
            [
                (enough_inside, Verdict.MET),
                (self._is_open(frame, window), Verdict.NOT_YET_DUE),
                (may_inside, Verdict.CANNOT_TELL),
                (enough_after, Verdict.MET_LATE),
                (may_after, Verdict.CANNOT_TELL),
            ],
            Verdict.BREACHED,
        )

    def _not_have(self, frame: Frame, several: list[Candidate], window: Window) -> Verdicts:
        """S9."""
        sure, perhaps = tally(several, "inside")
        return first_of(
            [
                (sure >= 1, Verdict.BREACHED),
                (self._is_open(frame, window), Verdict.NOT_YET_DUE),
                (perhaps >= 1, Verdict.CANNOT_TELL),
            ],
            Verdict.MET,
        )

    def _show(self, frame: Frame, truth: Tri, window: Window) -> Verdicts:
        """S11."""
        truth = self._blank(truth)
        verdicts = first_of(
            [
                (z3.And(window.known, self._is_open(frame, window)), Verdict.NOT_YET_DUE),
                (truth.f, Verdict.BREACHED),
            ],
            Verdict.CANNOT_TELL,
        )
        return settled(truth.t, Verdict.MET, self._opened(window, verdicts))

    def _again_and_again(self, frame: Frame, duty: core.HaveEvery) -> tuple[Verdicts, Bool]:
        """S12: exact where nothing matches; with events, any of the verdicts."""
        lasts = TRUE if duty.while_ is None else self.asked(frame, duty.while_)
        t: When = frame.value(duty.anchor)
        window = Window(t.known, t.not_yet, Edge(t, "anchor"), None, None)
        several = self._candidates(frame, duty.records, window)
        sure, perhaps = tally(several, "after")
        interval: Length = frame.value(duty.interval)
        due = moments.shifted(self.world, t, interval, 1)
        past = moments.is_past(due, frame.scene.view.now.as_moment())
        alone = z3.And(sure == 0, perhaps == 0)
        verdicts = first_of([(past, Verdict.BREACHED)], Verdict.NOT_YET_DUE)
        which = self.world.integer("recurs", 0, 4)
        free = (
            Verdict.MET, Verdict.MET_LATE, Verdict.BREACHED, Verdict.NOT_YET_DUE,
            Verdict.CANNOT_TELL,
        )  # fmt: skip
        for number, verdict in enumerate(free):
            verdicts[verdict] = z3.If(alone, verdicts[verdict], which == number)
        verdicts = settled(z3.And(alone, z3.Not(interval.known)), Verdict.CANNOT_TELL, verdicts)
        done = z3.Or(verdicts[Verdict.MET], verdicts[Verdict.MET_LATE])
        self.world.facts.append(z3.Implies(z3.And(done, z3.Not(alone)), sure + perhaps >= 1))
        verdicts = self._opened(window, verdicts)
        verdicts = settled(lasts.u, Verdict.CANNOT_TELL, verdicts)
        verdicts = settled(lasts.f, Verdict.NOT_APPLICABLE, verdicts)
        return verdicts, z3.And(lasts.t, z3.Not(t.known), z3.Not(t.not_yet))
