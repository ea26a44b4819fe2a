"""Parquet: the same records as in CSV, whatever types its columns have; and what is refused."""

from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from policyengine.commands.main import main
from policyengine.records import ExportError, open_export
from policyengine.records.hashes import hash_of
from policyengine.records.parquet_rows import OUT_OF_RANGE, float_text
from policyengine.values.moments import Moment
from tests.loading_desk import compare, said
from tests.records_page import SCHEMA, counted, opened
from tests.test_bulk_loading import CASE_ROWS, HEADER, KNOWN, SETTINGS, talks

ROOT = Path(__file__).parent.parent


def table(folder: Path, kind: str, columns: dict[str, Any]) -> Path:
    folder.mkdir(exist_ok=True)
    path = folder / f"{kind}.parquet"
    pq.write_table(pa.table(columns), path)
    return path


def texts(header: str, rows: list[list[str]]) -> dict[str, Any]:
    cells = list(zip(*rows, strict=True))
    return {
        name: pa.array([cell or None for cell in each], pa.string())
        for name, each in zip(header.split(","), cells, strict=True)
    }


def two_cases(folder: Path) -> Path:
    table(folder, "case", {"case_id": ["A1", "A2"], "team": ["North", None]})
    return folder


def talk(folder: Path, name: str, values: list[Any], type_: Any) -> list[object]:
    """What a column of a type gives, by both ways of loading, one row after another."""
    two_cases(folder)
    ids = [f"t{number:03}" for number in range(len(values))]
    own = {"case_id": ["A1"] * len(ids), "id": ids, name: pa.array(values, type_)}
    table(folder, "talk", own)
    compare(folder, SCHEMA)
    _, cases = opened(folder)
    place = SCHEMA.kinds["talk"].fields[name].index
    by_id = {record.id: record.values[place] for record in cases["A1"].records["talk"]}
    return [by_id[id] for id in ids]


@pytest.mark.parametrize("settings", ["", SETTINGS], ids=["plain", "settings"])
def test_every_odd_cell_of_every_type(tmp_path: Path, settings: str) -> None:
    table(tmp_path / "odd", "case", texts("case_id,team,died_on,asked", CASE_ROWS))
    table(tmp_path / "odd", "talk", texts(HEADER, talks(KNOWN)))
    (tmp_path / "odd" / "export.yaml").write_text(settings)
    export = compare(tmp_path / "odd", SCHEMA, 3)
    assert len(export.load.faults) > 10


def test_dates_are_dates(tmp_path: Path) -> None:
    days = [date(2026, 1, 8), None, date(1800, 1, 1), date(2199, 12, 31)]
    expected = [None if day is None else Moment(day.toordinal()) for day in days]
    assert talk(tmp_path / "one", "date", days, pa.date32()) == expected
    assert talk(tmp_path / "two", "date", days, pa.date64()) == expected


@pytest.mark.parametrize("day", [date(1799, 12, 31), date(2200, 1, 1), date(1, 1, 1)])
def test_a_date_out_of_range_is_invalid(tmp_path: Path, day: date) -> None:
    two_cases(tmp_path)
    own = {"case_id": ["A1"], "id": ["t"], "date": pa.array([day], pa.date32())}
    table(tmp_path, "talk", own)
    export = compare(tmp_path, SCHEMA)
    assert counted(export) == [("talk", "date", "invalid_date", 1)]


def test_a_date_that_python_does_not_have_is_invalid(tmp_path: Path) -> None:
    two_cases(tmp_path)
    far = pa.array([5_000_000, -5_000_000], pa.int32()).cast(pa.date32())
    table(tmp_path, "talk", {"case_id": ["A1", "A2"], "id": ["t", "t"], "date": far})
    assert counted(compare(tmp_path, SCHEMA)) == [("talk", "date", "invalid_date", 2)]


LOCAL = [
    datetime(2026, 1, 8, 14, 30),  # noqa: DTZ001
    datetime(2026, 7, 1, 0, 30, 59, 999_999),  # noqa: DTZ001
    datetime(2026, 3, 29, 1, 30),  # the clocks skip it # noqa: DTZ001
    datetime(2026, 10, 25, 1, 30),  # comes twice # noqa: DTZ001
    datetime(1969, 12, 31, 23, 59, 59, 500_000),  # noqa: DTZ001
    None,
]


@pytest.mark.parametrize("unit", ["ms", "us", "ns"])
def test_times_without_a_zone_are_local(tmp_path: Path, unit: str) -> None:
    found = talk(tmp_path, "at", LOCAL, pa.timestamp(unit))
    one, two, _, both, early, none = found
    assert isinstance(one, Moment)
    assert one == Moment(date(2026, 1, 8).toordinal(), at=1767882600, timed=True)
    assert isinstance(two, Moment)
    assert two.at == 1782862259  # summer time, and the fraction is dropped
    assert isinstance(both, Moment)
    assert both.until == (both.at or 0) + 3600
    assert isinstance(early, Moment)
    assert early.at == -3601  # London kept summer time that winter
    assert none is None
    export, _ = opened(tmp_path)
    assert counted(export) == [("talk", "at", "skipped_time", 1)]


