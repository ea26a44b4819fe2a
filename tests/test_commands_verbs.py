"""explain, check, test, fmt, eval, schema, doctor."""

import io
import json
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest

from policyengine.commands import doctor
from tests.commands_desk import CASES, RULES, Desk


@pytest.fixture
def desk(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Desk:
    monkeypatch.delenv("CI", raising=False)
    return Desk(tmp_path, capsys)


# --- explain -----------------------------------------------------------------------------------


def explain(desk: Desk, *words: str) -> Any:
    where = (str(desk.rules), "--cases", str(desk.cases), "--as-at", "2026-02-01")
    return desk.run("explain", *words, *where)


def test_explain_shows_the_clause_and_the_near_miss(desk: Desk) -> None:
    said = " ".join(explain(desk, "K3", "--rule", "A-01").out.split())
    for words in (
        "BREACHED A-01 Rights are explained when an order starts",
        "within rights_window after cto.started_on",
        "explanation of rights r1",
        "To put it right",
        "Explain it today.",
    ):
        assert words in said, words


def test_explain_gives_the_tree_to_programs(desk: Desk) -> None:
    made = explain(desk, "K3", "--format", "json").json
    assert made["case"] == "K3"
    assert [each["finding"]["rule"] for each in made["explanations"]] == ["A-01", "A-02"]
    assert made["explanations"][0]["tree"]["children"]


def test_explain_of_a_case_that_there_is_not(desk: Desk) -> None:
    ran = explain(desk, "K99")
    assert (ran.code, ran.out) == (3, "")
    assert "there is no case `K99`" in ran.err


def test_explain_of_a_rule_that_there_is_not(desk: Desk) -> None:
    ran = explain(desk, "K3", "--rule", "a-1")
    assert ran.code == 2
    assert "did you mean `A-01`?" in ran.err


def test_explain_asks_for_what_is_missing(desk: Desk) -> None:
    assert desk.run("explain", "K3").code == 2
    ran = desk.run("explain", "K3", str(desk.rules), "--cases", str(desk.cases))
    assert ran.code == 2
    assert "--as-at" in ran.err


def test_explain_knows_the_sample(desk: Desk) -> None:
    ran = desk.run("explain", "A0001", "--demo")
    assert ran.code == 0
    assert "Case A0001" in ran.out


# --- check -------------------------------------------------------------------------------------


def test_check_says_that_all_is_well(desk: Desk) -> None:
    ran = desk.run("check", str(desk.rules))
    assert ran.code == 0
    assert "2 rules and 5 examples in 1 file check" in ran.out


def test_check_tells_every_mistake_on_standard_error(desk: Desk) -> None:
    file = desk.rules / "orders.policy"
    broken = RULES.replace("where spoken", "where spokn").replace("a leaflet", "a leeflet")
    file.write_text(broken)
    ran = desk.run("check", str(desk.rules))
    assert (ran.code, ran.out) == (3, "")
    assert ran.err.count(": error ") == 2
    assert f"{file}:13:11: error " in ran.err


def test_check_gives_programs_the_places(desk: Desk) -> None:
    file = desk.rules / "orders.policy"
    file.write_text(RULES.replace("where spoken", "where spokn"))
    ran = desk.run("check", str(file), "--format", "json")
    assert ran.code == 3
    assert [(each["line"], each["severity"]) for each in ran.json] == [(13, "error")]


def test_check_of_a_folder_that_is_not_there(desk: Desk) -> None:
    ran = desk.run("check", str(desk.folder / "nowhere"))
    assert ran.code == 3
    assert "nowhere" in ran.err


# --- test --------------------------------------------------------------------------------------


def test_test_runs_every_example(desk: Desk) -> None:
    ran = desk.run("test", str(desk.rules))
    assert ran.code == 0
    assert "5 examples run: all came out as expected." in ran.out


def test_test_says_which_example_did_not_come_out_and_how(desk: Desk) -> None:
    file = desk.rules / "orders.policy"
    file.write_text(RULES.replace("expect met late", "expect breached"))
    ran = desk.run("test", str(desk.rules))
    assert ran.code == 1
    assert "a day late" in ran.out
    assert "expected A-01 breached, but found met late" in ran.out
    assert "1 did not come out as expected" in ran.out


def test_test_of_one_rule(desk: Desk) -> None:
    assert len(desk.run("test", str(desk.rules), "--select", "A-02", "--format", "json").json) == 2


def test_test_of_rules_that_do_not_check_is_3(desk: Desk) -> None:
    (desk.rules / "orders.policy").write_text("policy")
    assert desk.run("test", str(desk.rules)).code == 3


def test_examples_run_with_the_files_own_settings(desk: Desk) -> None:
    (desk.rules / "trustpolicy.yaml").write_text("settings: {rights_window: 1 day}\n")
    assert desk.run("test", str(desk.rules)).code == 0


# --- fmt ---------------------------------------------------------------------------------------

UNTIDY = RULES.replace("  severity critical", "     severity   critical")


def test_fmt_lays_a_file_out_and_keeps_its_permissions(desk: Desk) -> None:
    file = desk.rules / "orders.policy"
    file.write_text(UNTIDY)
    file.chmod(0o640)
    assert desk.run("fmt", str(desk.rules)).code == 0
    laid_out = file.read_text()
    assert "  severity critical\n" in laid_out
    assert file.stat().st_mode & 0o777 == 0o640
    assert desk.run("fmt", "--check", str(desk.rules)).code == 0
    assert desk.run("fmt", str(desk.rules)).code == 0
    assert file.read_text() == laid_out


def test_fmt_check_writes_nothing(desk: Desk) -> None:
    file = desk.rules / "orders.policy"
    file.write_text(UNTIDY)
    ran = desk.run("fmt", "--check", str(desk.rules))
    assert ran.code == 1
    assert str(file) in ran.err
    assert file.read_text() == UNTIDY


def test_fmt_diff_prints_what_would_change(desk: Desk) -> None:
    file = desk.rules / "orders.policy"
    file.write_text(UNTIDY)
    ran = desk.run("fmt", "--diff", str(desk.rules))
    assert ran.code == 0
    assert "-     severity   critical\n" in ran.out
    assert "+  severity critical\n" in ran.out
    assert file.read_text() == UNTIDY


def test_fmt_leaves_a_file_that_does_not_parse(desk: Desk) -> None:
    file = desk.rules / "orders.policy"
    file.write_text("policy unquoted\n")
    assert desk.run("fmt", str(desk.rules)).code == 3
    assert file.read_text() == "policy unquoted\n"


# --- eval --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("1 is 1", "yes"),
        ("1 is 2", "no"),
        ("case.team is 'x'".replace("'", '"'), "unknown"),
        ("case.died_on", "not yet"),
        ("2026-01-01 + 7 days", "2026-01-08"),
        ("2026-01-31 + 1 month", "2026-02-28"),
        ("2026-01-08T14:30", "2026-01-08T14:30"),
        ("2026-03-28T12:00 + 24 hours", "2026-03-29T13:00"),
        ("7.50", "7.5"),
        ("100", "100"),
        ("1 - 1", "0"),
        ("7 days", "7 days"),
        ("1 day", "1 day"),
        (r'"say \"no\""', r'"say \"no\""'),
        ("days from 2026-01-01 to 2026-03-01", "59"),
        ("number of cto", "0"),
        ("there is no cto", "yes"),
    ],
)
def test_eval_prints_a_value_in_the_languages_spelling(
    desk: Desk, expression: str, value: str
) -> None:
    ran = desk.run("eval", expression, "--schema", str(desk.rules / "schema.yaml"))
    assert (ran.code, ran.out) == (0, f"{value}\n"), ran.err


