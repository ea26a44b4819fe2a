"""The database is locked, its calendar is ours, and what reaches a statement cannot break it."""

from datetime import date
from pathlib import Path

import pytest

from policyengine.bulk import clocks
from policyengine.bulk.database import BulkError, database
from policyengine.bulk.instances import Instance
from policyengine.bulk.needs import Needs
from policyengine.bulk.prepare import over_kind
from policyengine.bulk.reasons import Reasons, none
from policyengine.bulk.relation import names_in
from policyengine.bulk.scope import World
from policyengine.bulk.standing import stand
from policyengine.bulk.tables import Tables
from policyengine.bulk.terms import Mom, literal
from policyengine.policy.load import load_rules
from policyengine.records.given import records_from_given
from policyengine.records.model import Export
from policyengine.schema.bank_holidays import calendar_of
from policyengine.values.calendar import (
    age,
    period_end,
    period_start,
    start_of_month,
    start_of_year,
)
from policyengine.values.durations import Duration, Unit
from policyengine.values.moments import Moment
from tests.bulk_desk import both, difference

SCHEMA = """\
schema: small
version: 1
time_zone: Europe/London
calendar: {bank_holidays: england}
codes: {"o'clock": {"it's": "It's; --", '"': Quote, "nothing'": Nothing}}
kinds:
  case:
    fields: {team: text}
  note:
    happened: made
    fields: {made: date, at: datetime, body: text, sort: code o'clock}
"""
SCHEMA = SCHEMA.replace("o'clock", "sorts")
RULE = """\
policy "Quotes"
rule Q-1 "it's; DROP TABLE k0; --"
  for each note where body is not "x' OR '1'='1" and sort is one of ("it's", "nothing'")
  cannot tell if note.body is "x17" because "x17; it's"
  must show note.body is "'; DROP TABLE inst; --"
  say "'{note.body}' is not it"
"""


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT * FROM read_csv('FOLDER/there.csv')",
        "COPY (SELECT 1) TO 'FOLDER/one.csv'",
        "ATTACH 'FOLDER/one.db'",
        "INSTALL httpfs",
        "LOAD spatial",
        "SET enable_external_access = true",
        "SET memory_limit = '64GB'",
        "SELECT * FROM here",
    ],
)
def test_nothing_but_reckoning_is_allowed(statement, tmp_path):
    import duckdb

    here = {"a": [1]}
    (tmp_path / "there.csv").write_text("a\n1\n")
    with database() as con, pytest.raises(duckdb.Error):
        con.execute(statement.replace("FOLDER", str(tmp_path)))
    assert here
    assert [path.name for path in tmp_path.iterdir()] == ["there.csv"]


def test_the_folder_for_spilling_goes_with_the_database():
    with database() as con:
        folder = Path(con.execute("SELECT current_setting('temp_directory')").fetchall()[0][0])
        assert folder.stat().st_mode & 0o777 == 0o700
    assert not folder.exists()


def test_a_disk_that_fills_is_told_without_a_value():
    import duckdb

    from policyengine.bulk.database import stopped_by

    with pytest.raises(BulkError) as told:
        stopped_by(duckdb.OutOfMemoryException("a value of a record"))
    assert "a value" not in str(told.value)


def test_a_text_holds_no_name_of_a_column():
    assert names_in("x1 = 'x2' AND 'it''s x3' <> x40") == ["x1", "x40"]
    assert literal("it's") == "'it''s'"


def test_quotes_and_semicolons_change_nothing(tmp_path):
    schema, policy = tmp_path / "schema.yaml", tmp_path / "quotes.policy"
    schema.write_text(SCHEMA)
    policy.write_text(RULE)
    loaded = load_rules([str(policy)], schema)
    assert loaded.plan is not None, loaded.diagnostics
    bodies = [
        "'; DROP TABLE inst; --",
        "x' OR '1'='1",
        "x17",
        "a\nb",
        "\u202e'",
        "é'é",
        "{j}",
        None,
    ]
    cases = []
    for number, body in enumerate(bodies):
        given = [
            ("note", f"n'{place};{number}", {"made": "2026-01-01", "body": body, "sort": sort})
            for place, sort in enumerate(["it's", '"', None])
        ]
        case, _ = records_from_given(loaded.plan.schema, {"team": "a'b"}, given)
        case.id = case.case.id = f"c'{number}--"
        cases.append(case)
    export = Export(loaded.plan.schema, frozenset(), {}, {}, lambda: cases, lambda _: None)
    day = date(2026, 2, 1)
    several = [Instance(number, day, day) for number in range(len(cases))]
    expected, found, notes = both(loaded.plan, cases, export, several)
    assert len(expected) > 8
    assert difference(expected, found) == ""
    assert (notes.rules, notes.rows) == ({}, {})


