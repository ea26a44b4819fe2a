"""Exports are read by column where that is plain, and by row where it is not: nobody can tell."""

import csv
import io
import random
import tempfile
from collections.abc import Mapping
from pathlib import Path
from string import digits

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from policyengine.imports.batches import Batch, CsvTable
from policyengine.imports.blocks import Block, CsvBlocks, Pace
from policyengine.imports.cells import nhs_text
from policyengine.imports.checks import Span, overlapping
from policyengine.imports.columns import surely_nhs_numbers
from policyengine.imports.fault_log import Place
from policyengine.imports.faults import Fault
from policyengine.imports.files import InputFile
from policyengine.imports.held import perhaps_overlapping
from policyengine.imports.model import Format, Source
from policyengine.imports.owners import Owners, Repeats
from policyengine.records import ExportError
from tests.imports_desk import P1, P2, PATIENTS, loaded, refused

LAWS = settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)

# One mapping that says all that a mapping can say of CSV files.
MAPPING = """
extracted_on: 2026-11-01
time_zone: Europe/London
defaults:
  dates: ["%d/%m/%Y", "%d/%m/%Y %H:%M"]
  nulls: ["NULL"]
  unknown: ["Not known"]
  withheld: ["***"]
  yes: [Y]
  no: [N]
  open_dates: [9999-12-31]
  blank_dates: [1900-01-01]
  midnight: unknown
  plausible_from: 1900-01-01
id_map: {source: {files: "merged.csv", optional: yes}, from: Old, to: New}
look_ups:
  teams: {source: {files: "teams.csv", optional: yes}, from: Code, to: Name}
kinds:
  case:
    source: {files: "patients*.csv"}
    key: PatientId
    fields:
      nhs_number: {from: NHSNumber, check: nhs_number}
      date_of_birth: Born
      died_on: Died
      team: {from: Team, look_up: teams}
  cto:
    source: {files: "orders*.csv", ENCODING}
    key: OrderId
    case: PatientId
    where: [{column: Kind, not_in: [other]}]
    leave_out:
      - {as: draft, column: Kind, in: [draft]}
    LATEST
    fields:
      started_on: Start
      ended_on: End
      end_reason: {from: Reason, codes: {"01": discharged, "99": {means: not_known}}}
      expires_on: {first_of: [Expiry, End]}
      conditions: {join: [Note, Kind], with: "; "}
    checks:
      overlap: yes
      while_open: [expires_on]
      order: [[started_on, expires_on]]
  rights_discussion:
    source: {files: "rights*.csv", optional: yes}
    key: {join: [OrderId, Number], with: "/"}
    case: {through: order}
    fields:
      order: OrderId
      date: When
      spoken: {filled: Note}
      notes: {from: Note, then: [{split: "/", take: last}, upper]}
      reason: {value: start}
    checks: {expected: [date]}
"""
LATEST = (
    "",
    "latest_by: [{from: Month, as: number}]",
    "submissions: {period: Month, latest_by: Sent}",
)
ORDERS = (
    "OrderId",
    "PatientId",
    "Kind",
    "Start",
    "End",
    "Reason",
    "Expiry",
    "Note",
    "Month",
    "Sent",
)
RIGHTS = ("OrderId", "Number", "When", "Note")

NOTES = st.one_of(
    st.sampled_from(["", "NULL", " Seen at home ", "Not known", "***", "<invalid>", "<not known>"]),
    st.text(st.sampled_from("ab ,;\"'/\u00a0\u00e9\u2019\ufb01e\u0301\x1f\t"), max_size=6),
)
LINES = st.sampled_from(["a\nb", 'he said, "no"', "\r\n", "a\rb", ""])
IDS = st.sampled_from(["P1", "P2", "P3", " P1", "P2\u00a0", "", "P9", "P0"])
KEYS = st.sampled_from(["O1", "O2", "O3", "O4", "O5", "O6", "O7", "", " O1"])
DATES = st.sampled_from(
    [
        "01/01/2026",
        "02/01/2026",
        "01/03/2026",
        "31/02/2026",
        "",
        "31/12/9999",
        "01/02/24",
        "2026",
        "01/01/1900",
        "01/01/1899",
        "02/11/2026",
        "01/01/2026 00:00",
        "29/03/2026 01:30",
        "x",
        "25/10/2026 01:30",
        "NULL",
        "Not known",
        "05/01/2026 14:30",
        " 05/01/2026",
        "***",
    ]
)
CODES = st.sampled_from(["01", "1", "99", "x", "", "Not known", "NULL", "***"])
KINDS = st.sampled_from(["17A", "17A", "17A", "other", "draft", ""])
MONTHS = st.sampled_from(["1", "2", "10", "", "x"])
ORDER = st.tuples(KEYS, IDS, KINDS, DATES, DATES, CODES, DATES, NOTES | LINES, MONTHS, MONTHS)
RIGHT = st.tuples(KEYS, MONTHS, DATES, NOTES | LINES)
PATIENT = st.tuples(
    IDS,
    st.sampled_from(["9990000018", "999 000 0018", "9990000019", "999", "", "NULL", "9990000026"]),
    DATES,
    DATES,
    st.sampled_from(["T1", "T2", "", "NULL"]),
)


