"""What an export lets the rules judge: absent kinds, kinds complete only from a day, fields that
are never filled, and what each of them costs a rule."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date

from policyengine.plan import core
from policyengine.records.model import Absent, Export, Record
from policyengine.report.needs_page import Judged, RuleCoverage
from policyengine.tooling.needs import Part, Read, in_force_on, uses_of

# Wanting in these, the rule still says most of what it has to say.
_LIGHT = frozenset({Part.END, Part.VOID, Part.ENTRY, Part.OWNER, Part.MESSAGE, Part.DOUBT})


@dataclass(slots=True)
class Survey:
    """How many rows of each kind an export holds, and in how many each field is filled (with a
    value, or with one that says that it is not known)."""

    rows: dict[str, int] = field(default_factory=dict)
    filled: dict[tuple[str, str], int] = field(default_factory=dict)
    complete_from: dict[str, date] = field(default_factory=dict)
    absent: frozenset[str] = frozenset()

    def never_filled(self, kind: str, name: str) -> bool:
        """Whether there are records of the kind, and the field is blank in all of them."""
        return self.rows.get(kind, 0) > 0 and not self.filled.get((kind, name), 0)


def survey(export: Export) -> Survey:
    """Walk an export once and count. Raises `ExportError` for one that breaks on the way."""
    found = Survey(absent=export.absent)
    for kind, day in export.complete_from.items():
        _later(found, kind, day)
    for records in export.shared.values():
        for record in records.values():
            _count(found, record)
    for case in export.cases():
        for kind, day in case.complete_from.items():
            _later(found, kind, day)
        _count(found, case.case)
        for several in case.records.values():
            for record in several:
                _count(found, record)
    return found


def _later(found: Survey, kind: str, ordinal: int) -> None:
    day = date.fromordinal(ordinal)
    found.complete_from[kind] = max(day, found.complete_from.get(kind, day))


def _count(found: Survey, record: Record) -> None:
    kind = record.kind
    found.rows[kind.name] = found.rows.get(kind.name, 0) + 1
    for each in kind.fields.values():
        value = record.values[each.index]
        if value is not None and value is not Absent.INVALID:
            key = (kind.name, each.name)
            found.filled[key] = found.filled.get(key, 0) + 1


def coverage(plan: core.Plan, found: Survey, as_at: date | None = None) -> list[RuleCoverage]:
    """Rule by rule, in the plan's order. With `as_at`, versions that are not in force on that day
    are left out of account."""
    made = []
    for rule_id in dict.fromkeys(rule.id for rule in plan.rules):
        versions = [rule for rule in plan.rules if rule.id == rule_id]
        in_force = [rule for rule in versions if as_at is None or in_force_on(rule, as_at)]
        shown = (in_force or versions)[-1]
        judged, wants = _of_versions(plan, in_force, found)
        made.append(
            RuleCoverage(
                rule=rule_id,
                title=shown.title,
                learning_point=shown.learning_point,
                judged=judged,
                wants=wants,
            )
        )
    return made


def _of_versions(
    plan: core.Plan, versions: list[core.Rule], found: Survey
) -> tuple[Judged, tuple[str, ...]]:
    if not versions:
        return Judged.NOT_IN_FORCE, ()
    wants: dict[str, bool] = {}
    for rule in versions:
        for want, fatal in _wants(plan, rule, found):
            wants[want] = wants.get(want, False) or fatal
    if any(wants.values()):
        return Judged.NO, tuple(sorted(wants, key=lambda want: not wants[want]))
    return (Judged.PARTLY if wants else Judged.YES), tuple(wants)


def _wants(plan: core.Plan, rule: core.Rule, found: Survey) -> Iterator[tuple[str, bool]]:
    """What is wanting, and whether nothing can be judged without it."""
    uses = uses_of(plan, rule)
    decisive = set(_decisive_fields(rule))
    subjects = {read.kind for read, parts in uses.items() if _is(read, parts, Part.SUBJECT)}
    for read, parts in uses.items():
        weighty = [part for part in parts if part not in _LIGHT]
        if not weighty:
            continue
        part = next(part for part in Part if part in weighty)
        if read.kind in found.absent:
            if read.field is None:
                fatal = _fatal_if_absent(read, part, rule, subjects, found)
                yield f"no {read.kind} in this export ({part.value})", fatal
            continue
        if read.field is None:
            others = [each for each in weighty if each is not Part.SUBJECT]
            if read.kind in found.complete_from and others:
                day = found.complete_from[read.kind].isoformat()
                part = next(each for each in Part if each in others)
                yield f"{read.kind} is complete only from {day} ({part.value})", False
            continue
        if _is_blank_an_answer(plan, rule, read, part):
            continue
        if found.never_filled(read.kind, read.field):
            fatal = part is Part.DEADLINE or (read.kind, read.field) in decisive
            yield f"{read.kind}.{read.field} is never filled ({part.value})", fatal


def _is(read: Read, parts: list[Part], part: Part) -> bool:
    return read.field is None and part in parts


def _fatal_if_absent(
    read: Read, part: Part, rule: core.Rule, subjects: set[str], found: Survey
) -> bool:
    if part is Part.SUBJECT:
        return subjects <= found.absent
    duty = rule.duty
    if part is Part.DUTY and isinstance(duty, core.Have | core.NotHave | core.HaveEvery):
        return read.kind == duty.records.kind
    return False


def _is_blank_an_answer(plan: core.Plan, rule: core.Rule, read: Read, part: Part) -> bool:
    """A field that is `open`, or of which only the presence is asked; the event of duty 3 is no
    such field: that it is never filled is worth knowing."""
    if part is Part.EVENT and isinstance(rule.duty, core.HaveField):
        return False
    assert read.field is not None
    return read.answered or plan.schema.kinds[read.kind].fields[read.field].open


def _decisive_fields(rule: core.Rule) -> Iterator[tuple[str, str]]:
    """Fields without which a condition that must hold is never known: whom the rule is about,
    whether it applies, and the state that it asks for."""
    conditions = [rule.subject.where, rule.when]
    if isinstance(rule.duty, core.Show) and rule.blank_means_breached is None:
        conditions.append(rule.duty.condition)
    for condition in conditions:
        yield from _decisive(condition)


def _decisive(node: core.Core | None) -> Iterator[tuple[str, str]]:
    match node:
        case core.And(items=items):
            for item in items:
                yield from _decisive(item)
        case core.Not(operand=operand):
            if not isinstance(operand, core.And):
                yield from _decisive(operand)
        case core.Compare(left=left, right=right):
            for side in (left, right):
                yield from _decisive(side)
        case core.InList(value=value):
            yield from _decisive(value)
        case core.Field(record=core.Slot(), kind=kind, name=name):
            yield kind, name
        case _:
            pass
