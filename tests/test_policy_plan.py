"""What a plan says beside the expressions: triggers, ends, settings, versions, digest."""

from datetime import date
from decimal import Decimal

import pytest

from policyengine.plan import core
from policyengine.policy.overrides import SettingOverride
from policyengine.policy.settle import settle, settle_expression, slots_of
from policyengine.policy.types import Sort
from policyengine.schema.model import Schema
from policyengine.source import SourceFile
from policyengine.syntax import parse_expression, parse_file
from policyengine.values.durations import Duration, Unit
from tests.policy_desk import SCHEMA, codes_of, fault_of, plan_of, rule_of, settled

OPEN = frozenset([("ended_on",)])


def names(field: core.Core | None) -> tuple[str, str] | None:
    if field is None:
        return None
    assert isinstance(field, core.Field | core.Derived)
    return field.kind, field.name


# --- S20: the trigger date ---


@pytest.mark.parametrize(
    ("duty", "trigger"),
    [
        ("must have a talk within 3 days after order.ended_on", ("order", "ended_on")),
        ("must have a talk between order.expires_on and order.made_on", ("order", "expires_on")),
        ("must have a talk no later than order.ended_on", ("order", "ended_on")),
        ("must have a talk on the day of order.ended_on", ("order", "ended_on")),
        ("must have a talk at least every 3 days from order.ended_on", ("order", "ended_on")),
        ("must show within 3 days after order.ended_on that yes", ("order", "ended_on")),
        ("must have a talk within 3 days after order.due", ("order", "due")),
        # T is no field of the subject: the day on which the subject happened
        ("must have a talk within 3 days after order.ended_on + 1 day", ("order", "made_on")),
        ("must have a talk within 3 days after order.before.ended_on", ("order", "made_on")),
        ("must have a talk within 3 days after case.died_on", ("order", "made_on")),
        ("must have a talk within 3 days after x", ("order", "made_on")),
        ("must have a talk within 3 days after as_at", ("order", "made_on")),
        ("must have a talk", ("order", "made_on")),
    ],
)
def test_the_trigger_date_is_t_where_it_is_a_date_of_the_subject(
    duty: str, trigger: tuple[str, str]
) -> None:
    plan = plan_of(
        "define order.due as made_on + 3 days\n"
        f'rule R "t" for each order let x be order.ended_on {duty}'
    )
    assert names(plan.rules[0].trigger) == trigger


def test_a_subject_that_never_happened_has_no_trigger_date_of_its_own() -> None:
    assert rule_of('rule R "t" for each loose must have a talk').trigger is None
    assert rule_of('rule R "t" must have a talk').trigger is None
    rule = rule_of('rule R "t" for each loose must have a talk within 3 days after loose.noted_on')
    assert names(rule.trigger) == ("loose", "noted_on")


def test_of_a_pair_the_first_gives_the_trigger_date() -> None:
    rule = rule_of(
        'rule R "t" for each order with each talk must have a recall within 3 days after talk.date'
    )
    assert names(rule.trigger) == ("order", "made_on")
    assert isinstance(rule.trigger, core.Field)
    assert isinstance(rule.trigger.record, core.Slot)
    assert rule.trigger.record.index == rule.subject.slot


# --- S14: ends that do not end the duty ---


