"""`--since`: a run that goes on from an earlier one says what a whole run says, byte for byte."""

import json
import re
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from policyengine.commands.main import main
from tools.conformance.trial import make_trial

ROOT = Path(__file__).parent.parent
CASES = 12
FIRST = date(2026, 1, 10)
Case = dict[str, Any]
SCHEMA = """
schema: s
version: 1
time_zone: Europe/London
calendar: {bank_holidays: england}
kinds:
  case:
    label: service user
    died: died_on
    owner: {kind: team_period, field: team}
    fields: {born_on: date, died_on: {type: date, open: true}}
  team_period:
    label: team
    happened: from_on
    ended: until_on
    fields: {from_on: date, until_on: {type: date, open: true}, team: text}
  order:
    label: order
    happened: began_on
    recorded: entered_on
    ended: ended_on
    fields: {began_on: date, ended_on: {type: date, open: true}, entered_on: date, reviewed_on: date}
  visit:
    label: visit
    happened: date
    fields: {date: date, told: yes_no}
"""
POLICY = """
policy "p"
setting soon is 7 days
rule R-01 "Seen after the start"
  source "s"
  for each order
  must have a visit within soon after order.began_on where told
rule R-02 "Seen again and again"
  source "s"
  for each order
  must have a visit at least every 14 days from order.began_on
rule R-03 "Reviewed"
  source "s"
  for each order
  must show order.reviewed_on is on or after as_at - 10 days
  say "It began {days from order.began_on to as_at} days ago."
"""


def cases() -> list[Case]:
    """Orders that begin one after the other, some seen, in two teams."""
    made = []
    for number in range(CASES):
        began = FIRST - timedelta(days=3 * number - 3)
        order = {"id": "o", "began_on": str(began), "entered_on": str(began + timedelta(days=1))}
        if number % 3 == 0:
            order["reviewed_on"] = str(began)
        visit = {"id": "v", "date": str(began + timedelta(days=5)), "told": number % 2 == 0}
        team = {"id": "t", "from_on": "2025-01-01", "team": "East" if number % 2 else "West"}
        made.append(
            {"case_id": f"A{number}", "order": [order], "visit": [visit] if number % 4 else [],
             "team_period": [team]}
        )  # fmt: skip
    return made


