"""`worklist`: which tasks, whose, in which order, in a workbook that a team can work with."""

import csv
import io
import json
import stat
import sys
import zipfile
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook

from policyengine.report.people_csv import people_cell
from policyengine.report.workbook import LONGEST, cell_text, put, sheet_names, workbook
from tests.commands_desk import Desk, Ran, case

SCHEMA_OF_HARM = """\
  alert:
    label: alert
    happened: date
    sensitive: harmful_if_seen
    fields: {date: date, closed_on: {type: date, open: true}}
"""
RULES = """\
policy "More"
rule B-01 "Rights are explained again"
  severity medium
  for each cto
  must have a rights_discussion at least every 1 month from cto.started_on
rule B-02 "No leaflet is sent twice"
  severity critical
  for each cto
  must not have a leaflet within 14 days after cto.started_on
rule H-01 "An alert is closed"
  severity critical
  for each alert
  must have alert.closed_on within 7 days after alert.date
  fix "Close it."
"""


@pytest.fixture
def desk(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Desk:
    monkeypatch.delenv("CI", raising=False)
    made = Desk(tmp_path, capsys)
    schema = made.rules / "schema.yaml"
    schema.write_text(schema.read_text() + SCHEMA_OF_HARM)
    (made.rules / "more.policy").write_text(RULES)
    with_alert = case("K6", "South") | {"alert": [{"id": "a1", "date": "2026-01-01"}]}
    ended = case(
        "K7",
        "North",
        ("cto", {"id": "o1", "started_on": "2026-01-01", "ended_on": "2026-01-20"}),
        ("rights_discussion", {"id": "r1", "date": "2026-01-08", "spoken": True}),
    )
    nobody = case("K8", "", ("cto", {"id": "o1", "started_on": "2026-01-10"}))
    with made.cases.open("a") as file:
        file.writelines(json.dumps(each) + "\n" for each in (with_alert, ended, nobody))
    return made


def worklist(desk: Desk, *words: str) -> Ran:
    where = (str(desk.rules), "--cases", str(desk.cases), "--as-at", "2026-02-01")
    return desk.run("worklist", *where, *words)


def tasks(desk: Desk, *words: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(worklist(desk, "-q", *words).out)))


def which(rows: list[dict[str, str]]) -> list[tuple[str, str, str]]:
    return [(row["Team"], row["Case"], row["Rule"]) for row in rows]


# --- which tasks -------------------------------------------------------------------------------


def test_what_is_breached_is_on_it_by_team_soonest_first_and_nobodys_last(desk: Desk) -> None:
    assert which(tasks(desk)) == [
        ("North", "K7", "A-02"),  # 15 January
        ("North", "K2", "A-02"),  # the 16th
        ("North", "K1", "B-02"),  # what was to be done by no day stands at today's
        ("South", "K3", "A-01"),  # the 10th
        ("South", "K3", "A-02"),  # the 17th
        ("South", "K4", "A-02"),
        ("", "K8", "A-01"),
        ("", "K8", "A-02"),
    ]


def test_of_one_day_what_binds_and_what_is_gravest_comes_first(desk: Desk) -> None:
    more = case("K9", "East", ("cto", {"id": "o1", "started_on": "2026-01-01"}))
    text = (desk.rules / "more.policy").read_text()
    for number, line in enumerate(("severity low", "severity critical", "severity high"), start=1):
        text += f"""
rule C-0{number} "One of three"
  {line}
  for each cto
  must have a leaflet within 14 days after cto.started_on
"""
    (desk.rules / "more.policy").write_text(text)
    desk.cases.write_text(json.dumps(more) + "\n")
    rules = [row["Rule"] for row in tasks(desk) if row["By when"] == "2026-01-15"]
    assert rules == ["C-02", "C-03", "C-01", "A-02"]  # A-02 is a should


def test_without_looking_ahead_nothing_that_is_not_late_is_on_it(desk: Desk) -> None:
    assert all(row["Days left (late: below zero)"].startswith("-") or not row["By when"]
               for row in tasks(desk))  # fmt: skip


@pytest.mark.parametrize(
    ("within", "there"),
    [("4 days", False), ("5 days", True), ("5", True), ("1 week", True)],
)
def test_what_falls_due_within_the_days_is_on_it_to_the_day(
    desk: Desk, within: str, there: bool
) -> None:
    # K5's order began on 30 January: seven days later is 6 February, five days on.
    words = within.split()
    rows = which(tasks(desk, "--due-within", *words))
    assert (("South", "K5", "A-01") in rows) is there


