"""What changed between two rule sets, which way, and whose verdicts move."""

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from policyengine.analysis.directions import direction
from policyengine.comparing import Comparison, compare
from policyengine.plan import core
from policyengine.policy.load import load_rules
from policyengine.shipped import shipped
from tests import browser
from tests.commands_desk import RULES, SCHEMA, Desk, Ran


@pytest.fixture
def desk(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Desk:
    monkeypatch.delenv("CI", raising=False)
    return Desk(tmp_path, capsys)


def changed(desk: Desk, *edits: tuple[str, str], schema: str = SCHEMA) -> Path:
    """Another folder of rules, with these words in the place of those."""
    folder = desk.folder / f"new{len(list(desk.folder.iterdir()))}"
    folder.mkdir()
    text = RULES
    for old, new in edits:
        assert old in text, old
        text = text.replace(old, new)
    (folder / "orders.policy").write_text(text)
    (folder / "schema.yaml").write_text(schema)
    return folder


def plan_of(folder: Path) -> core.Plan:
    loaded = load_rules([str(folder)])
    assert loaded.plan is not None, [each.message for each in loaded.diagnostics]
    return loaded.plan


def compared(desk: Desk, *edits: tuple[str, str]) -> Comparison:
    return compare(plan_of(desk.rules), plan_of(changed(desk, *edits)))


def run(desk: Desk, new: Path, *words: str) -> Ran:
    return desk.run("diff", str(desk.rules), str(new), *words)


def judged(desk: Desk, new: Path, *words: str) -> Ran:
    return run(desk, new, "--cases", str(desk.cases), "--as-at", "2026-02-01", *words)


# --- what is a change --------------------------------------------------------------------------

WINDOW = ("rights_window is 7 days", "rights_window is 5 days")
SAME = {
    "a comment": ("policy ", "# A comment.\npolicy "),
    "layout": ("    where spoken", "      where   (spoken)"),
    "an alias": (
        "for each cto\n  must have a rights_discussion within rights_window after cto.started_on",
        (
            "for each cto as order\n  must have a rights_discussion "
            "within rights_window after order.started_on"
        ),
    ),
    "an example": ("  expect breached", "  expect  breached"),
}


@pytest.mark.parametrize("edit", [SAME[key] for key in ("a comment", "layout", "an example")],
                         ids=["a comment", "layout", "an example"])  # fmt: skip
def test_what_says_the_same_is_no_change(desk: Desk, edit: tuple[str, str]) -> None:
    found = compared(desk, edit)
    assert found.changes == ()
    assert found.same == 2


def test_another_name_for_a_record_is_no_change(desk: Desk) -> None:
    edits = [SAME["an alias"], ("{cto.started_on}", "{order.started_on}")]
    assert compared(desk, *edits).changes == ()


CHANGES = {
    "a deadline": (WINDOW, "duty", True),
    "a condition": (("where spoken", "where not spoken"), "duty", True),
    "a longer window": (("within 14 days", "within 15 days"), "duty", True),
    "a title": (("A leaflet is sent", "A leaflet goes out"), "title", False),
    "a source": (("MHA 1983 s.132A", "MHA 1983 s.132"), "sources", False),
    "what staff are told": (("Explain it today.", "Explain it now."), "messages", False),
    "severity": (("severity low", "severity high"), "facts", False),
    "an exception": (
        (
            "  should have a leaflet",
            '  unless cto.ended_on is recorded\n    because "x"\n  should have a leaflet',
        ),
        "unless",
        True,
    ),
    "a target": (("at least 90 percent", "at least 95 percent"), "rates", False),
}


@pytest.mark.parametrize("name", CHANGES)
def test_a_change_is_told_in_the_section_that_it_is_in(desk: Desk, name: str) -> None:
    edit, key, moves = CHANGES[name]
    (change,) = compared(desk, edit).changes
    assert key in {part.key for part in change.parts}
    assert change.moves is moves


def test_rules_that_come_and_go(desk: Desk) -> None:
    new = changed(desk, ("rule A-02", "rule A-03"), ("for A-02", "for A-03"))
    found = compare(plan_of(desk.rules), plan_of(new))
    assert [(each.id, each.how) for each in found.changes] == [
        ("A-02", "removed"),
        ("A-03", "added"),
    ]


def test_the_shipped_rules_are_the_same_as_themselves() -> None:
    plan = plan_of(shipped("rules"))
    found = compare(plan, plan)
    assert (found.changes, found.same) == ((), len(plan.rules))


# --- which way ---------------------------------------------------------------------------------

WAYS = [
    (WINDOW, "A-01", "stricter"),
    (("rights_window is 7 days", "rights_window is 9 days"), "A-01", "looser"),
    (("    where spoken\n", ""), "A-01", "looser"),
    (("where spoken", "where not spoken"), "A-01", "neither"),
    (("within 14 days", "within 2 weeks"), "A-02", "same"),
    (("where spoken", "where spoken and not (not spoken)"), "A-01", "same"),
]


@pytest.mark.parametrize(("edit", "rule", "way"), WAYS, ids=[way[0][1] for way in WAYS])
def test_which_way_a_rule_moved(desk: Desk, edit: tuple[str, str], rule: str, way: str) -> None:
    old, new = plan_of(desk.rules), plan_of(changed(desk, edit))
    side = direction(old, new, rule)
    assert side.direction == way
    assert side.proved is (way != "neither")
    assert (side.stricter is not None) == (way in ("stricter", "neither"))
    assert (side.looser is not None) == (way in ("looser", "neither"))


def test_the_cases_that_show_it_hold_when_they_are_pasted(desk: Desk) -> None:
    """The one is breached by the new rules and not by the old; the other the other way round."""
    new = changed(desk, ("where spoken", "where not spoken"))
    side = direction(plan_of(desk.rules), plan_of(new), "A-01")
    assert side.stricter is not None and side.looser is not None
    for folder, example, code in (
        (new, side.stricter, 0),
        (desk.rules, side.stricter, 1),
        (desk.rules, side.looser, 0),
        (new, side.looser, 1),
    ):
        file = folder / "orders.policy"
        before = file.read_text()
        # The examples of the file itself are for the old rule: this one alone is asked.
        file.write_text(before[: before.index("example ")] + example)
        assert desk.run("test", str(folder)).code == code
        file.write_text(before)


def test_without_the_solver_nothing_is_called_proved(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("policyengine.analysis.directions.find_spec", lambda _: None)
    side = direction(plan_of(desk.rules), plan_of(changed(desk, WINDOW)), "A-01")
    assert (side.direction, side.proved) == ("stricter", False)


# --- whose verdict moves -----------------------------------------------------------------------


def test_the_verdicts_that_move_and_what_moved_them(desk: Desk) -> None:
    """As at 1 February: K1 was explained on the 7th day (met, then late), K5 has time till the 6th
    by seven days and till the 4th by five. K2 is late by both, K3 breached by both."""
    made = judged(desk, changed(desk, WINDOW), "--format", "json").json
    assert made["cases"] == 5
    assert made["moved"] == [
        {
            "rule": "A-01",
            "case": "K1",
            "subject": {"kind": "cto", "id": "o1"},
            "owner": "North",
            "before": "met",
            "after": "met_late",
            "moved_by": "the setting rights_window",
        }
    ]
    (row,) = made["summary"]
    assert (row["before"]["met"], row["after"]["met"]) == (1, 0)
    assert row["before"]["rate"] == pytest.approx(1 / 3, abs=1e-6)
    north = next(each for each in made["teams"] if each["owner"] == "North")
    assert (north["before"]["met"], north["after"]["met_late"]) == (1, 2)
    pairs = {(each["before"], each["after"]): each["findings"] for each in made["matrix"]}
    assert pairs == {
        ("met", "met_late"): 1,
        ("met_late", "met_late"): 1,
        ("breached", "breached"): 1,
        ("cannot_tell", "cannot_tell"): 1,
        ("not_yet_due", "not_yet_due"): 1,
    }


def test_the_clause_is_told_apart_from_others_that_changed_too(desk: Desk) -> None:
    """K3's explanation was not spoken: dropping that condition moves it, and the exception, which
    holds of nobody, does not."""
    edits = [
        ("    where spoken\n", ""),
        (
            "  must have a rights_discussion",
            '  unless cto.ended_on is recorded\n    because "x"\n  must have a rights_discussion',
        ),
    ]
    made = judged(desk, changed(desk, *edits), "--format", "json").json
    moved = {each["case"]: (each["before"], each["after"], each["moved_by"])
             for each in made["moved"]}  # fmt: skip
    assert moved["K3"] == ("breached", "met", "what is asked")
    assert moved["K4"] == ("cannot_tell", "met", "what is asked")


def test_what_did_not_change_is_not_judged_and_moves_nothing(desk: Desk) -> None:
    new = changed(desk, ("A leaflet is sent", "A leaflet goes out"))
    made = judged(desk, new, "--format", "json").json
    assert (made["moved"], made["summary"]) == ([], [])
    assert "No verdict moves" in judged(desk, new).out


def test_both_engines_say_the_same_of_what_moves(desk: Desk) -> None:
    new = changed(desk, WINDOW, ("within 14 days", "within 10 days"))
    one = judged(desk, new, "--format", "json", "--engine", "reference")
    other = judged(desk, new, "--format", "json", "--engine", "duckdb")
    assert one.json == other.json
    assert len(one.json["moved"]) >= 2


def test_two_schemas_are_compared_as_far_as_they_can_be(desk: Desk) -> None:
    """`spoken` is no more: the rule that asked for it cannot be judged by both; the other can."""
    schema = SCHEMA.replace("spoken: {type: yes_no, label: spoken aloud}, ", "").replace(
        "  leaflet:\n", "  visit:\n    happened: on\n    fields: {on: date}\n  leaflet:\n"
    )
    new = changed(desk, ("    where spoken\n", ""), (", spoken yes", ""),
                  ("within 14 days", "within 10 days"), schema=schema)  # fmt: skip
    ran = judged(desk, new, "--format", "json")
    assert ran.code == 0
    made = ran.json
    assert "the field `rights_discussion.spoken` is no more" in made["schema"]
    assert "the kind `visit` (visit) is new" in made["schema"]
    assert made["not_compared"] == {"A-01": "only one schema has rights_discussion.spoken"}
    assert {each["rule"] for each in made["summary"]} == {"A-02"}
    assert "the schemas differ" in ran.err


# --- the command -------------------------------------------------------------------------------

GATES = [
    (WINDOW, ("--fail-on", "stricter"), 1),
    (WINDOW, ("--fail-on", "looser"), 0),
    (("rights_window is 7 days", "rights_window is 9 days"), ("--fail-on", "looser"), 1),
    (("rights_window is 7 days", "rights_window is 9 days"), ("--fail-on", "stricter"), 0),
    (("A leaflet is sent", "A leaflet goes out"), ("--fail-on", "stricter"), 0),
]


@pytest.mark.parametrize(("edit", "gate", "code"), GATES)
def test_gates(desk: Desk, edit: tuple[str, str], gate: tuple[str, ...], code: int) -> None:
    ran = run(desk, changed(desk, edit), *gate)
    assert ran.code == code
    assert ("not met" in ran.err) is (code == 1)


def test_a_gate_on_newly_breached_asks_a_case_load(desk: Desk) -> None:
    new = changed(desk, ("within 14 days", "within 10 days"))
    assert run(desk, new, "--fail-on", "newly-breached").code == 2
    assert judged(desk, new, "--fail-on", "newly-breached").code == 0  # late is no breach
    # K5's order of 30 January is owed a leaflet by 31 January, and none was sent.
    sooner = changed(desk, ("within 14 days", "within 1 day"))
    ran = judged(desk, sooner, "--fail-on", "newly-breached")
    assert ran.code == 1
    assert "A-02 newly breached" in ran.err


def test_a_removed_rule_is_looser(desk: Desk) -> None:
    text = RULES[: RULES.index("rule A-02")] + RULES[RULES.index('example "in time"') :]
    new = desk.folder / "fewer"
    new.mkdir()
    (new / "schema.yaml").write_text(SCHEMA)
    (new / "orders.policy").write_text(text[: text.index('example "sent"')])
    assert run(desk, new, "--fail-on", "looser").code == 1


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("nothing", "here"), 2, "nothing"),
        (("rules",), 2, "NEW"),
    ],
)
def test_what_cannot_be_compared(desk: Desk, words: tuple[str, ...], code: int, said: str) -> None:
    ran = desk.run("diff", *words)
    assert (ran.code, ran.out) == (code, "")
    assert said in ran.err


