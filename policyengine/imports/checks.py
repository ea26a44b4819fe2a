"""Comparisons within a row: ends and beginnings, deaths, what is due while a record is open."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from policyengine.imports.cells import INVALID
from policyengine.imports.fault_log import Place
from policyengine.imports.faults import Fault
from policyengine.imports.model import Entry
from policyengine.schema.model import Kind

Columns = Mapping[str, Sequence[str]]
# The place of the row, the field that is at fault, and the fault.
Found = Iterator[tuple[int, str, Fault]]


@dataclass(frozen=True, slots=True)
class RowChecks:
    """The checks of one entry, made ready."""

    pairs: tuple[tuple[str, str], ...]
    happened: str | None
    ends: tuple[str, ...]
    while_open: tuple[str, ...]
    expected: tuple[str, ...]

    def found(self, columns: Columns, cases: Sequence[str], died: Mapping[str, str]) -> Found:
        """What is wrong in some rows."""
        for start, end in self.pairs:
            for place in backwards(columns[start], columns[end]):
                yield place, end, Fault.END_BEFORE_START
        if died and self.happened is not None:
            for place in _after(columns[self.happened], cases, died):
                yield place, self.happened, Fault.AFTER_DEATH
        for name in self.expected:
            yield from ((place, name, Fault.EXPECTED) for place in blanks(columns[name]))
        if self.while_open:
            ended = [columns[name] for name in self.ends]
            for name in self.while_open:
                for place in blanks(columns[name]):
                    if not any(column[place] for column in ended):
                        yield place, name, Fault.WHILE_OPEN


def checks_of(entry: Entry) -> RowChecks:
    """The checks that an entry can have, of the fields that it fills."""
    kind = entry.kind
    filled = {each.field.name for each in entry.fields}
    happened = kind.happened if kind.happened in filled else None
    ends = tuple(name for name in _own_ends(kind) if name in filled)
    pairs = [(happened, end) for end in ends if happened is not None]
    pairs += [pair for pair in entry.checks.order if filled.issuperset(pair)]
    planned = happened is not None and kind.fields[happened].planned
    return RowChecks(
        pairs=tuple(dict.fromkeys(pairs)),
        happened=None if planned else happened,
        ends=ends,
        while_open=tuple(name for name in entry.checks.while_open if name in filled),
        expected=tuple(name for name in entry.checks.expected if name in filled),
    )


def _own_ends(kind: Kind) -> tuple[str, ...]:
    return tuple(path[0] for path in kind.ended if len(path) == 1)


def blanks(column: Sequence[str]) -> list[int]:
    """The places where nothing stands."""
    if "" not in column:
        return []
    return [place for place, text in enumerate(column) if not text]


def backwards(starts: Sequence[str], ends: Sequence[str]) -> list[int]:
    """The places where an end is earlier than its start. Texts tell; the few that they seem to
    tell are looked at again."""
    rough = [
        place
        for place, (start, end) in enumerate(zip(starts, ends, strict=True))
        if end and end <= start
    ]
    return [place for place in rough if is_before(ends[place], starts[place])]


def is_before(one: str, other: str) -> bool:
    """Whether a date or time is surely before another. A day alone is compared by the day."""
    if INVALID in (one, other) or "<" in (one[:1], other[:1]) or not one or not other:
        return False
    if one[:10] != other[:10] or len(one) < 19 or len(other) < 19:
        return one[:10] < other[:10]
    first, second = datetime.fromisoformat(one), datetime.fromisoformat(other)
    if (first.tzinfo is None) != (second.tzinfo is None):
        return False
    return first < second


def _after(happened: Sequence[str], cases: Sequence[str], died: Mapping[str, str]) -> list[int]:
    if died.keys().isdisjoint(cases):
        return []
    dead = [place for place, case in enumerate(cases) if case in died]
    return [place for place in dead if is_before(died[cases[place]], happened[place][:10])]


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A record's time, for the finding of overlaps; an end that is blank lies open."""

    start: str
    end: str
    place: Place
    id: str


def overlapping(spans: Sequence[Span]) -> list[Span]:
    """Those that begin before one that began earlier has ended. On the day of its end is not
    before."""
    found = []
    last = ""
    for span in sorted(spans):
        start, end = span.start[:10], span.end[:10] or "9999-12-31"
        if start < last:
            found.append(span)
        last = max(last, end)
    return found
