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
from struct import Struct
from typing import Final

_PACKED: Final = Struct(">16sIIQ")  # what is said, how late, in which file, in which row


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


class Resolver:
    """Is shown every row of the keys in question, and settles the fate of all but one of each.

    There may be a million keys. What is known of each is packed into a few bytes: the hash of
    what its latest row says, how late that is, and where it stands. Rows that are equally late
    and say something else are rare, and stand beside.
    """

    def __init__(self) -> None:
        self.fates = Fates()
        self._latest: dict[str, bytes] = {}
        self._others: dict[str, dict[bytes, tuple[str, int]]] = {}
        self._orders: dict[tuple[object, ...], int] = {}
        self._order: list[tuple[object, ...]] = []
        self._files: dict[str, int] = {}
        self._file: list[str] = []

    def show(
        self, which: tuple[str, str], order: tuple[object, ...], said: str, file: str, row: int
    ) -> None:
        """A row of a case and a key."""
        key = "\x1f".join(which)
        digest = blake2b(said.encode("utf-8", "surrogatepass"), digest_size=16).digest()
        known = self._latest.get(key)
        if known is None:
            self._keep(key, digest, order, file, row)
            return
        said_before, order_before, file_before, row_before = _PACKED.unpack(known)
        latest, place = self._order[order_before], (self._file[file_before], row_before)
        if order < latest:
            self.fates.set(file, row, Fate.MERGED)
        elif order > latest:
            for superseded in (place, *self._others.pop(key, {}).values()):
                self.fates.set(*superseded, Fate.MERGED)
            self._keep(key, digest, order, file, row)
        elif digest == said_before:
            first, last = sorted((place, (file, row)))
            self._keep(key, digest, order, *first)
            self.fates.set(*last, Fate.MERGED)
        else:
            others = self._others.setdefault(key, {})
            # Of rows that say the same, the one that stands first is the one that stays.
            before = others.setdefault(digest, (file, row))
            if before != (file, row):
                others[digest], last = sorted((before, (file, row)))
                self.fates.set(*last, Fate.MERGED)

    def settle(self) -> Fates:
        """The fates, once every row has been shown."""
        for key, others in self._others.items():
            said, _, file, row = _PACKED.unpack(self._latest[key])
            (_, kept), *rejected = sorted({**others, said: (self._file[file], row)}.items())
            self.fates.set(*kept, Fate.DISPUTED)
            for _, place in rejected:
                self.fates.set(*place, Fate.REJECTED)
        self._latest.clear()
        self._others.clear()
        return self.fates

    def _keep(
        self, key: str, digest: bytes, order: tuple[object, ...], file: str, row: int
    ) -> None:
        order_number = self._orders.setdefault(order, len(self._order))
        if order_number == len(self._order):
            self._order.append(order)
        file_number = self._files.setdefault(file, len(self._file))
        if file_number == len(self._file):
            self._file.append(file)
        self._latest[key] = _PACKED.pack(digest, order_number, file_number, row)
