"""The words of texts (S21) as lists of whole numbers, and what is asked of such lists.

A word has one number as long as a `Vocabulary` lives; which it is means nothing. The database
hands these functions some thousand rows at a time, as columns, and they work on whole columns: no
step of Python is a step for each row or each word.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import wraps
from threading import Lock
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    import numpy as np
    from duckdb import DuckDBPyConnection

BLOCK: Final = 1 << 19  # bytes of text at a time: what is made of them stays in the cache
CELLS: Final = 1 << 18  # of the table in which two columns of lists are compared: so does this
FEW: Final = 1 << 13  # numbers up to which they are as near to one another as need be
FAILED: Final = "a function of words failed"
Column = Any  # of Arrow, in one piece or in several
Compared = tuple[slice, "np.ndarray", "np.ndarray", "np.ndarray"]


class Vocabulary:
    """Gives each word a number. Several threads may ask at once."""

    def __init__(self) -> None:
        self._numbers: dict[bytes, int] = {}
        self._lock = Lock()

    def register(self, con: DuckDBPyConnection) -> None:
        """Let statements ask it, in place of the vocabulary that they asked before:
        `words_of(text)`, of an ASCII text or of words in small letters with spaces between;
        `says(words, phrase)`, `new_words(words, others)` and `similarity(words, others)`.
        Each gives NULL where it is given a NULL."""
        import duckdb
        from duckdb.func import FunctionNullHandling, PythonUDFType

        functions: tuple[tuple[str, Callable[..., Column], list[Any], str], ...] = (
            ("words_of", self.words, ["VARCHAR"], "INTEGER[]"),
            ("says", self.says, ["INTEGER[]", "VARCHAR"], "BOOLEAN"),
            ("new_words", new_words, ["INTEGER[]", "INTEGER[]"], "BIGINT"),
            ("similarity", similarity, ["INTEGER[]", "INTEGER[]"], "BIGINT"),
        )
        for name, function, takes, gives in functions:
            with suppress(duckdb.Error):  # there was none
                con.remove_function(name)
            con.create_function(
                name,
                _guarded(function),
                takes,
                gives,
                type=PythonUDFType.ARROW,
                null_handling=FunctionNullHandling.SPECIAL,
            )

    def words(self, texts: Column) -> Column:
        """The words of each text in order, as their numbers."""
        import numpy as np
        import pyarrow as pa

        raw, borders, missing = _bytes_of(texts)
        numbers = [np.empty(0, np.int32)]
        offsets = [np.zeros(1, np.int64)]
        place, total, count = 0, 0, len(borders) - 1
        while place < count:
            first = borders[place]
            fitting = int(np.searchsorted(borders, first + BLOCK, "right")) - 1
            end = max(place + 1, fitting)
            own = borders[place : end + 1] - first
            found, starts = self._numbered(raw[first : borders[end]], own)
            numbers.append(found)
            offsets.append(np.searchsorted(starts, own[1:]) + total)
            place, total = end, total + len(found)
        return pa.LargeListArray.from_arrays(
            pa.array(np.concatenate(offsets)),
            pa.array(np.concatenate(numbers)),
            mask=None if missing is None else pa.array(missing),
        )

    def _numbered(self, raw: np.ndarray, borders: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The numbers of the words in these bytes, and where each starts. A word is cut with all
        that follows it up to the next, which is zeros: they are taken off the few distinct."""
        import numpy as np
        import pyarrow as pa

        letters, starts = _letters(raw, borders)
        if not len(starts):
            return np.empty(0, np.int32), starts
        cuts = np.append(starts, len(raw)).astype(np.int64, copy=False)
        buffers = [None, pa.py_buffer(cuts), pa.py_buffer(letters)]
        words = pa.Array.from_buffers(pa.large_binary(), len(starts), buffers).dictionary_encode()
        known = self._numbers
        with self._lock:
            distinct = [
                known.setdefault(word.rstrip(b"\0"), len(known))
                for word in words.dictionary.to_pylist()
            ]
        return np.array(distinct, np.int32)[words.indices.to_numpy()], starts

    def says(self, said: Column, phrases: Column) -> Column:
        """Whether each text has the words of a phrase (folded, spaces between) one after
        another. The phrases are few."""
        import numpy as np
        import pyarrow as pa

        lists = _lists(said)
        asked = _whole(phrases).dictionary_encode()
        which = asked.indices.to_numpy(zero_copy_only=False)
        found = np.zeros(len(lists.borders) - 1, bool)
        for number, phrase in enumerate(asked.dictionary.to_pylist()):
            words = [self._numbers.get(word) for word in phrase.encode().split()]
            if None not in words:  # else no text has it
                found |= (which == number) & _has_run(lists, words)
        missing = lists.missing
        return pa.array(found, mask=missing)


