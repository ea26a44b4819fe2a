"""`convert`, and `audit --mapping`: what they print, write, and leave behind."""

import json
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from policyengine.commands.main import main
from policyengine.imports import convert, load_mapping, waves
from policyengine.imports.load_counts import TableLoad
from policyengine.imports.owners import Owners
from policyengine.records import open_export
from policyengine.records.model import Absent
from tests.imports_desk import (
    CASE,
    CTO,
    ORDERS,
    P1,
    P2,
    PATIENTS,
    TOP,
    loaded,
    schema,
    written,
)

RIGHTS = """
  rights_discussion:
    source: {files: "rights.csv"}
    key: Id
    case: PatientId
    fields:
      date: Date
      order: Order
      reason: {value: start}
      legal_status_explained: {from: Told}
      recall_explained: {from: Told}
      spoken: {from: Told}
      in_writing: {from: Told}
      outcome: {value: understood}
"""
RECALLS = """
  cto_recall:
    source: {files: "recalls.csv"}
    key: Id
    case: PatientId
    fields: {order: Order}
"""
MAPPING = TOP + "kinds:" + CASE + CTO + RIGHTS + RECALLS
FILES = {
    "patients.csv": PATIENTS + P1 + P2 + ",,,,\n",
    "orders.csv": ORDERS + "O1,P1,02/01/2026,01/01/2026,01,\nO2,P2,02/01/2026,,,01/07/2026\n" * 2,
    "rights.csv": "Id,PatientId,Date,Order,Told\nR1,P2,05/01/2026,O2,yes\nR2,P2,31/02/2026,O2,yes\n",
    "recalls.csv": "Id,PatientId,Order\n",
}
RULES = """policy "Rights"
rule R-01 "Told in a week"
  for each cto
  must have a rights_discussion within 7 days after cto.started_on where spoken
rule R-02 "An order is some day an order"
  for each cto
  must show started_on of cto is recorded
"""


@pytest.fixture
def desk(tmp_path: Path) -> Path:
    written(tmp_path / "export", FILES)
    (tmp_path / "mapping.yaml").write_text(MAPPING)
    (tmp_path / "rights.policy").write_text(RULES.replace("started_on of cto", "cto.started_on"))
    return tmp_path


def run(*words: str | Path) -> int:
    return main([str(word) for word in words])


def converted(desk: Path, *more: str) -> int:
    return run(
        "convert",
        "--mapping",
        desk / "mapping.yaml",
        "--in",
        desk / "export",
        "--out",
        desk / "out",
        *more,
    )


def audited(desk: Path, *more: str | Path) -> int:
    return run("audit", desk / "rights.policy", "--as-at", "2026-11-01", *more)


