"""Windows: what they are counted from, and which lengths of time and which rolls fit them."""

from typing import assert_never

from policyengine.diagnostics import Label
from policyengine.plan import core
from policyengine.plan.core import Core, OneWindow
from policyengine.policy import misfits
from policyengine.policy.context import Here
from policyengine.policy.dates import settle_length, settle_period_length, side
from policyengine.policy.types import DATE
from policyengine.source import Span
from policyengine.syntax import tree
from policyengine.syntax.tree import Expr

# What a T may be (section 5): a field, a let, a date, as_at, and what is made of them.
_ANCHORS = (
    tree.Path,
    tree.DateLiteral,
    tree.DateTimeLiteral,
    tree.AsAt,
    tree.Arithmetic,
    tree.ExtremeOf,
    tree.PeriodEnd,
    tree.PeriodStart,
    tree.StartOf,
)


def settle_window(window: tree.Window, here: Here) -> OneWindow | None:
    """A window of one event. Notes TYP008, TYP012, TYP026, TYP028; `at least every` is none."""
    match window:
        case tree.Within():
            return _within(window, here)
        case tree.Between(first=first, last=last, or_next_working_day=rolls):
            opens, closes = settle_anchor(first, here, window), settle_anchor(last, here, window)
            return core.Between(span=window.span, first=opens, last=closes, rolls=rolls)
        case tree.OnTheDayOf(anchor=anchor):
            return core.OnDay(span=window.span, anchor=settle_anchor(anchor, here, window))
        case tree.NoLaterThan(anchor=anchor, strictly=strictly, or_next_working_day=rolls):
            if rolls and strictly:
                here.note(misfits.no_roll(window.span))
            settled = settle_anchor(anchor, here, window)
            return core.NoLater(span=window.span, anchor=settled, strictly=strictly, rolls=rolls)
        case tree.AtLeastEvery():
            return None
        case _:
            raise AssertionError(f"a window that is not settled: {type(window).__name__}")


def settle_anchor(expr: Expr, here: Here, window: tree.Window) -> Core:
    """A T: a date of one of the forms that a window may be counted from."""
    why = Label(_words_before(window, expr), "a window is counted from a date")
    if not isinstance(expr, _ANCHORS):
        term = here.value(expr)
        if not term.type.fits(DATE):
            here.note(misfits.wrong_type(expr.span, term.type, DATE, why))
        else:
            message = "a window is counted from a field, a `let`, a date or `as_at`"
            hint = "give it a name: `let due be ...`, and use the name here"
            here.note(misfits.bad_window(expr.span, message, why, hint))
        return term.core
    return here.expect(DATE, expr, why).core


def _words_before(window: tree.Window, expr: Expr) -> Span:
    """The words of the window that stand before a T: `within 7 days after`."""
    file, start = window.span.file, window.span.start
    words = file.text[start : expr.span.start].rstrip()
    return Span(file, start, start + len(words)) if words else expr.span


def _within(window: tree.Within, here: Here) -> OneWindow:
    why = Label(window.anchor.span, "the window is counted from this")
    if window.counting_that_day:
        words = "`counting that day`"
        allowance = settle_period_length(window.allowance, here, words, why)
    else:
        allowance = settle_length(window.allowance, here, why)
    match window.side:
        case "after":
            pass
        case "before" | "either side of":
            if window.or_next_working_day:
                here.note(misfits.no_roll(window.span))
            if window.side == "either side of" and window.counting_that_day:
                message = "`counting that day` goes with `after` or `before`"
                hint = "leave `counting that day` out"
                here.note(misfits.bad_window(window.span, message, why, hint))
        case _:
            assert_never(window.side)
    return core.Within(
        span=window.span,
        allowance=allowance.core,
        side=side(window.side),
        anchor=settle_anchor(window.anchor, here, window),
        counting_that_day=window.counting_that_day,
        rolls=window.or_next_working_day,
    )
