"""Cases that hold their records: lists, lines, one object, YAML, standard input."""

import io
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from policyengine.records import ExportError, open_export
from tests.records_page import SCHEMA, counted, opened, said, walked, write_lines

A = {
    "case_id": "A1",
    "team": "North",
    "cto": [{"id": "o1", "started_on": "2026-01-01", "wrong": False}],
    "talk": [
        {"id": "t2", "date": "2026-02-01", "minutes": 5, "order": "o1"},
        {"id": "t1", "date": "2026-01-01", "spoken": True, "notes": "said"},
    ],
    "note": [],
}
B = {"case_id": 2, "asked": False, "talk": [{"id": "t1", "date": "2026-03-01"}]}
STAFF = {"staff": [{"id": "s1", "role": "nurse"}]}


def json_list(folder: Path) -> Path:
    path = folder / "cases.json"
    path.write_text(json.dumps([A, B]), "utf-8")
    return path


def json_top(folder: Path) -> Path:
    path = folder / "cases.json"
    path.write_text(json.dumps({"_shared": STAFF, "cases": [A, B]}), "utf-8")
    return path


def json_lines(folder: Path) -> Path:
    return Path(write_lines(folder, A, B))


def json_lines_with_a_header(folder: Path) -> Path:
    return Path(write_lines(folder, {"_shared": STAFF}, A, B, name="cases.ndjson"))


def json_lines_from_elsewhere(folder: Path) -> Path:
    path = folder / "cases.jsonl"
    text = "\r\n\r\n".join(json.dumps(case, ensure_ascii=False) for case in (A, B))
    path.write_bytes(b"\xef\xbb\xbf" + text.encode())
    return path


def yaml_list(folder: Path) -> Path:
    path = folder / "cases.yaml"
    path.write_text(
        """
- case_id: A1
  team: North
  cto:
    - {id: o1, started_on: 2026-01-01, wrong: no}
  talk:
    - {id: t2, date: 2026-02-01, minutes: 5, order: o1}
    - {id: t1, date: 2026-01-01, spoken: yes, notes: said, outcome: ~}
  note: []
- {case_id: 2, asked: false, talk: [{id: t1, date: 2026-03-01}]}
""",
        "utf-8",
    )
    return path


FORMS = [
    json_list,
    json_top,
    json_lines,
    json_lines_with_a_header,
    json_lines_from_elsewhere,
    yaml_list,
]


@pytest.mark.parametrize("form", FORMS)
def test_every_form_holds_the_same(tmp_path: Path, form: Callable[[Path], Path]) -> None:
    export, cases = opened(form(tmp_path))
    (tmp_path / "plain").mkdir()
    _, plain = opened(write_lines(tmp_path / "plain", A, B))
    assert {key: said(case) for key, case in cases.items()} == {
        key: said(case) for key, case in plain.items()
    }
    assert list(cases) == ["A1", "2"]
    assert [record.id for record in cases["A1"].records["talk"]] == ["t1", "t2"]
    assert cases["A1"].case.values == ["North", None, None]
    assert cases["2"].case.values == [None, None, False]
    assert export.load.rows_kept == 6 + len(export.shared.get("staff", {}))
    assert export.load.faults == {}
    assert export.load.notes == []
    assert export.count in (2, 3)


@pytest.mark.parametrize("form", FORMS)
def test_one_case_is_the_same_as_in_a_walk(tmp_path: Path, form: Callable[[Path], Path]) -> None:
    export, cases = opened(form(tmp_path))
    for case_id, case in cases.items():
        alone = open_export(str(form(tmp_path)), SCHEMA).one(case_id)
        assert alone is not None
        assert said(alone) == said(case)
        assert alone.case.values == case.case.values
    assert export.one("none") is None
    assert export.one("A") is None


def test_kinds_that_no_case_mentions_are_absent(tmp_path: Path) -> None:
    export, _ = walked(tmp_path, A, B)
    assert export.absent == {"staff", "audit"}  # an empty list of notes says there were none


@pytest.mark.parametrize("form", [json_top, json_lines_with_a_header])
def test_shared_kinds_stand_at_the_top(tmp_path: Path, form: Callable[[Path], Path]) -> None:
    export, _ = opened(form(tmp_path))
    assert export.absent == {"audit"}
    assert export.shared["staff"]["s1"].values == ["nurse", None]
    assert export.load.rows_read == 7


def test_absence_is_settled_before_the_first_case_even_by_the_last_line(tmp_path: Path) -> None:
    path = write_lines(
        tmp_path, *({"case_id": n} for n in range(50)), {"case_id": "z", "audit": []}
    )
    assert open_export(path, SCHEMA).absent == {"staff", "cto", "talk", "note"}


@pytest.mark.parametrize(
    "line",
    [
        '{"case_id": "A", "cto" : \t[]}',
        '{"case_id": "A", "c\\u0074o": []}',
        '{"cto":[],"case_id":"A"}',
    ],
)
def test_a_kind_is_mentioned_however_its_key_is_written(tmp_path: Path, line: str) -> None:
    path = tmp_path / "cases.jsonl"
    path.write_text('{"case_id": "B"}\n' + line, "utf-8")
    assert "cto" not in open_export(str(path), SCHEMA).absent


@pytest.mark.parametrize(
    "case",
    [
        {"case_id": "A", "team": '"cto": [1]'},
        {"case_id": "A", "team": 'x"cto'},
        {"case_id": "A", "note": [{"cto": []}]},
        {"case_id": "A", "cto": None},
        {"case_id": "A", "cto": {}},
        {"case_id": "A", "cto": "[]"},
        {"case_id": "cto"},
    ],
)
def test_what_only_looks_like_a_mention_is_none(tmp_path: Path, case: object) -> None:
    assert "cto" in open_export(write_lines(tmp_path, case), SCHEMA).absent


