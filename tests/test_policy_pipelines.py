"""What authors' repositories run: the GitHub action, the GitLab job, the hooks before a commit;
each driven by a repository with real commits."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from policyengine.source import SourceFile
from policyengine.tooling.fmt import format_source
from tests.commands_desk import RULES, SCHEMA

ROOT = Path(__file__).resolve().parents[1]
TOOLS = Path(sys.executable).parent
ACTION: dict[str, Any] = yaml.safe_load((ROOT / "action.yml").read_text())
GITLAB: dict[str, Any] = yaml.safe_load((ROOT / "ci/gitlab.yml").read_text())
HOOKS: list[dict[str, Any]] = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())
LAID_OUT = format_source(SourceFile("orders.policy", RULES)).text
STRICTER = ("rights_window is 7 days", "rights_window is 5 days")


@dataclass(frozen=True, slots=True)
class Ran:
    """What a job came to."""

    code: int
    said: str
    summary: str


class Repository:
    """A Trust's repository, with rules on `main` and a change on a branch."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "trust"
        (self.folder / "rules").mkdir(parents=True)
        self.file = self.folder / "rules" / "orders.policy"
        self.file.write_text(LAID_OUT)
        (self.folder / "rules" / "schema.yaml").write_text(SCHEMA)
        self.temp = folder / "temp"
        (self.temp / "policy").mkdir(parents=True)
        (self.temp / "policy" / "bin").symlink_to(TOOLS)
        self.git("init", "-q", "-b", "main")
        self.commit("The rules")
        self.base = self.git("rev-parse", "HEAD").strip()
        self.git("checkout", "-q", "-b", "change")

    def git(self, *words: str) -> str:
        who = ("-c", "user.name=Author", "-c", "user.email=author@example.org")
        ran = subprocess.run(
            ["git", *who, *words], cwd=self.folder, check=True, capture_output=True, text=True,
            env=self.environment(),
        )  # fmt: skip
        return ran.stdout

    def commit(self, message: str) -> None:
        self.git("add", "-A")
        self.git("commit", "-q", "-m", message)

    def change(self, old: str, new: str) -> None:
        text = self.file.read_text()
        assert old in text
        self.file.write_text(text.replace(old, new))
        self.commit("A change")

    def environment(self, more: Mapping[str, str] | None = None) -> dict[str, str]:
        kept = {key: value for key, value in os.environ.items() if not key.startswith("GITHUB")}
        kept["PATH"] = f"{TOOLS}:{kept['PATH']}"
        return {**kept, "CI": "true", **(more or {})}

    def shell(self, command: str, more: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["bash", "-e", "-o", "pipefail", "-c", command], cwd=self.folder, check=False,
            capture_output=True, text=True, env=self.environment(more),
        )  # fmt: skip


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    return Repository(tmp_path)


# --- the GitHub action -------------------------------------------------------------------------


def acted(repository: Repository, **inputs: str) -> Ran:
    """The action's own steps, as a runner runs them; what it installs is there already."""
    given = {name: str(each.get("default", "")) for name, each in ACTION["inputs"].items()}
    given |= {"base": repository.base, **{k.replace("_", "-"): v for k, v in inputs.items()}}
    *_, check = ACTION["runs"]["steps"]
    environment = {"GITHUB_ACTIONS": "true", "GITHUB_ACTION_PATH": str(ROOT)}
    environment |= {"RUNNER_TEMP": str(repository.temp)}
    environment["GITHUB_STEP_SUMMARY"] = str(repository.temp / "summary.md")
    for name, value in check["env"].items():
        found = re.fullmatch(r"\$\{\{ inputs\.([\w-]+) \}\}", value)
        environment[name] = given[found[1]] if found else value
    ran = repository.shell(check["run"], environment)
    summary = repository.temp / "summary.md"
    said = summary.read_text() if summary.exists() else ""
    return Ran(ran.returncode, ran.stdout + ran.stderr, said)


def test_a_change_that_is_sound_passes_and_is_summed_up(repository: Repository) -> None:
    repository.change(*STRICTER)
    repository.change("met, deadline 2026-01-08", "met late")
    ran = acted(repository, cases="")
    assert ran.code == 0, ran.said
    assert "rights window" in ran.summary
    assert "stricter" in ran.summary
    assert (repository.folder / "policy-out" / "check.sarif").is_file()


