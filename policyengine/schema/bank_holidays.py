"""The bank holidays of England, from the `holidays` package (imported only when one is asked)."""

from functools import cache

from policyengine.schema.model import Schema
from policyengine.values.calendar import Calendar, no_holidays
from policyengine.values.moments import Zone


@cache
def england(year: int) -> frozenset[int]:
    """A year's bank holidays in England as ordinals, substitute days included."""
    from holidays.countries.united_kingdom import UK

    days = UK(subdiv="ENG", years=year)  # type: ignore[no-untyped-call]
    return frozenset(day.toordinal() for day in days if day.year == year)


def calendar_of(schema: Schema) -> Calendar:
    """The calendar that a schema declares: its zone, its bank holidays, its closed days."""
    closed = frozenset(day.toordinal() for day in schema.closed)
    source = england if schema.bank_holidays == "england" else no_holidays
    return Calendar(Zone(schema.time_zone), source, closed)
