"""What texts say (S21): mentions, matches, repeats, words, new words, similarity."""

from __future__ import annotations

from typing import TYPE_CHECKING

from policyengine.evaluate.comparisons import unknown_of
from policyengine.evaluate.scene import Evaluated, Frame
from policyengine.plan import core
from policyengine.values import words as said
from policyengine.values.truth import Reason, Truth, Unknown, Why

if TYPE_CHECKING:
    from policyengine.evaluate.expressions import Compiler


def compile_text(compiler: Compiler, node: core.Core) -> Evaluated:
    """The closure of a node about texts."""
    match node:
        case core.Mentions(text=text, words=words):
            return _mentions(compiler.compile(text), words)
        case core.Matches(text=text, pattern=pattern):
            return _matches(compiler.compile(text), pattern)
        case core.Repeats(text=text, other=other):
            return _repeats(compiler.compile(text), compiler.compile(other))
        case core.WordsIn(text=text):
            return _words_in(compiler.compile(text))
        case core.NewWords(text=text, since=since):
            return _new_words(compiler.compile(text), compiler.compile(since))
        case core.Similarity(left=left, right=right):
            return _similarity(compiler.compile(left), compiler.compile(right))
    raise AssertionError(f"no text in {type(node).__name__}")


def _mentions(text: Evaluated, words: tuple[str, ...]) -> Evaluated:
    def mentions(frame: Frame) -> Truth:
        found = text(frame)
        return said.mentions(found, words) if isinstance(found, str) else unknown_of(found)

    return mentions


def _matches(text: Evaluated, pattern: str) -> Evaluated:
    import re2

    options = re2.Options()
    options.log_errors = False
    compiled = re2.compile(pattern, options)

    def matches(frame: Frame) -> Truth:
        found = text(frame)
        if not isinstance(found, str):
            return unknown_of(found)
        return compiled.search(found) is not None

    return matches


def _repeats(text: Evaluated, other: Evaluated) -> Evaluated:
    def repeats(frame: Frame) -> Truth:
        earlier = other(frame)
        if isinstance(earlier, Unknown) and earlier.only_blank:
            return False
        found = text(frame)
        if isinstance(found, str) and isinstance(earlier, str):
            return said.repeats(found, earlier)
        return unknown_of(found, earlier)

    return repeats


def _words_in(text: Evaluated) -> Evaluated:
    def words_in(frame: Frame) -> object:
        found = text(frame)
        return len(said.words(found)) if isinstance(found, str) else unknown_of(found)

    return words_in


def _new_words(text: Evaluated, since: Evaluated) -> Evaluated:
    def new_words(frame: Frame) -> object:
        found, earlier = text(frame), since(frame)
        if isinstance(found, str) and isinstance(earlier, str):
            return len(said.distinct_words(found) - said.distinct_words(earlier))
        return unknown_of(found, earlier)

    return new_words


def _similarity(left: Evaluated, right: Evaluated) -> Evaluated:
    def similarity(frame: Frame) -> object:
        one, other = left(frame), right(frame)
        if not isinstance(one, str) or not isinstance(other, str):
            return unknown_of(one, other)
        alike = said.similarity(one, other)
        return Unknown((Reason(Why.NOT_RECORDED),)) if alike is None else alike

    return similarity