def test_rules_that_do_not_check_are_3(desk: Desk) -> None:
    new = changed(desk, ("must have a rights_discussion", "must have a rights_discusion"))
    ran = run(desk, new)
    assert ran.code == 3
    assert "did you mean" in ran.err


def git(desk: Desk, *words: str) -> None:
    who = ("-c", "user.name=Author", "-c", "user.email=author@example.org")
    subprocess.run(["git", *who, *words], cwd=desk.folder, check=True, capture_output=True)


def test_revisions_of_a_repository(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(desk.folder)
    git(desk, "init", "-q", "-b", "main")
    git(desk, "add", "rules")
    git(desk, "commit", "-q", "-m", "seven days")
    git(desk, "tag", "signed-off")
    file = desk.rules / "orders.policy"
    file.write_text(file.read_text().replace(*WINDOW))
    for old, new in (("HEAD", "rules"), ("signed-off", str(desk.rules)), ("HEAD:rules", "rules")):
        made = desk.run("diff", old, new, "--format", "json").json
        assert [each["direction"] for each in made["changes"]] == ["stricter"], (old, new)
    git(desk, "commit", "-q", "-a", "-m", "five days")
    made = desk.run("diff", "HEAD~1", "HEAD", "--format", "json").json
    assert [each["direction"] for each in made["changes"]] == ["stricter"]
    ran = desk.run("diff", "signed-of", "rules")
    assert ran.code == 2
    assert "did you mean `signed-off`?" in ran.err
    status = subprocess.run(["git", "status", "--short"], cwd=desk.folder, check=True,
                            capture_output=True, text=True)  # fmt: skip
    assert "rules" not in status.stdout  # nothing was checked out


def test_a_name_that_looks_like_a_flag_is_no_flag_of_git(desk: Desk) -> None:
    ran = desk.run("diff", "rules", "--output=x.patch")
    assert ran.code == 2


# --- drawn -------------------------------------------------------------------------------------


def test_markdown_for_a_pull_request(desk: Desk) -> None:
    said = judged(desk, changed(desk, WINDOW), "--format", "md").out
    assert "### A\\-01 Rights are explained when an order starts" in said
    assert "*stricter \\(proved\\)*" in said or "*stricter (proved)*" in said
    assert re.search(r"\| A\\-01 \| 1 → 0 \| 1 → 2 \|", said)
    assert "<details><summary>Breached now, and not before</summary>" in said
    assert "K1" not in said  # a summary stands beside the code: it names no case
    assert "K1" in judged(desk, changed(desk, WINDOW)).out


@pytest.fixture
def page(desk: Desk) -> Iterator[str]:
    out = desk.folder / "diff.html"
    assert judged(desk, changed(desk, WINDOW), "-o", str(out)).code == 0
    yield out.read_text("utf-8")


def test_a_page_for_those_who_decide(page: str, tmp_path: Path) -> None:
    assert "<script" not in page
    assert not re.search(r"(?:src|href)=\"(?!#)", page)
    frames: list[dict[str, Any]] = browser.looked_at(page, tmp_path, 320, 800, 1280)
    for frame in frames:
        assert frame["violations"] == []
        assert frame["scroll"] <= frame["width"]


def test_what_authors_write_is_only_text(desk: Desk) -> None:
    new = changed(desk, ("A leaflet is sent", "A <b>leaflet</b> [x](y) | z"))
    assert "<b>" not in run(desk, new, "--format", "html").out
    assert "<b>" not in run(desk, new, "--format", "md").out
