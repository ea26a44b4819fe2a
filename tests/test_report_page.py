"""The violation report: what stands in it, in which order, at which width, and how it is drawn."""

import json
from pathlib import Path

import pytest

from policyengine.findings import Audit, Evidence, Finding, Gap
from policyengine.findings.sentences import Sentences
from policyengine.plan.core import Plan
from policyengine.report.drawing import Canvas
from policyengine.report.headline import percent
from policyengine.report.json_report import audit_json, audit_json_lines
from policyengine.report.page import Wanted, audit_page
from policyengine.report.pseudonyms import pseudonymous
from policyengine.report.selection import selected
from policyengine.values.truth import Reason, Why
from policyengine.values.verdict import Verdict
from tests.report_desk import audit_of, finding, small_plan

RULES = """\
policy "Orders: rights"
rule LOW-1 "a low one" severity low learning point 1
  for each cto must have a rights_discussion within 7 days after cto.started_on
rule CRIT-1 "a critical one" severity critical learning point 2
  for each cto must have a rights_discussion within 7 days after cto.started_on
  target at least 90 percent
rule CRIT-2 "a critical one, broken more often" severity critical
  for each cto must not have an incident within 7 days after cto.started_on
rule HIGH-1 "an expected one" severity critical
  for each cto should have a rights_discussion within 7 days after cto.started_on
"""


@pytest.fixture(scope="module")
def plan(tmp_path_factory: pytest.TempPathFactory) -> Plan:
    return small_plan(tmp_path_factory.mktemp("rules"), RULES)


def breach(rule: str, case: str, day: int = 8, **more: object) -> Finding:
    due = {"deadline": f"2026-01-{day:02}", "deadline_day": 739616 + day}
    return finding(rule, Verdict.BREACHED, case=case, **{**due, **more})


def unsure(rule: str, case: str, *reasons: Reason) -> Finding:
    return finding(rule, Verdict.CANNOT_TELL, case=case, reasons=reasons)


def drawn(
    audit: Audit, plan: Plan, width: int = 100, encoding: str = "utf-8", **how: object
) -> str:
    page = audit_page(audit, Sentences(plan, audit.as_at), Wanted(**how))  # type: ignore[arg-type]
    return Canvas(width, encoding, colour=False).audit(page)


# --- order -------------------------------------------------------------------------------------


def test_the_gravest_come_first_then_the_most_and_what_is_only_expected_last(plan: Plan) -> None:
    audit = audit_of(
        plan,
        breach("LOW-1", "A1"),
        breach("CRIT-1", "A1"),
        breach("CRIT-2", "A1"),
        breach("CRIT-2", "A2"),
        breach("HIGH-1", "A1"),
    )
    page = audit_page(audit, Sentences(plan, audit.as_at), Wanted())
    assert [section.rule for section in page.sections] == ["CRIT-2", "CRIT-1", "LOW-1", "HIGH-1"]
    assert [section.is_shortfall for section in page.sections] == [False, False, False, True]
    assert page.sections[-1].counted == "1 shortfall of 1 judged"


def test_the_longest_overdue_comes_first_in_its_rule(plan: Plan) -> None:
    audit = audit_of(plan, breach("LOW-1", "A1", 20), breach("LOW-1", "A2", 10))
    page = audit_page(audit, Sentences(plan, audit.as_at), Wanted())
    assert [entry.case for entry in page.sections[0].entries] == ["A2", "A1"]
    assert [entry.late for entry in page.sections[0].entries] == [
        "22 days overdue",
        "12 days overdue",
    ]


def test_rules_are_grouped_by_learning_point_and_those_without_come_last(plan: Plan) -> None:
    page = audit_page(audit_of(plan), Sentences(plan, "2026-02-01"), Wanted())
    assert [(group.name, [row.rule for row in group.rows]) for group in page.groups] == [
        ("Learning point 1: Orders", ["LOW-1"]),
        ("Learning point 2: Orders", ["CRIT-1"]),
        ("Orders", ["CRIT-2", "HIGH-1"]),
    ]


# --- lists -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("limit", "shown", "hidden"), [(3, 3, 1), (4, 4, 0), (None, 4, 0), (1, 1, 3)]
)
def test_a_list_is_capped_and_says_how_many_more(
    plan: Plan, limit: int | None, shown: int, hidden: int
) -> None:
    audit = audit_of(plan, *(breach("LOW-1", f"A{n}") for n in range(4)))
    page = audit_page(audit, Sentences(plan, audit.as_at), Wanted(limit=limit))
    assert (len(page.sections[0].entries), page.sections[0].hidden) == (shown, hidden)


