"""A folder of tables from nested cases: the same records in another form."""

import csv
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from policyengine.schema import Schema


def rows_by_kind(
    cases: Iterable[Mapping[str, Any]], schema: Schema
) -> dict[str, list[dict[str, Any]]]:
    """The rows of each kind; a record without an id gets one that sorts as it came."""
    made: dict[str, list[dict[str, Any]]] = {}
    for case in cases:
        kinds = {key for key, value in case.items() if isinstance(value, list)}
        made.setdefault("case", []).append({k: v for k, v in case.items() if k not in kinds})
        for kind in kinds & schema.kinds.keys():
            for number, row in enumerate(case[kind], 1):
                own = {"case_id": case["case_id"], "id": f"{kind}-{number}", **row}
                made.setdefault(kind, []).append(own)
    return made


def as_text(cell: object) -> str:
    """A cell of CSV."""
    if cell is None:
        return ""
    return {True: "yes", False: "no"}.get(cell, str(cell)) if isinstance(cell, bool) else str(cell)


def write_csv(folder: Path, rows: Mapping[str, list[dict[str, Any]]]) -> Path:
    """Write a table for each kind."""
    folder.mkdir(parents=True, exist_ok=True)
    for kind, several in rows.items():
        names = list(dict.fromkeys(name for row in several for name in row))
        with (folder / f"{kind}.csv").open("w", newline="", encoding="utf-8") as out:
            writer = csv.writer(out)
            writer.writerow(names)
            writer.writerows([as_text(row.get(name)) for name in names] for row in several)
    return folder


def write_json(folder: Path, rows: Mapping[str, list[dict[str, Any]]]) -> Path:
    """The same as tables of JSON lines."""
    folder.mkdir(parents=True, exist_ok=True)
    for kind, several in rows.items():
        lines = "".join(json.dumps(row) + "\n" for row in several)
        (folder / f"{kind}.jsonl").write_text(lines, encoding="utf-8")
    return folder


def write_parquet(folder: Path, rows: Mapping[str, list[dict[str, Any]]]) -> Path:
    """The same as Parquet, every cell a text."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    folder.mkdir(parents=True, exist_ok=True)
    for kind, several in rows.items():
        names = list(dict.fromkeys(name for row in several for name in row))
        columns = {
            name: pa.array(
                [None if row.get(name) is None else as_text(row[name]) for row in several],
                pa.string(),
            )
            for name in names
        }
        pq.write_table(pa.table(columns), folder / f"{kind}.parquet")
    return folder
