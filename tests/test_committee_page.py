"""The committee's report: self-contained, safe, accessible, small, and hiding small numbers."""

import re
from base64 import b64encode
from hashlib import sha256
from html.parser import HTMLParser
from pathlib import Path

import pytest

from policyengine.findings import RuleSummary
from policyengine.report.charts.picture import Mark, picture_of
from policyengine.report.charts.svg import control_chart
from policyengine.report.committee import figures
from policyengine.report.committee.html import committee_html
from policyengine.report.committee.markdown import committee_markdown
from policyengine.report.committee.page import CommitteePage
from policyengine.report.committee.trend_page import trend_html, trend_markdown
from policyengine.report.views.committee import published_summary
from policyengine.report.views.suppression import SmallNumbers
from policyengine.trend import Options, series_of
from policyengine.values.verdict import Verdict
from tests import browser, committee_desk
from tests.committee_desk import SMALL

ALL = SmallNumbers(threshold=0, hides_zero=False, rounds_to=1, secondary=False)
HOSTILE = (
    "<script>alert(1)</script>",
    "\"' onmouseover=alert(1) x='",
    "</title></style></svg><img src=x onerror=alert(1)>",
    "{{ 7*7 }}{% include 'x' %}",
    "\x1b[2J\u202egnp.exe\x00",
    "=cmd|' /C calc'!A0",
    "[x](javascript:alert(1)) ![y](http://example.org/z.png)",
    "\ud800 half a pair",
)


@pytest.fixture(scope="module")
def page() -> CommitteePage:
    return committee_desk.page()


@pytest.fixture(scope="module")
def written(page: CommitteePage) -> str:
    return committee_html(page)