@pytest.mark.parametrize(("rules", "told", "left"), [(20, 20, ""), (22, 20, "R-20 (2), R-21 (2)")])
def test_many_rules_are_told_gravest_first_and_the_rest_named_in_a_line(
    tmp_path: Path, rules: int, told: int, left: str
) -> None:
    text = "".join(
        f'rule R-{n:02} "one" for each cto must have a rights_discussion within 7 days '
        "after cto.started_on\n"
        for n in range(rules)
    )
    plan = small_plan(tmp_path, f'policy "Many"\n{text}')
    found = [breach(f"R-{n:02}", case) for n in range(rules) for case in ("A1", "A2")]
    audit = audit_of(plan, *found)
    page = audit_page(audit, Sentences(plan, audit.as_at), Wanted())
    assert len(page.sections) == told
    assert left in page.sections_left
    assert bool(page.sections_left) == bool(left)
    everything = audit_page(audit, Sentences(plan, audit.as_at), Wanted(limit=None))
    assert (len(everything.sections), everything.sections_left) == (rules, "")


def test_what_to_do_is_said_once_where_it_is_the_same_for_all(plan: Plan) -> None:
    same = audit_of(plan, breach("LOW-1", "A1", fix="Do it."), breach("LOW-1", "A2", fix="Do it."))
    assert drawn(same, plan).count("Do it.") == 1
    other = audit_of(plan, breach("LOW-1", "A1", fix="Do a."), breach("LOW-1", "A2", fix="Do b."))
    assert "To do: Do a." in drawn(other, plan)
    assert "To do: Do b." in drawn(other, plan)


def test_what_cannot_be_told_is_grouped_by_the_field_that_would_settle_it(plan: Plan) -> None:
    spoken = Reason(Why.NOT_RECORDED, "rights_discussion", "r1", "spoken")
    again = Reason(Why.NOT_RECORDED, "rights_discussion", "r2", "spoken")
    outside = Reason(Why.OUTSIDE_COVERAGE, "incident")
    audit = audit_of(
        plan,
        unsure("LOW-1", "A1", spoken, again),
        unsure("LOW-1", "A2", spoken),
        unsure("LOW-1", "A3", outside),
    )
    (section,) = audit_page(audit, Sentences(plan, audit.as_at), Wanted()).doubts
    assert section.total == 3
    assert [(doubt.place, doubt.count, doubt.cases) for doubt in section.doubts] == [
        ("rights_discussion.spoken", 2, ("A1", "A2")),
        ("incident", 1, ("A3",)),
    ]
    said = " ".join(drawn(audit, plan).split())
    assert "What would settle most: rights_discussion.spoken (2)." in said
    assert "Ask for an export that holds all incidents: 1 may turn on them." in said


def test_a_kind_that_the_export_does_not_hold_has_no_noughts(plan: Plan) -> None:
    audit = audit_of(plan)
    audit.summary[0].absent_kind = "cto"
    assert "not in this export" in drawn(audit, plan)
    assert "1 rule watches records that this export does not hold." in drawn(audit, plan)
    row = json.loads(audit_json(audit, Sentences(plan, audit.as_at)))["summary"][0]
    assert [row["met"], row["breached"], row["rate"]] == [None, None, None]


# --- the top and the end -----------------------------------------------------------------------


def test_the_state_of_affairs_is_a_sentence(plan: Plan) -> None:
    audit = audit_of(
        plan,
        finding("CRIT-1", Verdict.MET, case="A1"),
        finding("CRIT-1", Verdict.MET_LATE, case="A2"),
        breach("CRIT-1", "A3"),
        breach("LOW-1", "A3"),
        unsure("LOW-1", "A4"),
    )
    said = " ".join(drawn(audit, plan).split())
    assert (
        "Of 4 duties that could be judged, 1 was met in time (25%), 1 was met late and 2 were not "
        "met, 1 of them critical."
    ) in said
    assert "1 more cannot be told from the record." in said
    assert "The one rule with a target does not reach it." in said


def test_nothing_due_is_said(plan: Plan) -> None:
    said = drawn(audit_of(plan), plan)
    assert "No duty has fallen due in these records." in said
    assert "Next steps" not in said


def test_what_falls_due_soon_is_a_step(plan: Plan) -> None:
    def due(day: int, case: str) -> Finding:
        deadline = {"deadline": f"2026-02-{day:02}", "deadline_day": 739647 + day}
        return finding("LOW-1", Verdict.NOT_YET_DUE, case=case, **deadline)

    audit = audit_of(plan, due(1, "A1"), due(15, "A2"), due(16, "A3"))
    said = " ".join(drawn(audit, plan).split())
    assert "2 duties fall due within 14 days, in 2 cases." in said


