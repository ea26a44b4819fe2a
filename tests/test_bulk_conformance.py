"""Both engines agree on random policies over random records, each drawn round the other."""

import pytest

from policyengine.bulk.engine import FAULT
from policyengine.bulk.instances import Instance
from tests.bulk_desk import both, difference
from tools.conformance.bench import check, opened, schema_of
from tools.conformance.trial import make_trial

SEEDS = [*range(12), 15, 16, 33, 47, 80, 116, 141, 219, 313]  # the last: each found a fault once


@pytest.mark.parametrize("seed", SEEDS)
def test_both_engines_agree_on_a_random_policy(seed):
    trial = make_trial(seed, cases=6)
    plan = check(trial.policy.text, schema_of(trial.world.yaml())).plan
    assert plan is not None
    export = opened(plan, trial.export())
    cases = list(export.cases())
    instances = [Instance(place, trial.as_at, trial.known_by) for place in range(len(cases))]
    expected, found, notes = both(plan, cases, export, instances)
    assert difference(expected, found) == ""
    assert [why for why in notes.rules.values() if why.startswith(FAULT)] == []