def table(
    names: tuple[str, ...], rows: list[tuple[str, ...]], end: str = "\n", quoting: bool = False
) -> str:
    """Rows as CSV."""
    out = io.StringIO(newline="")
    write = csv.writer(
        out, lineterminator=end, quoting=csv.QUOTE_ALL if quoting else csv.QUOTE_MINIMAL
    ).writerow
    write(names)
    for row in rows:
        write(row)
    return out.getvalue()


def alike(tmp_path: Path, files: Mapping[str, str | bytes], mapping: str) -> None:
    """Files are converted in every way (`loaded` holds them against each other), or are refused
    in every way with the same words."""
    with tempfile.TemporaryDirectory(dir=tmp_path) as folder:
        try:
            loaded(Path(folder), files, mapping)
        except ExportError as error:
            assert error.diagnostics


ACTIONS = st.sampled_from(
    [
        "faults: {undeclared_format: invalid value}",
        "faults: {undeclared_format: reject row, invalid_date: reject row, overlap: warn}",
        "faults: {undeclared_format: invalid value, end_before_start: invalid value}",
        "faults: {undeclared_format: invalid value, unknown_code: error, duplicate_key: error}",
        "faults: {blank_key: reject row, orphan_reference: reject row, while_open: reject row}",
    ]
)


EXPORTS = st.fixed_dictionaries(
    {
        "patients": st.lists(PATIENT, max_size=6),
        "orders": st.lists(ORDER, max_size=14),
        "rights": st.lists(RIGHT, max_size=8),
    }
)


@LAWS
@given(
    rows=EXPORTS,
    latest=st.sampled_from(LATEST),
    actions=ACTIONS,
    end=st.sampled_from(["\n", "\r\n"]),
    quoting=st.booleans(),
    cut=st.integers(0, 14),
)
def test_hostile_tables_are_read_alike(
    tmp_path: Path,
    *,
    rows: dict[str, list[tuple[str, ...]]],
    latest: str,
    actions: str,
    end: str,
    quoting: bool,
    cut: int,
) -> None:
    names = tuple(PATIENTS.strip().split(","))
    people = [("P1", "9990000018", "01/02/1970", "", "T1"), *rows["patients"]]
    files: dict[str, str | bytes] = {
        "patients.csv": table(names, people, end, quoting),
        "orders1.csv": table(ORDERS, rows["orders"][:cut], end, quoting),
        "orders2.csv": "\ufeff" + table(ORDERS, rows["orders"][cut:], end, quoting),
        "rights.csv": table(RIGHTS, rows["rights"], end, not quoting),
        "teams.csv": "Code,Name\nT1,North\n",
        "merged.csv": "Old,New\nP0,P1\nP3,P2\n",
    }
    mapping = MAPPING.replace("LATEST", latest).replace(", ENCODING", "") + actions + "\n"
    alike(tmp_path, files, mapping)


PIECES = st.sampled_from(
    [
        "a",
        "O1",
        "P1",
        "01/01/2026",
        '"',
        '""',
        ",",
        ",",
        "\n",
        "\r\n",
        "\r",
        " ",
        ";",
        "é",
        "O2,P1,,,",
        'O3,P1,"x,y",,',
        '"O4","P1","","",',
        "\n\n",
        '""x',
        'x"y',
        '"a"b',
        "\ufeff",
    ]
)
FREE = """
defaults: {dates: ["%d/%m/%Y"]}
kinds:
  case:
    source: {files: "patients.csv"}
    key: PatientId
    fields: {team: Team}
  cto:
    source: {files: "orders.csv", SOURCE}
    key: A
    case: B
    fields: {conditions: C, started_on: D, end_reason: {from: E, codes: {"01": discharged}}}
faults: {undeclared_format: invalid value}
"""
SOURCES = (
    "encoding: [utf-8, cp1252]",
    "encoding: cp1252",
    "quote: none",
    'delimiter: ";"',
    'quote: "\'"',
    "header: 2",
    "header: none, columns: [A, B, C, D, E]",
)


