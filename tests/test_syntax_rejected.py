"""The smallest rejected files for faults of wording, and their pages."""

import re
from pathlib import Path

import pytest

from policyengine.diagnostics import Diagnostic, codes
from policyengine.diagnostics.text import render
from policyengine.syntax import parse_file, read_source

HERE = Path(__file__).parent
FILES = sorted((HERE / "rejected").glob("SYN*"))
PAGES = (HERE.parent / "docs" / "errors.md").read_text("utf-8")
NOT_SHOWN = {"SYN020", "SYN022", "SYN023", "SYN024", "SYN040"}  # long, invisible, or Markdown
# Names of terminals and rules of the grammar, which no author has heard of.
LEAKS = re.compile(
    r"\b(?:NAME|TEXT|NUMERAL|WORD|FIELD|RULE_ID|LABEL|BULLET|COMPARATOR|LPAR|RPAR|COMMA|DATETIME"
    r"|[A-Z]+_[A-Z]+|__ANON|terminal|token|Lark|Unexpected\w+|\$END)\b"
)


def code_of(path: Path) -> str:
    """`SYN002.policy`, or another file for it: `SYN002_severity.policy`."""
    return re.split(r"[._]", path.name)[0]


# The file of each code that its page shows.
SHOWN = [path for path in FILES if "_" not in path.name]


def faults_of(path: Path) -> list[Diagnostic]:
    source, faults = read_source(str(path))
    if source is None:
        return faults
    return [*faults, *parse_file(source)[1]]


def test_every_code_has_its_file() -> None:
    assert [code_of(path) for path in SHOWN] == sorted(codes.SYNTAX)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_it_is_refused_with_its_code_and_nothing_else(path: Path) -> None:
    (fault,) = faults_of(path)
    assert fault.code == code_of(path)
    assert fault.span is not None
    assert fault.found
    assert all(label.span != fault.span for label in fault.labels)
    assert not LEAKS.search(render(fault)), render(fault)


@pytest.mark.parametrize("path", SHOWN, ids=lambda path: path.name)
def test_its_page_shows_the_same_file(path: Path) -> None:
    code = code_of(path)
    (page,) = re.findall(rf"^## {code} .*?(?=^## |\Z)", PAGES, re.MULTILINE | re.DOTALL)
    blocks = re.findall(r"^```policy rejected\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    if code not in NOT_SHOWN:
        assert blocks == [path.read_text("utf-8")]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_a_mend_that_is_offered_mends_it(path: Path) -> None:
    """A fix is safe to apply as it stands: this fault is then gone."""
    source, _ = read_source(str(path))
    if source is None:
        return
    (fault,) = faults_of(path)
    if fault.fix is None:
        return
    text = source.text
    span = fault.fix.span
    mended = text[: span.start] + fault.fix.replacement + text[span.end :]
    after = parse_file(type(source)(source.name, mended))[1]
    assert fault.code not in [fault.code for fault in after]
