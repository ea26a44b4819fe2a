"""How often each construct met each answer in the bulk engine.

A function that returns TRUE and counts what it was called with stands beside each term's value in
the statements, so what is counted is what the database evaluated, row by row. Where a term is a
constant of the statement, it was settled when it was compiled, and counts once.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

from policyengine.bulk import duties, expressions
from policyengine.bulk.scope import Scope
from policyengine.bulk.terms import Length, Mom, Number, Rec, Term, Text, Truth
from policyengine.plan import core
from tools.conformance.constructs import name_of, shape_of
from tools.conformance.tally import Counts

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

ANSWERS = (
    "unknown",
    "value",
    "true",
    "false",
    "not yet",
    "range",
    "record",
    "nothing",
    "unsure",
    "inside",
    "outside",
    "perhaps",
    "missing T",
    "open",  # a window that is neither missing nor waiting: its records are counted
)
CODE = {answer: code for code, answer in enumerate(ANSWERS)}
MET = "met"


class BulkTally:
    """Counts while it watches; `counts` is added to."""

    def __init__(self, counts: Counts) -> None:
        self.counts = counts
        self.names: list[str] = []
        self._shapes: dict[int, tuple[object, str]] = {}

    @contextmanager
    def watching(self, con: DuckDBPyConnection) -> Iterator[None]:
        """What is compiled and run in here, over this database, is counted."""
        import pyarrow as pa
        from pyarrow import compute

        seen: Counter[int] = Counter()

        def met(names: Any, answers: Any) -> Any:
            keys = compute.add(compute.multiply(names, len(ANSWERS)), answers)
            for each in compute.value_counts(keys).to_pylist():
                seen[each["values"]] += each["counts"]
            return pa.repeat(pa.scalar(True), len(names))

        con.create_function(
            MET, met, ["INTEGER", "INTEGER"], "BOOLEAN", type="arrow", side_effects=True
        )  # type: ignore[call-overload]
        with (
            patch.object(expressions, "compiled", self._compiled(expressions.compiled)),
            patch.object(duties, "opening", self._opening(duties.opening)),
            patch.object(duties.Candidates, "_place", self._place(duties.Candidates._place)),
        ):
            yield
        for key, count in seen.items():
            place, code = divmod(key, len(ANSWERS))
            if ANSWERS[code] != "open":
                self.counts[self.names[place], ANSWERS[code]] += count

    def _met(self, name: str, answer: str, sql: str) -> str:
        """The value, counted under a name with an answer that is in SQL."""
        if name not in self.names:
            self.names.append(name)
        return f"CASE WHEN {MET}({self.names.index(name)}, {answer}) THEN {sql} END"

    # --- terms ----------------------------------------------------------------------------------

    def _compiled(self, compile: Any) -> Any:
        def compiled(scope: Scope, node: core.Core) -> Term:
            return self._counted(scope, compile(scope, node), name_of(node))

        return compiled

    def _counted(self, scope: Scope, term: Term, name: str) -> Term:
        code = CODE
        match term:
            case Truth(sql=sql):
                if sql in ("TRUE", "FALSE"):
                    return self._settled(term, name, sql.lower())
                answer = (
                    f"CASE WHEN {sql} THEN {code['true']} WHEN NOT {sql} THEN {code['false']} "
                    f"ELSE {code['unknown']} END"
                )
                return replace(term, sql=scope.add(self._met(name, answer, sql)))
            case Text(sql=sql):
                if sql.startswith("'"):
                    return self._settled(term, name, "value")
                answer = self._there(sql)
                return replace(term, sql=scope.add(self._met(name, answer, sql)))
            case Number(low=low, wide=wide):
                if low.lstrip("-").replace(".", "").isdigit():
                    return self._settled(term, name, "value")
                answer = f"CASE WHEN {wide} THEN {code['range']} ELSE {self._there(low)} END"
                counted = scope.add(self._met(name, answer, low))
                return replace(
                    term, low=counted, high=term.high or ("" if wide == "FALSE" else low)
                )
            case Mom(day=day, not_yet=not_yet):
                if day.isdigit():
                    return self._settled(term, name, "value")
                answer = f"CASE WHEN {not_yet} THEN {code['not yet']} ELSE {self._there(day)} END"
                return replace(term, day=scope.add(self._met(name, answer, day)))
            case Rec(status=str(status)):
                answer = (
                    f"CASE WHEN {status} = 0 THEN {code['record']} "
                    f"WHEN {status} = 1 THEN {code['nothing']} "
                    f"WHEN {status} < 4 THEN {code['unsure']} ELSE {code['unknown']} END"
                )
                return replace(term, status=scope.add(self._met(name, answer, status)))
            case Length(options=options):
                return self._length(scope, term, options, name)
        return term

    def _there(self, sql: str) -> str:
        return f"CASE WHEN {sql} IS NULL THEN {CODE['unknown']} ELSE {CODE['value']} END"

    def _settled(self, term: Term, name: str, answer: str) -> Term:
        self.counts[name, answer] += 1
        return term

    def _length(self, scope: Scope, term: Length, options: Any, name: str) -> Term:
        if any(test == "TRUE" for test, _ in options):
            return self._settled(term, name, "value")
        answer = f"CASE WHEN {term.is_missing} THEN {CODE['unknown']} ELSE {CODE['value']} END"
        first, length = options[0]
        counted = scope.add(self._met(name, answer, first))
        return replace(term, options=((counted, length), *options[1:]))

    # --- windows --------------------------------------------------------------------------------

    def _opening(self, opening: Any) -> Any:
        def opened(scope: Scope, window: core.OneWindow | None) -> Any:
            found = opening(scope, window)
            if window is None:
                return found
            name = f"window {shape_of(window)}"
            self._shapes[id(found.window)] = (found.window, name)
            answer = (
                f"CASE WHEN {found.missing} THEN {CODE['missing T']} "
                f"WHEN {found.waiting} THEN {CODE['not yet']} ELSE {CODE['open']} END"
            )
            return replace(found, missing=scope.add(self._met(name, answer, found.missing)))

        return opened

    def _place(self, place: Any) -> Any:
        def placed(candidates: Any, window: Any, *others: Any) -> None:
            place(candidates, window, *others)
            _, name = self._shapes.get(id(window), (None, ""))
            if not name:
                return
            inside = candidates.inside
            answer = (
                f"CASE WHEN {inside} THEN {CODE['inside']} WHEN NOT {inside} "
                f"THEN {CODE['outside']} ELSE {CODE['perhaps']} END"
            )
            candidates.inside = candidates.scope.add(self._met(name, answer, inside))

        return placed
