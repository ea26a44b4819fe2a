"""What each operator takes, and what is said to an author who gives it something else (S3)."""

from decimal import Decimal

import pytest

from policyengine.plan import core
from policyengine.plan.core import Domain
from tests.policy_desk import at, codes_of, fault_of, rule_of, shown


def condition_of(expression: str, subject: str = "order") -> core.Core:
    duty = rule_of(f'rule R "t" for each {subject} must show {expression}').duty
    assert isinstance(duty, core.Show)
    return duty.condition


GOOD = [
    "order.urgent",
    "not order.urgent and order.urgent is yes and order.urgent is not no",
    "order.length is 3 or order.length >= 2 or order.length != 2",
    "order.length is between 2 and 3.5",
    "order.made_on is between 2026-01-01 and as_at",
    'order.reason is "x" and order.reason is one of ("x", "y")',
    "order.length is one of (1, 2)",
    "order.made_on is one of (2026-01-01, 2026-01-02)",
    "order.made_on is on order.ended_on",
    "order.made_on is not on or before as_at + 3 days - 2 hours",
    "order.made_on is within 5 working days either side of order.ended_on",
    "order.ended_on is open and order.ended_on is not open",
    "order.reason is recorded and order is recorded and order.author is known",
    'order.reason mentions "Été" and order.reason does not match "^a+b"',
    "order.reason does not repeat case.team",
    "order.author is order.author and order.author is order.author.id",
    "order.before is order and order is order.before",
    'order.id is "order-1"',
    "number of words in order.reason is more than 2",
    "number of new words in order.reason since case.team is 0",
    "number of new words in order.reason since any talk.notes where (spoken) is 0",
    "similarity of order.reason to case.team is at most 50",
    "days from order.made_on to order.ended_on is less than 3",
    "age of case.born_on at order.made_on is at least 18",
    "start of month of order.made_on is on start of year of as_at",
    "end of 6 months beginning with order.made_on is after start of 7 days ending on as_at",
    "later of (order.made_on, order.ended_on) is after earlier of (as_at, 2026-01-01)",
    "total of talk.length where (spoken) + 2 - 1 is at least 3",
    "highest of talk.length is lowest of talk.length",
    "every talk as t where (t.spoken) has (urgent)",
    "there is no talk",
    "none of (order.urgent, case.frail) or at least 1 of (order.urgent, case.frail)",
]


@pytest.mark.parametrize("expression", GOOD)
def test_what_fits_is_taken(expression: str) -> None:
    assert shown(f"({expression})") == []


BAD = [
    # conditions and values
    ("order.length", "TYP002", "order.length"),
    ("order", "TYP002", "order"),
    ("order.urgent and order.length", "TYP002", "order.length"),
    ("not order.reason", "TYP002", "order.reason"),
    ("at least 1 of (order.urgent, 3)", "TYP002", "3"),
    ("there is a talk where (length)", "TYP002", "length"),
    ("every talk has (length)", "TYP002", "length"),
    ("number of words in order.urgent is 2", "TYP012", "order.urgent"),
    # comparisons
    ('order.length is "three"', "TYP012", '"three"'),
    ("order.reason is 3", "TYP012", "3"),
    ("order.reason is at least 3", "TYP012", "order.reason"),
    ("order.urgent is at least yes", "TYP012", None),
    ("order.length is between 2 and as_at", "TYP012", "as_at"),
    ("order.made_on is between 2 and as_at", "TYP012", "2"),
    ("order.reason is between 2 and 3", "TYP012", "order.reason"),
    ('order.urgent is "yes"', "TYP012", '"yes"'),
    ("7 days is 1 week", "TYP003", "1 week"),
    ("order.author is order", "TYP003", "order"),
    ('order.author is "s1"', "TYP012", '"s1"'),
    ('order.length is one of ("a", 2)', "TYP012", '"a"'),
    ("order.urgent is one of (yes, no)", "TYP012", None),
    ("order.reason is one of nothing", "NAM003", "nothing"),
    # dates
    ("order.made_on is order.ended_on", "TYP004", "order.made_on"),
    ("order.made_on is at least 2026-01-01", "TYP004", "order.made_on"),
    ("order.made_on is before order.length", "TYP012", "order.length"),
    ("order.length is on as_at", "TYP012", "order.length"),
    ("order.made_on is within order.length after as_at", "TYP012", "order.length"),
    ("order.made_on is within 3 days after order.length", "TYP012", "order.length"),
    ("order.made_on + 3 is after as_at", "TYP017", "order.made_on + 3"),
    ("order.made_on - as_at is 3", "TYP017", "order.made_on - as_at"),
    ("order.length + 3 days is 3", "TYP017", "order.length + 3 days"),
    ("3 days + order.made_on is after as_at", "TYP017", None),
    ('order.reason + order.reason is "aa"', "TYP017", None),
    ("age of case.born_on at order.length is 3", "TYP012", "order.length"),
    ("days from order.length to as_at is 3", "TYP012", "order.length"),
    ("end of 72 hours beginning with order.made_on is after as_at", "TYP008", "72 hours"),
    ("start of 2 working days ending on as_at is after as_at", "TYP008", "2 working days"),
    ("later of (order.made_on, 3) is after as_at", "TYP012", "3"),
    # presence
    ("order.made_on is open", "TYP005", "order.made_on"),
    ("order.urgent is open", "TYP005", None),
    ("order is open", "TYP005", None),
    ("order.length + 1 is recorded", "TYP022", None),
    ("as_at is known", "TYP022", "as_at"),
    ("number of talk is known", "TYP022", None),
    # texts
    ('order.length mentions "a"', "TYP012", "order.length"),
    ('order.reason mentions "room 3"', "TYP006", '"room 3"'),
    ('order.reason mentions "½"', "TYP006", '"½"'),
    ('order.reason mentions "--"', "TYP006", '"--"'),
    ("order.reason repeats order.length", "TYP012", "order.length"),
    ('order.reason matches "(a"', "TYP007", '"(a"'),
    # sets
    ("total of talk.reason is 2", "TYP012", "reason"),
    ("total of talk.nothing is 2", "NAM002", "nothing"),
    ("number of new words in order.reason since any talk.length is 2", "TYP012", "length"),
    ("at least 3 of (order.urgent, case.frail)", "TYP025", None),
    ("latest talk is recorded", "TYP023", None),
]