def test_void_records_and_unreadable_values_are_told_apart(plan: Plan) -> None:
    faults = (("cto", "entered_in_error", "void", 3), ("cto", "started_on", "invalid_date", 2))
    said = drawn(audit_of(plan, faults=faults, rows_rejected=1), plan)
    assert "3 records entered in error: they do not count." in said
    assert "2 values could not be read as declared; most often cto.started_on, invalid date" in said
    assert "1 row rejected" in said


@pytest.mark.parametrize(
    ("share", "shown"),
    [(1.0, "100%"), (0.996, "99.6%"), (0.99999, "99.9%"), (0.5, "50%"), (0.004, "0.4%"), (0, "0%")],
)
def test_only_all_of_it_is_100_percent(share: float, shown: str) -> None:
    assert percent(share) == shown


# --- drawing -----------------------------------------------------------------------------------

LONG = "a very long word " * 12


@pytest.mark.parametrize("width", [60, 80, 100, 120, 160, 240])
def test_no_line_is_wider_than_the_page(plan: Plan, width: int) -> None:
    audit = audit_of(
        plan,
        *(
            breach(rule, f"A{'0' * n}", message=LONG)
            for n in (1, 30)
            for rule in ("LOW-1", "CRIT-2")
        ),
        unsure("CRIT-1", "A1", Reason(Why.AUTHOR, text=LONG)),
        *(finding("CRIT-1", Verdict.MET, case=f"B{n}") for n in range(1200)),
    )
    said = drawn(
        audit, plan, width, cases_name=LONG, show="all", explain=f"explain {{case}} {LONG}"
    )
    assert max(len(line) for line in said.splitlines()) <= width


@pytest.mark.parametrize("width", [80, 160])
def test_every_count_stands_in_the_summary(plan: Plan, width: int) -> None:
    numbers = dict(zip(Verdict, (11, 22, 33, 44, 55, 66, 77), strict=True))
    findings = [
        finding("CRIT-1", verdict, case=f"{verdict.value}{n}")
        for verdict, number in numbers.items()
        for n in range(number)
    ]
    said = drawn(audit_of(plan, *findings), plan, width, show="none")
    line = next(line for line in said.splitlines() if " 33 " in line and " 77 " in line)
    for number in numbers.values():
        assert f" {number} " in line
    # 11 of 66; the floor, 11 of 143, is rounded down and the ceiling, 88 of 143, up
    for words in ("17% (10–27)", "7–62", "90% ✗"):
        assert words in line


def test_without_unicode_the_shapes_are_plain(plan: Plan) -> None:
    audit = audit_of(plan, breach("CRIT-1", "A1"), unsure("LOW-1", "A2"))
    assert drawn(audit, plan, encoding="ascii").isascii()
    assert drawn(audit, plan, encoding="latin-1").isascii()


HOSTILE = "A\x1b[31m\x9b1m\u202e\u200b[bold]x[/]:smile:\x07"
SHOWN = "A\\x1b[31m\\x9b1m\\u202e\\u200b[bold]x[/]:smile:\\x07"


def test_no_value_acts_on_the_terminal_or_is_read_as_markup(plan: Plan) -> None:
    audit = audit_of(
        plan,
        breach(
            "CRIT-1",
            HOSTILE,
            message=HOSTILE,
            fix=HOSTILE,
            owner=HOSTILE,
            subject_id=HOSTILE,
            evidence=(Evidence("incident", HOSTILE, "2026-01-01", "late"),),
        ),
        unsure("LOW-1", HOSTILE, Reason(Why.AUTHOR, text=HOSTILE)),
    )
    said = drawn(audit, plan, 240, cases_name=HOSTILE, explain="explain {case}", show="all")
    assert not set(said) & set("\x1b\x9b\u202e\u200b\x07")
    assert said.count(SHOWN) >= 8
    made = audit_json(audit, Sentences(plan, "2026-02-01"))
    assert made.isascii() and not set(made) & set("\x1b\x07")


# --- JSON --------------------------------------------------------------------------------------

TOP = "schema_version engine as_at known_by rules_sha256 cases_sha256 cases load summary findings"
ROW = (
    "rule title force severity learning_point met met_late breached not_yet_due exempt "
    "not_applicable cannot_tell rate interval floor ceiling target"
)
FINDING = (
    "rule applies_from case subject verdict deadline done_on message fix owner settings evidence "
    "reasons"
)


