"""The private folder of an opened export: its files under names of ours, and files of our own."""

from __future__ import annotations

import errno
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from policyengine.bulk.database import BulkError, stopped_by
from policyengine.records.parquet_rows import damaged


class PrivateFiles:
    """Gives out names in a folder that nobody else can read."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._given: dict[str, Path] = {}
        self._count = 0

    def link(self, path: Path) -> Path:
        """A name of ours for a file as it was given: the database takes `*` and `[` in a name for
        a pattern, and a name can hold anything."""
        link = self._named(f"in{{}}{path.suffix.lower()}")
        link.symlink_to(path.resolve())
        self._given[link.name] = path
        return link

    def new(self) -> Path:
        """A name for a file of our own."""
        return self._named("t{}.parquet")

    def _named(self, name: str) -> Path:
        self._count += 1
        return self.folder / name.format(self._count)

    @contextmanager
    def reading(self) -> Iterator[None]:
        """What the database cannot read is told of the file that was given, and without what
        stands in it. Raises `ExportError` for a damaged file, `BulkError` where memory or disk
        run out."""
        import duckdb

        try:
            yield
        except OSError as error:
            if error.errno not in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
                raise
            raise BulkError("the bulk engine stopped: there is no more room on the disk") from None
        except duckdb.InterruptException:
            raise
        except duckdb.Error as error:
            self.blame(error)
            stopped_by(error)
            raise

    def blame(self, error: Exception) -> None:
        """Raise `ExportError` where an error of the database is about a file that was given."""
        import duckdb

        tables = [name for name in self._given if name.endswith(".parquet")]
        for name in re.findall(r"\bin\d+\.parquet\b", str(error)):
            if name in self._given:
                raise damaged(self._given[name]) from None
        if tables and type(error) in (duckdb.Error, duckdb.InvalidInputException):
            # It does not say which. Statements are ours, and the same for every export.
            first = self._given[tables[0]]
            raise damaged(first if len(tables) == 1 else first.parent) from None
