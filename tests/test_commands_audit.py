"""`audit` and `demo`: the promised flags, formats, gates and exit codes."""

import json
import stat
from pathlib import Path

import pytest

from policyengine.commands.exits import BUG, CANNOT_RUN, DONE, GATE, UNSAFE, gravest
from tests.commands_desk import Desk


@pytest.fixture
def desk(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Desk:
    monkeypatch.delenv("CI", raising=False)
    return Desk(tmp_path, capsys)


def verdicts(findings: list[dict[str, object]], rule: str = "A-01") -> dict[object, object]:
    return {each["case"]: each["verdict"] for each in findings if each["rule"] == rule}


# --- what it says ------------------------------------------------------------------------------


def test_the_json_has_every_finding_in_order(desk: Desk) -> None:
    found = desk.audit("--format", "json").json["findings"]
    assert verdicts(found) == {
        "K1": "met",
        "K2": "met_late",
        "K3": "breached",
        "K4": "cannot_tell",
        "K5": "not_yet_due",
    }
    keys = [(each["rule"], each["case"]) for each in found]
    assert keys == sorted(keys)


def test_the_json_is_the_same_whatever_the_order_of_the_cases(desk: Desk) -> None:
    first = desk.audit("--format", "json").out
    lines = desk.cases.read_text().splitlines(keepends=True)
    desk.cases.write_text("".join(reversed(lines)))
    assert desk.audit("--format", "json").out == first


def test_the_json_names_no_place_on_the_machine(desk: Desk) -> None:
    ran = desk.audit("--format", "json")
    assert str(desk.folder) not in ran.out
    assert "cases.jsonl" not in ran.out


def test_the_text_report_says_who_what_when_and_what_to_do(desk: Desk) -> None:
    said = desk.audit().out
    for words in (
        "As at Sunday 1 February 2026",
        "5 service users",
        "Nothing shows that the order of 3 January 2026 was explained by 10 January 2026.",
        "22 days overdue",
        "South",
        "explanation of rights r1, Mon 5 Jan 2026, in time, but it does not meet the rule",
        "(the Trust's standard: 7 days)",
        "Explain it today.",
        '"spoken aloud" of the explanation of rights is not recorded',
        "rights_discussion.spoken",
        "Next steps",
    ):
        assert words in " ".join(said.split()), words


def test_results_go_to_standard_output_and_remarks_to_standard_error(desk: Desk) -> None:
    ran = desk.audit("--format", "json")
    json.loads(ran.out)
    assert "rows read = " in ran.err
    assert desk.audit("--format", "json", "-q").err == ""


def test_json_lines_have_a_head_a_finding_a_line_and_the_counts(desk: Desk) -> None:
    lines = [json.loads(line) for line in desk.audit("--format", "jsonl").out.splitlines()]
    whole = desk.audit("--format", "json").json
    assert lines[0] == {key: whole[key] for key in whole if key not in ("summary", "findings")}
    assert lines[1:-1] == whole["findings"]
    assert lines[-1]["summary"] == whole["summary"]
    assert lines[-1]["findings"] == len(lines) - 2
    assert lines[-1]["breached"] == sum(line.get("verdict") == "breached" for line in lines)


# --- what is shown -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("show", "expected"),
    [
        ("breached", {"breached"}),
        ("open", {"breached", "cannot_tell"}),
        ("none", set()),
        ("all", {"met", "met_late", "breached", "cannot_tell", "not_yet_due"}),
    ],
)
def test_show_says_which_findings_a_program_is_given(
    desk: Desk, show: str, expected: set[str]
) -> None:
    found = desk.audit("--format", "json", "--show", show).json
    assert {each["verdict"] for each in found["findings"]} == expected
    assert sum(row["met"] for row in found["summary"]) == 2  # the summary stays whole


def test_show_none_is_the_summary_alone(desk: Desk) -> None:
    said = desk.audit("--show", "none").out
    assert "What was not done" not in said
    assert "Rights are explained when an order starts" in said


def test_show_all_names_those_that_are_met_too(desk: Desk) -> None:
    said = desk.audit("--show", "all").out
    assert "An explanation of rights that meets the rule is recorded on Thursday 8 January" in said


def test_a_list_is_capped_and_says_how_many_more(desk: Desk) -> None:
    said = desk.audit("--limit", "1").out
    assert "and 2 more" in said
    assert "more; --limit" not in desk.audit("--limit", "0").out


def test_a_limit_cuts_the_json_only_if_it_is_asked_for(desk: Desk) -> None:
    assert len(desk.audit("--format", "json", "--limit", "1").json["findings"]) == 2
    assert len(desk.audit("--format", "json").json["findings"]) == 10


