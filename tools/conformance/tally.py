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
from policyengine.values.verdict import Verdict

Counts = Counter[tuple[str, str]]

_CONDITIONS = [
    "Not",
    "And",
    "Or",
    "AtLeast",
    "Compare:number",
    "Compare:text",
    "Compare:truth",
    "Compare:moment",
    "Compare:ref",
    "InList:number",
    "InList:text",
    "InList:moment",
    "IsWithin:after",
    "IsWithin:before",
    "IsWithin:either",
    "Presence:recorded",
    "Presence:known",
    "Mentions",
    "Matches",
    "Repeats",
    "ThereIs",
    "Every",
]
_VALUES = [
    "SettingValue",
    "Sum",
    "Shift",
    "DaysFrom",
    "AgeAt",
    "StartOf:month",
    "StartOf:year",
    "PeriodEnd",
    "PeriodStart",
    "ExtremeOf:later",
    "ExtremeOf:earlier",
    "Choice",
    "WordsIn",
    "NewWords",
    "Similarity",
    "NewWordsSinceAny",
    "Aggregate:total",
    "Aggregate:highest",
    "Aggregate:lowest",
    "Derived",
    "Field",
]
_WINDOWS = [
    "Within:after",
    "Within:after:rolls",
    "Within:before",
    "Within:either",
    "Within:after:counting",
    "Within:after:counting:rolls",
    "Within:before:counting",
    "Between",
    "Between:rolls",
    "OnDay",
    "NoLater",
    "NoLater:rolls",
    "NoLater:strictly",
]
_DUTIES = {
    "Have": tuple(Verdict),
    "NotHave": tuple(each for each in Verdict if each is not Verdict.MET_LATE),
    "HaveField": tuple(Verdict),
    "Show": tuple(each for each in Verdict if each is not Verdict.MET_LATE),
    "HaveEvery": tuple(Verdict),
}


def wanted() -> Iterator[tuple[str, str]]:
    """All that a run that is large enough must have met."""
    for name in _CONDITIONS:
        yield from ((name, answer) for answer in ("true", "false", "unknown"))
    yield from (("Presence:open", answer) for answer in ("true", "false"))
    for name in _VALUES:
        yield from ((name, answer) for answer in ("value", "unknown"))
    yield from (("Follow", answer) for answer in ("record", "nothing", "unknown"))
    yield "NumberOf", "value"
    for name in ("NumberOf", "Sum", "DaysFrom", "NewWordsSinceAny"):
        yield name, "range"
    for name in ("Field", "Shift", "PeriodEnd", "PeriodStart", "ExtremeOf:later", "Choice"):
        yield name, "not yet"
    for which in ("latest", "earliest"):
        yield from ((f"Pick:{which}", answer) for answer in ("record", "nothing", "unsure"))
    for name in _WINDOWS:
        yield from ((f"window {name}", answer) for answer in ("inside", "outside", "perhaps"))
    yield from ((f"window {name}", "missing T") for name in _WINDOWS)
    yield from ((f"window {name}", "not yet") for name in _WINDOWS)
    for duty, verdicts in _DUTIES.items():
        yield from ((f"duty {duty}", verdict.value) for verdict in verdicts)


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
                return _counted(super().compile(node), _name(node), counts)

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


def _name(node: core.Core) -> str:
    """A node's class, and which of its forms it is."""
    name = type(node).__name__
    match node:
        case core.Compare(domain=domain) | core.InList(domain=domain):
            return f"{name}:{domain.value}"
        case core.IsWithin(side=side):
            return f"{name}:{side}"
        case core.Presence(how=how) | core.Aggregate(how=how):
            return f"{name}:{how}"
        case core.Pick(which=which) | core.ExtremeOf(which=which):
            return f"{name}:{which}"
        case core.StartOf(unit=unit):
            return f"{name}:{unit}"
        case _:
            return name


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
    name = f"window {_shape(window)}"

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


def _shape(window: core.OneWindow) -> str:
    match window:
        case core.Within():
            counting = ":counting" if window.counting_that_day else ""
            return f"Within:{window.side}{counting}{':rolls' if window.rolls else ''}"
        case core.NoLater(strictly=True):
            return "NoLater:strictly"
        case core.OnDay():
            return "OnDay"
        case core.Between(rolls=rolls) | core.NoLater(rolls=rolls):
            return type(window).__name__ + (":rolls" if rolls else "")


def new_tally() -> Tally:
    """An empty one."""
    return Tally(Counter())


__all__ = ["Tally", "new_tally", "wanted"]
