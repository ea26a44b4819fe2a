"""The language reference: every page's examples come out, every mistake it shows is refused."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from policyengine.diagnostics.model import Diagnostic, Severity
from policyengine.tooling.examples import ExampleResult, run_examples

GRAMMAR = Path(__file__).parents[1] / "grammar"
REFERENCE = GRAMMAR / "reference"
SCHEMA = REFERENCE / "schema.yaml"
PAGES = sorted(REFERENCE.glob("*.md"))
ALL_TEXT = "\n".join(page.read_text(encoding="utf-8") for page in PAGES)

REJECTED = re.compile(r"^```policy rejected\n(.*?)^```$", re.MULTILINE | re.DOTALL)
POLICY = re.compile(r"^```policy\n(.*?)^```$", re.MULTILINE | re.DOTALL)
QUOTED_WORD = re.compile(r'"([a-z_]+)"')
MEANINGS = [f"S{number}" for number in range(1, 27)]


def _rejected_blocks() -> list[tuple[str, str]]:
    """Each block that must be refused, named by its page and its place on it."""
    return [
        (f"{page.stem}-{number}", block)
        for page in PAGES
        for number, block in enumerate(REJECTED.findall(page.read_text(encoding="utf-8")), 1)
    ]


def _run(text: str, name: str, folder: Path) -> tuple[list[ExampleResult], list[Diagnostic]]:
    """Run a policy, given as text, from a file of its own beside nothing else."""
    path = folder / name
    path.write_text(text, encoding="utf-8")
    results, diagnostics = run_examples([path], SCHEMA)
    return results, [note for note in diagnostics if note.severity is Severity.ERROR]


def _described(errors: list[Diagnostic]) -> str:
    return "\n".join(
        f"line {note.span.line if note.span else '?'}: {note.code} {note.message}"
        for note in errors
    )


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_every_example_of_a_page_comes_out(page: Path, tmp_path: Path) -> None:
    """A page is read as a policy of prose and rules: its `policy` blocks and no others."""
    results, errors = _run(
        page.read_text(encoding="utf-8"), f"{page.stem.lower()}.policy.md", tmp_path
    )
    assert not errors, _described(errors)
    failed = [result for result in results if not result.passed]
    assert not failed, "\n".join(
        f"line {result.line}: {result.example_title}: {result.detail}" for result in failed
    )
    written = sum(
        len(re.findall(r'^example "', block, re.MULTILINE))
        for block in POLICY.findall(page.read_text(encoding="utf-8"))
    )
    assert len(results) == written > 0


@pytest.mark.parametrize(
    "block",
    [block for _, block in _rejected_blocks()],
    ids=[name for name, _ in _rejected_blocks()],
)
def test_every_rejected_block_is_refused_for_one_reason(block: str, tmp_path: Path) -> None:
    """One mistake, one message, and the message points at a line of the block."""
    results, errors = _run(block, "rejected.policy", tmp_path)
    assert results == []
    assert len(errors) == 1, _described(errors) or "nothing was found wrong with it"
    span = errors[0].span
    assert span is not None
    assert 1 <= span.line <= block.count("\n")


def test_where_a_page_promises_the_nearest_name_it_is_offered(tmp_path: Path) -> None:
    """A page's promise about a message is kept by the message."""
    promise = re.compile(
        r"the message offers the nearest[^\n]*\n+^```policy rejected\n(.*?)^```$",
        re.MULTILINE | re.DOTALL,
    )
    promised = promise.findall(ALL_TEXT)
    assert promised
    for block in promised:
        _, errors = _run(block, "misspelt.policy", tmp_path)
        assert any("did you mean" in hint for hint in errors[0].hints), block


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_a_page_says_what_it_rests_on(page: Path) -> None:
    """Every page names the rules of meaning that it implements, and only ones that exist."""
    cited = set(re.findall(r"\bS\d+\b", page.read_text(encoding="utf-8")))
    assert cited
    assert cited <= set(MEANINGS)


def test_every_page_is_linked_from_the_index() -> None:
    """A reader of the index finds every page, and every link leads somewhere."""
    index = (REFERENCE / "README.md").read_text(encoding="utf-8")
    linked = set(re.findall(r"\]\(([a-z-]+\.md)\)", index))
    assert linked == {page.name for page in PAGES} - {"README.md"}


@pytest.mark.parametrize("page", [*PAGES, GRAMMAR / "README.md"], ids=lambda page: str(page.name))
def test_every_link_leads_somewhere(page: Path) -> None:
    """Links between pages are relative and point at files that exist."""
    for target in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8")):
        assert (page.parent / target).exists(), target


def test_the_meaning_has_a_heading_for_every_rule() -> None:
    """S1 to S26, in order, each once."""
    meaning = (REFERENCE / "meaning.md").read_text(encoding="utf-8")
    assert re.findall(r"^## (S\d+) \S", meaning, re.MULTILINE) == MEANINGS


def test_every_keyword_of_the_grammar_is_on_a_page() -> None:
    """A word that the parser knows and no page shows is a word that no author can learn."""
    lines = (GRAMMAR / "policy.lark").read_text(encoding="utf-8").splitlines()
    rules = "\n".join(line for line in lines if not line.lstrip().startswith("//"))
    keywords = set(QUOTED_WORD.findall(rules))
    assert {"rule", "gather", "unless", "silence"} <= keywords
    shown = set(re.findall(r"[a-z_]+", ALL_TEXT))
    assert keywords - shown == set()
