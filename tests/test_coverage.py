"""Coverage of conditions: true, false, unknown, and whether one decides by itself."""

import json
from pathlib import Path

import pytest

from policyengine.policy.load import load_rules
from policyengine.report.drawing import Canvas
from policyengine.report.tested.coverage import (
    Condition,
    Coverage,
    RuleCoverage,
    coverage_json,
    coverage_markdown,
    coverage_parts,
)
from policyengine.tooling.covering import cover
from tests.bench_desk import SCHEMA

HEAD = """policy "Talks"
rule T-01 "told"
  for each cto
  must have a talk where {where}
"""
CASE = """
example "{title}" for T-01 as at 2026-03-01
  given cto: started_on 2026-01-01
  given talk: date 2026-01-08{fields}
  expect {verdict}
"""


def covered(where: str, cases: list[tuple[str, str, str]], folder: Path) -> Coverage:
    text = HEAD.format(where=where)
    for title, fields, verdict in cases:
        given = f", {fields}" if fields else ""
        text += CASE.format(title=title, fields=given, verdict=verdict)
    (folder / "schema.yaml").write_text(SCHEMA)
    (folder / "rules.policy").write_text(text)
    loaded = load_rules([str(folder)])
    assert loaded.plan is not None, [note.message for note in loaded.diagnostics]
    return cover(loaded.plan)


def condition(found: Coverage, text: str) -> Condition:
    (rule,) = found.rules
    (one,) = [one for each in rule.clauses for one in each.conditions if one.text == text]
    return one


BOTH = ("both", 'spoken yes, notes "seen"', "met")
NOT_SPOKEN = ("not spoken", 'spoken no, notes "seen"', "breached")
NO_NOTES = ("no notes", "spoken yes", "breached")
NEITHER = ("neither", "spoken no", "breached")
BLANK = ("blank", 'notes "seen"', "cannot tell")
AND = "spoken and notes is recorded"


def test_each_truth_names_the_first_example_that_had_it(tmp_path: Path) -> None:
    found = covered(AND, [BOTH, NOT_SPOKEN, BLANK], tmp_path)
    spoken = condition(found, "spoken")
    assert (spoken.true, spoken.false, spoken.unknown) == ("both", "not spoken", "blank")
    notes = condition(found, "notes is recorded")
    assert (notes.true, notes.false, notes.unknown) == ("both", None, None)
    assert notes.wants == ("false", "decides")


def test_a_condition_decides_where_it_alone_is_another(tmp_path: Path) -> None:
    found = covered(AND, [BOTH, NOT_SPOKEN, NO_NOTES], tmp_path)
    assert condition(found, "spoken").decides == ("both", "not spoken")
    assert condition(found, "notes is recorded").decides == ("both", "no notes")
    assert found.percent == 100


def test_two_that_change_together_decide_nothing(tmp_path: Path) -> None:
    """Of `A or B`, yes-yes and no-no: neither is shown to matter. B is not asked in the first,
    so A is shown by masking; B is not."""
    found = covered("spoken or notes is recorded", [BOTH, NEITHER], tmp_path)
    assert condition(found, "spoken").decides == ("both", "neither")
    assert condition(found, "notes is recorded").true is None
    assert condition(found, "notes is recorded").decides is None


def test_an_unknown_shows_no_effect(tmp_path: Path) -> None:
    found = covered(AND, [BOTH, BLANK], tmp_path)
    assert condition(found, "spoken").decides is None


def test_a_negated_condition_is_one_condition_to_its_author(tmp_path: Path) -> None:
    found = covered('answer is not "agreed"', [("x", "answer agreed", "breached")], tmp_path)
    one = condition(found, 'answer is not "agreed"')
    assert (one.true, one.false, one.composed) == (None, "x", False)


