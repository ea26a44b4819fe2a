"""What examples cannot say: exports as files, the command line, and the findings as JSON (S1 to S25).

Every test writes a small export, runs the command in process, and reads what it prints.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from policyengine.commands.main import main

SCHEMA = """\
schema: meaning-of-exports
version: 1
time_zone: Europe/London
calendar: {bank_holidays: england}
codes:
  answer:
    agreed: Agreed
    refused: Refused
    not known: {label: Not known, means: not_known}
kinds:
  case:
    label: service user
    died: died_on
    fields:
      p: yes_no
      died_on: {type: date, open: true}
  order:
    plural: orders
    happened: made_on
    fields: {made_on: date, size: number}
  letter:
    plural: letters
    happened: sent_on
    recorded: entered_on
    fields:
      sent_on: date
      entered_on: date
      opened_on: date
      answer: code answer
      signed: yes_no
      size: number
      title: text
  call:
    happened: made_at
    fields: {made_at: datetime, returned_at: datetime}
"""

BY_LETTER = """\
policy "Letters"
setting window is 7 days
rule L-01 "a letter follows each order"
  severity critical
  learning point 1
  applies from 2008-11-03
  for each order
  must have a letter within window after order.made_on
  target at least 95 percent
  say "No letter by {deadline}."
  fix "Send the letter."
"""

Json = dict[str, Any]


class Desk:
    """A folder with a schema, a rule file and an export, and the command run over them."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder = folder
        self.capsys = capsys
        self.schema = self.write("schema.yaml", SCHEMA)

    def write(self, name: str, text: str) -> Path:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    def run(self, *arguments: str | Path) -> tuple[int, str, str]:
        """Run one command: its exit code, and what it printed to each stream."""
        self.capsys.readouterr()
        code = main([str(argument) for argument in arguments])
        printed = self.capsys.readouterr()
        return code, printed.out, printed.err

    def audit_text(
        self,
        policy: str,
        cases: list[Json] | Path,
        *more: str,
        as_at: str = "2026-03-01",
    ) -> tuple[int, str, str]:
        rules = self.write("rules.policy", policy)
        export = cases if isinstance(cases, Path) else self.write("cases.json", json.dumps(cases))
        return self.run(
            "audit", rules, "--schema", self.schema, "--cases", export, "--as-at", as_at,
            "--format", "json", "--show", "all", "--reveal", "identifier", *more,
        )  # fmt: skip

    def audit(
        self,
        policy: str,
        cases: list[Json] | Path,
        *more: str,
        as_at: str = "2026-03-01",
    ) -> Json:
        """Run an audit that must succeed, and read its JSON."""
        code, out, err = self.audit_text(policy, cases, *more, as_at=as_at)
        assert code == 0, err
        report: Json = json.loads(out)
        return report

    def finding(
        self, policy: str, cases: list[Json] | Path, *more: str, as_at: str = "2026-03-01"
    ) -> Json:
        """The only finding of an audit."""
        found = self.audit(policy, cases, *more, as_at=as_at)["findings"]
        assert len(found) == 1, found
        only: Json = found[0]
        return only


