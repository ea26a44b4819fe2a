"""`init`: a folder to work in, and a first mapping that guesses, says so, and shows no value."""

import random
from pathlib import Path

import pytest

from policyengine.commands.main import main
from policyengine.imports import convert, load_mapping
from policyengine.imports.model import Mapping, Take
from policyengine.records.errors import ExportError
from policyengine.schema import load_schema
from policyengine.schema.model import Schema
from policyengine.shipped import shipped
from policyengine.starting import look_at, make_workspace, mapping_text, suggest
from policyengine.starting.evidence import Looks, evidence_of
from policyengine.starting.json_paths import paths_of
from policyengine.starting.words import is_whose, plain

FIXTURES = Path(__file__).parent / "fixtures" / "mappings"


@pytest.fixture(scope="module")
def schema() -> Schema:
    found, _ = load_schema(shipped("rules/schema.yaml"))
    assert found is not None
    return found


def first(folder: Path, schema: Schema) -> str:
    look = look_at(folder)
    return mapping_text(look, suggest(look, schema), schema, "first")


def read(text: str, tmp_path: Path, schema: Schema) -> Mapping:
    path = tmp_path / "mapping.yaml"
    path.write_text(text, encoding="utf-8")
    mapping, notes = load_mapping(path, schema)
    assert mapping is not None, [note.message for note in notes]
    return mapping


def columns(mapping: Mapping, kind: str) -> dict[str, str]:
    (entry,) = mapping.kinds[kind]
    return {each.field.name: each.source.names[0] for each in entry.fields}


def table(folder: Path, name: str, *lines: str) -> None:
    folder.mkdir(exist_ok=True)
    (folder / name).write_text("\n".join(lines) + "\n", encoding="utf-8")


# --- what columns show ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cells", "looks", "layouts"),
    [
        (["2026-01-02", "", "2026-12-31"], Looks.DATE, ("iso",)),
        (["2026-01-02T10:00", "2026-01-03T00:00:00Z"], Looks.DATETIME, ("iso",)),
        (["13/01/2026", "01/02/2026"], Looks.DATE, ("%d/%m/%Y",)),
        (["01/13/2026", "01/02/2026"], Looks.DATE, ("%m/%d/%Y",)),
        (["29 Sep 2011 14:53:28"], Looks.DATETIME, ("%d %b %Y %H:%M:%S",)),
        (["31/02/2026", "30/02/2026"], Looks.TEXT, ()),
        (["Y", "N", ""], Looks.YES_NO, ()),
        (["TRUE", "FALSE"], Looks.YES_NO, ()),
        (["1", "0"], Looks.YES_NO, ()),
        (["1", "1"], Looks.NUMBER, ()),
        (["1", "2"], Looks.NUMBER, ()),
        (["", " "], Looks.EMPTY, ()),
        (["NULL", "N/A"], Looks.EMPTY, ()),
        (["one", "two"], Looks.TEXT, ()),
    ],
)
def test_what_a_column_looks_like(cells: list[str], looks: Looks, layouts: tuple[str, ...]) -> None:
    seen = evidence_of(cells)
    assert (seen.looks, seen.layouts) == (looks, layouts)


def test_day_or_month_first_is_not_decided_by_cells_that_fit_both() -> None:
    assert evidence_of(["01/02/2026", "12/12/2026"]).undecided
    assert not evidence_of(["01/02/2026", "13/12/2026"]).undecided
    assert not evidence_of(["01/02/2026", "12/13/2026"]).undecided


def test_nine_of_ten_cells_make_a_column_of_dates_and_eight_do_not() -> None:
    assert evidence_of(["2026-01-02"] * 9 + ["soon"]).looks is Looks.DATE
    assert evidence_of(["2026-01-02"] * 8 + ["soon", "later"]).looks is Looks.TEXT


