"""new rule, completions, and eval as a dialogue."""

import os
import pty
import subprocess
import sys
import time
from pathlib import Path

import pytest

from policyengine.commands.eval_repl import completions
from policyengine.commands.main import VERBS
from policyengine.policy.settle import settle
from policyengine.schema import Schema, load_schema
from policyengine.schema.bank_holidays import calendar_of
from policyengine.shipped import shipped
from policyengine.source import SourceFile
from policyengine.starting.rule_draft import NoDraftError, Wish, rule_draft
from policyengine.syntax import parse_file
from policyengine.tooling.examples import run_plan
from policyengine.tooling.fmt import format_source
from policyengine.values.durations import Duration, Unit
from tests.commands_desk import Desk

ROOT = Path(__file__).parents[1]


@pytest.fixture
def desk(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Desk:
    monkeypatch.delenv("CI", raising=False)
    return Desk(tmp_path, capsys)


@pytest.fixture(scope="module")
def schema() -> Schema:
    found, faults = load_schema(shipped("rules") / "schema.yaml")
    assert found is not None and not faults
    return found


# --- new rule ----------------------------------------------------------------------------------

LENGTHS = (
    Duration(7, Unit.DAY),
    Duration(1, Unit.MONTH),
    Duration(5, Unit.WORKING_DAY),
    Duration(24, Unit.HOUR),
)


@pytest.mark.parametrize("length", LENGTHS, ids=str)
def test_every_draft_checks_and_its_examples_hold(schema: Schema, length: Duration) -> None:
    """Whatever it watches, whatever it asks for: the draft checks without a word, and its
    examples come out."""
    drafted = 0
    kinds = list(schema.kinds.values())
    needs = [each for each in kinds if each.name != "case"]
    for place, subject in enumerate(kinds):
        for needed in (needs[place % len(needs)], needs[(place * 7 + 3) % len(needs)]):
            try:
                text = rule_draft(
                    Wish("X-1", subject, needed, length, "a_window"), calendar_of(schema)
                )
            except NoDraftError:
                continue
            drafted += 1
            file, faults = parse_file(SourceFile("x.policy", text))
            plan, more = settle([file], schema)
            assert plan is not None and not [*faults, *more], (subject.name, needed.name)
            failed = [each for each in run_plan(plan) if not each.passed]
            assert not failed, (subject.name, needed.name, failed)
    assert drafted > (0 if length.unit is Unit.HOUR else 60)


def test_a_draft_is_laid_out_and_shows_both_sides_of_the_deadline(desk: Desk) -> None:
    ran = desk.run(
        "new", "rule", "B-01", str(desk.rules), "--for", "cto", "--needs", "leaflet",
        "--within", "5 working days",
    )  # fmt: skip
    assert (ran.code, ran.err) == (0, "")
    assert format_source(SourceFile("b.policy", ran.out)).text == ran.out
    # From Monday 5 January 2026 five working days are Monday 12 January.
    assert "given leaflet: sent_on 2026-01-12\n  expect met, deadline 2026-01-12" in ran.out
    assert "given leaflet: sent_on 2026-01-13\n  expect met late" in ran.out
    assert "as at 2026-01-12\n  given cto: started_on 2026-01-05\n  expect not yet due" in ran.out


def test_a_rule_is_added_to_a_file_and_all_of_it_checks(desk: Desk) -> None:
    file = desk.rules / "orders.policy"
    before = file.read_text()
    words = ("--for", "cto", "--needs", "leaflet", "--into", str(file))
    assert desk.run("new", "rule", "A-03", str(desk.rules), *words).code == 0
    assert desk.run("new", "rule", "A-04", str(desk.rules), *words).code == 0
    assert file.read_text().startswith(before)
    assert file.read_text().count('policy "') == 1
    assert "leaflet_window_2" in file.read_text()  # the name of the first is taken
    assert desk.run("test", str(desk.rules)).code == 0


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("rule", "A-01", "--needs", "leaflet"), "the next that is free: A-03"),
        (("rule", "cto 7", "--needs", "leaflet"), "did you mean `CTO-7`?"),
        (("rule", "B-1"), "--needs is missing"),
        (("rule", "B-1", "--needs", "leaflt"), "did you mean `leaflet`?"),
        (("rule", "B-1", "--needs", "case"), "a case is none"),
        (("rule", "B-1", "--for", "ctoo", "--needs", "leaflet"), "did you mean `cto`?"),
        (("rule", "B-1", "--for", "leaflet", "--needs", "leaflet"), "name two kinds"),
        (("rule", "B-1", "--needs", "leaflet", "--within", "soon"), "no length of time"),
        (("rule", "B-1", "--needs", "leaflet", "--within", "0 days"), "no length of time"),
        (("rule", "B-1", "--needs", "leaflet", "--within", "24 hours"), "say days"),
        (
            ("rule", "B-1", "--for", "cto", "--needs", "leaflet", "--within", "24 hours"),
            "only between times",
        ),
        (("policy", "B-1"), "cannot be made new"),
    ],
)
def test_what_cannot_be_drafted_is_a_wrong_command(
    desk: Desk, words: tuple[str, ...], said: str
) -> None:
    ran = desk.run("new", *words[:2], str(desk.rules), *words[2:])
    assert ran.code == 2
    assert said in ran.err
    assert ran.out == ""


