"""That what is measured side by side says the same: row for row, before anything is timed."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta

import duckdb

from policyengine.findings import Finding

Row = tuple[str, str, str, str | None, str | None, tuple[str, ...] | None]
ANSWERED = ("met", "met_late")


def by_hand(con: duckdb.DuckDBPyConnection, statement: str) -> set[Row]:
    """The rows of a statement of `hand.py`."""
    found = set()
    for case, id, verdict, deadline, done, evidence in con.execute(statement).fetchall():
        ids = None if evidence is None else tuple(sorted(evidence))
        found.add((case, id, verdict, _spelt(deadline), _spelt(done), ids))
    return found


def _spelt(moment: date | datetime | None) -> str | None:
    """A day, or an instant (of the meridian), as it is compared."""
    return None if moment is None else moment.isoformat()


def of_findings(findings: Iterable[Finding], rule: str) -> set[Row]:
    """The findings of a rule, as far as the statements by hand go."""
    return {
        (
            each.case,
            each.subject_id,
            each.verdict.value,
            _meridian(each.deadline),
            _meridian(each.done_on) if each.verdict.value in ANSWERED else None,
            _evidence(each),
        )
        for each in findings
        if each.rule == rule
    }


def _meridian(moment: str | None) -> str | None:
    if moment is None or "T" not in moment:
        return moment
    local = datetime.fromisoformat(moment)
    offset = local.utcoffset() or timedelta()
    return (local.replace(tzinfo=None) - offset).isoformat()


def _evidence(finding: Finding) -> tuple[str, ...] | None:
    """What decided: the last record that answers; or those in doubt, where it cannot be told."""
    if finding.verdict.value in ANSWERED:
        ids = [each.id for each in finding.evidence if each.role in ("met", "late")]
        return (ids[-1] or "",) if ids else None
    if finding.verdict.value == "cannot_tell":
        ids = [each.id for each in finding.evidence if each.role == "perhaps"]
        return tuple(sorted(id for id in ids if id)) or None
    return None


def difference(one: set[Row], other: set[Row]) -> str:
    """Empty where they are the same; else how many differ, and the first."""
    if one == other:
        return ""
    first = sorted(one ^ other, key=str)[:4]
    return f"{len(one - other)} and {len(other - one)} rows stand alone: {first}"


__all__ = ["by_hand", "difference", "of_findings"]
