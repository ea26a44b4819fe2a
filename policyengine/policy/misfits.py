"""Faults of types and of duties that make no sense, each made in one place (S3)."""

from collections.abc import Iterable

from policyengine.diagnostics import Diagnostic, Fix, Label
from policyengine.policy.types import Sort, Type
from policyengine.source import Span


def _labels(*labels: Label | None) -> tuple[Label, ...]:
    return tuple(label for label in labels if label is not None)


def not_in_list(
    span: Span, code: str, of: str, hints: Iterable[str], why: Label | None = None
) -> Diagnostic:
    """TYP001"""
    return Diagnostic(
        code="TYP001",
        message=f'"{code}" is not a code of `{of}`',
        span=span,
        found=f"not in the list `{of}`",
        labels=_labels(why),
        hints=tuple(hints),
    )


def not_a_condition(span: Span, found: Type, why: Label) -> Diagnostic:
    """TYP002"""
    hints = {
        Sort.RECORD: "to ask whether there is one, write `is recorded`",
        Sort.CODE: 'compare it: `is "..."`',
        Sort.TEXT: "compare it, or write `is recorded`",
        Sort.NUMBER: "compare it: `is at least 1`",
        Sort.DATE: "compare it, or write `is recorded`",
        Sort.DATETIME: "compare it, or write `is recorded`",
        Sort.REF: "compare it, or write `is recorded`",
        Sort.LIST: "write `... is one of` before it",
    }
    return Diagnostic(
        code="TYP002",
        message=f"this is {found.words}, but a condition is needed here",
        span=span,
        found=found.words,
        labels=(why,),
        hints=tuple([hints[found.sort]] if found.sort in hints else []),
    )


def not_comparable(left: Span, right: Span, one: Type, other: Type, why: str) -> Diagnostic:
    """TYP003"""
    return Diagnostic(
        code="TYP003",
        message=f"{one.words} and {other.words} cannot be compared: {why}",
        span=right,
        found=other.words,
        labels=(Label(left, f"compared with {one.words}"),),
    )


def dates_compared(
    span: Span, right: Span, wrong: str, mend: str, between: Span | None
) -> Diagnostic:
    """TYP004; `between` is the place of the operator, if it could be found."""
    return Diagnostic(
        code="TYP004",
        message=f"dates are not compared with `{wrong}`: write `{mend}`",
        span=span,
        found="a date",
        labels=(Label(right, "and a date"),),
        hints=(f"write `{mend}`",),
        fix=None if between is None else Fix(between, mend),
    )


def not_open(span: Span, why: str) -> Diagnostic:
    """TYP005"""
    return Diagnostic(
        code="TYP005",
        message="`is open` is asked of a field that the schema declares `open`",
        span=span,
        found=why,
        hints=("for any other field write `is recorded` or `is not recorded`",),
    )


def bad_words(span: Span, message: str, hint: str) -> Diagnostic:
    """TYP006"""
    return Diagnostic(
        code="TYP006", message=message, span=span, found="not words only", hints=(hint,)
    )


def bad_pattern(span: Span, problem: str, hints: Iterable[str]) -> Diagnostic:
    """TYP007"""
    return Diagnostic(
        code="TYP007",
        message=f"this regular expression cannot be read: {problem}",
        span=span,
        found="RE2 refuses this",
        hints=tuple(hints),
    )


def no_period(span: Span, length: str, why: str, place: Label | None = None) -> Diagnostic:
    """TYP008"""
    return Diagnostic(
        code="TYP008",
        message=f"{why} needs days, weeks, months or years, and this is {length}",
        span=span,
        found=length,
        labels=_labels(place),
        hints=("hours and working days have no such period (S15)",),
    )


def sensitive_shown(span: Span, what: str, why: str, path: Label | None = None) -> Diagnostic:
    """TYP009"""
    return Diagnostic(
        code="TYP009",
        message=f"a message may not show `{what}`: it is sensitive ({why})",
        span=span,
        found="this would stand in reports",
        labels=_labels(path),
        hints=("say what is wrong without the value",),
    )


def every_misused(span: Span, message: str, why: Label | None, hint: str) -> Diagnostic:
    """TYP010"""
    return Diagnostic(
        code="TYP010",
        message=message,
        span=span,
        found="again and again",
        labels=_labels(why),
        hints=(hint,),
    )


