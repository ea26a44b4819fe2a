"""Chance that falls the same way on every machine and every version of Python."""

from collections.abc import Sequence
from datetime import date, timedelta
from hashlib import sha256
from random import Random
from typing import TypeVar

T = TypeVar("T")


class Dice:
    """Throws that depend on the seed alone.

    Only `Random.random` is used: Python promises to keep its sequence, and does not promise to
    keep those of `choice`, `shuffle` and `randrange`.
    """

    def __init__(self, seed: str) -> None:
        number = int.from_bytes(sha256(seed.encode()).digest()[:8], "big")
        self._random = Random(number)  # noqa: S311  nothing here is a secret

    def chance(self, probability: float) -> bool:
        """True as often as `probability` says."""
        return self._random.random() < probability

    def whole(self, low: int, high: int) -> int:
        """A whole number from `low` to `high`, both included."""
        return low + int(self._random.random() * (high - low + 1))

    def pick(self, options: Sequence[T]) -> T:
        """One of the options, each as likely."""
        return options[self.whole(0, len(options) - 1)]

    def weighted(self, options: dict[T, float]) -> T:
        """One of the options, as likely as its weight says."""
        left = self._random.random() * sum(options.values())
        for option, weight in options.items():
            left -= weight
            if left < 0:
                return option
        return next(reversed(options))

    def draw(self, options: Sequence[T], number: int) -> list[T]:
        """So many different options, in a chance order."""
        left = list(options)
        return [left.pop(self.whole(0, len(left) - 1)) for _ in range(min(number, len(left)))]

    def day_after(self, day: date, low: int, high: int) -> date:
        """A day from `low` to `high` days after another."""
        return day + timedelta(days=self.whole(low, high))
