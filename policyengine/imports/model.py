"""A mapping as it was read and checked: where each kind comes from, and how its values are read.

Everything that can be wrong in the file has been said before one of these exists.
"""

from dataclasses import dataclass, field
from enum import Enum

from policyengine.imports.faults import Action, Fault, default_actions
from policyengine.schema.model import Field, Kind, Schema
from policyengine.source import Span

FILE_COLUMN = "@file"


class Format(Enum):
    """The form of a file."""

    CSV = "csv"
    JSONL = "jsonl"
    NDJSON = "ndjson"
    JSON = "json"
    XLSX = "xlsx"


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Files of one layout. `header` is the row of the names from 1, or 0 where `columns` are
    given; `rows` the path to the list in a JSON file; `quote` None where nothing is quoted.
    Of a database it is a `query`, and there are no files."""

    name: str
    files: tuple[str, ...]
    format: Format | None = None
    encodings: tuple[str, ...] = ("utf-8",)
    delimiter: str = ","
    quote: str | None = '"'
    header: int = 1
    columns: tuple[str, ...] = ()
    sheet: str | None = None
    rows: str = ""
    optional: bool = False
    query: str | None = None
    span: Span | None = None


class Take(Enum):
    """How a raw text is made from columns."""

    COLUMN = "from"
    JOIN = "join"
    FIRST = "first_of"
    FILLED = "filled"
    VALUE = "value"


class StepName(Enum):
    """The steps that a text may go through: there are no others."""

    TRIM = "trim"
    LOWER = "lower"
    UPPER = "upper"
    DIGITS = "digits"
    SPLIT = "split"
    DROP_PREFIX = "drop_prefix"


@dataclass(frozen=True, slots=True)
class Step:
    """A step. `text` is what is split at or dropped; `take` the piece from 1, 0 for the last."""

    name: StepName
    text: str = ""
    take: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ValueSource:
    """Where a text comes from before it is typed. `names` are columns (of JSON: paths); of
    `Take.VALUE` the one name is the text itself; `between` joins."""

    take: Take
    names: tuple[str, ...]
    between: str = ""
    steps: tuple[Step, ...] = ()
    span: Span | None = None


class Meaning(Enum):
    """What a code of the export means where it is no code of the schema."""

    NOT_KNOWN = "not_known"
    NOT_STATED = "not_stated"
    DECLINED = "declined_to_say"
    NOT_APPLICABLE = "not_applicable"
    BLANK = "blank"
    WITHHELD = "withheld"


Translation = dict[str, str | Meaning]


@dataclass(frozen=True, slots=True, kw_only=True)
class Manner:
    """How texts are read: layouts, spellings, sentinels. Days are ISO texts; `dates` are layouts
    as they are declared (`iso`, `excel_serial`, `%d/%m/%Y`)."""

    dates: tuple[str, ...] = ("iso",)
    nulls: frozenset[str] = frozenset()
    unknown: frozenset[str] = frozenset()
    withheld: frozenset[str] = frozenset()
    yes: frozenset[str] = frozenset()
    no: frozenset[str] = frozenset()
    blank_dates: frozenset[str] = frozenset()
    open_dates: frozenset[str] = frozenset()
    midnight_unknown: bool = False
    plausible_from: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldMapping:
    """A field and how it is filled. `codes` is None where nothing is translated."""

    field: Field
    source: ValueSource
    manner: Manner
    look_up: str | None = None
    codes: Translation | None = None
    leading_zeros: int = 0
    nhs_number: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """A condition on one column. `filled` None: the text is among `texts` (or not, `negated`)."""

    column: ValueSource
    texts: frozenset[str] = frozenset()
    negated: bool = False
    filled: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LeaveOut:
    """Rows that are no record, and the name under which they are rejected."""

    fault: Fault
    condition: Condition


class OrderAs(Enum):
    """How the values of `latest_by` are compared."""

    TEXT = "text"
    NUMBER = "number"
    DATE = "date"


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderBy:
    """A column that says which row is the later."""

    column: ValueSource
    compared: OrderAs = OrderAs.TEXT


@dataclass(frozen=True, slots=True, kw_only=True)
class Checks:
    """Comparisons within a row, and between the records of a person."""

    overlap: bool = False
    while_open: tuple[str, ...] = ()
    expected: tuple[str, ...] = ()
    order: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One source of one kind. `case` is a value source, or the reference whose case it is
    (`through`); both None for the case itself and for shared kinds. `case_look_ups` lead from what
    `case` gives to the case, one after the other."""

    kind: Kind
    source: Source
    fields: tuple[FieldMapping, ...]
    manner: Manner
    key: ValueSource | None = None
    case: ValueSource | None = None
    case_look_ups: tuple[str, ...] = ()
    through: str | None = None
    where: tuple[Condition, ...] = ()
    leave_out: tuple[LeaveOut, ...] = ()
    period: ValueSource | None = None
    submission: OrderBy | None = None
    latest_by: tuple[OrderBy, ...] = ()
    checks: Checks = Checks()
    actions: dict[Fault, Action] = field(default_factory=default_actions)

    def field(self, name: str) -> FieldMapping | None:
        """How a field is filled, if it is."""
        return next((each for each in self.fields if each.field.name == name), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class IdMap:
    """Former ids and those that hold now."""

    source: Source
    old: ValueSource
    new: ValueSource


@dataclass(frozen=True, slots=True, kw_only=True)
class LookUp:
    """A table to look things up in."""

    name: str
    source: Source
    key: ValueSource
    value: ValueSource


@dataclass(frozen=True, slots=True, kw_only=True)
class Mapping:
    """A whole mapping. `kinds` stand in the order in which they are read: the case first, then
    every kind after those that its records refer to."""

    name: str
    schema: Schema
    kinds: dict[str, tuple[Entry, ...]]
    extracted_on: str | None = None
    time_zone: str | None = None
    complete_from: dict[str, str] = field(default_factory=dict)
    id_map: IdMap | None = None
    look_ups: dict[str, LookUp] = field(default_factory=dict)
    actions: dict[Fault, Action] = field(default_factory=default_actions)
