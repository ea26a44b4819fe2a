"""Laws that say one rule of meaning again, apart from the engine: exceptions, ends, windows.

Each builds other rules out of a rule of the plan, has those judged, and works out from their
verdicts what the rule's own must be.
"""

from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import replace
from datetime import date

from policyengine.findings.model import Finding
from policyengine.plan import core
from policyengine.policy.reach import Reach
from policyengine.values.verdict import Verdict
from tools.conformance.bench import Bench, ByCase
from tools.conformance.cases import Json
from tools.conformance.hindsight import day_of, seen_on

Told = Iterator[tuple[str, str, str]]  # case, rule, what
TRUTHS = {Verdict.MET: True, Verdict.BREACHED: False, Verdict.CANNOT_TELL: None}


# A T after the end cannot be seen from it: the duty had not begun, and never did.
NEVER_BEGUN = (Verdict.NOT_APPLICABLE,)


# --- S6 -----------------------------------------------------------------------------------------


def exceptions_by_the_page(bench: Bench, base: ByCase) -> Told:
    """S6, in its own order, from the duty alone and from the truth of each condition."""
    rules = [rule for rule in bench.plan.rules if _has_exceptions(rule) and _alone(bench, rule)]
    parts: dict[str, core.Rule] = {}
    for rule in rules:
        bare = replace(rule, unless=(), cannot_tell_if=())
        parts[f"{rule.id}-D"] = replace(bare, when=None)
        asked = {"W": [] if rule.when is None else [rule.when]}
        asked["U"] = [each.condition for each in rule.unless]
        asked["C"] = [each.condition for each in rule.cannot_tell_if]
        for letter, conditions in asked.items():
            for number, condition in enumerate(conditions):
                parts[f"{rule.id}-{letter}{number}"] = shown(bare, condition)
    judged = _judged(bench, parts)
    for id, findings in base.items():
        for finding in findings:
            if any(finding.rule == rule.id for rule in rules):
                key = finding.subject_kind, finding.subject_id
                wanted = _by_the_page(finding.rule, key, judged[id])
                if wanted is not None and finding.verdict is not wanted:
                    what = f"{finding.subject_id} {finding.verdict.value}, by S6 {wanted.value}"
                    yield id, finding.rule, what


def _has_exceptions(rule: core.Rule) -> bool:
    return bool(rule.unless or rule.cannot_tell_if)


def _alone(bench: Bench, rule: core.Rule) -> bool:
    """Whether a rule has one version: a gathered kind may have two subjects of one id."""
    versions = [other for other in bench.plan.rules if other.id == rule.id]
    companion = rule.subject.companion
    kinds = {rule.subject.kind, companion.kind if companion else ""}
    return len(versions) == 1 and not kinds & bench.plan.gatherings.keys()


def shown(rule: core.Rule, condition: core.Core) -> core.Rule:
    """The rule with a condition to show in the place of its duty, whenever it applies."""
    return replace(
        rule,
        when=None,
        duty=core.Show(condition=condition, window=None),
        blank_means_breached=None,
        silence_means_cannot_tell=None,
    )


def _judged(
    bench: Bench, parts: Mapping[str, core.Rule]
) -> dict[str, dict[tuple[str, str, str], Verdict]]:
    """The verdicts of the parts, by case, part and subject."""
    rules = tuple(replace(rule, id=id) for id, rule in sorted(parts.items()))
    found = Bench(bench.trial, replace(bench.plan, rules=rules)).judge()
    return {
        id: {(f.rule, f.subject_kind, f.subject_id): f.verdict for f in findings}
        for id, findings in found.items()
    }


def _by_the_page(
    rule: str, subject: tuple[str, str], parts: Mapping[tuple[str, str, str], Verdict]
) -> Verdict | None:
    """The verdict by S6; None where the rule is not in force or there is no such subject."""
    mine = {part: v for (part, *of), v in parts.items() if tuple(of) == subject}
    if any(
        v not in TRUTHS for part, v in mine.items() if not part.endswith("-D") and _of(part, rule)
    ):
        return None
    truths = {
        part: TRUTHS[v] for part, v in mine.items() if not part.endswith("-D") and _of(part, rule)
    }
    when = [truth for part, truth in truths.items() if part.startswith(f"{rule}-W")]
    author = [truth for part, truth in truths.items() if part.startswith(f"{rule}-C")]
    excuses = [truth for part, truth in truths.items() if part.startswith(f"{rule}-U")]
    if when and when[0] is not True:
        if True in author or when[0] is None:
            return Verdict.CANNOT_TELL
        return Verdict.NOT_APPLICABLE
    duty = mine.get(f"{rule}-D")
    if duty in (None, Verdict.MET, Verdict.NOT_APPLICABLE):
        return duty
    if True in excuses:
        return Verdict.EXEMPT
    if duty is Verdict.NOT_YET_DUE:
        return duty
    return Verdict.CANNOT_TELL if True in author or None in excuses else duty


