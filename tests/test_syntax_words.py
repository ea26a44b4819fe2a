"""Where a keyword ends, and where it is a name like any other."""

import pytest

from policyengine.syntax.reader import reader
from policyengine.syntax.words import (
    EXAMPLE_CLAUSES,
    HEADER_CLAUSES,
    RESERVED,
    RULE_CLAUSES,
    TOP_LEVEL,
)
from tests.syntax_desk import clause, expression, faults_of, item, read

VOCABULARY = sorted(word for word in reader()._words.values() if word.replace("_", "").isalpha())
FREE = [word for word in VOCABULARY if word not in RESERVED]
CLAUSE_WORDS = sorted({*TOP_LEVEL, *RULE_CLAUSES, *HEADER_CLAUSES, *EXAMPLE_CLAUSES})


def test_the_vocabulary_is_the_languages() -> None:
    assert {"silence", "counting", "as_at", "either", "similarity", "a", "an"} <= set(VOCABULARY)
    assert set(RESERVED) <= set(VOCABULARY)
    assert set(CLAUSE_WORDS) <= set(FREE)


@pytest.mark.parametrize("word", VOCABULARY)
def test_after_a_dot_every_word_is_a_name(word: str) -> None:
    assert expression(f"cto.{word} is open") == (f"Presence(how='open', operand=cto.{word})")


@pytest.mark.parametrize("word", FREE)
def test_bare_where_a_condition_begins(word: str) -> None:
    """Only what can begin one is looked for there: `the`, `of` and `within` are names."""
    assert expression(word) == word
    assert expression(f"a and {word}") == f"And(items=[a, {word}])"
    assert expression(f"({word} is 3)") == f"Compare(how='is', left={word}, right=3)"
    assert clause(f"for each cto where {word}") == f"ForEach(kind=cto, where={word})"


@pytest.mark.parametrize("word", FREE)
def test_bare_where_only_a_name_can_stand(word: str) -> None:
    assert clause(f"for each {word} as {word}") == f"ForEach(kind={word}, alias={word})"
    assert clause(f"let {word} be 1") == f"Let(name={word}, value=1)"
    assert item(f"setting {word} is 1").startswith(f"Setting(name={word}")
    if word not in ("new", "words"):  # `number of words in ...`
        assert expression(f"number of {word}") == f"NumberOf(kind={word})"
    assert expression(f"there is a {word}") == f"ThereIs(kind={word})"
    assert clause(f"must have a {word}").endswith(f"Have(what={word}))")


@pytest.mark.parametrize("word", CLAUSE_WORDS)
def test_a_clause_word_is_a_name_after_is(word: str) -> None:
    assert expression(f"a is {word}") == f"Compare(how='is', left=a, right={word})"
    assert expression(f"a is on {word}") == f"DateCompare(how='on', left=a, right={word})"
    assert clause(f"must have x within {word} after {word}").endswith(
        f"Within(allowance={word}, side='after', anchor={word})))"
    )


@pytest.mark.parametrize("word", VOCABULARY)
def test_where_fields_are_listed_every_word_is_one(word: str) -> None:
    shape = item(f'example "e" as at 2026-01-01 given r: {word} 1, {word} {word}x expect met')
    assert f"GivenField(field={word}, value=1), GivenField(field={word}, value={word}x)" in shape
    assert item(f"define cto.{word} as a") == f"Define(kind=cto, name={word}, value=a)"
    assert f"field={word})" in item(f"gather g from k by {word}")


@pytest.mark.parametrize("word", RESERVED)
def test_a_reserved_word_cannot_stand_bare(word: str) -> None:
    for text in (f"for each cto as {word}", f"let {word} be 1"):
        (fault,) = faults_of(f'policy "P" rule R-1 "t" {text}')
        assert fault.code == "SYN007"
        assert fault.span is not None and fault.span.text == word


@pytest.mark.parametrize("word", VOCABULARY)
def test_a_keyword_is_not_the_beginning_of_a_name(word: str) -> None:
    """`ory`, `not_x`, `is1` are names, whatever may stand at the place."""
    for name in (f"{word}y", f"{word}_x", f"{word}1"):
        if name in VOCABULARY:
            continue
        assert expression(name) == name
        assert expression(f"a is {name}") == f"Compare(how='is', left=a, right={name})"
        assert expression(f"a is not {name}").endswith(f"right={name}, negated=True)")
        assert clause(f"must have {name}").endswith(f"Have(what={name}))")


@pytest.mark.parametrize("text", ["1and 2", "x or1", "1and2", "x is1 y", "a isat least 2", "7days"])
def test_nothing_glues(text: str) -> None:
    """A number and a word, or two words, that are written as one are never taken apart."""
    assert faults_of(f'policy "P" rule R-1 "t" when {text}')


def test_a_keyword_before_a_dot_is_a_name() -> None:
    assert expression("a is known.to") == "Compare(how='is', left=a, right=known.to)"
    assert clause("must have a.done_on within 1 day after a.t").startswith(
        "DutyClause(force='must', duty=Have(what=a.done_on"
    )


def test_articles_are_not_lost_as_names() -> None:
    assert clause("must have a a where an") == (
        "DutyClause(force='must', duty=Have(what=a, where=an))"
    )
    assert clause("for each an as a where a.a") == "ForEach(kind=an, alias=a, where=a.a)"
    assert expression("there is an a as an") == "ThereIs(kind=a, alias=an)"


def test_kinds_called_new_and_words_are_counted_where_no_in_follows() -> None:
    assert expression("number of new_words") == "NumberOf(kind=new_words)"


@pytest.mark.parametrize("word", CLAUSE_WORDS)
def test_a_name_that_begins_a_line_ends_nothing(word: str) -> None:
    tree = read(
        f'policy "P" rule R-1 "t" when (a and\n{word}\nor\n\n{word}.b)'.replace("or", "and")
    )
    assert len(tree.items) == 2
