"""One kind, from its files to its table.

A first run takes every row. Where keys come more than once the rows of those keys are looked at
side by side (`resolving`), and the kind is run again with the fate of each known; where the
mapping says which row is the later, that comes first.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Final, TextIO

from policyengine.imports.batches import Get, Table, open_table
from policyengine.imports.cells import (
    INVALID,
    UNKNOWN,
    WITHHELD,
    Cells,
    Doubt,
    Texts,
    cells_for,
    texts_of,
)
from policyengine.imports.checks import RowChecks, Span, checks_of, overlapping
from policyengine.imports.clock import Clock
from policyengine.imports.fault_log import FaultLog, Place, column_of
from policyengine.imports.faults import ORPHANS, Action, Fault
from policyengine.imports.files import files_of
from policyengine.imports.load_counts import FieldLoad, FileLoad, TableLoad
from policyengine.imports.model import Entry, FieldMapping, Format, Manner, Mapping
from policyengine.imports.owners import Owners
from policyengine.imports.resolving import Fate, Fates, Resolver
from policyengine.imports.selection import CASE, Comparable, Known, Selected, Selection
from policyengine.records.errors import export_error
from policyengine.schema.model import FieldType
from policyengine.values.moments import Zone

_SPECIAL = re.compile(r'[",\r\n]')
_PLAIN: Final = frozenset({FieldType.DATE, FieldType.DATETIME, FieldType.NUMBER, FieldType.YES_NO})
_SEPARATOR: Final = "\x1f"


@dataclass(slots=True)
class Desk:
    """Where a run reads from and writes to. `files` remembers how each file was read."""

    mapping: Mapping
    folder: Path
    known: Known
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


@dataclass(slots=True)
class _Column:
    """A field of a file: its raw texts, what reads them, and where it is counted."""

    how: FieldMapping
    get: Get
    cells: Cells | Texts
    load: FieldLoad
    unknown: tuple[str, ...]

    def texts(self, selected: Selected) -> list[str]:
        return self.cells.column(self.get(selected.batch))


@dataclass(slots=True)
class _Rows:
    """The rows of a batch on their way: what is written for each field, and what was found."""

    selected: Selected
    columns: dict[str, list[str]]
    gone: set[int] = field(default_factory=set)
    doubts: list[tuple[int, str, Fault, bool]] = field(default_factory=list)

    def place_of(self, place: int, file: str) -> Place:
        return Place(file, self.selected.batch.numbers[place])


class KindRun:
    """Runs one kind. `owners` are its records once it has run."""

    def __init__(self, name: str, entries: Sequence[Entry], desk: Desk) -> None:
        self.name = name
        self.kind = entries[0].kind
        self.entries = entries
        self.desk = desk
        self.owners = Owners()
        self.loads: list[TableLoad] = []
        filled = {each.field.name for entry in entries for each in entry.fields}
        self.fields = [field for field in self.kind.fields if field in filled]
        self._latest: list[dict[str, Comparable]] = [{} for _ in entries]
        self._again: set[tuple[str, str]] = set()
        self._fates = Fates()
        self._spans: dict[str, list[tuple[Span, FaultLog]]] = {}
        self._numbers: dict[str, list[tuple[str, Place, FaultLog]]] = {}
        self._waiting: list[tuple[str, str, str, str, str, Place, FaultLog]] = []

    def run(self, out: Path, faults: Path, marks: Path) -> bool:
        """Write the table. False where no file is there for any of its sources."""
        if not any(self._tables(entry) for entry in self.entries):
            if self.name == CASE:
                raise export_error("MAP003", "there is no file of cases", "is it the right folder?")
            return False
        self._settle_submissions()
        if any(entry.latest_by for entry in self.entries):
            self._resolve(None)
        self._write(out, faults, marks)
        if self._again:
            self._resolve(self._again)
            self._write(out, faults, marks)
        return True

    # --- what is read ---------------------------------------------------------------------------

    def _tables(self, entry: Entry) -> list[Callable[[], Table]]:
        files = files_of(entry.source, self.desk.folder)
        return [partial(open_table, file, entry.source) for file in files]

    def _selections(self) -> Iterator[tuple[int, Entry, Table, Selection]]:
        for number, entry in enumerate(self.entries):
            for opening in self._tables(entry):
                table = opening()
                file = table.file
                self.desk.files[file.name, entry.source.name] = FileLoad(
                    file.name, entry.source.name, table.said, table.sha256
                )
                clock = self.desk.clock(entry.manner, file.format is Format.XLSX)
                yield number, entry, table, Selection(entry, table, self.desk.known, clock)

    def _settle_submissions(self) -> None:
        """The latest submission of each period."""
        if all(entry.period is None for entry in self.entries):
            return
        for number, _, table, selection in self._selections():
            latest = self._latest[number]
            for batch in table.batches():
                for period, sent in selection.submissions(batch):
                    if period not in latest or latest[period] < sent:  # type: ignore[operator]
                        latest[period] = sent

    def _resolve(self, which: set[tuple[str, str]] | None) -> None:
        """Settle which row of each key is kept: of those that came twice, or (None) of all."""
        resolver = Resolver()
        for number, entry, table, selection in self._selections():
            columns = self._columns(entry, table, TableLoad(self.name, ""))
            for batch in table.batches():
                selected = selection.take(batch, self._latest[number], None)
                texts = [column.texts(selected) for column in columns]
                said = map(_SEPARATOR.join, zip(*texts, strict=True)) if texts else iter(())
                rows = zip(
                    selected.cases,
                    selected.keys,
                    selection.order(selected),
                    selected.batch.numbers,
                    strict=True,
                )
                for case, key, order, row in rows:
                    content = next(said, "")
                    if key and (which is None or (case, key) in which):
                        resolver.show((case, key), order, content, _tag(number, table), row)
        self._fates = resolver.settle()

    # --- what is written ------------------------------------------------------------------------

    def _write(self, out: Path, faults: Path, marks: Path) -> None:
        self.owners = self.desk.known.owners[self.name] = Owners()
        self.loads = [TableLoad(self.name, entry.source.name) for entry in self.entries]
        self._again = set()
        self._spans, self._numbers, self._waiting = {}, {}, []
        if self.name == CASE:
            self.desk.known.died.clear()
        ids = ["id"] if self.kind.shared else ["case_id", "id"]
        header = [*(["case_id"] if self.name == CASE else ids), *self.fields]
        with (
            out.open("w", encoding="utf-8", newline="") as table,
            faults.open("w", encoding="utf-8") as faulty,
            marks.open("w", encoding="utf-8") as marked,
        ):
            table.write(",".join(header) + "\n")
            for number, entry, source, selection in self._selections():
                log = FaultLog(entry, self.loads[number], faulty, marked)
                writing = _Writing(self, entry, source, log, _tag(number, source))
                for batch in source.batches():
                    selected = selection.take(batch, self._latest[number], log)
                    if selected.keys:
                        writing.write(selected, self._fates, table)
            self._look_across()
        for load in self.loads:
            load.settle()

    def _columns(self, entry: Entry, table: Table, load: TableLoad) -> list[_Column]:
        schema = self.desk.mapping.schema
        made = []
        for how in entry.fields:
            cells = self.desk.cells(how, table.file.format is Format.XLSX)
            codes = (
                schema.codes[how.field.target or ""].codes
                if (how.field.type is FieldType.CODE)
                else {}
            )
            unknown = (UNKNOWN, *(code.code for code in codes.values() if code.is_unknown))
            counts = load.fields.setdefault(how.field.name, FieldLoad())
            made.append(_Column(how, texts_of(how.source, table), cells, counts, unknown))
        return made

    # --- what can be said only when every row has been seen -------------------------------------

    def _look_across(self) -> None:
        for case, spans in self._spans.items():
            logs = dict(spans)
            for span in overlapping([span for span, _ in spans]) if len(spans) > 1 else ():
                log = logs[span]
                log.note(Place(span.file, span.row), Fault.OVERLAP)
                log.mark(case, span.id, [("", Fault.OVERLAP)])
        for several in self._numbers.values():
            if len({case for case, _, _ in several}) > 1:
                for case, place, log in several:
                    log.note(place, Fault.SHARED_NHS_NUMBER)
                    log.mark(case, "", [("", Fault.SHARED_NHS_NUMBER)])
        for target, ref, case, id, name, place, log in self._waiting:
            owners = self.desk.known.owners.get(target)
            if owners is not None and not owners.has(ref, case):
                log.note(place, Fault.ORPHAN_REFERENCE, "", name)
                log.mark(case, id, [(name, Fault.ORPHAN_REFERENCE)])

    def seen_again(self, which: tuple[str, str]) -> None:
        """A key that has come before."""
        self._again.add(which)


def _tag(entry: int, table: Table) -> str:
    """A file as one entry reads it: another may make other records of the same rows."""
    return f"{table.file.name}\x1f{entry}"


class _Writing:
    """The rows of one file on their way into the table."""

    def __init__(self, run: KindRun, entry: Entry, table: Table, log: FaultLog, tag: str) -> None:
        self.run = run
        self.tag = tag
        self.entry = entry
        self.file = table.file.name
        self.log = log
        self.columns = run._columns(entry, table, log.load)
        self.by_name = {column.how.field.name: column for column in self.columns}
        self.checks: RowChecks = checks_of(entry)
        self.known = run.desk.known
        self.died = run.desk.mapping.schema.died if run.name == CASE else None
        self.nhs = next((c.how.field.name for c in self.columns if c.how.nhs_number), None)

    def write(self, selected: Selected, fates: Fates, out: TextIO) -> None:
        """Read, check, count and write some rows."""
        selected = self._fated(selected, fates)
        columns = {c.how.field.name: c.texts(selected) for c in self.columns}
        rows = _Rows(selected, columns)
        rows.doubts += [
            (place, field, fault, False)
            for place, faults in selected.faults.items()
            for field, fault in faults
        ]
        self._doubtful(rows)
        self._refer(rows)
        for place, name, fault in self.checks.found(columns, selected.cases, self.known.died):
            self._found(rows, place, name, fault)
        self._own(rows)
        kept = self._kept(rows)
        self._remember(kept)
        self._count(kept)
        self._lines(kept, out)

    def _fated(self, selected: Selected, fates: Fates) -> Selected:
        """Leave out the rows that another of their key has the place of."""
        fate = fates.of(self.tag, selected.batch.numbers)
        if not any(fate):
            return selected
        kept = []
        for place, what in enumerate(fate):
            if what == Fate.MERGED:
                self.log.load.merged += 1
            elif what == Fate.REJECTED:
                number = selected.batch.numbers[place]
                column = column_of(self.entry.key)
                self.log.reject(Place(self.file, number), Fault.DUPLICATE_KEY, column)
            else:
                kept.append(place)
        made = _only(selected, kept)
        for new, place in enumerate(kept):
            if fate[place] == Fate.DISPUTED:
                made.faults.setdefault(new, []).append(("", Fault.DUPLICATE_KEY))
        return made

    def _doubtful(self, rows: _Rows) -> None:
        for column in self.columns:
            if column.cells.doubtful:
                name = column.how.field.name
                for place, text in enumerate(rows.columns[name]):
                    if type(text) is Doubt:
                        self._found(rows, place, name, text.fault)

    def _refer(self, rows: _Rows) -> None:
        """Hold each reference against the records that there are."""
        for column in self.columns:
            name, field = column.how.field.name, column.how.field
            if field.type is not FieldType.REF or field.target not in self.run.desk.mapping.kinds:
                continue
            target = field.target
            owners = self.known.owners.get(target)
            late = owners is None or target == self.run.name
            shared = self.run.desk.mapping.schema.kinds[target].shared
            first = owners.first if owners is not None else {}
            cases = rows.selected.cases
            refs = rows.columns[name]
            found = list(map(first.get, refs))
            if found == cases and not shared:
                continue
            for place, (ref, owner) in enumerate(zip(refs, found, strict=True)):
                if not ref or owner == cases[place] or ref[0] == "<":
                    continue
                whose = "" if shared else cases[place]
                if owners is not None and owners.has(ref, whose):
                    continue
                if late:
                    key = rows.selected.keys[place]
                    at = rows.place_of(place, self.file)
                    waiting = (target, str(ref), whose, key, name, at, self.log)
                    self.run._waiting.append(waiting)
                else:
                    self._found(rows, place, name, Fault.ORPHAN_REFERENCE)

    def _found(self, rows: _Rows, place: int, name: str, fault: Fault) -> None:
        """Do with a fault what the mapping says."""
        if place in rows.gone:
            return
        column = self.by_name.get(name)
        label = column_of(None if column is None else column.how.source)
        at = rows.place_of(place, self.file)
        action = self.log.note(at, fault, label, name)
        if action is Action.REJECT:
            rows.gone.add(place)
            self.log.load.rejected += 1
            self.log.load.orphaned += fault in ORPHANS
            return
        invalid = action is Action.INVALID
        if invalid:
            rows.columns[name][place] = INVALID
        rows.doubts.append((place, name, fault, invalid))

    def _own(self, rows: _Rows) -> None:
        """Enter the records among those that there are; note the keys that were there already."""
        selected = rows.selected
        if not rows.gone and "" not in selected.keys:
            for again in self.run.owners.add(selected.keys, selected.cases):
                self.run.seen_again((selected.cases[again], selected.keys[again]))
            return
        places = [
            place for place, key in enumerate(selected.keys) if key and place not in rows.gone
        ]
        keys = [selected.keys[place] for place in places]
        cases = [selected.cases[place] for place in places]
        for again in self.run.owners.add(keys, cases):
            self.run.seen_again((cases[again], keys[again]))

    def _kept(self, rows: _Rows) -> _Rows:
        if not rows.gone:
            return rows
        places = [place for place in range(len(rows.selected.keys)) if place not in rows.gone]
        new = {place: at for at, place in enumerate(places)}
        return _Rows(
            _only(rows.selected, places),
            {name: [texts[p] for p in places] for name, texts in rows.columns.items()},
            doubts=[(new[p], n, f, i) for p, n, f, i in rows.doubts if p in new],
        )

    def _remember(self, rows: _Rows) -> None:
        """What later checks need to know of these rows."""
        selected = rows.selected
        cases = selected.cases
        if self.died is not None and self.died in rows.columns:
            for case, text in zip(cases, rows.columns[self.died], strict=True):
                if text and text[0] != "<":
                    self.known.died[case] = text[:10]
        if self.nhs is not None and self.run.name == CASE:
            for place, text in enumerate(rows.columns[self.nhs]):
                if text and type(text) is str and text[0] != "<":
                    entry = (cases[place], rows.place_of(place, self.file), self.log)
                    self.run._numbers.setdefault(text, []).append(entry)
        happened, ends = self.checks.happened, self.checks.ends
        if not self.entry.checks.overlap or happened is None:
            return
        for place, start in enumerate(rows.columns[happened]):
            last = min((e for n in ends if (e := rows.columns[n][place])), default="")
            if start and start[0] != "<" and last[:1] != "<":
                number = selected.batch.numbers[place]
                span = Span(start, last, self.file, number, selected.keys[place])
                self.run._spans.setdefault(cases[place], []).append((span, self.log))

    def _count(self, rows: _Rows) -> None:
        self.log.load.kept += len(rows.selected.keys)
        for column in self.columns:
            texts, load = rows.columns[column.how.field.name], column.load
            load.blank += texts.count("")
            load.withheld += texts.count(WITHHELD)
            for code in column.unknown:
                load.unknown += texts.count(code)
        if not rows.doubts:
            return
        of_row: dict[int, list[tuple[str, Fault]]] = {}
        for place, name, fault, invalid in rows.doubts:
            of_row.setdefault(place, []).append((name, fault))
            found = self.by_name.get(name)
            if found is not None:
                counts = found.load.invalid if invalid else found.load.doubtful
                counts[fault] = counts.get(fault, 0) + 1
        for place, faults in sorted(of_row.items()):
            self.log.mark(rows.selected.cases[place], rows.selected.keys[place], faults)

    def _lines(self, rows: _Rows, out: TextIO) -> None:
        selected = rows.selected
        if not selected.keys:
            return
        written: list[Sequence[str]] = []
        if not self.run.kind.shared:
            written.append(quoted(selected.cases))
        if self.run.name != CASE:
            written.append(quoted(selected.keys))
        blank = [""] * len(selected.keys)
        for name in self.run.fields:
            column = self.by_name.get(name)
            texts = rows.columns.get(name, blank)
            plain = column is None or column.how.field.type in _PLAIN
            written.append(texts if plain else quoted(texts))
        out.write("\n".join(map(",".join, zip(*written, strict=True))) + "\n")


def quoted(column: Sequence[str]) -> Sequence[str]:
    """A column as CSV has it: where any cell needs quotes, all that hold something get them."""
    if _SPECIAL.search("".join(column)) is None:
        return column
    return ['"' + text.replace('"', '""') + '"' if text else "" for text in column]


def _only(selected: Selected, places: list[int]) -> Selected:
    new = {place: at for at, place in enumerate(places)}
    return Selected(
        selected.batch.only(places),
        [selected.keys[place] for place in places],
        [selected.cases[place] for place in places],
        faults={new[p]: faults for p, faults in selected.faults.items() if p in new},
    )
