"""JSON lines, a case a line, loaded by the database: what Python would load, in every cell."""

import json
import random
from decimal import Decimal
from pathlib import Path

import pytest

from tests.loading_desk import compare
from tests.records_page import SCHEMA, write_lines
from tests.test_bulk_loading import CODES, DAYS, IDS, NUMBERS, REFS, SETTINGS, TEXTS, TIMES, TRUTHS

ODD = [
    None,
    True,
    False,
    0,
    7,
    -3,
    2.5,
    1e5,
    [],
    {},
    ["a"],
    {"a": 1},
    "\x00",
    "\x00i7",
    "\ud800",
    "",
]
FIELDS = {
    "date": DAYS,
    "at": TIMES,
    "outcome": CODES,
    "spoken": TRUTHS,
    "minutes": NUMBERS,
    "order": REFS,
    "notes": TEXTS,
}


def talk(chance: random.Random, id: object) -> dict[str, object]:
    row: dict[str, object] = {} if id is None else {"id": id}
    for name, pool in FIELDS.items():
        if chance.random() < 0.8:
            row[name] = chance.choice(pool if chance.random() < 0.8 else ODD)
    return row


def cases(seed: int) -> list[object]:
    """Cases with everything odd somewhere."""
    chance = random.Random(seed)
    made: list[object] = []
    for number in range(30):
        ids = [chance.choice([None, *IDS, 7, True, "talk-1"]) for _ in range(chance.randrange(5))]
        if chance.random() < 0.4:
            ids = [None] * len(ids)
        case: dict[str, object] = {
            "case_id": chance.choice([f"C{number}", f" C{number} ", number, "twice", "caf\u00e9"]),
            "team": chance.choice([*TEXTS, *ODD]),
            "died_on": chance.choice(DAYS),
            "talk": [talk(chance, id) for id in ids],
            "cto": [
                {"started_on": chance.choice(DAYS), "wrong": chance.choice([True, False, None])}
                for _ in range(chance.randrange(4))
            ],
        }
        if chance.random() < 0.2:
            case["talk"] = chance.choice(
                [[1, None, {"case_id": "other"}, {"x": 1}], "none", None, []]
            )
        if chance.random() < 0.2:
            case["_complete_from"] = chance.choice(
                [{"talk": "2026-01-01"}, {"cto": "soon"}, {"no": "2026-01-01"}, "all", {}]
            )
        if chance.random() < 0.2:
            case |= {"unknown_field": 1, "strange": [{"a": 1}], "staff": [{"id": "s1"}]}
        made.append(case)
    made += [[], "text", {"team": "no id"}, {"case_id": "  "}, {"case_id": [1]}]
    return made


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("settings", ["", SETTINGS], ids=["plain", "settings"])
def test_every_odd_cell_of_every_type(tmp_path: Path, seed: int, settings: str) -> None:
    path = Path(write_lines(tmp_path, *cases(seed)))
    (tmp_path / "export.yaml").write_text(settings)
    export = compare(path, SCHEMA, 1 + seed * 3)
    assert len(export.load.faults) > 8


def test_a_header_and_shared_rows(tmp_path: Path) -> None:
    top = {
        "_shared": {"staff": [{"id": "s1", "role": "nurse"}]},
        "_complete_from": {"cto": "2024-01-01"},
    }
    path = Path(write_lines(tmp_path, top, {"case_id": "A"}, {"case_id": "B", "talk": []}))
    export = compare(path, SCHEMA)
    assert (export.count, "talk" in export.absent, "note" in export.absent) == (2, False, True)


def test_records_without_ids_are_numbered_by_their_places_in_time(tmp_path: Path) -> None:
    rows = {
        "one": [{"date": "2026-01-02"}, {"date": "2026-01-01"}, {}],
        "tied": [{"date": "2026-01-01", "notes": "b"}, {"date": "2026-01-01", "notes": "a"}],
        "undated": [{"notes": "b"}, {"notes": "a"}],
        "mixed": [{"id": "talk-1", "date": "2026-01-03"}, {"date": "2026-01-01"}],
        "alone": [{}],
    }
    path = Path(
        write_lines(tmp_path, *({"case_id": id, "talk": several} for id, several in rows.items()))
    )
    compare(path, SCHEMA)
    notes = [{"case_id": id, "note": [{"body": "x"}] * count} for id, count in (("A", 1), ("B", 3))]
    compare(Path(write_lines(tmp_path, *notes, name="notes.jsonl")), SCHEMA)


def test_a_file_of_nothing(tmp_path: Path) -> None:
    compare(Path(write_lines(tmp_path)), SCHEMA)


def test_numbers_keep_their_places(tmp_path: Path) -> None:
    line = '{"case_id": "A", "talk": [{"id": "t", "minutes": 1.50}, {"id": "u", "minutes": 2}]}\n'
    (tmp_path / "cases.jsonl").write_text(line)
    assert json.loads(line, parse_float=Decimal)["talk"][0]["minutes"] == Decimal("1.50")
    compare(tmp_path / "cases.jsonl", SCHEMA)
