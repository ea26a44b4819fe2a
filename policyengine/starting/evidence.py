"""What the cells of a column show of its type: counts, layouts and known spellings, never a value.

What is said of a column comes from fixed lists (layouts, spellings of nothing, of yes and no), so
that nothing that stands in a cell can reach a page.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Final

ISO: Final = "iso"
SERIAL: Final = "excel_serial"
_DAYS: Final = ("%d/%m/%Y", "%m/%d/%Y", "%d-%m-%Y", "%d.%m.%Y", "%d %b %Y", "%d-%b-%Y")
_TIMES: Final = ("", " %H:%M", " %H:%M:%S")
LAYOUTS: Final = tuple(day + time for day in _DAYS for time in _TIMES)
_MONTH_FIRST: Final = {
    day.replace("%d/%m", "%m/%d"): day for day in LAYOUTS if day.startswith("%d/%m")
}
_ISO = re.compile(
    r"(\d{4})-(\d{2})-(\d{2})(?:[T ](\d{2}):(\d{2})(?::(\d{2})(?:\.\d+)?)?"
    r"(?:Z|[+-]\d{2}:?\d{2})?)?",
    re.ASCII,
)
_NUMBER = re.compile(r"-?\d{1,28}(?:\.\d+)?", re.ASCII)
_SERIAL_LOW, _SERIAL_HIGH = 18_264, 55_153  # 1950 to 2050
NULLS: Final = ("NULL", "null", "N/A", "n/a", "NA", "-", "--", "None", "Not recorded", "#N/A")
UNKNOWN: Final = ("Not known", "Unknown", "UNKNOWN", "not known", "unknown", "?")
PAIRS: Final = (("yes", "no"), ("true", "false"), ("y", "n"), ("t", "f"), ("1", "0"))
_BLANK_DAYS: Final = ("1899-12-30", "1900-01-01")
_OPEN_DAYS: Final = ("2099-12-31", "2100-12-31")
MOSTLY: Final = 0.9


class Looks(Enum):
    """What the cells of a column look like."""

    EMPTY = "empty"
    DATE = "dates"
    DATETIME = "dates with times"
    YES_NO = "yes and no"
    NUMBER = "numbers"
    TEXT = "texts"


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What was seen in a column. `share` is how many of the filled cells agree; `layouts` those of
    its dates; `undecided` that day and month could be either way round; `values` are for comparing
    columns with each other, and are never shown."""

    looks: Looks
    rows: int
    filled: int
    share: float = 1.0
    layouts: tuple[str, ...] = ()
    undecided: bool = False
    nulls: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()
    yes: tuple[str, ...] = ()
    no: tuple[str, ...] = ()
    blank_days: tuple[str, ...] = ()
    open_days: tuple[str, ...] = ()
    midnights: int = 0
    unique: bool = False
    values: frozenset[str] = frozenset()


def evidence_of(cells: Iterable[str]) -> Evidence:
    """Look at the cells of a column."""
    texts = [cell.strip() for cell in cells]
    nulls = tuple(word for word in NULLS if word in texts)
    unknown = tuple(word for word in UNKNOWN if word in texts)
    filled = [text for text in texts if text and text not in nulls and text not in unknown]
    values = frozenset(filled)
    found = _typed(filled, values)
    return Evidence(
        looks=found.looks,
        rows=len(texts),
        filled=len(filled),
        share=found.share,
        layouts=found.layouts,
        undecided=found.undecided,
        nulls=nulls,
        unknown=unknown,
        yes=found.yes,
        no=found.no,
        blank_days=found.blank_days,
        open_days=found.open_days,
        midnights=found.midnights,
        unique=bool(filled) and len(values) == len(filled) == len(texts),
        values=values,
    )


