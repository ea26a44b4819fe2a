"""Again and again (S12): `must have a KIND at least every D from T while C`."""

from __future__ import annotations

from collections.abc import Callable

from policyengine.evaluate.candidates import (
    NEAR_MISSES,
    Candidate,
    LateGap,
    Looking,
    Outcome,
    Seen,
)
from policyengine.evaluate.expressions import Compiler
from policyengine.evaluate.opening import without_window
from policyengine.evaluate.scene import Frame
from policyengine.evaluate.windows import Edge, Measure, Opened, at_or_before, is_past
from policyengine.plan import core
from policyengine.values.calendar import Calendar
from policyengine.values.durations import Duration
from policyengine.values.moments import FIRST_DAY, Moment
from policyengine.values.truth import Reason, Reasons, Unknown, Why, joined
from policyengine.values.verdict import Verdict

Interval = Callable[[Moment], "Duration | Unknown"]


def prepare_have_every(
    compiler: Compiler, rule: core.Rule, duty: core.HaveEvery, blank: bool
) -> Callable[[Frame, Moment], Outcome]:
    """The closure that judges a recurring duty."""
    looking = Looking(compiler, rule, duty.records, False if blank else None)
    anchor, interval = compiler.compile(duty.anchor), compiler.compile(duty.interval)
    while_ = None if duty.while_ is None else compiler.compile(duty.while_)
    calendar = compiler.calendar
    changes = [
        start.toordinal()
        for setting in compiler.plan.settings.values()
        for start, _ in setting.values
        if start is not None
    ]

    def judge(frame: Frame, now: Moment) -> Outcome:
        lasts = True if while_ is None else while_(frame)
        if lasts is False:
            return Outcome(Verdict.NOT_APPLICABLE)
        if isinstance(lasts, Unknown):
            return Outcome(Verdict.CANNOT_TELL, reasons=lasts.reasons)
        t = anchor(frame)
        if isinstance(t, Unknown):
            return without_window(t)
        if not isinstance(t, Moment):
            return without_window(None)

        def length(start: Moment) -> Duration | Unknown:
            kept, frame.trigger = frame.trigger, start.day
            value = interval(frame)
            frame.trigger = kept
            return value  # type: ignore[return-value]

        opened = Opened((t, Measure.ANCHOR), None, None, calendar.zone)
        found = looking.at(frame, opened)
        events = [each for each in found.known if each.surely_after]
        perhaps = [each for each in found.known if each.perhaps_after]
        if found.unseen is not None and found.unseen.perhaps_after:
            perhaps.append(found.unseen)
        recurrence = _Recurrence(t, length, now, calendar, duty.records.kind, changes)
        return recurrence.outcome(events, perhaps)

    return judge


