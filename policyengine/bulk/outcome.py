"""What a duty comes to, in SQL: an outcome's number, and what goes with it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from policyengine.bulk.terms import Mom
from policyengine.values.verdict import Verdict

Sql = str

# Outcomes of a duty before exceptions and ends. CANNOT_INSIDE: what might be inside the window
# could make it met; CANNOT_AFTER: what might be after it could make it met late. UNOPENED: the
# window's T is not known; WAITING: it is not yet.
MET: Final = 0
NOT_YET: Final = 1
CANNOT_INSIDE: Final = 2
MET_LATE: Final = 3
CANNOT_AFTER: Final = 4
BREACHED: Final = 5
UNOPENED: Final = 6
WAITING: Final = 7
CEASED: Final = 8
CANNOT_WHILE: Final = 9

VERDICTS: Final = (
    Verdict.MET,
    Verdict.MET_LATE,
    Verdict.BREACHED,
    Verdict.NOT_YET_DUE,
    Verdict.EXEMPT,
    Verdict.NOT_APPLICABLE,
    Verdict.CANNOT_TELL,
)
NUMBER: Final = {verdict: number for number, verdict in enumerate(VERDICTS)}
OF_OUTCOME: Final = {
    MET: Verdict.MET,
    NOT_YET: Verdict.NOT_YET_DUE,
    CANNOT_INSIDE: Verdict.CANNOT_TELL,
    MET_LATE: Verdict.MET_LATE,
    CANNOT_AFTER: Verdict.CANNOT_TELL,
    BREACHED: Verdict.BREACHED,
    UNOPENED: Verdict.CANNOT_TELL,
    WAITING: Verdict.NOT_YET_DUE,
    CEASED: Verdict.NOT_APPLICABLE,
    CANNOT_WHILE: Verdict.CANNOT_TELL,
}


@dataclass(slots=True)
class Duty:
    """A duty over a relation. `number` is the outcome's column, `reasons` its reasons, on demand;
    `silent`, on demand, whether nothing matches, even perhaps. `columns` are what the evidence is
    read from. `escalated` are conditions under which the reference engine judges the row.
    """

    number: Sql
    reasons: Callable[[], Sql]
    deadline: Mom | None
    silent: Callable[[], Sql] = lambda: "FALSE"
    columns: dict[str, Callable[[], Sql]] = field(default_factory=dict)
    escalated: list[Sql] = field(default_factory=list)