def _of(part: str, rule: str) -> bool:
    return part.rpartition("-")[0] == rule


# --- S7, S9: a window is a condition on the date ------------------------------------------------


def windows_are_conditions(bench: Bench, base: ByCase) -> Told:
    """What a duty finds inside its window is what `there is` finds of that date."""
    parts: dict[str, core.Rule] = {}
    for rule in bench.plan.rules:
        if not _alone(bench, rule) or rule.blank_means_breached is not None:
            continue
        match rule.duty:
            case core.Have(records=records, least=least, window=core.Within() as window):
                there_is = _inside(bench.plan, rule, records, least, window)
            case core.NotHave(records=records, window=core.Within() as window):
                there_is = _inside(bench.plan, rule, records, 1, window)
            case _:
                there_is = None
        if there_is is not None:
            parts[rule.id] = replace(
                shown(rule, there_is), when=rule.when, unless=(), cannot_tell_if=()
            )
    judged = _judged(bench, parts)
    plain = {rule.id: type(rule.duty) for rule in bench.plan.rules if not _has_exceptions(rule)}
    for id, findings in base.items():
        for finding in findings:
            truth = judged[id].get((finding.rule, finding.subject_kind, finding.subject_id))
            if truth is None or finding.rule not in plain:
                continue
            found = Verdict.MET if plain[finding.rule] is core.Have else Verdict.BREACHED
            if (finding.verdict is found) != (truth is Verdict.MET):
                what = f"{finding.subject_id} {finding.verdict.value}, `there is` {truth.value}"
                yield id, finding.rule, what


def _inside(
    plan: core.Plan, rule: core.Rule, records: core.RecordSet, least: int, window: core.Within
) -> core.Core | None:
    """`there is` a record whose date is within the window; None where that cannot be said."""
    kind = plan.schema.kinds[records.kind]
    companion = rule.subject.companion
    own = {rule.subject.kind, companion.kind if companion else ""}
    if records.kind in own or kind.happened is None:
        return None
    if window.counting_that_day or window.rolls:
        return None
    span = window.span
    event = core.Field(
        span=span,
        record=core.Slot(span=span, index=records.slot, name=records.name),
        kind=kind.name,
        name=kind.happened,
        index=kind.fields[kind.happened].index,
    )
    inside: core.Core = core.IsWithin(
        span=span, event=event, allowance=window.allowance, side=window.side, anchor=window.anchor
    )
    if records.where is not None:
        inside = core.And(span=span, items=(inside, records.where))
    return core.ThereIs(span=span, records=replace(records, where=inside), least=least)


# --- S14 ----------------------------------------------------------------------------------------


def ends_by_the_page(bench: Bench, base: ByCase) -> Told:
    """S14: what has ended is judged as at its end as if it had not; then nothing is due."""
    trial = bench.trial
    if trial.messy:
        return
    reach = Reach(bench.plan.definitions, bench.plan.gatherings, bench.plan.schema.kinds)
    rules = {rule.id: rule for rule in bench.plan.rules if _ends_plainly(bench, rule, reach)}
    cases = {str(case["case_id"]): case for case in trial.cases}
    for id, findings in base.items():
        for finding in findings:
            rule = rules.get(finding.rule)
            end = None if rule is None else _end(bench, rule, cases[id], finding.subject_id)
            if end is None or rule is None:
                continue
            open_case = _without_ends(bench, rule, cases[id], finding.subject_id)
            judged = bench.judge([open_case], as_at=end, known_by=trial.known_by)[id]
            wanted = _only(judged, finding)
            if wanted is Verdict.NOT_YET_DUE:
                wanted = Verdict.NOT_APPLICABLE
            begins_later = wanted is Verdict.CANNOT_TELL and finding.verdict in NEVER_BEGUN
            if wanted is not None and wanted is not finding.verdict and not begins_later:
                what = f"{finding.subject_id} {finding.verdict.value}, as at its end {wanted.value}"
                yield id, finding.rule, what


def _only(findings: Sequence[Finding], like: Finding) -> Verdict | None:
    found = [f for f in findings if (f.rule, f.subject_id) == (like.rule, like.subject_id)]
    return found[0].verdict if len(found) == 1 else None


