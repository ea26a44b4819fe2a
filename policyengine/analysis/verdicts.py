"""A rule over a made-up case: on its subject, a formula for each verdict (S5 to S14, S20)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import z3

from policyengine.analysis.duties import Duties
from policyengine.analysis.expressions import Frame, Scene
from policyengine.analysis.order import previous_of
from policyengine.analysis.outcomes import Verdicts, excused, moved, settled
from policyengine.analysis.symbols import (
    DAY,
    NO,
    TRUE,
    YES,
    Bool,
    Holder,
    Tri,
    When,
    all_of,
    any_of,
    both,
)
from policyengine.analysis.world import Now, View, World
from policyengine.plan import core
from policyengine.values.verdict import Verdict


@dataclass(frozen=True, slots=True)
class Judged:
    """One version of a rule on one subject. `watched`: it is judged at all (S5), in force; the
    formulas of the verdicts say what comes of it. `conditions` are the truths of its clauses."""

    watched: Bool
    verdicts: Verdicts
    conditions: dict[int, Tri]


def places_of(world: World, rule: core.Rule) -> list[int]:
    """The places among the records of its kind at which a subject is looked at: the first, since
    any record may be the first; of a gathered kind, the first of each source."""
    gathering = world.plan.gatherings.get(rule.subject.kind)
    if gathering is None:
        return [0]
    return [world.size * number for number in range(len(gathering.sources))]


class Reckoner:
    """Makes the formulas of one version of a rule, on the record in a place of its kind, and on
    the first of the companion's that is another."""

    def __init__(self, world: World, rule: core.Rule, place: int = 0) -> None:
        self.world = world
        self.place = place
        self.rule = rule
        self.conditions: dict[int, Tri] = {}
        self.duties = Duties(world, rule, self.conditions)
        as_at = Now(world.as_at, z3.IntVal(DAY - 1), NO, NO)
        self.today = Scene(world, View(world, as_at))

    def judged(self) -> Judged:
        """The whole rule."""
        subject = self._of(self.today)
        watched = [self._passes(self.today, subject)]
        partner = self._companion(self.today, subject)
        if partner is not None:
            watched.append(self._pairs(self.today, subject, partner))
        frame = self._frame(self.today, subject, partner)
        watching = both(watched)
        force = self._in_force(frame)
        previous = self._previous(self.today, subject)
        verdicts = self._on_time(subject, partner, previous)
        if previous is not None:
            verdicts = settled(previous.doubt, Verdict.CANNOT_TELL, verdicts)
            verdicts = settled(previous.none, Verdict.NOT_APPLICABLE, verdicts)
        verdicts = settled(watching.u, Verdict.CANNOT_TELL, verdicts)
        which = self.world.free(
            ("in force", self.rule.id, self.place), lambda: self.world.truth("in_force")
        )
        unsure = z3.And(force.u, which)
        verdicts = settled(unsure, Verdict.CANNOT_TELL, verdicts)
        watched = z3.And(z3.Not(watching.f), z3.Not(force.f))
        return Judged(watched, verdicts, self.conditions)

    # --- subjects -------------------------------------------------------------------------------

    def _of(self, scene: Scene) -> Holder:
        kind = self.rule.subject.kind
        return scene.case if kind == "case" else scene.records(kind)[self.place]

    def _companion(self, scene: Scene, subject: Holder) -> Holder | None:
        companion = self.rule.subject.companion
        if companion is None:
            return None
        several = scene.records(companion.kind)
        return several[1] if companion.kind == subject.kind and self.place == 0 else several[0]

    def _passes(self, scene: Scene, subject: Holder) -> Tri:
        where = TRUE
        if self.rule.subject.where is not None:
            where = self._frame(scene, subject, None).truth(self.rule.subject.where)
            self.conditions.setdefault(id(self.rule.subject.where), where)
        sure = all_of([subject.there, where.t, z3.Not(subject.perhaps)])
        return Tri(sure, z3.Or(z3.Not(subject.there), where.f))

    def _pairs(self, scene: Scene, subject: Holder, partner: Holder) -> Tri:
        companion = self.rule.subject.companion
        assert companion is not None
        where = TRUE
        if companion.where is not None:
            where = self._frame(scene, subject, partner).truth(companion.where)
            self.conditions.setdefault(id(companion.where), where)
        sure = all_of([partner.there, where.t, z3.Not(partner.perhaps)])
        return Tri(sure, z3.Or(z3.Not(partner.there), where.f))

    def _previous(self, scene: Scene, subject: Holder) -> Holder | None:
        if self.rule.subject.previous is None:
            return None
        members = [
            (each, self._passes(scene, each)) for each in scene.records(self.rule.subject.kind)
        ]
        return previous_of(scene, subject, members)

    def _frame(
        self, scene: Scene, subject: Holder, partner: Holder | None, previous: Any = None
    ) -> Frame:
        places = self.rule.subject
        slots: dict[int, Any] = {0: scene.case, places.slot: subject}
        if places.previous is not None:
            slots[places.previous] = previous if previous is not None else self._nobody(subject)
        if places.companion is not None and partner is not None:
            slots[places.companion.slot] = partner
        frame = Frame(scene, slots)
        if self.rule.trigger is None:
            return frame
        trigger: Any = frame.value(self.rule.trigger)
        day = z3.If(trigger.known, trigger.first, scene.view.now.day)
        return Frame(scene, slots, (day, z3.Or(trigger.known, trigger.not_yet)))

    def _nobody(self, subject: Holder) -> Holder:
        """What stands for the previous where it is not asked yet."""
        return previous_of(self.today, subject, [])

    def _in_force(self, frame: Frame) -> Tri:
        first, last = self.rule.applies_from, self.rule.applies_until
        if first is None and last is None:
            return TRUE
        day, known = frame.trigger
        tests = []
        if first is not None:
            tests.append(day >= first.toordinal())
        if last is not None:
            tests.append(day <= last.toordinal())
        inside = all_of(tests)
        return Tri(z3.And(known, inside), z3.And(known, z3.Not(inside)))

    # --- ends (S14) -----------------------------------------------------------------------------

    def _on_time(self, subject: Holder, partner: Holder | None, previous: Any) -> Verdicts:
        ended, now = self._now(subject)
        then = Scene(self.world, View(self.world, now))
        before = self._of(then)
        place = None if partner is None else self._companion(then, before)
        if previous is not None and self.rule.subject.previous is not None:
            # The one before it as it was then: among the same records, so the same or none.
            previous = self._previous(then, before)
        frame = self._frame(then, before, place, previous)
        for let in self.rule.lets:
            frame = frame.with_slot(let.slot, frame.value(let.value))
        verdicts = self._judge(frame, ended)
        gone = [z3.Not(before.there)]
        if place is not None:
            gone.append(z3.Not(place.there))
        verdicts = settled(z3.And(ended, any_of(gone)), Verdict.NOT_APPLICABLE, verdicts)
        if previous is not None:
            # What the previous was at an end is followed no further.
            verdicts = self._anything(ended, verdicts)
        return verdicts

    def _anything(self, test: Bool, verdicts: Verdicts) -> Verdicts:
        which = self.world.integer("verdict", 0, len(verdicts) - 1)
        return {
            verdict: z3.If(test, which == number, holds)
            for number, (verdict, holds) in enumerate(verdicts.items())
        }

    def _now(self, subject: Holder) -> tuple[Bool, Now]:
        """Whether an end on or before as-at judges it early, and the moment of judging."""
        schema = self.world.plan.schema
        kind = schema.kinds.get(subject.kind)
        paths = kind.ended if kind is not None else ()
        ends = [
            self._followed(self.today, subject, path)
            for path in paths
            if path not in self.rule.kept_open
        ]
        if schema.died is not None and not self.rule.ignores_death:
            ends.append(self._followed(self.today, self.today.case, (schema.died,)))
        ended: Bool = NO
        day, second, timed, clock = self.world.as_at, z3.IntVal(DAY - 1), NO, NO
        for end in ends:
            there = z3.And(end.known, end.first <= self.world.as_at)
            at = end.high if end.timed is not NO else z3.IntVal(DAY - 1)
            earlier = z3.Or(
                z3.Not(ended),
                end.first < day,
                z3.And(end.first == day, end.timed, z3.Or(z3.Not(timed), at < second)),
            )
            takes = z3.And(there, earlier)
            day = z3.If(takes, end.first, day)
            second = z3.If(takes, at, second)
            timed = z3.If(takes, end.timed, timed)
            clock = z3.If(takes, end.clock, clock)
            ended = z3.Or(ended, there)
        return ended, Now(day, second, timed, clock)

    def _followed(self, scene: Scene, record: Holder, path: tuple[str, ...]) -> When:
        kinds = self.world.plan.schema.kinds
        known: Bool = YES
        for name in path[:-1]:
            declared = kinds[record.kind].fields[name]
            ref: Any = record.values[declared.index]
            record = Frame(scene, {0: scene.case})._follow(ref, declared.target or "")
            known = z3.And(known, record.known)
        value: Any = record.values[kinds[record.kind].fields[path[-1]].index]
        found: When = replace(value, known=z3.And(value.known, known))
        return found

    # --- clauses --------------------------------------------------------------------------------

    def _judge(self, frame: Frame, ended: Bool) -> Verdicts:
        rule = self.rule
        when = TRUE if rule.when is None else self.duties.asked(frame, rule.when)
        unless = [self.duties.asked(frame, clause.condition) for clause in rule.unless]
        cannot = any_of(
            [self.duties.asked(frame, each.condition).t for each in rule.cannot_tell_if]
        )
        verdicts, unopened = self.duties.of(frame)
        if rule.silence_means_cannot_tell is not None:
            silent = self.world.free(
                ("silent", self.world.mark(verdicts[Verdict.BREACHED])),
                lambda: self.world.truth("silent"),
            )
            verdicts = moved(verdicts, Verdict.BREACHED, Verdict.CANNOT_TELL, silent)
        verdicts = moved(verdicts, Verdict.NOT_YET_DUE, Verdict.NOT_APPLICABLE, ended)
        verdicts = excused(verdicts, unless, cannot)
        verdicts = settled(when.f, Verdict.NOT_APPLICABLE, verdicts)
        verdicts = settled(when.u, Verdict.CANNOT_TELL, verdicts)
        told = z3.And(z3.Not(when.t), cannot)
        verdicts = settled(told, Verdict.CANNOT_TELL, verdicts)
        # At an end, a T that lay in the future makes it not applicable: that is left open.
        key = ("opens", self.world.mark(unopened))
        opens = self.world.free(key, lambda: self.world.truth("opens"))
        opened = z3.And(ended, unopened, opens)
        return settled(opened, Verdict.NOT_APPLICABLE, verdicts)
