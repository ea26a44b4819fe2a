"""Running the examples of rule files.

An example is a whole small case: its records are typed as an export's would be, every kind is
complete unless it says otherwise, and the rules are judged with the file's own settings.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from policyengine.diagnostics import Diagnostic
from policyengine.evaluate.engine import Engine
from policyengine.findings.model import Finding
from policyengine.plan.core import ExamplePlan, Expected, Plan
from policyengine.policy.load import load_rules
from policyengine.records.given import records_from_given
from policyengine.records.model import CaseRecords, Export, LoadReport
from policyengine.values.truth import Reason

CASE_ID = "example"


@dataclass(frozen=True, slots=True)
class ExampleResult:
    """Whether an example came out as its author expected; `detail` says how not."""

    example_title: str
    file: str
    line: int
    passed: bool
    detail: str
    rules: tuple[str, ...] = ()


def run_examples(
    paths: Sequence[Path], schema: Path | None
) -> tuple[list[ExampleResult], list[Diagnostic]]:
    """Every example of the rule files, run; no results where the rules do not check."""
    loaded = load_rules([str(path) for path in paths], schema)
    if loaded.plan is None:
        return [], loaded.diagnostics
    return run_plan(loaded.plan), loaded.diagnostics


def run_plan(plan: Plan, only: Iterable[str] | None = None) -> list[ExampleResult]:
    """Every example of a checked rule set; `only`: those that expect something of these rules."""
    engine = Engine(plan)
    wanted = None if only is None else set(only)
    return [
        run_example(engine, example)
        for example in plan.examples
        if wanted is None or wanted & {expected.rule for expected in example.expects}
    ]


def run_example(engine: Engine, example: ExamplePlan) -> ExampleResult:
    """One example, judged by the engine (its own settings make an engine of their own)."""
    findings = judge_example(engine, example)
    faults = [fault for each in example.expects if (fault := _fault(each, findings))]
    return ExampleResult(
        example.title,
        example.span.file.name,
        example.span.line,
        not faults,
        "; ".join(faults),
        tuple(dict.fromkeys(each.rule for each in example.expects)),
    )


def judge_example(engine: Engine, example: ExamplePlan) -> list[Finding]:
    """The findings on the case of an example."""
    if example.settings:
        settings = {**engine.plan.settings, **{each.name: each for each in example.settings}}
        plan = replace(engine.plan, settings=settings)
        engine = Engine(plan, engine.calendar, {each.rule for each in example.expects})
    case, export = as_export(engine.plan, example)
    return engine.judge(case, export, example.as_at, example.known_by)


def as_export(plan: Plan, example: ExamplePlan) -> tuple[CaseRecords, Export]:
    """The case of an example, in an export that holds nothing else."""
    about_case: dict[str, object] = {"case_id": CASE_ID}
    records: list[tuple[str, str | None, dict[str, object]]] = []
    for given in example.records:
        if given.kind == "case":
            about_case.update(given.fields)
        else:
            records.extend(
                (given.kind, given.label, dict(given.fields)) for _ in range(given.count)
            )
    case, shared = records_from_given(plan.schema, about_case, records)
    complete_from = {kind: day.toordinal() for kind, day in example.no_history.items()}
    export = Export(
        plan.schema,
        frozenset(),
        complete_from,
        shared,
        lambda: [case],
        lambda case_id: case if case_id == CASE_ID else None,
        LoadReport(),
    )
    return case, export


def _fault(expected: Expected, findings: Sequence[Finding]) -> str | None:
    """What is wrong with an expectation, in words; None if it came true."""
    found = [finding for finding in findings if finding.rule == expected.rule]
    wanted = _wanted(expected)
    if expected.label is not None:
        of_label = [finding for finding in found if finding.subject_id == expected.label]
        if not of_label and expected.verdict is not None:
            there = ", ".join(finding.subject_id for finding in found) or "none"
            return f"expected {wanted}, but there is no such finding (there are: {there})"
        found = of_label
    if expected.verdict is None:
        return f"expected {wanted}, but found {_described(found[0])}" if found else None
    if len(found) != 1:
        if not found:
            return f"expected {wanted}, but there is no finding"
        subjects = ", ".join(finding.subject_id for finding in found)
        return f"expected {wanted}, but there are several subjects: say for which of {subjects}"
    finding = found[0]
    if finding.verdict.value != expected.verdict or not _same_deadline(expected, finding):
        return f"expected {wanted}, but found {_described(finding)}"
    return None


def _same_deadline(expected: Expected, finding: Finding) -> bool:
    if expected.deadline is None:
        return True
    if finding.deadline is None:
        return False
    if "T" in expected.deadline:
        return finding.deadline[: len(expected.deadline)] == expected.deadline
    return finding.deadline == expected.deadline


def _wanted(expected: Expected) -> str:
    verdict = "no finding" if expected.verdict is None else expected.verdict.replace("_", " ")
    label = f" for {expected.label}" if expected.label else ""
    deadline = f", deadline {expected.deadline}" if expected.deadline else ""
    return f"{expected.rule} {verdict}{label}{deadline}"


def _described(finding: Finding) -> str:
    deadline = f", deadline {finding.deadline}" if finding.deadline else ""
    reasons = "; ".join(_reason(reason) for reason in finding.reasons)
    because = f" ({reasons})" if reasons else ""
    return f"{finding.verdict.words}{deadline}{because}"


def _reason(reason: Reason) -> str:
    place = ".".join(part for part in (reason.kind, reason.id, reason.field) if part)
    return " ".join(part for part in (reason.why.value.replace("_", " "), place) if part)
