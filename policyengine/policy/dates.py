"""Dates and lengths of time: arithmetic, periods, windows of a comparison."""

from policyengine.diagnostics import Label
from policyengine.plan import core
from policyengine.plan.core import Core, SettingValue, Side, Slot
from policyengine.policy import misfits
from policyengine.policy.context import Here, Term, unknown
from policyengine.policy.types import (
    DATE,
    DATETIME,
    DURATION,
    NUMBER,
    TRUTH,
    Sort,
    Type,
    united,
)
from policyengine.syntax import tree
from policyengine.syntax.tree import Expr


def settle_length(expr: Expr, here: Here, why: Label) -> Term:
    """A length of time: written out, a setting or a `let` (TYP012, TYP028)."""
    term = here.value(expr, DURATION)
    if term.type.sort is Sort.UNKNOWN:
        return term
    if not term.type.fits(DURATION):
        here.note(misfits.wrong_type(expr.span, term.type, DURATION, why, _in_days(term)))
        return unknown(expr.span)
    if not isinstance(term.core, core.Const | SettingValue | Slot):
        message = "a length of time is written out, or is a setting or a `let`"
        hint = "give it a name: `let allowed be ...`, and use the name here"
        here.note(misfits.bad_window(expr.span, message, why, hint))
        return unknown(expr.span)
    return term


def _in_days(term: Term) -> tuple[str, ...]:
    if term.type.sort is Sort.NUMBER and term.type.values:
        return (f"of what? write `{term.type.values[0]} days`",)
    return ()


def settle_period_length(expr: Expr, here: Here, words: str, why: Label) -> Term:
    """A length of days, weeks, months or years, of which there are periods (S15, TYP008)."""
    term = settle_length(expr, here, why)
    for duration in term.type.durations:
        if not duration.has_periods:
            here.note(misfits.no_period(expr.span, str(duration), words, why))
    return term


def settle_is_within(expr: tree.IsWithin, here: Here) -> Term:
    """`A is within D after B` (S15, S16)."""
    why = Label(expr.span, "`is within` compares two dates")
    event = here.expect(DATE, expr.event, why)
    allowance = settle_length(expr.allowance, here, why)
    anchor = here.expect(DATE, expr.anchor, why)
    within: Core = core.IsWithin(
        span=expr.span,
        event=event.core,
        allowance=allowance.core,
        side=side(expr.side),
        anchor=anchor.core,
    )
    if expr.negated:
        within = core.Not(span=expr.span, operand=within)
    return Term(within, TRUTH)


def side(words: tree.Side) -> Side:
    """The core's word for a side."""
    match words:
        case "after" | "before":
            return words
        case "either side of":
            return "either"


def settle_arithmetic(expr: tree.Arithmetic, here: Here) -> Term:
    """`+` and `-`: two numbers, or a date and a length of time after it (TYP017)."""
    left = here.value(expr.left)
    sort = left.type.sort
    if left.type.is_moment:
        return _shifted(expr, left, here)
    right = here.value(expr.right, NUMBER)
    if Sort.UNKNOWN in (sort, right.type.sort):
        return unknown(expr.span)
    if sort is right.type.sort is Sort.NUMBER:
        total = core.Sum(span=expr.span, sign=expr.sign, left=left.core, right=right.core)
        return Term(total, NUMBER)
    _note_arithmetic(expr, left.type, right.type, here)
    return unknown(expr.span)


def _shifted(expr: tree.Arithmetic, left: Term, here: Here) -> Term:
    right = here.value(expr.right, DURATION)
    if right.type.sort is Sort.UNKNOWN:
        return Term(unknown(expr.span).core, left.type)
    if right.type.sort is not Sort.DURATION:
        _note_arithmetic(expr, left.type, right.type, here)
        return unknown(expr.span)
    if not isinstance(right.core, core.Const | SettingValue | Slot):
        why = Label(expr.left.span, "it is added to a date")
        message = "a length of time is written out, or is a setting or a `let`"
        hint = "give it a name: `let allowed be ...`, and use the name here"
        here.note(misfits.bad_window(expr.right.span, message, why, hint))
    shift = core.Shift(span=expr.span, sign=expr.sign, date=left.core, length=right.core)
    timed = any(duration.is_elapsed for duration in right.type.durations)
    return Term(shift, DATETIME if timed else DATE)


def _note_arithmetic(expr: tree.Arithmetic, one: Type, other: Type, here: Here) -> None:
    hints: list[str] = []
    if one.is_moment and other.is_moment:
        hints.append("for the days between them write `days from A to B`")
    elif one.is_moment and other.sort is Sort.NUMBER and other.values:
        hints.append(f"of what? write `{other.values[0]} days`")
    elif one.sort is Sort.DURATION and other.is_moment:
        hints.append("write the date first: `DATE + 7 days`")
    if expr.sign == "+":
        message = f"{one.words} and {other.words} cannot be added"
    else:
        message = f"{other.words} cannot be taken from {one.words}"
    left, right = Label(expr.left.span, one.words), Label(expr.right.span, other.words)
    here.note(misfits.no_arithmetic(expr.span, left, right, message, hints))


def settle_days_from(expr: tree.DaysFrom, here: Here) -> Term:
    """`days from A to B`."""
    why = Label(expr.span, "days are counted from a date to a date")
    start, end = here.expect(DATE, expr.start, why), here.expect(DATE, expr.end, why)
    return Term(core.DaysFrom(span=expr.span, start=start.core, end=end.core), NUMBER)


def settle_age(expr: tree.AgeAt, here: Here) -> Term:
    """`age of BIRTH at DATE` (S18)."""
    why = Label(expr.span, "an age is counted from a date of birth to a date")
    birth, at = here.expect(DATE, expr.birth, why), here.expect(DATE, expr.at, why)
    return Term(core.AgeAt(span=expr.span, birth=birth.core, at=at.core), NUMBER)


def settle_start_of(expr: tree.StartOf, here: Here) -> Term:
    """`start of month of DATE`."""
    why = Label(expr.span, f"the start of the {expr.unit} of a date")
    day = here.expect(DATE, expr.date, why)
    return Term(core.StartOf(span=expr.span, unit=expr.unit, date=day.core), DATE)


def settle_period_end(expr: tree.PeriodEnd, here: Here) -> Term:
    """`end of D beginning with DATE` (S15)."""
    why = Label(expr.span, "a period begins with a date")
    length = settle_period_length(expr.length, here, "a period", why)
    day = here.expect(DATE, expr.date, why)
    return Term(core.PeriodEnd(span=expr.span, length=length.core, date=day.core), DATE)


def settle_period_start(expr: tree.PeriodStart, here: Here) -> Term:
    """`start of D ending on DATE` (S15)."""
    why = Label(expr.span, "a period ends on a date")
    length = settle_period_length(expr.length, here, "a period", why)
    day = here.expect(DATE, expr.date, why)
    return Term(core.PeriodStart(span=expr.span, length=length.core, date=day.core), DATE)


def settle_extreme(expr: tree.ExtremeOf, here: Here) -> Term:
    """`later of (A, B)`, `earlier of (A, B)`."""
    why = Label(expr.span, f"`{expr.which} of` compares dates")
    items = [here.expect(DATE, item, why) for item in expr.items]
    found = united(item.type for item in items) or DATE
    extreme = core.ExtremeOf(
        span=expr.span, which=expr.which, items=tuple(item.core for item in items)
    )
    return Term(extreme, Type(found.sort))
