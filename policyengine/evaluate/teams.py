"""Which team has each case on a day."""

from __future__ import annotations

from datetime import date

from policyengine.evaluate.engine import Engine, owner_on
from policyengine.plan.core import Plan
from policyengine.records.model import Export


def teams_on(
    plan: Plan, export: Export, as_at: date, known_by: date | None = None
) -> dict[str, str | None]:
    """The team that answers for each case of an export at the end of a day; None where the record
    names none."""
    engine = Engine(plan, only=())
    return {
        case.id: owner_on(engine.scene(case, export, as_at, known_by), plan, as_at.toordinal())
        for case in export.cases()
    }
