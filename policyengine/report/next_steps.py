"""What to do next: the few sentences that end a report."""

from collections import Counter
from shlex import quote

from policyengine.findings.dates import counted, day_of
from policyengine.findings.model import Audit, Finding
from policyengine.findings.sentences import Sentences
from policyengine.report.doubts import place_of
from policyengine.report.safe_text import safe_text
from policyengine.values.truth import Why
from policyengine.values.verdict import Force, Gravity, Verdict

SOON = 14  # days


def next_steps(audit: Audit, sentences: Sentences, explain: str) -> tuple[str, ...]:
    """The steps, the most urgent first; none where nothing is open. `explain` is the command
    that says why, with `{case}` and `{rule}` in it, or nothing."""
    breached = [f for f in audit.findings if f.verdict is Verdict.BREACHED]
    steps = [
        *_put_right(audit, breached),
        *_record(audit, sentences),
        *_coming(audit),
        *_see_why(breached, sentences, explain),
    ]
    return tuple(safe_text(step) for step in steps)


def _put_right(audit: Audit, breached: list[Finding]) -> list[str]:
    binding = {row.rule: row for row in audit.summary if row.force == Force.MUST.value}
    for gravity in Gravity:
        rules = {rule for rule, row in binding.items() if row.severity == gravity.value}
        grave = [finding for finding in breached if finding.rule in rules]
        if grave:
            return [_first(gravity, grave, len(breached))]
    return []


def _first(gravity: Gravity, grave: list[Finding], total: int) -> str:
    """The gravest first, and of these the rule that is broken most, and the case most often."""
    rule, times = min(Counter(f.rule for f in grave).items(), key=lambda item: (-item[1], item[0]))
    cases = Counter(f.case for f in grave)
    case, often = min(cases.items(), key=lambda item: (-item[1], item[0]))
    breaches = counted(len(grave), f"{gravity.value} breach", f"{gravity.value} breaches")
    of = f" (of {total:,} in all)" if total > len(grave) else ""
    said = f"Put right the {breaches} first{of}, in {counted(len(cases), 'case')}: most are of "
    said += f"{rule} ({times:,})"
    return said + (f", and case {case} has {often:,} of them." if often > 1 else ".")


def _record(audit: Audit, sentences: Sentences) -> list[str]:
    """The fields that would settle most, and what an export that reaches further back would."""
    unsure = [f for f in audit.findings if f.verdict is Verdict.CANNOT_TELL]
    places: Counter[str] = Counter()
    outside: Counter[str] = Counter()
    for finding in unsure:
        beyond = {r.kind for r in finding.reasons if r.why is Why.OUTSIDE_COVERAGE and r.kind}
        outside.update(beyond)
        places.update({place_of(reason) for reason in finding.reasons} - beyond - {""})
    top = sorted(places.items(), key=lambda item: (-item[1], item[0]))[:3]
    steps = []
    if top:
        listed = ", ".join(f"{place} ({times:,})" for place, times in top)
        steps.append(f"Complete the record. What would settle most: {listed}.")
    for kind, times in outside.most_common(1):
        kinds = sentences.kinds(kind)
        steps.append(f"Ask for an export that holds all {kinds}: {times:,} may turn on them.")
    return steps


def _coming(audit: Audit) -> list[str]:
    today = day_of(audit.as_at)
    if today is None:
        return []
    soon = [
        finding
        for finding in audit.findings
        if finding.verdict is Verdict.NOT_YET_DUE
        and finding.deadline_day is not None
        and today <= finding.deadline_day <= today + SOON
    ]
    if not soon:
        return []
    falls = "duty falls" if len(soon) == 1 else "duties fall"
    cases = counted(len({finding.case for finding in soon}), "case")
    return [
        f"Do not miss what is coming: {len(soon):,} {falls} due within {SOON} days, in {cases}."
    ]


def _see_why(breached: list[Finding], sentences: Sentences, explain: str) -> list[str]:
    if not breached or not explain:
        return []
    first = min(breached, key=lambda f: (sentences.rule(f).gravity.rank, f.order))
    command = explain.format(case=quote(first.case), rule=quote(first.rule))
    return [f"See why, clause by clause: {command}"]
