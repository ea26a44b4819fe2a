"""Files as they come: encodings, broken tables, JSON, workbooks, and what is not to be opened."""

import io
import json
import zipfile
from datetime import datetime
from pathlib import Path

import pytest
import xlsxwriter

from policyengine.imports import convert, load_mapping, workbook
from policyengine.records import ExportError
from tests.imports_desk import (
    CASE,
    CTO,
    ORDERS,
    P1,
    PATIENTS,
    TOP,
    loaded,
    refused,
    schema,
    written,
)

MAPPING = TOP + "kinds:" + CASE + CTO
O1 = "O1,P1,01/01/2026,,,01/07/2026\n"
REVIEW = """
  risk_review:
    source: {files: "reviews*.csv"}
    key: Id
    case: PatientId
    fields: {date: Date, narrative: Text}
"""
REVIEWS = TOP + "kinds:" + CASE + REVIEW
HEAD = "Id,PatientId,Date,Text\n"


def with_encoding(encoding: str) -> str:
    return REVIEWS.replace('{files: "reviews*.csv"}', f'{{files: "reviews*.csv", {encoding}}}')


def narrative(tmp_path: Path, content: str | bytes, mapping: str = REVIEWS) -> str:
    files = {"patients.csv": PATIENTS + P1, "reviews.csv": content}
    return loaded(tmp_path, files, mapping).row("risk_review")["narrative"]


# --- encodings ----------------------------------------------------------------------------------

SAID = "\u201cIt\u2019s fine\u201d \u2013 caf\u00e9"
SMART = f"{HEAD}V1,P1,01/01/2026,{SAID}\n"


def test_a_byte_order_mark_is_no_part_of_the_first_name(tmp_path: Path) -> None:
    assert narrative(tmp_path, b"\xef\xbb\xbf" + SMART.encode()) == SAID


def test_smart_quotes_of_cp1252_where_it_is_declared(tmp_path: Path) -> None:
    files = {"patients.csv": PATIENTS + P1, "reviews.csv": SMART.encode("cp1252")}
    made = loaded(tmp_path, files, with_encoding("encoding: [utf-8, cp1252]"))
    assert made.row("risk_review")["narrative"] == SAID
    assert {file.name: file.read_as for file in made.load.files}["reviews.csv"] == "cp1252"


def test_bytes_that_are_of_no_declared_encoding(tmp_path: Path) -> None:
    files = {"patients.csv": PATIENTS + P1, "reviews.csv": HEAD.encode() + b"V1,P1,,caf\xe9\n"}
    said = refused("CAS003", tmp_path, files, REVIEWS)
    assert "reviews.csv line 2" in said and "cp1252" in said


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be"])
def test_utf_16_where_it_is_declared(tmp_path: Path, encoding: str) -> None:
    declared = with_encoding(f"encoding: [utf-8, {encoding}]")
    if encoding != "utf-16":  # without a mark it has to be the first that fits
        declared = with_encoding(f"encoding: {encoding}")
    assert narrative(tmp_path, SMART.encode(encoding), declared) == SAID


def test_utf_16_that_is_not_declared_is_said_and_not_guessed(tmp_path: Path) -> None:
    files = {"patients.csv": PATIENTS + P1, "reviews.csv": SMART.encode("utf-16")}
    assert "utf-16" in refused("CAS003", tmp_path, files, REVIEWS)


def test_a_nul_character_is_refused(tmp_path: Path) -> None:
    files = {"patients.csv": PATIENTS + P1, "reviews.csv": HEAD + "V1,P1,,a\0b\n"}
    assert "line 2" in refused("CAS010", tmp_path, files, REVIEWS)


def test_texts_are_of_one_spelling(tmp_path: Path) -> None:
    assert narrative(tmp_path, HEAD + "V1,P1,01/01/2026,cafe\u0301\n") == "caf\u00e9"


# --- broken tables ------------------------------------------------------------------------------


def test_newlines_and_quotes_inside_a_cell_come_through(tmp_path: Path) -> None:
    text = 'Said ""no"", then\nleft; at 5, again\r\nback'
    assert narrative(tmp_path, HEAD + f'V1,P1,01/01/2026,"{text}"\n') == text.replace('""', '"')


def test_ragged_rows_are_rejected_by_their_numbers(tmp_path: Path) -> None:
    rows = "O1,P1,01/01/2026\n" + O1.replace("O1", "O2") + O1.replace("\n", ",more\n") + "\n"
    files = {"patients.csv": PATIENTS + P1, "orders.csv": ORDERS + rows}
    made = loaded(tmp_path, files, MAPPING)
    assert [row["id"] for row in made.rows("cto")] == ["O2"]
    assert [fault[1:] for fault in made.faults()] == [
        (2, "", "ragged_row", "reject row"),
        (4, "", "ragged_row", "reject row"),
    ]


