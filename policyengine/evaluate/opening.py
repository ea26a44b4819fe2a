"""Windows over a frame (S13): T and the allowance are asked, and the window opened."""

from __future__ import annotations

from collections.abc import Callable

from policyengine.evaluate import windows
from policyengine.evaluate.candidates import Outcome
from policyengine.evaluate.expressions import Compiler
from policyengine.evaluate.scene import Evaluated, Frame
from policyengine.evaluate.windows import EVER, Opened
from policyengine.plan import core
from policyengine.values.durations import Duration
from policyengine.values.moments import Moment
from policyengine.values.truth import Unknown, joined
from policyengine.values.verdict import Verdict

Opening = Callable[[Frame], "Opened | Unknown | None"]


def prepare_window(compiler: Compiler, window: core.OneWindow | None) -> Opening:
    """The window over a frame: opened, or Unknown with what is missing, or None where T is not
    yet (S13)."""
    if window is None:
        return lambda _: EVER
    calendar = compiler.calendar
    match window:
        case core.Within(allowance=allowance, side=side, anchor=anchor):
            length, at = compiler.compile(allowance), compiler.compile(anchor)

            def within(frame: Frame) -> Opened | Unknown | None:
                t, by = at(frame), length(frame)
                if isinstance(t, Unknown) or isinstance(by, Unknown):
                    return _missing(t, by)
                if not isinstance(t, Moment):
                    return None
                assert isinstance(by, Duration)
                return windows.within(
                    by,
                    side,
                    t,
                    calendar,
                    counting_that_day=window.counting_that_day,
                    rolls=window.rolls,
                )

            return within
        case core.Between(first=first, last=last, rolls=rolls):
            start, end = compiler.compile(first), compiler.compile(last)

            def between(frame: Frame) -> Opened | Unknown | None:
                opens, closes = start(frame), end(frame)
                if isinstance(opens, Unknown) or isinstance(closes, Unknown):
                    return _missing(opens, closes)
                if not isinstance(opens, Moment) or not isinstance(closes, Moment):
                    return None
                return windows.between(opens, closes, calendar, rolls=rolls)

            return between
        case core.OnDay(anchor=anchor):
            return _around(compiler.compile(anchor), lambda t: windows.on_day(t, calendar))
        case core.NoLater(anchor=anchor, strictly=strictly, rolls=rolls):
            return _around(
                compiler.compile(anchor),
                lambda t: windows.no_later(t, calendar, strictly=strictly, rolls=rolls),
            )


def _around(anchor: Evaluated, opened: Callable[[Moment], Opened]) -> Opening:
    def opening(frame: Frame) -> Opened | Unknown | None:
        t = anchor(frame)
        if isinstance(t, Unknown):
            return t
        return opened(t) if isinstance(t, Moment) else None

    return opening


def _missing(*values: object) -> Unknown:
    return Unknown(joined(*(value.reasons for value in values if isinstance(value, Unknown))))


def without_window(window: Unknown | None) -> Outcome:
    """S13: a missing T cannot be told; a T that is not yet is not yet due, with no deadline."""
    if window is None:
        return Outcome(Verdict.NOT_YET_DUE)
    return Outcome(Verdict.CANNOT_TELL, reasons=window.reasons, unopened=True)
