"""The laws of S26, over generated case loads whose dates lie about the boundaries.

- The order of rows and of cases, unrelated cases and split case loads change nothing.
- Judging as at a day equals judging what had happened and was recorded by then.
- A lost value never turns met into breached, or back.

Each try judges several cases at once under four policies, so that few tries look at many findings.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from policyengine.evaluate.audit import run_audit
from policyengine.findings.sentences import Sentences
from policyengine.plan.core import Plan
from policyengine.policy.load import load_rules
from policyengine.records.opening import open_export
from policyengine.report.json_report import finding_json

Json = dict[str, Any]

SCHEMA = """\
schema: laws
version: 1
time_zone: Europe/London
calendar: {bank_holidays: england}
codes:
  answer:
    agreed: Agreed
    refused: Refused
    not known: {label: Not known, means: not_known}
kinds:
  case:
    label: service user
    died: died_on
    fields:
      born_on: date
      needy: yes_no
      died_on: {type: date, open: true}
  order:
    plural: orders
    happened: made_on
    recorded: entered_on
    ended: ended_on
    fields:
      made_on: date
      entered_on: date
      ended_on: {type: date, open: true}
      expires_on: {type: date, planned: true}
      big: yes_no
      size: number
  talk:
    plural: talks
    happened: talked_at
    recorded: entered_on
    fields:
      talked_at: datetime
      entered_on: date
      answer: {type: code answer, known_from: answered_on}
      answered_on: date
      spoken: yes_no
      minutes: number
      next_on: {type: date, planned: true}
      words: text
      about: ref order
"""

DEADLINES = """\
policy "Deadlines"
setting window is 7 days, 5 days from 2026-03-10
rule A-01 "an event in days" for each order
  must have a talk within window after order.made_on where spoken
rule A-02 "an event in hours, with an exception" for each order
  unless order.big because "it is big"
  must have a talk within 72 hours after order.made_on where answer is "agreed"
rule A-03 "two events before a planned date" for each order where size is at least 2
  must have at least 2 talk within 14 days before order.expires_on
rule A-04 "an event of the same order, in working days" for each order
  must have a talk as held within 2 working days after order.made_on or the next working day
    where held.about is order
rule A-05 "in a period" for each order
  when order.size is at most 3
  must have a talk within 1 month after order.made_on counting that day
  silence means cannot tell because "silence shows nothing"
"""

BANS_AND_REPEATS = """\
policy "Bans and repeats"
rule B-01 "nothing refused" for each order
  must not have a talk within 7 days after order.made_on where answer is "refused"
rule B-02 "never a long one"
  must not have a talk where minutes is more than 30
rule B-03 "again and again" for each order
  must have a talk at least every 7 days from order.made_on where spoken
rule B-04 "again while it is big" for each order
  must have a talk at least every 2 weeks from order.made_on while order.big where spoken
rule B-05 "the next is planned" for each talk
  must have talk.next_on within 1 month after talk.talked_at
"""

STATES = """\
policy "States"
define talk.long as minutes is at least 30
rule C-01 "a state by a day" for each order
  must show within 7 days after order.made_on that there is a talk where (spoken and long)
rule C-02 "every talk" must show every talk where (spoken) has (long)
rule C-03 "how many" must show number of talk where (spoken or long) is at most 2
rule C-04 "the latest"
  let last be latest talk where (spoken)
  must show last.long or case.needy
rule C-05 "how much" must show total of talk.minutes where (spoken) is at least 30
rule C-06 "of age" for each order
  must show age of case.born_on at order.made_on is at least 18
rule C-07 "two of three" for each order
  must show at least 2 of (order.big, order.size is more than 2, case.needy)
"""

CHAINS = """\
policy "Chains and pairs"
gather event_of_note from order by made_on, order by ended_on where (big), talk by talked_at
rule D-01 "longer than the one before" for each talk where spoken with its previous as prior
  must show talk.minutes is at least prior.minutes
rule D-02 "something new is said" for each talk as this
  must show number of new words in this.words since any talk.words
    where (talked_at is before this.talked_at) is at least 2
rule D-03 "each pair" for each order with each talk where talk.talked_at is after order.made_on
  must show talk.spoken or order.big
rule D-04 "after each event of note" for each event_of_note as event
  must have a talk within 3 days after event.date where spoken