def test_spellings_of_nothing_and_days_that_stand_for_no_end_are_seen() -> None:
    seen = evidence_of(["2026-01-02", "NULL", "Not known", "2100-12-31", "1900-01-01"])
    assert (seen.nulls, seen.unknown) == (("NULL",), ("Not known",))
    assert (seen.blank_days, seen.open_days) == (("1900-01-01",), ("2100-12-31",))
    assert (seen.rows, seen.filled) == (5, 3)


def test_a_key_is_never_blank_and_never_twice() -> None:
    assert evidence_of(["a", "b"]).unique
    assert not evidence_of(["a", "a"]).unique
    assert not evidence_of(["a", ""]).unique


def test_names_in_plain_words() -> None:
    assert plain("StartDateCommTreatOrd") == "start date comm treat ord"
    assert plain("NHS No") == plain("NHSNumber") == "nhs number"
    assert plain("DOB") == "date birth"
    assert is_whose("ClientID") and is_whose("Hospital No") and not is_whose("ReferralID")


def test_paths_of_json_choose_an_item_by_its_system_and_never_by_a_value() -> None:
    row: dict[str, object] = {
        "id": "p1",
        "identifier": [
            {"system": "https://fhir.nhs.uk/Id/nhs-number", "value": "9990000018"},
            {"system": "9990000026 Fictional Ash", "value": "x"},
        ],
        "name": [{"text": "Fictional Ash"}],
    }
    found = paths_of([row, {"id": "p2"}])
    assert found["identifier[system=https://fhir.nhs.uk/Id/nhs-number].value"] == ["9990000018", ""]
    assert found["name.text"] == ["Fictional Ash", ""]
    assert not any("Ash" in path or "999" in path for path in found)


# --- a mapping of the fixtures --------------------------------------------------------------------


def test_forms_are_found_by_their_names(tmp_path: Path, schema: Schema) -> None:
    text = first(FIXTURES / "rio", schema)
    mapping = read(text, tmp_path, schema)
    assert set(mapping.kinds) == {
        "case", "referral", "cto", "cto_recall", "rights_discussion", "risk_review", "alert",
    }  # fmt: skip
    found = columns(mapping, "cto")
    assert (found["started_on"], found["expires_on"], found["ended_on"]) == (
        "StartDate", "ExpiryDate", "EndDate",
    )  # fmt: skip
    recall = columns(mapping, "cto_recall")
    assert recall["order"] == "SectionID"  # known by its values, which are keys of orders
    assert recall["decided_at"] == "DecisionDateTime"
    assert recall["entered_in_error"] == "type12_DeletedDate"
    (entry,) = mapping.kinds["cto_recall"]
    stamp = entry.field("entered_in_error")
    assert stamp is not None and stamp.source.take is Take.FILLED
    (reviews,) = mapping.kinds["risk_review"]
    assert reviews.key is not None and reviews.key.names == ("type12_NoteID",)
    (rights,) = mapping.kinds["rights_discussion"]
    assert rights.key is None  # the note of two versions is no key as it stands
    assert mapping.kinds["case"][0].source.files == ("Clients.csv",)  # the merged are no cases


def test_national_tables_find_their_people_by_the_referral(tmp_path: Path, schema: Schema) -> None:
    mapping = read(first(FIXTURES / "mhsds", schema), tmp_path, schema)
    (contacts,) = mapping.kinds["contact"]
    assert contacts.case_look_ups == ("case_of_servicerequestid",)
    look_up = mapping.look_ups["case_of_servicerequestid"]
    assert (look_up.key.names, look_up.value.names) == (("ServiceRequestId",), ("LocalPatientId",))
    assert columns(mapping, "cto")["started_on"] == "StartDateCommTreatOrd"
    assert columns(mapping, "hospital_stay")["discharged_at"] == "DischDateHospProvSpell"


def test_resources_are_mapped_by_paths(tmp_path: Path, schema: Schema) -> None:
    mapping = read(first(FIXTURES / "fhir", schema), tmp_path, schema)
    assert columns(mapping, "case")["date_of_birth"] == "birthDate"
    assert columns(mapping, "hospital_stay" if "hospital_stay" in mapping.kinds else "contact")
    assert columns(mapping, "alert")["opened_on"] == "period.start"


