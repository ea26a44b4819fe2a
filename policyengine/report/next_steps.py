"""What to do next: the few sentences that end a report."""

from shlex import quote

from policyengine.findings.dates import counted
from policyengine.findings.model import Audit
from policyengine.findings.sentences import Sentences
from policyengine.findings.tally import SOON, Tally
from policyengine.report.safe_text import safe_text
from policyengine.values.verdict import Force, Gravity


def next_steps(audit: Audit, tally: Tally, sentences: Sentences, explain: str) -> tuple[str, ...]:
    """The steps, the most urgent first; none where nothing is open. `explain` is the command
    that says why, with `{case}` and `{rule}` in it, or nothing."""
    steps = [
        *_put_right(audit, tally),
        *_record(tally, sentences),
        *_coming(tally),
        *_see_why(tally, explain),
    ]
    return tuple(safe_text(step) for step in steps)


def _put_right(audit: Audit, tally: Tally) -> list[str]:
    binding = {row.rule: row for row in audit.summary if row.force == Force.MUST.value}
    for gravity in Gravity:
        grave = {
            rule: tally.breaches[rule].total
            for rule, row in binding.items()
            if row.severity == gravity.value and rule in tally.breaches
        }
        if grave:
            return [_first(gravity, grave, tally)]
    return []


def _first(gravity: Gravity, grave: dict[str, int], tally: Tally) -> str:
    """The gravest first, and of these the rule that is broken most, and the case most often."""
    rule, times = min(grave.items(), key=lambda item: (-item[1], item[0]))
    cases, case, often = tally.often[gravity.value]
    here, total = sum(grave.values()), sum(each.total for each in tally.breaches.values())
    breaches = counted(here, f"{gravity.value} breach", f"{gravity.value} breaches")
    of = f" (of {total:,} in all)" if total > here else ""
    said = f"Put right the {breaches} first{of}, in {counted(cases, 'case')}: most are of "
    said += f"{rule} ({times:,})"
    return said + (f", and case {case} has {often:,} of them." if often > 1 else ".")


def _record(tally: Tally, sentences: Sentences) -> list[str]:
    """The fields that would settle most, and what an export that reaches further back would."""
    top = sorted(tally.places.items(), key=lambda item: (-item[1], item[0]))[:3]
    steps = []
    if top:
        listed = ", ".join(f"{place} ({times:,})" for place, times in top)
        steps.append(f"Complete the record. What would settle most: {listed}.")
    outside = sorted(tally.outside.items(), key=lambda item: (-item[1], item[0]))
    for kind, times in outside[:1]:
        kinds = sentences.kinds(kind)
        steps.append(f"Ask for an export that holds all {kinds}: {times:,} may turn on them.")
    return steps


def _coming(tally: Tally) -> list[str]:
    if not tally.soon:
        return []
    falls = "duty falls" if tally.soon == 1 else "duties fall"
    cases = counted(tally.soon_cases, "case")
    return [
        f"Do not miss what is coming: {tally.soon:,} {falls} due within {SOON} days, in {cases}."
    ]


def _see_why(tally: Tally, explain: str) -> list[str]:
    if tally.explained is None or not explain:
        return []
    _, rule, case = tally.explained
    command = explain.format(case=quote(case), rule=quote(rule))
    return [f"See why, clause by clause: {command}"]
