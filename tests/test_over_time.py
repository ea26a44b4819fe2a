"""Audits as at several dates in one pass say what an audit as at each of them says."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from policyengine.evaluate import run_audit
from policyengine.evaluate.over_time import Asked, Audits
from policyengine.findings.model import Audit, Finding
from policyengine.plan.core import Plan
from policyengine.records.model import Export
from tools.conformance.bench import check, opened, schema_of
from tools.conformance.trial import make_trial


def together(plan: Plan, export: Export, several: list[Asked]) -> list[Audit]:
    audits = Audits(plan, export, several)
    for case in export.cases():
        audits.add(audits.judged([case]), 1)
    return audits.made()


def counted(audit: Audit) -> Audit:
    return replace(audit, findings=())


def by_day(finding: Finding) -> bool:
    return finding.deadline_day is None or finding.deadline_day % 2 == 0


@pytest.mark.parametrize("seed", [*range(14), 49, 164])
@pytest.mark.parametrize("fixed", [False, True])
def test_one_pass_is_as_many_audits(seed, fixed):
    trial = make_trial(seed, cases=5)
    plan = check(trial.policy.text, schema_of(trial.world.yaml())).plan
    assert plan is not None
    export = opened(plan, trial.export())
    # Out of order, one twice, a day apart and months.
    days = [trial.as_at + timedelta(days=away) for away in (20, -40, 0, 1, 0, 75, -400)]
    asked = [
        Asked(
            day,
            trial.known_by if fixed else day,
            by_day if number % 3 == 0 else None,
            with_findings=number % 2 == 0,
        )
        for number, day in enumerate(days)
    ]
    for each, audit in zip(asked, together(plan, export, asked), strict=True):
        alone = run_audit(plan, export, each.as_at, each.known_by, keep=each.keep)
        assert audit == (alone if each.with_findings else counted(alone))
        assert [f.ended for f in audit.findings] == [
            f.ended for f in (alone.findings if each.with_findings else ())
        ]


def test_the_export_is_walked_once():
    trial = make_trial(3, cases=4)
    plan = check(trial.policy.text, schema_of(trial.world.yaml())).plan
    assert plan is not None
    export = opened(plan, trial.export())
    walks = 0
    walk = export.walk

    def counting():
        nonlocal walks
        walks += 1
        return walk()

    export.walk = counting
    asked = [Asked(date(2026, month, 1), date(2026, month, 1)) for month in range(1, 13)]
    assert len(together(plan, export, asked)) == 12
    assert walks == 1
