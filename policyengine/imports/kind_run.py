"""One kind, from its files to its table.

A first run takes every row. Where keys come more than once the rows of those keys are looked at
side by side (`resolving`), and the kind is run again with the fate of each known; where the
mapping says which row is the later, that comes first.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, Final

from policyengine.imports.batches import Batch, CsvTable, Table, open_table
from policyengine.imports.blocks import DEFAULT, Block, CsvBlocks, Pace
from policyengine.imports.cells import UNKNOWN, Cells, Texts, cells_for, texts_of
from policyengine.imports.clock import Clock
from policyengine.imports.fault_log import FaultLog
from policyengine.imports.files import files_of
from policyengine.imports.held import Held
from policyengine.imports.load_counts import FieldLoad, FileLoad, TableLoad
from policyengine.imports.model import Entry, FieldMapping, Format, Manner, Mapping
from policyengine.imports.owners import Repeats
from policyengine.imports.resolving import Fates, Resolver
from policyengine.imports.select_columns import SelectColumns
from policyengine.imports.selection import CASE, Comparable, Known, Selection
from policyengine.imports.write_columns import WriteColumns, written_rows
from policyengine.imports.writing import Column, Kept, Writing
from policyengine.records.errors import export_error
from policyengine.schema.model import FieldType
from policyengine.values.moments import Zone

_SEPARATOR: Final = "\x1f"


@dataclass(slots=True)
class Desk:
    """Where a run reads from and writes to. `files` remembers how each file was read."""

    mapping: Mapping
    folder: Path
    known: Known
    pace: Pace = DEFAULT
    files: dict[tuple[str, str], FileLoad] = field(default_factory=dict)
    _clocks: dict[tuple[Manner, bool], Clock] = field(default_factory=dict)
    _cells: dict[tuple[object, ...], Cells] = field(default_factory=dict)

    def clock(self, manner: Manner, marked: bool) -> Clock:
        """What reads the dates of a manner; what it has read it remembers for all."""
        found = self._clocks.get((manner, marked))
        if found is None:
            own, other = self.mapping.schema.time_zone, self.mapping.time_zone
            written_in = None if other is None or other == own else Zone(other)
            found = Clock(manner, Zone(own), written_in, marked=marked)
            self._clocks[manner, marked] = found
        return found

    def cells(self, how: FieldMapping, marked: bool) -> Cells | Texts:
        """What reads a field. Fields that are read alike share what has been read."""
        mapping, each = self.mapping, how.field
        clock = self.clock(how.manner, marked)
        simple = how.codes is None and how.look_up is None and not how.nhs_number
        key = (each.type, each.target, each.planned, how.manner, how.source.steps, marked)
        if simple and not how.leading_zeros and key in self._cells:
            return self._cells[key]
        made = cells_for(how, mapping.schema, clock, self.known.look_ups, mapping.extracted_on)
        if simple and not how.leading_zeros and isinstance(made, Cells):
            self._cells[key] = made
        return made


@dataclass(frozen=True, slots=True)
class _Part:
    """A file of a kind, as one entry reads it. `place` is the entry's, `number` the file's own
    among all that the kind reads."""

    number: int
    place: int
    entry: Entry
    table: Table
    selection: Selection

    @property
    def tag(self) -> str:
        """The file's name among the fates: another entry may make other records of its rows."""
        return f"{self.table.file.name}\x1f{self.place}"


