"""Counts by rule, and what a plan says of its rules' findings before any is found."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date

from policyengine import __version__
from policyengine.findings.model import Audit, Finding, RuleSummary
from policyengine.plan import core
from policyengine.records.model import Export


def current_versions(rules: Iterable[core.Rule], as_at: date) -> list[core.Rule]:
    """One version of each rule: the one in force on a day, else the last before it, else the
    first to come. `rules` are sorted by id and by the day they apply from."""
    chosen: dict[str, core.Rule] = {}
    for rule in rules:
        if rule.id not in chosen or rule.applies_from is None or rule.applies_from <= as_at:
            chosen[rule.id] = rule
    return list(chosen.values())


def summarise(
    rules: Iterable[core.Rule],
    findings: Iterable[Finding],
    absent: Mapping[str, str],
    as_at: date,
) -> tuple[RuleSummary, ...]:
    """The counts by rule; one with several versions is one, named as it stands as at the day."""
    summaries: dict[str, RuleSummary] = {}
    for rule in current_versions(rules, as_at):
        summaries[rule.id] = RuleSummary(
            rule=rule.id,
            title=rule.title,
            force=rule.force.value,
            severity=rule.gravity.value,
            learning_point=rule.learning_point,
            target=None if rule.target is None else float(rule.target) / 100,
            absent_kind=absent.get(rule.id),
        )
    for finding in findings:
        summaries[finding.rule].counts[finding.verdict] += 1
    return tuple(summaries[id] for id in sorted(summaries))


def assembled(
    plan: core.Plan,
    export: Export,
    rules: Sequence[core.Rule],
    findings: Sequence[Finding],
    clock: tuple[date, date],
    cases: int,
) -> Audit:
    """An audit of findings in order; `clock` is the as-at and the known-by date. The export must
    have been walked to its end."""
    as_at, known_by = clock
    load = export.load
    return Audit(
        engine_version=__version__,
        as_at=as_at.isoformat(),
        known_by=known_by.isoformat(),
        rules_sha256=plan.digest,
        cases_sha256=export.sha256,
        cases=cases,
        rows_read=load.rows_read,
        rows_kept=load.rows_kept,
        rows_rejected=load.rows_rejected,
        faults=tuple(
            (fault.kind, fault.field, fault.fault, fault.rows) for fault in load.sorted_faults()
        ),
        summary=summarise(rules, findings, absent_subjects(plan, export.absent), as_at),
        findings=tuple(findings),
        notes=tuple(load.notes),
    )


def absent_subjects(plan: core.Plan, absent: frozenset[str]) -> Mapping[str, str]:
    """The rules whose subject's kind the export does not hold (S8): rule id to kind."""
    found: dict[str, str] = {}
    for rule in plan.rules:
        kind = rule.subject.kind
        gathering = plan.gatherings.get(kind)
        if gathering is not None:
            if all(source.kind in absent for source in gathering.sources):
                found[rule.id] = kind
        elif kind in absent:
            found[rule.id] = kind
    return found


def is_restricted(plan: core.Plan, rule: core.Rule) -> bool:
    """Whether the existence of a finding is sensitive: the subject's kind, its companion's, or
    the kind that the duty asks for is."""
    kinds = {rule.subject.kind}
    if rule.subject.companion is not None:
        kinds.add(rule.subject.companion.kind)
    match rule.duty:
        case core.Have(records=records) | core.NotHave(records=records):
            kinds.add(records.kind)
        case core.HaveEvery(records=records):
            kinds.add(records.kind)
        case core.HaveField(event=core.Field(kind=kind) | core.Derived(kind=kind)):
            kinds.add(kind)
        case _:
            pass
    gathered = [plan.gatherings[kind] for kind in kinds if kind in plan.gatherings]
    kinds.update(source.kind for gathering in gathered for source in gathering.sources)
    return any(plan.schema.kinds[kind].sensitive is not None for kind in kinds)
