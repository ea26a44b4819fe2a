"""An audit for a page: the tally that the bulk engine counts is that of the findings themselves."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from policyengine.bulk import tallying
from policyengine.bulk.loading.folder import open_lines
from policyengine.bulk.page_audit import run_page_audit
from policyengine.bulk.side_by_side import Means
from policyengine.bulk.told import DisagreementError
from policyengine.evaluate import run_audit
from policyengine.findings.sentences import Sentences
from policyengine.findings.tally import tally_of
from policyengine.policy.load import load_rules
from policyengine.records import open_export
from policyengine.report.page import Wanted, audit_page
from tests.bulk_desk import reference_of
from tests.loading_desk import said

ROOT = Path(__file__).parent.parent
AS_AT = date(2026, 11, 1)
PART = ("care_plans", "community_treatment_orders", "risk_review", "keeping_safe")


@pytest.fixture(scope="module")
def cases(tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("cases") / "cases.jsonl"
    lines = (ROOT / "rules/sample/cases.jsonl").read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join(lines[::12]))
    return path


@pytest.fixture(scope="module")
def plan():
    loaded = load_rules([str(ROOT / "rules" / each) for each in PART], None)
    assert loaded.plan is not None
    return loaded.plan


def _by_tally(plan, cases, limit, at_once=1_000, threads=2):
    export = open_export(str(cases), plan.schema)
    means = Means(threads=threads, cases_at_once=at_once)
    reference = reference_of(plan, export)
    return run_page_audit(plan, export, AS_AT, limit=limit, reference=reference, means=means)[0]


@pytest.mark.parametrize(("limit", "at_once"), [(1, 1_000), (3, 17)])
def test_the_page_and_its_tally_are_those_of_the_findings(plan, cases, limit, at_once):
    whole = run_audit(plan, open_export(str(cases), plan.schema), AS_AT)
    found = _by_tally(plan, cases, limit, at_once)
    sentences = Sentences(plan, whole.as_at)
    expected = tally_of(whole, sentences, limit)
    assert found.tally == expected
    assert found.summary == whole.summary
    assert len(expected.doubts) > 10
    assert expected.soon > 0
    wanted = Wanted(limit=limit, cases_name="here", explain="explain {case} --rule {rule}")
    assert audit_page(found, sentences, wanted) == audit_page(whole, sentences, wanted)
    assert replace(found, findings=whole.findings) == whole


@pytest.mark.parametrize("turn", range(2))
def test_what_is_read_back_for_a_rule_is_all_that_it_reads(plan, cases, turn):
    """Kinds and texts that the rules do not read are not read back for those that are told."""
    told = 0
    for rule in sorted({rule.id for rule in plan.rules})[turn * 9 :: 40]:
        plain = open_export(str(cases), plan.schema)
        whole = run_audit(plan, plain, AS_AT, select={rule})
        with open_lines(str(cases), plan.schema, threads=1) as export:
            found, _ = run_page_audit(
                plan,
                export,
                AS_AT,
                limit=3,
                reference=reference_of(plan, export),
                select={rule},
                means=Means(cases_at_once=40),
            )
            several = [each.one(whole.findings[0].case) for each in (export, plain)]
            assert said(several[0]) == said(several[1])  # whoever asks for a case has all of it
        expected = tally_of(whole, Sentences(plan, whole.as_at), 3)
        told += sum(len(each.first) for each in expected.breaches.values())
        assert found.tally == expected, rule
        assert found.summary == whole.summary, rule
    assert told >= 3


def test_what_the_reference_engine_does_not_find_stops_the_run(plan, cases, monkeypatch):
    real = tallying.RangeTally._of_case
    monkeypatch.setattr(tallying.RangeTally, "_of_case", lambda *_: real(*_) + real(*_))
    with pytest.raises(DisagreementError):
        _by_tally(plan, cases, 3)