@pytest.mark.parametrize(
    ("duty", "kept"),
    [
        ("within 3 days after order.ended_on", OPEN),
        ("within 3 days after order.ended_on - 2 days", OPEN),
        ("within 3 days after later of (order.made_on, order.ended_on)", OPEN),
        ("between order.made_on and order.ended_on", OPEN),
        ("between order.ended_on and as_at", OPEN),
        ("at least every 3 days from order.ended_on", OPEN),
        ("within 3 days after x", OPEN),
        ("within 3 days after y", OPEN),
        ("within 3 days after order.late", OPEN),
        ("within 3 days after z", frozenset()),
        ("within 3 days after order.made_on", frozenset()),
        ("within 3 days after order.before.ended_on", frozenset()),
        ("at least every 3 days from order.made_on while (order.ended_on is open)", frozenset()),
        ("", frozenset()),
    ],
)
def test_an_end_that_t_is_made_from_does_not_end_the_duty(
    duty: str, kept: frozenset[tuple[str, ...]]
) -> None:
    plan = plan_of(
        "define order.soon as ended_on + 1 day\ndefine order.late as soon + 1 day\n"
        'rule R "t" for each order let x be order.ended_on let y be x + 1 day let z be order.made_on '
        f"must have a talk {duty}"
    )
    assert plan.rules[0].kept_open == kept
    assert not plan.rules[0].ignores_death


def test_each_end_of_a_kind_stands_for_itself() -> None:
    cases = {
        "recall.ended_at": {("ended_at",)},
        "recall.order.ended_on": {("order", "ended_on")},
        "later of (recall.ended_at, recall.order.ended_on)": {("ended_at",), ("order", "ended_on")},
        "recall.order.made_on": set(),
        "o.ended_on": {("order", "ended_on")},
    }
    for anchor, kept in cases.items():
        rule = rule_of(
            f'rule R "t" for each recall let o be recall.order must have a talk within 3 days after {anchor}'
        )
        assert rule.kept_open == kept, anchor


@pytest.mark.parametrize(
    ("anchor", "ignores"),
    [
        ("case.died_on", True),
        ("case.died_on + 1 day", True),
        ("x", True),
        ("earlier of (order.ended_on, case.died_on)", True),
        ("order.made_on", False),
        ("case.born_on", False),
    ],
)
def test_a_death_that_t_is_made_from_does_not_end_the_duty(anchor: str, ignores: bool) -> None:
    rule = rule_of(
        f'rule R "t" for each order let x be case.died_on must have a talk within 3 days after {anchor}'
    )
    assert rule.ignores_death is ignores


# --- settings ---


def test_a_rule_names_the_settings_that_it_can_touch_in_their_order() -> None:
    plan = plan_of(
        "setting a is 1\nsetting b is 2 days\nsetting c is one of (1, 2)\nsetting d is 4\nsetting e is 5\n"
        "setting unused is 6\nsetting g is 7\n"
        "define order.deep as length is d\ndefine order.deeper as deep or length is a\n"
        "gather event from order by made_on where (deeper), talk by date where (length is g)\n"
        'rule R "t" for each order where deeper let x be e when order.length is one of c '
        "must have a talk within b after order.made_on\n"
        'rule S "t" for each event must show event.date is before as_at\n'
        'rule T "t" for each order must show number of event is x let x be 3\n'
        'rule U "t" for each order must show order.urgent\n'
    )
    assert [rule.settings for rule in plan.rules] == [
        ("d", "a", "e", "c", "b"),
        ("d", "a", "g"),
        ("d", "a", "g"),
        (),
    ]


def test_settings_reach_the_plan_with_their_dates_and_lists() -> None:
    plan = plan_of(
        'setting a is 7 days, 3 days from 2026-04-01 "why"\nsetting b is one of ("x", "y")\n'
    )
    a, b = plan.settings["a"], plan.settings["b"]
    assert a.values == ((None, Duration(7, Unit.DAY)), (date(2026, 4, 1), Duration(3, Unit.DAY)))
    assert (a.why, a.local, a.options) == ("why", False, None)
    assert (b.values, b.options) == ((), ("x", "y"))


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("setting a is 7 days, 3 from 2026-01-01", "TYP018"),
        ('setting a is one of (1, "x")', "TYP018"),
        ("setting a is 7, 3 from 2026-01-01, 2 from 2026-01-01", "TYP019"),
        ("setting a is 7, 3 from 2026-01-02, 2 from 2026-01-01", "TYP019"),
        ("setting a is 7 from 2026-01-01, 3 from 2026-01-02", ""),
        ("setting a is 7 days, 1 week from 2026-01-02, 72 hours from 2026-01-03", ""),
        ("setting a is 2026-03-29T01:30", "TYP029"),
        ("setting a is 2026-03-29T02:30", ""),
    ],
)
def test_settings_at_fault(text: str, code: str) -> None:
    assert codes_of(text) == ([code] if code else [])


