"""Keywords that are misspelt, or written in capitals."""

from policyengine.diagnostics import Diagnostic, Fix
from policyengine.source import Span
from policyengine.syntax.guess import nearest
from policyengine.syntax.scene import Scene


def explain(scene: Scene) -> Diagnostic | None:
    """The word here, or the one before if it was taken for a name, is close to a keyword."""
    word = scene.word
    if word[:1].isalpha():
        lower = word.lower()
        if lower != word and lower in scene.keywords:
            return _capital(scene, word)
        if lower == word or not scene.offers_any(("NAME", "WORD", "RULE_ID")):
            split = _two_words(lower, scene.keywords)
            guess = split or nearest(lower, (k for k in scene.keywords if len(k) > 2))
            if guess is not None and word not in scene.stop.vocabulary:
                return _misspelt(scene.here, word, guess)
    if scene.last_kind in ("NAME", "LABEL") and len(scene.last) > 3:
        keywords = [k for k in scene.stop.before if k[0].islower() and len(k) > 3]
        split = _two_words(scene.last.lower(), scene.stop.before)
        guess = split or nearest(scene.last.lower(), keywords)
        if guess is not None and scene.last not in scene.stop.vocabulary:
            return _misspelt(scene.last_place, scene.last, guess)
    return None


def _two_words(word: str, keywords: frozenset[str]) -> str | None:
    """`atleast`"""
    seconds = {"at": ("least", "most"), "more": ("than",), "less": ("than",), "one": ("of",)}
    for first in sorted(keywords):
        if word.startswith(first) and word[len(first) :] in seconds.get(first, ()):
            return f"{first} {word[len(first) :]}"
    return None


def _capital(scene: Scene, word: str) -> Diagnostic:
    return Diagnostic(
        code="SYN002",
        message="the language's words are written in small letters",
        span=scene.here,
        found=f"`{word}`",
        hints=(f"write `{word.lower()}`",),
        fix=Fix(scene.here, word.lower()),
    )


def _misspelt(span: Span, word: str, guess: str) -> Diagnostic:
    return Diagnostic(
        code="SYN002",
        message=f"`{word}` is not a word of the language at this place",
        span=span,
        found="not known here",
        hints=(f"did you mean `{guess}`?",),
        fix=Fix(span, guess),
    )