def test_an_unambiguous_export_is_converted_as_suggested(tmp_path: Path, schema: Schema) -> None:
    exports = tmp_path / "exports"
    table(exports, "Patients.csv", "PatientID,NHS No,DOB", "A1,9990000018,2000-01-31",
          "A2,9990000026,2001-01-31")  # fmt: skip
    table(exports, "CTO_2026-09.csv", "CTO Ref,PatientID,Start Date,Expiry Date",
          "C1,A1,2026-01-01,2026-06-30", "C2,A2,2026-02-01,2026-07-31")  # fmt: skip
    mapping = read(first(exports, schema), tmp_path, schema)
    assert mapping.kinds["cto"][0].source.files == ("CTO*.csv",)
    made = convert(mapping, exports, tmp_path / "cases")
    assert (made.load.total("kept"), made.load.total("rejected")) == (4, 0)
    lines = (tmp_path / "cases" / "cto.csv").read_text(encoding="utf-8").splitlines()
    assert "A1,C1,2026-01-01,2026-06-30" in lines


def test_what_is_not_decided_is_not_converted(tmp_path: Path, schema: Schema) -> None:
    exports = tmp_path / "exports"
    table(exports, "Patients.csv", "PatientID,DOB", "A1,01/02/2000", "A2,03/04/2001")
    text = first(exports, schema)
    assert 'dates: ["%d/%m/%Y"] or ["%m/%d/%Y"]' in text
    with pytest.raises(ExportError, match=r".*") as caught:
        convert(read(text, tmp_path, schema), exports, tmp_path / "cases")
    assert caught.value.diagnostics[0].code == "MAP005"
    assert not (tmp_path / "cases").exists()


def test_another_column_of_the_table_can_decide(tmp_path: Path, schema: Schema) -> None:
    exports = tmp_path / "exports"
    table(exports, "Patients.csv", "PatientID,DOB,Date of death", "A1,01/02/2000,31/10/2026",
          "A2,03/04/2001,")  # fmt: skip
    text = first(exports, schema)
    assert "day first, as other columns of the table are" in text
    convert(read(text, tmp_path, schema), exports, tmp_path / "cases")
    assert ",2000-02-01," in (tmp_path / "cases" / "case.csv").read_text(encoding="utf-8")


@pytest.mark.parametrize("fixture", ["fhir", "mhsds", "rio", "systmone"])
def test_every_guess_is_marked(fixture: str, schema: Schema) -> None:
    for line in first(FIXTURES / fixture, schema).partition("kinds:\n")[2].splitlines():
        said = line.strip()
        plain_line = not said or said.startswith("#") or said.endswith(":")
        assert plain_line or "# CONFIRM" in said, said


# --- nothing of a cell is shown -------------------------------------------------------------------


def test_no_value_is_shown(tmp_path: Path, schema: Schema) -> None:
    rng = random.Random(7)
    secret = [f"Zq{rng.randrange(10**9)}" for _ in range(40)]
    exports = tmp_path / "exports"
    table(
        exports,
        "Alerts.csv",
        "AlertID,Patient ID,Category,Narrative,Start Date,End reason",
        *(f"{a},{b},{c},{a} {b},2026-01-0{n},{c}"
          for n, (a, b, c) in enumerate(zip(secret, secret[9:], secret[18:], strict=False), 1)
          if n < 10),
    )  # fmt: skip
    table(exports, "Patients.csv", "Patient ID,NHS number", *(f"{s},9990000018" for s in secret))
    text = first(exports, schema)
    assert not any(each in text for each in secret) and "999000" not in text


def test_a_first_row_of_data_is_no_header(tmp_path: Path, schema: Schema) -> None:
    exports = tmp_path / "exports"
    table(exports, "patients.csv", "9990000018,Fictional Ash,2000-01-31",
          "9990000026,Fictional Birch,2001-01-31")  # fmt: skip
    text = first(exports, schema)
    assert "Ash" not in text and "9990000018" not in text
    assert "header: none" in text and "column_1" in text
    read(text, tmp_path, schema)


