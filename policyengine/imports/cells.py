"""From the texts of a column to the spelling of the tables: typed, translated, or in doubt.

What a text becomes is remembered, up to a limit, so that a column of a million codes costs a
million look-ups and no more. A value in doubt is a `Doubt`: the text that would be written, and
the fault that it has.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from operator import mul
from typing import Final
from unicodedata import is_normalized, normalize

from policyengine.imports.batches import Batch, Get, Table
from policyengine.imports.clock import Clock
from policyengine.imports.faults import Fault
from policyengine.imports.json_path import DAMAGED, SEVERAL, WRONG
from policyengine.imports.model import FieldMapping, Meaning, Step, StepName, Take, ValueSource
from policyengine.schema.model import CodeList, FieldType, Schema

UNKNOWN: Final = "<not known>"
WITHHELD: Final = "<withheld>"
INVALID: Final = "<invalid>"
_REMEMBERED: Final = 50_000
_DIGITS: Final = 28
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?", re.ASCII)
_WEIGHTS: Final = (10, 9, 8, 7, 6, 5, 4, 3, 2, 1)
_ZEROS: Final = 48 * sum(_WEIGHTS)
_UNSEEN = dict.fromkeys(map(ord, "\u200b\u200c\u200d\u2060\ufeff\u00ad"))
_SPACES = re.compile(r"[\u00a0\u2007\u202f\u3000]")
_HOUR = re.compile(r"[T ]\d{2}:\d{2}(?::\d{2})?", re.ASCII)
_YES = frozenset({"yes", "Yes", "YES", "true", "True", "TRUE"})
_NO = frozenset({"no", "No", "NO", "false", "False", "FALSE"})
_TEXTS: Final = frozenset({FieldType.TEXT, FieldType.REF})


class Doubt(str):
    """What is written for a value in doubt, and why it is."""

    __slots__ = ("fault",)
    fault: Fault

    def __new__(cls, text: str, fault: Fault) -> "Doubt":
        """`INVALID`, or the text itself where it is kept with a fault."""
        made = super().__new__(cls, text)
        made.fault = fault
        return made


_MARKS: Final = {
    SEVERAL: Doubt(INVALID, Fault.SEVERAL_VALUES),
    WRONG: Doubt(INVALID, Fault.WRONG_TYPE),
    DAMAGED: Doubt(INVALID, Fault.INVALID_TEXT),
}


def cleaned(column: Sequence[str]) -> list[str]:
    """A column of texts, each cleaned and of one spelling (NFC)."""
    if "".join(column).isascii():
        return list(map(str.strip, column))
    return [_plain(text) for text in column]


def _plain(text: str) -> str:
    if text.isascii():
        return text.strip()
    found = _SPACES.sub(" ", text.translate(_UNSEEN)).strip()
    return found if is_normalized("NFC", found) else normalize("NFC", found)


# --- from columns to one text -------------------------------------------------------------------


def texts_of(source: ValueSource, table: Table, *, whole: bool = False) -> Get:
    """What gives the texts of a value source, without its steps.

    `whole`: of a `join`, nothing is there if any part is not (a key is whole or it is none).
    """
    if source.take is Take.VALUE:
        (text,) = source.names
        return lambda batch: [text] * len(batch.numbers)
    columns = [table.column(name) for name in source.names]
    first = columns[0]
    match source.take:
        case Take.FILLED:
            return lambda batch: ["yes" if text else "no" for text in cleaned(first(batch))]
        case Take.FIRST:
            return lambda batch: [
                next((text for text in row if text), "") for row in _rows(columns, batch)
            ]
        case Take.JOIN:
            between = source.between
            return lambda batch: [_joined(row, between, whole) for row in _rows(columns, batch)]
        case _:
            return first


def _joined(row: tuple[str, ...], between: str, whole: bool) -> str:
    if whole and "" in row:
        return ""
    marked = next((text for text in row if text in _MARKS), None)
    return between.join(filter(None, row)) if marked is None else marked


def _rows(columns: Sequence[Get], batch: Batch) -> "zip[tuple[str, ...]]":
    return zip(*(cleaned(column(batch)) for column in columns), strict=True)


def plain_texts(source: ValueSource, table: Table, *, whole: bool = False) -> Get:
    """The texts of a value source with its steps taken: cleaned, and nothing more. What is no
    text is blank: several values, say, are no key."""
    get = texts_of(source, table, whole=whole)
    steps = source.steps

    def texts(batch: Batch) -> list[str]:
        made = cleaned(get(batch))
        if not _MARKS.keys().isdisjoint(made):
            made = ["" if text in _MARKS else text for text in made]
        return [stepped(text, steps) for text in made] if steps else made

    return texts


def stepped(text: str, steps: Sequence[Step]) -> str:
    """A text after its steps."""
    for step in steps:
        match step.name:
            case StepName.TRIM:
                text = text.strip()
            case StepName.LOWER:
                text = text.lower()
            case StepName.UPPER:
                text = text.upper()
            case StepName.DIGITS:
                text = "".join(char for char in text if "0" <= char <= "9")
            case StepName.DROP_PREFIX:
                text = text.removeprefix(step.text).strip()
            case StepName.SPLIT:
                pieces = text.split(step.text)
                at = step.take - 1
                text = pieces[at].strip() if at < len(pieces) else ""
    return text


# --- from one text to what is written -----------------------------------------------------------

Reader = Callable[[str], str]


class Cells(dict[str, str]):
    """What texts become. `doubtful` says that some text became a `Doubt`."""

    def __init__(self, read: Reader) -> None:
        super().__init__()
        self._read = read
        self.doubtful = False

    def __missing__(self, text: str) -> str:
        made = _MARKS.get(text) or self._read(text)
        if type(made) is not str:
            self.doubtful = True
        if len(self) < _REMEMBERED:
            self[text] = made
        return made

    def column(self, texts: Sequence[str]) -> list[str]:
        """A whole column."""
        return list(map(self.__getitem__, texts))


class Times(Cells):
    """What times become. There are too many to be remembered; but days and times of day are few,
    and where times are written in one layout, each is put together from its two halves."""

    def __init__(self, read: Reader, clock: Clock) -> None:
        super().__init__(read)
        self._clock = clock
        self._at = clock.day_length
        self._days: dict[str, str] = {}
        self._hours: dict[str, str] = {}

    def __missing__(self, text: str) -> str:
        made = super().__missing__(text)
        at = self._at
        if at and type(made) is str and len(made) == 19 and _HOUR.fullmatch(text, at):
            self.pop(text, None)
            if self._clock.is_even(made[:10]):
                self._days[text[:at]] = made[:10]
            self._hours[text[at:]] = made[10:]
        return made

    @property
    def day_length(self) -> int:
        """How many characters of a text are its day; 0 where texts have no halves."""
        return self._at

    def learn(self, days: Sequence[str], hours: Sequence[str]) -> tuple[list[str | None], ...]:
        """What days and times of day become, each tried beside one that is known; None for what
        becomes nothing by itself. The two, one after the other, are what the whole becomes."""
        day = next((text for text in days if text in self._days), None)
        hour = next((text for text in hours if text in self._hours), None)
        if day is not None and hour is not None:
            for text in days:
                if text not in self._days:
                    self[text + hour]
            for text in hours:
                if text not in self._hours:
                    self[day + text]
        return list(map(self._days.get, days)), list(map(self._hours.get, hours))

    def column(self, texts: Sequence[str]) -> list[str]:
        """A whole column."""
        at = self._at
        if not at:
            return super().column(texts)
        day_of, hour_of = self._days.get, self._hours.get
        return [
            day + hour
            if (day := day_of(text[:at])) and (hour := hour_of(text[at:]))
            else self[text]
            for text in texts
        ]


class Texts:
    """A column of texts that are too many to be remembered."""

    def __init__(self, how: FieldMapping) -> None:
        self.doubtful = False
        self._steps = how.source.steps
        self._spelt = spelt(how)

    def column(self, texts: Sequence[str]) -> list[str]:
        """A whole column."""
        made = cleaned(texts)
        if not _MARKS.keys().isdisjoint(texts):
            self.doubtful = True
            made = [_MARKS.get(raw) or text for raw, text in zip(texts, made, strict=True)]
        if self._steps:
            made = [text if type(text) is Doubt else stepped(text, self._steps) for text in made]
        if self._spelt and not self._spelt.keys().isdisjoint(made):
            get = self._spelt.get
            made = [text if type(text) is Doubt else get(text, text) for text in made]
        return made


def spelt(how: FieldMapping) -> dict[str, str]:
    """What the spellings of nothing become."""
    manner = how.manner
    return {
        **dict.fromkeys(manner.withheld, WITHHELD),
        **dict.fromkeys(manner.unknown, UNKNOWN),
        **dict.fromkeys(manner.nulls, ""),
    }


def cells_for(
    how: FieldMapping,
    schema: Schema,
    clock: Clock,
    look_ups: Mapping[str, Mapping[str, str]],
    extracted_on: str | None,
) -> Cells | Texts:
    """What reads the texts of a field."""
    kind = how.field.type
    if kind in _TEXTS and how.codes is None and how.look_up is None and not how.nhs_number:
        return Texts(how)
    last = None if how.field.planned else extracted_on
    typed = _typed(how, schema, clock, last)
    table = None if how.look_up is None else look_ups[how.look_up]
    blanks = {"": "", **spelt(how)}
    steps = how.source.steps

    def read(raw: str) -> str:
        text = stepped(_plain(raw), steps)
        if text in blanks and (how.codes is None or text not in how.codes):
            return blanks[text]
        if table is not None:
            if text not in table:
                return Doubt(INVALID, Fault.NOT_LOOKED_UP)
            text = table[text]
            if not text:
                return ""
        return typed(text)

    return Times(read, clock) if kind is FieldType.DATETIME else Cells(read)


def is_nhs_number(how: FieldMapping) -> bool:
    """Whether a field is read as an NHS number and as nothing else, so that a right one of ten
    digits is left as it is."""
    is_text = how.field.type in _TEXTS and how.codes is None and how.look_up is None
    return is_text and how.nhs_number and not any(map(str.isdigit, "".join(spelt(how))))


def _typed(how: FieldMapping, schema: Schema, clock: Clock, last: str | None) -> Reader:
    field = how.field
    match field.type:
        case FieldType.DATE:
            return lambda text: _dated(clock.day(text), how, last)
        case FieldType.DATETIME:
            return lambda text: _dated(clock.instant(text), how, last)
        case FieldType.NUMBER:
            return _number
        case FieldType.YES_NO:
            return lambda text: _yes_no(text, how)
        case FieldType.CODE:
            known = schema.codes[field.target or ""]
            return lambda text: _code(text, how, known)
        case _:
            if how.nhs_number:
                return nhs_text
            return lambda text: text if how.codes is None else _translated(text, how)


def _dated(found: str | Fault, how: FieldMapping, last: str | None) -> str:
    if isinstance(found, Fault):
        return Doubt(INVALID, found)
    day, manner = found[:10], how.manner
    if day in manner.blank_dates:
        is_day = len(found) == 10 or found[10:19] == "T00:00:00"
        return "" if is_day else Doubt(INVALID, Fault.INVALID_DATE)
    if day in manner.open_dates:
        return ""
    if manner.plausible_from is not None and day < manner.plausible_from:
        return Doubt(found, Fault.BEFORE_PLAUSIBLE)
    if last is not None and day > last:
        return Doubt(found, Fault.AFTER_EXTRACT)
    return found


def _number(text: str) -> str:
    if _NUMBER.fullmatch(text) is None:
        return Doubt(INVALID, Fault.NOT_A_NUMBER)
    if sum(char.isdigit() for char in text) > _DIGITS:
        return Doubt(INVALID, Fault.LONG_NUMBER)
    return text


def _yes_no(text: str, how: FieldMapping) -> str:
    if how.codes is not None:
        return _translated(text, how)
    if text in _YES or text in how.manner.yes:
        return "yes"
    if text in _NO or text in how.manner.no:
        return "no"
    return Doubt(INVALID, Fault.NOT_YES_NO)


def _code(text: str, how: FieldMapping, known: CodeList) -> str:
    if how.codes is not None:
        return _translated(text, how)
    padded = _padded(text, how)
    if padded in known.codes:
        return padded
    return _unknown_code(text, known.codes)


def _translated(text: str, how: FieldMapping) -> str:
    codes = how.codes or {}
    found = codes.get(_padded(text, how))
    match found:
        case None:
            return _unknown_code(text, codes)
        case Meaning.BLANK:
            return ""
        case Meaning.WITHHELD:
            return WITHHELD
        case Meaning():
            return UNKNOWN
        case str():
            return found


def _padded(text: str, how: FieldMapping) -> str:
    if how.leading_zeros and text.isascii() and text.isdigit():
        return text.zfill(how.leading_zeros)
    return text


def _unknown_code(text: str, codes: Mapping[str, object]) -> Doubt:
    """A code that is not known; of digits, perhaps one whose zeros a spreadsheet has eaten."""
    lost = (
        text.isascii()
        and text.isdigit()
        and any(len(code) > len(text) and code == text.zfill(len(code)) for code in codes)
    )
    return Doubt(INVALID, Fault.LOST_ZERO if lost else Fault.UNKNOWN_CODE)


def nhs_text(text: str) -> str:
    """Ten digits, perhaps with spaces or hyphens between, of which the last is the check."""
    digits = text.replace(" ", "").replace("-", "")
    if len(digits) != 10 or not (digits.isascii() and digits.isdigit()):
        return Doubt(text, Fault.NHS_NUMBER)
    # The check digit itself weighs 1, so that the whole is a multiple of 11 (10 is no digit).
    weighed = sum(map(mul, digits.encode("ascii"), _WEIGHTS)) - _ZEROS
    return Doubt(digits, Fault.NHS_NUMBER) if weighed % 11 else digits
