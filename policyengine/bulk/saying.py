"""The values in what is said of a breach, in columns of their own."""

from __future__ import annotations

from dataclasses import dataclass

from policyengine.bulk.terms import Mom, NotCompiledError, Number, Rec, Term, Text, Truth

Sql = str


@dataclass(frozen=True, slots=True)
class SaidMoment:
    """A moment in a message: the names of its columns."""

    last: str
    until: str
    not_yet: str


@dataclass(frozen=True, slots=True)
class SaidPlain:
    """A text, a truth or a number in a message: the name of its column."""

    name: str
    is_truth: bool = False


@dataclass(frozen=True, slots=True)
class SaidLength:
    """A duration in a message: the name of the column with its place among these."""

    name: str
    lengths: tuple[str, ...]


def said(term: Term, name: str, shown: Sql, columns: dict[str, Sql]) -> object:
    """Add the columns of a value; what reads them back."""

    def only(sql: Sql) -> Sql:
        return f"CASE WHEN {shown} THEN {sql} END"

    match term:
        case Mom():
            columns[f"{name}l"] = only(term.end)
            until = f"CASE WHEN {term.timed} THEN {term.ends_at} END"
            columns[f"{name}u"] = only(f"CAST({until} AS BIGINT)")
            columns[f"{name}n"] = only(term.not_yet)
            return SaidMoment(f"{name}l", f"{name}u", f"{name}n")
        case Truth():
            columns[name] = only(term.sql)
            return SaidPlain(name, is_truth=True)
        case Text():
            columns[name] = only(term.sql)
            return SaidPlain(name)
        case Number():
            if term.wide != "FALSE":
                raise NotCompiledError("a number in a message that may be a range")
            columns[name] = only(term.shown or f"CAST({term.low} AS VARCHAR)")
            return SaidPlain(name)
        case Rec():
            if term.status is not None:
                raise NotCompiledError("a record in a message that may not be there")
            columns[name] = only(term.column("id"))
            return SaidPlain(name)
        case _:
            tests = " ".join(
                f"WHEN {test} THEN {place}" for place, (test, _) in enumerate(term.options)
            )
            columns[name] = only(f"CASE {tests} END")
            return SaidLength(name, tuple(str(each) for _, each in term.options))