# --- one calendar ---------------------------------------------------------------------------------


FIRST, LAST = date(1990, 1, 1).toordinal(), date(2100, 12, 31).toordinal()
LENGTHS = [
    *(Duration(n, Unit.MONTH) for n in (1, 2, 6, 11, 12, 18)),
    *(Duration(n, Unit.YEAR) for n in (1, 4, 10)),
    *(Duration(n, Unit.WORKING_DAY) for n in (1, 2, 5, 10)),
    Duration(3, Unit.WEEK),
    Duration(40, Unit.DAY),
]


@pytest.fixture(scope="module")
def desk(tmp_path_factory):
    """A scope over every day from 1990 to 2100, each a note's date."""
    folder = tmp_path_factory.mktemp("days")
    (folder / "schema.yaml").write_text(SCHEMA)
    (folder / "one.policy").write_text(RULE)
    plan = load_rules([str(folder / "one.policy")], folder / "schema.yaml").plan
    assert plan is not None
    calendar = calendar_of(plan.schema)
    case, _ = records_from_given(plan.schema, {}, [])
    kind = plan.schema.kinds["note"]
    from policyengine.records.model import Record

    case.records["note"] = [
        Record(kind, f"n{day}", [Moment(day), None, None, None]) for day in range(FIRST, LAST + 1)
    ]
    with database(threads=1) as con:
        tables = Tables(con, Needs(plan, plan.rules))
        tables.create()
        tables.load([case], [])
        stand(tables, [Instance(0, *[date.fromordinal(LAST)] * 2)], frozenset(), {})
        clocks.fill_days(con, calendar, FIRST - 4000, LAST + 4000)
        yield World(plan, calendar, tables, Reasons()), calendar, con


def _answers(desk, make):
    world, _, con = desk
    scope, record = over_kind(world, "note")
    day = record.column("f0")
    sql = scope.relation.program.statement(scope.relation, {"d": day, "r": make(scope, day)})
    return dict(con.execute(sql).fetchall())


@pytest.mark.parametrize("length", LENGTHS, ids=str)
@pytest.mark.parametrize("sign", [1, -1])
def test_days_are_reckoned_as_the_calendar_does_on_every_day(desk, length, sign):
    calendar = desk[1]
    found = _answers(desk, lambda scope, day: clocks.day_after(scope, day, length, sign))
    wrong = {day for day, there in found.items() if there != calendar.day_after(day, length, sign)}
    assert len(found) == LAST - FIRST + 1
    assert wrong == set()


@pytest.mark.parametrize("length", [each for each in LENGTHS if each.has_periods], ids=str)
def test_periods_end_and_start_as_the_calendar_does_on_every_day(desk, length):
    ends = _answers(desk, lambda scope, day: clocks.period_end(scope, length, day))
    assert {day for day, there in ends.items() if there != period_end(length, day)} == set()
    starts = _answers(desk, lambda scope, day: clocks.period_start(scope, length, day))
    assert {day for day, there in starts.items() if there != period_start(length, day)} == set()


def test_months_years_ages_and_hours_are_the_calendars_on_every_day(desk):
    calendar = desk[1]
    months = _answers(desk, lambda scope, day: clocks.start_of(scope, "month", day))
    assert {day for day, there in months.items() if there != start_of_month(day)} == set()
    years = _answers(desk, lambda scope, day: clocks.start_of(scope, "year", day))
    assert {day for day, there in years.items() if there != start_of_year(day)} == set()
    for born in (date(1988, 2, 29).toordinal(), date(1980, 6, 15).toordinal()):
        ages = _answers(desk, lambda scope, day, born=born: clocks.age(scope, str(born), day))
        assert {day for day, there in ages.items() if there != age(born, day)} == set()
    rolled = _answers(desk, clocks.next_working)
    assert {day for day, there in rolled.items() if there != calendar.next_working(day)} == set()


@pytest.mark.parametrize("hours", [1, 23, 24, 25, 72, -48])
def test_hours_after_a_day_fall_on_the_days_that_the_zone_says(desk, hours):
    calendar = desk[1]
    length = Duration(abs(hours), Unit.HOUR)
    sign = 1 if hours > 0 else -1

    def made(scope, day):
        moment = clocks.shifted(scope, Mom(day, none), length, sign)
        return f"[{moment.day}, {moment.end}, {moment.at}, {moment.ends_at}]"

    for day, there in _answers(desk, made).items():
        moment = calendar.shifted(Moment(day), length, sign)
        assert there == [moment.day, moment.last, moment.at, moment.until]


def test_no_statement_draws_its_progress_among_what_is_printed():
    with database(threads=1) as con:
        asked = con.execute("SELECT current_setting('enable_progress_bar')")
        assert asked.fetchall() == [(False,)]
