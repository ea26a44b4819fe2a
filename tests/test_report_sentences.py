"""What is said of a finding where its author wrote no sentence, and how a reason is put."""

import pytest

from policyengine.findings import Evidence, Gap
from policyengine.findings.dates import counted, how_long, long_date, short_date
from policyengine.findings.sentences import Sentences
from policyengine.values.truth import Reason, Why
from policyengine.values.verdict import Verdict
from tests.report_desk import finding, small_plan


@pytest.fixture(scope="module")
def said(tmp_path_factory: pytest.TempPathFactory) -> Sentences:
    return Sentences(small_plan(tmp_path_factory.mktemp("rules")), "2026-02-01")


DUE = {"deadline": "2026-01-08", "deadline_day": 739624}
WHEN = "Thursday 8 January 2026"


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ("HAVE-1", f"No explanation of rights is recorded by {WHEN}."),
        ("HAVE-2", f"No explanation of rights that meets the rule is recorded by {WHEN}."),
        ("HAVE-3", f"Fewer than 3 explanations of rights are recorded by {WHEN}."),
        ("EVERY-1", f"No explanation of rights is recorded by {WHEN}."),
        ("NOT-1", "An incident is recorded, and there must be none."),
        (
            "FIELD-1",
            f'The date "told on" of the community treatment order is not recorded by {WHEN}.',
        ),
        ("SHOW-1", f"The record does not show what the rule asks for by {WHEN}."),
    ],
)
def test_a_breach_in_our_words(said: Sentences, rule: str, expected: str) -> None:
    assert said.sentence(finding(rule, Verdict.BREACHED, **DUE)) == expected


def test_the_authors_sentence_comes_first(said: Sentences) -> None:
    assert said.sentence(finding("HAVE-1", Verdict.BREACHED, message="His own.")) == "His own."


def test_what_must_not_be_is_named_with_its_day(said: Sentences) -> None:
    item = Evidence("incident", "i1", "2026-01-05", "forbidden")
    sentence = said.sentence(finding("NOT-1", Verdict.BREACHED, evidence=(item,), **DUE))
    assert sentence == ("An incident is recorded on Monday 5 January 2026, and there must be none.")


def test_a_recurring_duty_names_the_last_that_was_done(said: Sentences) -> None:
    items = (
        Evidence("rights_discussion", "r1", "2026-01-01", "met"),
        Evidence("rights_discussion", "r2", "2025-12-20", "late"),
    )
    sentence = said.sentence(finding("EVERY-1", Verdict.BREACHED, evidence=items, **DUE))
    assert sentence == (
        "No explanation of rights is recorded after Thursday 1 January 2026; "
        f"one was due by {WHEN}."
    )


@pytest.mark.parametrize(
    ("rule", "verdict", "more", "expected"),
    [
        (
            "HAVE-1",
            Verdict.MET,
            {"done_on": "2026-01-05"},
            "An explanation of rights is recorded on Monday 5 January 2026, in time.",
        ),
        ("HAVE-3", Verdict.MET, {}, "Three explanations of rights are recorded, in time."),
        ("NOT-1", Verdict.MET, {}, "No incident is recorded, as it should be."),
        ("SHOW-1", Verdict.MET, {}, "The record shows what the rule asks for."),
        (
            "HAVE-1",
            Verdict.MET_LATE,
            {"done_on": "2026-01-09", **DUE},
            "An explanation of rights is recorded on Friday 9 January 2026, 1 day late.",
        ),
        ("HAVE-1", Verdict.NOT_YET_DUE, DUE, f"An explanation of rights is due by {WHEN}."),
        (
            "NOT-1",
            Verdict.NOT_YET_DUE,
            DUE,
            f"No incident is recorded so far; the rule holds until {WHEN}.",
        ),
        (
            "HAVE-1",
            Verdict.NOT_YET_DUE,
            {},
            "Nothing is due yet: what it is counted from has not happened.",
        ),
        (
            "HAVE-2",
            Verdict.CANNOT_TELL,
            {"reasons": (Reason(Why.NOT_RECORDED, "rights_discussion", "r1", "spoken"),), **DUE},
            (
                f"Whether there is an explanation of rights that meets the rule by {WHEN} cannot "
                'be told: "spoken aloud" of explanation of rights r1 is not recorded.'
            ),
        ),
        (
            "HAVE-1",
            Verdict.EXEMPT,
            {"reasons": (Reason(Why.EXCEPTION, text="it ended first"),)},
            "Excused: it ended first.",
        ),
        (
            "HAVE-1",
            Verdict.NOT_APPLICABLE,
            {"reasons": (Reason(Why.ENDED, "case", "A1", "died_on"),)},
            "The rule does not apply: the service user had died.",
        ),
        ("HAVE-1", Verdict.NOT_APPLICABLE, {}, "The rule does not apply to this record."),
    ],
)
def test_every_other_verdict_has_its_sentence(
    said: Sentences, rule: str, verdict: Verdict, more: dict[str, object], expected: str
) -> None:
    assert said.sentence(finding(rule, verdict, **more)) == expected


@pytest.mark.parametrize("verdict", Verdict)
@pytest.mark.parametrize("rule", ["HAVE-1", "HAVE-3", "EVERY-1", "NOT-1", "FIELD-1", "SHOW-1"])
def test_no_verdict_of_any_duty_is_without_a_sentence(
    said: Sentences, rule: str, verdict: Verdict
) -> None:
    for more in ({}, DUE):
        sentence = said.sentence(finding(rule, verdict, **more))
        assert sentence.endswith(".") and "None" not in sentence and "  " not in sentence


