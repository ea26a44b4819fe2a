"""YAML and JSON as they are read: what is text stays text, and every trap is closed."""

from decimal import Decimal
from pathlib import Path

import pytest
import yaml

from policyengine.formats import (
    JsonError,
    Mapping,
    Scalar,
    Sequence,
    load_yaml,
    loads,
    read_source,
    suggestion,
    yaml_events,
)
from policyengine.source import SourceFile


def faults(text: str) -> list[tuple[str, int]]:
    root, notes = load_yaml(SourceFile("schema.yaml", text))
    assert (root is None) == bool(notes)
    return [(note.code, note.span.line if note.span else 0) for note in notes]


def read(text: str) -> Mapping:
    root, notes = load_yaml(SourceFile("schema.yaml", text))
    assert notes == []
    assert isinstance(root, Mapping)
    return root


@pytest.mark.parametrize("word", ["no", "NO", "010", "12:30:00", "1e3", "0x1F", "2026-01-01", ".5"])
def test_a_scalar_is_the_text_that_stands_there(word: str) -> None:
    value = read(f"a: {word}").get("a")
    assert isinstance(value, Scalar)
    assert value.text == word
    assert not value.is_empty


@pytest.mark.parametrize("word", ["", "~", "null", "Null", "NULL"])
def test_nothing_is_known_as_nothing_unless_it_is_quoted(word: str) -> None:
    bare, quoted = read(f"a: {word}").get("a"), read(f"a: '{word}'").get("a")
    assert isinstance(bare, Scalar)
    assert isinstance(quoted, Scalar)
    assert bare.is_empty
    assert not quoted.is_empty
    assert quoted.text == word


def test_nodes_know_their_places() -> None:
    root = read("a: 1\nbé:\n  - x\n  - [y, 'z']\n")
    (first, second) = root.entries
    assert (first.key.span.line, first.key.span.column, first.key.span.text) == (1, 1, "a")
    assert (second.key.span.line, second.key.span.text) == (2, "bé")
    assert isinstance(second.value, Sequence)
    inner = second.value.items[1]
    assert (inner.span.line, inner.span.column, inner.span.text) == (4, 5, "[y, 'z']")


def test_a_file_of_nothing_has_no_root_and_no_fault() -> None:
    assert load_yaml(SourceFile("a.yaml", "# only a remark\n")) == (None, [])


@pytest.mark.parametrize(
    ("text", "code", "line"),
    [
        ("a: [1,\nb: 2\n", "YML004", 3),
        ('a: "x\n', "YML004", 2),
        ("a: b: c", "YML004", 1),
        ("a:\n\t- x", "YML004", 2),
        ("a: \x07", "YML004", 1),
        ("b: 1\na: &x 1", "YML005", 2),
        ("a: *x", "YML005", 1),
        ("a: !!str 3", "YML005", 1),
        ("a: ! 3", "YML005", 1),
        ("a: !ruby/object {}", "YML005", 1),
        ("a: &x [1]", "YML005", 1),
        ("<<: {a: 1}", "YML005", 1),
        ("a: 1\nb: 2\na: 1\n", "YML006", 3),
        ("a: 1\n---\nb: 2", "YML008", 2),
        ("? [a]\n: 1", "YML009", 1),
    ],
)
def test_a_trap_is_refused_with_its_place(text: str, code: str, line: int) -> None:
    assert faults(text) == [(code, line)]


def test_several_repeated_keys_give_several_messages() -> None:
    assert faults("a: 1\na: 2\nb: {c: 1, c: 2}\n") == [("YML006", 2), ("YML006", 3)]


@pytest.mark.parametrize(
    "text",
    ["[" * 30_000, "[" * 30_000 + "]" * 30_000, "{a: " * 30_000, "- " * 30_000, "? " * 30_000],
)
def test_thirty_thousand_levels_are_refused_and_nothing_falls_over(text: str) -> None:
    assert faults(text) == [("YML007", 1)]


