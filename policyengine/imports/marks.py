"""A finding that rests on a row with a fault says so.

The marks stand beside the tables, in `load/marks.jsonl`; they are added to an audit when it has
been made, so that no engine needs to know of them.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

from policyengine.findings.model import Audit, Finding
from policyengine.formats import JsonError, loads
from policyengine.imports.convert import LOAD, MARKS
from policyengine.imports.faults import SAYS, Fault
from policyengine.imports.load_counts import LoadCounts
from policyengine.records.errors import export_error
from policyengine.schema.model import Schema, Sensitivity
from policyengine.values.truth import Reason, Why

# By kind, case and id: the field (or nothing, for the row as such) and the fault.
Marks = Mapping[tuple[str, str, str], tuple[tuple[str, Fault], ...]]
_LINE_CAP: Final = 1 << 20


def read_marks(folder: Path) -> Marks:
    """The marks beside a folder of tables; none, where it has none."""
    path = folder / LOAD / MARKS
    if not path.is_file():
        return {}
    known = {fault.value: fault for fault in Fault}
    made: dict[tuple[str, str, str], tuple[tuple[str, Fault], ...]] = {}
    with path.open(encoding="utf-8") as stream:
        for number, line in enumerate(stream, 1):
            where = f"{path} line {number}"
            try:
                found = loads(line, where) if len(line) <= _LINE_CAP else None
            except JsonError as error:
                raise export_error("CAS004", str(error)) from None
            match found:
                case {"kind": str(kind), "case_id": str(case), "id": str(id), "faults": list(some)}:
                    key = (kind, case, id)
                    made[key] = made.get(key, ()) + tuple(_pairs(some, known))
                case _:
                    raise export_error("CAS005", f"{where}: this is not a mark")
    return made


def _pairs(some: list[object], known: Mapping[str, Fault]) -> Iterable[tuple[str, Fault]]:
    for each in some:
        match each:
            case [str(field), str(fault)] if fault in known:
                yield field, known[fault]
            case _:
                pass


def marked(findings: Sequence[Finding], marks: Marks, schema: Schema) -> Sequence[Finding]:
    """The findings, each naming the rows with a fault that it rests on: those of its subject, and
    those of its evidence. They come last among its reasons (`invalid`, with the fault in words).
    Of a field that does harm if it is seen nothing is said: that something stands in it would
    be."""
    shown = {
        (kind, case, id): told
        for (kind, case, id), faults in marks.items()
        if (told := tuple(each for each in faults if _may_be_told(kind, each[0], schema)))
    }
    if not shown:
        return findings
    return [_marked(finding, shown) for finding in findings]


def _may_be_told(kind: str, field: str, schema: Schema) -> bool:
    known = schema.kinds.get(kind)
    found = known.fields.get(field) if known else None
    return found is None or found.sensitive is not Sensitivity.HARMFUL


def _marked(finding: Finding, marks: Marks) -> Finding:
    records = [(finding.subject_kind, finding.subject_id)]
    records += [(item.kind, item.id) for item in finding.evidence if item.id is not None]
    said = {(r.kind, r.id, r.field) for r in finding.reasons if r.why is Why.INVALID}
    more = [
        reason
        for kind, id in dict.fromkeys(records)
        for reason in _reasons(finding.case, kind, id, marks)
        if (reason.kind, reason.id, reason.field) not in said
    ]
    if not more:
        return finding
    return replace(finding, reasons=(*finding.reasons, *dict.fromkeys(more)))


def _reasons(case: str, kind: str, id: str, marks: Marks) -> Iterable[Reason]:
    found = marks.get((kind, case, id), ())
    if not found and id.startswith(f"{kind}-"):  # perhaps one that was numbered, having no id
        found = marks.get((kind, case, ""), ())
    for field, fault in found:
        yield Reason(Why.INVALID, kind, id, field or None, SAYS[fault])


def with_load(audit: Audit, load: LoadCounts) -> Audit:
    """The audit of mapped tables, with the rows that the mapping rejected, and every fault that it
    found, among what was loaded. The rows are those of the export itself, as `convert` counts
    them: what was merged is the same records again."""
    if audit.rows_read != load.total("kept"):
        raise AssertionError("a row was lost between the tables and the audit")
    faults = sorted([*audit.faults, *_faults(load)])
    return replace(
        audit,
        rows_read=load.total("read"),
        rows_merged=load.total("merged"),
        rows_rejected=audit.rows_rejected + load.total("rejected"),
        faults=tuple(faults),
    )


def _faults(load: LoadCounts) -> Iterable[tuple[str, str, str, int]]:
    """Faults by kind, field and fault; those of rows that were not kept belong to no field."""
    made: dict[tuple[str, str, str], int] = {}

    def add(kind: str, field: str, fault: Fault, rows: int) -> None:
        key = (kind, field, fault.value)
        made[key] = made.get(key, 0) + rows

    for table in load.tables:
        left = dict(table.faults)
        for name, field in table.fields.items():
            for counts in (field.invalid, field.doubtful):
                for fault, rows in counts.items():
                    add(table.kind, name, fault, rows)
                    left[fault] = left.get(fault, 0) - rows
        for fault, rows in left.items():
            if rows > 0:
                add(table.kind, "", fault, rows)
    return [(*key, rows) for key, rows in made.items()]
