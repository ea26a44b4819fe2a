"""Duties and clauses: the four forms, and those that make no sense (S3)."""

import pytest

from policyengine.plan import core
from policyengine.values.verdict import Force, Gravity
from tests.policy_desk import at, codes_of, fault_of, rule_of

NONSENSE = [
    # again and again
    ("must not have a talk at least every 3 days from order.made_on", "TYP010"),
    ("must have at least 2 talks at least every 3 days from order.made_on", "TYP010"),
    ("must show at least every 3 days from order.made_on that order.urgent", "TYP010"),
    ("must have order.ended_on at least every 3 days from order.made_on", "TYP010"),
    # the event of a field
    ("must have order.length within 3 days after order.made_on", "TYP015"),
    ("must have order.urgent within 3 days after order.made_on", "TYP015"),
    ("must not have order.ended_on within 3 days after order.made_on", "TYP015"),
    # counting that day
    ("must have a talk within 3 hours after order.made_on counting that day", "TYP008"),
    ("must have a talk within 3 working days after order.made_on counting that day", "TYP008"),
    ("must have a talk within 30 minutes before order.made_on counting that day", "TYP008"),
    # rolling
    ("must have a talk within 3 days before order.made_on or the next working day", "TYP026"),
    (
        "must have a talk within 3 days either side of order.made_on or the next working day",
        "TYP026",
    ),
    ("must have a talk before order.made_on or the next working day", "TYP026"),
    # silence
    ('must show order.urgent silence means cannot tell because "x"', "TYP014"),
    ('must not have a talk silence means cannot tell because "x"', "TYP014"),
    # duties
    ("", "TYP011"),
    ("must show order.urgent must show not order.urgent", "TYP011"),
    ("must show order.urgent should show not order.urgent", "TYP011"),
    # what a window is counted from and how long it is
    ("must have a talk within 3 days after order.length", "TYP012"),
    ("must have a talk within order.length after order.made_on", "TYP012"),
    ("must have a talk within order.made_on after order.made_on", "TYP012"),
    ("must have a talk between order.made_on and order.reason", "TYP012"),
    ("must have a talk on the day of order.urgent", "TYP012"),
    ("must have a talk no later than order.reason", "TYP012"),
    ("must have a talk at least every 3 days from order.urgent", "TYP012"),
    ("must have a talk at least every order.urgent from order.made_on", "TYP012"),
    ("must have a talk at least every 3 days from order.made_on while order.length", "TYP002"),
    ("must have a talk within 3 days after order", "TYP012"),
    # kinds
    ("must have a talkk", "NAM001"),
    ("must have a case", "NAM012"),
    ("applies from 2026-01-02 until 2026-01-01 must show yes", "TYP024"),
]


@pytest.mark.parametrize(("duty", "code"), NONSENSE)
def test_a_duty_that_makes_no_sense_is_refused_with_one_message(duty: str, code: str) -> None:
    fault = fault_of(f'rule R "t" for each order {duty}')
    assert fault.code == code


SENSE = [
    "must have a talk",
    "must have at least 2 talks within 3 working days after order.made_on or the next working day",
    "must have a talk within 3 days before order.made_on counting that day",
    "must have a talk within 72 hours after order.made_on",
    "must have a talk between order.made_on and later of (order.made_on, as_at) or the next working day",
    "must have a talk no later than end of 3 months beginning with order.made_on or the next working day",
    "must have a talk before start of month of order.made_on",
    "must have a talk on the day of 2026-04-01",
    "must have a talk at least every 3 months from order.made_on while order.urgent",
    'must have a talk at least every 72 hours from order.made_on silence means cannot tell because "x"',
    'must have order.ended_on within 3 days after order.made_on silence means cannot tell because "x"',
    "must not have a talk where spoken",
    'must show no later than order.expires_on that order.urgent blank means breached because "x"',
]


@pytest.mark.parametrize("duty", SENSE)
def test_a_duty_that_makes_sense_is_taken(duty: str) -> None:
    rule_of(f'rule R "t" for each order {duty}')


def test_the_case_has_no_previous_and_makes_no_pairs() -> None:
    assert codes_of('rule R "t" for each case with its previous as p must show yes') == ["TYP016"]
    assert codes_of('rule R "t" for each case with each order must show yes') == ["TYP016"]
    rule_of('rule R "t" for each case where frail must show case.born_on is recorded')


@pytest.mark.parametrize(
    "clause",
    [
        "severity high",
        "learning point 3",
        "tag a",
        "applies from 2026-01-01",
        "for each talk",
        "when yes",
        'blank means breached because "x"',
        'silence means cannot tell because "x"',
        "target at least 3 percent",
        'say "x"',
        'fix "x"',
    ],
)
def test_a_clause_stands_once(clause: str) -> None:
    each = "" if clause.startswith("for each") else "for each talk"
    text = f'rule R "t" {each} {clause} {clause} must have an order'
    fault = fault_of(text)
    assert fault.code == "TYP013"
    assert at(fault).startswith(clause[:8])
    assert fault.labels[0].span.text.startswith(clause[:8])
    assert codes_of(f'rule R "t" {each} {clause} must have an order') == []


