"""Ids, order, duplicates, void rows, and the hash of what was read (S22, S24, S26)."""

import json
import random
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from policyengine.records import records_from_given
from tests.records_page import SCHEMA, counted, opened, said, walked, write_lines


def ids(folder: Path, rows: list[dict[str, object]], kind: str = "cto") -> list[str]:
    _, cases = walked(folder, {"case_id": "A", kind: rows})
    return [record.id for record in cases["A"].records[kind]]


def test_records_are_in_the_order_of_their_dates_then_their_ids(tmp_path: Path) -> None:
    rows: list[dict[str, object]] = [
        {"id": "b", "started_on": "2026-01-02"},
        {"id": "undated"},
        {"id": "a", "started_on": "2026-01-02"},
        {"id": "z", "started_on": "2026-01-01"},
        {"id": "bad", "started_on": "2026-02-31"},
    ]
    assert ids(tmp_path, rows) == ["z", "a", "b", "bad", "undated"]


def test_records_without_ids_are_numbered_in_their_order(tmp_path: Path) -> None:
    rows: list[dict[str, object]] = [
        {"started_on": None, "ended_on": "2026-01-03"},
        {"started_on": "2026-01-02"},
        {"started_on": "2026-01-01", "id": " "},
    ]
    _, cases = walked(tmp_path, {"case_id": "A", "cto": rows})
    first, second, last = cases["A"].records["cto"]
    assert [first.id, second.id, last.id] == ["cto-1", "cto-2", "cto-3"]
    assert first.values[0] is not None
    assert last.values[0] is None


def test_an_id_that_is_taken_is_skipped(tmp_path: Path) -> None:
    rows: list[dict[str, object]] = [
        {"id": "cto-1", "started_on": "2026-01-05"},
        {"started_on": "2026-01-01"},
        {"started_on": "2026-01-02"},
    ]
    assert ids(tmp_path, rows) == ["cto-2", "cto-3", "cto-1"]


def test_numbers_are_given_over_void_rows_too(tmp_path: Path) -> None:
    rows: list[dict[str, object]] = [
        {"started_on": "2026-01-01", "wrong": True},
        {"started_on": "2026-01-02"},
    ]
    export, cases = walked(tmp_path, {"case_id": "A", "cto": rows})
    assert [record.id for record in cases["A"].records["cto"]] == ["cto-2"]
    assert counted(export) == [("cto", "wrong", "void", 1)]
    assert export.load.rows_kept == 3


@pytest.mark.parametrize("cell", [False, None, "perhaps", "no"])
def test_a_row_is_void_only_if_it_says_so(tmp_path: Path, cell: object) -> None:
    assert ids(tmp_path, [{"id": "o", "wrong": cell}]) == ["o"]


def test_a_kind_whose_rows_are_all_void_is_there_all_the_same(tmp_path: Path) -> None:
    export, cases = walked(tmp_path, {"case_id": "A", "cto": [{"wrong": True}]})
    assert "cto" not in export.absent
    assert cases["A"].records["cto"] == []


def test_of_rows_with_one_id_one_is_kept_whatever_their_order(tmp_path: Path) -> None:
    high = {"id": "o", "started_on": "2026-01-01", "ended_on": "2026-02-01"}
    none = {"id": "o", "started_on": "2026-01-01", "ended_on": "2026-03-01"}
    kept = []
    for order in ([high, none, high], [none, high, high], [high, high, none]):
        export, cases = walked(tmp_path, {"case_id": "A", "cto": order})
        assert counted(export) == [("cto", "id", "duplicate_id", 2)]
        assert (export.load.rows_read, export.load.rows_rejected) == (4, 2)
        kept.append(said(cases["A"]))
    assert kept[0] == kept[1] == kept[2]


def test_one_id_in_two_kinds_or_two_cases_is_no_fault(tmp_path: Path) -> None:
    export, _ = walked(
        tmp_path,
        {"case_id": "A", "cto": [{"id": "1"}], "talk": [{"id": "1"}]},
        {"case_id": "B", "cto": [{"id": "1"}]},
    )
    assert counted(export) == []


