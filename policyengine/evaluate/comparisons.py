"""Comparing, adding and finding missing: the small functions that closures are made of (S2, S4)."""

from __future__ import annotations

from policyengine.evaluate.scene import Evaluated, Frame, NoRecord, NumberRange, UnsureRecord
from policyengine.records.model import Record
from policyengine.values import moments
from policyengine.values.moments import Moment
from policyengine.values.truth import (
    BLANKS,
    NOT_YET,
    NotYet,
    Reason,
    Reasons,
    Truth,
    Unknown,
    Why,
    joined,
    negation,
)


class Doubtful(Unknown):
    """A value of a record of which it cannot be told which it is (S19), of a choice of which it
    cannot be told which was made, or what is made from either: perhaps it is recorded."""

    __slots__ = ()


def is_vague(moment: Moment) -> bool:
    """Whether its instant is not known exactly."""
    return moment.at is None or moment.at != moment.until


def unknown_record(found: object, kind: str | None) -> Unknown:
    """What a field of something that is no record reads as."""
    if isinstance(found, UnsureRecord):
        return Doubtful(found.reasons)
    if isinstance(found, Doubtful):
        return found
    if isinstance(found, NoRecord | Unknown):
        reasons = found.reasons
        if kind is not None and isinstance(found, NoRecord):
            reasons = tuple(
                Reason(each.why, each.kind or kind, each.id, each.field) for each in reasons
            )
        return Unknown(reasons)
    raise AssertionError(f"a record was expected, not {type(found).__name__}")


def unknown_of(*values: object) -> Unknown:
    """The unknown that comes of one or more missing values."""
    missing = [value for value in values if isinstance(value, Unknown)]
    kind = Doubtful if any(isinstance(value, Doubtful) for value in missing) else Unknown
    return kind(joined(*(value.reasons for value in missing)))


def moments_compare(op: str, one: Moment, other: Moment, zone: moments.Zone) -> bool | None:
    """`is on`, `is before` and so on of two dates; None where it cannot be told."""
    match op:
        case "eq":
            return moments.on(one, other, zone)
        case "lt":
            return moments.before(one, other, zone)
        case "gt":
            return moments.before(other, one, zone)
        case "le":
            later = moments.before(other, one, zone)
            return None if later is None else not later
        case "ge":
            earlier = moments.before(one, other, zone)
            return None if earlier is None else not earlier
    raise AssertionError(op)


def is_constant_text(left: Evaluated, constant: object) -> Evaluated:
    """Whether a text, code or truth is a given one."""

    def is_constant(frame: Frame) -> Truth:
        value = left(frame)
        return value if isinstance(value, Unknown) else value == constant

    return is_constant


def same(left: Evaluated, right: Evaluated) -> Evaluated:
    """Whether two texts, codes, truths or ids are the same."""

    def equal(frame: Frame) -> Truth:
        one, other = left(frame), right(frame)
        if isinstance(one, Unknown) or isinstance(other, Unknown):
            return unknown_of(one, other)
        return one == other

    return equal


def compare_numbers(op: str, left: Evaluated, right: Evaluated) -> Evaluated:
    """Two numbers or ranges of them (S19)."""

    def compare(frame: Frame) -> Truth:
        one, other = left(frame), right(frame)
        if isinstance(one, Unknown) or isinstance(other, Unknown):
            return unknown_of(one, other)
        if isinstance(one, NumberRange) or isinstance(other, NumberRange):
            return _compare_ranges(op, as_range(one), as_range(other))
        match op:
            case "eq":
                return one == other
            case "lt":
                return one < other  # type: ignore[operator, no-any-return]
            case "gt":
                return one > other  # type: ignore[operator, no-any-return]
            case "le":
                return one <= other  # type: ignore[operator, no-any-return]
            case _:
                return one >= other  # type: ignore[operator, no-any-return]

    return compare


def as_range(value: object) -> NumberRange:
    """A number as a range of itself."""
    if isinstance(value, NumberRange):
        return value
    return NumberRange(value, value, ())  # type: ignore[arg-type]


def _compare_ranges(op: str, one: NumberRange, other: NumberRange) -> Truth:
    if op in ("gt", "le"):
        swapped = _compare_ranges("lt", other, one)
        return swapped if op == "gt" else negation(swapped)
    if op == "ge":
        return negation(_compare_ranges("lt", one, other))
    below = one.high is not None and one.high < other.low
    above = other.high is not None and one.low > other.high
    if op == "eq":
        if below or above:
            return False
        if one.low == one.high == other.low == other.high:
            return True
    else:
        if below:
            return True
        if other.high is not None and one.low >= other.high:
            return False
    return Unknown(joined(one.reasons, other.reasons))


def added(one: object, other: object) -> object:
    """The sum of two numbers or ranges."""
    if not isinstance(one, NumberRange) and not isinstance(other, NumberRange):
        return one + other  # type: ignore[operator]
    first, second = as_range(one), as_range(other)
    high = None if first.high is None or second.high is None else first.high + second.high
    return NumberRange(first.low + second.low, high, joined(first.reasons, second.reasons))


def taken(one: object, other: object) -> object:
    """One number or range less another."""
    if not isinstance(one, NumberRange) and not isinstance(other, NumberRange):
        return one - other  # type: ignore[operator]
    first, second = as_range(one), as_range(other)
    reasons = joined(first.reasons, second.reasons)
    if second.high is None:
        return Unknown(reasons)
    high = None if first.high is None else first.high - second.low
    return NumberRange(first.low - second.high, high, reasons)


def is_open(value: object) -> Truth:
    """`is open` of what an open field reads as."""
    if value is NOT_YET:
        return True
    return value if isinstance(value, Unknown) else False


def is_present(value: object, known: bool) -> Truth:
    """`is recorded`, or with `known` `is known`, of a field, a pick or a `let` (S2, S4)."""
    match value:
        case NotYet() | NoRecord():
            return False
        case UnsureRecord(some=some):
            return True if some else Unknown(value.reasons)
        case Doubtful():
            return value
        case Unknown(reasons=reasons):
            return _is_there(value, reasons, known)
        case Record(unseen=True):
            return Unknown(value.perhaps)
        case _:
            return True


def _is_there(value: Unknown, reasons: Reasons, known: bool) -> Truth:
    whys = {reason.why for reason in reasons}
    if Why.OUTSIDE_COVERAGE in whys:
        return value
    if known or whys & (BLANKS | {Why.INVALID, Why.WITHHELD}):
        return False
    return Why.RECORDED_AS_UNKNOWN in whys
