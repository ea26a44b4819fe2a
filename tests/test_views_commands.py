"""`--view`, its key, and `whois`, from the command line."""

import json
from pathlib import Path

import pytest

from policyengine.commands.main import main
from tests.commands_desk import Desk

KEY = "a key that nobody guesses"
HARM = """\
  alert:
    label: alert
    happened: date
    sensitive: harmful_if_seen
    fields: {date: date, closed_on: {type: date, open: true}}
"""
NOTES = "    fields: {date: date, notes: {type: text, sensitive: free_text}, spoken:"
RULES = """\
policy "More"
rule H-01 "An alert is closed"
  severity critical
  for each alert
  must have alert.closed_on within 7 days after alert.date
rule N-01 "Notes are written"
  for each rights_discussion
  must show rights_discussion.notes is recorded
"""


@pytest.fixture
def desk(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Desk:
    monkeypatch.delenv("CI", raising=False)
    monkeypatch.delenv("TRUSTPOLICY_KEY", raising=False)
    made = Desk(tmp_path, capsys)
    schema = made.rules / "schema.yaml"
    text = schema.read_text().replace("    fields: {date: date, spoken:", NOTES)
    schema.write_text(text + HARM)
    (made.rules / "more.policy").write_text(RULES)
    with made.cases.open("a") as file:
        file.write(json.dumps({"case_id": "K6", "alert": [{"id": "a1", "date": "2026-01-01"}]}))
    (tmp_path / "key").write_text(KEY + "\n")
    (tmp_path / "key").chmod(0o600)
    return made


def key(desk: Desk) -> tuple[str, str]:
    return "--key-file", str(desk.folder / "key")


def rules_in(text: str) -> set[str]:
    return {row["rule"] for row in json.loads(text)["summary"]}


@pytest.mark.parametrize(
    ("view", "rules"),
    [
        ("worklist", {"A-01", "A-02", "N-01"}),
        ("team", {"A-01", "A-02", "N-01"}),
        ("share", {"A-01", "A-02"}),
        ("committee", {"A-01", "A-02", "N-01", "H-01"}),
    ],
)
def test_each_reader_is_told_of_the_rules_that_may_be_known(
    desk: Desk, view: str, rules: set[str]
) -> None:
    out = desk.audit("--view", view, "--format", "json").out
    assert rules_in(out) == rules
    assert json.loads(out)["view"] == view


def test_without_a_view_everything_is_as_it_was(desk: Desk) -> None:
    held = json.loads(desk.audit("--format", "json").out)
    assert "view" not in held
    assert held["cases_sha256"]


@pytest.mark.parametrize("view", ["team", "share"])
@pytest.mark.parametrize("format_", ["text", "json", "jsonl", "csv"])
def test_case_ids_are_pseudonyms_unless_they_are_asked_for(
    desk: Desk, view: str, format_: str
) -> None:
    words = ("--view", view, "--format", format_, "--show", "all", *key(desk))
    hidden = desk.audit(*words)
    assert not any(f"K{number}" in hidden.out + hidden.err for number in range(1, 7))
    assert "P-" in hidden.out
    assert "K3" in desk.audit(*words, "--reveal", "identifier").out


def test_reveal_is_refused_where_ci_is_set(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CI", "true")
    ran = desk.audit("--view", "share", "--reveal", "identifier")
    assert (ran.code, ran.out) == (2, "")


def test_the_shared_view_tells_nothing_of_what_was_loaded(desk: Desk) -> None:
    ran = desk.audit("--view", "share", "--format", "json", *key(desk))
    held = ran.json
    assert held["cases_sha256"] is None
    assert held["load"] == {
        "rows_read": None, "rows_kept": None, "rows_rejected": None, "faults": []
    }  # fmt: skip
    assert ran.err == ""


@pytest.mark.parametrize("format_", ["text", "json", "jsonl", "csv", "md", "junit"])
def test_no_restricted_record_moves_a_byte_in_any_format(desk: Desk, format_: str) -> None:
    words = ("--view", "share", "--format", format_, *key(desk))
    first = desk.audit(*words)
    assert first.code == 0
    lines = [json.loads(line) for line in desk.cases.read_text().splitlines()]
    lines[0]["alert"] = [{"id": "a1", "date": "2026-01-01"}, 3, {"id": "a1"}]
    lines[1]["date_of_birth"] = "1970-01-01"
    lines[2]["rights_discussion"][0]["notes"] = "a word"
    del lines[5]["alert"]
    desk.cases.write_text("".join(json.dumps(line) + "\n" for line in lines))
    again = desk.audit(*words)
    assert (again.out, again.err, again.code) == (first.out, first.err, first.code)


def test_a_fault_in_what_was_loaded_is_not_told_outside(desk: Desk) -> None:
    folder = desk.folder / "tables"
    (folder / "load").mkdir(parents=True)
    (folder / "case.csv").write_text("case_id,team\nK1,North\n")
    (folder / "cto.csv").write_text("case_id,id,started_on\nK1,o1,2026-01-01\n")
    told = "case_id,id,date,spoken,notes\nK1,r1,2026-01-05,yes,\n"
    (folder / "rights_discussion.csv").write_text(told)
    desk.cases = folder
    words = ("--view", "share", "--format", "json", *key(desk))
    first = desk.audit(*words).out
    faults = [["notes", "draft"], ["", "undeclared_format"]]
    mark = {"kind": "rights_discussion", "case_id": "K1", "id": "r1", "faults": faults}
    (folder / "load" / "marks.jsonl").write_text(json.dumps(mark) + "\n")
    assert desk.audit(*words).out == first
    assert '"field": "notes"' in desk.audit("--format", "json").out


def test_a_gate_is_held_by_what_the_view_may_tell(desk: Desk) -> None:
    lines = desk.cases.read_text().splitlines(keepends=True)
    desk.cases.write_text(lines[-1] + "\n")
    gate = ("--fail-on", "breached")
    assert desk.audit(*gate).code == 1
    assert desk.audit("--view", "share", *gate).code == 0


def test_the_committee_sees_no_finding_and_no_small_number(desk: Desk) -> None:
    held = desk.audit("--view", "committee", "--format", "json").json
    assert "findings" not in held
    for row in held["summary"]:
        assert row["breached"] in (0, None)
    said = desk.audit("--view", "committee").out
    assert "K3" not in said
    assert "*" in said


@pytest.mark.parametrize("format_", ["jsonl", "csv", "md", "junit"])
def test_the_committee_is_written_in_no_form_that_counts_everything(
    desk: Desk, format_: str
) -> None:
    assert desk.audit("--view", "committee", "--format", format_).code == 2


# --- the key and its holder --------------------------------------------------------------------


def test_whois_turns_a_pseudonym_back_for_the_keys_holder(desk: Desk) -> None:
    found = desk.audit("--view", "team", "--format", "json", *key(desk)).json["findings"]
    names = sorted({each["case"] for each in found})
    where = ("--cases", str(desk.cases), "--schema", str(desk.rules / "schema.yaml"))
    ran = desk.run("whois", *names, *where, *key(desk))
    assert ran.code == 0
    told = dict(line.split() for line in ran.out.splitlines())
    assert set(told) == set(names)
    assert set(told.values()) == {"K1", "K2", "K3", "K4", "K5"}


def test_whois_says_whom_it_does_not_know(desk: Desk) -> None:
    where = ("--cases", str(desk.cases), "--schema", str(desk.rules / "schema.yaml"))
    ran = desk.run("whois", "P-0123456789ab", *where, *key(desk))
    assert (ran.code, ran.out) == (1, "")
    assert "no case of this export" in ran.err


def test_whois_is_for_the_keys_holder_alone(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    where = ("--cases", str(desk.cases), "--schema", str(desk.rules / "schema.yaml"))
    assert desk.run("whois", "P-0123456789ab", *where).code == 2
    assert desk.run("whois", "K1", *where, *key(desk)).code == 2
    monkeypatch.setenv("CI", "true")
    ran = desk.run("whois", "P-0123456789ab", *where, *key(desk))
    assert (ran.code, ran.out) == (2, "")


def test_the_environment_can_hold_the_key(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    by_file = desk.audit("--view", "share", *key(desk)).out
    monkeypatch.setenv("TRUSTPOLICY_KEY", KEY)
    assert desk.audit("--view", "share").out == by_file


def test_a_key_that_can_be_guessed_is_refused(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRUSTPOLICY_KEY", "x" * 15)
    assert desk.audit("--view", "share").code == 2
    monkeypatch.setenv("TRUSTPOLICY_KEY", "x" * 16)
    assert desk.audit("--view", "share").code == 0


def test_a_key_file_that_is_not_there_or_open_to_others_is_told(desk: Desk) -> None:
    assert desk.audit("--view", "share", "--key-file", str(desk.folder / "none")).code == 3
    (desk.folder / "key").chmod(0o644)
    ran = desk.audit("--view", "share", *key(desk))
    assert ran.code == 0
    assert "chmod 600" in ran.err


def test_no_key_is_ever_printed(desk: Desk) -> None:
    for words in (("--view", "share"), ("--view", "team", "--manifest", str(desk.folder / "m"))):
        ran = desk.audit(*words, *key(desk))
        assert KEY not in ran.out + ran.err
    assert KEY not in (desk.folder / "m").read_text()


def test_the_sample_can_be_shared(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["demo", "--view", "share", "--select", "CTO-01", "-q"]) == 0
    assert "CTO-01" in capsys.readouterr().out
