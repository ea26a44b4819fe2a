"""The workbench by its routes: what it says of a text, and what its buttons do."""

from pathlib import Path

import pytest

from tests.workbench_desk import HERE, RULES, Desk, desk, seen


@pytest.fixture
def here(tmp_path: Path) -> Desk:
    return desk(tmp_path)


def counts(html: str) -> dict[str, str]:
    """The numbers of the table of verdicts, as they are now."""
    rows = html.partition('class="counts"')[2].partition("</table>")[0].split("<tr>")[2:]
    found = {}
    for row in rows:
        words = row.partition("</span>")[0].rpartition(">")[2]
        found[words] = row.partition('<td class="n">')[2].partition("<")[0]
    return found


# --- what it says -------------------------------------------------------------------------------


def test_a_page_holds_the_text_and_what_it_means_shows_and_finds(here: Desk) -> None:
    page = here.client.get("/", params={"rule": "OR-01"})
    assert page.status_code == 200
    assert "A talk after every order" in page.text
    assert "7 days" in page.text
    assert "2 of 2 examples as expected" in page.text
    # 3, 6 and 6 days are within 7; 9 is late; one never was, and 5 January is long past.
    assert counts(page.text) == {
        "met": "3", "met late": "1", "breached": "1", "not yet due": "0", "exempt": "0",
        "not applicable": "0", "cannot tell": "0",
    }  # fmt: skip


def test_five_days_for_seven_changes_meaning_verdicts_and_counts(here: Desk) -> None:
    here.client.get("/", params={"rule": "OR-01"})
    said = here.send(RULES.replace("is 7 days", "is 5 days"))
    assert not said["stale"]
    assert "within 5 days" in said["html"]
    assert "0 of 2" not in said["status"]
    assert "1 of 2 examples as expected" in said["status"]  # what was met on day 7 is late on day 5
    found = counts(said["html"])
    assert (found["met"], found["met late"], found["breached"]) == ("1", "3", "1")
    assert "+2" in said["html"] and "−2" in said["html"]


def test_the_rule_on_the_line_of_the_caret_is_the_one_that_is_shown(here: Desk) -> None:
    lines = RULES.splitlines()
    on = {"OR-01": lines.index('  say "No talk by {deadline}."') + 1, "OR-02": len(lines)}
    for rule, line in on.items():
        assert here.send(RULES, line=str(line))["rule"] == rule
    assert here.send(RULES, line="4", rule="OR-02")["rule"] == "OR-02"  # on a setting: as it was
    for odd in ("0", "99999", "-1", "x", "²", "9" * 30):
        assert here.send(RULES, line=odd)["rule"] == "OR-01"


def test_all_mistakes_come_at_once_with_carets_and_mends(here: Desk) -> None:
    wrong = RULES.replace("for each order\n", "for each ordr\n").replace(
        "show talk.complete", "show talk.complet"
    )
    said = here.send(wrong)
    assert said["stale"]
    assert {wrong[: wrong.index(at)].count("\n") + 1 for at in ("ordr", "complet ")} <= set(
        said["bad"]
    )
    assert "^^^^" in said["html"]
    assert "Change to `order`" in said["html"] and "complete`" in said["html"]


def test_a_mend_is_made_in_the_text_for_which_it_was_offered_and_in_no_other(here: Desk) -> None:
    wrong = RULES.replace("for each order\n", "for each ordr\n")
    html = here.send(wrong)["html"]
    key = html.partition('value="mend:')[2].partition('"')[0]
    assert here.send(wrong, f"mend:{key}")["text"] == RULES
    other = here.send(RULES, f"mend:{key}")
    assert other["wrong"] and other["text"] is None


def test_a_half_written_rule_keeps_the_last_good_right_side_greyed(here: Desk) -> None:
    good = here.send(RULES)
    half = here.send(RULES.partition("  must have")[0])
    assert not good["stale"] and half["stale"]
    assert 'class="shown stale"' in half["html"]
    assert "While the text has mistakes" in half["html"]
    assert "within 7 days" in half["html"]


def test_every_prefix_of_a_rule_is_answered(here: Desk) -> None:
    for end in range(0, len(RULES), 5):
        said = here.send(RULES[:end], line=str(RULES[:end].count("\n") + 1))
        assert said["text"] is None, end


@pytest.mark.parametrize(
    "text",
    ["", "\0", "\ud7ff\U0010ffff", "(" * 5000, "rule " * 3000, "</textarea><script>alert(1)</script>",
     "\u202erule", "a" * 1_100_000, "rule X-1 \"<b>{{7*7}}</b>\"\n for each order\n"],
    ids=range(9),
)  # fmt: skip
def test_hostile_texts_are_answered_and_escaped(here: Desk, text: str) -> None:
    said = here.send(text)
    assert (
        "<script" not in said["html"] and "<b>" not in said["html"] and "49</b>" not in said["html"]
    )
    page = here.client.post(
        "/bench", data={"file": str(here.file), "text": text}, headers={"origin": HERE}
    )
    assert page.status_code == 200
    assert "<script>alert" not in page.text


