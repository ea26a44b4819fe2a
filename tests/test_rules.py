"""The shipped rules: they check, their examples come out, and each is fit to be read aloud."""

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from pathlib import Path

import pytest

from policyengine.diagnostics import Severity
from policyengine.policy.load import Loaded, load_rules
from policyengine.syntax.tree import (
    DurationLiteral,
    Example,
    FixClause,
    ForEach,
    Gather,
    Header,
    LearningPoint,
    RuleItem,
    Say,
    Setting,
    SeverityClause,
    SilenceMeansCannotTell,
    Source,
    Tags,
    Unless,
)
from policyengine.tooling.examples import run_plan
from policyengine.values.verdict import Verdict

RULES = Path(__file__).resolve().parents[1] / "rules"
TOPICS = (
    "community_treatment_orders",
    "care_plans",
    "risk_assessment",
    "risk_review",
    "domestic_abuse",
    "keeping_safe",
    "carers",
)

# Rules of other topics whose findings can do harm where they are seen.
ALSO_RESTRICTED = {"CP-03C", "RA-03C", "CA-06A", "CA-06B", "CA-06C", "CA-08A", "CA-08B"}

# Every length of time that is written into a rule. Each is the law's own; all others are settings.
STATUTORY = {
    ("CTO-10", "72 hours"),
    ("CTO-11", "72 hours"),
    ("CTO-12", "1 month"),
    ("CTO-12", "2 months"),
    ("CTO-12", "3 months"),
    ("CTO-13A", "2 months"),
    ("CTO-13B", "1 year"),
    ("CTO-13B", "6 months"),
    ("CTO-14C", "6 months"),
    ("CTO-14D", "1 year"),
    ("CTO-14D", "12 months"),
    ("CTO-14D", "3 years"),
}


@pytest.fixture(scope="module")
def loaded() -> Loaded:
    return load_rules([str(RULES)])


@pytest.fixture(scope="module")
def rules(loaded: Loaded) -> list[RuleItem]:
    return [item for file in loaded.files for item in file.items if isinstance(item, RuleItem)]


def below(node: object) -> Iterator[object]:
    """A node of a tree and everything in it."""
    yield node
    if isinstance(node, tuple):
        for inner in node:
            yield from below(inner)
    elif is_dataclass(node) and not isinstance(node, type):
        for field in fields(node):
            if field.name not in ("span", "file"):
                yield from below(getattr(node, field.name))


# --- it checks, and it comes out ---------------------------------------------------------------


def test_the_pack_checks_without_error(loaded: Loaded) -> None:
    errors = [d for d in loaded.diagnostics if d.severity is Severity.ERROR]
    assert not errors, "\n".join(f"{d.code}: {d.message} {d.span}" for d in errors)
    assert loaded.plan is not None


def test_every_example_comes_out(loaded: Loaded) -> None:
    assert loaded.plan is not None
    wrong = [result for result in run_plan(loaded.plan) if not result.passed]
    assert not wrong, "\n".join(f"{r.file}:{r.line}: {r.example_title}: {r.detail}" for r in wrong)


def test_each_rule_is_shown_kept_and_broken(loaded: Loaded, rules: list[RuleItem]) -> None:
    shown: dict[str, set[Verdict | None]] = defaultdict(set)
    for file in loaded.files:
        for example in (item for item in file.items if isinstance(item, Example)):
            for expected in example.expects:
                name = expected.rule or example.rule
                assert name is not None
                shown[name.text].add(expected.verdict)
    for rule in rules:
        silent = any(isinstance(clause, SilenceMeansCannotTell) for clause in rule.clauses)
        seen = shown[rule.id.text]
        assert Verdict.MET in seen, rule.id.text
        assert (Verdict.CANNOT_TELL if silent else Verdict.BREACHED) in seen, rule.id.text


