"""`sample`: the draw, the reviewer's sheet, and the comparison."""

import csv
import io
import json
import re
import stat
import zipfile
from pathlib import Path

import pytest
from openpyxl import load_workbook

from policyengine.commands.exits import CANNOT_RUN, DONE, USAGE
from policyengine.formats.filled_sheet import SheetError, read_sheets, rows_below
from tests.commands_desk import SCHEMA, Desk, Ran, case

HEAD = ("Item", "Answer")
SEED = "2026-01"


@pytest.fixture
def desk(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Desk:
    monkeypatch.delenv("CI", raising=False)
    made = Desk(tmp_path, capsys)
    cases = [
        case(
            f"{team[0]}{number:02}",
            team,
            ("cto", {"id": "o1", "started_on": "2026-01-01"}),
            *(
                [("rights_discussion", {"id": "r1", "date": "2026-01-05", "spoken": True})]
                if number % 4
                else []
            ),
        )
        for team, size in (("North", 20), ("South", 12))
        for number in range(size)
    ]
    cases += [case("N90", "North"), case("S90", "South", ("cto", {"started_on": "2026-01-30"}))]
    made.cases.write_text("".join(json.dumps(each) + "\n" for each in cases))
    return made


def sample(desk: Desk, *words: str, seed: str = SEED, size: str = "5") -> Ran:
    where = (str(desk.rules), "--cases", str(desk.cases), "--as-at", "2026-02-01")
    return desk.run("sample", *where, "--seed", seed, "--size", size, "--select", "A-01", *words)


def drawn(ran: Ran) -> dict[str, list[str]]:
    return {each["team"]: [case["case"] for case in each["drawn"]] for each in ran.json["strata"]}


def sheet_rows(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(path.read_text("utf-8-sig"), newline="")))


def filled(path: Path, answers: dict[str, str], otherwise: str = "met") -> None:
    """Fill the drawn lines of a CSV sheet in, as a reviewer would."""
    rows = sheet_rows(path)
    for row in rows:
        if row["Place"].isdigit() or row["Case"] in answers:
            row["Answer"] = answers.get(row["Case"], otherwise)
    with path.open("w", newline="") as stream:
        writer = csv.DictWriter(stream, rows[0].keys())
        writer.writeheader()
        writer.writerows(rows)


# --- the draw ----------------------------------------------------------------------------------


def test_the_frame_the_exclusions_and_the_draw_are_printed(desk: Desk) -> None:
    ran = sample(desk)
    assert ran.code == DONE
    lines = [" ".join(line.split()) for line in ran.out.splitlines()]
    assert "North 21 1 20 5 2" in lines
    assert "South 13 1 12 5 2" in lines
    assert "All 34 2 32 10 4" in lines
    assert "1 no record that these rules watch" in lines
    assert "1 nothing due yet" in lines
    assert f"Size: 5 a team. Seed: {SEED}." in lines


def test_the_same_seed_draws_the_same_whatever_the_order_of_the_rows(desk: Desk) -> None:
    first = sample(desk, "--format", "json").out
    lines = desk.cases.read_text().splitlines(keepends=True)
    desk.cases.write_text("".join(reversed(lines)))
    assert sample(desk, "--format", "json").out == first
    assert drawn(sample(desk, "--format", "json", seed="2026-02")) != drawn(Ran(0, first, ""))


def test_a_margin_sets_the_size_of_each_team(desk: Desk) -> None:
    where = (str(desk.rules), "--cases", str(desk.cases), "--as-at", "2026-02-01")
    words = ("--seed", SEED, "--margin", "10%", "--select", "A-01", "--format", "json")
    found = drawn(desk.run("sample", *where, *words))
    # 96.04 / (1 + 95.04 / 20) = 16.7 of twenty; 96.04 / (1 + 95.04 / 12) = 10.8 of twelve.
    assert {team: len(cases) for team, cases in found.items()} == {"North": 17, "South": 11}


