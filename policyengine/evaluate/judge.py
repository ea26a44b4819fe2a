"""One rule over one case (S5, S6, S14, S20): its subjects, its version in force, its exceptions.

The order is that of the page: who is watched, which version is in force, when it applies, the
duty, the end that judges it early, and the exceptions that excuse and do not erase.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from policyengine.evaluate.candidates import Outcome
from policyengine.evaluate.duties import Judged, prepare_duty
from policyengine.evaluate.expressions import Compiler
from policyengine.evaluate.scene import (
    Evaluated,
    Frame,
    NoRecord,
    Scene,
    UnsureRecord,
    chain,
)
from policyengine.plan import core
from policyengine.records.model import Record
from policyengine.values.moments import Moment
from policyengine.values.truth import Reason, Reasons, Truth, Unknown, Why, joined
from policyengine.values.verdict import Verdict

Previous = Record | NoRecord | UnsureRecord | None


@dataclass(frozen=True, slots=True)
class Subject:
    """What is judged: a record, or a pair. `doubt` says why it is not sure to be watched."""

    record: Record
    previous: Previous = None
    companion: Record | None = None
    doubt: Reasons = ()

    @property
    def id(self) -> str:
        """The id that findings carry: both ids of a pair, joined by `+`."""
        if self.companion is None:
            return self.record.id
        return f"{self.record.id}+{self.companion.id}"


@dataclass(frozen=True, slots=True)
class Judgement:
    """An outcome, and what it was reached in. `frame` is None where nothing was judged. `ended`:
    it was judged as at an end (S14), so nothing more will fall due."""

    version: PreparedRule
    subject: Subject
    outcome: Outcome
    frame: Frame | None = None
    ended: bool = False


class PreparedRule:
    """One version of a rule, compiled."""

    def __init__(self, compiler: Compiler, rule: core.Rule) -> None:
        self.rule = rule
        compiler.lets = {let.slot: let.value for let in rule.lets}
        compile_maybe = compiler.compile_maybe
        self.where = compile_maybe(rule.subject.where)
        companion = rule.subject.companion
        self.with_each = None if companion is None else compile_maybe(companion.where)
        self.lets = [(let.slot, compiler.compile(let.value)) for let in rule.lets]
        self.when = compile_maybe(rule.when)
        self.cannot_tell_if = _reasoned(compiler, rule.cannot_tell_if)
        self.unless = _reasoned(compiler, rule.unless)
        self.trigger = compile_maybe(rule.trigger)
        self.duty: Judged = prepare_duty(compiler, rule)
        self.say = _message(compiler, rule.say)
        self.fix = _message(compiler, rule.fix)
        ended = compiler.plan.schema.kinds[rule.subject.kind].ended
        self.ended = tuple(path for path in ended if path not in rule.kept_open)
        self.first = rule.applies_from.toordinal() if rule.applies_from else None
        self.last = rule.applies_until.toordinal() if rule.applies_until else None

    # --- subjects -------------------------------------------------------------------------------

    def has_subjects(self, scene: Scene) -> bool:
        """Whether the case has any record of the subject's kind: most rules of most cases have
        nothing to judge, and are passed over quickly."""
        kind = self.rule.subject.kind
        return kind == "case" or bool(scene.records(kind))

    def watched(self, scene: Scene) -> list[tuple[Record, Truth]]:
        """The records of the subject's kind, with the truth of the `where` (S5)."""
        if self.rule.subject.kind == "case":
            records = [scene.view.case]
        else:
            records = scene.records(self.rule.subject.kind)
        return [(record, self._passes(scene, record)) for record in records]

    def _passes(self, scene: Scene, record: Record) -> Truth:
        truth: Truth = True
        if self.where is not None:
            truth = self.where(self.frame(scene, Subject(record)))  # type: ignore[assignment]
        if record.perhaps and truth is not False:
            return Unknown(joined(record.perhaps, _doubts(truth)))
        return truth

    def frame(self, scene: Scene, subject: Subject) -> Frame:
        """A frame with the subject in it and the trigger settled, no `let` yet."""
        frame = Frame(scene, self.rule.slots)
        slots, places = frame.slots, self.rule.subject
        slots[places.slot] = subject.record
        if places.previous is not None:
            slots[places.previous] = subject.previous
        if places.companion is not None and subject.companion is not None:
            slots[places.companion.slot] = subject.companion
        frame.trigger = self._trigger_day(frame)
        return frame

    def _trigger_day(self, frame: Frame) -> int | Unknown | None:
        """S20: the window's T or the subject's `happened`; None is as-at."""
        if self.trigger is None:
            return None
        value = self.trigger(frame)
        if isinstance(value, Moment):
            return value.day
        return value if isinstance(value, Unknown) else None

    def subjects(self, scene: Scene) -> Iterator[Subject]:
        """The subjects that are watched, truly or perhaps, each with its previous or companion."""
        watched = self.watched(scene)
        befores = self._befores(scene, watched)
        for record, truth in watched:
            if truth is False:
                continue
            subject = Subject(record, befores.get(id(record)), doubt=_doubts(truth))
            if self.rule.subject.companion is None:
                yield subject
            else:
                yield from self._pairs(scene, subject)

    def _befores(
        self, scene: Scene, watched: Sequence[tuple[Record, Truth]]
    ) -> dict[int, Record | NoRecord | UnsureRecord]:
        if self.rule.subject.previous is None:
            return {}
        unseen = scene.unseen(self.rule.subject.kind)
        if unseen is not None and self._passes(scene, unseen) is False:
            unseen = None
        passing = [(record, _doubts(truth)) for record, truth in watched if truth is not False]
        return chain(passing, unseen)

    def _pairs(self, scene: Scene, subject: Subject) -> Iterator[Subject]:
        companion = self.rule.subject.companion
        assert companion is not None
        for record in scene.records(companion.kind):
            if record is subject.record:
                continue
            pair = replace(subject, companion=record)
            truth: Truth = True
            if self.with_each is not None:
                truth = self.with_each(self.frame(scene, pair))  # type: ignore[assignment]
            if truth is False:
                continue
            yield replace(pair, doubt=joined(pair.doubt, record.perhaps, _doubts(truth)))

    # --- versions -------------------------------------------------------------------------------

    def is_in_force(self, scene: Scene, subject: Subject) -> bool | Unknown:
        """Whether the trigger date lies in the version's dates; an unknown one tells nothing."""
        if self.first is None and self.last is None:
            return True
        trigger = self.frame(scene, subject).trigger
        if isinstance(trigger, Unknown):
            return trigger
        day = scene.view.as_at.day if trigger is None else trigger
        return (self.first is None or day >= self.first) and (self.last is None or day <= self.last)

    # --- judging --------------------------------------------------------------------------------

    def judge(self, scene: Scene, subject: Subject) -> Judgement:
        """The verdict on one subject, under this version."""
        if subject.doubt:
            return self._settled(subject, Verdict.CANNOT_TELL, subject.doubt)
        if isinstance(subject.previous, NoRecord):
            return self._settled(subject, Verdict.NOT_APPLICABLE, (_no_previous(subject),))
        if isinstance(subject.previous, UnsureRecord):
            return self._settled(subject, Verdict.CANNOT_TELL, subject.previous.reasons)
        end = self._end(scene, subject)
        if end is None:
            return self._judged(scene, subject)
        moment, reason = end
        return self._judged_at_end(scene, subject, moment, reason)

    def _settled(self, subject: Subject, verdict: Verdict, reasons: Reasons) -> Judgement:
        return Judgement(self, subject, Outcome(verdict, reasons=reasons))

    def _judged(self, scene: Scene, subject: Subject, ended: Reason | None = None) -> Judgement:
        frame = self._with_lets(scene, subject)
        applies = True if self.when is None else self.when(frame)
        if applies is not True:
            outcome = self._not_applying(frame, applies)
            return Judgement(self, subject, outcome, frame)
        outcome = self._duty(frame, ended)
        return Judgement(self, subject, self._excused(frame, outcome), frame)

    def _not_applying(self, frame: Frame, applies: object) -> Outcome:
        """S6: `cannot tell if` also answers for an unknown or false `when`."""
        for condition, text in self.cannot_tell_if:
            if condition(frame) is True:
                return Outcome(Verdict.CANNOT_TELL, reasons=(Reason(Why.AUTHOR, text=text),))
        if isinstance(applies, Unknown):
            return Outcome(Verdict.CANNOT_TELL, reasons=applies.reasons)
        return Outcome(Verdict.NOT_APPLICABLE)

    def _duty(self, frame: Frame, ended: Reason | None) -> Outcome:
        outcome = self.duty(frame, frame.scene.view.as_at)
        silence = self.rule.silence_means_cannot_tell
        if silence is not None and outcome.verdict is Verdict.BREACHED and outcome.silent:
            reason = Reason(Why.AUTHOR, text=silence)
            outcome = replace(
                outcome, verdict=Verdict.CANNOT_TELL, reasons=(reason, *outcome.reasons)
            )
        if ended is not None and outcome.verdict is Verdict.NOT_YET_DUE:
            return replace(outcome, verdict=Verdict.NOT_APPLICABLE, reasons=(ended,))
        return outcome

    def _excused(self, frame: Frame, outcome: Outcome) -> Outcome:
        """S6: exceptions excuse; they do not erase."""
        if outcome.verdict in (Verdict.MET, Verdict.NOT_APPLICABLE):
            return outcome
        held: list[Reason] = []
        doubts: list[Reasons] = []
        for condition, text in self.unless:
            truth = condition(frame)
            if truth is True:
                held.append(Reason(Why.EXCEPTION, text=text))
            elif isinstance(truth, Unknown):
                doubts.append(truth.reasons)
        if held:
            return replace(outcome, verdict=Verdict.EXEMPT, reasons=tuple(held))
        if outcome.verdict is Verdict.NOT_YET_DUE:
            return outcome
        said = [text for condition, text in self.cannot_tell_if if condition(frame) is True]
        if said:
            reasons = tuple(Reason(Why.AUTHOR, text=text) for text in said)
            return replace(outcome, verdict=Verdict.CANNOT_TELL, reasons=reasons)
        if doubts:
            reasons = joined(*doubts, outcome.reasons if _is_unsure(outcome) else ())
            return replace(outcome, verdict=Verdict.CANNOT_TELL, reasons=reasons)
        return outcome

    # --- ends (S14) -----------------------------------------------------------------------------

    def _end(self, scene: Scene, subject: Subject) -> tuple[Moment, Reason] | None:
        """The earliest end of the subject or death, on or before as-at."""
        ends = [_followed(scene, subject.record, path) for path in self.ended]
        died = scene.prepared.plan.schema.died
        if died is not None and not self.rule.ignores_death:
            ends.append(_followed(scene, scene.view.case, (died,)))
        now = scene.view.as_at
        found = [end for end in ends if end is not None and end[0].day <= now.day]
        if not found:
            return None
        return min(found, key=lambda end: _end_order(end[0]))

    def _opens(self, scene: Scene, subject: Subject) -> bool:
        """Whether T is known, whatever `when` says: at an end, then, it lay in the future."""
        return self.duty(self._with_lets(scene, subject), scene.view.as_at).deadline is not None

    def _with_lets(self, scene: Scene, subject: Subject) -> Frame:
        frame = self.frame(scene, subject)
        for slot, value in self.lets:
            frame.slots[slot] = value(frame)
        return frame

    def _judged_at_end(
        self, scene: Scene, subject: Subject, end: Moment, reason: Reason
    ) -> Judgement:
        then = scene.as_at(end)
        before = _as_of(then, subject)
        if before is None:
            return self._settled(subject, Verdict.NOT_APPLICABLE, (reason,))
        judgement = self._judged(then, before, reason)
        if judgement.outcome.unopened and self._opens(scene, subject):
            outcome = Outcome(Verdict.NOT_APPLICABLE, reasons=(reason,))
            return Judgement(self, subject, outcome, judgement.frame)
        return replace(judgement, subject=subject, ended=True)


