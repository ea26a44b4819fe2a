"""The handbook: self-contained, safe, accessible, whole; its time lines say when what happened."""

import json
import re
from dataclasses import replace
from functools import cache
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from policyengine.commands.main import main
from policyengine.commands.rule_set import words_of
from policyengine.plan.core import Plan
from policyengine.policy.load import load_rules
from policyengine.report.handbook.html import handbook_html
from policyengine.report.handbook.markdown import handbook_markdown
from policyengine.report.handbook.page import Handbook
from policyengine.report.time_lines import Sort, TimeLine, drawn, ruler, time_line_text
from policyengine.tooling.handbook import handbook_of
from tests import browser

SOME = {"CTO-05", "CP-09A", "DA-06", "KS-04", "CTO-12"}


@cache
def shipped() -> Plan:
    plan = load_rules([]).plan
    assert plan is not None
    return plan


@cache
def everything() -> Handbook:
    return handbook_of(shipped())


@cache
def some() -> Handbook:
    plan = shipped()
    rules = tuple(rule for rule in plan.rules if rule.id in SOME)
    return handbook_of(replace(plan, rules=rules))


class Elements(HTMLParser):
    """Every element with its attributes."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))

    def all(self, name: str) -> list[str]:
        return [value for _, attrs in self.found if (value := attrs.get(name)) is not None]


@pytest.fixture(scope="module")
def whole() -> str:
    return handbook_html(handbook_of(shipped(), with_examples=False))


@pytest.fixture(scope="module")
def written() -> str:
    return handbook_html(some())


# --- the page -----------------------------------------------------------------------------------


def test_every_version_of_every_rule_is_in_it_once(whole: str) -> None:
    ids = [each for each in Elements(whole).all("id") if each.startswith("rule-")]
    assert len(ids) == len(set(ids)) == len(shipped().rules)
    for rule in shipped().rules:
        assert f"rule-{rule.id}" in ids


def test_every_link_leads_somewhere_in_the_page(whole: str, written: str) -> None:
    for page in (whole, written):
        found = Elements(page)
        places = set(found.all("id"))
        assert len(places) == len(found.all("id"))
        links = found.all("href")
        assert links
        for link in links:
            assert link.startswith("#"), link
            assert link[1:] in places, link


def test_it_holds_no_script_and_fetches_nothing(whole: str, written: str) -> None:
    for page in (whole, written):
        elements = Elements(page)
        tags = {tag for tag, _ in elements.found}
        assert not tags & {"script", "iframe", "img", "link", "object", "embed", "form"}
        assert "url(" not in page
        assert "@import" not in page
        assert not [name for _, attrs in elements.found for name in attrs if name.startswith("on")]
        assert "default-src 'none'" in page


def test_learning_points_are_its_chapters() -> None:
    names = [chapter.name for chapter in handbook_of(shipped(), with_examples=False).chapters]
    assert names[0] == "Learning point 1: Community treatment orders"
    assert [name.split(":")[0] for name in names] == [f"Learning point {n}" for n in range(1, 8)]


def test_headings_go_down_one_step_at_a_time(written: str) -> None:
    levels = [int(tag[1]) for tag, _ in Elements(written).found if re.fullmatch("h[1-6]", tag)]
    assert levels[0] == 1
    assert all(later <= sooner + 1 for sooner, later in pairwise(levels))


def test_markdown_has_the_same_words_and_its_own_anchors() -> None:
    text = "".join(handbook_markdown(some()))
    links = set(re.findall(r"\]\(#([^)]+)\)", text))
    anchors = set(re.findall(r'<a id="([^"]+)"></a>', text))
    assert links
    assert links <= anchors
    assert "There must be a contact within 72 hours" in text
    assert "| Thu 1 Jan 2026, 09:30 | Sun 4 Jan 2026, 09:30 |" in text.replace("\\", "")


# --- time lines ---------------------------------------------------------------------------------


def line_of(title: str) -> TimeLine:
    for chapter in some().chapters:
        for entry in chapter.entries:
            for shown in entry.examples:
                if shown.line.title == title:
                    return shown.line
    raise AssertionError(title)


def test_a_time_line_tells_what_happened_what_was_due_and_when_it_was_asked() -> None:
    line = line_of("seen at exactly 72 hours")
    assert [(mark.sort, mark.when) for mark in line.marks] == [
        (Sort.EVENT, "Sun 1 Feb 2026, 10:00"),
        (Sort.EVENT, "Mon 2 Mar 2026, 15:00"),
        (Sort.EVENT, "Thu 5 Mar 2026, 15:00"),
        (Sort.DEADLINE, "Thu 5 Mar 2026, 15:00"),
        (Sort.AS_AT, "Wed 1 Apr 2026"),
    ]
    assert [mark.number for mark in line.marks] == [1, 2, 3, 4, 5]
    assert line.outcomes[0].verdict == "met"
    assert "contact" in line.says


def test_every_example_of_the_pack_is_told_in_order_and_its_marks_do_not_touch() -> None:
    seen = 0
    for chapter in everything().chapters:
        for entry in chapter.entries:
            for shown in entry.examples:
                days = [mark.day for mark in shown.line.marks]
                assert days == sorted(days)
                assert shown.line.outcomes
                seen += 1
                if shown.drawing is None:
                    continue
                xs = [float(words.x) for words in shown.drawing.words]
                assert all(b - a >= 39 for a, b in pairwise(xs))
                assert 0 < xs[0] < xs[-1] < shown.drawing.width
                for words in shown.drawing.words:
                    assert words.text
    assert seen > 1000


def test_an_end_is_told_though_the_rule_does_not_name_it() -> None:
    line = line_of("the order ended before the six months")
    assert any("community treatment order ended" in mark.what for mark in line.marks)


def test_a_line_of_text_is_to_scale_and_keeps_to_its_width() -> None:
    line = line_of("seen at exactly 72 hours")
    text = list(time_line_text(line, 80))
    assert text[0] == "  seen at exactly 72 hours: Met, due by Thu 5 Mar 2026, 15:00"
    drawn = text[1].strip()
    assert re.fullmatch(r"1-+2-+3-<4>\.+\[5\]", drawn)
    # 29 days from 1 to 2, and 27 from the deadline to the as-at date.
    assert 25 < drawn.index("2") < 35
    assert ruler(line, 8) == ""
    for chapter in everything().chapters:
        for entry in chapter.entries:
            for shown in entry.examples:
                numbers = re.findall(r"\d+", ruler(shown.line, 64))
                assert [int(each) for each in numbers] == sorted(int(each) for each in numbers)
                assert all(len(each) <= 60 for each in time_line_text(shown.line, 60))


def test_what_cannot_be_drawn_is_told_all_the_same() -> None:
    line = line_of("seen at exactly 72 hours")
    alone = TimeLine(title="t", outcomes=line.outcomes, marks=line.marks[-1:], undated=("a",))
    assert drawn(alone) is None
    assert alone.says


# --- hostile words ------------------------------------------------------------------------------


def test_nothing_that_an_author_writes_is_more_than_text(tmp_path: Path) -> None:
    bad = "<script>alert(1)</script> </style> [x](javascript:y)"
    file = tmp_path / "bad.policy"
    text = f"""policy "{bad}"
  owner "{bad}"
