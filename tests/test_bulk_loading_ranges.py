"""Ranges of cases: what is counted of kinds that nobody reads, how many cases a range has, and what
a page tells of several of them."""

import random
from datetime import date
from pathlib import Path

import pytest

from policyengine.bulk.loading import parting, ranges, read_back, room
from policyengine.bulk.loading.folder import open_folder
from policyengine.bulk.loading.kind_table import KindTable
from policyengine.bulk.page_audit import run_page_audit
from policyengine.bulk.side_by_side import Means
from policyengine.bulk.tables import Tables
from policyengine.evaluate import run_audit
from policyengine.findings.sentences import Sentences
from policyengine.findings.tally import tally_of
from policyengine.records import open_export
from policyengine.schema.from_yaml import schema_from
from policyengine.source import SourceFile
from tests.bulk_desk import reference_of
from tests.loading_desk import Everything, compare
from tests.records_page import SCHEMA
from tests.tables_from_cases import write_csv, write_json, write_parquet
from tools.conformance.bench import check, schema_of

WRITERS = {"csv": write_csv, "parquet": write_parquet, "jsonl": write_json}
ASKED = """
schema: asked
time_zone: Europe/London
kinds:
  case:
    fields: {team: text}
  visit:
    happened: on
    void_when: wrong
    fields:
      on: {type: date, required: true}
      wrong: yes_no
      notes: text
  letter:
    fields: {words: {type: text, required: true}}
"""


def asked():
    schema, notes = schema_from(SourceFile("schema.yaml", ASKED))
    assert notes == []
    assert schema is not None
    return schema


CASES = [{"case_id": f"C{number:02}", "team": "North"} for number in range(30)]
CLEAN = [
    {"case_id": f"C{number % 30:02}", "id": f"v{number}", "on": "2026-01-02", "notes": "Seen."}
    for number in range(90)
]
ODD = {
    "clean": [],
    "of nobody": [{"case_id": "X", "id": "v1", "on": "2026-01-02"}],
    "blank where required": [{"case_id": "C04", "id": "w", "on": ""}],
    "void": [{"case_id": "C29", "id": "w", "on": "2026-01-02", "wrong": "yes"}],
    "no date": [{"case_id": "C04", "id": "w", "on": "soon"}],
    "without an id": [{"case_id": "C04", "id": "", "on": "2026-01-02"}],
    "of one id": [{"case_id": "C04", "id": "w", "on": day} for day in ("2026-01-03", "", "x")],
    "void and of one id": [
        {"case_id": "C19", "id": "w", "on": "2026-01-03", "wrong": wrong} for wrong in ("yes", "no")
    ],
    "one id in two cases": [
        {"case_id": case, "id": "w", "on": "2026-01-03"} for case in ("C09", "C10")
    ],
}


def counts(path: Path, schema, reads: set[str], at_once: int):
    """What loading counts, where no rule reads any kind but these."""
    needs = Everything(schema)
    needs.kinds = reads
    with open_folder(str(path), schema, threads=1) as export:
        folder = export.bulk
        folder.reads = {kind: needs.fields[kind] for kind in reads}
        for several in folder.ranges(export, at_once):
            tables = Tables(folder.con, needs)
            tables.create()
            several.fill(tables)
            several.fill(tables)  # nothing is counted twice
    return export


@pytest.mark.parametrize("form", ["csv", "parquet", "jsonl"])
@pytest.mark.parametrize("odd", ODD)
def test_a_kind_that_nobody_reads_is_counted_as_if_somebody_did(
    tmp_path: Path, form: str, odd: str
) -> None:
    schema = asked()
    letters = [{"case_id": "C01", "id": f"l{n}", "words": "x" * (n % 2)} for n in range(4)]
    rows = {"case": CASES, "visit": [*CLEAN, *ODD[odd]], "letter": letters}
    path = WRITERS[form](tmp_path / "export", rows)
    plain = open_export(str(path), schema)
    assert len(list(plain.cases())) == 30
    found = counts(path, schema, {"case"}, 10)
    assert found.load == plain.load
    assert found.sha256 == plain.sha256