@pytest.mark.parametrize("unit", ["ms", "us", "ns"])
def test_times_with_a_zone_are_instants(tmp_path: Path, unit: str) -> None:
    at = datetime(2026, 7, 1, 23, 30, tzinfo=UTC)
    for zone in ("UTC", "America/New_York"):
        found = talk(tmp_path / zone.replace("/", "-"), "at", [at], pa.timestamp(unit, zone))
        day = date(2026, 7, 2).toordinal()  # in London it is after midnight
        assert found == [Moment(day, at=int(at.timestamp()), timed=True)]


def test_truths_and_numbers(tmp_path: Path) -> None:
    assert talk(tmp_path / "a", "spoken", [True, False, None], pa.bool_()) == [True, False, None]
    whole = [3, None, -7, 2**62]
    assert talk(tmp_path / "b", "minutes", whole, pa.int64()) == whole
    exact = [Decimal("7.50"), None, Decimal("-0.25")]
    assert talk(tmp_path / "c", "minutes", exact, pa.decimal128(10, 2)) == exact
    loose = [0.1, 3.0, None, -2.5]
    expected = [Decimal("0.1"), Decimal("3.0"), None, Decimal("-2.5")]
    assert talk(tmp_path / "d", "minutes", loose, pa.float64()) == expected


def test_a_float_that_is_no_plain_number_is_invalid(tmp_path: Path) -> None:
    talk(tmp_path, "minutes", [float("nan"), float("inf"), 1e15, 1e-5, -1e20], pa.float64())
    export, _ = opened(tmp_path)
    assert counted(export) == [("talk", "minutes", "not_a_number", 5)]
    assert (float_text(0.0), float_text(1e-4), float_text(9.5e14)) == (
        "0.0",
        "0.0001",
        "950000000000000.0",
    )
    assert float_text(1e15) == OUT_OF_RANGE


def test_codes_of_numbers_and_of_categories(tmp_path: Path) -> None:
    assert talk(tmp_path / "a", "outcome", [7, None], pa.int16()) == ["7", None]
    codes = pa.array(["no", "understood", None, "no"]).dictionary_encode()
    assert talk(tmp_path / "b", "outcome", codes, codes.type) == ["no", "understood", None, "no"]
    large = pa.array(["no", None], pa.large_string())
    assert talk(tmp_path / "c", "outcome", large, large.type) == ["no", None]


def test_spellings_of_export_yaml_win_over_types(tmp_path: Path) -> None:
    two_cases(tmp_path)
    settings = "nulls: ['1900-01-01', '-1', '1900-01-01T00:00:00']\nno: ['true']\n"
    (tmp_path / "export.yaml").write_text(settings)
    when = [datetime(1900, 1, 1), datetime(2026, 1, 8, 9, 30)]  # noqa: DTZ001
    table(
        tmp_path,
        "talk",
        {
            "case_id": ["A1", "A1"],
            "id": ["t1", "t2"],
            "date": [date(1900, 1, 1), date(2026, 1, 8)],
            "at": pa.array(when, pa.timestamp("us")),
            "minutes": [-1, 5],
            "spoken": [True, False],
        },
    )
    compare(tmp_path, SCHEMA)
    _, cases = opened(tmp_path)
    first, second = cases["A1"].records["talk"]
    assert {record.id for record in (first, second)} == {"t1", "t2"}
    hidden = first if first.id == "t1" else second
    assert hidden.values == [None, None, None, True, None, None, None]


@pytest.mark.parametrize(
    "values",
    [
        pa.array([["a"]]),
        pa.array([{"a": 1}]),
        pa.array([b"secret"]),
        pa.array([1], pa.time32("s")),
        pa.array([1], pa.duration("s")),
    ],
    ids=["list", "struct", "bytes", "time", "duration"],
)
def test_a_column_that_no_field_can_be_is_refused(tmp_path: Path, values: Any) -> None:
    two_cases(tmp_path)
    table(tmp_path, "talk", {"case_id": ["A1"], "id": ["t"], "notes": values})
    both_refuse(tmp_path, "CAS002", "`notes`")
    # A column that the schema does not have may be anything.
    table(tmp_path, "talk", {"case_id": ["A1"], "id": ["t"], "blob": values})
    compare(tmp_path, SCHEMA)