@settings(LAWS, max_examples=80)
@given(pieces=st.lists(PIECES, max_size=40), source=st.sampled_from(SOURCES), cp=st.booleans())
def test_files_that_are_hardly_csv_are_read_alike(
    tmp_path: Path, pieces: list[str], source: str, cp: bool
) -> None:
    rows = "".join(pieces)
    delimiter = ";" if "delimiter" in source else ","
    head = "A,B,C,D,E\nO9,P1,t,01/01/2026,01\n".replace(",", delimiter)
    body = ("top\n" if source == "header: 2" else "") + head + rows
    files = {
        "patients.csv": PATIENTS + P1 + P2,
        "orders.csv": body.encode("cp1252", "replace") if cp else body,
    }
    alike(tmp_path, files, FREE.replace("SOURCE", source))


# --- what is large enough for its times, keys and codes to come again ---------------------------


def many(seed: int, rows: int) -> dict[str, str | bytes]:
    """A larger export, of which some rows in twenty have something against them."""
    chance = random.Random(seed)
    days = [f"{day:02d}/{month:02d}/2026" for month in range(1, 11) for day in range(1, 29)]
    odd = ["31/02/2026", "01/01/1899", "", "01/02/24", "02/11/2026", "29/03/2026 01:30", "x"]

    def day() -> str:
        return chance.choice(odd) if chance.random() < 0.03 else chance.choice(days)

    def time() -> str:
        return f"{day()} {chance.randrange(24):02d}:{chance.randrange(60):02d}"

    people = [
        (f"P{n}", nhs_number(n) if n % 9 else "999 000 0018", day(), "", "T1") for n in range(400)
    ]
    orders = [
        (
            f"O{n if chance.random() > 0.01 else n - 1}",
            f"P{chance.randrange(410)}",
            chance.choice(["17A"] * 9 + ["other", "draft"]),
            day(),
            day() if n % 3 else "",
            chance.choice(["01", "99", "", "1", "x"]),
            day(),
            f"Note {n}" if n % 7 else 'he said, "no"\nand left',
            str(n % 5),
            str(n % 2),
        )
        for n in range(rows)
    ]
    contacts = [(f"C{n}", f"P{chance.randrange(400)}", time(), time()) for n in range(rows)]
    rights = [(f"O{chance.randrange(rows)}", str(n), day(), "n/a") for n in range(0, rows, 3)]
    return {
        "patients.csv": table(tuple(PATIENTS.strip().split(",")), people),
        "orders.csv": table(ORDERS, orders),
        "rights.csv": table(RIGHTS, rights),
        "contacts.csv": table(("Id", "PatientId", "From", "To"), contacts, "\r\n"),
        "teams.csv": "Code,Name\nT1,North\n",
    }


def nhs_number(number: int) -> str:
    """A number of the range that is kept for tests, where it has a check digit."""
    nine = f"999{number:06d}"
    check = (11 - sum(int(d) * (10 - i) for i, d in enumerate(nine)) % 11) % 11
    return "" if check == 10 else f"{nine}{check}"


CONTACTS = """
  hospital_stay:
    source: {files: "contacts.csv", optional: yes}
    key: Id
    case: PatientId
    fields: {admitted_at: From, discharged_at: To}
    checks: {overlap: yes}
faults: {undeclared_format: invalid value}
"""


@pytest.mark.parametrize("latest", LATEST)
def test_a_larger_export_is_read_alike(tmp_path: Path, latest: str) -> None:
    mapping = MAPPING.replace("LATEST", latest).replace(", ENCODING", "") + CONTACTS
    some = (Pace(block=50_000, least=0), Pace(block=1 << 20, least=0))
    made = loaded(tmp_path, many(len(latest), 2600), mapping, some)
    assert made.table("hospital_stay").kept > 2000
    assert made.table("cto").rejected > 100 and made.table("rights_discussion").kept > 300


# --- what may be read by column, and what is found there ----------------------------------------


def pieces(tmp_path: Path, text: bytes, size: int) -> list[Block | object]:
    """A file in pieces."""
    (tmp_path / "in.csv").write_bytes(text)
    file = InputFile(tmp_path / "in.csv", "in.csv", Format.CSV)
    opened = CsvTable(file, Source(name="s", files=("in.csv",), encodings=("utf-8", "cp1252")))
    return list(CsvBlocks(opened, [0, 1], size).pieces())


@pytest.mark.parametrize(
    "body",
    [
        b"1,2\n3,4\n",
        b"1,2\r\n3,4",
        b'"1","2"\n"3","a ""b"""\n',
        b'"1","a\nb"\r\n"","c,d"\r\n\r\n\r\n',
        b"\xe9,\x92\n3,4\n",
    ],
)
def test_what_is_well_written_is_read_by_column(tmp_path: Path, body: bytes) -> None:
    (block,) = pieces(tmp_path, b"a,b\n" + body, 1 << 20)
    assert isinstance(block, Block) and len(block) == 2
    assert block.numbers.to_pylist() == [2, 3]


