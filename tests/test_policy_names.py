"""What names mean where they stand (section 6), and what is said of those that mean nothing."""

import pytest

from policyengine.plan import core
from tests.policy_desk import at, codes_of, fault_of, plan_of, rule_of


def where_of(rule: core.Rule) -> core.Core:
    duty = rule.duty
    assert isinstance(duty, core.Have)
    assert duty.records.where is not None
    return duty.records.where


def test_a_bare_name_in_a_where_is_a_field_of_the_record_looked_at() -> None:
    rule = rule_of('rule R "t" for each order must have a talk where spoken')
    where = where_of(rule)
    assert isinstance(where, core.Field)
    assert (where.kind, where.name, where.index) == ("talk", "spoken", 4)
    assert isinstance(rule.duty, core.Have)
    assert isinstance(where.record, core.Slot)
    assert where.record.index == rule.duty.records.slot != rule.subject.slot


def test_in_nested_sets_a_bare_name_is_of_the_innermost_and_the_outer_ones_have_their_names() -> (
    None
):
    rule = rule_of(
        'rule R "t" for each order as this must have a talk where '
        "there is a recall where (urgent and talk.urgent and this.urgent)"
    )
    there_is = where_of(rule)
    assert isinstance(there_is, core.ThereIs)
    assert isinstance(there_is.records.where, core.And)
    kinds = [item.kind for item in there_is.records.where.items if isinstance(item, core.Field)]
    assert kinds == ["recall", "talk", "order"]


def test_a_dotted_name_in_a_where_may_begin_with_a_reference_of_the_record_looked_at() -> None:
    rule = rule_of('rule R "t" for each talk must have a recall where order.urgent')
    where = where_of(rule)
    assert isinstance(where, core.Field)
    assert where.kind == "order"
    assert isinstance(where.record, core.Follow)
    assert where.record.kind == "order"
    assert isinstance(where.record.ref, core.Field)
    assert where.record.ref.kind == "recall"


def test_references_are_followed_step_by_step() -> None:
    rule = rule_of('rule R "t" for each recall must show recall.order.before.urgent')
    assert isinstance(rule.duty, core.Show)
    last = rule.duty.condition
    assert isinstance(last, core.Field)
    assert isinstance(last.record, core.Follow)
    assert isinstance(last.record.ref, core.Field)
    assert last.record.ref.name == "before"
    assert isinstance(last.record.ref.record, core.Follow)


def test_a_reference_of_the_record_looked_at_and_a_record_in_sight_of_one_name_are_ambiguous() -> (
    None
):
    fault = fault_of('rule R "t" for each order must have a recall where order.urgent')
    assert fault.code == "NAM004"
    assert at(fault) == "order"
    assert "the record of kind `order`" in fault.message
    assert "the field `order` of `recall`" in fault.message


def test_a_field_that_is_no_reference_does_not_stand_in_the_way_of_a_dotted_name() -> None:
    rule_of('rule R "t" for each order as length must have a talk where length.urgent')
    assert codes_of('rule R "t" for each order as length must have a talk where length is 2') == [
        "NAM004"
    ]


def test_a_setting_stands_back_where_a_field_in_sight_has_its_name() -> None:
    plan = plan_of(
        "setting length is 3\n"
        'rule A "t" for each order must have a talk where length is 2\n'
        'rule B "t" for each order must have a recall where length is 2\n'
    )
    for rule, of in zip(plan.rules, (core.Field, core.SettingValue), strict=True):
        compare = where_of(rule)
        assert isinstance(compare, core.Compare)
        assert isinstance(compare.left, of)
    assert [rule.settings for rule in plan.rules] == [(), ("length",)]


def test_a_setting_and_a_let_of_one_name_are_ambiguous() -> None:
    text = 'setting x is 3\nrule R "t" for each order let x be 4 must show order.length is x'
    assert codes_of(text) == ["NAM004"]


@pytest.mark.parametrize(
    ("text", "word", "hint"),
    [
        ("for each order must show urgent", "urgent", "write `order.urgent`"),
        ("for each order as o must show order.urgent", "order", "the `order` is called `o` here"),
        ("for each order must show talk.spoken", "talk", "`talk` is a kind"),
        ("for each order must show ordr.urgent", "ordr", "did you mean `order.urgent`?"),
        ("for each talk must show talk.outcome is partly", "partly", '`"partly"`'),
        ("for each order must show order.made_on is before today", "today", "`as_at`"),
        (
            "for each order let a be b let b be 2 must show order.length is a",
            "b",
            "`let b` stands later",
        ),
    ],
)
def test_a_name_that_nothing_has_is_told_with_what_was_meant(
    text: str, word: str, hint: str
) -> None:
    fault = fault_of(f'rule R "t" {text}')
    assert fault.code == "NAM003"
    assert at(fault) == word
    assert any(hint in offered for offered in fault.hints), fault.hints


