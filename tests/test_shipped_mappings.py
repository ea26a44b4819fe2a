"""Each shipped mapping on a small export of its kind, then an audit by the shipped rules.

Every expected verdict was worked out by hand from the fixture; the sum is told beside it.
"""

import csv
import json
from datetime import date, datetime
from pathlib import Path

import pytest

from policyengine.commands.main import main
from policyengine.imports import Converted, convert, load_mapping
from policyengine.schema import load_schema
from policyengine.shipped import shipped

FIXTURES = Path(__file__).parent / "fixtures" / "mappings"
MAPPINGS = ["audit_workbook", "fhir_r4", "mhsds", "rio_forms", "systmone_reports"]
AS_AT = "2026-11-01"
Told = dict[tuple[str, str], tuple[str, str | None, str | None]]


def converted(name: str, exports: Path, tmp_path: Path) -> Converted:
    schema, _ = load_schema(shipped("rules/schema.yaml"))
    assert schema is not None
    mapping, notes = load_mapping(shipped(f"mappings/{name}.yaml"), schema)
    assert mapping is not None, [note.message for note in notes]
    return convert(mapping, exports, tmp_path / "cases")


def rows(made: Converted, kind: str) -> list[tuple[int, ...]]:
    """Of each source: in its files, set aside, kept, merged, rejected, orphaned."""
    return [
        (t.in_files, t.set_aside, t.kept, t.merged, t.rejected, t.orphaned)
        for t in made.load.tables
        if t.kind == kind
    ]


def findings(made: Converted, rules: str, capsys: pytest.CaptureFixture[str]) -> Told:
    """(rule, subject) to verdict, deadline and day done."""
    words = ["audit", "--cases", str(made.folder), "--as-at", AS_AT, "--select", rules]
    assert main([*words, "--format", "json", "--no-progress"]) == 0
    told = json.loads(capsys.readouterr().out)["findings"]
    return {
        (one["rule"], one["subject"]["id"]): (one["verdict"], one["deadline"], one["done_on"])
        for one in told
    }


@pytest.mark.parametrize("name", MAPPINGS)
def test_a_shipped_mapping_has_no_mistake_and_says_what_is_not_verified(name: str) -> None:
    schema, _ = load_schema(shipped("rules/schema.yaml"))
    assert schema is not None
    mapping, notes = load_mapping(shipped(f"mappings/{name}.yaml"), schema)
    assert mapping is not None and not notes
    text = shipped(f"mappings/{name}.yaml").read_text(encoding="utf-8")
    assert name == "audit_workbook" or "not verified" in text


def test_every_shipped_mapping_is_tested_here() -> None:
    assert sorted(path.stem for path in shipped("mappings").glob("*.yaml")) == MAPPINGS


# --- MHSDS ----------------------------------------------------------------------------------------


def test_mhsds_tables_are_counted_to_the_row(tmp_path: Path) -> None:
    made = converted("mhsds", FIXTURES / "mhsds", tmp_path)
    assert rows(made, "case") == [(8, 0, 4, 4, 0, 0)]  # two months of four people
    assert rows(made, "contact") == [(5, 0, 4, 1, 0, 0)]  # one of a submission that was replaced
    assert rows(made, "cto") == [(4, 0, 2, 1, 1, 1)]  # M1 twice; M7 is of no legal status
    assert rows(made, "cto_recall") == [(2, 0, 1, 0, 1, 1)]  # and nor is its recall
    assert rows(made, "team_period") == [(4, 0, 4, 0, 0, 0), (2, 0, 2, 0, 0, 0)]
    assert made.load.total("read") == sum(
        made.load.total(n) for n in ("kept", "merged", "rejected")
    )
    faults = (made.folder / "load" / "faults.jsonl").read_text(encoding="utf-8")
    told = [json.loads(line) for line in faults.splitlines()]
    assert {(one["kind"], one["row"], one["fault"], one["done"]) for one in told} == {
        ("case", 9, "nhs_number", "warn"),  # the newer row of L4: 9990000043
        ("cto", 4, "while_open", "warn"),  # M2 has no expiry
        ("cto", 5, "orphan_case", "reject row"),
        ("cto_recall", 3, "orphan_case", "reject row"),
    }
    assert "9990000043" not in faults


