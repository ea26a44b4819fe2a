"""Rows on their way into the table: read, held against each other, counted, and written."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from policyengine.imports.across import Across, Waiting
from policyengine.imports.batches import Get
from policyengine.imports.cells import INVALID, WITHHELD, Cells, Doubt, Texts
from policyengine.imports.checks import RowChecks, Span, checks_of
from policyengine.imports.fault_log import FaultLog, column_of
from policyengine.imports.faults import ORPHANS, Action, Fault
from policyengine.imports.load_counts import FieldLoad
from policyengine.imports.model import Entry, FieldMapping, Mapping
from policyengine.imports.owners import Owners
from policyengine.imports.resolving import Fate, Fates
from policyengine.imports.selection import CASE, Known, Selected
from policyengine.schema.model import FieldType, Kind

_SPECIAL = re.compile(r'[",\r\n]')
PLAIN: Final = frozenset({FieldType.DATE, FieldType.DATETIME, FieldType.NUMBER, FieldType.YES_NO})
"""Types whose texts never need quotes."""


@dataclass(slots=True)
class Column:
    """A field of a file: its raw texts, what reads them, and where it is counted."""

    how: FieldMapping
    get: Get
    cells: Cells | Texts
    load: FieldLoad
    unknown: tuple[str, ...]

    def texts(self, selected: Selected) -> list[str]:
        """What is written for some rows."""
        return self.cells.column(self.get(selected.batch))


@dataclass(frozen=True, slots=True)
class Kept:
    """What the files of a kind leave behind as they are read. `again` are the records, by case and
    key, that came more than once; `fields` are those of the table."""

    kind: Kind
    mapping: Mapping
    known: Known
    fields: Sequence[str]
    owners: Owners = field(default_factory=Owners)
    across: Across = field(default_factory=Across)
    again: set[tuple[str, str]] = field(default_factory=set)


@dataclass(slots=True)
class _Rows:
    """The rows of a batch on their way: what is written for each field, and what was found."""

    selected: Selected
    columns: dict[str, list[str]]
    gone: set[int] = field(default_factory=set)
    doubts: list[tuple[int, str, Fault, bool]] = field(default_factory=list)


class Writing:
    """Writes the rows of one file."""

    def __init__(
        self, kept: Kept, entry: Entry, columns: Sequence[Column], log: FaultLog, tag: str
    ) -> None:
        self.kept = kept
        self.entry = entry
        self.columns = columns
        self.log = log
        self.tag = tag
        self.name = entry.kind.name
        self.by_name = {column.how.field.name: column for column in columns}
        self.checks: RowChecks = checks_of(entry)
        self.known = kept.known
        self.died = kept.mapping.schema.died if self.name == CASE else None
        self.nhs = (
            next((c.how.field.name for c in columns if c.how.nhs_number), None)
            if self.name == CASE
            else None
        )

    def lines(self, selected: Selected, fates: Fates) -> tuple[Sequence[int], list[str]]:
        """Read, check and count some rows; the numbers and the lines of those that are kept."""
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
        died = {} if self.name == CASE else self.known.died  # of cases, not all have been read
        for place, name, fault in self.checks.found(columns, selected.cases, died):
            self._found(rows, place, name, fault)
        self._own(rows)
        kept = self._kept(rows)
        self._remember(kept)
        self._count(kept)
        return kept.selected.batch.numbers, self._lines(kept)

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
                self.log.reject(self.log.place(number), Fault.DUPLICATE_KEY, column)
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
        """Hold each reference against the records that there are; one to the kind itself waits."""
        for at, column in enumerate(self.columns):
            name, field = column.how.field.name, column.how.field
            owners = owners_of(column, self.known)
            if owners is None:
                continue
            own = field.target == self.name
            shared = self.kept.mapping.schema.kinds[field.target or ""].shared
            first = owners.first
            cases = rows.selected.cases
            refs = rows.columns[name]
            found = list(map(first.get, refs))
            if found == cases and not shared:
                continue
            for place, (ref, owner) in enumerate(zip(refs, found, strict=True)):
                if not ref or owner == cases[place] or ref[0] == "<":
                    continue
                whose = "" if shared else cases[place]
                if owners.has(ref, whose):
                    continue
                if own:
                    where = self.log.place(rows.selected.batch.numbers[place])
                    key = rows.selected.keys[place]
                    waiting = Waiting(where, at, name, str(ref), whose, key)
                    self.kept.across.waiting.append(waiting)
                else:
                    self._found(rows, place, name, Fault.ORPHAN_REFERENCE)

    def _found(self, rows: _Rows, place: int, name: str, fault: Fault) -> None:
        """Do with a fault what the mapping says."""
        if place in rows.gone:
            return
        column = self.by_name.get(name)
        label = column_of(None if column is None else column.how.source)
        at = self.log.place(rows.selected.batch.numbers[place])
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
        keys, cases = rows.selected.keys, rows.selected.cases
        if rows.gone or "" in keys:
            places = [place for place, key in enumerate(keys) if key and place not in rows.gone]
            keys = [keys[place] for place in places]
            cases = [cases[place] for place in places]
        for again in self.kept.owners.add(keys, cases):
            self.kept.again.add((cases[again], keys[again]))

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
        selected, across = rows.selected, self.kept.across
        cases = selected.cases
        if self.died is not None and self.died in rows.columns:
            for case, text in zip(cases, rows.columns[self.died], strict=True):
                if text and text[0] != "<":
                    self.known.died[case] = text[:10]
        if self.nhs is not None:
            for place, text in enumerate(rows.columns[self.nhs]):
                if text and type(text) is str and text[0] != "<":
                    where = self.log.place(selected.batch.numbers[place])
                    across.numbers.append((where, text, cases[place]))
        happened, ends = self.checks.happened, self.checks.ends
        if not self.entry.checks.overlap or happened is None:
            return
        for place, start in enumerate(rows.columns[happened]):
            last = min((e for n in ends if (e := rows.columns[n][place])), default="")
            if start and start[0] != "<" and last[:1] != "<":
                where = self.log.place(selected.batch.numbers[place])
                span = Span(start, last, where, selected.keys[place])
                across.spans.append((where, cases[place], span))

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

    def _lines(self, rows: _Rows) -> list[str]:
        selected = rows.selected
        if not selected.keys:
            return []
        written: list[Sequence[str]] = []
        if not self.kept.kind.shared:
            written.append(quoted(selected.cases))
        if self.name != CASE:
            written.append(quoted(selected.keys))
        blank = [""] * len(selected.keys)
        for name in self.kept.fields:
            column = self.by_name.get(name)
            texts = rows.columns.get(name, blank)
            plain = column is None or column.how.field.type in PLAIN
            written.append(texts if plain else quoted(texts))
        return list(map(",".join, zip(*written, strict=True)))


def owners_of(column: Column, known: Known) -> Owners | None:
    """The records that the references of a column lead to, as far as they have been read."""
    field = column.how.field
    if field.type is not FieldType.REF:
        return None
    return known.owners.get(field.target or "")


def quoted(column: Sequence[str]) -> Sequence[str]:
    """A column as CSV has it."""
    if _SPECIAL.search("".join(column)) is None:
        return column
    return [
        text if _SPECIAL.search(text) is None else '"' + text.replace('"', '""') + '"'
        for text in column
    ]


def _only(selected: Selected, places: list[int]) -> Selected:
    new = {place: at for at, place in enumerate(places)}
    return Selected(
        selected.batch.only(places),
        [selected.keys[place] for place in places],
        [selected.cases[place] for place in places],
        faults={new[p]: faults for p, faults in selected.faults.items() if p in new},
    )