def test_the_right_type_is_offered_before_the_likelier_spelling() -> None:
    # `lengt` is nearest to the number `length` everywhere; `mad_on` to a date.
    fault = fault_of('rule R "t" for each order must show order.mad_on is recorded')
    assert fault.hints == ("did you mean `made_on`?",)
    text = "setting talk_days is 3\nsetting talk_day is 7 days\n"
    fault = fault_of(
        text + 'rule R "t" for each order must have a talk within talk_da after order.made_on'
    )
    assert fault.hints == ("did you mean `talk_day`?",)


def test_nothing_far_off_is_offered() -> None:
    fault = fault_of('rule R "t" for each order must show order.zzzzzz is recorded')
    assert (fault.code, fault.hints) == ("NAM002", ())


@pytest.mark.parametrize(
    "text",
    [
        "must not have an order within 7 days after order.made_on",
        "must show there is an order where (urgent)",
        "must show number of orders is at least 2",
        "must show total of order.length is 2",
        "let order be 2 must show yes",
        "let case be 2 must show yes",
        "let x be 2 let x be 3 must show yes",
        "let x be 2 must have a talk as x",
    ],
)
def test_a_name_in_sight_is_not_hidden(text: str) -> None:
    assert codes_of(f'rule R "t" for each order {text}') == ["NAM005"]


def test_an_alias_lets_an_inner_kind_stand_beside_the_outer() -> None:
    rule_of('rule R "t" for each order as this must not have an order where urgent')
    rule_of(
        'rule R "t" for each order must not have an order as next where next.urgent and order.urgent'
    )


def test_names_end_with_their_set() -> None:
    text = "there is a talk as t where (t.spoken) and there is a talk as t where (t.urgent)"
    rule_of(f'rule R "t" for each order must show {text}')
    assert codes_of(
        'rule R "t" for each order must show there is a talk as t where (spoken) and t.urgent'
    ) == ["NAM003"]


def test_plurals_stand_where_several_are_meant_and_only_there() -> None:
    for text in (
        "must have at least 2 talks",
        "must show number of talks is at least 2",
        "must show there is at least 2 talks",
        "must show every talks has (spoken)",
    ):
        rule_of(f'rule R "t" for each order {text}')
    fault = fault_of('rule R "t" for each order must have a talks')
    assert fault.code == "NAM001"
    assert "write `talk`" in fault.hints[0]


def test_the_subjects_own_where_sees_its_fields_and_no_lets() -> None:
    rule_of('rule R "t" for each order where urgent and order.length is 2 must show yes')
    assert codes_of('rule R "t" for each order where x let x be yes must show yes') == ["NAM003"]


def test_clauses_may_come_in_any_order() -> None:
    rule_of('rule R "t" must show x let x be order.urgent for each order')


def test_the_case_is_always_in_sight() -> None:
    rule = rule_of('rule R "t" for each order must have a talk where case.frail')
    where = where_of(rule)
    assert isinstance(where, core.Field)
    assert isinstance(where.record, core.Slot)
    assert where.record.index == 0


def test_without_a_for_each_the_case_is_the_subject_in_slot_0() -> None:
    rule = rule_of('rule R "t" must show case.frail')
    assert (rule.subject.kind, rule.subject.slot, rule.slots) == ("case", 0, 1)


def test_case_and_shared_kinds_are_no_sets() -> None:
    for text in (
        "must show number of case is 1",
        "must have a staff",
        "must show there is a staff where (role is recorded)",
    ):
        assert codes_of(f'rule R "t" for each order {text}') == ["NAM012"]
    assert codes_of('rule R "t" for each staff must show staff.role is recorded') == ["NAM012"]
    rule_of('rule R "t" for each order must show order.author.role is recorded')


def test_an_unknown_subject_is_told_once() -> None:
    text = (
        'rule R "t" for each ordr with its previous as p let x be ordr.made_on '
        "when p.urgent and ordr.nothing is 3 must have a talk within 7 days after x"
    )
    assert codes_of(text) == ["NAM001"]


def test_one_mistake_gives_one_message_however_often_its_value_is_used() -> None:
    text = (
        'rule R "t" for each order let x be order.lenght when x is 2 and x is "a" '
        'unless x is before as_at because "b" must show x + 2 is at least x'
    )
    assert codes_of(text) == ["NAM002"]


# --- definitions, gathers ---


def test_definitions_are_fields_like_any_other_in_any_order() -> None:
    plan = plan_of(
        "define order.b as a and length is 2\ndefine order.a as urgent\n"
        'rule R "t" for each talk where about.b must have a recall where order.a is recorded\n'
    )
    assert plan.definitions["order", "b"].slots == 2
    assert plan.definitions["order", "a"].type == "yes_no"