@pytest.mark.parametrize(
    ("content", "code", "says"),
    [
        ("", "CAS009", "no header"),
        ("OrderId;PatientId;Start\n", "CAS010", 'delimiter: ";"'),
        ("OrderId\tPatientId\n", "CAS010", 'delimiter: "tab"'),
        ("OrderId,OrderId\n", "CAS009", "one name"),
        (ORDERS.replace("PatientId", "PatientID"), "CAS008", "did you mean `PatientID`?"),
        (ORDERS + 'O1,"P1\n', "CAS010", "never closed"),
        (ORDERS + 'O1,"P1"x,,,,\n', "CAS010", "line 2"),
        (ORDERS + f"O1,P1,{'x' * (1 << 20)}y,,,\n", "CAS012", "1 MiB"),
    ],
)
def test_tables_that_cannot_be_read(tmp_path: Path, content: str, code: str, says: str) -> None:
    files = {"patients.csv": PATIENTS + P1, "orders.csv": content}
    assert says in refused(code, tmp_path, files, MAPPING)


def test_a_header_alone_is_a_table_with_nothing_in_it(tmp_path: Path) -> None:
    made = loaded(tmp_path, {"patients.csv": PATIENTS + P1, "orders.csv": ORDERS}, MAPPING)
    assert made.rows("cto") == []
    assert "cto" not in made.load.absent


def test_a_table_without_a_header_of_which_some_rows_are_titles(tmp_path: Path) -> None:
    named = "header: none, columns: [OrderId, PatientId, Start, End, Reason, Expiry]"
    mapping = MAPPING.replace('{files: "orders*.csv"}', f'{{files: "orders*.csv", {named}}}')
    made = loaded(tmp_path, {"patients.csv": PATIENTS + P1, "orders.csv": O1}, mapping)
    assert made.row("cto")["id"] == "O1"
    mapping = MAPPING.replace('{files: "orders*.csv"}', '{files: "orders*.csv", header: 3}')
    files = {"patients.csv": PATIENTS + P1, "orders.csv": "Orders\n2026,as sent\n" + ORDERS + "x\n"}
    made = loaded(tmp_path, files, mapping)
    assert made.faults() == [("orders.csv", 4, "", "ragged_row", "reject row")]


def test_tabs_and_no_quotes(tmp_path: Path) -> None:
    how = "delimiter: tab, quote: none"
    rows = HEAD.replace(",", "\t") + 'V1\tP1\t01/01/2026\t"so", he said\n'
    assert narrative(tmp_path, rows, with_encoding(how)) == '"so", he said'


def test_a_source_that_may_be_missing_leaves_its_kind_absent(tmp_path: Path) -> None:
    files = {"patients.csv": PATIENTS + P1}
    assert "`orders" not in refused("MAP003", tmp_path, files, MAPPING)
    mapping = MAPPING.replace('{files: "orders*.csv"}', '{files: "orders*.csv", optional: yes}')
    made = loaded(tmp_path, files, mapping)
    assert "cto" in made.load.absent and not (made.folder / "cto.csv").exists()


def test_a_link_out_of_the_folder_is_refused(tmp_path: Path) -> None:
    outside = tmp_path / "orders.csv"
    outside.write_text(ORDERS + O1)
    inside = tmp_path / "in0"
    inside.mkdir()
    (inside / "orders.csv").symlink_to(outside)
    assert "orders.csv" in refused("MAP004", tmp_path, {"patients.csv": PATIENTS + P1}, MAPPING)


def test_a_linked_folder_out_of_the_folder_is_refused(tmp_path: Path) -> None:
    outside = tmp_path / "other"
    outside.mkdir()
    (outside / "orders.csv").write_text(ORDERS + O1)
    inside = tmp_path / "in0"
    inside.mkdir()
    (inside / "sub").symlink_to(outside)
    mapping = MAPPING.replace('"orders*.csv"', '"sub/orders*.csv"')
    refused("MAP004", tmp_path, {"patients.csv": PATIENTS + P1}, mapping)


def test_the_name_of_the_file_can_be_read(tmp_path: Path) -> None:
    cto = CTO.replace("    case: PatientId\n", '    case: PatientId\n    latest_by: ["@file"]\n')
    files = {
        "patients.csv": PATIENTS + P1,
        "orders_2026-01.csv": ORDERS + O1,
        "orders_2026-02.csv": ORDERS + O1.replace("01/07", "02/07"),
    }
    made = loaded(tmp_path, files, TOP + "kinds:" + CASE + cto)
    assert made.row("cto")["expires_on"] == "2026-07-02"


