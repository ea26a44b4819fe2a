"""Words of a text (S21): runs of letters and combining marks, after NFKC and case folding."""

import re
from collections import Counter
from functools import lru_cache
from unicodedata import category, normalize

_ASCII_WORD = re.compile(r"[a-z]+")


@lru_cache(maxsize=512)
def words(text: str) -> tuple[str, ...]:
    """The words of a text in order. Digits, dates and punctuation are no words."""
    folded = normalize("NFKC", text).casefold()
    if folded.isascii():
        return tuple(_ASCII_WORD.findall(folded))
    spaced = "".join(char if _is_letter(char) else " " for char in folded)
    return tuple(spaced.split())


@lru_cache(maxsize=512)
def distinct_words(text: str) -> frozenset[str]:
    """The words of a text, each once."""
    return frozenset(words(text))


@lru_cache(maxsize=4096)
def _is_letter(char: str) -> bool:
    return category(char)[0] in "LM"


def repeats(text: str, other: str) -> bool:
    """The same words in the same order, and at least one."""
    mine = words(text)
    return bool(mine) and mine == words(other)


def mentions(text: str, phrase: tuple[str, ...]) -> bool:
    """Whether the text has these words (already folded) one after another."""
    said = words(text)
    if len(phrase) == 1:
        return phrase[0] in said
    width = len(phrase)
    return any(said[i : i + width] == phrase for i in range(len(said) - width + 1))


def similarity(text: str, other: str) -> int | None:
    """200 x shared / (words of one + words of the other), as multisets, rounded down; None where
    neither has a word."""
    mine, theirs = words(text), words(other)
    total = len(mine) + len(theirs)
    if not total:
        return None
    shared = (Counter(mine) & Counter(theirs)).total()
    return 200 * shared // total
