"""The rows of a block that are surely plain, read, counted and written by column; the others as
rows.

A row is plain where nothing can be said against it: it is a record, its case and what it refers to
are there, no value is in doubt, no comparison goes wrong. Any other row goes the way of rows
(`writing`), which finds what there is to find: here it only has to be seen that there may be
something. So what a fault is stands in one place.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, BinaryIO

from policyengine.imports.batches import Batch
from policyengine.imports.blocks import Block
from policyengine.imports.cells import WITHHELD, Texts, Times, is_nhs_number, spelt
from policyengine.imports.columns import Reading, either, is_any, negated
from policyengine.imports.held import Held, References, Rows, case_of_each
from policyengine.imports.resolving import Fate, Fates
from policyengine.imports.select_columns import SelectColumns
from policyengine.imports.selection import CASE, Comparable, Selection
from policyengine.imports.writing import PLAIN, Column, Writing, owners_of


@dataclass(slots=True)
class _Plain:
    """Rows by column: their numbers, keys (None where the kind has none), cases, and fields."""

    numbers: Any
    keys: Any
    cases: Any
    texts: dict[str, Any]

    def only(self, mask: Any) -> "_Plain":
        """The rows of a mask."""
        return _Plain(
            self.numbers.filter(mask),
            None if self.keys is None else self.keys.filter(mask),
            self.cases.filter(mask),
            {name: texts.filter(mask) for name, texts in self.texts.items()},
        )

    def __len__(self) -> int:
        return len(self.numbers)


class WriteColumns:
    """Writes the blocks of one file."""

    def __init__(self, select: SelectColumns, writing: Writing, held: Held) -> None:
        self.select = select
        self.writing = writing
        self.held = held
        self.log = writing.log
        self.readings = [self._reading(column) for column in writing.columns]

    def _reading(self, column: Column) -> Reading:
        how, cells = column.how, column.cells
        idle = frozenset(spelt(how)) if isinstance(cells, Texts) else None
        made = self.select.reading(how.source, lambda batch: cells.column(column.get(batch)), idle)
        if is_nhs_number(how) and self.select.is_a_column(how.source):
            return replace(made, nhs=True)
        if isinstance(cells, Times) and cells.day_length and self.select.is_a_column(how.source):
            return replace(made, times=cells)
        return made

    def write(self, block: Block, fates: Fates, out: BinaryIO) -> None:
        """Read, check, count and write the rows of a block."""
        select, load = self.select, self.log.load
        wanted = select.wanted(block)
        if wanted is not None:
            rows = len(block)
            block = block.only(wanted)
            load.in_files += rows - len(block)
            load.set_aside += rows - len(block)
        if not len(block):
            return
        odd = select.left_out(block)
        merged = _without(select.superseded(block), odd)
        keys = select.keys(block)
        cases, nobodys = select.cases(block, keys)
        odd = either(odd, nobodys, _blank(keys))
        fate_merged, fate_odd = _fates(fates, self.writing.tag, block)
        merged = either(merged, _without(fate_merged, odd))
        odd = either(odd, fate_odd)
        texts, doubts = {}, []
        for column, reading in zip(self.writing.columns, self.readings, strict=True):
            texts[column.how.field.name], doubt = select.columns.texts(reading, block)
            doubts.append(doubt)
        plain = _Plain(block.numbers, keys, cases, texts)
        odd = _without(either(odd, *doubts, *self._faults(plain)), merged)
        lines = self._lines_of_odd(block, odd, fates)
        self._plain(plain, odd, merged, lines, out)

    def _lines_of_odd(self, block: Block, odd: Any, fates: Fates) -> tuple[list[int], list[str]]:
        """The numbers and the lines of the rows that went the way of rows, and are kept."""
        if not is_any(odd):
            return [], []
        numbers: list[int] = []
        lines: list[str] = []
        for batch in block.only(odd).batches():
            found, written = written_rows(
                self.select.selection, batch, self.select.latest, self.writing, fates
            )
            numbers += found
            lines += written
        return numbers, lines

    def _plain(
        self,
        plain: _Plain,
        odd: Any,
        merged: Any,
        others: tuple[list[int], list[str]],
        out: BinaryIO,
    ) -> None:
        import pyarrow.compute as pc

        load = self.log.load
        if merged is not None:
            several = pc.sum(merged).as_py() or 0
            load.in_files += several
            load.read += several
            load.merged += several
        gone = either(odd, merged)
        before = [0] * len(others[0])
        if is_any(gone):
            before = _before(gone, plain.numbers, others[0])
            plain = plain.only(negated(gone))
        rows = len(plain)
        load.in_files += rows
        load.read += rows
        load.kept += rows
        if rows:
            self._count(plain)
            self._hold(plain)
        _write(self._lines(plain), before, others[1], out)

    # --- what may be said against a row ---------------------------------------------------------

    def _faults(self, plain: _Plain) -> Iterator[Any]:
        """Masks of the rows in which a comparison perhaps goes wrong."""
        import pyarrow.compute as pc

        checks, texts = self.writing.checks, plain.texts
        yield from self._references(plain)
        for start, end in checks.pairs:
            mask = pc.less(texts[end], texts[start])
            yield pc.and_(mask, pc.not_equal(texts[end], "")) if is_any(mask) else None
        is_case = self.writing.name == CASE
        if checks.happened is not None and self.writing.known.died and not is_case:
            yield self._after_death(plain, texts[checks.happened])
        for name in checks.expected:
            yield _blank(texts[name])
        for name in checks.while_open:
            mask = _blank(texts[name])
            for end in checks.ends:
                mask = None if mask is None else pc.and_(mask, pc.equal(texts[end], ""))
            yield mask

    def _after_death(self, plain: _Plain, happened: Any) -> Any:
        import pyarrow as pa
        import pyarrow.compute as pc

        died = self.writing.known.died
        places = pc.index_in(plain.cases, value_set=pa.array(list(died), pa.string()))
        days = pa.array(list(died.values()), pa.string()).take(places)
        return pc.fill_null(pc.less(days, happened), False)

    def _references(self, plain: _Plain) -> Iterator[Any]:
        """Masks of the rows whose references do not surely lead to a record of the same case."""
        import pyarrow.compute as pc

        for column in self.writing.columns:
            owners = owners_of(column, self.writing.known)
            if owners is None or column.how.field.target == self.writing.name:
                continue
            refs = plain.texts[column.how.field.name]
            found, _ = case_of_each(owners, refs)
            mask = pc.fill_null(pc.not_equal(found, self._whose(column, plain)), True)
            if is_any(mask):
                yield pc.and_(mask, _is_reference(refs))

    def _whose(self, column: Column, plain: _Plain) -> Any:
        """The case in which each record that is referred to must be."""
        import pyarrow as pa

        shared = self.writing.kept.mapping.schema.kinds[column.how.field.target or ""].shared
        return pa.repeat(pa.scalar("", pa.string()), len(plain)) if shared else plain.cases

    # --- what is remembered, counted and written ------------------------------------------------

    def _hold(self, plain: _Plain) -> None:
        writing, held = self.writing, self.held
        rows = Rows(self.log.file, self.log.part, plain.numbers)
        if plain.keys is not None:
            held.keys.append(plain.keys)
            held.cases.append(plain.cases)
        if writing.died is not None and writing.died in plain.texts:
            texts = plain.texts[writing.died]
            mask = _is_reference(texts)
            days = zip(
                plain.cases.filter(mask).to_pylist(), texts.filter(mask).to_pylist(), strict=True
            )
            writing.known.died.update({case: text[:10] for case, text in days})
        if writing.nhs is not None:
            texts = plain.texts[writing.nhs]
            mask = _is_reference(texts)
            held.numbers.append((texts.filter(mask), plain.cases.filter(mask), rows.only(mask)))
        if writing.entry.checks.overlap and writing.checks.happened is not None:
            self._hold_spans(plain, writing.checks.happened, rows)
        self._hold_references(plain, rows)

    def _hold_spans(self, plain: _Plain, happened: str, rows: Rows) -> None:
        import pyarrow as pa
        import pyarrow.compute as pc

        starts = plain.texts[happened]
        ends = pa.repeat(pa.scalar("", pa.string()), len(plain))
        for name in self.writing.checks.ends:
            end = plain.texts[name]
            sooner = pc.or_(pc.equal(ends, ""), pc.less(end, ends))
            ends = pc.if_else(pc.and_(pc.not_equal(end, ""), sooner), end, ends)
        mask = pc.and_(_is_reference(starts), pc.invert(pc.starts_with(ends, "<")))
        keys = (
            pa.repeat(pa.scalar("", pa.string()), len(plain)) if plain.keys is None else plain.keys
        )
        columns = (each.filter(mask) for each in (plain.cases, starts, ends, keys))
        cases, starts, ends, keys = columns
        self.held.spans.append((cases, starts, ends, keys, rows.only(mask)))

    def _hold_references(self, plain: _Plain, rows: Rows) -> None:
        import pyarrow as pa

        for at, column in enumerate(self.writing.columns):
            field = column.how.field
            owners = owners_of(column, self.writing.known)
            if owners is None or field.target != self.writing.name:
                continue
            refs = plain.texts[field.name]
            mask = _is_reference(refs)
            if is_any(mask):
                blank = pa.repeat(pa.scalar("", pa.string()), len(plain))
                keys = blank if plain.keys is None else plain.keys
                columns = (each.filter(mask) for each in (refs, self._whose(column, plain), keys))
                found, cases, ids = columns
                held = References(at, field.name, found, cases, ids, rows.only(mask))
                self.held.references.append(held)

    def _count(self, plain: _Plain) -> None:
        import pyarrow.compute as pc

        for column in self.writing.columns:
            texts, load = plain.texts[column.how.field.name], column.load
            load.blank += pc.sum(pc.equal(pc.binary_length(texts), 0)).as_py() or 0
            data = _bytes_of(texts)
            if WITHHELD.encode() in data:
                load.withheld += pc.sum(pc.equal(texts, WITHHELD)).as_py() or 0
            for code in column.unknown:
                if code.encode() in data:
                    load.unknown += pc.sum(pc.equal(texts, code)).as_py() or 0

    def _lines(self, plain: _Plain) -> Any:
        import pyarrow as pa
        import pyarrow.compute as pc

        blank = pa.repeat(pa.scalar("", pa.string()), len(plain))
        columns = []
        if not self.writing.kept.kind.shared:
            columns.append(_quoted(plain.cases))
        if self.writing.name != CASE:
            columns.append(blank if plain.keys is None else _quoted(plain.keys))
        for name in self.writing.kept.fields:
            column = self.writing.by_name.get(name)
            texts = plain.texts.get(name, blank)
            is_plain = column is None or column.how.field.type in PLAIN
            columns.append(texts if is_plain else _quoted(texts))
        columns[-1] = pc.binary_join_element_wise(columns[-1], "\n", "")
        return pc.binary_join_element_wise(*columns, ",")


def written_rows(
    selection: Selection,
    batch: Batch,
    latest: Mapping[str, Comparable],
    writing: Writing,
    fates: Fates,
) -> tuple[Sequence[int], list[str]]:
    """Some rows, the way of rows: the numbers and the lines of those that are kept."""
    with writing.log.by_row():
        selected = selection.take(batch, latest, writing.log)
        return writing.lines(selected, fates) if selected.keys else ([], [])


def _before(gone: Any, numbers: Any, kept: Sequence[int]) -> list[int]:
    """How many plain rows stand before each of some others: those that are kept of the rows that
    are `gone` from among them."""
    import pyarrow.compute as pc

    places = pc.indices_nonzero(gone).to_pylist()
    rows = numbers.filter(gone).to_pylist()
    plain_before = {
        row: place - at for at, (place, row) in enumerate(zip(places, rows, strict=True))
    }
    return [plain_before[row] for row in kept]


def _write(lines: Any, before: Sequence[int], others: Sequence[str], out: BinaryIO) -> None:
    """Write lines, and others among them, each behind so many of the first."""
    data = memoryview(_bytes_of(lines))
    ends = _ends(lines)
    written = 0
    for at, line in zip(before, others, strict=True):
        end = ends[at] - ends[0] if at else 0
        out.write(data[written:end])
        out.write(f"{line}\n".encode())
        written = end
    out.write(data[written:])


def _ends(texts: Any) -> memoryview:
    """Where each text of a column begins in its bytes, and the last one ends."""
    _, places, _ = texts.buffers()
    if places is None or not len(texts):
        return memoryview(bytes(4)).cast("i")
    return memoryview(places).cast("B").cast("i")[texts.offset : texts.offset + len(texts) + 1]


def _bytes_of(texts: Any) -> bytes:
    """The bytes of a column's texts, one after the other."""
    _, _, data = texts.buffers()
    ends = _ends(texts)
    if data is None or ends[-1] == ends[0]:
        return b""
    return bytes(data.slice(ends[0], ends[-1] - ends[0]).to_pybytes())