# --- JSON ---------------------------------------------------------------------------------------

FHIR = """
kinds:
  case:
    source: {files: "Patient.ndjson"}
    key: id
    fields:
      nhs_number: "identifier[system=https://fhir.nhs.uk/Id/nhs-number].value"
      date_of_birth: birthDate
      died_on: deceasedDateTime
  incident:
    source: {files: "Flag.ndjson"}
    key: id
    case: {from: subject.reference, then: [{split: "/", take: last}]}
    fields:
      date: period.start
      entered_at: {from: meta.lastUpdated, dates: [iso]}
      person: "code.coding[system=http://example.nhs.uk/p].display"
      entered_in_error: {from: status, codes: {active: "no", entered-in-error: "yes"}}
"""
PATIENT = {
    "id": "P1",
    "birthDate": "1970-02-01",
    "identifier": [
        {"system": "urn:local", "value": "7"},
        {"system": "https://fhir.nhs.uk/Id/nhs-number", "value": "9990000018"},
    ],
}
FLAG = {
    "id": "F1",
    "subject": {"reference": "Patient/P1"},
    "status": "active",
    "period": {"start": "2026-01-08"},
    "meta": {"lastUpdated": "2026-07-08T23:30:00.123Z"},
    "code": {"coding": [{"system": "x"}, {"system": "http://example.nhs.uk/p", "display": "A"}]},
}


def test_paths_into_fhir(tmp_path: Path) -> None:
    files = {"Patient.ndjson": json.dumps(PATIENT), "Flag.ndjson": json.dumps(FLAG) + "\n\n"}
    made = loaded(tmp_path, files, FHIR)
    assert made.row("case") == {
        "case_id": "P1",
        "nhs_number": "9990000018",
        "date_of_birth": "1970-02-01",
    }
    assert made.row("incident") == {
        "case_id": "P1",
        "id": "F1",
        "date": "2026-01-08",
        "entered_at": "2026-07-09T00:30:00",  # in the schema's zone
        "person": "A",
        "entered_in_error": "no",
    }


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"period": {"start": "2026-01"}}, "partial_date"),
        ({"period": {"start": {"a": 1}}}, "wrong_type"),
        ({"period": {"start": ["2026-01-01", "2026-01-02"]}}, "several_values"),
        ({"period": [{"start": "2026-01-01"}, {"start": "2026-01-01"}]}, "several_values"),
        (
            {"code": {"coding": [{"system": "http://example.nhs.uk/p", "display": "\ud800"}]}},
            "invalid_text",
        ),
        (
            {"code": {"coding": [{"system": "http://example.nhs.uk/p", "display": "a\0"}]}},
            "invalid_text",
        ),
        ({"status": "unknown"}, "unknown_code"),
    ],
)
def test_values_of_json_that_do_not_fit(
    tmp_path: Path, change: dict[str, object], fault: str
) -> None:
    files = {"Patient.ndjson": json.dumps(PATIENT), "Flag.ndjson": json.dumps({**FLAG, **change})}
    made = loaded(tmp_path, files, FHIR)
    assert [found[3] for found in made.faults()] == [fault]


def test_a_line_that_is_no_object_is_rejected_and_one_that_is_no_json_stops(tmp_path: Path) -> None:
    files = {"Patient.ndjson": json.dumps(PATIENT), "Flag.ndjson": "[1]\n" + json.dumps(FLAG)}
    made = loaded(tmp_path, files, FHIR)
    assert made.faults() == [("Flag.ndjson", 1, "", "not_an_object", "reject row")]
    files["Flag.ndjson"] = json.dumps(FLAG) + '\n{"id": "F2", "id": "F3"}\n'
    assert "Flag.ndjson line 2" in refused("CAS004", tmp_path, files, FHIR)


@pytest.mark.parametrize("key", ["names", '{join: [id, names], with: "/"}'])
def test_several_values_are_no_key_and_no_part_of_one(tmp_path: Path, key: str) -> None:
    mapping = FHIR.replace("key: id\n    case:", f"key: {key}\n    case:")
    files = {"Patient.ndjson": json.dumps(PATIENT)}
    files["Flag.ndjson"] = json.dumps({**FLAG, "names": ["a", "b"]})
    made = loaded(tmp_path, files, mapping)
    assert "id" not in made.row("incident")
    assert [found[3:] for found in made.faults()] == [("blank_key", "warn")]


