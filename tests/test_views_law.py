"""The law of the view that is shared: nothing sensitive moves a byte of it.

Anything sensitive is changed, in any way: values of every class, blank, false or of the wrong
type; whole records of a kind whose being there is sensitive, well formed or not. What `audit
--view share` writes, in every format, is then what it was.
"""

import copy
import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from policyengine.evaluate import run_audit
from policyengine.findings.sentences import Sentences
from policyengine.plan.core import Plan
from policyengine.policy.load import load_rules
from policyengine.records import open_export
from policyengine.report.drawing import Canvas
from policyengine.report.json_report import audit_json, audit_json_lines
from policyengine.report.page import Wanted, audit_page
from policyengine.report.views.audiences import AUDIENCES
from policyengine.report.views.viewing import allowed, viewed
from policyengine.schema.model import Schema

ROOT = Path(__file__).parent.parent
AS_AT = date(2026, 11, 1)
KEY = "a key that is long enough"
SHARE = AUDIENCES["share"]
CASES = 3

SCHEMA = """\
schema: small
version: 1
time_zone: Europe/London
codes:
  harm: {yes: Yes, no: No, not known: {label: Not known, means: not_known}}
kinds:
  case:
    label: service user
    died: died_on
    owner: team
    fields:
      team: text
      date_of_birth: {type: date, sensitive: identifier}
      died_on: {type: date, open: true}
      harmed: {type: code harm, sensitive: harmful_if_seen}
  visit:
    happened: date
    fields:
      date: date
      notes: {type: text, sensitive: free_text}
      with_whom: {type: text, sensitive: third_party}
      told: {type: ref alert}
      place: text
  alert:
    happened: date
    sensitive: harmful_if_seen
    fields: {date: date, about: text, closed_on: {type: date, open: true}}
  order:
    happened: started_on
    ended: ended_on
    fields: {started_on: date, ended_on: {type: date, open: true}}
"""
RULES = """\
policy "Visits"
define visit.careful as notes is recorded
gather happening from visit by date, alert by date
gather meeting from visit by date, order by started_on

rule V-01 "A visit follows an order"
  for each order
  let last be latest visit where (place is recorded)
  must have a visit within 7 days after order.started_on
  say "No visit by {deadline} after {order.started_on}; the last was at {last.place}."
  fix "Visit."
rule V-02 "The place of the last visit is known"
  for each visit with its previous as before
  must show visit.place is recorded
rule V-03 "A meeting a year"
  for each case
  should have a meeting within 12 months before 2026-11-01
rule S-01 "Notes are written"
  for each visit
  must show visit.notes is recorded
rule S-02 "No alert is left open"
  for each alert
  must have alert.closed_on within 7 days after alert.date
rule S-03 "A careful visit"
  for each order
  must have a visit within 7 days after order.started_on where careful
rule S-04 "Something happens"
  for each order
  must have a happening within 7 days after order.started_on
rule S-05 "Adults only"
  for each order
  when age of case.date_of_birth at order.started_on is at least 18
  must have a visit within 30 days after order.started_on
rule S-06 "No visit where there is an alert"
  for each order
  unless there is an alert
    because "it was not safe"
  must have a visit within 30 days after order.started_on
rule S-07 "Somebody was told"
  for each visit
  must show visit.told.about is recorded
"""


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Plan:
    folder = tmp_path_factory.mktemp("rules")
    (folder / "schema.yaml").write_text(SCHEMA)
    (folder / "visits.policy").write_text(RULES)
    loaded = load_rules([str(folder)], None, {}, {})
    assert loaded.plan is not None, [note.message for note in loaded.diagnostics]
    return loaded.plan


@pytest.fixture(scope="module")
def shipped() -> Plan:
    loaded = load_rules([str(ROOT / "rules")], None, {}, {})
    assert loaded.plan is not None
    return loaded.plan


def shared(plan: Plan, cases: list[dict[str, Any]], folder: Path) -> Iterator[str]:
    """All that the view writes, in each of its forms."""
    path = folder / "cases.jsonl"
    path.write_text("".join(json.dumps(case) + "\n" for case in cases))
    cut = allowed(plan, SHARE)
    audit = viewed(run_audit(cut, open_export(str(path), plan.schema), AS_AT), cut, SHARE, KEY)
    sentences = Sentences(cut, audit.as_at)
    yield audit_json(audit, sentences)
    yield "".join(audit_json_lines(audit, sentences))
    page = audit_page(audit, sentences, Wanted(show="all", limit=None))
    yield Canvas(100, "utf-8", False).audit(page)
    yield "\n".join(audit.notes)


# --- changing what is sensitive ----------------------------------------------------------------

texts = st.sampled_from(["", "x", "a word or two", "2026-01-01", "yes", "\x1b[2J", "=1+1", "ſ"])
values = st.one_of(
    st.none(), texts, st.booleans(), st.integers(-3, 3), st.just([]), st.just({"a": 1})
)
rows = st.one_of(
    st.fixed_dictionaries(
        {}, optional={"id": texts, "date": texts, "about": texts, "closed_on": values}
    ),
    values,
)


