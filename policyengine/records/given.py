"""The records of an example: the same typing, numbering and order as an export's."""

from collections.abc import Mapping, Sequence

from policyengine.records.building import Builder
from policyengine.records.model import CaseRecords, LoadReport, Record
from policyengine.records.typing import Typing
from policyengine.schema.model import Schema

Given = tuple[str, str | None, Mapping[str, object]]
CASE_ID = "case"


def records_from_given(
    schema: Schema, case_fields: Mapping[str, object], records: Sequence[Given]
) -> tuple[CaseRecords, Mapping[str, Mapping[str, Record]]]:
    """A case, and the rows of shared kinds, from what an example gives.

    `records` are kind, label (the record's id) or None, and its raw values as an export would
    hold them. Every kind must be one of the schema's; a field that is not is left out.
    """
    builder = Builder(schema, Typing(schema))
    own: dict[str, list[object]] = {}
    shared: dict[str, list[object]] = {}
    for kind, label, values in records:
        rows = shared if schema.kinds[kind].shared else own
        raw = dict(values) if label is None else {**values, "id": label}
        rows.setdefault(kind, []).append(raw)
    load = LoadReport()
    case = builder.case(CASE_ID, case_fields, own, load)
    reference = {
        kind: {record.id: record for record in builder.records(kind, rows, load, [])}
        for kind, rows in shared.items()
    }
    return case, reference
