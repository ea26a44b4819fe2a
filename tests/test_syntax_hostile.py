"""Texts that were not written to be read: a message, or a tree, and never anything else."""

import copy
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from policyengine.diagnostics.text import render_all
from policyengine.source import SourceFile
from policyengine.syntax import parse_expression, parse_file
from policyengine.syntax.reader import reader
from policyengine.syntax.tree import Or
from tests.syntax_desk import RULE, faults_of
from tests.test_syntax_layout import PAGE

WORDS = sorted(reader()._words.values())
PIECES = [*WORDS, '"', '"text"', "7", "2026-01-01", "CTO-01", "name", ".field", "\n", "\n - ", "#"]


def codes(text: str) -> list[str]:
    return [fault.code for fault in faults_of(text)]


# --- depth ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("depth", [1, 63, 64])
def test_so_deep_is_read(depth: int) -> None:
    assert codes(RULE + "when " + "(" * depth + "a" + ")" * depth) == []
    assert codes(RULE + "when " + "not " * depth + "a") == []
    half = depth // 2
    assert codes(RULE + "when " + "not (" * half + "a" + ")" * half) == []


@pytest.mark.parametrize("depth", [65, 100, 100_000])
def test_deeper_is_not(depth: int) -> None:
    assert codes(RULE + "when " + "(" * depth + "a" + ")" * depth) == ["SYN020"]
    assert codes(RULE + "when " + "not " * depth + "a") == ["SYN020"]
    assert codes(RULE + "when " + "not (" * (depth // 2 + 1) + "a") == ["SYN020"]
    assert codes(RULE + "when " + "(" * depth) == ["SYN020"]


def test_brackets_in_texts_and_comments_do_not_count() -> None:
    assert codes(RULE + 'source "' + "(" * 200 + '"\n#' + "(" * 200) == []


def test_many_brackets_beside_one_another_are_not_deep() -> None:
    assert codes(RULE + "when " + " and ".join(["(not a)"] * 500)) == []


@pytest.mark.parametrize(
    ("form", "innermost"),
    [
        ("number of words in {}", "a"),
        ("age of {} at as_at", "a"),
        ("days from a to {}", "a"),
        ("similarity of {} to b", "a"),
        ("number of new words in {} since b", "a"),
    ],
)
def test_what_nests_without_brackets_is_bounded(form: str, innermost: str) -> None:
    text = innermost
    for _ in range(60):
        text = form.format(text)
    assert codes(RULE + f"when {text} is 3") == []
    for _ in range(3000):
        text = form.format(text)
    assert "SYN020" in codes(RULE + f"when {text} is 3")


@pytest.mark.parametrize("form", ["start of month of {}", "end of 1 month beginning with {}"])
def test_dates_of_dates_are_bounded(form: str) -> None:
    text = "t"
    for _ in range(3000):
        text = form.format(text)
    assert "SYN020" in codes(RULE + f"must show no later than {text} that a")


def test_a_long_sum_is_bounded() -> None:
    assert codes(RULE + "when " + " + ".join(["a"] * 90) + " is 3") == []
    assert "SYN020" in codes(RULE + "when " + " + ".join(["a"] * 5000) + " is 3")


def test_the_trees_that_are_made_can_be_walked() -> None:
    """Whatever was refused, no tree is deeper than Python's own functions bear."""
    deep = "not (a and " * 31 + "there is a k where (b is c + 1)" + ")" * 31
    tree, faults = parse_file(SourceFile("t", RULE + "when " + deep))
    assert faults == []
    assert tree == copy.deepcopy(tree)
    assert repr(tree)
    assert sys.getrecursionlimit() == 1000 or sys.getrecursionlimit() > 0


def test_a_thousand_terms_are_flat() -> None:
    terms = " or ".join(f"a{number} is {number}" for number in range(1000))
    tree, faults = parse_expression(SourceFile("t", terms))
    assert faults == [] and isinstance(tree, Or)
    assert len(tree.items) == 1000


def test_ten_thousand_of_everything() -> None:
    assert codes(RULE + "when is_one_of is one of (" + ", ".join(['"x"'] * 10_000) + ")") == []
    assert codes(RULE + "when cto" + ".a" * 10_000) == []
    assert codes(RULE + "when all of\n" + "- a\n" * 10_000) == []
    assert codes(RULE + 'say "' + "{a}" * 3000 + '"') == []
    assert codes(RULE + "let x be " + "1 if a, " * 5000 + "otherwise 2") == []


# --- texts, signs and places ---------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        '"',
        'policy "',
        'policy "\\"',
        'policy "\\',
        RULE + 'say "{',
        RULE + 'say "{"',
        RULE + 'say "{a mentions \\"}',
        RULE + 'say "{a mentions \\"x}\\" and }"',
        RULE + 'say "\\{a\\}"',
        RULE + 'say "{a is \\\\}"',
        "\n - ",
        "- a",
        "\x00",
        "\ud800",
        ".",
        "#",
        "policy",
        "rule",
        "example",
        "\u2028policy",
    ],
)
def test_scraps(text: str) -> None:
    faults = faults_of(text)
    assert render_all(faults) or not faults


def test_a_hundred_messages_are_enough() -> None:
    assert 90 <= len(faults_of("rule\n" * 5000)) <= 100


def test_an_unterminated_text_of_a_mebibyte() -> None:
    text = RULE + '  say "' + "word \n" * 150_000
    assert codes(text) == ["SYN003"]


@pytest.mark.parametrize(
    "piece", ["at ", "at #\n", '"', "\\", "{", ". ", "- ", "\n- ", "9", "9-", "a-"]
)
def test_a_great_many_of_one_thing(piece: str) -> None:
    text = RULE + "  when " + piece * (200_000 // len(piece))
    assert faults_of(text)


# --- anything at all -----------------------------------------------------------------------------


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=200))
def test_any_text(text: str) -> None:
    for start in ("", RULE, 'policy "P"\nexample "e" as at 2026-01-01\n'):
        render_all(faults_of(start + text))
    render_all(parse_expression(SourceFile("t", text))[1])


@settings(max_examples=250, deadline=None)
@given(st.lists(st.sampled_from(PIECES), max_size=25), st.sampled_from(["", RULE]))
def test_any_words(words: list[str], start: str) -> None:
    text = start + " ".join(words)
    faults = faults_of(text)
    render_all(faults)
    for fault in faults:
        assert fault.span is not None
        assert 0 <= fault.span.start <= fault.span.end <= len(text)


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_a_page_with_a_piece_lost_or_put_in(data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(PAGE)))
    length = data.draw(st.integers(0, 20))
    piece = data.draw(st.sampled_from(["", *PIECES]))
    text = PAGE[:at] + piece + PAGE[at + length :]
    render_all(faults_of(text))


@settings(max_examples=80, deadline=None)
@given(st.binary(max_size=120))
def test_any_bytes(data: bytes) -> None:
    from policyengine.syntax.characters import forbidden, text_of

    text, faults = text_of("t", data)
    if text is None:
        assert faults
        return
    source = SourceFile("t", text)
    render_all(forbidden(source) or parse_file(source)[1])