# --- a Trust's own settings and targets ---

RULES = (
    'setting w is 7 days\nsetting n is 3\nsetting l is one of ("understood")\n'
    'rule R-01 "t" for each talk target at least 50 percent when talk.length is n '
    "must have an order within w after talk.date where talk.outcome is one of l\n"
)


def overridden(**overrides: SettingOverride) -> list[str]:
    plan, faults = settled(RULES, overrides=overrides)
    assert (plan is None) == bool(faults)
    return [fault.code for fault in faults]


def test_a_trusts_values_take_the_place_of_the_sets() -> None:
    plan, _ = settled(
        RULES,
        overrides={
            "w": SettingOverride(values=((None, "5 working days"), (date(2026, 1, 1), "72 hours"))),
            "n": SettingOverride(values=((None, "4"),)),
            "l": SettingOverride(options=("partly", "understood")),
        },
        targets={"R-01": Decimal(90)},
    )
    assert plan is not None
    assert plan.settings["w"].values == (
        (None, Duration(5, Unit.WORKING_DAY)),
        (date(2026, 1, 1), Duration(72, Unit.HOUR)),
    )
    assert plan.settings["n"].values == ((None, Decimal(4)),)
    assert plan.settings["l"].options == ("partly", "understood")
    assert all(setting.local for setting in plan.settings.values())
    assert plan.rules[0].target == 90


@pytest.mark.parametrize(
    ("name", "override", "code"),
    [
        ("ww", SettingOverride(values=((None, "7 days"),)), "NAM011"),
        ("w", SettingOverride(values=((None, "7"),)), "TYP018"),
        ("w", SettingOverride(values=((None, "0 days"),)), "TYP018"),
        ("w", SettingOverride(values=((None, "7 fortnights"),)), "TYP018"),
        ("w", SettingOverride(values=((None, Decimal(7)),)), "TYP018"),
        ("w", SettingOverride(options=("7 days",)), "TYP018"),
        ("w", SettingOverride(), "TYP018"),
        ("n", SettingOverride(values=((None, "many"),)), "TYP018"),
        ("n", SettingOverride(values=((None, "1e9"),)), "TYP018"),
        ("n", SettingOverride(values=((None, True),)), "TYP018"),
        ("l", SettingOverride(values=((None, "partly"),)), "TYP018"),
        ("l", SettingOverride(options=("nothing",)), "TYP001"),
        ("w", SettingOverride(values=((None, "7 days"), (None, "6 days"))), "TYP019"),
    ],
)
def test_a_trusts_values_are_checked_as_the_sets_are(
    name: str, override: SettingOverride, code: str
) -> None:
    assert overridden(**{name: override}) == [code]


def test_a_period_is_checked_with_a_trusts_length() -> None:
    rules = 'setting w is 7 days\nrule R "t" for each order must have a talk within w after order.made_on counting that day'
    _, faults = settled(rules, overrides={"w": SettingOverride(values=((None, "72 hours"),))})
    assert [fault.code for fault in faults] == ["TYP008"]


def test_targets_are_of_rules_that_there_are() -> None:
    for targets, code in (
        ({"R-1": Decimal(50)}, "NAM009"),
        ({"R-01": Decimal(101)}, "TYP025"),
        ({"R-01": Decimal(-1)}, "TYP025"),
    ):
        _, faults = settled(RULES, targets=targets)
        assert [fault.code for fault in faults] == [code]


# --- versions and order ---


