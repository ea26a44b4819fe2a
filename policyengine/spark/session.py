"""A session on a cluster, and what it is asked to do."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from policyengine.spark.errors import SparkError

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

MISSING = "pip install 'trust-policy-engine[spark]', on the driver and on every worker"


def is_installed() -> bool:
    """Whether pyspark, and what it hands rows over with, are here."""
    return all(find_spec(name) is not None for name in ("pyspark", "pandas", "pyarrow", "duckdb"))


@contextmanager
def session(master: str) -> Iterator[SparkSession]:
    """A session on a master (`local[4]`, `spark://host:7077`, `yarn`), stopped at the end; one
    that is there already is used, and left. Raises `SparkError` where there is none."""
    if not is_installed():
        raise SparkError(f"pyspark is not installed: {MISSING}")
    from pyspark.sql import SparkSession

    if (there := SparkSession.getActiveSession()) is not None:
        yield there
        return
    if master.startswith("local"):
        os.environ.setdefault("PYSPARK_PYTHON", sys.executable)  # the workers are this machine
    builder = SparkSession.builder.master(master).appName("trustpolicy audit")
    for name, value in {
        "spark.ui.showConsoleProgress": "false",
        "spark.ui.enabled": "false",
        "spark.log.level": "OFF",  # a line of its log may hold a row
        "spark.driver.extraJavaOptions": "-Dlog4j2.level=OFF",
    }.items():
        builder = builder.config(name, value)
    try:
        spark = builder.getOrCreate()
    except Exception as error:  # noqa: BLE001 - whatever Java says, it says at length
        why = "is Java 17 there (JAVA_HOME), and does the master answer?"
        raise SparkError(f"Spark would not start ({type(error).__name__}): {why}") from None
    try:
        yield spark
    finally:
        spark.stop()


def collected(frame: Any) -> list[tuple[str, str]]:
    """All rows of a data frame of two texts. Raises `SparkError`, without what Spark says, since
    that may hold rows."""
    try:
        table = frame.toArrow()
    except KeyboardInterrupt:
        frame.sparkSession.sparkContext.cancelAllJobs()
        raise
    except Exception as error:  # noqa: BLE001 - as above
        raise SparkError(
            f"the cluster could not finish ({type(error).__name__}){_hint(error)}"
        ) from None
    return list(zip(table.column(0).to_pylist(), table.column(1).to_pylist(), strict=True))


def _hint(error: Exception) -> str:
    """What is known of an error without repeating it."""
    said = str(error)
    if "ModuleNotFoundError" in said or "No module named" in said:
        return f": a worker lacks a package: {MISSING}"
    if "OutOfMemory" in said or "MemoryError" in said:
        return ": a worker ran out of memory: give it more, or more partitions"
    return ""