def test_mhsds_findings(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    made = converted("mhsds", FIXTURES / "mhsds", tmp_path)
    told = findings(made, "CP-02A,CP-09A,CTO-01,CTO-10", capsys)
    # Changed on 1 May 2026, and nothing shows that it was a review: the national set's own gap.
    assert told["CP-02A", "P1"][0] == "cannot_tell"
    assert told["CP-02A", "P2"][:2] == ("breached", "2026-06-01")  # made 1 June 2025; twelve months
    assert told["CP-02A", "P3"][:2] == ("not_yet_due", "2027-03-01")
    # Agreed on 10 April 2026: perhaps a full review, and without it the plan is out of date.
    assert told["CP-02A", "P4"][0] == "cannot_tell"
    assert told["CP-09A", "S1"][0] == "met"
    # 1 April 09:00 and 72 hours; missed on the 2nd; the visit of the 3rd was of a replaced submission.
    assert told["CP-09A", "S2"] == ("breached", "2026-04-04T09:00:00+01:00", None)
    assert told["CP-09A", "S3"][0] == "exempt"  # to another hospital
    # A call with somebody else on the 22nd; with the person one second after the 72 hours.
    assert told["CP-09A", "S4"][:2] == ("met_late", "2026-05-23T09:00:00+01:00")
    # Rights are not in the national set, and nor are notice and arrival of a recall.
    assert {told["CTO-01", one][0] for one in ("M1", "M2")} == {"cannot_tell"}
    assert told["CTO-10", "M1/2026-06-10"][0] == "cannot_tell"
    assert len([key for key in told if key[0].startswith("CTO")]) == 3


def test_a_ward_answers_while_the_person_is_on_it(tmp_path: Path) -> None:
    made = converted("mhsds", FIXTURES / "mhsds", tmp_path)
    table = (made.folder / "team_period.csv").read_text(encoding="utf-8").splitlines()
    assert "L1,S1/W1,Elm Ward,2025-11-20,2026-03-10" in table  # spell, referral, person
    assert "L1,R1/North CMHT,North CMHT,2025-05-20," in table


# --- FHIR -----------------------------------------------------------------------------------------


def test_fhir_resources_become_records(tmp_path: Path) -> None:
    made = converted("fhir_r4", FIXTURES / "fhir", tmp_path)
    assert rows(made, "case") == [(2, 0, 2, 0, 0, 0)]
    assert rows(made, "carer") == [(5, 1, 3, 0, 1, 1)]  # a mother who is no carer; of nobody here
    assert rows(made, "contact") == [(3, 2, 1, 0, 0, 0)]  # a stay; a plan for the future
    assert rows(made, "risk_assessment") == [(2, 0, 1, 0, 1, 0), (4, 3, 1, 0, 0, 0)]
    alerts = next(t for t in made.load.tables if t.kind == "alert")
    assert {f.value: n for f, n in alerts.faults.items()} == {"several_values": 1}
    case = (made.folder / "case.csv").read_text(encoding="utf-8")
    assert "9990000050" in case and "H100" not in case  # of two identifiers, the NHS number


def test_fhir_findings(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    made = converted("fhir_r4", FIXTURES / "fhir", tmp_path)
    told = findings(made, "CA-02A,RR-01,CP-09A", capsys)
    # Identified on 10 January: 28 days end on 7 February, London time.
    assert told["CA-02A", "rp1"] == ("met", "2026-02-07", "2026-02-07")  # at 23:30
    assert told["CA-02A", "rp2"] == ("met_late", "2026-02-07", "2026-02-08")  # at 00:30
    assert told["CA-02A", "rp3"][0] == "cannot_tell"  # the one offer was entered in error
    assert ("CA-02A", "rp4") not in told and ("CA-02A", "rp9") not in told
    assert told["RR-01", "q2"][0] == "breached"  # the same words under a new date
    # 28 March 12:00 GMT and 72 hours are 31 March 13:00 BST: seen at that very moment.
    assert told["CP-09A", "n1"][:2] == ("met", "2026-03-31T13:00:00+01:00")


# --- forms ----------------------------------------------------------------------------------------


def test_forms_keep_the_latest_version_and_the_person_that_holds_now(tmp_path: Path) -> None:
    made = converted("rio_forms", FIXTURES / "rio", tmp_path)
    assert rows(made, "case") == [(3, 0, 2, 1, 0, 0)]  # 1003 was merged into 1002
    assert rows(made, "rights_discussion") == [(4, 0, 3, 1, 0, 0)]  # 7001 has two versions
    with (made.folder / "risk_review.csv").open(encoding="utf-8", newline="") as stream:
        pulled = {row["id"]: row["pulled_from"] for row in csv.DictReader(stream)}
    assert pulled == {"9001": "", "9002": "9001", "9003": "", "9004": "9003"}
    alerts = next(t for t in made.load.tables if t.kind == "alert")
    assert {f.value: n for f, n in alerts.faults.items()} == {"unknown_code": 1}


def test_form_findings(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    made = converted("rio_forms", FIXTURES / "rio", tmp_path)
    told = findings(made, "CTO-01,CTO-08,CTO-10,RR-01", capsys)
    # The leaflet is in the second version only; on the seventh day.
    assert told["CTO-01", "900"] == ("met", "2026-03-08", "2026-03-08")
    # Under the former number: one that was deleted, and one on the eighth day.
    assert told["CTO-01", "901"] == ("met_late", "2026-03-08", "2026-03-09")
    # "CTO recalled" is two words; eight are asked for.
    assert told["CTO-08", "8001"][:2] == ("breached", "2026-06-11T11:00:00+01:00")
    assert told["CTO-08", "8002"][0] == "met"
    assert told["CTO-10", "8001"][0] == "met"  # released after 72 hours to the minute
    assert told["CTO-10", "8002"][0] == "met_late"  # and a minute more
    assert told["RR-01", "9001"][0] == "not_applicable"  # nothing before it
    assert told["RR-01", "9002"][0] == "breached"
    assert told["RR-01", "9003"][0] == "met"  # thirteen new words


def test_report_findings(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    made = converted("systmone_reports", FIXTURES / "systmone", tmp_path)
    assert rows(made, "case") == [(3, 0, 2, 0, 1, 0)]  # a test patient
    assert rows(made, "referral") == [(3, 0, 2, 0, 1, 1)]  # whose referral goes with it
    assert rows(made, "contact") == [(3, 0, 2, 0, 1, 0)]  # one was removed
    told = findings(made, "CP-09A,CA-02A,CA-02C,CA-04,DA-01", capsys)
    # Left on 29 May at 11:00, seen on 1 June at 10:59:59.
    assert told["CP-09A", "21"] == ("met", "2026-06-01T11:00:00+01:00", "2026-06-01T10:59:59+01:00")
    # Left on 29 May, the time not written down (00:00:00); seen on 1 June at noon: in time or not.
    assert told["CP-09A", "22"][0] == "cannot_tell"
    # Identified on 1 June: 28 days end on the 29th, when the offer was put off; made on the 30th.
    assert told["CA-02A", "41"] == ("met_late", "2026-06-29", "2026-06-30")
    assert told["CA-02C", "51"][0] == "met"
    assert told["CA-02A", "43"][0] == "not_applicable"  # 18 on the next day
    assert told["CA-04", "43"][:2] == ("breached", "2026-06-29")
    assert told["DA-01", "11"][:2] == ("met", "2026-06-29")


# --- workbook -------------------------------------------------------------------------------------


def workbook(path: Path) -> None:
    """A workbook as an audit team keeps it: a title, a note, then the header."""
    xlsxwriter = pytest.importorskip("xlsxwriter")
    book = xlsxwriter.Workbook(str(path), {"default_date_format": "dd/mm/yyyy hh:mm"})

    def sheet(name: str, header: list[str], body: list[list[object]]) -> None:
        page = book.add_worksheet(name)
        page.write(0, 0, f"{name}: monthly audit")
        page.write(1, 0, "Fictional")
        for at, row in enumerate([header, *body], 2):
            for column, cell in enumerate(row):
                if isinstance(cell, date):
                    page.write_datetime(at, column, cell)
                else:
                    page.write(at, column, cell)

    sheet(
        "Caseload",
        ["Hospital No", "NHS No", "Team", "With team since", "Died"],
        [
            ["H1", "999 000 0123", "North CMHT", date(2025, 1, 1), None],
            ["H2", "999 000 0131", "South CMHT", "01/01/2025", "-"],
            ["H3", "999 000 0158", "South CMHT", date(2025, 1, 1), None],
        ],
    )
    sheet(
        "CTO register",
        ["Hospital No", "CTO ref", "CTO start", "Expires", "Ended"],
        [[f"H{n}", f"O{n}", date(2026, 3, 1), date(2026, 8, 31), "-"] for n in (1, 2, 3)],
    )
    header = [
        "Hospital No",
        "CTO ref",
        "Date given",
        "Status",
        "Recall",
        "Tribunal",
        "IMHA",
        "Verbal",
    ]
    sheet(
        "Rights",
        [*header, "Written", "Understood?"],
        [
            ["H1", "O1", date(2026, 3, 8), "Y", "Y", "Y", "Y", "Y", "Y", "Yes"],
            ["H2", "O2", "08/03/2026", "Y", "Y", "Y", "Y", "Y", "N", "Yes"],
            ["H3", "O3", date(2026, 3, 8), "Y", "?", "Y", "Y", "Y", "Y", "Yes"],
        ],
    )
    sheet(
        "Recalls",
        [
            "Hospital No",
            "CTO ref",
            "Decided",
            "Notice served",
            "CTO3 on file",
            "Arrived",
            "Discussed with patient",
            "What was said",
            "Released / revoked",
            "Outcome",
        ],
        [
            [
                "H1",
                "O1",
                datetime.fromisoformat("2026-06-10T09:00"),
                datetime.fromisoformat("2026-06-10T10:00"),
                "Y",
                datetime.fromisoformat("2026-06-10T11:00"),
                "-",
                "-",
                datetime.fromisoformat("2026-06-13T11:01"),
                "Released",
            ]
        ],
    )
    sheet(
        "Care plans",
        ["Hospital No", "Plan ref", "Made", "Status", "Copy offered", "Last changed"],
        [
            ["H1", "K1", date(2026, 3, 1), "Current", date(2026, 3, 15), None],
            ["H2", "K2", date(2026, 3, 1), "Current", date(2026, 3, 16), None],
            ["H3", "K3", date(2026, 3, 1), "Current", "-", None],
        ],
    )
    book.close()


def test_workbook_findings(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("python_calamine")
    exports = tmp_path / "exports"
    exports.mkdir()
    workbook(exports / "CTO audit 2026.xlsx")
    made = converted("audit_workbook", exports, tmp_path)
    assert made.load.total("rejected") == 0
    told = findings(made, "CTO-01,CTO-10,CP-04A", capsys)
    assert told["CTO-01", "O1"] == ("met", "2026-03-08", "2026-03-08")
    assert told["CTO-01", "O2"] == ("breached", "2026-03-08", None)  # nothing in writing
    assert told["CTO-01", "O3"][0] == "cannot_tell"  # whether recall was explained is not known
    assert told["CTO-10", "cto_recall-1"][0] == "met_late"  # 72 hours and a minute
    assert told["CP-04A", "K1"] == ("met", "2026-03-15", "2026-03-15")  # the fourteenth day
    assert told["CP-04A", "K2"][0] == "met_late"
    assert told["CP-04A", "K3"] == ("breached", "2026-03-15", None)
