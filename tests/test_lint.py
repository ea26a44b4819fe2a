"""Lints: each file of `tests/rejected/LNT*` earns its own and nothing else, and the edges of each."""

import re
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from policyengine.diagnostics import Diagnostic, Severity, codes
from policyengine.plan.core import Plan
from policyengine.policy.load import load_rules
from policyengine.policy.settle import settle
from policyengine.schema import load_schema
from policyengine.source import SourceFile
from policyengine.syntax import parse_file
from policyengine.syntax.tree import PolicyFile
from policyengine.tooling.fmt import format_source
from policyengine.tooling.lint import lint

HERE = Path(__file__).parent
FILES = sorted((HERE / "rejected").glob("LNT*.policy"))
PAGES = (HERE.parent / "docs" / "errors.md").read_text("utf-8")
OVERDUE = 'policy "Overdue"\n  review by 2026-01-31\n'


def settled(*texts: str) -> tuple[Plan, list[PolicyFile]]:
    schema, faults = load_schema(HERE / "rejected" / "schema.yaml")
    assert schema is not None and faults == []
    files = []
    for number, text in enumerate(texts):
        file, faults = parse_file(SourceFile(f"{number}.policy", text))
        assert faults == []
        files.append(file)
    plan, faults = settle(files, schema)
    assert plan is not None, faults
    return plan, files


def remarks(*texts: str, today: date | None = None) -> list[Diagnostic]:
    plan, files = settled(*texts)
    return lint(plan, files, today)


def said(text: str, *but: str, today: date | None = None) -> list[str]:
    """The codes of what is remarked on, but for those that the test is not about."""
    return [note.code for note in remarks(text, today=today) if note.code not in but]


def rule(clauses: str, above: str = "", source: str = "Trust policy") -> str:
    head = f'policy "T"\n{above}\nrule R-01 "t"\n  source "{source}"\n  for each order\n'
    return f"{head}  {clauses}\n"


THIN = ("LNT002", "LNT003")


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_smallest_file_earns_its_lint_and_nothing_else(path: Path) -> None:
    (note,) = remarks(path.read_text("utf-8"))
    assert note.code == path.stem
    assert note.severity is Severity.WARNING
    assert note.span is not None and note.span.text
    assert note.found and note.hints


def test_every_lint_has_its_file() -> None:
    assert [path.stem for path in FILES] == sorted(codes.LINTS.keys() - {"LNT005"})


@pytest.mark.parametrize("code", sorted(codes.LINTS))
def test_a_page_shows_the_same_file_laid_out(code: str) -> None:
    (page,) = re.findall(rf"^## {code} .*?(?=^## |\Z)", PAGES, re.MULTILINE | re.DOTALL)
    (block,) = re.findall(r"^```policy\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    path = HERE / "rejected" / f"{code}.policy"
    assert block == (OVERDUE if code == "LNT005" else path.read_text("utf-8"))
    assert not format_source(SourceFile("page.policy", block)).changed


def test_the_rules_of_the_package_earn_none() -> None:
    loaded = load_rules([str(HERE.parent / "rules")], None)
    assert loaded.plan is not None
    assert lint(loaded.plan, loaded.files, date(2026, 4, 1)) == []


# --- the edges ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("day", "found"), [("2026-01-31", []), ("2026-02-01", ["LNT005"]), (None, [])]
)
def test_a_policy_is_past_its_review_from_the_day_after(day: str | None, found: list[str]) -> None:
    today = None if day is None else date.fromisoformat(day)
    notes = remarks(OVERDUE, today=today)
    assert [note.code for note in notes] == found
    for note in notes:
        assert note.span is not None and note.span.text == "review by 2026-01-31"


def example(verdict: str) -> str:
    # What the record is does not matter here: examples are not run.
    given = "given order: made_on 2026-01-01"
    return f'example "e" for R-01 as at 2026-02-01\n  {given}\n  expect {verdict}\n'


TALK = "must have a talk within 7 days after order.made_on"
ACT = "The Orders Act 1990"


@pytest.mark.parametrize(
    ("clauses", "verdicts", "found"),
    [
        (TALK, [], ["LNT003"]),
        (TALK, ["no finding"], ["LNT002"]),
        (TALK, ["met", "cannot tell"], ["LNT002"]),
        (TALK, ["met late", "breached"], ["LNT002"]),
        (TALK, ["met", "breached"], []),
        (f'{TALK}\n  silence means cannot tell because "s"', ["met", "cannot tell"], []),
        (f'{TALK}\n  silence means cannot tell because "s"', ["met", "breached"], []),
        (f'{TALK}\n  silence means cannot tell because "s"', ["cannot tell"], ["LNT002"]),
    ],
)
def test_examples_show_a_rule_from_both_sides(
    clauses: str, verdicts: list[str], found: list[str]
) -> None:
    text = rule(clauses, source=ACT) + "".join(example(verdict) for verdict in verdicts)
    assert said(text) == found