def test_columns_whose_names_differ_in_case_alone(tmp_path: Path) -> None:
    two_cases(tmp_path)
    own = {"case_id": ["A1"], "ID": ["x"], "id": ["t"], "Notes": ["no"], "notes": ["yes"]}
    table(tmp_path, "talk", own)
    compare(tmp_path, SCHEMA)
    _, cases = opened(tmp_path)
    (record,) = cases["A1"].records["talk"]
    assert (record.id, record.values[-1]) == ("t", "yes")


def test_columns_named_as_the_database_names_its_own(tmp_path: Path) -> None:
    two_cases(tmp_path)
    own = {"case_id": ["A1"], "id": ["t"], "file_row_number": [7], "filename": ["a"], "cid": ["b"]}
    table(tmp_path, "talk", own)
    compare(tmp_path, SCHEMA)


def both_refuse(folder: Path, code: str, words: str) -> None:
    """Both ways of loading stop with a code and words that hold no value."""
    from tests.loading_desk import by_database

    for read in (lambda: open_export(str(folder), SCHEMA), lambda: by_database(folder, SCHEMA)):
        with pytest.raises(ExportError) as caught:
            read()
        note = caught.value.diagnostic
        message = " ".join((note.message, *note.hints))
        assert (note.code, words in message) == (code, True), message
        assert "secret" not in message


def test_two_columns_of_one_name(tmp_path: Path) -> None:
    two_cases(tmp_path)
    made = pa.table([pa.array(["A1"]), pa.array(["t"]), pa.array(["x"])], ["case_id", "id", "id"])
    pq.write_table(made, tmp_path / "talk.parquet")
    both_refuse(tmp_path, "CAS009", "column 3")


def test_a_table_without_case_ids(tmp_path: Path) -> None:
    two_cases(tmp_path)
    table(tmp_path, "talk", {"id": ["t"], "notes": ["secret"]})
    both_refuse(tmp_path, "CAS008", "`case_id`")


def test_a_text_that_is_not_utf_8(tmp_path: Path) -> None:
    two_cases(tmp_path)
    wrong = pa.array([b"caf\xe9 secret"]).view(pa.string())
    table(tmp_path, "talk", {"case_id": ["A1"], "id": ["t"], "notes": wrong})
    with pytest.raises(ExportError) as caught:
        open_export(str(tmp_path), SCHEMA)
    assert caught.value.diagnostic.code == "CAS003"


def test_without_pyarrow_the_message_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from policyengine.records import parquet_rows

    two_cases(tmp_path)
    monkeypatch.setattr(parquet_rows, "find_spec", lambda _name: None)
    with pytest.raises(ExportError) as caught:
        open_export(str(tmp_path), SCHEMA)
    assert "trust-policy-engine[bulk]" in " ".join(caught.value.diagnostic.hints)


# --- damage ---------------------------------------------------------------------------------------


def many(folder: Path) -> Path:
    """Enough rows that most of a file's bytes are values."""
    two_cases(folder)
    count = 3000
    return table(
        folder,
        "talk",
        {
            "case_id": ["A1", "A2"] * (count // 2),
            "id": [f"t{number}" for number in range(count)],
            "date": pa.array([20_000 + number % 400 for number in range(count)], pa.int32()).cast(
                pa.date32()
            ),
            "notes": [f"secret {number * 7919 % 100_003}" for number in range(count)],
        },
    )


def vouch(folder: Path) -> None:
    lines = [f"  {path.name}: {hash_of(path)}" for path in sorted(folder.glob("*.parquet"))]
    (folder / "export.yaml").write_text("\n".join(["sha256:", *lines, ""]))


@pytest.mark.parametrize("share", [0.0, 0.3, 0.9, 0.999])
def test_a_file_that_is_cut_short(tmp_path: Path, share: float) -> None:
    path = many(tmp_path)
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * share)])
    both_refuse(tmp_path, "CAS010", "damaged")


def test_flipped_bits_are_found_by_the_hashes_that_the_export_came_with(tmp_path: Path) -> None:
    path = many(tmp_path)
    vouch(tmp_path)
    export = compare(tmp_path, SCHEMA)
    assert export.vouched
    data = path.read_bytes()
    for place in range(10, len(data), len(data) // 7):
        flipped = bytearray(data)
        flipped[place] ^= 1 << (place % 8)
        path.write_bytes(flipped)
        both_refuse(tmp_path, "CAS013", "exported")


def test_without_hashes_flipped_bits_are_an_error_or_a_row_but_never_a_crash(
    tmp_path: Path,
) -> None:
    from policyengine.bulk.database import BulkError
    from tests.loading_desk import by_database

    path = many(tmp_path)
    data = path.read_bytes()
    for place in range(10, len(data), len(data) // 23):
        flipped = bytearray(data)
        flipped[place] ^= 1 << (place % 8)
        path.write_bytes(flipped)
        for read in (lambda: opened(tmp_path), lambda: by_database(tmp_path, SCHEMA, 100)):
            try:
                read()
            except (ExportError, BulkError) as error:
                assert "secret" not in str(error)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda folder: (folder / "talk.parquet").unlink(), "not there"),
        (lambda folder: table(folder, "note", {"case_id": ["A1"], "id": ["n"]}), "no hash"),
    ],
    ids=["one too few", "one too many"],
)
def test_a_table_more_or_less_than_the_export_came_with(
    tmp_path: Path, change: Any, words: str
) -> None:
    many(tmp_path)
    vouch(tmp_path)
    change(tmp_path)
    both_refuse(tmp_path, "CAS013", words)