def _ends_plainly(bench: Bench, rule: core.Rule, reach: Reach) -> bool:
    """Whether nothing in a rule but its end speaks of the end, and its subjects are all."""
    subject, schema = rule.subject, bench.plan.schema
    kind = schema.kinds[subject.kind]
    if subject.kind == "case" or not _alone(bench, rule) or rule.kept_open:
        return False
    if rule.applies_from or rule.applies_until:  # in force or not, whatever was seen at the end
        return False
    if _has_exceptions(rule):  # what is not yet due at the end is excused by nothing
        return False
    if subject.where is not None or subject.companion is not None or subject.previous is not None:
        return False
    if not kind.ended or any(len(path) > 1 for path in kind.ended):
        return False
    said = {(kind.name, path[0]) for path in kind.ended} | {("case", schema.died or "")}
    mentioned = set(reach.mentions(rule))  # type: ignore[arg-type]
    for key in bench.plan.definitions:
        mentioned |= set(reach.mentions(bench.plan.definitions[key].value))
    gathers = [source for each in bench.plan.gatherings.values() for source in each.sources]
    mentioned |= {(source.kind, source.field) for source in gathers}
    order = {(kind.name, kind.ordered_by), (kind.name, kind.happened)}
    return not said & (mentioned | order)


def _end(bench: Bench, rule: core.Rule, case: Json, subject: str) -> date | None:
    """The one end of a subject, a whole day on or before as-at; None if it has another."""
    row = _row(case, rule.subject.kind, subject)
    kind = bench.plan.schema.kinds[rule.subject.kind]
    ends = [row.get(path[0]) for path in kind.ended]
    died = bench.plan.schema.died
    if died is not None:
        ends.append(case.get(died))
    days = [day for value in ends if (day := day_of(value)) is not None]
    whole = all(len(str(value)) == 10 for value in ends if day_of(value) is not None)
    return min(days) if days and whole and min(days) <= bench.trial.as_at else None


def _without_ends(bench: Bench, rule: core.Rule, case: Json, subject: str) -> Json:
    changed = deepcopy(case)
    row = _row(changed, rule.subject.kind, subject)
    for path in bench.plan.schema.kinds[rule.subject.kind].ended:
        row.pop(path[0], None)
    changed.pop(bench.plan.schema.died or "", None)
    return changed


def _row(case: Json, kind: str, id: str) -> Json:
    rows = case[kind]
    assert isinstance(rows, list)
    found: Json = next(row for row in rows if row["id"] == id)
    return found


# --- S20 ----------------------------------------------------------------------------------------


def versions_by_the_page(bench: Bench, base: ByCase) -> Told:
    """S20: of several versions the one in force on the trigger date, read from the raw record."""
    trial = bench.trial
    several: dict[str, list[core.Rule]] = {}
    for rule in bench.plan.rules:
        several.setdefault(rule.id, []).append(rule)
    fields = {id: _trigger(bench.plan, versions) for id, versions in several.items()}
    for case in trial.cases:
        id = str(case["case_id"])
        seen = seen_on(trial.world, case, trial.as_at, trial.known_by)
        for finding in base[id]:
            field = fields[finding.rule]
            if field is None or finding.subject_kind not in seen:
                continue
            row = _row(seen, finding.subject_kind, finding.subject_id)
            day, raw = day_of(row.get(field)), row.get(field)
            wanted = [v for v in several[finding.rule] if day is not None and _covers(v, day)]
            if day is None and isinstance(raw, str) and raw.strip():
                continue  # invalid
            if day is None and finding.verdict is not Verdict.CANNOT_TELL:
                yield id, finding.rule, f"{finding.subject_id} {finding.verdict.value}, no trigger"
            if day is not None and not wanted and finding.verdict is not Verdict.NOT_APPLICABLE:
                yield (
                    id,
                    finding.rule,
                    f"{finding.subject_id} {finding.verdict.value}, none in force",
                )
            since = str(wanted[0].applies_from) if wanted else None
            if since and finding.applies_from not in (None, since):
                what = (
                    f"{finding.subject_id} by the version from {finding.applies_from}, not {since}"
                )
                yield id, finding.rule, what


def _covers(version: core.Rule, day: date) -> bool:
    first, last = version.applies_from or date.min, version.applies_until or date.max
    return first <= day <= last


def _trigger(plan: core.Plan, versions: Sequence[core.Rule]) -> str | None:
    """The subject's date that settles which of several versions is in force, if it is one field
    for all of them, of which a blank is no answer, and nothing picks among the subjects."""
    names: set[str | None] = set()
    for rule in versions:
        picked = rule.subject.where or rule.subject.companion or rule.subject.previous
        match rule.trigger:
            case core.Field(record=core.Slot(index=index), kind=kind, name=name) if not picked:
                own = index == rule.subject.slot and not plan.schema.kinds[kind].fields[name].open
                names.add(name if own else None)
            case _:
                names.add(None)
    return names.pop() if len(names) == 1 and len(versions) > 1 else None
