"""Values that are written down: in rules, in examples, in a Trust's configuration."""

import re
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from unicodedata import normalize

from policyengine.diagnostics import Notebook
from policyengine.plan.core import Const, Literal_
from policyengine.policy import misfits
from policyengine.policy.context import Term, unknown
from policyengine.policy.types import Sort, Type, type_of_literal
from policyengine.syntax.tree import (
    DateLiteral,
    DateTimeLiteral,
    DurationLiteral,
    Number,
    TextLiteral,
    YesNo,
)
from policyengine.values.durations import Duration, Unit
from policyengine.values.moments import Moment, Zone

Written = TextLiteral | YesNo | Number | DateLiteral | DateTimeLiteral | DurationLiteral


def literal(expr: Written, zone: Zone) -> Literal_ | None:
    """The value of a literal: texts in NFC, date-times in the zone.

    None for a local time that the clocks skip (S16).
    """
    match expr:
        case TextLiteral(value=text):
            return normalize("NFC", text)
        case YesNo(value=truth):
            return truth
        case Number(value=number):
            return number
        case DateLiteral(value=day):
            return Moment(day.toordinal())
        case DateTimeLiteral(value=local):
            return zone.at_local(local)
        case DurationLiteral(value=duration):
            return duration


def settle_literal(expr: Written, zone: Zone, notes: Notebook) -> Term:
    """A literal as a constant of the core."""
    value = literal(expr, zone)
    if value is None:
        notes.note(misfits.skipped_time(expr.span, zone.name))
        return unknown(expr.span)
    return Term(Const(span=expr.span, value=value), type_of_literal(value))


_DURATION = re.compile(r"([0-9]{1,6}) (minute|hour|day|week|month|year|working day)s?")


def read_as(words: str, wanted: Type, zone: Zone) -> Literal_ | None:
    """A word of a configuration file, read as a value of a setting's type; None if it is none.

    `7 days`, `14`, `yes`, `2026-04-01`, `2026-04-01T14:30`, or any text.
    """
    words = words.strip()
    try:
        match wanted.sort:
            case Sort.TEXT | Sort.CODE:
                return normalize("NFC", words)
            case Sort.TRUTH:
                return {"yes": True, "no": False}.get(words)
            case Sort.NUMBER:
                return _number(words)
            case Sort.DURATION:
                return _duration(words)
            case Sort.DATE if len(words) == len("2026-04-01"):
                return Moment(date.fromisoformat(words).toordinal())
            case Sort.DATETIME:
                return zone.at_local(datetime.strptime(words, "%Y-%m-%dT%H:%M"))  # noqa: DTZ007
            case _:
                return None
    except (ValueError, InvalidOperation):
        return None


def _number(words: str) -> Decimal | None:
    plain = words.removesuffix(" percent")
    return Decimal(plain) if re.fullmatch(r"[0-9]{1,15}(\.[0-9]{1,15})?", plain) else None


def _duration(words: str) -> Duration | None:
    found = _DURATION.fullmatch(words)
    if found is None or int(found[1]) == 0:
        return None
    return Duration(int(found[1]), Unit(found[2]))
