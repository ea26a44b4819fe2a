"""Whether two who judged the same records agree: how often, and more than by chance."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from math import sqrt

from policyengine.findings.model import wilson

_Z = 1.959963984540054


@dataclass(frozen=True, slots=True)
class Agreement:
    """Of `number` records judged by both, `agreed` were judged alike.

    `kappa` is Cohen's (J. Cohen, 1960), None where both gave one and the same answer to all:
    then chance alone would agree, and nothing can be told from it. `kappa_interval` is its 95%
    interval by the large-sample standard error (Fleiss, Cohen and Everitt, 1969).
    """

    number: int
    agreed: int
    kappa: float | None
    kappa_interval: tuple[float, float] | None
    table: dict[tuple[str, str], int]

    @property
    def rate(self) -> float | None:
        """The share that was judged alike."""
        return round(self.agreed / self.number, 6) if self.number else None

    @property
    def interval(self) -> tuple[float, float] | None:
        """Its 95% Wilson interval."""
        return wilson(self.agreed, self.number) if self.number else None


def agreement(pairs: Iterable[tuple[str, str]]) -> Agreement:
    """The agreement of pairs of answers (the reviewer's, the engine's)."""
    table = Counter(pairs)
    number = table.total()
    agreed = sum(count for (one, other), count in table.items() if one == other)
    kappa, interval = _kappa(table, number)
    return Agreement(number, agreed, kappa, interval, dict(sorted(table.items())))


def _kappa(
    table: Counter[tuple[str, str]], number: int
) -> tuple[float | None, tuple[float, float] | None]:
    if not number:
        return None, None
    rows, columns = Counter[str](), Counter[str]()
    for (one, other), count in table.items():
        rows[one] += count
        columns[other] += count
    by_chance = sum(rows[word] * columns[word] for word in rows) / number**2
    if by_chance >= 1:
        return None, None
    seen = sum(count for (one, other), count in table.items() if one == other) / number
    kappa = (seen - by_chance) / (1 - by_chance)
    margin = _Z * _standard_error(table, rows, columns, number, kappa)
    return round(kappa, 6), (
        round(max(-1.0, kappa - margin), 6),
        round(min(1.0, kappa + margin), 6),
    )


def _standard_error(
    table: Counter[tuple[str, str]],
    rows: Counter[str],
    columns: Counter[str],
    number: int,
    kappa: float,
) -> float:
    by_chance = sum(rows[word] * columns[word] for word in rows) / number**2
    alike = apart = 0.0
    for (one, other), count in table.items():
        share = count / number
        if one == other:
            alike += share * (1 - (rows[one] + columns[one]) / number * (1 - kappa)) ** 2
        else:
            apart += share * ((columns[one] + rows[other]) / number) ** 2
    apart *= (1 - kappa) ** 2
    rest = (kappa - by_chance * (1 - kappa)) ** 2
    return sqrt(max(0.0, alike + apart - rest) / number) / (1 - by_chance)
