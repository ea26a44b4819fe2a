"""Which records there are, and whose: what duplicates, references and orphans are told by."""

from collections import deque
from collections.abc import Sequence


class Owners:
    """The keys of one kind and their cases. One key may stand in several cases, each time as
    another record; that is rare, and costs more."""

    def __init__(self) -> None:
        self.first: dict[str, str] = {}
        self._others: dict[str, set[str]] = {}

    def add(self, keys: Sequence[str], cases: Sequence[str]) -> list[int]:
        """Add records; the places of those that are there already."""
        first = self.first
        before = len(first)
        deque(map(first.setdefault, keys, cases), 0)
        if len(first) == before + len(keys):
            return []
        for _ in range(len(first) - before):  # what was added, which a dict holds last
            first.popitem()
        again = []
        for place, (key, case) in enumerate(zip(keys, cases, strict=True)):
            owner = first.get(key)
            if owner is None:
                first[key] = case
            elif owner == case or case in self._others.get(key, ()):
                again.append(place)
            else:
                self._others.setdefault(key, set()).add(case)
        return again

    def has(self, key: str, case: str) -> bool:
        """Whether a case has a record of that key."""
        return self.first.get(key) == case or case in self._others.get(key, ())

    def case_of(self, key: str) -> str | None:
        """Whose a record is; None if there is none, or if several cases have one of that key."""
        return None if key in self._others else self.first.get(key)
