"""A small plan with every duty, findings made by hand, and an audit of them."""

from datetime import date
from pathlib import Path

from policyengine.findings import Audit, Finding
from policyengine.findings.summary import summarise
from policyengine.plan.core import Plan
from policyengine.policy.load import load_rules
from policyengine.values.verdict import Verdict

SCHEMA = """\
schema: small
version: 1
time_zone: Europe/London
codes: {outcome: {understood: Understood}}
kinds:
  case:
    label: service user
    died: died_on
    fields: {team: text, died_on: {type: date, open: true}}
  cto:
    label: community treatment order
    happened: started_on
    fields: {started_on: date, told_on: {type: date, label: told on}}
  incident: {happened: date, fields: {date: date}}
  rights_discussion:
    label: explanation of rights
    plural: explanations_of_rights
    happened: date
    fields: {date: date, spoken: {type: yes_no, label: spoken aloud}, at: datetime}
"""

RULES = """\
policy "Small"
setting window is 7 days
rule HAVE-1 "one" for each cto must have a rights_discussion within window after cto.started_on
rule HAVE-2 "which" for each cto
  must have a rights_discussion within 7 days after cto.started_on where spoken
rule HAVE-3 "three" for each cto
  must have at least 3 rights_discussion within 7 days after cto.started_on
rule EVERY-1 "again" for each cto
  must have a rights_discussion at least every window from cto.started_on
rule NOT-1 "never" for each cto must not have an incident within 7 days after cto.started_on
rule FIELD-1 "a date" for each cto must have cto.told_on within window after cto.started_on
rule SHOW-1 "a state" for each cto must show cto.told_on is recorded
"""


def small_plan(folder: Path, rules: str = RULES) -> Plan:
    """The plan of the small rules, written to a folder."""
    (folder / "schema.yaml").write_text(SCHEMA)
    (folder / "small.policy").write_text(rules)
    loaded = load_rules([str(folder)])
    assert loaded.plan is not None, loaded.diagnostics
    return loaded.plan


def finding(rule: str, verdict: Verdict, **more: object) -> Finding:
    """A finding on the order o1 of case A1."""
    made = {"case": "A1", "subject_kind": "cto", "subject_id": "o1", "applies_from": None, **more}
    return Finding(rule=rule, verdict=verdict, **made)  # type: ignore[arg-type]


def audit_of(plan: Plan, *findings: Finding, **more: object) -> Audit:
    """An audit with these findings, counted."""
    made: dict[str, object] = {
        "engine_version": "0.0.0",
        "as_at": "2026-02-01",
        "known_by": "2026-02-01",
        "rules_sha256": "a" * 64,
        "cases_sha256": "b" * 64,
        "cases": 5,
        "rows_read": 10,
        "rows_kept": 10,
        "rows_rejected": 0,
        "faults": (),
        "summary": summarise(plan.rules, findings, {}, date(2026, 2, 1)),
        "findings": tuple(sorted(findings, key=lambda each: each.order)),
        **more,
    }
    return Audit(**made)  # type: ignore[arg-type]
