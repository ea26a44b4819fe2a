"""What a rule reads: which kinds and fields, in which of its parts, and what it loses without.

The plan is walked, and not the text: what a definition, a `let` or a gathered kind stands for is
read too, and is told under the part of the rule that uses it.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass
from datetime import date
from enum import Enum

from policyengine.plan import core
from policyengine.report.needs_page import NeedRow, RuleNeeds
from policyengine.schema.model import Field, Schema


class Part(Enum):
    """The parts of a rule, the one whose want costs most first."""

    SUBJECT = "whom it is about"
    PAIR = "who is paired with them"
    DEADLINE = "by when"
    WHEN = "whether it applies"
    EVENT = "the day on which it was done"
    DUTY = "whether it was done"
    EXCEPTION = "whether an exception holds"
    DOUBT = "what cannot be told"
    END = "when the duty ends"
    VOID = "whether a record counts"
    ENTRY = "when it was entered"
    OWNER = "who answers for it"
    MESSAGE = "what the message says"


@dataclass(frozen=True, slots=True)
class Read:
    """Records of a kind (`field` None) or a field of them. `answered`: it is only asked whether
    something stands there, which a blank answers."""

    kind: str
    field: str | None
    answered: bool = False


Uses = dict[Read, list[Part]]


def needs_of(plan: core.Plan, rule_id: str, as_at: date | None = None) -> RuleNeeds:
    """What a rule of the plan reads, all its versions together, or those in force on a day (if
    none is, all of them). KeyError for a rule that the plan has not."""
    versions = [rule for rule in plan.rules if rule.id == rule_id]
    if not versions:
        raise KeyError(rule_id)
    if as_at is not None:
        versions = [rule for rule in versions if in_force_on(rule, as_at)] or versions
    found: dict[tuple[str, str | None], dict[Part, str]] = {}
    for rule in versions:
        for read, parts in uses_of(plan, rule).items():
            losses = found.setdefault((read.kind, read.field), {})
            for part in parts:
                losses.setdefault(part, loss(plan.schema, rule, read, part))
    rows = [
        _row(plan.schema, kind, field, found[kind, field])
        for kind, field in sorted(found, key=lambda key: _place(plan.schema, *key))
    ]
    title = versions[0 if as_at is None else -1].title  # later versions are often still to come
    return RuleNeeds(rule=rule_id, title=title, rows=tuple(rows))


def in_force_on(rule: core.Rule, day: date) -> bool:
    """Whether a version of a rule is in force on a day."""
    begun = rule.applies_from is None or rule.applies_from <= day
    return begun and (rule.applies_until is None or day <= rule.applies_until)


def _row(schema: Schema, kind: str, name: str | None, losses: Mapping[Part, str]) -> NeedRow:
    parts = [part for part in Part if part in losses]
    field = None if name is None else schema.kinds[kind].fields[name]
    return NeedRow(
        kind=kind,
        field=name,
        label=schema.kinds[kind].label if field is None else field.label,
        type="records" if field is None else _type(field),
        parts=tuple(part.value for part in parts),
        losses=tuple(dict.fromkeys(losses[part] for part in parts)),
    )


def _type(field: Field) -> str:
    return field.type.value if field.target is None else f"{field.type.value} {field.target}"


def _place(schema: Schema, kind: str, name: str | None) -> tuple[int, int]:
    place = list(schema.kinds).index(kind)
    return place, -1 if name is None else schema.kinds[kind].fields[name].index


# --- what each part of a rule reads ---------------------------------------------------------------


def uses_of(plan: core.Plan, rule: core.Rule) -> Uses:
    """Everything that one version of a rule reads, each with the parts that read it."""
    walk = _Walk(plan, rule)
    made: Uses = {}
    for part, read in walk.everything():
        parts = made.setdefault(read, [])
        if part not in parts:
            parts.append(part)
    return {read: parts for read in made if (parts := _unguarded(read, made))}


def _unguarded(read: Read, uses: Uses) -> list[Part]:
    """The parts in which a field is read. Where a part also asks whether something stands there
    (`cover is recorded and cover`), it has an answer for a blank, and is told by that alone."""
    if read.field is None or read.answered:
        return uses[read]
    guarded = uses.get(Read(read.kind, read.field, answered=True), [])
    return [part for part in uses[read] if part not in guarded]


class _Walk:
    """A walk over one version of a rule, which follows `let`s, definitions and gathers."""

    def __init__(self, plan: core.Plan, rule: core.Rule) -> None:
        self.plan, self.rule, self.schema = plan, rule, plan.schema
        self.lets = {let.slot: let.value for let in rule.lets}

    def everything(self) -> Iterator[tuple[Part, Read]]:
        rule, subject = self.rule, self.rule.subject
        for read in (*self._kind(subject.kind), *self.reads(subject.where)):
            yield Part.SUBJECT, read
        if subject.companion is not None:
            pair = subject.companion
            for read in (*self._kind(pair.kind), *self.reads(pair.where)):
                yield Part.PAIR, read
        for part, node in self._clauses():
            for read in self.reads(node):
                yield part, read
        if isinstance(rule.duty, core.Have | core.NotHave | core.HaveEvery):
            for read in self._happened(rule.duty.records.kind):
                yield Part.EVENT, read
        yield from self._around()

    def _clauses(self) -> Iterator[tuple[Part, object]]:
        rule = self.rule
        yield Part.WHEN, rule.when
        yield from self._duty()
        yield Part.EXCEPTION, rule.unless
        yield Part.DOUBT, rule.cannot_tell_if
        yield Part.MESSAGE, (rule.say, rule.fix)

    def _duty(self) -> Iterator[tuple[Part, object]]:
        match self.rule.duty:
            case (
                core.Have(records=records, window=window)
                | core.NotHave(records=records, window=window)
            ):
                yield Part.DUTY, records
                yield Part.DEADLINE, window
            case core.HaveField(event=event, where=where, window=window):
                yield Part.EVENT, event
                yield Part.DUTY, where
                yield Part.DEADLINE, window
            case core.Show(condition=condition, window=window):
                yield Part.DUTY, condition
                yield Part.DEADLINE, window
            case core.HaveEvery(records=records, interval=interval, anchor=anchor, while_=while_):
                yield Part.DUTY, records
                yield Part.DEADLINE, (interval, anchor)
                yield Part.WHEN, while_

    def _around(self) -> Iterator[tuple[Part, Read]]:
        """What the schema adds: ends, entries, errors, and who answers."""
        schema, rule = self.schema, self.rule
        kind = schema.kinds[rule.subject.kind]
        for path in kind.ended:
            if path not in rule.kept_open:
                yield Part.END, Read(kind.name, path[0])
                if len(path) > 1 and (target := kind.fields[path[0]].target):
                    yield Part.END, Read(target, path[1])
        if schema.died is not None and not rule.ignores_death:
            yield Part.END, Read("case", schema.died)
        for name in self._own_kinds():
            each = schema.kinds[name]
            if each.recorded is not None:
                yield Part.ENTRY, Read(name, each.recorded)
            if each.void_when is not None:
                yield Part.VOID, Read(name, each.void_when)
        if schema.owner is not None:
            yield Part.OWNER, Read(schema.owner.kind or "case", schema.owner.field)

    def _own_kinds(self) -> list[str]:
        names = [self.rule.subject.kind]
        if self.rule.subject.companion is not None:
            names.append(self.rule.subject.companion.kind)
        if isinstance(self.rule.duty, core.Have | core.NotHave | core.HaveEvery):
            names.append(self.rule.duty.records.kind)
        return [source for name in dict.fromkeys(names) for source in self._sources(name)]

    # --- expressions ---

    def reads(self, node: object) -> Iterator[Read]:
        """What an expression, or a clause, reads."""
        match node:
            case core.Field(record=record, kind=kind, name=name):
                yield from self._field(kind, name)
                yield from self.reads(record)
            case core.Derived(record=record, kind=kind, name=name):
                yield from self.reads(self.plan.definitions[kind, name].value)
                yield from self.reads(record)
            case core.Slot(index=index):
                if (value := self.lets.get(index)) is not None:
                    yield from self.reads(value)
            case core.Follow(ref=ref, kind=kind):
                yield Read(kind, None)
                yield from self.reads(ref)
            case core.Presence(operand=operand):
                for read in self.reads(operand):
                    yield Read(read.kind, read.field, answered=read.field is not None)
            case core.RecordSet(kind=kind, where=where):
                yield from self._kind(kind)
                yield from self.reads(where)
            case core.Pick(records=records):
                yield from self.reads(records)
                yield from self._happened(records.kind)
            case tuple():
                for inner in node:
                    yield from self.reads(inner)
            case _ if is_dataclass(node) and not isinstance(node, type):
                for field in fields(node):
                    if field.name not in ("span", "name_span"):
                        yield from self.reads(getattr(node, field.name))
            case _:
                pass

    def _sources(self, kind: str) -> list[str]:
        gathering = self.plan.gatherings.get(kind)
        return [kind] if gathering is None else [each.kind for each in gathering.sources]

    def _kind(self, kind: str) -> Iterator[Read]:
        """The records of a kind; of a gathered one, those that it is made of."""
        gathering = self.plan.gatherings.get(kind)
        if gathering is None:
            if kind != "case":
                yield Read(kind, None)
            return
        for source in gathering.sources:
            yield Read(source.kind, None)
            yield Read(source.kind, source.field)
            yield from self.reads(source.where)

    def _field(self, kind: str, name: str) -> Iterator[Read]:
        gathering = self.plan.gatherings.get(kind)
        if gathering is None:
            yield Read(kind, name)
            return
        for source in gathering.sources:
            own = source.field if name == "date" else name
            if own in self.schema.kinds[source.kind].fields:
                yield Read(source.kind, own)

    def _happened(self, kind: str) -> Iterator[Read]:
        gathering = self.plan.gatherings.get(kind)
        happened = self.schema.kinds[kind].happened
        if gathering is None and happened is not None:
            yield Read(kind, happened)


# --- what is lost ---------------------------------------------------------------------------------

_WITHOUT_RECORDS = {
    Part.SUBJECT: "no finding from it",
    Part.PAIR: "cannot tell whether there is a pair",
    Part.WHEN: "cannot tell whether the rule applies",
    Part.DEADLINE: "no deadline: cannot tell",
    Part.DUTY: "cannot tell: it may have been done, or have happened, unseen",
    Part.EXCEPTION: "cannot tell, where an exception could hold",
    Part.DOUBT: "the doubt is not raised",
}
_BLANK = {
    Part.SUBJECT: "cannot tell, where it is blank",
    Part.PAIR: "cannot tell, where it is blank",
    Part.WHEN: "cannot tell whether the rule applies",
    Part.DEADLINE: "no deadline: cannot tell",
    Part.EVENT: "cannot tell, where a blank one could be in time",
    Part.DUTY: "cannot tell, where it would decide",
    Part.EXCEPTION: "cannot tell, where the exception could hold",
    Part.DOUBT: "the doubt is not raised",
    Part.END: "the duty is not ended by it",
    Part.VOID: "records entered in error count",
    Part.ENTRY: "an entry counts from the day on which it happened",
    Part.OWNER: "no team is named",
    Part.MESSAGE: "the message says: not recorded",
}


def loss(schema: Schema, rule: core.Rule, read: Read, part: Part) -> str:
    """What a rule loses in one of its parts if the records, or the field, are not there."""
    if read.field is None:
        return _WITHOUT_RECORDS.get(part, _BLANK[part])
    if part in (Part.END, Part.VOID, Part.ENTRY, Part.OWNER, Part.MESSAGE):
        return _BLANK[part]
    if part is Part.EVENT and isinstance(rule.duty, core.HaveField):
        return "a blank reads as: not done"
    if read.answered:
        return "a blank is an answer: not recorded"
    if schema.kinds[read.kind].fields[read.field].open:
        return "a blank is an answer: not yet"
    if part in (Part.DUTY, Part.EVENT) and rule.blank_means_breached is not None:
        return "a blank counts as not fulfilled"
    return _BLANK[part]