@pytest.fixture
def desk(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Desk:
    monkeypatch.delenv("CI", raising=False)
    return Desk(tmp_path, capsys)


def rule(duty: str, subject: str = "") -> str:
    return f'policy "One rule"\nrule T-01 "the rule"\n{subject}\n{duty}\n'


def letter(**fields: Any) -> list[Json]:
    return [{"case_id": "A1", "letter": [{"id": "l1", "sent_on": "2026-01-01", **fields}]}]


def verdicts(report: Json) -> dict[tuple[str, str, str], str]:
    return {(f["rule"], f["case"], f["subject"]["id"]): f["verdict"] for f in report["findings"]}


# S3: a value that does not fit


MISFITS = [
    pytest.param("opened_on", "2026-02-31", "is on or after letter.sent_on", id="31 February"),
    pytest.param("opened_on", "zz/01/2026", "is on or after letter.sent_on", id="no date"),
    pytest.param("opened_on", "2025-02-29", "is on or after letter.sent_on", id="29 February"),
    pytest.param("answer", "zzebra", 'is "agreed"', id="no code of the list"),
    pytest.param("answer", "Agreed!", 'is "agreed"', id="nearly a code"),
    pytest.param("size", "zzten", "is at least 1", id="no number"),
    pytest.param("size", "NaN", "is at least 1", id="not a number"),
    pytest.param("size", "0x1F", "is at least 1", id="a hexadecimal"),
]


@pytest.mark.parametrize(("field", "value", "condition"), MISFITS)
def test_s3_a_value_that_does_not_fit_reads_as_unknown_because_invalid(
    desk: Desk, field: str, value: str, condition: str
) -> None:
    policy = rule(f"must show letter.{field} {condition}", "for each letter")
    code, out, err = desk.audit_text(policy, letter(**{field: value}))
    assert code == 0, err
    report = json.loads(out)
    (finding,) = report["findings"]
    assert finding["verdict"] == "cannot_tell"
    whys = [(r["why"], r["kind"], r["id"], r["field"]) for r in finding["reasons"]]
    assert ("invalid", "letter", "l1", field) in whys
    faults = [(f["kind"], f["field"], f["rows"]) for f in report["load"]["faults"]]
    assert ("letter", field, 1) in faults
    assert value not in out + err, "a value of the record is never echoed"


def test_s3_a_yes_or_no_that_is_neither_is_invalid(desk: Desk) -> None:
    policy = rule("must show letter.signed", "for each letter")
    finding = desk.finding(policy, letter(signed="perhaps"))
    assert finding["verdict"] == "cannot_tell"
    assert [r["why"] for r in finding["reasons"]] == ["invalid"]


@pytest.mark.parametrize("condition", ["is recorded", "is known"])
def test_s4_an_invalid_value_is_neither_recorded_nor_known(desk: Desk, condition: str) -> None:
    policy = rule(f"must show letter.opened_on {condition}", "for each letter")
    assert desk.finding(policy, letter(opened_on="2026-02-31"))["verdict"] == "breached"
    assert desk.finding(policy, letter(opened_on="2026-02-28"))["verdict"] == "met"


def test_s4_blank_means_breached_is_not_said_of_an_invalid_value(desk: Desk) -> None:
    policy = rule(
        'must show letter.answer is "agreed" blank means breached because "it must be written"',
        "for each letter",
    )
    assert desk.finding(policy, letter(answer="zzebra"))["verdict"] == "cannot_tell"
    assert desk.finding(policy, letter())["verdict"] == "breached"


@pytest.mark.parametrize(
    ("value", "why"),
    [(None, "not_recorded"), ("not known", "recorded_as_unknown"), ("zzebra", "invalid")],
)
def test_s4_why_a_value_is_missing_is_said(desk: Desk, value: str | None, why: str) -> None:
    policy = rule('must show letter.answer is "agreed"', "for each letter")
    finding = desk.finding(policy, letter(answer=value))
    assert finding["verdict"] == "cannot_tell"
    assert [r["why"] for r in finding["reasons"]] == [why]


def test_s10_an_invalid_event_field_is_perhaps_there_and_a_blank_one_is_not(desk: Desk) -> None:
    policy = rule(
        "must have letter.opened_on within 7 days after letter.sent_on", "for each letter"
    )
    assert desk.finding(policy, letter(opened_on="2026-01-32"))["verdict"] == "cannot_tell"
    assert desk.finding(policy, letter())["verdict"] == "breached"


@pytest.mark.parametrize(
    ("moment", "verdict"),
    [
        ("2026-03-29T00:59", "met"),
        ("2026-03-29T01:00", "cannot_tell"),
        ("2026-03-29T01:30", "cannot_tell"),
        ("2026-03-29T01:59", "cannot_tell"),
        ("2026-03-29T02:00", "met"),
    ],
)
def test_s16_a_local_time_that_the_clocks_skip_is_invalid(
    desk: Desk, moment: str, verdict: str
) -> None:
    policy = rule("must show call.returned_at is after call.made_at", "for each call")
    cases: list[Json] = [
        {
            "case_id": "A1",
            "call": [{"id": "c1", "made_at": "2026-03-28T10:00", "returned_at": moment}],
        }
    ]
    finding = desk.finding(policy, cases, as_at="2026-04-01")
    assert finding["verdict"] == verdict
    if verdict == "cannot_tell":
        assert [r["why"] for r in finding["reasons"]] == ["invalid"]


MISTAKES = [
    pytest.param("must show letter.title is at least 3", "", id="text with a number"),
    pytest.param('must show letter.size is "three"', "", id="number with a text"),
    pytest.param("must show letter.titel is recorded", "title", id="field misspelt"),
    pytest.param('must show letter.answer is "agred"', "agreed", id="code not in its list"),
    pytest.param('must show letter.answer is one of ("agreed", "agred")', "agreed", id="one of"),
    pytest.param("must have a lettre within 7 days after letter.sent_on", "letter", id="kind"),
    pytest.param("must show letter.opened_on is letter.sent_on", "is on", id="is between dates"),
    pytest.param("must show letter.size", "", id="a number is no condition"),
    pytest.param(
        "must show letter.signed and letter.signed or letter.signed", "", id="and with or"
    ),
    pytest.param("must have a call within 7 days after letter.size", "", id="window from a number"),
    pytest.param("must show letter.size is open", "", id="open of a field that is not"),
    pytest.param(
        "must not have a call at least every 7 days from letter.sent_on", "", id="not have every"
    ),
    pytest.param(
        "must have at least 2 call at least every 7 days from letter.sent_on", "", id="N every"
    ),
    pytest.param(
        "must have a call within 72 hours after letter.sent_on counting that day", "", id="hours"
    ),
    pytest.param(
        "must have a call within 2 working days after letter.sent_on counting that day",
        "",
        id="working days",
    ),
    pytest.param("must show letter.signed must show letter.signed", "", id="two duties"),
    pytest.param(
        'must show letter.signed silence means cannot tell because "x"', "", id="silence of a state"
    ),
    pytest.param("must have a call within 0 days after letter.sent_on", "", id="no days at all"),
    pytest.param('must show letter.title matches "(a"', "", id="pattern that RE2 refuses"),
    pytest.param('must show letter.title mentions "abc 12"', "", id="digits in mentions"),
]


@pytest.mark.parametrize(("duty", "hint"), MISTAKES)
def test_s3_what_does_not_make_sense_is_refused_before_anything_runs(
    desk: Desk, duty: str, hint: str
) -> None:
    code, out, err = desk.audit_text(rule(duty, "for each letter"), letter())
    assert code == 3
    assert out == ""
    assert re.search(r"rules\.policy:\d+:\d+: error [A-Z]+\d+: ", err), err
    assert hint in err
    assert "Traceback" not in err


# S1: the two clocks on the command line


def test_s1_without_as_at_nothing_runs_and_the_clock_is_not_read(desk: Desk) -> None:
    rules = desk.write("rules.policy", BY_LETTER)
    cases = desk.write("cases.json", json.dumps(letter()))
    code, out, err = desk.run("audit", rules, "--schema", desk.schema, "--cases", cases)
    assert code == 2
    assert out == ""
    assert "--as-at" in err
    assert re.search(r"--as-at \d{4}-\d\d-\d\d|YYYY-MM-DD", err), "a suggestion shows how"


@pytest.mark.parametrize("day", ["2026-02-30", "yesterday", "01/03/2026", ""])
def test_s1_an_as_at_that_is_no_date_is_a_wrong_command_line(desk: Desk, day: str) -> None:
    code, _, err = desk.audit_text(BY_LETTER, letter(), as_at=day)
    assert code == 2
    assert "Traceback" not in err


@pytest.mark.parametrize(
    ("known_by", "verdict"),
    [
        (None, "breached"),
        ("2026-03-01", "breached"),
        ("2026-03-09", "breached"),
        ("2026-03-10", "met"),
    ],
)
def test_s1_known_by_is_as_at_unless_said(desk: Desk, known_by: str | None, verdict: str) -> None:
    policy = rule("must show there is a letter")
    more = () if known_by is None else ("--known-by", known_by)
    finding = desk.finding(policy, letter(entered_on="2026-03-10"), *more)
    assert finding["verdict"] == verdict


def test_s1_the_report_says_both_dates(desk: Desk) -> None:
    report = desk.audit(BY_LETTER, letter(), "--known-by", "2026-02-01")
    assert (report["as_at"], report["known_by"]) == ("2026-03-01", "2026-02-01")
    report = desk.audit(BY_LETTER, letter())
    assert (report["as_at"], report["known_by"]) == ("2026-03-01", "2026-03-01")


# S8: what an export does not hold


ORDER: Json = {"id": "o1", "made_on": "2026-01-01"}


def test_s8_a_subject_kind_that_no_case_mentions_gives_no_findings(desk: Desk) -> None:
    report = desk.audit(BY_LETTER, letter())
    assert report["findings"] == []
    assert [row["rule"] for row in report["summary"]] == ["L-01"]


def test_s8_a_summary_for_people_says_not_in_this_export(desk: Desk) -> None:
    rules = desk.write("rules.policy", BY_LETTER)
    cases = desk.write("cases.json", json.dumps(letter()))
    code, out, _ = desk.run(
        "audit", rules, "--schema", desk.schema, "--cases", cases, "--as-at", "2026-03-01",
        "--format", "text",
    )  # fmt: skip
    assert code == 0
    assert "not in this export" in " ".join(out.split())


def test_s8_a_candidate_kind_that_no_case_mentions_is_perhaps_there(desk: Desk) -> None:
    finding = desk.finding(BY_LETTER, [{"case_id": "A1", "order": [ORDER]}])
    assert finding["verdict"] == "cannot_tell"
    assert finding["deadline"] == "2026-01-08"
    assert ("outside_coverage", "letter") in {(r["why"], r["kind"]) for r in finding["reasons"]}


def test_s8_but_the_clock_comes_first(desk: Desk) -> None:
    cases: list[Json] = [{"case_id": "A1", "order": [ORDER]}]
    assert desk.finding(BY_LETTER, cases, as_at="2026-01-08")["verdict"] == "not_yet_due"
    assert desk.finding(BY_LETTER, cases, as_at="2026-01-09")["verdict"] == "cannot_tell"


def test_s8_an_empty_list_says_that_there_were_none(desk: Desk) -> None:
    finding = desk.finding(BY_LETTER, [{"case_id": "A1", "order": [ORDER], "letter": []}])
    assert finding["verdict"] == "breached"


def test_s8_a_kind_that_any_case_mentions_is_there_for_all(desk: Desk) -> None:
    cases: list[Json] = [
        {"case_id": "A1", "order": [ORDER]},
        {"case_id": "B1", "letter": [{"id": "l1", "sent_on": "2026-01-02"}]},
    ]
    assert desk.finding(BY_LETTER, cases)["verdict"] == "breached"


@pytest.mark.parametrize(
    ("complete_from", "verdict"),
    [("2026-01-01", "breached"), ("2026-01-02", "cannot_tell"), ("2025-01-01", "breached")],
)
def test_s8_unseen_records_are_all_earlier_than_complete_from(
    desk: Desk, complete_from: str, verdict: str
) -> None:
    case = {
        "case_id": "A1",
        "order": [ORDER],
        "letter": [],
        "_complete_from": {"letter": complete_from},
    }
    assert desk.finding(BY_LETTER, [case])["verdict"] == verdict


def test_s8_complete_from_of_one_case_says_nothing_of_another(desk: Desk) -> None:
    cases: list[Json] = [
        {
            "case_id": "A1",
            "order": [ORDER],
            "letter": [],
            "_complete_from": {"letter": "2026-01-05"},
        },
        {"case_id": "B1", "order": [{**ORDER, "id": "o2"}], "letter": []},
    ]
    assert verdicts(desk.audit(BY_LETTER, cases)) == {
        ("L-01", "A1", "o1"): "cannot_tell",
        ("L-01", "B1", "o2"): "breached",
    }


def test_s8_export_yaml_beside_a_file_says_complete_from(desk: Desk) -> None:
    desk.write("export.yaml", "complete_from: {letter: 2026-01-05}\n")
    case = {"case_id": "A1", "order": [ORDER], "letter": []}
    assert desk.finding(BY_LETTER, [case])["verdict"] == "cannot_tell"


@pytest.mark.parametrize(
    ("complete_from", "verdict"), [("2026-01-05", "cannot_tell"), ("2026-01-01", "breached")]
)
def test_s8_export_yaml_in_a_folder_of_tables(desk: Desk, complete_from: str, verdict: str) -> None:
    desk.write("tables/case.csv", "case_id\nA1\n")
    desk.write("tables/order.csv", "case_id,id,made_on\nA1,o1,2026-01-01\n")
    desk.write("tables/letter.csv", "case_id,id,sent_on\n")
    desk.write("tables/export.yaml", f"complete_from: {{letter: {complete_from}}}\n")
    assert desk.finding(BY_LETTER, desk.folder / "tables")["verdict"] == verdict


def test_s8_a_kind_without_a_table_is_absent_and_an_empty_table_is_not(desk: Desk) -> None:
    desk.write("tables/case.csv", "case_id\nA1\n")
    desk.write("tables/order.csv", "case_id,id,made_on\nA1,o1,2026-01-01\n")
    assert desk.finding(BY_LETTER, desk.folder / "tables")["verdict"] == "cannot_tell"
    desk.write("tables/letter.csv", "case_id,id,sent_on\n")
    assert desk.finding(BY_LETTER, desk.folder / "tables")["verdict"] == "breached"


@pytest.mark.parametrize(
    ("duty", "absent", "empty"),
    [
        ("must show there is a letter", "cannot_tell", "breached"),
        ("must show there is no letter", "cannot_tell", "met"),
        ("must show every letter has (signed)", "cannot_tell", "met"),
        ("must show number of letter is 0", "cannot_tell", "met"),
        ("must not have a letter", "cannot_tell", "met"),
        ("must have a letter", "cannot_tell", "breached"),
    ],
)
def test_s8_absence_never_decides_outside_coverage(
    desk: Desk, duty: str, absent: str, empty: str
) -> None:
    assert desk.finding(rule(duty), [{"case_id": "A1", "p": "yes"}])["verdict"] == absent
    assert desk.finding(rule(duty), [{"case_id": "A1", "letter": []}])["verdict"] == empty


# S22: records without an id


def test_s22_records_without_an_id_are_numbered_by_date_undated_last(desk: Desk) -> None:
    policy = rule("must show letter.size is at least 2", "for each letter")
    rows: list[Json] = [
        {"size": 3},
        {"sent_on": "2026-02-01", "size": 2},
        {"sent_on": "2026-01-01", "size": 1},
    ]
    other: list[Json] = [{"sent_on": "2026-01-15", "size": 1}]
    cases: list[Json] = [{"case_id": "A1", "letter": rows}, {"case_id": "B1", "letter": other}]
    report = desk.audit(policy, cases)
    assert verdicts(report) == {
        ("T-01", "A1", "letter-1"): "breached",
        ("T-01", "A1", "letter-2"): "met",
        ("T-01", "A1", "letter-3"): "met",
        ("T-01", "B1", "letter-1"): "breached",
    }
    turned = [{"case_id": "B1", "letter": other}, {"case_id": "A1", "letter": rows[::-1]}]
    assert desk.audit(policy, turned)["findings"] == report["findings"]


def test_s22_a_record_keeps_its_number_whatever_can_be_seen_of_the_others(desk: Desk) -> None:
    """Numbers are given over all rows loaded, those that a run does not see among them."""
    policy = rule("must show letter.signed", "for each letter")
    rows: list[Json] = [
        {"sent_on": "2026-02-01", "signed": "yes"},
        {"sent_on": "2026-01-01", "entered_on": "2026-04-01", "signed": "no"},
    ]
    cases: list[Json] = [{"case_id": "A1", "letter": rows}]
    assert verdicts(desk.audit(policy, cases)) == {("T-01", "A1", "letter-2"): "met"}
    assert verdicts(desk.audit(policy, cases, "--known-by", "2026-04-01")) == {
        ("T-01", "A1", "letter-1"): "breached",
        ("T-01", "A1", "letter-2"): "met",
    }


def test_s22_undated_and_tied_rows_are_numbered_by_their_content(desk: Desk) -> None:
    policy = rule("must show letter.size is at least 2", "for each letter")
    rows: list[Json] = [{"size": size} for size in (3, 1, 2)]
    rows += [{"sent_on": "2026-01-01", "size": size} for size in (2, 1)]
    report = desk.audit(policy, [{"case_id": "A1", "letter": rows}])
    for order in ([4, 3, 2, 1, 0], [2, 0, 4, 1, 3]):
        turned = [{"case_id": "A1", "letter": [rows[i] for i in order]}]
        assert desk.audit(policy, turned)["findings"] == report["findings"]


# S23: nothing runs forever


@pytest.mark.parametrize(("depth", "code"), [(60, 0), (65, 3), (2_000, 3), (100_000, 3)])
def test_s23_brackets_may_nest_sixty_four_deep(desk: Desk, depth: int, code: int) -> None:
    policy = rule("must show " + "(" * depth + "case.p" + ")" * depth)
    got, _, err = desk.audit_text(policy, [{"case_id": "A1", "p": "yes"}])
    assert got == code, err
    assert "Traceback" not in err


@pytest.mark.parametrize(("depth", "code"), [(60, 0), (65, 3), (5_000, 3)])
def test_s23_so_may_not(desk: Desk, depth: int, code: int) -> None:
    policy = rule("must show " + "not " * depth + "case.p")
    got, _, err = desk.audit_text(policy, [{"case_id": "A1", "p": "yes"}])
    assert got == code, err
    assert "Traceback" not in err


@pytest.mark.parametrize(("size", "code"), [(1024 * 1024, 0), (1024 * 1024 + 1, 3)])
def test_s23_a_file_may_be_one_mebibyte(desk: Desk, size: int, code: int) -> None:
    policy = rule("must show case.p")
    line = "# " + "-" * 97 + "\n"
    policy += line * ((size - len(policy)) // len(line))
    policy += "#" * (size - len(policy))
    assert len(policy.encode()) == size
    got, _, err = desk.audit_text(policy, [{"case_id": "A1", "p": "yes"}])
    assert got == code, err


@pytest.mark.parametrize(
    ("word", "p", "verdict"), [("or", "no", "met"), ("and", "yes", "breached")]
)
def test_s23_a_flat_condition_of_a_thousand_terms_works(
    desk: Desk, word: str, p: str, verdict: str
) -> None:
    last = "not case.p"
    policy = rule("must show " + f" {word} ".join(["case.p"] * 999 + [last]))
    assert desk.finding(policy, [{"case_id": "A1", "p": p}])["verdict"] == verdict


# S24: the same input, the same bytes


SECOND = 'policy "Two"\nrule A-02 "signed" for each letter must show letter.signed\n'
LOAD: list[Json] = [
    {
        "case_id": f"C{n}",
        "p": "yes",
        "order": [{"id": f"o{n}", "made_on": f"2026-01-0{n}"}],
        "letter": [
            {"id": f"l{n}a", "sent_on": f"2026-01-1{n}", "signed": "yes", "answer": "not known"},
            {"id": f"l{n}b", "sent_on": "2026-02-31"},
            {"id": f"l{n}c", "sent_on": f"2026-01-0{n}", "signed": "no"},
        ],
    }
    for n in range(1, 6)
]


def arguments(desk: Desk, rules: list[Path], cases: Path) -> list[str | Path]:
    return [
        "audit", *rules, "--schema", desk.schema, "--cases", cases, "--as-at", "2026-03-01",
        "--format", "json", "--show", "all", "--reveal", "identifier",
    ]  # fmt: skip


def test_s24_the_order_of_cases_rows_and_rule_files_changes_no_byte(desk: Desk) -> None:
    one = desk.write("a.policy", BY_LETTER)
    two = desk.write("b.policy", SECOND)
    cases = desk.write("cases.json", json.dumps(LOAD))
    code, first, err = desk.run(*arguments(desk, [one, two], cases))
    assert code == 0, err
    assert len(json.loads(first)["findings"]) == 20
    assert desk.run(*arguments(desk, [one, two], cases))[1] == first
    assert desk.run(*arguments(desk, [two, one], cases))[1] == first
    turned = [
        {**case, "letter": case["letter"][::-1], "order": case["order"][::-1]}
        for case in LOAD[::-1]
    ]
    desk.write("cases.json", json.dumps(turned))
    assert desk.run(*arguments(desk, [one, two], cases))[1] == first


def test_s24_the_order_of_columns_and_rows_of_tables_changes_no_byte(desk: Desk) -> None:
    rules = desk.write("a.policy", BY_LETTER)
    desk.write("tables/case.csv", "case_id,p\nA1,yes\nB1,no\n")
    desk.write("tables/order.csv", "case_id,id,made_on\nA1,o1,2026-01-01\nB1,o2,2026-01-02\n")
    desk.write("tables/letter.csv", "case_id,id,sent_on\nA1,l1,2026-01-03\nB1,l2,2026-01-20\n")
    _, first, _ = desk.run(*arguments(desk, [rules], desk.folder / "tables"))
    desk.write("tables/case.csv", "p,case_id\nno,B1\nyes,A1\n")
    desk.write("tables/order.csv", "made_on,id,case_id\n2026-01-02,o2,B1\n2026-01-01,o1,A1\n")
    desk.write("tables/letter.csv", "id,sent_on,case_id\nl2,2026-01-20,B1\nl1,2026-01-03,A1\n")
    _, second, _ = desk.run(*arguments(desk, [rules], desk.folder / "tables"))
    assert len(json.loads(first)["findings"]) == 2
    assert second == first


def test_s24_the_seed_of_the_hash_changes_no_byte(desk: Desk) -> None:
    rules = desk.write("a.policy", BY_LETTER + SECOND.split("\n", 1)[1])
    cases = desk.write("cases.json", json.dumps(LOAD))
    command = [sys.executable, "-m", "policyengine"]
    command += [str(argument) for argument in arguments(desk, [rules], cases)]
    printed = set()
    for seed in ("0", "1", "4242"):
        environment = {**os.environ, "PYTHONHASHSEED": seed}
        environment.pop("CI", None)
        done = subprocess.run(command, capture_output=True, check=False, env=environment)
        assert done.returncode == 0, done.stderr.decode()
        printed.add(done.stdout)
    assert len(printed) == 1


# S25: what a finding carries


REPORT_KEYS = [
    "schema_version", "engine", "as_at", "known_by", "rules_sha256", "cases_sha256", "cases",
    "load", "summary", "findings",
]  # fmt: skip
SUMMARY_KEYS = [
    "rule", "title", "force", "severity", "learning_point", "met", "met_late", "breached",
    "not_yet_due", "exempt", "not_applicable", "cannot_tell", "rate", "interval", "floor",
    "ceiling", "target",
]  # fmt: skip
FINDING_KEYS = [
    "rule", "applies_from", "case", "subject", "verdict", "deadline", "done_on", "message", "fix",
    "owner", "settings", "evidence", "reasons",
]  # fmt: skip


def one_order(*letters: Json) -> list[Json]:
    return [{"case_id": "A1", "order": [ORDER], "letter": list(letters)}]


def test_s25_keys_and_their_order(desk: Desk) -> None:
    late = {"id": "l1", "sent_on": "2026-01-09"}
    report = desk.audit(BY_LETTER, one_order(late))
    assert list(report) == REPORT_KEYS
    assert list(report["engine"]) == ["name", "version"]
    assert report["engine"]["name"] == "trust-policy-engine"
    assert report["schema_version"] == 1
    assert report["cases"] == 1
    assert list(report["load"]) == ["rows_read", "rows_kept", "rows_rejected", "faults"]
    assert list(report["summary"][0]) == SUMMARY_KEYS
    (finding,) = report["findings"]
    assert list(finding) == FINDING_KEYS
    assert list(finding["subject"]) == ["kind", "id"]
    assert [list(item) for item in finding["evidence"]] == [["kind", "id", "on", "role"]]


def test_s25_a_late_one(desk: Desk) -> None:
    finding = desk.finding(BY_LETTER, one_order({"id": "l1", "sent_on": "2026-01-09"}))
    assert finding["rule"] == "L-01"
    assert finding["applies_from"] == "2008-11-03"
    assert finding["case"] == "A1"
    assert finding["subject"] == {"kind": "order", "id": "o1"}
    assert finding["verdict"] == "met_late"
    assert finding["deadline"] == "2026-01-08"
    assert finding["done_on"] == "2026-01-09"
    assert finding["settings"] == {"window": "7 days"}
    assert finding["evidence"] == [
        {"kind": "letter", "id": "l1", "on": "2026-01-09", "role": "late"}
    ]


def test_s25_one_in_time(desk: Desk) -> None:
    finding = desk.finding(BY_LETTER, one_order({"id": "l1", "sent_on": "2026-01-08"}))
    assert (finding["verdict"], finding["done_on"]) == ("met", "2026-01-08")
    assert [(e["kind"], e["id"], e["on"]) for e in finding["evidence"]] == [
        ("letter", "l1", "2026-01-08")
    ]


def test_s25_a_breach_says_what_the_author_says(desk: Desk) -> None:
    finding = desk.finding(BY_LETTER, one_order())
    assert (finding["verdict"], finding["deadline"]) == ("breached", "2026-01-08")
    assert finding["done_on"] is None
    assert finding["message"].startswith("No letter by ")
    assert "2026" in finding["message"]
    assert "{" not in finding["message"]
    assert finding["fix"] == "Send the letter."
    assert ("no_record", "letter") in {(r["why"], r["kind"]) for r in finding["reasons"]}


def test_s25_not_yet_due_has_its_deadline_and_nothing_done(desk: Desk) -> None:
    finding = desk.finding(BY_LETTER, one_order(), as_at="2026-01-08")
    assert (finding["verdict"], finding["deadline"], finding["done_on"]) == (
        "not_yet_due", "2026-01-08", None,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("size", "verdict"), [(1, "not_applicable"), (None, "cannot_tell"), (2, "breached")]
)
def test_s25_no_deadline_where_when_settled_it(desk: Desk, size: int | None, verdict: str) -> None:
    policy = rule(
        "when order.size is at least 2 must have a letter within 7 days after order.made_on",
        "for each order",
    )
    cases: list[Json] = [{"case_id": "A1", "order": [{**ORDER, "size": size}], "letter": []}]
    finding = desk.finding(policy, cases)
    assert finding["verdict"] == verdict
    assert finding["deadline"] == ("2026-01-08" if verdict == "breached" else None)


def test_s25_no_deadline_where_the_dates_in_force_settled_it(desk: Desk) -> None:
    policy = BY_LETTER.replace("applies from 2008-11-03", "applies from 2026-01-02")
    finding = desk.finding(policy, one_order())
    assert (finding["verdict"], finding["deadline"]) == ("not_applicable", None)


@pytest.mark.parametrize(
    ("start", "deadline"),
    [
        ("2026-03-27T17:40", "2026-03-30T18:40:00+01:00"),
        ("2025-10-24T17:40", "2025-10-27T16:40:00+00:00"),
        ("2026-01-05T10:00", "2026-01-08T10:00:00+00:00"),
    ],
)
def test_s25_an_instant_carries_its_offset(desk: Desk, start: str, deadline: str) -> None:
    policy = rule("must have call.returned_at within 72 hours after call.made_at", "for each call")
    cases: list[Json] = [{"case_id": "A1", "call": [{"id": "c1", "made_at": start}]}]
    finding = desk.finding(policy, cases, as_at="2026-05-01")
    got = datetime.fromisoformat(finding["deadline"])
    wanted = datetime.fromisoformat(deadline)
    assert (got, got.utcoffset()) == (wanted, wanted.utcoffset())


def test_s25_hours_from_a_date_alone_have_the_latest_day_as_deadline(desk: Desk) -> None:
    policy = rule("must have call.returned_at within 72 hours after call.made_at", "for each call")
    cases: list[Json] = [{"case_id": "A1", "call": [{"id": "c1", "made_at": "2026-01-05"}]}]
    assert desk.finding(policy, cases)["deadline"] == "2026-01-08"


def test_s16_a_time_of_day_that_is_not_known_is_the_reason(desk: Desk) -> None:
    policy = rule("must have call.returned_at within 72 hours after call.made_at", "for each call")
    call = {"id": "c1", "made_at": "2026-01-05T10:00", "returned_at": "2026-01-08"}
    finding = desk.finding(policy, [{"case_id": "A1", "call": [call]}])
    assert finding["verdict"] == "cannot_tell"
    assert [(r["why"], r["kind"], r["id"], r["field"]) for r in finding["reasons"]] == [
        ("imprecise_time", "call", "c1", "returned_at")
    ]


def test_s25_findings_are_sorted_by_rule_case_and_subject(desk: Desk) -> None:
    policy = BY_LETTER + SECOND.split("\n", 1)[1]
    report = desk.audit(policy, LOAD[::-1])
    keys = [(f["rule"], f["case"], f["subject"]["id"]) for f in report["findings"]]
    assert keys == sorted(keys)
    assert [row["rule"] for row in report["summary"]] == ["A-02", "L-01"]


def test_the_summary_counts_each_finding_once(desk: Desk) -> None:
    report = desk.audit(BY_LETTER, LOAD)
    (row,) = report["summary"]
    names = [
        "met", "met_late", "breached", "not_yet_due", "exempt", "not_applicable", "cannot_tell",
    ]  # fmt: skip
    assert sum(row[name] for name in names) == len(report["findings"]) == 5
    for name in names:
        assert row[name] == sum(f["verdict"] == name for f in report["findings"])
    load = report["load"]
    assert load["rows_read"] == load["rows_kept"] + load["rows_rejected"]


def test_a_rate_of_nothing_is_null(desk: Desk) -> None:
    (row,) = desk.audit(BY_LETTER, [{"case_id": "A1", "order": [], "letter": []}])["summary"]
    assert (row["rate"], row["interval"]) == (None, None)


def test_the_rate_is_met_among_met_late_and_breached(desk: Desk) -> None:
    cases: list[Json] = [
        {"case_id": "A", "order": [{**ORDER, "id": "oa"}], "letter": [{"id": "a", "sent_on": "2026-01-05"}]},
        {"case_id": "B", "order": [{**ORDER, "id": "ob"}], "letter": [{"id": "b", "sent_on": "2026-01-09"}]},
        {"case_id": "C", "order": [{**ORDER, "id": "oc"}], "letter": []},
        {"case_id": "D", "order": [{**ORDER, "id": "od"}], "letter": [{"id": "d"}]},
        {"case_id": "E", "order": [{"id": "oe", "made_on": "2026-02-25"}], "letter": []},
    ]  # fmt: skip
    (row,) = desk.audit(BY_LETTER, cases)["summary"]
    counts = (row["met"], row["met_late"], row["breached"], row["cannot_tell"], row["not_yet_due"])
    assert counts == (1, 1, 1, 1, 1)
    assert row["rate"] == pytest.approx(1 / 3, abs=0.005)
    assert row["floor"] == pytest.approx(1 / 4, abs=0.005)
    assert row["ceiling"] == pytest.approx(2 / 4, abs=0.005)
    assert row["target"] == pytest.approx(0.95)
    # Wilson's interval of 1 in 3 at 95 percent, worked by hand: (p + z²/2n ± z√(pq/n + z²/4n²)) / (1 + z²/n)
    assert row["interval"] == [pytest.approx(0.0615, abs=0.006), pytest.approx(0.7923, abs=0.006)]


@pytest.mark.parametrize("make", [str.upper, str.title])
def test_names_of_codes_are_compared_exactly(desk: Desk, make: Callable[[str], str]) -> None:
    policy = rule('must show letter.answer is "agreed"', "for each letter")
    assert desk.finding(policy, letter(answer="agreed"))["verdict"] == "met"
    assert desk.finding(policy, letter(answer=make("agreed")))["verdict"] == "cannot_tell"
