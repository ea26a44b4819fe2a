"""The next day on which a finding could change with no new record: exact, and never too late."""

from collections.abc import Sequence
from datetime import date, timedelta
from functools import cache
from pathlib import Path

import pytest

from policyengine.evaluate import Engine
from policyengine.findings.model import Finding
from policyengine.plan.core import Plan
from policyengine.policy.load import load_rules
from policyengine.records import open_export
from policyengine.records.model import CaseRecords, Export
from policyengine.turning import Turned, Turning, next_changes
from tools.conformance.bench import check, opened, schema_of
from tools.conformance.trial import make_trial

ROOT = Path(__file__).parent.parent
SCHEMA = """
schema: s
version: 1
time_zone: Europe/London
calendar: {bank_holidays: england}
kinds:
  case:
    label: service user
    died: died_on
    owner: {kind: team_period, field: team}
    fields: {born_on: date, died_on: {type: date, open: true}}
  team_period:
    label: team
    happened: from_on
    ended: until_on
    fields: {from_on: date, until_on: {type: date, open: true}, team: text}
  order:
    label: order
    happened: began_on
    recorded: entered_on
    ended: ended_on
    fields:
      began_on: date
      ended_on: {type: date, open: true}
      entered_on: date
      expires_on: {type: date, planned: true}
      told_at: datetime
  visit:
    label: visit
    happened: date
    fields: {date: date, about: text, score: number}
"""
RULES = {
    "have": "for each order must have a visit within 7 days after order.began_on",
    "working": "for each order must have a visit within 3 working days after order.began_on",
    "rolls": "for each order must have a visit within 2 days after order.began_on "
    "or the next working day",
    "hours": "for each order must have a visit within 48 hours after order.told_at",
    "month": "for each order must have a visit within 1 month after order.began_on",
    "every": "for each order must have a visit at least every 1 month from order.began_on",
    "some": "for each order must have a visit at least every 1 month from order.began_on where "
    'about is "x"',
    "state": "for each order must show order.expires_on is on or after as_at",
    "strict": "for each order must show order.expires_on is after as_at",
    "back": "for each order must show order.expires_on is on or after as_at - 1 month",
    "age": "for each order when age of case.born_on at as_at is at least 18 "
    "must have a visit within 7 days after order.began_on",
    "since": "for each order must show days from order.began_on to as_at is less than 10",
    "shown": "for each order must show there is a visit where (date is within 14 days before as_at)",
    "said": "for each order must have a visit within 7 days after order.began_on "
    'say "It is {days from order.began_on to as_at} days."',
    "not": "for each order must not have a visit within 7 days after order.began_on",
    "version": "applies from 2026-01-01 until 2026-06-30 must show there is a visit",
}


@cache
def plan_of(name: str) -> Plan:
    """One rule."""
    plan = check(f'policy "p" rule R-01 "a rule" source "s" {RULES[name]}', schema_of(SCHEMA)).plan
    assert plan is not None, name
    return plan


class Judged:
    """A case under a plan, judged as at any day."""

    def __init__(self, plan: Plan, case: CaseRecords, export: Export) -> None:
        self.plan, self.case, self.export = plan, case, export
        self.engine = Engine(plan)
        self.days = Turning(plan).days(case, export)

    def judge(self, case: CaseRecords, as_at: date, known_by: date, rule: str) -> list[Finding]:
        scene = self.engine.scene(case, self.export, as_at, known_by)
        found = [self.engine.finding(scene, j) for j in self.engine.judgements(scene, rule)]
        return sorted(found, key=lambda finding: finding.order)

    def turned(self, rule: str, as_at: date, known_by: date | None = None) -> Turned:
        clock = (as_at, known_by or as_at)
        found = self.judge(self.case, *clock, rule)
        return next_changes(self.judge, self.case, rule, found, clock, self.days[rule])


