"""Records as they were loaded: typed by the schema, in their order, nothing hidden yet.

A record's values stand in the order of its kind's fields. A value is the typed value (text and
codes and references as `str`, `bool`, `Decimal` or `int`, `Moment`), or None where it is blank,
or an `Absent` where something stands there that is no value (S4).
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import Enum

from policyengine.schema.model import Kind, Schema
from policyengine.values.moments import Moment
from policyengine.values.truth import Reasons, Unknown, Why


class Absent(Enum):
    """Why a value that is not simply blank cannot be read (S4)."""

    INVALID = Why.INVALID
    RECORDED_AS_UNKNOWN = Why.RECORDED_AS_UNKNOWN
    WITHHELD = Why.WITHHELD


Value = str | bool | int | Decimal | Moment | Unknown | Absent | None


class Record:
    """One record of a kind.

    `latest_day` is the latest day among its date values that are not `planned` (0 if none): no
    view as at that day or later hides any of them. `perhaps` says why it is not sure that the
    record exists (a gathered one whose source's `where` is unknown); `unseen` marks the stand-in
    for records outside coverage (S8). `row` is the row of its table or its place in the file.
    """

    __slots__ = ("id", "kind", "latest_day", "perhaps", "row", "unseen", "values")

    def __init__(
        self,
        kind: Kind,
        id: str,
        values: list[Value],
        *,
        latest_day: int = 0,
        row: int = 0,
        perhaps: Reasons = (),
        unseen: bool = False,
    ) -> None:
        self.kind = kind
        self.id = id
        self.values = values
        self.latest_day = latest_day
        self.row = row
        self.perhaps = perhaps
        self.unseen = unseen

    def __repr__(self) -> str:
        return f"Record({self.kind.name} {self.id})"


@dataclass(slots=True)
class CaseRecords:
    """Everything loaded of one case: its own fields as `case` (a record of kind `case` whose id
    is the case id), and each kind's records in the order of S22. `complete_from` is what this
    case says of coverage beside its export: kind to the first day (ordinal) that is complete.
    """

    id: str
    case: Record
    records: dict[str, list[Record]] = field(default_factory=dict)
    complete_from: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, order=True)
class Fault:
    """A kind of fault in a field, and in how many rows it was found."""

    kind: str
    field: str
    fault: str
    rows: int


@dataclass(slots=True)
class LoadReport:
    """What became of every row. `rows_read == rows_kept + rows_rejected`, always.

    `faults` counts rows by (kind, field, fault). `notes` are sentences for standard error:
    ignored columns, kinds that the schema does not have; never a value.
    """

    rows_read: int = 0
    rows_kept: int = 0
    rows_rejected: int = 0
    faults: dict[tuple[str, str, str], int] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    def fault(self, kind: str, field: str, fault: str, rows: int = 1) -> None:
        """Count a fault."""
        key = (kind, field, fault)
        self.faults[key] = self.faults.get(key, 0) + rows

    def add(self, other: "LoadReport") -> None:
        """Count what another part of the same export came to as well."""
        self.rows_read += other.rows_read
        self.rows_kept += other.rows_kept
        self.rows_rejected += other.rows_rejected
        for key, rows in other.faults.items():
            self.fault(*key, rows)
        self.notes += other.notes

    def sorted_faults(self) -> list[Fault]:
        """The faults in one order, whatever the order of the rows."""
        return sorted(Fault(*key, rows) for key, rows in self.faults.items())


@dataclass(slots=True)
class Export:
    """A case export that can be walked case by case.

    `absent` are the kinds that it does not hold at all (S8); it is settled before the first case
    is read. `complete_from` is the export's own coverage. `shared` are the reference tables.
    `load` and `sha256` are complete when a walk over `cases()` is; `sha256` depends on what the
    rows say and not on their order or their files' (S24). `one(case_id)` finds a single case
    without keeping the rest, or gives None. `count` is the number of cases, where it is known
    without a walk (for a progress bar). `vouched` says whether its files were compared with the
    hashes that it came with. `parts` are what it was made of: what was known when it was opened,
    and where its cases come from (`records.walking`). `bulk` is what the bulk engine reads it by,
    where that has opened it.
    """

    schema: Schema
    absent: frozenset[str]
    complete_from: Mapping[str, int]
    shared: Mapping[str, Mapping[str, Record]]
    walk: Callable[[], Iterable[CaseRecords]]
    find: Callable[[str], CaseRecords | None]
    load: LoadReport = field(default_factory=LoadReport)
    sha256: str = ""
    count: int | None = None
    vouched: bool = False
    parts: object | None = None
    bulk: object | None = None

    def cases(self) -> Iterator[CaseRecords]:
        """Every case."""
        return iter(self.walk())

    def one(self, case_id: str) -> CaseRecords | None:
        """One case by its id."""
        return self.find(case_id)
