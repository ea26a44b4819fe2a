"""Examples: what they give fits the schema, and what they expect can be found (section 7)."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import assert_never

from policyengine.diagnostics import Label, Notebook
from policyengine.plan.core import ExamplePlan, Expected, GivenRecord, Rule, SettingPlan
from policyengine.policy import faults, misfits
from policyengine.policy.context import Here, KnownSetting, Vocabulary, bare_scope
from policyengine.policy.expressions import settle_expr
from policyengine.policy.givens import GivenValue, given_value
from policyengine.policy.sets import kind_named
from policyengine.policy.settings import literals_of_one_type
from policyengine.policy.suggest import hint
from policyengine.policy.types import UNKNOWN, Sort, Type, type_of_literal
from policyengine.schema.model import Kind
from policyengine.source import Span
from policyengine.syntax.tree import (
    Example,
    Expect,
    Given,
    GivenField,
    GivenNoHistory,
    GivenSetting,
    Name,
)
from policyengine.values.durations import Duration


@dataclass(slots=True)
class _Labels:
    """The labels of an example by kind, and how many of its records go without."""

    by_kind: dict[str, dict[str, Span]] = field(default_factory=dict)
    unlabelled: dict[str, int] = field(default_factory=dict)

    def has(self, kind: str, label: str) -> bool:
        """Whether a record is labelled so; `KIND-n` is one of those without a label (S22)."""
        if label in self.by_kind.get(kind, {}):
            return True
        numbered = re.fullmatch(re.escape(kind) + r"-([1-9][0-9]*)", label)
        return numbered is not None and int(numbered[1]) <= self.unlabelled.get(kind, 0)


def settle_example(
    item: Example, rules: Mapping[str, Sequence[Rule]], words: Vocabulary, notes: Notebook
) -> ExamplePlan:
    """An example, checked. `rules` are all the rules by id, as far as they could be settled.

    Notes NAM001, NAM002, NAM009 to NAM011, NAM012, NAM013, TYP001, TYP018, TYP020, TYP021.
    """
    here = Here(words, notes, bare_scope(), settle_expr)
    if item.rule is not None:
        _check_rule(item.rule, rules, notes)
    records = [given for given in item.givens if isinstance(given, Given)]
    labels = _labels(records, here)
    settings = [given for given in item.givens if isinstance(given, GivenSetting)]
    histories = [given for given in item.givens if isinstance(given, GivenNoHistory)]
    return ExamplePlan(
        title=item.title,
        as_at=item.as_at,
        known_by=item.known_by or item.as_at,
        records=_records(records, labels, here),
        settings=_settings(settings, words, notes),
        no_history=_no_history(histories, here),
        expects=tuple(
            expected
            for expect in item.expects
            if (expected := _expected(expect, item, rules, labels, here)) is not None
        ),
        span=item.span,
    )


def _labels(records: Sequence[Given], here: Here) -> _Labels:
    labels = _Labels()
    for given in records:
        if given.label is None:
            count = 1 if given.count is None else given.count
            labels.unlabelled[given.kind.text] = labels.unlabelled.get(given.kind.text, 0) + count
            continue
        of_kind = labels.by_kind.setdefault(given.kind.text, {})
        if given.label in of_kind:
            what = f"the label `{given.label}`"
            here.note(faults.given_twice(given.span, what, of_kind[given.label]))
        of_kind.setdefault(given.label, given.span)
    return labels


def _records(records: Sequence[Given], labels: _Labels, here: Here) -> tuple[GivenRecord, ...]:
    found: list[GivenRecord] = []
    of_case: dict[str, Span] = {}
    for given in records:
        kind = kind_named(given.kind, here, plural=given.count is not None)
        if kind is None:
            continue
        if kind.name in here.words.gathers:
            why = "its records are made from those that it is gathered from"
            here.note(faults.kind_cannot_stand(given.kind.span, kind.name, why))
            continue
        count = 1 if given.count is None else given.count
        if kind.name == "case" and (given.label is not None or count != 1):
            message = "there is one case in an example: it has no label and no number"
            here.note(misfits.bad_expectation(given.span, message, "write `given case: ...`"))
        seen = of_case if kind.name == "case" else {}
        found.append(
            GivenRecord(
                kind=kind.name,
                label=given.label,
                count=count,
                fields=_fields(given.fields, kind, seen, labels, here),
            )
        )
    return tuple(found)


def _fields(
    given: Sequence[GivenField], kind: Kind, seen: dict[str, Span], labels: _Labels, here: Here
) -> dict[str, GivenValue]:
    found: dict[str, GivenValue] = {}
    for item in given:
        name = item.field
        if name.text in seen:
            what = f"`{name.text}` of one record"
            here.note(faults.given_twice(name.span, what, seen[name.text]))
            continue
        seen[name.text] = name.span
        declared = kind.fields.get(name.text)
        if declared is None:
            here.note(faults.no_such_field(name.span, kind.name, name.text, _why(name, kind, here)))
            continue
        value = given_value(item.value, declared, kind.name, here)
        if value is None:
            continue
        if declared.target in here.words.schema.kinds and isinstance(value, str):
            target = declared.target or ""
            if not labels.has(target, value):
                near = hint(value, labels.by_kind.get(target, {}))
                here.note(faults.no_such_label(item.value.span, value, f"`{target}`", near))
        found[name.text] = value
    return found


def _why(name: Name, kind: Kind, here: Here) -> tuple[str, ...]:
    if (kind.name, name.text) in here.words.defines:
        return (f"`{name.text}` is defined: give the fields that it is made from",)
    if name.text == "id":
        return (f"a label is the record's id: `given {kind.name} ID: ...`",)
    return hint(name.text, kind.fields)


def _settings(
    given: Sequence[GivenSetting], words: Vocabulary, notes: Notebook
) -> tuple[SettingPlan, ...]:
    found: dict[str, SettingPlan] = {}
    places: dict[str, Span] = {}
    for item in given:
        name, known = item.name, words.settings.get(item.name.text)
        if name.text in places:
            what = f"the setting `{name.text}`"
            notes.note(faults.given_twice(item.span, what, places[name.text]))
            continue
        places[name.text] = item.span
        if known is None:
            hints = hint(name.text, words.settings)
            notes.note(faults.no_such_setting(name.span, name.text, hints))
            continue
        plan = _given_setting(item, known, words, notes)
        if plan is not None:
            found[name.text] = plan
    return tuple(found.values())


def _given_setting(
    item: GivenSetting, known: KnownSetting, words: Vocabulary, notes: Notebook
) -> SettingPlan | None:
    values, type_ = literals_of_one_type(item.values, words, notes)
    why = Label(known.span, "the setting")
    if type_ == UNKNOWN or known.type.sort is Sort.UNKNOWN:
        return None
    if item.listed != (known.type.sort is Sort.LIST):
        shape = "a list" if known.type.sort is Sort.LIST else "one value, not a list"
        message = f"`{item.name.text}` is {shape}"
        notes.note(misfits.bad_setting(item.span, message, why))
        return None
    of = known.type.values
    wanted = type_of_literal(of[0]) if item.listed and of else known.type
    if not type_.fits(Type(wanted.sort)):
        message = f"this is {type_.words}, but `{item.name.text}` is {wanted.words}"
        notes.note(misfits.bad_setting(item.values[0].span, message, why))
        return None
    name, span = item.name.text, item.span
    for value in values:
        if isinstance(value, Duration) and name in words.periods and not value.has_periods:
            place = Label(words.periods[name], "it is the length of a period here")
            note = misfits.no_period(item.values[0].span, str(value), f"`{name}`", place)
            notes.note(note)
    if item.listed:
        return SettingPlan(name=name, options=values, why=known.plan.why, span=span)
    return SettingPlan(name=name, values=((None, values[0]),), why=known.plan.why, span=span)


def _no_history(given: Sequence[GivenNoHistory], here: Here) -> dict[str, date]:
    found: dict[str, date] = {}
    for item in given:
        kind = kind_named(item.kind, here)
        if kind is None:
            continue
        if kind.name == "case" or kind.name in here.words.gathers:
            why = "coverage is told of kinds that an export holds"
            here.note(faults.kind_cannot_stand(item.kind.span, kind.name, why))
        elif kind.name in found:
            here.note(faults.given_twice(item.span, f"the history of `{kind.name}`", None))
        else:
            found[kind.name] = item.before
    return found


def _check_rule(name: Name, rules: Mapping[str, object], notes: Notebook) -> bool:
    if name.text in rules:
        return True
    notes.note(faults.no_such_rule(name.span, name.text, like_rule(name.text, rules)))
    return False


def like_rule(rule: str, rules: Mapping[str, object]) -> tuple[str, ...]:
    """The hint that offers the nearest rule id."""
    by_lower = {name.lower(): name for name in rules}
    near = hint(rule.lower(), by_lower)
    return tuple(
        text.replace(f"`{lower}`", f"`{name}`")
        for text in near
        for lower, name in by_lower.items()
        if f"`{lower}`" in text
    )


def _expected(
    expect: Expect,
    item: Example,
    rules: Mapping[str, Sequence[Rule]],
    labels: _Labels,
    here: Here,
) -> Expected | None:
    rule = expect.rule or item.rule
    if rule is None:
        message = "no rule is named, neither here nor by the example"
        hint_ = 'write `expect RULE VERDICT`, or `example "..." for RULE`'
        here.note(misfits.bad_expectation(expect.span, message, hint_))
        return None
    if expect.rule is not None and not _check_rule(expect.rule, rules, here.notes):
        return None
    if expect.verdict is None and expect.deadline is not None:
        message = "`no finding` has no deadline"
        here.note(misfits.bad_expectation(expect.span, message, "leave the deadline out"))
    if expect.label is not None and rules.get(rule.text):
        _check_label(expect, expect.label, rules[rule.text], labels, here)
    return Expected(
        rule=rule.text,
        verdict=None if expect.verdict is None else expect.verdict.value,
        label=expect.label,
        deadline=_deadline(expect.deadline),
        span=expect.span,
    )


def _deadline(deadline: date | datetime | None) -> str | None:
    match deadline:
        case None:
            return None
        case datetime():
            return deadline.isoformat(timespec="minutes" if not deadline.second else "seconds")
        case date():
            return deadline.isoformat()
        case _:
            assert_never(deadline)


def _check_label(
    expect: Expect, label: str, versions: Sequence[Rule], labels: _Labels, here: Here
) -> None:
    """A label names a given record of the rule's subject: `a`, `a+b`, `a.ended_on` (NAM010)."""
    subject = versions[0].subject
    if any(version.subject.kind != subject.kind for version in versions):
        return
    if subject.kind == "case":
        message = "the subject of this rule is the case, which has no label"
        here.note(misfits.bad_expectation(expect.span, message, "leave `for ...` out"))
        return
    kinds = [subject.kind]
    if subject.companion is not None:
        kinds.append(subject.companion.kind)
    parts = label.split("+")
    if len(parts) != len(kinds):
        shape = "a pair is `for a+b`" if len(kinds) > 1 else "the subject is one record: `for a`"
        here.note(misfits.bad_expectation(expect.span, f"`{label}` is no subject", shape))
        return
    for part, kind in zip(parts, kinds, strict=True):
        if not _is_given(part, kind, labels, here):
            known = _subjects_of(kind, labels, here)
            here.note(faults.no_such_label(expect.span, part, f"`{kind}`", hint(part, known)))


def _is_given(label: str, kind: str, labels: _Labels, here: Here) -> bool:
    if kind not in here.words.gathers:
        return labels.has(kind, label)
    record, _, name = label.rpartition(".")
    return any(
        labels.has(of, record) and name == by for of, by in here.words.gathered_from.get(kind, ())
    )


def _subjects_of(kind: str, labels: _Labels, here: Here) -> list[str]:
    if kind not in here.words.gathers:
        return list(labels.by_kind.get(kind, {}))
    return [
        f"{label}.{by}"
        for of, by in here.words.gathered_from.get(kind, ())
        for label in labels.by_kind.get(of, {})
    ]
