"""From a case that shows something to the smallest and plainest that still does."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, datetime, time
from decimal import Decimal

from policyengine.schema.model import FieldType, Schema
from policyengine.tooling.searching.drafts import day_of, plain_text, stepped
from policyengine.tooling.searching.edits import dates_of, without
from policyengine.tooling.searching.model import SmallCase, SmallRecord

FAR = 1500  # days: further than that from its own day, a record's date is a slip
Still = Callable[[SmallCase], bool]


def shrunk(case: SmallCase, still: Still, schema: Schema, budget: int) -> SmallCase:
    """The smallest case that `still` holds of, after at most so many tries: records go first,
    then values, then odd values give way to plain ones. `still` must hold of the case."""
    left = budget
    smaller = True
    while smaller and left > 0:
        smaller = False
        for other in _smaller(case, schema):
            left -= 1
            if left <= 0:
                break
            if still(other):
                case, smaller = other, True
                break
    for plainer in (_dates_together, _plain_values, _usual_dates):
        for change in plainer(case, schema):
            changed = change(case)
            left -= 1
            if left <= -budget // 2:
                return case
            if changed is not None and changed != case and still(changed):
                case = changed
    return case


def _smaller(case: SmallCase, schema: Schema) -> Iterator[SmallCase]:
    if case.no_history:
        yield replace(case, no_history={})
    if case.known_by is not None:
        yield replace(case, known_by=None)
    for place in reversed(range(len(case.records))):
        yield without(case, place, schema)
    for place, record in enumerate(case.records):
        for name in record.fields:
            if name == schema.kinds[record.kind].happened:
                continue  # a record without its day is no plain one
            yield case.with_record(place, record.with_value(name, None))


Change = Callable[[SmallCase], SmallCase | None]


def _plain_values(case: SmallCase, schema: Schema) -> Iterator[Change]:
    """Numbers of one digit, texts of a few words, times on the hour."""
    for place, record in enumerate(case.records):
        for name, value in record.fields.items():
            declared = schema.kinds[record.kind].fields[name]
            plain: object = None
            if isinstance(value, datetime) and (value.hour, value.minute) != (10, 0):
                plain = value.replace(hour=10, minute=0)
            elif declared.type is FieldType.DATETIME and not isinstance(value, datetime):
                assert isinstance(value, date)
                plain = datetime.combine(value, time(10))
            elif isinstance(value, Decimal) and value not in (0, 1):
                plain = Decimal(1)
            elif isinstance(value, str) and declared.type is FieldType.TEXT:
                for turn in (1, 0):
                    yield _putting(place, name, plain_text(name, turn))
            if plain is not None:
                yield _putting(place, name, plain)


def _putting(place: int, name: str, value: object) -> Change:
    def change(case: SmallCase) -> SmallCase:
        record = case.records[place]
        return case.with_record(place, record.with_value(name, value))  # type: ignore[arg-type]

    return change


def _usual_dates(case: SmallCase, _schema: Schema) -> Iterator[Change]:
    """A run some weeks after the last date, on the first of a month, where the run's own date
    does not matter."""
    years = {each.year for each in dates_of(case)}
    if years and not years & {2025, 2026}:
        yield lambda case: _in_year(case, 2026)
    if years:
        yield _long_after


def _long_after(case: SmallCase) -> SmallCase:
    last = max(day_of(each) for each in dates_of(case))
    return replace(case, as_at=day_of(stepped(last.replace(day=1), 75)).replace(day=1))


def _in_year(case: SmallCase, year: int) -> SmallCase | None:
    """The whole case in another year, as many weeks away, so that weekdays stay."""
    recent = [each for each in dates_of(case) if each.year > 2000]
    if not recent:
        return None
    weeks = round((date(year, 1, 12) - day_of(min(recent, key=day_of))).days / 7)
    records = tuple(_weeks_later(record, weeks) for record in case.records)
    return replace(case, records=records, as_at=day_of(stepped(case.as_at, 7 * weeks)))


def _weeks_later(record: SmallRecord, weeks: int) -> SmallRecord:
    moved = record
    for name, value in record.fields.items():
        if isinstance(value, date) and value.year > 2000:
            moved = moved.with_value(name, stepped(value, 7 * weeks))
    return moved


def untimed(case: SmallCase, schema: Schema) -> int:
    """How many date-times of a case lack their time of day."""
    return sum(
        schema.kinds[record.kind].fields[name].type is FieldType.DATETIME
        and not isinstance(value, datetime)
        for record in case.records
        for name, value in record.fields.items()
    )


def strange(case: SmallCase, schema: Schema) -> int:
    """How many dates of a case no record would hold: an end before its beginning, something
    years before or after the record's own day."""
    return sum(len(_strange(record, schema)) for record in case.records)


def _strange(record: SmallRecord, schema: Schema) -> list[str]:
    kind = schema.kinds[record.kind]
    begun = record.fields.get(kind.happened or "")
    if not isinstance(begun, date):
        return []
    ends = {path[0] for path in kind.ended}
    found = []
    for name, value in record.fields.items():
        if isinstance(value, date) and "birth" not in name:
            days = (day_of(value) - day_of(begun)).days
            if abs(days) > FAR or (name in ends and days < 0):
                found.append(name)
    return found


def _dates_together(case: SmallCase, schema: Schema) -> Iterator[Change]:
    """What a record would not hold gives way: the record's own day goes to where the date is, or
    the date to where the day is."""
    for place, record in enumerate(case.records):
        happened = schema.kinds[record.kind].happened
        for name in _strange(record, schema):
            assert happened is not None
            for days in (0, 1):
                yield _beside(place, happened, name, -days)
                yield _beside(place, name, happened, days)


def _beside(place: int, name: str, other: str, days: int) -> Change:
    def change(case: SmallCase) -> SmallCase | None:
        record = case.records[place]
        own, value = record.fields.get(name), record.fields.get(other)
        if not isinstance(own, date) or not isinstance(value, date):
            return None
        there = stepped(day_of(value), days)
        moved = datetime.combine(there, own.time()) if isinstance(own, datetime) else there
        return case.with_record(place, record.with_value(name, moved))

    return change
