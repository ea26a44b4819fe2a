"""Rule packs: a base, and overlays that change it in declared ways and in no other."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from policyengine.commands.main import main
from policyengine.policy.load import load_plan, load_rules

SCHEMA = """\
schema: small
codes:
  outcome:
    understood: Understood
    unclear: Unclear
kinds:
  case:
    fields: {team: text}
  cto:
    label: order
    happened: started_on
    fields:
      started_on: date
      ended_on: {type: date, open: true}
  talk:
    happened: date
    fields:
      date: date
      outcome: code outcome
"""
BASE = """\
policy "National"
  owner "The committee"
  source "The Act, section 1"

setting talk_window is 7 days
  "A national number."

rule CTO-01 "Rights are explained"
  severity high
  source "The Act, section 2"
  for each cto
  must have a talk within talk_window after cto.started_on
  target at least 90 percent

rule CTO-02 "Somebody talked at all"
  source "The Act, section 3"
  for each cto
  must have a talk within 30 days after cto.started_on

example "on the seventh day" for CTO-01 as at 2026-03-01
  given cto: started_on 2026-01-01
  given talk: date 2026-01-08
  expect CTO-01 met
  expect CTO-02 met

example "never" for CTO-02 as at 2026-03-01
  given cto: started_on 2026-01-01
  expect breached
"""
HEAD = 'policy "Ours"\n  owner "Us"\n  source "Our policy"\n\n'
TIGHTER = (
    HEAD
    + """\
rule CTO-02 "Somebody talked within a fortnight"
  source "Our policy"
  for each cto
  must have a talk within 14 days after cto.started_on

example "on the fifteenth day" for CTO-02 as at 2026-03-01
  given cto: started_on 2026-01-01
  given talk: date 2026-01-16
  expect met late
"""
)
OURS = "pack: riverside\nversion: 3\nextends: ../national\n"


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A national base, and room for overlays beside it."""
    write(tmp_path / "national", "schema.yaml", SCHEMA)
    write(tmp_path / "national", "all.policy", BASE)
    write(tmp_path / "national", "pack.yaml", "pack: national\nversion: 2026.1\n")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def write(folder: Path, name: str, text: str) -> None:
    folder.mkdir(exist_ok=True, parents=True)
    (folder / name).write_text(text, "utf-8")


def codes(*folders: str, overlays: tuple[str, ...] = ()) -> list[str]:
    loaded = load_rules(list(folders), overlays=overlays)
    assert (loaded.plan is None) == bool(loaded.diagnostics)
    return [note.code for note in loaded.diagnostics]


