"""What texts say (S21) in SQL: on the digests that were made when the records were loaded."""

from __future__ import annotations

from collections.abc import Callable

from policyengine.bulk import expressions, reasons
from policyengine.bulk.scope import Scope
from policyengine.bulk.terms import (
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
FEW_PAIRS = 100_000


def constant_words(text: str) -> Callable[[str], Sql]:
    """The digests of a text that is written in the rules."""

    def digest(which: str) -> Sql:
        words = said.words(text)
        if which == "n":
            return literal(f" {' '.join(words)} ")
        return f"[{', '.join(literal(word) for word in dict.fromkeys(words))}]::VARCHAR[]"

    return digest


def compiled_text(scope: Scope, node: core.Core) -> Term:
    """The term of a node about texts."""
    match node:
        case core.Mentions(text=text, words=words):
            of = expressions.text_of(scope, text)
            phrase = literal(f" {' '.join(words)} ")
            return Truth(
                scope.add(f"contains({digest(of, 'n')}, {phrase})"), of.reasons, of.doubtful
            )
        case core.Matches(text=text, pattern=pattern):
            return _matches(scope, expressions.text_of(scope, text), pattern)
        case core.Repeats(text=text, other=other):
            one, earlier = expressions.text_of(scope, text), expressions.text_of(scope, other)
            return _repeats(scope, one, earlier)
        case core.WordsIn(text=text):
            of = expressions.text_of(scope, text)
            folded = digest(of, "n")
            spaces = f"len({folded}) - len(replace({folded}, ' ', ''))"
            count = f"CASE WHEN {folded} = '  ' THEN 0 ELSE {spaces} - 1 END"
            return Number(scope.add(count), of.reasons, doubtful=of.doubtful)
        case core.NewWords(text=text, since=since):
            of, earlier = expressions.text_of(scope, text), expressions.text_of(scope, since)
            mine, theirs = scope.add(digest(of, "d")), scope.add(digest(earlier, "d"))
            return Number(
                scope.add(new_words(mine, theirs)),
                # There are words where there is a text: the long texts are not carried along.
                lambda: reasons.where(
                    (f"{mine} IS NULL", of.reasons()), (f"{theirs} IS NULL", earlier.reasons())
                ),
                doubtful=any_doubtful(of, earlier),
            )
        case core.Similarity(left=left, right=right):
            return _similarity(
                scope, expressions.text_of(scope, left), expressions.text_of(scope, right)
            )
    raise AssertionError(type(node).__name__)


def digest(text: Text, which: str) -> Sql:
    """A digest of a text."""
    if text.words is None:
        raise NotCompiledError("the words of a text that is no field")
    return text.words(which)


def new_words(mine: Sql, theirs: Sql) -> Sql:
    """How many words the others have not, each counted once; both stand in columns. Looking each
    up in the other list is the quicker way, unless they are long."""
    few = f"len({mine}) * len({theirs}) < {FEW_PAIRS}"
    left = f"list_filter({mine}, lambda w: NOT list_contains({theirs}, w))"
    shared = f"len(list_intersect({mine}, {theirs}))"
    return (
        f"(CASE WHEN {few} THEN len(list_distinct({left})) "
        f"WHEN {theirs} IS NOT NULL THEN len(list_distinct({mine})) - {shared} END)"
    )


def _missing(*texts: Text) -> Sql:
    return reasons.where(*((f"{text.sql} IS NULL", text.reasons()) for text in texts))


def _matches(scope: Scope, text: Text, pattern: str) -> Truth:
    """RE2, as the reference engine has it."""
    sql = scope.add(f"regexp_matches({text.sql}, {literal(pattern)})")
    return Truth(sql, text.reasons, text.doubtful)


def _repeats(scope: Scope, text: Text, earlier: Text) -> Truth:
    one, other = digest(text, "n"), digest(earlier, "n")
    blank = reasons.only_blank(earlier.reasons())
    sql = f"CASE WHEN {earlier.sql} IS NOT NULL THEN ({one} = {other} AND {one} <> '  ') "
    if earlier.sql.startswith("'"):
        return Truth(scope.add(f"{sql} END"), text.reasons, text.doubtful)
    sql += f"WHEN {blank} THEN FALSE END"
    return Truth(scope.add(sql), lambda: _missing(text, earlier), any_doubtful(text, earlier))


def _similarity(scope: Scope, one: Text, other: Text) -> Number:
    mine, theirs = digest(one, "n"), digest(other, "n")

    def listed(folded: Sql) -> Sql:
        return f"list_filter(string_split({folded}, ' '), lambda w: w <> '')"

    first, second = scope.add(listed(mine)), scope.add(listed(theirs))
    shared = (
        f"list_sum(list_transform(list_distinct({first}), lambda w: "
        f"least(len(list_filter({first}, lambda v: v = w)), "
        f"len(list_filter({second}, lambda v: v = w)))))"
    )
    total = f"(len({first}) + len({second}))"
    sql = (
        f"CASE WHEN {first} IS NULL OR {second} IS NULL OR {total} = 0 THEN NULL "
        f"ELSE CAST((200 * COALESCE({shared}, 0)) // {total} AS INTEGER) END"
    )
    wordless = reasons.one(scope.world.reasons.code(Why.NOT_RECORDED))

    def why() -> Sql:
        missing = f"({one.sql} IS NULL OR {other.sql} IS NULL)"
        return f"CASE WHEN {missing} THEN {_missing(one, other)} ELSE {wordless} END"

    return Number(scope.add(sql), why, doubtful=any_doubtful(one, other))
