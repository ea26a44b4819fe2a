"""Of several rows of one key, which one is kept.

The latest by what the mapping declares; of those that are equally late and say the same, one, for
it is the same record; of those that differ, the first by the hash of what they say, so that the
order of files and rows has no part in it. The others are merged, or (where nothing says which is
right) rejected.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from hashlib import blake2b


class Fate(IntEnum):
    """What becomes of a row; what is not spoken of is kept."""

    KEPT = 0
    MERGED = 1
    REJECTED = 2
    DISPUTED = 3  # kept, and another row of the key says something else


@dataclass(slots=True)
class Fates:
    """What becomes of the rows of a kind's files, a byte for each row."""

    files: dict[str, bytearray] = field(default_factory=dict)

    def set(self, file: str, row: int, fate: Fate) -> None:
        """Say what becomes of a row."""
        rows = self.files.setdefault(file, bytearray())
        if len(rows) <= row:
            rows.extend(bytes(row + 1024 - len(rows)))
        rows[row] = fate

    def of(self, file: str, numbers: Sequence[int]) -> list[int]:
        """What becomes of some rows; an empty list where all are kept."""
        rows = self.files.get(file)
        if rows is None:
            return []
        length = len(rows)
        return [rows[number] if number < length else 0 for number in numbers]


@dataclass(slots=True)
class _Best:
    """The row that is to be kept, as far as is known."""

    order: tuple[object, ...]
    said: bytes
    file: str
    row: int
    rivals: list[tuple[str, int]] = field(default_factory=list)


class Resolver:
    """Is shown every row of the keys in question, and settles the fate of all but one of each."""

    def __init__(self) -> None:
        self.fates = Fates()
        self._best: dict[tuple[str, str], _Best] = {}

    def show(
        self, which: tuple[str, str], order: tuple[object, ...], said: str, file: str, row: int
    ) -> None:
        """A row of a case and a key."""
        digest = blake2b(said.encode("utf-8", "surrogatepass"), digest_size=16).digest()
        best = self._best.get(which)
        if best is None:
            self._best[which] = _Best(order, digest, file, row)
            return
        if order < best.order:
            self.fates.set(file, row, Fate.MERGED)
        elif order > best.order:
            self._lay_down(best)
            self._best[which] = _Best(order, digest, file, row)
        elif digest == best.said:
            self._merge_equal(best, file, row)
        elif digest < best.said:
            best.rivals.append((best.file, best.row))
            best.said, best.file, best.row = digest, file, row
        else:
            best.rivals.append((file, row))

    def settle(self) -> Fates:
        """The fates, once every row has been shown."""
        for best in self._best.values():
            if best.rivals:
                self.fates.set(best.file, best.row, Fate.DISPUTED)
                for file, row in best.rivals:
                    self.fates.set(file, row, Fate.REJECTED)
        self._best.clear()
        return self.fates

    def _lay_down(self, best: _Best) -> None:
        for file, row in ((best.file, best.row), *best.rivals):
            self.fates.set(file, row, Fate.MERGED)

    def _merge_equal(self, best: _Best, file: str, row: int) -> None:
        """Of rows that say the same, the one that stands first is the one that is kept."""
        if (file, row) < (best.file, best.row):
            file, row, best.file, best.row = best.file, best.row, file, row
        self.fates.set(file, row, Fate.MERGED)
