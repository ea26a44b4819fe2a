"""One case day by day: that every day is as an audit of that day would have it, and what is said."""

import json
import random
import re
import subprocess
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from policyengine.evaluate.engine import Engine
from policyengine.policy.load import load_rules
from policyengine.records import open_export
from policyengine.records.model import CaseRecords, Export
from policyengine.replaying import amends, replay
from policyengine.replaying.amends import Amend
from policyengine.shipped import shipped
from policyengine.values.moments import Moment
from policyengine.values.verdict import Verdict
from tests import browser
from tests.commands_desk import Desk

STORIES = shipped("rules") / "stories"
NAMES = sorted(
    path.stem for path in STORIES.glob("*.yaml") if not path.name.endswith(".expected.yaml")
)
SEVEN = STORIES / "a_history_of_seven_points.yaml"


@pytest.fixture(scope="module")
def engine() -> Engine:
    plan = load_rules([]).plan
    assert plan is not None
    return Engine(plan)


def opened(engine: Engine, name: str) -> tuple[CaseRecords, Export]:
    export = open_export(str(STORIES / f"{name}.yaml"), engine.plan.schema)
    return next(iter(export.cases())), export


@pytest.fixture
def desk(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Desk:
    monkeypatch.delenv("CI", raising=False)
    return Desk(tmp_path, capsys)


# --- each day as an audit of that day ----------------------------------------------------------


@pytest.mark.parametrize("name", NAMES)
def test_every_day_is_as_an_audit_of_that_day_has_it(engine: Engine, name: str) -> None:
    """Days at random, and every day on which anything turns with the days beside it."""
    case, export = opened(engine, name)
    history = replay(engine, case, export, None, None)
    whole = replay(engine, case, export, history.first, history.last + timedelta(days=200))
    dice = random.Random(name)
    turns = {spell.first for course in whole.courses for spell in course.spells}
    beside = {day + timedelta(days=away) for day in dice.sample(sorted(turns), min(8, len(turns)))
              for away in (-1, 0)}  # fmt: skip
    span = (whole.last - whole.first).days
    days = beside | {whole.first + timedelta(days=dice.randint(0, span)) for _ in range(6)}
    for day in sorted(each for each in days if whole.first <= each <= whole.last):
        told = {
            (course.rule, course.subject_kind, course.subject_id): (
                spell.finding.verdict,
                spell.finding.deadline,
            )
            for course in whole.courses
            for spell in course.spells
            if spell.first <= day <= spell.last and spell.finding is not None
        }
        judged = {
            (each.rule, each.subject_kind, each.subject_id): (each.verdict, each.deadline)
            for each in engine.judge(case, export, day, day)
        }
        assert told == judged, day


def test_nothing_is_raised_before_it_was_on_the_record(engine: Engine) -> None:
    """She told somebody on 1 April; it reached the record on the 20th, and so did the alert."""
    case, export = opened(engine, "a_disclosure_known_late")
    history = replay(engine, case, export, None, date(2026, 5, 31))
    late = [event for event in history.events if event.known == date(2026, 4, 20)]
    assert {event.kind for event in late} >= {"disclosure", "incident"}
    firsts = [course.spells[0].first for course in history.courses if course.rule == "DA-02"]
    assert firsts
    assert min(firsts) == date(2026, 4, 20)


def test_the_seven_points_are_all_there(engine: Engine) -> None:
    case, export = opened(engine, SEVEN.stem)
    history = replay(engine, case, export, None, date(2026, 3, 1))
    points = {rule.id: rule.learning_point for rule in engine.plan.rules}
    assert {points[course.rule] for course in history.breached} == set(range(1, 8))


def first_breach(engine: Engine, rule: str, subject: str) -> tuple[date, str | None]:
    case, export = opened(engine, SEVEN.stem)
    history = replay(engine, case, export, None, date(2026, 3, 1), [rule])
    (course,) = (each for each in history.courses if each.subject_id == subject)
    spell = course.first_breach
    assert spell is not None and spell.finding is not None
    return spell.first, spell.finding.owner


@pytest.mark.parametrize(
    ("rule", "subject", "on", "team"),
    [
        # The order of 18 November 2024 was to be explained in a week: by the 25th.
        ("CTO-01", "o1", date(2024, 11, 26), "Harbour Community Team"),
        # Two days and more from the decision of 4 August 2025 at eleven were not talked through.
        ("CTO-08", "c1", date(2025, 8, 5), "Fellside Community Team"),
        # The plan was last reviewed on 15 August 2023, and again within a year.
        ("CP-02A", "q1", date(2024, 8, 16), "Harbour Community Team"),
        # The same words with another date, twice over.
        ("RR-01", "r2", date(2024, 2, 12), "Harbour Community Team"),
        # An admission without a new assessment in 72 hours: 2 October at 21:40 to the 5th.
        ("RA-01B", "h1", date(2024, 10, 5), "Harbour Community Team"),
        # Told on 11 February 2025: an alert by the end of the 12th.
        ("DA-02", "d1.date", date(2025, 2, 13), "Harbour Community Team"),
        # And a plan to keep her safe within three days of 15:00.
        ("KS-01", "m1", date(2025, 2, 14), "Harbour Community Team"),
        # The carer of 1 February 2023 was to be told of the right to an assessment in four weeks.
        ("CA-03A", "y1", date(2023, 3, 2), "Harbour Community Team"),
    ],
)
def test_the_first_day_on_which_somebody_could_have_been_told(
    engine: Engine, rule: str, subject: str, on: date, team: str
) -> None:
    assert first_breach(engine, rule, subject) == (on, team)


# --- what a different record would have changed ------------------------------------------------


def amended(desk: Desk, case: str, until: str) -> dict[str, Amend | None]:
    plan = load_rules([str(desk.rules)]).plan
    assert plan is not None
    engine = Engine(plan)
    export = open_export(str(desk.cases), plan.schema)
    found = export.one(case)
    assert found is not None
    history = replay(engine, found, export, None, date.fromisoformat(until))
    return {
        course.rule: amends(engine, found, export, course, history.last)
        for course in history.breached
    }


def test_one_field_that_would_have_kept_it(desk: Desk) -> None:
    """The explanation of 5 January was not spoken: with that one field it would have counted."""
    amend = amended(desk, "K3", "2026-02-01")["A-01"]
    assert amend is not None
    assert (amend.kind, amend.id, amend.day) == ("rights_discussion", "r1", None)
    assert [(change.field, change.value) for change in amend.changes] == [("spoken", True)]


def test_a_day_that_would_have_kept_it(desk: Desk) -> None:
    """The explanation of 12 January was three days late."""
    amend = amended(desk, "K2", "2026-02-01")["A-01"]
    assert amend is not None
    assert (amend.id, amend.day, amend.changes) == ("r1", date(2026, 1, 9), ())


def test_one_record_more_that_would_have_kept_it(desk: Desk) -> None:
    amend = amended(desk, "K5", "2026-03-30")["A-01"]
    assert amend is not None
    assert (amend.kind, amend.id, amend.day) == ("rights_discussion", None, date(2026, 2, 6))
    assert [(change.field, change.value) for change in amend.changes] == [("spoken", True)]


@pytest.mark.parametrize("name", NAMES)
def test_no_amendment_ends_a_record_or_takes_one_back(engine: Engine, name: str) -> None:
    case, export = opened(engine, name)
    history = replay(engine, case, export)
    for course in history.breached:
        amend = amends(engine, case, export, course, history.last)
        if amend is None:
            continue
        kind = engine.plan.schema.kinds[amend.kind]
        closing = {path[0] for path in kind.ended} | {kind.void_when}
        assert not closing & {change.field for change in amend.changes}
        for change in amend.changes:
            assert change.value is None or isinstance(change.value, bool | str | Moment)


# --- the command -------------------------------------------------------------------------------


def story(desk: Desk, *words: str, case: str = "seven-points") -> Any:
    return desk.run("replay", case, "--cases", str(SEVEN), "--until", "2026-03-01", *words)


def test_the_terminal_tells_breaches_and_days(desk: Desk) -> None:
    said = " ".join(story(desk).out.split())
    for words in (
        "Tue 26 Nov 2024 ✗ CTO-01 Rights and recall are explained when an order starts",
        "to Harbour Community Team",
        "What would have kept it: alert a1 on Wed 12 Feb 2025: met",
        "met late 280 days later, on Thu 20 Nov 2025",
        "• incident i2 (entered on Mon 6 Oct 2025)",
    ):
        assert words in said, words


def test_a_day_can_be_chosen_to_begin_from(desk: Desk) -> None:
    ran = story(desk, "--from", "2025-06-01", "--format", "json")
    made = ran.json
    assert (made["from"], made["until"]) == ("2025-06-01", "2026-03-01")
    assert min(each["on"] for each in made["events"]) >= "2025-06-01"
    spells = [spell for course in made["courses"] for spell in course["spells"]]
    assert min(spell["from"] for spell in spells) == "2025-06-01"
    for course in made["courses"]:
        for one, other in zip(course["spells"], course["spells"][1:], strict=False):
            day = date.fromisoformat(one["until"]) + timedelta(days=1)
            assert day.isoformat() == other["from"]


def test_without_a_last_day_it_goes_to_the_last_of_the_record(desk: Desk) -> None:
    ran = desk.run("replay", "seven-points", "--cases", str(SEVEN), "--rule", "CTO-01")
    assert ran.code == 0
    assert "the last day in the record" in ran.err


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("K9",), 3, "there is no case `K9`"),
        (("K1", "--rule", "a-1"), 2, "did you mean `A-01`?"),
        (("K1", "--from", "2026-03-01", "--until", "2026-02-01"), 2, "is before --from"),
        (("K1", "--from", "2027-01-01"), 2, "after the last day in the record"),
        (("K1", "--compare", "nothing", "here"), 2, "nothing"),
    ],
)
def test_what_cannot_be_replayed(desk: Desk, words: tuple[str, ...], code: int, said: str) -> None:
    ran = desk.run("replay", words[0], str(desk.rules), "--cases", str(desk.cases), *words[1:])
    assert (ran.code, ran.out) == (code, "")
    assert said in ran.err