def test_a_header_that_deceives_the_eye_is_left_out(tmp_path: Path, schema: Schema) -> None:
    exports = tmp_path / "exports"
    table(exports, "patients.csv", "Patient ID,NHS\u202enumber,D\x1b[31mOB", "A1,x,y", "A2,z,w")
    text = first(exports, schema)
    assert "\u202e" not in text and "\x1b" not in text
    read(text, tmp_path, schema)


def test_names_that_yaml_would_read_otherwise_are_quoted(tmp_path: Path, schema: Schema) -> None:
    exports = tmp_path / "exports"
    header = 'Patient ID,"NHS: number # not {this}",No,"- DOB"'
    table(exports, "patients.csv", header, "A1,x,y,2000-01-31", "A2,z,w,2001-01-31")
    mapping = read(first(exports, schema), tmp_path, schema)
    assert columns(mapping, "case")["date_of_birth"] == "- DOB"


# --- files of other sorts -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("delimiter", "encoding", "said"),
    [(";", "utf-8", 'delimiter: ";"'), ("\t", "utf-8", "delimiter: tab"),
     ("|", "cp1252", "encoding: [cp1252]"), (",", "utf-16", "encoding: [utf-16]")],
)  # fmt: skip
def test_delimiter_and_encoding_are_seen(
    delimiter: str, encoding: str, said: str, tmp_path: Path, schema: Schema
) -> None:
    exports = tmp_path / "exports"
    exports.mkdir()
    rows = [["Patient ID", "Team"], ["A1", "Café ‘North’"], ["A2", "South, and West"]]
    if delimiter == ",":
        rows[2][1] = "South"
    text = "\n".join(delimiter.join(row) for row in rows)
    (exports / "patients.csv").write_bytes(text.encode(encoding))
    made = first(exports, schema)
    assert said in made
    mapping = read(made, tmp_path, schema)
    assert convert(mapping, exports, tmp_path / "cases").load.total("kept") == 2


def test_sheets_with_a_title_above_the_header(tmp_path: Path, schema: Schema) -> None:
    pytest.importorskip("python_calamine")
    xlsxwriter = pytest.importorskip("xlsxwriter")
    exports = tmp_path / "exports"
    exports.mkdir()
    book = xlsxwriter.Workbook(str(exports / "audit.xlsx"))
    page = book.add_worksheet("Caseload & more")
    body = [["Monthly audit"], ["Fictional"], ["Hospital No", "NHS No", "Team"],
            ["H1", "9990000018", "North"], ["H2", "9990000026", "South"]]  # fmt: skip
    for place, row in enumerate(body):
        page.write_row(place, 0, row)
    book.close()
    mapping = read(first(exports, schema), tmp_path, schema)
    (case,) = mapping.kinds["case"]
    assert (case.source.sheet, case.source.header) == ("Caseload & more", 3)
    assert convert(mapping, exports, tmp_path / "cases").load.total("kept") == 2


def test_what_cannot_be_read_is_said_and_the_rest_goes_on(tmp_path: Path, schema: Schema) -> None:
    exports = tmp_path / "exports"
    table(exports, "patients.csv", "Patient ID,Team", "A1,North", "A2,South")
    table(exports, "broken.ndjson", "{")
    table(exports, "empty.csv")
    (exports / "book.xlsx").write_bytes(b"PK\x03\x04 no workbook")
    (exports / "letter.docx").write_bytes(b"x")
    outside = tmp_path / "outside.csv"
    outside.write_text("Client ID,Secret\n1,2\n", encoding="utf-8")
    (exports / "clients.csv").symlink_to(outside)
    look = look_at(exports)
    names = " ".join(look.left_out)
    assert "broken.ndjson" in names and "book.xlsx" in names and "letter.docx" in names
    assert [seen.pattern for seen in look.tables if seen.columns] == ["patients.csv"]


