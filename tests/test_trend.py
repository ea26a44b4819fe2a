"""Control charts: limits, the four rules, trial limits, gaps, rebasing, assurance; funnels."""

from collections.abc import Sequence
from datetime import date
from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from policyengine.findings import Finding
from policyengine.trend import (
    Assurance,
    Basis,
    Chart,
    Every,
    Method,
    Options,
    Period,
    Rebase,
    Variation,
    chart_of,
    keeps,
    whole_periods,
)
from policyengine.trend.assurance import assurance_of, variation_of
from policyengine.trend.charts import Measure, rebased
from policyengine.trend.funnel import Place, Team, funnel_of, limits_at
from policyengine.trend.limits import Limits, moving_ranges, xmr_limits
from policyengine.trend.periods import periods_before
from policyengine.trend.special_causes import Cause, Sign, causes_of
from policyengine.values.verdict import Verdict

# The values of the example that the R package of Making Data Count publishes with its captions.
PUBLISHED = (1, 2, 1, 2, 10, 1, 2, 1, 2, 1, 2, 1, 2, 1, 2, 1, 2, 1)


def exact(values: Sequence[float | None]) -> list[Fraction | None]:
    return [None if value is None else Fraction(str(value)) for value in values]


def limits_of(values: Sequence[float | None], *, screened: bool) -> Limits:
    ranges = moving_ranges(exact(values), screened=screened)
    assert ranges is not None
    return xmr_limits(exact(values), ranges)


# --- limits ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("screened", "upper", "lower"), [(False, 6.952, -3.063), (True, 4.604, -0.716)]
)
def test_the_published_limits(screened: bool, upper: float, lower: float) -> None:
    limits = limits_of(PUBLISHED, screened=screened)
    assert round(float(limits.centre), 3) == 1.944
    assert round(float(limits.upper), 3) == upper
    assert round(float(limits.lower), 3) == lower


def test_near_lines_lie_at_two_thirds() -> None:
    limits = limits_of([0, 3, 0, 3], screened=False)  # mean 1.5, average moving range 3
    assert limits.upper == Fraction("9.48")
    assert limits.near_upper == Fraction("6.82")
    assert limits.near_lower == Fraction("-3.82")


def test_a_range_of_just_3_267_averages_is_screened_out() -> None:
    # Nine ranges of 1 and one of 3.267 × their average: (9 + r) / 10 × 3.267 = r.
    r = Fraction(3267, 1000) * 9 / (10 - Fraction(3267, 1000))
    values = [Fraction(step % 2) for step in range(10)]
    values.append(values[-1] + r)
    screened = moving_ranges(values, screened=True)
    assert screened is not None
    assert (screened.count, screened.dropped, screened.average) == (10, 1, 1)
    kept = moving_ranges([*values[:-1], values[-1] - Fraction(1, 10**6)], screened=True)
    assert kept is not None
    assert kept.dropped == 0


def test_one_change_among_equal_values_keeps_its_limits() -> None:
    ranges = moving_ranges(exact([1, 1, 1, 1, 1, 1, 1, 1, 1, 0.9]), screened=True)
    assert ranges is not None
    assert ranges.dropped == 0
    assert ranges.average == Fraction(1, 90)


def test_a_missing_period_breaks_the_moving_range() -> None:
    ranges = moving_ranges(exact([1, 2, None, 9, 10]), screened=False)
    assert ranges is not None
    assert (ranges.count, ranges.average) == (2, 1)  # not the 7 across the gap
    assert moving_ranges(exact([1, None, 2, None]), screened=False) is None


def test_a_rate_of_all_for_months_collapses_and_nothing_stands_out() -> None:
    chart = chart_of([Measure(n, n) for n in (7, 11, 13, 3, 9, 27, 31, 1, 5, 6, 8, 10)], Options())
    line = chart.points[-1].limits
    assert line is not None
    assert line.have_collapsed
    assert all(not point.causes for point in chart.points)
    assert chart.assurance(Fraction(1)) is Assurance.PASSING


def test_thirds_that_never_vary_are_not_outside_their_own_mean() -> None:
    chart = chart_of([Measure(n, 3 * n) for n in range(1, 25)], Options())
    assert all(not point.causes for point in chart.points)


# --- the four rules -------------------------------------------------------------------------------

FLAT = Limits(
    centre=Fraction(0),
    lower=Fraction(-3),
    upper=Fraction(3),
    near_lower=Fraction(-2),
    near_upper=Fraction(2),
)


