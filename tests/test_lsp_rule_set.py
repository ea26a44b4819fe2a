"""A keystroke costs what it changes: one file is read again, and what speaks of it is settled."""

import shutil
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from policyengine.lsp import rule_set as rule_sets
from policyengine.lsp.rule_set import RuleSet
from policyengine.lsp.verdicts import Verdicts
from policyengine.policy.load import load_rules
from policyengine.shipped import shipped
from policyengine.tooling import examples as running

settling: Any = import_module("policyengine.policy.settle")


class Counted:
    """What was parsed, settled and run since it was last asked."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.parsed: list[str] = []
        self.settled: list[str] = []
        self.places: list[tuple[str, str]] = []
        self.judged: list[str] = []
        parse, rule = rule_sets.parse_file, settling.settle_rule
        judge = running.judge_example

        def parse_file(source: Any) -> Any:
            self.parsed.append(Path(source.name).name)
            return parse(source)

        def settle_rule(item: Any, *rest: Any) -> Any:
            self.settled.append(item.id.text)
            self.places.append((Path(item.span.file.name).name, item.id.text))
            return rule(item, *rest)

        def judge_example(engine: Any, example: Any) -> Any:
            self.judged.append(example.title)
            return judge(engine, example)

        monkeypatch.setattr(rule_sets, "parse_file", parse_file)
        monkeypatch.setattr(settling, "settle_rule", settle_rule)
        monkeypatch.setattr(running, "judge_example", judge_example)

    def clear(self) -> None:
        self.parsed.clear()
        self.settled.clear()
        self.judged.clear()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("set") / "rules"
    shutil.copytree(shipped("rules"), made, ignore=shutil.ignore_patterns("sample", "stories"))
    return made


class Typist:
    def __init__(self, folder: Path) -> None:
        self.texts: dict[str, str] = {}
        self.rule_set = RuleSet([str(folder)], self.texts.get)
        self.folder = folder

    def path(self, name: str) -> str:
        return str(next(self.folder.rglob(name)))

    def type(self, name: str, old: str, new: str) -> rule_sets.Checked:
        path = self.path(name)
        text = self.texts.get(path) or Path(path).read_text("utf-8")
        assert old in text
        self.texts[path] = text.replace(old, new, 1)
        self.rule_set.edited()
        return self.rule_set.check()


@pytest.fixture
def typist(folder: Path) -> Iterator[Typist]:
    typist = Typist(folder)
    assert typist.rule_set.check().plan is not None
    yield typist


def test_an_edit_reads_its_file_and_settles_its_rules_alone(
    typist: Typist, monkeypatch: pytest.MonkeyPatch
) -> None:
    counted = Counted(monkeypatch)
    checked = typist.type("rights.policy", "of legal status", "of the legal status")
    assert counted.parsed == ["rights.policy"]
    own = {rule.id for rule in checked.plan.rules if "rights.policy" in rule.span.file.name}  # type: ignore[union-attr]
    assert set(counted.settled) == own
    assert 0 < len(own) < 30
    counted.clear()
    typist.rule_set.check()
    typist.rule_set.edited()
    typist.rule_set.check()
    assert (counted.parsed, counted.settled) == ([], [])


def test_a_half_written_rule_settles_no_other_files(
    typist: Typist, monkeypatch: pytest.MonkeyPatch
) -> None:
    counted = Counted(monkeypatch)
    checked = typist.type("rights.policy", "must have", "must hav")
    assert checked.plan is None
    typist.type("rights.policy", "must hav", "must have")
    assert set(counted.parsed) == {"rights.policy"}
    others = {"DA-02", "CA-02A", "RR-01A"}
    assert not others & set(counted.settled)


def test_a_setting_settles_what_speaks_of_it(
    typist: Typist, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = Path(typist.path("rights.policy"))
    assert "setting rights_window is 7 days" in path.read_text("utf-8")
    counted = Counted(monkeypatch)
    checked = typist.type("rights.policy", "rights_window is 7 days", "rights_window is 9 days")
    assert checked.plan is not None
    rules = {(Path(rule.span.file.name).name, rule.id): rule for rule in checked.plan.rules}
    own = {place for place in rules if place[0] == path.name}
    speak = {place for place, rule in rules.items() if "rights_window" in rule.span.text}
    assert speak - own
    assert set(counted.places) == own | speak


def test_what_is_told_is_what_check_tells(typist: Typist, tmp_path: Path) -> None:
    for name, old, new in (
        ("rights.policy", "rights_window is 7 days", "rights_windw is 7 days"),
        ("alerts.policy", "must have", "must hve"),
        ("plans.policy", "for each", "for evry"),
    ):
        checked = typist.type(name, old, new)
        saved = tmp_path / name / "rules"
        shutil.copytree(typist.folder, saved)
        for path, text in typist.texts.items():
            (saved / Path(path).relative_to(typist.folder)).write_text(text, "utf-8")
        told = load_rules([str(saved)]).diagnostics
        assert sorted(
            (note.code, note.message, note.span.start)
            for notes in checked.notes.values()
            for note in notes
            if note.span
        ) == sorted((note.code, note.message, note.span.start) for note in told if note.span)


def test_an_example_runs_again_only_where_something_about_it_changed(
    typist: Typist, monkeypatch: pytest.MonkeyPatch
) -> None:
    verdicts, path = Verdicts(), typist.path("rights.policy")
    checked = typist.type("rights.policy", "of legal status", "of the legal status")
    every = verdicts.of_file(checked, path)
    assert every
    assert all(outcome.result.passed for outcome in every)
    counted = Counted(monkeypatch)
    monkeypatch.setattr("policyengine.lsp.verdicts.judge_example", running.judge_example)
    checked = typist.type("rights.policy", "\nexample ", "\n\n\nexample ")
    moved = verdicts.of_file(checked, path)
    assert counted.judged == []
    assert [o.result.line for o in moved] == [o.result.line + 2 for o in every]
    title = every[0].example.title
    rules = set(every[0].result.rules)
    checked = typist.type("rights.policy", f'example "{title}"', f'example "{title}!"')
    verdicts.of_file(checked, path)
    assert set(counted.judged) == {f"{title}!"}
    counted.clear()
    first = next(rule for rule in checked.plan.rules if rule.id in rules)  # type: ignore[union-attr]
    checked = typist.type("rights.policy", first.title, f"{first.title}, all of it")
    verdicts.of_file(checked, path)
    assert 0 < len(set(counted.judged)) < len(every)
