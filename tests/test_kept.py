"""What is kept between runs: trees and plans read back are those that were made; what is damaged,
somebody else's or out of date is made anew."""

import hashlib
import json
import os
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from policyengine import kept
from policyengine.commands.main import main
from policyengine.formats.node_store import NodeStore, UnknownNodeError
from policyengine.policy import load as loading
from policyengine.policy.load import load_plan, load_rules
from policyengine.policy.overrides import SettingOverride
from policyengine.policy.tree_walk import walk
from policyengine.shipped import shipped
from policyengine.source import SourceFile, Span
from policyengine.syntax import find_rule_files, kept_trees, parse_file, read_source
from policyengine.syntax.kept_trees import parse_kept
from policyengine.syntax.tree import Name, PolicyFile
from policyengine.values.durations import Duration, Unit

RULES = str(shipped("rules"))
FOLDER = "trust-policy-engine"


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    home = tmp_path / "cache"
    monkeypatch.setenv("XDG_CACHE_HOME", str(home))
    return home / FOLDER


@pytest.fixture
def source() -> SourceFile:
    path = next(p for p in find_rule_files([RULES])[0] if p.endswith("rights.policy"))
    found = read_source(path)[0]
    assert found is not None
    return found


def trees(cache: Path) -> list[Path]:
    return sorted(cache.glob("tree-*.json"))


def plans(cache: Path) -> list[Path]:
    return sorted(cache.glob("plan-*.json"))


def places(node: object) -> list[tuple[int, int, str]]:
    found = []
    for each in walk(node):
        span = getattr(each, "span", None)
        if isinstance(span, Span):
            found.append((span.start, span.end, span.file.name))
    return found