def test_a_file_name_cannot_leave_its_comment(tmp_path: Path, schema: Schema) -> None:
    exports = tmp_path / "exports"
    table(exports, "patients.csv", "Patient ID,Team", "A1,North", "A2,South")
    (exports / "a\nkinds: {}\n.xlsx").write_bytes(b"no workbook")
    (exports / "b\nmapping: x\n.docx").write_bytes(b"x")
    table(exports, "cto\u202e\n.csv", "CTO ref,Patient ID,Start date", "C1,A1,2026-01-01")
    text = first(exports, schema)
    assert text.count("\nkinds:") == 1 and text.count("\nmapping:") == 1 and "\u202e" not in text
    assert set(read(text, tmp_path, schema).kinds) == {"case", "cto"}


# --- the verb -------------------------------------------------------------------------------------


def test_init_makes_a_folder_that_the_engine_accepts(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "policy"
    exports = str(FIXTURES / "fhir")
    assert main(["init", str(folder), "--from", exports]) == 0
    told = capsys.readouterr()
    assert told.out.count("made ") == 4 and "guesses wait to be confirmed" in told.err
    assert {path.name for path in folder.iterdir()} == {
        "README.md", "trustpolicy.yaml", ".gitignore", "mapping.yaml",
    }  # fmt: skip
    monkeypatch.chdir(folder)
    assert main(["eval", "2026-01-01 + 7 days"]) == 0  # under the new trustpolicy.yaml
    capsys.readouterr()
    (folder / "README.md").write_text("mine", encoding="utf-8")
    assert main(["init", str(folder)]) == 0
    assert (folder / "README.md").read_text(encoding="utf-8") == "mine"
    assert "was there already" in capsys.readouterr().out


def test_the_settings_in_the_new_configuration_are_of_the_rules(tmp_path: Path) -> None:
    """Its commented lines, taken out of their comments, are accepted as they stand."""
    make_workspace(tmp_path)
    config = tmp_path / "trustpolicy.yaml"
    lines = config.read_text(encoding="utf-8").splitlines()
    real = [
        line.removeprefix("# ")
        for line in lines
        if line.startswith(("# settings", "# targets", "#   "))
    ]
    config.write_text("\n".join(real) + "\n", encoding="utf-8")
    assert len(real) == 4
    assert main(["check", "--config", str(config), "-q"]) == 0


def test_init_from_writes_the_mapping_alone(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    target = tmp_path / "mapping.yaml"
    assert main(["init", "--from", str(FIXTURES / "rio"), "-o", str(target)]) == 0
    assert target.read_text(encoding="utf-8").count("# CONFIRM") > 50
    capsys.readouterr()
    assert main(["init", "--from", str(FIXTURES / "rio"), "-q"]) == 0
    told = capsys.readouterr()
    assert told.out == target.read_text(encoding="utf-8") and not told.err


@pytest.mark.parametrize(
    "name", ["audit_workbook", "fhir_r4", "mhsds", "rio_forms", "systmone_reports"]
)
def test_init_like_gives_a_shipped_mapping(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["init", "--like", name]) == 0
    assert capsys.readouterr().out == shipped(f"mappings/{name}.yaml").read_text(encoding="utf-8")


def test_init_like_says_what_was_meant(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["init", "--like", "mhsd"]) == 2
    assert "did you mean `mhsds`?" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ([], 2),
        (["--like", "mhsds", "--from", "{rio}"], 2),
        (["--from", "not-there"], 3),
        (["--from", "{empty}"], 3),
        (["{empty}/policy", "--from", "{rio}", "-o", "x.yaml"], 2),
        (["--from", "{rio}", "--format", "json"], 2),
    ],
)
def test_init_says_what_it_cannot_do(
    words: list[str], code: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    where = {"{empty}": str(tmp_path), "{rio}": str(FIXTURES / "rio")}
    for name, path in where.items():
        words = [word.replace(name, path) for word in words]
    assert main(["init", *words]) == code
    assert "error" in capsys.readouterr().err
