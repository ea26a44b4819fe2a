"""The grammar is free of conflicts, all of it is built, and its tables are kept with care."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from policyengine.kept import read_kept
from policyengine.syntax import grammar
from policyengine.syntax.builder import TreeBuilder
from policyengine.syntax.reader import Reader

ROOT = Path(__file__).parents[1]


def test_no_conflict_and_no_collision() -> None:
    lark = grammar.build(strict=True)
    assert {rule.origin.name for rule in lark.rules} >= {"start", "rule", "logic"}


def test_every_alternative_has_its_method() -> None:
    """What has none would come out as a nameless tree, with what was in it."""
    lark = grammar.build()
    names = {rule.alias or rule.origin.name for rule in lark.rules}
    inlined = {rule.origin.name for rule in lark.rules if rule.options.expand1 and not rule.alias}
    wanted = {str(name) for name in names - inlined if not name.startswith("_")}
    missing = {name for name in wanted if not callable(getattr(TreeBuilder, name, None))}
    assert missing == set()


def test_no_pattern_can_be_made_to_try_again_and_again() -> None:
    """A repetition within a repetition takes exponential time on the wrong text."""
    text = grammar.grammar_text()
    patterns = re.findall(r"^[A-Z_]+: /(.*)/$", text, re.MULTILINE)
    assert len(patterns) >= 12
    for pattern in patterns:
        for group in re.findall(r"\((?:\?:)?([^()]*)\)[*+]", pattern):
            branches = group.split("|")
            # Each turn begins with a character that the turn before cannot have ended with.
            assert all(branch[:1] in ("\\", "[", "#", "-") for branch in branches), pattern


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    return tmp_path


def kept(home: Path) -> list[Path]:
    return sorted(home.rglob("grammar-*.json"))


def test_tables_are_kept_and_read_back(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Reader()
    (file,) = kept(home)
    assert file.stat().st_mode & 0o077 == 0
    assert file.parent.stat().st_mode & 0o077 == 0
    monkeypatch.setattr(grammar, "build", lambda: pytest.fail("they were made again"))
    Reader()
    assert list(home.rglob("*")) == [file.parent, file]


@pytest.mark.parametrize(
    "damage",
    [
        lambda data: b"",
        lambda data: data[: len(data) // 2],
        lambda data: data.replace(b'"states"', b'"stapes"', 1),
        lambda data: data[:-3] + bytes([data[-3] ^ 1]) + data[-2:],
        lambda data: b"\x00" * 100,
        lambda data: data.partition(b"\n")[2],
    ],
)
def test_damaged_tables_are_made_again(home: Path, damage: object) -> None:
    Reader()
    (file,) = kept(home)
    file.write_bytes(damage(file.read_bytes()))  # type: ignore[operator]
    assert read_kept(file.name) is None
    Reader()
    assert read_kept(file.name) is not None


def test_a_home_that_cannot_be_written_to_is_no_fault(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("not a folder")
    monkeypatch.setenv("XDG_CACHE_HOME", str(blocked))
    Reader()
    assert blocked.read_text() == "not a folder"


def test_no_home_at_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", "not/absolute")

    def homeless() -> Path:
        raise RuntimeError

    monkeypatch.setattr(Path, "home", homeless)
    Reader()


def test_kept_tables_hold_no_code(home: Path) -> None:
    """JSON and a digest: reading it back runs nothing."""
    Reader()
    (file,) = kept(home)
    digest, _, body = file.read_bytes().partition(b"\n")
    assert len(digest) == 64
    assert set(json.loads(body)) == {"data", "memo"}


def test_another_grammar_has_another_file(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Reader()
    monkeypatch.setattr(grammar, "_FORMAT", "another")
    Reader()
    assert len(kept(home)) == 2


def test_the_package_is_imported_without_lark() -> None:
    program = "import sys, policyengine.syntax; print([m for m in sys.modules if 'lark' in m])"
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"
