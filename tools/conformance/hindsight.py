"""What could be seen of a case on a day (S1), written apart from the engine that is tried by it."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from tools.conformance.cases import Json
from tools.conformance.world import KindOf, World

LONDON = ZoneInfo("Europe/London")


def day_of(value: object) -> date | None:
    """The local day of a date or a date-time as an export writes it; None if it is neither."""
    if not isinstance(value, str):
        return None
    try:
        found = datetime.fromisoformat(value.strip())
    except ValueError:
        return None
    if found.tzinfo is not None:
        return found.astimezone(LONDON).date()
    there = found.replace(tzinfo=LONDON).astimezone(UTC).astimezone(LONDON)
    if there.replace(tzinfo=None) != found:
        return None  # the clocks skip it
    return found.date()


def seen_on(world: World, case: Json, as_at: date, known_by: date) -> Json:
    """The case without what had not happened by one day or was not recorded by the other."""
    kept = _seen(world.kinds["case"], case, as_at, known_by)
    for name, rows in case.items():
        kind = world.kinds.get(name)
        if kind is None or not isinstance(rows, list):
            continue
        kept[name] = [
            _seen(kind, row, as_at, known_by)
            for row in rows
            if is_there(kind, row, as_at, known_by)
        ]
    return kept


def is_there(kind: KindOf, row: Json, as_at: date, known_by: date) -> bool:
    """Whether a record exists for a run."""
    if kind.void_when and row.get(kind.void_when) in ("yes", True):
        return False
    for field, last in ((kind.happened, as_at), (kind.recorded, known_by)):
        day = day_of(row.get(field)) if field else None
        if day is not None and day > last:
            return False
    return True


def _seen(kind: KindOf, row: Json, as_at: date, known_by: date) -> Json:
    hidden: set[str] = set()
    for each in kind.fields.values():
        day = day_of(row.get(each.name)) if each.is_date else None
        if day is not None and day > as_at and not each.planned:
            hidden.add(each.name)
        known = day_of(row.get(each.known_from)) if each.known_from else None
        if known is not None and known > known_by:
            hidden.add(each.name)
    return {name: value for name, value in row.items() if name not in hidden}
