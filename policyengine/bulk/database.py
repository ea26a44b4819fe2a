"""A DuckDB that can do nothing but reckon: no files but its own, no network, no extensions."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection


class BulkError(Exception):
    """The database could not go on: out of memory or of disk, or an error of ours."""


def stopped_by(error: Exception) -> None:
    """Raise `BulkError` where there is no going on: no memory, no disk. Other errors are ours."""
    import duckdb

    if isinstance(error, duckdb.OutOfMemoryException):
        why = "there was not enough memory, or not enough room on disk to do without"
        raise BulkError(f"the bulk engine stopped: {why}") from None
    if isinstance(error, duckdb.IOException | duckdb.InternalException | duckdb.FatalException):
        raise BulkError(f"the bulk engine stopped: {type(error).__name__}") from None


@contextmanager
def database(memory: str | None = None, threads: int | None = None) -> Iterator[DuckDBPyConnection]:
    """A locked database in memory, which spills into a private folder that goes with it.

    `memory` is such as `4GB`. Raises `BulkError` for what DuckDB cannot grant.
    """
    import duckdb

    with tempfile.TemporaryDirectory(prefix="trustpolicy-") as folder:
        config: dict[str, str | bool | int | float | list[str]] = {
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
            "allow_community_extensions": False,
            "temp_directory": folder,
            "preserve_insertion_order": False,
        }
        if memory is not None:
            config["memory_limit"] = memory
        if threads is not None:
            config["threads"] = threads
        try:
            con = duckdb.connect(":memory:", config=config)
        except duckdb.Error as error:
            raise BulkError(f"the database would not start: {type(error).__name__}") from None
        try:
            con.execute("SET python_enable_replacements = false")
            con.execute("SET enable_external_access = false")
            con.execute("SET lock_configuration = true")
            yield con
        except RuntimeError as error:
            if "interrupted" in str(error).lower():
                raise KeyboardInterrupt from None
            raise
        finally:
            con.close()
