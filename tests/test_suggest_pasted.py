"""What is suggested for the shipped rules, and for every page of the reference, parses, checks and
comes out as it says when it is pasted beside the rule."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from policyengine.plan.core import Plan
from policyengine.policy.load import Loaded, load_rules
from policyengine.policy.settle import settle
from policyengine.report.tested.suggestions import Suggestions, suggestions_text
from policyengine.source import SourceFile
from policyengine.syntax import parse_file
from policyengine.tooling.examples import run_plan
from policyengine.tooling.searching import Effort
from policyengine.tooling.suggesting import suggest

ROOT = Path(__file__).resolve().parents[1]
REFERENCE = ROOT / "grammar" / "reference"
EFFORT = Effort(cases=60, shrink=20)
FURTHER = Effort(cases=1500, shrink=20)


def suggested(plan: Plan) -> Iterator[Suggestions]:
    """For every rule, as if nobody had written an example."""
    bare = replace(plan, examples=())
    for rule_id in dict.fromkeys(rule.id for rule in plan.rules):
        found = suggest(bare, rule_id, EFFORT)
        yield found if decides(found) else suggest(bare, rule_id, FURTHER)


def decides(found: Suggestions) -> bool:
    """Whether some example shows that the duty is met, or breached."""
    shown = {one.text for example in found.examples for one in example.shows}
    return bool(shown & {"met", "breached"})


def failing_when_pasted(loaded: Loaded, found: list[Suggestions]) -> list[str]:
    """What is wrong with the suggestions, as they are printed."""
    text = 'policy "Found"\n\n' + "\n".join(suggestions_text(each) for each in found)
    file, notes = parse_file(SourceFile("found.policy", text))
    if notes:
        return [note.message for note in notes]
    assert loaded.schema is not None
    plan, faults = settle([*loaded.files, file], loaded.schema)
    if plan is None:
        return [fault.message for fault in faults]
    ran = [each for each in run_plan(plan) if each.file == "found.policy"]
    assert len(ran) == sum(len(each.examples) for each in found)
    return [f"{each.example_title}: {each.detail}" for each in ran if not each.passed]


def test_over_the_shipped_rules() -> None:
    loaded = load_rules([])
    assert loaded.plan is not None
    found = list(suggested(loaded.plan))
    assert sum(len(each.examples) for each in found) > 5 * len(found)
    assert [each.rule for each in found if not decides(each)] == []
    assert failing_when_pasted(loaded, found) == []


@pytest.mark.parametrize("page", sorted(REFERENCE.glob("*.md")), ids=lambda page: page.stem)
def test_over_the_reference(page: Path) -> None:
    loaded = load_rules([str(page)], REFERENCE / "schema.yaml")
    if loaded.plan is None:
        pytest.skip("a page of pieces")
    assert failing_when_pasted(loaded, list(suggested(loaded.plan))) == []
