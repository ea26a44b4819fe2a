"""One pass over an expression: names settled, types checked, sugar taken away."""

from typing import assert_never

from policyengine.diagnostics import Label
from policyengine.plan import core
from policyengine.plan.core import Core
from policyengine.policy import comparisons, dates, misfits, sets, texts
from policyengine.policy.context import Here, Term, unknown
from policyengine.policy.literals import settle_literal
from policyengine.policy.names import settle_path
from policyengine.policy.types import DATE, TRUTH, Sort, Type, united
from policyengine.syntax import tree
from policyengine.syntax.tree import Expr


def settle_expr(expr: Expr, here: Here, wanted: Type | None = None) -> Term:
    """Settle an expression of any form (S3). Faults are noted, and give the type UNKNOWN."""
    match expr:
        case (
            tree.TextLiteral()
            | tree.YesNo()
            | tree.Number()
            | tree.DateLiteral()
            | tree.DateTimeLiteral()
            | tree.DurationLiteral()
        ):
            return settle_literal(expr, here.words.zone, here.notes)
        case tree.Path():
            return settle_path(expr, here, wanted)
        case tree.AsAt():
            return Term(core.AsAt(span=expr.span), DATE)
        case tree.Not(operand=operand):
            inner = here.condition(operand, Label(expr.span, "`not` turns a condition round"))
            return Term(core.Not(span=expr.span, operand=inner), TRUTH)
        case tree.And(items=items):
            return Term(core.And(span=expr.span, items=_conditions(expr, items, here)), TRUTH)
        case tree.Or(items=items):
            return Term(core.Or(span=expr.span, items=_conditions(expr, items, here)), TRUTH)
        case tree.ListOf():
            return _list_of(expr, here)
        case tree.Compare():
            return comparisons.settle_compare(expr, here)
        case tree.IsBetween():
            return comparisons.settle_between(expr, here)
        case tree.IsOneOf():
            return comparisons.settle_one_of(expr, here)
        case tree.DateCompare():
            return comparisons.settle_date_compare(expr, here)
        case tree.IsWithin():
            return dates.settle_is_within(expr, here)
        case tree.Presence():
            return _presence(expr, here)
        case tree.TextTest():
            return texts.settle_text_test(expr, here)
        case tree.ThereIs():
            return sets.settle_there_is(expr, here)
        case tree.Every():
            return sets.settle_every(expr, here)
        case tree.NumberOf():
            return sets.settle_number_of(expr, here)
        case tree.Aggregate():
            return sets.settle_aggregate(expr, here)
        case tree.NewWordsSinceAny():
            return sets.settle_new_words_since_any(expr, here)
        case tree.WordsIn():
            return texts.settle_words_in(expr, here)
        case tree.NewWords():
            return texts.settle_new_words(expr, here)
        case tree.Similarity():
            return texts.settle_similarity(expr, here)
        case tree.Arithmetic():
            return dates.settle_arithmetic(expr, here)
        case tree.DaysFrom():
            return dates.settle_days_from(expr, here)
        case tree.AgeAt():
            return dates.settle_age(expr, here)
        case tree.StartOf():
            return dates.settle_start_of(expr, here)
        case tree.PeriodEnd():
            return dates.settle_period_end(expr, here)
        case tree.PeriodStart():
            return dates.settle_period_start(expr, here)
        case tree.ExtremeOf():
            return dates.settle_extreme(expr, here)
        case tree.Pick(which=which):
            here.note(misfits.only_in_let(expr.span, f"`{which}`"))
            return unknown(expr.span)
        case tree.Choice():
            here.note(misfits.only_in_let(expr.span, "a choice (`... if ..., otherwise ...`)"))
            return unknown(expr.span)
        case _:
            raise AssertionError(f"an expression that is not settled: {type(expr).__name__}")


def settle_let_value(expr: Expr, here: Here) -> Term:
    """What a `let` stands for: also a picked record, or a choice of values."""
    match expr:
        case tree.Pick():
            return sets.settle_pick(expr, here)
        case tree.Choice():
            return _choice(expr, here)
        case _:
            return here.value(expr)


def _conditions(expr: Expr, items: tuple[Expr, ...], here: Here) -> tuple[Core, ...]:
    word = {tree.And: "`and` joins", tree.Or: "`or` joins"}.get(type(expr), "a list holds")
    why = Label(expr.span, f"{word} conditions")
    return tuple(here.condition(item, why) for item in items)


def _list_of(expr: tree.ListOf, here: Here) -> Term:
    items = _conditions(expr, expr.items, here)
    match expr.how:
        case "all":
            return Term(core.And(span=expr.span, items=items), TRUTH)
        case "any":
            return Term(core.Or(span=expr.span, items=items), TRUTH)
        case "none":
            denied = tuple(core.Not(span=item.span, operand=item) for item in items)
            return Term(core.And(span=expr.span, items=denied), TRUTH)
        case "at least":
            least = expr.least or 0
            if not 1 <= least <= len(items):
                message = f"`at least {least} of` {len(items)}: that is always the same answer"
                here.note(misfits.out_of_range(expr.span, message, f"{len(items)} conditions"))
            return Term(core.AtLeast(span=expr.span, least=least, items=items), TRUTH)
        case _:
            assert_never(expr.how)


def _presence(expr: tree.Presence, here: Here) -> Term:
    term = here.value(expr.operand)
    operand = term.core
    if term.type.sort is Sort.UNKNOWN:
        return Term(operand, TRUTH)
    if isinstance(operand, core.IdOf):
        operand = operand.record
    if expr.how == "open":
        _check_open(expr, operand, here)
    elif not isinstance(operand, core.Field | core.Derived | core.Slot | core.Follow):
        why = Label(expr.span, f"`is {expr.how}` is asked here")
        here.note(misfits.no_presence(expr.operand.span, expr.how, why))
    presence: Core = core.Presence(span=expr.span, how=expr.how, operand=operand)
    if expr.negated:
        presence = core.Not(span=expr.span, operand=presence)
    return Term(presence, TRUTH)


def _check_open(expr: tree.Presence, operand: Core, here: Here) -> None:
    if not isinstance(operand, core.Field):
        here.note(misfits.not_open(expr.operand.span, "not a declared field"))
        return
    declared = here.words.field(operand.kind, operand.name)
    if declared is not None and not declared.open:
        why = f"`{operand.name}` of `{operand.kind}` is not declared `open`"
        here.note(misfits.not_open(expr.operand.span, why))


def _choice(expr: tree.Choice, here: Here) -> Term:
    """The first option whose condition holds; all of one type (TYP030)."""
    places: list[Expr] = []
    terms: list[Term] = []
    options: list[tuple[Core, Core]] = []
    for value, condition in expr.options:
        terms.append(settle_let_value(value, here))
        places.append(value)
        why = Label(value.span, "this is chosen if it holds")
        options.append((terms[-1].core, here.condition(condition, why)))
    terms.append(settle_let_value(expr.otherwise, here))
    places.append(expr.otherwise)
    common = united(term.type for term in terms)
    if common is None:
        _note_unlike(places, terms, here)
        return unknown(expr.span)
    choice = core.Choice(span=expr.span, options=tuple(options), otherwise=terms[-1].core)
    return Term(choice, common)


def _note_unlike(places: list[Expr], terms: list[Term], here: Here) -> None:
    first = terms[0].type
    for place, term in zip(places[1:], terms[1:], strict=True):
        if united([first, term.type]) is None:
            label = Label(places[0].span, f"this option is {first.words}")
            here.note(misfits.unlike_options(place.span, first, label, term.type))
            return