def test_a_team_sees_what_it_answers_for(desk: Desk) -> None:
    found = desk.audit("--format", "json", "--team", "South").json
    assert {each["case"] for each in found["findings"]} == {"K3", "K4", "K5"}
    assert found["summary"][0]["met"] == 0


def test_a_team_that_there_is_not_is_told(desk: Desk) -> None:
    assert "did you mean `South`?" in desk.audit("--team", "Suoth").err


def test_a_period_holds_what_fell_due_in_it(desk: Desk) -> None:
    where = (str(desk.rules), "--cases", str(desk.cases))
    period = ("--period", "2026-01-09", "2026-01-10")
    found = desk.run("audit", *where, *period, "--format", "json").json
    assert found["as_at"] == "2026-01-10"
    assert verdicts(found["findings"]) == {"K2": "breached", "K3": "not_yet_due"}


def test_select_takes_rules_and_tags_and_ignore_leaves_them_out(desk: Desk) -> None:
    for words, expected in (
        (("--select", "A-01"), {"A-01"}),
        (("--select", "paper"), {"A-02"}),
        (("--select", "rights,paper"), {"A-01", "A-02"}),
        (("--ignore", "rights"), {"A-02"}),
    ):
        summary = desk.audit("--format", "json", *words).json["summary"]
        assert {row["rule"] for row in summary} == expected


# --- gates -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ((), DONE),
        (("--fail-on", "never"), DONE),
        (("--fail-on", "breached"), GATE),
        (("--fail-on", "breached", "--select", "A-02"), DONE),  # a shortfall does not fail a run
        (("--fail-on", "cannot-tell"), GATE),
        (("--fail-on", "cannot-tell", "--select", "A-02"), DONE),
        (("--fail-on", "target"), GATE),
        (("--fail-on", "target", "--select", "A-02"), DONE),  # it has none
        (("--max-cannot-tell", "1"), DONE),
        (("--max-cannot-tell", "0"), UNSAFE),
        (("--max-cannot-tell", "0", "--fail-on", "breached"), UNSAFE),  # the higher wins
        (("--max-cannot-tell", "25%", "--select", "A-01"), DONE),  # one of four
        (("--max-cannot-tell", "24.9%", "--select", "A-01"), UNSAFE),
        (("--max-rejected", "0"), DONE),
    ],
)
def test_a_gate_is_met_or_not(desk: Desk, words: tuple[str, ...], code: int) -> None:
    assert desk.audit(*words).code == code


def test_rejected_rows_are_a_gate(desk: Desk) -> None:
    with desk.cases.open("a") as stream:
        stream.write('{"case_id": "K6", "cto": [17]}\n')
    assert desk.audit().code == DONE
    assert desk.audit("--max-rejected", "1").code == DONE
    ran = desk.audit("--max-rejected", "0")
    assert ran.code == UNSAFE
    assert "not safe to rely on: 1 of " in ran.err


def test_the_gravest_code_wins() -> None:
    assert gravest(GATE, UNSAFE, CANNOT_RUN, BUG) == BUG
    assert gravest(GATE, UNSAFE, CANNOT_RUN) == CANNOT_RUN
    assert gravest(DONE, GATE) == GATE
    assert gravest() == DONE


# --- what it refuses ---------------------------------------------------------------------------


def test_without_an_as_at_date_it_asks_for_one(desk: Desk) -> None:
    ran = desk.run("audit", str(desk.rules), "--cases", str(desk.cases))
    assert (ran.code, ran.out) == (2, "")
    assert "--as-at 2026-11-01" in ran.err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--as-at", "2026-02-30"), "not a date of the calendar"),
        (("--as-at", "01/02/2026"), "write it as 2026-11-01"),
        (("--select", "A-1"), "did you mean `A-01`?"),
        (("--ignore", "rigths"), "did you mean `rights`?"),
        (("--engine", "duckbd"), "did you mean `duckdb`?"),
        (("--memory", "lots"), "not a size such as 4GB"),
        (("--threads", "0"), "not a number of threads"),
        (("--show", "breeched"), "did you mean `breached`?"),
        (("--limit", "-1"), "--limit"),
        (("--max-rejected", "few"), "neither a whole number nor a share"),
        (("--format", "sarif"), "never for findings on people"),
        (("--format", "github"), "never for findings on people"),
        (("--format", "gitlab"), "never for findings on people"),
        (("-o", "report.sarif"), "never for findings on people"),
        (("--csaes", "x"), "did you mean `--cases`?"),
        (("--as",), "--as"),  # no abbreviations
        (("--period", "2026-02-01", "2026-01-01"), "backwards"),
    ],
)
def test_a_wrong_command_line_is_told_with_its_mend(
    desk: Desk, words: tuple[str, ...], said: str
) -> None:
    ran = desk.audit(*words)
    assert (ran.code, ran.out) == (2, "")
    assert said in ran.err


