"""What a different record would have changed: the smallest change of one record, or one record
more, with which a rule would not have been breached. Each is judged by the reference engine."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, time

from policyengine.evaluate.engine import Engine
from policyengine.findings.model import Finding
from policyengine.plan import core
from policyengine.plan.reads import read_by
from policyengine.records.model import CaseRecords, Export, Record, Value
from policyengine.replaying.history import Course
from policyengine.schema.model import Field, FieldType, Kind
from policyengine.values.moments import Moment
from policyengine.values.verdict import Verdict

NEW_ID = "not on the record"
# What stands for a text that somebody would have written.
SOMETHING = (
    "what was seen and heard during this visit, by whom, how it differs from before, which fears "
    "were spoken about, why nobody else could be asked, and who does what next if things get worse"
)
_MOST = 400  # changes that are tried for one breach


@dataclass(frozen=True, slots=True)
class Change:
    """A field that holds another value. `value` is None where it is the record's own day."""

    field: str
    value: Value


@dataclass(frozen=True, slots=True)
class Amend:
    """One record that is another: with `id`, or (None) one more of the kind; on a `day`, if it is
    its day that is another; with other values. `cures` are the rules that it keeps too, and
    `breaks` those that it breaches, as at the last day."""

    kind: str
    id: str | None
    day: date | None
    changes: tuple[Change, ...]
    cures: tuple[str, ...] = ()
    breaks: tuple[str, ...] = ()


def amends(
    engine: Engine, case: CaseRecords, export: Export, course: Course, last: date
) -> Amend | None:
    """The smallest amendment that was found for the first breach of a course; None if none was.
    Sought among: the day of a record that came close, one field of it or of the subject, and one
    record more."""
    spell = course.first_breach
    if spell is None or spell.finding is None:
        return None
    trial = _Trial(engine, case, export, course, spell.first)
    for number, (record, amend) in enumerate(_candidates(trial, spell.finding)):
        if number >= _MOST:
            return None
        verdict = trial.verdict(record)
        if verdict is Verdict.MET:  # not excused: nobody asks for a reason to have been let off
            return _weighed(engine, case, export, last, amend, record)
    return None


class _Trial:
    """Judges the rule on the case with one record changed, on the day of the breach."""

    def __init__(
        self, engine: Engine, case: CaseRecords, export: Export, course: Course, day: date
    ) -> None:
        self.engine = engine
        self.case = case
        self.export = export
        self.course = course
        self.day = day
        self.rule = next(each for each in engine.plan.rules if each.id == course.rule)
        self.reads = read_by(engine.plan, self.rule)

    def verdict(self, record: Record) -> Verdict | None:
        """What becomes of the subject."""
        scene = self.engine.scene(_with(self.case, record), self.export, self.day, self.day)
        for each in self.engine.judgements(scene, self.course.rule):
            subject = each.subject
            if (subject.record.kind.name, subject.id) == (
                self.course.subject_kind,
                self.course.subject_id,
            ):
                return each.outcome.verdict
        return None

    def find(self, kind: str, id: str) -> Record | None:
        """A record of the case."""
        if kind == "case":
            return self.case.case
        return next((each for each in self.case.records.get(kind, ()) if each.id == id), None)


Candidate = tuple[Record, Amend]


def _candidates(trial: _Trial, finding: Finding) -> Iterator[Candidate]:
    due = date.fromordinal(finding.deadline_day) if finding.deadline_day else trial.day
    subject = trial.find(finding.subject_kind, finding.subject_id.partition("+")[0])
    said = [spell.finding for spell in trial.course.spells if spell.finding is not None]
    items = dict.fromkeys(
        (item.kind, item.id)
        for each in said
        for item in each.evidence
        if item.role != "before_window"  # what was done for something else
    )
    close = [trial.find(kind, id) for kind, id in items if id]
    near = [record for record in close if record is not None]
    for record in near:
        yield from _on_another_day(record, due)
    for record in near:
        yield from _with_a_field(trial, record, due, subject)
    if subject is not None and subject not in near:
        yield from _with_a_field(trial, subject, due, subject)
    yield from _one_more(trial, due, subject)
    if subject is not None:
        yield from _with_fields(trial, subject, due)


