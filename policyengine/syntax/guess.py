"""Did you mean: the word that an author most likely had in mind."""

from collections.abc import Iterable


def nearest(word: str, offers: Iterable[str]) -> str | None:
    """The closest of the offers, or None if none is close: one slip in four letters, at most."""
    from rapidfuzz.distance import DamerauLevenshtein

    best: str | None = None
    best_slips = 1 + max(1, len(word) // 3) if len(word) > 2 else 1
    for offer in sorted(set(offers)):
        slips = DamerauLevenshtein.distance(word, offer, score_cutoff=best_slips - 1)
        if slips < best_slips:
            best, best_slips = offer, slips
    return best
