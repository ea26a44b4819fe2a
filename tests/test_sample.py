"""The sample case load: the same bytes every time, nobody real, and something of everything."""

import json
import re
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest

from policyengine.evaluate.audit import run_audit
from policyengine.findings.model import Audit
from policyengine.policy.load import load_rules
from policyengine.records import open_export
from policyengine.values.verdict import Verdict
from tools.sample.clock import last_day
from tools.sample.failures import FAILURES, Failure, implied_rate
from tools.sample.generate import files
from tools.sample.people import invented_number
from tools.sample.story import AS_AT

ROOT = Path(__file__).resolve().parents[1]
SAMPLE = ROOT / "rules" / "sample"

Row = dict[str, object]


@pytest.fixture(scope="module")
def rows() -> list[dict[str, list[Row]]]:
    lines = (SAMPLE / "cases.jsonl").read_text("utf-8").splitlines()
    return [json.loads(line) for line in lines]


@pytest.fixture(scope="module")
def audit() -> Audit:
    plan = load_rules([str(ROOT / "rules")]).plan
    assert plan is not None
    return run_audit(plan, open_export(SAMPLE / "cases.jsonl", plan.schema), AS_AT)


# --- the files -------------------------------------------------------------------------------


def test_the_shipped_files_are_what_the_generator_makes() -> None:
    for name, text in files().items():
        assert (SAMPLE / name).read_bytes() == text.encode(), f"{name}: run python -m tools.sample"


def test_the_command_writes_the_same_bytes(tmp_path: Path) -> None:
    subprocess.run(
        [sys.executable, "-m", "tools.sample", "--out", str(tmp_path)], cwd=ROOT, check=True
    )
    for path in sorted(tmp_path.iterdir()):
        assert path.read_bytes() == (SAMPLE / path.name).read_bytes()


def test_it_is_small_enough_to_ship() -> None:
    assert (SAMPLE / "cases.jsonl").stat().st_size < 8_000_000


# --- the people ------------------------------------------------------------------------------


def check_digit_fits(number: str) -> bool:
    total = sum(int(digit) * (10 - place) for place, digit in enumerate(number[:9]))
    return (11 - total % 11) % 11 == int(number[9])


def test_there_are_a_thousand_people_in_twelve_teams(rows: list[dict[str, object]]) -> None:
    assert [row["case_id"] for row in rows] == [f"A{number:04d}" for number in range(1, 1001)]
    assert len({row["team"] for row in rows}) == 12


def test_nhs_numbers_are_from_the_range_kept_for_tests(rows: list[dict[str, object]]) -> None:
    numbers = [str(row["nhs_number"]) for row in rows]
    assert len(set(numbers)) == 1000
    assert all(re.fullmatch(r"999\d{7}", number) for number in numbers)
    assert all(check_digit_fits(number) for number in numbers)


def test_a_check_digit_of_ten_is_never_used() -> None:
    assert all(check_digit_fits(invented_number(place)) for place in range(1, 2000))


def test_no_other_ten_digit_number_stands_in_the_sample() -> None:
    text = (SAMPLE / "cases.jsonl").read_text("utf-8")
    assert not [found for found in re.findall(r"\b\d{10}\b", text) if not found.startswith("999")]


# --- what a Trust's record has in it ---------------------------------------------------------


def records(rows: list[dict[str, list[Row]]], kind: str) -> list[Row]:
    return [record for row in rows for record in row.get(kind, [])]


def test_people_move_between_teams_and_die(rows: list[dict[str, list[Row]]]) -> None:
    assert sum(len(row["team_period"]) > 1 for row in rows) >= 20
    assert sum("died_on" in row for row in rows) >= 4


def test_text_is_pulled_through(rows: list[dict[str, list[Row]]]) -> None:
    again = 0
    for row in rows:
        texts = [str(review.get("narrative")) for review in row.get("risk_review", [])]
        again += len(texts) - len(set(texts))
    assert again >= 20


def test_orders_begin_at_month_ends(rows: list[dict[str, list[Row]]]) -> None:
    days = [str(order["started_on"])[8:] for order in records(rows, "cto")]
    assert sum(day in ("29", "30", "31") for day in days) >= 8


def test_recalls_run_across_changes_of_the_clocks(rows: list[dict[str, list[Row]]]) -> None:
    changes = ("2024-10-27", "2025-03-30", "2025-10-26", "2026-03-29", "2026-10-25")
    spans = [
        (str(recall["detained_at"])[:10], str(recall.get("ended_at"))[:10])
        for recall in records(rows, "cto_recall")
    ]
    assert any(begin <= day <= end for begin, end in spans for day in changes)


def test_some_records_contradict_themselves(rows: list[dict[str, list[Row]]]) -> None:
    orders = records(rows, "cto")
    assert any(str(order.get("ended_on", "9")) < str(order["started_on"]) for order in orders)


def test_some_records_were_entered_late_or_in_error(rows: list[dict[str, list[Row]]]) -> None:
    discussions = records(rows, "rights_discussion")
    assert any(str(row["entered_on"]) > str(row["date"]) for row in discussions)
    assert any(row.get("entered_in_error") for row in discussions)
    assert any(str(row["entered_on"]) > AS_AT.isoformat() for row in discussions)