def test_each_exception_is_shown(loaded: Loaded, rules: list[RuleItem]) -> None:
    exempt: dict[str, int] = defaultdict(int)
    for file in loaded.files:
        for example in (item for item in file.items if isinstance(item, Example)):
            for expected in example.expects:
                name = expected.rule or example.rule
                if name is not None and expected.verdict is Verdict.EXEMPT:
                    exempt[name.text] += 1
    for rule in rules:
        number = sum(isinstance(clause, Unless) for clause in rule.clauses)
        assert exempt[rule.id.text] >= number, f"{rule.id.text} has {number} exceptions"


# --- each rule can be read, and answered for ---------------------------------------------------


@pytest.mark.parametrize("clause", [SeverityClause, LearningPoint, Source, Say, FixClause, Tags])
def test_each_rule_says_what_a_reader_needs(rules: list[RuleItem], clause: type) -> None:
    bare = [rule.id.text for rule in rules if not any(isinstance(c, clause) for c in rule.clauses)]
    assert not bare


def test_the_pack_covers_every_learning_point(loaded: Loaded) -> None:
    assert loaded.plan is not None
    points: dict[int | None, set[str]] = defaultdict(set)
    for rule in loaded.plan.rules:
        points[rule.learning_point].add(rule.id)
    assert set(points) == {1, 2, 3, 4, 5, 6, 7}
    assert min(map(len, points.values())) >= 10
    assert sum(map(len, points.values())) >= 130


def test_each_topic_has_at_least_five_rules() -> None:
    for topic in TOPICS:
        text = "\n".join(path.read_text("utf-8") for path in (RULES / topic).glob("*.policy*"))
        assert len(re.findall(r"^rule ", text, re.MULTILINE)) >= 5, topic


def test_one_topic_is_kept_on_the_page_of_its_policy() -> None:
    pages = list(RULES.glob("*/*.policy.md"))
    assert pages
    for page in pages:
        prose = re.sub(r"```policy.*?```", "", page.read_text("utf-8"), flags=re.DOTALL)
        assert len(prose.split()) > 200


def test_each_file_has_an_owner_a_source_and_a_review_date(loaded: Loaded) -> None:
    for file in loaded.files:
        header = file.items[0]
        assert isinstance(header, Header)
        assert header.owner
        assert header.sources
        assert header.review_by


def test_no_length_of_time_but_the_laws_own_is_written_into_a_rule(rules: list[RuleItem]) -> None:
    written = {
        (rule.id.text, str(node.value))
        for rule in rules
        for node in below(rule.clauses)
        if isinstance(node, DurationLiteral)
    }
    assert written == STATUTORY


def test_each_setting_says_why(loaded: Loaded) -> None:
    for file in loaded.files:
        for item in file.items:
            if isinstance(item, Setting):
                assert item.why, item.name.text
                assert re.search(r"local (number|list|text)|SafeLives|Act", item.why), (
                    item.name.text
                )


# --- what may be seen by whom ------------------------------------------------------------------


def test_rules_about_abuse_and_keeping_safe_are_restricted(loaded: Loaded) -> None:
    schema = loaded.schema
    assert schema is not None
    gathers = {
        item.name.text: [source.kind.text for source in item.sources]
        for file in loaded.files
        for item in file.items
        if isinstance(item, Gather)
    }
    for rule in (item for file in loaded.files for item in file.items):
        if not isinstance(rule, RuleItem):
            continue
        tags = {n.text for c in rule.clauses if isinstance(c, Tags) for n in c.names}
        name = rule.id.text
        expected = name.startswith(("DA-", "KS-")) or name in ALSO_RESTRICTED
        assert ("restricted" in tags) is expected, rule.id.text
        subject = next(c for c in rule.clauses if isinstance(c, ForEach))
        names = [subject.kind.text, *gathers.get(subject.kind.text, [])]
        if subject.companion is not None:
            names.append(subject.companion.kind.text)
        sensitive = any(schema.kinds[n].sensitive for n in names if n in schema.kinds)
        if name in (
            "DA-01",
            "DA-01B",
            "RA-03C",
        ):  # everyone is asked: that it was due tells nothing
            assert not sensitive
        else:
            assert sensitive is expected, rule.id.text