@pytest.mark.parametrize(
    ("why", "expected"),
    [
        (Why.NOT_RECORDED, '"spoken aloud" of the explanation of rights is not recorded'),
        (
            Why.RECORDED_AS_UNKNOWN,
            '"spoken aloud" of the explanation of rights is recorded as not known',
        ),
        (
            Why.INVALID,
            '"spoken aloud" of the explanation of rights cannot be read: it is neither yes nor no',
        ),
        (Why.WITHHELD, '"spoken aloud" of the explanation of rights is withheld'),
        (Why.OUTSIDE_COVERAGE, "the export may not hold all the explanations of rights"),
        (
            Why.IMPRECISE_TIME,
            (
                'the time of day of "spoken aloud" of the explanation of rights is not recorded, '
                "and it decides"
            ),
        ),
        (Why.NO_RECORD, "there is no explanation of rights that counts"),
        (Why.NO_PREVIOUS, "there is no earlier explanation of rights"),
    ],
)
def test_a_reason_in_words(said: Sentences, why: Why, expected: str) -> None:
    reason = Reason(why, "rights_discussion", "r1", "spoken")
    assert said.reason(reason, which=False) == expected


@pytest.mark.parametrize("why", Why)
def test_every_reason_has_words_however_little_it_names(said: Sentences, why: Why) -> None:
    assert said.reason(Reason(why))


def test_what_was_due_is_the_trusts_standard_where_a_setting_says_so(said: Sentences) -> None:
    with_setting = finding("HAVE-1", Verdict.BREACHED, settings=(("window", "7 days"),), **DUE)
    assert said.due(with_setting) == (
        "an explanation of rights by Thu 8 Jan 2026 (the Trust's standard: 7 days)"
    )
    assert said.due(finding("HAVE-3", Verdict.BREACHED, **DUE)) == (
        "at least 3 explanations of rights by Thu 8 Jan 2026"
    )
    assert said.due(finding("NOT-1", Verdict.BREACHED, **DUE)) == "no incident until Thu 8 Jan 2026"
    assert said.due(finding("SHOW-1", Verdict.BREACHED)) == ""


def test_how_late_is_counted_to_the_as_at_date_or_to_the_day_it_was_done(said: Sentences) -> None:
    assert said.late(finding("HAVE-1", Verdict.BREACHED, **DUE)) == "24 days overdue"
    done = finding("HAVE-1", Verdict.MET_LATE, done_on="2026-01-10", **DUE)
    assert said.late(done) == "2 days late"
    assert said.late(finding("NOT-1", Verdict.BREACHED, **DUE)) is None
    assert said.late(finding("SHOW-1", Verdict.BREACHED, **DUE)) is None


def test_what_was_found_leaves_the_absent_one_out_where_there_is_something(said: Sentences) -> None:
    near = Evidence("rights_discussion", "r1", "2026-01-09", "late")
    absent = Evidence("rights_discussion", None, None, "absent")
    some = finding("HAVE-1", Verdict.BREACHED, evidence=(near, absent))
    assert said.found(some) == ["explanation of rights r1, Fri 9 Jan 2026, after the deadline"]
    none = finding("HAVE-1", Verdict.BREACHED, evidence=(absent,))
    assert said.found(none) == ["no explanation of rights that counts"]


@pytest.mark.parametrize(
    ("iso", "short", "long"),
    [
        ("2026-01-08", "Thu 8 Jan 2026", "Thursday 8 January 2026"),
        (
            "2026-03-29T14:30:00+01:00",
            "Sun 29 Mar 2026, 14:30",
            "Sunday 29 March 2026 at 14:30",
        ),
        ("2026-12-31T23:59:59+00:00", "Thu 31 Dec 2026, 23:59:59", None),
        ("soon", "soon", "soon"),
    ],
)
def test_dates_are_words_for_people(iso: str, short: str, long: str | None) -> None:
    assert short_date(iso) == short
    assert long is None or long_date(iso) == long


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        ("2026-01-08", "2026-01-09", "1 day"),
        ("2026-01-08", "2026-01-08", None),
        ("2026-01-08", "2026-01-07", None),
        ("2024-01-01", "2026-11-01", "1,035 days"),
        ("2026-01-08T10:00:00+00:00", "2026-01-08T10:59:00+00:00", "59 minutes"),
        ("2026-01-08T10:00:00+00:00", "2026-01-08T11:00:00+00:00", "1 hour"),
        ("2026-01-08T10:00:00+00:00", "2026-01-10T09:59:00+00:00", "47 hours"),
        ("2026-01-08T10:00:00+00:00", "2026-01-10T10:00:00+00:00", "2 days"),
        ("2026-01-08T10:00:00+00:00", "2026-02-01", "24 days"),
        # across the change of the clocks: elapsed time
        ("2026-03-29T00:30:00+00:00", "2026-03-29T02:30:00+01:00", "1 hour"),
    ],
)
def test_how_long_is_counted_in_days_or_in_hours(
    start: str, end: str, expected: str | None
) -> None:
    assert how_long(start, end) == expected


def test_counted_things() -> None:
    assert counted(1, "breach", "breaches") == "1 breach"
    assert counted(0, "breach", "breaches") == "0 breaches"
    assert counted(1204, "day") == "1,204 days"


def test_the_wanted_kind_of_a_gap(said: Sentences) -> None:
    gap = finding("EVERY-1", Verdict.MET_LATE, late_gaps=(Gap("2026-01-08", "2026-01-10"),))
    assert said.wanted_kind(gap) == "rights_discussion"
    assert said.wanted_kind(finding("FIELD-1", Verdict.MET)) == "cto"
