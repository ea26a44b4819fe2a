"""Comparisons: which values can be compared, and with what words."""

import re
from typing import Final, Literal

from policyengine.diagnostics import Label
from policyengine.plan import core
from policyengine.plan.core import Const, Core, Domain, IdOf
from policyengine.policy import faults, misfits
from policyengine.policy.context import Here, Term, unknown
from policyengine.policy.suggest import hint
from policyengine.policy.types import (
    DATE,
    NUMBER,
    TEXT,
    TRUTH,
    UNKNOWN,
    Sort,
    Type,
    type_of_literal,
)
from policyengine.source import Span
from policyengine.syntax import tree
from policyengine.syntax.tree import Expr

Op = Literal["eq", "ge", "le", "gt", "lt"]

_OPS: Final[dict[tree.Comparator, Op]] = {
    "is": "eq",
    "is at least": "ge",
    "is at most": "le",
    "is more than": "gt",
    "is less than": "lt",
}
_DATE_OPS: Final[dict[tree.DateComparator, Op]] = {
    "on": "eq",
    "before": "lt",
    "after": "gt",
    "on or before": "le",
    "on or after": "ge",
}
# What an author who compares dates with these words means.
_FOR_DATES: Final[dict[tree.Comparator, str]] = {
    "is": "is on",
    "is at least": "is on or after",
    "is at most": "is on or before",
    "is more than": "is after",
    "is less than": "is before",
}
_WRITTEN: Final = re.compile(r"\s*(is(?: not)?(?: (?:at least|at most|more than|less than))?|=)\s*")


def settle_compare(expr: tree.Compare, here: Here) -> Term:
    """`is`, `is at least` ...: two values of one domain. Notes TYP001, TYP003, TYP004, TYP012."""
    left = here.value(expr.left)
    right = here.value(expr.right, left.type)
    domain = _domain(expr, left, right, here)
    if domain is None:
        return Term(unknown(expr.span).core, TRUTH)
    one, other = (_ids(left), _ids(right)) if domain is Domain.REF else (left.core, right.core)
    compare = core.Compare(span=expr.span, op=_OPS[expr.how], left=one, right=other, domain=domain)
    return Term(_negated(compare, expr.negated), TRUTH)


def settle_between(expr: tree.IsBetween, here: Here) -> Term:
    """`A is between B and C`, ends included: two comparisons, of numbers or of dates."""
    value = here.value(expr.value)
    wanted, domain = (DATE, Domain.MOMENT) if value.type.is_moment else (NUMBER, Domain.NUMBER)
    why = Label(expr.value.span, "`is between` compares numbers, or dates, with this")
    if not value.type.fits(wanted):
        label = Label(expr.span, "`is between` compares numbers, or dates")
        here.note(misfits.wrong_type(expr.value.span, value.type, NUMBER, label))
    bounds: tuple[tuple[Op, Expr], ...] = (("ge", expr.low), ("le", expr.high))
    items: list[Core] = []
    for op, bound in bounds:
        if value.type.fits(wanted) and value.type.sort is not Sort.UNKNOWN:
            right = here.expect(wanted, bound, why)
        else:
            right = here.value(bound)
        items.append(
            core.Compare(span=expr.span, op=op, left=value.core, right=right.core, domain=domain)
        )
    return Term(_negated(core.And(span=expr.span, items=tuple(items)), expr.negated), TRUTH)


def settle_date_compare(expr: tree.DateCompare, here: Here) -> Term:
    """`is on`, `is before` ...: two dates, compared as S15 says."""
    why = f"`is {expr.how}` compares two dates"
    left = here.expect(DATE, expr.left, Label(expr.span, why))
    right = here.expect(DATE, expr.right, Label(expr.left.span, why))
    compare = core.Compare(
        span=expr.span,
        op=_DATE_OPS[expr.how],
        left=left.core,
        right=right.core,
        domain=Domain.MOMENT,
    )
    return Term(_negated(compare, expr.negated), TRUTH)


