"""What of an audit could change next, and when, with no new record: each finding's next day."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date

from policyengine.evaluate.engine import Engine
from policyengine.evaluate.scene import Scene
from policyengine.findings.model import Audit, Finding
from policyengine.plan.core import Plan
from policyengine.records.model import CaseRecords, Export
from policyengine.turning import Turning, next_changes
from policyengine.values.calendar import Calendar


@dataclass(frozen=True, slots=True)
class Seen:
    """The findings on a case, each with its next day, by rule; and the `first` day on which any is
    another, or is no more, or one more is there. `is_exact`: no such day was given up on."""

    findings: list[Finding]
    first: date | None
    is_exact: bool


class Foresight:
    """Finds the next day on which each finding could be another, for one plan.

    >>> Foresight(plan, export).of_case(case, findings, (as_at, known_by))  # doctest: +SKIP
    """

    def __init__(
        self,
        plan: Plan,
        export: Export,
        calendar: Calendar | None = None,
        engine: Engine | None = None,
    ) -> None:
        self.export = export
        self.engine = Engine(plan, calendar) if engine is None else engine
        self.turning = Turning(plan, self.engine.calendar)

    def judge(self, case: CaseRecords, as_at: date, known_by: date, rule: str) -> list[Finding]:
        """The findings of one rule on one case."""
        return self.judge_in(self.scene(case, as_at, known_by), rule)

    def scene(self, case: CaseRecords, as_at: date, known_by: date) -> Scene:
        """A case as it stood."""
        return self.engine.scene(case, self.export, as_at, known_by)

    def judge_in(self, scene: Scene, rule: str) -> list[Finding]:
        """The findings of one rule on a case as it stood."""
        found = [self.engine.finding(scene, each) for each in self.engine.judgements(scene, rule)]
        found.sort(key=lambda finding: finding.order)
        return found

    def of_case(
        self,
        case: CaseRecords,
        findings: Iterable[Finding],
        clock: tuple[date, date],
        *,
        whole: bool = True,
    ) -> Seen:
        """What of a case could change next. Not `whole`: of these findings alone, which may be
        some of a rule's."""
        by_rule: dict[str, list[Finding]] = {}
        for finding in findings:
            by_rule.setdefault(finding.rule, []).append(finding)
        dated: list[Finding] = []
        first: date | None = None
        is_exact = True
        for rule, days in self.turning.each(case, self.export, None if whole else by_rule):
            found = by_rule.get(rule, [])
            if found or whole:
                turned = next_changes(self.judge, case, rule, found, clock, days, only=not whole)
                dated += map(_dated, found, turned.each)
                is_exact = is_exact and turned.is_exact
                if turned.first is not None and (first is None or turned.first < first):
                    first = turned.first
        return Seen(dated, first, is_exact)


def _dated(finding: Finding, on: date | None) -> Finding:
    return replace(finding, next_change_on=None if on is None else on.isoformat())


def with_next_changes(
    plan: Plan,
    export: Export,
    audit: Audit,
    findings: Sequence[Finding] | None = None,
    progress: Callable[[int], None] | None = None,
) -> Audit:
    """The audit with the next day of each of its findings, or of these alone. The export is read
    once more, whichever engine judged. Raises `records.ExportError` where it cannot be."""
    wanted: dict[str, list[Finding]] = {}
    for finding in audit.findings if findings is None else findings:
        wanted.setdefault(finding.case, []).append(finding)
    clock = (date.fromisoformat(audit.as_at), date.fromisoformat(audit.known_by))
    foresight = Foresight(plan, export)
    days: dict[tuple[str, str, str, str, str], list[str | None]] = {}
    for number, case in enumerate(export.cases(), 1):
        if case.id in wanted:
            for each in foresight.of_case(case, wanted[case.id], clock, whole=False).findings:
                days.setdefault(each.order, []).append(each.next_change_on)
        if progress is not None:
            progress(number)
    told = tuple(
        replace(each, next_change_on=days[each.order].pop(0)) if each.order in days else each
        for each in audit.findings
    )
    return replace(audit, findings=told, tells_next_change=True)
