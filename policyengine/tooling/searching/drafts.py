"""A case that is being made up: records whose fields are filled one by one."""

from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from random import Random

from policyengine.plan import core
from policyengine.schema.model import Field, FieldType
from policyengine.tooling.searching.model import GivenValue, SmallCase, SmallRecord
from policyengine.values.calendar import Calendar
from policyengine.values.durations import SECONDS, Duration
from policyengine.values.moments import FIRST_DAY, LAST_DAY

NOON = time(10, 0)
_SAID = (
    "discussed with the team and seen at home today she slept well and spoke of new work worries "
    "then asked about the clinic and said that evenings are hard since spring came round again"
)
SENTENCE = tuple(_SAID.split())


@dataclass(eq=False, slots=True)
class Made:
    """A record in the making."""

    kind: str
    label: str
    fields: dict[str, GivenValue] = field(default_factory=dict)
    fixed: set[str] = field(default_factory=set)  # fields that a condition asked for


@dataclass(eq=False, slots=True)
class Gathered:
    """A record as a gathered kind shows it."""

    made: Made
    source: core.GatherFrom
    kind: str


Holder = Made | Gathered


@dataclass(slots=True)
class Draft:
    """A whole case in the making."""

    plan: core.Plan
    calendar: Calendar
    dice: Random
    day: date
    as_at: date
    records: list[Made] = field(default_factory=list)
    case: Made = field(default_factory=lambda: Made("case", ""))

    def add(self, kind: str) -> Made:
        """A new record of a declared kind, not yet dated."""
        stem = "".join(word[0] for word in kind.split("_"))
        taken = {record.label for record in self.records}
        number = 1
        while f"{stem}{number}" in taken:
            number += 1
        made = Made(kind, f"{stem}{number}")
        self.records.append(made)
        return made

    def dated(self, made: Made, day: date) -> None:
        """Give a record the day on which it happened, if its kind has one and it has none."""
        happened = self.plan.schema.kinds[made.kind].happened
        if happened is not None and happened not in made.fields:
            self.put(made, happened, day)

    def field_of(self, holder: Holder, name: str) -> tuple[Made, Field] | None:
        """The record and the declared field that hold a field of a record, gathered or not."""
        if isinstance(holder, Gathered):
            name = holder.source.field if name == "date" else name
            holder = holder.made
        declared = self.plan.schema.kinds[holder.kind].fields.get(name)
        return None if declared is None else (holder, declared)

    def get(self, holder: Holder, name: str) -> GivenValue | None:
        """What a field holds so far."""
        found = self.field_of(holder, name)
        return None if found is None else found[0].fields.get(found[1].name)

    def put(self, holder: Holder, name: str, value: GivenValue | None) -> bool:
        """Fill a field, or (None) leave it blank. False where it cannot hold such a value."""
        found = self.field_of(holder, name)
        if found is None:
            return False
        made, declared = found
        if value is None:
            made.fields.pop(declared.name, None)
        else:
            fitting = fitted(declared, value)
            if fitting is None:
                return False
            made.fields[declared.name] = fitting
        made.fixed.add(declared.name)
        return True

    def small(self) -> SmallCase:
        """The case as it stands. Records that say nothing of when they happened are given the
        day on which everything begins."""
        for record in self.records:
            happened = self.plan.schema.kinds[record.kind].happened
            if happened is not None and happened not in record.fixed:
                self.dated(record, self.day)
        records = [SmallRecord(each.kind, each.label, dict(each.fields)) for each in self.records]
        if self.case.fields:
            records.insert(0, SmallRecord("case", "", dict(self.case.fields)))
        return SmallCase(tuple(records), self.as_at)


def fitted(declared: Field, value: GivenValue) -> GivenValue | None:
    """A value as a field of its type holds it; None where it does not fit."""
    match declared.type, value:
        case FieldType.YES_NO, bool():
            return value
        case FieldType.NUMBER, Decimal():
            return value
        case ((FieldType.TEXT | FieldType.CODE | FieldType.REF), str()):
            return value
        case FieldType.DATE, datetime():
            return value.date()
        case FieldType.DATE, date():
            return value
        case FieldType.DATETIME, datetime():
            return value
        case FieldType.DATETIME, date():
            return datetime.combine(value, NOON)
        case _:
            return None


def day_of(value: date) -> date:
    """The day of a date or a date-time."""
    return value.date() if isinstance(value, datetime) else value


def moved(value: date, length: Duration, sign: int, calendar: Calendar) -> date:
    """A date, or a date-time, so much later (`sign` 1) or earlier (-1). Never off the calendar."""
    try:
        if length.is_elapsed:
            at = value if isinstance(value, datetime) else datetime.combine(value, NOON)
            return at + timedelta(seconds=sign * length.amount * SECONDS[length.unit])
        day = calendar.day_after(day_of(value).toordinal(), length, sign)
        there = date.fromordinal(min(max(day, FIRST_DAY), LAST_DAY))
    except OverflowError:
        return value
    return datetime.combine(there, value.time()) if isinstance(value, datetime) else there


def stepped(value: date, days: int = 0, minutes: int = 0) -> date:
    """So many days and (of a date-time) minutes later."""
    try:
        if isinstance(value, datetime):
            return value + timedelta(days=days, minutes=minutes)
        return value + timedelta(days=days)
    except OverflowError:
        return value


def words(number: int, start: int = 0) -> str:
    """So many words that say something, from a place in the sentence on."""
    several = [SENTENCE[(start + at) % len(SENTENCE)] for at in range(number)]
    if number > len(SENTENCE):
        several = [f"{word}{chr(97 + at // len(SENTENCE))}" for at, word in enumerate(several)]
    return " ".join(several).capitalize()


def plain_text(name: str, turn: int = 0) -> str:
    """A few words that a field of this name may well hold; another turn, other words."""
    if "person" in name or name.endswith("_with"):
        return ("sister", "brother", "neighbour")[turn % 3]
    if name.endswith(("_by", "owner", "name", "clinician")):
        return ("duty nurse", "ward manager", "consultant")[turn % 3]
    if name == "team":
        return ("North team", "South team", "East team")[turn % 3]
    return (words(4), words(5, 8), words(6, 14))[turn % 3]