def test_eval_of_an_expression_without_a_meaning(desk: Desk) -> None:
    ran = desk.run("eval", '1 is "x"')
    assert (ran.code, ran.out) == (3, "")
    assert ": error " in ran.err


def test_eval_of_many_prints_a_value_a_line(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    many = b'1 + 1\n1 is "x"\n\n\xff\n2026-01-01 + 1 day\n'
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(many)))
    ran = desk.run("eval", "-")
    lines = ran.out.splitlines()
    assert ran.code == 3
    assert [lines[0], lines[-1], len(lines)] == ["2", "2026-01-02", 5]
    assert all(line.startswith("error: ") for line in lines[1:4])


def test_eval_reads_no_clock(desk: Desk) -> None:
    assert desk.run("eval", "as_at").code == 3
    assert desk.run("eval", "as_at", "--as-at", "2026-02-01").out == "2026-02-01\n"
    assert desk.run("eval", '"as_at"').out == '"as_at"\n'


def test_eval_of_a_case_sees_it_as_at_a_date(desk: Desk) -> None:
    file = desk.folder / "one.json"
    file.write_text(json.dumps(CASES[0]))
    words = ("number of rights_discussion", "--case", str(file))
    words += ("--schema", str(desk.rules / "schema.yaml"))
    assert desk.run("eval", *words).code == 2
    assert desk.run("eval", *words, "--as-at", "2026-01-07").out == "0\n"
    assert desk.run("eval", *words, "--as-at", "2026-01-08").out == "1\n"