CELLS: dict[str, list[object]] = {
    "date": [None, "2026-01-01", "2026-01-02", "2026-02-31"],
    "at": [None, "2026-01-01", "2026-01-01T09:00", "2026-10-25T01:30"],
    "outcome": [None, "understood", "not known", "other"],
    "spoken": [None, True, False, "maybe"],
    "minutes": [None, 1, "1.5", "x"],
    "id": [None, "t1", "t2", "talk-1"],
}
ROW = st.fixed_dictionaries(
    {}, optional={key: st.sampled_from(each) for key, each in CELLS.items()}
)


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(rows=st.lists(ROW, max_size=7), seed=st.integers(0, 1000))
def test_the_order_of_rows_and_keys_changes_nothing(
    tmp_path: Path, rows: list[dict[str, object]], seed: int
) -> None:
    chance = random.Random(seed)
    other = []
    for row in chance.sample(rows, len(rows)):
        keys = list(row)
        chance.shuffle(keys)
        other.append({key: row[key] for key in keys})
    one, cases = walked(tmp_path, {"case_id": "A", "talk": rows}, {"case_id": "B", "note": []})
    two, again = walked(tmp_path, {"note": [], "case_id": "B"}, {"talk": other, "case_id": "A"})
    assert said(cases["A"]) == said(again["A"])
    assert one.sha256 == two.sha256
    assert counted(one) == counted(two)


def test_the_hash_changes_with_anything_that_a_row_says(tmp_path: Path) -> None:
    base = {"case_id": "A", "talk": [{"id": "t", "date": "2026-01-01", "minutes": "x"}]}
    others: list[object] = [
        {"case_id": "B", "talk": [{"id": "t", "date": "2026-01-01", "minutes": "x"}]},
        {"case_id": "A", "talk": [{"id": "u", "date": "2026-01-01", "minutes": "x"}]},
        {"case_id": "A", "talk": [{"id": "t", "date": "2026-01-02", "minutes": "x"}]},
        {"case_id": "A", "talk": [{"id": "t", "date": "2026-01-01", "minutes": "y"}]},
        {"case_id": "A", "talk": [{"id": "t", "date": "2026-01-01", "at": "x"}]},
        {"case_id": "A", "team": "T", "talk": [{"id": "t", "date": "2026-01-01", "minutes": "x"}]},
        {**base, "_complete_from": {"talk": "2025-01-01"}},
        {**base, "note": []},
        {**base, "talk": [*base["talk"], *base["talk"]]},
    ]
    hashes = {walked(tmp_path, case)[0].sha256 for case in (base, *others)}
    assert len(hashes) == 1 + len(others)
    assert all(len(each) == 64 for each in hashes)
    twice = walked(tmp_path, base, {"case_id": "B"}), walked(tmp_path, {"case_id": "B"}, base)
    assert twice[0][0].sha256 == twice[1][0].sha256


def test_other_cases_and_other_files_change_nothing_of_a_case(tmp_path: Path) -> None:
    talks: list[object] = [{"date": "2026-01-02"}, {"minutes": 1}, {"date": "2026-01-01"}]
    one, other = {"case_id": "A", "talk": talks}, {"case_id": "B", "talk": talks[:1]}
    _, together = walked(tmp_path, other, one)
    _, alone = walked(tmp_path, one)
    assert said(together["A"]) == said(alone["A"])


def test_the_form_of_an_export_is_no_part_of_its_hash(tmp_path: Path) -> None:
    cases = [{"case_id": "A", "cto": [{"started_on": "2026-01-01"}]}, {"case_id": "B"}]
    lines, _ = opened(write_lines(tmp_path, *cases))
    whole = tmp_path / "cases.json"
    whole.write_text(json.dumps(cases), "utf-8")
    assert opened(whole)[0].sha256 == lines.sha256


def test_the_records_of_an_example_are_read_as_an_exports_are() -> None:
    case, shared = records_from_given(
        SCHEMA,
        {"team": "North", "asked": "yes"},
        [
            ("cto", "o1", {"started_on": "2026-01-02"}),
            ("talk", None, {"date": "2026-02-02", "order": "o1", "spoken": "yes"}),
            ("talk", None, {"date": "2026-02-01", "outcome": "not known"}),
            ("staff", "s1", {"role": "nurse"}),
            ("cto", None, {"started_on": "2026-01-01", "wrong": "yes"}),
        ],
    )
    assert case.case.values == ["North", None, True]
    assert [record.id for record in case.records["talk"]] == ["talk-1", "talk-2"]
    assert [record.id for record in case.records["cto"]] == ["o1"]
    assert shared["staff"]["s1"].values == ["nurse", None]
    assert "staff" not in case.records
