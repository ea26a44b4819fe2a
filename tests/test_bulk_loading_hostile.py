"""Loading by the database goes wrong in plain words: no value, no half report, nothing left over."""

import os
import random
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from policyengine.bulk.database import BulkError
from policyengine.bulk.loading import csv_files
from policyengine.bulk.loading.folder import open_folder
from policyengine.commands.main import main
from policyengine.records import ExportError
from tests.loading_desk import by_database, by_python, compare
from tests.records_page import PAGE, SCHEMA
from tests.test_bulk_loading import csv_of
from tests.test_records_tables import CASES, TABLES, folder

ROOT = Path(__file__).parent.parent
RULE = """\
policy "Talks"
rule T-1 "spoken to"
  for each cto
  must have a talk within 7 days after cto.started_on where spoken
  say "nobody spoke with {case_id}: {cto.id}"
""".replace("nobody spoke with {case_id}: {cto.id}", "nobody spoke")
NAMES = [
    "o'x",
    'q"q',
    "semi;colon",
    "-- DROP TABLE q3",
    "a*b",
    "a[1]",
    "{cid}",
    "%s",
    "$first",
    "A1",
    "a1",
]


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A schema, a rule, and a folder of private files of which nothing may stay."""
    import tempfile

    (tmp_path / "private").mkdir()
    monkeypatch.setenv("TMPDIR", str(tmp_path / "private"))
    monkeypatch.setattr(tempfile, "tempdir", None)
    (tmp_path / "schema.yaml").write_text(PAGE)
    (tmp_path / "talks.policy").write_text(RULE)
    yield tmp_path
    assert list((tmp_path / "private").iterdir()) == []


def words(desk: Path, cases: Path, *more: str) -> list[str]:
    made = ["audit", str(desk / "talks.policy"), "--schema", str(desk / "schema.yaml")]
    return [*made, "--cases", str(cases), "--as-at", "2026-11-01", "--engine", "duckdb", *more]


def run(
    capsys: pytest.CaptureFixture[str], desk: Path, cases: Path, *more: str
) -> tuple[int, str, str]:
    code = main(words(desk, cases, *more))
    said = capsys.readouterr()
    return code, said.out, said.err


def orders(names: list[str]) -> dict[str, str | bytes]:
    return {
        "case.csv": csv_of("case_id,team", [[name, name] for name in names]),
        "cto.csv": csv_of("case_id,id,started_on", [[n, f"o{n}", "2026-01-01"] for n in names]),
        "talk.csv": csv_of(
            "case_id,id,date,spoken", [[n, n, "2026-01-03", "yes"] for n in names[::2]]
        ),
    }


def test_quotes_and_semicolons_in_ids_values_and_file_names(
    desk: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("o'x; DROP TABLE q3; --", "a*b", "a[b]c", "plain"):
        cases = folder(desk / name, orders(NAMES))
        compare(cases, SCHEMA, 2)
        one = run(capsys, desk, cases, "--format", "json")
        other = run(capsys, desk, cases, "--format", "json", "--engine", "reference")
        assert one == other
        assert one[0] == 0
        assert one[1].count('"subject"') == len(NAMES)  # A1 and a1 are two


def test_headers_with_quotes_and_semicolons(desk: Path) -> None:
    own = csv_of('x\';--,case_id,id,"a;b",{v}', [["1", "A1", "t", "2", "3"]]).replace(
        '"a;b"', '"a;b"'
    )
    notes = compare(folder(desk / "odd", {"case.csv": CASES, "talk.csv": own}), SCHEMA).load.notes
    assert len(notes) == 1
    assert "not plain" in notes[0]


@pytest.mark.parametrize(
    ("tables", "code"),
    [
        ({}, "CAS006"),
        ({"case.csv": CASES, "cto.csv": "case_id\n", "cto.jsonl": ""}, "CAS007"),
        ({"case.csv": "id,team\nA1,North\n"}, "CAS008"),
        ({"case.csv": CASES, "cto.csv": "id,started_on\nsecret,\n"}, "CAS008"),
        ({"case.csv": CASES, "audit.csv": "case_id,id\n"}, "CAS008"),
        ({"case.csv": ""}, "CAS009"),
        ({"case.csv": "case_id,team,team\n"}, "CAS009"),
        ({"case.csv": "case_id;team\nA1;x\n"}, "CAS010"),
        ({"case.csv": 'case_id,team\nA1,"secret\nA2,x\n'}, "CAS010"),
        ({"case.csv": 'case_id,team\nA1,x\nA2,"sec"ret\n'}, "CAS010"),
        ({"case.csv": b"case_id,team\nA1,x\nA2,\x00secret\n"}, "CAS010"),
        ({"case.csv": b"case_id,team\nA1,x\nA2,caf\xe9 secret\n"}, "CAS003"),
        ({"case.csv": "case_id,team\nA1,x\n".encode("utf-16")}, "CAS003"),
        ({"case.csv": "case_id,team\nA1," + "x" * ((1 << 20) + 1)}, "CAS012"),
        (
            {"case.csv": CASES, "cto.jsonl": '{"case_id": "A1"}\n{"a": 1, "a": "secret"}\n'},
            "CAS004",
        ),
        ({"case.csv": CASES, "cto.jsonl": '{"case_id": "A1", "started_on": secret}\n'}, "CAS004"),
    ],
)
def test_a_table_that_cannot_be_trusted_stops_the_run(
    desk: Path, capsys: pytest.CaptureFixture[str], tables: dict[str, str | bytes], code: str
) -> None:
    said = run(capsys, desk, folder(desk / "export", tables), "-o", str(desk / "report.txt"))
    assert (said[0], said[1]) == (3, "")
    assert f"error {code}" in said[2] or f"{code}:" in said[2]
    assert "secret" not in said[2]
    assert not (desk / "report.txt").exists()
    assert said[2] == run(capsys, desk, desk / "export", "--engine", "reference")[2]


def many(desk: Path, rows: int) -> Path:
    names = [f"C{number:06}" for number in range(rows)]
    tables = {
        "case.csv": csv_of("case_id,team", [[n, "secret team of many letters"] for n in names]),
        "cto.csv": csv_of("case_id,id,started_on", [[n, f"o{n}", "2026-01-01"] for n in names]),
        "talk.csv": csv_of(
            "case_id,id,date,spoken,notes",
            [
                [n, f"t{n}-{k}", f"2026-01-{k + 1:02}", "yes", f"secret {n} {k} " * 20]
                for n in names
                for k in range(4)
            ],
        ),
    }
    return folder(desk / "many", tables)


def test_a_disk_that_fills_while_spilling(desk: Path) -> None:
    cases = many(desk, 3000)
    with (
        pytest.raises(BulkError) as told,
        open_folder(str(cases), SCHEMA, memory="40MB", threads=1, room="1MB") as export,
    ):
        con = export.bulk.con
        with export.bulk.files.reading():
            con.execute(
                "CREATE TEMP TABLE big AS SELECT repeat(i::VARCHAR, 40) AS s FROM range(2000000) t(i)"
            )
    assert "room" in str(told.value)
    assert "secret" not in str(told.value)


def test_a_disk_on_which_nothing_can_be_written(desk: Path) -> None:
    cases = many(desk, 4000)
    child = (
        "import resource, signal, sys; from policyengine.commands.main import main;"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN);"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000));"
        "sys.exit(main(sys.argv[1:]))"
    )
    out = desk / "report.json"
    done = subprocess.run(
        [sys.executable, "-c", child, *words(desk, cases, "-o", str(out))],
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=False,
    )
    assert done.returncode == 3, done.stderr
    assert "room" in done.stderr
    assert "secret" not in done.stdout + done.stderr
    assert not out.exists()
    assert resource.getrlimit(resource.RLIMIT_FSIZE)[0] != 100_000


LONG = """
import sys
from policyengine.bulk.loading import loaded_range
from policyengine.commands.main import main