def duties(span: Span, rule: str, other: Span | None) -> Diagnostic:
    """TYP011: no duty (`other` None), or a second one."""
    if other is None:
        return Diagnostic(
            code="TYP011",
            message=f"{rule} has no duty",
            span=span,
            found="no `must` and no `should`",
            hints=("a rule states exactly one duty: `must have ...`, `must show ...`",),
        )
    return Diagnostic(
        code="TYP011",
        message=f"{rule} has two duties",
        span=span,
        found="a second duty",
        labels=(Label(other, "the first"),),
        hints=("write two rules, or join two states with `and` after one `must show`",),
    )


def wrong_type(
    span: Span, found: Type, wanted: Type, why: Label, hints: Iterable[str] = ()
) -> Diagnostic:
    """TYP012"""
    hints = tuple(hints) or _mends(found, wanted)
    return Diagnostic(
        code="TYP012",
        message=f"this is {found.words}, but {wanted.words} is needed here",
        span=span,
        found=found.words,
        labels=_labels(why if why.span != span else None),
        hints=hints,
    )


def _mends(found: Type, wanted: Type) -> tuple[str, ...]:
    """What an author usually means who writes the one for the other."""
    match found.sort, wanted.sort:
        case Sort.DURATION, Sort.NUMBER if found.durations:
            return (f"a number has no unit: write `{found.durations[0].amount}`",)
        case ((Sort.DATE | Sort.DATETIME), Sort.NUMBER):
            return ("for a number of days write `days from A to B`",)
        case ((Sort.RECORD | Sort.REF), _):
            return ("name one of its fields",)
        case Sort.LIST, (Sort.TEXT | Sort.NUMBER | Sort.DATE | Sort.DATETIME):
            return ("write `is one of` before a list",)
        case _:
            return ()


def clause_twice(span: Span, clause: str, other: Span, hint: str) -> Diagnostic:
    """TYP013"""
    return Diagnostic(
        code="TYP013",
        message=f"`{clause}` stands twice in this rule",
        span=span,
        found="again here",
        labels=(Label(other, "it stands here already"),),
        hints=(hint,) if hint else (),
    )


def silent_duty(span: Span, duty: Span) -> Diagnostic:
    """TYP014"""
    return Diagnostic(
        code="TYP014",
        message="`silence` belongs to a duty that looks for a record or a date",
        span=span,
        found="there is no silence of this",
        labels=(Label(duty, "this duty looks for neither"),),
        hints=("say what must be recorded: `must show ... is recorded`, or `must have ...`",),
    )


def field_duty(span: Span, message: str, hint: str, found: str = "") -> Diagnostic:
    """TYP015"""
    return Diagnostic(
        code="TYP015", message=message, span=span, found=found, hints=(hint,) if hint else ()
    )


def of_the_case(span: Span, what: str, why: str) -> Diagnostic:
    """TYP016"""
    return Diagnostic(
        code="TYP016", message=f"{what} makes no sense here: {why}", span=span, found="of the case"
    )


def no_arithmetic(
    span: Span, left: Label, right: Label, message: str, hints: Iterable[str]
) -> Diagnostic:
    """TYP017"""
    return Diagnostic(
        code="TYP017", message=message, span=span, labels=(left, right), hints=tuple(hints)
    )


def bad_setting(
    span: Span | None, message: str, why: Label | None = None, hint: str = ""
) -> Diagnostic:
    """TYP018"""
    return Diagnostic(
        code="TYP018",
        message=message,
        span=span,
        found="does not fit",
        labels=_labels(why),
        hints=(hint,) if hint else (),
    )


def not_ascending(span: Span | None, message: str, other: Label | None) -> Diagnostic:
    """TYP019"""
    return Diagnostic(
        code="TYP019",
        message=message,
        span=span,
        found="out of order",
        labels=_labels(other),
        hints=("give the values in the order of their dates, each date once",),
    )


def does_not_fit(
    span: Span, field: str, wanted: str, hints: Iterable[str] = (), found: str = ""
) -> Diagnostic:
    """TYP020"""
    return Diagnostic(
        code="TYP020",
        message=f"this does not fit `{field}`, which is {wanted}",
        span=span,
        found=found or f"{wanted} is needed",
        hints=tuple(hints),
    )