def test_two_policies_on_one_history(desk: Desk) -> None:
    """Five days instead of seven: the breach of K3 is raised two days sooner."""
    stricter = desk.folder / "stricter"
    stricter.mkdir()
    for file in desk.rules.iterdir():
        text = file.read_text().replace("rights_window is 7 days", "rights_window is 5 days")
        (stricter / file.name).write_text(text)
    where = ("--cases", str(desk.cases), "--until", "2026-03-01")
    ran = desk.run("replay", "K3", "--compare", str(desk.rules), str(stricter), *where)
    said = " ".join(ran.out.split())
    assert "raised 2 days sooner" in said
    assert "Sun 11 Jan 2026: breached" in said
    assert "Fri 9 Jan 2026: breached" in said
    same = desk.run("replay", "K3", "--compare", str(desk.rules), str(desk.rules), *where)
    assert "Both say the same on every day." in same.out


def test_a_policy_as_it_was_in_a_revision(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(desk.folder)
    git(desk, "init", "-q", "-b", "main")
    git(desk, "add", "rules")
    git(desk, "commit", "-q", "-m", "seven days")
    file = desk.rules / "orders.policy"
    file.write_text(file.read_text().replace("rights_window is 7 days", "rights_window is 5 days"))
    git(desk, "commit", "-q", "-a", "-m", "five days")
    where = ("--cases", str(desk.cases), "--until", "2026-03-01", "--format", "json")
    made = desk.run("replay", "K3", "--compare", "HEAD~1", "rules", *where).json
    (different,) = made["differences"]
    assert (different["rule"], different["raised_days_sooner"]) == ("A-01", 2)
    assert desk.run("replay", "K3", "--compare", "HEAD~1:rules", "HEAD:rules", *where).code == 0
    ran = desk.run("replay", "K3", "--compare", "mian", "rules", *where)
    assert ran.code == 2
    assert "did you mean `main`?" in ran.err
    ran = desk.run("replay", "K3", "--compare", "HEAD:elsewhere", "rules", *where)
    assert ran.code == 2
    assert "there is no `elsewhere` in revision `HEAD`" in ran.err


def git(desk: Desk, *words: str) -> None:
    who = ("-c", "user.name=Author", "-c", "user.email=author@example.org")
    subprocess.run(["git", *who, *words], cwd=desk.folder, check=True, capture_output=True)


# --- the page ----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    from policyengine.commands.main import main

    out = tmp_path_factory.mktemp("replay") / "page.html"
    words = ("replay", "seven-points", "--cases", str(SEVEN), "--until", "2026-03-01", "-q")
    assert main([*words, "-o", str(out)]) == 0
    yield out.read_text("utf-8")


def test_the_page_holds_no_script_and_fetches_nothing(written: str) -> None:
    assert "<script" not in written
    assert not re.search(r"(?:src|href)=\"(?!#)", written)
    assert "default-src 'none'" in written


def test_the_page_draws_a_lane_for_each_breach_and_tells_it_in_words(written: str) -> None:
    lanes = re.findall(r'<text class="e"[^>]*>([A-Z]+-\w+)</text>', written)
    told = re.findall(r'<h3>[^<]*<span class="id">([A-Z]+-\w+)</span>', written)
    assert lanes == told[: len(lanes)]
    assert len(lanes) == min(60, len(told)) > 30


def test_axe_finds_nothing_wrong_with_the_page(written: str, tmp_path: Path) -> None:
    for frame in browser.looked_at(written, tmp_path, 320, 800, 1280):
        assert frame["violations"] == []
        assert frame["scroll"] <= frame["width"]


def test_json_is_the_same_every_time(desk: Desk) -> None:
    one, other = (story(desk, "--format", "json").out for _ in range(2))
    assert one == other
    assert json.loads(one)["case"] == "seven-points"


def test_verdicts_are_those_that_there_are() -> None:
    """Every verdict has a word on the page: a new one must be told too."""
    from policyengine.report.replay.page import TURNS

    assert {verdict for verdict, _ in TURNS} == set(Verdict)