def _reasoned(compiler: Compiler, clauses: tuple[core.Because, ...]) -> list[tuple[Evaluated, str]]:
    return [(compiler.compile(clause.condition), clause.text) for clause in clauses]


def _message(compiler: Compiler, message: core.Message | None) -> list[str | Evaluated | None]:
    """The parts of a message; None stands for the deadline."""
    if message is None:
        return []
    parts: list[str | Evaluated | None] = []
    for part in message.parts:
        if isinstance(part, str):
            parts.append(part)
        else:
            parts.append(None if isinstance(part, core.Deadline) else compiler.compile(part))
    return parts


def _doubts(truth: Truth) -> Reasons:
    return truth.reasons if isinstance(truth, Unknown) else ()


def _is_unsure(outcome: Outcome) -> bool:
    return outcome.verdict is Verdict.CANNOT_TELL


def _no_previous(subject: Subject) -> Reason:
    return Reason(Why.NO_PREVIOUS, subject.record.kind.name, subject.record.id)


def _followed(scene: Scene, record: Record, path: tuple[str, ...]) -> tuple[Moment, Reason] | None:
    """The date at the end of a path of fields, with the reason that names it."""
    for name in path[:-1]:
        field = record.kind.fields[name]
        id = record.values[field.index]
        found = scene.find(field.target, id) if field.target and isinstance(id, str) else None
        if found is None:
            return None
        record = found
    value = record.values[record.kind.fields[path[-1]].index]
    if not isinstance(value, Moment):
        return None
    return value, Reason(Why.ENDED, record.kind.name, record.id, path[-1])