class _Recurrence:
    """The gaps from T on, each with its due day."""

    def __init__(
        self,
        t: Moment,
        length: Interval,
        now: Moment,
        calendar: Calendar,
        kind: str,
        changes: list[int],
    ) -> None:
        """`changes` are the days on which the length of a gap may become another (S20)."""
        self.t = t
        self.length = length
        self.now = now
        self.calendar = calendar
        self.kind = kind
        self.changes = changes

    def outcome(self, events: list[Candidate], perhaps: list[Candidate]) -> Outcome:
        """The verdict of the sure events, unless a perhaps or an unseen one could change it."""
        dates = [each.event for each in events if each.event is not None]
        judged = self.judged(dates)
        gaps_found = () if isinstance(judged, Unknown) else judged[2]
        # Of several events of one moment the first closes the gap; the others come in time.
        late = {dates.index(gap.done) for gap in gaps_found if gap.done is not None}
        roles = [(each, "late" if place in late else "met") for place, each in enumerate(events)]
        recent = len(roles) - NEAR_MISSES
        seen = (
            *(
                _seen(each, role)
                for place, (each, role) in enumerate(roles)
                if role == "late" or place >= recent  # every late gap is listed
            ),
            *(_seen(each, "perhaps") for each in perhaps if not _is_unseen(each)),
        )
        if isinstance(judged, Unknown):
            return Outcome(Verdict.CANNOT_TELL, reasons=judged.reasons, seen=seen)
        verdict, due, gaps = judged
        doubts = self._doubts(dates, verdict, perhaps)
        if doubts and verdict is not Verdict.NOT_YET_DUE:
            return Outcome(Verdict.CANNOT_TELL, due, reasons=doubts, seen=seen, gaps=gaps)
        done = dates[-1] if dates and verdict in (Verdict.MET, Verdict.MET_LATE) else None
        if verdict is not Verdict.BREACHED:
            return Outcome(verdict, due, done, seen=seen, gaps=gaps)
        if not events:
            seen = (*seen, Seen(self.kind, None, None, "absent"))
        reasons: Reasons = (Reason(Why.NO_RECORD, self.kind),)
        silent = not events and not perhaps
        return Outcome(verdict, due, reasons=reasons, seen=seen, gaps=gaps, silent=silent)

    def judged(self, dates: list[Moment]) -> tuple[Verdict, Moment, tuple[LateGap, ...]] | Unknown:
        """The verdict of these events alone, with the due day and the late gaps."""
        gaps: list[LateGap] = []
        start = self.t
        late: bool | None = False
        for event in dates:
            edge = self._due(start)
            if isinstance(edge, Unknown):
                return edge
            due, measure = edge
            on_time = at_or_before(event, due, measure, self.calendar.zone)
            late = None if on_time is None else not on_time
            if late:
                gaps.append(LateGap(due, event))
            start = event
        edge = self._due(start)
        if isinstance(edge, Unknown):
            return edge
        due = edge[0]
        if is_past(due, self.now, self.calendar.zone):
            return Verdict.BREACHED, due, (*gaps, LateGap(due, None))
        if not dates:
            return Verdict.NOT_YET_DUE, due, ()
        if late is None:
            return Unknown((Reason(Why.IMPRECISE_TIME, self.kind),))
        return Verdict.MET_LATE if late else Verdict.MET, due, tuple(gaps)

    def _due(self, start: Moment) -> Edge | Unknown:
        """When the gap that starts there is to be closed, and how that is measured."""
        length = self.length(start)
        if isinstance(length, Unknown):
            return length
        measure = Measure.ELAPSED if length.is_elapsed else Measure.DAY
        return self.calendar.shifted(start, length), measure

    def _doubts(self, dates: list[Moment], verdict: Verdict, perhaps: list[Candidate]) -> Reasons:
        """The reasons of those perhaps-events that could change the verdict, one at a time."""
        doubts: list[Reasons] = []
        for each in perhaps:
            for day in self._days_that_matter(each.event, dates):
                changed = self.judged(sorted([*dates, day], key=_in_order))
                if isinstance(changed, Unknown) or changed[0] is not verdict:
                    doubts.append(each.reasons(each.after))
                    break
        return joined(*doubts) if doubts else ()

    def _days_that_matter(self, event: Moment | None, dates: list[Moment]) -> list[Moment]:
        """Where a perhaps-event could fall so as to change most: its own day; for one whose day
        is not known, the latest that it can be, the day of each event, and both sides of each
        day on which the length of a gap becomes another."""
        if event is not None and event.day == event.last:
            return [event]
        first = max(self.t.day, FIRST_DAY if event is None else event.day)
        last = self.now.last if event is None else min(event.last, self.now.last)
        days = [last, *(min(date.last, last) for date in dates)]
        days += [day for start in self.changes for day in (start - 1, start) if day <= last]
        return [Moment(day) for day in days if day >= first]


def _in_order(moment: Moment) -> tuple[int, int]:
    return (moment.day, moment.at if moment.timed and moment.at is not None else -(10**13))


def _is_unseen(candidate: Candidate) -> bool:
    return candidate.record is not None and candidate.record.unseen


def _seen(candidate: Candidate, role: str) -> Seen:
    assert candidate.record is not None
    return Seen(candidate.record.kind.name, candidate.record.id, candidate.event, role)
