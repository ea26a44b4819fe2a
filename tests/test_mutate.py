"""Small changes of rules: each kind is made, an example notices it or is suggested, and what means
the same is told apart from what nobody tests."""

import json
from collections import Counter
from pathlib import Path

import pytest

from policyengine.policy.load import load_rules
from policyengine.report.tested.mutations import (
    Mutant,
    MutationReport,
    State,
    mutations_json,
    mutations_markdown,
    mutations_text,
)
from policyengine.tooling.mutating import RuleSet, mutate
from policyengine.tooling.mutating.allowed import read_allowed
from policyengine.tooling.mutating.changes import How, changes
from policyengine.tooling.mutating.trying import Trying, Unit
from policyengine.tooling.searching import Effort
from tests.bench_desk import SCHEMA

RULE = """policy "Talks"
setting soon is 7 days
rule T-01 "told in a week"
  for each cto where visits is more than 2
  unless cto.private because "it is private"
  must have a talk within soon after cto.started_on where spoken and answer is "agreed"
"""
ON_TIME = """
example "on the last day" for T-01 as at 2026-03-01
  given cto: started_on 2026-01-01, visits 3
  given talk: date 2026-01-08, spoken yes, answer agreed
  expect met
"""
LATE = """
example "a day late" for T-01 as at 2026-03-01
  given cto: started_on 2026-01-01, visits 3
  given talk: date 2026-01-09, spoken yes, answer agreed
  expect met late
"""


def report_of(text: str, folder: Path, effort: Effort | None = None) -> MutationReport:
    rule_set = rule_set_of(text, folder)
    return mutate(rule_set, effort=effort or Effort(cases=600, shrink=150), processes=1)


def rule_set_of(text: str, folder: Path) -> RuleSet:
    (folder / "schema.yaml").write_text(SCHEMA)
    (folder / "rules.policy").write_text(text)
    loaded = load_rules([str(folder)])
    assert loaded.plan is not None, [note.message for note in loaded.diagnostics]
    assert loaded.schema is not None
    return RuleSet(loaded.files, loaded.schema, loaded.plan)


def by_change(report: MutationReport) -> dict[tuple[str, str], Mutant]:
    return {(each.before, each.after): each for each in report.mutants}


def test_a_length_is_noticed_from_both_sides(tmp_path: Path) -> None:
    neither = by_change(report_of(RULE, tmp_path))
    assert neither["7 days", "6 days"].state is State.SURVIVED
    assert neither["7 days", "8 days"].state is State.SURVIVED
    one = by_change(report_of(RULE + ON_TIME, tmp_path))
    assert one["7 days", "6 days"].state is State.KILLED
    assert one["7 days", "6 days"].noticed_by == "on the last day"
    assert one["7 days", "8 days"].state is State.SURVIVED
    both = by_change(report_of(RULE + ON_TIME + LATE, tmp_path))
    assert both["7 days", "8 days"].noticed_by == "a day late"


def test_the_missing_example_notices_when_it_is_pasted(tmp_path: Path) -> None:
    text = RULE + ON_TIME
    first = report_of(text, tmp_path)
    missing = [each for each in first.mutants if each.state is State.SURVIVED]
    assert missing
    examples = dict.fromkeys(each.example for each in missing if each.example is not None)
    pasted = text + "".join(f"\n{example}" for example in examples)
    after = report_of(pasted, tmp_path)
    assert after.count(State.SURVIVED) == 0
    assert after.count(State.KILLED) == first.count(State.KILLED) + len(missing)


@pytest.mark.parametrize(
    ("before", "after", "how"),
    [
        ("visits is more than 2", "is at least", How.COMPARISON),
        ("2", "3", How.NUMBER),
        ("2", "1", How.NUMBER),
        ("visits is more than 2", "dropped", How.WHERE),
        ('unless cto.private because "it is private"', "dropped", How.UNLESS),
        ('spoken and answer is "agreed"', "or", How.LOGIC),
        ('spoken and answer is "agreed"', "dropped", How.WHERE),
        ('answer is "agreed"', "with a `not`", How.COMPARISON),
        ("cto.started_on", "ended_on", How.FIELD),
        ("7 days", "8 days", How.NUMBER),
    ],
)
def test_each_kind_of_change_is_made(before: str, after: str, how: How, tmp_path: Path) -> None:
    report = report_of(RULE + ON_TIME + LATE, tmp_path, Effort(cases=1, shrink=1))
    assert by_change(report)[before, after].how == how.value


