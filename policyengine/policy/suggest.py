"""Did you mean: the nearest of the names that could really stand in a place."""

from collections.abc import Iterable


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
    """By letters wrong, missing, too many or swapped: one in three at most. Else the only name
    that has the word as one of its words (`dash` for `dash_assessment`)."""
    from rapidfuzz import process
    from rapidfuzz.distance import OSA

    most = max(1, len(word) // 3)
    best = process.extractOne(word.lower(), names, scorer=OSA.distance, score_cutoff=most)
    if best is not None:
        return str(best[0])
    having = [name for name in names if word.lower() in name.replace(" ", "_").split("_")]
    return having[0] if len(having) == 1 else None
