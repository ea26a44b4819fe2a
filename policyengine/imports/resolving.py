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
class _Latest:
    """The latest rows of a key, as far as is known: one for each thing that is said."""

    order: tuple[object, ...]
    saying: dict[bytes, tuple[str, int]]


class Resolver:
    """Is shown every row of the keys in question, and settles the fate of all but one of each."""

    def __init__(self) -> None:
        self.fates = Fates()
        self._latest: dict[tuple[str, str], _Latest] = {}

    def show(
        self, which: tuple[str, str], order: tuple[object, ...], said: str, file: str, row: int
    ) -> None:
        """A row of a case and a key."""
        digest = blake2b(said.encode("utf-8", "surrogatepass"), digest_size=16).digest()
        latest = self._latest.get(which)
        if latest is None:
            self._latest[which] = _Latest(order, {digest: (file, row)})
        elif order < latest.order:
            self.fates.set(file, row, Fate.MERGED)
        elif order > latest.order:
            for place in latest.saying.values():
                self.fates.set(*place, Fate.MERGED)
            self._latest[which] = _Latest(order, {digest: (file, row)})
        else:
            # Of rows that say the same, the one that stands first is the one that stays.
            first = latest.saying.setdefault(digest, (file, row))
            if first != (file, row):
                latest.saying[digest], last = sorted((first, (file, row)))
                self.fates.set(*last, Fate.MERGED)

    def settle(self) -> Fates:
        """The fates, once every row has been shown."""
        for latest in self._latest.values():
            if len(latest.saying) > 1:
                (_, kept), *others = sorted(latest.saying.items())
                self.fates.set(*kept, Fate.DISPUTED)
                for _, place in others:
                    self.fates.set(*place, Fate.REJECTED)
        self._latest.clear()
        return self.fates
