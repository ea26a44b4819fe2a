"""The audit on Spark finds what the other engines find, byte for byte; on a cluster of this machine.

Java 17 is what it needs (`apt-get install openjdk-17-jre-headless`); where CI is set, a machine
without it fails.
"""

from __future__ import annotations

import csv
import json
import os
import shutil
from datetime import date, datetime
from pathlib import Path

import pytest

from policyengine.commands.main import main
from policyengine.evaluate import run_audit
from policyengine.policy.load import load_rules
from policyengine.records import ExportError, open_export
from policyengine.spark import SparkError, audit
from policyengine.spark import kernel as kernels
from policyengine.spark.rows import key_of, packed, unpacked
from policyengine.spark.session import collected, session
from policyengine.spark.told import Share, finding_line, finding_of, share_of
from policyengine.values.verdict import Verdict

AS_AT = date(2026, 2, 1)
SCHEMA = """
schema: spark
version: 1
time_zone: Europe/London
kinds:
  case:
    died: died_on
    owner: team
    fields:
      team: text
      died_on: {type: date, open: true}
  order:
    happened: started_on
    ended: ended_on
    fields:
      started_on: date
      ended_on: {type: date, open: true}
  visit:
    happened: happened_at
    void_when: wrong
    fields:
      happened_at: datetime
      by_whom: ref staff
      minutes: number
      done: yes_no
      wrong: yes_no
      notes: {type: text, sensitive: free_text}
  letter:
    happened: sent_on
    fields: {sent_on: date}
  staff:
    shared: true
    fields: {role: text}
"""
POLICY = """
policy "On Spark"
setting soon is 3 days
rule SP-01 "Seen soon"
  source "Made up"
  for each order
  must have a visit within soon after order.started_on where done and minutes is at least 2.5
  say "Nothing by {deadline}."
rule SP-02 "Seen by a nurse"
  source "Made up"
  for each visit
  must show visit.by_whom.role is "nurse"
rule SP-03 "A letter"
  source "Made up"
  for each order
  must have a letter within 7 days after order.started_on
rule SP-04 "Seen within hours"
  source "Made up"
  for each visit as one with its previous as before
  must show one.happened_at is within 72 hours after before.happened_at
"""
HIDDEN = "qhidden"


def rows_of(number: int) -> dict[str, list[dict[str, str]]]:
    """A case's rows, some of them with a fault."""
    case, day = f"C{number % 7}{number}", 1 + number % 27
    odd = {5: "31/02/2026", 11: "", 13: "not a date"}
    return {
        "case": [
            {
                "case_id": case,
                "team": f"Team {number % 3}",
                "died_on": "" if number % 9 else "2026-01-20",
            }
        ],
        "order": [
            {
                "case_id": case,
                "id": f"o{number}",
                "started_on": odd.get(number % 17, f"2026-01-{day:02}"),
                "ended_on": "" if number % 4 else "2026-01-29",
            }
        ],
        "visit": [
            {
                "case_id": f" {case} " if number % 8 == 0 else case,
                "id": f"v{number}-{each}",
                "happened_at": f"2026-01-{min(31, day + 2 * each):02}T0{each}:30",
                "by_whom": f"s{(number + each) % 3}",
                "minutes": ["2.5", "2.50", "2", "", "1e3", "ten"][(number + each) % 6],
                "done": ["yes", "no", "true", "", "perhaps"][(number * 2 + each) % 5],
                "wrong": "yes" if (number + each) % 13 == 0 else "",
                "notes": f"{HIDDEN} 'quoted'; \"twice\", and\na line",
            }
            for each in range(number % 4)
        ],
    }