def test_such_a_kind_has_no_table_where_its_rows_are_as_they_should_be(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[str] = []
    real = KindTable.narrow
    monkeypatch.setattr(
        KindTable, "narrow", lambda self, *more: made.append(self.kind.name) or real(self, *more)
    )
    odd = ODD["of one id"]
    path = write_csv(tmp_path / "export", {"case": CASES, "visit": [*CLEAN, *odd]})
    counts(path, asked(), {"case"}, 10)
    assert made.count("visit") == 3  # a misfit, anywhere: every range is looked at
    made.clear()
    odd = ODD["one id in two cases"]
    path = write_csv(tmp_path / "other", {"case": CASES, "visit": [*CLEAN, *odd]})
    counts(path, asked(), {"case"}, 10)
    assert "visit" not in made


@pytest.mark.parametrize("form", ["csv", "parquet"])
@pytest.mark.parametrize("at_once", [10, 29, 30, 31])
def test_rows_out_of_order_are_read_where_their_table_is_not_parted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, form: str, at_once: int
) -> None:
    """The first and the last case of a range, rows of one id in two ranges, an odd text in one."""
    chance = random.Random(7)
    talks = [
        {"case_id": f"C{n % 30:02}", "id": f"t{n % 45}", "date": f"2026-01-{n % 28 + 1:02}",
         "at": "2026-01-02T10:00", "notes": "caf\u00e9" if n == 40 else "Seen."}
        for n in range(120)
    ]  # fmt: skip
    chance.shuffle(talks)
    monkeypatch.setattr(parting, "FEW_ROWS", 10)
    compare(WRITERS[form](tmp_path / "export", {"case": CASES, "talk": talks}), SCHEMA, at_once)


@pytest.mark.parametrize("mixed", [False, True])
def test_a_wide_table_is_parted_where_its_groups_hold_cases_of_every_range(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mixed: bool
) -> None:
    import pyarrow.parquet as pq

    monkeypatch.setattr(parting, "FEW_ROWS", 10)
    monkeypatch.setattr(parting, "WIDE", 0)
    monkeypatch.setattr(room, "A_PIECE", 0)
    talks = [
        {"case_id": f"C{n // 4:02}", "id": f"t{n}", "date": "2026-01-02", "notes": f"Seen {n}."}
        for n in range(120)
    ]
    if mixed:
        random.Random(9).shuffle(talks)
    path = write_parquet(tmp_path / "export", {"case": CASES, "talk": talks})
    table = pq.read_table(path / "talk.parquet")
    pq.write_table(table, path / "talk.parquet", row_group_size=20)
    parted: list[str] = []
    real = ranges.part

    def seen(con, source, *more) -> None:
        real(con, source, *more)
        parted.extend([source.kind.name] * (source.whole is not None))

    monkeypatch.setattr(ranges, "part", seen)
    compare(path, SCHEMA, 6)
    assert parted == (["talk"] if mixed else [])


# --- how many cases ---------------------------------------------------------------------------------


def test_a_range_has_fewer_cases_where_more_is_read_of_each(tmp_path: Path) -> None:
    schema = asked()
    visits = [{**row, "notes": "x" * 5_000} for row in CLEAN]
    path = write_parquet(tmp_path / "export", {"case": CASES, "visit": visits})
    with open_folder(str(path), schema, threads=1) as export:
        folder = export.bulk
        assert room.fitting(folder, {"case": set()}, 1) == room.MOST
        dated = room.fitting(folder, {"case": set(), "visit": {"on"}}, 1)
        worded = room.fitting(folder, {"case": set(), "visit": {"on", "notes"}}, 1)
        assert dated == room.MOST
        letters = 3 * 5_000 * room.TIMES_A_TEXT
        assert room.LEAST < worded <= room.ROOM // letters
        folder.reads = None
        assert folder.fitting(1) <= worded
        many = room.fitting(folder, {"case": set(), "visit": {"on", "notes"}}, 3 * room.FEW_RULES)
        half = room.ENOUGH / room.SHARE  # of what the database may use
        assert many == pytest.approx(worded * min(3, half / room.ROOM), rel=0.01)
    with open_folder(str(path), schema, threads=1, memory="40MB") as export:
        less = room.fitting(export.bulk, {"case": set(), "visit": {"on", "notes"}}, 1)
        assert less == room.LEAST


