"""Tables beside the kinds: what is looked up, and the ids that hold no more."""

from pathlib import Path

import pytest

from tests.imports_desk import CASE, P1, P2, PATIENTS, TOP, Loaded, complaints, loaded, refused

TEAMS = TOP + 'look_ups: {names: {source: {files: "teams*.csv"}, from: Code, to: Name}}\n'
NAMED = CASE.replace("team: Team", "team: {from: Team, look_up: names}")
ONE_NAME = "Code,Name\nNorth,North Team\nSouth,South Team\n"


def with_teams(tmp_path: Path, teams: str, action: str = "") -> Loaded:
    files = {"patients.csv": PATIENTS + P1 + P2, "teams.csv": teams}
    return loaded(tmp_path, files, TEAMS + "kinds:" + NAMED + action)


def teams_of(made: Loaded) -> list[str]:
    return [row.get("team", "") for row in made.rows("case")]


def test_one_key_twice_with_one_value_is_no_fault(tmp_path: Path) -> None:
    made = with_teams(tmp_path, ONE_NAME + "North,North Team\n")
    assert teams_of(made) == ["North Team", "South Team"]
    assert made.faults() == [] and made.load.faults == {}


def test_a_key_with_two_values_leads_nowhere_and_every_row_of_it_is_told(tmp_path: Path) -> None:
    made = with_teams(tmp_path, ONE_NAME + "North,Another\n")
    assert teams_of(made) == ["<invalid>", "South Team"]
    assert made.faults() == [
        ("teams.csv", 2, "Code", "repeated_look_up", "invalid value"),
        ("teams.csv", 4, "Code", "repeated_look_up", "invalid value"),
        ("patients.csv", 2, "Team", "not_looked_up", "invalid value"),
    ]
    assert {fault.value: rows for fault, rows in made.load.faults.items()} == {
        "repeated_look_up": 2
    }


def test_which_of_two_values_is_taken_does_not_depend_on_their_order(tmp_path: Path) -> None:
    warn = "faults: {repeated_look_up: warn}\n"
    for teams in (ONE_NAME + "North,Another\n", "Code,Name\nNorth,Another\n" + ONE_NAME[10:]):
        made = with_teams(tmp_path, teams, warn)
        assert teams_of(made) == ["Another", "South Team"]
        assert [fault[3:] for fault in made.faults()] == [("repeated_look_up", "warn")] * 2


def test_a_key_with_two_values_can_stop_the_run_and_is_not_repeated(tmp_path: Path) -> None:
    files = {"patients.csv": PATIENTS + P1, "teams.csv": ONE_NAME + "North,Another\n"}
    stop = TEAMS + "kinds:" + NAMED + "faults: {repeated_look_up: error}\n"
    said = refused("MAP005", tmp_path, files, stop)
    assert "teams.csv row 2" in said and "North" not in said and "Another" not in said


@pytest.mark.parametrize("merged", ["P2,P1\nP2,P9\n", "P2,P9\nP2,P1\n"])
def test_a_former_id_that_leads_to_two_is_told(tmp_path: Path, merged: str) -> None:
    files = {"patients.csv": PATIENTS + P1 + P2, "merged.csv": "Old,New\n" + merged}
    top = TOP + 'id_map: {source: {files: "merged.csv"}, from: Old, to: New}\n'
    made = loaded(tmp_path, files, top + "kinds:" + CASE)
    assert [fault[:2] + fault[3:] for fault in made.faults()] == [
        ("merged.csv", 2, "id_map", "warn"),
        ("merged.csv", 3, "id_map", "warn"),
    ]
    refused("MAP005", tmp_path, files, top + "kinds:" + CASE + "faults: {id_map: error}\n")


@pytest.mark.parametrize("fault", ["id_map", "repeated_look_up"])
def test_what_is_of_no_kind_is_not_said_of_one(tmp_path: Path, fault: str) -> None:
    text = TOP + "kinds:" + CASE + f"    faults: {{{fault}: warn}}\n"
    ((code, line, said),) = complaints(tmp_path, text)
    assert (code, line) == ("MAP002", len(text.splitlines()))
    assert f"`{fault}` is of no kind" in said