def write(folder: Path, cases: int) -> Path:
    """An export of every form at once: CSV, JSON lines, and Parquet."""
    import pyarrow as pa
    from pyarrow import parquet

    folder.mkdir()
    tables: dict[str, list[dict[str, str]]] = {"case": [], "order": [], "visit": []}
    for number in range(cases):
        for kind, rows in rows_of(number).items():
            tables[kind] += rows
    tables["case"].append({"case_id": "", "team": "nobody's", "died_on": ""})
    tables["visit"].append({"case_id": "gone", "id": "x", "notes": HIDDEN})
    with (folder / "case.csv").open("w", newline="") as file:
        out = csv.DictWriter(file, ["case_id", "team", "died_on"])
        out.writeheader()
        out.writerows(tables["case"])
    (folder / "order.jsonl").write_text("".join(json.dumps(row) + "\n" for row in tables["order"]))
    visits = tables["visit"]
    names = ["case_id", "id", "happened_at", "by_whom", "minutes", "done", "wrong", "notes", "more"]
    parquet.write_table(
        pa.table(
            {name: pa.array([row.get(name) for row in visits], pa.string()) for name in names}
        ),
        folder / "visit.parquet",
        row_group_size=16,
    )
    parquet.write_table(
        pa.table({"id": ["s0", "s1", "s2", "s2"], "role": ["nurse", "doctor", None, "nurse"]}),
        folder / "staff.parquet",
    )
    (folder / "unicorn.csv").write_text("case_id,id\nC1,u1\n")
    (folder / "export.yaml").write_text("complete_from: {order: 2025-06-01}\n")
    return folder


@pytest.fixture(scope="module")
def rules(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("rules")
    (folder / "schema.yaml").write_text(SCHEMA)
    (folder / "spark.policy").write_text(POLICY)
    return folder


@pytest.fixture(scope="module")
def plan(rules):
    found = load_rules([str(rules)]).plan
    assert found is not None
    return found


@pytest.fixture(scope="module")
def export(tmp_path_factory) -> Path:
    return write(tmp_path_factory.mktemp("export") / "tables", 60)


@pytest.fixture(scope="module")
def spark():
    if shutil.which("java") is None and not os.environ.get("CI"):
        pytest.skip("there is no Java here")
    with session("local[2]") as made:
        yield made


def run(capsys, *arguments: object) -> tuple[int, str, str]:
    code = main([str(each) for each in arguments])
    said = capsys.readouterr()
    return code, said.out, said.err


# --- equal ----------------------------------------------------------------------------------------


def test_the_command_writes_the_same_bytes(spark, rules, export, capsys) -> None:
    common = ("audit", rules, "--cases", export, "--as-at", AS_AT, "--format", "json")
    _, expected, load = run(capsys, *common, "--engine", "reference")
    code, found, said = run(capsys, *common, "--engine", "spark", "--master", "local[2]")
    assert code == 0
    assert found == expected
    assert said == load
    verdicts = {each["verdict"] for each in json.loads(found)["findings"]}
    assert verdicts >= {"met", "breached", "cannot_tell", "not_applicable"}
    assert json.loads(found)["load"]["rows_rejected"] > 2


def test_typed_frames_in_a_notebook(spark, plan, tmp_path) -> None:
    """Dates, times, numbers and truths of a data frame mean what their texts mean."""
    local = datetime.fromisoformat
    frames = {
        "case": spark.createDataFrame([("A", "North", None), ("B", None, date(2026, 1, 5))],
                                      "case_id string, team string, died_on date"),
        "order": spark.createDataFrame(
            [("A", "o1", date(2026, 1, 1)), ("B", "o2", date(2026, 1, 2))],
            "case_id string, id string, started_on date",
        ),
        "visit": spark.createDataFrame(
            [
                ("A", "v1", local("2026-01-04T09:30"), "s0", 2.5, True),
                ("A", "v2", local("2026-01-06T09:31"), "s1", 3.0, False),
                ("B", "v3", None, "s1", None, None),
            ],
            "case_id string, id string, happened_at timestamp_ntz, by_whom string, "
            "minutes double, done boolean",
        ),
        "staff": spark.createDataFrame([("s0", "nurse"), ("s1", None)], "id string, role string"),
    }  # fmt: skip
    for kind, frame in frames.items():
        frame.coalesce(1).write.parquet(str(tmp_path / "written" / kind))
        part = next((tmp_path / "written" / kind).glob("*.parquet"))
        shutil.copy(part, tmp_path / f"{kind}.parquet")
    shutil.rmtree(tmp_path / "written")
    exported = open_export(str(tmp_path), plan.schema)
    expected = run_audit(plan, exported, AS_AT)
    found = audit(frames, rules=plan, as_at="2026-02-01", cases_at_once=1, partitions=3)
    assert found == expected
    assert {each.verdict for each in found.findings} >= {Verdict.MET, Verdict.CANNOT_TELL}
    assert found.cases == 2


def test_a_rule_can_be_chosen(spark, plan) -> None:
    cases = spark.createDataFrame([("A",)], "case_id string")
    orders = spark.createDataFrame(
        [("A", "o1", "2026-01-01")], "case_id string, id string, started_on string"
    )
    found = audit({"case": cases, "order": orders}, rules=plan, as_at=AS_AT, select={"SP-03"})
    assert [(each.rule, each.verdict) for each in found.findings] == [
        ("SP-03", Verdict.CANNOT_TELL)
    ]


# --- what goes wrong ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("frame", "code"),
    [
        ({}, "CAS006"),
        ({"case": "team string"}, "CAS008"),
        ({"case": "case_id array<string>"}, "CAS002"),
    ],
)
def test_frames_that_are_no_export(spark, plan, frame, code) -> None:
    frames = {kind: spark.createDataFrame([], columns) for kind, columns in frame.items()}
    with pytest.raises(ExportError) as caught:
        audit(frames, rules=plan, as_at=AS_AT)
    assert caught.value.diagnostic.code == code