@pytest.mark.parametrize(("expression", "code", "place"), BAD)
def test_what_does_not_fit_is_told_once_at_its_place(
    expression: str, code: str, place: str | None
) -> None:
    fault = fault_of(f'rule R "t" for each order must show ({expression})')
    assert fault.code == code
    if place is not None:
        assert at(fault) == place


def test_a_fault_says_what_was_found_what_is_needed_and_why() -> None:
    fault = fault_of('rule R "t" for each talk must have an order within 1 day after talk.outcome')
    assert fault.message == "this is a code from `outcome`, but a date is needed here"
    assert fault.found == "a code from `outcome`"
    assert [(label.span.text, label.text) for label in fault.labels] == [
        ("within 1 day after", "a window is counted from a date")
    ]
    fault = fault_of('rule R "t" for each order must show order.made_on is before order.reason')
    assert fault.message == "this is a text, but a date is needed here"
    assert [label.text for label in fault.labels] == ["`is before` compares two dates"]
    assert fault.labels[0].span.text == "order.made_on"


def test_the_words_for_dates_are_offered_as_a_fix_that_can_be_applied() -> None:
    for written, mend in (
        ("is", "is on"),
        ("is not", "is not on"),
        ("=", "is on"),
        ("is at least", "is on or after"),
        ("is less than", "is before"),
    ):
        text = f'rule R "t" for each order must show order.made_on {written} as_at'
        fault = fault_of(text)
        assert fault.code == "TYP004"
        assert fault.fix is not None
        assert fault.fix.span.text == written
        assert fault.fix.replacement == mend
        assert codes_of(text.replace(f"{written} as_at", f"{mend} as_at")) == []


# --- codes ---


def test_codes_are_compared_with_codes_of_their_list() -> None:
    assert condition_of('talk.outcome is "partly"', "talk") == core.Compare(
        span=condition_of("yes").span,
        op="eq",
        left=condition_of("talk.outcome is recorded", "talk").operand,  # type: ignore[attr-defined]
        right=core.Const(span=condition_of("yes").span, value="partly"),
        domain=Domain.TEXT,
    )
    for expression in (
        'talk.outcome is "partley"',
        '"partley" is talk.outcome',
        'talk.outcome is not "partley"',
        'talk.outcome is one of ("understood", "partley")',
    ):
        fault = fault_of(f'rule R "t" for each talk must show {expression}')
        assert (fault.code, at(fault)) == ("TYP001", '"partley"')
        assert fault.hints == ("did you mean `partly`?",)
        assert fault.labels[0].span.text == "talk.outcome"


def test_a_code_may_be_compared_with_a_text_of_the_record() -> None:
    assert shown("talk.outcome is case.team", subject="talk") == []
    assert shown("talk.outcome is talk.method", subject="talk") == ["TYP003"]


