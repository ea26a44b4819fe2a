"""A comparison for programs."""

import json
from collections.abc import Mapping
from datetime import date

from policyengine.comparing import Before, Comparison, Moves, Side
from policyengine.findings.model import RuleSummary
from policyengine.values.verdict import Verdict


def diff_json(compared: Comparison, sides: Mapping[str, Side], found: Moves | None) -> str:
    """One object; keys in this order, sorted by rule, case, subject."""
    made: dict[str, object] = {
        "schema_version": 1,
        "old_rules_sha256": compared.old.digest,
        "new_rules_sha256": compared.new.digest,
        "same": compared.same,
        "schema": list(compared.schema),
        "changes": [
            {
                "rule": each.id,
                "applies_from": None
                if each.applies_from is None
                else each.applies_from.isoformat(),
                "title": each.title,
                "how": each.how,
                "moves_verdicts": each.moves,
                "direction": sides[each.id].direction if each.id in sides else None,
                "proved": sides[each.id].proved if each.id in sides else False,
                "parts": [
                    {"key": p.key, "heading": p.heading, "gone": p.gone, "new": p.new}
                    for p in each.parts
                ],
                "newly_breached_example": sides[each.id].stricter if each.id in sides else None,
                "no_longer_breached_example": sides[each.id].looser if each.id in sides else None,
            }
            for each in compared.changes
        ],
    }
    if found is not None:
        made |= _moves(found)
    return json.dumps(made, indent=1, ensure_ascii=False) + "\n"


def _iso(day: date | None) -> str | None:
    return None if day is None else day.isoformat()


def _moves(found: Moves) -> dict[str, object]:
    return {
        "cases": found.cases,
        "not_compared": dict(sorted(found.not_compared.items())),
        "summary": [_row(each) for each in found.rows],
        "teams": [_row(each) for each in found.teams],
        "matrix": [
            {"rule": rule, "before": _word(old), "after": _word(new), "findings": number}
            for rule, pairs in sorted(found.matrix.items())
            for (old, new), number in sorted(pairs.items(), key=lambda item: str(item[0]))
        ],
        "moved": [
            {
                "rule": each.rule,
                "case": each.case,
                "subject": {"kind": each.subject_kind, "id": each.subject_id},
                "owner": each.team or None,
                "before": _word(each.verdicts[0]),
                "after": _word(each.verdicts[1]),
                "moved_by": each.clause,
            }
            for each in found.moved
        ],
    }


def _row(row: Before) -> dict[str, object]:
    made: dict[str, object] = {"rule": row.rule}
    if row.team is not None:
        made["owner"] = row.team or None
    return {**made, "before": _figures(row.old), "after": _figures(row.new)}


def _figures(summary: RuleSummary) -> dict[str, object]:
    counts = {verdict.value: number for verdict, number in summary.counts.items()}
    return {**counts, "rate": summary.rate, "interval": summary.interval}


def _word(verdict: Verdict | None) -> str | None:
    return None if verdict is None else verdict.value
