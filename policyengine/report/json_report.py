"""The audit for programs: one JSON object, or JSON lines. The promised keys in their order.

The same audit gives the same bytes: findings sorted, every character beyond ASCII escaped (so
that nothing in them acts on a terminal), no clock, host or path.
"""

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import asdict

from policyengine.findings.model import Audit, Finding, RuleSummary
from policyengine.findings.sentences import Sentences
from policyengine.plan.core import Layers
from policyengine.readback.layers import pack_name
from policyengine.values.truth import Reason
from policyengine.values.verdict import Verdict

SCHEMA_VERSION = 1
ENGINE = "trust-policy-engine"
_COUNTED = (
    Verdict.MET,
    Verdict.MET_LATE,
    Verdict.BREACHED,
    Verdict.NOT_YET_DUE,
    Verdict.EXEMPT,
    Verdict.NOT_APPLICABLE,
    Verdict.CANNOT_TELL,
)


def audit_json(audit: Audit, sentences: Sentences) -> str:
    """The whole audit as one object, laid out over lines, one finding a line."""
    return "".join(audit_json_pieces(audit, sentences))


def audit_json_pieces(audit: Audit, sentences: Sentences) -> Iterator[str]:
    """The same object, piece by piece, for a file that is written as it comes."""
    yield "{\n"
    for key, value in _head(audit, sentences).items():
        yield f' "{key}": {_line(value)},\n'
    yield from _list("summary", (_line(summary_json(row)) for row in audit.summary))
    yield ",\n"
    found = (_line(_finding(audit, finding, sentences)) for finding in _sorted(audit))
    yield from _list("findings", found)
    yield "\n}\n"


def audit_json_lines(audit: Audit, sentences: Sentences) -> Iterator[str]:
    """A header (what the object begins with), one finding a line, and a trailer: how many findings
    were written, their counts, and the summary. A file without its trailer is not whole."""
    yield _line(_head(audit, sentences)) + "\n"
    for finding in _sorted(audit):
        yield _line(_finding(audit, finding, sentences)) + "\n"
    counts = Counter(finding.verdict for finding in audit.findings)
    said = {verdict.value: counts[verdict] for verdict in _COUNTED}
    summary = [summary_json(row) for row in audit.summary]
    yield _line({"findings": len(audit.findings), **said, "summary": summary}) + "\n"


def _sorted(audit: Audit) -> list[Finding]:
    return sorted(audit.findings, key=lambda finding: finding.order)


def _finding(audit: Audit, finding: Finding, sentences: Sentences) -> dict[str, object]:
    """A finding, with its next day at the end where the audit tells it."""
    said = finding_json(finding, sentences)
    if audit.tells_next_change:
        said["next_change_on"] = finding.next_change_on
    if audit.has_waivers:
        said["waived"] = None if finding.waived is None else asdict(finding.waived)
    return said


def _line(value: object) -> str:
    return json.dumps(value, ensure_ascii=True, allow_nan=False)


def _list(key: str, lines: Iterable[str]) -> Iterator[str]:
    yield f' "{key}": ['
    before = "\n  "
    for line in lines:
        yield before + line
        before = ",\n  "
    yield "]" if before == "\n  " else "\n ]"


def _head(audit: Audit, sentences: Sentences) -> dict[str, object]:
    held = audit.holds_load
    return {
        "schema_version": SCHEMA_VERSION,
        **({"view": audit.view} if audit.view else {}),
        "engine": {"name": ENGINE, "version": audit.engine_version},
        "as_at": audit.as_at,
        "known_by": audit.known_by,
        "rules_sha256": audit.rules_sha256,
        "cases_sha256": audit.cases_sha256 if held else None,
        "cases": audit.cases,
        "load": {
            "rows_read": audit.rows_read if held else None,
            "rows_kept": audit.rows_kept if held else None,
            **({"rows_merged": audit.rows_merged} if audit.rows_merged else {}),
            "rows_rejected": audit.rows_rejected if held else None,
            "faults": [
                {"kind": kind, "field": field, "fault": fault, "rows": rows}
                for kind, field, fault, rows in audit.faults
            ],
        },
        **_standing(audit),
        **({} if sentences.layers is None else layers_json(sentences.layers)),
    }


def layers_json(layers: Layers) -> dict[str, object]:
    """The packs, base first, with what each overlay changed and why; and the pack that each rule
    in force and each setting comes from. Where overlays are in use."""
    names = [pack_name(pack) for pack in layers.packs]
    return {
        "layers": [asdict(pack) for pack in layers.packs],
        "rules_from": {rule: names[layer] for rule, layer in layers.rules.items()},
        "settings_from": {name: names[layer] for name, layer in layers.settings.items()},
    }


def _standing(audit: Audit) -> dict[str, object]:
    """What is waived, by rule, and what a baseline leaves out: where either was asked for."""
    made: dict[str, object] = {}
    if audit.has_waivers:
        marked = Counter(each.rule for each in audit.findings if each.waived is not None)
        made["waived"] = dict(sorted(marked.items()))
    if audit.since_baseline is not None:
        made["baseline"] = asdict(audit.since_baseline)
    return made


def summary_json(row: RuleSummary) -> dict[str, object]:
    """One rule's counts, rate, interval, floor, ceiling and target."""
    return {
        "rule": row.rule,
        "title": row.title,
        "force": row.force,
        "severity": row.severity,
        "learning_point": row.learning_point,
        **{verdict.value: _count(row, verdict) for verdict in _COUNTED},
        "rate": row.rate,
        "interval": None if row.interval is None else list(row.interval),
        "floor": row.floor,
        "ceiling": row.ceiling,
        "target": row.target,
    }


def _count(row: RuleSummary, verdict: Verdict) -> int | None:
    """A count; null, not zero, where the export does not hold the kind (S8)."""
    return None if row.absent_kind else row.counts[verdict]


def finding_json(finding: Finding, sentences: Sentences) -> dict[str, object]:
    """One finding. Its message is the author's, or one made from the rule."""
    return {
        "rule": finding.rule,
        "applies_from": finding.applies_from,
        "case": finding.case,
        "subject": {"kind": finding.subject_kind, "id": finding.subject_id},
        "verdict": finding.verdict.value,
        "deadline": finding.deadline,
        "done_on": finding.done_on,
        "message": sentences.sentence(finding),
        "fix": finding.fix,
        "owner": finding.owner,
        "settings": dict(finding.settings),
        "evidence": _evidence(finding, sentences),
        "reasons": [reason_json(reason) for reason in finding.reasons],
    }


def _evidence(finding: Finding, sentences: Sentences) -> list[dict[str, object]]:
    """The records that were looked at; then, of a recurring duty, the due day of every gap that
    was not closed in time (S12), as role `late_gap`."""
    seen: list[dict[str, object]] = [
        {"kind": item.kind, "id": item.id, "on": item.on, "role": item.role}
        for item in finding.evidence
    ]
    kind = sentences.wanted_kind(finding) if finding.late_gaps else None
    return seen + [
        {"kind": kind, "id": None, "on": gap.due, "role": "late_gap"} for gap in finding.late_gaps
    ]


def reason_json(reason: Reason) -> dict[str, object]:
    """One reason; what it does not name is null."""
    return {
        "why": reason.why.value,
        "kind": reason.kind,
        "id": reason.id,
        "field": reason.field,
        "text": reason.text,
    }
