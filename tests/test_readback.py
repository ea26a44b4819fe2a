"""A rule read back: no two meanings read alike, time limits are the engine's, the words hold."""

from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from itertools import zip_longest
from pathlib import Path

import pytest

from policyengine.evaluate.engine import Engine
from policyengine.plan import core
from policyengine.plan.core import Plan
from policyengine.policy.load import load_rules
from policyengine.policy.tree_walk import walk
from policyengine.readback import ReadBack, Reader, Said, Table, expression, in_line, sentences
from policyengine.readback.rule import calendar_for, sections
from policyengine.report.readback import (
    readback_html,
    readback_json,
    readback_markdown,
    readback_text,
    said_html,
)
from policyengine.values.calendar import Calendar
from tests.readback_desk import Changes
from tools.conformance.bench import check, schema_of
from tools.conformance.trial import make_trial

REFERENCE = sorted(Path("grammar/reference").glob("*.md"))
MEANING = sorted(Path("tests/meaning").rglob("*.policy*"))


@cache
def plan_of(*paths: str) -> Plan:
    loaded = load_rules(list(paths))
    assert loaded.plan is not None, loaded.diagnostics
    return loaded.plan


def small(text: str, tmp_path: Path) -> Plan:
    file = tmp_path / "small.policy"
    file.write_text(f'policy "Small"\n{text}', "utf-8")
    return plan_of(str(file))


def rule_of(plan: Plan, id: str = "X-01") -> core.Rule:
    return next(rule for rule in plan.rules if rule.id == id)


def section(back: ReadBack, key: str) -> list[str]:
    found = back.section(key)
    assert found is not None
    return [
        f"{'- ' * depth}{line}"
        for block in found.blocks
        if isinstance(block, Said)
        for depth, line in block.lines()
    ]


def table(back: ReadBack) -> Table:
    found = back.section("worked")
    assert found is not None
    return next(block for block in found.blocks if isinstance(block, Table))


# --- two meanings never read alike --------------------------------------------------------------


@pytest.fixture
def no_tables(monkeypatch: pytest.MonkeyPatch) -> None:
    """The words alone tell two rules apart; and a changed unit may have no period to reckon."""
    monkeypatch.setattr("policyengine.readback.rule.worked_days", lambda *_: iter(()))


def _head(reader: Reader, rule: core.Rule) -> ReadBack:
    return replace(reader.sentences(rule), sections=())


def unread(plan: Plan) -> Iterator[str]:
    """Every change that reads like the rule that was changed."""
    reader, changes = Reader(plan), Changes(plan)
    calendar = calendar_for(plan)
    for rule in plan.rules:
        told = reader.sentences(rule)
        for what, changed in changes.of(rule):
            # Section by section: most changes show in the first, and the rest need no reading.
            found = sections(changed, plan, reader.names, calendar)
            same = all(one == other for one, other in zip_longest(told.sections, found))
            if same and replace(told, sections=()) == _head(reader, changed):
                yield f"{rule.id}: {what}"
    for definition in plan.definitions.values():
        said = reader.definition(definition)
        for what, changed in changes.of(definition.value):
            if reader.definition(replace(definition, value=changed)) == said:
                yield f"{definition.kind}.{definition.name}: {what}"
    for gathering in plan.gatherings.values():
        said = reader.gathering(gathering)
        for what, changed in changes.of(gathering.sources):
            if reader.gathering(replace(gathering, sources=changed)) == said:
                yield f"{gathering.kind.name}: {what}"


def test_no_change_of_a_shipped_rule_reads_like_the_rule(no_tables: None) -> None:
    assert list(unread(plan_of())) == []


@pytest.mark.parametrize("path", [*REFERENCE, *MEANING], ids=lambda path: path.stem)
def test_no_change_of_a_rule_of_the_reference_reads_like_it(path: Path, no_tables: None) -> None:
    assert list(unread(plan_of(str(path)))) == []


@pytest.mark.parametrize("seed", range(12))
def test_no_change_of_a_random_rule_reads_like_it(seed: int, no_tables: None) -> None:
    """Policies of every construct, deeper than anybody writes them."""
    trial = make_trial(seed)
    plan = check(trial.policy.text, schema_of(trial.world.yaml())).plan
    assert plan is not None
    assert list(unread(plan)) == []
    told = [replace(Reader(plan).sentences(rule), rule="", title="") for rule in plan.rules]
    assert len(set(told)) == len({repr(replace(rule, id="", title="")) for rule in plan.rules})


