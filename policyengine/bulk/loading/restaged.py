"""Parquet files of ours from Parquet files as they were given: texts throughout, or by range."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from policyengine.bulk.loading.sources import CASE_ID, ID
from policyengine.records.parquet_rows import batches_of, open_parquet

if TYPE_CHECKING:
    from policyengine.schema.model import Kind


def stage_texts(path: Path, kind: Kind, out: Path) -> dict[str, str]:
    """Write the columns that the schema knows as texts; the SQL of each. Raises `ExportError`."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    file = open_parquet(path)
    there = set(file.schema_arrow.names)
    names = {each.name: f"v{each.index}" for each in kind.fields.values() if each.name in there}
    if CASE_ID in there:
        names[CASE_ID] = "cid"
    if ID in there and kind.name != "case":
        names[ID] = "id"
    schema = pa.schema([(name, pa.string()) for name in names.values()])
    with pq.ParquetWriter(out, schema) as writer:
        for cells in batches_of(path, file, list(names)):
            arrays = [pa.array(cells[name], pa.string()) for name in names]
            writer.write_table(pa.Table.from_arrays(arrays, schema=schema))
    return names
