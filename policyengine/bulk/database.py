"""A DuckDB that can do nothing but reckon: no files but its own, no network, no extensions."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

from policyengine.bulk.interrupts import interrupted_at_once
from policyengine.bulk.terms import literal
from policyengine.bulk.words import FAILED

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection


# Rewritings that gain these statements nothing: their columns build on one another in many small
# steps, and these put each step's text wherever its name stands, which grows without bound.
_LEFT_OUT: Final = ",".join(
    (
        "aggregate_reuse",
        "duplicate_groups",
        "partial_aggregate_pushdown",
        "projection_placement",
        "projection_pullup",
        "redundant_order_keys",
        "self_join_aggregate",
        "window_self_join",
    )
)


class BulkError(Exception):
    """The database could not go on: out of memory or of disk, or an error of ours."""


def stopped_by(error: Exception) -> None:
    """Raise `BulkError` where there is no going on: no memory, no disk; KeyboardInterrupt where
    somebody stopped it. Other errors are ours."""
    import duckdb

    if isinstance(error, duckdb.InterruptException):
        raise KeyboardInterrupt from None
    if isinstance(error, duckdb.OutOfMemoryException):
        why = "there was not enough memory, or not enough room on disk to do without"
        raise BulkError(f"the bulk engine stopped: {why}") from None
    if isinstance(error, duckdb.IOException):
        why = "a file could not be written or read: is there room on the disk?"
        raise BulkError(f"the bulk engine stopped: {why}") from None
    if isinstance(error, duckdb.InternalException | duckdb.FatalException):
        raise BulkError(f"the bulk engine stopped: {type(error).__name__}") from None
    if FAILED in str(error):  # a function of ours, in the middle of a statement
        if KeyboardInterrupt.__name__ in str(error):
            raise KeyboardInterrupt from None
        if MemoryError.__name__ in str(error):
            raise BulkError("the bulk engine stopped: there was not enough memory") from None


def threads_of(con: DuckDBPyConnection) -> int:
    """How many threads a database uses."""
    return int(con.execute("SELECT current_setting('threads')").fetchall()[0][0])


@contextmanager
def database(
    memory: str | None = None,
    threads: int | None = None,
    *,
    folder: Path | None = None,
    reads: Sequence[Path] = (),
    room: str | None = None,
    spill: Path | None = None,
) -> Iterator[DuckDBPyConnection]:
    """A locked database in memory, which spills into a private folder that goes with it, or into
    `spill`, which does not.

    `memory` is such as `4GB`; `room` is how much may be spilt. It can open no file but `reads`
    and what lies in `folder`. An interrupt ends a statement at once. Raises `BulkError` for what
    DuckDB cannot grant.
    """
    import duckdb

    with _spill(spill) as spills:
        config: dict[str, str | bool | int | float | list[str]] = {
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
            "allow_community_extensions": False,
            "temp_directory": str(spills),
            "preserve_insertion_order": False,
            "arrow_large_buffer_size": True,  # some thousand long texts at a time are over 2 GB
        }
        if memory is not None:
            config["memory_limit"] = memory
        if threads is not None:
            config["threads"] = threads
        if room is not None:
            config["max_temp_directory_size"] = room
        try:
            con = duckdb.connect(":memory:", config=config)
        except duckdb.Error as error:
            raise BulkError(f"the database would not start: {type(error).__name__}") from None
        try:
            con.execute("SET enable_progress_bar = false")  # it would stand among what is printed
            con.execute("SET python_enable_replacements = false")
            # Rows that a file parted by cases waits for, per thread: wide ones fill the memory.
            con.execute("SET partitioned_write_flush_threshold = 40000")
            con.execute(f"SET disabled_optimizers = '{_LEFT_OUT}'")
            if folder is not None:
                con.execute(f"SET allowed_directories = [{literal(str(folder.resolve()))}]")
            if reads:
                paths = ", ".join(literal(str(path.resolve())) for path in reads)
                con.execute(f"SET allowed_paths = [{paths}]")
            con.execute("SET enable_external_access = false")
            con.execute("SET lock_configuration = true")
            with interrupted_at_once(con):
                yield con
        except duckdb.InterruptException:
            raise KeyboardInterrupt from None
        except RuntimeError as error:
            if "interrupted" in str(error).lower():
                raise KeyboardInterrupt from None
            raise
        finally:
            con.close()


@contextmanager
def _spill(given: Path | None) -> Iterator[Path]:
    if given is not None:
        yield given
        return
    with tempfile.TemporaryDirectory(prefix="trustpolicy-") as made:
        yield Path(made)