def test_the_json_has_the_promised_keys_in_their_order(plan: Plan) -> None:
    audit = audit_of(
        plan,
        breach(
            "CRIT-1",
            "A1",
            settings=(("window", "7 days"),),
            evidence=(Evidence("incident", None, None, "absent"),),
            reasons=(Reason(Why.NO_RECORD, "incident"),),
        ),
        faults=(("cto", "started_on", "invalid_date", 2),),
    )
    made = json.loads(audit_json(audit, Sentences(plan, audit.as_at)))
    assert " ".join(made) == TOP
    assert list(made["engine"]) == ["name", "version"]
    assert list(made["load"]) == ["rows_read", "rows_kept", "rows_rejected", "faults"]
    assert made["load"]["faults"] == [
        {"kind": "cto", "field": "started_on", "fault": "invalid_date", "rows": 2}
    ]
    assert " ".join(made["summary"][0]) == ROW
    (one,) = made["findings"]
    assert " ".join(one) == FINDING
    assert one["subject"] == {"kind": "cto", "id": "o1"}
    assert one["settings"] == {"window": "7 days"}
    assert list(one["evidence"][0]) == ["kind", "id", "on", "role"]
    assert list(one["reasons"][0]) == ["why", "kind", "id", "field", "text"]
    assert one["message"] == ("No explanation of rights is recorded by Thursday 8 January 2026.")


def test_where_nothing_was_judged_the_rate_is_null(plan: Plan) -> None:
    row = json.loads(audit_json(audit_of(plan), Sentences(plan, "2026-02-01")))["summary"][0]
    assert [row["rate"], row["interval"], row["floor"], row["ceiling"]] == [None] * 4
    assert row["met"] == 0


def test_findings_are_sorted_whatever_order_they_came_in(plan: Plan) -> None:
    one, two = breach("LOW-1", "A1"), breach("CRIT-1", "A2")
    sentences = Sentences(plan, "2026-02-01")
    audit = audit_of(plan, one, two)
    other = audit_of(plan, two, one)
    assert audit_json(audit, sentences) == audit_json(other, sentences)


def test_the_late_gaps_of_a_recurring_duty_are_evidence(plan: Plan) -> None:
    gaps = (Gap("2026-01-08", "2026-01-10"), Gap("2026-01-20", None))
    audit = audit_of(plan, breach("LOW-1", "A1", late_gaps=gaps))
    (one,) = json.loads(audit_json(audit, Sentences(plan, "2026-02-01")))["findings"]
    assert [(item["role"], item["on"]) for item in one["evidence"]] == [
        ("late_gap", "2026-01-08"),
        ("late_gap", "2026-01-20"),
    ]


def test_the_trailer_counts_every_line(plan: Plan) -> None:
    audit = audit_of(plan, breach("LOW-1", "A1"), finding("LOW-1", Verdict.MET, case="A2"))
    lines = [json.loads(line) for line in audit_json_lines(audit, Sentences(plan, "2026-02-01"))]
    assert [next(iter(line)) for line in lines] == ["schema_version", "rule", "rule", "findings"]
    assert (lines[-1]["findings"], lines[-1]["met"], lines[-1]["breached"]) == (2, 1, 1)


# --- selections --------------------------------------------------------------------------------


def test_a_limit_is_for_each_rule(plan: Plan) -> None:
    findings = [breach(rule, f"A{n}") for rule in ("LOW-1", "CRIT-1") for n in range(3)]
    audit = audit_of(plan, *findings)
    assert len(selected(audit, "all", 2).findings) == 4
    assert len(selected(audit, "all", None).findings) == 6


def test_a_pseudonym_stands_everywhere_the_case_id_stood(plan: Plan) -> None:
    audit = audit_of(
        plan,
        breach(
            "CRIT-1",
            "A1",
            subject_kind="case",
            subject_id="A1",
            message="Of A1, not of A10.",
            evidence=(Evidence("case", "A1", None, "met"), Evidence("cto", "A1", None, "met")),
            reasons=(Reason(Why.ENDED, "case", "A1", "died_on"),),
        ),
    )
    (one,) = pseudonymous(audit, "key").findings
    assert one.case == one.subject_id == one.evidence[0].id == one.reasons[0].id
    assert one.case.startswith("P-")
    assert one.message == f"Of {one.case}, not of A10."
    assert one.evidence[1].id == one.case  # a record that is named after its case
    assert pseudonymous(audit, "key").findings[0].case == one.case
    assert pseudonymous(audit, None).findings[0].case != one.case