def test_a_definition_sees_its_previous_and_names_the_record_by_its_kind() -> None:
    plan = plan_of(
        "define order.longer with its previous as p as length is more than p.length\n"
        "define order.answered as there is a talk where (about is order)\n"
    )
    longer = plan.definitions["order", "longer"]
    assert longer.sees_previous
    assert isinstance(longer.value, core.Compare)
    assert isinstance(longer.value.right, core.Field)
    assert longer.value.right.record == core.Slot(span=longer.value.span, index=2, name="p")
    answered = plan.definitions["order", "answered"].value
    assert isinstance(answered, core.ThereIs)
    assert isinstance(answered.records.where, core.Compare)
    assert answered.records.where.domain is core.Domain.REF
    assert answered.records.where.right == core.IdOf(
        span=answered.span, record=core.Slot(span=answered.span, index=1, name="order")
    )


def test_a_circle_of_definitions_is_shown_once_whatever_the_order() -> None:
    texts = ["define order.a as b", "define order.b as c and urgent", "define order.c as not a"]
    for turned in (texts, texts[::-1], [texts[1], texts[0], texts[2]]):
        fault = fault_of("\n".join(turned))
        assert fault.code == "NAM008"
        assert "`order.a` → `order.b` → `order.c` → `order.a`" in fault.message


def test_one_name_in_two_kinds_makes_no_circle() -> None:
    plan_of(
        "define order.ready as urgent\n"
        "define talk.ready as about.ready and spoken\n"
        "define recall.ready as order.ready\n"
    )


def test_a_circle_through_a_gathered_kind_is_a_circle() -> None:
    fault = fault_of(
        'define order.first as number of event where (from_kind is "order") is 0\n'
        "gather event from order by made_on where (first), talk by date\n"
    )
    assert fault.code == "NAM008"
    assert "`event`" in fault.message and "`order.first`" in fault.message


def test_a_gathered_kind_has_its_date_its_kind_and_what_its_sources_share() -> None:
    plan = plan_of(
        "gather event from order by made_on, recall by decided_at where (urgent), talk by date\n"
        "define event.late as date is after 2026-01-01 and urgent\n"
        'rule R "t" for each event where from_kind is "talk" must show event.late\n'
    )
    kind = plan.schema.kinds["event"]
    # `urgent` is of one type in all; `length` and `reason` are not in recall.
    assert list(kind.fields) == ["date", "from_kind", "urgent"]
    assert [field.index for field in kind.fields.values()] == [0, 1, 2]
    assert kind.fields["date"].type.value == "datetime"
    assert (kind.happened, kind.ordered_by, kind.ended) == ("date", "date", ())
    shared = [source.shared for source in plan.gatherings["event"].sources]
    assert shared == [(4,), (3,), (5,)]
    assert [source.where is None for source in plan.gatherings["event"].sources] == [
        True,
        False,
        True,
    ]


def test_a_shared_field_has_the_gravest_mark_of_its_sources() -> None:
    plan = plan_of("gather event from order by made_on, talk by date\n")
    reason = plan.schema.kinds["event"].fields["reason"]
    assert reason.sensitive is not None
    assert reason.sensitive.value == "third_party"


def test_fields_of_one_name_and_two_types_are_not_shared() -> None:
    plan = plan_of("gather event from recall by decided_at, talk by date\n")
    # `outcome` is a code of one list in both; `urgent` too.
    assert list(plan.schema.kinds["event"].fields)[2:] == ["urgent", "outcome"]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("gather event from order by urgent", "TYP031"),
        ("gather event from order by nothing", "NAM002"),
        ("gather event from case by born_on", "NAM012"),
        ("gather a from order by made_on\ngather b from a by date", "NAM012"),
        ("gather b from a by date\ngather a from order by made_on", "NAM012"),
        ("gather order from talk by date", "NAM006"),
        ("gather a from talk by date\ngather a from order by made_on", "NAM006"),
        ("gather a from talk by date, talk by date", "NAM006"),
        ("define order.length as 2", "NAM006"),
        ("define order.id as 2", "NAM006"),
        ("define order.a as 2\ndefine order.a as 3", "NAM006"),
        ("define ordr.a as 2", "NAM001"),
        ("define case.a with its previous as p as 2 is 2", "TYP016"),
        ("define order.a as before.author", ""),
        ("define order.a as order", "TYP012"),
    ],
)
def test_definitions_and_gathers_at_fault(text: str, code: str) -> None:
    assert codes_of(text) == ([code] if code else [])


def test_names_are_shared_by_all_files_and_both_places_are_shown() -> None:
    fault = fault_of("setting a is 1", "setting a is 2")
    assert fault.code == "NAM006"
    assert fault.span is not None and fault.span.file.name == "f1.policy"
    assert fault.labels[0].span.file.name == "f0.policy"
