"""The smallest rejected files for faults of names and types, and their pages."""

import re
from pathlib import Path

import pytest

from policyengine.diagnostics import codes
from policyengine.policy.settle import settle
from policyengine.schema import load_schema
from policyengine.syntax import parse_file, read_source

HERE = Path(__file__).parent
FILES = sorted(p for p in (HERE / "rejected").glob("*.policy") if p.stem[:3] in ("NAM", "TYP"))
PAGES = (HERE.parent / "docs" / "errors.md").read_text("utf-8")


def test_every_code_has_its_file() -> None:
    assert [path.stem for path in FILES] == sorted({**codes.NAMES, **codes.TYPES})


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_it_is_refused_with_its_code_and_nothing_else(path: Path) -> None:
    schema, faults = load_schema(HERE / "rejected" / "schema.yaml")
    assert schema is not None and faults == []
    source, faults = read_source(str(path))
    assert source is not None and faults == []
    file, faults = parse_file(source)
    assert faults == []
    plan, faults = settle([file], schema)
    assert plan is None
    (fault,) = faults
    assert fault.code == path.stem
    assert fault.span is not None and fault.span.text
    for label in fault.labels:
        assert label.span.text and label.span != fault.span


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_its_page_shows_the_same_file(path: Path) -> None:
    (page,) = re.findall(rf"^## {path.stem} .*?(?=^## |\Z)", PAGES, re.MULTILINE | re.DOTALL)
    blocks = re.findall(r"^```policy rejected\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    if path.stem != "TYP027":  # a hundred lines
        assert blocks == [path.read_text("utf-8")]