@pytest.mark.parametrize(
    ("edit", "inputs", "code", "said"),
    [
        (STRICTER, {"fail_on": "stricter"}, 1, "--fail-on stricter"),
        (STRICTER, {"fail_on": "looser"}, 0, ""),
        (("is 7 days", "is 9 days"), {"fail_on": "stricter, looser"}, 1, "--fail-on looser"),
        (("  expect breached", "  expect met"), {}, 1, ""),
        (("must have a rights_", "must have a right_"), {}, 3, "did you mean"),
        (("rule A-02", "rule   A-02"), {}, 1, "layout"),
        (("  severity low", "  severity low"), {"min_coverage": "100"}, 1, "coverage"),
        (("  severity low", "  severity low"), {"min_killed": "100"}, 1, "changes that examples"),
        (("  severity low", "  severity low"), {"base": "nothing"}, 2, "nothing"),
    ],
    ids=["stricter", "not looser", "looser", "an example", "a mistake", "layout", "coverage",
         "mutation", "an unknown base"],
)  # fmt: skip
def test_each_gate_of_the_action(
    repository: Repository, edit: tuple[str, str], inputs: dict[str, str], code: int, said: str
) -> None:
    if edit[0] != edit[1]:
        repository.change(*edit)
    if edit == STRICTER or edit[0] == "is 7 days":  # the examples are for seven days: drop theirs
        text = repository.file.read_text()
        repository.file.write_text(text[: text.index('example "in time"')]
                                   + text[text.index('example "not at all"'):])  # fmt: skip
        repository.commit("Fewer examples")
    ran = acted(repository, cases="", **inputs)
    assert ran.code == code, ran.said
    assert said in ran.said
    assert ran.summary  # whatever came of it


def test_an_input_is_no_command(repository: Repository, tmp_path: Path) -> None:
    """What a pull request names is a word and never run."""
    there = tmp_path / "ran"
    ran = acted(repository, cases="", base=f"$(touch {there})", fail_on=f"`touch {there}`")
    assert ran.code == 2
    assert not there.exists()


def test_the_whole_of_it_on_the_shipped_rules(repository: Repository) -> None:
    """The sample case load is of the shipped rules: a window of five days moves verdicts in it."""
    shutil.rmtree(repository.folder / "rules")
    shutil.copytree(ROOT / "rules", repository.folder / "rules")
    repository.commit("The pack")
    repository.base = repository.git("rev-parse", "HEAD").strip()
    repository.file = repository.folder / "rules/community_treatment_orders/rights.policy"
    repository.change("setting rights_window is 7 days", "setting rights_window is 6 days")
    script = f"{ROOT}/ci/check-policy"
    text = Path(script).read_text()
    assert 'words=(diff "$POLICY_BASE" "$rules" --format md)' in text
    ran = repository.shell(f"trustpolicy diff {repository.base} rules --format md --demo -q", {})
    assert ran.returncode == 0, ran.stderr
    assert "What" in ran.stdout or "Policy" in ran.stdout
    assert "met → met late" in ran.stdout


# --- the GitLab job ----------------------------------------------------------------------------


def test_the_job_runs_the_same_script(repository: Repository) -> None:
    repository.change("  severity low", "  severity medium")
    job = GITLAB["policy"]
    install, check = job["script"]
    assert install == 'pip install --quiet "$POLICY_ENGINE"'
    variables = {name: str(value) for name, value in job["variables"].items()}
    variables |= {"POLICY_BASE": repository.base, "POLICY_CASES": ""}
    ran = repository.shell(check, variables)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    out = repository.folder / "policy-out"
    named = [*job["artifacts"]["reports"].values(), "policy-out/summary.md"]
    for name in named:
        assert (repository.folder / name).is_file(), name
    assert "severity medium" in (out / "summary.md").read_text()


# --- before a commit ---------------------------------------------------------------------------


@pytest.fixture
def hooked(repository: Repository) -> Repository:
    """With our hooks installed, in the tools that are here."""
    subprocess.run(
        [str(TOOLS / "pre-commit"), "validate-manifest", str(ROOT / ".pre-commit-hooks.yaml")],
        check=True,
    )
    kept = ("id", "name", "entry", "args", "files", "pass_filenames")
    local = [{**{key: hook[key] for key in kept if key in hook}, "language": "system"}
             for hook in HOOKS]  # fmt: skip
    config = {"repos": [{"repo": "local", "hooks": local}]}
    (repository.folder / ".pre-commit-config.yaml").write_text(yaml.safe_dump(config))
    ran = repository.shell("git add -A && pre-commit install", {})
    assert ran.returncode == 0, ran.stderr
    return repository


def committed(repository: Repository, text: str) -> subprocess.CompletedProcess[str]:
    repository.file.write_text(text)
    who = "-c user.name=Author -c user.email=author@example.org"
    return repository.shell(f"git add -A && git {who} commit -m change", {})


def test_a_sound_change_is_committed(hooked: Repository) -> None:
    ran = committed(hooked, LAID_OUT.replace("severity low", "severity medium"))
    assert ran.returncode == 0, ran.stdout + ran.stderr


@pytest.mark.parametrize(
    ("edit", "hook"),
    [
        (("rule A-02", "rule    A-02"), "lay rule files out"),
        (("must have a rights_", "must have a right_"), "check the rules"),
        (("  expect breached", "  expect met"), "run the rules' examples"),
    ],
)
def test_a_change_that_is_not_is_stopped(
    hooked: Repository, edit: tuple[str, str], hook: str
) -> None:
    before = hooked.git("rev-parse", "HEAD")
    ran = committed(hooked, LAID_OUT.replace(*edit))
    assert ran.returncode != 0
    failed = [line for line in (ran.stdout + ran.stderr).splitlines() if "Failed" in line]
    assert any(hook in line for line in failed), ran.stdout + ran.stderr
    assert hooked.git("rev-parse", "HEAD") == before
