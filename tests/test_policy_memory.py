"""A pass that remembers the one before finds what a pass that remembers nothing would find."""

import random
import re
from pathlib import Path

import pytest

from policyengine.policy.memory import Memory
from policyengine.policy.settle import Settled, settle_set
from policyengine.schema import load_schema
from policyengine.shipped import shipped
from policyengine.source import SourceFile
from policyengine.syntax import parse_file
from policyengine.syntax.tree import PolicyFile

SCHEMA = load_schema(shipped("rules") / "schema.yaml")[0]
TOPICS = ("community_treatment_orders", "care_plans")

DECLARED = """policy "Shared"
setting window is 7 days "Ours"
setting form is one of ("CTO11", "CTO12")
define cto.in_force as started_on is on or before as_at and ended_on is after as_at
define cto.lasting as in_force and expires_on is after as_at
gather event from cto by started_on, hospital_stay by discharged_at
"""
RULES = """policy "Rules"
rule A-1 "told" for each cto where in_force
  must have a rights_discussion within window after cto.started_on where spoken
rule A-2 "told again" for each cto when cto.lasting
  must have a rights_discussion at least every window from cto.started_on
rule A-3 "looked at" for each event
  must have a care_plan_review within 7 days after event.date
rule A-4 "known" must show case.date_of_birth is recorded
example "told" for A-1 as at 2026-02-01
  given cto: started_on 2026-01-01
  given setting window is 3 days
  given rights_discussion: date 2026-01-03, spoken yes
  expect met
example "known" for A-4 as at 2026-02-01
  expect breached
"""


def read(name: str, text: str) -> PolicyFile:
    return parse_file(SourceFile(name, text))[0]


def found(settled: Settled) -> tuple[object, ...]:
    """What a pass says, places and all."""
    notes = [
        (
            n.code,
            n.message,
            n.span and (n.span.file.name, n.span.start, n.span.end),
            n.hints,
            n.labels,
        )
        for n in settled.diagnostics
    ]
    return settled.plan, settled.plan and settled.plan.digest, notes


def same(files: list[PolicyFile], memory: Memory) -> Settled:
    assert SCHEMA is not None
    remembered = settle_set(files, SCHEMA, memory=memory)
    assert found(remembered) == found(settle_set(files, SCHEMA))
    return remembered


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("7 days", "8 days"),
        ("7 days", "7 hours"),
        ("setting window", "setting windows"),
        ('("CTO11", "CTO12")', '("CTO11")'),
        ("ended_on is after as_at", "ended_on is open"),
        ("expires_on is after as_at", "expires_on"),
        ("cto.lasting", "cto.enduring"),
        ("cto.in_force as", "cto.in_force as lasting and"),
        ("hospital_stay by discharged_at", "hospital_stay by admitted_at"),
        ("gather event", "gather happening"),
        ("discharged_at", "discharged"),
        ("define cto.in_force", "define cto.started_on"),
        ('policy "Shared"', 'policy "Shared" owner "Somebody"'),
        ("define cto.lasting", "define cto.in_force"),
    ],
)
def test_a_changed_declaration_reaches_what_speaks_of_it_and_back(old: str, new: str) -> None:
    memory, rules = Memory(), read("rules.policy", RULES)
    first = same([read("shared.policy", DECLARED), rules], memory)
    assert first.plan is not None
    assert old in DECLARED
    same([read("shared.policy", DECLARED.replace(old, new, 1)), rules], memory)
    same([read("shared.policy", DECLARED), rules], memory)


def test_what_was_wrong_for_a_while_is_not_remembered_from_before() -> None:
    memory, rules = Memory(), read("rules.policy", RULES)
    shared, other = read("shared.policy", DECLARED), read("other.policy", 'policy "Other"\n')
    for old, new in (
        ("7 days", "yes"),
        ("started_on is on or before as_at", "expires_on"),
        ("gather event", "gather happening"),
    ):
        same([shared, rules, other], memory)
        broken = read("shared.policy", DECLARED.replace(old, new, 1))
        assert same([broken, rules, other], memory).plan is None
        assert (
            same([broken, rules, read("other.policy", 'policy "Another"\n')], memory).plan is None
        )


def test_a_rule_whose_file_is_the_same_is_not_settled_again() -> None:
    assert SCHEMA is not None
    memory, rules = Memory(), read("rules.policy", RULES)
    before = same([read("shared.policy", DECLARED), rules], memory)
    text = DECLARED.replace("hospital_stay by discharged_at", "hospital_stay by admitted_at")
    after = settle_set([read("shared.policy", text), rules], SCHEMA, memory=memory)
    kept = [before.rules[name][0] is after.rules[name][0] for name in ("A-1", "A-2", "A-3", "A-4")]
    assert kept == [True, True, False, True]


def test_a_policys_new_title_reaches_its_rules() -> None:
    memory = Memory()
    same([read("shared.policy", DECLARED), read("rules.policy", RULES)], memory)
    now = same([read("shared.policy", DECLARED), read("rules.policy", RULES[8:])], memory)
    assert now.plan is None


def shipped_files() -> dict[str, str]:
    return {
        str(path): path.read_text("utf-8")
        for topic in TOPICS
        for path in sorted(Path(shipped("rules"), topic).glob("*.policy"))
    }


def test_random_edits_of_shipped_rules_give_what_a_fresh_pass_gives() -> None:
    drawn = random.Random(7)
    texts = shipped_files()
    files = {name: read(name, text) for name, text in texts.items()}
    memory = Memory()
    same(list(files.values()), memory)
    words = re.findall(r"\b[a-z_]{4,}\b", "\n".join(texts.values()))
    for _ in range(25):
        name = drawn.choice(sorted(texts))
        text = texts[name]
        at = drawn.choice([m.start() for m in re.finditer(r"\b\w", text)])
        end = at + len(re.match(r"\w+", text[at:])[0])  # type: ignore[index]
        edited = text[:at] + drawn.choice(["", "x", *drawn.sample(words, 3)]) + text[end:]
        files[name] = read(name, edited)
        same(list(files.values()), memory)
        if drawn.random() < 0.6:
            files[name] = read(name, text)
            same(list(files.values()), memory)
        else:
            texts[name] = edited