def changed(draw: st.DrawFn, case: dict[str, Any], schema: Schema) -> dict[str, Any]:
    """A case with some of its sensitive values and records changed."""
    made = copy.deepcopy(case)
    for name, field in schema.kinds["case"].fields.items():
        if field.sensitive and draw(st.booleans()):
            made[name] = draw(values)
    for name, kind in schema.kinds.items():
        if name == "case" or kind.shared:
            continue
        if kind.sensitive:
            if name in made and draw(st.booleans()):
                if draw(st.booleans()):
                    made[name] = draw(st.lists(rows, max_size=3))
                else:
                    del made[name]
            continue
        marked = [field.name for field in kind.fields.values() if field.sensitive]
        for record in made.get(name, []):
            for field_name in marked:
                if isinstance(record, dict) and draw(st.integers(0, 2)) == 0:
                    record[field_name] = draw(values)
    return made


DAYS = st.sampled_from(["2026-01-01", "2026-01-05", "2026-02-01", "2026-10-20", None, "bad"])


@st.composite
def small_cases(draw: st.DrawFn) -> list[dict[str, Any]]:
    made = []
    for number in range(draw(st.integers(1, 3))):
        visit = st.fixed_dictionaries(
            {"date": DAYS, "place": texts, "notes": texts, "told": texts},
            optional={"id": st.sampled_from(["v1", "v2"])},
        )
        order = st.fixed_dictionaries({"id": st.just("o1"), "started_on": DAYS, "ended_on": DAYS})
        made.append(
            {
                "case_id": f"C{number}",
                "team": draw(st.sampled_from(["North", "South", None])),
                "visit": draw(st.lists(visit, max_size=4)),
                "order": draw(st.lists(order, max_size=1)),
                "alert": draw(st.lists(rows, max_size=2)),
            }
        )
    return made


@settings(max_examples=120, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_nothing_sensitive_moves_a_byte(data: st.DataObject, small: Plan, tmp_path: Path) -> None:
    before = data.draw(small_cases())
    after = [data.draw(_changing(case, small.schema)) for case in before]
    assert list(shared(small, before, tmp_path)) == list(shared(small, after, tmp_path))


@settings(max_examples=10, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_nothing_sensitive_of_the_trusts_record_moves_a_byte(
    data: st.DataObject, shipped: Plan, tmp_path: Path
) -> None:
    lines = (ROOT / "rules/sample/cases.jsonl").read_text().splitlines()
    start = data.draw(st.integers(0, len(lines) - CASES))
    before = [json.loads(line) for line in lines[start : start + CASES]]
    after = [data.draw(_changing(case, shipped.schema)) for case in before]
    assert list(shared(shipped, before, tmp_path)) == list(shared(shipped, after, tmp_path))


def _changing(case: dict[str, Any], schema: Schema) -> st.SearchStrategy[dict[str, Any]]:
    @st.composite
    def made(draw: st.DrawFn) -> dict[str, Any]:
        return changed(draw, case, schema)

    return made()


def test_of_two_rows_that_tie_no_secret_says_which_is_first(small: Plan, tmp_path: Path) -> None:
    def case(one: str, other: str) -> dict[str, Any]:
        day = "2026-01-02"
        visits = [{"date": day, "place": "here", "notes": one}, {"date": day, "notes": other}]
        return {"case_id": "C1", "team": "North", "visit": visits, "order": []}

    first = list(shared(small, [case("a", "b")], tmp_path))
    assert list(shared(small, [case("b", "a")], tmp_path)) == first


# --- and it still says something ---------------------------------------------------------------


def test_what_reads_nothing_sensitive_is_kept_and_nothing_else(small: Plan) -> None:
    kept = {rule.id for rule in allowed(small, SHARE).rules}
    assert kept == {"V-01", "V-02", "V-03"}


def test_a_value_that_is_not_sensitive_does_move_it(small: Plan, tmp_path: Path) -> None:
    case: dict[str, Any] = {
        "case_id": "C1",
        "visit": [],
        "order": [{"id": "o1", "started_on": "2026-01-01"}],
    }
    after = copy.deepcopy(case)
    after["visit"].append({"date": "2026-01-02"})
    assert list(shared(small, [case], tmp_path)) != list(shared(small, [after], tmp_path))


def test_no_word_says_that_anything_was_left_out(small: Plan, tmp_path: Path) -> None:
    case = {"case_id": "C1", "visit": [{"date": "2026-01-02"}], "alert": [{"date": "2026-01-02"}]}
    for text in shared(small, [case], tmp_path):
        for word in ("withheld", "restricted", "left out", "alert", "S-0", "C1"):
            assert word not in text


def test_a_sentence_with_a_records_own_text_gives_way_to_one_made_from_the_rule(
    small: Plan, tmp_path: Path
) -> None:
    case = {
        "case_id": "C1",
        "visit": [{"date": "2025-01-02", "place": "12 Rowan Street"}],
        "order": [{"id": "AB123456", "started_on": "2026-01-01"}],
    }
    for text in shared(small, [case], tmp_path):
        assert "Rowan" not in text
        assert "AB123456" not in text
