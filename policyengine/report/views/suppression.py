"""Small numbers: which counts of a table may be published, so that none of the others follows.

A count below the threshold is hidden. It would still follow from the totals, if the rest of its
row or column stood there, so further counts are hidden until no table with the same published
numbers is ruled out: a hidden small count could be larger by the whole threshold, and everything
published would be as it is. The rest is rounded.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from heapq import heappop, heappush
from itertools import count
from typing import Final

Cell = tuple[int, int]  # row, column; the row and the column after the last are the totals
_TOTAL_COST: Final = 1_000_000  # totals are hidden only where nothing else will do


@dataclass(frozen=True, slots=True, kw_only=True)
class SmallNumbers:
    """How an audience is protected. The defaults are those of NHS England's publication of the
    Mental Health Services Data Set below national level.

    `threshold`: counts below it are hidden; `hides_zero`: zero too. `rounds_to`: what is shown is
    rounded to the nearest multiple (1: not at all). `secondary`: hide more, so that nothing
    hidden follows from sums. `least_group`: a row whose total is below it is hidden whole.
    """

    threshold: int = 5
    hides_zero: bool = True
    rounds_to: int = 5
    secondary: bool = True
    least_group: int = 0

    def is_small(self, number: int) -> bool:
        """Whether a count is hidden for its own sake."""
        return number < self.threshold and (number > 0 or self.hides_zero)

    def rounded(self, number: int) -> int:
        """A count as it is shown, halves upwards.

        >>> SmallNumbers().rounded(13)
        15
        """
        step = max(self.rounds_to, 1)
        return (2 * number + step) // (2 * step) * step

    def percent(self, part: int, whole: int) -> int | None:
        """A share in whole percent, from the true counts; None where either of them is below
        the threshold (a part of zero: where zero is hidden).

        >>> SmallNumbers().percent(4, 40), SmallNumbers().percent(30, 40)
        (None, 75)
        """
        if self.is_small(part) or whole < max(self.threshold, 1):
            return None
        return (200 * part + whole) // (2 * whole)


@dataclass(frozen=True, slots=True)
class Published:
    """A table as it may be published; None is a hidden number. `rows` are its cells; the totals
    beside them, below them, and of everything."""

    rows: tuple[tuple[int | None, ...], ...]
    row_totals: tuple[int | None, ...]
    column_totals: tuple[int | None, ...]
    total: int | None


def published(
    table: Sequence[Sequence[int]],
    rule: SmallNumbers,
    *,
    hidden: Collection[Cell] = (),
    shown: Collection[Cell] = (),
) -> Published:
    """What may be published of a table of counts, its totals included.

    `hidden` are cells that are hidden whatever they hold (a total that is hidden elsewhere, say);
    `shown` are cells that stand elsewhere already, so that hiding them would protect nothing.
    """
    whole = _with_totals(table)
    out = hidden_cells(whole, rule, hidden=hidden, shown=shown)
    seen = [
        [None if (r, c) in out else rule.rounded(number) for c, number in enumerate(line)]
        for r, line in enumerate(whole)
    ]
    *rows, below = seen
    return Published(
        rows=tuple(tuple(line[:-1]) for line in rows),
        row_totals=tuple(line[-1] for line in rows),
        column_totals=tuple(below[:-1]),
        total=below[-1],
    )


def _with_totals(table: Sequence[Sequence[int]]) -> list[list[int]]:
    lines = [[*line, sum(line)] for line in table]
    width = len(lines[0]) if lines else 1
    return [*lines, [sum(line[c] for line in lines) for c in range(width)]]


def hidden_cells(
    whole: Sequence[Sequence[int]],
    rule: SmallNumbers,
    *,
    hidden: Collection[Cell] = (),
    shown: Collection[Cell] = (),
) -> frozenset[Cell]:
    """The cells to hide of a table that has its totals in its last row and column."""
    everything = {(r, c) for r, line in enumerate(whole) for c in range(len(line))}
    small = {cell for cell in everything if rule.is_small(whole[cell[0]][cell[1]])}
    for r, line in enumerate(whole[:-1]):
        if line[-1] < rule.least_group:
            small |= {(r, c) for c in range(len(line))}
    out = small | (set(hidden) & everything)
    if not rule.secondary:
        return frozenset(out)
    for cell in sorted(out, key=lambda cell: (whole[cell[0]][cell[1]], cell)):
        # To be larger by the threshold; where no table allows it, by one.
        way = _way(whole, out, shown, cell, rule.threshold) or _way(whole, out, shown, cell, 1)
        if way is None:
            return frozenset(everything)
        out.update(way)
    return frozenset(out)


# --- how else the table could be ----------------------------------------------------------------
#
# Rows and columns are the ends of arrows, cells the arrows. Along a closed way, cells go up and
# down in turn and every sum stays as it is; a total goes the other way about. So a hidden cell
# can be larger if a way leads from its end back to its start over hidden cells, each of which,
# if it goes down, has enough to lose. What is shown on the cheapest such way has to be hidden.

_Step = tuple[int, Cell]


def _way(
    whole: Sequence[Sequence[int]],
    out: Collection[Cell],
    shown: Collection[Cell],
    cell: Cell,
    by: int,
) -> set[Cell] | None:
    """The cells of the cheapest closed way on which `cell` grows by so much; None if there is
    none."""
    height, width = len(whole), len(whole[0])
    row, column = cell[0], height + cell[1]
    grows = _sign(cell, height, width) > 0
    start, end = (column, row) if grows else (row, column)
    best: dict[int, int] = {start: 0}
    came: dict[int, _Step] = {}
    order = count()
    heap = [(0, next(order), start)]
    while heap:
        cost, _, node = heappop(heap)
        if node == end:
            return _traced(came, start, end)
        if cost > best[node]:
            continue
        for other, step in _steps(whole, node, by):
            if step == cell or (step in shown and step not in out):
                continue
            price = 0 if step in out else _price(whole, step)
            if cost + price < best.get(other, cost + price + 1):
                best[other] = cost + price
                came[other] = (node, step)
                heappush(heap, (cost + price, next(order), other))
    return None


def _steps(whole: Sequence[Sequence[int]], node: int, by: int) -> Iterator[tuple[int, Cell]]:
    """Where a way can go on from a row (numbered from 0) or a column (numbered after the rows)."""
    height, width = len(whole), len(whole[0])
    from_row = node < height
    cells = (
        [(node, c) for c in range(width)]
        if from_row
        else [(r, node - height) for r in range(height)]
    )
    for cell in cells:
        goes_up = (_sign(cell, height, width) > 0) == from_row
        if goes_up or whole[cell[0]][cell[1]] >= by:
            yield (height + cell[1] if from_row else cell[0]), cell


def _sign(cell: Cell, height: int, width: int) -> int:
    """-1 for a total of a row or of a column; the total of everything is both."""
    return (-1 if cell[0] == height - 1 else 1) * (-1 if cell[1] == width - 1 else 1)


def _price(whole: Sequence[Sequence[int]], cell: Cell) -> int:
    """What is lost by hiding a cell: its number, and far more if it is a total."""
    is_total = cell[0] == len(whole) - 1 or cell[1] == len(whole[0]) - 1
    return 1 + whole[cell[0]][cell[1]] + (_TOTAL_COST if is_total else 0)


def _traced(came: dict[int, _Step], start: int, end: int) -> set[Cell]:
    cells: set[Cell] = set()
    node = end
    while node != start:
        node, cell = came[node]
        cells.add(cell)
    return cells
