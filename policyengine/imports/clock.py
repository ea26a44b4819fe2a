"""Dates and date-times of an export, into the spelling of the tables. Nothing is guessed.

What comes out is `YYYY-MM-DD` or `YYYY-MM-DDTHH:MM:SS` (with an offset where the time is not the
schema's own), or the `Fault` that keeps it from being one.
"""

import re
from datetime import date, datetime, timedelta
from typing import Final, Literal

from policyengine.imports.faults import Fault
from policyengine.imports.model import Manner
from policyengine.records.clock_texts import FIRST_YEAR, LAST_YEAR, ClockTexts, Layout, Misfit
from policyengine.values.moments import Moment, Zone

ISO: Final = "iso"
SERIALS: Final = {"excel_serial": date(1899, 12, 30), "excel_serial_1904": date(1904, 1, 1)}
_SERIAL = re.compile(r"\d{1,6}(?:\.\d{1,15})?", re.ASCII)
_PARTIAL = re.compile(r"\d{4}(?:-\d{2})?", re.ASCII)
_ISO_LIKE = re.compile(r"\d{4}-\d{1,2}-\d{1,2}(?:[T ].*)?", re.ASCII)
_NUMBERS = re.compile(r"(\d{1,4})[/.\- ](\d{1,2})[/.\- ](\d{1,4})(?:[T ,].*)?", re.ASCII)
_WORDS = re.compile(r"\d{1,2}[ \-/]?[A-Za-z]{3,9}[ \-/,]*(\d{2,4})(?:[ ,].*)?", re.ASCII)
_DAY = 86_400
# Times with an offset, as databases and FHIR servers write them, mostly differ in their minutes.
_IN_HOUR = re.compile(r"(\d{4}-\d\d-\d\d[T ]\d\d):([0-5]\d)(:[0-5]\d)?(Z|[+-]\d\d:\d\d)", re.ASCII)
_MOST_HOURS: Final = 200_000
_MIDNIGHT = "T00:00:00"


def layout_fault(text: str) -> str | None:
    """What is wrong with a declared layout, or None."""
    if text == ISO or text in SERIALS:
        return None
    try:
        Layout(text)
    except ValueError as error:
        return str(error)
    return None


def is_day(text: str) -> bool:
    """Whether a text is a day of the calendar, `YYYY-MM-DD`, of whichever year."""
    try:
        return len(text) == 10 and bool(date.fromisoformat(text))
    except ValueError:
        return False


