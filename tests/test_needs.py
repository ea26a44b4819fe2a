"""What a rule reads and loses without, and what an export lets the rules judge."""

import json
from datetime import date
from pathlib import Path

import pytest

from policyengine.plan import core
from policyengine.policy.load import load_rules
from policyengine.records import open_export
from policyengine.report.needs_page import Judged, NeedRow
from policyengine.tooling.export_coverage import coverage, survey
from policyengine.tooling.needs import Read, needs_of, uses_of
from tests.commands_desk import Desk

ROOT = Path(__file__).resolve().parents[1]

SCHEMA = """
schema: s
kinds:
  case:
    died: died_on
    owner: team
    fields: {team: text, died_on: {type: date, open: true}, birth: date}
  cto:
    happened: started_on
    recorded: entered_on
    ended: ended_on
    void_when: wrong
    fields:
      started_on: date
      ended_on: {type: date, open: true}
      entered_on: date
      wrong: yes_no
      kind_of: text
      told_on: date
  talk:
    happened: date
    fields: {date: date, order: ref cto, spoken: yes_no, reason: text}
  stay:
    happened: in_on
    fields: {in_on: date, planned: yes_no}
"""

POLICY = """
policy "P"
define talk.good as spoken and reason is recorded
gather turn from cto by started_on where (kind_of is "new"), stay by in_on
rule N-01 "told"
  for each cto where kind_of is "new"
  let limit be 3 days if age of case.birth at cto.started_on is less than 18, otherwise 7 days
  when cto.kind_of is not "old"
  unless there is a stay where (not planned) because "away"
  must have a talk within limit after cto.started_on where good and order is cto
  say "Not by {deadline}, told {cto.told_on}."
rule N-02 "dated"
  for each cto
  must have cto.told_on within 7 days after cto.started_on
rule N-03 "turns"
  for each turn
  must have a talk within 7 days after turn.date
rule N-04 "shown"
  for each cto
  must show cto.kind_of is "new"
rule N-05 "shown, and a blank is a breach"
  for each cto
  must show cto.kind_of is "new"
  blank means breached because "so it is"
rule N-07 "guarded"
  for each stay
  must show stay.planned is recorded and stay.planned
rule N-06 "to come"
  applies from 2099-01-01
  for each cto
  must show cto.kind_of is "newer"
"""


@pytest.fixture(scope="module")
def plan(tmp_path_factory: pytest.TempPathFactory) -> core.Plan:
    folder = tmp_path_factory.mktemp("rules")
    (folder / "schema.yaml").write_text(SCHEMA, "utf-8")
    (folder / "p.policy").write_text(POLICY, "utf-8")
    loaded = load_rules([str(folder)])
    assert loaded.plan is not None, loaded.diagnostics
    return loaded.plan


def row(plan: core.Plan, rule: str, kind: str, field: str | None) -> NeedRow:
    rows = [r for r in needs_of(plan, rule).rows if (r.kind, r.field) == (kind, field)]
    assert len(rows) == 1, f"{kind}.{field}"
    return rows[0]


# --- what a rule reads ------------------------------------------------------------------------


def test_every_part_of_a_rule_is_read(plan: core.Plan) -> None:
    read = {(r.kind, r.field) for r in needs_of(plan, "N-01").rows}
    assert read == {
        *{("case", name) for name in ("birth", "died_on", "team")},
        ("cto", None),
        *{("cto", name) for name in ("started_on", "ended_on", "entered_on", "wrong")},
        *{("cto", name) for name in ("kind_of", "told_on")},
        ("talk", None),
        *{("talk", name) for name in ("date", "order", "spoken", "reason")},
        ("stay", None),
        ("stay", "planned"),
    }


@pytest.mark.parametrize(
    ("rule", "kind", "field", "part", "loss"),
    [
        ("N-01", "cto", None, "whom it is about", "no finding from it"),
        ("N-01", "cto", "kind_of", "whom it is about", "cannot tell, where it is blank"),
        ("N-01", "cto", "kind_of", "whether it applies", "cannot tell whether the rule applies"),
        ("N-01", "case", "birth", "by when", "no deadline: cannot tell"),
        ("N-01", "cto", "started_on", "by when", "no deadline: cannot tell"),
        ("N-01", "stay", None, "whether an exception holds", "cannot tell, where an exception"),
        ("N-01", "talk", None, "whether it was done", "unseen"),
        ("N-01", "talk", "spoken", "whether it was done", "cannot tell, where it would decide"),
        ("N-01", "talk", "reason", "whether it was done", "a blank is an answer: not recorded"),
        ("N-01", "cto", "told_on", "what the message says", "the message says: not recorded"),
        ("N-01", "case", "died_on", "when the duty ends", "the duty is not ended by it"),
        ("N-01", "case", "team", "who answers for it", "no team is named"),
        ("N-01", "cto", "wrong", "whether a record counts", "records entered in error count"),
        ("N-02", "cto", "told_on", "the day on which it was done", "a blank reads as: not done"),
        ("N-03", "cto", "started_on", "by when", "no deadline: cannot tell"),
        ("N-03", "stay", None, "whom it is about", "no finding from it"),
        ("N-04", "cto", "kind_of", "whether it was done", "cannot tell, where it would decide"),
        ("N-05", "cto", "kind_of", "whether it was done", "a blank counts as not fulfilled"),
        ("N-07", "stay", "planned", "whether it was done", "a blank is an answer: not recorded"),
    ],
)
def test_what_it_is_for_and_what_is_lost(
    plan: core.Plan, rule: str, kind: str, field: str | None, part: str, loss: str
) -> None:
    found = row(plan, rule, kind, field)
    assert part in found.parts
    assert any(loss in each for each in found.losses), found.losses