def test_a_recurring_duty_that_is_met_is_about_to_be_due_again(desk: Desk) -> None:
    # K1 was told on 8 January: by 8 February again, a week on.
    assert ("North", "K1", "B-01") in which(tasks(desk, "--due-within", "7 days"))
    assert ("North", "K1", "B-01") not in which(tasks(desk, "--due-within", "6 days"))


def test_of_an_order_that_has_ended_nothing_is_about_to_be_due(desk: Desk) -> None:
    rows = which(tasks(desk, "--due-within", "9 weeks"))
    assert ("North", "K7", "B-01") not in rows


def test_what_must_not_be_done_never_falls_due(desk: Desk) -> None:
    rows = tasks(desk, "--due-within", "9 weeks")
    assert [row["Case"] for row in rows if row["Rule"] == "B-02"] == ["K1"]


def test_rules_may_stand_after_the_days(desk: Desk) -> None:
    where = ("--cases", str(desk.cases), "--as-at", "2026-02-01", "-q")
    ran = desk.run("worklist", *where, "--due-within", "14", "days", str(desk.rules))
    assert ran.code == 0
    assert "K5" in ran.out


@pytest.mark.parametrize("words", [["soon"], ["-3"], ["14", "months"], ["14 days 2"]])
def test_a_length_that_is_none_is_told(desk: Desk, words: list[str]) -> None:
    assert worklist(desk, "--due-within", *words).code in (2, 3)


def test_days_are_counted_from_the_deadline(desk: Desk) -> None:
    (row,) = [row for row in tasks(desk) if (row["Case"], row["Rule"]) == ("K3", "A-01")]
    assert (row["By when"], row["Days left (late: below zero)"]) == ("2026-01-10", "-22")
    assert row["What to do"] == "Explain it today."
    assert "3 January 2026" in row["What was found"]
    assert row["Team's note"] == ""


def test_of_a_team_alone(desk: Desk) -> None:
    assert {row["Team"] for row in tasks(desk, "--team", "North")} == {"North"}


# --- restricted --------------------------------------------------------------------------------


def test_restricted_rules_go_into_a_file_of_their_own(desk: Desk) -> None:
    out = desk.folder / "list.csv"
    assert worklist(desk, "-o", str(out)).code == 0
    beside = desk.folder / "list-restricted.csv"
    assert "H-01" not in out.read_text()
    assert [row["Rule"] for row in csv.DictReader(beside.open())] == ["H-01"]
    for path in (out, beside):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_its_being_there_tells_nothing(desk: Desk) -> None:
    lines = desk.cases.read_text().splitlines(keepends=True)
    desk.cases.write_text("".join(line for line in lines if "K6" not in line))
    out = desk.folder / "list.csv"
    worklist(desk, "-o", str(out))
    beside = desk.folder / "list-restricted.csv"
    assert list(csv.DictReader(beside.open())) == []


def test_on_standard_output_they_are_left_out(desk: Desk) -> None:
    ran = worklist(desk)
    assert "H-01" not in ran.out
    assert "1 restricted rules are left out" in ran.err


# --- the workbook ------------------------------------------------------------------------------


@pytest.fixture
def book(desk: Desk) -> Any:
    out = desk.folder / "list.xlsx"
    assert worklist(desk, "--due-within", "14", "days", "-o", str(out)).code == 0
    return load_workbook(out)


def test_there_is_a_sheet_a_team_and_one_to_read_first(book: Any) -> None:
    assert book.sheetnames == ["Read me", "North", "South", "No team named"]


def test_the_head_is_frozen_and_nothing_is_merged_or_worked_out(book: Any) -> None:
    for sheet in book.worksheets[1:]:
        assert sheet.freeze_panes == "B2"
        assert sheet.auto_filter.ref
    for sheet in book.worksheets:
        assert not sheet.merged_cells.ranges
        for row in sheet.iter_rows():
            for cell in row:
                assert cell.data_type != "f"
                assert cell.hyperlink is None


def test_dates_are_dates_and_days_are_numbers(book: Any) -> None:
    head, *rows = book["South"].iter_rows(values_only=True)
    by, days = head.index("By when"), head.index("Late or left")
    found = {(row[0], row[1]): row for row in rows}
    late = found["K3", "A-01"]
    assert (late[by], late[days]) == (datetime.fromisoformat("2026-01-10"), -22)
    assert found["K5", "A-01"][days] == 5


