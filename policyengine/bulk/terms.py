"""What an expression is in SQL: columns whose NULL means unknown, and why, when asked.

Reasons are made on demand: most expressions are never asked for theirs.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from policyengine.schema.model import Kind
from policyengine.values.durations import Duration

if TYPE_CHECKING:
    from policyengine.bulk.relation import Relation

Sql = str
Lazy = Callable[[], Sql]  # reasons


class NotCompiledError(Exception):
    """The bulk engine has no way to say this: the reference engine judges the rule."""


@dataclass(frozen=True, slots=True)
class Truth:
    """A truth in three values: NULL is unknown. `doubtful`: of a record that is not sure."""

    sql: Sql
    reasons: Lazy
    doubtful: Sql = "FALSE"


@dataclass(frozen=True, slots=True)
class Text:
    """A text, a code, an id: NULL is unknown. `words` gives the list of its words, as numbers."""

    sql: Sql
    reasons: Lazy
    doubtful: Sql = "FALSE"
    words: Lazy | None = None


@dataclass(frozen=True, slots=True)
class Number:
    """A number, or a range of them where `wide` holds: then `high` NULL is without bound."""

    low: Sql
    reasons: Lazy
    high: Sql = ""
    wide: Sql = "FALSE"
    doubtful: Sql = "FALSE"
    shown: Sql | None = None  # as the record spells it

    @property
    def top(self) -> Sql:
        """The highest that it can be."""
        return self.high or self.low


@dataclass(frozen=True, slots=True)
class Mom:
    """A moment, as `values.moments` has them. It is unknown where `day` is NULL and `not_yet`
    does not hold. `at` is NULL for a day without its time; `timed` and `clock` are truths."""

    day: Sql
    reasons: Lazy
    last: Sql = ""
    at: Sql = "NULL"
    until: Sql = ""
    timed: Sql = "FALSE"
    clock: Sql = "FALSE"
    not_yet: Sql = "FALSE"
    doubtful: Sql = "FALSE"

    @property
    def end(self) -> Sql:
        """The last day that it can be."""
        return self.last or self.day

    @property
    def ends_at(self) -> Sql:
        """The last instant that it can be, if it has instants."""
        return self.until or self.at

    @property
    def is_exact(self) -> bool:
        """Whether it is one day at most, and says so."""
        return not self.last

    @property
    def is_missing(self) -> Sql:
        """Whether it is unknown."""
        if self.not_yet == "FALSE":
            return f"({self.day} IS NULL)"
        return f"({self.day} IS NULL AND NOT {self.not_yet})"


@dataclass(frozen=True, slots=True)
class Length:
    """A duration: one of several, each with the condition on which it is meant. Where none of
    the conditions holds it is unknown. Most have one, whose condition is TRUE."""

    options: tuple[tuple[Sql, Duration], ...]
    reasons: Lazy
    doubtful: Sql = "FALSE"

    @property
    def is_missing(self) -> Sql:
        """Whether it is unknown."""
        tests = [test for test, _ in self.options]
        if "TRUE" in tests:
            return "FALSE"
        return f"(({' OR '.join(tests)}) IS NOT TRUE)"


@dataclass(frozen=True, slots=True)
class Rec:
    """A record. `column` gives a column of its table. `status` is None for what is surely one;
    else it is 0 for a record, 1 for none, 2 for one that cannot be told (3 if some record surely
    is there), more for unknown (6: for want of a record that cannot be told); `gone` says why,
    and takes the kind for which it is asked.

    `clock` is the moment as at which its dates are read; None where its table is as at that.
    """

    kind: Kind
    column: Callable[[str], Sql]
    clock: Mom | None = None
    status: Sql | None = None
    gone: Callable[[str | None], Sql] | None = None
    unseen: bool = False  # its table holds stand-ins for unseen records

    @property
    def is_there(self) -> Sql:
        """Whether it is a record."""
        return "TRUE" if self.status is None else f"({self.status} = 0)"

    @property
    def is_doubtful(self) -> Sql:
        """Whether it cannot be told which it is."""
        return "FALSE" if self.status is None else f"({self.status} IN (2, 3, 6))"


Term = Truth | Text | Number | Mom | Length | Rec


def any_doubtful(*terms: Truth | Text | Number | Mom | Length) -> Sql:
    """Whether what several terms come to is unknown for want of a record that cannot be told."""
    return either(*(term.doubtful for term in terms))


def case(*options: tuple[Sql, Sql], otherwise: Sql = "NULL") -> Sql:
    """The value whose test is the first to hold. A test that is surely so, or surely not, is not
    written."""
    kept = []
    for test, value in options:
        if test == "TRUE":
            otherwise = value
            break
        if test not in ("FALSE", "NULL"):
            kept.append(f"WHEN {test} THEN {value}")
    return f"CASE {' '.join(kept)} ELSE {otherwise} END" if kept else otherwise


def holds(sql: Sql) -> Sql:
    """Whether a truth is true."""
    return {"TRUE": "TRUE", "FALSE": "FALSE", "NULL": "FALSE"}.get(sql, f"{sql} IS TRUE")


def unknown(sql: Sql) -> Sql:
    """Whether a truth is unknown."""
    return {"TRUE": "FALSE", "FALSE": "FALSE", "NULL": "TRUE"}.get(sql, f"{sql} IS NULL")


def fails(sql: Sql) -> Sql:
    """Whether a truth is false."""
    return {"TRUE": "FALSE", "FALSE": "TRUE", "NULL": "FALSE"}.get(sql, f"{sql} IS FALSE")


def negated(sql: Sql) -> Sql:
    """The opposite."""
    return {"TRUE": "FALSE", "FALSE": "TRUE"}.get(sql, f"NOT {sql}")


def both(*tests: Sql) -> Sql:
    """Whether all of these hold."""
    kept = [test for test in tests if test != "TRUE"]
    if "FALSE" in kept:
        return "FALSE"
    return f"({' AND '.join(kept)})" if kept else "TRUE"


def either(*tests: Sql) -> Sql:
    """Whether one of these holds."""
    kept = [test for test in dict.fromkeys(tests) if test != "FALSE"]
    if "TRUE" in kept:
        return "TRUE"
    return f"({' OR '.join(kept)})" if kept else "FALSE"


def literal(text: str) -> Sql:
    """A text as SQL has it: the one place where one is written into a statement."""
    if "\0" in text:
        raise NotCompiledError("a NUL character")
    return "'" + text.replace("'", "''") + "'"


__all__ = [
    "Length",
    "Mom",
    "NotCompiledError",
    "Number",
    "Rec",
    "Relation",
    "Term",
    "Text",
    "Truth",
    "any_doubtful",
    "both",
    "case",
    "either",
    "fails",
    "holds",
    "literal",
    "negated",
    "unknown",
]