def test_a_field_that_is_guarded_loses_one_thing(plan: core.Plan) -> None:
    assert row(plan, "N-07", "stay", "planned").losses == ("a blank is an answer: not recorded",)


def test_rows_stand_in_the_order_of_the_schema(plan: core.Plan) -> None:
    rows = needs_of(plan, "N-03").rows
    kinds = list(dict.fromkeys(r.kind for r in rows))
    assert kinds == ["case", "cto", "talk", "stay"]


def test_a_rule_that_there_is_not(plan: core.Plan) -> None:
    with pytest.raises(KeyError):
        needs_of(plan, "N-99")


def test_versions_in_force_on_a_day_alone() -> None:
    shipped = load_rules([str(ROOT / "rules")]).plan
    assert shipped is not None

    def reads(day: date | None) -> set[str | None]:
        return {r.field for r in needs_of(shipped, "CTO-01", day).rows}

    assert "complaints_explained" in reads(None)
    assert "complaints_explained" not in reads(date(2026, 11, 1))
    assert "complaints_explained" in reads(date(2099, 1, 1))


def test_every_shipped_rule_reads_something_of_its_own() -> None:
    shipped = load_rules([str(ROOT / "rules")]).plan
    assert shipped is not None
    for rule in shipped.rules:
        for read in uses_of(shipped, rule):
            assert read.kind in shipped.schema.kinds
            assert read.kind not in shipped.gatherings
            assert read.field is None or read.field in shipped.schema.kinds[read.kind].fields
        assert len(uses_of(shipped, rule)) >= 3, rule.id


def test_a_read_is_a_value() -> None:
    assert Read("cto", "started_on") == Read("cto", "started_on")


# --- what an export gives -----------------------------------------------------------------------


def judged(
    plan: core.Plan, tmp_path: Path, cases: list[dict[str, object]], day: date | None = None
) -> dict[str, tuple[Judged, tuple[str, ...]]]:
    path = tmp_path / "cases.json"
    path.write_text(json.dumps(cases), "utf-8")
    found = survey(open_export(str(path), plan.schema))
    return {each.rule: (each.judged, each.wants) for each in coverage(plan, found, day)}


FULL: dict[str, object] = {
    "case_id": "A1",
    "team": "T",
    "birth": "1990-01-01",
    "cto": [{"started_on": "2026-01-01", "kind_of": "new", "told_on": "2026-01-02"}],
    "talk": [{"date": "2026-01-02", "order": "cto-1", "spoken": "yes", "reason": "start"}],
    "stay": [{"in_on": "2026-01-02", "planned": "no"}],
}


def without(kind: str, field: str | None = None) -> dict[str, object]:
    case = json.loads(json.dumps(FULL))
    if field is None:
        del case[kind]
    else:
        del case[kind][0][field]
    made: dict[str, object] = case
    return made


def test_an_export_that_has_everything(plan: core.Plan, tmp_path: Path) -> None:
    found = judged(plan, tmp_path, [FULL])
    assert {rule: each for rule, (each, _) in found.items()} == dict.fromkeys(found, Judged.YES)


def test_no_record_of_the_kind_that_is_asked_for(plan: core.Plan, tmp_path: Path) -> None:
    found = judged(plan, tmp_path, [without("talk")])
    assert found["N-01"] == (Judged.NO, ("no talk in this export (whether it was done)",))
    assert found["N-02"][0] is Judged.YES
    assert found["N-03"][0] is Judged.NO


def test_a_gathered_subject_of_which_one_source_is_absent(plan: core.Plan, tmp_path: Path) -> None:
    found = judged(plan, tmp_path, [without("stay")])
    assert found["N-03"] == (Judged.PARTLY, ("no stay in this export (whom it is about)",))
    assert found["N-01"][0] is Judged.PARTLY
    found = judged(plan, tmp_path, [{k: v for k, v in FULL.items() if k not in ("stay", "cto")}])
    assert found["N-03"][0] is Judged.NO


def test_an_empty_list_says_that_there_were_none(plan: core.Plan, tmp_path: Path) -> None:
    found = judged(plan, tmp_path, [FULL | {"talk": []}])
    assert found["N-01"][0] is Judged.YES