def test_yes_and_no_without_quotation_marks_are_no_codes() -> None:
    fault = fault_of('rule R "t" for each talk must show talk.outcome is yes')
    assert fault.code == "TYP012"
    assert '`"yes"`' in fault.hints[0]
    fault = fault_of('rule R "t" for each talk must show talk.spoken is "yes"')
    assert "`yes`" in fault.hints[0]


def test_the_values_of_a_setting_are_codes_of_the_list_too() -> None:
    rule = 'rule R "t" for each talk must show talk.outcome is one of good\n'
    assert codes_of('setting good is one of ("understood", "partly")\n' + rule) == []
    fault = fault_of('setting good is one of ("understood", "goood")\n' + rule)
    assert (fault.code, at(fault)) == ("TYP001", "good")
    single = 'rule R "t" for each talk must show talk.outcome is best\n'
    assert codes_of('setting best is "understood", "partly" from 2026-01-01\n' + single) == []
    assert codes_of('setting best is "understood", "poor" from 2026-01-01\n' + single) == ["TYP001"]


def test_a_list_setting_stands_behind_is_one_of_and_nowhere_else() -> None:
    lists = 'setting few is one of (1, 2)\nsetting one is 1\nrule R "t" for each order must show '
    assert codes_of(lists + "order.length is one of few") == []
    assert codes_of(lists + "order.length is not one of few") == []
    assert codes_of(lists + "order.length is few") == ["TYP012"]
    assert codes_of(lists + "order.length is one of one") == ["TYP012"]
    assert codes_of(lists + "order.reason is one of few") == ["TYP012"]


# --- what becomes of sugar ---


def test_negations_become_not() -> None:
    for expression in (
        "order.length is not 3",
        "order.made_on is not before as_at",
        "order.made_on is not within 3 days after as_at",
        "order.length is not between 1 and 2",
        "order.length is not one of (1, 2)",
        "order.reason is not recorded",
        'order.reason does not mention "a"',
        "there is no talk",
    ):
        assert isinstance(condition_of(expression), core.Not), expression


@pytest.mark.parametrize(
    ("written", "op"),
    [
        ("is", "eq"),
        ("is at least", "ge"),
        ("is at most", "le"),
        ("is more than", "gt"),
        ("is less than", "lt"),
    ],
)
def test_each_comparison_of_numbers_has_its_operator(written: str, op: str) -> None:
    compare = condition_of(f"order.length {written} 3")
    assert isinstance(compare, core.Compare)
    assert (compare.op, compare.domain) == (op, Domain.NUMBER)
    assert compare.right == core.Const(span=compare.span, value=Decimal(3))


@pytest.mark.parametrize(
    ("written", "op"),
    [
        ("is on", "eq"),
        ("is before", "lt"),
        ("is after", "gt"),
        ("is on or before", "le"),
        ("is on or after", "ge"),
    ],
)
def test_each_comparison_of_dates_has_its_operator(written: str, op: str) -> None:
    compare = condition_of(f"order.made_on {written} as_at")
    assert isinstance(compare, core.Compare)
    assert (compare.op, compare.domain) == (op, Domain.MOMENT)
    assert isinstance(compare.left, core.Field)
    assert isinstance(compare.right, core.AsAt)


def test_between_is_both_ends_of_one_value() -> None:
    both = condition_of("order.length is between 2 and 3")
    assert isinstance(both, core.And)
    low, high = both.items
    assert isinstance(low, core.Compare) and isinstance(high, core.Compare)
    assert (low.op, high.op) == ("ge", "le")
    assert (low.right, high.right) == (
        core.Const(span=low.span, value=Decimal(2)),
        core.Const(span=low.span, value=Decimal(3)),
    )
    assert low.left == high.left


def test_lists_become_and_or_and_at_least() -> None:
    items = "(order.urgent, case.frail)"
    assert isinstance(condition_of(f"all of {items}"), core.And)
    assert isinstance(condition_of(f"any of {items}"), core.Or)
    none = condition_of(f"none of {items}")
    assert isinstance(none, core.And)
    assert all(isinstance(item, core.Not) for item in none.items)
    two = condition_of(f"at least 2 of {items}")
    assert isinstance(two, core.AtLeast)
    assert two.least == 2


def test_records_references_and_ids_are_compared_by_id() -> None:
    for expression in (
        "order.before is order",
        "order is order.before",
        "order.id is order.before",
    ):
        compare = condition_of(expression)
        assert isinstance(compare, core.Compare)
        assert compare.domain is Domain.REF
        sides = {type(compare.left), type(compare.right)}
        assert sides == {core.Field, core.IdOf}


def test_texts_are_in_one_normal_form() -> None:
    compare = condition_of('order.reason is "e\u0301"')
    assert isinstance(compare, core.Compare)
    assert compare.right == core.Const(span=compare.span, value="\u00e9")