def test_one_object_is_one_case(tmp_path: Path) -> None:
    path = tmp_path / "case.json"
    path.write_text(json.dumps({**A, "_shared": STAFF}), "utf-8")
    export, cases = opened(path)
    assert list(cases) == ["A1"]
    assert list(export.shared["staff"]) == ["s1"]
    assert export.load.notes == []


def test_a_case_says_what_it_is_complete_from(tmp_path: Path) -> None:
    export, cases = walked(
        tmp_path,
        {"case_id": "A", "_complete_from": {"cto": "2024-01-01", "talk": None}},
        {"case_id": "B", "_complete_from": {"cto": "last year", "ctoo": "2024-01-01"}},
        {"case_id": "C", "_complete_from": "2024-01-01"},
    )
    assert cases["A"].complete_from == {"cto": 738886}
    # A date that cannot be read covers nothing: every record may be unseen.
    assert cases["B"].complete_from["cto"] > 800_000
    assert set(cases["C"].complete_from) == SCHEMA.kinds.keys() - {"case"}
    assert counted(export) == [
        ("case", "_complete_from", "invalid_date", 1),
        ("case", "_complete_from", "unknown_kind", 1),
        ("case", "_complete_from", "wrong_type", 1),
    ]


def test_an_export_says_what_it_is_complete_from(tmp_path: Path) -> None:
    (tmp_path / "export.yaml").write_text("complete_from: {cto: 2023-01-01, talk: 2023-01-01}\n")
    path = tmp_path / "cases.json"
    path.write_text(json.dumps({"_complete_from": {"cto": "2024-01-01"}, "cases": []}), "utf-8")
    assert dict(open_export(str(path), SCHEMA).complete_from) == {"cto": 738886, "talk": 738521}


@pytest.mark.parametrize(
    "found", [{"ctoo": "2024-01-01"}, {"cto": "2024"}, {"case": "2024-01-01"}, []]
)
def test_a_mistake_in_what_the_export_is_complete_from_stops_it(
    tmp_path: Path, found: object
) -> None:
    path = tmp_path / "cases.json"
    path.write_text(json.dumps({"_complete_from": found, "cases": []}), "utf-8")
    with pytest.raises(ExportError) as caught:
        open_export(str(path), SCHEMA)
    assert caught.value.diagnostic.code == "CAS005"


def test_two_walks_count_the_same(tmp_path: Path) -> None:
    export, _ = walked(tmp_path, A, B, A, {"case_id": "C", "colour": 1, "talk": [{"data": 1}]})
    once = (export.sha256, export.load.rows_read, counted(export), list(export.load.notes))
    for _ in export.cases():
        assert export.one("A1") is not None
    assert (export.sha256, export.load.rows_read, counted(export), export.load.notes) == once
    assert once[2] == [("case", "case_id", "duplicate_case_id", 1)]


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        (json.dumps([A, B]), ["A1", "2"]),
        (json.dumps([A, B], indent=1), ["A1", "2"]),
        (json.dumps(A), ["A1"]),
        (json.dumps(A, indent=1), ["A1"]),
        (json.dumps(A) + "\n" + json.dumps(B), ["A1", "2"]),
        ("\n" + json.dumps({"_shared": STAFF}) + "\n" + json.dumps(B) + "\n", ["2"]),
        (json.dumps({"_shared": STAFF, "cases": [B]}) + "\n", ["2"]),
        ("\ufeff" + json.dumps(A) + "\n" + json.dumps(B), ["A1", "2"]),
    ],
)
def test_standard_input_is_json_or_lines(
    monkeypatch: pytest.MonkeyPatch, text: str, ids: list[str]
) -> None:
    class Input:
        buffer = io.BytesIO(text.encode())

    monkeypatch.setattr("sys.stdin", Input())
    export, cases = opened("-")
    assert list(cases) == ids
    assert export.one(ids[0]) is not None


@pytest.mark.parametrize(
    "case_id", ["A1", "x", "é", "a\u2028b", 'quo"te', "back\\slash", "0012", "12", "a b", "日本"]
)
def test_an_id_is_found_whatever_it_is_made_of(tmp_path: Path, case_id: str) -> None:
    for ascii_only in (True, False):
        path = tmp_path / f"{ascii_only}.jsonl"
        lines = [
            {"case_id": f"{case_id}x"},
            {"case_id": case_id, "team": "T"},
            {"case_id": f"x{case_id}"},
        ]
        path.write_text(
            "\n".join(json.dumps(line, ensure_ascii=ascii_only) for line in lines), "utf-8"
        )
        found = open_export(str(path), SCHEMA).one(case_id)
        assert found is not None
        assert (found.id, found.case.values[0], found.case.row) == (case_id, "T", 2)


def test_an_id_with_spaces_or_escapes_or_as_a_number_is_found(tmp_path: Path) -> None:
    path = tmp_path / "cases.jsonl"
    path.write_text('{"case_id": " A1 "}\n{"case_id": "\\u0042"}\n{"case_id": 77}\n', "utf-8")
    export = open_export(str(path), SCHEMA)
    for case_id in ("A1", "B", "77"):
        assert export.one(case_id) is not None
    assert export.one("7") is None


def test_finding_one_case_does_not_parse_the_others(tmp_path: Path) -> None:
    path = tmp_path / "cases.jsonl"
    everything = {"case_id": "A0", "cto": [], "talk": [], "note": [], "audit": []}
    path.write_text(json.dumps(everything) + '\n{"case_id": "A1"}\n{broken\n{"case_id": "A2"}\n')
    export = open_export(str(path), SCHEMA)
    assert export.one("A1") is not None
    assert export.one("A2") is not None
    with pytest.raises(ExportError):
        list(export.cases())
