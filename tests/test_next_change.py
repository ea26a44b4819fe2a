"""`--next-change`, and the worklist's last date: what is told, and that both engines tell it."""

import csv
import io
import json
from pathlib import Path

import pytest

from policyengine.commands.main import main

RULES = """
policy "p"
rule R-01 "Seen after the start"
  source "s"
  for each cto
  must have a rights_discussion within 7 days after cto.started_on
"""
CASES = [
    {"case_id": "A1", "cto": [{"id": "o", "started_on": "2026-01-05"}], "rights_discussion": []},
    {"case_id": "A2", "cto": [{"id": "o", "started_on": "2026-01-01"}], "rights_discussion": []},
    {"case_id": "A3", "cto": [{"id": "o", "started_on": "2025-12-01"}],
     "rights_discussion": [{"id": "d", "date": "2025-12-02"}]},
]  # fmt: skip


@pytest.fixture
def desk(tmp_path: Path) -> Path:
    (tmp_path / "r.policy").write_text(RULES)
    (tmp_path / "cases.json").write_text(json.dumps(CASES))
    return tmp_path


def told(desk: Path, capsys: pytest.CaptureFixture[str], *words: str) -> str:
    place = [str(desk / "r.policy"), "--cases", str(desk / "cases.json"), "--as-at", "2026-01-10"]
    assert main([words[0], *place, *words[1:], "--no-progress"]) == 0
    return capsys.readouterr().out


def test_the_day_is_the_last_key_of_a_finding_where_it_is_asked_for(desk, capsys):
    plain = json.loads(told(desk, capsys, "audit", "--format", "json"))
    asked = json.loads(told(desk, capsys, "audit", "--format", "json", "--next-change"))
    assert [list(each)[-1] for each in asked["findings"]] == ["next_change_on"] * 3
    days = {each["case"]: each.pop("next_change_on") for each in asked["findings"]}
    assert days == {"A1": "2026-01-13", "A2": None, "A3": None}
    assert asked == plain


def test_the_day_is_the_last_column_and_stands_on_json_lines(desk, capsys):
    rows = list(
        csv.DictReader(io.StringIO(told(desk, capsys, "audit", "--format", "csv", "--next-change")))
    )
    assert list(rows[0])[-1] == "next_change_on"
    assert [row["next_change_on"] for row in rows] == ["2026-01-13", "", ""]
    lines = told(desk, capsys, "audit", "--format", "jsonl", "--next-change").splitlines()
    assert json.loads(lines[1])["next_change_on"] == "2026-01-13"


def test_both_engines_tell_the_same_day(capsys):
    pytest.importorskip("duckdb")
    words = ["demo", "--select", "CTO-01,CTO-05,RA-02A,CP-05A", "--format", "json",
             "--next-change", "--no-progress", "--engine"]  # fmt: skip
    assert main([*words, "reference"]) == 0
    one = capsys.readouterr().out
    assert main([*words, "duckdb"]) == 0
    assert one == capsys.readouterr().out
    assert any(each["next_change_on"] for each in json.loads(one)["findings"])


def test_a_worklist_says_when_a_row_looks_different(desk, capsys):
    out = told(desk, capsys, "worklist", "--due-within", "14", "days")
    rows = list(csv.DictReader(io.StringIO(out.removeprefix("\ufeff"))))
    assert [(row["Case"], row["Next looks different"]) for row in rows] == [
        ("A2", ""),  # it is late, and stays so until somebody does it
        ("A1", "2026-01-13"),
    ]