def parsed_only(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the files that are parsed from here on."""
    parsed: list[str] = []

    def note(source: SourceFile) -> Any:
        parsed.append(source.name)
        return parse_file(source)

    monkeypatch.setattr(kept_trees, "parse_file", note)
    return parsed


# --- trees --------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", find_rule_files([RULES])[0], ids=lambda path: Path(path).name)
def test_a_tree_read_back_is_the_tree_that_was_made(
    path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = read_source(path)[0]
    assert source is not None
    made, notes = parse_file(source)
    assert (notes, parse_kept(source)[0]) == ([], made)
    parsed = parsed_only(monkeypatch)
    found, notes = parse_kept(source)
    assert (parsed, notes) == ([], [])
    assert found == made
    assert found.file is source
    assert [repr(item) for item in found.items] == [repr(item) for item in made.items]
    assert [places(item) for item in found.items] == [places(item) for item in made.items]
    assert [(c.text, c.own_line, c.span) for c in found.comments] == [
        (c.text, c.own_line, c.span) for c in made.comments
    ]


def test_the_folder_and_the_files_are_the_users_own(source: SourceFile, cache: Path) -> None:
    parse_kept(source)
    assert cache.stat().st_mode & 0o777 == 0o700
    assert [file.stat().st_mode & 0o777 for file in trees(cache)] == [0o600]


def test_another_text_has_another_tree(source: SourceFile, cache: Path) -> None:
    parse_kept(source)
    other = SourceFile(source.name, source.text.replace("7 days", "8 days"))
    assert parse_kept(other)[0] == parse_file(other)[0] != parse_file(source)[0]
    assert len(trees(cache)) == 2


def test_a_changed_program_remembers_nothing(
    source: SourceFile, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    parse_kept(source)
    monkeypatch.setattr(kept_trees, "_made_with", lambda: "another program")
    parsed = parsed_only(monkeypatch)
    parse_kept(source)
    assert parsed == [source.name]
    assert kept.code_stamp(["syntax"]) != kept.code_stamp(["values"])


def test_a_file_with_a_mistake_is_not_kept(source: SourceFile, cache: Path) -> None:
    broken = SourceFile(source.name, source.text.replace("must have", "must hav", 1))
    assert parse_kept(broken)[1] == parse_file(broken)[1] != []
    assert trees(cache) == []


def written(body: bytes) -> bytes:
    return hashlib.sha256(body).hexdigest().encode() + b"\n" + body


@pytest.mark.parametrize(
    "damage",
    [
        b"",
        b"\n",
        b"garbage",
        written(b"not json"),
        written(b"[]"),
        written(b"null"),
        written(b"[99999]"),
        written(b"[-99]"),
        written(b"[-1,7,0,1]"),
        written(b"[-6,0,1]"),
        written(b'[0,"one part too few"]'),
        written(b"[" * 100_000),
        written(b'{"a": 1}'),
        written(b"[-3,[]]"),
    ],
)
def test_what_is_damaged_is_made_anew(source: SourceFile, cache: Path, damage: bytes) -> None:
    expected, _ = parse_kept(source)
    (file,) = trees(cache)
    whole = file.read_bytes()
    file.write_bytes(damage)
    assert parse_kept(source)[0] == expected
    assert file.read_bytes() == whole


def test_every_byte_counts(source: SourceFile, cache: Path) -> None:
    expected, _ = parse_kept(source)
    (file,) = trees(cache)
    whole = file.read_bytes()
    for at in range(0, len(whole), len(whole) // 23):
        file.write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])
        assert parse_kept(source)[0] == expected
    file.write_bytes(whole[: len(whole) // 2])
    assert parse_kept(source)[0] == expected


def test_what_others_may_write_to_is_not_read(
    source: SourceFile, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    parse_kept(source)
    (file,) = trees(cache)
    file.chmod(0o666)
    parsed = parsed_only(monkeypatch)
    parse_kept(source)
    assert parsed == [source.name]
    file.unlink(missing_ok=True)
    cache.chmod(0o777)
    parse_kept(source)
    assert trees(cache) == []


@pytest.mark.skipif(not hasattr(os, "getuid"), reason="no owners here")
def test_what_is_somebody_elses_is_not_read(
    source: SourceFile, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    parse_kept(source)
    monkeypatch.setattr(os, "getuid", lambda: 4321)
    parsed = parsed_only(monkeypatch)
    parse_kept(source)
    assert parsed == [source.name]


def test_without_a_folder_everything_works(
    source: SourceFile, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    blocked = tmp_path / "a_file"
    blocked.write_text("", "utf-8")
    for place in (str(blocked), "/proc/nowhere", "not/absolute"):
        monkeypatch.setenv("XDG_CACHE_HOME", place)
        monkeypatch.setenv("HOME", str(blocked))
        assert parse_kept(source)[0] == parse_file(source)[0]


def test_the_folder_does_not_grow_for_ever(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept, "MOST_FILES", 5)
    for number in range(12):
        kept.keep(f"x-{number}", b"body")
    assert len(list(cache.iterdir())) == 5
    assert kept.read_kept("x-11") == b"body"
    assert kept.read_kept("x-0") is None


# --- the store ----------------------------------------------------------------------------------


def test_only_classes_that_were_named_are_stored_and_read() -> None:
    file = SourceFile("x", "text")
    store = NodeStore([Name, PolicyFile])
    name = Name(span=Span(file, 1, 3), text="ex")
    body = store.dumps(name, [file])
    assert store.loads(body, [file]) == name
    assert store.loads(body, [file]).span == name.span
    with pytest.raises(UnknownNodeError):
        store.dumps((Duration(1, Unit.DAY),), [file])
    for hostile in ("[2]", "[-6,0,1]", '["Name"]', "[null]", "[1.5]", "[true]"):
        with pytest.raises((ValueError, TypeError, LookupError, AttributeError)):
            store.loads(hostile.encode(), [file])


def test_values_keep_their_sorts() -> None:
    store = NodeStore([Duration, Unit])
    values = (True, 1, "1", Decimal("1.10"), None, (), ((),), Duration(7, Unit.DAY), Unit.WEEK)
    found = store.loads(store.dumps((*values, {"a": (1,)}, frozenset({2, 1})), []), [])
    assert found == (*values, {"a": (1,)}, frozenset({1, 2}))
    assert [type(each) for each in found[:5]] == [bool, int, str, Decimal, type(None)]
    assert str(found[3]) == "1.10"
    assert json.loads(store.dumps(frozenset({3, 1, 2}), []))[1:] == [1, 2, 3]


# --- plans --------------------------------------------------------------------------------------


def test_a_plan_read_back_is_the_plan_that_was_made(
    cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = load_rules([RULES]).plan
    assert load_plan([RULES]).plan == made
    assert len(plans(cache)) == 1
    monkeypatch.setattr(loading, "load_rules", None)  # nothing is checked again
    found = load_plan([RULES])
    assert found.plan == made
    assert found.plan is not None and made is not None
    assert repr(found.plan) == repr(made)
    for one, other in zip(found.plan.rules, made.rules, strict=True):
        assert places(one) == places(other)
        assert one.name_span.text == one.id
    assert {rule.span.file for rule in found.plan.rules} <= set(found.sources)


@pytest.fixture
def small(tmp_path: Path) -> Path:
    folder = tmp_path / "rules"
    (folder / "codes").mkdir(parents=True)
    for name in ("schema.yaml", *(f"codes/{p.name}" for p in (Path(RULES) / "codes").iterdir())):
        (folder / name).write_bytes((Path(RULES) / name).read_bytes())
    text = (Path(RULES) / "community_treatment_orders" / "tribunal.policy").read_text("utf-8")
    (folder / "tribunal.policy").write_text(text, "utf-8")
    return folder


def test_whatever_a_plan_is_made_from_is_looked_at(small: Path, cache: Path) -> None:
    rules = [str(small)]
    first = load_plan(rules).plan
    assert first is not None
    name = next(iter(first.settings))
    overrides = {name: SettingOverride(values=((None, "9 days"),))}

    def replaced(file: str, old: str, new: str) -> None:
        path = small / file
        text = path.read_text("utf-8")
        assert old in text
        path.write_text(text.replace(old, new), "utf-8")

    seen = 1
    for change in (
        lambda: replaced("tribunal.policy", first.rules[0].title, "Another title"),
        lambda: replaced("schema.yaml", "time_zone: Europe/London", "time_zone: Europe/Paris"),
        lambda: (small / "second.policy").write_text('policy "Second"\n', "utf-8"),
        lambda: replaced("codes/" + next((small / "codes").iterdir()).name, "\n", "\n# a word\n"),
    ):
        change()
        assert load_plan(rules).plan == load_rules(rules).plan
        seen += 1
        assert len(plans(cache)) == seen
    for given in (
        {"overrides": overrides},
        {"targets": {first.rules[0].id: Decimal(50)}},
    ):
        for _ in range(2):
            wanted = load_rules(rules, None, **given).plan  # type: ignore[arg-type]
            assert load_plan(rules, None, **given).plan == wanted  # type: ignore[arg-type]


def test_a_rule_set_with_mistakes_is_told_every_time(
    small: Path, cache: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = small / "tribunal.policy"
    path.write_text(path.read_text("utf-8").replace("must have", "must hav", 1), "utf-8")
    said = []
    for _ in range(2):
        words = ["explain", "A0001", str(small), "--demo"]
        assert main(words) == 3
        said.append(capsys.readouterr().err)
    assert said[0] == said[1] != ""
    assert plans(cache) == []


def test_an_audit_says_the_same_with_a_plan_that_was_kept(
    small: Path, cache: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["explain", "A0001", str(small), "--demo", "--format", "json"]
    said = []
    for _ in range(2):
        assert main(words) == 0
        said.append(capsys.readouterr().out)
    assert len(plans(cache)) == 1
    assert said[0] == said[1] != ""


def test_a_trusts_own_settings_are_kept_with_their_places(small: Path, cache: Path) -> None:
    plan = load_rules([str(small)]).plan
    assert plan is not None
    name = next(iter(plan.settings))
    config = SourceFile("trustpolicy.yaml", f"settings:\n  {name}: 9 days\n")
    span = Span(config, 12, 20)
    given = SettingOverride(values=((None, "9 days"),), place="trustpolicy.yaml:2", span=span)
    for override in (given, replace(given, place="elsewhere.yaml:1")):
        for _ in range(2):
            found = load_plan([str(small)], None, {name: override})
            assert found.plan == load_rules([str(small)], None, {name: override}).plan