DROPPED = """policy "Talks"
rule T-01 "told"
  applies from 2026-01-01 until 2026-12-31
  for each cto
  let latest_talk be latest talk
  when cto.private is not recorded
  cannot tell if cto.visits is not recorded because "nobody counted"
  must have a talk within 5 working days after later of (cto.started_on, cto.started_on)
    or the next working day where not spoken
  blank means breached because "it says so"
  silence means cannot tell because "perhaps elsewhere"
"""


def test_what_may_be_dropped_or_turned_round_is(tmp_path: Path) -> None:
    rule_set = rule_set_of(DROPPED, tmp_path)
    item = rule_set.files[0].items[1]
    made = Counter(change.how for change, _ in changes(item))
    for how in (How.WHEN, How.CANNOT_TELL, How.BLANK, How.SILENCE, How.NOT, How.WINDOW):
        assert made[how] == 1, how
    assert made[How.WHICH] == 2  # the pick, and `later of`
    assert made[How.DATE] == 4  # each end of its dates, a day either way


def test_every_change_is_another_item_and_can_be_laid_out() -> None:
    """Over the shipped rules: nothing that is said to be a change is none."""
    loaded = load_rules([])
    for file in loaded.files:
        for item in file.items:
            assert all(changed != item for _, changed in changes(item))


def test_what_means_the_same_is_told_apart_from_what_nobody_tests(tmp_path: Path) -> None:
    """Where it is spoken, whatever stands beside it in an `or` decides nothing."""
    text = """policy "Talks"
rule T-01 "told"
  for each cto
  must have a talk where spoken and (spoken or answer is "agreed")
"""
    report = by_change(report_of(text, tmp_path))
    same = report['answer is "agreed"', "with a `not`"]
    assert same.state is State.ALIKE
    assert same.example is None
    assert report['spoken and (spoken or answer is "agreed"', "or"].state is State.SURVIVED


def test_a_change_of_a_setting_or_a_definition_is_of_every_rule_that_uses_it(
    tmp_path: Path,
) -> None:
    text = """policy "Talks"
setting soon is 7 days
define cto.busy as visits is at least 3
rule T-01 "one" for each cto where busy must have a talk within soon after cto.started_on
rule T-02 "two" for each cto must have a talk within soon after cto.started_on
rule T-03 "three" for each cto must have a talk
example "late" for T-02 as at 2026-03-01
  given cto: started_on 2026-01-01
  given talk: date 2026-01-09
  expect met late
"""
    report = report_of(text, tmp_path)
    setting = by_change(report)["7 days", "8 days"]
    assert setting.item == "setting soon"
    assert setting.rules == ("T-01", "T-02")
    assert setting.noticed_by == "late"
    definition = by_change(report)["visits is at least 3", "is more than"]
    assert definition.rules == ("T-01",)
    assert definition.example is not None
    assert "for T-01" in definition.example


def test_an_example_that_sets_a_setting_does_not_notice_that_it_is_another(tmp_path: Path) -> None:
    own = ON_TIME.replace("  given cto", "  given setting soon is 7 days\n  given cto", 1)
    report = by_change(report_of(RULE + own, tmp_path))
    assert report["7 days", "6 days"].state is State.SURVIVED
    assert report["2", "3"].state is State.KILLED


def test_the_report_does_not_depend_on_how_many_processes_there_are(tmp_path: Path) -> None:
    text = (
        RULE
        + ON_TIME
        + "".join(
            f'rule T-0{n} "{n}" for each cto must have a talk where spoken\n' for n in range(2, 6)
        )
    )
    rule_set = rule_set_of(text, tmp_path)
    effort = Effort(cases=120, shrink=40)
    one, two = (mutate(rule_set, effort=effort, processes=number) for number in (1, 2))
    assert one == two


# --- what is kept between runs --------------------------------------------------------------------


def states(report: MutationReport) -> list[tuple[str, State]]:
    return [(each.key, each.state) for each in report.mutants]