def test_none_of_is_told_as_its_author_wrote_it(tmp_path: Path) -> None:
    found = covered("none of (spoken, notes is recorded)", [NEITHER], tmp_path)
    whole = condition(found, "none of these")
    assert (whole.true, whole.false) == ("neither", None)
    assert condition(found, "spoken").false == "neither"
    assert condition(found, "spoken").true is None


def test_conditions_within_sets_and_definitions_are_painted_too(tmp_path: Path) -> None:
    text = """policy "Talks"
define cto.busy as visits is at least 3
rule T-01 "told"
  for each cto where busy
  must show there is a talk as one where (one.spoken and one.answer is "agreed")
example "one" for T-01 as at 2026-03-01
  given cto: started_on 2026-01-01, visits 3
  given talk: date 2026-01-08, spoken yes, answer agreed
  given talk: date 2026-01-09, spoken no
  expect met
"""
    (tmp_path / "schema.yaml").write_text(SCHEMA)
    (tmp_path / "rules.policy").write_text(text)
    plan = load_rules([str(tmp_path)]).plan
    assert plan is not None
    found = cover(plan)
    names = [each.name for each in found.rules[0].clauses]
    assert names == ["for each ... where", "must show", "where, of talk", "define cto.busy"]
    assert condition(found, "one.spoken").true == "one"
    assert condition(found, "visits is at least 3").false is None


def test_versions_are_told_apart(tmp_path: Path) -> None:
    text = """policy "Talks"
rule T-01 "old" applies from 2025-01-01 until 2025-12-31
  for each cto must show cto.private
rule T-01 "new" applies from 2026-01-01
  for each cto must show cto.visits is at least 3
example "then" for T-01 as at 2026-03-01
  given cto: started_on 2025-05-01, private yes
  expect met
"""
    (tmp_path / "schema.yaml").write_text(SCHEMA)
    (tmp_path / "rules.policy").write_text(text)
    plan = load_rules([str(tmp_path)]).plan
    assert plan is not None
    old, new = cover(plan).rules
    assert dict(old.verdicts)["met"] == 1
    assert sum(dict(new.verdicts).values()) == 0
    assert condition(Coverage((old,)), "cto.private").true == "then"
    assert condition(Coverage((new,)), "cto.visits is at least 3").true is None


def drawn(found: Coverage, width: int, encoding: str = "utf-8", *, colour: bool = False) -> str:
    canvas = Canvas(width, encoding, colour)
    return canvas.drawn(coverage_parts(found, canvas.symbols))


@pytest.mark.parametrize("width", [60, 80, 160])
@pytest.mark.parametrize("encoding", ["utf-8", "ascii"])
def test_it_is_drawn_at_every_width(width: int, encoding: str, tmp_path: Path) -> None:
    text = drawn(covered(AND, [BOTH, NO_NOTES], tmp_path), width, encoding)
    assert all(len(line) <= width for line in text.splitlines())
    text.encode(encoding)
    assert "never: met late" in " ".join(text.split())
    assert "decides" in text


def test_the_page_and_the_json_say_the_same(tmp_path: Path) -> None:
    found = covered(AND, [BOTH, NO_NOTES], tmp_path)
    page = coverage_markdown(found)
    assert "| spoken | yes | no | no | no |" in page
    made = json.loads(json.dumps(coverage_json(found)))
    (rule,) = made["rules"]
    spoken = rule["clauses"][0]["conditions"][1]
    assert spoken["text"] == "spoken"
    assert spoken["true"] == "both"
    assert spoken["false"] is None
    assert set(rule) == {
        *("rule", "title", "applies_from", "file", "line", "examples", "percent", "verdicts"),
        "clauses",
    }  # fmt: skip


def test_a_rule_without_conditions_wants_nothing() -> None:
    rule = RuleCoverage(
        rule="X-01", title="x", applies_from=None, file="f", line=1, examples=0, verdicts=(),
        clauses=(),
    )  # fmt: skip
    assert rule.percent == 100
    assert Coverage(()).percent == 100
