"""From the texts and scalars of an export to the values that the schema declares (S3, S4).

- A blank is null, nothing, white space alone, or a spelling that `export.yaml` declares.
- `yes_no`: JSON true and false, and `yes no true false` in lower case, capitals, or with a
  capital first. `Y`, `1` and the like only where `export.yaml` declares them.
- `number`: `-`, digits, and perhaps a point and digits, at most 28 digits in all; no exponent.
- `text` and codes are NFC. A whole number where a text, a code or a reference is due is read as
  its digits: exporters drop the quotes of codes that look like numbers.
- White space around a text is kept, around anything else dropped.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Final
from unicodedata import is_normalized, normalize

from policyengine.records.clock_texts import ClockTexts, Layout, Misfit
from policyengine.records.model import Absent, LoadReport, Record, Value
from policyengine.schema.model import CodeList, Field, FieldType, Kind, Schema
from policyengine.values.moments import Moment, Zone
from policyengine.values.truth import Unknown

_CACHED: Final = 200_000
_DIGITS: Final = 28
_NUMBER = re.compile(r"-?(\d+)(?:\.(\d+))?", re.ASCII)
_YES = ("yes", "Yes", "YES", "true", "True", "TRUE")
_NO = ("no", "No", "NO", "false", "False", "FALSE")

# Stands for "not in the table"; no export holds it.
_MISSING: Final = Unknown(())

Table = dict[str, Value]
Convert = Callable[[object], "Value | Misfit"]
# Looks a text up, reads what was not found, and whether true and false are values as they are.
Column = tuple[Callable[[str, Value], Value], Convert, bool]


@dataclass(frozen=True, slots=True)
class Spellings:
    """How an export spells what has more than one spelling."""

    nulls: tuple[str, ...] = ()
    withheld: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()
    invalid: tuple[str, ...] = ()
    yes: tuple[str, ...] = ()
    no: tuple[str, ...] = ()
    layouts: tuple[Layout, ...] = ()
    time_zone: str | None = None


def read_cell(column: Column, cell: object) -> "Value | Misfit":
    """What one cell of a column means, or why it does not fit: as `KindTyping.read` has it."""
    lookup, convert, is_truth = column
    if cell is None or (is_truth and (cell is True or cell is False)):
        return cell
    value = lookup(cell, _MISSING) if type(cell) is str else _MISSING
    return convert(cell) if value is _MISSING else value


@dataclass(slots=True)
class KindTyping:
    """Reads the rows of one kind. `known` are the keys that a row may have; `ignored` are those
    that a walk has met beside them, and has noted."""

    kind: Kind
    names: tuple[str, ...]
    columns: tuple[Column, ...]
    dated: tuple[int, ...]
    required: tuple[int, ...]
    known: frozenset[str]
    void: int | None
    order: int | None
    ignored: set[str] = field(default_factory=set)

    def read(
        self, raw: Mapping[str, object], load: LoadReport, place: int
    ) -> tuple[Record, list[object]]:
        """The record of a raw row, with no id as yet, and what stood in its fields.

        What does not fit is invalid, and counted in `load`. This runs for every row there is.
        """
        get = raw.get
        raws = [get(name) for name in self.names]
        values: list[Value] = []
        add = values.append
        for cell, (lookup, convert, is_truth) in zip(raws, self.columns, strict=True):
            if cell is None:
                add(None)
                continue
            if is_truth and (cell is True or cell is False):
                add(cell)
                continue
            value = lookup(cell, _MISSING) if type(cell) is str else _MISSING
            if value is _MISSING:
                read = convert(cell)
                if type(read) is Misfit:
                    load.fault(self.kind.name, self.names[len(values)], read.value)
                    value = Absent.INVALID
                else:
                    value = read  # type: ignore[assignment]  # it is no Misfit
            add(value)
        latest = 0
        for index in self.dated:
            moment = values[index]
            if type(moment) is Moment and moment.last > latest:
                latest = moment.last
        for index in self.required:
            if values[index] is None:
                load.fault(self.kind.name, self.names[index], "required_blank")
        return Record(self.kind, "", values, latest_day=latest, row=place), raws


class Typing:
    """How every kind of a schema is read from one export."""

    def __init__(self, schema: Schema, spellings: Spellings | None = None) -> None:
        how = spellings or Spellings()
        zone = Zone(schema.time_zone)
        other = how.time_zone if how.time_zone != schema.time_zone else None
        clocks = ClockTexts(
            zone, written_in=None if other is None else Zone(other), layouts=how.layouts
        )
        made = _Compiler(schema, how, clocks)
        self.kinds = made.kinds()
        self.clocks = clocks
        self.spelt: frozenset[str] = frozenset(made.blank)  # the texts that are no value

    def begin(self) -> None:
        """Forget what the walk before this one noted."""
        for kind in self.kinds.values():
            kind.ignored.clear()


class _Compiler:
    """Makes the tables and the converters; those of one type are shared by all its fields."""

    def __init__(self, schema: Schema, how: Spellings, clocks: ClockTexts) -> None:
        self.schema = schema
        blank: Table = {"": None}
        blank.update(dict.fromkeys(how.nulls))
        blank.update(dict.fromkeys(how.withheld, Absent.WITHHELD))
        blank.update(dict.fromkeys(how.unknown, Absent.RECORDED_AS_UNKNOWN))
        blank.update(dict.fromkeys(how.invalid, Absent.INVALID))
        self.blank = blank
        truths = {**dict.fromkeys((*_NO, *how.no), False), **dict.fromkeys((*_YES, *how.yes), True)}
        self.columns: dict[FieldType, Column] = {
            FieldType.TEXT: (blank.get, _text, False),
            FieldType.REF: self._trimmed(dict(blank), _word, _whole_as_text),
            FieldType.YES_NO: self._yes_no({**blank, **truths}),
            FieldType.NUMBER: self._trimmed(dict(blank), _number, _number_as_is),
            FieldType.DATE: self._trimmed(dict(blank), clocks.read_date),
            FieldType.DATETIME: self._datetime(clocks),
        }
        self.codes = {name: self._code(codes) for name, codes in schema.codes.items()}

    def kinds(self) -> dict[str, KindTyping]:
        return {name: self._kind(kind) for name, kind in self.schema.kinds.items()}

    def _kind(self, kind: Kind) -> KindTyping:
        fields = sorted(kind.fields.values(), key=lambda each: each.index)
        index = {each.name: each.index for each in fields}
        dates = (FieldType.DATE, FieldType.DATETIME)
        return KindTyping(
            kind=kind,
            names=tuple(each.name for each in fields),
            columns=tuple(self._column(each) for each in fields),
            dated=tuple(f.index for f in fields if f.type in dates and not f.planned),
            required=tuple(f.index for f in fields if f.required),
            known=frozenset({*index, "id", "case_id"} - ({"id"} if kind.name == "case" else set())),
            void=index.get(kind.void_when or ""),
            order=index.get(kind.ordered_by or ""),
        )

    def _column(self, of: Field) -> Column:
        if of.type is FieldType.CODE:
            return self.codes[of.target or ""]
        return self.columns[of.type]

    def _trimmed(
        self,
        table: Table,
        read: "Callable[[str], Value | Misfit]",
        whole: "Callable[[object], Value | Misfit] | None" = None,
    ) -> Column:
        """A column whose texts are trimmed, looked up among the blanks, read and remembered."""
        blank = self.blank
        other = whole or _misfit

        def convert(cell: object) -> Value | Misfit:
            if type(cell) is not str:
                return other(cell)
            text = cell.strip()
            value = blank[text] if text in blank else read(text)
            if type(value) is not Misfit and len(table) < _CACHED:
                table[cell] = value  # type: ignore[assignment]  # it is no Misfit
            return value

        return table.get, convert, False

    def _datetime(self, clocks: ClockTexts) -> Column:
        """Times of day are too many to remember: they are put together from day and time."""
        lookup, slowly, _ = self._trimmed(dict(self.blank), clocks.read_datetime)
        at_once = clocks.at_once

        def convert(cell: object) -> Value | Misfit:
            if type(cell) is str and (moment := at_once(cell)) is not None:
                return moment
            return slowly(cell)

        return lookup, convert, False

    def _yes_no(self, table: Table) -> Column:
        def read(text: str) -> Value | Misfit:
            return table.get(text, Misfit.YES_NO)

        lookup, convert, _ = self._trimmed(table, read)
        return lookup, convert, True

    def _code(self, codes: CodeList) -> Column:
        known: Table = {
            code.code: Absent.RECORDED_AS_UNKNOWN if code.is_unknown else code.code
            for code in codes.codes.values()
        }

        def read(text: str) -> Value | Misfit:
            return known.get(normalize("NFC", text), Misfit.CODE)

        def as_is(cell: object) -> Value | Misfit:
            whole = _whole_as_text(cell)
            return read(whole) if isinstance(whole, str) else whole

        # A code wins over a spelling of null: the schema knows its own codes.
        return self._trimmed({**self.blank, **known}, read, as_is)


def _misfit(_cell: object) -> Misfit:
    return Misfit.TYPE


def _whole_as_text(cell: object) -> str | Misfit:
    return str(cell) if type(cell) is int else Misfit.TYPE


def _text(cell: object) -> Value | Misfit:
    """A text, NFC, its white space kept; white space alone is blank."""
    if type(cell) is not str:
        return _whole_as_text(cell)
    if cell.isspace():
        return None
    return cell if cell.isascii() else _nfc(cell)


def _word(text: str) -> Value | Misfit:
    return text if text.isascii() else _nfc(text)


def _nfc(text: str) -> str | Misfit:
    try:
        text.encode()
    except UnicodeEncodeError:  # a lone surrogate: half of a character, which no file can hold
        return Misfit.TEXT
    return text if is_normalized("NFC", text) else normalize("NFC", text)


def _number(text: str) -> Value | Misfit:
    found = _NUMBER.fullmatch(text)
    if found is None:
        return Misfit.NUMBER
    whole, places = found.groups()
    if len(whole) + len(places or "") > _DIGITS:
        return Misfit.LONG_NUMBER
    return int(text) if places is None else Decimal(text)


def _number_as_is(cell: object) -> Value | Misfit:
    """A number of JSON: whole, or with decimal places; a `float` is one with an exponent."""
    if type(cell) is int or type(cell) is Decimal:
        return _number(str(cell) if type(cell) is int else format(cell, "f"))
    return Misfit.NUMBER if type(cell) is float else Misfit.TYPE


def identifier(cell: object) -> "str | Misfit | None":
    """An id as a text, trimmed and NFC; None if it is blank."""
    if cell is None:
        return None
    if type(cell) is int:
        return str(cell)
    if type(cell) is not str:
        return Misfit.TYPE
    text = cell.strip()
    if not text:
        return None
    return text if text.isascii() else _nfc(text)
