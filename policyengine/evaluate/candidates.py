"""What a duty looks at: each record of its kind, held against its `where` and its window (S7).

Names are the clause's own: surely inside, perhaps inside, surely after the opening.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

from policyengine.evaluate.expressions import Compiler
from policyengine.evaluate.scene import Frame, missing_reason
from policyengine.evaluate.sets import RecordsOf
from policyengine.evaluate.windows import EVER, Opened
from policyengine.plan import core
from policyengine.records.model import Record
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
        own = [frame.slots[slot] for slot in self.own_slots]
        found = Candidates(self.kind)
        for record in frame.scene.records(self.kind):
            if record in own:  # a record is equal to itself alone
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
        return vague(record, self.happened)

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


def vague(record: Record, field: str | None) -> Unknown:
    """Why it cannot be told where a record's date stands."""
    if record.unseen:
        return Unknown(record.perhaps)
    return Unknown((Reason(Why.IMPRECISE_TIME, record.kind.name, record.id, field),))


def _by_event(event: Moment | None) -> tuple[int, int]:
    """By the day, a day before the times on it; undated ones last."""
    if event is None:
        return (LAST_DAY + 1, 0)
    return (event.day, event.at if event.timed and event.at is not None else -(10**13))


def as_seen(candidate: Candidate, role: str) -> Seen:
    """A candidate as evidence."""
    record = candidate.record
    if record is None:
        return Seen("", None, None, role)
    return Seen(record.kind.name, record.id, candidate.event, role)


def near_misses(found: Candidates) -> list[Seen]:
    """The records that a reader would hold up: matching before the window (the last few),
    matching after it, or in it and not matching (the first few)."""
    before: list[Seen] = []
    for each in reversed(found.known):
        if len(before) < NEAR_MISSES and each.after is False and each.matches is True:
            before.insert(0, as_seen(each, "before_window"))
    late: list[Seen] = []
    unlike: list[Seen] = []
    for each in found.known:
        if each.inside is False and each.after is not False and each.matches is True:
            late.append(as_seen(each, "late"))
        elif each.inside is True and each.matches is False:
            unlike.append(as_seen(each, "not_matching"))
    return before + late[:NEAR_MISSES] + unlike[:NEAR_MISSES]
