"""The committee's counts as a JSON object, and as a table of plain text."""

import json
from collections.abc import Iterator

from policyengine.findings.dates import counted, long_date
from policyengine.findings.model import Audit
from policyengine.report.json_report import ENGINE, SCHEMA_VERSION
from policyengine.report.safe_text import safe_text
from policyengine.report.views.committee import (
    VERDICTS,
    PublishedRow,
    PublishedSummary,
    published_summary,
)
from policyengine.report.views.suppression import SmallNumbers

HIDDEN = "*"
_HEADS = ("met", "late", "not met", "not due", "excused", "n/a", "cannot tell", "all", "rate")


def committee_json(audit: Audit, rule: SmallNumbers) -> str:
    """One object, a rule a line; a hidden number is null. No finding, no hash of the cases."""
    seen = published_summary(audit.summary, rule)
    head = {
        "schema_version": SCHEMA_VERSION,
        "view": audit.view,
        "engine": {"name": ENGINE, "version": audit.engine_version},
        "as_at": audit.as_at,
        "known_by": audit.known_by,
        "rules_sha256": audit.rules_sha256,
        "cases": None if rule.is_small(audit.cases) else rule.rounded(audit.cases),
        "small_numbers": {
            "threshold": rule.threshold,
            "hides_zero": rule.hides_zero,
            "rounds_to": rule.rounds_to,
            "secondary": rule.secondary,
            "least_group": rule.least_group,
        },
    }
    lines = ["{", *(f' "{key}": {_line(value)},' for key, value in head.items())]
    rows = ",\n  ".join(_line({"rule": row.rule, **_fields(row)}) for row in seen.rows)
    lines.append(f' "summary": [\n  {rows}\n ],' if rows else ' "summary": [],')
    lines.append(f' "total": {_line(_counts(seen.total))}')
    return "\n".join([*lines, "}"]) + "\n"


def _line(value: object) -> str:
    return json.dumps(value, ensure_ascii=True, allow_nan=False)


def _fields(row: PublishedRow) -> dict[str, object]:
    return {
        "title": row.title,
        "force": row.force,
        "severity": row.severity,
        "learning_point": row.learning_point,
        **_counts(row),
        "target": row.target,
    }


def _counts(row: PublishedRow) -> dict[str, object]:
    absent = row.absent_kind is not None
    return {
        **{verdict.value: None if absent else row.counts[verdict] for verdict in VERDICTS},
        "subjects": None if absent else row.subjects,
        "judged": None if absent else row.judged,
        "rate": row.rate,
        "rate_at_least": row.rate_at_least,
        "interval": None if row.interval is None else list(row.interval),
        "floor": row.floor,
        "ceiling": row.ceiling,
    }


def committee_text(audit: Audit, rule: SmallNumbers) -> Iterator[str]:
    """A table a screen wide, and what its signs mean."""
    seen = published_summary(audit.summary, rule)
    yield f"Policy audit: counts as at {long_date(audit.as_at)}\n\n"
    yield from _table(seen)
    least = "0 is shown" if not rule.hides_zero else "0 too"
    yield (
        f"\n{HIDDEN}  hidden: a number below {rule.threshold} ({least}), or one from which such a "
        f"number would follow.\nCounts are rounded to the nearest {rule.rounds_to}; "
        "rates come from the true counts. >= says at least.\n"
    )


def _table(seen: PublishedSummary) -> Iterator[str]:
    body = [(safe_text(row.rule), safe_text(row.title), _cells(row)) for row in seen.rows]
    body.append(("All", counted(len(seen.rows), "rule"), _cells(seen.total)))
    first = max(len("rule"), *(len(rule) for rule, _, _ in body))
    widths = [
        max(len(head), *(len(cells[n]) for _, _, cells in body)) for n, head in enumerate(_HEADS)
    ]

    def line(rule: str, cells: tuple[str, ...]) -> str:
        said = "  ".join(cell.rjust(width) for cell, width in zip(cells, widths, strict=True))
        return f"{rule.ljust(first)}  {said}".rstrip() + "\n"

    yield line("rule", _HEADS)
    for rule, title, cells in body:
        yield line(rule, cells)
        yield f"  {title}\n"


def _cells(row: PublishedRow) -> tuple[str, ...]:
    if row.absent_kind is not None:
        return ("-",) * len(_HEADS)
    numbers = [row.counts[verdict] for verdict in VERDICTS]
    said = [HIDDEN if number is None else f"{number:,}" for number in [*numbers, row.subjects]]
    if row.rate is not None:
        said.append(f"{round(row.rate * 100)}%")
    elif row.rate_at_least is not None:
        said.append(f">={round(row.rate_at_least * 100)}%")
    else:
        said.append(HIDDEN if row.subjects else "-")
    return tuple(said)
