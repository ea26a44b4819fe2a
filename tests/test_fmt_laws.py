"""Laws of the formatter: what is laid out reads the same, and laying it out again changes nothing.

Tried here on every policy of the repository, and with comments put wherever one can stand.
"""

import re
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from policyengine.source import SourceFile
from policyengine.syntax import parse_file, read_source
from policyengine.syntax import tree as t
from policyengine.syntax.hosts import read_blocks
from policyengine.tooling.fmt import format_source
from policyengine.tooling.fmt.clauses import in_order

ROOT = Path(__file__).resolve().parents[1]
POLICIES = sorted(
    str(path.relative_to(ROOT))
    for folder in ("rules", "tests/meaning", "grammar/reference")
    for path in (ROOT / folder).rglob("*.*")
    if path.suffix == ".policy" or (path.suffix == ".md" and "```policy" in path.read_text("utf-8"))
)


def ordered(file: t.PolicyFile) -> list[object]:
    """The items, the clauses of each rule in the order in which they are written."""
    return [
        t.RuleItem(id=item.id, title=item.title, clauses=in_order(item.clauses), span=item.span)
        if isinstance(item, t.RuleItem)
        else item
        for item in file.items
    ]


def test_there_are_policies() -> None:
    assert len(POLICIES) > 30


@pytest.mark.parametrize("name", POLICIES)
def test_a_policy_of_the_repository_reads_the_same_once_it_is_laid_out(name: str) -> None:
    source, faults = read_source(str(ROOT / name))
    assert source is not None and not faults
    first = format_source(source)
    assert not first.diagnostics
    again = read_source_of(source.name, first.text)
    assert format_source(again).text == first.text
    before, after = parse_file(source)[0], parse_file(again)[0]
    assert ordered(before) == ordered(after)
    assert Counter(remarks(before)) == Counter(remarks(after))


def read_source_of(name: str, text: str) -> SourceFile:
    return read_blocks(name, text)[0] if name.endswith(".md") else SourceFile(name, text)


def remarks(file: t.PolicyFile) -> list[str]:
    return [comment.text.rstrip() for comment in file.comments]


PIECE = re.compile(r'"[^"\\]*(?:\\[\s\S][^"\\]*)*"|#[^\n]*|\s+|[^\s"#]+')


def snippets() -> list[str]:
    """The items of every policy, a few at a time."""
    found = []
    for name in POLICIES:
        source, _ = read_source(str(ROOT / name))
        assert source is not None
        spans = [item.span for item in parse_file(source)[0].items]
        found += ["\n".join(span.text for span in spans[at : at + 2]) for at in range(len(spans))]
    return found


SNIPPETS = snippets()


@st.composite
def remarked(draw: st.DrawFn) -> str:
    """A few items with comments put in anywhere, and line breaks as they come."""
    pieces = PIECE.findall(draw(st.sampled_from(SNIPPETS)))
    gaps = [at for at, piece in enumerate(pieces) if piece.isspace()]
    for number, at in enumerate(draw(st.lists(st.sampled_from(gaps), max_size=5))):
        remark = draw(
            st.sampled_from(("  # n{}\n", "\n# n{}\n", "\n      # n{}\n  ", "\n\n #n{} \n\n"))
        )
        pieces[at] += remark.format(number) if draw(st.integers(0, 9)) else "\n"
    return "".join(pieces)


@settings(max_examples=500, deadline=None)
@given(remarked())
def test_comments_are_kept_wherever_they_stand(text: str) -> None:
    source = SourceFile("remarked.policy", text)
    before, notes = parse_file(source)
    assume(not notes)
    result = format_source(source)
    assert not result.diagnostics, text
    again = SourceFile("remarked.policy", result.text)
    after, faults = parse_file(again)
    assert not faults
    assert ordered(after) == ordered(before)
    assert Counter(remarks(after)) == Counter(remarks(before))
    assert format_source(again).text == result.text
