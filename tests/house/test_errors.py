"""Every message has a code; every code has a page, and a smallest file that earns it."""

import re
from pathlib import Path

import pytest

from policyengine.commands.main import main
from policyengine.diagnostics import codes
from tests.house.tree import ROOT

PAGES = ROOT / "docs" / "errors.md"
REJECTED = ROOT / "tests" / "rejected"
SUFFIXES = (".policy", ".policy.md")

# These are earned by a schema, an export, waivers or a configuration, by a layout, or on a day, so a test of
# their own names them.
NOT_OF_RULE_FILES = {
    *codes.FILES,
    *codes.SCHEMA,
    *codes.CASES,
    *codes.LAYOUT,
    *codes.WAIVERS,
    *codes.PACKS,
    "LNT005",
}

MESSAGE = re.compile(r"^[^\n]*?:\d+:\d+: (?:error|warning|note|hint) ([A-Z]+\d+)\b", re.MULTILINE)


def rejected_files() -> list[Path]:
    return sorted(path for path in REJECTED.glob("*") if path.name.endswith(SUFFIXES))


def code_of(path: Path) -> str:
    return re.split(r"[._]", path.name)[0]


def sections() -> list[str]:
    return re.findall(r"^## ([A-Z]+\d+)\b", PAGES.read_text("utf-8"), re.MULTILINE)


def test_no_code_stands_twice() -> None:
    groups = [codes.SYNTAX, codes.FILES, codes.SCHEMA, codes.NAMES, codes.TYPES, codes.CASES]
    groups += [codes.LINTS, codes.LAYOUT, codes.WAIVERS, codes.PACKS]
    assert sum(map(len, groups)) == len(codes.CODES) > 0


def test_every_code_has_its_section_in_the_pages_and_no_section_is_left_over() -> None:
    assert sorted(sections()) == sorted(codes.CODES)


def test_every_code_of_rule_files_has_a_smallest_rejected_file() -> None:
    earned = {code_of(path) for path in rejected_files()}
    assert sorted(codes.CODES.keys() - NOT_OF_RULE_FILES - earned) == []


def test_every_other_code_is_named_by_a_test() -> None:
    tests = "\n".join(path.read_text("utf-8") for path in (ROOT / "tests").rglob("*.py"))
    named = {code_of(path) for path in rejected_files()} | set(re.findall(r"\b[A-Z]+\d+\b", tests))
    assert sorted(NOT_OF_RULE_FILES - named) == []


def test_every_rejected_file_is_for_a_code_that_exists() -> None:
    assert [path.name for path in rejected_files() if code_of(path) not in codes.CODES] == []


@pytest.mark.parametrize("path", rejected_files(), ids=lambda path: path.name)
def test_a_rejected_file_earns_its_code_first(
    path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code = main(["check", str(path)])
    said = capsys.readouterr()
    first = MESSAGE.search(said.err) or MESSAGE.search(said.out)
    assert first is not None, said.err + said.out
    assert first.group(1) == code_of(path)
    if code_of(path) not in codes.LINTS:
        assert code == 3
