"""What a block's texts become, by the code that reads rows: each text that comes again is read
once, and a text that reading surely leaves as it is, is not read at all."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from policyengine.imports.batches import Batch
from policyengine.imports.blocks import Block
from policyengine.imports.cells import Doubt, Times

# All that `str.strip` takes from a text of ASCII.
_BLANKS: Final = " \t\n\v\f\r\x1c\x1d\x1e\x1f"
_MOST_PAIRS: Final = 1 << 62
_LEARNT: Final = 200  # rows from which the first days and times of day are learnt
_MANY: Final = 0.4  # of the rows: where more texts than that differ, they are read one by one

Read = Callable[[Batch], Sequence[Any]]


@dataclass(frozen=True, slots=True)
class Reading:
    """How a column is made: `read` from the columns at `places`. If `idle` is not None, `read` has
    one column, and leaves alone every text that has no blanks at its ends, is ASCII, and is not
    among those. If `nhs`, NHS numbers are read, and those that are ten
    digits and right left alone. If `times` is not None, it is what reads the one column."""

    places: tuple[int, ...]
    read: Read
    idle: frozenset[str] | None = None
    nhs: bool = False
    times: Times | None = None


class Columns:
    """Reads the columns of the blocks of a file. Of which columns most texts differ is learnt."""

    def __init__(self) -> None:
        self._many: set[tuple[int, ...]] = set()

    def texts(self, how: Reading, block: Block) -> tuple[Any, Any]:
        """The texts of a column, and a mask of those in doubt; None in its place if none is."""
        import pyarrow as pa

        if how.idle is not None:
            return _touched(how, block)
        if how.nhs:
            (place,) = how.places
            numbers = block.columns[place]
            return _read_some(how, place, numbers, numbers, negated(surely_nhs_numbers(numbers)))
        if how.times is not None and len(block) > _LEARNT:
            return _by_halves(how, how.times, block)
        made, codes = self._read(how, block)
        texts = pa.array(made, pa.string())
        doubtful = any(type(text) is Doubt for text in made)
        marks = pa.array([type(text) is Doubt for text in made]) if doubtful else None
        if codes is None:
            return texts, marks
        return texts.take(codes), None if marks is None else marks.take(codes)

    def holds(self, how: Reading, block: Block) -> Any:
        """A mask: where `read` says True."""
        import pyarrow as pa

        made, codes = self._read(how, block)
        mask = pa.array(made, pa.bool_())
        return mask if codes is None else mask.take(codes)

    def _read(self, how: Reading, block: Block) -> tuple[Sequence[Any], Any]:
        """What `read` makes of the texts that differ, and which of that each row has; or of all
        rows, and None."""
        import pyarrow as pa

        places, rows = how.places, len(block)
        if not places:
            return how.read(Batch.of_columns({}, 1)), pa.repeat(pa.scalar(0), rows)
        if places not in self._many:
            found = _distinct(block, places)
            if found is not None and len(found[0]) <= max(_MANY * rows, 16):
                (several, codes) = found
                columns = dict(zip(places, zip(*several, strict=True), strict=True))
                return how.read(Batch.of_columns(columns, len(several))), codes
            if rows > 1000:
                self._many.add(places)
        columns = {place: block.columns[place].to_pylist() for place in places}
        return how.read(Batch.of_columns(columns, rows)), None


def _distinct(block: Block, places: Sequence[int]) -> tuple[list[tuple[str, ...]], Any] | None:
    """The rows of some columns that differ, and which of them each row has; None where there may
    be more than can be counted."""
    import pyarrow.compute as pc

    first, *others = (block.columns[place].dictionary_encode() for place in places)
    rows: list[tuple[str, ...]] = [(text,) for text in first.dictionary.to_pylist()]
    codes = first.indices.cast("int64")
    for other in others:
        texts = other.dictionary.to_pylist()
        if len(rows) * len(texts) > _MOST_PAIRS:
            return None
        both = pc.add(pc.multiply(codes, len(texts)), other.indices.cast("int64"))
        pairs = both.dictionary_encode()
        rows = [
            (*rows[pair // len(texts)], texts[pair % len(texts)])
            for pair in pairs.dictionary.to_pylist()
        ]
        codes = pairs.indices.cast("int64")
    return rows, codes


def _by_halves(how: Reading, times: Times, block: Block) -> tuple[Any, Any]:
    """The column of times, each put together from what its day and its time of day become; those
    of which that is not known are read."""
    import pyarrow as pa
    import pyarrow.compute as pc

    (place,) = how.places
    texts, at = block.columns[place], times.day_length
    some = texts.slice(0, _LEARNT).to_pylist()
    how.read(Batch.of_columns({place: some}, len(some)))  # from which days and hours are learnt
    days = pc.utf8_slice_codeunits(texts, 0, at).dictionary_encode()
    hours = pc.utf8_slice_codeunits(texts, at).dictionary_encode()
    known = times.learn(days.dictionary.to_pylist(), hours.dictionary.to_pylist())
    day, hour = (pa.array(each, pa.string()) for each in known)
    made = pc.binary_join_element_wise(day.take(days.indices), hour.take(hours.indices), "")
    blank = pc.equal(texts, "")
    made = pc.if_else(blank, "", made)
    return _read_some(how, place, made, texts, pc.is_null(made))


def surely_nhs_numbers(texts: Any) -> Any:
    """A mask of what is blank, or ten digits of which the last is the right check digit."""
    import pyarrow as pa
    import pyarrow.compute as pc

    is_ten = pc.and_(pc.equal(pc.binary_length(texts), 10), pc.ascii_is_decimal(texts))
    left = pc.if_else(is_ten, texts, "0" * 10).cast(pa.int64())
    weighed = pa.repeat(pa.scalar(0, pa.int64()), len(texts))
    for weight in range(1, 11):  # the last digit weighs 1, so that the whole is a multiple of 11
        tens = pc.divide(left, 10)
        digit = pc.subtract(left, pc.multiply(tens, 10))
        weighed = pc.add(weighed, pc.multiply(digit, weight))
        left = tens
    is_right = pc.equal(pc.multiply(pc.divide(weighed, 11), 11), weighed)
    return pc.or_(pc.equal(texts, ""), pc.and_(is_ten, is_right))


def _touched(how: Reading, block: Block) -> tuple[Any, Any]:
    """The column in which only those texts were read that reading may change."""
    (place,) = how.places
    texts = block.columns[place]
    mask = _perhaps(texts, block.is_ascii, how.idle or frozenset())
    if mask is None:
        return texts, None
    return _read_some(how, place, texts, texts, mask)


def _read_some(how: Reading, place: int, made: Any, texts: Any, mask: Any) -> tuple[Any, Any]:
    """A column in which the texts of a mask have yet to be read."""
    import pyarrow as pa
    import pyarrow.compute as pc

    some = texts.filter(mask).to_pylist()
    if not some:
        return made, None
    found = how.read(Batch.of_columns({place: some}, len(some)))
    made = pc.replace_with_mask(made, mask, pa.array(found, pa.string()))
    doubts = [type(text) is Doubt for text in found]
    if not any(doubts):
        return made, None
    return made, pc.replace_with_mask(falses(len(texts)), mask, pa.array(doubts))


def _perhaps(texts: Any, is_ascii: bool, idle: frozenset[str]) -> Any:
    """A mask of the texts that are not surely left alone; None if all are."""
    import pyarrow as pa
    import pyarrow.compute as pc

    masks = []
    trimmed = pc.ascii_trim(texts, characters=_BLANKS)
    if size_of(trimmed) != size_of(texts):
        masks.append(pc.not_equal(pc.binary_length(trimmed), pc.binary_length(texts)))
    if not is_ascii:
        masks.append(pc.invert(pc.string_is_ascii(texts)))
    if idle:
        masks.append(pc.is_in(texts, value_set=pa.array(sorted(idle), pa.string())))
    mask = either(*masks)
    return mask if mask is not None and is_any(mask) else None


def size_of(texts: Any) -> int:
    """How many bytes the texts of a column have."""
    import pyarrow.compute as pc

    return pc.sum(pc.binary_length(texts)).as_py() or 0


# --- masks --------------------------------------------------------------------------------------


def falses(rows: int) -> Any:
    """A mask of nothing."""
    import pyarrow as pa

    return pa.repeat(pa.scalar(False), rows)


def either(*masks: Any) -> Any:
    """Where any of some masks is true; None of no masks. A mask that is None is false."""
    import pyarrow.compute as pc

    made = None
    for mask in masks:
        if mask is not None:
            made = mask if made is None else pc.or_(made, mask)
    return made


def negated(mask: Any) -> Any:
    """Where a mask is not true; None of None, which is no mask."""
    import pyarrow.compute as pc

    return None if mask is None else pc.invert(mask)


def is_any(mask: Any) -> bool:
    """Whether a mask is true anywhere."""
    import pyarrow.compute as pc

    return mask is not None and pc.any(mask).as_py() is True
