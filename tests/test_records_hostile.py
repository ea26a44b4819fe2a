"""What should never be in an export, and is: refused or counted, and never shown."""

import json
from pathlib import Path

import pytest

from policyengine.records import ExportError, open_export
from tests.records_page import SCHEMA, counted, opened, walked

SECRET = "JaneDoe9990001111"


def refused(path: Path) -> tuple[str, str]:
    with pytest.raises(ExportError) as caught:
        list(open_export(str(path), SCHEMA).cases())
    note = caught.value.diagnostic
    assert SECRET not in str(caught.value)
    assert SECRET not in " ".join((note.message, note.found, *note.hints))
    assert note.span is None  # whoever prints a span prints the line
    return note.code, note.message


def test_what_is_not_there(tmp_path: Path) -> None:
    assert refused(tmp_path / "none.jsonl")[0] == "CAS001"


@pytest.mark.parametrize("name", ["cases.txt", "cases.xlsx", "cases", "cases.csv", "cases.parquet"])
def test_a_form_that_is_not_read(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("case_id\n")
    assert refused(tmp_path / name)[0] == "CAS002"


BROKEN = [
    f'{{"case_id": "A", "team": "{SECRET}", "team": "x"}}',
    f'{{"case_id": "A", "talk": [{{"minutes": 1e999, "notes": "{SECRET}"}}]}}',
    f'{{"case_id": "A", "team": NaN, "x": "{SECRET}"}}',
    f'{{"case_id": "A", "team": {"9" * 401}, "x": "{SECRET}"}}',
    f'{{"case_id": "{SECRET}", "team": ',
    f"{SECRET}",
    '{"case_id": "A", "talk": ' + "[" * 30_000,
    '{"case_id": "A", "talk": ' + "[" * 60 + "]" * 60 + "}",
]


@pytest.mark.parametrize("line", BROKEN, ids=range(len(BROKEN)))
def test_broken_json_stops_the_run_with_its_file_and_line(tmp_path: Path, line: str) -> None:
    path = tmp_path / "cases.jsonl"
    path.write_text('{"case_id": "ok"}\n' + line + "\n", "utf-8")
    code, message = refused(path)
    assert code == "CAS004"
    assert "cases.jsonl line 2" in message
    whole = tmp_path / "cases.json"
    whole.write_text("[" + line + "]", "utf-8")
    assert refused(whole)[0] == "CAS004"


def test_what_is_not_utf_8(tmp_path: Path) -> None:
    for name in ("cases.jsonl", "cases.json", "cases.yaml"):
        path = tmp_path / name
        path.write_bytes(b'\n{"case_id": "caf\xe9"}\n')
        code, message = refused(path)
        assert code == "CAS003"
        assert "line 2" in message


@pytest.mark.parametrize(
    "text",
    [
        f"- case_id: &a {SECRET}\n- *a\n",
        f"- {{case_id: A, team: {SECRET}, team: x}}\n",
        f"- case_id: A\n  team: [{SECRET}\n",
        f"- case_id: A\n  team: !!python/name:{SECRET}\n",
        "[" * 30_000,
    ],
)
def test_yaml_is_refused_without_being_quoted(tmp_path: Path, text: str) -> None:
    path = tmp_path / "cases.yaml"
    path.write_text(text, "utf-8")
    assert refused(path)[0] == "CAS004"


@pytest.mark.parametrize("root", ["x", 1, None, {}, {"cases": {}}, {"cto": []}, {"_shared": {}}])
def test_json_without_cases(tmp_path: Path, root: object) -> None:
    path = tmp_path / "cases.json"
    path.write_text(json.dumps(root), "utf-8")
    assert refused(path)[0] == "CAS005"


@pytest.mark.parametrize("shared", [[], {"staff": {}}, "x"])
def test_shared_rows_that_are_no_rows(tmp_path: Path, shared: object) -> None:
    path = tmp_path / "cases.json"
    path.write_text(json.dumps({"_shared": shared, "cases": []}), "utf-8")
    assert refused(path)[0] == "CAS005"


def test_an_export_of_nothing_is_an_export(tmp_path: Path) -> None:
    path = tmp_path / "cases.json"
    path.write_text("[]")
    export, cases = opened(path)
    assert (cases, export.load.rows_read, export.count) == ({}, 0, 0)
    assert export.absent == SCHEMA.kinds.keys() - {"case"}
    path = tmp_path / "cases.jsonl"
    path.write_text("")
    assert opened(path)[1] == {}


def test_rows_that_are_none_are_rejected_one_by_one(tmp_path: Path) -> None:
    export, cases = walked(
        tmp_path,
        SECRET,
        [SECRET],
        {"team": SECRET, "talk": [{}, {}]},
        {"case_id": " "},
        {"case_id": [SECRET]},
        {"case_id": "half \ud800"},
        {
            "case_id": "A",
            "talk": [SECRET, None, [], {"id": "t"}, {"id": [SECRET], "date": "2026-01-01"}],
            "cto": {"id": SECRET},
            "note": SECRET,
            "notes": [{"body": SECRET}, {}],
            "staff": [{"id": "s"}],
            "audit": [{"case_id": "B", "by": SECRET}, {"case_id": "A", "by": "x"}],
        },
        {"case_id": "A", "talk": [{}]},
    )
    assert list(cases) == ["A"]
    assert [record.id for record in cases["A"].records["talk"]] == ["talk-1", "t"]
    assert [record.values for record in cases["A"].records["audit"]] == [["x"]]
    assert counted(export) == [
        ("audit", "case_id", "other_case", 1),
        ("case", "", "not_an_object", 2),
        ("case", "case_id", "blank_case_id", 2),
        ("case", "case_id", "duplicate_case_id", 1),
        ("case", "case_id", "invalid_text", 1),
        ("case", "case_id", "wrong_type", 1),
        ("cto", "", "not_a_list", 1),
        ("note", "", "not_a_list", 1),
        ("notes", "", "unknown_kind", 2),
        ("staff", "", "shared_in_case", 1),
        ("talk", "", "not_an_object", 3),
        ("talk", "id", "wrong_type", 1),
    ]
    load = export.load
    assert (load.rows_read, load.rows_kept) == (8 + 2 + 5 + 1 + 1 + 2 + 1 + 2 + 1, 1 + 2 + 1)
    assert not any(SECRET in note for note in load.notes)


@pytest.mark.parametrize(
    "key", [f"{SECRET} {SECRET}", "\x1b[31m", "\u202e", "[link=x]", "a" * 200, ""]
)
def test_a_key_that_is_no_plain_name_is_not_shown(tmp_path: Path, key: str) -> None:
    export, _ = walked(
        tmp_path, {"case_id": "A", key: 1, "talk": [{key: 1}]}, {"case_id": "B", key: [1]}
    )
    notes = "\n".join(export.load.notes)
    assert notes.isprintable() or "\n" in notes
    assert all(note.isascii() and note.isprintable() for note in export.load.notes)
    assert not key or key not in notes
    assert all(each.kind.isascii() for each in export.load.sorted_faults())


def test_an_export_keyed_by_people_does_not_fill_the_notes(tmp_path: Path) -> None:
    rows = [{f"person_{n}": 1} for n in range(500)]
    export, _ = walked(tmp_path, {"case_id": "A", "talk": rows, **{f"p{n}": 1 for n in range(500)}})
    assert len(export.load.notes) == 42
    assert "talk: and more that are not in the schema" in export.load.notes


def test_values_pass_through_untouched_and_unseen(tmp_path: Path) -> None:
    nasty = "\x1b]8;;http://x\x07 \u202e [red] =1+1 \x00"
    export, cases = walked(
        tmp_path, {"case_id": "A", "team": nasty, "talk": [{"notes": nasty, "date": nasty}]}
    )
    assert cases["A"].case.values[0] == nasty
    assert counted(export) == [("talk", "date", "invalid_date", 1)]
    assert export.load.notes == []


def test_a_file_that_goes_away_while_it_is_read(tmp_path: Path) -> None:
    path = tmp_path / "cases.jsonl"
    path.write_text('{"case_id": "A"}\n')
    export = open_export(str(path), SCHEMA)
    path.unlink()
    with pytest.raises(ExportError) as caught:
        list(export.cases())
    assert caught.value.diagnostic.code == "CAS001"


def test_a_thousand_rows_of_one_moment_and_no_id(tmp_path: Path) -> None:
    rows = [{"date": "2026-01-01", "minutes": n % 7} for n in range(1_000)]
    export, cases = walked(tmp_path, {"case_id": "A", "talk": rows})
    assert len({record.id for record in cases["A"].records["talk"]}) == 1_000
    assert counted(export) == []