def run(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    code = main(list(words))
    said = capsys.readouterr()
    return code, said.out, said.err


def export(desk: Path) -> str:
    case = {
        "case_id": "A1",
        "cto": [{"id": "o1", "started_on": "2026-01-01"}],
        "talk": [{"id": "t1", "date": "2026-01-07", "outcome": "understood"}],
    }
    write(desk, "cases.jsonl", json.dumps(case) + "\n")
    return str(desk / "cases.jsonl")


# --- what an overlay may do -----------------------------------------------------------------------


def test_a_setting_is_overridden_and_the_base_s_examples_keep_their_own(
    desk: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    body = OURS + "settings:\n  talk_window: {is: 5 days, why: The board asks for more.}\n"
    write(desk / "riverside", "pack.yaml", body)
    plan = load_rules(["riverside"]).plan
    assert plan is not None
    assert plan.settings["talk_window"].why == "The board asks for more."
    code, out, _ = run(capsys, "test", "riverside")
    assert (code, "2 examples" in out) == (0, True)
    found = audit(desk, capsys, "riverside")
    assert verdict(found, "CTO-01") == ("met_late", "2026-01-06")
    assert found["settings_from"] == {"talk_window": "riverside 3"}
    assert verdict(audit(desk, capsys, "national"), "CTO-01") == ("met", "2026-01-08")


def audit(desk: Path, capsys: pytest.CaptureFixture[str], *rules: str) -> dict[str, Any]:
    words = ["--cases", export(desk), "--as-at", "2026-03-01", "--format", "json"]
    _, out, err = run(capsys, "audit", *rules, *words, "--fail-on", "never")
    assert out, err
    found: dict[str, Any] = json.loads(out)
    return found


def verdict(found: dict[str, Any], rule: str) -> tuple[str, str]:
    one: dict[str, str] = next(each for each in found["findings"] if each["rule"] == rule)
    return one["verdict"], one["deadline"]


def test_a_rule_is_disabled_with_a_reason_that_every_report_tells(
    desk: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(desk / "riverside", "pack.yaml", OURS + "disables:\n  CTO-02: Audited on paper.\n")
    found = audit(desk, capsys, "riverside")
    assert [each["rule"] for each in found["summary"]] == ["CTO-01"]
    assert found["layers"][1]["changes"] == [
        {
            "what": "disabled",
            "name": "CTO-02",
            "why": "Audited on paper.",
            "was": "Somebody talked at all",
            "now": "",
        }
    ]
    assert found["rules_from"] == {"CTO-01": "national 2026.1"}
    said = "CTO-02 “Somebody talked at all” is disabled: Audited on paper."
    cases = ("--cases", export(desk), "--as-at", "2026-03-01")
    for words in (
        ("audit", "riverside", *cases, "--format", "text"),
        ("report", "riverside", *cases, "--format", "md"),
        ("report", "riverside", *cases, "--format", "html"),
        ("handbook", "riverside", "--format", "md"),
        ("handbook", "riverside", "--format", "html"),
        ("check", "riverside", "-v"),
    ):
        _, out, err = run(capsys, *words)
        assert said in " ".join(out.replace("\\", "").split()), (words, out[-600:], err)
        assert "disabled: CTO-02" in err
    _, _, err = run(capsys, "worklist", "riverside", *cases)
    assert "disabled: CTO-02" in err
    # the examples that only spoke of it are gone, what the others expect of it too
    code, out, _ = run(capsys, "test", "riverside")
    assert (code, "1 example" in out) == (0, True)


def test_a_rule_is_called_otherwise_and_means_the_same(
    desk: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    titles = "titles:\n  CTO-01: {title: Told what it means, why: Our words.}\n"
    write(desk / "riverside", "pack.yaml", OURS + titles)
    found = audit(desk, capsys, "riverside")
    assert found["summary"][0]["title"] == "Told what it means"
    assert found["rules_from"]["CTO-01"] == "national 2026.1"
    plain = audit(desk, capsys, "national")
    assert found["findings"] == plain["findings"]


def test_a_rule_is_tightened_and_proved_to_be(
    desk: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(desk / "riverside", "pack.yaml", OURS + "tightens:\n  CTO-02: A month is too long.\n")
    write(desk / "riverside", "ours.policy", TIGHTER)
    code, out, err = run(capsys, "check", "riverside", "-v")
    assert "PAK" not in out + err
    assert "CTO-02  Somebody talked within a fortnight  (riverside 3)" in out
    assert "CTO-01  Rights are explained  (national 2026.1)" in out
    assert code == 0
    assert run(capsys, "test", "riverside")[0] == 0


def test_rules_kinds_fields_and_codes_are_added(
    desk: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    schema = """\
schema:
  codes:
    outcome: {asked for more: Asked for more}
    place: {ward: Ward, home: Home}
  kinds:
    talk: {fields: {place: code place}}
    visit:
      label: visit
      happened: date
      fields: {date: date}
"""
    rule = (
        HEAD
        + """\
rule RV-01 "Each visit is followed by a talk"
  source "Our policy"
  for each visit
  must have a talk within 3 days after visit.date
    where place is "ward" or outcome is "asked for more"
"""
    )
    write(desk / "riverside", "pack.yaml", OURS + schema)
    write(desk / "riverside", "ours.policy", rule)
    loaded = load_rules(["riverside"])
    assert loaded.diagnostics == []
    assert loaded.plan is not None
    assert loaded.plan.layers is not None
    told = {(each.what, each.name, each.now) for each in loaded.plan.layers.packs[1].changes}
    assert told == {
        ("rule", "RV-01", ""),
        ("kind", "visit", "date"),
        ("fields of", "talk", "place"),
        ("code list", "place", "home, ward"),
        ("codes of", "outcome", "asked for more"),
    }
    code, out, _ = run(capsys, "schema", "riverside")
    assert (code, "visit" in out) == (0, True)


def test_overlays_come_by_flag_by_configuration_and_by_path(
    desk: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(desk / "riverside", "pack.yaml", OURS + "disables:\n  CTO-02: Audited on paper.\n")
    by_path = load_rules(["riverside"]).plan
    by_flag = load_rules(["national"], overlays=["riverside"]).plan
    both = load_rules(["national", "riverside"]).plan
    quick = load_plan(["riverside"]).plan
    assert by_path is not None
    assert quick is not None
    assert {by_path.digest, quick.digest} == {
        each.digest for each in (by_flag, both) if each is not None
    }
    _, out, _ = run(capsys, "check", "national", "--overlay", "riverside")
    assert "1 rule and 1 example in" in out
    write(desk, "trustpolicy.yaml", "overlays:\n  - riverside\n")
    _, out, _ = run(capsys, "check", "national")
    assert "1 rule and 1 example in" in out
    write(desk, "trustpolicy.yaml", "overlays: riverside\n")
    _, _, err = run(capsys, "check", "national")
    assert "SCH001" in err


def test_a_configuration_is_the_last_layer(desk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    body = OURS + "settings:\n  talk_window: {is: 5 days, why: The board asks for more.}\n"
    write(desk / "riverside", "pack.yaml", body)
    write(desk, "trustpolicy.yaml", "settings:\n  talk_window: 4 days\n")
    found = audit(desk, capsys, "riverside")
    assert verdict(found, "CTO-01") == ("met_late", "2026-01-05")
    assert found["settings_from"] == {"talk_window": "trustpolicy.yaml"}


def test_an_overlay_may_stand_on_an_overlay(desk: Path) -> None:
    rule = HEAD + 'rule RV-01 "Ours"\n  source "x"\n  must show as_at is after 2020-01-01\n'
    write(desk / "region", "pack.yaml", OURS.replace("riverside", "region"))
    write(desk / "region", "ours.policy", rule)
    body = "pack: riverside\nversion: 1\nextends: ../region\ndisables:\n  RV-01: Not with us.\n"
    write(desk / "riverside", "pack.yaml", body)
    plan = load_rules(["riverside"]).plan
    assert plan is not None
    assert plan.layers is not None
    assert [each.name for each in plan.layers.packs] == ["national", "region", "riverside"]
    assert "RV-01" not in {each.id for each in plan.rules}


def test_without_overlays_nothing_is_new(desk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = audit(desk, capsys, "national")
    assert found.keys().isdisjoint({"layers", "rules_from", "settings_from"})
    _, out, _ = run(capsys, "check", "national", "-v")
    assert "CTO-01  Rights are explained\n" in out
    # an overlay that lies below the folder of the base is none of its files
    write(desk / "national" / "riverside", "pack.yaml", OURS.replace("../national", ".."))
    write(desk / "national" / "riverside", "ours.policy", TIGHTER)
    (desk / "ours").mkdir()
    assert codes("national") == []
    assert codes("national/riverside") == ["PAK005"]
    # and a base that has a `pack.yaml` is found from further up
    above = load_rules(["."], Path("national", "schema.yaml"))
    assert {rule.id for rule in above.plan.rules} == {"CTO-01", "CTO-02"}  # type: ignore[union-attr]
    shutil.move(desk / "national" / "riverside", desk / "ours" / "riverside")
    assert codes("ours") == ["FIL002"]


def test_the_digest_tells_every_overlay_from_every_other(desk: Path) -> None:
    bodies = [
        "",
        "disables:\n  CTO-02: Audited on paper.\n",
        "disables:\n  CTO-02: For another reason.\n",
        "settings:\n  talk_window: {is: 5 days, why: More.}\n",
        "schema: {kinds: {visit: {fields: {date: date}}}}\n",
        "schema: {kinds: {visit: {fields: {date: text}}}}\n",
    ]
    digests = {load_rules(["national"]).plan.digest}  # type: ignore[union-attr]
    for body in bodies:
        write(desk / "riverside", "pack.yaml", OURS + body)
        plan = load_rules(["riverside"]).plan
        assert plan is not None, body
        digests.add(plan.digest)
    assert len(digests) == len(bodies) + 1
    # the layout of a pack is no part of what it says, and where it lies is none either
    laid = '\n# a remark\nschema:\n  kinds:\n    visit:\n      fields:\n        date: "text"\n'
    write(desk / "riverside", "pack.yaml", OURS + laid)
    shutil.copytree(desk, desk / "elsewhere")
    for folder in ("riverside", "elsewhere/riverside"):
        again = load_rules([folder]).plan
        assert again is not None
        assert again.digest in digests


# --- what is refused ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "code", "said"),
    [
        ("version: 3\nextends: ../national\n", "PAK001", "its name"),
        ("pack: riverside\nextends: ../national\n", "PAK001", "which of its versions"),
        ("pack: r\nversion: 1\ndisables: {CTO-02: x}\n", "PAK001", "does not say which"),
        (OURS + "disables:\n  CTO-02:\n", "PAK001", "says why"),
        (OURS + "settings:\n  talk_window: 5 days\n", "PAK001", "`is` and `why`"),
        (OURS + "settings:\n  talk_window: {is: 5 days}\n", "PAK001", "says why"),
        (OURS + "settings:\n  talk_window: {why: x}\n", "PAK001", "needs a value"),
        (OURS + "titles:\n  CTO-01: {why: x}\n", "PAK001", "title"),
        (OURS.replace("../national", "../nowhere"), "PAK002", "no folder"),
        (OURS.replace("../national", "."), "PAK002", "extends itself"),
        (OURS + "disables:\n  CTO-03: x\n", "PAK003", "did you mean `CTO-01`?"),
        (OURS + "settings:\n  talk_windw: {is: 5 days, why: x}\n", "PAK003", "`talk_window`?"),
        (OURS + "disable:\n  CTO-02: x\n", "SCH003", "did you mean `disables`?"),
        (
            OURS + "disables:\n  CTO-02: x\ntitles:\n  CTO-02: {title: T, why: x}\n",
            "PAK004",
            "changed twice",
        ),
        (OURS + "schema: {kinds: {cto: {happened: ended_on}}}\n", "PAK005", "adds fields"),
        (OURS + "schema: {kinds: {cto: {fields: {started_on: text}}}}\n", "PAK005", "declared"),
        (OURS + "schema: {codes: {outcome: {unclear: {means: not_known}}}}\n", "PAK005", "base"),
        (OURS + "tightens:\n  CTO-02: x\n", "PAK006", "no file of this pack writes it"),
        (OURS + "settings:\n  talk_window: {is: blue, why: x}\n", "TYP018", "length of time"),
    ],
)
def test_a_mistake_in_a_pack_is_told_with_its_place(
    desk: Path, capsys: pytest.CaptureFixture[str], body: str, code: str, said: str
) -> None:
    write(desk / "riverside", "pack.yaml", body)
    if code != "PAK002":
        assert codes(*(["national"] if "extends" not in body else []), "riverside") == [code]
    exit_code, _, err = run(capsys, "check", "--overlay", "riverside")
    assert exit_code == 3
    assert re.search(rf"riverside/pack\.yaml:\d+:\d+: error {code}", err), err
    assert said in err


@pytest.mark.parametrize(
    "one",
    [
        "settings:\n  talk_window: {is: 5 days, why: x}\n",
        "disables:\n  CTO-02: x\n",
        "schema: {kinds: {visit: {fields: {date: date}}}}\n",
        "schema: {kinds: {cto: {fields: {note: text}}}}\n",
    ],
)
def test_two_overlays_that_change_the_same_are_a_fault_with_both_places(
    desk: Path, capsys: pytest.CaptureFixture[str], one: str
) -> None:
    for name in ("east", "west"):
        write(desk / name, "pack.yaml", OURS.replace("riverside", name) + one)
    code, _, err = run(capsys, "check", "--overlay", "east", "--overlay", "west")
    assert code == 3
    assert err.count("PAK004") == 1 or "visit" in one
    assert "west/pack.yaml:" in err
    assert "east/pack.yaml:" in err


def test_two_overlays_that_add_the_same_rule_are_a_fault(desk: Path) -> None:
    rule = HEAD + 'rule RV-01 "Ours"\n  source "x"\n  must show as_at is after 2020-01-01\n'
    for name in ("east", "west"):
        write(desk / name, "pack.yaml", OURS.replace("riverside", name))
        write(desk / name, "ours.policy", rule)
    assert codes(overlays=("east", "west")) == ["PAK004"]


def test_overlays_of_two_bases_are_a_fault_unless_the_base_is_named(desk: Path) -> None:
    shutil.copytree(desk / "national", desk / "older")
    write(desk / "east", "pack.yaml", OURS.replace("riverside", "east"))
    write(desk / "west", "pack.yaml", OURS.replace("national", "older"))
    assert codes(overlays=("east", "west")) == ["PAK002"]
    assert codes("older", overlays=("east", "west")) == []
    assert codes(overlays=("national",)) == ["PAK002"]
    assert codes(overlays=("nowhere",)) == ["PAK002"]


def test_a_rule_of_the_base_is_not_written_anew_in_silence(desk: Path) -> None:
    write(desk / "riverside", "pack.yaml", OURS)
    write(desk / "riverside", "ours.policy", TIGHTER)
    assert codes("riverside") == ["PAK005"]
    write(desk / "riverside", "ours.policy", HEAD + "setting talk_window is 3 days\n")
    assert codes("riverside") == ["PAK005"]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("14 days after", "31 days after", "a case that the base finds breached"),
        ("must have", "should have", "`should`"),
        ('source "Our policy"\n  for', 'severity low\n  source "x"\n  for', "severity"),
        (
            "after cto.started_on\n",
            'after cto.started_on\n  blank means breached because "x"\n',
            "",
        ),
    ],
)
def test_a_rule_that_is_declared_to_tighten_must_not_be_looser(
    desk: Path, capsys: pytest.CaptureFixture[str], old: str, new: str, said: str
) -> None:
    write(desk / "riverside", "pack.yaml", OURS + "tightens:\n  CTO-02: A month is too long.\n")
    text = TIGHTER.partition("example")[0]
    write(desk / "riverside", "ours.policy", text.replace(old, new))
    code, _, err = run(capsys, "check", "riverside")
    assert ("PAK007" in err) == bool(said)
    assert "\ufffd" not in err
    assert code == (3 if said else 0)
    assert said in err


def test_what_cannot_be_proved_is_said(
    desk: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("policyengine.analysis.directions.find_spec", lambda name: None)
    monkeypatch.setenv("XDG_CACHE_HOME", str(desk / "cache"))
    write(desk / "riverside", "pack.yaml", OURS + "tightens:\n  CTO-02: A month is too long.\n")
    write(desk / "riverside", "ours.policy", TIGHTER)
    for _ in range(2):  # looked for, and remembered
        code, out, _ = run(capsys, "check", "riverside")
        assert code == 0
        assert "PAK008" in out


def test_what_an_overlay_s_settings_loosen_is_no_tightening(desk: Path) -> None:
    from policyengine.analysis.tightening import check_tightened

    body = OURS + (
        "settings:\n  talk_window: {is: 40 days, why: x}\ntightens:\n  CTO-01: Said so.\n"
    )
    rule = BASE.partition("rule CTO-01")[2].partition("rule CTO-02")[0]
    write(desk / "riverside", "pack.yaml", body)
    write(desk / "riverside", "ours.policy", HEAD + "rule CTO-01" + rule)
    loaded = load_rules(["riverside"])
    assert [note.code for note in check_tightened(loaded)] == ["PAK007"]


# --- two versions of an overlay -------------------------------------------------------------------


def git(folder: Path, *words: str) -> None:
    who = ["-c", "user.name=A", "-c", "user.email=a@example.invalid"]
    subprocess.run(["git", *who, *words], cwd=folder, check=True, capture_output=True)


def test_diff_compares_an_overlay_with_its_base_and_with_itself_as_it_was(
    desk: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    body = OURS + "settings:\n  talk_window: {{is: {} days, why: The board asks for it.}}\n"
    write(desk / "riverside", "pack.yaml", body.format(6))
    write(desk, "trustpolicy.yaml", "targets:\n  CTO-01: 80 percent\n")
    git(desk, "init", "-q")
    git(desk, "add", ".")
    git(desk, "commit", "-qm", "first")
    code, out, err = run(capsys, "diff", "national", "riverside", "--format", "text")
    assert code == 0, err
    assert "CTO-01" in out
    assert "CTO-02" not in out
    code, out, err = run(capsys, "diff", "HEAD", "riverside", "--format", "json")
    assert code == 0, err
    assert json.loads(out)["changes"] == []
    write(desk / "riverside", "pack.yaml", body.format(5) + "disables: {CTO-02: On paper.}\n")
    # what the base was then is no matter of what it is now
    write(desk / "national", "all.policy", BASE.replace("must have a talk within 30", "x"))
    git(desk, "add", ".")
    git(desk, "commit", "-qm", "second, with a mistake in the base")
    write(desk / "national", "all.policy", BASE)
    code, out, err = run(capsys, "diff", "HEAD~1", "riverside", "--format", "json")
    assert code == 0, err
    assert [(each["rule"], each["how"]) for each in json.loads(out)["changes"]] == [
        ("CTO-01", "changed"),
        ("CTO-02", "removed"),
    ]
    assert run(capsys, "diff", "HEAD", "riverside")[0] == 3


def test_diff_takes_the_overlays_of_a_configuration_as_they_were(
    desk: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    body = OURS + "disables: {CTO-02: On paper.}\n"
    write(desk / "riverside", "pack.yaml", body)
    write(desk, "trustpolicy.yaml", "overlays: [riverside]\n")
    git(desk, "init", "-q")
    git(desk, "add", ".")
    git(desk, "commit", "-qm", "first")
    write(desk / "riverside", "pack.yaml", OURS)
    code, out, err = run(capsys, "diff", "HEAD", "national", "--format", "json")
    assert code == 0, err
    assert [(each["rule"], each["how"]) for each in json.loads(out)["changes"]] == [
        ("CTO-02", "added")
    ]


def test_a_manifest_holds_every_file_of_every_layer(
    desk: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(desk / "riverside", "pack.yaml", OURS + "tightens:\n  CTO-02: A month is too long.\n")
    write(desk / "riverside", "ours.policy", TIGHTER)
    words = ["--cases", export(desk), "--as-at", "2026-03-01", "--manifest", "m.json"]
    run(capsys, "audit", "riverside", *words, "-o", "audit.json")
    said = (desk / "m.json").read_text("utf-8")
    for name in (
        "national/all.policy",
        "national/pack.yaml",
        "riverside/pack.yaml",
        "riverside/ours.policy",
        "national/schema.yaml",
    ):
        assert name in said
    code, out, err = run(capsys, "verify", "m.json")
    assert code == 0, out + err
    write(desk / "riverside", "pack.yaml", OURS + "disables:\n  CTO-02: On paper.\n")
    assert run(capsys, "verify", "m.json")[0] != 0


def test_mending_an_overlay_leaves_its_base_alone(
    desk: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    long_way = '  where (talk.outcome is "understood" or talk.outcome is "unclear")\n'
    talk = "must have a talk within 30 days after cto.started_on\n"
    write(desk / "national", "all.policy", BASE.replace(talk, talk + long_way))
    before = (desk / "national" / "all.policy").read_text("utf-8")
    write(desk / "riverside", "pack.yaml", OURS)
    write(desk / "riverside", "ours.policy", HEAD + "setting unused is 3 days\n")
    run(capsys, "check", "riverside", "--fix")
    assert (desk / "national" / "all.policy").read_text("utf-8") == before