def test_a_definition_a_gathering_and_a_setting_are_read_with_the_rules_that_use_them() -> None:
    plan = plan_of()
    reader = Reader(plan)
    back = reader.sentences(rule_of(plan, "CP-02A"))
    meant = section(back, "meanings")
    assert any("counts as “with content”" in line for line in meant)
    # What a definition stands on is told too, and so is the value of its setting.
    assert any("5 (“plan new words”)" in line for line in meant)
    back = reader.sentences(rule_of(plan, "CP-05B"))
    assert any(
        "A key worker gap is any of these events" in line for line in section(back, "meanings")
    )


def test_a_changed_setting_reads_otherwise(tmp_path: Path) -> None:
    text = """
setting so_long is {} "Local."
rule X-01 "told"
  for each cto
  must have a rights_discussion within so_long after cto.started_on
"""
    values = ("7 days", "8 days", "7 working days", "7 days, 8 days from 2026-01-01")
    told = set()
    for at, value in enumerate(values):
        folder = tmp_path / str(at)
        folder.mkdir()
        plan = small(text.format(value), folder)
        told.add("\n".join(section(sentences(plan, rule_of(plan)), "duty")))
    assert len(told) == len(values)


def test_no_two_shipped_rules_read_alike() -> None:
    reader = Reader(plan_of())
    told = [replace(reader.sentences(rule), rule="", title="") for rule in reader.plan.rules]
    assert len(set(told)) == len(told)


# --- the words ----------------------------------------------------------------------------------


def test_the_reading_of_a_rule(tmp_path: Path) -> None:
    plan = small(
        """
rule X-01 "seen"
  for each cto
  unless cto.ended_on is within 7 days after cto.started_on because "it was short"
  must have a rights_discussion within 7 days after cto.started_on
    where spoken and outcome is "understood" and order is cto
""",
        tmp_path,
    )
    back = sentences(plan, rule_of(plan))
    assert section(back, "duty") == [
        (
            "There must be an explanation of rights within 7 days after the day the community "
            "treatment order started."
        ),
        "The explanation counts only where all of these hold:",
        "- “explained aloud” is yes",
        "- its “whether it was understood” is “Understood”",
        "- its community treatment order is this community treatment order",
        "What has to fall in that time is the date of the explanation.",
    ]
    assert section(back, "unless")[0] == (
        "“it was short”, if the day the community treatment order ended is within 7 days after "
        "the day the community treatment order started."
    )


@pytest.mark.parametrize(
    ("condition", "reading"),
    [
        ("not (spoken and in_writing)", "not all of these hold:"),
        ("not (spoken or in_writing)", "none of these holds:"),
        ("none of (spoken, in_writing)", "“explained aloud” is no and “given in writing” is no"),
        ("at least 2 of (spoken, in_writing, interpreter_used)", "at least two of these hold:"),
        ("spoken is not no", "“explained aloud” is yes"),
        ("spoken is no", "“explained aloud” is no"),
        ("not spoken", "“explained aloud” is no"),
        ("date is between 2026-01-01 and 2026-02-01", "its date is between 1 January 2026 and"),
        ('notes mentions "tribunal"', "its “notes” mentions the words “tribunal”"),
        ('outcome is not one of ("understood")', "its “whether it was understood” is not"),
        (
            "there is a cto as other where (other.ended_on is open)",
            (
                "there is a community treatment order (this one counts too) where the day it ended "
                "has not come yet (it is blank)"
            ),
        ),
        ("number of alerts is at least 3", "the number of alerts is at least 3"),
        (
            "number of alert where (portal_visible) is at least 3",
            (
                "the number of alerts is at least 3, looking only at each alert where “shown on the "
                "patient portal” is yes"
            ),
        ),
        ("date is after cto.started_on + 14 days", "its date is later than 14 days after the day"),
    ],
)
def test_conditions(condition: str, reading: str, tmp_path: Path) -> None:
    plan = small(
        f'rule X-01 "x"\n  for each cto\n  must have a rights_discussion\n    where {condition}\n',
        tmp_path,
    )
    duty = rule_of(plan).duty
    assert isinstance(duty, core.Have)
    assert duty.records.where is not None
    said = Reader(plan).expression(duty.records.where, rule_of(plan), it=duty.records.slot)
    assert said.text.startswith(reading)


def test_an_expression_out_of_its_place_names_the_record_that_it_is_about() -> None:
    plan = plan_of()
    rule = rule_of(plan, "CP-05B")
    assert rule.when is not None
    inner = next(node for node in walk(rule.when) if isinstance(node, core.Compare))
    assert "that referral was accepted" in expression(plan, inner, rule)


