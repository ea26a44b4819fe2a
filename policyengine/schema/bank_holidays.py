"""The bank holidays of England, from the `holidays` package (imported only when one is asked).

That package imports every country of the world before it says one day, which takes longer than
many a run. So the days that it said are kept for the next run, ten years a file, under a name made
of its version and of its file on the United Kingdom.
"""

import json
from collections.abc import Mapping
from contextlib import suppress
from functools import cache
from hashlib import sha256
from importlib.util import find_spec
from pathlib import Path

from policyengine.kept import code_stamp, keep, read_kept
from policyengine.schema.model import Schema
from policyengine.values.calendar import Calendar, no_holidays
from policyengine.values.moments import Zone

_YEARS_A_FILE = 10
_COUNTRY = "countries/united_kingdom.py"


@cache
def england(year: int) -> frozenset[int]:
    """A year's bank holidays in England as ordinals, substitute days included."""
    return _years_from(max(1, year - year % _YEARS_A_FILE))[year]


def calendar_of(schema: Schema) -> Calendar:
    """The calendar that a schema declares: its zone, its bank holidays, its closed days."""
    closed = frozenset(day.toordinal() for day in schema.closed)
    source = england if schema.bank_holidays == "england" else no_holidays
    return Calendar(Zone(schema.time_zone), source, closed)


@cache
def _years_from(first: int) -> Mapping[int, frozenset[int]]:
    """The bank holidays of the years that stand in one file."""
    years = range(first, first - first % _YEARS_A_FILE + _YEARS_A_FILE)
    made_with = _made_with()
    name = f"bank-holidays-{first}-{made_with}.json"
    body = None if made_with is None else read_kept(name)
    if body is not None:
        with suppress(ValueError, TypeError, AttributeError):  # damaged: asked anew, and kept anew
            days = json.loads(body)
            found = {int(year): frozenset(map(int, days[year])) for year in days}
            if list(found) == list(years):
                return found
    found = {year: _asked(year) for year in years}
    if made_with is not None:
        keep(name, json.dumps({year: sorted(found[year]) for year in years}).encode())
    return found


def _asked(year: int) -> frozenset[int]:
    from holidays.countries.united_kingdom import UK

    days = UK(subdiv="ENG", years=year)  # type: ignore[no-untyped-call]
    return frozenset(day.toordinal() for day in days if day.year == year)


@cache
def _made_with() -> str | None:
    """What the days depend on beside the year: another version may know of a day that was
    proclaimed since. None where that cannot be told: then nothing is kept."""
    from importlib.metadata import version

    spec = find_spec("holidays")
    if spec is None or spec.origin is None:
        return None
    try:
        country = (Path(spec.origin).parent / _COUNTRY).read_bytes()
        said = (code_stamp(["schema/bank_holidays.py"]), version("holidays"))
    except (OSError, ImportError):
        return None
    return sha256("\n".join(said).encode() + country).hexdigest()[:40]
