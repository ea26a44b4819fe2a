"""A small record to write rules about, and ways to settle them."""

from collections.abc import Mapping, Sequence
from decimal import Decimal

from policyengine.diagnostics import Diagnostic
from policyengine.plan.core import Plan, Rule
from policyengine.policy.overrides import SettingOverride
from policyengine.policy.settle import settle
from policyengine.schema.model import (
    Code,
    CodeList,
    CodeMeaning,
    Field,
    FieldType,
    Kind,
    Schema,
    Sensitivity,
)
from policyengine.source import SourceFile
from policyengine.syntax import parse_file


def _field(name: str, words: str) -> Field:
    """`date open`, `ref order`, `code outcome`, `text free_text`"""
    type_, *marks = words.split()
    target = marks.pop(0) if type_ in ("ref", "code") else None
    sensitive = [Sensitivity(mark) for mark in marks if mark not in ("open", "planned")]
    return Field(
        name=name,
        type=FieldType(type_),
        index=0,
        target=target,
        open="open" in marks,
        planned="planned" in marks,
        sensitive=sensitive[0] if sensitive else None,
    )


def _kind(name: str, fields: Mapping[str, str], **facts: object) -> Kind:
    from dataclasses import replace

    declared = [_field(field, words) for field, words in fields.items()]
    happened = facts.pop("happened", None)
    return Kind(
        name=name,
        label=name,
        plural=f"{name}s",
        fields={f.name: replace(f, index=i) for i, f in enumerate(declared)},
        happened=happened,  # type: ignore[arg-type]
        ordered_by=happened,  # type: ignore[arg-type]
        **facts,  # type: ignore[arg-type]
    )


def _codes(name: str, *codes: str) -> CodeList:
    known = {code: Code(code, code) for code in codes}
    known["not known"] = Code("not known", "Not known", CodeMeaning.NOT_KNOWN)
    return CodeList(name, known)


_KINDS = (
    _kind(
        "case",
        {"team": "text", "born_on": "date identifier", "died_on": "date open", "frail": "yes_no"},
    ),
    _kind("staff", {"role": "text"}, shared=True),
    _kind(
        "order",
        {
            "made_on": "date",
            "ended_on": "date open",
            "expires_on": "date planned",
            "length": "number",
            "urgent": "yes_no",
            "reason": "text",
            "author": "ref staff",
            "before": "ref order",
        },
        happened="made_on",
        ended=(("ended_on",),),
    ),
    _kind(
        "recall",
        {
            "order": "ref order",
            "decided_at": "datetime",
            "ended_at": "datetime open",
            "urgent": "yes_no",
            "outcome": "code outcome",
        },
        happened="decided_at",
        ended=(("ended_at",), ("order", "ended_on")),
    ),
    _kind(
        "talk",
        {
            "date": "date",
            "about": "ref order",
            "outcome": "code outcome",
            "method": "code method",
            "spoken": "yes_no",
            "urgent": "yes_no",
            "length": "number",
            "reason": "text third_party",
            "notes": "text free_text",
        },
        happened="date",
    ),
    _kind("loose", {"seen": "yes_no", "noted_on": "date"}),
)

SCHEMA = Schema(
    name="desk",
    version="1",
    time_zone="Europe/London",
    kinds={kind.name: kind for kind in _KINDS},
    codes={
        "outcome": _codes("outcome", "understood", "partly", "yes"),
        "method": _codes("method", "phone", "visit"),
    },
    died="died_on",
)


def settled(
    *texts: str,
    schema: Schema = SCHEMA,
    overrides: Mapping[str, SettingOverride] | None = None,
    targets: Mapping[str, Decimal] | None = None,
) -> tuple[Plan | None, list[Diagnostic]]:
    """Each text is a file; `policy` is put before it if it has none."""
    files = []
    for number, text in enumerate(texts):
        whole = text if "policy " in text else f'policy "P{number}"\n{text}'
        file, faults = parse_file(SourceFile(f"f{number}.policy", whole))
        assert not faults, [(fault.code, fault.message) for fault in faults]
        files.append(file)
    return settle(files, schema, overrides or {}, targets or {})


def plan_of(*texts: str, schema: Schema = SCHEMA) -> Plan:
    """A set that must be good."""
    plan, faults = settled(*texts, schema=schema)
    assert plan is not None, [(fault.code, fault.message) for fault in faults]
    assert faults == []
    return plan


def rule_of(text: str) -> Rule:
    """The one rule of a good set."""
    (rule,) = plan_of(text).rules
    return rule


def codes_of(*texts: str) -> list[str]:
    """The codes of all the faults of a set, in their order."""
    plan, faults = settled(*texts)
    assert (plan is None) == bool(faults)
    return [fault.code for fault in faults]


def fault_of(*texts: str) -> Diagnostic:
    """The one fault of a set."""
    _, faults = settled(*texts)
    assert len(faults) == 1, [(fault.code, fault.message) for fault in faults]
    return faults[0]


def at(fault: Diagnostic) -> str:
    """The author's words that a fault points at."""
    return "" if fault.span is None else fault.span.text


def shown(expression: str, let: str = "", subject: str = "order") -> Sequence[str]:
    """The codes of a rule whose duty is to show an expression of its subject."""
    return codes_of(f'rule R "t" for each {subject} {let} must show {expression}')
