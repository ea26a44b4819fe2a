"""A folder of tables: one a kind, CSV or JSON lines, and what `export.yaml` says of them."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from policyengine.records import ExportError, open_export
from policyengine.values.moments import Moment
from tests.records_page import SCHEMA, counted, opened, said, walked

CASES = "case_id,team,asked\nA1,North,yes\n2,,\n"
TABLES = {
    "case.csv": CASES,
    "cto.csv": "wrong,id,case_id,started_on\nno,o1,A1,2026-01-01\n",
    "talk.jsonl": '{"case_id": "A1", "id": "t2", "date": "2026-02-01"}\n'
    '{"case_id": "A1", "date": "2026-01-01", "spoken": true}\n',
    "staff.csv": "id,role\ns1,nurse\n",
    "note.csv": "case_id,id,body\n",
    "read me.txt": "not a table",
}


def folder(at: Path, tables: Mapping[str, str | bytes]) -> Path:
    at.mkdir(exist_ok=True)
    for old in at.iterdir():
        old.unlink()
    for name, text in tables.items():
        data = text if isinstance(text, bytes) else text.encode()
        (at / name).write_bytes(data)
    return at


def refused(at: Path, tables: Mapping[str, str | bytes]) -> tuple[str, str]:
    with pytest.raises(ExportError) as caught:
        open_export(str(folder(at, tables)), SCHEMA)
    note = caught.value.diagnostic
    return note.code, " ".join((note.message, *note.hints))


def test_tables_are_put_beside_their_cases(tmp_path: Path) -> None:
    export, cases = opened(folder(tmp_path, TABLES))
    assert list(cases) == ["A1", "2"]
    assert cases["A1"].case.values == ["North", None, True]
    assert [record.id for record in cases["A1"].records["cto"]] == ["o1"]
    assert [record.id for record in cases["A1"].records["talk"]] == ["talk-1", "t2"]
    assert cases["2"].case.values == [None, None, None]
    assert cases["2"].records == {}
    assert export.shared["staff"]["s1"].values == ["nurse", None]
    assert export.absent == {"audit"}
    assert (export.count, export.load.rows_read, export.load.rows_kept) == (2, 6, 6)
    assert (counted(export), export.load.notes) == ([], [])
    alone = export.one("A1")
    assert alone is not None
    assert said(alone) == said(cases["A1"])
    assert export.one("A") is None


def test_tables_and_nested_cases_say_the_same(tmp_path: Path) -> None:
    _, tabled = opened(folder(tmp_path / "tables", TABLES))
    _, nested = walked(
        tmp_path,
        {
            "case_id": "A1",
            "team": "North",
            "asked": True,
            "cto": [{"id": "o1", "started_on": "2026-01-01", "wrong": False}],
            "talk": [{"id": "t2", "date": "2026-02-01"}, {"date": "2026-01-01", "spoken": True}],
        },
        {"case_id": 2},
    )
    for case_id in ("A1", "2"):
        assert said(tabled[case_id]) == said(nested[case_id])
        assert tabled[case_id].case.values == nested[case_id].case.values


def test_the_order_of_columns_and_rows_changes_nothing(tmp_path: Path) -> None:
    one = "case_id,id,started_on\nA1,,2026-01-01\n2,o,2026-01-01\nA1,,2026-01-02\n"
    two = "started_on,case_id,id\n2026-01-02,A1,\n2026-01-01,A1,\n2026-01-01,2,o\n"
    other_cases = "asked,case_id,team\n,2,\nyes,A1,North\n"
    first, cases = opened(folder(tmp_path, {"case.csv": CASES, "cto.csv": one}))
    second, again = opened(folder(tmp_path, {"case.csv": other_cases, "cto.csv": two}))
    assert {key: said(case) for key, case in cases.items()} == {
        key: said(case) for key, case in again.items()
    }
    assert first.sha256 == second.sha256


def test_rows_that_belong_to_no_case_are_rejected_and_counted(tmp_path: Path) -> None:
    cto = "case_id,id,started_on\nA1,o1,2026-01-01\nZZ,o2,2026-01-01\n ,o3,\nA1,o4\nA1,o5,,\n\nA1,o1,\n"
    export, cases = opened(folder(tmp_path, {"case.csv": CASES, "cto.csv": cto}))
    assert [record.id for record in cases["A1"].records["cto"]] == ["o1"]
    assert counted(export) == [
        ("cto", "", "ragged_row", 2),
        ("cto", "case_id", "blank_case_id", 1),
        ("cto", "case_id", "orphan_case", 1),
        ("cto", "id", "duplicate_id", 1),
    ]
    assert (export.load.rows_read, export.load.rows_kept, export.load.rows_rejected) == (8, 3, 5)
    assert export.load.notes == ["cto.csv line 5: a row has more or fewer cells than the header"]


def test_of_cases_with_one_id_one_is_kept_whatever_the_order(tmp_path: Path) -> None:
    teams = []
    for rows in ("A,North\nA,South\n", "A,South\nA,North\n"):
        export, cases = opened(folder(tmp_path, {"case.csv": "case_id,team\n" + rows}))
        assert counted(export) == [("case", "case_id", "duplicate_case_id", 1)]
        teams.append(cases["A"].case.values[0])
    assert teams[0] == teams[1]


def test_a_column_that_the_schema_has_not_is_noted_once(tmp_path: Path) -> None:
    cto = "case_id,id,startd_on,Secret Name\nA1,o1,2026-01-01,x\nA1,o2,2026-01-01,y\n"
    export, _ = opened(folder(tmp_path, {"case.csv": CASES, "cto.csv": cto}))
    assert export.load.notes == [
        "cto.startd_on is not in the schema and was ignored; did you mean `started_on`?",
        "cto: (a name that is not plain) is not in the schema and was ignored",
    ]
    assert counted(export) == []


def test_a_table_of_a_kind_that_the_schema_has_not(tmp_path: Path) -> None:
    tables = {"case.csv": CASES, "ctoo.csv": "case_id,id\nA1,1\nA1,2\n", "x y.jsonl": '{"a": 1}\n'}
    export, _ = opened(folder(tmp_path, tables))
    assert counted(export) == [("?", "", "unknown_kind", 1), ("ctoo", "", "unknown_kind", 2)]
    assert any("`ctoo`" in note and "did you mean `cto`?" in note for note in export.load.notes)
    assert "cto" in export.absent


@pytest.mark.parametrize(
    ("tables", "code", "words"),
    [
        ({}, "CAS006", "no table of cases"),
        ({"cto.csv": "case_id\n"}, "CAS006", "case.csv"),
        ({"case.csv": CASES, "cto.csv": "case_id\n", "cto.jsonl": ""}, "CAS007", "one kind"),
        ({"case.csv": CASES, "cto.parquet": b"PAR1"}, "CAS010", "damaged"),
        ({"case.csv": "id,team\nA1,North\n"}, "CAS008", "`case_id`"),
        ({"case.csv": CASES, "cto.csv": "id,started_on\n"}, "CAS008", "`case_id`"),
        ({"case.csv": CASES, "audit.csv": "case_id,id\n"}, "CAS008", "`by`"),
        ({"case.csv": CASES, "audit.jsonl": '{"case_id": "A1"}\n'}, "CAS008", "`by`"),
        ({"case.csv": ""}, "CAS009", "empty"),
        ({"case.csv": "case_id,team,team\n"}, "CAS009", "columns 2 and 3"),
        ({"case.csv": "case_id,,team\n"}, "CAS009", "column 2"),
        ({"case.csv": "case_id;team\nA1;x\n"}, "CAS010", "semicolons"),
        ({"case.csv": "case_id\tteam\nA1\tx\n"}, "CAS010", "tabs"),
        ({"case.csv": 'case_id,team\nA1,"secret\nA2,x\n'}, "CAS010", "never closed"),
        ({"case.csv": 'case_id,team\nA1,x\nA2,"sec"ret\n'}, "CAS010", "line 3"),
        ({"case.csv": b"case_id,team\nA1,x\nA2,\x00secret\n"}, "CAS010", "line 3"),
        ({"case.csv": b"case_id,team\nA1,x\nA2,caf\xe9 secret\n"}, "CAS003", "cp1252"),
        ({"case.csv": "case_id,team\nA1,x\n".encode("utf-16")}, "CAS003", "utf-8"),
        ({"case.csv": "case_id,team\nA1," + "x" * ((1 << 20) + 1)}, "CAS012", "line 2"),
        (
            {"case.csv": CASES, "cto.jsonl": '{"case_id": "A1"}\n{"a": 1, "a": 2}\n'},
            "CAS004",
            "line 2",
        ),
    ],
)
def test_a_table_that_cannot_be_trusted_stops_the_run(
    tmp_path: Path, tables: Mapping[str, str | bytes], code: str, words: str
) -> None:
    earned, message = refused(tmp_path / "export", tables)
    assert earned == code
    assert words in message
    assert "secret" not in message


def test_bytes_that_no_exporter_meant_are_still_text(tmp_path: Path) -> None:
    tables = {"case.csv": b'\xef\xbb\xbfcase_id,team\r\nA1,"two\r\nlines, one cell"\r\n'}
    _, cases = opened(folder(tmp_path, tables))
    assert cases["A1"].case.values[0] == "two\r\nlines, one cell"


def test_export_yaml_says_how_tables_are_written(tmp_path: Path) -> None:
    settings = """