def test_a_joined_text_of_which_a_part_is_no_text(tmp_path: Path) -> None:
    mapping = FHIR.replace('person: "', 'person: {join: [id, names]}\n      # "')
    files = {"Patient.ndjson": json.dumps(PATIENT)}
    files["Flag.ndjson"] = json.dumps({**FLAG, "names": ["a", "b"]})
    made = loaded(tmp_path, files, mapping)
    assert made.row("incident")["person"] == "<invalid>"
    assert [found[3] for found in made.faults()] == ["several_values"]


def test_a_bundle_is_a_list_somewhere_inside(tmp_path: Path) -> None:
    mapping = FHIR.replace(
        '{files: "Patient.ndjson"}', '{files: "bundle.json", rows: "entry[].resource"}'
    )
    bundle = {"entry": [{"resource": PATIENT}]}
    files = {"bundle.json": json.dumps(bundle), "Flag.ndjson": json.dumps(FLAG)}
    assert loaded(tmp_path, files, mapping).row("case")["case_id"] == "P1"
    files["bundle.json"] = json.dumps({"entry": PATIENT})
    refused("CAS005", tmp_path, files, mapping)


# --- workbooks ----------------------------------------------------------------------------------

BOOK = REVIEWS.replace(
    '{files: "reviews*.csv"}', '{files: "reviews.xlsx", sheet: "2026", header: 3}'
)


def book() -> bytes:
    """A workbook as audit teams keep them: a title, a header, dates as cells, an error."""
    made = io.BytesIO()
    writer = xlsxwriter.Workbook(made)
    sheet = writer.add_worksheet("2026")
    day = writer.add_format({"num_format": "dd/mm/yyyy"})
    sheet.write(0, 0, "Risk reviews of 2026")
    sheet.write_row(2, 0, ["Id", "PatientId", "Date", "Text"])
    sheet.write_row(3, 0, [101, "P1"])
    sheet.write_datetime(3, 2, datetime(2026, 1, 8), day)  # noqa: DTZ001
    sheet.write(3, 3, "Settled, at home")
    sheet.write_row(6, 0, [102.5, "P1", "09/01/2026"])
    sheet.write_formula(6, 3, "=1/0", None, "#DIV/0!")
    writer.add_worksheet("Notes")
    writer.close()
    return made.getvalue()


def test_rows_of_a_workbook(tmp_path: Path) -> None:
    files = {"patients.csv": PATIENTS + P1, "reviews.xlsx": book()}
    made = loaded(tmp_path, files, BOOK)
    assert made.rows("risk_review") == [
        {"case_id": "P1", "id": "101", "date": "2026-01-08", "narrative": "Settled, at home"},
        {"case_id": "P1", "id": "102.5", "date": "2026-01-09"},
    ]
    said = {file.name: file.read_as for file in made.load.files}["reviews.xlsx"]
    assert said == "sheet 2026; 1 cells in the workbook hold an error and are read as blank"


@pytest.mark.parametrize("sheet", ['sheet: "2027"', "sheet: 3", ""])
def test_a_sheet_that_is_not_there_or_not_named(tmp_path: Path, sheet: str) -> None:
    mapping = BOOK.replace('sheet: "2026"', sheet or "quote: none")
    files = {"patients.csv": PATIENTS + P1, "reviews.xlsx": book()}
    refused("CAS005", tmp_path, files, mapping)


def repacked(change: dict[str, bytes], compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    """The workbook with some of its parts replaced, or more."""
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(book())) as old, zipfile.ZipFile(made, "w", compression) as new:
        for name in old.namelist():
            if name not in change:
                new.writestr(name, old.read(name))
        for name, data in change.items():
            new.writestr(name, data)
    return made.getvalue()