def _end_order(end: Moment) -> tuple[int, bool, int]:
    """Of two on one day, the one with a time of day is the earlier."""
    return (end.day, not end.timed, end.at if end.timed and end.at is not None else 0)


def _as_of(scene: Scene, subject: Subject) -> Subject | None:
    """The subject as it stood at an end; None if it had not happened by then."""
    record = scene.again(subject.record)
    if record is None:
        return None
    companion, previous = subject.companion, subject.previous
    if companion is not None:
        companion = scene.again(companion) or companion
    if isinstance(previous, Record):
        previous = scene.again(previous) or previous
    return Subject(record, previous, companion)


def judge_rule(versions: Sequence[PreparedRule], scene: Scene) -> Iterator[Judgement]:
    """All the findings of one rule over a case: each subject under the version in force."""
    if len(versions) == 1:
        yield from _judge_only(versions[0], scene)
        return
    by_subject: dict[object, list[tuple[PreparedRule, Subject]]] = {}
    for version in versions:
        for subject in version.subjects(scene):
            companion = subject.companion
            second = None if companion is None else scene.name_of(companion)
            key = (scene.name_of(subject.record), second)
            by_subject.setdefault(key, []).append((version, subject))
    for several in by_subject.values():
        yield from _judge_versions(versions, several, scene)


