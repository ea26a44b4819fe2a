"""The shipped sample told over and over, as tables: what the whole pack is measured on."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
SAMPLE = ROOT / "rules" / "sample"


def write_told(folder: Path, cases: int) -> Path:
    """A folder of CSV tables of so many cases: those of the sample, each time under new ids."""
    folder.mkdir(parents=True, exist_ok=True)
    lines = (SAMPLE / "cases.jsonl").read_text(encoding="utf-8").splitlines()
    told = [json.loads(line) for line in lines]
    tables = _tables(told)
    places = {case["case_id"]: number for number, case in enumerate(told)}
    for kind, rows in tables.items():
        names = list(dict.fromkeys(name for _, row in rows for name in row))
        with (folder / f"{kind}.csv").open("w", encoding="utf-8", newline="") as file:
            out = csv.writer(file)
            out.writerow(["case_id", *names])
            for turn in range(-(-cases // len(told))):
                out.writerows(
                    [f"{case}-{turn:04}", *(_cell(row.get(name)) for name in names)]
                    for case, row in rows
                    if turn * len(told) + places[case] < cases
                )
    (folder / "export.yaml").write_bytes((SAMPLE / "export.yaml").read_bytes())
    return folder


def _tables(told: list[dict[str, Any]]) -> dict[str, list[tuple[str, dict[str, Any]]]]:
    """The rows of each kind, each with its case."""
    tables: dict[str, list[tuple[str, dict[str, Any]]]] = {"case": []}
    for case in told:
        own = {name: value for name, value in case.items() if not isinstance(value, list)}
        id = own.pop("case_id")
        tables["case"].append((id, own))
        for kind, records in case.items():
            if isinstance(records, list):
                several = tables.setdefault(kind, [])
                for number, record in enumerate(records, 1):
                    several.append((id, {"id": f"{kind}-{number}", **record}))
    return tables


def _cell(value: object) -> str:
    if value is None:
        return ""
    return ("yes" if value else "no") if isinstance(value, bool) else str(value)


__all__ = ["write_told"]
