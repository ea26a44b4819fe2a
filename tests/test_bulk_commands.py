"""`audit --engine duckdb`: the same bytes, and what happens when it cannot go on."""

from datetime import date
from pathlib import Path

import pytest

from policyengine.bulk.side_by_side import Means
from policyengine.commands import engines
from policyengine.commands.main import main

ROOT = Path(__file__).parent.parent
TEAM, MISSPELT = "Birchwood Community Team", "Birchwod Community Team"


@pytest.fixture(scope="module")
def cases(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("cases")
    lines = (ROOT / "rules/sample/cases.jsonl").read_bytes().splitlines(keepends=True)
    path = folder / "cases.jsonl"
    path.write_bytes(b"".join(lines[:30]))
    return path


def _run(capsys, cases: Path, *words: str) -> tuple[int, str, str]:
    rules = str(ROOT / "rules/risk_review"), str(ROOT / "rules/risk_assessment")
    code = main(["audit", *rules, "--cases", str(cases), "--as-at", "2026-11-01", *words])
    said = capsys.readouterr()
    return code, said.out, said.err


@pytest.mark.parametrize(("hands", "team"), [(1, ""), (3, ""), (1, TEAM), (2, TEAM), (2, MISSPELT)])
def test_both_engines_write_the_same_bytes(capsys, cases, monkeypatch, hands, team):
    narrow = ("--team", team) if team else ()
    monkeypatch.setattr(Means.__init__, "__defaults__", (None, None, 7, hands))
    one = _run(capsys, cases, *narrow, "--engine", "reference", "--format", "json")
    other = _run(capsys, cases, *narrow, "--engine", "duckdb", "--format", "json")
    assert one == other
    assert one[0] == 0
    assert ('"findings": []' in one[1]) == (team == MISSPELT)
    assert (f"did you mean `{TEAM}`" in one[2]) == (team == MISSPELT)


def test_a_disagreement_is_an_error_of_the_program_and_prints_no_report(capsys, cases, monkeypatch):
    def nothing(_plan, _export):
        return lambda _case, _as_at, _known_by, _rule: []

    monkeypatch.setattr(engines, "reference_of", nothing)
    code, out, err = _run(capsys, cases, "--engine", "duckdb")
    assert code == 70
    assert out == ""
    assert "disagreement" in err.lower()


def test_too_little_memory_is_told_plainly(capsys, cases):
    code, out, err = _run(capsys, cases, "--engine", "duckdb", "--memory", "1MB")
    assert (code, out) == (3, "")
    assert "memory" in err
    assert "--engine reference" in err


def test_without_duckdb_auto_is_the_reference_engine_and_duckdb_says_what_to_install(
    capsys, cases, monkeypatch
):
    monkeypatch.setattr(engines, "find_spec", lambda _name: None)
    monkeypatch.setattr(engines, "MANY_BYTES", 1)
    assert _run(capsys, cases, "--engine", "auto", "--show", "none")[0] == 0
    code, _, err = _run(capsys, cases, "--engine", "duckdb")
    assert code == 3
    assert "trust-policy-engine[bulk]" in err


def test_auto_judges_in_bulk_from_ten_thousand_cases_up(cases, monkeypatch):
    class Counted:
        count = 9_999

    args = type("Args", (), {"engine": "auto", "cases": str(cases)})()
    assert engines.is_bulk(args, Counted()) is False
    Counted.count = 10_000
    assert engines.is_bulk(args, Counted()) is True
    assert engines.is_bulk(type("Args", (), {"engine": "reference"})(), Counted()) is False
    assert date(2026, 11, 1)
