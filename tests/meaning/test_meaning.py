"""The meaning, by worked examples that a person can check against the language's own rules.

Each folder here holds policy files and the `schema.yaml` that they are written over. A file's name
begins with the rule of meaning that it pins (`S07_have.policy`).
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from policyengine.tooling.examples import run_examples

HERE = Path(__file__).parent
TESTS = HERE.parent
POLICIES = sorted(path for glob in ("*.policy", "*.policy.md") for path in HERE.rglob(glob))
RULES_OF_MEANING = [f"S{number}" for number in range(1, 27)]

_EXAMPLE = re.compile(r'^[ \t]*example[ \t]+"', re.MULTILINE)
_CITED = re.compile(r"(?:^|[^A-Za-z0-9])[Ss]0*([1-9][0-9]*)(?![A-Za-z0-9])")


def test_there_are_policies() -> None:
    """A glob that matches nothing would pass every other test here."""
    assert POLICIES


@pytest.mark.parametrize("path", POLICIES, ids=lambda path: path.relative_to(HERE).as_posix())
def test_every_example_holds(path: Path) -> None:
    """Each example gives the verdict and the deadline that its author worked out by hand."""
    results, diagnostics = run_examples([path], path.parent / "schema.yaml")
    failed = [
        f"{path.name}:{result.line}: {result.example_title}: {result.detail}"
        for result in results
        if not result.passed
    ]
    written = len(_EXAMPLE.findall(path.read_text("utf-8")))
    faults = [f"{note.code}: {note.message}" for note in diagnostics]
    assert not failed, "\n".join([f"{len(failed)} of {written} examples fail", *failed])
    assert len(results) >= written, "\n".join(["some examples did not run", *faults])


@pytest.mark.parametrize("rule", RULES_OF_MEANING)
def test_every_rule_of_meaning_is_cited(rule: str) -> None:
    """Some test names the rule: a policy by its file's name, a Python test by name or docstring."""
    assert rule in set(_citations())


def _citations() -> Iterator[str]:
    for path in POLICIES:
        yield from _cited_in(path.name)
    for path in TESTS.rglob("test_*.py"):
        if path != Path(__file__):
            for text in _names_and_docstrings(ast.parse(path.read_text("utf-8"))):
                yield from _cited_in(text)


def _cited_in(text: str) -> Iterator[str]:
    # `S07_have` cites S7: an underscore ends the number.
    for number in _CITED.findall(text.replace("_", " ")):
        yield f"S{number}"


def _names_and_docstrings(module: ast.Module) -> Iterator[str]:
    yield ast.get_docstring(module) or ""
    for node in ast.walk(module):
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            yield node.name
            yield ast.get_docstring(node) or ""
