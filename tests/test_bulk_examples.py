"""Both engines agree on every example: each field of each finding, and the order."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from policyengine.bulk.instances import Instance
from policyengine.policy.load import load_rules
from policyengine.records import open_export
from tests.bulk_desk import batches, both, difference

ROOT = Path(__file__).parent.parent
MEANING = sorted((ROOT / "tests/meaning").glob("*/*.policy"))
REFERENCE = sorted((ROOT / "grammar/reference").glob("*.md"))
PACK = sorted(path for path in (ROOT / "rules").rglob("*.policy*"))
# A rule that the reference engine judges by itself, and what it says that is not compiled.
BY_REFERENCE = {
    "ROLL-48": "`or the next working day` after a time of day",
    "SAY-01": "a number in a message that may be a range",
}


def _named(path: Path) -> str:
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("path", [*MEANING, *REFERENCE], ids=_named)
def test_every_example_of_the_meaning(path):
    schema = path.parent / "schema.yaml"
    loaded = load_rules([str(path)], schema if schema.is_file() else None)
    if loaded.plan is None:
        pytest.skip("a page that is not whole by itself")
    for plan, cases, export, instances in batches(loaded.plan):
        expected, found, notes = both(plan, cases, export, instances)
        assert difference(expected, found) == ""
        assert notes.rules.items() <= BY_REFERENCE.items()


@pytest.fixture(scope="module")
def pack():
    loaded = load_rules([str(ROOT / "rules")], None)
    assert loaded.plan is not None
    return loaded.plan


@pytest.mark.parametrize("path", PACK, ids=_named)
def test_every_example_of_the_pack(pack, path):
    """The rules of a file over its examples; none of them needs the reference engine."""
    examples = tuple(each for each in pack.examples if each.span.file.name == str(path))
    only = {each.rule for example in examples for each in example.expects}
    for plan, cases, export, instances in batches(replace(pack, examples=examples)):
        expected, found, notes = both(plan, cases, export, instances, only)
        assert difference(expected, found) == ""
        assert notes.rules == {}


@pytest.mark.parametrize("as_at", [date(2026, 11, 1), date(2025, 6, 30)])
def test_the_sample_case_load(pack, as_at):
    export = open_export(str(ROOT / "rules/sample/cases.jsonl"), pack.schema)
    cases = [case for number, case in enumerate(export.cases()) if number % 25 == 0]
    instances = [Instance(number, as_at, as_at) for number in range(len(cases))]
    expected, found, notes = both(pack, cases, export, instances)
    assert len(expected) > 1_000
    assert difference(expected, found) == ""
    assert notes.rules == {}
