"""The command line as a whole: help, unknown verbs, how a run ends."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from policyengine.commands import audit
from policyengine.commands.main import VERBS, main
from policyengine.commands.rule_set import words_of

ROOT = Path(__file__).resolve().parents[1]
HEAVY = ("rich", "lark", "yaml", "rapidfuzz", "re2", "holidays", "duckdb")


@pytest.mark.parametrize("words", [["--help"], [], *([verb, "--help"] for verb in VERBS)])
def test_help_is_given_and_needs_nothing_heavy(words: list[str]) -> None:
    program = (
        "import sys; from policyengine.commands.main import main; code = main(sys.argv[1:]);"
        f"heavy = set(sys.modules) & set({HEAVY!r});"
        "sys.exit(code or (f'loaded {heavy}' if heavy else 0))"
    )
    ran = subprocess.run(
        [sys.executable, "-c", program, *words],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (ran.returncode, ran.stderr) == (0, "")
    assert "trustpolicy" in ran.stdout


def test_every_verb_says_what_it_does(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--help"]) == 0
    said = capsys.readouterr().out
    assert all(f"    {verb}" in said for verb in VERBS)


@pytest.mark.parametrize(
    ("words", "meant"),
    [
        (["audti"], "audit"),
        (["schemas"], "schema"),
        (["formt"], "fmt"),
        (["dem"], "demo"),
        (["simulate"], None),  # a verb of a later version
        (["--verson"], "--version"),
    ],
)
def test_what_there_is_not_is_told_with_what_there_is(
    words: list[str], meant: str | None, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(words) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert (f"did you mean `{meant}`?" if meant else "there is: audit") in said.err


def test_the_version_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--version"]) == 0
    assert capsys.readouterr().out.startswith("trustpolicy 0.")


def test_a_bug_says_where_and_no_value(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(_: object) -> int:
        name = "Somebody's name"
        raise KeyError(name)

    monkeypatch.setattr(audit, "run", broken)
    assert main(["audit"]) == 70
    said = capsys.readouterr()
    assert "bug in the program: KeyError" in said.err
    assert "test_commands_main.py" in said.err
    assert "Somebody" not in said.out + said.err


def test_an_interrupted_run_ends_with_130(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupted(_: object) -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr(audit, "run", interrupted)
    assert main(["audit"]) == 130
    assert "Traceback" not in capsys.readouterr().err


def run_quietly(*words: str, **more: object) -> "subprocess.Popen[bytes]":
    return subprocess.Popen(
        [sys.executable, "-m", "policyengine", *words],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        **more,  # type: ignore[call-overload]
    )


@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_a_reader_that_goes_away_ends_it_with_141_and_no_traceback(unbuffered: str) -> None:
    environment = {**os.environ, "PYTHONUNBUFFERED": unbuffered}
    process = run_quietly("demo", "--format", "json", "-q", env=environment)
    assert process.stdout is not None and process.stderr is not None
    process.stdout.read(10)
    process.stdout.close()
    assert process.wait(60) == 141
    assert process.stderr.read() == b""


def test_an_interrupt_from_the_keyboard_ends_it_with_130() -> None:
    reading, writing = os.pipe()
    process = run_quietly("eval", "-", stdin=reading)
    os.close(reading)
    os.write(writing, b"1 + 1\n")
    assert process.stderr is not None
    time.sleep(3)
    process.send_signal(signal.SIGINT)
    assert process.wait(60) == 130
    os.close(writing)
    assert b"Traceback" not in process.stderr.read()


def test_a_terminal_that_cannot_carry_a_character_gets_plain_shapes() -> None:
    ran = subprocess.run(
        [sys.executable, "-m", "policyengine", "demo", "--format", "text"],
        cwd=ROOT,
        env={**os.environ, "PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"},
        capture_output=True,
        check=False,
    )
    assert ran.returncode == 0
    assert ran.stdout.isascii()
    assert b"\\u25" not in ran.stdout  # no shape or line is written out as an escape
    assert b"Policy audit ====" in ran.stdout


def test_rules_and_tags_may_come_with_commas_or_again() -> None:
    assert words_of(["A, B", "C"]) == {"A", "B", "C"}
    assert words_of(None) == set()