def test_one_draw_of_everybody_and_of_one_team(desk: Desk) -> None:
    assert list(drawn(sample(desk, "--per", "whole", "--format", "json"))) == ["everybody"]
    assert list(drawn(sample(desk, "--team", "South", "--format", "json"))) == ["South"]
    wrong = sample(desk, "--team", "Sout")
    assert (wrong.code, "did you mean `South`?" in wrong.err) == (USAGE, True)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--size", "3"), "--seed is missing"),
        (("--seed", "  ", "--size", "3"), "--seed is missing"),
        (("--seed", "s"), "how many?"),
        (("--seed", "s", "--size", "0"), "not a whole number from 1"),
        (("--seed", "s", "--margin", "51"), "1 to 50"),
        (("--seed", "s", "--size", "3", "--margin", "5"), "not allowed with"),
        (("--seed", "s", "--size", "3", "--sheet", "sheet.doc"), ".csv or .xlsx"),
    ],
)
def test_a_wrong_command_line_is_told(desk: Desk, words: tuple[str, ...], told: str) -> None:
    where = (str(desk.rules), "--cases", str(desk.cases), "--as-at", "2026-02-01")
    ran = desk.run("sample", *where, *words)
    assert ran.code == USAGE
    assert told in ran.err


# --- the sheet ---------------------------------------------------------------------------------


@pytest.mark.parametrize("suffix", ["csv", "xlsx"])
def test_the_sheet_holds_none_of_the_engines_answers(desk: Desk, suffix: str) -> None:
    sheet = desk.folder / f"sheet.{suffix}"
    assert sample(desk, "--sheet", str(sheet)).code == DONE
    assert stat.S_IMODE(sheet.stat().st_mode) == 0o600
    rows = [row for table in read_sheets(sheet) for row in table]
    lines = [row for row in rows if re.fullmatch("i[0-9a-f]{11}", row[-1] if row else "")]
    assert len(lines) == 14
    for row in lines:
        assert "".join(row[6:9]) == ""  # to be filled in
        assert not {"met", "breached", "2026-01-08"} & set(row)


def test_breached_or_met_a_case_has_the_same_line(desk: Desk) -> None:
    sheet = desk.folder / "sheet.csv"
    sample(desk, "--sheet", str(sheet), size="20")
    before = sheet.read_text()
    text = desk.cases.read_text().replace('"spoken": true', '"spoken": false')
    desk.cases.write_text(text)
    sample(desk, "--sheet", str(sheet), size="20")
    assert sheet.read_text() == before


def test_the_workbook_is_the_same_bytes_again_and_has_nothing_that_acts(desk: Desk) -> None:
    sheet = desk.folder / "sheet.xlsx"
    sample(desk, "--sheet", str(sheet))
    first = sheet.read_bytes()
    sample(desk, "--sheet", str(sheet))
    assert sheet.read_bytes() == first
    book = load_workbook(sheet)
    assert book.sheetnames == ["Read me", "Sample", "Reserve", "Rules"]
    assert book["Sample"].freeze_panes == "A2"
    for page in book:
        assert not page.merged_cells.ranges
        assert all(cell.data_type != "f" and not cell.hyperlink for row in page for cell in row)
    (validation,) = book["Sample"].data_validations.dataValidation
    assert validation.formula1.strip('"').split(",")[:3] == ["met", "met late", "not met"]
    assert "must have a rights_discussion within rights_window" in book["Rules"]["D2"].value
    assert book["Rules"]["E2"].value == "rights_window: 7 days"


def test_restricted_rules_are_drawn_for_apart(desk: Desk) -> None:
    schema = SCHEMA.replace("  leaflet:\n", "  leaflet:\n    sensitive: harmful_if_seen\n")
    (desk.rules / "schema.yaml").write_text(schema)
    where = (str(desk.rules), "--cases", str(desk.cases), "--as-at", "2026-02-01")
    words = ("--seed", SEED, "--size", "3", "--format", "json")
    plain = desk.run("sample", *where, *words)
    assert plain.json["rules"] == ["A-01"]
    assert "left out: 1 restricted rule; --restricted" in plain.err
    assert desk.run("sample", *where, *words, "--restricted").json["rules"] == ["A-02"]
    # Whether a leaflet was sent moves nothing in the sample that is open.
    text = desk.cases.read_text().replace('"leaflet": []', '"leaflet": [{"sent_on": "2026-01-09"}]')
    desk.cases.write_text(text)
    again = desk.run("sample", *where, *words).json
    assert {**again, "cases_sha256": ""} == {**plain.json, "cases_sha256": ""}


# --- the comparison ----------------------------------------------------------------------------


