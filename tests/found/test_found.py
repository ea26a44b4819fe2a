"""Faults that random policies have found, each as the smallest case that shows it."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from policyengine.evaluate import Engine
from policyengine.evaluate.explain import explain
from policyengine.findings.model import Finding
from policyengine.policy.settle import settle
from policyengine.records import open_export
from policyengine.schema.from_yaml import schema_from
from policyengine.source import SourceFile
from policyengine.syntax import parse_file

SCHEMA = """\
schema: found
time_zone: Europe/London
kinds:
  case:
    fields:
      needy: yes_no
      first_at: datetime
      second_at: datetime
      third_at: datetime
  order:
    happened: made_on
    fields:
      made_on: date
      sent_on: date
      due_on: date
      big: yes_no
      size: number
      about: ref talk
  talk:
    happened: held_at
    fields:
      held_at: datetime
      spoken: yes_no
      good: yes_no
      words: text
      place: text
  visit:
    happened: made_on
    ordered_by: booked_on
    fields:
      booked_on: date
      made_on: date
  stay:
    ended: ended_on
    fields:
      ended_on: {type: date, open: true}
      sent_on: date
      due_on: date
"""


class Bench:
    """One policy over one case."""

    def __init__(self, tmp_path: Path, policy: str, case: dict[str, Any], **export: Any) -> None:
        schema, notes = schema_from(SourceFile("schema.yaml", SCHEMA))
        assert schema is not None, notes
        file, faults = parse_file(SourceFile("found.policy", f'policy "Found"\n{policy}'))
        assert not faults, faults
        plan, faults = settle([file], schema)
        assert plan is not None, [fault.message for fault in faults]
        path = tmp_path / "cases.json"
        whole = {"order": [], "talk": [], "visit": [], "stay": [], "case_id": "A", **case}
        path.write_text(json.dumps({"cases": [whole], **export}), encoding="utf-8")
        self.engine = Engine(plan)
        self.export = open_export(str(path), plan.schema)
        self.case = next(self.export.cases())

    def judge(self, as_at: str) -> list[Finding]:
        return self.engine.judge(self.case, self.export, date.fromisoformat(as_at))

    def verdict(self, as_at: str) -> str:
        (finding,) = self.judge(as_at)
        return finding.verdict.value

    def explained(self, as_at: str) -> list[Finding]:
        told = explain(self.engine, self.case, self.export, date.fromisoformat(as_at))
        return [each.finding for each in told]


def test_a_duty_on_a_field_is_explained_where_its_window_never_opened(tmp_path: Path) -> None:
    """S13: T is blank, so the condition of the duty was never asked; the explanation asks it."""
    bench = Bench(
        tmp_path,
        'rule R "t" for each order must have order.sent_on within 7 days after order.due_on where big',
        {"order": [{"id": "o", "made_on": "2026-01-01", "big": "yes"}]},
    )
    assert bench.verdict("2026-02-01") == "cannot_tell"
    assert bench.explained("2026-02-01") == bench.judge("2026-02-01")


def test_a_hidden_order_date_orders_nothing(tmp_path: Path) -> None:
    """S1, S22: an order date after the as-at date reads as blank, so its record comes by its id
    among the undated ones, as it would have come on that date."""
    policy = 'rule R "t" must not have a visit'
    hidden = {
        "visit": [{"id": "a", "booked_on": "2026-03-02"}, {"id": "b", "booked_on": "2026-03-01"}]
    }
    blank = {"visit": [{"id": "a"}, {"id": "b"}]}
    found = Bench(tmp_path, policy, hidden).judge("2026-02-01")
    assert [seen.id for seen in found[0].evidence] == ["a", "b"]
    assert found == Bench(tmp_path, policy, blank).judge("2026-02-01")


def test_an_unseen_record_may_have_a_record_before_it(tmp_path: Path) -> None:
    """S8: talks from before 2026 may be missing, and one of them may follow another, so that a
    definition which asks for the one before is not sure of it either."""
    bench = Bench(
        tmp_path,
        "define talk.led_up_to with its previous as prior as prior.words is not recorded\n"
        'rule R "t" must not have a talk where not led_up_to',
        {},
        _complete_from={"talk": "2026-01-01"},
    )
    assert bench.verdict("2026-02-01") == "cannot_tell"


ORDERS = [
    {"id": "a", "made_on": "2026-01-02", "about": "t"},
    {"id": "b", "made_on": "2026-01-03"},
]
TALK = {"id": "t", "held_at": "2026-01-10", "words": "seen"}


@pytest.mark.parametrize(
    "asked",
    [
        "let found be latest order where (big) must show found.sent_on is recorded",
        "let found be latest order where (big) must show found.about.words is recorded",
        "let found be latest order where (big) let due be found.made_on + 1 day must show due is recorded",
        "let found be latest order where (big) let n be number of words in found.about.words must show n is recorded",
        "let due be 2026-01-01 if case.needy, otherwise 2026-01-02 must show due is recorded",
        "let found be latest order if case.needy, otherwise earliest order must show found.about is recorded",
    ],
)
def test_what_is_picked_or_chosen_perhaps_is_recorded_perhaps(tmp_path: Path, asked: str) -> None:
    """S19: which record it is, or which value was chosen, is unknown because of another field; so
    whether it is recorded is unknown, and no breach."""
    bench = Bench(tmp_path, f'rule R "t" {asked}', {"order": ORDERS, "talk": [TALK]})
    assert bench.verdict("2026-02-01") == "cannot_tell"


GATHERED = "gather event from order by made_on, visit by made_on\n"
ALIKE = {
    "order": [{"id": "1", "made_on": "2026-01-02"}],
    "visit": [{"id": "1", "made_on": "2026-01-20"}],
}


def test_gathered_records_of_two_kinds_may_have_one_id(tmp_path: Path) -> None:
    """S5: tables number their rows from 1, each its own. Both events are judged, each as itself."""
    rule = 'rule R "t" for each event must have an event as other on the day of 2026-01-20'
    bench = Bench(tmp_path, GATHERED + rule, ALIKE)
    assert [each.verdict.value for each in bench.judge("2026-02-01")] == ["met", "breached"]


def test_gathered_records_of_one_id_are_judged_under_versions_too(tmp_path: Path) -> None:
    """S20: each event has the version in force on its own day."""
    rules = (
        'rule R "t" applies from 2026-01-01 until 2026-01-09 for each event must have a talk\n'
        'rule R "t" applies from 2026-01-10 for each event must not have a talk\n'
    )
    bench = Bench(tmp_path, GATHERED + rules, ALIKE)
    assert [each.verdict.value for each in bench.judge("2026-02-01")] == ["breached", "met"]


def test_an_unseen_event_may_shorten_a_gap_by_the_setting_of_its_day(tmp_path: Path) -> None:
    """S12, S20: a talk between 10 and 19 January would have asked for the next within five days,
    and talks before 22 January may be missing."""
    bench = Bench(
        tmp_path,
        "setting gap is 60 days, 5 days from 2026-01-10, 60 days from 2026-01-20\n"
        'rule R "t" for each order must have a talk at least every gap from order.made_on',
        {
            "order": [{"id": "o", "made_on": "2026-01-01"}],
            "talk": [{"id": "t", "held_at": "2026-01-25"}],
        },
        _complete_from={"talk": "2026-01-22"},
    )
    assert bench.verdict("2026-01-31") == "cannot_tell"


def test_the_later_of_two_times_that_come_twice_is_the_later(tmp_path: Path) -> None:
    """S16: 01:30 and 01:15 both come twice on 25 October; whichever they were, the later of the
    two is not before 01:30 as it first came, and so not before 01:20 as that first came."""
    bench = Bench(
        tmp_path,
        'rule R "t" must show later of (case.first_at, case.second_at) is before case.third_at',
        {
            "first_at": "2026-10-25T01:30",
            "second_at": "2026-10-25T01:15",
            "third_at": "2026-10-25T00:20Z",
        },
    )
    assert bench.verdict("2026-11-01") == "breached"


@pytest.mark.parametrize(
    ("made_on", "verdict"), [("2026-01-09", "cannot_tell"), ("2026-01-10", "met")]
)
def test_a_single_value_that_begins_on_a_day_is_not_in_force_before(
    tmp_path: Path, made_on: str, verdict: str
) -> None:
    """S20: only a first value without `from` has always been in force."""
    bench = Bench(
        tmp_path,
        "setting least is 3 from 2026-01-10\n"
        'rule R "t" for each order must show order.size is at least least',
        {"order": [{"id": "o", "made_on": made_on, "size": 5}]},
    )
    assert bench.verdict("2026-02-01") == verdict


def test_an_exception_holds_at_an_end_though_the_rule_applies_no_more(tmp_path: Path) -> None:
    """S14, S6: as at the end the rule applied, its T was blank, and it was excused. That it does
    not apply today says nothing of when T was."""
    bench = Bench(
        tmp_path,
        'rule R "t" for each stay when there is no talk\n'
        '  unless stay.sent_on is not recorded because "it was never sent"\n'
        "  must have a visit within 7 days after stay.due_on",
        {"stay": [{"id": "s", "ended_on": "2026-01-05"}], "talk": [TALK]},
    )
    assert bench.verdict("2026-02-01") == "exempt"


def test_a_duty_that_would_have_begun_after_an_end_never_began(tmp_path: Path) -> None:
    """S14: T is known today, and lay after the end."""
    bench = Bench(
        tmp_path,
        'rule R "t" for each stay must have a talk within 7 days after stay.due_on',
        {"stay": [{"id": "s", "ended_on": "2026-01-05", "due_on": "2026-01-06"}]},
    )
    assert bench.verdict("2026-02-01") == "not_applicable"


@pytest.mark.parametrize("items", ["order.sent_on, {}", "{}, order.sent_on"])
def test_the_later_of_two_dates_on_one_day_has_no_order(tmp_path: Path, items: str) -> None:
    """S15: of a day, and of an unknown time on that day, the later is the day, whichever is
    written first."""
    later = items.format("order.made_on - 24 hours")
    bench = Bench(
        tmp_path,
        f'rule R "t" for each order must show order.sent_on is within 1 year after later of ({later})',
        {"order": [{"id": "o", "made_on": "2026-01-11", "sent_on": "2026-01-10"}]},
    )
    assert bench.verdict("2026-02-01") == "met"
