"""What judging at volume has found: each case that once set the engines apart, as small as it is."""

from datetime import date

import pytest

from tools.conformance.bench import check, opened, schema_of
from tools.conformance.engines import judged_by_both

SCHEMA = """
schema: found
version: 1
time_zone: Europe/London
kinds:
  case:
    fields: {team: text}
  talk:
    happened: began_on
    fields: {began_on: date, ended_at: {type: datetime, open: true}}
  visit:
    happened: began_on
    ended: link.ended_at
    fields: {began_on: date, seen_at: datetime, link: ref talk}
"""


def case(name: str, **visit: str) -> dict[str, object]:
    talk = {"id": "t", "began_on": "2023-08-13", "ended_at": "2024-01-03T10:00"}
    return {"case_id": name, "talk": [talk], "visit": [{"id": "v", "link": "t", **visit}]}


@pytest.mark.parametrize("window", ["", "within 72 hours after 2023-10-27 that "])
def test_a_time_that_an_end_hides_is_hidden_whole(window: str) -> None:
    """S14: where another case has a time that comes twice, when the clocks go back, a time's
    last instant stands in a column of its own; the end hides that as well."""
    policy = f"""
policy "Found"
rule F-01 "a rule"
  for each visit
  must show {window}visit.seen_at is not after 2024-03-01
"""
    plan = check(policy, schema_of(SCHEMA)).plan
    assert plan is not None
    hidden = case("A", began_on="2022-02-23", seen_at="2024-01-26T02:00")
    twice = case("B", began_on="2022-02-23", seen_at="2023-10-29T01:15")
    export = opened(plan, {"cases": [hidden, twice]})
    day = date(2024, 3, 1)
    both = judged_by_both(plan, list(export.cases()), export, (day, day))
    assert both.difference == ""
    assert [each.verdict.value for each in both.found] == ["cannot_tell", "met"]


def test_the_words_of_a_let_are_made_where_only_another_rule_reads_its_field() -> None:
    """The words of a text are made as a list where new words are counted: a `let` that stands
    for the text counts too."""
    policy = """
policy "Found"
rule F-01 "a rule"
  for each visit
  let said be visit.words
  must show number of new words in said since any talk.words is at least 1
rule F-02 "a rule"
  for each visit
  must show number of words in visit.words is at least 3 or visit.words mentions "home"
"""
    schema = SCHEMA.replace("seen_at: datetime", "seen_at: datetime, words: text")
    schema = schema.replace("{began_on: date, ended_at", "{began_on: date, words: text, ended_at")
    plan = check(policy, schema_of(schema)).plan
    assert plan is not None
    cases = [case("A", began_on="2022-02-23", words="Seen at home"), case("B", words="Home")]
    export = opened(plan, {"cases": cases})
    day = date(2022, 3, 1)
    both = judged_by_both(plan, list(export.cases()), export, (day, day))
    assert both.difference == ""
    assert both.notes.rules == {}


PLANNED = """
schema: found
version: 1
time_zone: Europe/London
kinds:
  case:
    died: died_on
    fields: {team: text, died_on: {type: date, open: true}}
  talk:
    fields: {began_at: datetime, seen_at: datetime}
  visit:
    happened: began_on
    fields: {began_on: date, next_on: {type: date, planned: true}, held: yes_no}
"""


@pytest.mark.parametrize(
    ("next_on", "verdict"), [("2027-05-04", "met_late"), ("2026-04-25", "cannot_tell")]
)
def test_a_perhaps_that_is_planned_is_tried_on_its_own_day(next_on: str, verdict: str) -> None:
    """S12: a perhaps whose day is known stands on that day, though it is still to come: later
    than the gap's due day, it leaves `met late` as it is. One that would close the gap in time
    is another matter."""
    policy = """
policy "Found"
gather both from visit by next_on where (held), visit by began_on, talk by seen_at
rule F-01 "a rule"
  for each talk
  must have a both at least every 2 months from talk.began_at
"""
    plan = check(policy, schema_of(PLANNED)).plan
    assert plan is not None
    done = {"id": "v1", "began_on": "2026-04-15", "held": "no"}
    perhaps = {"id": "v2", "next_on": next_on}
    talk = {"id": "t", "began_at": "2025-05-29T09:00"}
    export = opened(plan, {"cases": [{"case_id": "A", "talk": [talk], "visit": [done, perhaps]}]})
    day = date(2026, 5, 4)
    both = judged_by_both(plan, list(export.cases()), export, (day, day))
    assert both.difference == ""
    assert [each.verdict.value for each in both.found] == [verdict]


