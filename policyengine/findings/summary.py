"""Counts by rule, and what a plan says of its rules' findings before any is found."""

from collections.abc import Iterable, Mapping
from datetime import date

from policyengine.findings.model import Finding, RuleSummary
from policyengine.plan import core


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
