"""The shipped rules: every small change of them is noticed by an example, or stands on the list of
those that mean the same, with its reason."""

from pathlib import Path

import pytest

from policyengine.policy.load import load_rules
from policyengine.report.tested.mutations import MutationReport, State
from policyengine.shipped import shipped
from policyengine.tooling.mutating import RuleSet, mutate
from policyengine.tooling.mutating.allowed import NAME, read_allowed
from policyengine.tooling.searching import Effort


@pytest.fixture(scope="module")
def allowed() -> dict[str, str]:
    found, faults = read_allowed(Path(str(shipped("rules"))) / NAME)
    assert not faults
    return found


@pytest.fixture(scope="module")
def report(allowed: dict[str, str]) -> MutationReport:
    loaded = load_rules([])
    assert loaded.plan is not None
    assert loaded.schema is not None
    rule_set = RuleSet(loaded.files, loaded.schema, loaded.plan)
    return mutate(rule_set, allowed=allowed, effort=Effort(cases=400, shrink=80))


def test_every_change_of_the_shipped_rules_is_noticed_or_explained(report: MutationReport) -> None:
    unnoticed = [
        f"{each.key}\n{each.example or ''}"
        for each in report.mutants
        if each.state in (State.SURVIVED, State.ALIKE)
    ]
    assert unnoticed == [], "\n\n".join(unnoticed)
    assert report.killed_percent == 100
    assert report.count(State.KILLED) > 2000


def test_nothing_stands_on_the_list_in_vain(
    report: MutationReport, allowed: dict[str, str]
) -> None:
    used = {each.key for each in report.mutants if each.state is State.ALLOWED}
    assert used == allowed.keys()
    assert all(len(reason.split()) > 5 for reason in allowed.values())


def test_every_rule_is_changed(report: MutationReport) -> None:
    plan = load_rules([]).plan
    assert plan is not None
    assert {each.item for each in report.mutants} >= {rule.id for rule in plan.rules}