def test_no_file_is_written_over(desk: Desk, tmp_path: Path) -> None:
    there = tmp_path / "mine.policy"
    there.write_text("mine")
    ran = desk.run("new", "rule", "B-1", "--needs", "leaflet", "-o", str(there))
    assert (ran.code, there.read_text()) == (2, "mine")


# --- completions -------------------------------------------------------------------------------


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish", "tcsh"])
def test_completions_know_every_verb_and_its_flags(desk: Desk, shell: str) -> None:
    ran = desk.run("completions", shell)
    assert ran.code == 0
    for word in (*VERBS, "known-by", "fail-on"):
        assert word in ran.out


def test_bash_finishes_verbs_and_flags(desk: Desk, tmp_path: Path) -> None:
    script = tmp_path / "completions.bash"
    script.write_text(desk.run("completions", "bash").out)
    asked = """
    source "$1"; shift
    COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); COMP_LINE="$*"; COMP_POINT=${#COMP_LINE}
    $(complete -p trustpolicy | sed 's/.*-F \\([^ ]*\\) .*/\\1/') trustpolicy "${COMP_WORDS[-1]}"
    printf '%s\\n' "${COMPREPLY[@]}"
    """

    def offered(*words: str) -> list[str]:
        ran = subprocess.run(
            ["bash", "-c", asked, "bash", str(script), "trustpolicy", *words],
            capture_output=True, text=True, check=True,
        )  # fmt: skip
        return [line.strip() for line in ran.stdout.splitlines()]

    assert offered("wor") == ["worklist"]
    assert "--known-by" in offered("audit", "--kn")


def test_completions_for_a_shell_that_there_is_not(desk: Desk) -> None:
    ran = desk.run("completions", "fsh")
    assert ran.code == 2
    assert "did you mean `fish`?" in ran.err


# --- eval as a dialogue ------------------------------------------------------------------------


def dialogue(*typed: str, words: tuple[str, ...] = ()) -> str:
    """What a terminal shows when these lines are typed into `eval`."""
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        [sys.executable, str(ROOT / "cli.py"), "eval", *words],
        stdin=theirs, stdout=theirs, stderr=theirs, close_fds=True,
    ) as process:  # fmt: skip
        os.close(theirs)
        shown = _until(ours, b"> ")
        for line in typed:
            os.write(ours, line.encode())
            shown += _until(ours, b"> ") if line.endswith("\n") else b""
        os.write(ours, b"\x04")
        assert process.wait(20) == 0
    os.close(ours)
    return shown.decode()


def _until(descriptor: int, mark: bytes) -> bytes:
    import select

    seen = b""
    end = time.monotonic() + 20
    while not seen.endswith(mark):
        ready, _, _ = select.select([descriptor], [], [], end - time.monotonic())
        assert ready, seen
        seen += os.read(descriptor, 4096)
    return seen


def test_a_dialogue_goes_on_after_a_mistake() -> None:
    shown = dialogue("2 + 2\n", "2026-01-01 +\n", "as_at + 7 days\n", ":as-at 2026-01-01\n",
                     "as_at + 7 days\n", ":nothing\n", ":as-at 2026-02-30\n")  # fmt: skip
    values = shown.split("\r\n")
    assert "4" in values
    assert "2026-01-08" in values
    assert "--as-at says no date" in shown
    assert shown.count("error: ") == 4


def test_tab_completes_names_and_fields() -> None:
    shown = dialogue("cto.started\t is recorded\n")
    assert "cto.started_on is recorded" in shown


def test_what_tab_offers(schema: Schema) -> None:
    assert completions(schema, ":f") == [":fields"]
    assert "cto" in completions(schema, "ct")
    assert "cto.started_on" in completions(schema, "cto.st")
    assert completions(schema, "nothing.") == []
    assert completions(schema, "case.nothing.at_all.") == []


def test_without_a_terminal_an_expression_is_asked_for(desk: Desk) -> None:
    assert desk.run("eval").code == 2