class Elements(HTMLParser):
    """Every element with its attributes."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


# --- one file that does nothing -------------------------------------------------------------------


def test_it_has_no_script_and_fetches_nothing(written: str) -> None:
    for tag, attributes in Elements(written).found:
        assert tag not in ("script", "img", "iframe", "object", "embed", "link", "form", "base")
        assert not any(name.startswith("on") or name == "style" for name in attributes), tag
        for name in ("href", "src", "xlink:href"):
            assert (attributes.get(name) or "#").startswith("#")
    assert "url(" not in written
    assert "@import" not in written


def test_its_policy_allows_its_own_style_alone(written: str) -> None:
    style = re.findall(r"<style>(.*?)</style>", written, re.DOTALL)
    assert len(style) == 1
    digest = b64encode(sha256(style[0].encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    assert f'<meta http-equiv="Content-Security-Policy" content="{policy}">' in written
    assert written.index("Content-Security-Policy") < written.index("<style>")


def test_every_attribute_is_quoted(written: str) -> None:
    for tag in re.findall(r"<[a-z][^>]*>", written):
        assert not re.search(r"=[^\"'\s>]", re.sub(r"\"[^\"]*\"", '""', tag)), tag


def test_every_chart_is_named_and_described(written: str) -> None:
    ids = re.findall(r'\bid="([^"]+)"', written)
    assert len(ids) == len(set(ids))
    charts = re.findall(r'<svg [^>]*role="img"[^>]*>', written)
    assert len(charts) >= 6
    for chart in charts:
        named = re.search(r'aria-labelledby="(\S+) (\S+)"', chart)
        assert named is not None
        assert set(named.groups()) <= set(ids)
    assert written.count("<desc ") == len(charts)


@pytest.mark.parametrize("payload", HOSTILE)
def test_no_value_becomes_markup(payload: str) -> None:
    team = f"Team {payload}"
    hostile = committee_desk.page(
        rules=2, periods=6, teams=(team, "Birch", "Cedar", "Oak"), small=ALL
    )
    plain = committee_desk.page(
        rules=2, periods=6, teams=("Team A", "Birch", "Cedar", "Oak"), small=ALL
    )
    text = committee_html(hostile)
    text.encode("utf-8")
    tags = [tag for tag, _ in Elements(text).found]
    assert tags == [tag for tag, _ in Elements(committee_html(plain)).found]
    for char in ("\x1b", "\u202e", "\x00"):
        assert char not in text
    markdown = "".join(committee_markdown(hostile))
    assert "<script" not in markdown
    assert "](javascript" not in markdown


def test_a_title_of_a_rule_is_text_wherever_it_stands() -> None:
    title = "A &lt;b&gt; <b>bold</b> & {{ 7*7 }}"
    text = committee_html(committee_desk.page(rules=1, periods=6, title=title))
    assert "<b>" not in text
    assert "A &amp;lt;b&amp;gt; &lt;b&gt;bold&lt;/b&gt; &amp; {{ 7*7 }}" in text


def test_the_same_report_is_the_same_bytes(written: str) -> None:
    assert committee_html(committee_desk.page()) == written


def test_fifty_rules_over_two_years_are_at_most_300_kilobytes() -> None:
    teams = [f"Team {number:02}" for number in range(30)]
    text = committee_html(committee_desk.page(rules=50, periods=24, teams=teams))
    assert text.count("<article") == 100  # of each rule a control chart and a funnel
    longer = 50 * 600  # what shipped rules have more of words than those of this test
    assert len(text.encode()) + longer <= 300_000


# --- what it says ---------------------------------------------------------------------------------


def test_it_begins_with_three_lines(page: CommitteePage) -> None:
    assert [line.head for line in page.lines] == [
        "What changed",
        "What needs deciding",
        "What cannot be told",
    ]
    assert page.lines[0].text.startswith("In October 2026")
    assert "“spoken aloud” of the explanation of rights" in page.lines[2].text


def test_rules_stand_under_their_learning_point_with_their_own_words(written: str) -> None:
    assert "<caption>Learning point 2: Orders</caption>" in written
    assert "must have a rights_discussion within window after cto.started_on" in written
    assert "Source: Mental Health Act 1983, section 1." in written
    assert "severity critical" not in written  # it stands in the table


def test_where_it_comes_from_is_said(written: str) -> None:
    for word in ("a" * 64, "b" * 64, "trust-policy-engine 0.0.0", "2026-10-31", "A local number."):
        assert word in written


def test_new_limits_come_with_their_reason(written: str) -> None:
    assert "New limits: the new rights form." in written
    assert 'class="break"' in written


def test_markdown_says_the_same(page: CommitteePage) -> None:
    text = "".join(committee_markdown(page))
    for line in page.lines:
        assert line.head in text
    assert text.count("| T\\-0") >= 12  # the table, and what the charts say
    assert "    must have a rights_discussion" in text


# --- small numbers --------------------------------------------------------------------------------


def row(met: int, late: int, breached: int, **more: object) -> RuleSummary:
    counts = dict.fromkeys(Verdict, 0)
    counts |= {Verdict.MET: met, Verdict.MET_LATE: late, Verdict.BREACHED: breached}
    made = {"rule": "A", "title": "a", "force": "must", "severity": "low", "learning_point": 1}
    return RuleSummary(**{**made, "target": 0.9, "counts": counts, **more})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("summary", "rate", "target"),
    [
        (row(80, 0, 20), "80%", "90%: missed"),
        (row(88, 0, 12), "88%", "90%: missed, perhaps by chance"),
        (row(90, 0, 10), "90%", "90%: reached"),
        (row(98, 0, 2), "at least 95%", "90%: reached"),
        (row(8, 0, 2), "at least 50%", "90%"),
        (row(4, 0, 20), "*", "90%"),
        (row(0, 0, 40), "0%", "90%: missed"),
        (row(40, 0, 0), "100%", "90%: reached"),
    ],
)
def test_a_rate_says_no_more_than_it_may(summary: RuleSummary, rate: str, target: str) -> None:
    (seen,) = published_summary([summary], SMALL).rows
    assert figures.rate(seen) == rate
    assert figures.target_words(seen) == target


def test_a_chart_does_not_show_what_is_small() -> None:
    from datetime import date

    from policyengine.trend import Every
    from policyengine.trend.periods import periods_before

    rows = [row(80, 0, 20), row(98, 0, 2), row(3, 0, 20), row(0, 0, 0), row(0, 0, 40), row(2, 0, 1)]
    spans = periods_before(date(2026, 6, 30), len(rows), Every.MONTH)
    (series,) = series_of(spans, [[each] for each in rows], Options())
    hidden = picture_of(series, SMALL)
    assert [dot.value for dot in hidden.dots] == [80, 95, None, None, 0, None]
    assert hidden.dots[1].mark is Mark.AT_LEAST
    assert [dot.says for dot in hidden.dots[2:4]] == ["too few to show", "none judged"]
    assert hidden.variation is None  # nothing is said of a latest period that is not shown
    assert hidden.says[0] == "Latest, June 2026: too few to show."
    drawn = " ".join(path.d for path in control_chart(hidden).paths if path.css != "grid")
    assert drawn.count("h0") + drawn.count("z") == 3
    shown = picture_of(series)
    assert [dot.says for dot in shown.dots][:2] == ["80% (80 of 100)", "98% (98 of 100)"]


def test_no_hidden_count_stands_in_the_page() -> None:
    # A team of seven and a count of three, beside ordinary ones.
    made = committee_desk.page(rules=3, teams=("Alder", "Birch", "Cedar", "Elm", "Hazel"))
    for chart in made.teams:
        for team in chart.rows:
            for cell in (team.met, team.judged, team.cannot_tell):
                assert cell == "*" or int(cell.replace(",", "")) % 5 == 0
    for group in made.groups:
        for each in group.rows:
            for cell in (each.late, each.cannot_tell):
                assert cell == "*" or int(cell.replace(",", "")) % 5 == 0


def test_of_many_teams_only_those_outside_are_listed() -> None:
    made = committee_desk.page(rules=2, teams=[f"Team {number:02}" for number in range(40)])
    assert made.teams
    for chart in made.teams:
        assert all(team.place != "within chance" for team in chart.rows)
        assert "teams lie within chance." in chart.says


def test_a_small_team_is_not_shown() -> None:
    made = committee_desk.page(rules=3)
    assert made.teams
    for chart in made.teams:
        assert all(int(team.judged.replace(",", "")) >= 10 for team in chart.rows)


# --- in a browser ---------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def frames(written: str, tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, object]]:
    return browser.looked_at(written, tmp_path_factory.mktemp("frames"), 320, 800, 1280)


def test_axe_finds_nothing_at_any_width(frames: list[dict[str, object]]) -> None:
    assert sorted(str(each["width"]) for each in frames) == ["1280", "320", "800"]
    for each in frames:
        assert each["violations"] == []
        assert each["passes"]


def test_nothing_is_wider_than_the_page(frames: list[dict[str, object]]) -> None:
    for each in frames:
        assert each["scroll"] == each["width"]


def test_axe_would_find_what_is_wrong(tmp_path: Path) -> None:
    wrong = '<!DOCTYPE html><html><head><title>x</title></head><body><img src="#"></body></html>'
    (found,) = browser.looked_at(wrong, tmp_path, 320)
    assert "image-alt" in [each[0] for each in found["violations"]]


def test_on_paper_it_is_a4_and_tagged(written: str, tmp_path: Path) -> None:
    file = tmp_path / "report.html"
    file.write_text(written, "utf-8")
    said = browser.printed(file, tmp_path)
    assert re.search(r"Tagged:\s+yes", said)
    assert "A4" in said


def _luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_whatever_carries_meaning_in_a_chart_has_three_to_one(written: str) -> None:
    drawn = re.findall(r"svg \.(\w+)\{[^}]*?(?:stroke|fill):(#[0-9a-f]{6})", written)
    checked = {css for css, _ in drawn} - {"grid"}
    assert checked >= {"dot", "up", "down", "mean", "limit", "target", "outer", "course", "break"}
    for css, colour in drawn:
        if css != "grid":
            assert 1.05 / (_luminance(colour) + 0.05) >= 3, (css, colour)


# --- a trend as a page ----------------------------------------------------------------------------


def test_a_trend_is_a_page_too(page: CommitteePage, tmp_path: Path) -> None:
    pictures = [each.picture for each in page.charts]
    text = trend_html(["A year <b>", "two rules"], pictures)
    assert "<title>A year &lt;b&gt;</title>" in text
    assert text.count('role="img"') == len(pictures)
    markdown = trend_markdown(["A year", "two rules"], pictures)
    assert markdown.count("\n| **T\\-0") == len(pictures)
    for each in browser.looked_at(text, tmp_path, 320):
        assert each["violations"] == []
