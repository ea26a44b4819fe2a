"""The counts of many dates in one load are those of the reference engine."""

from datetime import timedelta

import pytest

from policyengine.bulk.engine import FAULT
from policyengine.bulk.over_time import Counted, run_bulk_counts
from policyengine.bulk.side_by_side import Means
from policyengine.commands.engines import reference_of
from policyengine.evaluate.over_time import Asked, Audits
from tools.conformance.bench import check, opened, schema_of
from tools.conformance.trial import make_trial


@pytest.mark.parametrize("seed", [0, 2, 5, 7, 11, 15])
def test_the_counts_are_the_reference_engines(seed):
    trial = make_trial(seed, cases=7)
    plan = check(trial.policy.text, schema_of(trial.world.yaml())).plan
    assert plan is not None
    export = opened(plan, trial.export())
    days = [trial.as_at + timedelta(days=away) for away in (10, -60, 0, 200)]
    spans = [(day.toordinal() - 30, day.toordinal()) if number % 2 else None
             for number, day in enumerate(days)]  # fmt: skip
    standing = {plan.rules[0].id}
    counted = [Counted(day, trial.known_by, span) for day, span in zip(days, spans, strict=True)]
    found, notes = run_bulk_counts(
        plan, export, counted, reference=reference_of(plan, export), standing=standing,
        means=Means(cases_at_once=4),
    )  # fmt: skip

    def keeping(span):
        def keep(finding):
            day = finding.deadline_day
            return day is None or span[0] <= day <= span[1] or finding.rule in standing

        return None if span is None else keep

    audits = Audits(plan, export, [Asked(each.as_at, each.known_by, keeping(each.due))
                                   for each in counted])  # fmt: skip
    cases = list(export.cases())
    audits.add(audits.judged(cases), len(cases))
    assert found == audits.made()
    assert [why for why in notes.rules.values() if why.startswith(FAULT)] == []
