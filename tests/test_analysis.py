"""What is proved of rules: that it is true of what the engine says, and that it is found."""

import itertools
import json
from collections import Counter
from pathlib import Path

import pytest
import z3

from policyengine.analysis.claims import Answer, Claim, Unsettled
from policyengine.analysis.questions import analysed
from policyengine.analysis.verdicts import Reckoner, places_of
from policyengine.analysis.world import World
from policyengine.commands.main import main
from policyengine.plan import core
from policyengine.policy.load import load_rules
from policyengine.shipped import shipped
from policyengine.tooling.searching import Bench, SmallCase
from policyengine.tooling.searching.model import Row
from policyengine.tooling.searching.seeds import seeds_of
from policyengine.values.verdict import Verdict
from tests.analysis_desk import bound

REFERENCE = sorted((shipped("grammar") / "reference").glob("*.md"))


def checked(*paths: Path) -> core.Plan:
    loaded = load_rules([str(path) for path in paths], None)
    assert loaded.plan is not None
    return loaded.plan


# --- what the engine says is possible for the solver -------------------------------------------


def disagreements(plan: core.Plan, rule: core.Rule, cases: list[SmallCase]) -> list[str]:
    """The verdicts of the engine that the formulas rule out."""
    bench = Bench(plan, rule.id)
    made: dict[int, Possible] = {}
    return [
        f"{rule.id} {row.subject} {row.verdict.value}: {case}"
        for case in cases
        for row in bench.rows(bench.stage(case))
        if not _allows(plan, rule, case, row, made)
    ]


class Possible:
    """The made-up case of one rule, so large, and a solver that knows it."""

    def __init__(self, plan: core.Plan, rule: core.Rule, size: int) -> None:
        self.world = World(plan, size)
        self.judged = {
            place: Reckoner(self.world, rule, place).judged()
            for place in places_of(self.world, rule)
        }
        self.solver = z3.Solver()
        self.solver.set("timeout", 20_000)
        self.solver.add(*self.world.facts)

    def allows(self, *conditions: object) -> bool:
        """Whether these can hold together."""
        return bool(self.solver.check(*conditions) == z3.sat)


