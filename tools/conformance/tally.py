"""How often each construct met each answer: what was never met was never tried.

The engine is not touched: a compiler that counts stands in for its own while an engine is made,
and windows that count for those that a duty opens.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from unittest.mock import patch

from policyengine.evaluate import duties, engine
from policyengine.evaluate.expressions import Compiler
from policyengine.evaluate.opening import Opening, prepare_window
from policyengine.evaluate.scene import Evaluated, Frame, NoRecord, NumberRange, UnsureRecord
from policyengine.evaluate.windows import Opened
from policyengine.findings.model import Finding
from policyengine.plan import core
from policyengine.values.moments import Moment
from policyengine.values.truth import NOT_YET, Unknown
from tools.conformance.constructs import name_of, shape_of, wanted

Counts = Counter[tuple[str, str]]


@dataclass
class Tally:
    """The counts of a run."""

    counts: Counts

    @contextmanager
    def watching(self) -> Iterator[None]:
        """An engine that is made in here counts what it meets from then on."""
        counts = self.counts

        class Counting(Compiler):
            def compile(self, node: core.Core) -> Evaluated:
                return _counted(super().compile(node), name_of(node), counts)

        def opening(compiler: Compiler, window: core.OneWindow | None) -> Opening:
            return _watched(prepare_window(compiler, window), window, counts)

        with (
            patch.object(engine, "Compiler", Counting),
            patch.object(duties, "prepare_window", opening),
        ):
            yield

    def found(self, plan: core.Plan, findings: list[Finding]) -> None:
        """Count the verdicts of findings."""
        kinds: dict[tuple[str, str | None], str] = {}
        for rule in plan.rules:
            since = rule.applies_from.isoformat() if rule.applies_from else None
            kinds[rule.id, since] = kinds[rule.id, None] = type(rule.duty).__name__
        for finding in findings:
            duty = kinds[finding.rule, finding.applies_from]
            self.counts[f"duty {duty}", finding.verdict.value] += 1

    def never(self) -> list[tuple[str, str]]:
        """What was never met: a failure of the generator."""
        return [each for each in wanted() if not self.counts[each]]

    def table(self) -> str:
        """The counts, a construct a line, and what was never met."""
        rows: dict[str, list[str]] = {}
        for (name, answer), count in sorted(self.counts.items()):
            rows.setdefault(name, []).append(f"{answer} {count}")
        lines = [f"{name:32} {'  '.join(answers)}" for name, answers in rows.items()]
        never = [f"never met: {name} {answer}" for name, answer in self.never()]
        return "\n".join([*lines, *never])


def _counted(closure: Evaluated, name: str, counts: Counts) -> Evaluated:
    def counted(frame: Frame) -> object:
        value = closure(frame)
        counts[name, _answer(value)] += 1
        return value

    return counted


def _answer(value: object) -> str:
    match value:
        case True:
            return "true"
        case False:
            return "false"
        case Unknown():
            return "unknown"
        case NumberRange():
            return "range"
        case NoRecord():
            return "nothing"
        case UnsureRecord():
            return "unsure"
        case _ if value is NOT_YET:
            return "not yet"
        case _ if type(value).__name__ == "Record":
            return "record"
        case _:
            return "value"


class _Watched(Opened):
    """A window that counts on which side events fell."""

    __slots__ = ("count",)
    count: Callable[[str], None]

    def holds(self, event: Moment) -> bool | None:
        """Whether the event falls inside, counted."""
        inside = Opened.holds(self, event)
        self.count({True: "inside", False: "outside", None: "perhaps"}[inside])
        return inside

    def is_from_opening(self, event: Moment) -> bool | None:
        """As it is; one that is surely before counts as outside."""
        after = Opened.is_from_opening(self, event)
        if after is False:
            self.count("outside")
        return after


def _watched(opening: Opening, window: core.OneWindow | None, counts: Counts) -> Opening:
    if window is None:
        return opening
    name = f"window {shape_of(window)}"

    def count(answer: str) -> None:
        counts[name, answer] += 1

    def opened(frame: Frame) -> Opened | Unknown | None:
        found = opening(frame)
        if not isinstance(found, Opened):
            count("not yet" if found is None else "missing T")
            return found
        watched = _Watched(found.opens, found.closes, found.deadline, found.zone)
        object.__setattr__(watched, "count", count)
        return watched

    return opened


def new_tally() -> Tally:
    """An empty one."""
    return Tally(Counter())


__all__ = ["Tally", "new_tally"]