def judged(name: str, **kinds: object) -> Judged:
    plan = plan_of(name)
    every = {"order": [], "visit": [], "team_period": []}
    export = opened(plan, {"cases": [{"case_id": "A", **every, **kinds}]})
    return Judged(plan, next(iter(export.cases())), export)


ORDER = {"id": "o", "began_on": "2026-01-05", "expires_on": "2026-03-31"}  # a Monday


@pytest.mark.parametrize(
    ("name", "kinds", "as_at", "expected"),
    [
        # Within seven days after 5 January: breached from the 13th; nothing before, nothing after.
        ("have", {}, "2026-01-05", "2026-01-13"),
        ("have", {}, "2026-01-12", "2026-01-13"),
        ("have", {}, "2026-01-13", None),
        # A visit that is in the export already, and has not happened: met from its own day.
        ("have", {"visit": [{"id": "v", "date": "2026-01-09"}]}, "2026-01-06", "2026-01-09"),
        ("have", {"visit": [{"id": "v", "date": "2026-01-09"}]}, "2026-01-09", None),
        # Breached, then late from the day it was done.
        ("have", {"visit": [{"id": "v", "date": "2026-02-09"}]}, "2026-01-13", "2026-02-09"),
        ("not", {}, "2026-01-05", "2026-01-13"),
        ("working", {}, "2026-01-05", "2026-01-09"),  # Tuesday to Thursday
        ("rolls", {"order": [{"id": "o", "began_on": "2026-01-08"}]}, "2026-01-08", "2026-01-13"),
        # Told at ten on the 5th, 48 hours: by the end of the 7th it has passed.
        ("hours", {"order": [ORDER | {"told_at": "2026-01-05T10:00"}]}, "2026-01-06", "2026-01-07"),
        # Told on the 5th, at what time is not known: it may last to the end of the 7th.
        ("hours", {"order": [ORDER | {"told_at": "2026-01-05"}]}, "2026-01-07", "2026-01-08"),
        ("month", {"order": [{"id": "o", "began_on": "2026-01-31"}]}, "2026-02-01", "2026-03-01"),
        ("every", {}, "2026-01-10", "2026-02-06"),
        ("every", {"visit": [{"id": "v", "date": "2026-01-20"}]}, "2026-01-20", "2026-02-21"),
        ("every", {}, "2026-02-06", None),
        # Perhaps an event (what it was about is not recorded): it would have been due again.
        ("some", {"visit": [{"id": "v", "date": "2026-01-30"}]}, "2026-02-06", "2026-03-01"),
        ("state", {}, "2026-01-10", "2026-04-01"),
        ("strict", {}, "2026-01-10", "2026-03-31"),
        ("back", {}, "2026-01-10", "2026-05-01"),  # 30 April less a month is 30 March, 1 May 1 April
        ("age", {"born_on": "2008-02-29"}, "2026-01-20", "2026-03-01"),
        ("since", {}, "2026-01-10", "2026-01-15"),
        ("shown", {"visit": [{"id": "v", "date": "2026-01-20"}]}, "2026-01-25", "2026-02-04"),
        ("said", {}, "2026-01-06", "2026-01-13"),
        ("said", {}, "2026-01-13", "2026-01-14"),  # its words are others each day
        # No visit, so breached from 1 January on; from 1 July on there is no version in force.
        ("version", {}, "2026-01-05", "2026-07-01"),
        # The end of the order, and the death: nothing more will fall due.
        ("have", {"order": [ORDER | {"ended_on": "2026-01-08"}]}, "2026-01-06", "2026-01-08"),
        ("have", {"died_on": "2026-01-09"}, "2026-01-06", "2026-01-09"),
        ("have", {"died_on": "2026-01-09"}, "2026-01-09", None),
        # Another team answers for what is not yet due.
        (
            "have",
            {"team_period": [{"id": "t", "from_on": "2025-01-01", "until_on": "2026-01-07",
                              "team": "East"}]},
            "2026-01-06",
            "2026-01-08",
        ),
    ],
)  # fmt: skip
def test_the_day_is_exact(name, kinds, as_at, expected):
    case = judged(name, **{"order": [ORDER]} | kinds)
    turned = case.turned("R-01", date.fromisoformat(as_at))
    wanted = None if expected is None else date.fromisoformat(expected)
    assert (turned.each, turned.first) == ((wanted,), wanted)


