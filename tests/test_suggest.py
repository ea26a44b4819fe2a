"""`test --suggest`, `--coverage` and `--mutate` as a person runs them."""

import json
from pathlib import Path

import pytest

from policyengine.commands.main import main
from policyengine.policy.load import load_rules
from policyengine.tooling.examples import run_plan
from policyengine.tooling.searching import Effort
from policyengine.tooling.suggesting import suggest
from tests.bench_desk import SCHEMA

RULE = """policy "Talks"

rule T-01 "told in a week"
  for each cto
  unless cto.private because "it is private"
  must have a talk within 7 days after cto.started_on
    where spoken
"""
ON_TIME = """
example "on the last day" for T-01 as at 2026-03-01
  given cto: started_on 2026-01-01
  given talk: date 2026-01-08, spoken yes
  expect met
"""


@pytest.fixture
def rules(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    (tmp_path / "schema.yaml").write_text(SCHEMA)
    (tmp_path / "rules.policy").write_text(RULE + ON_TIME)
    return tmp_path


def run(capsys: pytest.CaptureFixture[str], *args: str) -> tuple[int, str, str]:
    code = main(["test", *args])
    out, err = capsys.readouterr()
    return code, out, err


def test_the_whole_of_what_is_suggested_can_be_pasted(
    rules: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, _ = run(capsys, str(rules), "--suggest", "t-01")
    assert code == 0
    (rules / "rules.policy").write_text(RULE + "\n" + out)
    plan = load_rules([str(rules)]).plan
    assert plan is not None
    results = run_plan(plan)
    assert len(results) > 6
    assert [each.detail for each in results if not each.passed] == []
    verdicts = {expect.verdict for example in plan.examples for expect in example.expects}
    assert verdicts >= {
        *("met", "met_late", "breached", "not_yet_due", "exempt", "not_applicable"),
        "cannot_tell",
    }  # fmt: skip


def test_each_side_of_the_window_is_shown_and_named(rules: Path) -> None:
    plan = load_rules([str(rules)]).plan
    assert plan is not None
    found = suggest(plan, "T-01")
    sides = [(shown, each) for each in found.examples for shown in each.shows if shown.line]
    assert {(shown.text, shown.line) for shown, _ in sides} == {("7 days", 6), ("talk", 6)}
    already = {(shown.side, each.already) for shown, each in sides}
    assert ("6 days", "on the last day") in already
    assert ("8 days", None) in already


def test_what_could_not_be_reached_is_said_plainly(
    rules: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = 'policy "Talks"\nrule T-01 "told"\n  for each cto\n  must show cto.private\n'
    (rules / "rules.policy").write_text(text)
    _, out, _ = run(capsys, str(rules), "--suggest", "T-01")
    assert "No case was found that gives exempt: the rule has no exception." in out
    assert "gives met late: what is forbidden, or a state of affairs, is never met late." in out
    assert "that none was found proves nothing" in out


def test_the_search_needs_no_example_to_begin_with() -> None:
    """Over a rule of the shipped set, as if nobody had written any."""
    from dataclasses import replace

    plan = load_rules([]).plan
    assert plan is not None
    found = suggest(replace(plan, examples=()), "CTO-10", Effort(cases=1500))
    assert {shown.text for each in found.examples for shown in each.shows} >= {
        *("met", "met late", "breached", "not yet due", "exempt", "cannot tell", "72 hours"),
    }
    assert {name for name, _ in found.unreached} <= {"not applicable"}


def test_a_rule_that_is_not_there_gets_a_suggestion(
    rules: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, err = run(capsys, str(rules), "--suggest", "T-02")
    assert (code, out) == (2, "")
    assert "did you mean `T-01`?" in err


@pytest.mark.parametrize(
    "flags",
    [
        ("--coverage", "--mutate"),
        ("--suggest", "T-01", "--coverage"),
        ("--min-coverage", "50"),
        ("--min-killed", "50"),
        ("--mutate", "--min-coverage", "50"),
        ("--coverage", "--min-coverage", "101"),
        ("--coverage", "--min-coverage", "half"),
        ("--coverage", "--format", "csv"),
        ("--unnoticed", "x.yaml"),
        ("--coverage", "--afresh"),
    ],
)
def test_flags_that_do_not_go_together_are_a_wrong_command_line(
    flags: tuple[str, ...], rules: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, err = run(capsys, str(rules), *flags)
    assert (code, out) == (2, "")
    assert err


@pytest.mark.parametrize(
    ("flags", "code"),
    [
        (("--coverage",), 0),
        (("--coverage", "--min-coverage", "10"), 0),
        (("--coverage", "--min-coverage", "100"), 1),
        (("--mutate",), 0),
        (("--mutate", "--min-killed", "1"), 0),
        (("--mutate", "--min-killed", "100"), 1),
    ],
)
def test_a_floor_that_is_not_met_ends_with_one(
    flags: tuple[str, ...], code: int, rules: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found, out, err = run(capsys, str(rules), *flags)
    assert found == code
    assert out
    assert ("gate not met" in err) == (code == 1)


@pytest.mark.parametrize("format_", ["text", "json", "md"])
@pytest.mark.parametrize("mode", [("--suggest", "T-01"), ("--coverage",), ("--mutate",)])
def test_every_format_of_every_mode(
    mode: tuple[str, ...], format_: str, rules: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, _ = run(capsys, str(rules), *mode, "--format", format_)
    assert code == 0
    if format_ == "json":
        assert isinstance(json.loads(out), dict)
    assert out == run(capsys, str(rules), *mode, "--format", format_)[1]


def test_an_example_that_fails_is_mended_before_rules_are_changed(
    rules: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (rules / "rules.policy").write_text(RULE + ON_TIME.replace("expect met", "expect breached"))
    code, out, err = run(capsys, str(rules), "--mutate")
    assert (code, out) == (1, "")
    assert "mend them first" in err


def test_a_list_beside_the_rules_is_read_and_what_is_on_it_in_vain_is_said(
    rules: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (rules / "unnoticed.yaml").write_text(
        "- {item: T-01, before: 7 days, after: 8 days, because: a habit}\n"
        "- {item: T-09, before: 7 days, after: 8 days, because: gone}\n"
    )
    _, out, err = run(capsys, str(rules), "--mutate", "--format", "json")
    states = {(each["before"], each["after"]): each["state"] for each in json.loads(out)["changes"]}
    assert states["7 days", "8 days"] == "allowed"
    assert "made no more: T-09 | 7 days | 8 days" in err


def test_a_list_that_cannot_be_read_stops_the_run(
    rules: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (rules / "unnoticed.yaml").write_text("- {item: T-01}\n")
    code, out, err = run(capsys, str(rules), "--mutate")
    assert (code, out) == (3, "")
    assert "unnoticed.yaml:1:3" in err
