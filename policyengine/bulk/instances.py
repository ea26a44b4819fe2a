"""Cases as at days: what a run judges, as columns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, overload

if TYPE_CHECKING:
    import numpy as np

    Columns = tuple[np.ndarray, np.ndarray, np.ndarray]


@dataclass(frozen=True, slots=True)
class Instance:
    """A case as at a date."""

    case: int
    as_at: date
    known_by: date


class EachCase(Sequence[Instance]):
    """The first so many cases as at each of these days (as at, known by), day by day: an instance
    is made when it is asked for."""

    def __init__(self, cases: int, days: Sequence[tuple[date, date]]) -> None:
        self.cases = cases
        self.days = days

    def __len__(self) -> int:
        return self.cases * len(self.days)

    @overload
    def __getitem__(self, number: int) -> Instance: ...
    @overload
    def __getitem__(self, number: slice) -> Sequence[Instance]: ...
    def __getitem__(self, number: int | slice) -> Instance | Sequence[Instance]:
        if isinstance(number, slice):
            return [self[each] for each in range(len(self))[number]]
        if not 0 <= number < len(self):
            raise IndexError("no such instance")
        return Instance(number % self.cases, *self.days[number // self.cases])


def columns_of(instances: Sequence[Instance]) -> Columns:
    """The numbers of the cases, and the days as ordinals: as at, known by."""
    import numpy as np

    if isinstance(instances, EachCase):
        size, days = instances.cases, instances.days
        return (
            np.tile(np.arange(size, dtype=np.int32), len(days)),
            np.repeat(np.array([as_at.toordinal() for as_at, _ in days], np.int32), size),
            np.repeat(np.array([known.toordinal() for _, known in days], np.int32), size),
        )
    return (
        np.array([each.case for each in instances], np.int32),
        np.array([each.as_at.toordinal() for each in instances], np.int32),
        np.array([each.known_by.toordinal() for each in instances], np.int32),
    )


def turns_of(cases: np.ndarray) -> np.ndarray:
    """How often each instance's case stands before it."""
    import numpy as np

    order = np.argsort(cases, kind="stable")
    own = cases[order]
    first = np.flatnonzero(np.diff(own, prepend=-1))  # where another case begins
    turns = np.empty(len(cases), np.int32)
    turns[order] = np.arange(len(cases)) - np.repeat(first, np.diff(first, append=len(cases)))
    return turns
