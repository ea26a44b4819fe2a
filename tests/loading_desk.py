"""Both ways of loading a folder of tables: by Python, row by row, and by the database."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from policyengine.bulk.database import database
from policyengine.bulk.loading.folder import open_folder, open_lines
from policyengine.bulk.tables import Tables
from policyengine.records import Export, open_export
from policyengine.records.model import CaseRecords
from policyengine.schema import Schema
from policyengine.schema.model import FieldType

Rows = dict[str, list[tuple[object, ...]]]


class Everything:
    """Every field of a schema is read, and whatever can be asked of a text is asked of each."""

    def __init__(self, schema: Schema) -> None:
        self.plan = SimpleNamespace(schema=schema, gatherings={})
        self.fields = {name: set(kind.fields) for name, kind in schema.kinds.items()}
        self.kinds = set(schema.kinds)

    def __getattr__(self, _of_texts: str) -> set[tuple[str, str]]:
        kinds = self.plan.schema.kinds
        return {
            (name, each.name)
            for name, kind in kinds.items()
            for each in kind.fields.values()
            if each.type is FieldType.TEXT
        }


def needs_of(schema: Schema) -> Any:
    """What is read: everything."""
    return Everything(schema)


def in_tables(con: Any, tables: Tables, names: list[str], rows: Rows) -> None:
    """Add the loaded rows of each kind, each case's in its order; cases by their ids."""
    for name, table in tables.kinds.items():
        columns = [each for column in table.columns.values() for each, _ in column.names()]
        listed = ", ".join(["c", "id", *columns])
        sql = f"SELECT {listed} FROM {table.loaded} ORDER BY c, rid"
        several = rows.setdefault(name, [])
        for c, *cells in con.execute(sql).fetchall():
            several.append((None if c < 0 else names[c], *cells))
    for several in rows.values():
        several.sort(key=lambda row: row[0] or "")


def said(case: CaseRecords) -> tuple[object, ...]:
    """All that a case holds."""
    records = {
        kind: [(record.id, record.values, record.latest_day) for record in several]
        for kind, several in case.records.items()
        if several
    }
    return case.id, case.case.id, case.case.values, records, dict(case.complete_from)


def by_python(path: Path, schema: Schema) -> tuple[Export, Rows, dict[str, CaseRecords]]:
    """What Python loads: the export, the rows of the tables, the cases."""
    export = open_export(str(path), schema)
    cases = list(export.cases())
    rows: Rows = {}
    with database(threads=1) as con:
        tables = Tables(con, needs_of(schema))
        tables.create()
        shared = [(kind, several.values()) for kind, several in export.shared.items()]
        tables.load(cases, shared)
        in_tables(con, tables, [case.id for case in cases], rows)
    return export, rows, {case.id: case for case in cases}


def by_database(
    path: Path, schema: Schema, at_once: int = 7
) -> tuple[Export, Rows, dict[str, CaseRecords]]:
    """The same by the database, so many cases at a time."""
    rows: Rows = {}
    cases: dict[str, CaseRecords] = {}
    opening = open_folder if path.is_dir() else open_lines
    with opening(str(path), schema, threads=1) as export:
        folder: Any = export.bulk
        first = True
        for several in folder.ranges(export, at_once):
            tables = Tables(folder.con, needs_of(schema))
            tables.create()
            if first:
                tables.load([], [(kind, found.values()) for kind, found in export.shared.items()])
            first = False
            several.fill(tables)
            in_tables(folder.con, tables, several.ids, rows)
            cases |= {case.id: case for case in several}
        if first:
            rows = {name: [] for name in schema.kinds}
    return export, rows, cases


def compare(path: Path, schema: Schema, at_once: int = 7) -> Export:
    """Assert that both ways load the same in every cell, count, note and hash."""
    export, rows, cases = by_python(path, schema)
    other, found, again = by_database(path, schema, at_once)
    for kind, several in rows.items():
        assert found[kind] == several, kind
    assert other.load.sorted_faults() == export.load.sorted_faults()
    assert (other.load.rows_read, other.load.rows_kept, other.load.rows_rejected) == (
        export.load.rows_read,
        export.load.rows_kept,
        export.load.rows_rejected,
    )
    assert other.load.notes == export.load.notes
    assert other.sha256 == export.sha256
    assert (other.absent, other.complete_from) == (export.absent, export.complete_from)
    assert {id: said(case) for id, case in again.items()} == {
        id: said(case) for id, case in cases.items()
    }
    assert other.count == (export.count if path.is_dir() else len(cases))
    return export


@contextmanager
def nothing_left_in(folder: Path) -> Iterator[None]:
    """Assert that a folder for private files is empty again."""
    folder.mkdir(exist_ok=True)
    yield
    assert list(folder.iterdir()) == []
