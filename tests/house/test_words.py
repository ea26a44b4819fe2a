"""House rules on words: the repository speaks of itself alone, and of nobody who lives."""

import re

import pytest

from tests.house.tree import ROOT, texts

NOT_OURS_TO_SAY = re.compile(
    r"(?<![\w./~-])/(?:work|root|home|Users|tmp|mnt|opt)/\w"  # a place on somebody's machine
    r"|\.\./shared\b|\bshared/[A-Z]\w+\.md"
    r"|\bissues? (?:no\.? ?|number )?#?\d"
    r"|pypi\.org/simple|files\.pythonhosted"
)
CAPITAL_DOCUMENT = re.compile(r"(?<![\w/.-])[A-Z]{4,}\.md\b")
TEN_DIGITS = re.compile(r"(?<![\w.-])(\d{3})([ -]?)(\d{3})\2(\d{4})(?![\w.-])")


def lines_with(pattern: re.Pattern[str]) -> list[tuple[str, int, str]]:
    """File, line number and matched text of every match in the tree."""
    return [
        (name, number, match.group())
        for name, text in texts()
        for number, line in enumerate(text.splitlines(), 1)
        for match in pattern.finditer(line)
    ]


def test_the_repository_speaks_of_itself_alone() -> None:
    assert lines_with(NOT_OURS_TO_SAY) == []


def test_a_document_that_is_cited_is_here() -> None:
    held = {path.name for path in ROOT.glob("**/*.md") if ".venv" not in path.parts}
    missing = [place for place in lines_with(CAPITAL_DOCUMENT) if place[2] not in held]
    assert missing == []


def could_be_a_persons(digits: str) -> bool:
    """Whether ten digits are an NHS number (modulus 11) outside the range kept for tests, 999."""
    check = 11 - sum(int(d) * (10 - i) for i, d in enumerate(digits[:9])) % 11
    return check % 11 == int(digits[9]) and check != 10 and not digits.startswith("999")


def test_no_nhs_number_could_be_a_persons() -> None:
    found = [
        place for place in lines_with(TEN_DIGITS) if could_be_a_persons(re.sub(r"\D", "", place[2]))
    ]
    assert found == []


@pytest.mark.parametrize(
    ("first_nine", "check", "expected"),
    [
        ("401023213", "7", True),  # the Data Dictionary's own example
        ("401023213", "8", False),
        ("999000000", "9", False),  # valid, and kept for tests
    ],
)
def test_the_check_knows_an_nhs_number(first_nine: str, check: str, expected: bool) -> None:
    assert could_be_a_persons(first_nine + check) is expected
