"""An audit cut to its readers.

The law of the view that is shared: changing any sensitive value, or any record of a sensitive
kind, changes no byte of it.
"""

from dataclasses import replace

from policyengine.findings.model import Audit, Evidence, Finding
from policyengine.plan import core
from policyengine.report.pseudonyms import Pseudonyms, pseudonymous
from policyengine.report.views.audiences import Audience, restricted_rules
from policyengine.values.truth import Reason, Why


def allowed(plan: core.Plan, audience: Audience) -> core.Plan:
    """The plan with the rules that the audience may read of. Which they are depends on the rules
    and on the schema, never on a record."""
    left_out = restricted_rules(plan, audience.restricted)
    return replace(plan, rules=tuple(rule for rule in plan.rules if rule.id not in left_out))


def viewed(
    audit: Audit, plan: core.Plan, audience: Audience, key: str | None, *, named: bool = False
) -> Audit:
    """The audit as the audience may read it. `plan` is the allowed one. `key` is for the
    pseudonyms (None: one for this run); `named` keeps the case ids."""
    kept = {rule.id for rule in plan.rules}
    audit = replace(
        audit,
        view=audience.name,
        summary=tuple(row for row in audit.summary if row.rule in kept),
        findings=tuple(f for f in audit.findings if audience.findings and f.rule in kept),
    )
    if audience.anonymous:
        return _anonymous(audit, plan, Pseudonyms(key), named)
    if audience.pseudonyms and not named:
        return pseudonymous(audit, key)
    return audit


# --- nothing of a record's own ------------------------------------------------------------------


def _anonymous(audit: Audit, plan: core.Plan, names: Pseudonyms, named: bool) -> Audit:
    versions = {(rule.id, _iso(rule)): rule for rule in plan.rules}
    latest = {rule.id: rule for rule in plan.rules}
    plain = {id(rule): _plain_messages(rule, plan) for rule in plan.rules}
    findings = []
    for finding in audit.findings:
        rule = versions.get((finding.rule, finding.applies_from)) or latest[finding.rule]
        case = finding.case if named else names.of(finding.case)
        findings.append(_bare(finding, names, case, plain[id(rule)]))
    return replace(
        audit,
        findings=tuple(sorted(findings, key=lambda finding: finding.order)),
        cases_sha256="",
        rows_read=0,
        rows_kept=0,
        rows_merged=0,
        rows_rejected=0,
        faults=(),
        notes=(),
        holds_load=False,
    )


def _bare(finding: Finding, names: Pseudonyms, case: str, plain: tuple[bool, bool]) -> Finding:
    def named(kind: str | None, id: str) -> str:
        return case if kind == "case" else names.of_record(finding.case, kind or "record", id)

    def evidence(item: Evidence) -> Evidence:
        return replace(item, id=None if item.id is None else named(item.kind, item.id))

    def reason(item: Reason) -> Reason:
        return replace(item, id=None if item.id is None else named(item.kind, item.id))

    return replace(
        finding,
        case=case,
        subject_id=named(finding.subject_kind, finding.subject_id),
        message=finding.message if plain[0] else "",
        fix=finding.fix if plain[1] else "",
        evidence=tuple(map(evidence, finding.evidence)),
        reasons=tuple(reason(each) for each in finding.reasons if not _is_mark(each)),
    )


def _is_mark(reason: Reason) -> bool:
    """Whether a reason tells of a fault in what was loaded, be it in a field that the rule does
    not read."""
    return reason.why is Why.INVALID and reason.text is not None


# A reader outside may read an author's sentence where nothing but dates and numbers was put into
# it; otherwise the sentence that is made from the rule stands in its place.
_DATES_AND_NUMBERS = (
    core.Deadline,
    core.AsAt,
    core.SettingValue,
    core.DaysFrom,
    core.AgeAt,
    core.NumberOf,
    core.WordsIn,
    core.NewWords,
    core.Similarity,
    core.Shift,
    core.StartOf,
    core.PeriodEnd,
    core.PeriodStart,
)
_PLAIN_TYPES = frozenset({"date", "datetime", "number", "yes_no"})


def _plain_messages(rule: core.Rule, plan: core.Plan) -> tuple[bool, bool]:
    """Whether the `say` and the `fix` of a rule hold dates and numbers only."""
    return _is_plain(rule.say, rule, plan), _is_plain(rule.fix, rule, plan)


def _is_plain(message: core.Message | None, rule: core.Rule, plan: core.Plan) -> bool:
    if message is None:
        return True
    lets = {let.slot: let.value for let in rule.lets}
    parts = [
        lets.get(part.index, part) if isinstance(part, core.Slot) else part
        for part in message.parts
    ]
    return all(isinstance(part, str) or _is_date_or_number(part, plan) for part in parts)


def _is_date_or_number(part: core.Core, plan: core.Plan) -> bool:
    match part:
        case core.Field(kind=kind, name=name):
            return plan.schema.kinds[kind].fields[name].type.value in _PLAIN_TYPES
        case core.Derived(kind=kind, name=name):
            return plan.definitions[kind, name].type in _PLAIN_TYPES
        case _:
            return isinstance(part, _DATES_AND_NUMBERS)


def _iso(rule: core.Rule) -> str | None:
    return None if rule.applies_from is None else rule.applies_from.isoformat()
