"""The findings of an audit as CSV, a finding a row, for programs.

Values stand as they are: what a spreadsheet would take for a formula is not touched, unless the
file is said to be for people.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterable, Iterator, Sequence

from policyengine.findings.model import Audit, Finding, RuleSummary
from policyengine.findings.sentences import Sentences
from policyengine.report.json_report import finding_json
from policyengine.report.people_csv import BOM, people_rows

COLUMNS = (
    "rule",
    "title",
    "force",
    "severity",
    "learning_point",
    "applies_from",
    "case",
    "subject_kind",
    "subject_id",
    "verdict",
    "deadline",
    "done_on",
    "owner",
    "message",
    "fix",
    "settings",
    "evidence",
    "reasons",
)
_ROWS_A_PIECE = 500


def findings_csv(audit: Audit, sentences: Sentences, *, for_people: bool = False) -> Iterator[str]:
    """A header and a row a finding, in the order of the JSON report. `settings`, `evidence` and
    `reasons` hold JSON. Blank means that there is none. Where they were asked for,
    last columns hold `next_change_on`, and until when, by whom and why it is waived."""
    rows = _rows(audit, sentences)
    if for_people:
        yield BOM
        yield from people_rows(rows)
    else:
        yield from _machine_rows(rows)


def _machine_rows(rows: Iterable[Sequence[object]]) -> Iterator[str]:
    piece = io.StringIO(newline="")
    writer = csv.writer(piece, lineterminator="\r\n")
    for number, row in enumerate(rows, 1):
        writer.writerow(row)
        if number % _ROWS_A_PIECE == 0:
            yield _taken(piece)
    yield _taken(piece)


def _taken(piece: io.StringIO) -> str:
    text = piece.getvalue()
    piece.seek(0)
    piece.truncate()
    return text


def _rows(audit: Audit, sentences: Sentences) -> Iterator[Sequence[object]]:
    about = {line.rule: _about(line) for line in audit.summary}
    encode = json.JSONEncoder(separators=(",", ":"), allow_nan=False).encode
    yield (*COLUMNS, *_more_columns(audit))
    for finding in sorted(audit.findings, key=lambda each: each.order):
        row = _row(finding, about[finding.rule], sentences, encode)
        yield (*row, *_more(audit, finding))


def _more_columns(audit: Audit) -> Iterator[str]:
    """The columns that are there only where they were asked for."""
    if audit.tells_next_change:
        yield "next_change_on"
    if audit.has_waivers:
        yield from ("waived_until", "waived_by", "waived_because")


def _more(audit: Audit, finding: Finding) -> Iterator[str | None]:
    if audit.tells_next_change:
        yield finding.next_change_on
    if audit.has_waivers:
        mark = finding.waived
        yield from (None, None, None) if mark is None else (mark.until, mark.approver, mark.reason)


def _about(line: RuleSummary) -> tuple[object, ...]:
    return (line.title, line.force, line.severity, line.learning_point)


def _row(
    finding: Finding,
    about: tuple[object, ...],
    sentences: Sentences,
    encode: Callable[[object], str],
) -> tuple[object, ...]:
    said = finding_json(finding, sentences)
    settings, evidence, reasons = said["settings"], said["evidence"], said["reasons"]
    return (
        finding.rule,
        *about,
        finding.applies_from,
        finding.case,
        finding.subject_kind,
        finding.subject_id,
        finding.verdict.value,
        finding.deadline,
        finding.done_on,
        finding.owner,
        said["message"],
        finding.fix,
        encode(settings) if settings else "",
        encode(evidence) if evidence else "",
        encode(reasons) if reasons else "",
    )
