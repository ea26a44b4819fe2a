"""What texts say (S21) in SQL: of the words of each, which are numbers by now (`words`)."""

from __future__ import annotations

from policyengine.bulk import expressions, reasons
from policyengine.bulk.scope import Scope
from policyengine.bulk.terms import (
    Lazy,
    NotCompiledError,
    Number,
    Term,
    Text,
    Truth,
    any_doubtful,
    literal,
)
from policyengine.plan import core
from policyengine.values import words as said
from policyengine.values.truth import Why

Sql = str


def constant_words(text: str) -> Lazy:
    """The words of a text that is written in the rules. Of a constant, the database asks for
    them once."""
    return lambda: f"words_of({literal(' '.join(said.words(text)))})"


def compiled_text(scope: Scope, node: core.Core) -> Term:
    """The term of a node about texts."""
    match node:
        case core.Mentions(text=text, words=words):
            return _mentions(scope, expressions.text_of(scope, text), words)
        case core.Matches(text=text, pattern=pattern):
            return _matches(scope, expressions.text_of(scope, text), pattern)
        case core.Repeats(text=text, other=other):
            one, earlier = expressions.text_of(scope, text), expressions.text_of(scope, other)
            return _repeats(scope, one, earlier)
        case core.WordsIn(text=text):
            of = expressions.text_of(scope, text)
            return Number(scope.add(f"len({words_of(of)})"), of.reasons, doubtful=of.doubtful)
        case core.NewWords(text=text, since=since):
            of, earlier = expressions.text_of(scope, text), expressions.text_of(scope, since)
            mine, theirs = scope.add(words_of(of)), scope.add(words_of(earlier))
            return Number(
                scope.add(new_words(mine, theirs)),
                lambda: _missing((mine, of), (theirs, earlier)),
                doubtful=any_doubtful(of, earlier),
            )
        case core.Similarity(left=left, right=right):
            return _similarity(
                scope, expressions.text_of(scope, left), expressions.text_of(scope, right)
            )
    raise AssertionError(type(node).__name__)


def words_of(text: Text) -> Sql:
    """The list of a text's words, as numbers; NULL where there is no text, and only there: the
    long texts themselves are not carried along."""
    if text.words is None:
        raise NotCompiledError("the words of a text that is no field")
    return text.words()


def new_words(mine: Sql, theirs: Sql) -> Sql:
    """How many words the others have not, each counted once."""
    return f"new_words({mine}, {theirs})"


def _mentions(scope: Scope, text: Text, phrase: tuple[str, ...]) -> Truth:
    mine, sought = words_of(text), literal(" ".join(phrase))
    if len(phrase) == 1:
        sql = f"list_contains({mine}, words_of({sought})[1])"
    else:
        sql = f"says({mine}, {sought})"
    return Truth(scope.add(sql), text.reasons, text.doubtful)


def _matches(scope: Scope, text: Text, pattern: str) -> Truth:
    """RE2, as the reference engine has it."""
    sql = scope.add(f"regexp_matches({text.sql}, {literal(pattern)})")
    return Truth(sql, text.reasons, text.doubtful)


def _missing(*texts: tuple[Sql, Text]) -> Sql:
    """Why there are no words of one text or of more."""
    return reasons.where(*((f"{mine} IS NULL", text.reasons()) for mine, text in texts))


def _repeats(scope: Scope, text: Text, earlier: Text) -> Truth:
    one, other = scope.add(words_of(text)), scope.add(words_of(earlier))
    blank = reasons.only_blank(earlier.reasons())
    sql = f"CASE WHEN {other} IS NOT NULL THEN ({one} = {other} AND len({one}) > 0) "
    if earlier.sql.startswith("'"):
        return Truth(scope.add(f"{sql} END"), text.reasons, text.doubtful)
    sql += f"WHEN {blank} THEN FALSE END"
    return Truth(
        scope.add(sql), lambda: _missing((one, text), (other, earlier)), any_doubtful(text, earlier)
    )


def _similarity(scope: Scope, one: Text, other: Text) -> Number:
    mine, theirs = scope.add(words_of(one)), scope.add(words_of(other))
    sql = f"similarity({mine}, {theirs})"
    wordless = reasons.one(scope.world.reasons.code(Why.NOT_RECORDED))

    def why() -> Sql:
        missing = f"({mine} IS NULL OR {theirs} IS NULL)"
        why = _missing((mine, one), (theirs, other))
        return f"CASE WHEN {missing} THEN {why} ELSE {wordless} END"

    return Number(scope.add(sql), why, doubtful=any_doubtful(one, other))
