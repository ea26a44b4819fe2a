"""`--manifest` and `verify`: what went in, what came out, and whether it comes out again."""

import json
import os
import subprocess
import sys
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from tests.commands_desk import CASES, Desk, Ran

ROOT = Path(__file__).parent.parent


@pytest.fixture
def desk(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Desk:
    monkeypatch.delenv("CI", raising=False)
    monkeypatch.delenv("TRUSTPOLICY_KEY", raising=False)
    return Desk(tmp_path, capsys)


def where(desk: Desk) -> tuple[str, ...]:
    return (str(desk.rules), "--cases", str(desk.cases), "--as-at", "2026-02-01", "-q")


def made(desk: Desk, verb: str = "audit", *words: str, out: str = "out.json") -> Path:
    manifest = desk.folder / "manifest.json"
    path = str(desk.folder / out)
    ran = desk.run(verb, *where(desk), "-o", path, "--manifest", str(manifest), *words)
    assert ran.code == 0, ran.err
    return manifest


def held(manifest: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(manifest.read_text())
    return found


def verify(desk: Desk, manifest: Path, *words: str) -> Ran:
    return desk.run("verify", str(manifest), *words)


def digest(path: Path) -> str:
    return sha256(path.read_bytes()).hexdigest()


# --- what it says ------------------------------------------------------------------------------


def test_it_names_every_input_and_output_by_hash(desk: Desk) -> None:
    said = held(made(desk))
    assert [each["sha256"] for each in said["inputs"]] == [digest(desk.cases)]
    assert said["inputs"][0]["rows"] == len(CASES)
    assert [each["sha256"] for each in said["rules"]] == [digest(desk.rules / "orders.policy")]
    assert said["schema"]["sha256"] == digest(desk.rules / "schema.yaml")
    assert [each["sha256"] for each in said["outputs"]] == [digest(desk.folder / "out.json")]
    assert (said["as_at"], said["known_by"]) == ("2026-02-01", "2026-02-01")
    assert said["counts"]["A-01"]["breached"] == 1
    assert said["settings"] == {"rights_window": "7 days"}
    assert said["targets"] == {"A-01": 0.9}
    assert said["rows"]["read"] == said["rows"]["kept"] + said["rows"]["rejected"]
    assert said["versions"]["python"].startswith("3.")
    assert said["previous_manifest_sha256"] is None


def test_a_trusts_own_settings_are_in_it(desk: Desk) -> None:
    config = desk.folder / "trustpolicy.yaml"
    config.write_text("settings:\n  rights_window: 5 days, 3 days from 2026-04-01\n")
    said = held(made(desk))
    assert said["settings"] == {"rights_window": "5 days, 3 days from 2026-04-01"}
    assert said["configuration"]["sha256"] == digest(config)


def test_tables_are_counted_file_by_file(desk: Desk) -> None:
    folder = desk.folder / "tables"
    folder.mkdir()
    (folder / "case.csv").write_text('case_id,team\nK1,"North\nand South"\nK2,South\n')
    (folder / "cto.csv").write_text("case_id,id,started_on\n")
    desk.cases = folder
    said = held(made(desk))
    assert [(Path(each["name"]).name, each["rows"]) for each in said["inputs"]] == [
        ("case.csv", 2),
        ("cto.csv", 0),
    ]


def test_each_names_the_one_before(desk: Desk) -> None:
    first = made(desk)
    before = digest(first)
    assert held(made(desk))["previous_manifest_sha256"] == before
    kept = desk.folder / "kept.json"
    kept.write_text("{}")
    said = held(made(desk, "audit", "--previous-manifest", str(kept)))
    assert said["previous_manifest_sha256"] == digest(kept)


def test_it_is_written_last_and_not_at_all_where_an_output_cannot_be(desk: Desk) -> None:
    manifest = desk.folder / "manifest.json"
    words = ("-o", str(desk.folder / "none" / "out.json"), "--manifest", str(manifest))
    assert desk.run("audit", *where(desk), *words).code == 3
    assert not manifest.exists()


def test_standard_input_has_none(desk: Desk) -> None:
    words = ("--cases", "-", "--as-at", "2026-02-01", "--manifest", str(desk.folder / "m"))
    assert desk.run("audit", str(desk.rules), *words).code == 2


# --- verify ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("verb", "words", "out"),
    [
        ("audit", ("--show", "all"), "out.json"),
        ("audit", (), "out.txt"),
        ("worklist", ("--due-within", "14", "days"), "out.xlsx"),
        ("worklist", (), "out.csv"),
        ("report", ("--periods", "2"), "out.html"),
        ("sample", ("--size", "1", "--seed", "x"), "out.json"),
    ],
)
def test_a_run_that_is_made_again_is_the_same(
    desk: Desk, verb: str, words: tuple[str, ...], out: str
) -> None:
    ran = verify(desk, made(desk, verb, *words, out=out))
    assert ran.code == 0, ran.out
    assert "The same" in ran.out


def test_standard_output_is_made_again_too(desk: Desk) -> None:
    manifest = desk.folder / "manifest.json"
    assert desk.run("audit", *where(desk), "--manifest", str(manifest)).code == 0
    assert verify(desk, manifest).code == 0
    text = manifest.read_text().replace(held(manifest)["outputs"][0]["sha256"], "0" * 64)
    manifest.write_text(text)
    ran = verify(desk, manifest)
    assert ran.code == 1
    assert "standard output" in ran.out


def test_with_a_sheet_of_the_sample(desk: Desk) -> None:
    sheet = ("--sheet", str(desk.folder / "sheet.csv"))
    manifest = made(desk, "sample", "--size", "1", "--seed", "x", *sheet)
    before = (desk.folder / "sheet.csv").stat().st_mtime_ns
    assert {Path(each["name"]).name for each in held(manifest)["outputs"]} == {
        "sheet.csv",
        "out.json",
    }
    assert verify(desk, manifest).code == 0
    assert (desk.folder / "sheet.csv").stat().st_mtime_ns == before


def test_it_says_which_input_has_changed_and_what_follows(desk: Desk) -> None:
    manifest = made(desk)
    desk.cases.write_text(desk.cases.read_text().replace('"2026-01-08"', '"2026-01-09"', 1))
    ran = verify(desk, manifest)
    assert ran.code == 1
    assert f"differs: {desk.cases}" in ran.out
    assert "differs: counts: A-01" in ran.out
    said = json.loads(verify(desk, manifest, "--format", "json").out)
    assert not said["same"]
    assert {each["what"] for each in said["differences"]} >= {"cases sha256", "out.json"}


def test_it_says_that_a_rule_or_a_setting_has_changed(desk: Desk) -> None:
    manifest = made(desk)
    file = desk.rules / "orders.policy"
    file.write_text(file.read_text().replace("rights_window is 7 days", "rights_window is 8 days"))
    said = verify(desk, manifest).out
    assert "differs: settings: rights_window" in said
    assert "orders.policy" in said


def test_it_says_that_a_report_was_changed_or_has_gone(desk: Desk) -> None:
    manifest = made(desk)
    out = desk.folder / "out.json"
    out.write_text(out.read_text().replace("breached", "met"))
    assert f"differs: {out}: its content is not what it was" in verify(desk, manifest).out
    out.unlink()
    ran = verify(desk, manifest, "--no-run")
    assert ran.code == 1
    assert f"differs: {out}: it is not there" in ran.out


def test_a_count_that_somebody_bettered_is_found(desk: Desk) -> None:
    manifest = made(desk)
    text = manifest.read_text().replace('"met": 1, "met_late": 1', '"met": 9, "met_late": 1')
    manifest.write_text(text)
    assert "differs: counts: A-01" in verify(desk, manifest).out


def test_pseudonyms_of_one_run_cannot_be_made_again(desk: Desk) -> None:
    ran = verify(desk, made(desk, "audit", "--view", "share"))
    assert ran.code == 1
    assert "the pseudonyms' key" in ran.out


def test_another_key_is_told_from_the_key(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRUSTPOLICY_KEY", "a key that nobody guesses")
    manifest = made(desk, "audit", "--view", "share")
    assert verify(desk, manifest).code == 0
    monkeypatch.setenv("TRUSTPOLICY_KEY", "another that nobody guesses")
    assert "differs: pseudonym key" in verify(desk, manifest).out


@pytest.mark.parametrize(
    "text",
    ["", "{}", "[]", '{"manifest_version": 2}', '{"manifest_version": 1}', "\x00", "{" * 5000],
)
def test_what_is_no_manifest_is_told(desk: Desk, text: str) -> None:
    path = desk.folder / "m.json"
    path.write_text(text)
    ran = verify(desk, path)
    assert (ran.code, ran.out) == (3, "")
    assert "Traceback" not in ran.err


@pytest.mark.parametrize(
    "words",
    [
        ["fmt", "rules"],
        ["audit", "-o", "stolen"],
        ["audit", "-qostolen"],
        ["audit", "--output=stolen"],
        ["audit", "--manifest", "stolen"],
        ["sample", "--sheet", "stolen"],
        ["sample", "--sheet=stolen"],
        ["verify", "m.json"],
        [],
        [1],
    ],
)
def test_a_manifest_from_a_stranger_writes_nothing(
    desk: Desk, words: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    manifest = made(desk)
    changed = held(manifest) | {"command": words}
    manifest.write_text(json.dumps(changed))
    monkeypatch.chdir(desk.folder)
    before = sorted(desk.folder.rglob("*"))
    assert verify(desk, manifest).code == 3
    assert sorted(desk.folder.rglob("*")) == before


def test_where_the_run_cannot_be_made_again_it_says_so(desk: Desk) -> None:
    manifest = made(desk)
    desk.cases.unlink()
    ran = verify(desk, manifest)
    assert ran.code == 3
    assert "cannot be made again" in ran.err


# --- the same bytes ----------------------------------------------------------------------------

WRITERS = {
    "json": ("audit", "--show", "all"),
    "jsonl": ("audit",),
    "csv": ("audit",),
    "md": ("audit",),
    "xml": ("audit",),
    "txt": ("audit", "--limit", "0"),
    "xlsx": ("worklist", "--due-within", "14", "days"),
    "html": ("report", "--periods", "2"),
}


def test_the_same_bytes_whatever_the_order_the_seed_of_hashes_and_the_locale(desk: Desk) -> None:
    """Each writer, in a process of its own, under another seed, locale, zone and order of rows."""
    lines = desk.cases.read_text().splitlines(keepends=True)
    other = desk.folder / "other.jsonl"
    other.write_text("".join(reversed([_turned(line) for line in lines])))
    ones = _all_writers(desk, desk.cases, "0", "C", "UTC")
    twos = _all_writers(desk, other, "4711", "tr_TR.UTF-8", "Asia/Kathmandu")
    for suffix in WRITERS:
        assert ones[suffix] == twos[suffix], suffix


def _turned(line: str) -> str:
    """The same case, its keys and its records the other way about."""
    case = json.loads(line)
    turned = {
        key: list(reversed(value)) if isinstance(value, list) else value
        for key, value in reversed(case.items())
    }
    return json.dumps(turned) + "\n"


def _all_writers(desk: Desk, cases: Path, seed: str, locale: str, zone: str) -> dict[str, bytes]:
    folder = desk.folder / f"seed-{seed}"
    folder.mkdir()
    runs = [
        [
            verb,
            str(desk.rules),
            "--cases",
            "cases.jsonl",
            "--as-at",
            "2026-02-01",
            "-q",
            *words,
            "-o",
            f"out.{suffix}",
        ]
        for suffix, (verb, *words) in WRITERS.items()
    ]
    (folder / "cases.jsonl").write_bytes(cases.read_bytes())
    code = (
        "import json, sys\nfrom policyengine.commands.main import main\n"
        "for words in json.loads(sys.argv[1]):\n    assert main(words) == 0, words\n"
    )
    env = {"PYTHONHASHSEED": seed, "LC_ALL": locale, "LANG": locale, "TZ": zone, "COLUMNS": "200"}
    subprocess.run(
        [sys.executable, "-c", code, json.dumps(runs)],
        cwd=folder,
        env={**os.environ, **env, "PYTHONPATH": str(ROOT)},
        check=True,
        timeout=60,
    )
    return {suffix: (folder / f"out.{suffix}").read_bytes() for suffix in WRITERS}