def versions(*applies: str) -> list[str]:
    return codes_of("\n".join(f'rule R "t" {each} must show case.frail' for each in applies))


def test_versions_may_follow_one_another_with_a_gap_or_without() -> None:
    assert versions("applies from 2020-01-01 until 2020-12-31", "applies from 2021-01-01") == []
    assert versions("applies from 2021-01-01", "applies from 2020-01-01 until 2020-02-01") == []


def test_versions_that_share_a_day_are_refused() -> None:
    assert versions("applies from 2020-01-01 until 2021-01-01", "applies from 2021-01-01") == [
        "NAM007"
    ]
    assert versions("applies from 2020-01-01", "applies from 2021-01-01") == ["NAM007"]
    assert versions("", "applies from 2021-01-01") == ["NAM007"]
    assert versions("", "") == ["NAM007"]
    # a long first version overlaps one that is not its neighbour
    assert versions(
        "applies from 2020-01-01 until 2025-01-01",
        "applies from 2021-01-01 until 2021-02-01",
        "applies from 2022-01-01 until 2022-02-01",
    ) == ["NAM007", "NAM007"]


def test_rules_stand_by_id_and_then_by_date() -> None:
    plan = plan_of(
        'rule B "t" applies from 2021-01-01 must show case.frail\n'
        'rule B "t" applies from 2020-01-01 until 2020-06-01 must show case.frail\n',
        'rule A "t" must show case.frail\n',
    )
    assert [(rule.id, rule.applies_from and rule.applies_from.year) for rule in plan.rules] == [
        ("A", None),
        ("B", 2020),
        ("B", 2021),
    ]
    assert [rule.policy for rule in plan.rules] == ["P1", "P0", "P0"]


# --- S24: the digest ---


def test_the_digest_says_what_the_rules_say_whatever_their_order_files_and_layout() -> None:
    one = 'policy "P"\nsetting a is 1\nrule R "t" must show case.frail\n'
    two = 'policy "P" # a comment\n\n  rule R "t"\n    must show\n case.frail\nsetting a is 1'
    digest = plan_of(one).digest
    assert plan_of(two).digest == digest
    assert len(digest) == 64
    assert plan_of(one.replace("is 1", "is 2")).digest != digest
    assert plan_of(one.replace("frail", "frail is recorded")).digest != digest
    a, b = 'policy "P"\nsetting a is 1\n', 'policy "Q"\nrule R "t" must show case.frail\n'
    assert plan_of(a, b).digest == plan_of(b, a).digest


def test_the_digest_holds_a_trusts_own_values() -> None:
    plain, _ = settled(RULES)
    local, _ = settled(RULES, overrides={"n": SettingOverride(values=((None, "3"),))})
    aimed, _ = settled(RULES, targets={"R-01": Decimal(51)})
    assert plain is not None and local is not None and aimed is not None
    assert len({plain.digest, local.digest, aimed.digest}) == 3


# --- limits ---


def test_a_thousand_conditions_side_by_side_are_no_depth() -> None:
    rule_of('rule R "t" must show ' + " or ".join(["case.frail"] * 1000))


def test_a_long_way_through_references_is_too_deep() -> None:
    far = "order" + ".before" * 3000 + ".urgent"
    assert codes_of(f'rule R "t" for each order must show {far}') == ["TYP027"]


def test_no_way_in_is_too_deep() -> None:
    far = ".before" * 300 + ".urgent"
    assert eval_("this" + far, this="order")[2] == ["TYP027"]
    assert codes_of(f"define order.far as before{far}") == ["TYP027"]
    assert codes_of(f"gather event from order by made_on where (before{far})") == ["TYP027"]
    assert codes_of(f'rule R "t" for each order say "{{order{far}}}" must show yes') == ["TYP027"]