class KindRun:
    """Runs one kind. `kept.owners` are its records once it has run."""

    def __init__(self, name: str, entries: Sequence[Entry], desk: Desk) -> None:
        self.name = name
        self.kind = entries[0].kind
        self.entries = entries
        self.desk = desk
        self.loads: list[TableLoad] = []
        filled = {each.field.name for entry in entries for each in entry.fields}
        self.fields = [field for field in self.kind.fields if field in filled]
        self.kept = self._nothing_kept()
        self._latest: list[dict[str, Comparable]] = [{} for _ in entries]
        self._fates = Fates()

    def run(self, out: Path, faults: Path, marks: Path) -> bool:
        """Write the table. False where no file is there for any of its sources."""
        if not any(files_of(entry.source, self.desk.folder) for entry in self.entries):
            if self.name == CASE:
                raise export_error("MAP003", "there is no file of cases", "is it the right folder?")
            return False
        self._settle_submissions()
        if any(entry.latest_by for entry in self.entries):
            self._resolve(self._keys_that_come_again())
        self._write(out, faults, marks)
        if self.kept.again:
            self._resolve({key for _, key in self.kept.again})
            self._write(out, faults, marks)
        return True

    def _nothing_kept(self) -> Kept:
        return Kept(self.kind, self.desk.mapping, self.desk.known, self.fields)

    # --- what is read ---------------------------------------------------------------------------

    def _parts(self) -> Iterator[_Part]:
        number = 0
        for place, entry in enumerate(self.entries):
            for file in files_of(entry.source, self.desk.folder):
                table = open_table(file, entry.source)
                self.desk.files[file.name, entry.source.name] = FileLoad(
                    file.name, entry.source.name, table.said, table.sha256
                )
                clock = self.desk.clock(entry.manner, file.format is Format.XLSX)
                selection = Selection(entry, table, self.desk.known, clock)
                yield _Part(number, place, entry, table, selection)
                number += 1

    def _select(self, part: _Part) -> SelectColumns | None:
        """What selects the rows of a file by column; None where they are read as rows."""
        own = part.entry.through is not None and part.selection.target == self.name
        if own or not self.desk.pace.reads_columns(part.table):
            return None
        assert isinstance(part.table, CsvTable)
        return SelectColumns(part.entry, part.table, part.selection, self._latest[part.place])

    def _pieces(self, part: _Part, wanted: Collection[int]) -> Iterator[Batch | Block]:
        """The rows of a file: by column if it is said which columns are wanted."""
        if not wanted or not isinstance(part.table, CsvTable):
            yield from part.table.batches()
        else:
            yield from CsvBlocks(part.table, wanted, self.desk.pace.block).pieces()

    def _settle_submissions(self) -> None:
        """The latest submission of each period."""
        if all(entry.period is None for entry in self.entries):
            return
        for part in self._parts():
            latest, select = self._latest[part.place], self._select(part)
            for piece in self._pieces(part, select.places_of_submissions() if select else ()):
                batch = piece.distinct() if isinstance(piece, Block) else piece
                for period, sent in part.selection.submissions(batch):
                    if period not in latest or latest[period] < sent:  # type: ignore[operator]
                        latest[period] = sent

    def _keys_that_come_again(self) -> set[str]:
        """The keys of more than one row: of any other there is nothing to settle."""
        repeats = Repeats()
        for part in self._parts():
            select = self._select(part)
            if part.entry.key is None:
                continue
            for piece in self._pieces(part, select.places_of_keys() if select else ()):
                if isinstance(piece, Block) and select is not None:
                    repeats.add_column(select.keys(piece))
                elif isinstance(piece, Batch):
                    repeats.add(part.selection.keys(piece))
        return repeats.found()

    def _resolve(self, which: set[str]) -> None:
        """Settle which row of each of some keys is kept."""
        resolver = Resolver()
        for part in self._parts():
            select = self._select(part)
            columns = self._columns(part, TableLoad(self.name, ""))
            for piece in self._pieces(part, select.places() if select else ()):
                if isinstance(piece, Batch):
                    self._show(part, piece, columns, which, resolver)
                elif select is not None:
                    for batch in select.of_keys(piece, which):
                        self._show(part, batch, columns, which, resolver)
        self._fates = resolver.settle()

    def _show(
        self,
        part: _Part,
        batch: Batch,
        columns: Sequence[Column],
        which: set[str],
        resolver: Resolver,
    ) -> None:
        selected = part.selection.take(batch, self._latest[part.place], None)
        texts = [column.texts(selected) for column in columns]
        said = map(_SEPARATOR.join, zip(*texts, strict=True)) if texts else iter(())
        rows = zip(
            selected.cases,
            selected.keys,
            part.selection.order(selected),
            selected.batch.numbers,
            strict=True,
        )
        for case, key, order, row in rows:
            content = next(said, "")
            if key and key in which:
                resolver.show((case, key), order, content, part.tag, row)

    # --- what is written ------------------------------------------------------------------------

    def _write(self, out: Path, faults: Path, marks: Path) -> None:
        self.kept = kept = self._nothing_kept()
        self.desk.known.owners[self.name] = kept.owners
        self.loads = [TableLoad(self.name, entry.source.name) for entry in self.entries]
        held = Held()
        if self.name == CASE:
            self.desk.known.died.clear()
        ids = ["id"] if self.kind.shared else ["case_id", "id"]
        header = [*(["case_id"] if self.name == CASE else ids), *self.fields]
        with (
            out.open("wb") as table,
            faults.open("w", encoding="utf-8") as faulty,
            marks.open("w", encoding="utf-8") as marked,
        ):
            table.write((",".join(header) + "\n").encode())
            for part in self._parts():
                place = (part.number, part.table.file.name)
                log = FaultLog(part.entry, self.loads[part.place], place, faulty, marked)
                kept.across.logs.append(log)
                self._write_part(part, log, held, table)
            kept.again.update(held.settle(kept.owners, kept.across))
            if not kept.again:  # where there are such, all is written once more
                kept.across.tell(kept.owners)
        for load in self.loads:
            load.settle()

    def _write_part(self, part: _Part, log: FaultLog, held: Held, out: BinaryIO) -> None:
        columns = self._columns(part, log.load)
        writing = Writing(self.kept, part.entry, columns, log, part.tag)
        select, latest = self._select(part), self._latest[part.place]
        by_column = None if select is None else WriteColumns(select, writing, held)
        for piece in self._pieces(part, select.places() if select else ()):
            if isinstance(piece, Batch):
                _, lines = written_rows(part.selection, piece, latest, writing, self._fates)
                out.write("".join(f"{line}\n" for line in lines).encode())
            elif by_column is not None:
                by_column.write(piece, self._fates, out)

    def _columns(self, part: _Part, load: TableLoad) -> list[Column]:
        schema = self.desk.mapping.schema
        made = []
        for how in part.entry.fields:
            cells = self.desk.cells(how, part.table.file.format is Format.XLSX)
            codes = (
                schema.codes[how.field.target or ""].codes
                if (how.field.type is FieldType.CODE)
                else {}
            )
            unknown = (UNKNOWN, *(code.code for code in codes.values() if code.is_unknown))
            counts = load.fields.setdefault(how.field.name, FieldLoad())
            made.append(Column(how, texts_of(how.source, part.table), cells, counts, unknown))
        return made