"""

POLICIES = (DEADLINES, BANS_AND_REPEATS, STATES, CHAINS)

AS_AT = date(2026, 3, 31)


# The adapter: the one place that knows how findings are got.


def findings(
    policy_text: str,
    schema_path: Path,
    cases: list[Json],
    as_at: str,
    known_by: str | None = None,
) -> list[Json]:
    """The findings of one policy over some cases, each as the JSON report gives it."""
    plan = plan_of(policy_text, schema_path)
    export_path = schema_path.parent / "cases.json"
    export_path.write_text(json.dumps(cases), encoding="utf-8")
    export = open_export(str(export_path), plan.schema)
    known = None if known_by is None else date.fromisoformat(known_by)
    audit = run_audit(plan, export, date.fromisoformat(as_at), known)
    sentences = Sentences(plan, as_at)
    return [finding_json(finding, sentences) for finding in audit.findings]


@cache
def plan_of(policy_text: str, schema_path: Path) -> Plan:
    """A checked policy: each is read once, and judged often."""
    rules = schema_path.parent / "laws.policy"
    rules.write_text(policy_text, encoding="utf-8")
    loaded = load_rules([str(rules)], schema_path)
    assert loaded.plan is not None, [note.message for note in loaded.diagnostics]
    return loaded.plan


@pytest.fixture(scope="module")
def schema_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("laws") / "schema.yaml"
    path.write_text(SCHEMA, encoding="utf-8")
    return path


# Case loads: few values, near each other, so that boundaries are hit and blanks are common.


def maybe(values: st.SearchStrategy[Any], least: int = 1) -> st.SearchStrategy[Any]:
    """These values, and `least` times in twelve a blank."""
    return st.sampled_from(range(12)).flatmap(lambda n: values if n < 12 - least else st.none())


STARTS = st.sampled_from(
    ["2026-02-28", "2026-03-01", "2026-03-09", "2026-03-10", "2026-03-24", "2026-03-27"]
)
DAYS = st.integers(-3, 40).map(lambda n: (date(2026, 3, 1) + timedelta(days=n)).isoformat())
MOMENTS = st.one_of(
    DAYS,
    st.tuples(DAYS, st.sampled_from(["00:00", "09:00", "12:00", "23:59"])).map("T".join),
)
FLAGS = st.sampled_from(["yes", "no"])
WORDS = st.sampled_from(
    ["seen at home", "seen at home 12/03", "well today", "12/03/2026", "new risk"]
)


ORDERS = st.lists(
    st.fixed_dictionaries(
        {
            "made_on": maybe(STARTS),
            "entered_on": maybe(DAYS),
            "ended_on": maybe(DAYS, 9),
            "expires_on": maybe(DAYS),
            "big": maybe(FLAGS),
            "size": maybe(st.integers(1, 4)),
        }
    ),
    max_size=2,
)
TALKS = st.lists(
    st.fixed_dictionaries(
        {
            "talked_at": maybe(MOMENTS),
            "entered_on": maybe(DAYS),
            "answer": maybe(st.sampled_from(["agreed", "refused", "not known"])),
            "answered_on": maybe(DAYS),
            "spoken": maybe(FLAGS),
            "minutes": maybe(st.sampled_from([10, 30, 31])),
            "next_on": maybe(DAYS),
            "words": maybe(WORDS),
            "about": maybe(st.sampled_from(["o0", "o1"])),
        }
    ),
    max_size=5,
)
HEADS = st.fixed_dictionaries(
    {
        "born_on": maybe(st.sampled_from(["2008-02-29", "2008-03-01", "2008-03-10", "1990-01-01"])),
        "needy": maybe(FLAGS),
        "died_on": maybe(DAYS, 10),
    }
)


def without_blanks(fields: Json) -> Json:
    return {name: value for name, value in fields.items() if value is not None}


@st.composite
def case_loads(draw: st.DrawFn) -> list[Json]:
    """Up to four cases. Each mentions every kind, so that coverage is never what differs (S8)."""
    cases = []
    for name in range(draw(st.integers(1, 4))):
        case = {"case_id": f"C{name}", **without_blanks(draw(HEADS))}
        orders, talks = draw(ORDERS), draw(TALKS)
        case["order"] = [
            {"id": f"C{name}o{n}", **without_blanks(fields)} for n, fields in enumerate(orders)
        ]
        case["talk"] = [
            {"id": f"C{name}t{n}", **without_blanks(fields)} for n, fields in enumerate(talks)
        ]
        for talk in case["talk"]:
            if "about" in talk:
                talk["about"] = f"C{name}{talk['about']}"
        cases.append(case)
    return cases


QUICK = settings(
    max_examples=30,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)


# The laws


@pytest.mark.parametrize("policy", POLICIES)
@QUICK
@given(load=case_loads(), mixing=st.randoms(use_true_random=False))
def test_the_order_of_rows_and_cases_changes_nothing(
    schema_path: Path, policy: str, load: list[Json], mixing: Any
) -> None:
    mixed = copy.deepcopy(load)
    mixing.shuffle(mixed)
    for case in mixed:
        mixing.shuffle(case["order"])
        mixing.shuffle(case["talk"])
    day = AS_AT.isoformat()
    assert findings(policy, schema_path, mixed, day) == findings(policy, schema_path, load, day)


@pytest.mark.parametrize("policy", POLICIES)
@QUICK
@given(load=case_loads())
def test_unrelated_cases_and_split_case_loads_change_nothing(
    schema_path: Path, policy: str, load: list[Json]
) -> None:
    day = AS_AT.isoformat()
    together = findings(policy, schema_path, load, day)
    apart = [found for case in load for found in findings(policy, schema_path, [case], day)]
    assert sorted(together, key=place) == sorted(apart, key=place)


@pytest.mark.parametrize("policy", POLICIES)
@QUICK
@given(load=case_loads(), back=st.integers(0, 30))
def test_nothing_peeks_past_the_as_at_day(
    schema_path: Path, policy: str, load: list[Json], back: int
) -> None:
    day = AS_AT - timedelta(days=back)
    seen = [known_on(day, case) for case in load]
    as_at = day.isoformat()
    assert findings(policy, schema_path, seen, as_at) == findings(policy, schema_path, load, as_at)


@pytest.mark.parametrize("policy", POLICIES)
@QUICK
@given(load=case_loads(), choice=st.data())
def test_a_lost_value_never_turns_met_into_breached_or_back(
    schema_path: Path, policy: str, load: list[Json], choice: st.DataObject
) -> None:
    losses = list(places_to_lose(load))
    if not losses:
        return
    case, kind, row, field = choice.draw(st.sampled_from(losses))
    poorer = copy.deepcopy(load)
    owner = poorer[case] if kind == "case" else poorer[case][kind][row]
    del owner[field]
    day = AS_AT.isoformat()
    before = {place(f): f["verdict"] for f in findings(policy, schema_path, load, day)}
    after = {place(f): f["verdict"] for f in findings(policy, schema_path, poorer, day)}
    for key in before.keys() & after.keys():
        assert {before[key], after[key]} != {"met", "breached"}, (key, kind, field)


def place(finding: Json) -> tuple[str, str, str, str]:
    subject = finding["subject"]
    return finding["rule"], finding["case"], subject["kind"], subject["id"]


# What was known on a day: the oracle of the law, written apart from the engine.

HAPPENED = {"order": "made_on", "talk": "talked_at"}
DATES = {
    "case": ["born_on", "died_on"],
    "order": ["made_on", "entered_on", "ended_on"],
    "talk": ["talked_at", "entered_on", "answered_on"],
}


def known_on(day: date, case: Json) -> Json:
    """The case with what happened, or was recorded, after the end of that day removed."""
    kept: Json = {name: value for name, value in case.items() if name not in HAPPENED}
    kept = without_later_dates(day, "case", kept)
    for kind, happened in HAPPENED.items():
        kept[kind] = [
            without_later_dates(day, kind, row)
            for row in case[kind]
            if not is_later(day, row.get(happened)) and not is_later(day, row.get("entered_on"))
        ]
    return kept


def without_later_dates(day: date, kind: str, row: Json) -> Json:
    hidden = {field for field in DATES[kind] if is_later(day, row.get(field))}
    if "answered_on" in hidden:
        hidden.add("answer")
    return {name: value for name, value in row.items() if name not in hidden}


def is_later(day: date, value: str | None) -> bool:
    return value is not None and datetime.fromisoformat(value).date() > day


# The fields whose blank is no answer of its own (S26 lists the others).
LOSABLE = {
    "case": ["born_on", "needy"],
    "order": ["expires_on", "big", "size"],
    "talk": ["answer", "spoken", "minutes", "words", "about"],
}


def places_to_lose(load: list[Json]) -> Iterator[tuple[int, str, int, str]]:
    """Every value that may be lost: the case's number, the kind, the row, the field."""
    for number, case in enumerate(load):
        yield from ((number, "case", 0, field) for field in LOSABLE["case"] if field in case)
        for kind in HAPPENED:
            for row, fields in enumerate(case[kind]):
                yield from ((number, kind, row, f) for f in LOSABLE[kind] if f in fields)