class Clock:
    """Reads the dates of one manner. `zone` is the schema's, `written_in` that of times without
    an offset; `marked` says that ISO dates come from cells that are dates by themselves."""

    def __init__(
        self, manner: Manner, zone: Zone, written_in: Zone | None, *, marked: bool = False
    ) -> None:
        self._zone = zone
        self._iso = ISO in manner.dates or marked
        self._serials = [SERIALS[name] for name in manner.dates if name in SERIALS]
        self._layouts = [
            Layout(text) for text in manner.dates if text != ISO and text not in SERIALS
        ]
        self._texts = ClockTexts(zone, written_in=written_in)
        self._offsets = written_in is not None
        self._manner = manner
        self._hours: dict[tuple[str, bool, str], tuple[str, str] | Literal[False]] = {}
        self._signs = manner.blank_dates | manner.open_dates

    @property
    def day_length(self) -> int:
        """How many characters the day of a time takes, where times are written in one layout: day
        first, then the time. 0 where they are not, or where their zone is not the schema's."""
        timed = [layout for layout in self._manner.dates if "%H" in layout]
        if self._iso:
            timed.append("%Y-%m-%dT%H:%M:%S")
        if len(timed) != 1 or self._offsets or self._serials:
            return 0
        day, _, time = timed[0].partition("%H")
        if (
            not day
            or day[-1] not in " T"
            or any(piece in time for piece in ("%Y", "%m", "%d", "%b"))
        ):
            return 0
        day = day[:-1]
        return len(day.replace("%Y", "2025").replace("%b", "Jan"))

    def is_even(self, day: str) -> bool:
        """Whether the clocks stand still on a day, so that each time on it comes once."""
        number = date.fromisoformat(day).toordinal()
        return self._zone.start_of_day(number + 1) - self._zone.start_of_day(number) == _DAY

    def day(self, text: str) -> str | Fault:
        """The day that a text means; of a date-time, its day in the schema's zone."""
        found = self._moment(text)
        if isinstance(found, Fault):
            return found
        return date.fromordinal(found.day).isoformat()

    def instant(self, text: str) -> str | Fault:
        """The time that a text means, or its day alone where it says no more."""
        hour = _IN_HOUR.fullmatch(text) if self._iso else None
        if hour is None:
            return self._instant(text)
        start, minute, second, offset = hour.groups()
        key = (start, second is None, offset)
        whole = self._hours.get(key)
        if whole is None:
            whole = self._hour(start, "" if second is None else second[:1], offset)
            if len(self._hours) < _MOST_HOURS:
                self._hours[key] = whole
        if whole is False:
            return self._instant(text)
        return f"{whole[0]}:{minute}{second or ':00'}{whole[1]}"

    def _hour(self, start: str, colon: str, offset: str) -> tuple[str, str] | Literal[False]:
        """What stands before and after the minutes of every time of an hour: the same for all of
        them where it is so for its first and its last second. False where it is not (the clocks
        change, or the hour stands for something else)."""
        first = self._instant(f"{start}:00{colon and ':00'}{offset}")
        last = self._instant(f"{start}:59{colon and ':59'}{offset}")
        if isinstance(first, Fault) or isinstance(last, Fault):
            return False
        ends = first[13:19] == ":00:00" and last[13:19] == (":59:59" if colon else ":59:00")
        if not ends or (first[:13], first[19:]) != (last[:13], last[19:]):
            return False
        return first[:13], first[19:]

    def _instant(self, text: str) -> str | Fault:
        found = self._moment(text)
        if isinstance(found, Fault):
            return found
        day = date.fromordinal(found.day).isoformat()
        if not found.timed or found.at is None or found.until is None:
            return day
        local = self._zone.local(found.at)
        said = local.strftime("%Y-%m-%dT%H:%M:%S")
        if said.endswith(_MIDNIGHT) and self._manner.midnight_unknown:
            return day
        if self._is_plain(found, said):
            return said
        offset = local.strftime("%z")
        return f"{said}{offset[:3]}:{offset[3:5]}"

    def _is_plain(self, found: Moment, said: str) -> bool:
        """Whether the local time alone gives the same moment back."""
        again = self._zone.at_local(datetime.fromisoformat(said))
        return again is not None and (again.at, again.until) == (found.at, found.until)

    def _moment(self, text: str) -> Moment | Fault:
        means = {found for found in self._meanings(text) if not isinstance(found, Fault)}
        if len(means) == 1:
            return means.pop()
        if means:
            return Fault.UNDECLARED_FORMAT
        faults = [found for found in self._meanings(text) if isinstance(found, Fault)]
        return faults[0] if faults else _why(text)

    def _meanings(self, text: str) -> list[Moment | Fault]:
        """What the text means in each layout that it is of."""
        found: list[Moment | Fault] = []
        if self._iso and _ISO_LIKE.fullmatch(text):
            if text[:10] in self._signs and (len(text) == 10 or text[10:].strip("T :0Z.") == ""):
                found.append(Moment(date.fromisoformat(text[:10]).toordinal()))
            else:
                found.append(_settled(self._texts.read_datetime(text)))
        if self._serials and _SERIAL.fullmatch(text):
            found += [self._serial(text, start) for start in self._serials]
        for layout in self._layouts:
            read = layout.read(text)
            if read is not None and read.date().isoformat() in self._signs:
                found.append(self._sign(read))
            elif read is not None and FIRST_YEAR <= read.year <= LAST_YEAR:
                found.append(self._of_layout(read, layout.timed))
            elif layout.is_shaped(text):
                found.append(Fault.INVALID_DATE)
        return found

    def _sign(self, read: datetime) -> Moment | Fault:
        """A day that stands for something else, unless it carries a time that is one."""
        if read.time() == datetime.min.time():
            return Moment(read.toordinal())
        day = read.date().isoformat()
        return Fault.INVALID_DATE if day in self._manner.blank_dates else Moment(read.toordinal())

    def _of_layout(self, read: datetime, timed: bool) -> Moment | Fault:
        if not timed:
            return Moment(read.toordinal())
        return _settled(self._texts.read_datetime(read.isoformat()))

    def _serial(self, text: str, start: date) -> Moment | Fault:
        days, _, part = text.partition(".")
        day = start + timedelta(days=int(days))
        if day.isoformat() in self._signs:
            return Moment(day.toordinal())
        # 60 is the day that Excel takes for 29 February 1900; before it, its days are one late.
        if int(days) < 1 or (start.year == 1899 and int(days) <= 60) or day.year > LAST_YEAR:
            return Fault.INVALID_DATE
        seconds = round(float(f"0.{part or 0}") * _DAY)
        if not seconds:
            return Moment(day.toordinal())
        local = datetime.combine(day, datetime.min.time()) + timedelta(seconds=seconds)
        return _settled(self._texts.read_datetime(local.isoformat()))


def _settled(read: Moment | Misfit) -> Moment | Fault:
    match read:
        case Misfit.SKIPPED:
            return Fault.SKIPPED_TIME
        case Misfit():
            return Fault.INVALID_DATE
        case _:
            return read


def _why(text: str) -> Fault:
    """Why a text that is of no declared layout is no date."""
    if _PARTIAL.fullmatch(text):
        return Fault.PARTIAL_DATE
    if _SERIAL.fullmatch(text):
        return Fault.UNDECLARED_FORMAT
    if found := _NUMBERS.fullmatch(text):
        first, last = len(found[1]), len(found[3])
        return Fault.UNDECLARED_FORMAT if 4 in (first, last) else Fault.TWO_DIGIT_YEAR
    if found := _WORDS.fullmatch(text):
        return Fault.UNDECLARED_FORMAT if len(found[1]) == 4 else Fault.TWO_DIGIT_YEAR
    return Fault.INVALID_DATE
