"""The mapping file: every mistake in it is a message with its line, before any row is read."""

import re
from pathlib import Path

import pytest

from policyengine.imports.faults import ACTIONS, SAYS, Fault
from policyengine.imports.json_path import getter, path_fault
from policyengine.imports.look_ups import chained
from tests.house.tree import ROOT
from tests.imports_desk import CASE, CTO, TOP, complaints

DOC = (ROOT / "docs" / "mapping.md").read_text("utf-8")
GOOD = TOP + "kinds:" + CASE + CTO


def only(tmp_path: Path, mapping: str) -> tuple[str, int, str]:
    found = complaints(tmp_path, mapping)
    assert len(found) == 1, found
    return found[0]


def test_the_whole_example_of_the_reference_is_a_mapping(tmp_path: Path) -> None:
    (example,) = re.findall(r"^```yaml\n(.*?)^```$", DOC, re.MULTILINE | re.DOTALL)
    assert complaints(tmp_path, example) == []


def test_the_reference_has_every_fault_and_what_can_be_done_about_it() -> None:
    told: dict[str, list[str]] = {}
    for line in DOC.splitlines():
        cells = [cell.strip() for cell in line.split("|")[1:-1]]
        for name in re.findall(r"`(\w+)`", cells[0]) if len(cells) == 3 else ():
            actions = re.sub(r"\(.*?\)", "", cells[2].split(";")[0])
            told[name] = [each.strip() for each in actions.split(",")]
    assert {fault.value for fault in Fault} <= told.keys()
    for fault, actions in ACTIONS.items():
        assert told[fault.value] == [action.value for action in actions], fault


def test_every_fault_is_said_in_words() -> None:
    assert SAYS.keys() == ACTIONS.keys() == set(Fault)


def test_the_standard_mapping_of_these_tests_is_right(tmp_path: Path) -> None:
    assert complaints(tmp_path, GOOD) == []


@pytest.mark.parametrize(
    ("was", "now", "says"),
    [
        ("kinds:", "kindss:\n  x: y\nkinds:", "kinds"),
        ("  cto:\n", "  ctoo:\n", "did you mean `cto`?"),
        ("started_on: Start", "started_onn: Start", "did you mean `started_on`?"),
        ("started_on: Start", "started_on: {form: Start}", "does not say where it comes from"),
        ("started_on: Start", "started_on: {from: A, value: b}", "exactly one"),
        ("started_on: Start", "started_on: {from: [A, B]}", "takes one name"),
        ("started_on: Start", "started_on: {from: A, tehn: trim}", "did you mean `then`?"),
        ("started_on: Start", "started_on: {from: A, then: [trimm]}", "did you mean `trim`?"),
        ("started_on: Start", "started_on: {from: A, then: [{split: x}]}", "no such step"),
        ("started_on: Start", "started_on: {from: A, then: {split: x, take: 0}}", "from 1"),
        ("started_on: Start", "started_on: {from: A, dates: ['%d/%m/%y']}", "layout"),
        ("started_on: Start", "started_on: {from: A, dates: ['%m/%Y']}", "layout"),
        ("started_on: Start", "started_on: {from: A, midnight: maybe}", "`unknown`"),
        ("started_on: Start", "started_on: {from: A, look_up: teams}", "no such table"),
        ("started_on: Start", "started_on: {from: A, check: nhs_number}", "`nhs_number`"),
        ("started_on: Start", "started_on: {from: A, codes: {a: b}}", "has none"),
        ('"01": discharged', '"01": dischargd', "did you mean `discharged`?"),
        ("means: not_known", "means: unknown", "did you mean `not_known`?"),
        ("means: not_known", "means: not_applicable", "does not apply"),
        ("codes: {", "leading_zeros: none, codes: {", "how many digits"),
        ('{files: "orders*.csv"}', "orderz", "no such source"),
        ('"orders*.csv"', '"../orders.csv"', "pattern below the folder"),
        ('"orders*.csv"', '"/etc/passwd"', "pattern below the folder"),
        ('"orders*.csv"', '"c:\\\\x.csv"', "pattern below the folder"),
        ('"orders*.csv"', '"orders.csv", format: xls', "did you mean `xlsx`?"),
        ('"orders*.csv"', '"orders.csv", encoding: klingon', "not read"),
        ('"orders*.csv"', '"orders.csv", delimiter: ab', "one character"),
        ('"orders*.csv"', '"orders.csv", header: 0', "from 1"),
        ('"orders*.csv"', '"orders.csv", header: none', "belong together"),
        ("    case: PatientId\n", "", "whose its records are"),
        ("    case: PatientId\n", "    case: {through: end_reason}\n", "must be a reference"),
        ("    key: OrderId\n", "    latest_by: Month\n", "needs a `key`"),
        ("    key: OrderId\n", "    where: [{column: A}]\n", "not a condition"),
        ("    key: OrderId\n", "    where: [{column: A, in: [b], filled: yes}]\n", "condition"),
        ("    key: OrderId\n", "    leave_out: [{column: A, in: [b]}]\n", "needs a name"),
        ("    key: OrderId\n", "    submissions: {period: A}\n", "`latest_by`"),
        ("    key: OrderId\n", "    checks: {expected: [strated_on]}\n", "no field"),
        ("    key: OrderId\n", "    checks: {order: [[started_on]]}\n", "pairs"),
        ("    key: OrderId\n", "    faults: {unknown_code: warn}\n", "`unknown_code`"),
        (
            "    key: OrderId\n",
            "    faults: {unknown_cod: error}\n",
            "did you mean `unknown_code`?",
        ),
        ("extracted_on: 2026-11-01", "extracted_on: 1 November", "2026-12-24"),
        ("extracted_on: 2026-11-01", "time_zone: Europe/Londn", "time zone"),
        ("extracted_on: 2026-11-01", "schema: other", "`other`"),
        ("extracted_on: 2026-11-01", "complete_from: {ctoo: 2024-01-01}", "did you mean `cto`?"),
        ("nulls: [", "nuls: [", "did you mean `nulls`?"),
        ("open_dates: [2100-12-31", "open_dates: [2100-12-32", "2100-12-31"),
    ],
)
def test_each_mistake_is_said_once_at_its_line(
    tmp_path: Path, was: str, now: str, says: str
) -> None:
    assert was in GOOD
    mapping = GOOD.replace(was, now, 1)
    code, line, said = only(tmp_path, mapping)
    assert code in ("MAP001", "MAP002", "SCH001", "SCH003")
    assert says in said
    expected = now.strip().split("\n")[0].strip()
    near = [n for n, text in enumerate(mapping.splitlines(), 1) if expected in text]
    assert any(abs(line - number) <= 3 for number in near), (line, near)


