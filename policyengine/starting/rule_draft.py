"""A first draft of a rule: a duty that checks, with the examples that show both its edges."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from policyengine.schema.model import Field, FieldType, Kind
from policyengine.values.calendar import Calendar
from policyengine.values.durations import SECONDS, Duration

_HEAD: Final = """\
policy "To be written: what these rules are about"
  owner "To be written: who answers for them"

"""
_FIRST: Final = date(2026, 1, 5)  # a Monday, with no bank holiday near
_HOUR: Final = 9


class NoDraftError(ValueError):
    """A rule of this kind cannot be drafted; the message says why."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What the rule is to ask: for each `subject`, one of `needed` within `length`.

    `setting` is the name for the length, `head` whether a file begins with it.
    """

    id: str
    subject: Kind
    needed: Kind
    length: Duration
    setting: str
    head: bool = True


def rule_draft(wish: Wish, calendar: Calendar) -> str:
    """The text of the rule and of its examples. Raises `NoDraftError`."""
    happened = _happened(wish.needed)
    if wish.subject == wish.needed:
        raise NoDraftError(f"a {wish.needed.label} does not answer for itself: name two kinds")
    if wish.subject.name == "case":
        return _of_the_case(wish, happened, calendar)
    return _of_an_event(wish, _happened(wish.subject), happened, calendar)


def _happened(kind: Kind) -> Field:
    if kind.happened is None:
        raise NoDraftError(f"a {kind.label} has no day of its own in the schema to count from")
    return kind.fields[kind.happened]


def _of_an_event(wish: Wish, start: Field, done: Field, calendar: Calendar) -> str:
    """So long after each subject."""
    elapsed = wish.length.unit in SECONDS
    if elapsed and (start.type is not FieldType.DATETIME or done.type is not FieldType.DATETIME):
        raise NoDraftError(
            f"{wish.length} can be counted only between times, and "
            f"{wish.subject.name}.{start.name} or {wish.needed.name}.{done.name} is a day"
        )
    if elapsed:
        first = datetime(2026, 1, 5, _HOUR)  # noqa: DTZ001 - as it is written in an example
        last = first + timedelta(seconds=SECONDS[wish.length.unit] * wish.length.amount)
        due = last.isoformat(timespec="minutes")
        after = (last + timedelta(minutes=1)).isoformat(timespec="minutes")
        on_time, later = last.date(), last.date() + timedelta(days=1)
    else:
        on_time = date.fromordinal(calendar.day_after(_FIRST.toordinal(), wish.length))
        later = on_time + timedelta(days=1)
        due = on_time.isoformat()
        after = _written(later, done)
    began = f"{wish.subject.name}.{start.name}"
    given = f"given {wish.subject.name}: {start.name} {_written(_FIRST, start)}"
    then = f"given {wish.needed.name}: {done.name}"
    in_time = due if elapsed else _written(on_time, done)
    examples = [
        ("done at the last moment", later, [given, f"{then} {in_time}"], f"met, deadline {due}"),
        ("done too late", later, [given, f"{then} {after}"], "met late"),
        ("not done, and there is no time left", later, [given], "breached"),
        ("not known when it began", later, [f"given {wish.subject.name}"], "cannot tell"),
    ]
    if not elapsed:
        examples.insert(2, ("not done yet, on the last day", on_time, [given], "not yet due"))
    return _text(
        wish,
        f'"{_capital(wish.needed.label)} after every {wish.subject.label}"',
        [
            f"for each {wish.subject.name}",
            f"must have a {wish.needed.name} within {wish.setting} after {began}",
        ],
        "Nothing shows that it was done by {deadline}.",
        examples,
    )


def _of_the_case(wish: Wish, done: Field, calendar: Calendar) -> str:
    """Within so long before the day of the audit."""
    if wish.length.unit in SECONDS:
        raise NoDraftError(f"{wish.length} before an audit's day cannot be counted: say days")
    last = _FIRST
    earliest = date.fromordinal(calendar.day_after(last.toordinal(), wish.length, -1))
    day_before = earliest - timedelta(days=1)
    given = f"given {wish.needed.name}: {done.name}"
    recent = f"{wish.needed.name}.{done.name} is within {wish.setting} before as_at"
    examples = [
        ("just recent enough", last, [f"{given} {_written(earliest, done)}"], "met"),
        ("a day too old", last, [f"{given} {_written(day_before, done)}"], "breached"),
        ("there is none", last, [], "breached"),
    ]
    return _text(
        wish,
        f'"{_capital(wish.needed.label)} in date"',
        [
            "for each case",
            f"must show there is a {wish.needed.name} where ({recent})",
        ],
        "The record shows none that is recent enough.",
        examples,
    )


Example = tuple[str, date, list[str], str]


def _text(wish: Wish, title: str, duty: list[str], said: str, examples: list[Example]) -> str:
    """The whole text, laid out as the formatter does."""
    lines = [
        f"setting {wish.setting} is {wish.length}",
        '  "To be written: why so long, and who decided it."',
        "",
        f"rule {wish.id} {title}",
        "  severity medium",
        '  source "To be written: the Act and its section, or the policy and its paragraph"',
        *(f"  {line}" for line in duty),
        f'  say "{said}"',
        '  fix "To be written: what to do, and who does it."',
    ]
    for name, as_at, given, verdict in examples:
        lines += ["", f'example "{name}" for {wish.id} as at {as_at}']
        lines += [f"  {line}" for line in given]
        lines += [f"  expect {verdict}"]
    return (_HEAD if wish.head else "") + "\n".join(lines) + "\n"


def _capital(label: str) -> str:
    return label[:1].upper() + label[1:]


def _written(day: date, field: Field) -> str:
    """A day as a field of its type is given: with a time where it has one."""
    hour = f"T{_HOUR:02}:00" if field.type is FieldType.DATETIME else ""
    return f"{day}{hour}"