def test_every_expression_of_the_pack_can_be_asked_for_alone() -> None:
    plan = plan_of()
    reader = Reader(plan)
    for rule in plan.rules:
        for node in walk(rule):
            if isinstance(node, core.Core):
                assert in_line(reader.expression(node, rule))
    for definition in plan.definitions.values():
        for node in walk(definition.value):
            if isinstance(node, core.Core):
                assert in_line(reader.expression(node, definition))


@pytest.mark.parametrize("name", ["first", "second"])
def test_a_record_that_is_reached_by_a_definition_is_told_by_it(name: str, tmp_path: Path) -> None:
    plan = small(
        f"""
define certificate.first as order
define certificate.second as order
rule X-01 "x"
  for each certificate
  let its_order be certificate.{name}
  must show certificate.{name}.ended_on is after its_order.started_on
""",
        tmp_path,
    )
    (told,) = section(sentences(plan, rule_of(plan)), "duty")
    assert f"“{name}”" in told
    assert "“its order”" in told


def test_two_fields_with_one_label_are_told_apart(tmp_path: Path) -> None:
    plan = small('rule X-01 "x"\n  for each cto\n  must show cto.other_conditions\n', tmp_path)
    kind = plan.schema.kinds["cto"]
    same = {
        name: replace(field, label="agreed")
        if name in ("other_conditions", "condition_certificate")
        else field
        for name, field in kind.fields.items()
    }
    kinds = {**plan.schema.kinds, "cto": replace(kind, fields=same)}
    changed = replace(plan, schema=replace(plan.schema, kinds=kinds))
    assert "agreed [other_conditions]" in section(sentences(changed, rule_of(changed)), "duty")[0]


def test_nothing_of_the_language_stands_in_a_reading() -> None:
    reader = Reader(plan_of())
    for rule in reader.plan.rules:
        text = readback_text(reader.sentences(rule))
        for mark in ("(NOT", " AND ", " OR ", "Compare", "None", "True", "False"):
            assert mark not in text, (rule.id, mark)


# --- worked days --------------------------------------------------------------------------------


def worked(window: str, tmp_path: Path, subject: str = "cto") -> list[tuple[str, ...]]:
    plan = small(f'rule X-01 "x"\n  for each {subject}\n  must have a contact {window}\n', tmp_path)
    return [tuple(row) for row in table(sentences(plan, rule_of(plan))).rows]


def test_days_end_with_their_last_day(tmp_path: Path) -> None:
    rows = worked("within 7 days after cto.started_on", tmp_path)
    assert ("Thu 1 Jan 2026", "Thu 8 Jan 2026, end of day") in rows


def test_working_days_leave_out_weekends_and_bank_holidays(tmp_path: Path) -> None:
    rows = worked("within 2 working days after cto.started_on", tmp_path)
    assert ("Mon 5 Jan 2026", "Wed 7 Jan 2026, end of day", "") in rows
    assert ("Fri 9 Jan 2026", "Tue 13 Jan 2026, end of day", "the weekend is not counted") in rows
    easter = next(row for row in rows if row[0] == "Thu 2 Apr 2026")
    assert easter[1] == "Wed 8 Apr 2026, end of day"
    assert easter[2] == "not counted: Fri 3 Apr 2026, Mon 6 Apr 2026 and the weekend"


def test_months_end_on_the_last_day_of_a_short_month(tmp_path: Path) -> None:
    rows = worked("within 1 month after cto.started_on", tmp_path)
    short = next(row for row in rows if row[0] == "Sat 31 Jan 2026")
    assert short[1:] == (
        "Sat 28 Feb 2026, end of day",
        "the month has no such day, so its last one counts",
    )


def test_counting_that_day_is_a_day_less(tmp_path: Path) -> None:
    rows = worked("within 7 days after cto.started_on counting that day", tmp_path)
    assert ("Thu 1 Jan 2026", "Wed 7 Jan 2026, end of day") in rows


def test_hours_have_times_and_cross_the_change_of_the_clocks(tmp_path: Path) -> None:
    rows = worked("within 72 hours after hospital_stay.discharged_at", tmp_path, "hospital_stay")
    assert ("Thu 1 Jan 2026, 09:30", "Sun 4 Jan 2026, 09:30", "") in rows
    spring = next(row for row in rows if row[0] == "Fri 27 Mar 2026, 18:00")
    assert spring[1] == "Mon 30 Mar 2026, 19:00"
    unknown = next(row for row in rows if "time not recorded" in row[0])
    assert unknown[1] == (
        "surely until Sun 4 Jan 2026, 00:00; surely too late after Sun 4 Jan 2026, 23:59"
    )