def test_the_words_of_mentions_are_folded() -> None:
    test = condition_of('order.reason mentions "Self-Harm"')
    assert isinstance(test, core.Mentions)
    assert test.words == ("self", "harm")


@pytest.mark.parametrize(
    ("pattern", "plain"),
    [
        ("(a", "a bracket `(` is not closed"),
        ("a)", "a bracket `)` closes nothing"),
        ("[a", "a bracket `[` is not closed"),
        ("*a", "has nothing before it to repeat"),
        ("[z-a]", "runs backwards"),
        ("(?=a)", "RE2 does not have"),
        ("(?<!a)b", "RE2 does not have"),
        ("(a)\\\\1", "a backslash"),
    ],
)
def test_a_pattern_at_fault_is_told_in_plain_words(
    pattern: str, plain: str, capfd: pytest.CaptureFixture[str]
) -> None:
    fault = fault_of(f'rule R "t" for each order must show order.reason matches "{pattern}"')
    assert fault.code == "TYP007"
    assert plain in fault.message
    assert capfd.readouterr() == ("", "")


def test_a_pattern_that_would_be_slow_elsewhere_is_taken() -> None:
    assert shown('order.reason matches "(a+)+b"') == []


# --- lets ---


def test_a_let_is_of_any_type_and_later_ones_use_earlier_ones() -> None:
    rule = rule_of(
        'rule R "t" for each order let d be 7 days let t be order.made_on + d let c be order.urgent '
        "let last be latest talk where (date is before t) let o be last.about "
        "must have a talk within d after t where c and about is o and last.date is before date"
    )
    assert [let.name for let in rule.lets] == ["d", "t", "c", "last", "o"]
    assert len({let.slot for let in rule.lets}) == 5
    assert rule.slots > max(let.slot for let in rule.lets)
    assert isinstance(rule.lets[3].value, core.Pick)


def test_a_choice_is_of_one_type() -> None:
    assert (
        shown(
            "yes", let="let d be 2 days if order.urgent, 48 hours if case.frail, otherwise 1 week"
        )
        == []
    )
    assert shown("yes", let="let d be 2 days if order.urgent, otherwise 1") == ["TYP030"]
    assert shown("yes", let="let d be 2 days if order.length, otherwise 1 day") == ["TYP002"]
    assert (
        shown(
            "x is before as_at",
            let="let x be order.made_on if case.frail, otherwise 2026-01-01T10:00",
        )
        == []
    )


def test_each_value_of_a_length_is_looked_at() -> None:
    duty = "must have a talk within d after order.made_on counting that day"
    for let in ("2 days if order.urgent, otherwise 3 weeks", "w"):
        assert (
            codes_of(f'setting w is 7 days\nrule R "t" for each order let d be {let} {duty}') == []
        )
    for let in ("2 days if order.urgent, otherwise 72 hours", "w"):
        text = f'setting w is 7 days, 5 working days from 2026-01-01\nrule R "t" for each order let d be {let} {duty}'
        assert codes_of(text) == ["TYP008"]


# --- messages ---


def said(text: str, let: str = "") -> list[str]:
    return codes_of(
        "define talk.wordy as number of words in notes is at least 3\n"
        f'rule R "t" for each talk {let} must have an order within 3 days after talk.date say "{text}" fix "ok"'
    )


def test_messages_show_values_and_the_deadline() -> None:
    assert (
        said("By {deadline}: {talk.date + 3 days}, {talk.length}, {talk.outcome}, {talk.spoken}")
        == []
    )
    rule = rule_of('rule R "t" for each order must show order.urgent say "by {deadline}!"')
    assert rule.say is not None
    assert isinstance(rule.say.parts[1], core.Deadline)


@pytest.mark.parametrize(
    "expression",
    [
        "talk.notes",
        "number of words in talk.notes",
        "case.born_on",
        "age of case.born_on at talk.date",
        "case.id",
        "talk.wordy",
        "n",
        "total of talk.length where (notes is recorded)".replace(
            "talk.length", "order.length"
        ).replace("notes", "case.born_on"),
    ],
)
def test_what_is_sensitive_or_made_from_it_is_not_shown(expression: str) -> None:
    assert said(f"It is {{{expression}}}.", "let n be number of words in talk.notes") == ["TYP009"]


def test_a_field_of_a_picked_record_may_be_shown_whatever_picked_it() -> None:
    let = "let last be latest talk as t where (t.notes is recorded)"
    assert said("{last.date}", let) == []
    assert said("{last.notes}", let) == ["TYP009"]


def test_a_record_is_no_word() -> None:
    assert said("{talk}") == ["TYP032"]