def test_versions_of_a_rule_share_their_examples() -> None:
    version = 'rule R-01 "t"\n  source "The Orders Act"\n  applies {}\n  for each order\n'
    version += "  must show order.urgent\n"
    first = version.format("from 2020-01-01 until 2020-12-31")
    text = 'policy "T"\n' + first + version.format("from 2021-01-01")
    assert said(text) == ["LNT003"]
    assert said(text + example("met") + example("breached")) == []


@pytest.mark.parametrize(
    ("duty", "found"),
    [
        ("must have a talk no later than order.made_on", ["LNT004"]),
        ("should have a talk before order.made_on", ["LNT004"]),
        ("must have order.made_on before order.ended_on", ["LNT004"]),
        ("must not have a talk before order.made_on", []),
        ("must show no later than order.ended_on that order.urgent", []),
        ("must have a talk between order.made_on and order.ended_on", []),
        ("must have a talk", []),
    ],
)
def test_a_duty_without_a_beginning(duty: str, found: list[str]) -> None:
    assert said(rule(duty, source=ACT), *THIN) == found


@pytest.mark.parametrize(
    ("above", "clauses"),
    [
        ("setting w is 7 days", "must have a talk within w after order.made_on"),
        ("setting w is 7 days", "let d be w\n  must have a talk within d after order.made_on"),
        ("setting w is 3", "when order.length is at least w\n  must show order.urgent"),
        ("setting w is 3", 'must show order.urgent\n  say "At least {w}."'),
        ('setting w is one of ("a", "b")', "must show order.reason is one of w"),
        ("setting w is 3\ndefine order.long as length > w", "must show order.long"),
        ("define order.x as urgent\ndefine order.y as x", "must show order.y"),
        ("define talk.x as spoken", "must have a talk where x"),
        ("gather all_days from talk by date", "must have an all_days"),
    ],
)
def test_what_is_used_by_however_many_steps_is_used(above: str, clauses: str) -> None:
    assert said(rule(clauses, above, source=ACT), *THIN) == []


def test_what_is_used_only_by_what_is_unused_is_told_with_it() -> None:
    above = "define order.x as urgent\ndefine order.y as x\ngather z from talk by date"
    notes = remarks(rule("must show order.urgent", above))
    unused = [note.span.text for note in notes if note.code == "LNT007" and note.span]
    assert unused == ["x", "y", "z"]


def test_of_a_selection_nothing_is_said_to_be_unused() -> None:
    text = (HERE / "rejected" / "LNT006.policy").read_text("utf-8")
    other = 'policy "U"\nrule R-02 "t"\n  source "s"\n  for each order\n  must show order.urgent\n'
    plan, files = settled(text, other)
    assert "LNT006" in [note.code for note in lint(plan, files)]
    selection = replace(plan, rules=tuple(rule for rule in plan.rules if rule.id == "R-01"))
    assert lint(selection, files) == []


@pytest.mark.parametrize(
    ("clauses", "found"),
    [
        ("let a be order.made_on\n  must show order.urgent", ["LNT008"]),
        ("let a be order.made_on\n  must show a is recorded", []),
        ("let a be order.made_on\n  let b be a + 1 day\n  must show b is recorded", []),
        ("let a be order.made_on\n  let b be a + 1 day\n  must show order.urgent", ["LNT008"]),
        ('let a be order.made_on\n  must show order.urgent\n  say "Made {a}."', []),
        ("let a be order.made_on\n  must have a talk where date is on a", []),
    ],
)
def test_a_let_that_is_not_used(clauses: str, found: list[str]) -> None:
    assert said(rule(clauses), *THIN) == found


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("Trust policy on orders", ["LNT009"]),
        ("The Trust's response to the review, learning point 1", ["LNT009"]),
        ("An action plan", ["LNT009"]),
        ("MHA 1983 s.17F(6)", []),
        ("The Orders Act", []),
        ("SI 2008/1184 reg 6(3)", []),
        ("MHA Code of Practice 2015, chapter 4", []),
        ("Mental Capacity, section 4", []),
    ],
)
def test_a_local_limit_is_one_whose_source_is_no_law(source: str, found: list[str]) -> None:
    assert said(rule(TALK, source=source), *THIN) == found