def new_words(texts: Column, others: Column) -> Column:
    """How many words of each text the other has not, each counted once."""
    import numpy as np
    import pyarrow as pa

    mine, theirs = _lists(texts), _lists(others)
    count = np.zeros(len(mine.borders) - 1, np.int64)
    for rows, row, _, there in _compared(mine, theirs):
        count[rows] = np.bincount(row[there == 0], minlength=rows.stop - rows.start)
    return pa.array(count, mask=_either(mine.missing, theirs.missing))


def similarity(texts: Column, others: Column) -> Column:
    """200 x shared / (words of one + words of the other), as multisets, rounded down; NULL
    where neither has a word."""
    import numpy as np
    import pyarrow as pa

    mine, theirs = _lists(texts), _lists(others)
    shared = np.zeros(len(mine.borders) - 1, np.int64)
    for rows, row, here, there in _compared(mine, theirs):
        both = np.minimum(here, there)
        # As floats, which hold whole numbers exactly to 2 to the 53rd.
        shared[rows] = np.bincount(row, both, minlength=rows.stop - rows.start)
    total = np.diff(mine.borders) + np.diff(theirs.borders)
    wordless = total == 0
    missing = _either(_either(mine.missing, theirs.missing), wordless)
    return pa.array(200 * shared // np.where(wordless, 1, total), mask=missing)


# --- columns --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Lists:
    """A column of lists: row n has `values` from one of the `borders` to the next."""

    values: np.ndarray
    borders: np.ndarray
    missing: Column | None


def _guarded(function: Callable[..., Column]) -> Callable[..., Column]:
    """The function, whose errors tell nothing of what it was given. The database wraps them in
    one of its own: `database.stopped_by` knows it by its text."""

    @wraps(function)  # the database asks what it takes
    def run(*columns: Column) -> Column:
        try:
            return function(*columns)
        except BaseException as error:  # noqa: BLE001 - an interrupt comes here too
            raise RuntimeError(f"{FAILED}: {type(error).__name__}") from None

    return run


def _whole(column: Column) -> Column:
    import pyarrow as pa

    return column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column


def _missing(array: Column) -> Column | None:
    """Which rows are NULL; None where none is."""
    if not array.null_count:
        return None
    return array.is_null().to_numpy(zero_copy_only=False)


def _either(one: Column | None, other: Column | None) -> Column | None:
    if one is None or other is None:
        return other if one is None else one
    return one | other


def _bytes_of(texts: Column) -> tuple[np.ndarray, np.ndarray, Column | None]:
    """The bytes of a column of texts, where each starts and the last ends, and which are NULL."""
    import numpy as np
    import pyarrow as pa

    array = _whole(texts).cast(pa.large_string())
    _, offsets, data = array.buffers()
    if not len(array):
        return np.empty(0, np.uint8), np.zeros(1, np.int64), None
    borders = np.frombuffer(offsets, np.int64)[array.offset : array.offset + len(array) + 1]
    raw = np.empty(0, np.uint8) if data is None else np.frombuffer(data, np.uint8)
    return raw, borders, _missing(array)


def _lists(column: Column) -> _Lists:
    import numpy as np
    import pyarrow as pa

    array = _whole(column).cast(pa.large_list(pa.int32()))
    if not len(array):
        return _Lists(np.empty(0, np.int32), np.zeros(1, np.int64), None)
    offsets = array.offsets.to_numpy()
    values = array.values.to_numpy()[offsets[0] : offsets[-1]]
    return _Lists(values, offsets - offsets[0], _missing(array))


# --- words ----------------------------------------------------------------------------------------


def _letters(raw: np.ndarray, borders: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The bytes in small letters with a zero for each that is no letter, and where words start:
    at a letter after none, and at a letter that is the first of its text. What is beyond ASCII
    is a letter: such words were found before."""
    import numpy as np

    byte = np.uint8
    capital = (raw - byte(ord("A"))) < 26
    small = raw | (capital.view(byte) * byte(ord("a") - ord("A")))
    letter = (small - byte(ord("a"))) < 26
    if raw.max(initial=0) > 127:
        letter |= raw > 127
    first = letter.copy()
    first[1:] &= ~letter[:-1]
    begins = borders[:-1]
    begins = begins[begins < len(raw)]
    first[begins] = letter[begins]
    return small * letter.view(byte), np.flatnonzero(first)


def _has_run(lists: _Lists, words: list[int | None]) -> np.ndarray:
    """In which lists these numbers stand one after another."""
    import numpy as np

    found = np.zeros(len(lists.borders) - 1, bool)
    width, values = len(words), lists.values
    if not width or len(values) < width:
        return found if width else ~found
    last = len(values) - width + 1
    run = values[:last] == words[0]
    for place in range(1, width):
        run &= values[place : last + place] == words[place]
    starts = np.flatnonzero(run)
    rows = np.searchsorted(lists.borders, starts, "right") - 1
    found[rows[starts + width <= lists.borders[rows + 1]]] = True
    return found


def _compared(one: _Lists, other: _Lists) -> Iterator[Compared]:
    """For some rows after the other: for each distinct number of a list, its row among these,
    and how often it stands in that list, and in the other's of that row."""
    import numpy as np

    first, second, width = _renumbered(one.values, other.values)
    count = len(one.borders) - 1
    step = max(1, min(count, CELLS // width))
    table = np.full(step * width, -1, np.int32)  # where a number of a row stands: -1, nowhere
    for start in range(0, count, step):
        rows = slice(start, min(count, start + step))
        row, keys = _keys(first, one.borders, rows, width)
        _, others = _keys(second, other.borders, rows, width)
        table[keys] = np.arange(len(keys), dtype=np.int32)
        here = np.bincount(table[keys], minlength=len(keys))
        places = table[others]
        there = np.bincount(places[places >= 0], minlength=len(keys))
        table[keys] = -1
        distinct = np.flatnonzero(here)
        yield rows, row[distinct], here[distinct], there[distinct]


def _keys(
    values: np.ndarray, borders: np.ndarray, rows: slice, width: int
) -> tuple[np.ndarray, np.ndarray]:
    """For each number in the lists of these rows: its row, and a key that tells the pair."""
    import numpy as np

    own = borders[rows.start : rows.stop + 1]
    row = np.repeat(np.arange(rows.stop - rows.start), np.diff(own))
    return row, row * width + values[own[0] : own[-1]]


def _renumbered(one: np.ndarray, other: np.ndarray) -> tuple[np.ndarray, np.ndarray, int]:
    """The numbers of two columns without those that neither has, and one more than the highest:
    a run's vocabulary is large, that of some thousand rows is not."""
    import numpy as np

    top = 1 + max(int(one.max(initial=0)), int(other.max(initial=0)))
    if top <= FEW:
        return one, other, top
    there = np.zeros(top, bool)
    there[one] = there[other] = True
    numbers = np.cumsum(there) - 1
    return numbers[one], numbers[other], int(numbers[-1]) + 1
