"""Small numbers: what is hidden, and that nothing hidden follows from what is shown."""

from collections.abc import Iterator, Sequence
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from policyengine.findings.model import RuleSummary
from policyengine.report.views.committee import published_summary
from policyengine.report.views.suppression import SmallNumbers, hidden_cells, published
from policyengine.values.verdict import Verdict

EXACT = SmallNumbers(rounds_to=1)


# --- one number --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("number", "zero", "small"),
    [(0, True, True), (0, False, False), (1, False, True), (4, True, True), (5, True, False)],
)
def test_below_five_is_small_and_zero_as_it_is_asked(number: int, zero: bool, small: bool) -> None:
    assert SmallNumbers(hides_zero=zero).is_small(number) is small


@pytest.mark.parametrize(
    ("number", "to", "shown"),
    [
        (5, 5, 5),
        (7, 5, 5),
        (8, 5, 10),
        (12, 5, 10),
        (13, 5, 15),
        (15, 10, 20),
        (14, 10, 10),
        (6, 1, 6),
        (0, 5, 0),
        (6, 0, 6),
    ],
)
def test_what_is_shown_is_rounded_to_the_nearest(number: int, to: int, shown: int) -> None:
    assert SmallNumbers(rounds_to=to).rounded(number) == shown


@pytest.mark.parametrize(
    ("part", "whole", "percent"),
    [
        (4, 100, None),
        (5, 100, 5),
        (3, 4, None),
        (0, 100, None),
        (75, 100, 75),
        (1, 3, None),
        (7, 8, 88),
        (199, 200, 100),
        (0, 0, None),
    ],
)
def test_a_percent_is_of_true_counts_and_of_none_that_is_small(
    part: int, whole: int, percent: int | None
) -> None:
    assert SmallNumbers().percent(part, whole) == percent


# --- a table -----------------------------------------------------------------------------------


def test_nothing_small_hides_nothing() -> None:
    seen = published([[10, 20], [30, 40]], SmallNumbers())
    assert seen.rows == ((10, 20), (30, 40))
    assert (seen.row_totals, seen.column_totals, seen.total) == ((30, 70), (40, 60), 100)


def test_one_small_number_takes_the_least_with_it_so_that_no_total_gives_it_away() -> None:
    seen = published([[3, 20, 12], [30, 40, 8], [9, 9, 9]], EXACT)
    hidden = [(r, c) for r in range(3) for c in range(3) if seen.rows[r][c] is None]
    assert (0, 0) in hidden
    assert all(sum(r == row for r, _ in hidden) != 1 for row in range(3))
    assert all(sum(c == column for _, c in hidden) != 1 for column in range(3))
    assert seen.total == 140


def test_without_the_second_step_the_total_would_give_it_away() -> None:
    seen = published([[3, 20], [30, 40]], SmallNumbers(rounds_to=1, secondary=False))
    assert seen.rows == ((None, 20), (30, 40))
    assert seen.row_totals[0] == 23


def test_a_small_group_is_hidden_whole() -> None:
    rule = SmallNumbers(rounds_to=1, least_group=20)
    seen = published([[6, 6], [30, 40], [50, 60]], rule)
    assert seen.rows[0] == (None, None)
    assert seen.row_totals[0] is None


def test_a_total_that_stands_elsewhere_is_not_hidden_in_vain() -> None:
    whole = [[2, 30, 32], [20, 40, 60], [22, 70, 92]]
    fixed = {(0, 2), (1, 2), (2, 0), (2, 1), (2, 2)}
    out = hidden_cells(whole, EXACT, shown=fixed)
    assert out == {(0, 0), (0, 1), (1, 0), (1, 1)}


def test_an_empty_table_and_one_of_zeros() -> None:
    assert published([], SmallNumbers()).rows == ()
    seen = published([[0, 0], [0, 0]], SmallNumbers())
    assert set(seen.rows) == {(None, None)}
    assert published([[0, 0]], SmallNumbers(hides_zero=False)).rows == ((0, 0),)


# --- nothing follows ---------------------------------------------------------------------------

tables = st.integers(1, 4).flatmap(
    lambda width: st.lists(
        st.lists(st.integers(0, 12) | st.integers(13, 90), min_size=width, max_size=width),
        min_size=1,
        max_size=4,
    )
)
rules = st.builds(
    SmallNumbers,
    rounds_to=st.just(1),
    hides_zero=st.booleans(),
    least_group=st.sampled_from([0, 15]),
)


@settings(max_examples=150, deadline=None)
@given(tables, rules)
def test_no_hidden_number_follows_from_the_sums(table: list[list[int]], rule: SmallNumbers) -> None:
    """Linear algebra, apart from how the cells were chosen: a hidden cell is settled by the sums
    exactly if its unit vector lies in the span of the equations."""
    whole = _whole(table)
    out = sorted(hidden_cells(whole, rule))
    equations = [
        [Fraction(_sign(cell, whole, line)) if cell in line else Fraction(0) for cell in out]
        for line in _lines(whole)
    ]
    rank = _rank(equations)
    for place, cell in enumerate(out):
        unit = [Fraction(int(n == place)) for n in range(len(out))]
        assert _rank([*equations, unit]) > rank, cell