@pytest.mark.parametrize(
    ("duty", "found"),
    [
        ("must have a talk between order.made_on - 14 days and order.made_on", ["LNT009"]),
        ("must have a talk at least every 6 months from order.made_on", ["LNT009"]),
        ("must show within 7 days after order.made_on that order.urgent", ["LNT009"]),
        ("must show order.made_on is within 7 days before order.ended_on", []),
        ("must have a talk where date is within 7 days after order.made_on", []),
        ("must have a talk on the day of order.made_on", []),
    ],
)
def test_only_the_window_of_a_duty_is_a_limit(duty: str, found: list[str]) -> None:
    assert said(rule(duty), *THIN) == found


HOURS = "setting w is 72 hours"
SOON = "let d be 30 minutes if order.urgent, otherwise w"


@pytest.mark.parametrize(
    ("above", "clauses", "found"),
    [
        (HOURS, "must have a talk within w after order.made_on", ["LNT010"]),
        ("setting w is 3 days", "must have a talk within w after order.made_on", []),
        (
            "setting w is 3 days, 72 hours from 2026-01-01",
            "must have a talk within w after order.made_on",
            ["LNT010"],
        ),
        (
            "setting w is 3 days",
            f"{SOON}\n  must have a talk within d after order.made_on",
            ["LNT010"],
        ),
        (HOURS, "must have a talk between order.made_on and order.made_on + w", ["LNT010"]),
        (HOURS, "must have a talk at least every w from order.made_on", ["LNT010"]),
        (
            HOURS,
            "let t be latest talk\n  must have t.at within w after order.made_on",
            ["LNT010"],
        ),
        (
            HOURS,
            "let t be latest talk\n  let f be earliest talk\n  must have t.at within w after f.at",
            [],
        ),
    ],
)
def test_hours_need_a_time_at_both_ends(above: str, clauses: str, found: list[str]) -> None:
    assert said(rule(clauses, above), *THIN) == found


@pytest.mark.parametrize(
    ("clauses", "found"),
    [
        ("must show order.urgent", []),
        ("severity high\n  must show order.urgent", []),
        ("severity critical\n  must show order.urgent", ["LNT011"]),
        ('severity critical\n  must show order.urgent\n  say "Not urgent."', []),
    ],
)
def test_a_critical_rule_has_words_for_a_breach(clauses: str, found: list[str]) -> None:
    assert said(rule(clauses), *THIN) == found


# --- allowed ------------------------------------------------------------------------------------

BARE = 'rule R-01 "t"{}\n  for each order{}\n  must show order.urgent{}\n'
WHY = "# allow LNT001, LNT003 because it is on trial"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (BARE.format("", "", ""), ["LNT001", "LNT003"]),
        (f"{WHY}\n" + BARE.format("", "", ""), []),
        (f"{WHY}\n# and more\n" + BARE.format("", "", ""), []),
        (f"{WHY}\n\n" + BARE.format("", "", ""), ["LNT001", "LNT003"]),
        (BARE.format(f"  {WHY}", "", ""), []),
        (BARE.format("", f"\n  {WHY}", ""), []),
        (BARE.format("", "", f"  {WHY}"), []),
        (BARE.format("", "", f"\n{WHY}"), ["LNT001", "LNT003"]),
        ("# allow LNT003 because of it\n" + BARE.format("", "", ""), ["LNT001"]),
        ("# allow LNT003\n" + BARE.format("", "", ""), ["LNT012", "LNT001", "LNT003"]),
        ("# allow LNT003 because\n" + BARE.format("", "", ""), ["LNT012", "LNT001", "LNT003"]),
        ("# allow LNT999 because\n" + BARE.format("", "", ""), ["LNT012", "LNT001", "LNT003"]),
        ("# we allow LNT003\n" + BARE.format("", "", ""), ["LNT001", "LNT003"]),
    ],
)
def test_an_author_who_knows_better_says_why(text: str, found: list[str]) -> None:
    assert said(f'policy "T"\n\n{text}') == found


def test_what_is_allowed_of_one_item_is_not_of_the_next() -> None:
    other = BARE.format("", "", "").replace("R-01", "R-02")
    text = f'policy "T"\n\n{WHY}\n' + BARE.format("", "", "") + other
    assert {note.message.split()[0] for note in remarks(text) if note.code == "LNT001"} == {"R-02"}


def test_remarks_come_by_file_and_by_place() -> None:
    first = 'policy "T"\n' + BARE.format("", "", "") + "setting w is 3\n"
    notes = remarks(first, first.replace("R-01", "R-02").replace("w is", "v is"))
    places = [(note.span.file.name, note.span.start) for note in notes if note.span]
    assert places == sorted(places) and len(places) == 6
