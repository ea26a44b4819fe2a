"""Rows on their way to a partition: each a case's key, its kind, and its cells as texts.

A cell is the text that a CSV file would hold, made of a column's own type by the reader of
Parquet; so a data frame says what the same tables in a folder say.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any, Final

from policyengine.formats import loads
from policyengine.records.parquet_rows import is_refused, texts_of
from policyengine.records.typing import identifier

SCHEMA: Final = "case_key string, kind string, cells string"
Raw = dict[str, object]


def key_of(case_id: object) -> str:
    """By what rows are dealt out: the id of the case as it is read, "" if it has none."""
    found = identifier(case_id)
    return found if isinstance(found, str) else ""


def packed(kind: str, rows: Iterable[Mapping[str, object]]) -> dict[str, list[str]]:
    """Rows as the columns of a batch."""
    keys, cells = [], []
    for row in rows:
        keys.append(key_of(row.get("case_id")))
        cells.append(_json(row))
    return {"case_key": keys, "kind": [kind] * len(keys), "cells": cells}


def _json(value: object) -> str:
    """A value of JSON, a number with the digits that it has."""
    match value:
        case Mapping():
            members = (f"{json.dumps(key)}: {_json(each)}" for key, each in value.items())
            return f"{{{', '.join(members)}}}"
        case list():
            return f"[{', '.join(map(_json, value))}]"
        case Decimal():
            return format(value, "f")
        case _:
            return json.dumps(value)


def unpacked(cells: str) -> Raw:
    """A row again."""
    made = loads(cells, "")
    assert isinstance(made, dict)
    return made


def packing(kind: str, names: Sequence[str]) -> Callable[[Iterator[Any]], Iterator[Any]]:
    """What a partition of a kind's data frame is packed by."""

    def pack(batches: Iterator[Any]) -> Iterator[Any]:
        import pyarrow as pa

        for batch in batches:
            columns = [texts_of(batch.column(name)) for name in names]
            rows = (dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True))
            yield pa.RecordBatch.from_pydict(packed(kind, rows), schema=_arrow())

    return pack


def refused_columns(frame: Any, names: Sequence[str]) -> list[str]:
    """The columns of a data frame whose type is none that a field can have."""
    from pyspark.sql.pandas.types import to_arrow_type

    types = {each.name: each.dataType for each in frame.schema.fields}
    refused = []
    for name in names:
        try:
            if is_refused(to_arrow_type(types[name])):
                refused.append(name)
        except Exception:  # noqa: BLE001 - a type that Arrow has not
            refused.append(name)
    return refused


def table_of(columns: Mapping[str, list[str]]) -> Any:
    """The columns of a batch as a table."""
    import pyarrow as pa

    return pa.table(dict(columns), schema=_arrow())


def _arrow() -> Any:
    import pyarrow as pa

    return pa.schema([(name, pa.string()) for name in ("case_key", "kind", "cells")])