@pytest.mark.parametrize(
    "body",
    [b"1,2\n\n3,4\n", b"1,2\r3,4\n", b"1\n", b"1,2,3\n", b'""x,2\n', b'x",2\n', b'"x"y,2\n'],
)
def test_what_is_odd_is_read_by_row(tmp_path: Path, body: bytes) -> None:
    try:
        found = pieces(tmp_path, b"a,b\n" + body, 1 << 20)
    except ExportError as error:
        assert error.diagnostic.code == "CAS010"
    else:
        assert not any(isinstance(piece, Block) for piece in found)


def test_among_many_rows_only_those_about_an_odd_one_are_read_by_row(tmp_path: Path) -> None:
    rows = [b"1,2\n"] * 60_000
    rows[41_234] = b"1,2,3\n"
    found = pieces(tmp_path, b"a,b\n" + b"".join(rows), 1 << 20)
    by_column = sum(len(piece) for piece in found if isinstance(piece, Block))
    by_row = [piece for piece in found if isinstance(piece, Batch)]
    assert by_column > 40_000
    assert by_column + sum(len(b.numbers) + len(b.faulty) for b in by_row) == 60_000
    assert [faulty for batch in by_row for faulty in batch.faulty] == [(41_236, Fault.RAGGED)]


@pytest.mark.parametrize("cell", ["x" * (1 << 20), '"' + "x\n" * (1 << 19) + 'x"'])
def test_a_cell_of_more_than_a_mebibyte_is_refused(tmp_path: Path, cell: str) -> None:
    files = {"patients.csv": PATIENTS + P1, "orders.csv": f"A,B,C,D,E\nO1,P1,{cell}x,,\n"}
    assert "1 MiB" in refused("CAS012", tmp_path, files, FREE.replace(", SOURCE", ""))


@LAWS
@given(st.lists(st.text(f"{digits} -x\u0661", max_size=11) | st.integers(0, 9999).map(nhs_number)))
def test_only_right_nhs_numbers_are_passed_over(texts: list[str]) -> None:
    sure = surely_nhs_numbers(pa.array(texts, pa.string())).to_pylist()
    for text, passed in zip(texts, sure, strict=True):
        read = nhs_text(text) if text else ""
        assert not passed or (read == text and type(read) is str)
        assert passed or len(text) != 10 or type(read) is not str or not text.isdigit()


DAYS = st.integers(1, 9).map(lambda day: f"2026-01-0{day}")
TIMES = st.tuples(DAYS, st.sampled_from(["", "T09:00:00", "T12:30:00"])).map("".join)
SPANS = st.lists(st.tuples(st.sampled_from("ABC"), TIMES, TIMES | st.just("")), max_size=9)


@settings(LAWS, max_examples=200)
@given(SPANS)
def test_no_overlap_is_passed_over(spans: list[tuple[str, str, str]]) -> None:
    made: dict[str, list[Span]] = {}
    for row, (case, start, end) in enumerate(spans):
        made.setdefault(case, []).append(Span(start, end, Place("f", row, 0), ""))
    columns = [pa.array([span[at] for span in spans], pa.string()) for at in range(3)]
    perhaps = perhaps_overlapping(*columns)
    named = set() if perhaps is None else set(perhaps.to_pylist())
    assert {case for case, several in made.items() if overlapping(several)} <= named


PAIRS = st.lists(st.tuples(st.sampled_from(["a", "b", "c", "aa", "ab"]), st.sampled_from("PQ")))


@LAWS
@given(by_row=PAIRS, by_column=PAIRS)
def test_records_come_again_however_they_are_entered(
    by_row: list[tuple[str, str]], by_column: list[tuple[str, str]]
) -> None:
    one, other = Owners(), Owners()
    again = {(case, key) for key, case in by_row + by_column if one.add([key], [case])}
    seen = {(case, key) for key, case in by_row if other.add([key], [case])}
    columns = [pa.array([pair[at] for pair in by_column], pa.string()) for at in range(2)]
    seen |= other.add_columns(columns[:1], columns[1:])
    assert again == seen
    for key in ("a", "b", "c", "aa", "ab", "z"):
        assert one.case_of(key) == other.case_of(key)
        assert [one.has(key, case) for case in "PQR"] == [other.has(key, case) for case in "PQR"]


def test_texts_that_come_again_are_found_in_rows_and_columns() -> None:
    repeats = Repeats()
    repeats.add(["a", "b", "", ""])
    repeats.add_column(pa.array(["b", "c", "", ""]))
    repeats.add(["d", "d"])
    assert repeats.found() == {"b", "d"}
