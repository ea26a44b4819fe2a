"""Texts, numbers and durations as they are written in a policy."""

from datetime import date, datetime
from decimal import Decimal


def quoted(value: str) -> str:
    r"""A text in its quotes. A backslash is doubled only where it would escape what follows it:
    a regular expression keeps its `\b`."""
    out: list[str] = []
    for at, char in enumerate(value):
        if char == '"':
            out.append('\\"')
        elif char == "\\" and (at + 1 == len(value) or value[at + 1] in '"\\'):
            out.append("\\\\")
        else:
            out.append(char)
    return '"' + "".join(out) + '"'


def number(value: Decimal) -> str:
    """A number with its digits as they were written, never as a power of ten."""
    return format(value, "f")


def day(value: date | datetime) -> str:
    """`2026-04-01`, or `2026-04-01T14:30`"""
    if isinstance(value, datetime):
        return value.isoformat(timespec="minutes")
    return value.isoformat()