def test_what_the_database_may_use_is_bounded_where_nobody_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write_parquet(tmp_path / "export", {"case": CASES, "visit": CLEAN})
    files = sorted(path.iterdir())
    assert room.memory_for(files, 2) == f"{room.ENOUGH >> 20}MiB"
    twenty = room.ENOUGH + 10 * room.A_TABLE
    assert room.memory_for(files * 10, 2) == f"{twenty >> 20}MiB"
    assert room.memory_for(files * 10, 1, 2) == f"{twenty // 2 >> 20}MiB"  # one of two
    monkeypatch.setattr(room, "BESIDE", room.ENOUGH)
    more = room.memory_for(files, 1 << 10)
    assert more is not None
    assert int(more.removesuffix("MiB")) > room.ENOUGH >> 20
    assert room.memory_for(files, 1 << 40) is None  # no machine has that
    (path / "visit.parquet").write_bytes(b"PAR1 is not all of it")
    assert room.memory_for(files, 2) == f"{room.ENOUGH >> 20}MiB"


# --- what a page tells ------------------------------------------------------------------------------

POLICY = """
policy "Told"
rule T-01 "a visit is followed by a visit"
  for each visit
  must have a visit as other within 7 days after visit.on where other.notes is "None"
rule T-02 "a visit has notes"
  for each visit
  must show visit.notes is recorded
"""


def visits() -> list[dict[str, object]]:
    chance = random.Random(3)
    made: list[dict[str, object]] = []
    for number in range(400):
        row = {"case_id": f"C{chance.randrange(30):02}", "id": f"v{number}"}
        row["on"] = f"2026-0{chance.randrange(1, 9)}-{chance.randrange(1, 29):02}"
        row["on"] = "" if number % 50 == 0 else row["on"]
        row["notes"] = "" if number % 3 == 0 else chance.choice(["None", "Seen."])
        made.append(row)
    return made


@pytest.mark.parametrize("at_once", [4, 7, 30])
@pytest.mark.parametrize("together", [2, 1_000])
@pytest.mark.parametrize("limit", [1, 5])
def test_what_is_told_of_several_ranges_is_what_is_told_of_all_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, at_once: int, together: int, limit: int
) -> None:
    monkeypatch.setattr(read_back, "AT_ONCE", together)
    monkeypatch.setattr(parting, "FEW_ROWS", 10)
    monkeypatch.setattr(parting, "TIMES", 2)
    plan = check(POLICY, schema_of(ASKED)).plan
    assert plan is not None
    day = date(2026, 11, 1)
    path = write_csv(tmp_path / "export", {"case": CASES, "visit": visits()})
    whole = run_audit(plan, open_export(str(path), plan.schema), day)
    expected = tally_of(whole, Sentences(plan, whole.as_at), limit)
    assert all(len(each.first) == limit for each in expected.breaches.values())
    assert len(expected.breaches) == 2
    with open_folder(str(path), plan.schema, threads=1) as export:
        means = Means(threads=1, cases_at_once=at_once)
        reference = reference_of(plan, export)
        found, notes = run_page_audit(
            plan, export, day, limit=limit, reference=reference, means=means
        )
    assert found.tally == expected
    assert found.summary == whole.summary
    assert notes.rules == {}
