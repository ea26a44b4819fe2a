"""From a case that shows something to the smallest and plainest that still does."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal

from policyengine.schema.model import FieldType, Schema
from policyengine.tooling.searching.drafts import day_of, plain_text, stepped
from policyengine.tooling.searching.edits import dates_of, without
from policyengine.tooling.searching.model import SmallCase, SmallRecord

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
    for plainer in (_plain_values, _usual_dates):
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
            elif isinstance(value, Decimal) and value not in (0, 1):
                plain = Decimal(1)
            elif isinstance(value, str) and declared.type is FieldType.TEXT:
                plain = plain_text(name)
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
