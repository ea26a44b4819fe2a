"""What may reach a terminal, and what a written file may look like."""

import os
import stat
from pathlib import Path
from unicodedata import category

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policyengine.report.atomic_write import write_whole
from policyengine.report.safe_text import safe_text


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("Northfields CMHT", "Northfields CMHT"),
        ("Zoë Ó Briain — 阿部", "Zoë Ó Briain — 阿部"),
        ("[/] [link=x] :smile: [redacted]", "[/] [link=x] :smile: [redacted]"),
        ("\x1b[31mred", "\\x1b[31mred"),
        ("\x1b]8;;http://x\x07here", "\\x1b]8;;http://x\\x07here"),
        ("\x9b31m", "\\x9b31m"),
        ("a\u202eb", "a\\u202eb"),
        ("a\u200bb\ufeff", "a\\u200bb\\ufeff"),
        ("a\u2066b", "a\\u2066b"),
        ("one\r\ntwo\tthree\u2028four", "one  two three four"),
        ("half \ud83d", "half \\ud83d"),
        ("\U000e0041", "\\U000e0041"),
        ("\x7f", "\\x7f"),
        ("न\u200dक", "न\u200dक"),
        ("", ""),
    ],
)
def test_a_value_is_shown_without_anything_that_a_terminal_obeys(value: str, shown: str) -> None:
    assert safe_text(value) == shown


@given(st.text())
def test_nothing_that_acts_is_left_in_any_text(value: str) -> None:
    left = {char for char in safe_text(value) if category(char)[0] == "C" or char in "\u2028\u2029"}
    assert left <= {"\u200c", "\u200d"}


@given(st.text())
def test_making_a_text_safe_twice_changes_nothing(value: str) -> None:
    assert safe_text(safe_text(value)) == safe_text(value)


def test_a_written_file_is_whole_and_its_owners_alone(tmp_path: Path) -> None:
    target = tmp_path / "report.json"
    target.write_bytes(b"old")
    write_whole(target, b"new and longer")
    assert target.read_bytes() == b"new and longer"
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["report.json"]


def test_a_write_that_fails_changes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "report.json"
    target.write_bytes(b"old")

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        write_whole(target, b"new")
    assert target.read_bytes() == b"old"
    assert [path.name for path in tmp_path.iterdir()] == ["report.json"]


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "link.txt").symlink_to(tmp_path / "real.txt")
    write_whole(tmp_path / "link.txt", b"x")
    assert (tmp_path / "link.txt").is_symlink()
    assert (tmp_path / "real.txt").read_bytes() == b"x"


def test_a_folder_is_not_written_over(tmp_path: Path) -> None:
    with pytest.raises(IsADirectoryError):
        write_whole(tmp_path, b"x")


def test_a_device_is_written_to_as_it_stands() -> None:
    write_whole(Path(os.devnull), b"x")
    assert not Path(os.devnull).is_file()