def _typed(filled: list[str], values: frozenset[str]) -> Evidence:
    number = len(filled)
    if not filled:
        return Evidence(looks=Looks.EMPTY, rows=0, filled=0)
    lowered = {text.lower() for text in values}
    for yes, no in PAIRS:
        if lowered <= {yes, no} and lowered not in ({"0"}, {"1"}):
            said = sorted(values)
            return Evidence(
                looks=Looks.YES_NO,
                rows=0,
                filled=number,
                yes=tuple(text for text in said if text.lower() == yes),
                no=tuple(text for text in said if text.lower() == no),
            )
    dates = _dates(filled)
    if dates is not None:
        return dates
    numbers = sum(_NUMBER.fullmatch(text) is not None for text in filled)
    if numbers >= MOSTLY * number:
        return Evidence(looks=Looks.NUMBER, rows=0, filled=number, share=numbers / number)
    return Evidence(looks=Looks.TEXT, rows=0, filled=number)


def _dates(filled: list[str]) -> Evidence | None:
    """The layouts in which most cells are dates; None where they are not."""
    read: dict[str, list[datetime | None]] = {ISO: [_iso(text) for text in filled]}
    for layout in LAYOUTS:
        if layout_fits(layout, filled):
            read[layout] = [_read(text, layout) for text in filled]
    read = {name: found for name, found in read.items() if any(found)}
    undecided = _settle(read)
    together = [
        next((row for row in rows if row), None) for rows in zip(*read.values(), strict=True)
    ]
    hits = [each for each in together if each is not None]
    if len(hits) < MOSTLY * len(filled):
        return None
    days = {each.date().isoformat() for each in hits}
    timed = any("%H" in name for name in read) or any(
        len(text) > 10 for text in filled if _iso(text)
    )
    return Evidence(
        looks=Looks.DATETIME if timed else Looks.DATE,
        rows=0,
        filled=len(filled),
        share=len(hits) / len(filled),
        layouts=tuple(read),
        undecided=undecided,
        blank_days=tuple(day for day in _BLANK_DAYS if day in days),
        open_days=tuple(day for day in _OPEN_DAYS if day in days),
        midnights=sum(timed and each.hour == each.minute == each.second == 0 for each in hits),
    )


def _settle(read: dict[str, list[datetime | None]]) -> bool:
    """Of two layouts that differ only in what comes first, keep the one that fits more cells.
    True where both fit the same: nothing in the column says which it is, and the day is put first
    for now."""
    undecided = False
    for month, day in _MONTH_FIRST.items():
        if month not in read or day not in read:
            continue
        of_month, of_day = (sum(each is not None for each in read[name]) for name in (month, day))
        undecided |= of_month == of_day
        del read[day if of_month > of_day else month]
    return undecided


def layout_fits(layout: str, filled: list[str]) -> bool:
    """Whether one of the first cells is of a layout: most are not, and need no closer look."""
    return any(_read(text, layout) for text in filled[:200])


def _read(text: str, layout: str) -> datetime | None:
    if len(text) > 40 or not text[:1].isdigit():
        return None
    try:
        found = datetime.strptime(text, layout)  # noqa: DTZ007 - only the shape is asked for
    except ValueError:
        return None
    return found if found.year > 999 else None


def _iso(text: str) -> datetime | None:
    found = _ISO.fullmatch(text)
    if found is None:
        return None
    year, month, day, hour, minute, second = (int(part or 0) for part in found.groups())
    try:
        return datetime(year, month, day, hour, minute, second)  # noqa: DTZ001 - as above
    except ValueError:
        return None


def is_serial(seen: Evidence) -> bool:
    """Whether numbers could be days as Excel counts them."""
    if seen.looks is not Looks.NUMBER or not seen.values:
        return False
    return all(
        _NUMBER.fullmatch(text) and _SERIAL_LOW <= float(text) <= _SERIAL_HIGH
        for text in seen.values
    )


def looks_like_data(header: list[str]) -> bool:
    """Whether a first row is one of data: a header holds no dates and no long numbers."""
    cells = [cell.strip() for cell in header if cell.strip()]
    if not cells:
        return True
    shown = (cell for cell in cells if _iso(cell) or _NUMBER.fullmatch(cell.replace(" ", "")))
    dated = (cell for cell in cells if any(_read(cell, layout) for layout in LAYOUTS))
    return next(shown, None) is not None or next(dated, None) is not None