HALF_PLANNED = PLANNED.replace(
    "    fields: {began_at: datetime, seen_at: datetime}",
    "    happened: began_at\n    fields: {began_at: datetime, next_on: date}",
)


@pytest.mark.parametrize(
    ("died_on", "verdicts"),
    [("2026-03-31", ["cannot_tell", "met"]), ("2026-04-01", ["met", "met"])],
)
def test_a_gathered_date_is_hidden_where_its_source_hides_it(
    died_on: str, verdicts: list[str]
) -> None:
    """S1, S14: a date that is planned in one source and not in the other. A death the day before
    hides the one; the other may lie ahead."""
    policy = """
policy "Found"
gather both from talk by began_at, visit by began_on
rule F-01 "a rule"
  for each both
  must show both.next_on is before 2026-05-01
"""
    plan = check(policy, schema_of(HALF_PLANNED)).plan
    assert plan is not None
    talk = {"id": "t", "began_at": "2026-01-01T09:00", "next_on": "2026-04-01"}
    visit = {"id": "v", "began_on": "2026-01-02", "next_on": "2026-04-01"}
    dead = {"case_id": "A", "died_on": died_on, "talk": [talk], "visit": [visit]}
    export = opened(plan, {"cases": [dead]})
    day = date(2026, 5, 4)
    both = judged_by_both(plan, list(export.cases()), export, (day, day))
    assert both.difference == ""
    assert [each.verdict.value for each in both.found] == verdicts


MIXED_TIMES = """
schema: found
version: 1
time_zone: Europe/London
kinds:
  case:
    fields: {born_on: date}
  talk:
    happened: sent_on
    fields: {sent_on: date}
  plan:
    happened: began_at
    fields: {began_at: datetime}
"""


@pytest.mark.parametrize("began_at", ["2026-03-11", "2026-03-11T09:00"])
def test_of_several_events_on_one_day_the_first_is_late(began_at: str) -> None:
    """S12: each event has a due day of its own, and the second of a day comes in time after the
    first; a date and a date-time that lacks its time look alike when written."""
    policy = """
policy "Found"
gather both from plan by began_at, talk by sent_on
rule F-01 "a rule"
  must have a both at least every 1 day from case.born_on
"""
    plan = check(policy, schema_of(MIXED_TIMES)).plan
    assert plan is not None
    talks = [{"id": id, "sent_on": "2026-03-11"} for id in ("t1", "t2")]
    held = {"id": "p", "began_at": began_at}
    one = {"case_id": "A", "born_on": "2026-02-15", "plan": [held], "talk": talks}
    export = opened(plan, {"cases": [one]})
    day = date(2026, 4, 2)
    both = judged_by_both(plan, list(export.cases()), export, (day, day))
    assert both.difference == ""
    assert both.notes.rules == {}
    roles = {each.id: each.role for each in both.found[0].evidence}
    first, second = ("p.began_at", "t1.sent_on")
    if "T" in began_at:  # a day stands before the times on it
        first, second = second, first
    assert (roles[first], roles[second], roles["t2.sent_on"]) == ("late", "met", "met")
    assert [gap.done_on is None for gap in both.found[0].late_gaps] == [False, True]


@pytest.mark.parametrize(
    ("ended_on", "verdict"), [("2026-03-31", "cannot_tell"), ("2026-04-01", "not_applicable")]
)
def test_none_is_there_while_an_end_hides_what_would_make_one(ended_on: str, verdict: str) -> None:
    """S1, S14: what is gathered from a talk has a date that is planned in a visit alone only from
    its day on; the author's doubt stands until then."""
    policy = """
policy "Found"
gather both from talk by began_at, visit by began_on
rule F-01 "a rule"
  for each case
  when case.team is "north"
  cannot tell if there is no both where (next_on is recorded) because "the author says so"
  must have a talk
"""
    plan = check(policy, schema_of(HALF_PLANNED)).plan
    assert plan is not None
    talk = {"id": "t", "began_at": "2026-01-01T09:00", "next_on": "2026-04-01"}
    one = {"case_id": "A", "team": "south", "died_on": ended_on, "talk": [talk], "visit": []}
    export = opened(plan, {"cases": [one]})
    day = date(2026, 5, 4)
    both = judged_by_both(plan, list(export.cases()), export, (day, day))
    assert both.difference == ""
    assert both.notes.rules == {}
    assert [each.verdict.value for each in both.found] == [verdict]


