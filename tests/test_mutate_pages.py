"""Over the pages of the reference: whatever construct is changed, the example that is suggested for
it parses, comes out, and notices the change once it is pasted."""

from pathlib import Path

import pytest

from policyengine.policy.load import load_rules
from policyengine.policy.settle import settle
from policyengine.report.tested.mutations import MutationReport, State
from policyengine.source import SourceFile
from policyengine.syntax import parse_file
from policyengine.tooling.examples import run_plan
from policyengine.tooling.mutating import RuleSet, mutate
from policyengine.tooling.searching import Effort

REFERENCE = Path(__file__).resolve().parents[1] / "grammar" / "reference"


def tried(rule_set: RuleSet, cases: int) -> MutationReport:
    return mutate(rule_set, effort=Effort(cases=cases, shrink=30), processes=1)


@pytest.mark.parametrize("page", sorted(REFERENCE.glob("*.md")), ids=lambda page: page.stem)
def test_what_is_suggested_notices(page: Path) -> None:
    loaded = load_rules([str(page)], REFERENCE / "schema.yaml")
    if loaded.plan is None:
        pytest.skip("a page of pieces")
    assert loaded.schema is not None
    report = tried(RuleSet(loaded.files, loaded.schema, loaded.plan), 100)
    missing = [each for each in report.mutants if each.example is not None]
    if not missing:
        return
    examples = dict.fromkeys(str(each.example) for each in missing)
    text = 'policy "Found"\n\n' + "\n".join(examples)
    file, notes = parse_file(SourceFile("found.policy", text))
    assert not notes
    plan, faults = settle([*loaded.files, file], loaded.schema)
    assert plan is not None, [fault.message for fault in faults]
    assert [each.detail for each in run_plan(plan) if not each.passed] == []
    after = tried(RuleSet([*loaded.files, file], loaded.schema, plan), 1)
    states = {(each.key, each.line): each.state for each in after.mutants}
    unnoticed = [each.key for each in missing if states[each.key, each.line] is not State.KILLED]
    assert unnoticed == []