def test_a_table_that_is_cut_short_says_no_value_and_leaves_nothing(
    spark, rules, export, capsys, tmp_path
) -> None:
    """A table that is cut short; the same door as for what a worker cannot carry out."""
    broken = tmp_path / "tables"
    shutil.copytree(export, broken)
    (broken / "visit.parquet").write_bytes((export / "visit.parquet").read_bytes()[:-400])
    out = tmp_path / "found.json"
    common = ("audit", rules, "--cases", broken, "--as-at", AS_AT, "-o", out)
    code, _, said = run(capsys, *common, "--engine", "spark", "--master", "local[2]")
    assert code == 3
    assert not out.exists()
    assert HIDDEN not in said
    assert "visit.parquet" in said


def test_what_spark_says_is_not_repeated(spark) -> None:
    from pyspark.sql.functions import raise_error

    frame = spark.range(1).select(raise_error(f"{HIDDEN} of a row").cast("string").alias("what"))
    with pytest.raises(SparkError) as caught:
        collected(frame.selectExpr("what", "what"))
    assert HIDDEN not in str(caught.value)


def test_a_kernel_that_breaks_down_tells_no_more_than_how(plan) -> None:
    import pyarrow as pa

    task = kernels.Task(plan, AS_AT, AS_AT, export_settings(), frozenset({"order"}))
    bad = pa.RecordBatch.from_pydict({"case_key": ["A"], "kind": [HIDDEN], "cells": ["{}"]})
    told = [row for batch in kernels.kernel(task)(iter([bad])) for row in batch.to_pylist()]
    assert told == [{"what": kernels.BROKEN, "line": "KeyError"}]


def export_settings():
    from policyengine.records.settings import ExportSettings

    return ExportSettings()


@pytest.mark.parametrize(
    ("flags", "said"),
    [
        (["--engine", "spark"], "--master"),
        (["--master", "local[2]"], "--engine spark"),
        (["--engine", "spark", "--master", "local", "--mapping", "m.yaml"], "--mapping"),
        (["--engine", "spark", "--master", "local", "--threads", "2"], "--threads"),
    ],
)
def test_flags_that_do_not_go_together(rules, export, capsys, flags, said) -> None:
    code, _, err = run(capsys, "audit", rules, "--cases", export, "--as-at", AS_AT, *flags)
    assert code == 2
    assert said in err


# --- on the way -----------------------------------------------------------------------------------


def test_a_finding_comes_back_as_it_went(plan, export) -> None:
    found = run_audit(plan, open_export(str(export), plan.schema), AS_AT).findings
    again = [finding_of(finding_line(each)) for each in found]
    assert again == list(found)
    assert [each.ended for each in again] == [each.ended for each in found]


def test_a_share_comes_back_as_it_went() -> None:
    share = Share(cases=3, digest=1 << 255, rules={"A-1": "why"}, rows={"A-2": 4})
    share.load.rows_read, share.load.rows_kept = 5, 5
    share.load.fault("order", "", "ragged_row", 2)
    assert share_of(share.line()) == share


def test_rows_come_back_as_they_went() -> None:
    from policyengine.formats import loads

    raw = loads(
        '{"case_id": " A\\u0301 ", "n": 1.50, "m": 7, "e": 1e22, "t": true, "x": [1.0, null]}', ""
    )
    made = packed("order", [raw])
    assert made["case_key"] == ["\u00c1"]
    assert repr(unpacked(made["cells"][0])) == repr(raw)
    assert [key_of(each) for each in (None, " ", 7, ["A"], "A")] == ["", "", "7", "", "A"]
