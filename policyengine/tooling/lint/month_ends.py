"""LNT015: months added to a date that was moved already: at the end of a month, it shows (S15)."""

from collections.abc import Iterator

from policyengine.diagnostics import Diagnostic, Fix
from policyengine.plan.core import Const, Core, Plan, SettingValue, Shift
from policyengine.policy.tree_walk import walk
from policyengine.source import Span
from policyengine.tooling.lint.rule_set import RuleSet, remark
from policyengine.values.durations import Duration, Unit


def check(rule_set: RuleSet) -> Iterator[Diagnostic]:
    """A date moved twice, by months or years at least once: `T + 6 months - 1 day`."""
    plan = rule_set.plan
    for tree in rule_set.trees():
        for node in walk(tree):
            match node:
                case Shift(date=Shift() as inner) if _has_months(node, plan) or _has_months(
                    inner, plan
                ):
                    yield _remark(node, inner, plan)
                case _:
                    pass


def _remark(outer: Shift, inner: Shift, plan: Plan) -> Diagnostic:
    if _is_period(outer, inner, plan):
        words = f"end of {_text(inner.length.span)} beginning with {_text(inner.date.span)}"
        hints = (f"for a period that begins with a day write `{words}`",)
        fix = Fix(outer.span, words)
    else:
        hints = ("move the date once, or say with a `let` which day is meant in between",)
        fix = None
    return remark(
        "LNT015",
        "a date is moved twice, by months at least once: at the end of a month that is another day",
        outer.span,
        "31 August and 6 months, less a day, is 27 February: the period ends on the 28th",
        *hints,
        fix=fix,
    )


def _is_period(outer: Shift, inner: Shift, plan: Plan) -> bool:
    """`T + N months - 1 day`: the last day of a period, reckoned by hand."""
    day = Duration(1, Unit.DAY)
    less_a_day = outer.sign == "-" and list(_lengths(outer.length, plan)) == [day]
    return less_a_day and inner.sign == "+" and all(_months(inner.length, plan))


def _has_months(shift: Shift, plan: Plan) -> bool:
    return any(_months(shift.length, plan))


def _months(length: Core, plan: Plan) -> list[bool]:
    return [each.unit in (Unit.MONTH, Unit.YEAR) for each in _lengths(length, plan)]


def _lengths(length: Core, plan: Plan) -> Iterator[Duration]:
    match length:
        case Const(value=Duration() as value):
            yield value
        case SettingValue(name=name):
            values = (value for _, value in plan.settings[name].values)
            yield from (value for value in values if isinstance(value, Duration))
        case _:
            pass


def _text(span: Span) -> str:
    return " ".join(span.text.split())
