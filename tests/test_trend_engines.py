"""`trend` and `report` write the same bytes whichever engine judges."""

import json
from pathlib import Path

import pytest

from policyengine.commands.main import main

pytest.importorskip("duckdb")
SCHEMA = """
schema: s
version: 1
time_zone: Europe/London
kinds:
  case:
    label: service user
    owner: team
    fields: {team: text}
  order:
    label: order
    happened: began_on
    ended: ended_on
    fields: {began_on: date, ended_on: {type: date, open: true}}
  visit:
    label: visit
    happened: date
    fields: {date: date, told: yes_no}
"""
POLICY = """
policy "p"
rule R-01 "Seen after the start"
  source "s"
  for each order
  must have a visit within 7 days after order.began_on where told
rule R-02 "Seen again and again"
  source "s"
  for each order
  must have a visit at least every 14 days from order.began_on
"""


@pytest.fixture
def desk(tmp_path: Path) -> Path:
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules/schema.yaml").write_text(SCHEMA)
    (tmp_path / "rules/p.policy").write_text(POLICY)
    folder = tmp_path / "export"
    folder.mkdir()
    cases, orders, visits = ["case_id,team"], ["case_id,id,began_on,ended_on"], []
    for number in range(30):
        day = f"2026-0{1 + number % 6}-{1 + number % 28:02}"
        cases.append(f"A{number},{'East' if number % 2 else 'West'}")
        orders.append(f"A{number},o,{day},{'2026-06-01' if number % 5 == 0 else ''}")
        later = f"2026-0{1 + number % 6}-{min(28, 3 + number % 28):02}"
        visits.append(f"A{number},v,{later},{'yes' if number % 3 else ''}")
    (folder / "case.csv").write_text("\n".join(cases) + "\n")
    (folder / "order.csv").write_text("\n".join(orders) + "\n")
    (folder / "visit.csv").write_text("\n".join(["case_id,id,date,told", *visits]) + "\n")
    return tmp_path


def told(desk: Path, capsys: pytest.CaptureFixture[str], verb: str, *words: str) -> str:
    place = [str(desk / "rules"), "--cases", str(desk / "export"), "--no-progress"]
    assert main([verb, *place, *words]) == 0
    return capsys.readouterr().out


@pytest.mark.parametrize("basis", ["as-at", "due"])
@pytest.mark.parametrize("more", [(), ("--known-by", "2026-04-15"), ("--team", "East")])
def test_a_trend_is_the_same(desk, capsys, basis, more):
    words = ("--from", "2026-01-01", "--until", "2026-07-31", "--basis", basis, "--format", "json")
    one = told(desk, capsys, "trend", *words, *more, "--engine", "reference")
    assert one == told(desk, capsys, "trend", *words, *more, "--engine", "duckdb")
    assert json.loads(one)["rules"]


def test_a_report_is_the_same(desk, capsys):
    words = ("--as-at", "2026-07-31", "--periods", "5", "--format", "md", "--small-numbers", "0")
    one = told(desk, capsys, "report", *words, "--engine", "reference")
    assert one == told(desk, capsys, "report", *words, "--engine", "duckdb")
    none = (*words[:2], "--periods", "0", *words[4:])
    one = told(desk, capsys, "report", *none, "--engine", "reference")
    assert one == told(desk, capsys, "report", *none, "--engine", "duckdb")


def test_a_cluster_counts_no_periods(desk, capsys):
    place = [str(desk / "rules"), "--cases", str(desk / "export"), "--as-at", "2026-07-31"]
    assert main(["report", *place, "--engine", "spark", "--master", "local[1]"]) == 2
    assert "does not go with --engine spark" in capsys.readouterr().err