def test_what_is_not_there_yet_is_told_of_the_case_and_of_no_finding():
    later = {"id": "p", "began_on": "2026-01-20"}
    case = judged("have", order=[ORDER, later])
    turned = case.turned("R-01", date(2026, 1, 15))
    assert (turned.each, turned.first) == ((None,), date(2026, 1, 20))


def test_a_record_is_there_from_the_day_that_it_is_recorded():
    order = ORDER | {"entered_on": "2026-01-12"}
    case = judged("have", order=[order])
    assert case.turned("R-01", date(2026, 1, 8)).first == date(2026, 1, 12)
    # Where what was known is held to one day, nothing is recorded any more.
    fixed = case.turned("R-01", date(2026, 1, 8), date(2026, 1, 7))
    assert fixed.first is None


def test_a_rule_on_records_that_a_case_has_none_of_is_passed_over():
    assert judged("have").days == {}


# --- the law ------------------------------------------------------------------------------------

SPAN = 60
TRIED = 40  # of a rule that follows the date from day to day, no more is promised


def hold_to_every_day(
    case: Judged, rule: str, clock: tuple[date, date]
) -> tuple[Sequence[tuple[Finding, bool]], int | None]:
    """The findings as at a day, and the first of the next days on which they are others."""
    as_at, known_by = clock
    first: list[tuple[Finding, bool]] = []
    for away in range(SPAN):
        day = as_at + timedelta(away)
        known = day if known_by == as_at else known_by
        found = [(each, each.ended) for each in case.judge(case.case, day, known, rule)]
        if away == 0:
            first = found
        elif found != first:
            return first, away
    return first, None


def agrees(case: Judged, rule: str, clock: tuple[date, date]) -> bool:
    """Whether the next day of the case is the day that judging every day finds."""
    found, first = hold_to_every_day(case, rule, clock)
    if rule not in case.days:
        return not found and first is None
    turned = case.turned(rule, *clock)
    away = None if turned.first is None else (turned.first - clock[0]).days
    if case.days[rule].daily and away is not None and away > TRIED:
        return first is None or first >= away
    return (away if away is not None and away < SPAN else None) == first


# The last ones each found something that was not looked at.
@pytest.mark.parametrize("seed", [*range(22), 49, 164])
def test_random_policies_change_on_the_day_that_is_told_and_on_none_before(seed):
    trial = make_trial(seed, cases=3)
    plan = check(trial.policy.text, schema_of(trial.world.yaml())).plan
    assert plan is not None
    export = opened(plan, trial.export())
    for records in export.cases():
        case = Judged(plan, records, export)
        for rule in case.engine.rules:
            assert agrees(case, rule, (trial.as_at, trial.as_at)), rule
            assert agrees(case, rule, (trial.as_at, trial.known_by)), rule


def test_the_shipped_rules_change_on_the_day_that_is_told_and_on_none_before():
    plan = load_rules([str(ROOT / "rules")]).plan
    assert plan is not None
    export = open_export(str(ROOT / "rules/sample/cases.jsonl"), plan.schema)
    turned = 0
    for number, records in enumerate(export.cases()):
        if number % 250:
            continue
        case = Judged(plan, records, export)
        as_at = date(2025, 6, 1) + timedelta(days=number)
        for rule in case.engine.rules:
            assert agrees(case, rule, (as_at, as_at)), (records.id, rule)
            turned += rule in case.days and case.turned(rule, as_at).first is not None
    assert turned > 25
