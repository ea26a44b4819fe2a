"""What a value is: the types that expressions are checked against, and their names in words."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum
from typing import Final

from policyengine.plan.core import Literal_
from policyengine.schema.model import Field, FieldType
from policyengine.values.durations import Duration
from policyengine.values.moments import Moment


class Sort(Enum):
    """The sorts of value. UNKNOWN is what a fault leaves behind: it fits everywhere, silently."""

    UNKNOWN = "unknown"
    TRUTH = "truth"
    NUMBER = "number"
    TEXT = "text"
    CODE = "code"
    DATE = "date"
    DATETIME = "datetime"
    DURATION = "duration"
    RECORD = "record"
    REF = "ref"
    LIST = "list"


@dataclass(frozen=True, slots=True)
class Type:
    """A sort, and what it is of: the code list's name, the kind's name.

    `values` are all the values it can have, where they are written down in the rules (a literal,
    a setting, a choice of them): so that a code or a period is checked before anything runs.
    """

    sort: Sort
    of: str | None = None
    values: tuple[Literal_, ...] | None = None

    @property
    def is_moment(self) -> bool:
        """Whether it is a date or a date-time."""
        return self.sort in (Sort.DATE, Sort.DATETIME)

    @property
    def is_linked(self) -> bool:
        """Whether it is a record, or says which record: compared by id."""
        return self.sort in (Sort.RECORD, Sort.REF)

    @property
    def words(self) -> str:
        """As a message says it: `a text`, `a code from `outcome``."""
        if self.of is not None and self.sort in _OF:
            return _OF[self.sort].format(self.of)
        return _PLAIN[self.sort]

    @property
    def durations(self) -> tuple[Duration, ...]:
        """The lengths of time that it can be."""
        return tuple(value for value in self.values or () if isinstance(value, Duration))

    def fits(self, wanted: "Type") -> bool:
        """Whether it can stand where the other is wanted; UNKNOWN fits and takes everything."""
        if Sort.UNKNOWN in (self.sort, wanted.sort):
            return True
        if self.is_moment and wanted.is_moment:
            return True
        if self.is_linked and wanted.is_linked:
            return self.of is None or wanted.of is None or self.of == wanted.of
        return self.sort is wanted.sort and (wanted.of is None or self.of == wanted.of)


_PLAIN: Final = {
    Sort.UNKNOWN: "something unknown",
    Sort.TRUTH: "a yes or no",
    Sort.NUMBER: "a number",
    Sort.TEXT: "a text",
    Sort.CODE: "a code",
    Sort.DATE: "a date",
    Sort.DATETIME: "a date-time",
    Sort.DURATION: "a length of time",
    Sort.RECORD: "a record",
    Sort.REF: "a reference",
    Sort.LIST: "a list",
}
_OF: Final = {
    Sort.CODE: "a code from `{}`",
    Sort.RECORD: "a record of kind `{}`",
    Sort.REF: "a reference to `{}`",
}

UNKNOWN: Final = Type(Sort.UNKNOWN)
TRUTH: Final = Type(Sort.TRUTH)
NUMBER: Final = Type(Sort.NUMBER)
TEXT: Final = Type(Sort.TEXT)
DATE: Final = Type(Sort.DATE)
DATETIME: Final = Type(Sort.DATETIME)
DURATION: Final = Type(Sort.DURATION)

_DECLARED: Final = {
    FieldType.TEXT: Sort.TEXT,
    FieldType.CODE: Sort.CODE,
    FieldType.YES_NO: Sort.TRUTH,
    FieldType.NUMBER: Sort.NUMBER,
    FieldType.DATE: Sort.DATE,
    FieldType.DATETIME: Sort.DATETIME,
    FieldType.REF: Sort.REF,
}
# What a definition's type is called in the plan.
_CALLED: Final = {
    Sort.TRUTH: "yes_no",
    Sort.NUMBER: "number",
    Sort.TEXT: "text",
    Sort.CODE: "code",
    Sort.DATE: "date",
    Sort.DATETIME: "datetime",
    Sort.DURATION: "duration",
    Sort.REF: "ref",
}


def record_of(kind: str) -> Type:
    """The type of a record of a kind."""
    return Type(Sort.RECORD, kind)


def type_of_field(field: Field) -> Type:
    """The type of a declared field."""
    return Type(_DECLARED[field.type], field.target)


def called(found: Type) -> str | None:
    """The name that a definition of this type has in the plan; None if it can have none."""
    return _CALLED.get(found.sort)


def type_of_literal(value: Literal_) -> Type:
    """The type of a value that is written down."""
    match value:
        case bool():
            return Type(Sort.TRUTH, values=(value,))
        case str():
            return Type(Sort.TEXT, values=(value,))
        case Duration():
            return Type(Sort.DURATION, values=(value,))
        case Moment(timed=True):
            return Type(Sort.DATETIME, values=(value,))
        case Moment():
            return Type(Sort.DATE, values=(value,))
        case _:
            return Type(Sort.NUMBER, values=(value,))


def united(types: Iterable[Type]) -> Type | None:
    """The one type that several values can share (the options of a choice); None if there is
    none. UNKNOWN among them does not count."""
    found: Type | None = None
    for other in types:
        if other.sort is Sort.UNKNOWN:
            continue
        found = other if found is None else _both(found, other)
        if found is None:
            return None
    return found or UNKNOWN


def _both(one: Type, other: Type) -> Type | None:
    values = None
    if one.values is not None and other.values is not None:
        values = tuple(dict.fromkeys(one.values + other.values))
    if one.sort is other.sort and one.of == other.of:
        return Type(one.sort, one.of, values)
    if one.is_moment and other.is_moment:
        return Type(Sort.DATETIME, None, values)
    if {one.sort, other.sort} <= {Sort.TEXT, Sort.CODE}:
        return TEXT
    return None
