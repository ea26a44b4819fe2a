"""Invented cases, each a story, and the findings that a person worked out for it."""

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pytest

from policyengine.evaluate.engine import Engine
from policyengine.findings.model import Finding
from policyengine.formats import Mapping, Node, Scalar, Sequence, load_yaml, read_source
from policyengine.plan import core
from policyengine.policy.load import load_rules
from policyengine.records import open_export
from policyengine.values.verdict import Verdict

ROOT = Path(__file__).resolve().parents[1]
STORIES = ROOT / "rules" / "stories"
NAMES = sorted(path.name.removesuffix(".expected.yaml") for path in STORIES.glob("*.expected.yaml"))


@dataclass(frozen=True)
class Run:
    """What is expected of a story as at a day: `lines` by rule, and rules that say nothing."""

    as_at: date
    known_by: date
    lines: tuple[dict[str, str], ...]
    silent: tuple[str, ...]

    def rules(self) -> set[str]:
        return {line["rule"] for line in self.lines} | set(self.silent)


def plain(node: Node | None) -> object:
    match node:
        case Mapping(entries=entries):
            return {entry.key.text: plain(entry.value) for entry in entries}
        case Sequence(items=items):
            return [plain(item) for item in items]
        case Scalar(text=text):
            return text
        case _:
            return None


def runs(name: str) -> Iterator[Run]:
    source, faults = read_source(STORIES / f"{name}.expected.yaml")
    assert source is not None, faults
    root, faults = load_yaml(source)
    assert not faults
    made = plain(root)
    assert isinstance(made, dict)
    for each in made["runs"]:
        as_at = date.fromisoformat(each["as_at"])
        known_by = date.fromisoformat(each.get("known_by", each["as_at"]))
        yield Run(as_at, known_by, tuple(each["findings"]), tuple(each.get("silent", ())))


@pytest.fixture(scope="module")
def plan() -> core.Plan:
    found = load_rules([str(ROOT / "rules")]).plan
    assert found is not None
    return found


def judged(plan: core.Plan, name: str, run: Run) -> list[Finding]:
    export = open_export(str(STORIES / f"{name}.yaml"), plan.schema)
    cases = list(export.cases())
    assert len(cases) == 1
    assert not export.load.faults
    assert not export.load.notes
    engine = Engine(plan, only=run.rules())
    return engine.judge(cases[0], export, run.as_at, run.known_by)


def as_line(finding: Finding, asked: dict[str, str]) -> dict[str, str]:
    """A finding in the words of the expectation: as much of it as was asked for."""
    told = {
        "rule": finding.rule,
        "subject": finding.subject_id,
        "verdict": finding.verdict.value,
    }
    if "deadline" in asked:
        told["deadline"] = (finding.deadline or "none")[: len(asked["deadline"])]
    if "owner" in asked:
        told["owner"] = finding.owner or "nobody"
    return told


@pytest.mark.parametrize("name", NAMES)
def test_a_story_comes_out_as_it_was_worked_out(plan: core.Plan, name: str) -> None:
    for run in runs(name):
        asked = {(line["rule"], line["subject"]): line for line in run.lines}
        assert len(asked) == len(run.lines), "a finding is expected twice"
        assert run.rules() <= {rule.id for rule in plan.rules}
        found = {(each.rule, each.subject_id): each for each in judged(plan, name, run)}
        told = [as_line(found[key], asked.get(key, {})) for key in sorted(found)]
        assert told == [asked[key] for key in sorted(asked)], f"{name} as at {run.as_at}"


def test_there_are_ten_stories_and_more() -> None:
    assert len(NAMES) >= 10
    files = {path.name for path in STORIES.iterdir()} - {"README.md"}
    assert files == {f"{n}.yaml" for n in NAMES} | {f"{n}.expected.yaml" for n in NAMES}


@pytest.mark.parametrize("name", NAMES)
def test_each_is_told_on_the_page(name: str) -> None:
    page = (STORIES / "README.md").read_text("utf-8")
    parts = dict(
        re.findall(r"^## [^\n]*\n\n`(\w+)`\n\n(.*?)(?=^## |\Z)", page, re.DOTALL | re.MULTILINE)
    )
    assert name in parts
    assert len(parts[name].split()) >= 60
    assert "today's rules" in parts[name].lower()


def test_between_them_the_stories_show_each_verdict_and_each_learning_point(
    plan: core.Plan,
) -> None:
    point_of = {rule.id: rule.learning_point for rule in plan.rules}
    lines = [line for name in NAMES for run in runs(name) for line in run.lines]
    assert {line["verdict"] for line in lines} == {verdict.value for verdict in Verdict}
    shown: dict[int | None, set[str]] = defaultdict(set)
    for line in lines:
        shown[point_of[line["rule"]]].add(line["rule"])
    assert {1, 2, 4, 5, 6, 7} <= set(shown)


def test_nobody_in_them_is_real() -> None:
    text = "\n".join(path.read_text("utf-8") for path in STORIES.glob("*.yaml"))
    assert not re.findall(r"\b\d{10}\b", text)
    assert "nhs_number" not in text