@pytest.mark.parametrize(
    ("kind", "field", "rule", "expected"),
    [
        ("cto", "started_on", "N-01", Judged.NO),
        ("cto", "kind_of", "N-01", Judged.NO),
        ("cto", "kind_of", "N-04", Judged.NO),
        ("cto", "kind_of", "N-05", Judged.PARTLY),
        ("cto", "told_on", "N-02", Judged.PARTLY),
        ("cto", "told_on", "N-01", Judged.YES),  # a message alone says it
        ("talk", "spoken", "N-01", Judged.PARTLY),
        ("talk", "reason", "N-01", Judged.YES),  # a blank is an answer
        ("stay", "planned", "N-01", Judged.PARTLY),
        ("stay", "planned", "N-07", Judged.YES),  # the rule itself asks whether it stands there
    ],
)
def test_a_field_that_is_never_filled(
    plan: core.Plan, tmp_path: Path, kind: str, field: str, rule: str, expected: Judged
) -> None:
    verdict, wants = judged(plan, tmp_path, [without(kind, field)])[rule]
    assert verdict is expected, wants
    said = any(f"{kind}.{field} is never filled" in want for want in wants)
    assert said is (expected is not Judged.YES)


def test_filled_once_is_filled(plan: core.Plan, tmp_path: Path) -> None:
    other = json.loads(json.dumps(without("talk", "spoken"))) | {"case_id": "A2"}
    assert judged(plan, tmp_path, [FULL, other])["N-01"][0] is Judged.YES


def test_a_value_that_does_not_fit_does_not_fill(plan: core.Plan, tmp_path: Path) -> None:
    case = json.loads(json.dumps(FULL))
    case["talk"][0]["spoken"] = "perhaps"
    assert judged(plan, tmp_path, [case])["N-01"][0] is Judged.PARTLY


def test_a_kind_that_is_complete_only_from_a_day(plan: core.Plan, tmp_path: Path) -> None:
    found = judged(plan, tmp_path, [FULL | {"_complete_from": {"talk": "2025-06-01"}}])
    told = "talk is complete only from 2025-06-01 (whether it was done)"
    assert found["N-01"] == (Judged.PARTLY, (told,))
    assert found["N-02"][0] is Judged.YES


def test_what_is_not_in_force(plan: core.Plan, tmp_path: Path) -> None:
    found = judged(plan, tmp_path, [FULL], date(2026, 1, 1))
    assert found["N-06"] == (Judged.NOT_IN_FORCE, ())
    assert judged(plan, tmp_path, [FULL], date(2099, 1, 1))["N-06"][0] is Judged.YES


@pytest.fixture
def desk(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Desk:
    return Desk(tmp_path, capsys)


# --- the command ----------------------------------------------------------------------------------


def test_needed_by_is_told_and_as_json(desk: Desk) -> None:
    told = desk.run("schema", str(desk.rules), "--needed-by", "A-01")
    assert told.code == 0
    assert "rights_discussion" in told.out
    assert "whether it was done" in told.out
    made = json.loads(
        desk.run("schema", str(desk.rules), "--needed-by", "A-01", "--format", "json").out
    )
    assert [each["rule"] for each in made] == ["A-01"]
    assert {"kind", "field", "label", "type", "for", "without_it"} == set(made[0]["reads"][0])
    every = json.loads(
        desk.run("schema", str(desk.rules), "--needed-by", "all", "--format", "json").out
    )
    assert [each["rule"] for each in every][:2] == ["A-01", "A-02"]


def test_a_rule_that_is_misspelt_is_offered(desk: Desk) -> None:
    told = desk.run("schema", str(desk.rules), "--needed-by", "A-O1")
    assert told.code == 2
    assert "did you mean `A-01`?" in told.err


def test_coverage_is_told_and_as_json(desk: Desk) -> None:
    told = desk.run("schema", str(desk.rules), "--coverage", "--cases", str(desk.cases))
    assert told.code == 0
    assert "A-01" in told.out
    made = json.loads(
        desk.run(
            "schema", str(desk.rules), "--coverage", "--cases", str(desk.cases), "--format", "json"
        ).out
    )
    assert {"rule", "title", "learning_point", "judged", "wants"} == set(made["rules"][0])
    assert {each["judged"] for each in made["rules"]} <= {"yes", "partly", "no", "not_in_force"}


@pytest.mark.parametrize(
    "flags",
    [
        ("--coverage",),
        ("--cases", "x.json"),
        ("--as-at", "2026-01-01"),
        ("--coverage", "--needed-by", "A-01"),
        ("--json-schema", "--needed-by", "A-01"),
    ],
)
def test_flags_that_do_not_go_together(desk: Desk, flags: tuple[str, ...]) -> None:
    assert desk.run("schema", str(desk.rules), *flags).code == 2
