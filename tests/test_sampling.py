"""How many are drawn, which, what they say of everybody, and whether two reviewers agree."""

import random
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policyengine.findings import Finding
from policyengine.sampling import agreement, draw, frame_of, size_for
from policyengine.sampling.answers import INELIGIBLE, answers_in, item_id, meant_by, offered
from policyengine.sampling.estimate import Cluster, Seen, estimate
from policyengine.sampling.frame import Exclusion
from policyengine.sampling.review import by_rule, drawn_only, review, reviewed
from policyengine.values.verdict import Verdict


def found(case: str, verdict: Verdict = Verdict.MET, rule: str = "R-1", id: str = "o1") -> Finding:
    return Finding(
        rule=rule,
        applies_from=None,
        case=case,
        subject_kind="cto",
        subject_id=id,
        verdict=verdict,
    )


# --- how many ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("population", "five", "ten"),
    [(30, 28, 24), (50, 45, 34), (100, 80, 50), (300, 169, 73), (1000, 278, 88)],
)
def test_the_sizes_are_those_of_the_published_tables(population: int, five: int, ten: int) -> None:
    assert size_for(population, 5) == five
    assert size_for(population, 10) == ten


def test_an_endless_population_needs_385_and_97() -> None:
    assert size_for(10**9, 5) == 385  # 384.16, rounded up
    assert size_for(10**9, 10) == 97  # 96.04


@pytest.mark.parametrize("population", [0, 1, 2])
def test_a_tiny_population_is_seen_whole(population: int) -> None:
    assert size_for(population, 5) == population


@pytest.mark.parametrize("margin", [0, 51, -5])
def test_a_margin_that_is_none_is_refused(margin: int) -> None:
    with pytest.raises(ValueError, match="1 to 50"):
        size_for(100, margin)


# --- the frame ---------------------------------------------------------------------------------


def test_the_frame_and_the_exclusions_are_everybody() -> None:
    teams = dict.fromkeys("ABCDEF", "North")
    frame = frame_of(
        teams,
        [
            found("A"),
            found("B", Verdict.CANNOT_TELL),
            found("C", Verdict.NOT_YET_DUE),
            found("C", Verdict.NOT_APPLICABLE, id="o2"),
            found("D", Verdict.EXEMPT),
            found("E", Verdict.NOT_APPLICABLE),
        ],
    )
    assert [each.case for each in frame.teams["North"]] == ["A", "B"]
    assert frame.excluded["North"] == {
        Exclusion.NOT_YET_DUE: 1,
        Exclusion.EXEMPT: 1,
        Exclusion.NOT_APPLICABLE: 1,
        Exclusion.NO_RECORD: 1,
    }
    assert frame.cases("North") == 6


def test_a_drawn_case_is_reviewed_only_where_there_is_something_to_judge() -> None:
    frame = frame_of({"A": "N"}, [found("A"), found("A", Verdict.NOT_YET_DUE, id="o2")])
    assert [item.subject_id for item in frame.teams["N"][0].items] == ["o1"]


# --- the draw ----------------------------------------------------------------------------------


def many(number: int, team: str = "North") -> dict[str, str]:
    return {f"{team[0]}{each:03}": team for each in range(number)}


def cases_drawn(teams: dict[str, str], seed: str = "s", size: int = 5) -> list[str]:
    made = draw(frame_of(teams, [found(case) for case in teams]), seed, size=size)
    return [case.case for each in made.strata for case in each.drawn]


def test_the_draw_can_be_worked_out_by_hand() -> None:
    teams = many(40)
    by_hand = sorted(teams, key=lambda case: sha256(f"s\0{case}".encode()).hexdigest())
    assert cases_drawn(teams) == by_hand[:5]


@given(st.randoms(use_true_random=False))
def test_the_order_of_the_rows_changes_no_draw(chance: random.Random) -> None:
    teams = many(30) | many(12, "South")
    shuffled = list(teams.items())
    chance.shuffle(shuffled)
    assert cases_drawn(dict(shuffled)) == cases_drawn(teams)


def test_another_seed_draws_others() -> None:
    assert cases_drawn(many(40), "2026-11") != cases_drawn(many(40), "2026-12")


