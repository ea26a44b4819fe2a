"""Three truth values (S2): `True`, `False`, and `Unknown` with its reasons.

A missing value is an `Unknown` too: comparing with it gives it back. `NOT_YET` is what a blank
`open` field reads as (S1): later than every date.
"""

from dataclasses import dataclass
from enum import Enum
from typing import Final


class Why(Enum):
    """Why something is not known, or why a verdict is what it is, in the JSON spelling (S4)."""

    NOT_RECORDED = "not_recorded"
    RECORDED_AS_UNKNOWN = "recorded_as_unknown"
    INVALID = "invalid"
    WITHHELD = "withheld"
    OUTSIDE_COVERAGE = "outside_coverage"
    IMPRECISE_TIME = "imprecise_time"
    NO_RECORD = "no_record"
    NO_PREVIOUS = "no_previous"
    AUTHOR = "author"
    EXCEPTION = "exception"
    ENDED = "ended"


# What `blank means breached` counts as blank (S4).
BLANKS: Final = frozenset({Why.NOT_RECORDED, Why.NO_RECORD, Why.NO_PREVIOUS})


@dataclass(frozen=True, slots=True)
class Reason:
    """One reason: why, and the record and field that it is about, as far as they are known.

    `text` is the author's own sentence, for AUTHOR and EXCEPTION; never a value of a record.
    """

    why: Why
    kind: str | None = None
    id: str | None = None
    field: str | None = None
    text: str | None = None


Reasons = tuple[Reason, ...]


class Unknown:
    """Neither true nor false, or a value that is not there, with the reasons for it."""

    __slots__ = ("reasons",)

    def __init__(self, reasons: Reasons) -> None:
        self.reasons = reasons

    def __repr__(self) -> str:
        return f"Unknown({self.reasons!r})"

    def __bool__(self) -> bool:
        raise TypeError("an unknown is neither true nor false: compare with `is True`")

    @property
    def only_blank(self) -> bool:
        """Whether nothing but blank fields leaves it unknown (`blank means breached`, S4)."""
        return all(reason.why in BLANKS for reason in self.reasons)


Truth = bool | Unknown


class NotYet:
    """The type of `NOT_YET`; there is one."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "NOT_YET"


NOT_YET: Final = NotYet()


def joined(*several: Reasons) -> Reasons:
    """All the reasons, each once, in the order in which they came."""
    if len(several) == 1:
        return several[0]
    return tuple(dict.fromkeys(reason for reasons in several for reason in reasons))


def negation(truth: Truth) -> Truth:
    """Kleene's not."""
    if truth is True:
        return False
    if truth is False:
        return True
    return truth