def _on_another_day(record: Record, due: date) -> Iterator[Candidate]:
    kind = record.kind
    if kind.happened is None:
        return
    field = kind.fields[kind.happened]
    for hour in (12, 0):
        changed = _changed(record, {field.name: _on(field, due, hour), **_entered(kind, due)})
        yield changed, Amend(kind.name, record.id, due, ())


def _with_a_field(
    trial: _Trial, record: Record, due: date, subject: Record | None
) -> Iterator[Candidate]:
    kind = record.kind
    for field in kind.fields.values():
        if (kind.name, field.name) not in trial.reads or field.name in (
            kind.happened,
            kind.recorded,
            *_closing(trial, kind),
        ):
            continue
        for value in _values(trial, field, due, subject):
            if value != record.values[field.index]:
                changed = _changed(record, {field.name: value})
                change = (Change(field.name, value),)
                yield changed, Amend(kind.name, record.id, None, change)


def _one_more(trial: _Trial, due: date, subject: Record | None) -> Iterator[Candidate]:
    """A record of the kind that the duty asks for, with as few fields as keep the rule."""
    duty = trial.rule.duty
    if not isinstance(duty, core.Have | core.HaveEvery):
        return
    kind = trial.engine.plan.schema.kinds[duty.records.kind]
    if kind.name in trial.engine.plan.gatherings or kind.happened is None:
        return
    values = {kind.happened: _on(kind.fields[kind.happened], due, 12), **_entered(kind, due)}
    for lean in _fitting(trial, _changed(_blank(kind), values), due, subject, set(values)):
        changes = tuple(Change(name, value) for name, value in lean.items())
        record = _changed(_blank(kind), {**values, **lean})
        yield record, Amend(kind.name, None, due, changes)


def _with_fields(trial: _Trial, record: Record, due: date) -> Iterator[Candidate]:
    """Several fields of the subject at once, as few as keep the rule."""
    own = {each for each in (record.kind.happened, record.kind.recorded) if each is not None}
    for lean in _fitting(trial, record, due, record, own):
        changes = tuple(Change(name, value) for name, value in lean.items())
        amend = Amend(record.kind.name, record.id, None, changes)
        yield _changed(record, lean), amend


def _fitting(
    trial: _Trial, record: Record, due: date, subject: Record | None, own: set[str]
) -> Iterator[Made]:
    """The fields with which a record keeps the rule, and no field that is not needed; or none."""
    kind = record.kind
    choices = {
        field.name: several
        for field in kind.fields.values()
        if (kind.name, field.name) in trial.reads
        and field.name not in own
        and field.name not in _closing(trial, kind)
        and (several := _values(trial, field, due, subject))
    }
    best = {name: several[0] for name, several in choices.items()}
    for made in _tried(best, choices):
        if trial.verdict(_changed(record, made)) is Verdict.MET:
            yield _leaner(trial, record, made)
            return


def _closing(trial: _Trial, kind: Kind) -> set[str]:
    """The fields that end a record or take it back: no way to keep a rule."""
    found = {path[0] for path in kind.ended if len(path) == 1}
    found |= {kind.void_when} if kind.void_when is not None else set()
    died = trial.engine.plan.schema.died
    return found | {died} if kind.name == "case" and died is not None else found


Made = dict[str, Value]


def _tried(best: Made, choices: dict[str, list[Value]]) -> Iterator[Made]:
    """All at their first value; then each as it is on the record, and at its others."""
    yield best
    for name, several in choices.items():
        yield {key: value for key, value in best.items() if key != name}
        for value in several[1:]:
            yield {**best, name: value}


def _leaner(trial: _Trial, record: Record, made: Made) -> Made:
    for name in list(made):
        without = {key: value for key, value in made.items() if key != name}
        if trial.verdict(_changed(record, without)) is Verdict.MET:
            made = without
    return made