def settle_one_of(expr: tree.IsOneOf, here: Here) -> Term:
    """`is one of (...)`, written out, or of a list setting."""
    value = here.value(expr.value)
    if expr.named:
        return _one_of_setting(expr, value, here)
    options = [_option(option, value, expr.value.span, here) for option in expr.options]
    domain = _list_domain(value, expr.value.span, here)
    in_list = core.InList(
        span=expr.span,
        value=value.core,
        options=tuple(option for option in options if option is not None),
        domain=domain,
    )
    return Term(_negated(in_list, expr.negated), TRUTH)


def check_codes(term: Term, span: Span, of: str, why: Label | None, here: Here) -> None:
    """Every value that a text can have, where they are known, is a code of the list (TYP001)."""
    codes = here.words.schema.codes.get(of)
    if codes is None:
        return
    for value in term.type.values or ():
        if isinstance(value, str) and value not in codes.codes:
            here.note(misfits.not_in_list(span, value, of, hint(value, codes.codes), why))


def _one_of_setting(expr: tree.IsOneOf, value: Term, here: Here) -> Term:
    (named,) = expr.options
    name = named.parts[0].text if isinstance(named, tree.Path) and len(named.parts) == 1 else ""
    setting = here.words.settings.get(name)
    if setting is None:
        lists = [n for n, s in here.words.settings.items() if s.type.sort is Sort.LIST]
        here.note(
            faults.no_such_name(
                named.span,
                name or named.span.text,
                hint(name, lists),
                "`is one of` takes a list setting, or values in brackets",
            )
        )
        return Term(unknown(expr.span).core, TRUTH)
    why = Label(expr.value.span, f"this is {value.type.words}")
    if setting.type.sort is not Sort.LIST:
        if setting.type.sort is not Sort.UNKNOWN:
            wanted = Type(Sort.LIST)
            here.note(misfits.wrong_type(named.span, setting.type, wanted, why))
        return Term(unknown(expr.span).core, TRUTH)
    for option in setting.type.values or ():
        _check_option(Term(value.core, type_of_literal(option)), named.span, value, why, here)
    domain = _list_domain(value, expr.value.span, here)
    in_list = core.InList(span=expr.span, value=value.core, setting=name, domain=domain)
    return Term(_negated(in_list, expr.negated), TRUTH)


def _option(option: Expr, value: Term, place: Span, here: Here) -> Const | None:
    term = here.value(option)
    _check_option(term, option.span, value, Label(place, f"this is {value.type.words}"), here)
    return term.core if isinstance(term.core, Const) else None


def _check_option(option: Term, span: Span, value: Term, why: Label, here: Here) -> None:
    wanted = value.type
    if Sort.UNKNOWN in (wanted.sort, option.type.sort):
        return
    if wanted.sort is Sort.CODE and wanted.of is not None and option.type.sort is Sort.TEXT:
        check_codes(option, span, wanted.of, why, here)
    elif not option.type.fits(Type(wanted.sort)):
        needed = TEXT if wanted.sort is Sort.CODE else wanted
        here.note(misfits.wrong_type(span, option.type, needed, why, _quote(option, wanted)))


def _list_domain(value: Term, span: Span, here: Here) -> Domain:
    match value.type.sort:
        case Sort.TEXT | Sort.CODE | Sort.UNKNOWN:
            return Domain.TEXT
        case Sort.NUMBER:
            return Domain.NUMBER
        case Sort.DATE | Sort.DATETIME:
            return Domain.MOMENT
        case _:
            why = Label(span, "`is one of` looks up a text, a code, a number or a date")
            here.note(misfits.wrong_type(span, value.type, TEXT, why))
            return Domain.TEXT


def _domain(expr: tree.Compare, left: Term, right: Term, here: Here) -> Domain | None:
    """The domain in which two values are compared; None, and noted, if there is none."""
    one, other = left.type, right.type
    if UNKNOWN in (one, other):
        return None
    if one.is_moment and other.is_moment:
        _note_dates(expr, here)
        return None
    if expr.how != "is":
        return _numbers(expr, left, right, here)
    if {one.sort, other.sort} <= {Sort.TEXT, Sort.CODE}:
        return _texts(expr, left, right, here)
    if one.is_linked and other.is_linked:
        return _records(expr, one, other, here)
    if one.sort is other.sort and one.sort in _ALIKE:
        return _ALIKE[one.sort]
    if _is_id_and_text(left, right) or _is_id_and_text(right, left):
        return Domain.REF
    if one.sort is other.sort or one.sort not in _COMPARED:
        why = "compare a part of them instead"
        here.note(misfits.not_comparable(expr.left.span, expr.right.span, one, other, why))
        return None
    why_not = Label(expr.left.span, f"it is compared with {one.words}")
    hints = _quote(right, one) or _unquote(right, one)
    here.note(misfits.wrong_type(expr.right.span, other, _COMPARED[one.sort], why_not, hints))
    return None


