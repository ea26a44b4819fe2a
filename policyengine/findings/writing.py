"""How values, days and reasons are spelt in findings, whichever engine found them (S24)."""

from datetime import date
from functools import lru_cache

from policyengine.records.model import Record
from policyengine.values.moments import Moment, Zone
from policyengine.values.truth import NotYet, Reason, Unknown


def written(moment: Moment, zone: Zone) -> str:
    """A moment as the JSON report holds it: an instant with its offset, or the latest day."""
    if moment.timed and moment.until is not None:
        return zone.local(moment.until).isoformat()
    return _written_day(moment.last)


@lru_cache(maxsize=65536)
def _written_day(day: int) -> str:
    return date.fromordinal(day).isoformat()


def in_words(moment: Moment, zone: Zone) -> str:
    """A moment for a sentence: `8 January 2026`, `30 March 2026 at 18:40`."""
    day = date.fromordinal(moment.last)
    words = f"{day.day} {day:%B} {day.year}"
    if moment.timed and moment.until is not None:
        return f"{words} at {zone.local(moment.until):%H:%M}"
    return words


def shown(value: object, zone: Zone) -> str:
    """A value inside a sentence of the author's; a missing one is `not recorded`."""
    match value:
        case Moment():
            return in_words(value, zone)
        case bool():
            return "yes" if value else "no"
        case Record():
            return value.id
        case Unknown() | NotYet():
            return "not recorded"
        case str() | int():
            return str(value)
        case _:
            return setting_text(value, zone) or "not recorded"


def setting_text(value: object, zone: Zone) -> str:
    """A setting's value in the language's own spelling."""
    match value:
        case bool():
            return "yes" if value else "no"
        case Moment():
            return written(value, zone)
        case _:
            return str(value)


def reasons_in_order(reasons: tuple[Reason, ...]) -> tuple[Reason, ...]:
    """Reasons in one order, whatever the engine (S24)."""
    if len(reasons) < 2:
        return reasons
    return tuple(sorted(reasons, key=_reason_key))


def _reason_key(reason: Reason) -> tuple[str, str, str, str, str]:
    return (
        reason.why.value,
        reason.kind or "",
        reason.id or "",
        reason.field or "",
        reason.text or "",
    )