class Desk:
    """A folder with rules and an export, and runs on it day by day."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder = folder
        self.capsys = capsys
        self.rules = folder / "rules"
        self.rules.mkdir()
        (self.rules / "schema.yaml").write_text(SCHEMA)
        (self.rules / "p.policy").write_text(POLICY)
        self.write(cases())

    def write(self, cases: object) -> None:
        (self.folder / "cases.json").write_text(json.dumps(cases))

    def run(self, day: date, *words: str) -> tuple[int, str, str]:
        place = [str(self.rules), "--cases", str(self.folder / "cases.json")]
        dated = ["--as-at", day.isoformat(), "--format", "json", "--no-progress"]
        code = main(["audit", *place, *dated, *words])
        told = self.capsys.readouterr()
        return code, told.out, told.err

    def keep(self, day: date, name: str, *words: str) -> str:
        manifest = ("--manifest", str(self.folder / name), "--keep-findings")
        code, out, _ = self.run(day, *manifest, *words)
        assert code == 0
        return out

    def since(self, day: date, name: str, *words: str) -> tuple[str, int]:
        code, out, err = self.run(day, "--since", str(self.folder / name), *words)
        assert code == 0, err
        found = re.search(r"^(\d+) of \d+ cases judged again", err, re.MULTILINE)
        assert found, err
        return out, int(found[1])


@pytest.fixture
def desk(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Desk:
    return Desk(tmp_path, capsys)


def test_many_days_are_what_whole_runs_are(desk):
    assert desk.keep(FIRST, "m0.json") == desk.run(FIRST)[1]
    day, again = FIRST, []
    for step, away in enumerate((0, 1, 1, 1, 2, 3, 6, 30, 300)):
        day += timedelta(away)
        one, judged = desk.since(
            day, f"m{step}.json", "--manifest", str(desk.folder / f"m{step + 1}.json"),
            "--keep-findings", "--next-change",
        )  # fmt: skip
        again.append(judged)
        assert one == desk.run(day, "--next-change")[1]
    assert again[0] == 0
    assert 0 < again[1] < CASES


@pytest.mark.parametrize("seed", [3, 7, 11, 21])
def test_random_policies_go_on_as_whole_runs_do(desk, seed):
    trial = make_trial(seed, cases=8)
    (desk.rules / "schema.yaml").write_text(trial.world.yaml())
    (desk.rules / "p.policy").write_text(trial.policy.text)
    desk.write(trial.export())
    desk.keep(trial.as_at, "m0.json")
    for step, away in enumerate((1, 5, 26)):
        day = trial.as_at + timedelta(days=away)
        words = ("--manifest", str(desk.folder / f"m{step + 1}.json"), "--keep-findings")
        assert desk.since(day, f"m{step}.json", *words)[0] == desk.run(day)[1]


CHANGES: dict[str, tuple[int, Callable[[list[Case]], list[Case]]]] = {
    "one is gone": (0, lambda cases: cases[:-1]),
    "one is new": (1, lambda cases: [*cases, {**cases[0], "case_id": "NEW"}]),
    "one has changed": (1, lambda cases: [{**cases[0], "order": []}, *cases[1:]]),
    "they stand in another order": (0, lambda cases: cases[::-1]),
    "a kind is not there any more": (
        CASES,
        lambda cases: [{**each, "visit": None} for each in cases],
    ),
}


@pytest.mark.parametrize("change", CHANGES)
def test_what_changed_is_judged_again(desk, change):
    expected, made = CHANGES[change]
    desk.keep(FIRST, "m.json")
    changed = made(cases())
    desk.write([{key: each[key] for key in each if each[key] is not None} for each in changed])
    one, again = desk.since(FIRST, "m.json")
    assert one == desk.run(FIRST)[1]
    assert again == expected


def test_both_engines_go_on_from_each_other(desk):
    pytest.importorskip("duckdb")
    desk.keep(FIRST, "m.json", "--engine", "duckdb")
    day = FIRST + timedelta(days=2)
    for engine in ("reference", "duckdb"):
        one, again = desk.since(day, "m.json", "--engine", engine)
        assert one == desk.run(day, "--engine", "reference")[1]
        assert 0 < again < CASES


def test_the_sample_goes_on_as_a_whole_run_does(desk):
    lines = (ROOT / "rules/sample/cases.jsonl").read_text("utf-8").splitlines()[:12]
    desk.write([each for each in map(json.loads, lines) if "case_id" in each])
    desk.rules = ROOT / "rules"
    start = date(2026, 10, 1)
    desk.keep(start, "m.json")
    day = start + timedelta(days=9)
    assert desk.since(day, "m.json")[0] == desk.run(day)[1]


def test_a_team_is_cut_from_what_was_kept(desk):
    desk.keep(FIRST, "m.json")
    words = ("--team", "East")
    assert desk.since(FIRST, "m.json", *words)[0] == desk.run(FIRST, *words)[1]


def test_the_clocks_have_to_go_on_together(desk):
    desk.keep(FIRST, "m.json")
    for words in (("--known-by", "2026-01-05"), ("--known-by", FIRST.isoformat())):
        day = FIRST + timedelta(days=3)
        one, again = desk.since(day, "m.json", *words)
        assert one == desk.run(day, *words)[1]
        assert again == CASES
    before = FIRST - timedelta(days=1)
    one, again = desk.since(before, "m.json")
    assert (one, again) == (desk.run(before)[1], CASES)


def test_where_what_was_known_is_held_to_one_day_only_as_at_goes_on(desk):
    words = ("--known-by", "2026-01-05")
    desk.keep(FIRST, "m.json", *words)
    day = FIRST + timedelta(days=3)
    one, again = desk.since(day, "m.json", *words)
    assert one == desk.run(day, *words)[1]
    assert again < CASES


def test_what_is_kept_is_its_owners_alone_and_is_vouched_for(desk):
    desk.keep(FIRST, "m.json")
    kept = desk.folder / "m.json.findings"
    assert kept.stat().st_mode & 0o777 == 0o600
    held = json.loads((desk.folder / "m.json").read_text())
    assert held["kept"]["bytes"] == kept.stat().st_size
    assert "--keep-findings" not in held["command"]
    assert main(["verify", str(desk.folder / "m.json")]) == 0
    desk.capsys.readouterr()
    kept.write_bytes(kept.read_bytes()[:-9])
    assert main(["verify", str(desk.folder / "m.json"), "--no-run"]) == 1
    desk.capsys.readouterr()
    code, out, err = desk.run(FIRST, "--since", str(desk.folder / "m.json"))
    assert (code, out) == (3, "")
    assert "changed or broken" in err


def refused(desk: Desk, *words: str, day: date = FIRST) -> str:
    code, out, err = desk.run(day, "--since", str(desk.folder / "m.json"), *words)
    assert (code, out) == (3, "")
    return err


def test_other_rules_settings_or_schema_are_not_gone_on_from(desk, tmp_path):
    desk.keep(FIRST, "m.json")
    assert "judged by other rules" in refused(desk, "--select", "R-01")
    config = tmp_path / "trustpolicy.yaml"
    config.write_text("settings:\n  soon: 9 days\n")
    assert "judged with other settings" in refused(desk, "--config", str(config))
    config.write_text("calendar:\n  closed: [2026-12-23]\n")
    assert "another schema or calendar" in refused(desk, "--config", str(config))


def test_another_version_is_not_gone_on_from(desk, monkeypatch):
    desk.keep(FIRST, "m.json")
    monkeypatch.setattr("policyengine.__version__", "99.0")
    assert "another version of the program" in refused(desk)


def test_a_run_that_kept_nothing_is_not_gone_on_from(desk):
    code, _, _ = desk.run(FIRST, "--manifest", str(desk.folder / "m.json"))
    assert code == 0
    assert "kept no findings" in refused(desk)
    (desk.folder / "m.json").unlink()
    assert "cannot be read" in refused(desk)


@pytest.mark.parametrize(
    "words",
    [
        (),
        ("--manifest", "{d}/m.json", "--team", "East"),
        ("--manifest", "{d}/m.json", "--view", "team"),
        ("--manifest", "{d}/m.json", "--pseudonyms"),
    ],
)
def test_what_would_not_be_whole_is_not_kept(desk, words):
    said = [word.format(d=desk.folder) for word in words]
    code, out, err = desk.run(FIRST, "--keep-findings", *said)
    assert (code, out) == (2, "")
    assert "--keep-findings" in err


def test_a_broken_line_ends_the_run_plainly(desk):
    from policyengine.report.kept_findings import KeptError, KeptFindings

    path = desk.folder / "k"
    for text in ("", "[]\n", '{"kept_version": 7}\n', '{"kept_version": 1}\n["A", "d", "x"]\n',
                 '{"kept_version": 1}\n{{\n'):  # fmt: skip
        path.write_text(text)
        with pytest.raises(KeptError):
            KeptFindings(path)
    path.write_text('{"kept_version": 1}\n["A","d",null,true,"bm90IHBhY2tlZA=="]\n')
    kept = KeptFindings(path)
    with pytest.raises(KeptError):
        kept.findings(kept.cases["A"])
    kept.close()


@pytest.mark.parametrize("form", ["csv", "jsonl"])
def test_a_folder_of_tables_goes_on_by_either_engine(desk, form):
    pytest.importorskip("duckdb")
    folder = desk.folder / "tables"
    folder.mkdir()
    columns = {
        "case": ["case_id"],
        "order": ["case_id", "id", "began_on", "entered_on", "reviewed_on"],
        "visit": ["case_id", "id", "date", "told"],
        "team_period": ["case_id", "id", "from_on", "team"],
    }
    for kind, names in columns.items():
        rows = [{"case_id": case["case_id"], **row} for case in cases()
                for row in (case[kind] if kind != "case" else [{}])]  # fmt: skip
        if form == "csv":
            lines = [",".join(names)]
            lines += [",".join(str(row.get(name, "")).lower() if name == "told"
                               else str(row.get(name, "")) for name in names) for row in rows]  # fmt: skip
        else:
            lines = [json.dumps(row) for row in rows]
        (folder / f"{kind}.{form}").write_text("\n".join(lines) + "\n")
    (desk.folder / "cases.json").unlink()
    (desk.folder / "cases.json").symlink_to(folder)
    desk.keep(FIRST, "m.json", "--engine", "duckdb")
    day = FIRST + timedelta(days=2)
    for engine in ("duckdb", "reference"):
        words = ("--engine", engine, "--next-change")
        one, again = desk.since(day, "m.json", *words)
        assert one == desk.run(day, *words)[1]
        assert one == desk.run(day, "--engine", "reference", "--next-change")[1]
        assert 0 < again < CASES
