"""Reasons inside the database: short texts, read back as `Reason` when a finding is written.

`n12:R7` is a letter for the why, a number for what else the plan knows of it, and the record's
id. A letter comes first so that `is recorded` and `blank means breached` can ask for it.
"""

from collections.abc import Iterable
from functools import lru_cache

from policyengine.values.truth import BLANKS, Reason, Why

Sql = str
LETTERS = {
    Why.NOT_RECORDED: "n",
    Why.RECORDED_AS_UNKNOWN: "r",
    Why.INVALID: "i",
    Why.WITHHELD: "w",
    Why.OUTSIDE_COVERAGE: "o",
    Why.IMPRECISE_TIME: "t",
    Why.NO_RECORD: "z",
    Why.NO_PREVIOUS: "p",
    Why.AUTHOR: "a",
    Why.EXCEPTION: "e",
    Why.ENDED: "x",
}
NONE: Sql = "[]::VARCHAR[]"
_BLANK = ", ".join(f"'{LETTERS[why]}'" for why in sorted(BLANKS, key=lambda why: why.value))


class Reasons:
    """Numbers the reasons that statements can give, and reads them back."""

    def __init__(self) -> None:
        self._codes: dict[tuple[object, ...], str] = {}
        self._known: dict[str, tuple[Why, str | None, str | None, str | None]] = {}
        self.read = lru_cache(maxsize=100_000)(self._read)

    def code(
        self,
        why: Why,
        kind: str | None = None,
        field: str | None = None,
        text: str | None = None,
        place: int = 0,
    ) -> str:
        """The text of a reason but for the id. `place` tells apart what says the same."""
        key = (why, kind, field, text, place)
        code = self._codes.get(key)
        if code is None:
            code = f"{LETTERS[why]}{len(self._codes)}"
            self._codes[key] = code
            self._known[code] = (why, kind, field, text)
        return code

    def _read(self, packed: str) -> Reason:
        code, colon, id = packed.partition(":")
        why, kind, field, text = self._known[code]
        return Reason(why, kind, id if colon else None, field, text)


def one(code: str, id: Sql | None = None) -> Sql:
    """A list of one reason."""
    return f"['{code}']" if id is None else f"['{code}:' || {id}]"


def all_of(lists: Iterable[Sql]) -> Sql:
    """Several lists as one; a NULL among them counts as empty."""
    several = [each for each in lists if each != NONE]
    if not several:
        return NONE
    return several[0] if len(several) == 1 else f"flatten([{', '.join(several)}])"


def where(*options: tuple[Sql, Sql]) -> Sql:
    """The lists whose conditions hold, as one."""
    held = [
        reasons if test == "TRUE" else f"CASE WHEN {test} THEN {reasons} ELSE {NONE} END"
        for test, reasons in options
        if reasons != NONE and test != "FALSE"
    ]
    return all_of(held)


def only_blank(reasons: Sql) -> Sql:
    """Whether nothing but blanks is among them (S4)."""
    return f"(len(list_filter({reasons}, lambda r: r[1] NOT IN ({_BLANK}))) = 0)"


def has(reasons: Sql, *whys: Why) -> Sql:
    """Whether one of these is among them."""
    letters = ", ".join(f"'{LETTERS[why]}'" for why in whys)
    return f"(len(list_filter({reasons}, lambda r: r[1] IN ({letters}))) > 0)"
