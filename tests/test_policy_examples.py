"""Examples: what they give and expect is checked before they are run (section 7)."""

from decimal import Decimal

import pytest

from policyengine.plan.core import ExamplePlan, GivenRecord
from tests.policy_desk import at, codes_of, fault_of, plan_of

RULES = (
    'setting w is 7 days\nsetting l is one of ("a", "b")\n'
    "gather event from order by made_on, recall by decided_at\n"
    "define talk.good as spoken and urgent\n"
    'rule ORD "t" for each order must have a talk within w after order.made_on\n'
    'rule CAS "t" must show case.frail\n'
    'rule PAIR "t" for each order with each talk must show order.urgent\n'
    'rule EV "t" for each event must show yes\n'
    'rule LIST "t" for each order must show order.reason is one of l\n'
)


def example(lines: str, head: str = "for ORD as at 2026-02-01") -> str:
    return f'{RULES}example "x" {head}\n{lines}'


def plan_example(lines: str, head: str = "for ORD as at 2026-02-01") -> ExamplePlan:
    (found,) = plan_of(example(lines, head)).examples
    return found


def test_what_is_given_reaches_the_plan_as_an_export_would_hold_it() -> None:
    found = plan_example(
        'given order a: made_on 2026-01-01, length 9.50, urgent no, reason "x, y", before b\n'
        "given order b: made_on 2025-01-01\n"
        "given recall: order a, decided_at 2026-01-05T09:05, ended_at 2026-01-06\n"
        'given 3 talks: outcome "not known", spoken yes\n'
        'given case: team "North"\n'
        'given setting w is 3 working days\ngiven setting l is one of ("c")\n'
        "given no history of talk before 2025-06-01\n"
        "expect met for a, deadline 2026-01-08\nexpect no finding for b\n",
        "for ORD as at 2026-02-01 known by 2026-03-01",
    )
    assert found.records == (
        GivenRecord(
            kind="order",
            label="a",
            count=1,
            fields={
                "made_on": "2026-01-01",
                "length": Decimal("9.50"),
                "urgent": False,
                "reason": "x, y",
                "before": "b",
            },
        ),
        GivenRecord(kind="order", label="b", count=1, fields={"made_on": "2025-01-01"}),
        GivenRecord(
            kind="recall",
            label=None,
            count=1,
            fields={"order": "a", "decided_at": "2026-01-05T09:05", "ended_at": "2026-01-06"},
        ),
        GivenRecord(
            kind="talk", label=None, count=3, fields={"outcome": "not known", "spoken": True}
        ),
        GivenRecord(kind="case", label=None, count=1, fields={"team": "North"}),
    )
    assert (str(found.as_at), str(found.known_by)) == ("2026-02-01", "2026-03-01")
    assert {kind: str(day) for kind, day in found.no_history.items()} == {"talk": "2025-06-01"}
    assert [setting.name for setting in found.settings] == ["w", "l"]
    assert found.settings[1].options == ("c",)
    met, none = found.expects
    assert (met.rule, met.verdict, met.label, met.deadline) == ("ORD", "met", "a", "2026-01-08")
    assert (none.verdict, none.label, none.deadline) == (None, "b", None)


def test_known_by_is_as_at_where_nothing_is_said() -> None:
    found = plan_example("given order: urgent yes\nexpect breached\n")
    assert found.known_by == found.as_at


def test_a_deadline_with_a_time_keeps_it() -> None:
    found = plan_example("given order: urgent yes\nexpect breached, deadline 2026-01-08T09:05\n")
    assert found.expects[0].deadline == "2026-01-08T09:05"


def test_a_one_word_code_may_stand_without_quotation_marks() -> None:
    for written in ('"partly"', "partly", '"yes"', "yes"):
        found = plan_example(f"given talk: outcome {written}\nexpect met\n")
        assert found.records[0].fields == {"outcome": written.strip('"')}