def _values(trial: _Trial, field: Field, due: date, subject: Record | None) -> list[Value]:
    """What a field could hold that the rule may ask for."""
    match field.type:
        case FieldType.YES_NO:
            return [True, False]
        case FieldType.CODE:
            codes = trial.engine.plan.schema.codes[field.target or ""].codes.values()
            named = _named(trial.engine.plan, trial.rule)
            known = [each.code for each in codes if not each.is_unknown]
            return [*sorted(known, key=lambda code: code not in named)]
        case FieldType.DATE | FieldType.DATETIME:
            return [_on(field, due, 12), _on(field, due, 0)]
        case FieldType.REF | FieldType.TEXT:
            if field.type is FieldType.TEXT and subject is not None:
                return [*_pointed(subject, field), SOMETHING]
            if subject is not None and subject.kind.name == field.target:
                return [subject.id]
            return [*_pointed(subject, field)] if subject is not None else []
        case FieldType.NUMBER:
            return []


def _pointed(subject: Record, field: Field) -> Iterator[str]:
    """What the subject itself points at, of the same kind; a text only under a like name."""
    for each in subject.kind.fields.values():
        value = subject.values[each.index]
        if each.type is not field.type or each.target != field.target:
            continue
        alike = each.type is FieldType.REF or each.name in field.name or field.name in each.name
        if alike and isinstance(value, str):
            yield value


def _named(plan: core.Plan, rule: core.Rule) -> set[str]:
    """The codes that a rule names, in itself or in a definition that it uses."""
    from policyengine.policy.tree_walk import walk

    roots: list[object] = [rule]
    found: set[str] = set()
    seen: set[object] = set()
    while roots:
        for node in walk(roots.pop()):
            match node:
                case core.Const(value=str() as text):
                    found.add(text)
                case core.Derived(kind=kind, name=name) if (kind, name) not in seen:
                    seen.add((kind, name))
                    roots.append(plan.definitions[kind, name].value)
                case _:
                    pass
    return found


# --- records --------------------------------------------------------------------------------------


def _on(field: Field, day: date, hour: int) -> Moment:
    if field.type is FieldType.DATE:
        return Moment(day.toordinal())
    from policyengine.values.moments import Zone

    made = Zone("UTC").at_local(datetime.combine(day, time(hour)))
    assert made is not None
    return made


def _entered(kind: Kind, day: date) -> Made:
    if kind.recorded is None:
        return {}
    return {kind.recorded: _on(kind.fields[kind.recorded], day, 12)}


def _blank(kind: Kind) -> Record:
    return Record(kind, NEW_ID, [None] * len(kind.fields))


def _changed(record: Record, values: Made) -> Record:
    made = list(record.values)
    for name, value in values.items():
        made[record.kind.fields[name].index] = value
    masked = [
        value.last
        for field in record.kind.fields.values()
        if not field.planned and isinstance(value := made[field.index], Moment)
    ]
    return Record(record.kind, record.id, made, latest_day=max(masked, default=0), row=record.row)


def _with(case: CaseRecords, record: Record) -> CaseRecords:
    """The case with one record in its namesake's place, or one more; in the order of S22."""
    if record.kind.name == "case":
        return replace(case, case=record)
    from policyengine.evaluate.scene import order_moment, sort_key

    several = [each for each in case.records.get(record.kind.name, ()) if each.id != record.id]
    several.append(record)
    several.sort(key=lambda each: (*sort_key(order_moment(each)), each.id))
    return replace(case, records={**case.records, record.kind.name: several})


def _weighed(
    engine: Engine, case: CaseRecords, export: Export, last: date, amend: Amend, record: Record
) -> Amend:
    """The amendment with what it does to every rule, as at the last day."""
    before = _breached(engine, case, export, last)
    after = _breached(engine, _with(case, record), export, last)
    cures = tuple(sorted({key[0] for key in before - after}))
    breaks = tuple(sorted({key[0] for key in after - before}))
    return replace(amend, cures=cures, breaks=breaks)


def _breached(
    engine: Engine, case: CaseRecords, export: Export, day: date
) -> set[tuple[str, str, str]]:
    found = engine.judge(case, export, day, day)
    return {
        (each.rule, each.subject_kind, each.subject_id)
        for each in found
        if each.verdict is Verdict.BREACHED
    }