def _quoted(texts: Any) -> Any:
    """A column as CSV has it: quotes around what needs them."""
    import pyarrow.compute as pc

    data = _bytes_of(texts)
    special = [each for each in ',"\n\r' if each.encode() in data]
    if not special:
        return texts
    mask = either(*(pc.match_substring(texts, each) for each in special))
    some = texts.filter(mask)
    if '"' in special:
        some = pc.replace_substring(some, '"', '""')
    return pc.replace_with_mask(texts, mask, pc.binary_join_element_wise('"', some, '"', ""))


def _blank(texts: Any) -> Any:
    """A mask of what is blank; None if nothing is."""
    import pyarrow.compute as pc

    if texts is None:
        return None
    mask = pc.equal(pc.binary_length(texts), 0)
    return mask if is_any(mask) else None


def _is_reference(texts: Any) -> Any:
    """A mask of what is neither blank nor stands for what is not known."""
    import pyarrow.compute as pc

    return pc.invert(pc.or_(pc.equal(texts, ""), pc.starts_with(texts, "<")))


def _without(mask: Any, other: Any) -> Any:
    """Where one mask is true and another is not."""
    import pyarrow.compute as pc

    return mask if mask is None or other is None else pc.and_not(mask, other)


def _fates(fates: Fates, tag: str, block: Block) -> tuple[Any, Any]:
    """Masks of the rows that are merged, and of those that are disputed or rejected."""
    import pyarrow as pa
    import pyarrow.compute as pc

    found = fates.of(tag, block.numbers.to_pylist()) if tag in fates.files else []
    if not any(found):
        return None, None
    each = pa.array(found, pa.uint8())
    return pc.equal(each, int(Fate.MERGED)), pc.greater(each, int(Fate.MERGED))