def long(self, tables):
    print("started", flush=True)
    sql = "SELECT count(*) FROM range(1000000) a, range(1000000) b WHERE hash(a.range, b.range) = 1"
    self.con.execute(sql).fetchall()

loaded_range.LoadedRange._fill = long
sys.exit(main(sys.argv[1:]))
"""


@pytest.mark.parametrize(
    "sent", [signal.SIGINT, signal.SIGTERM], ids=["Ctrl-C", "a request to end"]
)
def test_an_interrupt_in_the_middle_of_a_statement(desk: Path, sent: int) -> None:
    cases = folder(desk / "few", orders(NAMES))
    command = [sys.executable, "-c", LONG, *words(desk, cases, "-o", str(desk / "report.txt"))]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=ROOT
    ) as child:
        assert child.stdout is not None
        assert child.stderr is not None
        assert child.stdout.readline() == b"started\n"
        time.sleep(0.3)
        began = time.monotonic()
        os.kill(child.pid, sent)
        said = child.stderr.read().decode()
        assert child.wait(timeout=60) == 130
        assert time.monotonic() - began < 20  # else it would be hours
    assert "Traceback" not in said
    assert not (desk / "report.txt").exists()


# --- which reader splits a CSV file ---------------------------------------------------------------


def by_python_alone(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the files that Python's reader splits."""
    names: list[str] = []
    real = csv_files.CsvFile._by_python

    def seen(self: csv_files.CsvFile, out: Path, wanted: dict[int, str]) -> None:
        names.append(self.path.name)
        real(self, out, wanted)

    monkeypatch.setattr(csv_files.CsvFile, "_by_python", seen)
    return names