def test_some_clauses_stand_several_times() -> None:
    rule = rule_of(
        'rule R "t" source "a" source "b" quoting "c" for each order '
        'unless order.urgent because "d" unless case.frail because "e" '
        'cannot tell if yes because "f" cannot tell if no because "g" must have a talk'
    )
    assert [(source.text, source.quoting) for source in rule.sources] == [("a", None), ("b", "c")]
    assert [because.text for because in rule.unless] == ["d", "e"]
    assert [because.text for because in rule.cannot_tell_if] == ["f", "g"]


def test_the_facts_of_a_rule_reach_the_plan() -> None:
    rule = rule_of(
        'policy "Orders" owner "A committee"\n'
        'rule R-01 "Title" severity critical learning point 4 tag a, b applies from 2026-01-01 until 2026-02-01 '
        'for each order should have a talk target at least 75 percent say "s" fix "f"'
    )
    assert (rule.id, rule.title, rule.policy, rule.policy_owner) == (
        "R-01",
        "Title",
        "Orders",
        "A committee",
    )
    assert (rule.force, rule.gravity, rule.learning_point) == (Force.SHOULD, Gravity.CRITICAL, 4)
    assert rule.tags == ("a", "b")
    assert (str(rule.applies_from), str(rule.applies_until)) == ("2026-01-01", "2026-02-01")
    assert str(rule.target) == "75"
    assert rule.say is not None and rule.say.parts == ("s",)


def test_a_rule_left_to_itself_is_of_medium_gravity() -> None:
    rule = rule_of('rule R "t" for each order must have a talk')
    assert (rule.gravity, rule.force, rule.target, rule.say) == (
        Gravity.MEDIUM,
        Force.MUST,
        None,
        None,
    )


def test_a_window_sees_no_candidate_and_no_bare_field() -> None:
    assert codes_of('rule R "t" for each order must have a talk within 3 days after talk.date') == [
        "NAM003"
    ]
    assert codes_of('rule R "t" for each order must have a talk within 3 days after made_on') == [
        "NAM003"
    ]


def test_windows_keep_what_was_written() -> None:
    rule = rule_of(
        'rule R "t" for each order must have a talk within 3 days before order.made_on counting that day'
    )
    assert isinstance(rule.duty, core.Have)
    window = rule.duty.window
    assert isinstance(window, core.Within)
    assert (window.side, window.counting_that_day, window.rolls) == ("before", True, False)
    rule = rule_of(
        'rule R "t" for each order must have a talk no later than order.made_on or the next working day'
    )
    assert isinstance(rule.duty, core.Have)
    window = rule.duty.window
    assert isinstance(window, core.NoLater)
    assert (window.strictly, window.rolls) == (False, True)
    rule = rule_of('rule R "t" for each order must have a talk before order.made_on')
    assert isinstance(rule.duty, core.Have)
    assert isinstance(rule.duty.window, core.NoLater)
    assert rule.duty.window.strictly


def test_the_event_of_a_field_has_its_record_and_its_where_sees_that_record() -> None:
    rule = rule_of(
        'rule R "t" for each recall must have recall.order.ended_on within 3 days after recall.decided_at '
        "where urgent and recall.urgent"
    )
    duty = rule.duty
    assert isinstance(duty, core.HaveField)
    assert isinstance(duty.event, core.Field)
    assert duty.event.record == duty.record
    assert isinstance(duty.record, core.Follow)
    assert isinstance(duty.where, core.And)
    bare, dotted = duty.where.items
    assert isinstance(bare, core.Field) and isinstance(dotted, core.Field)
    assert (bare.kind, dotted.kind) == ("order", "recall")
    assert isinstance(bare.record, core.Slot)
    assert bare.record.index == duty.slot


def test_a_field_of_a_let_record_is_an_event_and_a_let_date_is_not() -> None:
    rule_of(
        'rule R "t" for each talk let o be latest order must have o.ended_on within 3 days after talk.date'
    )
    assert codes_of(
        'rule R "t" for each talk let o be talk.date must have o.x within 3 days after talk.date'
    ) == ["NAM002"]


def test_pairs_and_previous_have_slots_of_their_own() -> None:
    rule = rule_of(
        'rule R "t" for each order as o where urgent with its previous as p with each talk as k where spoken '
        "must show o.length is p.length and k.date is after o.made_on"
    )
    subject = rule.subject
    assert subject.companion is not None and subject.previous is not None
    assert len({0, subject.slot, subject.previous, subject.companion.slot}) == 4
    assert isinstance(subject.where, core.Field)
    assert isinstance(subject.companion.where, core.Field)
    assert codes_of('rule R "t" for each order with each order must show yes') == ["NAM005"]