def test_a_team_is_drawn_as_if_it_were_alone() -> None:
    north = many(40)
    assert [each for each in cases_drawn(north | many(9, "South")) if each[0] == "N"] == (
        cases_drawn(north)
    )


def test_every_case_is_drawn_about_as_often_as_any_other() -> None:
    teams = many(20)
    counts = dict.fromkeys(teams, 0)
    for seed in range(1000):
        for case in cases_drawn(teams, str(seed), 5):
            counts[case] += 1
    # Each 250 times, give or take: the standard deviation is 13.7.
    assert min(counts.values()) > 190
    assert max(counts.values()) < 310


def test_a_team_no_larger_than_the_draw_is_drawn_whole_without_a_reserve() -> None:
    made = draw(frame_of(many(4), [found(case) for case in many(4)]), "s", size=5)
    (stratum,) = made.strata
    assert (len(stratum.drawn), stratum.reserve) == (4, ())


def test_the_reserve_is_the_next_in_the_order() -> None:
    teams = many(40)
    frame = frame_of(teams, [found(case) for case in teams])
    (ten,) = draw(frame, "s", size=10).strata
    (fifteen,) = draw(frame, "s", size=15).strata
    assert [each.case for each in ten.reserve] == [each.case for each in fifteen.drawn[10:12]]
    assert len(draw(frame, "s", size=10, reserves=7).strata[0].reserve) == 7
    assert draw(frame, "s", size=10, reserves=0).strata[0].reserve == ()


def test_a_margin_gives_each_team_its_own_size() -> None:
    teams = many(100) | many(30, "South")
    made = draw(frame_of(teams, [found(case) for case in teams]), "s", margin=10)
    assert [len(each.drawn) for each in made.strata] == [50, 24]


# --- agreement ---------------------------------------------------------------------------------


def pairs(*rows: tuple[int, ...]) -> list[tuple[str, str]]:
    return [
        (f"{one}", f"{other}")
        for one, row in enumerate(rows)
        for other, count in enumerate(row)
        for _ in range(count)
    ]


@pytest.mark.parametrize(
    ("table", "kappa"),
    [
        # Textbook tables whose kappa is published.
        (((20, 5), (10, 15)), 0.4),
        (((45, 15), (25, 15)), 0.1304),
        (((25, 35), (5, 35)), 0.2593),
        (((75, 1, 4), (5, 4, 1), (0, 0, 10)), 0.676),  # Fleiss, Levin and Paik, table 18.1
    ],
)
def test_kappa_is_the_published_one(table: tuple[tuple[int, ...], ...], kappa: float) -> None:
    made = agreement(pairs(*table)).kappa
    assert made is not None
    assert round(made, len(str(kappa)) - 2) == kappa


def test_the_interval_of_kappa_is_the_published_one() -> None:
    made = agreement(pairs((75, 1, 4), (5, 4, 1), (0, 0, 10))).kappa_interval
    assert made is not None
    assert round((made[1] - made[0]) / 2 / 1.96, 3) == 0.088


def test_no_kappa_where_chance_alone_would_agree() -> None:
    made = agreement([("met", "met")] * 20)
    assert (made.agreed, made.rate, made.kappa) == (20, 1.0, None)
    assert made.interval is not None
    assert made.interval[0] < 0.85  # twenty of twenty are not everybody


def test_kappa_of_those_who_always_differ() -> None:
    assert agreement([("a", "b"), ("b", "a")]).kappa == -1.0


def test_nothing_to_compare() -> None:
    made = agreement([])
    assert (made.number, made.rate, made.kappa, made.interval) == (0, None, None, None)


# --- the estimate ------------------------------------------------------------------------------


def test_a_sample_of_everybody_is_the_census() -> None:
    made = estimate([Cluster(3, (Seen(1, 1), Seen(2, 1), Seen(1, 0)))])
    assert made.rate == 0.5
    assert made.interval == (0.5, 0.5)


def test_a_large_team_counts_for_more_than_a_small_one() -> None:
    small = Cluster(10, (Seen(1, 0),) * 5)
    large = Cluster(90, (Seen(1, 1),) * 5)
    made = estimate([small, large])
    assert made.rate == 0.9  # not 0.5
    assert (made.met, made.judged) == (5, 10)