@pytest.mark.parametrize(
    ("given", "code", "place"),
    [
        ("given ordr: urgent yes", "NAM001", "ordr"),
        ("given order: urgnt yes", "NAM002", "urgnt"),
        ("given talk: good yes", "NAM002", "good"),
        ('given order: id "a"', "NAM002", "id"),
        ("given event: date 2026-01-01", "NAM012", "event"),
        ("given order a: urgent yes\ngiven order a: urgent no", "NAM013", None),
        ("given order: urgent yes, urgent no", "NAM013", "urgent"),
        ("given case: frail yes\ngiven case: frail no", "NAM013", "frail"),
        ("given setting w is 3 days\ngiven setting w is 4 days", "NAM013", None),
        ("given order a: before c", "NAM010", "c"),
        ("given talk a: urgent yes\ngiven recall: order a", "NAM010", "a"),
        ('given talk: outcome "bad"', "TYP001", '"bad"'),
        ("given talk: outcome bad", "TYP001", "bad"),
        ("given talk: outcome no", "TYP020", "no"),
        ("given talk: outcome 3", "TYP020", "3"),
        ("given order: urgent 1", "TYP020", "1"),
        ('given order: urgent "yes"', "TYP020", '"yes"'),
        ("given order: made_on 2026-01-01T10:00", "TYP020", "2026-01-01T10:00"),
        ("given order: made_on 3", "TYP020", "3"),
        ('given order: length "3"', "TYP020", '"3"'),
        ("given order: reason 3", "TYP020", "3"),
        ("given order: reason word", "TYP020", "word"),
        ("given recall: order 3", "TYP020", "3"),
        ("given recall: decided_at 2026-03-29T01:30", "TYP029", "2026-03-29T01:30"),
        ("given setting x is 3", "NAM011", "x"),
        ("given setting w is 3", "TYP018", "3"),
        ('given setting w is one of ("a")', "TYP018", None),
        ('given setting l is "a"', "TYP018", None),
        ("given setting l is one of (1)", "TYP018", "1"),
        ("given no history of ordr before 2026-01-01", "NAM001", "ordr"),
        ("given no history of event before 2026-01-01", "NAM012", "event"),
        ("given no history of case before 2026-01-01", "NAM012", "case"),
    ],
)
def test_what_is_given_is_checked(given: str, code: str, place: str | None) -> None:
    fault = fault_of(example(f"{given}\nexpect met\n"))
    assert fault.code == code
    if place is not None:
        assert at(fault) == place


def test_a_period_is_given_a_length_that_has_one() -> None:
    rules = (
        'setting w is 7 days\nrule R "t" for each order let d be w if order.urgent, otherwise 1 day '
        "must have a talk within d after order.made_on counting that day\n"
    )
    lines = 'example "x" for R as at 2026-02-01\ngiven setting w is {}\ngiven order: urgent yes\nexpect met\n'
    assert codes_of(rules + lines.format("3 weeks")) == []
    fault = fault_of(rules + lines.format("72 hours"))
    assert (fault.code, at(fault)) == ("TYP008", "72 hours")


TWO = (
    "given order a: urgent yes\ngiven talk b: spoken yes\ngiven recall c: urgent yes\n"
    "given order: urgent yes\n"
)


@pytest.mark.parametrize(
    "expect",
    [
        "expect met for a",
        "expect met for order-1",
        "expect CAS met",
        "expect PAIR met for a+b",
        "expect PAIR met for order-1+b",
        "expect EV met for a.made_on",
        "expect EV no finding for c.decided_at",
        "expect EV met for order-1.made_on",
    ],
)
def test_a_label_names_a_subject(expect: str) -> None:
    plan_example(f"{TWO}{expect}\n")


@pytest.mark.parametrize(
    ("expect", "code"),
    [
        ("expect met for b", "NAM010"),
        ("expect met for order-2", "NAM010"),
        ("expect met for a+b", "TYP021"),
        ("expect PAIR met for a", "TYP021"),
        ("expect PAIR met for b+a", "NAM010"),
        ("expect EV met for a", "NAM010"),
        ("expect EV met for a.decided_at", "NAM010"),
        ("expect CAS met for a", "TYP021"),
        ("expect ORDD met", "NAM009"),
    ],
)
def test_a_label_that_names_no_subject_is_refused(expect: str, code: str) -> None:
    assert set(codes_of(example(f"{TWO}{expect}\n"))) == {code}


def test_a_rule_is_named_by_the_example_or_by_what_it_expects() -> None:
    assert codes_of(example(f"{TWO}expect CAS met\n", "as at 2026-02-01")) == []
    assert codes_of(example(f"{TWO}expect met for a\n", "as at 2026-02-01")) == ["TYP021"]
    fault = fault_of(example(f"{TWO}expect met for a\n", "for ORDD as at 2026-02-01"))
    assert fault.code == "NAM009"
    assert fault.hints == ("did you mean `ORD`?",)


def test_an_example_of_a_rule_at_fault_says_nothing_of_its_own() -> None:
    text = 'rule BAD "t" for each order must show nothing\nexample "x" for BAD as at 2026-01-01\ngiven order a: urgent yes\nexpect met for zzz\n'
    assert codes_of(text) == ["NAM003"]
