"""Small cases found by search: each shows what was asked, whatever the rule's own examples say."""

from collections.abc import Mapping
from datetime import date
from pathlib import Path

import pytest

from policyengine.evaluate.engine import Engine
from policyengine.tooling.examples import judge_example, run_example
from policyengine.tooling.searching import (
    Bench,
    Gives,
    Meets,
    Rows,
    SmallRecord,
    Such,
    TellsApart,
    example_plan,
    witnesses,
)
from policyengine.values.verdict import Verdict
from tests.bench_desk import plan_of


def as_date(record: SmallRecord) -> date:
    value = record.fields["date" if record.kind == "talk" else "started_on"]
    assert isinstance(value, date)
    return value


WINDOW = """policy "Talks"
rule T-01 "told in a week"
  for each cto
  unless cto.private because "it is private"
  must have a talk within {days} days after cto.started_on where {where}
"""


@pytest.mark.parametrize("verdict", list(Verdict))
def test_every_verdict_of_a_plain_rule_is_found(verdict: Verdict, tmp_path: Path) -> None:
    plan = plan_of(WINDOW.format(days=7, where="spoken"), tmp_path)
    (found,) = witnesses(plan, "T-01", Gives(verdict))
    assert [row.verdict for row in found.rows if row.subject == found.decisive] == [verdict]
    assert len(found.case.records) <= 2


@pytest.mark.parametrize(("days", "apart"), [(8, 8), (6, 7)])
def test_two_windows_are_told_apart_on_the_day_between(
    days: int, apart: int, tmp_path: Path
) -> None:
    one = plan_of(WINDOW.format(days=7, where="spoken"), tmp_path)
    other = plan_of(WINDOW.format(days=days, where="spoken"), tmp_path)
    (found,) = witnesses(one, "T-01", TellsApart(other))
    dates = {record.kind: as_date(record) for record in found.case.records}
    # by the talk, or (not yet due under one, breached under the other) by the deadline itself
    there = dates.get("talk", found.case.as_at)
    assert (there - dates["cto"]).days == apart


def test_what_means_the_same_is_not_told_apart(tmp_path: Path) -> None:
    one = plan_of(WINDOW.format(days=7, where="spoken"), tmp_path)
    other = plan_of(WINDOW.format(days=7, where="(not (not spoken))"), tmp_path)
    assert witnesses(one, "T-01", TellsApart(other)) == []


@pytest.mark.parametrize(
    "where",
    [
        'answer is "agreed"',
        'answer is not "agreed"',
        'answer is one of ("agreed", "refused")',
        'notes mentions "new flat"',
        'notes matches "\\bflat\\b"',
        "number of words in notes is at least 9",
        "order is cto",
        "order.visits is at least 3",
        "order.visits is more than 2 and spoken",
        "spoken or answer is known",
        "at least 2 of (spoken, notes is recorded, answer is known)",
        "age of case.born_on at date is at least 18",
        "days from cto.started_on to date is at most 3",
        "date is on or after start of month of cto.started_on",
        "at is within 72 hours after cto.started_on",
        "there is a talk as other where (other.date is before talk.date)",
        "every talk as other has (other.spoken)",
        "number of talk as other where (other.spoken) is at least 2",
        "highest of visit.minutes is more than 44",
        "total of visit.minutes where (seen) is at least 90",
        "similarity of notes to order.aim is at least 80",
        "notes repeats order.aim",
    ],
)
def test_both_truths_of_a_condition_are_met(where: str, tmp_path: Path) -> None:
    plan = plan_of(WINDOW.format(days=7, where=f"({where})"), tmp_path)
    duty = plan.rules[0].duty
    condition = duty.records.where.span  # type: ignore[union-attr]
    found = witnesses(plan, "T-01", [Meets(condition, True), Meets(condition, False)])
    assert len(found) == 2
    verdicts = witnesses(plan, "T-01", [Gives(Verdict.MET), Gives(Verdict.BREACHED)])
    assert len(verdicts) == 2


def test_any_test_can_be_asked_of_two_rules_at_once(tmp_path: Path) -> None:
    text = WINDOW.format(days=7, where="spoken") + (
        'rule T-02 "no talk"\n  for each cto\n  must not have a talk where spoken\n'
    )
    plan = plan_of(text, tmp_path)

    def met_by_both(_: object, rows: Mapping[str, Rows]) -> bool:
        met = [{row.subject for row in of if row.verdict is Verdict.MET} for of in rows.values()]
        return bool(set.intersection(*met))

    both_met = Such(met_by_both, rules=("T-01", "T-02"))
    assert witnesses(plan, "T-01", both_met) == []
    one = Such(lambda _, rows: rows["T-02"] != () and rows["T-01"] != (), rules=("T-02",))
    assert len(witnesses(plan, "T-01", one)) == 1


def test_the_same_effort_finds_the_same(tmp_path: Path) -> None:
    plan = plan_of(WINDOW.format(days=7, where="spoken"), tmp_path)
    goals = [Gives(verdict) for verdict in Verdict]
    assert witnesses(plan, "T-01", goals) == witnesses(plan, "T-01", goals)


def test_a_rule_that_is_not_there_is_a_key_error(tmp_path: Path) -> None:
    with pytest.raises(KeyError):
        witnesses(plan_of(WINDOW.format(days=7, where="spoken"), tmp_path), "T-99", Gives(None))


def test_a_witness_as_a_checked_example_comes_out(tmp_path: Path) -> None:
    plan = plan_of(WINDOW.format(days=7, where="spoken"), tmp_path)
    bench = Bench(plan, "T-01")
    engine = Engine(plan)
    for found in witnesses(plan, "T-01", [Gives(verdict) for verdict in Verdict]):
        example = example_plan(bench, "found", found.case)
        assert run_example(engine, example).passed
        assert found.goal in {Gives(finding.verdict) for finding in judge_example(engine, example)}