def test_long_cells_wrap_and_the_note_is_empty(book: Any) -> None:
    sheet = book["South"]
    for row in sheet.iter_rows(min_row=2):
        assert all(cell.alignment.wrap_text for cell in row)
        assert row[-1].value is None


def test_the_first_sheet_says_as_at_when_from_what_and_what_cannot_be_told(book: Any) -> None:
    said = [cell for row in book["Read me"].iter_rows(values_only=True) for cell in row if cell]
    assert datetime.fromisoformat("2026-02-01") in said
    assert any(isinstance(cell, str) and len(cell) == 64 for cell in said)
    rows = {row[0]: row[1:] for row in book["Read me"].iter_rows(values_only=True)}
    assert rows["Cannot tell"][0] >= 1
    assert rows["A-01"][0] == 1
    assert {"Case", "Rule", "Team's note"} <= rows.keys()


def test_the_same_audit_is_the_same_workbook_to_the_byte(desk: Desk) -> None:
    one, two = desk.folder / "1.xlsx", desk.folder / "2.xlsx"
    worklist(desk, "-o", str(one))
    lines = desk.cases.read_text().splitlines(keepends=True)
    desk.cases.write_text("".join(reversed(lines)))
    worklist(desk, "-o", str(two))
    assert one.read_bytes() == two.read_bytes()


def test_a_workbook_needs_a_file(desk: Desk) -> None:
    ran = worklist(desk, "--format", "xlsx")
    assert ran.code == 2
    assert "-o worklist.xlsx" in ran.err


def test_where_the_writer_is_not_installed_one_command_is_named(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "xlsxwriter", None)
    ran = worklist(desk, "-o", str(desk.folder / "list.xlsx"))
    assert ran.code == 3
    assert "pip install 'trust-policy-engine[report]'" in ran.err


# --- cells -------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@x", "|x", "\t=1", " =1", "＝1", "\r=1"])
def test_no_text_for_people_is_a_formula(text: str) -> None:
    assert people_cell(text).startswith("'")


@pytest.mark.parametrize("text", ["A-1", "1-2", "a=b", "", "£5"])
def test_a_plain_text_stays_as_it_is(text: str) -> None:
    assert people_cell(text) == text


@pytest.mark.parametrize("char", ["a", "😀"])
@pytest.mark.parametrize("more", [-1, 0, 1, 50_000])
def test_what_a_cell_cannot_hold_is_cut_and_says_so(char: str, more: int) -> None:
    width = len(char.encode("utf-16-le")) // 2
    text = char * (LONGEST // width + more)
    held = cell_text(text)
    assert len(held.encode("utf-16-le")) // 2 <= LONGEST
    assert (held == text) == (more <= 0)
    assert held.endswith("(cut short)") == (more > 0)
    with workbook(date(2026, 1, 1), "x") as (book, buffer):
        put(book.add_worksheet(), 0, 0, text, book.add_format())
    (cell,) = next(load_workbook(buffer).active.iter_rows(values_only=True))
    assert cell == held


@pytest.mark.parametrize("text", ["=1+1", "http://x.example", "007", "<b>&", "a\x00b"])
def test_a_text_comes_back_as_that_text(text: str) -> None:
    with workbook(date(2026, 1, 1), "x") as (book, buffer):
        put(book.add_worksheet(), 0, 0, text, book.add_format())
    sheet = load_workbook(buffer).active
    assert sheet["A1"].data_type == "s"
    assert sheet["A1"].value == text.replace("\x00", "\\x00")
    with zipfile.ZipFile(buffer) as parts:
        assert not any("hyperlink" in parts.read(name).decode() for name in parts.namelist())


def test_what_excel_would_read_as_a_character_is_held_off() -> None:
    with workbook(date(2026, 1, 1), "x") as (book, buffer):
        put(book.add_worksheet(), 0, 0, "_x0041_", book.add_format())
    with zipfile.ZipFile(buffer) as parts:
        assert "_x005F_x0041_" in parts.read("xl/worksheets/sheet1.xml").decode()


def test_names_of_sheets_are_what_excel_allows_and_no_two_alike() -> None:
    teams = ["A/B", "a-b", "History", "x" * 40, "x" * 41, "''", "[]:*?/\\", ""]
    names = list(sheet_names({str(n): team for n, team in enumerate(teams)}).values())
    assert len({name.casefold() for name in names}) == len(teams)
    for name in names:
        assert 0 < len(name) <= 31
        assert not set(name) & set("[]:*?/\\")
        assert name.casefold() != "history"
        assert not name.startswith("'")
