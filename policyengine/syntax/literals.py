"""Literals and names: what a token says, as a value."""

import datetime as calendar
import re
from decimal import Decimal
from typing import Any

from policyengine.syntax import errors
from policyengine.syntax.bench import Bench, Part
from policyengine.syntax.tree import (
    DateLiteral,
    DateTimeLiteral,
    DurationLiteral,
    Name,
    Number,
    Path,
    TextLiteral,
    YesNo,
)
from policyengine.values.durations import Duration, Unit

_LINE_BREAK = re.compile(r"[ \t\r]*\n[ \t\r\n]*")
_ESCAPE = re.compile(r'\\(["\\])')
_UNITS = {unit.value: unit for unit in Unit}
MAX_DIGITS = 24
"""The longest number, its point counted: sums of such numbers are exact in 28 digits."""
MAX_AMOUNT = 99_999
"""The longest duration in any unit; some two and a half centuries of days."""


def text_value(raw: str) -> str:
    r"""What a quoted text says: `\"` and `\\` escape, and a line break with the spaces around it
    counts as one space."""
    value = raw[1:-1]
    if "\n" in value:
        value = _LINE_BREAK.sub(" ", value)
    return _ESCAPE.sub(r"\1", value) if "\\" in value else value


class LiteralBuilder(Bench):
    """One method for each alternative of the grammar, named after it."""

    def text(self, kids: list[Any]) -> TextLiteral:
        return TextLiteral(span=self.span(kids), value=text_value(kids[0]))

    def yes(self, kids: list[Any]) -> YesNo:
        return YesNo(span=self.span(kids), value=True)

    def no(self, kids: list[Any]) -> YesNo:
        return YesNo(span=self.span(kids), value=False)

    def number(self, kids: list[Any]) -> Number:
        return Number(span=self.span(kids), value=self.amount(kids[0]))

    def percent(self, kids: list[Any]) -> Number:
        return Number(span=self.span(kids), value=self.amount(kids[0]), percent=True)

    def date(self, kids: list[Any]) -> DateLiteral:
        return DateLiteral(span=self.span(kids), value=self.day(kids[0]))

    def datetime(self, kids: list[Any]) -> DateTimeLiteral:
        try:
            value = calendar.datetime.fromisoformat(kids[0])
        except ValueError as problem:
            self.note(errors.no_such_date(self.span(kids), _plainly(problem)))
            value = calendar.datetime(1, 1, 1)  # noqa: DTZ001 (local time of the schema's zone)
        return DateTimeLiteral(span=self.span(kids), value=value)

    def duration(self, kids: list[Any]) -> DurationLiteral:
        unit: Unit = kids[1].value
        amount = self.whole(kids[0])
        if amount is None or not 1 <= amount <= MAX_AMOUNT:
            self.note(errors.no_duration(self.span(kids)))
            amount = 1
        return DurationLiteral(span=self.span(kids), value=Duration(amount, unit))

    def unit(self, kids: list[Any]) -> Part:
        words = " ".join(kids)
        return Part(self.span(kids), _UNITS[words.removesuffix("s")])

    def path(self, kids: list[Any]) -> Path:
        parts = tuple(self.a_name(kid) for kid in kids)
        return Path(span=self.span(kids), parts=parts)

    def name(self, kids: list[Any]) -> Name:
        return self.a_name(kids[0])

    any_name = name
    field = name

    def a_name(self, token: Any) -> Name:
        """A name; one that follows a dot comes with it."""
        dot = token[0] == "."
        span = self.desk.span(token.start_pos + dot, token.end_pos)
        return Name(span=span, text=token[1:] if dot else str(token))

    def day(self, token: Any) -> calendar.date:
        """The date that a token says; the first of all dates, and a fault, if there is none."""
        try:
            return calendar.date.fromisoformat(token)
        except ValueError as problem:
            self.note(errors.no_such_date(self.place(token), _plainly(problem)))
            return calendar.date.min

    def amount(self, token: Any) -> Decimal:
        """A number, exactly; a fault if it has more digits than arithmetic keeps."""
        if len(token) > MAX_DIGITS:
            self.note(errors.too_many_digits(self.place(token), MAX_DIGITS))
            return Decimal(0)
        return Decimal(token)

    def whole(self, token: Any) -> int | None:
        """A whole number, or None."""
        return int(token) if token.isdigit() and len(token) <= 9 else None

    def count(self, token: Any, what: str, least: int = 1) -> int:
        """A whole number from `least`; a fault, and `least`, if it is not one."""
        amount = self.whole(token)
        if amount is None or amount < least:
            self.note(errors.not_whole(self.place(token), what, least))
            return least
        return amount


def _plainly(problem: ValueError) -> str:
    text = str(problem)
    if "month must" in text:
        return "a year has 12 months"
    if "hour must" in text:
        return "a day's hours go from 00 to 23"
    if "minute must" in text:
        return "an hour's minutes go from 00 to 59"
    if "year" in text:
        return "there is no year 0"
    return "that month has no such day"
