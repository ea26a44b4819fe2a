"""Loading by the database: what Python would load of the same files, in every cell and count."""

import random
from pathlib import Path

import pytest

from tests.loading_desk import compare
from tests.records_page import SCHEMA
from tests.test_records_tables import CASES, TABLES, folder

DAYS = [
    "2026-01-31",
    " 2026-01-31 ",
    "2024-02-29",
    "1800-01-01",
    "2199-12-31",
    "2026-02-31",
    "1799-12-31",
    "2200-01-01",
    "0001-01-01",
    "31/01/2026",
    "2026-1-1",
    "20260131",
    "",
    " ",
    "\u00a02026-01-31\u00a0",
    "2026-01-31T10:00",
    "\u0662026-01-31",
    "+2026-01-31",
    "2026-01-31x",
]
TIMES = [
    "2026-01-31T14:30", "2026-01-31 14:30", "2026-01-31T14:30:59", "2026-01-31T14:30:59.999999",
    "2026-07-01T00:30", "2026-07-01T00:30Z", "2026-07-01T00:30+01:00", "2026-07-01T00:30:00+0530",
    "2026-03-29T01:30", "2026-03-29T01:30Z", "2026-10-25T01:30", "2026-10-25T01:30+01:00",
    "2026-10-25T03:30", "2026-01-31", "2026-01-31T24:00", "2026-01-31T23:60", "2026-01-31T23:59:60",
    "2026-01-31T9:30", "2026-01-31T14:30+15:00", "2026-02-30T14:30", "31/01/2026 14:30",
    "2026-01-31T14:30 ", " 2026-01-31T14:30", "2026-01-31T14:30:59,5", "2026-01-31T14:30:59.",
    "2026-01-31T14:30.5", "2026-01-31T14:30:59.1234567890", "2026-01-31T14:30 Z", "1799-12-31T10:00",
    "2026-01-31T14:30\u00e9", "2026-01-31\u00a0", "", "T14:30", "2199-12-31T23:59:59",
]  # fmt: skip
NUMBERS = ["0", "-7", " 12 ", "007", "2.50", "9" * 28, "9" * 29, "1e5", "0x1F", "NaN", "1,5", "+3",
           ".5", "5.", "-0", "-0.00", "1.1", "", "\u0663", "0." + "1" * 27]  # fmt: skip
TRUTHS = ["yes", "Yes", "YES", "true", " yes ", "no", "No", "false", "y", "1", "yEs", "t", "", " "]
CODES = ["understood", " understood", "no", "7", "caf\u00e9", "cafe\u0301", "not known", "Not known",
         "UNDERSTOOD", "other", "", "\u00a07"]  # fmt: skip
REFS = ["o1", " o1 ", "o'1;--", "O1", "", "\u00a0", "e\u0301", "o1\t", "=cmd", "a,b", 'a"b']
TEXTS = ["No change.", " leading", "trailing ", "caf\u00e9", "cafe\u0301", "", "  ", "\u2003",
         "it's; DROP TABLE k0; --", 'say "no"', "two\nlines", "tab\there", "\U0001f600", "-", "***",
         "\u202edrop", "\x1f", "\x7f", "\\", "'", "a\u0300\u0301", "x" * 300]  # fmt: skip
IDS = ["t1", "T1", " t1", "t2", "t2", "", "t'3;--", "caf\u00e9", "cafe\u0301", "t 4", "007", "7"]
ENDINGS = ["\n", "\r\n"]


def cell(text: str) -> str:
    """A cell of a CSV file."""
    quoted = text.replace('"', '""')
    return f'"{quoted}"' if any(mark in text for mark in '",\r\n') else text


def csv_of(header: str, rows: list[list[str]], ending: str = "\n") -> str:
    return ending.join([header, *(",".join(map(cell, row)) for row in rows), ""])


def talks(cases: list[str]) -> list[list[str]]:
    """Rows with every odd cell of every type somewhere."""
    pools = [IDS, DAYS, TIMES, CODES, TRUTHS, NUMBERS, REFS, TEXTS]
    most = max(map(len, pools)) * 2
    return [
        [
            cases[n % len(cases)],
            *(pool[(n * (place + 1)) % len(pool)] for place, pool in enumerate(pools)),
        ]
        for n in range(most)
    ]


HEADER = "case_id,id,date,at,outcome,spoken,minutes,order,notes"
KNOWN = ["A1", "a1", " A1 ", "2", "caf\u00e9", "cafe\u0301", "o'x;--", "ZZ", "", "\u00a0", "0 9"]
CASE_ROWS = [["A1", "North", "", "yes"], ["a1", "", "2026-01-01", "x"], ["2", "***", "31/1", "no"],
             ["caf\u00e9", "caf\u00e9", "", ""], ["o'x;--", "'; DROP", "", "No"],
             ["2", "South", "", ""], [" 2", "East", "", ""], ["", "x", "", ""], ["0 9", "", "", ""]]  # fmt: skip