def signs(values: Sequence[float | None]) -> dict[Sign, list[int]]:
    """Where each sign stands, among values whose mean is 0, limits ±3 and near lines ±2."""
    found: dict[Sign, list[int]] = {}
    for index, causes in enumerate(causes_of(exact(values), [FLAT] * len(values))):
        for cause in causes:
            found.setdefault(cause.sign, []).append(index)
    return found


def test_outside_is_strictly_outside() -> None:
    assert signs([3, -3]) == {}
    assert signs([3.001, 0, -3.001]) == {Sign.OUTSIDE: [0, 2]}


def test_seven_on_one_side_are_all_marked_and_six_are_not() -> None:
    assert signs([1, 2, 1, 2, 1, 2]) == {}
    assert signs([-1, 1, 2, 1, 2, 1, 2, 1, -1]) == {Sign.RUN: [1, 2, 3, 4, 5, 6, 7]}
    assert signs([1, 2, 1, 2, 1, 2, 1, 2]) == {Sign.RUN: list(range(8))}


def test_a_point_on_the_mean_or_a_gap_breaks_a_run() -> None:
    assert signs([1, 2, 1, 0, 2, 1, 2, 1]) == {}
    assert signs([1, 2, 1, None, 2, 1, 2, 1]) == {}


def test_a_trend_is_six_strict_steps() -> None:
    rising = [-1.5, -1, -0.5, 0, 0.5, 1, 1.5]
    assert signs(rising) == {Sign.TREND: list(range(7))}
    assert signs(rising[:6]) == {}
    assert signs(list(reversed(rising))) == {Sign.TREND: list(range(7))}


def test_equal_neighbours_or_a_gap_break_a_trend() -> None:
    assert signs([-1.5, -1, -0.5, 0, 0, 0.5, 1, 1.5]) == {}
    assert signs([-1.5, -1, -0.5, None, 0.5, 1, 1.5, 1.6]) == {}


def test_two_of_three_marks_the_near_points_alone() -> None:
    assert signs([2.5, 1, 2.5, -1]) == {Sign.NEAR: [0, 2]}
    assert signs([1, 2.5, 1, 1, 2.5, -1]) == {}


def test_two_of_three_wants_all_three_on_one_side() -> None:
    assert signs([2.5, -1, 2.5]) == {}
    assert signs([2.5, 0, 2.5]) == {}
    assert signs([2.5, 2.5]) == {}
    assert signs([-1, 2.5, 2.5, -1]) == {}


def test_two_of_three_does_not_count_a_point_beyond_the_limit() -> None:
    assert signs([2.5, 4, 1]) == {Sign.OUTSIDE: [1]}
    assert signs([2.5, 4, 2.5]) == {Sign.OUTSIDE: [1], Sign.NEAR: [0, 2]}


def test_near_is_strictly_beyond_the_near_line_and_up_to_the_limit() -> None:
    assert signs([2, 1, 2]) == {}
    assert signs([3, 1, 3]) == {Sign.NEAR: [0, 2]}


def test_a_falling_trend_above_the_mean_is_a_concern() -> None:
    causes = causes_of(exact([2.9, 2.8, 1.9, 1.5, 1, 0.8, 0.5]), [FLAT] * 7)
    assert Cause(Sign.RUN, True) in causes[-1]
    assert Cause(Sign.TREND, False) in causes[-1]
    assert variation_of(causes[-1]) is Variation.CONCERN


@settings(max_examples=150, deadline=None)
@given(st.lists(st.integers(0, 40), min_size=2, max_size=30))
def test_upside_down_the_same_points_stand_out(met: list[int]) -> None:
    up = chart_of([Measure(each, 40) for each in met], Options())
    down = chart_of([Measure(40 - each, 40) for each in met], Options())
    for one, other in zip(up.points, down.points, strict=True):
        assert {(c.sign, c.is_high) for c in one.causes} == {
            (c.sign, not c.is_high) for c in other.causes
        }


# --- segments -------------------------------------------------------------------------------------


def chart(rates: Sequence[float | None], options: Options | None = None, *cuts: int) -> Chart:
    measures = [
        Measure(0, 0) if rate is None else Measure(round(rate * 100), 100) for rate in rates
    ]
    return chart_of(measures, options or Options(), [(cut, "a new form") for cut in cuts])


def test_limits_are_on_trial_below_twelve_values() -> None:
    eleven = chart([0.5, 0.6] * 5 + [0.5, None])
    assert eleven.segments[0].is_on_trial
    assert eleven.gaps == 1
    assert not chart([0.5, 0.6] * 6).segments[0].is_on_trial