def test_the_database_splits_what_both_split_alike(
    desk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = by_python_alone(monkeypatch)
    quoted = 'case_id,id,notes\nA1,t1,"say ""no"", twice"\nA1,t2,"two\nlines"\n'
    compare(folder(desk / "plain", {"case.csv": CASES, "talk.csv": quoted}), SCHEMA)
    assert names == []


@pytest.mark.parametrize("seed", range(2))
def test_small_files_of_quotes_ends_and_delimiters(desk: Path, seed: int) -> None:
    """Whatever stands in it, a file is split as Python splits it, or refused as it refuses it."""
    chance = random.Random(seed)
    for number in range(25):
        marks = chance.choice(['a,\n"', 'a," \r\n', "a\n\r,", ' \t,\n"a', 'a"\n'])
        body = "".join(chance.choice(marks) for _ in range(chance.randrange(1, 16)))
        tables = {"case.csv": CASES, "talk.csv": f"case_id,id,notes\nA1,t,x\nA1,{body}"}
        cases = folder(desk / f"s{number}", tables)
        try:
            by_python(cases, SCHEMA)
        except ExportError as error:
            with pytest.raises(ExportError) as caught:
                by_database(cases, SCHEMA)
            assert caught.value.diagnostic == error.diagnostic
        else:
            compare(cases, SCHEMA)


@pytest.mark.parametrize(
    "text",
    [
        'case_id,id,notes\nA1,t1, "a, b"\n'.replace('"a, b"', '"a"'),
        "case_id,id,notes\r\nA1,t1,a\nA1,t2,b\r\n",
        "case_id,id,notes\rA1,t1,a\rA1,t2,b\r",
        "\ncase_id,id,notes\nA1,t1,a\n",
        "case_id,id,notes\nA1,t1\nA1,t2,b,c\nA1,t3,d\n",
        "case_id,id,notes\nA1,t1,\x01\x02\n",
    ],
    ids=[
        "space before a quote",
        "two endings",
        "old Mac",
        "empty first line",
        "ragged",
        "the mark",
    ],
)
def test_python_splits_what_the_database_would_split_otherwise(
    desk: Path, monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    names = by_python_alone(monkeypatch)
    compare(folder(desk / "odd", {"case.csv": CASES, "talk.csv": text}), SCHEMA)
    assert names == ["talk.csv"]


@pytest.mark.parametrize("encoding", ["cp1252", "iso8859-15", "utf-16", "utf-8"])
def test_other_encodings_and_delimiters(desk: Path, encoding: str) -> None:
    text = 'case_id;id;notes\nA1;t1;caf\u00e9 \u20ac\nA1;t2;"a;b"\n'
    if encoding == "iso8859-15":
        text = text.replace("\u20ac", "\u20ac")
    tables: dict[str, str | bytes] = {
        "case.csv": "case_id;team\nA1;\u00e9\n".encode(encoding),
        "talk.csv": text.encode(encoding),
        "export.yaml": f'encoding: {encoding}\ndelimiter: ";"\n',
    }
    compare(folder(desk / "coded", tables), SCHEMA)


def test_a_range_at_a_time_is_the_whole(desk: Path) -> None:
    cases = many(desk, 20)
    whole = by_database(cases, SCHEMA, 1000)
    for at_once in (1, 7, 19, 20, 21):
        some = by_database(cases, SCHEMA, at_once)
        assert some[1] == whole[1]
        assert some[0].sha256 == whole[0].sha256


def test_the_tables_of_the_readers_tests_leave_nothing(desk: Path) -> None:
    compare(folder(desk / "one", TABLES), SCHEMA)