def test_nothing_happened_after_the_as_at_date(rows: list[dict[str, list[Row]]]) -> None:
    for kind, field in (("contact", "happened_at"), ("risk_review", "date"), ("cto", "started_on")):
        assert max(str(row[field])[:10] for row in records(rows, kind)) <= AS_AT.isoformat()


@pytest.mark.parametrize(
    ("first", "last"),
    [
        (date(2026, 1, 15), date(2026, 7, 14)),
        (date(2025, 8, 31), date(2026, 2, 28)),
        (date(2025, 8, 29), date(2026, 2, 28)),
        (date(2025, 3, 31), date(2025, 9, 30)),
        (date(2026, 3, 1), date(2026, 8, 31)),
    ],
)
def test_the_generator_counts_months_as_the_rules_do(first: date, last: date) -> None:
    assert last_day(first, 6) == last


# --- an audit of it --------------------------------------------------------------------------


def test_every_verdict_occurs(audit: Audit) -> None:
    assert {finding.verdict for finding in audit.findings} == set(Verdict)


# What is not in force, and what the export holds nothing for: the sample's README says so.
NOT_JUDGED = {"CP-11", "CTO-19", "CTO-21", "CTO-22", "DA-12B"}


def test_every_rule_has_someone_to_judge(audit: Audit) -> None:
    assert {summary.rule for summary in audit.summary if not summary.judged} == NOT_JUDGED


def test_no_row_is_lost(audit: Audit, rows: list[dict[str, list[Row]]]) -> None:
    assert audit.rows_read == audit.rows_kept + audit.rows_rejected
    held = sum(1 + sum(len(v) for v in row.values() if isinstance(v, list)) for row in rows)
    assert audit.rows_read == held


def test_the_load_report_has_the_faults_that_were_put_in(audit: Audit) -> None:
    found = {(kind, field): n for kind, field, fault, n in audit.faults if fault != "void"}
    assert found == {
        ("rights_discussion", "date"): 2,
        ("certificate", "signed_on"): 1,
        ("hospital_stay", "discharged_at"): 1,
        ("cto_recall", "detained_at"): 1,
        ("risk_review", "new_risk"): 1,
        ("incident", "how_serious"): 1,
        ("dash_assessment", "yes_count"): 1,
        ("referral", "assessment_only"): 1,
    }
    void = {kind: number for kind, _, fault, number in audit.faults if fault == "void"}
    assert void == {"contact": 3, "cto": 1, "incident": 1, "rights_discussion": 3}


# --- how often what goes wrong --------------------------------------------------------------------


@pytest.mark.parametrize("failure", FAILURES, ids=lambda failure: failure.rule)
def test_each_frequency_of_the_readme_is_found_by_the_audit(audit: Audit, failure: Failure) -> None:
    """Within eight points of what was put in, or in the audit's own interval."""
    row = next(row for row in audit.summary if row.rule == failure.rule)
    put_in = implied_rate(failure)
    assert row.rate is not None
    assert row.interval is not None
    low, high = row.interval
    assert abs(row.rate - put_in) <= 0.08 or low <= put_in <= high, (row.rate, put_in)
    told = re.search(rf"^\| {failure.rule} \|.*\| (\d+)% \|$", README, re.MULTILINE)
    assert told is not None
    assert int(told[1]) == round(100 * put_in)


README = (SAMPLE / "README.md").read_text("utf-8")


def share_of(audit: Audit, rule: str, *verdicts: Verdict) -> float:
    """How many of those judged or in doubt are one of these verdicts."""
    counts = next(row.counts for row in audit.summary if row.rule == rule)
    asked = (Verdict.MET, Verdict.MET_LATE, Verdict.BREACHED, Verdict.CANNOT_TELL)
    return sum(counts[each] for each in verdicts) / sum(counts[each] for each in asked)


def test_the_headlines_are_those_of_the_trusts_response(audit: Audit) -> None:
    assert 0.98 <= share_of(audit, "CTO-01", Verdict.MET) <= 1
    rate = next(row.rate for row in audit.summary if row.rule == "CP-02A")
    assert rate is not None
    assert 0.73 <= rate <= 0.78
    assert 0.45 <= share_of(audit, "CA-02A", Verdict.CANNOT_TELL) <= 0.52


def test_the_rates_look_like_a_trusts(audit: Audit) -> None:
    rates = {s.rule: s.rate for s in audit.summary if s.judged >= 30 and s.rate is not None}
    assert len(rates) >= 90
    assert not {rule: rate for rule, rate in rates.items() if not 0.55 <= rate <= 1.0}
    assert sum(rate >= 0.8 for rate in rates.values()) >= 0.8 * len(rates)


def test_duties_that_can_be_broken_are_broken_somewhere(audit: Audit) -> None:
    """Not all: a duty with `silence` is never breached, and some are only ever late."""
    wrong = {
        finding.rule
        for finding in audit.findings
        if finding.verdict in (Verdict.BREACHED, Verdict.MET_LATE, Verdict.CANNOT_TELL)
    }
    judged = {row.rule for row in audit.summary} - NOT_JUDGED
    assert len(judged - wrong) <= 5