def test_a_reviewer_who_finds_the_same_agrees_in_all(desk: Desk) -> None:
    sheet = desk.folder / "sheet.csv"
    sample(desk, "--sheet", str(sheet), size="30")
    breached = {
        row["Case"]: "not met" for row in sheet_rows(sheet) if int(row["Case"][1:]) % 4 == 0
    }
    filled(sheet, breached)
    ran = sample(desk, "--compare", str(sheet), "--format", "json", size="30")
    assert ran.code == DONE
    overall = ran.json["review"]["overall"]
    assert (overall["records"], overall["agreed"], overall["kappa"]) == (32, 32, 1.0)
    (rate,) = ran.json["rates"]
    assert rate["sample"]["rate"] == rate["census"]["rate"] == 0.75
    assert rate["sample"]["interval"] == [0.75, 0.75]  # everybody was seen


def test_where_they_differ_the_engine_says_why(desk: Desk) -> None:
    sheet = desk.folder / "sheet.csv"
    sample(desk, "--sheet", str(sheet), size="30")
    filled(sheet, {})  # met, all of them: the engine found eight without a discussion
    ran = sample(desk, "--compare", str(sheet), size="30")
    assert ran.code == DONE
    assert "32 records judged by both; 24 alike (75%); kappa 0.00" in ran.out
    assert "A-01  N04, community treatment order o1" in ran.out
    assert "reviewer: met; engine: not met" in ran.out
    assert "Nothing shows that the order of 1 January 2026 was explained" in ran.out
    assert "24 of 32 (75%)" in ran.out


def test_the_workbook_comes_back_as_the_reviewer_saved_it(desk: Desk) -> None:
    sheet = desk.folder / "sheet.xlsx"
    sample(desk, "--sheet", str(sheet))
    book = load_workbook(sheet)  # and saved by another program: texts are shared then
    for row in book["Sample"].iter_rows(min_row=2):
        row[6].value = "Met"
    book.save(sheet)
    ran = sample(desk, "--compare", str(sheet), "--format", "json")
    assert ran.code == DONE
    assert ran.json["review"]["overall"]["records"] == 10
    assert ran.json["review"]["unanswered"] == 0


@pytest.mark.parametrize("delimiter", [";", "\t"])
def test_csv_as_other_programs_save_it(desk: Desk, delimiter: str) -> None:
    sheet = desk.folder / "sheet.csv"
    sample(desk, "--sheet", str(sheet))
    rows = sheet_rows(sheet)
    with sheet.open("w", newline="", encoding="utf-8-sig") as stream:
        writer = csv.writer(stream, delimiter=delimiter)
        writer.writerows([["Answer", "Item"], *(["met", row["Item"]] for row in rows[:4])])
    ran = sample(desk, "--compare", str(sheet), "--format", "json")
    assert ran.json["review"]["overall"]["records"] == 4
    assert ran.json["review"]["unanswered"] == 6


def test_a_sheet_of_another_draw_is_refused_without_repeating_it(desk: Desk) -> None:
    sheet = desk.folder / "sheet.csv"
    sample(desk, "--sheet", str(sheet), seed="another")
    rows = sheet_rows(sheet)
    filled(sheet, {}, otherwise="her mother said so")
    ran = sample(desk, "--compare", str(sheet))
    assert ran.code == CANNOT_RUN
    assert f"of {len(rows)} lines cannot be taken" in ran.err
    assert "mother" not in ran.err + ran.out
    assert "met, met late, not met" in ran.err


def zipped(**parts: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in parts.items():
            archive.writestr(f"xl/worksheets/{name}.xml", data)
    return out.getvalue()


BOMB = b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">]><worksheet>&a;</worksheet>'


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b'Item,Answer\n"never closed',
        b"Item\0,Answer",
        b"PK\x03\x04 and then nothing",
        zipped(sheet1=b"<worksheet><row>"),
        zipped(sheet1=BOMB),
        zipped(other=b"<worksheet/>"),
        zipped(sheet1=b'<worksheet><row><c t="s"><v>x</v></c></row></worksheet>'),
        zipped(sheet1=b"<worksheet><row/></worksheet>" + b" " * (65 << 20)),
        b"just,some,table\n1,2,3\n",
    ],
    ids=["empty", "quote", "zero", "cut", "broken", "entity", "none", "index", "bomb", "other"],
)
def test_what_is_no_sheet_is_refused_in_a_sentence(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "sheet"
    path.write_bytes(data)
    with pytest.raises(SheetError):
        list(rows_below(read_sheets(path), HEAD))


def test_a_far_cell_takes_no_room(tmp_path: Path) -> None:
    path = tmp_path / "sheet.xlsx"
    far = b'<worksheet><row><c r="XFD1048576" t="str"><v>far</v></c></row></worksheet>'
    path.write_bytes(zipped(sheet1=far))
    assert read_sheets(path) == [[[]]]