def _allows(
    plan: core.Plan, rule: core.Rule, case: SmallCase, row: Row, made: dict[int, Possible]
) -> bool:
    labels = row.subject.split("+")
    counted = Counter(each.kind for each in case.records if each.kind != "case")
    size = max([2, *counted.values()])
    if size not in made:
        made[size] = Possible(plan, rule, size)
    possible = made[size]
    judged = list(possible.judged.values())
    gathering = plan.gatherings.get(rule.subject.kind)
    if gathering is not None:
        field = labels[0].split(".")[1]
        judged = [
            each
            for place, each in possible.judged.items()
            if gathering.sources[place // size].field == field
        ]
    first, second = labels[0].split(".")[0], labels[1] if len(labels) > 1 else None
    possible.solver.push()
    possible.solver.add(*bound(possible.world, case, first, second))
    try:
        assert possible.allows(), "the case does not fit the made-up one"
        watched = [each for each in judged if possible.allows(each.watched)]
        if not watched:  # not in force: then it is another version that judges, or none
            several = len([each for each in plan.rules if each.id == rule.id]) > 1
            return several or row.verdict is Verdict.NOT_APPLICABLE
        return any(possible.allows(each.watched, each.verdicts[row.verdict]) for each in watched)
    finally:
        possible.solver.pop()


SHIPPED = checked(shipped("rules"))
# Each sort of duty, of subject and of window is among them; every fourth rule beside.
TRIED = [
    rule
    for number, rule in enumerate(SHIPPED.rules)
    if number % 4 == 0 or rule.subject.kind in SHIPPED.gatherings or rule.subject.companion
]


@pytest.mark.parametrize("rule", TRIED, ids=lambda rule: f"{rule.id}-{rule.applies_from}")
def test_the_formulas_allow_what_the_engine_says(rule: core.Rule) -> None:
    cases = [case for case in seeds_of(SHIPPED, rule.id) if not case.no_history]
    assert disagreements(SHIPPED, rule, cases) == []


@pytest.mark.parametrize("page", REFERENCE, ids=lambda page: page.stem)
def test_and_on_every_page_of_the_reference(page: Path) -> None:
    plan = checked(page)
    for rule in plan.rules:
        cases = [case for case in seeds_of(plan, rule.id) if not case.no_history]
        assert disagreements(plan, rule, cases) == []


# --- what is found -----------------------------------------------------------------------------

HEAD = """\
policy "Tried"

setting window is 7 days "Local."

"""
RULE = """\
rule R-0{number} "Tried"
  severity low
  source "Trust policy"
  for each cto
{clauses}
"""


def claims(tmp_path: Path, *rules: str, seconds: float = 20.0) -> list[Answer]:
    (tmp_path / "schema.yaml").write_text((shipped("rules") / "schema.yaml").read_text())
    codes = shipped("rules") / "codes"
    (tmp_path / "codes").mkdir(exist_ok=True)
    for each in codes.iterdir():
        (tmp_path / "codes" / each.name).write_text(each.read_text())
    several = [
        RULE.format(number=number, clauses=clauses) for number, clauses in enumerate(rules, 1)
    ]
    file = tmp_path / "tried.policy"
    file.write_text(HEAD + "\n".join(several))
    plan = checked(file)
    return list(analysed(plan, sorted({rule.id for rule in plan.rules}), seconds))


def codes(found: list[Answer]) -> list[tuple[str, ...]]:
    assert not [each for each in found if isinstance(each, Unsettled)]
    return [(each.code, *each.rules) for each in found if isinstance(each, Claim)]


EXPLAINED = "  must have a rights_discussion within {0} after cto.started_on\n"

# Each flaw beside its nearest neighbour that has none.
FLAWS = [
    (
        "  when cto.started_on is after cto.signed_on + 3 days\n"
        "    and cto.started_on is before cto.signed_on + 4 days and cto.other_conditions\n"
        + EXPLAINED.format("window"),
        "  when cto.started_on is after cto.signed_on + 3 days\n"
        "    and cto.started_on is before cto.signed_on + 5 days and cto.other_conditions\n"
        + EXPLAINED.format("window"),
        "ANA001",
    ),
    (
        EXPLAINED.format("window") + "    where spoken and not rights_discussion.spoken\n",
        EXPLAINED.format("window") + "    where spoken and not rights_discussion.in_writing\n",
        "ANA001",
    ),
    (
        (
            "  must show any of (cto.started_on is on or before 2021-01-01,\n"
            "    cto.started_on is after 2021-01-01)\n"
        ),
        (
            "  must show any of (cto.started_on is before 2021-01-01,\n"
            "    cto.started_on is after 2021-01-01)\n"
        ),
        "ANA002",
    ),
    (
        (
            "  must show all of (cto.signed_on is before cto.started_on,\n"
            "    cto.signed_on is after cto.started_on)\n"
        ),
        (
            "  must show all of (cto.signed_on is before cto.started_on + 2 days,\n"
            "    cto.signed_on is after cto.started_on)\n"
        ),
        "ANA003",
    ),
    (
        "  unless there is a rights_discussion where (spoken and in_writing)\n"
        '    because "a"\n'
        "  unless there is a rights_discussion where (spoken)\n"
        '    because "b"\n' + EXPLAINED.format("window"),
        "  unless there is a rights_discussion where (spoken and in_writing)\n"
        '    because "a"\n'
        "  unless there is a rights_discussion where (spoken and not in_writing)\n"
        '    because "b"\n' + EXPLAINED.format("window"),
        "ANA004",
    ),
]


@pytest.mark.parametrize(("flawed", "sound", "code"), FLAWS, ids=[
    "when", "where", "never breached", "never met", "unless",
])  # fmt: skip
def test_a_flaw_is_proved_and_its_neighbour_is_left_alone(
    tmp_path: Path, flawed: str, sound: str, code: str
) -> None:
    assert (code, "R-01") in codes(claims(tmp_path, flawed))
    assert (code, "R-01") not in codes(claims(tmp_path, sound))


def test_the_parts_that_cannot_hold_together_are_named(tmp_path: Path) -> None:
    (claim,) = (each for each in claims(tmp_path, FLAWS[0][0]) if isinstance(each, Claim))
    assert claim.parts == (
        "cto.started_on is after cto.signed_on + 3 days",
        "cto.started_on is before cto.signed_on + 4 days",
    )


def test_two_rules_that_cannot_both_be_met(tmp_path: Path) -> None:
    must, never = (
        "  must have a rights_discussion\n",
        "  must not have a rights_discussion\n",
    )
    found = claims(tmp_path, must, never)
    assert ("ANA005", "R-01", "R-02") in codes(found)
    (claim,) = (each for each in found if isinstance(each, Claim) and each.code == "ANA005")
    assert claim.example is not None and "expect" in claim.example
    spoken = "  must not have a rights_discussion\n    where spoken\n"
    assert codes(claims(tmp_path, must, spoken)) == []


def test_a_rule_that_adds_nothing_to_another(tmp_path: Path) -> None:
    seven, fourteen = EXPLAINED.format("window"), EXPLAINED.format("14 days")
    spoken = EXPLAINED.format("14 days") + "    where spoken\n"
    assert codes(claims(tmp_path, seven, fourteen)) == [("ANA006", "R-02", "R-01")]
    assert codes(claims(tmp_path, seven, spoken)) == []


def test_a_rule_that_counts_is_looked_at_with_records_enough(tmp_path: Path) -> None:
    many = "  when number of rights_discussions is at least {0}\n" + EXPLAINED.format("window")
    assert codes(claims(tmp_path, many.format(5))) == []
    (answer,) = claims(tmp_path, many.format(60))
    assert isinstance(answer, Unsettled)
    fewer = "  when number of rights_discussions is less than {0}\n" + EXPLAINED.format("window")
    assert codes(claims(tmp_path, fewer.format(0))) == [("ANA001", "R-01")]


def test_nothing_is_claimed_of_what_is_only_bounded(tmp_path: Path) -> None:
    """A month is 28 to 31 days: nothing between is ruled out, and nothing beyond is allowed."""
    clause = "  when cto.started_on + 1 month is {0} cto.started_on + {1} days\n"
    duty = EXPLAINED.format("window")
    assert codes(claims(tmp_path, clause.format("before", 28) + duty))[0] == ("ANA001", "R-01")
    assert codes(claims(tmp_path, clause.format("before", 31) + duty)) == []


def test_a_short_time_blocks_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    claims(tmp_path, FLAWS[0][0])
    file = str(tmp_path / "tried.policy")
    assert main(["check", file, "--analyse", "--seconds", "0.001"]) == 0
    capsys.readouterr()


def test_the_command_says_what_was_proved_and_of_what(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    claims(tmp_path, FLAWS[2][0])
    file = str(tmp_path / "tried.policy")
    assert main(["check", file, "--analyse"]) == 0
    said = capsys.readouterr().out
    assert "ANA002: R-01: it can never be breached" in said
    assert "complete and valid records, two of each kind" in said
    assert main(["check", file, "--analyse", "--format", "json"]) == 0
    made = json.loads(capsys.readouterr().out)
    assert [each["code"] for each in made["proved"]] == ["ANA002"]
    assert main(["check", file, "--analyse", "--seconds", "0"]) == 2


def test_every_example_that_is_shown_is_what_the_engine_says(tmp_path: Path) -> None:
    found = claims(tmp_path, *[flaw for flaw, _, _ in FLAWS])
    shown = [each.example for each in found if isinstance(each, Claim) and each.example]
    assert len(shown) >= 5
    file = tmp_path / "tried.policy"
    with file.open("a") as stream:
        stream.writelines(itertools.chain.from_iterable(("\n", each) for each in shown))
    assert main(["test", str(file), "-q"]) == 0
