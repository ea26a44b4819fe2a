"""The schema and the small ways of writing exports that the tests of records share."""

import json
from pathlib import Path

from policyengine.records import Export, open_export
from policyengine.records.model import CaseRecords
from policyengine.schema import Schema
from policyengine.schema.from_yaml import schema_from
from policyengine.source import SourceFile

PAGE = """
schema: records-under-test
time_zone: Europe/London
codes:
  outcome:
    understood: Understood
    no: "No"
    "7": Seven
    café: Café
    not known: {label: Not known, means: not_known}
kinds:
  case:
    fields:
      team: text
      died_on: {type: date, open: true}
      asked: yes_no
  staff:
    shared: true
    fields: {role: text, left_on: date}
  cto:
    happened: started_on
    void_when: wrong
    fields:
      started_on: date
      ended_on: {type: date, open: true}
      expires_on: {type: date, planned: true}
      wrong: yes_no
  talk:
    happened: date
    fields:
      date: date
      at: datetime
      outcome: code outcome
      spoken: yes_no
      minutes: number
      order: ref cto
      notes: text
  note:
    fields: {body: text}
  audit:
    fields: {by: {type: text, required: true}}
"""


def the_schema() -> Schema:
    schema, notes = schema_from(SourceFile("schema.yaml", PAGE))
    assert notes == []
    assert schema is not None
    return schema


SCHEMA = the_schema()


def write_lines(folder: Path, *cases: object, name: str = "cases.jsonl") -> str:
    path = folder / name
    path.write_text("".join(json.dumps(case) + "\n" for case in cases), "utf-8")
    return str(path)


def opened(path: str | Path) -> tuple[Export, dict[str, CaseRecords]]:
    """An export that was walked, and its cases by their ids."""
    export = open_export(str(path), SCHEMA)
    cases = {case.id: case for case in export.cases()}
    load = export.load
    assert load.rows_read == load.rows_kept + load.rows_rejected
    return export, cases


def walked(folder: Path, *cases: object) -> tuple[Export, dict[str, CaseRecords]]:
    return opened(write_lines(folder, *cases))


def counted(export: Export) -> list[tuple[str, str, str, int]]:
    return [(each.kind, each.field, each.fault, each.rows) for each in export.load.sorted_faults()]


def said(case: CaseRecords) -> dict[str, list[tuple[str, list[object]]]]:
    """What a case holds: each kind's ids and values, in their order."""
    return {
        kind: [(record.id, list(record.values)) for record in records]
        for kind, records in case.records.items()
        if records
    }