SETTINGS = """
complete_from: {cto: 2024-01-01}
nulls: ["NULL", "-", "2026-01-31"]
withheld: ["***"]
unknown: ["2026-01-31T14:30", "No change."]
invalid: ["o1", "understood"]
yes: [y]
date_formats: ["%d/%m/%Y"]
datetime_formats: "%d/%m/%Y %H:%M"
time_zone: UTC
"""


@pytest.mark.parametrize("ending", ENDINGS, ids=["unix", "windows"])
@pytest.mark.parametrize("settings", ["", SETTINGS], ids=["plain", "settings"])
@pytest.mark.parametrize("at_once", [2, 100])
def test_every_odd_cell_of_every_type(
    tmp_path: Path, ending: str, settings: str, at_once: int
) -> None:
    tables = {
        "case.csv": csv_of("case_id,team,died_on,asked", CASE_ROWS, ending),
        "talk.csv": csv_of(HEADER, talks(KNOWN), ending),
        "export.yaml": settings,
    }
    export = compare(folder(tmp_path / "odd", tables), SCHEMA, at_once)
    assert len(export.load.faults) > 10


def test_the_tables_of_the_readers_tests(tmp_path: Path) -> None:
    compare(folder(tmp_path / "one", TABLES), SCHEMA)
    lost = "case_id,id,started_on\nA1,o1,2026-01-01\nZZ,o2,2026-01-01\n ,o3,\nA1,o4\nA1,o5,,\n\nA1,o1,\n"
    compare(folder(tmp_path / "two", {"case.csv": CASES, "cto.csv": lost}), SCHEMA)
    odd = "case_id,id,startd_on,Secret Name\nA1,o1,2026-01-01,x\nA1,o2,2026-01-01,y\n"
    compare(folder(tmp_path / "three", {"case.csv": CASES, "cto.csv": odd}), SCHEMA)
    strange = {"case.csv": CASES, "ctoo.csv": "case_id,id\nA1,1\nA1,2\n", "x y.jsonl": '{"a": 1}\n'}
    compare(folder(tmp_path / "four", strange), SCHEMA)
    marked = {"case.csv": b'\xef\xbb\xbfcase_id,team\r\nA1,"two\r\nlines, one cell"\r\n'}
    compare(folder(tmp_path / "five", marked), SCHEMA)
    compare(folder(tmp_path / "six", {"case.csv": "case_id\n", "cto.csv": "case_id,id\n"}), SCHEMA)


@pytest.mark.parametrize("form", ["csv", "parquet", "jsonl"])
def test_rows_that_do_not_lie_by_case_are_parted_by_range(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, form: str
) -> None:
    from policyengine.bulk.loading import parting, ranges
    from tests.tables_from_cases import write_csv, write_json, write_parquet

    chance = random.Random(5)
    names = [f"C{number:03}" for number in range(60)]
    rows: dict[str, list[dict[str, object]]] = {
        "case": [{"case_id": id, "team": "North"} for id in names],
        "talk": [
            {"case_id": chance.choice([*names, "nobody"]), "id": f"t{n}", "date": chance.choice(DAYS),
             "at": chance.choice(TIMES), "notes": chance.choice(TEXTS), "spoken": "yes"}
            for n in range(300)
        ],
    }  # fmt: skip
    for several in rows.values():
        chance.shuffle(several)
    monkeypatch.setattr(parting, "FEW_ROWS", 10)
    monkeypatch.setattr(parting, "TIMES", 3)
    parted: list[str] = []
    real = parting.part

    def seen(con, source, *more) -> None:
        real(con, source, *more)
        parted.extend([source.kind.name] * (source.whole is not None))

    monkeypatch.setattr(ranges, "part", seen)
    write = {"csv": write_csv, "parquet": write_parquet, "jsonl": write_json}[form]
    compare(write(tmp_path / "export", rows), SCHEMA, 10)
    assert parted == ["case", "talk"]


@pytest.mark.parametrize("form", ["csv", "jsonl"])
def test_an_opened_export_can_be_walked_and_asked_like_any_other(tmp_path: Path, form: str) -> None:
    from policyengine.bulk.loading.folder import open_folder, open_lines
    from policyengine.records import open_export
    from tests.loading_desk import said
    from tests.records_page import write_lines

    if form == "csv":
        tables = {
            "case.csv": csv_of("case_id,team,died_on,asked", CASE_ROWS),
            "talk.csv": csv_of(HEADER, talks(KNOWN)),
        }
        path, opening = folder(tmp_path / "odd", tables), open_folder
    else:
        rows = [{"date": "2026-01-02"}, {"id": "x", "at": "2026-01-02T10:00"}]
        cases = [
            {"case_id": "A", "talk": rows, "_complete_from": {"cto": "2026-01-01"}},
            {"case_id": 2},
        ]
        path, opening = Path(write_lines(tmp_path, *cases)), open_lines
    plain = open_export(str(path), SCHEMA)
    expected = {case.id: said(case) for case in plain.cases()}
    with opening(str(path), SCHEMA, threads=1) as export:
        assert {case.id: said(case) for case in export.cases()} == expected
        assert export.load == plain.load
        assert export.sha256 == plain.sha256
        for id, case in expected.items():
            found = export.one(id)
            assert found is not None
            assert said(found) == case
        assert export.one("nobody") is None