def test_without_the_script_the_whole_page_comes_back_with_the_text(here: Desk) -> None:
    text = RULES.replace("is 7 days", "is 5 days").replace("\n", "\r\n")  # as a form sends it
    page = here.client.post("/bench", data={"file": str(here.file), "text": text, "rule": "OR-01"})
    assert "talk_window is 5 days" in page.text
    assert "1 of 2 examples as expected" in page.text


def test_cases_stand_as_pseudonyms_unless_they_are_revealed(tmp_path: Path) -> None:
    assert "CASE-" not in desk(tmp_path).send(RULES)["html"]
    other = tmp_path / "other"
    other.mkdir()
    assert "CASE-4" in desk(other, reveals=True).send(RULES)["html"]


# --- buttons ------------------------------------------------------------------------------------


def test_format_lays_the_text_out_and_leaves_a_broken_one(here: Desk) -> None:
    assert (
        here.send(RULES.replace("  severity high", "      severity   high"), "format")["text"]
        == RULES
    )
    broken = here.send(RULES + "rule", "format")
    assert broken["wrong"] and broken["text"] is None


def test_suggested_examples_are_added_below_the_rules_others_and_hold(here: Desk) -> None:
    html = here.send(RULES, "suggest")["html"]
    assert "Add this example" in html
    added = here.send(RULES, "paste:0")
    assert (
        added["text"].index("expect met late")
        < added["text"].rindex("example")
        < (added["text"].index("rule OR-02"))
    )
    assert "3 of 3 examples as expected" in here.send(added["text"])["status"]
    assert here.send(RULES, "paste:999")["wrong"]


def test_a_new_rule_is_added_and_checks(here: Desk) -> None:
    form = {"new_id": "OR-30", "new_for": "order", "new_needs": "talk", "new_within": "3 days"}
    said = here.send(RULES, "new", **form)
    assert said["text"].startswith(RULES.rstrip())
    assert "rule OR-30" in said["text"]
    assert here.send(said["text"], rule="OR-30")["stale"] is False
    for bad in ({"new_id": "OR-01"}, {"new_id": "or 1"}, {"new_within": "soon"},
                {"new_needs": "case"}, {"new_for": "nothing"}, {"new_for": "talk"}):  # fmt: skip
        refused = here.send(RULES, "new", **{**form, **bad})
        assert refused["wrong"] and refused["text"] is None


# --- saving -------------------------------------------------------------------------------------


def test_saving_writes_the_text_and_goes_on_from_there(here: Desk) -> None:
    five = RULES.replace("is 7 days", "is 5 days")
    said = here.send(five, "save", seen=seen(here))
    assert (said["status"], said["wrong"]) == ("Saved", False)
    assert here.file.read_text("utf-8") == five
    assert not here.send(RULES, "save", seen=said["seen"])["wrong"]
    assert here.file.read_text("utf-8") == RULES


def test_what_changed_on_disk_meanwhile_is_not_written_over(here: Desk) -> None:
    before = seen(here)
    here.file.write_text(RULES + "\n# by another\n", "utf-8")
    said = here.send(RULES, "save", seen=before)
    assert said["wrong"] and "changed on disk" in said["status"]
    assert here.file.read_text("utf-8").endswith("# by another\n")


def test_a_link_that_leads_out_of_the_folder_is_not_written_to(here: Desk, tmp_path: Path) -> None:
    outside = tmp_path / "outside.policy"
    before = seen(here)
    here.file.rename(outside)
    here.file.symlink_to(outside)
    said = here.send(RULES + "\n", "save", seen=before)
    assert said["wrong"] and outside.read_text("utf-8") == RULES


def test_permissions_and_line_ends_stay(here: Desk) -> None:
    here.file.write_bytes(RULES.replace("\n", "\r\n").encode())
    here.file.chmod(0o640)
    page = here.client.get("/")
    assert "2 of 2 examples" in page.text
    assert not here.send(RULES.replace("7 days", "5 days"), "save", seen=seen(here))["wrong"]
    assert (
        here.file.read_bytes() == RULES.replace("7 days", "5 days").replace("\n", "\r\n").encode()
    )
    assert here.file.stat().st_mode & 0o777 == 0o640


def test_rules_that_are_not_the_users_own_are_not_written(tmp_path: Path) -> None:
    shipped = desk(tmp_path, can_save=False)
    assert shipped.send(RULES + "\n", "save", seen=seen(shipped))["wrong"]
    assert shipped.file.read_text("utf-8") == RULES