def test_one_value_has_no_limits() -> None:
    only = chart([0.5])
    assert only.points[0].limits is None
    assert only.variation is None
    assert only.assurance(Fraction(1)) is None
    assert chart([]).latest is None


def test_a_rebase_begins_anew() -> None:
    two = chart([0.5, 0.6] * 6 + [0.8, 0.9] * 6, None, 12)
    assert [(each.first, each.end, each.reason) for each in two.segments] == [
        (0, 12, None),
        (12, 24, "a new form"),
    ]
    first, last = two.points[0].limits, two.points[-1].limits
    assert first is not None
    assert last is not None
    assert (first.centre, last.centre) == (Fraction(55, 100), Fraction(85, 100))
    assert last.upper - last.centre == Fraction(266, 1000)  # no range across the change
    assert all(not point.causes for point in two.points)
    assert any(point.causes for point in chart([0.5, 0.6] * 6 + [0.8, 0.9] * 6).points)


def test_a_rebase_starts_with_the_period_that_holds_its_day() -> None:
    ends = [date(2026, 1, 31), date(2026, 2, 28), date(2026, 3, 31)]
    options = Options(
        rebases=(Rebase(date(2026, 2, 28), "a form"), Rebase(date(2026, 3, 1), "x", "B"))
    )
    assert rebased(ends, options, "A") == ((1, "a form"),)
    assert rebased(ends, options, "B") == ((1, "a form"), (2, "x"))
    assert rebased(ends, Options(rebases=(Rebase(date(2025, 1, 1), "old"),)), "A") == ()
    assert rebased(ends, Options(rebases=(Rebase(date(2027, 1, 1), "later"),)), "A") == ()


def test_locked_limits_come_from_the_first_points() -> None:
    locked = chart([0.5, 0.6] * 6 + [0.9], Options(lock_after=12))
    assert locked.segments[0].based_on == 12
    limits = locked.points[-1].limits
    assert limits is not None
    assert limits.centre == Fraction(55, 100)
    assert locked.variation is Variation.IMPROVEMENT


def test_a_p_chart_weighs_each_period() -> None:
    p = chart_of([Measure(90, 100), Measure(8, 10), Measure(0, 0)], Options(method=Method.P))
    many, few, none = (point.limits for point in p.points)
    assert p.segments[0].ranges is None
    assert many is not None
    assert few is not None
    assert none is None
    share = 98 / 110
    assert float(many.centre) == pytest.approx(share)
    assert float(few.upper - few.centre) == pytest.approx(3 * (share * (1 - share) / 10) ** 0.5)
    assert float(few.near_upper - few.centre) == pytest.approx(
        2 * (share * (1 - share) / 10) ** 0.5
    )


# --- assurance ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("target", "found"),
    [
        ("3.01", Assurance.FAILING),
        ("3", Assurance.HIT_OR_MISS),
        ("-3", Assurance.HIT_OR_MISS),
        ("-3.01", Assurance.PASSING),
    ],
)
def test_assurance_is_strict_at_the_limits(target: str, found: Assurance) -> None:
    assert assurance_of(FLAT, Fraction(target)) is found
    assert assurance_of(None, Fraction(target)) is None
    assert assurance_of(FLAT, None) is None


def test_collapsed_limits_below_the_target_fail() -> None:
    assert chart([0.9] * 12).assurance(Fraction(95, 100)) is Assurance.FAILING


def test_a_latest_period_without_a_value_says_nothing() -> None:
    assert chart([0.5, 0.6] * 6 + [None]).variation is None


# --- periods --------------------------------------------------------------------------------------


def test_only_whole_periods() -> None:
    months = whole_periods(date(2026, 1, 2), date(2026, 3, 30), Every.MONTH)
    assert [(each.first, each.last) for each in months] == [(date(2026, 2, 1), date(2026, 2, 28))]
    assert len(whole_periods(date(2026, 1, 1), date(2026, 3, 31), Every.MONTH)) == 3
    assert whole_periods(date(2026, 3, 2), date(2026, 3, 30), Every.MONTH) == ()