def test_a_rule_that_the_parser_could_not_finish_gives_no_plan() -> None:
    text = 'policy "P" rule R "t" for each order must have order.ended_on'
    file, told = parse_file(SourceFile("f.policy", text))
    assert told
    assert settle([file], SCHEMA) == (None, [])


def test_a_long_chain_of_definitions_is_settled_without_recursion() -> None:
    def chain(length: int) -> str:
        links = [f"define order.d{i} as not d{i - 1}" for i in range(1, length)]
        return "\n".join(["define order.d0 as urgent", *links])

    assert codes_of(chain(50)) == []
    assert set(codes_of(chain(2000))) == {"TYP027"}
    back_to_front = "\n".join(chain(2000).splitlines()[::-1])
    assert set(codes_of(back_to_front)) == {"TYP027"}


def test_a_rule_stands_on_its_definitions() -> None:
    links = "\n".join(f"define order.d{i} as not d{i - 1}" for i in range(1, 95))
    text = f"define order.d0 as urgent\n{links}\n"
    assert codes_of(text) == []
    deep = "not " * 40 + "order.d94"
    assert codes_of(text + f'rule R "t" for each order must show {deep}') == ["TYP027"]


# --- files ---


def test_a_file_begins_with_its_policy() -> None:
    file, _ = parse_file(SourceFile("f.policy", "setting a is 1"))
    _, faults = settle([file], SCHEMA)
    assert [fault.code for fault in faults] == ["NAM014"]


def test_faults_are_told_in_the_order_of_the_files() -> None:
    _, faults = settled("setting a is 1\ndefine order.x as nothing\n", "setting a is 2\n")
    assert [fault.code for fault in faults] == ["NAM003", "NAM006"]
    assert [fault.span.file.name for fault in faults if fault.span] == ["f0.policy", "f1.policy"]


def test_an_empty_set_is_a_plan() -> None:
    plan, faults = settled()
    assert plan is not None and plan.rules == () and faults == []


# --- one expression by itself ---


def eval_(
    text: str, schema: Schema = SCHEMA, **aliases: str
) -> tuple[core.Core | None, Sort, list[str]]:
    expr, faults = parse_expression(SourceFile("-", text))
    assert expr is not None and faults == []
    node, type_, notes = settle_expression(expr, schema, aliases)
    return node, type_.sort, [note.code for note in notes]


def test_an_expression_by_itself_speaks_of_the_case_and_of_sets() -> None:
    assert eval_("case.frail")[1:] == (Sort.TRUTH, [])
    assert eval_("number of talk where (spoken)")[1:] == (Sort.NUMBER, [])
    assert eval_("2026-01-31 + 1 month")[1:] == (Sort.DATE, [])
    assert eval_("2026-01-31 + 72 hours")[1:] == (Sort.DATETIME, [])
    assert eval_("7 days")[1:] == (Sort.DURATION, [])
    assert eval_("order.urgent") == (None, Sort.UNKNOWN, ["NAM003"])
    assert eval_("case")[2] == ["TYP032"]


def test_an_expression_by_itself_says_how_many_slots_it_needs() -> None:
    for text, slots in (
        ("case.frail", 1),
        ("2 is 2", 1),
        ("there is a talk where (there is an order where (urgent and talk.urgent))", 3),
        (" and ".join(["there is a talk"] * 300), 301),
    ):
        node, _, _ = eval_(text)
        assert node is not None
        assert slots_of(node) == slots


def test_an_expression_by_itself_may_have_records_in_sight() -> None:
    node, sort, faults = eval_("this.urgent and other.spoken", this="order", other="talk")
    assert (sort, faults) == (Sort.TRUTH, [])
    assert isinstance(node, core.And)
    slots = [item.record for item in node.items if isinstance(item, core.Field)]
    assert [slot.index for slot in slots if isinstance(slot, core.Slot)] == [1, 2]


def test_the_fault_of_a_hidden_place_has_a_place() -> None:
    assert fault_of('rule R "t" for each order must have a talkk').span is not None