_ALIKE: Final = {Sort.NUMBER: Domain.NUMBER, Sort.TRUTH: Domain.TRUTH}
_COMPARED: Final = {
    Sort.NUMBER: NUMBER,
    Sort.TRUTH: TRUTH,
    Sort.TEXT: TEXT,
    Sort.CODE: TEXT,
    Sort.DATE: DATE,
    Sort.DATETIME: DATE,
    Sort.REF: Type(Sort.REF),
    Sort.RECORD: Type(Sort.RECORD),
}


def _numbers(expr: tree.Compare, left: Term, right: Term, here: Here) -> Domain | None:
    for side, term in ((expr.left, left), (expr.right, right)):
        if not term.type.fits(NUMBER):
            why = Label(expr.span, f"`{expr.how}` compares two numbers")
            here.note(misfits.wrong_type(side.span, term.type, NUMBER, why))
            return None
    return Domain.NUMBER


def _texts(expr: tree.Compare, left: Term, right: Term, here: Here) -> Domain | None:
    one, other = left.type, right.type
    if one.sort is other.sort is Sort.CODE and one.of != other.of:
        why = "their codes come from different lists"
        here.note(misfits.not_comparable(expr.left.span, expr.right.span, one, other, why))
        return None
    if one.sort is Sort.CODE and one.of is not None and other.sort is Sort.TEXT:
        why_list = Label(expr.left.span, f"this is {one.words}")
        check_codes(right, expr.right.span, one.of, why_list, here)
    if other.sort is Sort.CODE and other.of is not None and one.sort is Sort.TEXT:
        why_list = Label(expr.right.span, f"this is {other.words}")
        check_codes(left, expr.left.span, other.of, why_list, here)
    return Domain.TEXT


def _records(expr: tree.Compare, one: Type, other: Type, here: Here) -> Domain | None:
    if one.of is not None and other.of is not None and one.of != other.of:
        why = "they are of different kinds"
        here.note(misfits.not_comparable(expr.left.span, expr.right.span, one, other, why))
        return None
    return Domain.REF


def _is_id_and_text(one: Term, other: Term) -> bool:
    return isinstance(one.core, IdOf) and other.type.sort is Sort.TEXT


def _ids(term: Term) -> Core:
    """The id of a record; a reference holds one already."""
    if term.type.sort is Sort.RECORD:
        return IdOf(span=term.core.span, record=term.core)
    return term.core


def _quote(right: Term, wanted: Type) -> tuple[str, ...]:
    """A `yes` where a code or a text is meant."""
    values = right.type.values
    if wanted.sort in (Sort.CODE, Sort.TEXT) and right.type.sort is Sort.TRUTH and values:
        return (f'a code or a text stands in quotation marks: `"{"yes" if values[0] else "no"}"`',)
    return ()


def _unquote(right: Term, wanted: Type) -> tuple[str, ...]:
    """A `"yes"` where a yes or no is meant."""
    if wanted.sort is Sort.TRUTH and right.type.values in (("yes",), ("no",)):
        return (f"write it without quotation marks: `{right.type.values[0]}`",)
    return ()


def _note_dates(expr: tree.Compare, here: Here) -> None:
    """TYP004, with its mend where the operator stands plainly between the two."""
    negation = " not" if expr.negated else ""
    wrong = expr.how.replace("is", f"is{negation}", 1)
    mend = _FOR_DATES[expr.how].replace("is", f"is{negation}", 1)
    left, right = expr.left.span, expr.right.span
    between = None
    found = _WRITTEN.fullmatch(left.file.text, left.end, right.start)
    if found is not None:
        between = Span(left.file, found.start(1), found.end(1))
    here.note(misfits.dates_compared(left, right, wrong, mend, between))


def _negated(condition: Core, negated: bool) -> Core:
    return core.Not(span=condition.span, operand=condition) if negated else condition