def test_a_mapping_needs_its_cases(tmp_path: Path) -> None:
    assert only(tmp_path, "kinds:" + CTO)[0] == "MAP001"
    assert only(tmp_path, "# nothing\n")[0] == "MAP001"


def test_the_traps_of_yaml_are_closed(tmp_path: Path) -> None:
    assert only(tmp_path, "kinds: &a\n  case: *a\n")[0] == "YML005"
    assert only(tmp_path, GOOD + CTO)[0] == "YML006"


def test_a_path_is_asked_for_where_the_source_is_of_json(tmp_path: Path) -> None:
    mapping = GOOD.replace("orders*.csv", "orders.ndjson").replace(": Start", ': "a..b"')
    code, _, said = only(tmp_path, mapping)
    assert code == "MAP001" and "path" in said


def test_what_cannot_be_asked_of_a_reference_to_itself(tmp_path: Path) -> None:
    kind = """
  risk_review:
    source: {files: "r.csv"}
    key: Id
    case: PatientId
    fields: {date: Date, pulled_from: From}
    faults: {orphan_reference: reject row}
"""
    assert "`pulled_from`" in only(tmp_path, "kinds:" + CASE + kind)[2]


@pytest.mark.parametrize("path", ["a", "a.b", "a[0].b", "a[x=http://y.z/a].b", "a[].b", "a.b[]"])
def test_paths(path: str) -> None:
    assert path_fault(path) is None


@pytest.mark.parametrize(
    "path", ["", ".a", "a.", "a..b", "a[", "a]b", "a[b", "[0]", "a[=b]", "a." * 40]
)
def test_what_is_no_path(path: str) -> None:
    assert path_fault(path) is not None


@pytest.mark.parametrize("row", [None, 1, "x", [], {}, {"a": None}, {"a": []}, {"a": {"b": None}}])
def test_a_path_that_leads_nowhere_leads_to_nothing(row: object) -> None:
    assert getter("a.b")(row) == ""
    assert getter("a[0].b")(row) == ""
    assert getter("a[k=v].b")(row) == ""


@pytest.mark.parametrize(
    ("pairs", "now", "circles"),
    [
        ({}, {}, 0),
        ({"a": "b"}, {"a": "b"}, 0),
        ({"a": "a"}, {}, 0),
        ({"a": "b", "b": "c"}, {"a": "c", "b": "c"}, 0),
        ({"b": "a", "a": "b"}, {"b": "a"}, 2),
        ({"x": "b", "b": "a", "a": "b"}, {"x": "a", "b": "a"}, 2),
    ],
)
def test_former_ids(pairs: dict[str, str], now: dict[str, str], circles: int) -> None:
    assert chained(pairs) == (now, circles)