def test_a_gathered_kind_goes_by_a_dated_setting_as_it_stood_at_an_end() -> None:
    """S14, S20: where a source's condition reads a setting that has no value yet on the day of an
    end, what is judged as at that day cannot tell whether the record is there."""
    policy = """
policy "Found"
setting span is 3 months from 2026-04-01
gather ahead from visit by next_on where (visit.next_on is within span after visit.began_on)
rule F-01 "a rule"
  for each talk
  must have an ahead no later than 2026-03-20
"""
    plan = check(policy, schema_of(HALF_PLANNED)).plan
    assert plan is not None
    visit = {"id": "v", "began_on": "2026-01-02", "next_on": "2026-02-01"}
    talk = {"id": "t", "began_at": "2026-01-01T09:00"}
    found = {"talk": [talk], "visit": [visit]}
    cases = [{"case_id": "A", "died_on": "2026-03-31", **found}, {"case_id": "B", **found}]
    export = opened(plan, {"cases": cases})
    day = date(2026, 5, 4)
    both = judged_by_both(plan, list(export.cases()), export, (day, day))
    assert both.difference == ""
    assert [each.verdict.value for each in both.found] == ["cannot_tell", "met"]


def test_the_words_of_what_may_be_no_record_are_no_words() -> None:
    """S19: a definition that reads the case alone, of a record that a pick did not find."""
    policy = """
policy "Found"
define talk.theirs as case.team
rule F-01 "a rule"
  for each case
  let first be earliest visit
  cannot tell if first.link.theirs mentions "no change"
    because "it says so"
  must show case.team is "another"
"""
    plan = check(policy, schema_of(SCHEMA)).plan
    assert plan is not None
    team = {"team": "no change"}
    none = {"case_id": "A", **team, "talk": [], "visit": []}
    one = {**case("B", began_on="2022-02-23"), **team}
    export = opened(plan, {"cases": [none, one]})
    day = date(2026, 5, 4)
    both = judged_by_both(plan, list(export.cases()), export, (day, day))
    assert both.difference == ""
    assert [each.verdict.value for each in both.found] == ["breached", "cannot_tell"]


def test_findings_of_two_records_with_one_id_stand_in_one_order() -> None:
    """S24: of a gathered kind two tables may give one id; the rule's versions tell them apart."""
    policy = """
policy "Found"
gather event from talk by began_on, visit by began_on
rule F-01 "a rule"
  applies from 2020-01-01 until 2026-01-31
  for each event
  must show event.date is after 2026-03-01
rule F-01 "a rule"
  applies from 2026-02-01
  for each event
  must show event.date is after 2026-03-01
"""
    checked = check(policy, schema_of(SCHEMA))
    assert checked.plan is not None, checked
    talk, visit = ({"id": "0", "began_on": day} for day in ("2026-02-02", "2026-01-02"))
    export = opened(checked.plan, {"cases": [{"case_id": "A", "talk": [talk], "visit": [visit]}]})
    day = date(2026, 5, 4)
    both = judged_by_both(checked.plan, list(export.cases()), export, (day, day))
    assert both.difference == ""
    assert [each.applies_from for each in both.found] == ["2020-01-01", "2026-02-01"]


PAIRED = """
schema: found
version: 1
kinds:
  case:
    fields: {team: text}
  talk:
    happened: began_on
    ended: ended_on
    fields: {began_on: date, ended_on: {type: date, open: true}, next_on: date}
"""


def test_what_comes_after_an_end_is_read_with_the_record_before_it_as_at_the_run() -> None:
    """S14: a companion that had not happened by the subject's end is read as at the run's date,
    and so is the record before it: it has one."""
    policy = """
policy "Found"
define talk.sooner with its previous as last as talk.began_on is before last.next_on
rule F-01 "a rule"
  for each talk with each talk as other where other.began_on is after talk.began_on
  must show other.sooner
"""
    plan = check(policy, schema_of(PAIRED)).plan
    assert plan is not None
    first = {"id": "1", "began_on": "2025-02-28", "ended_on": "2025-04-19", "next_on": "2025-09-01"}
    talks = [first, {"id": "2", "began_on": "2025-08-28"}]
    export = opened(plan, {"cases": [{"case_id": "A", "talk": talks}]})
    day = date(2025, 10, 25)
    both = judged_by_both(plan, list(export.cases()), export, (day, day))
    assert both.difference == ""
    assert [each.verdict.value for each in both.found] == ["met"]
