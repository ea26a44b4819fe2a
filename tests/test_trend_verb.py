"""`trend` and `report` from the command line: what counts in a period, every format, every refusal."""

import csv
import io
import json
import sys
from pathlib import Path
from typing import Any

import pytest

from policyengine.commands import output
from tests.commands_desk import Desk, Ran

YEAR = ("--from", "2026-01-01", "--until", "2026-03-31")


@pytest.fixture
def desk(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Desk:
    return Desk(tmp_path, capsys)


def trend(desk: Desk, *words: str) -> Ran:
    """A trend of the small export over three months, unless the words say otherwise."""
    dates = () if "--from" in words else YEAR
    return desk.run("trend", str(desk.rules), "--cases", str(desk.cases), *dates, *words)


def report(desk: Desk, *words: str) -> Ran:
    where = (str(desk.rules), "--cases", str(desk.cases), "--as-at", "2026-03-31")
    return desk.run("report", *where, "--periods", "3", *words)


def points(ran: Ran, rule: str = "A-01") -> list[dict[str, Any]]:
    (found,) = [each for each in ran.json["rules"] if each["rule"] == rule]
    return list(found["points"])


COUNTED = ("met", "met_late", "breached", "not_yet_due", "cannot_tell")


def counts(point: dict[str, Any]) -> tuple[int, ...]:
    return tuple(point[name] for name in COUNTED)


# K5's order starts on 30 January, so it is due on 6 February; the other four are due in January.


def test_as_at_takes_the_state_at_each_end(desk: Desk) -> None:
    january, february, march = points(trend(desk, "--format", "json"))
    assert (january["from"], january["until"]) == ("2026-01-01", "2026-01-31")
    assert counts(january) == (1, 1, 1, 1, 1)
    assert counts(february) == counts(march) == (1, 1, 2, 0, 1)
    assert january["rate"] == pytest.approx(1 / 3, abs=1e-6)
    assert february["rate"] == 0.25


def test_due_takes_what_fell_due_in_each(desk: Desk) -> None:
    january, february, march = points(trend(desk, "--format", "json", "--basis", "due"))
    assert counts(january) == (1, 1, 1, 0, 1)
    assert counts(february) == (0, 0, 1, 0, 0)
    assert counts(march) == (0, 0, 0, 0, 0)
    assert march["rate"] is None
    assert march["centre"] is not None  # the mean of the two months that have a value


def test_an_audit_of_a_period_counts_what_the_trend_counts(desk: Desk) -> None:
    found = points(trend(desk, "--format", "json", "--basis", "due"))
    for point in found:
        period = ("--period", point["from"], point["until"], "--format", "json", "--show", "none")
        ran = desk.run("audit", str(desk.rules), "--cases", str(desk.cases), *period)
        row = ran.json["summary"][0]
        assert row["rule"] == "A-01"
        assert counts(row) == counts(point)


def test_the_numbers_of_a_chart(desk: Desk) -> None:
    ran = trend(desk, "--format", "json")
    assert ran.code == 0
    head = {key: ran.json[key] for key in ("basis", "every", "chart", "screened", "lock_after")}
    assert head == {
        "basis": "as-at",
        "every": "month",
        "chart": "xmr",
        "screened": True,
        "lock_after": None,
    }
    (rule,) = [each for each in ran.json["rules"] if each["rule"] == "A-01"]
    # 1/3, 1/4, 1/4: mean 5/18; ranges 1/12 and 0, average 1/24, times 2.66.
    first = rule["points"][0]
    assert first["centre"] == pytest.approx(5 / 18, abs=1e-6)
    assert first["upper"] - first["centre"] == pytest.approx(2.66 / 24, abs=1e-5)
    assert rule["segments"][0]["on_trial"] is True
    assert rule["segments"][0]["moving_ranges"] == 2
    assert rule["assurance"] == "consistently_failing"  # 90% lies above the upper limit
    assert rule["variation"] == "common_cause"


def test_csv_holds_the_same_numbers(desk: Desk) -> None:
    lines = list(csv.DictReader(io.StringIO(trend(desk, "--format", "csv").out)))
    assert len(lines) == 6
    said = points(trend(desk, "--format", "json"))
    for line, point in zip(lines[:3], said, strict=True):
        assert line["rule"] == "A-01"
        assert line["until"] == point["until"]
        for name in ("met", "breached", "rate", "centre", "lower"):
            assert float(line[name]) == point[name]


def test_the_same_question_has_the_same_bytes(desk: Desk) -> None:
    for format_ in ("json", "csv", "html", "md", "text"):
        assert trend(desk, "--format", format_).out == trend(desk, "--format", format_).out


def test_it_reads_at_eighty_columns(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(output, "PIPED_WIDTH", 80)
    ran = trend(desk)
    assert max(map(len, ran.out.splitlines())) <= 80
    for words in (
        "Thursday 1 January 2026 to Tuesday 31 March 2026",
        "A-01  Rights are explained when an order starts",
        "mean 28%",
        "Jan 26",
        "Latest, March 2026: 25% (1 of 4)",
        "Target 90%: cannot reach its target as things are done now.",
        "The limits are on trial: 3 periods, and twelve are needed.",
        "Few are judged in most periods",
    ):
        assert words in ran.out
    assert "•" in ran.out


def test_shapes_have_a_plain_form(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    from policyengine.commands import trend as verb

    monkeypatch.setattr(verb, "encoding_of", lambda _: "ascii")
    trend(desk).out.encode("ascii")


def test_a_part_of_a_month_is_none(desk: Desk) -> None:
    ran = trend(desk, "--from", "2026-01-02", "--until", "2026-03-30", "--format", "json")
    assert [point["until"] for point in points(ran)] == ["2026-02-28"]
    assert "only whole months count: 2026-02-01 to 2026-02-28 (1 of them)" in ran.err


def test_new_limits_say_why(desk: Desk) -> None:
    ran = trend(desk, "--rebase", "A-01:2026-02-10", "the new form", "--format", "json")
    assert ran.json["rebases"] == [{"on": "2026-02-10", "rule": "A-01", "reason": "the new form"}]
    by_rule = {each["rule"]: each["segments"] for each in ran.json["rules"]}
    assert [each["reason"] for each in by_rule["A-01"]] == [None, "the new form"]
    assert [each["from"] for each in by_rule["A-01"]] == ["2026-01-01", "2026-02-01"]
    assert len(by_rule["A-02"]) == 1


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--from", "2026-01-01"), "--until is missing"),
        (("--until", "2026-01-01", "--from", "2026-02-01"), "is after --until"),
        (("--from", "2026-01-02", "--until", "2026-01-31"), "there is no whole month"),
        (("--from", "1900-01-01", "--until", "2026-01-31"), "more than a chart can hold"),
        (("--rebase", "soon", "x"), "is not a date"),
        (("--rebase", "2026-02-01", " "), "needs its reason"),
        (("--rebase", "a-01:2026-02-01", "x"), "did you mean `A-01`?"),
        (("--lock-after", "1"), "is not a number of periods"),
        (("--format", "jsonl"), "does not write jsonl"),
    ],
)
def test_what_is_refused_and_why(desk: Desk, words: tuple[str, ...], said: str) -> None:
    ran = trend(desk, *words)
    assert ran.code == 2
    assert said in ran.err
    assert ran.out == ""


def test_an_export_is_needed(desk: Desk) -> None:
    assert "--cases is missing" in desk.run("trend", str(desk.rules), *YEAR).err
    assert "--cases is missing" in desk.run("report", str(desk.rules)).err
    without = desk.run("report", str(desk.rules), "--cases", str(desk.cases))
    assert without.code == 2
    assert "--as-at is missing" in without.err


# --- report ---------------------------------------------------------------------------------------


def test_a_report_is_html_unless_a_suffix_says_otherwise(desk: Desk) -> None:
    page = report(desk)
    assert page.code == 0
    assert page.out.startswith("<!DOCTYPE html>")
    assert "rows read = " in page.err
    file = desk.folder / "report.md"
    assert report(desk, "-o", str(file)).out == ""
    assert file.read_text().startswith("# Policy report as at Tuesday 31 March 2026\n")


def test_a_report_names_nobody(desk: Desk) -> None:
    page = report(desk).out
    for case in json.loads("[" + ",".join(desk.cases.read_text().splitlines()) + "]"):
        assert case["case_id"] not in page


def test_small_numbers_are_hidden_unless_they_may_be_seen(desk: Desk) -> None:
    hidden, shown = report(desk).out, report(desk, "--small-numbers", "0").out
    assert "1 of 4" not in hidden
    assert "1 of 4" in shown
    assert "A star stands for" in hidden
    assert "A star stands for" not in shown


def test_a_report_without_charts(desk: Desk) -> None:
    page = report(desk, "--periods", "0")
    assert page.code == 0
    assert "There are too few periods" in page.out
    assert "No rule has a rate that can be drawn." in page.out


def test_the_missing_library_is_named_with_its_cure(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    from policyengine.report.committee import html

    html._environment.cache_clear()
    monkeypatch.setitem(sys.modules, "jinja2", None)
    ran = report(desk)
    assert ran.code == 3
    assert "Jinja2 is not installed" in ran.err
    assert "pip install 'trust-policy-engine[report]'" in ran.err
    assert trend(desk, "--format", "html").code == 3