complete_from: {cto: 2024-01-01}
extracted_at: 2026-01-01T00:00
nulls: ["NULL", "-"]
withheld: ["***"]
yes: [Y]
no: N
date_formats: ["%d/%m/%Y"]
datetime_formats: "%d/%m/%Y %H:%M"
time_zone: Europe/London
encoding: cp1252
delimiter: ";"
"""
    tables: dict[str, str | bytes] = {
        "export.yaml": settings,
        "case.csv": b"case_id;team;asked\nA1;caf\xe9;Y\nA2;***;NULL\n",
        "talk.csv": "case_id;id;date;at;spoken\nA1;t;03/04/2026;03/04/2026 10:00;N\nA2;t;-;-;-\n",
    }
    export, cases = opened(folder(tmp_path, tables))
    assert dict(export.complete_from) == {"cto": 738886}
    assert counted(export) == []
    assert cases["A1"].case.values == ["café", None, True]
    talk = cases["A1"].records["talk"][0].values
    assert talk[0] == Moment(739709)
    assert isinstance(talk[1], Moment)
    assert talk[1].timed
    assert talk[3] is False
    assert cases["A2"].records["talk"][0].values == [None] * 7


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("complete_form: {cto: 2024-01-01}", "did you mean `complete_from`?"),
        ("complete_from: {ctoo: 2024-01-01}", "did you mean `cto`?"),
        ("complete_from: {cto: last year}", "a date such as"),
        ("complete_from: {case: 2024-01-01}", "no kind of record"),
        ("complete_from: 2024-01-01", "a date for each kind"),
        ("date_formats: ['%d/%m/%y']", "%d/%m/%Y"),
        ("date_formats: ['%d/%m/%Y %H:%M']", "%d/%m/%Y"),
        ("datetime_formats: ['%d/%m/%Y']", "%H:%M"),
        ("time_zone: London", "a time zone"),
        ("encoding: rot13", "cp1252"),
        ("encoding: nonsense", "cp1252"),
        ("delimiter: ','\nnulls: {a: b}", "a text"),
        ("delimiter: ab", "tab"),
        ("- a", "keys and values"),
    ],
)
def test_a_mistake_in_export_yaml_stops_the_run(tmp_path: Path, text: str, words: str) -> None:
    code, message = refused(tmp_path / "export", {"case.csv": CASES, "export.yaml": text})
    assert code == "CAS011"
    assert words in message


def test_export_yaml_is_strict_yaml(tmp_path: Path) -> None:
    text = "nulls: &a [x]"
    assert refused(tmp_path / "export", {"case.csv": CASES, "export.yaml": text})[0] == "YML005"
    nothing = {"case.csv": CASES, "export.yaml": "# nothing yet\n"}
    _, cases = opened(folder(tmp_path / "export", nothing))
    assert len(cases) == 2
