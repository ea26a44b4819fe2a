"""One walk over all the cases of an opened export, a range after the other or side by side."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from policyengine.bulk.loading.loaded_range import LoadedRange
from policyengine.records.building import Builder
from policyengine.records.model import Export, LoadReport
from policyengine.records.walking import copied, finished

if TYPE_CHECKING:
    from policyengine.bulk.loading.ranges import Folder


class Walk:
    """Open each range once, by its number, in any order. Then `finish`: the export's load report
    and hash are whole."""

    def __init__(self, folder: Folder, export: Export, cases_at_once: int) -> None:
        self.folder = folder
        self.export = export
        self.cases_at_once = cases_at_once
        self.count = -(-folder.ids.count // cases_at_once)
        self._counted: dict[int, tuple[LoadReport, int]] = {}
        folder.look_through(self.count, cases_at_once)

    @contextmanager
    def range(self, number: int, folder: Folder) -> Iterator[LoadedRange]:
        """A range, read by `folder`: the walk's own, or one that was made `beside` it."""
        for source in folder.sources.values():
            source.use(number)
        first = number * self.cases_at_once
        load = LoadReport()
        builder = Builder(folder.schema, folder.typing)
        one = LoadedRange(folder, load, builder, (first, first + self.cases_at_once))
        yield one
        one.close()
        self.add(number, load, one.digest)

    def counted(self, number: int) -> tuple[LoadReport, int]:
        """What a range that was read came to: its rows, and the sum of its digests."""
        return self._counted[number]

    def add(self, number: int, load: LoadReport, digest: int) -> None:
        """Count a range, wherever it was read."""
        self._counted[number] = load, digest

    def finish(self) -> None:
        """Add the ranges up, in their order."""
        folder = self.folder
        for source in folder.sources.values():
            source.use(None)
        assert folder.opened is not None
        whole, total = copied(self.export.load, LoadReport()), folder.opened.digest
        for number in range(self.count):
            load, digest = self._counted[number]
            whole.add(load)
            total += digest
        finished(self.export, whole, total if folder.wants_hash else None)
