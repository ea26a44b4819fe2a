"""What the tests of imports share: a folder of foreign files, a mapping, and what comes of it."""

import csv
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

from policyengine.diagnostics import Diagnostic
from policyengine.imports import Converted, convert, load_mapping
from policyengine.imports import Mapping as MappingFile
from policyengine.imports.blocks import BY_ROWS, Pace
from policyengine.imports.load_counts import FieldLoad, LoadCounts, TableLoad
from policyengine.records import ExportError
from policyengine.schema import Schema, load_schema
from tests.house.tree import ROOT

PATIENTS = "PatientId,NHSNumber,Born,Died,Team\n"
ORDERS = "OrderId,PatientId,Start,End,Reason,Expiry\n"
P1 = "P1,9990000018,01/02/1970,,North\n"
P2 = "P2,9990000026,03/04/1980,,South\n"

CASE = """
  case:
    source: {files: "patients*.csv"}
    key: PatientId
    fields:
      nhs_number: {from: NHSNumber, check: nhs_number}
      date_of_birth: Born
      died_on: Died
      team: Team
"""
CTO = """
  cto:
    source: {files: "orders*.csv"}
    key: OrderId
    case: PatientId
    fields:
      started_on: Start
      ended_on: End
      end_reason: {from: Reason, codes: {"01": discharged, "02": revoked, "99": {means: not_known}}}
      expires_on: Expiry
"""
TOP = """
extracted_on: 2026-11-01
defaults:
  dates: ["%d/%m/%Y"]
  nulls: ["NULL", "Not recorded"]
  unknown: ["Not known"]
  open_dates: [2100-12-31, 9999-12-31]
  blank_dates: [1899-12-30, 1900-01-01]
  plausible_from: 1900-01-01
"""


@cache
def schema() -> Schema:
    """The shipped schema."""
    made, notes = load_schema(ROOT / "rules" / "schema.yaml")
    assert made is not None, notes
    return made


@dataclass(slots=True)
class Loaded:
    """A converted folder, read back."""

    folder: Path
    load: LoadCounts

    def rows(self, kind: str) -> list[dict[str, str]]:
        """A table's rows, without the fields in which nothing stands."""
        with (self.folder / f"{kind}.csv").open(encoding="utf-8", newline="") as stream:
            rows = list(csv.DictReader(stream, strict=True))
        return [{name: text for name, text in row.items() if text} for row in rows]

    def row(self, kind: str) -> dict[str, str]:
        """The only row of a table."""
        (row,) = self.rows(kind)
        return row

    def table(self, kind: str) -> TableLoad:
        """The load of a kind's only source."""
        (table,) = (each for each in self.load.tables if each.kind == kind)
        return table

    def field(self, kind: str, name: str) -> FieldLoad:
        """The load of a field."""
        return self.table(kind).fields[name]

    def faults(self) -> list[tuple[str, int, str, str, str]]:
        """File, row, column, fault, and what was done, of each fault."""
        lines = (self.folder / "load" / "faults.jsonl").read_text("utf-8").splitlines()
        found = [json.loads(line) for line in lines]
        return [(f["file"], f["row"], f["column"], f["fault"], f["done"]) for f in found]

    def marks(self) -> list[tuple[str, str, list[list[str]]]]:
        """Kind, id, and faults, of each record that was kept with some."""
        lines = (self.folder / "load" / "marks.jsonl").read_text("utf-8").splitlines()
        found = [json.loads(line) for line in lines]
        return [(f["kind"], f["id"], f["faults"]) for f in found]


def written(folder: Path, files: Mapping[str, str | bytes]) -> Path:
    """A folder of files."""
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
    return folder


# Blocks of a few bytes, so that every row stands near an edge; and of all rows.
PACES = tuple(Pace(block=size, least=0) for size in (60, 1 << 20))


def loaded(
    tmp_path: Path,
    files: Mapping[str, str | bytes],
    mapping: str,
    paces: Sequence[Pace] = PACES,
) -> Loaded:
    """Files converted by a mapping; the counting is held against itself, and what comes of them
    row by row against what comes of them by column."""
    number = sum(1 for _ in tmp_path.glob("mapping*.yaml"))
    source = written(tmp_path / f"in{number}", files)
    path = tmp_path / f"mapping{number}.yaml"
    path.write_text(mapping, encoding="utf-8")
    read, notes = load_mapping(path, schema())
    assert read is not None, [note.message for note in notes]
    made = converted_alike(read, source, tmp_path / f"out{number}", paces)
    for table in made.load.tables:
        assert table.in_files == table.set_aside + table.read
        assert table.read == table.kept + table.merged + table.rejected
    return Loaded(made.folder, made.load)


def converted_alike(
    mapping: MappingFile, source: Path, target: Path, paces: Sequence[Pace] = PACES
) -> Converted:
    """An export converted row by row; held, byte for byte, against what comes of it by column."""
    made, fault = _converted(mapping, source, target, BY_ROWS)
    about_target = any(each.code == "MAP006" for each in fault)
    for number, pace in enumerate(() if about_target else paces):
        other = target.with_name(f"{target.name}-{number}")
        _, other_fault = _converted(mapping, source, other, pace)
        assert other_fault == fault
        assert contents(other) == contents(target)
    if made is None:
        raise ExportError(*fault)
    return made


def _converted(
    mapping: MappingFile, source: Path, target: Path, pace: Pace
) -> tuple[Converted | None, tuple[Diagnostic, ...]]:
    try:
        return convert(mapping, source, target, pace=pace), ()
    except ExportError as error:
        return None, error.diagnostics


def contents(folder: Path) -> dict[str, bytes]:
    """What stands in the files of a folder."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def standard(tmp_path: Path, orders: str = "", patients: str = P1 + P2, **more: str) -> Loaded:
    """Patients and orders by the usual mapping. `top`, `case`, `cto` and `kinds` replace or add."""
    files = {"patients.csv": PATIENTS + patients, "orders.csv": ORDERS + orders}
    top = more.get("top", TOP)
    body = more.get("case", CASE) + more.get("cto", CTO) + more.get("kinds", "")
    return loaded(tmp_path, files, top + "kinds:" + body + more.get("bottom", ""))


def refused(code: str, tmp_path: Path, files: Mapping[str, str | bytes], mapping: str) -> str:
    """The message with which an export is refused, and its hints."""
    with pytest.raises(ExportError) as caught:
        loaded(tmp_path, files, mapping)
    assert caught.value.diagnostic.code == code, caught.value
    return " ".join((caught.value.diagnostic.message, *caught.value.diagnostic.hints))


def complaints(tmp_path: Path, mapping: str) -> list[tuple[str, int, str]]:
    """Code, line and message (with hints) of each mistake in a mapping."""
    path = tmp_path / "mapping.yaml"
    path.write_text(mapping, encoding="utf-8")
    read, notes = load_mapping(path, schema())
    assert (read is None) == bool(notes)
    return [
        (note.code, note.span.line if note.span else 0, " ".join((note.message, *note.hints)))
        for note in notes
    ]