SHEET = "xl/worksheets/sheet1.xml"
XML = (
    b'<?xml version="1.0"?><worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/'
    b'main"><sheetData><row r="3"><c r="A3"><v>1</v></c></row>%s</sheetData></worksheet>'
)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"PK not a workbook", "no .xlsx workbook"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "protected"),
        (repacked({"xl/vbaProject.bin": b"macro"}), "macros"),
        (repacked({"xl/macrosheets/sheet1.xml": b"<x/>"}), "macros"),
        (repacked({"xl/media/image1.png": b"\0" * (8 << 20)}), "packed more tightly"),
        (repacked({SHEET: XML % b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'}), "far"),
        (repacked({SHEET: XML % b"<row r='1048576'><c r='XFD1'><v>1</v></c></row>"}), "far"),
    ],
)
def test_workbooks_that_are_not_opened(tmp_path: Path, content: bytes, says: str) -> None:
    files = {"patients.csv": PATIENTS + P1, "reviews.xlsx": content}
    assert says in refused("MAP007", tmp_path, files, BOOK)


def test_a_workbook_that_unpacks_to_too_much(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workbook, "UNPACKED_CAP", 1 << 10)
    files = {"patients.csv": PATIENTS + P1, "reviews.xlsx": book()}
    assert "unpacks to more" in refused("MAP007", tmp_path, files, BOOK)


def test_a_far_cell_that_no_look_sees_ends_the_child_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The address of a cell can be written so that only a whole reader of XML sees it."""
    monkeypatch.setattr(workbook, "looked_over", lambda file: 0)
    far = repacked({SHEET: XML % b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'})
    files = {"patients.csv": PATIENTS + P1, "reviews.xlsx": far}
    assert "1024 MiB" in refused("MAP007", tmp_path, files, BOOK)


def test_a_workbook_that_takes_too_long(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workbook, "PATIENCE", 0)
    files = {"patients.csv": PATIENTS + P1, "reviews.xlsx": book()}
    refused("MAP007", tmp_path, files, BOOK)


def test_a_damaged_sheet(tmp_path: Path) -> None:
    files = {"patients.csv": PATIENTS + P1, "reviews.xlsx": repacked({SHEET: b"<worksheet"})}
    with pytest.raises(Exception) as caught:
        loaded(tmp_path, files, BOOK)
    assert caught.value.__class__.__name__ == "ExportError"


# --- what is written ----------------------------------------------------------------------------


def test_nothing_is_written_where_the_export_cannot_be_read(tmp_path: Path) -> None:
    refused("MAP003", tmp_path, {"patients.csv": PATIENTS + P1}, MAPPING)
    assert [path.name for path in tmp_path.iterdir() if "out" in path.name] == []


def test_nothing_is_written_over(tmp_path: Path) -> None:
    (tmp_path / "out0").mkdir()
    (tmp_path / "out0" / "mine.txt").write_text("mine")
    refused("MAP006", tmp_path, {"patients.csv": PATIENTS + P1, "orders.csv": ORDERS}, MAPPING)
    assert [path.name for path in (tmp_path / "out0").iterdir()] == ["mine.txt"]


def test_the_tables_do_not_go_into_the_export(tmp_path: Path) -> None:
    source = written(tmp_path / "in", {"patients.csv": PATIENTS + P1, "orders.csv": ORDERS})
    (tmp_path / "m.yaml").write_text(MAPPING)
    mapping, _ = load_mapping(tmp_path / "m.yaml", schema())
    assert mapping is not None
    with pytest.raises(ExportError) as caught:
        convert(mapping, source, source / "out")
    assert caught.value.diagnostic.code == "MAP006"
    assert sorted(path.name for path in source.iterdir()) == ["orders.csv", "patients.csv"]


def test_an_export_without_cases_is_none(tmp_path: Path) -> None:
    mapping = MAPPING.replace('{files: "patients*.csv"}', '{files: "p.csv", optional: yes}')
    refused("MAP003", tmp_path, {"orders.csv": ORDERS}, mapping)


def test_one_row_can_make_two_records_of_a_kind(tmp_path: Path) -> None:
    """A form with room for two: each entry makes its own, and duplicates are told apart."""
    entry = CTO.split("cto:\n")[1]
    second = entry.replace("key: OrderId", "key: Reason").replace("      end_reason", "      #")
    listed = "".join(
        "    - " + body.strip().replace("\n", "\n  ") + "\n" for body in (entry, second)
    )
    rows = "O1,P1,01/01/2026,,Q1,\nO1,P1,01/01/2026,,Q2,\nO1,P1,01/01/2026,,Q2,\n"
    mapping = TOP + "kinds:" + CASE + "\n  cto:\n" + listed
    mapping = mapping.replace("end_reason: {from: Reason", "# {from: Reason")
    made = loaded(tmp_path, {"patients.csv": PATIENTS + P1, "orders.csv": ORDERS + rows}, mapping)
    assert sorted(row["id"] for row in made.rows("cto")) == ["O1", "Q1", "Q2"]
    assert [(t.kept, t.merged) for t in made.load.tables if t.kind == "cto"] == [(1, 2), (2, 1)]


def test_no_fault_and_no_message_holds_a_value(tmp_path: Path) -> None:
    secret = "Zebediah"
    rows = f"{secret},P1,{secret},{secret},{secret},{secret}\n"
    files = {"patients.csv": PATIENTS + P1, "orders.csv": ORDERS + rows}
    made = loaded(tmp_path, files, MAPPING)
    for name in ("faults.jsonl", "report.json"):
        assert secret not in (made.folder / "load" / name).read_text("utf-8")