def test_a_deadline_that_rolls_says_so(tmp_path: Path) -> None:
    rows = worked("within 1 day after cto.started_on or the next working day", tmp_path)
    friday = next(row for row in rows if row[0] == "Fri 3 Apr 2026")
    assert friday[1] == "Tue 7 Apr 2026, end of day"


def test_a_window_before_its_day_says_where_it_opens(tmp_path: Path) -> None:
    rows = worked("within 14 days before cto.started_on", tmp_path)
    assert ("Thu 1 Jan 2026", "Thu 18 Dec 2025", "Thu 1 Jan 2026, end of day") in rows


def test_a_duty_again_and_again_shows_the_first_day_and_the_next(tmp_path: Path) -> None:
    plan = small(
        'rule X-01 "x"\n  for each cto\n'
        "  must have a contact at least every 6 months from cto.started_on\n",
        tmp_path,
    )
    rows = table(sentences(plan, rule_of(plan))).rows
    assert ("Thu 1 Jan 2026", "Wed 1 Jul 2026, end of day", "Fri 1 Jan 2027, end of day") in [
        row[:3] for row in rows
    ]


def test_each_length_of_a_choice_has_a_table(tmp_path: Path) -> None:
    plan = small(
        """
rule X-01 "x"
  for each hospital_stay as stay
  let allowed be 48 hours if stay.suicide_risk_at_discharge, otherwise 72 hours
  must have a contact within allowed after stay.discharged_at
""",
        tmp_path,
    )
    back = sentences(plan, rule_of(plan)).section("worked")
    assert back is not None
    captions = [block.caption for block in back.blocks if isinstance(block, Table)]
    assert captions == [
        "The time limit on real days (if “suicide risk at discharge” is yes for the hospital stay)",
        "The time limit on real days (otherwise)",
    ]


def test_worked_days_are_the_deadlines_of_findings(tmp_path: Path) -> None:
    """The table is no second calendar: an example with its days comes out as it says."""
    text = """
rule X-01 "x"
  for each cto
  must have a contact within 2 working days after cto.started_on
example "before Easter" for X-01 as at 2026-06-01
  given cto: started_on 2026-04-02
  expect breached, deadline 2026-04-08
example "before Christmas" for X-01 as at 2026-06-01
  given cto: started_on 2025-12-24
  expect breached, deadline 2025-12-30
"""
    from policyengine.tooling.examples import run_example

    plan = small(text, tmp_path)
    engine = Engine(plan)
    assert isinstance(engine.calendar, Calendar)
    assert all(run_example(engine, example).passed for example in plan.examples)
    rows = {row[0]: row[1] for row in table(sentences(plan, rule_of(plan))).rows}
    assert rows["Thu 2 Apr 2026"] == "Wed 8 Apr 2026, end of day"
    assert rows["Wed 24 Dec 2025"] == "Tue 30 Dec 2025, end of day"


# --- how it is drawn ----------------------------------------------------------------------------

HOSTILE = 'x" <script>alert(1)</script> | [a](b) ]] \\u202e # *y*'


def test_no_text_of_an_author_is_anything_but_text(tmp_path: Path) -> None:
    plan = small(
        f"""
rule X-01 "{HOSTILE.replace('"', "'")}"
  source "{HOSTILE.replace('"', "'")}"
  for each cto
  unless cto.ended_on is recorded because "{HOSTILE.replace('"', "'")}"
  must show cto.other_conditions
""",
        tmp_path,
    )
    back = sentences(plan, rule_of(plan))
    assert "<script" not in readback_html(back)
    assert "<script" not in readback_markdown(back)
    assert "](b)" not in readback_markdown(back)
    bad = Said("a \x1b[31m red \u202e one")
    assert "\x1b" not in said_html(bad)
    assert "\u202e" not in said_html(bad)


@pytest.mark.parametrize("width", [60, 80, 160])
def test_text_keeps_to_its_width(width: int) -> None:
    reader = Reader(plan_of())
    for rule in reader.plan.rules:
        for line in readback_text(reader.sentences(rule), width).splitlines():
            assert len(line) <= width, (rule.id, line)


def test_json_has_the_sections_in_order() -> None:
    plan = plan_of()
    made = readback_json(sentences(plan, rule_of(plan, "CP-09A")))
    assert isinstance(made["sections"], list)
    assert [each["key"] for each in made["sections"]] == [
        *("who", "duty", "worked", "unless", "gaps", "settings", "rates", "messages", "sources")
    ]
