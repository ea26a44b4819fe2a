"""The examples of the shipped rules are a specification: every verdict that a rule can give, each
exception by itself, and both sides of every deadline and of every number."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from policyengine.evaluate.engine import Engine
from policyengine.findings.model import Finding
from policyengine.plan import core
from policyengine.policy.load import load_rules
from policyengine.tooling.examples import judge_example, run_example
from policyengine.values.durations import Duration, Unit
from policyengine.values.truth import Why
from policyengine.values.verdict import Verdict

RULES = Path(__file__).resolve().parents[1] / "rules"
NOT_IN_FORCE = date(2099, 1, 1)
"""The day that stands for "not yet" in the versions of the law to come."""

# Verdicts that a rule cannot give, though its shape would let it. The subject is there once the
# event has happened, and by then the deadline is there too.
ONCE_IT_HAPPENED = "the subject is on the record only once its deadline has come"
# The only fields of the duty and of its exceptions are ones in which a blank is an answer, so that
# nothing but a value that is no date could leave it open, and no example can hold one.
A_BLANK_ANSWERS = "a blank is an answer in each field that decides"

CANNOT: Mapping[tuple[str, Verdict], str] = {
    ("CA-05B", Verdict.CANNOT_TELL): A_BLANK_ANSWERS,
    ("CTO-09B", Verdict.CANNOT_TELL): A_BLANK_ANSWERS,
    ("CTO-14A", Verdict.CANNOT_TELL): A_BLANK_ANSWERS,
    ("CTO-14B", Verdict.CANNOT_TELL): A_BLANK_ANSWERS,
    ("CTO-09", Verdict.NOT_YET_DUE): ONCE_IT_HAPPENED,
    ("CTO-16", Verdict.NOT_YET_DUE): ONCE_IT_HAPPENED,
    ("RR-02", Verdict.NOT_YET_DUE): ONCE_IT_HAPPENED,
    ("KS-07", Verdict.NOT_YET_DUE): ONCE_IT_HAPPENED,
}

Shown = tuple[core.ExamplePlan, Finding]


@pytest.fixture(scope="module")
def plan() -> core.Plan:
    found = load_rules([str(RULES)]).plan
    assert found is not None
    return found


@pytest.fixture(scope="module")
def shown(plan: core.Plan) -> dict[str, list[Shown]]:
    """By rule: what the examples expect, as the finding that came of it."""
    engine = Engine(plan)
    made: dict[str, list[Shown]] = defaultdict(list)
    for example in plan.examples:
        findings = judge_example(engine, example)
        for expected in example.expects:
            made[expected.rule] += [
                (example, finding)
                for finding in findings
                if finding.rule == expected.rule
                and expected.verdict == finding.verdict.value
                and expected.label in (None, finding.subject_id)
            ]
    return made


# --- every verdict that a rule can give -----------------------------------------------------------


def verdicts_of(rule: core.Rule) -> Iterator[Verdict]:
    """What a rule of this shape can say of a subject."""
    yield Verdict.MET
    yield Verdict.CANNOT_TELL
    if rule.silence_means_cannot_tell is None:
        yield Verdict.BREACHED
    if rule.unless:
        yield Verdict.EXEMPT
    match rule.duty:
        case core.Have(window=window) if window is not None:
            yield from (Verdict.MET_LATE, Verdict.NOT_YET_DUE)
        case core.HaveField() | core.HaveEvery():
            yield from (Verdict.MET_LATE, Verdict.NOT_YET_DUE)
        case core.Show(window=window) | core.NotHave(window=window) if window is not None:
            yield Verdict.NOT_YET_DUE
        case _:
            pass


def wanted(plan: core.Plan) -> dict[str, set[Verdict]]:
    made: dict[str, set[Verdict]] = defaultdict(set)
    for rule in plan.rules:
        made[rule.id] |= set(verdicts_of(rule))
    return made


def test_every_verdict_is_shown(plan: core.Plan, shown: dict[str, list[Shown]]) -> None:
    lacking = [
        f"{rule}: {verdict.words}"
        for rule, verdicts in wanted(plan).items()
        for verdict in Verdict
        if verdict in verdicts
        and (rule, verdict) not in CANNOT
        and verdict not in {finding.verdict for _, finding in shown[rule]}
    ]
    assert not lacking, "\n".join(lacking)


def test_the_list_of_what_cannot_be_shown_is_true(
    plan: core.Plan, shown: dict[str, list[Shown]]
) -> None:
    possible = wanted(plan)
    for (rule, verdict), why in CANNOT.items():
        assert why
        assert verdict in possible[rule], f"{rule} could not be {verdict.words} anyway"
        assert verdict not in {finding.verdict for _, finding in shown[rule]}, rule


def test_each_version_is_shown_kept_and_not_kept(
    plan: core.Plan, shown: dict[str, list[Shown]]
) -> None:
    for rule in plan.rules:
        first = rule.applies_from.isoformat() if rule.applies_from else None
        verdicts = {f.verdict for _, f in shown[rule.id] if f.applies_from == first}
        silent = rule.silence_means_cannot_tell is not None
        assert Verdict.MET in verdicts, (rule.id, first)
        assert (Verdict.CANNOT_TELL if silent else Verdict.BREACHED) in verdicts, (rule.id, first)


def test_each_exception_is_shown_by_itself(plan: core.Plan, shown: dict[str, list[Shown]]) -> None:
    lacking = []
    for rule in plan.rules:
        first = rule.applies_from.isoformat() if rule.applies_from else None
        alone = {
            texts[0]
            for _, finding in shown[rule.id]
            if finding.verdict is Verdict.EXEMPT
            and finding.applies_from == first
            and len(texts := [r.text for r in finding.reasons if r.why is Why.EXCEPTION]) == 1
        }
        lacking += [f"{rule.id}: {each.text}" for each in rule.unless if each.text not in alone]
    assert not lacking, "\n".join(lacking)


def test_what_the_author_cannot_tell_is_shown(
    plan: core.Plan, shown: dict[str, list[Shown]]
) -> None:
    for rule in plan.rules:
        said = {
            reason.text
            for _, finding in shown[rule.id]
            if finding.verdict is Verdict.CANNOT_TELL
            for reason in finding.reasons
        }
        assert not [each.text for each in rule.cannot_tell_if if each.text not in said], rule.id


# --- the law to come ------------------------------------------------------------------------------


def test_the_law_to_come_does_not_fire(plan: core.Plan, shown: dict[str, list[Shown]]) -> None:
    """Each rule or version that is not in force is shown not to be asked of a case of today."""
    to_come = {rule.id for rule in plan.rules if rule.applies_from == NOT_IN_FORCE}
    assert len(to_come) >= 10
    for rule in to_come:
        today = [f for example, f in shown[rule] if example.as_at < date(2030, 1, 1)]
        assert today, rule
        assert all(finding.applies_from != NOT_IN_FORCE.isoformat() for finding in today), rule


def test_no_version_lies_between_today_and_not_yet(plan: core.Plan) -> None:
    for rule in plan.rules:
        begins, ends = rule.applies_from, rule.applies_until
        assert begins is None or begins <= date(2026, 1, 1) or begins == NOT_IN_FORCE, rule.id
        assert ends is None or ends == NOT_IN_FORCE - timedelta(days=1), rule.id


# --- both sides of each deadline -----------------------------------------------------------------


def day(written: str) -> date:
    return date.fromisoformat(written[:10])


def just_after(due: str, done: str) -> bool:
    """Whether something was done a little late: the next day, or within the hour."""
    if "T" in due and "T" in done:
        late = datetime.fromisoformat(done) - datetime.fromisoformat(due)
        return timedelta(0) < late <= timedelta(hours=1)
    return 0 < (day(done) - day(due)).days <= 1


def edges(example: core.ExamplePlan, finding: Finding) -> Iterator[str]:
    """Which side of its deadline a finding stands close to."""
    due, done = finding.deadline, finding.done_on
    for gap in finding.late_gaps[-1:]:
        if gap.done_on is not None and just_after(gap.due, gap.done_on):
            yield "after"
    if due is None:
        return
    to_go = (day(due) - example.as_at).days
    match finding.verdict:
        case Verdict.NOT_YET_DUE if to_go == 0 or ("T" in due and to_go <= 1):
            yield "last"
        case Verdict.BREACHED if to_go == -1:
            yield "after"
        case Verdict.MET if done is not None and day(done) == day(due):
            yield "last"
        case Verdict.MET if done is None and to_go == -1:
            yield "after"  # something forbidden did not happen until the end
        case Verdict.MET_LATE if done is not None and just_after(due, done):
            yield "after"
        case _:
            pass


def test_both_sides_of_each_deadline_are_shown(
    plan: core.Plan, shown: dict[str, list[Shown]]
) -> None:
    lacking = []
    for rule in {each.id: each for each in plan.rules}.values():
        if not isinstance(rule.duty, core.HaveEvery) and rule.duty.window is None:
            continue
        near = {edge for example, finding in shown[rule.id] for edge in edges(example, finding)}
        may = {"last", "after"}
        if rule.silence_means_cannot_tell is not None and isinstance(rule.duty, core.Show):
            may = {"last"}
        lacking += [f"{rule.id}: {edge}" for edge in sorted(may - near)]
    assert not lacking, "\n".join(lacking)


# --- both sides of each number --------------------------------------------------------------------

Amount = Decimal | Duration


def moved(value: Amount, by: int) -> Amount | None:
    """The number next to it; None where there is none (no period lasts no days)."""
    if isinstance(value, Decimal):
        return value + by
    if value.unit is Unit.HOUR:
        return Duration(value.amount * 60 + by, Unit.MINUTE)
    if value.unit is Unit.YEAR:
        return Duration(value.amount * 12 + by, Unit.MONTH)
    return Duration(value.amount + by, value.unit) if value.amount + by > 0 else None


def variants(setting: core.SettingPlan) -> Iterator[tuple[str, core.SettingPlan]]:
    """The setting with one of its values moved a little, up and down."""
    for place, (begins, value) in enumerate(setting.values):
        if not isinstance(value, Decimal | Duration):
            continue
        for by in (1, -1):
            other = moved(value, by)
            if other is None:
                continue
            values = (*setting.values[:place], (begins, other), *setting.values[place + 1 :])
            yield f"{setting.name} is {value}, not {other}", replace(setting, values=values)


def test_both_sides_of_each_number_are_shown(plan: core.Plan) -> None:
    """Were a setting one more, or one less, some example of its rules would come out wrong."""
    tried, unpinned = 0, []
    for setting in plan.settings.values():
        rules = {rule.id for rule in plan.rules if setting.name in rule.settings}
        examples = [e for e in plan.examples if rules & {x.rule for x in e.expects}]
        for told, other in variants(setting):
            tried += 1
            settings = {**plan.settings, setting.name: other}
            engine = Engine(replace(plan, settings=settings), only=rules)
            asked = [
                replace(e, expects=tuple(x for x in e.expects if x.rule in rules)) for e in examples
            ]
            if all(run_example(engine, example).passed for example in asked):
                unpinned.append(told)
    assert tried >= 100
    assert not unpinned, "\n".join(unpinned)