def test_convert_prints_the_load_report(desk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert converted(desk) == 0
    said = capsys.readouterr()
    assert "9 rows read = 6 kept + 2 merged + 1 rejected" in said.out
    assert "end_before_start" in said.out and "it ends before it starts" in said.out
    assert {path.stat().st_mode & 0o077 for path in (desk / "out").rglob("*")} == {0}
    assert "rights_discussion.date" in said.out and "invalid_date 1" in said.out
    assert sorted(path.name for path in (desk / "out").iterdir()) == [
        "case.csv",
        "cto.csv",
        "cto_recall.csv",
        "export.yaml",
        "load",
        "rights_discussion.csv",
    ]


def test_the_load_report_as_json_is_the_one_that_is_written(
    desk: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert converted(desk, "--format", "json") == 0
    said = json.loads(capsys.readouterr().out)
    assert said == json.loads((desk / "out" / "load" / "report.json").read_text())
    assert said["rows_read"] == said["rows_kept"] + said["rows_merged"] + said["rows_rejected"]
    field = {t["kind"]: t for t in said["tables"]}["rights_discussion"]["fields"]["date"]
    assert (field["filled"], field["invalid"]) == (1, {"invalid_date": 1})


def test_the_tables_are_read_as_any_others(desk: Path) -> None:
    assert converted(desk, "-q") == 0
    export = open_export(str(desk / "out"), schema())
    cases = {case.id: case for case in export.cases()}
    assert cases.keys() == {"P1", "P2"}
    assert export.load.rows_read == export.load.rows_kept == 6
    assert export.load.notes == []


def test_why_a_value_is_missing_is_kept(tmp_path: Path) -> None:
    """S4: blank, recorded as unknown, withheld and invalid are four things."""
    cto = CTO.replace("ended_on: End", "ended_on: {from: End, withheld: ['***']}")
    texts = ["", "Not known", "***", "31/02/2026"]
    rows = "".join(f"O{n},P1,01/01/2026,{text},,\n" for n, text in enumerate(texts))
    files = {"patients.csv": PATIENTS + P1, "orders.csv": ORDERS + rows}
    made = loaded(tmp_path, files, TOP + "kinds:" + CASE + cto)
    (case,) = open_export(str(made.folder), schema()).cases()
    at = schema().kinds["cto"].fields["ended_on"].index
    assert [record.values[at] for record in case.records["cto"]] == [
        None,
        Absent.RECORDED_AS_UNKNOWN,
        Absent.WITHHELD,
        Absent.INVALID,
    ]
    counted = made.field("cto", "ended_on")
    assert (counted.blank, counted.unknown, counted.withheld, counted.filled) == (1, 1, 1, 0)


def test_an_audit_by_the_mapping_is_the_audit_of_the_converted_tables(
    desk: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = set(Path(tempfile.gettempdir()).glob("cases-*"))
    flags = ("--format", "json", "--show", "all")
    assert (
        audited(desk, "--mapping", desk / "mapping.yaml", "--cases", desk / "export", *flags) == 0
    )
    one = json.loads(capsys.readouterr().out)
    assert converted(desk, "-q") == 0
    capsys.readouterr()
    assert audited(desk, "--cases", desk / "out", *flags) == 0
    other = json.loads(capsys.readouterr().out)
    assert one["findings"] == other["findings"]
    assert one["summary"] == other["summary"]
    assert one["cases_sha256"] == other["cases_sha256"]
    load = one["load"]
    assert (load["rows_read"], load["rows_merged"]) == (9, 2)
    assert load["rows_read"] == load["rows_kept"] + load["rows_merged"] + load["rows_rejected"]
    told = {(f["kind"], f["field"], f["fault"]): f["rows"] for f in one["load"]["faults"]}
    assert told["cto", "ended_on", "end_before_start"] == 1
    assert told["case", "", "blank_key"] == 1
    assert set(Path(tempfile.gettempdir()).glob("cases-*")) == before


def test_a_finding_that_rests_on_a_row_with_a_fault_says_so(
    desk: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert converted(desk, "-q") == 0
    capsys.readouterr()
    assert audited(desk, "--cases", desk / "out", "--format", "json", "--show", "all") == 0
    findings = json.loads(capsys.readouterr().out)["findings"]
    reasons = {(f["rule"], f["case"]): f["reasons"] for f in findings}
    fault = {
        "why": "invalid",
        "kind": "cto",
        "id": "O1",
        "field": "ended_on",
        "text": "it ends before it starts",
    }
    assert fault in reasons["R-02", "P1"]  # met, and says so all the same
    assert reasons["R-02", "P2"] == []
    assert audited(desk, "--cases", desk / "out", "--show", "all") == 0
    assert "was loaded with a fault: it ends before it starts" in " ".join(
        capsys.readouterr().out.split()
    )


def test_more_rejected_than_is_safe(desk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert converted(desk, "--max-rejected", "0") == 4
    assert "1 of 9 rows were rejected" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (["convert"], 2, "--mapping"),
        (["convert", "--mapping", "{d}/mapping.yaml"], 2, "--in"),
        (["convert", "--mapping", "{d}/mapping.yaml", "--in", "{d}/export"], 2, "--out"),
        (["convert", "--mapping", "{d}/none", "--in", "{d}/export", "--out", "{d}/o"], 3, "YML001"),
        (
            ["convert", "--mapping", "{d}/mapping.yaml", "--in", "{d}/no", "--out", "{d}/o"],
            3,
            "CAS001",
        ),
        (
            ["audit", "--mapping", "{d}/mapping.yaml", "--cases", "-", "--as-at", "2026-11-01"],
            3,
            "CAS001",
        ),
    ],
)
def test_what_cannot_be_run(
    desk: Path, capsys: pytest.CaptureFixture[str], words: list[str], code: int, says: str
) -> None:
    assert run(*(word.format(d=desk) for word in words)) == code
    assert says in capsys.readouterr().err


def test_a_mistake_in_the_mapping_is_shown_at_its_place(
    desk: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (desk / "mapping.yaml").write_text(MAPPING.replace("started_on:", "started:"))
    assert converted(desk) == 3
    said = capsys.readouterr().err
    assert "mapping.yaml:" in said and "MAP002" in said and "`started_on`" in said
    assert not (desk / "out").exists()


def test_what_was_lost_is_a_bug_and_not_a_number() -> None:
    with pytest.raises(AssertionError):
        TableLoad("cto", "orders", in_files=3, read=3, kept=2).settle()
    with pytest.raises(AssertionError):
        TableLoad("cto", "orders", in_files=3, read=2, kept=2).settle()


# --- several at once ----------------------------------------------------------------------------


def test_what_is_run_at_once_is_the_same_as_one_after_the_other(
    desk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mapping, notes = load_mapping(desk / "mapping.yaml", schema())
    assert mapping is not None, notes
    assert waves.waves(mapping) == [["case"], ["cto"], ["cto_recall", "rights_discussion"]]
    convert(mapping, desk / "export", desk / "one")
    monkeypatch.setattr(waves, "MUCH", 0)
    convert(mapping, desk / "export", desk / "other")
    made = [
        {path.relative_to(out).as_posix(): path.read_bytes() for path in out.rglob("*.*")}
        for out in (desk / "one", desk / "other")
    ]
    assert made[0] == made[1]


def test_an_error_in_another_process_comes_back_as_it_is(
    desk: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(waves, "MUCH", 0)
    (desk / "export" / "rights.csv").write_text(
        FILES["rights.csv"].replace("05/01/2026", "2026-01-05")
    )
    assert converted(desk) == 3
    said = capsys.readouterr().err
    assert "MAP005" in said and "rights.csv row 2, column `Date`" in said
    assert not (desk / "out").exists()


def test_owners_tell_records_of_one_key_by_their_cases() -> None:
    owners = Owners()
    assert owners.add(["a", "b"], ["P1", "P1"]) == []
    assert owners.add(["c", "a", "a", "c"], ["P1", "P2", "P1", "P1"]) == [2, 3]
    assert owners.has("a", "P2") and owners.has("a", "P1") and not owners.has("b", "P2")
    assert owners.case_of("a") is None  # of several cases, so nobody's in particular
    assert (owners.case_of("b"), owners.case_of("z")) == ("P1", None)


# --- laws ---------------------------------------------------------------------------------------

KEYS = st.sampled_from(["O1", "O2", " O3", ""])
WHO = st.sampled_from(["P1", "P2", "P9", "", "P1\u00a0"])
DATES = st.sampled_from(["01/01/2026", "31/02/2026", "", "31/12/9999", "01/02/24", "30/12/1899"])
CODES = st.sampled_from(["01", "1", "99", "x", "", "Not known", "NULL"])
ROWS = st.lists(st.tuples(KEYS, WHO, DATES, DATES, CODES, DATES), max_size=12)
LAWS = settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def _orders(rows: list[tuple[str, ...]]) -> str:
    return ORDERS + "".join(",".join(row) + "\n" for row in rows)


@LAWS
@given(rows=ROWS, data=st.data())
def test_every_row_is_somewhere_and_their_order_is_nothing(
    tmp_path: Path, rows: list[tuple[str, ...]], data: st.DataObject
) -> None:
    mixed = data.draw(st.permutations(rows))
    cut = data.draw(st.integers(0, len(rows)))
    with tempfile.TemporaryDirectory(dir=tmp_path) as folder:
        patients = {"patients.csv": PATIENTS + P1 + P2}
        mapping = TOP + "kinds:" + CASE + CTO + "    checks: {overlap: yes}\n"
        one = loaded(Path(folder), patients | {"orders.csv": _orders(rows)}, mapping)
        files = {"orders1.csv": _orders(mixed[:cut]), "orders2.csv": _orders(mixed[cut:])}
        other = loaded(Path(folder), patients | files, mapping)
        assert one.table("cto").read == len(rows)
        for name in ("kept", "merged", "rejected", "orphaned"):
            assert getattr(one.table("cto"), name) == getattr(other.table("cto"), name)
        assert sorted(map(str, one.rows("cto"))) == sorted(map(str, other.rows("cto")))
        exports = [open_export(str(made.folder), schema()) for made in (one, other)]
        read = [list(export.cases()) for export in exports]
        assert exports[0].sha256 == exports[1].sha256
        assert exports[0].load.rows_rejected == 0
        assert sum(len(c.records.get("cto", ())) for c in read[0]) == one.table("cto").kept


@LAWS
@given(text=st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=40))
def test_a_text_comes_through_whole(tmp_path: Path, text: str) -> None:
    """Whatever a note holds, the reader of the tables finds it again, its outer blanks apart."""
    kind = """
  risk_review:
    source: {files: "r.ndjson"}
    key: id
    case: who
    fields: {narrative: text, date: day}
"""
    rows = [{"id": "V1", "who": "P1", "text": text}, {"id": "V2", "who": "P1", "text": "same"}]
    files = {
        "patients.csv": PATIENTS + P1,
        "r.ndjson": "".join(json.dumps(row) + "\n" for row in rows),
    }
    with tempfile.TemporaryDirectory(dir=tmp_path) as folder:
        made = loaded(Path(folder), files, TOP + "kinds:" + CASE + kind)
        alone = loaded(
            Path(folder), files | {"r.ndjson": json.dumps(rows[0])}, TOP + "kinds:" + CASE + kind
        )
        (first, _), (only,) = made.rows("risk_review"), alone.rows("risk_review")
        assert first == only
        (case,) = open_export(str(made.folder), schema()).cases()
        found = case.records["risk_review"][0].values
        assert len(found) > 0 and first.get("narrative", "") in ("", *(str(v) for v in found))


@pytest.mark.parametrize(
    "verb",
    [
        ("worklist", "--as-at", "2026-11-01"),
        ("report", "--as-at", "2026-11-01", "--format", "md", "--periods", "3"),
        ("trend", "--from", "2026-01-01", "--until", "2026-03-31", "--format", "json"),
        ("sample", "--as-at", "2026-11-01", "--seed", "s", "--size", "2", "--format", "json"),
        ("explain", "P1", "--as-at", "2026-11-01", "--show", "all", "--format", "json"),
    ],
    ids=lambda words: str(words[0]),
)
def test_every_verb_that_judges_takes_a_mapping(
    desk: Path, capsys: pytest.CaptureFixture[str], verb: tuple[str, ...]
) -> None:
    name, *flags = verb
    case = [flags.pop(0)] if name == "explain" else []
    words = [name, *case, desk / "rights.policy", *flags, "--no-progress"]
    assert run(*words, "--mapping", desk / "mapping.yaml", "--cases", desk / "export") == 0
    one = capsys.readouterr()
    assert "9 rows read = 6 kept + 2 merged + 1 rejected" in one.err
    assert converted(desk, "-q") == 0
    capsys.readouterr()
    assert run(*words, "--cases", desk / "out") == 0
    other = capsys.readouterr().out
    assert without_load(one.out) == without_load(other)
    assert name != "explain" or "it ends before it starts" in one.out


def without_load(page: str) -> str:
    """A page as far as it does not tell of what was loaded: a mapping's own rejected rows are not
    told once more of its tables."""
    lines = page.splitlines()
    told = [place for place, line in enumerate(lines) if " rejected" in line]
    return "\n".join(lines[: told[0] if told else None])


def test_a_mapping_does_not_go_with_the_sample(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("worklist", "--demo", "--mapping", "m.yaml") == 2
    assert "--demo takes no mapping" in capsys.readouterr().err