@settings(max_examples=25, deadline=None)
@given(st.lists(st.lists(st.integers(0, 9), min_size=2, max_size=2), min_size=2, max_size=2), rules)
def test_another_table_with_the_same_published_numbers_has_none_of_the_small_ones(
    table: list[list[int]], rule: SmallNumbers
) -> None:
    """By trying: for each small cell there is a table of whole numbers from 0 that looks the same
    and in which that cell is another."""
    whole = _whole(table)
    out = hidden_cells(whole, rule)
    small = {(r, c) for r in range(3) for c in range(3) if rule.is_small(whole[r][c])}
    seen: dict[tuple[int, int], set[int]] = {cell: set() for cell in small}
    for other in _tables_alike(whole, out):
        for cell in small:
            seen[cell].add(other[cell[0]][cell[1]])
    for cell in small:
        assert len(seen[cell]) > 1, (cell, sorted(out))


def _whole(table: Sequence[Sequence[int]]) -> list[list[int]]:
    rows = [[*row, sum(row)] for row in table]
    return [*rows, [sum(row[c] for row in rows) for c in range(len(rows[0]))]]


def _lines(whole: list[list[int]]) -> Iterator[list[tuple[int, int]]]:
    height, width = len(whole), len(whole[0])
    yield from ([(r, c) for c in range(width)] for r in range(height))
    yield from ([(r, c) for r in range(height)] for c in range(width))


def _sign(cell: tuple[int, int], whole: list[list[int]], line: list[tuple[int, int]]) -> int:
    return -1 if cell == line[-1] else 1


def _rank(rows: list[list[Fraction]]) -> int:
    rows, rank = [row[:] for row in rows], 0
    for column in range(len(rows[0]) if rows else 0):
        pivot = next((r for r in range(rank, len(rows)) if rows[r][column]), None)
        if pivot is None:
            continue
        rows[rank], rows[pivot] = rows[pivot], rows[rank]
        for r in range(len(rows)):
            if r != rank and rows[r][column]:
                factor = rows[r][column] / rows[rank][column]
                rows[r] = [a - factor * b for a, b in zip(rows[r], rows[rank], strict=True)]
        rank += 1
    return rank


def _tables_alike(
    whole: list[list[int]], out: frozenset[tuple[int, int]]
) -> Iterator[list[list[int]]]:
    reach = range(12)
    options = [reach if (r, c) in out else [whole[r][c]] for r in range(2) for c in range(2)]
    for a in options[0]:
        for b in options[1]:
            for c in options[2]:
                for d in options[3]:
                    other = _whole([[a, b], [c, d]])
                    if all(
                        other[r][k] == whole[r][k]
                        for r in range(3)
                        for k in range(3)
                        if (r, k) not in out
                    ):
                        yield other


# --- the committee's rows ----------------------------------------------------------------------


def summary(rule: str, **counts: int) -> RuleSummary:
    row = RuleSummary(
        rule=rule, title="", force="must", severity="high", learning_point=1, target=0.9
    )
    row.counts |= {Verdict(name): number for name, number in counts.items()}
    return row


ROWS = SmallNumbers(hides_zero=False)


def test_a_rate_that_would_tell_of_few_breaches_is_said_to_be_at_least_so_much() -> None:
    (row,) = published_summary([summary("A", met=98, breached=2)], ROWS).rows
    assert row.counts[Verdict.BREACHED] is None
    assert (row.rate, row.rate_at_least, row.interval) == (None, 0.95, None)


def test_a_rate_of_all_is_shown_where_zero_is() -> None:
    (row,) = published_summary([summary("A", met=98)], ROWS).rows
    assert (row.rate, row.judged) == (1.0, 100)
    (row,) = published_summary([summary("A", met=98)], SmallNumbers()).rows
    assert row.rate is None


def test_what_follows_from_hidden_counts_is_hidden_with_them() -> None:
    (row,) = published_summary([summary("A", met=60, breached=20, cannot_tell=3)], ROWS).rows
    assert row.rate == 0.75
    assert row.counts[Verdict.CANNOT_TELL] is None
    assert (row.floor, row.ceiling) == (None, None)


def test_nearly_all_is_not_all() -> None:
    (row,) = published_summary([summary("A", met=9990, breached=10)], ROWS).rows
    assert row.rate == 0.99


def test_a_few_cases_give_no_rate() -> None:
    (row,) = published_summary([summary("A", met=3, breached=1)], ROWS).rows
    assert (row.rate, row.rate_at_least, row.subjects, row.judged) == (None, None, None, None)
