"""Both engines over the same cases: what they find, and where they first differ."""

from collections.abc import Iterator, Sequence
from copy import deepcopy
from dataclasses import replace
from datetime import date
from itertools import groupby

from policyengine.bulk.database import database
from policyengine.bulk.engine import BulkEngine, Notes
from policyengine.bulk.instances import Instance
from policyengine.evaluate import Engine
from policyengine.findings import Finding
from policyengine.plan.core import Plan
from policyengine.records.model import CaseRecords, Export
from policyengine.tooling.examples import as_export
from tools.conformance.engines import as_counted, counted, difference

__all__ = ["batches", "both", "difference", "reference_of"]


def reference_of(plan: Plan, export: Export, engine: Engine | None = None):
    """The reference engine, as the bulk engine asks for it: a rule over a case."""
    engines: dict[str, Engine] = {}

    def judge(case: CaseRecords, as_at: date, known_by: date, rule: str) -> list[Finding]:
        if rule not in engines:
            engines[rule] = Engine(plan, only={rule})
        return engines[rule].judge(case, export, as_at, known_by)

    return judge


def both(
    plan: Plan,
    cases: Sequence[CaseRecords],
    export: Export,
    instances: Sequence[Instance],
    only=None,
) -> tuple[list[Finding], list[Finding], Notes]:
    """The findings of the reference engine and of the bulk engine, each in order. What the bulk
    engine counts without making findings is held to them too."""
    engine = Engine(plan, only=only)
    expected = [
        finding
        for each in instances
        for finding in engine.judge(cases[each.case], export, each.as_at, each.known_by)
    ]
    with database(threads=1) as con:
        bulk = BulkEngine(plan, con, reference_of(plan, export), only=only)
        found = bulk.judge_each(cases, export, instances)
        notes = deepcopy(bulk.notes)
        counts, told = counted(bulk, cases, export, instances), as_counted(expected)
        assert not (counts - told) + (told - counts), (counts - told, told - counts)

    def order(finding: Finding):
        return finding.order

    return sorted(expected, key=order), sorted(found, key=order), notes


def batches(plan: Plan) -> Iterator[tuple[Plan, list[CaseRecords], Export, list[Instance]]]:
    """The examples of a plan, those that can be judged together in one batch."""

    def alike(example):
        settings = tuple(sorted((each.name, repr(each)) for each in example.settings))
        return settings, any(plan.schema.kinds[r.kind].shared for r in example.records)

    examples = sorted(plan.examples, key=alike)
    for (_, is_shared), several in groupby(examples, key=alike):
        group = list(several)
        for each in [[example] for example in group] if is_shared else [group]:
            yield _batch(plan, each)


def _batch(plan: Plan, examples) -> tuple[Plan, list[CaseRecords], Export, list[Instance]]:
    settings = {**plan.settings, **{each.name: each for each in examples[0].settings}}
    cases: list[CaseRecords] = []
    instances: list[Instance] = []
    export = None
    for number, example in enumerate(examples):
        case, export = as_export(plan, example)
        case.id = case.case.id = f"c{number}"
        case.complete_from = {**export.complete_from, **case.complete_from}
        cases.append(case)
        instances.append(Instance(number, example.as_at, example.known_by))
    assert export is not None
    whole = replace(export, complete_from={}, load=export.load)
    return replace(plan, settings=settings), cases, whole, instances