@pytest.mark.parametrize("text", ["sha256: abc", "sha256: {case.parquet: abc}", "sha256: [a]"])
def test_hashes_that_are_none(tmp_path: Path, text: str) -> None:
    two_cases(tmp_path)
    (tmp_path / "export.yaml").write_text(text)
    both_refuse(tmp_path, "CAS011", "SHA-256" if "{" in text else "hash")


def test_a_nested_export_can_be_vouched_for_too(tmp_path: Path) -> None:
    path = tmp_path / "cases.jsonl"
    path.write_text('{"case_id": "A1"}\n')
    (tmp_path / "export.yaml").write_text(f"sha256:\n  cases.jsonl: {hash_of(path)}\n")
    assert open_export(str(path), SCHEMA).vouched
    path.write_text('{"case_id": "A2"}\n')
    with pytest.raises(ExportError) as caught:
        open_export(str(path), SCHEMA)
    assert caught.value.diagnostic.code == "CAS013"


# --- convert --------------------------------------------------------------------------------------

MAPPING = """\
mapping: two-tables
kinds:
  case:
    source: {files: "people.csv"}
    key: No
    fields: {team: Team}
  cto:
    source: {files: "orders.csv"}
    key: Order
    case: No
    fields: {started_on: Start}
"""


@pytest.fixture
def foreign(tmp_path: Path) -> Path:
    """A foreign export, its mapping, and the schema."""
    from tests.records_page import PAGE

    export = tmp_path / "export"
    export.mkdir()
    (export / "people.csv").write_text("No,Team\nA1,North\nA2,\n")
    (export / "orders.csv").write_text("No,Order,Start\nA1,o1,2026-01-08\nA2,o2,\n")
    (tmp_path / "mapping.yaml").write_text(MAPPING)
    (tmp_path / "schema.yaml").write_text(PAGE)
    return tmp_path


def convert(desk: Path, out: str, *more: str) -> int:
    names = {"mapping": desk / "mapping.yaml", "in": desk / "export", "out": desk / out}
    words = [word for name, value in names.items() for word in (f"--{name}", str(value))]
    return main(["convert", *words, "--schema", str(desk / "schema.yaml"), "-q", *more])


def test_convert_writes_parquet_and_vouches_for_its_files(foreign: Path) -> None:
    assert convert(foreign, "csv") == 0
    assert convert(foreign, "parquet", "--tables", "parquet") == 0
    names = {path.name for path in (foreign / "parquet").iterdir()}
    assert names == {"case.parquet", "cto.parquet", "export.yaml", "load"}
    _, one = opened(foreign / "csv")
    export, other = opened(foreign / "parquet")
    assert {id: said(case) for id, case in one.items()} == {
        id: said(case) for id, case in other.items()
    }
    assert len(one) == 2
    assert export.vouched
    compare(foreign / "csv", SCHEMA)
    compare(foreign / "parquet", SCHEMA)


@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_a_converted_table_that_is_changed_on_its_way_is_refused(foreign: Path, form: str) -> None:
    assert convert(foreign, "made", "--tables", form) == 0
    path = foreign / "made" / f"cto.{form}"
    path.write_bytes(path.read_bytes().replace(b"2026", b"2025"))
    both_refuse(foreign / "made", "CAS013", "exported")


def test_verbose_says_that_nothing_vouches_for_the_files(
    foreign: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert convert(foreign, "made") == 0
    (foreign / "one.policy").write_text(
        'policy "One"\nrule O-1 "started"\n  for each cto\n  must show cto.started_on is recorded\n'
    )
    words = ["audit", str(foreign / "one.policy"), "--schema", str(foreign / "schema.yaml")]
    words += ["--cases", str(foreign / "made"), "--as-at", "2026-11-01", "-v"]
    capsys.readouterr()
    assert main(words) == 0
    assert "no sha256" not in capsys.readouterr().err
    (foreign / "made" / "export.yaml").unlink()
    assert main(words) == 0
    assert "no sha256" in capsys.readouterr().err