def test_what_was_touched_is_tried_again_and_the_rest_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = 'rule T-02 "two" for each cto must have a talk where spoken\n'
    memory = tmp_path / "kept.json"
    effort = Effort(cases=150, shrink=30)
    tried: list[Unit] = []
    real = Trying.tried

    def counted(trying: Trying, unit: Unit) -> list[Mutant]:
        tried.append(unit)
        return real(trying, unit)

    monkeypatch.setattr(Trying, "tried", counted)
    text = RULE + other + ON_TIME

    def again(text: str) -> MutationReport:
        tried.clear()
        rule_set = rule_set_of(text, tmp_path)
        return mutate(rule_set, effort=effort, processes=1, memory=memory)

    first = again(text)
    assert len(tried) == 3  # two rules and a setting
    assert again(text) == first
    assert tried == []
    after = again(text + LATE)  # an example of T-01: the rule, and the setting that it uses
    assert [each.rule for each in tried] == ["T-01", None]
    assert states(after) != states(first)
    assert after == mutate(rule_set_of(text + LATE, tmp_path), effort=effort, processes=1)


@pytest.mark.parametrize("body", [b"", b"{}", b"0" * 64 + b"\n{}", b"\xff\x00"])
def test_a_file_that_is_not_whole_is_no_file(body: bytes, tmp_path: Path) -> None:
    memory = tmp_path / "kept.json"
    rule_set = rule_set_of(RULE, tmp_path)
    effort = Effort(cases=60, shrink=10)
    report = mutate(rule_set, effort=effort, processes=1, memory=memory)
    memory.write_bytes(body)
    assert mutate(rule_set, effort=effort, processes=1, memory=memory) == report
    assert memory.read_bytes() != body


def test_a_folder_that_cannot_be_written_is_no_fault(tmp_path: Path) -> None:
    memory = tmp_path / "rules.policy" / "kept.json"
    report = mutate(
        rule_set_of(RULE, tmp_path), effort=Effort(cases=60), processes=1, memory=memory
    )
    assert report.mutants


# --- how it is told -------------------------------------------------------------------------------


def test_a_survivor_is_shown_as_lines_of_the_rule_with_the_example_that_is_missing(
    tmp_path: Path,
) -> None:
    report = report_of(RULE + ON_TIME, tmp_path)
    said = mutations_text(report, "-")
    assert "Changes that no example notices" in said
    assert "- setting soon is 7 days" in said.replace("-setting", "- setting")
    assert "+ setting soon is 8 days" in said.replace("+setting", "+ setting")
    assert "The missing example:" in said
    assert "```diff" in mutations_markdown(report)
    made = json.loads(json.dumps(mutations_json(report)))
    assert made["killed"] + made["survived"] + made["alike"] == len(made["changes"])
    assert set(made["changes"][0]) == {
        *("item", "rules", "file", "line", "how", "before", "after", "state", "noticed_by"),
        *("diff", "example", "because"),
    }  # fmt: skip


def test_a_change_on_the_list_is_not_looked_for_and_its_reason_is_kept(tmp_path: Path) -> None:
    rule_set = rule_set_of(RULE + ON_TIME, tmp_path)
    allowed = {"setting soon | 7 days | 8 days": "a week is only a habit"}
    effort = Effort(cases=200, shrink=20)
    report = mutate(rule_set, allowed=allowed, effort=effort, processes=1)
    change = by_change(report)["7 days", "8 days"]
    assert (change.state, change.because) == (State.ALLOWED, "a week is only a habit")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("- item: X\n  before: a\n  after: b\n", "must have `because`"),
        ("- item: X\n  before: a\n  after: b\n  because: \n", "`because` must be a text"),
        ("item: X\n", "must be a list"),
        ("- item: X\n  befor: a\n  after: b\n  because: c\n", "no key `befor`"),
    ],
)
def test_a_list_that_cannot_be_read_says_where(text: str, said: str, tmp_path: Path) -> None:
    path = tmp_path / "unnoticed.yaml"
    path.write_text(text)
    _, faults = read_allowed(path)
    assert said in " ".join(fault.message for fault in faults)
    assert all(fault.span is not None for fault in faults)
