"""Random policies over random records: the laws hold, and a planted fault is seen.

The seeds are fixed, so that a run says the same each time; `python -m tools.conformance` goes on
from there for as long as it is given. A law that cannot fail is no law: each planted fault below is
one that a hand could make, and must be caught by a law or by the small judge beside the engine.
"""

from __future__ import annotations

from dataclasses import replace
from unittest.mock import patch

import pytest

from policyengine.evaluate import comparisons, expressions, recurring, windows
from policyengine.evaluate.candidates import Outcome
from policyengine.evaluate.expressions import Compiler
from policyengine.evaluate.judge import PreparedRule
from policyengine.evaluate.scene import Evaluated, Frame
from policyengine.evaluate.windows import Measure
from policyengine.records import building
from policyengine.records.model import Record
from policyengine.records.view import CaseView
from policyengine.values.calendar import Calendar
from policyengine.values.durations import Duration
from policyengine.values.moments import Moment, Zone
from policyengine.values.verdict import Verdict
from tools.conformance.bench import check, schema_of
from tools.conformance.oracle import disagreements
from tools.conformance.run import run, shown, smallest, violations
from tools.conformance.tally import new_tally
from tools.conformance.trial import make_trial

SEEDS = 10
SMALL_JUDGE = 12


def test_the_laws_hold() -> None:
    """S26, over policies of every construct."""
    report = run(0, SEEDS, cases=6)
    assert [f"seed {seed}: {each.law}: {each.what}" for seed, each in report.broken] == []
    assert report.findings > 300


def test_the_engine_and_the_small_judge_agree() -> None:
    """S7, S9, S10, S12, S15: every window by whole days, listed one by one."""
    assert [said for seed in range(SMALL_JUDGE) for said in disagreements(seed)] == []


def test_a_trial_depends_on_its_seed_alone() -> None:
    one, other = make_trial(7), make_trial(7)
    assert (one.world.yaml(), one.policy.text, one.cases) == (
        other.world.yaml(),
        other.policy.text,
        other.cases,
    )
    assert one.policy.text != make_trial(8).policy.text


def test_nearly_every_policy_is_without_errors() -> None:
    checked = [check(t.policy.text, schema_of(t.world.yaml())) for t in map(make_trial, range(40))]
    assert sum(each.plan is None for each in checked) <= 1


# --- planted faults -----------------------------------------------------------------------------


def strictly_before(event: Moment, edge: Moment, measure: Measure, zone: Zone) -> bool | None:
    """`at_or_before` with `<` where `<=` is meant."""
    low, high, edge_low, edge_high = windows._measured(event, edge, measure, zone)
    return True if high < edge_low else False if low >= edge_high else None


def past_a_day_early(deadline: Moment, now: Moment, _zone: Zone) -> bool:
    """As-at off by one: a deadline has passed on its own day."""
    return deadline.last <= now.last


def end_of_the_day_before(_calendar: Calendar, day: int, length: Duration, sign: int = 1) -> int:
    """Days counted from the day before."""
    return day + sign * (length.amount - 1)


def blank_is_false(*_values: object) -> object:
    """What comes of a missing value in a comparison."""
    return False


def nothing_is_unseen(_view: CaseView, _kind: str) -> None:
    """No record was ever missing."""


def all_exist(_view: CaseView, _record: object) -> bool:
    """An entry of tomorrow is there today."""
    return True


def all_as_loaded(_view: CaseView, record: object) -> object:
    """A date of tomorrow is there today."""
    return record


def either_will_do(_compiler: object, items: list[Evaluated]) -> Evaluated:
    """`or` that asks its first condition only."""
    return items[0]


def erasing(rule: PreparedRule, frame: Frame, outcome: Outcome) -> Outcome:
    """An exception that makes a met duty exempt."""
    if any(condition(frame) is True for condition, _ in rule.unless):
        return replace(outcome, verdict=Verdict.EXEMPT)
    return outcome


def as_they_come(rows: list[Record], _order: int | None, kind: str) -> None:
    """Records in the order of the file."""
    for number, row in enumerate(rows, 1):
        row.id = row.id or f"{kind}-{number}"


BY_THE_SMALL_JUDGE = {
    "a closing edge that leaves its own day out": (windows, "at_or_before", strictly_before),
    "a deadline that passes a day early": (windows, "is_past", past_a_day_early),
    "a recurring duty that is due a day early": (recurring, "is_past", past_a_day_early),
    "days counted from the day before": (Calendar, "day_after", end_of_the_day_before),
}
BY_A_LAW = {
    "a blank that compares as false": (expressions, "unknown_of", blank_is_false, "lost value"),
    "a blank number that compares as false": (
        comparisons,
        "unknown_of",
        blank_is_false,
        "lost value",
    ),
    "nothing is outside coverage": (CaseView, "unseen", nothing_is_unseen, "unseen record"),
    "a record of tomorrow": (CaseView, "_exists", all_exist, "peek"),
    "a date of tomorrow": (CaseView, "_as_seen", all_as_loaded, "peek"),
    "an `or` that stops early": (Compiler, "_or", either_will_do, "other words"),
    "an exception that erases": (PreparedRule, "_excused", erasing, "meaning"),
    "records in the order of the file": (building, "_in_order", as_they_come, "order"),
}


@pytest.mark.parametrize("fault", BY_THE_SMALL_JUDGE)
def test_a_planted_fault_is_seen_by_the_small_judge(fault: str) -> None:
    room, name, planted = BY_THE_SMALL_JUDGE[fault]
    with patch.object(room, name, planted):
        assert any(disagreements(seed) for seed in range(SMALL_JUDGE))


@pytest.mark.parametrize("fault", BY_A_LAW)
def test_a_planted_fault_breaks_a_law(fault: str) -> None:
    room, name, planted, law = BY_A_LAW[fault]
    with patch.object(room, name, planted):
        trials = (make_trial(seed, 6) for seed in range(60))
        assert any(law == each.law for trial in trials for each in violations(trial, only=law))


def test_a_broken_trial_is_made_small() -> None:
    """What is printed is short enough to read, and breaks the same law."""
    with patch.object(CaseView, "_exists", all_exist):
        broken = next(
            trial
            for trial in (make_trial(seed, 6) for seed in range(60))
            if any(violations(trial, only="peek"))
        )
        small = smallest(broken, "peek", budget=120)
        assert any(violations(small, only="peek"))
    assert len(small.cases) == 1
    assert len(shown(small)) < len(shown(broken)) / 2


def test_what_a_run_never_met_is_told() -> None:
    """A construct that no trial tried is a fault of the generator."""
    tally = new_tally()
    assert ("Not", "true") in tally.never()
    tally.counts["Not", "true"] += 1
    assert ("Not", "true") not in tally.never()
    assert "never met: Not false" in tally.table()