def bad_expectation(span: Span, message: str, hint: str) -> Diagnostic:
    """TYP021"""
    return Diagnostic(code="TYP021", message=message, span=span, found="", hints=(hint,))


def no_presence(span: Span, how: str, why: Label) -> Diagnostic:
    """TYP022"""
    return Diagnostic(
        code="TYP022",
        message=f"`is {how}` is asked of a field, a definition, a let or a record",
        span=span,
        found="none of these",
        labels=_labels(why if why.span != span else None),
        hints=("ask it of the field that this is made from",),
    )


def only_in_let(span: Span, what: str) -> Diagnostic:
    """TYP023"""
    return Diagnostic(
        code="TYP023",
        message=f"{what} stands only in a `let`",
        span=span,
        found="needs a name",
        hints=("give it a name: `let found be ...`, and use the name here",),
    )


def backwards(span: Span, message: str) -> Diagnostic:
    """TYP024"""
    return Diagnostic(code="TYP024", message=message, span=span, found="ends before it starts")


def out_of_range(span: Span | None, message: str, found: str) -> Diagnostic:
    """TYP025"""
    return Diagnostic(code="TYP025", message=message, span=span, found=found)


def no_roll(span: Span) -> Diagnostic:
    """TYP026"""
    return Diagnostic(
        code="TYP026",
        message="`or the next working day` moves a deadline, and this window has none to move",
        span=span,
        found="nothing to roll",
        hints=("it goes with `within D after T`, `between` and `no later than`",),
    )


def too_deep(span: Span, most: int) -> Diagnostic:
    """TYP027"""
    return Diagnostic(
        code="TYP027",
        message=f"this is nested more than {most} deep, through the definitions that it uses",
        span=span,
        found="too deep",
        hints=("give a part of it a name of its own with `let`",),
    )


def bad_window(span: Span, message: str, why: Label, hint: str) -> Diagnostic:
    """TYP028"""
    return Diagnostic(
        code="TYP028",
        message=message,
        span=span,
        found="not of this form",
        labels=_labels(why if why.span != span else None),
        hints=(hint,),
    )


def skipped_time(span: Span, zone: str) -> Diagnostic:
    """TYP029"""
    return Diagnostic(
        code="TYP029",
        message=f"there is no such time in {zone}: the clocks go forward over it",
        span=span,
        found="skipped by the clocks",
    )


def unlike_options(span: Span, one: Type, first: Label, other: Type) -> Diagnostic:
    """TYP030"""
    return Diagnostic(
        code="TYP030",
        message=f"a choice gives one type of value, not {one.words} or {other.words}",
        span=span,
        found=other.words,
        labels=(first,),
    )


def gather_date(span: Span, message: str, hints: Iterable[str]) -> Diagnostic:
    """TYP031"""
    return Diagnostic(
        code="TYP031",
        message=message,
        span=span,
        found="not a declared date of this kind",
        hints=tuple(hints),
    )


def not_shown(span: Span, found: Type) -> Diagnostic:
    """TYP032"""
    return Diagnostic(
        code="TYP032",
        message=f"a message cannot show {found.words}",
        span=span,
        found=found.words,
        hints=("name one of its fields",) if found.sort is Sort.RECORD else (),
    )


def no_definition(span: Span, found: Type, message: str) -> Diagnostic:
    """TYP012, of a definition that would be a record or a list."""
    return Diagnostic(
        code="TYP012",
        message=message,
        span=span,
        found=found.words,
        hints=("define a condition or a value: `... is recorded`, or one field of it",),
    )


def undated_event(span: Span, kind: str, window: Span) -> Diagnostic:
    """TYP033"""
    return Diagnostic(
        code="TYP033",
        message=f"a `{kind}` has no date of its own, so it cannot be told when it happened",
        span=span,
        found="a kind whose schema names no `happened`",
        labels=(Label(window, "a window asks when"),),
        hints=(
            f"leave the window out, or give `{kind}` its `happened` field in the schema",
            "a date field of one record may be the event itself: `must have RECORD.FIELD WINDOW`",
        ),
    )
