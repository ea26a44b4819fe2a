"""Beyond one machine: the bulk engine in each partition of a Spark job.

Every rule is about one case, so cases are dealt out over a cluster by their ids, and each worker
judges its own in DuckDB. Findings are those of the other engines in every field (S24).

    from policyengine.spark import audit
    found = audit({"case": cases_df, "cto": ctos_df}, rules=["rules"], as_at="2026-11-01")

pyspark is imported only in this room.
"""

from policyengine.spark.errors import SparkError
from policyengine.spark.job import audit, audit_folder

__all__ = ["SparkError", "audit", "audit_folder"]