def test_revealing_is_refused_where_ci_is_set(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    assert desk.audit("--reveal", "identifier").code == DONE
    monkeypatch.setenv("CI", "true")
    assert desk.audit("--reveal", "identifier").code == 2


def test_rules_that_do_not_check_stop_it_with_the_place(desk: Desk) -> None:
    file = desk.rules / "orders.policy"
    file.write_text(file.read_text().replace("where spoken", "where spokn"))
    ran = desk.audit()
    assert (ran.code, ran.out) == (CANNOT_RUN, "")
    assert f"{file}:13:11: error " in ran.err
    assert "spoken" in ran.err


def test_an_export_that_is_not_there_stops_it(desk: Desk) -> None:
    ran = desk.run("audit", str(desk.rules), "--cases", "nowhere.jsonl", "--as-at", "2026-02-01")
    assert (ran.code, ran.out) == (CANNOT_RUN, "")
    assert "nowhere.jsonl" in ran.err


def test_a_broken_export_stops_it_and_no_value_is_printed(desk: Desk) -> None:
    with desk.cases.open("a") as stream:
        stream.write('{"case_id": "K9", "team": "Secret" "x"}\n')
    ran = desk.audit("--format", "json")
    assert (ran.code, ran.out) == (CANNOT_RUN, "")
    assert "line 6" in ran.err
    assert "Secret" not in ran.err


# --- files -------------------------------------------------------------------------------------


def test_a_file_is_written_whole_in_the_format_of_its_suffix(desk: Desk, tmp_path: Path) -> None:
    target = tmp_path / "report.json"
    ran = desk.audit("-o", str(target))
    assert (ran.code, ran.out) == (DONE, "")
    assert json.loads(target.read_bytes())["cases"] == 5
    assert stat.S_IMODE(target.stat().st_mode) == 0o600


def test_a_run_that_stops_leaves_the_old_file(desk: Desk, tmp_path: Path) -> None:
    target = tmp_path / "report.json"
    target.write_text("old")
    desk.cases.write_text("[")
    assert desk.audit("-o", str(target)).code == CANNOT_RUN
    assert target.read_text() == "old"


def test_a_file_that_cannot_be_written_is_told(desk: Desk, tmp_path: Path) -> None:
    ran = desk.audit("-o", str(tmp_path / "nowhere" / "report.txt"))
    assert ran.code == CANNOT_RUN
    assert "cannot be written" in ran.err


def test_colour_is_never_in_text_and_only_by_request_in_a_file(desk: Desk) -> None:
    assert "\x1b" not in desk.audit("--color", "always").out
    assert "\x1b" not in desk.audit("--format", "rich").out
    assert "\x1b" in desk.audit("--format", "rich", "--color", "always").out


# --- pseudonyms --------------------------------------------------------------------------------


def test_pseudonyms_take_the_case_ids_away(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRUSTPOLICY_KEY", "one key of sixteen bytes")
    first = desk.audit("--format", "json", "--pseudonyms").out
    assert not any(f'"K{n}"' in first for n in range(1, 6))
    assert desk.audit("--format", "json", "--pseudonyms").out == first
    monkeypatch.setenv("TRUSTPOLICY_KEY", "another, as long as it")
    assert desk.audit("--format", "json", "--pseudonyms").out != first


def test_without_a_key_no_two_runs_have_the_same_pseudonyms(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("TRUSTPOLICY_KEY", raising=False)
    runs = {desk.audit("--format", "json", "--pseudonyms").out for _ in range(2)}
    assert len(runs) == 2


# --- hostile values ----------------------------------------------------------------------------


def test_nothing_in_a_value_acts_on_a_terminal(desk: Desk) -> None:
    hostile = "K\x1b[2J\u202e[/]:smile:"
    lines = desk.cases.read_text().replace('"K3"', json.dumps(hostile))
    desk.cases.write_text(lines.replace('"South"', json.dumps("\x9b31m[link=x]South\x07")))
    for format_ in ("text", "rich", "json", "jsonl"):
        said = desk.audit("--format", format_).out
        assert not set(said) & {"\x1b", "\x9b", "\x07", "\u202e"}, format_
    assert "[/]:smile:" in desk.audit().out


# --- the demo ----------------------------------------------------------------------------------


def test_the_demo_is_an_audit_of_the_sample_at_its_own_date(desk: Desk) -> None:
    found = desk.run("demo", "--format", "json").json
    assert found["as_at"] == "2026-11-01"
    assert found["cases"] == 1000
    assert sum(row["breached"] or 0 for row in found["summary"]) > 0
    assert desk.run("demo", "--as-at", "2026-06-01", "--format", "json").json["as_at"] == (
        "2026-06-01"
    )
