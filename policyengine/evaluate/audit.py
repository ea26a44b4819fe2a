"""An audit: every case of an export judged, counted and put in order."""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import date

from policyengine.evaluate.engine import Engine
from policyengine.findings.model import Audit, Finding
from policyengine.findings.summary import assembled
from policyengine.plan.core import Plan
from policyengine.records.model import Export
from policyengine.values.calendar import Calendar


def run_audit(  # noqa: PLR0913 - what an audit can be asked
    plan: Plan,
    export: Export,
    as_at: date,
    known_by: date | None = None,
    *,
    select: Collection[str] | None = None,
    calendar: Calendar | None = None,
    keep: Callable[[Finding], bool] | None = None,
    progress: Callable[[int], None] | None = None,
) -> Audit:
    """The audit of an export by a plan.

    `select` are the ids of the rules to judge (None: all); `keep` says which findings count (a
    team's, a month's); `progress` is told how many cases have been judged. Raises
    `records.ExportError` where the export cannot be read.
    """
    engine = Engine(plan, calendar, select)
    findings: list[Finding] = []
    cases = 0
    for case in export.cases():
        found = engine.judge(case, export, as_at, known_by)
        findings.extend(found if keep is None else filter(keep, found))
        cases += 1
        if progress is not None:
            progress(cases)
    findings.sort(key=lambda finding: finding.order)
    rules = [rule for rule in plan.rules if select is None or rule.id in select]
    return assembled(plan, export, rules, findings, (as_at, known_by or as_at), cases)