def test_all_met_in_a_sample_is_not_all_met() -> None:
    made = estimate([Cluster(100, (Seen(1, 1),) * 10)])
    assert made.rate == 1.0
    assert made.interval is not None
    assert 0.7 < made.interval[0] < 0.78  # Wilson's 72% for ten of ten, and a little: 10 of 100


def test_nothing_judged_is_no_rate() -> None:
    made = estimate([Cluster(5, (Seen(0, 0),)), Cluster(0, ())])
    assert (made.rate, made.interval) == (None, None)


def test_the_interval_holds_the_truth_about_as_often_as_it_says() -> None:
    chance = random.Random(7)
    people = [
        [
            Seen(judged, sum(chance.random() < share for _ in range(judged)))
            for judged in chance.choices((1, 1, 2, 3), k=number)
        ]
        for number, share in ((60, 0.9), (120, 0.75), (40, 0.6))
    ]
    truth = sum(each.met for team in people for each in team) / sum(
        each.judged for team in people for each in team
    )
    held = 0
    for _ in range(600):
        clusters = [Cluster(len(team), tuple(chance.sample(team, 12))) for team in people]
        low, high = estimate(clusters).interval or (1, 0)
        held += low <= truth <= high
    assert 0.91 < held / 600 < 0.99


# --- answers -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("written", "answer"),
    [
        ("Met", "met"),
        (" met  LATE ", "met_late"),
        ("met_late", "met_late"),
        ("not met", "breached"),
        ("Can\u2019t tell", "cannot_tell"),
        ("N/A", "not_applicable"),
        ("ineligible", INELIGIBLE),
        ("perhaps", None),
        ("", None),
    ],
)
def test_answers_as_people_write_them(written: str, answer: str | None) -> None:
    assert meant_by(written) == answer


def test_every_answer_that_is_offered_is_understood() -> None:
    assert {meant_by(each) for each in offered()} == {each.value for each in Verdict} | {INELIGIBLE}


def test_an_answer_of_another_draw_twice_or_that_is_none_is_told_by_its_line() -> None:
    one = item_id(found("A"))
    rows = [
        (2, {"Item": one, "Answer": "met"}),
        (3, {"Item": one, "Answer": "met"}),
        (4, {"Item": "i00000000000", "Answer": "met"}),
        (5, {"Item": item_id(found("B")), "Answer": "seen with her mother"}),
    ]
    made = answers_in(rows, [one, item_id(found("B"))])
    assert [line for line, _ in made.faults] == [3, 4, 5]
    assert "mother" not in str(made.faults)


def test_a_case_that_is_set_aside_counts_for_nothing_and_the_next_stands_in() -> None:
    made = draw(frame_of(many(10), [found(case) for case in many(10)]), "s", size=3, reserves=2)
    first, second, third = made.strata[0].drawn
    stand_in = made.strata[0].reserve[0]
    given_ = {
        item_id(first.items[0]): "met",
        item_id(second.items[0]): INELIGIBLE,
        item_id(third.items[0]): "breached",
        item_id(stand_in.items[0]): "met",
    }
    made_of = review(made, given_)
    assert (made_of.overall.number, made_of.overall.agreed) == (3, 2)
    assert (made_of.ineligible, made_of.unanswered, made_of.warnings) == (1, 0, ())
    assert [each.finding.case for each in made_of.differences] == [third.case]
    seen = by_rule(made, reviewed(made, given_))["R-1"]
    assert (seen.met, seen.judged) == (2, 3)


def test_a_reserve_that_was_not_used_in_its_order_is_told() -> None:
    made = draw(frame_of(many(10), [found(case) for case in many(10)]), "s", size=3, reserves=2)
    aside = item_id(made.strata[0].drawn[0].items[0])
    skipped = {aside: INELIGIBLE, item_id(made.strata[0].reserve[1].items[0]): "met"}
    assert "not used in its order" in review(made, skipped).warnings[0]
    unasked = {item_id(made.strata[0].reserve[0].items[0]): "met"}
    assert "more cases of the reserve" in review(made, unasked).warnings[0]


def test_without_a_reviewer_the_reserve_is_not_in_the_sample() -> None:
    made = draw(frame_of(many(10), [found(case) for case in many(10)]), "s", size=3, reserves=2)
    assert by_rule(made, drawn_only(made))["R-1"].judged == 3
