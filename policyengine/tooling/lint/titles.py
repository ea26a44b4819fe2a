"""LNT020: a title that says another time, or another force, than its rule."""

import re
from collections.abc import Iterator
from decimal import Decimal

from policyengine.diagnostics import Diagnostic
from policyengine.plan.core import Const, Derived, Rule, SettingValue
from policyengine.policy.tree_walk import walk
from policyengine.syntax.tree import RuleItem
from policyengine.tooling.lint.rule_set import RuleSet, remark
from policyengine.values.durations import Duration, Unit
from policyengine.values.verdict import Force

_WORDS = {
    **dict(zip(("one", "two", "three", "four", "five", "six"), range(1, 7), strict=True)),
    **dict(zip(("seven", "eight", "nine", "ten", "eleven", "twelve"), range(7, 13), strict=True)),
    "fourteen": 14,
    "twenty": 20,
    "twenty-four": 24,
    "twenty-eight": 28,
    "thirty": 30,
    "forty-eight": 48,
    "seventy-two": 72,
}
_NUMBER = "|".join(sorted(_WORDS, key=len, reverse=True))
_UNIT = "working day|minute|hour|day|week|month|year"
_LENGTH = re.compile(rf"\b(?P<number>\d{{1,3}}|{_NUMBER})[ -](?P<unit>{_UNIT})s?\b", re.IGNORECASE)
_SAYS = {Force.MUST: re.compile(r"\bshould\b"), Force.SHOULD: re.compile(r"\bmust\b")}
# What a title may call by another name: a day and 24 hours, a year and 12 months.
_ALIKE = {
    Unit.MINUTE: ("time", 1),
    Unit.HOUR: ("time", 60),
    Unit.DAY: ("time", 24 * 60),
    Unit.WEEK: ("time", 7 * 24 * 60),
    Unit.MONTH: ("months", 1),
    Unit.YEAR: ("months", 12),
    Unit.WORKING_DAY: ("working", 1),
}


def check(rule_set: RuleSet) -> Iterator[Diagnostic]:
    """Titles that name a length of time which stands nowhere in the rule, and titles that say
    `should` where the rule says `must`, or the other way round."""
    for item, rule in rule_set.versions():
        yield from _lengths(item, rule, rule_set)
        wrong = _SAYS[rule.force].search(rule.title)
        if wrong is not None:
            yield remark(
                "LNT020",
                f"the title of {rule.id} says `{wrong[0]}`, and its duty `{rule.force.value}`",
                item.id.span,
                f'"{rule.title}"',
                "say in the title what the rule asks",
            )


def _lengths(item: RuleItem, rule: Rule, rule_set: RuleSet) -> Iterator[Diagnostic]:
    said = {_duration(found): found[0] for found in _LENGTH.finditer(rule.title)}
    if not said:
        return
    there_is = list(_meant(rule, rule_set))
    meant = {_measure(each): each for each in there_is if isinstance(each, Duration)}
    # An age, and a number of days that is compared, are numbers in the rule.
    numbers = {int(each) for each in there_is if isinstance(each, Decimal)}
    wrong = [
        words
        for length, words in said.items()
        if _measure(length) not in meant and length.amount not in numbers
    ]
    if wrong:
        there = ", ".join(dict.fromkeys(str(length) for length in meant.values()))
        yield remark(
            "LNT020",
            f"the title of {rule.id} says `{wrong[0]}`, and nothing in the rule is so long",
            item.id.span,
            f"the rule has {there}" if there else "the rule has no length of time",
            "say in the title what the rule asks, or leave the number out",
        )


def _duration(found: re.Match[str]) -> Duration:
    number = found["number"].lower()
    amount = int(number) if number.isdigit() else _WORDS[number]
    return Duration(amount, Unit(found["unit"].lower()))


def _measure(length: Duration) -> tuple[str, int]:
    kind, each = _ALIKE[length.unit]
    return kind, length.amount * each


def _meant(rule: Rule, rule_set: RuleSet) -> Iterator[Duration | Decimal]:
    """Every length and number that the rule speaks of: its own, its settings', its definitions'."""
    done: set[tuple[str, str]] = set()
    waiting: list[object] = [rule]
    while waiting:
        for node in walk(waiting.pop()):
            match node:
                case Const(value=Duration() | Decimal() as value):
                    yield value
                case SettingValue(name=name):
                    values = (value for _, value in rule_set.plan.settings[name].values)
                    yield from (each for each in values if isinstance(each, Duration | Decimal))
                case Derived(kind=kind, name=name) if (kind, name) not in done:
                    done.add((kind, name))
                    waiting.append(rule_set.plan.definitions[kind, name].value)
                case _:
                    pass
