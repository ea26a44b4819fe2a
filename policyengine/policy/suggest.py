"""Did you mean: the nearest of the names that could really stand in a place."""

from collections.abc import Iterable

LIKE_ENOUGH = 70.0  # of 100: `startd_on` for `started_on` is 95, `date` for `data` is 75


def nearest(word: str, first: Iterable[str], then: Iterable[str] = ()) -> str | None:
    """The name most like a misspelt word, among the first ones, then among the others.

    None if nothing is like it. The order of the names does not matter.
    """
    for names in (first, then):
        found = _nearest(word, sorted(set(names) - {word}))
        if found is not None:
            return found
    return None


def hint(word: str, first: Iterable[str], then: Iterable[str] = ()) -> tuple[str, ...]:
    """The sentence that offers the nearest name, or nothing."""
    found = nearest(word, first, then)
    return () if found is None else (f"did you mean `{found}`?",)


def _nearest(word: str, names: list[str]) -> str | None:
    from rapidfuzz import fuzz, process

    best = process.extractOne(word.lower(), names, scorer=fuzz.ratio, score_cutoff=LIKE_ENOUGH)
    return None if best is None else str(best[0])
