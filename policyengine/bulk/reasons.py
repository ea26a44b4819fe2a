"""Reasons inside the database, read back as `Reason` when a finding is written.

They are lists of short texts: `n12:R7` is a letter for the why, a number for what else the plan
knows of it, and the record's id. A letter comes first so that `is recorded` and `blank means
breached` can ask for it. Where findings are only counted no record is named: within `bits_of`
they are whole numbers, a bit a reason, which cost next to nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from functools import lru_cache
from typing import Final

from policyengine.bulk.terms import NotCompiledError
from policyengine.values.truth import BLANKS, Reason, Why

Sql = str
LETTERS = {
    Why.NOT_RECORDED: "n",
    Why.RECORDED_AS_UNKNOWN: "r",
    Why.INVALID: "i",
    Why.WITHHELD: "w",
    Why.OUTSIDE_COVERAGE: "o",
    Why.IMPRECISE_TIME: "t",
    Why.NO_RECORD: "z",
    Why.NO_PREVIOUS: "p",
    Why.AUTHOR: "a",
    Why.EXCEPTION: "e",
    Why.ENDED: "x",
}
_BLANK = ", ".join(f"'{LETTERS[why]}'" for why in sorted(BLANKS, key=lambda why: why.value))
_NOTHING: Final = "[]::VARCHAR[]"
_LONG, _MOST = 62, 120  # bits of a BIGINT, and of the widest number there is


class Reasons:
    """Numbers the reasons that statements can give, and reads them back."""

    def __init__(self) -> None:
        self._codes: dict[tuple[object, ...], str] = {}
        self._known: dict[str, tuple[Why, str | None, str | None, str | None]] = {}
        self.read = lru_cache(maxsize=100_000)(self._read)

    def code(
        self,
        why: Why,
        kind: str | None = None,
        field: str | None = None,
        text: str | None = None,
        place: int = 0,
    ) -> str:
        """The text of a reason but for the id. `place` tells apart what says the same."""
        key = (why, kind, field, text, place)
        code = self._codes.get(key)
        if code is None:
            code = f"{LETTERS[why]}{len(self._codes)}"
            self._codes[key] = code
            self._known[code] = (why, kind, field, text)
        return code

    def _read(self, packed: str) -> Reason:
        code, colon, id = packed.partition(":")
        why, kind, field, text = self._known[code]
        return Reason(why, kind, id if colon else None, field, text)


class Bits:
    """Which bit stands for which reason, by its code, in one statement or several that go
    together."""

    def __init__(self) -> None:
        self.codes: list[str] = []
        self._places: dict[str, int] = {}
        self._blocks: dict[tuple[str, ...], int] = {}

    def of(self, code: str) -> int:
        """The number of one reason."""
        if code not in self._places:
            self._places[code] = self._room(1)
            self.codes.append(code)
        return 1 << self._places[code]

    def which(self, letters: str) -> int:
        """The bits so far whose reasons are of these letters."""
        return sum(1 << place for place, code in enumerate(self.codes) if code[0] in letters)

    def take(self, column: Sql, codes: Sequence[str]) -> Sql:
        """A column whose bits another statement gave, among the bits of this one."""
        key = tuple(codes)
        if key not in self._blocks:
            self._blocks[key] = self._room(len(codes))
            self.codes += codes
        place = self._blocks[key]
        type_ = "BIGINT" if place + len(codes) <= _LONG else "HUGEINT"
        return f"({column}::{type_} << {place})" if place else column

    def read(self, number: int) -> tuple[str, ...]:
        """The codes of a number, each once."""
        held = (code for place, code in enumerate(self.codes) if number >> place & 1)
        return tuple(dict.fromkeys(held))

    def _room(self, count: int) -> int:
        if len(self.codes) + count > _MOST:
            raise NotCompiledError("so many reasons")
        return len(self.codes)


_BITS: ContextVar[Bits | None] = ContextVar("bits", default=None)


@contextmanager
def bits_of(bits: Bits | None) -> Iterator[None]:
    """Write reasons as bits of a number; None: as lists."""
    before = _BITS.set(bits)
    try:
        yield
    finally:
        _BITS.reset(before)


def none() -> Sql:
    """No reason: what is never unknown has none."""
    return _NOTHING if _BITS.get() is None else "0"


def item(code: str, id: Sql | None = None) -> Sql:
    """One reason by itself."""
    bits = _BITS.get()
    if bits is not None:
        return str(bits.of(code))
    return f"'{code}'" if id is None else f"'{code}:' || {id}"


def listed(item: Sql) -> Sql:
    """The reasons that one alone is."""
    return f"[{item}]" if _BITS.get() is None else item


def first(reasons: Sql) -> Sql:
    """The first of reasons: of those that are one, that one."""
    return f"{reasons}[1]" if _BITS.get() is None else reasons


def one(code: str, id: Sql | None = None) -> Sql:
    """The reasons that one alone is, by its code."""
    return listed(item(code, id))


def stored(column: Sql, codes: Sequence[str]) -> Sql:
    """Reasons from a table; `codes` are those of its bits."""
    bits = _BITS.get()
    return column if bits is None else bits.take(column, codes)


def all_of(several: Iterable[Sql]) -> Sql:
    """Several reasons as one; a NULL among them counts as none."""
    kept = [each for each in several if each != none()]
    if len(kept) < 2:
        return kept[0] if kept else none()
    if _BITS.get() is None:
        return f"flatten([{', '.join(kept)}])"
    return f"({' | '.join(each if each.isdigit() else f'COALESCE({each}, 0)' for each in kept)})"


def where(*options: tuple[Sql, Sql]) -> Sql:
    """The reasons whose conditions hold, as one."""
    held = [
        reasons if test == "TRUE" else f"CASE WHEN {test} THEN {reasons} ELSE {none()} END"
        for test, reasons in options
        if reasons != none() and test != "FALSE"
    ]
    return all_of(held)


def gathered(reasons: Sql, total: Callable[[Sql], Sql]) -> Sql:
    """The reasons of many rows, as one; `total` gives an aggregate of a column. NULL: a row that
    has none."""
    if _BITS.get() is None:
        return together(total(f"list({reasons}) FILTER ({reasons} IS NOT NULL)"))
    return f"COALESCE({total(f'bit_or({reasons})')}, 0)"


def together(lists: Sql) -> Sql:
    """The reasons in a list of several, as one."""
    if _BITS.get() is None:
        return f"COALESCE(list_distinct(flatten({lists})), {none()})"
    return f"COALESCE(list_bit_or({lists}), 0)"


def some(reasons: Sql) -> Sql:
    """Whether there is any."""
    return f"len({reasons}) > 0" if _BITS.get() is None else f"{reasons} <> 0"


def only_blank(reasons: Sql) -> Sql:
    """Whether nothing but blanks is among them (S4)."""
    bits = _BITS.get()
    if bits is None:
        return f"(len(list_filter({reasons}, lambda r: r[1] NOT IN ({_BLANK}))) = 0)"
    others = bits.which("".join(LETTERS[why] for why in Why if why not in BLANKS))
    if reasons.isdigit():
        return "FALSE" if int(reasons) & others else "TRUE"
    return f"((({reasons}) & {others}) = 0)"


def has(reasons: Sql, *whys: Why) -> Sql:
    """Whether one of these is among them."""
    bits = _BITS.get()
    if bits is None:
        letters = ", ".join(f"'{LETTERS[why]}'" for why in whys)
        return f"(len(list_filter({reasons}, lambda r: r[1] IN ({letters}))) > 0)"
    which = bits.which("".join(LETTERS[why] for why in whys))
    if reasons.isdigit():
        return "TRUE" if int(reasons) & which else "FALSE"
    return f"((({reasons}) & {which}) <> 0)"
