"""Which records there are, and whose: what duplicates, references and orphans are told by."""

from collections import Counter, deque
from collections.abc import Sequence
from typing import Any


class Owners:
    """The keys of one kind and their cases. One key may stand in several cases, each time as
    another record; that is rare, and costs more.

    Most may be held as two of Arrow's columns; they become a dict when rows ask for it, and a dict
    becomes columns when columns do.
    """

    def __init__(self) -> None:
        self._first: dict[str, str] = {}
        self._others: dict[str, set[str]] = {}
        self._keys: Any = None
        self._cases: Any = None
        self._is_dict = True

    @property
    def first(self) -> dict[str, str]:
        """The case of each key; of a key in several cases, one of them."""
        if not self._is_dict:
            pairs = zip(self._keys.to_pylist(), self._cases.to_pylist(), strict=True)
            self._first = dict(pairs)
            self._is_dict = True
        return self._first

    def columns(self) -> tuple[Any, Any]:
        """The same as two columns, keys and cases."""
        if self._keys is None:
            import pyarrow as pa

            self._keys = pa.array(list(self.first), pa.string())
            self._cases = pa.array(list(self.first.values()), pa.string())
        return self._keys, self._cases

    def holding(self, keys: Any) -> Any:
        """A mask of the keys of a column that there are."""
        import pyarrow as pa
        import pyarrow.compute as pc

        if self._is_many_to(keys):
            return pa.array(list(map(self.first.__contains__, keys.to_pylist())))
        return pc.is_in(keys, value_set=self.columns()[0])

    def cases_of(self, keys: Any) -> Any:
        """The case of each key of a column, as `first` has it; null where there is no such key."""
        import pyarrow as pa
        import pyarrow.compute as pc

        if self._is_many_to(keys):
            return pa.array(list(map(self.first.get, keys.to_pylist())), pa.string())
        known, cases = self.columns()
        return cases.take(pc.index_in(keys, value_set=known))

    def _is_many_to(self, keys: Any) -> bool:
        """Whether there are so many records that to sort them into a table, which Arrow does for
        each column anew, takes longer than to look each key up in the dict."""
        return len(self) > 2 * len(keys)

    def __len__(self) -> int:
        return len(self._first) if self._is_dict else len(self._keys)

    @property
    def shared(self) -> frozenset[str]:
        """The keys that several cases have."""
        return frozenset(self._others)

    def add(self, keys: Sequence[str], cases: Sequence[str]) -> list[int]:
        """Add records; the places of those that are there already."""
        first = self.first
        self._keys = self._cases = None
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

    def add_columns(self, keys: Sequence[Any], cases: Sequence[Any]) -> set[tuple[str, str]]:
        """Add records by columns, without blank keys; the cases and keys of those that came more
        than once, among these or with those that are there."""
        import pyarrow as pa
        import pyarrow.compute as pc

        own = list(self.first.items()) + [
            (key, case) for key, several in self._others.items() for case in several
        ]
        own_keys = pa.array([key for key, _ in own], pa.string())
        plain = pa.chunked_array(keys).combine_chunks()
        is_once = _ascends(plain) and not pc.any(pc.is_in(plain, value_set=own_keys)).as_py()
        all_keys = pa.concat_arrays([plain, own_keys])
        own_cases = pa.array([case for _, case in own], pa.string())
        all_cases = pa.chunked_array([*cases, own_cases]).combine_chunks()
        is_once = is_once or pc.count_distinct(all_keys).as_py() == len(all_keys)
        again: set[tuple[str, str]] = set()
        if not is_once or self._others:
            again, all_keys, all_cases = self._sorted_out(all_keys, all_cases)
        else:
            self._others = {}
        self._first, self._is_dict = {}, False
        self._keys, self._cases = all_keys, all_cases
        return again

    def _sorted_out(self, keys: Any, cases: Any) -> tuple[set[tuple[str, str]], Any, Any]:
        """What came more than once, and keys and cases without it; the other cases of a key stand
        beside."""
        import pyarrow as pa
        import pyarrow.compute as pc

        again: set[tuple[str, str]] = set()
        self._others = {}
        mask = pc.is_in(keys, value_set=several_times(keys))
        first: dict[str, str] = {}
        pairs = zip(keys.filter(mask).to_pylist(), cases.filter(mask).to_pylist(), strict=True)
        for (key, case), times in Counter(pairs).items():
            if times > 1:
                again.add((case, key))
            if first.setdefault(key, case) != case:
                self._others.setdefault(key, set()).add(case)
        rest = pc.invert(mask)
        return (
            again,
            pa.concat_arrays([keys.filter(rest), pa.array(list(first), pa.string())]),
            pa.concat_arrays([cases.filter(rest), pa.array(list(first.values()), pa.string())]),
        )

    def has(self, key: str, case: str) -> bool:
        """Whether a case has a record of that key."""
        return self.first.get(key) == case or case in self._others.get(key, ())

    def case_of(self, key: str) -> str | None:
        """Whose a record is; None if there is none, or if several cases have one of that key."""
        return None if key in self._others else self.first.get(key)


def _ascends(texts: Any) -> bool:
    """Whether each text is longer than the one before it, or as long and greater: no two of them
    are the same then, and most keys of most exports are written so."""
    import pyarrow.compute as pc

    if len(texts) < 2:
        return True
    one, next_ = texts.slice(0, len(texts) - 1), texts.slice(1)
    long, longer = pc.binary_length(one), pc.binary_length(next_)
    after = pc.and_(pc.equal(long, longer), pc.less(one, next_))
    return pc.all(pc.or_(pc.less(long, longer), after)).as_py() is True


def several_times(texts: Any) -> Any:
    """The texts of a column that stand there more than once."""
    import pyarrow.compute as pc

    counts = pc.value_counts(texts)
    return counts.field("values").filter(pc.greater(counts.field("counts"), 1))


class Repeats:
    """Finds the texts that come more than once."""

    def __init__(self) -> None:
        self._seen: set[str] = set()
        self._again: set[str] = set()
        self._columns: list[Any] = []

    def add(self, texts: Sequence[str]) -> None:
        """Some texts; blanks do not count."""
        for text in texts:
            if text in self._seen:
                self._again.add(text)
            elif text:
                self._seen.add(text)

    def add_column(self, texts: Any) -> None:
        """Some texts, as a column of Arrow's."""
        self._columns.append(texts)

    def found(self) -> set[str]:
        """Those that came more than once."""
        if not self._columns:
            return self._again
        import pyarrow as pa

        seen = pa.array(sorted(self._seen), pa.string())
        several = several_times(pa.chunked_array([*self._columns, seen]))
        return self._again | (set(several.to_pylist()) - {""})