def test_depth_is_counted_exactly() -> None:
    assert faults("[" * 50 + "]" * 50) == []
    assert faults("[" * 51 + "]" * 51) == [("YML007", 1)]


def test_the_slow_parser_reads_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    text = "\ufeffa: ~\nbé: ['no', 010]\nc:\n  d: x\n"
    quick = load_yaml(SourceFile("a.yaml", text))
    monkeypatch.setattr(yaml_events, "_LOADER", yaml.SafeLoader)
    slow = load_yaml(SourceFile("a.yaml", text))
    assert spans(quick[0]) == spans(slow[0])
    assert faults("a: &x 1") == [("YML005", 1)]
    assert faults("[" * 3_000) == [("YML007", 1)]


def spans(node: object) -> object:
    match node:
        case Scalar():
            return node.text, node.quoted, node.span.start, node.span.end
        case Sequence():
            return [spans(item) for item in node.items]
        case Mapping():
            return [(spans(entry.key), spans(entry.value)) for entry in node.entries]
    raise AssertionError(node)


def test_a_message_about_yaml_does_not_quote_it() -> None:
    for text in ("a: %secret", "secret: [secret", 'a: "\\qsecret"', "a: 'secret' secret"):
        _, notes = load_yaml(SourceFile("a.yaml", text))
        assert notes
        assert "secret" not in notes[0].message


def test_a_file_is_read_as_utf_8_with_or_without_its_mark(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_bytes(b"\xef\xbb\xbfa: \xc3\xa9")
    source, notes = read_source(path)
    assert notes == []
    assert source is not None
    assert source.text == "a: é"


def test_a_file_that_cannot_be_read_says_why(tmp_path: Path) -> None:
    assert [note.code for note in read_source(tmp_path / "none.yaml")[1]] == ["YML001"]
    assert [note.code for note in read_source(tmp_path)[1]] == ["YML001"]
    path = tmp_path / "a.yaml"
    path.write_bytes(b"a: 1\nb: caf\xe9\n")
    (note,) = read_source(path)[1]
    assert note.code == "YML003"
    assert note.span is not None
    assert (note.span.line, note.span.column) == (2, 7)


def test_the_size_limit_lets_its_own_size_pass(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_bytes(b"#" * (1 << 20))
    assert read_source(path)[1] == []
    path.write_bytes(b"#" * ((1 << 20) + 1))
    assert [note.code for note in read_source(path)[1]] == ["YML002"]


def test_json_numbers_keep_what_they_say() -> None:
    assert loads('{"a": 1.10, "b": 7}', "f") == {"a": Decimal("1.10"), "b": 7}
    assert isinstance(loads("1e5", "f"), float)


@pytest.mark.parametrize(
    "text",
    [
        '{"risk": "high", "risk": "none"}',
        '[{"a": {"b": 1, "b": 1}}]',
        "1e999",
        "-1e999",
        "NaN",
        "Infinity",
        "-Infinity",
        "9" * 401,
        "0." + "9" * 400,
        "[" * 51 + "]" * 51,
        "[" * 30_000,
        '{"a":' * 30_000,
        "",
        "{",
        "[1] 2",
        "\x00",
        '"a\tb"',
    ],
)
def test_json_that_would_lose_or_change_a_value_is_refused(text: str) -> None:
    with pytest.raises(JsonError) as caught:
        loads(text, "cases.jsonl line 3")
    assert str(caught.value).startswith("cases.jsonl line 3: ")
    assert "high" not in str(caught.value)


def test_json_at_its_limits_is_read() -> None:
    assert loads("9" * 400, "f") == int("9" * 400)
    assert loads("[" * 50 + "]" * 50, "f") is not None
    assert loads("[" + "[], " * 200 + "[]]", "f") == [[] for _ in range(201)]
    assert loads('{"a": 1, "A": 1}', "f") == {"a": 1, "A": 1}


def test_a_suggestion_is_something_near() -> None:
    assert suggestion("plannd", ["planned", "open"]) == "planned"
    assert suggestion("xyz", ["planned", "open"]) is None
    assert suggestion("a", []) is None