def _judge_only(version: PreparedRule, scene: Scene) -> Iterator[Judgement]:
    for subject in version.subjects(scene):
        if version.is_in_force(scene, subject) is False:
            yield Judgement(version, subject, Outcome(Verdict.NOT_APPLICABLE))
        else:
            yield version.judge(scene, subject)


def _judge_versions(
    versions: Sequence[PreparedRule],
    several: list[tuple[PreparedRule, Subject]],
    scene: Scene,
) -> Iterator[Judgement]:
    """The one version in force on the trigger date (S20); its `where` decides who is watched."""
    kind, companion = several[0][1].record.kind.name, several[0][1].companion
    for version, subject in several:
        in_force = version.is_in_force(scene, subject)
        if isinstance(in_force, Unknown):
            yield Judgement(
                version, subject, Outcome(Verdict.CANNOT_TELL, reasons=in_force.reasons)
            )
            return
        if in_force:
            yield version.judge(scene, subject)
            return
    version, subject = several[-1]
    others = [each for each in versions if all(each is not one for one, _ in several)]
    same = [
        each
        for each in others
        if each.rule.subject.kind == kind
        and (each.rule.subject.companion is None) == (companion is None)
    ]
    if not any(each.is_in_force(scene, subject) is True for each in same):
        yield Judgement(version, subject, Outcome(Verdict.NOT_APPLICABLE))
