"""What the language server takes a name for is what the checker takes it for."""

from collections.abc import Iterable
from pathlib import Path

import pytest

from policyengine.diagnostics import Diagnostic, Fix
from policyengine.lsp.mends import mends
from policyengine.lsp.names import Occurrence, occurrences
from policyengine.lsp.rule_set import RuleSet
from policyengine.plan import core
from policyengine.policy.load import schema_beside
from policyengine.policy.settle import settle_set
from policyengine.policy.tree_walk import walk
from policyengine.schema import load_schema
from policyengine.shipped import shipped
from policyengine.source import Span
from policyengine.syntax import find_rule_files, parse_file, read_source

ROOT = Path(__file__).resolve().parents[1]
SETS = {
    "rules": sorted(find_rule_files([str(shipped("rules"))])[0]),
    **{
        f"meaning/{path.name}": [str(path)]
        for path in sorted((ROOT / "tests/meaning").rglob("*.policy"))
    },
}
REJECTED = sorted(path for path in (ROOT / "tests" / "rejected").glob("*.policy"))


def place(span: Span) -> tuple[str, int]:
    return span.file.name, span.end


@pytest.mark.parametrize("paths", SETS.values(), ids=SETS.keys())
def test_every_name_of_a_plan_is_found_where_it_stands(paths: list[str]) -> None:
    schema = load_schema(schema_beside(paths))[0]
    assert schema is not None
    sources = [read_source(path)[0] for path in paths]
    files = [parse_file(source)[0] for source in sources if source is not None]
    settled = settle_set(files, schema)
    found: dict[tuple[str, int], Occurrence] = {}
    for file in files:
        found |= {place(each.span): each for each in occurrences(file, settled.words)}
    plan = settled.plan
    assert plan is not None
    missed = []
    names_of_rules = {place(rule.name_span) for rule in plan.rules}
    for node in walk((*plan.rules, *plan.definitions.values(), *plan.gatherings.values())):
        match node:
            case core.Field(kind=kind, name=name, span=span):
                wanted = ("field", name, kind)
            case core.Derived(kind=kind, name=name, span=span):
                wanted = ("define", name, kind)
            case core.SettingValue(name=name, span=span):
                wanted = ("setting", name, "")
            case core.RecordSet(kind=kind, span=span):
                wanted = ("gather" if kind in plan.gatherings else "kind", kind, "")
            case _:
                continue
        if place(span) in names_of_rules:
            continue  # what triggers a rule stands nowhere in it
        seen = found.get(place(span))
        if isinstance(node, core.RecordSet) and seen is not None and seen.symbol.sort == "alias":
            continue
        if seen is None or (seen.symbol.sort, seen.symbol.name, seen.symbol.of) != wanted:
            missed.append((wanted, span.text, seen))
    assert missed == []


def applied(text: str, fixes: Iterable[Fix]) -> str:
    """A text with these changes made."""
    for fix in sorted(fixes, key=lambda each: each.span.start, reverse=True):
        text = text[: fix.span.start] + fix.replacement + text[fix.span.end :]
    return text


class Desk:
    """A rule set of one file, whose text changes."""

    def __init__(self) -> None:
        self.text = ""
        self.rule_set = RuleSet([], lambda path: self.text, shipped("rules") / "schema.yaml")
        self.rule_set.opened.add("rules.policy")

    def notes(self, text: str) -> list[Diagnostic]:
        """What is told of a file that has this text."""
        self.text = text
        self.rule_set.edited()
        return self.rule_set.check().notes["rules.policy"]


@pytest.fixture(scope="module")
def desk() -> Desk:
    return Desk()


@pytest.mark.parametrize("path", REJECTED, ids=lambda path: path.name)
def test_a_mend_takes_its_message_away_and_brings_no_other(path: Path, desk: Desk) -> None:
    text = path.read_text("utf-8", errors="replace")
    before = desk.notes(text)
    for note in before:
        for mend in mends(note):
            assert note.span is not None
            after = desk.notes(applied(text, mend.fixes))
            told = [(each.code, each.message) for each in after]
            assert (note.code, note.message) not in told, mend.title
            assert len(after) <= len(before), mend.title


def test_what_was_perhaps_meant_is_offered(desk: Desk) -> None:
    offered = [
        path.name
        for path in REJECTED
        if any(list(mends(note)) for note in desk.notes(path.read_text("utf-8", errors="replace")))
    ]
    assert {"NAM003", "NAM009", "NAM011", "SYN002"} <= {name.partition(".")[0] for name in offered}