def test_eval_does_not_show_a_sensitive_value_unless_it_is_asked_for(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = desk.folder / "one.json"
    file.write_text(json.dumps({**CASES[0], "date_of_birth": "1980-05-06"}))
    words = ("case.date_of_birth", "--case", str(file), "--as-at", "2026-02-01")
    words += ("--schema", str(desk.rules / "schema.yaml"))
    assert desk.run("eval", *words).out == "recorded, not shown (--reveal identifier shows it)\n"
    assert desk.run("eval", *words, "--reveal", "identifier").out == "1980-05-06\n"
    monkeypatch.setenv("CI", "1")
    assert desk.run("eval", *words, "--reveal", "identifier").code == 2


# --- schema and doctor -------------------------------------------------------------------------


def test_schema_lists_kinds_and_fields(desk: Desk) -> None:
    said = desk.run("schema", str(desk.rules)).out
    assert "cto · community treatment order" in said
    assert "happens on started_on; ends on ended_on" in said
    assert "sensitive: identifier" in said


def test_schema_with_a_fault_is_told_with_its_place(desk: Desk) -> None:
    file = desk.rules / "schema.yaml"
    file.write_text(file.read_text().replace("version: 1", "verson: 1"))
    ran = desk.run("schema", str(desk.rules))
    assert ran.code == 3
    assert f"{file}:2:1: error SCH003" in ran.err


def test_schema_as_json_schema(desk: Desk) -> None:
    made = desk.run("schema", str(desk.rules), "--json-schema").json
    assert "$schema" in made


def test_doctor_looks_over_the_installation(desk: Desk) -> None:
    made = desk.run("doctor", "--format", "json").json
    looked_at = {each["what"] for each in made["findings"]}
    assert {"Python", "lark", "rules", "grammar", "time zones", "terminal"} <= looked_at
    assert desk.run("doctor").out


def test_doctor_knows_every_extra_and_wants_none(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An extra that is not there is no fault; which it is for is said, and how to get it."""
    declared = tomllib.loads((Path(__file__).parents[1] / "pyproject.toml").read_text())
    extras = set(declared["project"]["optional-dependencies"]) - {"dev", "imports", "peers"}
    assert {extra for extra, _, _ in doctor.EXTRAS} == extras
    monkeypatch.setattr(doctor, "EXTRAS", (("bulk", "much", ("nothing_of_the_name",)),))
    ran = desk.run("doctor")
    assert ran.code == 0
    assert "not installed; for much" in ran.out
    assert "pip install 'trust-policy-engine[bulk]'" in ran.out


def test_doctor_knows_a_clash_of_names() -> None:
    assert doctor.clashing(["trust-policy-engine"]) == []
    assert doctor.clashing(["trust_policy_engine", "policyengine"]) == ["policyengine"]


# --- a Trust's configuration -------------------------------------------------------------------


def test_the_nearest_configuration_upwards_is_used(desk: Desk) -> None:
    (desk.folder / "trustpolicy.yaml").write_text("settings:\n  rights_window: 10 days\n")
    found = desk.audit("--format", "json").json["findings"]
    late = next(each for each in found if each["case"] == "K2" and each["rule"] == "A-01")
    assert (late["verdict"], late["deadline"]) == ("met", "2026-01-12")
    assert late["settings"] == {"rights_window": "10 days"}


def test_a_setting_may_change_on_a_day(desk: Desk) -> None:
    words = "settings: {rights_window: '7 days'}\n".replace("'7 days'", "7 days")
    config = desk.folder / "trustpolicy.yaml"
    config.write_text(
        words.replace(
            "{rights_window: 7 days}", "\n  rights_window: 7 days, 9 days from 2026-01-03"
        )
    )
    found = desk.audit("--format", "json").json["findings"]
    deadlines = {each["case"]: each["deadline"] for each in found if each["rule"] == "A-01"}
    assert deadlines["K2"] == "2026-01-09"
    assert deadlines["K3"] == "2026-01-12"


def test_a_target_and_a_closed_day_are_the_trusts_own(desk: Desk) -> None:
    config = desk.folder / "own.yaml"
    config.write_text("targets: {A-02: 20 percent}\ncalendar: {closed: [2026-01-09]}\n")
    rows = desk.audit("--format", "json", "--config", str(config)).json["summary"]
    assert [row["target"] for row in rows] == [0.9, 0.2]


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("setings: {}\n", ":1:1: error SCH003"),
        ("settings: {rights_windw: 7 days}\n", "rights_window"),
        ("settings: {rights_window: seven}\n", "error"),
        ("targets: {A-01: lots}\n", ":1:17: error SCH012"),
        ("targets: {A-01: 101 percent}\n", ":1:17: error SCH012"),
        ("targets: {A-09: 90 percent}\n", "A-0"),
        ("calendar: {closed: [2026-02-30]}\n", "error SCH015"),
        ("calendar: {bank_holidays: france}\n", "error SCH012"),
        ("settings: &a {}\n", "error YML005"),
        ("[1]\n", "error SCH001"),
    ],
)
def test_a_fault_in_a_configuration_stops_the_run_with_its_place(
    desk: Desk, text: str, place: str
) -> None:
    config = desk.folder / "trustpolicy.yaml"
    config.write_text(text)
    ran = desk.audit()
    assert (ran.code, ran.out) == (3, "")
    assert place in ran.err


def test_a_configuration_that_is_not_there(desk: Desk) -> None:
    ran = desk.audit("--config", str(desk.folder / "nowhere.yaml"))
    assert ran.code == 3
    assert "nowhere.yaml" in ran.err