setting so_long is 7 days "{bad}"
rule X-01 "{bad}"
  learning point 1
  tag one
  source "{bad}" quoting "{bad}"
  for each cto
  unless cto.ended_on is recorded because "{bad}"
  must have a rights_discussion within so_long after cto.started_on
    where notes is not "{bad}"
  say "{bad}"
example "{bad}" for X-01 as at 2026-02-01
  given cto: started_on 2026-01-01, conditions "{bad}"
  expect breached
"""
    file.write_text(text, "utf-8")
    plan = load_rules([str(file)]).plan
    assert plan is not None
    page = handbook_html(handbook_of(plan))
    tags = {tag for tag, _ in Elements(page).found}
    assert "script" not in tags
    assert page.count("</style>") == 1
    markdown = "".join(handbook_markdown(handbook_of(plan)))
    assert "<script" not in markdown
    assert "](javascript" not in markdown


# --- the verb -----------------------------------------------------------------------------------


def run(*words: str) -> int:
    return main(list(words))


def test_the_verb_writes_html_and_markdown(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "h.html"
    assert run("handbook", "--select", "CTO-05", "-o", str(out)) == 0
    assert "CTO-05" in out.read_text("utf-8")
    assert "CTO-01" not in out.read_text("utf-8").replace("CTO-05", "")
    assert run("handbook", "--select", "CTO-05", "--format", "md", "--no-examples") == 0
    said = capsys.readouterr().out
    assert said.startswith("# The rules in plain English")
    assert "#### Examples" not in said
    assert run("handbook", "--select", "NO-01") == 2
    assert run("handbook", "--format", "json") == 2


def test_rules_that_do_not_check_write_no_handbook(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "x.policy"
    file.write_text('policy "P"\nrule X-01 "x"\n  for each nothing\n  must show yes\n', "utf-8")
    out = tmp_path / "h.html"
    assert run("handbook", str(file), "-o", str(out)) == 3
    assert not out.exists()
    assert "error" in capsys.readouterr().err


def test_check_explains_rules_in_plain_english(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("check", "--explain", "CTO-05,CP-09A") == 0
    said = capsys.readouterr().out
    assert "There must be an explanation of rights at least every “rights repeat”" in said
    assert "There must be a contact within 72 hours" in said
    assert said.count("\nExamples\n") == 2
    assert run("check", "--explain", "CTO-12", "--format", "json") == 0
    made = json.loads(capsys.readouterr().out)
    assert [each["rule"] for each in made] == ["CTO-12", "CTO-12"]
    assert made[0]["examples"][0]["marks"][-1]["sort"] == "as at"
    assert run("check", "--explain", "CTO-12", "--format", "md") == 0
    assert capsys.readouterr().out.count("```text") > 2
    assert run("check", "--explain", "cto-05") == 2
    assert "did you mean `CTO-05`?" in capsys.readouterr().err


def test_a_trusts_own_settings_are_in_the_words(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "trustpolicy.yaml"
    file.write_text("settings:\n  rights_window: 3 days\n", "utf-8")
    assert run("check", "--explain", "CTO-02", "--config", str(file)) == 0
    said = capsys.readouterr().out
    assert "within 3 days (“rights window”)" in said
    assert "set by this Trust" in said
    assert "Sun 4 Jan 2026, end of day" in said
    assert words_of(["a,b"]) == {"a", "b"}


# --- in a browser -------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def frames(written: str, tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    opened = written.replace("<details", "<details open")
    return browser.looked_at(opened, tmp_path_factory.mktemp("frames"), 320, 800, 1280)


def test_axe_finds_nothing_at_any_width(frames: list[dict[str, Any]]) -> None:
    assert sorted(str(each["width"]) for each in frames) == ["1280", "320", "800"]
    for each in frames:
        assert each["violations"] == []
        assert each["passes"]


def test_nothing_is_wider_than_the_page(frames: list[dict[str, Any]]) -> None:
    for each in frames:
        assert each["scroll"] == each["width"]


def test_on_paper_it_is_a4_and_tagged(written: str, tmp_path: Path) -> None:
    file = tmp_path / "handbook.html"
    file.write_text(written, "utf-8")
    said = browser.printed(file, tmp_path)
    assert re.search(r"Tagged:\s+yes", said)
    assert "A4" in said
