"""Which rows of a block are records, under which key, and whose: as far as that is plain.

What is said of each row is said by the code that reads rows (`selection`), of each text that
differs once. A mask is None where it would be true nowhere.
"""

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from policyengine.imports.batches import Batch, CsvTable
from policyengine.imports.blocks import Block
from policyengine.imports.columns import Columns, Read, Reading, either, is_any, negated
from policyengine.imports.held import case_of_each
from policyengine.imports.model import Entry, Take, ValueSource
from policyengine.imports.selection import CASE, Comparable, Selection


class KeyColumns:
    """The keys of a file's rows, by column."""

    def __init__(self, entry: Entry, table: CsvTable, selection: Selection) -> None:
        self.entry = entry
        self.table = table
        self.selection = selection
        self.columns = Columns()
        renamed = selection.former if entry.kind.name == CASE else {}
        self.key = (
            None
            if entry.key is None
            else self.reading(entry.key, selection.keys, frozenset(renamed))
        )

    def reading(self, source: ValueSource, read: Read, idle: frozenset[str] | None) -> Reading:
        """How a value source is read: what is a column as it stands is left as it is, but for the
        texts of `idle`."""
        places = tuple(self.table.places(() if source.take is Take.VALUE else source.names))
        return Reading(places, read, idle if self.is_a_column(source) else None)

    def is_a_column(self, source: ValueSource) -> bool:
        """Whether a value source is a column as it stands."""
        is_one = source.take is Take.COLUMN and not source.steps
        return is_one and len(self.table.places(source.names)) == 1

    def places_of_keys(self) -> set[int]:
        """The columns that keys are made of."""
        return set() if self.key is None else set(self.key.places)

    def keys(self, block: Block) -> Any:
        """The keys of all rows; None where the kind has none."""
        return None if self.key is None else self.columns.texts(self.key, block)[0]

    def of_keys(self, block: Block, keys: Collection[str]) -> Iterator[Batch]:
        """The rows whose key is one of some."""
        import pyarrow as pa
        import pyarrow.compute as pc

        found = self.keys(block)
        if found is None:
            return
        mask = pc.is_in(found, value_set=pa.array(sorted(keys), pa.string()))
        yield from block.only(mask).batches()


class SelectColumns(KeyColumns):
    """Which rows of a block are records, as far as that is plain: `take` by column."""

    def __init__(
        self,
        entry: Entry,
        table: CsvTable,
        selection: Selection,
        latest: Mapping[str, Comparable],
    ) -> None:
        super().__init__(entry, table, selection)
        self.latest = latest
        conditions = zip(entry.where, selection.where, strict=True)
        self.where = [self.reading(each.column, test, None) for each, test in conditions]
        outs = zip(entry.leave_out, selection.out, strict=True)
        self.out = [self.reading(each.condition.column, test, None) for each, test in outs]
        self.case = self._case()
        self.sent = self._sent()

    def _case(self) -> Reading | None:
        """What says whose a row is: the case, or the reference that leads to it."""
        entry, selection = self.entry, self.selection
        if entry.kind.name == CASE:
            return None
        if entry.through is not None:
            field = entry.field(entry.through)
            if field is None or selection.through is None:
                raise AssertionError("a mapping goes through a field that it does not fill")
            return self.reading(field.source, selection.through, frozenset())
        if entry.case is None:
            return None
        idle = None if entry.case_look_ups else frozenset(selection.former)
        return self.reading(entry.case, selection.cases, idle)

    def _sent(self) -> Reading | None:
        entry = self.entry
        if entry.period is None or entry.submission is None:
            return None
        one, other = entry.period, entry.submission.column
        names = [
            name for each in (one, other) if each.take is not Take.VALUE for name in each.names
        ]
        return Reading(tuple(dict.fromkeys(self.table.places(names))), self._is_latest)

    def _is_latest(self, batch: Batch) -> list[bool]:
        pairs = self.selection.sent(batch)
        return [self.latest.get(period) == sent for period, sent in pairs]

    def places(self) -> set[int]:
        """The columns that the entry needs."""
        entry = self.entry
        sources = [each.column for each in entry.where]
        sources += [each.condition.column for each in entry.leave_out]
        sources += [each.column for each in entry.latest_by]
        sources += [each.source for each in entry.fields]
        sources += [each for each in (entry.key, entry.case, entry.period) if each is not None]
        if entry.submission is not None:
            sources.append(entry.submission.column)
        names = [name for each in sources if each.take is not Take.VALUE for name in each.names]
        return set(self.table.places(names))

    def places_of_submissions(self) -> set[int]:
        """The columns that say which submission a row is of, and whether it is wanted."""
        where = {place for each in self.where for place in each.places}
        return where | set(() if self.sent is None else self.sent.places)

    def wanted(self, block: Block) -> Any:
        """A mask of the rows for which all conditions hold; None if that is all."""
        odd = either(*(negated(self.columns.holds(each, block)) for each in self.where))
        return negated(odd) if is_any(odd) else None

    def left_out(self, block: Block) -> Any:
        """A mask of the rows that are perhaps no record."""
        return either(*(self.columns.holds(each, block) for each in self.out))

    def superseded(self, block: Block) -> Any:
        """A mask of the rows of which another submission counts; None if there are none."""
        if self.sent is None:
            return None
        mask = negated(self.columns.holds(self.sent, block))
        return mask if is_any(mask) else None

    def cases(self, block: Block, keys: Any) -> tuple[Any, Any]:
        """Whose each row is, and a mask of the rows that are perhaps nobody's."""
        import pyarrow as pa
        import pyarrow.compute as pc

        kind = self.entry.kind
        if kind.name == CASE:
            return keys, None
        if self.case is None:
            return pa.repeat(pa.scalar("", pa.string()), len(block)), None
        texts, _ = self.columns.texts(self.case, block)
        if self.entry.through is not None:
            owners = self.selection.owners_through()
            if owners is None:
                return texts, pa.repeat(pa.scalar(True), len(block))
            cases, odd = case_of_each(owners, texts)
            return cases, odd
        there = self.selection.owners_of_cases().holding(texts)
        return texts, None if pc.all(there).as_py() else negated(there)