def test_weeks_begin_on_monday_and_quarters_are_the_calendars() -> None:
    weeks = whole_periods(date(2026, 11, 1), date(2026, 11, 15), Every.WEEK)
    assert [each.first for each in weeks] == [date(2026, 11, 2), date(2026, 11, 9)]
    quarters = whole_periods(date(2025, 12, 1), date(2026, 7, 1), Every.QUARTER)
    assert [each.name for each in quarters] == ["January to March 2026", "April to June 2026"]
    assert [each.short for each in quarters] == ["Q1 26", "Q2 26"]


def test_the_last_periods_before_a_day() -> None:
    assert [p.name for p in periods_before(date(2026, 3, 1), 2, Every.MONTH)] == [
        "January 2026",
        "February 2026",
    ]
    assert periods_before(date(2026, 2, 28), 1, Every.MONTH)[0].last == date(2026, 2, 28)


@given(st.dates(date(1990, 1, 1), date(2100, 1, 1)), st.integers(0, 900), st.sampled_from(Every))
def test_periods_follow_one_another(start: date, days: int, every: Every) -> None:
    until = date.fromordinal(start.toordinal() + days)
    found = whole_periods(start, until, every)
    for one, other in pairwise(found):
        assert other.first.toordinal() == one.last.toordinal() + 1
    if found:
        assert start <= found[0].first
        assert found[-1].last <= until


def test_what_falls_due_in_a_period_counts_and_what_has_no_deadline() -> None:
    month = Period(date(2026, 2, 1), date(2026, 2, 28), Every.MONTH)
    kept = keeps(month, Basis.DUE)
    assert kept is not None

    def due(day: date | None) -> Finding:
        return Finding(
            rule="A",
            applies_from=None,
            case="1",
            subject_kind="cto",
            subject_id="o",
            verdict=Verdict.MET,
            deadline_day=None if day is None else day.toordinal(),
        )

    days = [date(2026, 1, 31), date(2026, 2, 1), date(2026, 2, 28), date(2026, 3, 1), None]
    assert [kept(due(day)) for day in days] == [False, True, True, False, True]
    assert keeps(month, Basis.AS_AT) is None


# --- funnels --------------------------------------------------------------------------------------


def test_a_funnel_narrows_with_the_denominator() -> None:
    small, large = limits_at(10, 0.9), limits_at(200, 0.9)
    assert small[0] < large[0] < large[1] < 0.9 < large[2] < large[3]
    beyond = limits_at(501, 0.9)
    assert limits_at(500, 0.9)[1] == pytest.approx(beyond[1], abs=0.003)


def test_a_small_team_is_allowed_its_chance() -> None:
    # Three of five at 90%: P(X <= 3) = 8%, so by chance; 60 of 100 is not.
    funnel = funnel_of([Team("a", 3, 5), Team("b", 60, 100), Team("c", 990, 1060), Team("d", 0, 0)])
    assert funnel is not None
    assert [team.name for team in funnel.teams] == ["a", "b", "c"]
    assert funnel.places[:2] == (Place.INSIDE, Place.FAR_BELOW)


def test_all_of_a_few_is_no_sign_where_nearly_all_are_kept() -> None:
    # 25 of 25 at 97%: P = 47%. 5 of 25 at 3%: P(X >= 5) = 0.07%, beyond the outer limit.
    assert limits_at(25, 0.97)[2:] == (1.0, 1.0)
    assert limits_at(25, 0.03)[:2] == (0.0, 0.0)
    assert limits_at(25, 0.03)[3] == pytest.approx(4 / 25)
    funnel = funnel_of([Team("a", 25, 25), Team("b", 25, 25), Team("c", 240, 250)])
    assert funnel is not None
    assert set(funnel.places) == {Place.INSIDE}


@given(st.integers(1, 80), st.floats(0.02, 0.98))
def test_no_rate_has_too_little_chance_inside_nor_too_much_outside(n: int, share: float) -> None:
    from math import comb

    weights = [comb(n, k) * share**k * (1 - share) ** (n - k) for k in range(n + 1)]
    _, low, high, _ = limits_at(n, share)
    for k in range(n + 1):
        few, many = sum(weights[: k + 1]), sum(weights[k:])
        if abs(few - 0.025) > 1e-9 and abs(many - 0.025) > 1e-9:
            assert (k / n < low - 1e-9) == (few < 0.025)
            assert (k / n > high + 1e-9) == (many < 0.025)


def test_a_funnel_wants_two_teams() -> None:
    assert funnel_of([Team("a", 3, 5)]) is None
    every = funnel_of([Team("a", 5, 5), Team("b", 7, 7)])
    assert every is not None
    assert every.places == (Place.INSIDE, Place.INSIDE)
