"""What became of every row and every value: the numbers of the load report, no value among them."""

from dataclasses import dataclass, field

from policyengine.imports.faults import Fault


@dataclass(slots=True)
class FieldLoad:
    """The values of a field in the rows that were kept. `invalid` and `doubtful` count by fault:
    values that were replaced, and values that were kept with a fault."""

    filled: int = 0
    blank: int = 0
    unknown: int = 0
    withheld: int = 0
    invalid: dict[Fault, int] = field(default_factory=dict)
    doubtful: dict[Fault, int] = field(default_factory=dict)

    def as_json(self) -> dict[str, object]:
        """The counts, as the report holds them."""
        return {
            "filled": self.filled,
            "blank": self.blank,
            "recorded_as_unknown": self.unknown,
            "withheld": self.withheld,
            "invalid": _named(self.invalid),
            "doubtful": _named(self.doubtful),
        }


@dataclass(slots=True)
class TableLoad:
    """The rows of one source of one kind.

    `in_files == set_aside + read` and `read == kept + merged + rejected`, always. `orphaned` are
    those of the rejected whose case, or whose record, is not there. `faults` counts rows by fault,
    whatever was done about it.
    """

    kind: str
    source: str
    in_files: int = 0
    set_aside: int = 0
    read: int = 0
    kept: int = 0
    merged: int = 0
    rejected: int = 0
    orphaned: int = 0
    fields: dict[str, FieldLoad] = field(default_factory=dict)
    faults: dict[Fault, int] = field(default_factory=dict)

    def settle(self) -> None:
        """Hold the numbers against each other. Raises AssertionError: a row was lost, which is
        a bug of this program."""
        if self.in_files != self.set_aside + self.read:
            raise AssertionError("a row was lost in the setting aside")
        if self.read != self.kept + self.merged + self.rejected:
            raise AssertionError("a row was lost in the counting")
        for each in self.fields.values():
            invalid = sum(each.invalid.values())
            each.filled = self.kept - each.blank - each.unknown - each.withheld - invalid
            if each.filled < 0:
                raise AssertionError("a value was counted twice")

    def as_json(self) -> dict[str, object]:
        """The counts, as the report holds them."""
        return {
            "kind": self.kind,
            "source": self.source,
            "rows_in_files": self.in_files,
            "rows_set_aside": self.set_aside,
            "rows_read": self.read,
            "rows_kept": self.kept,
            "rows_merged": self.merged,
            "rows_rejected": self.rejected,
            "rows_orphaned": self.orphaned,
            "faults": _named(self.faults),
            "fields": {name: each.as_json() for name, each in self.fields.items()},
        }


@dataclass(frozen=True, slots=True)
class FileLoad:
    """A file that was read: how, and the hash of its bytes."""

    name: str
    source: str
    read_as: str
    sha256: str

    def as_json(self) -> dict[str, object]:
        """The file, as the report holds it."""
        return {
            "file": self.name,
            "source": self.source,
            "read_as": self.read_as,
            "sha256": self.sha256,
        }


@dataclass(slots=True)
class LoadCounts:
    """A whole load report."""

    mapping: str
    files: list[FileLoad] = field(default_factory=list)
    tables: list[TableLoad] = field(default_factory=list)
    absent: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    faults: dict[Fault, int] = field(default_factory=dict)

    def total(self, name: str) -> int:
        """A count of rows over all tables: `read`, `kept`, `merged`, `rejected`, `orphaned`."""
        return sum(getattr(table, name) for table in self.tables)

    def as_json(self) -> dict[str, object]:
        """The report; the same for the same files, whatever the machine and the hour."""
        return {
            "schema_version": 1,
            "mapping": self.mapping,
            "rows_read": self.total("read"),
            "rows_kept": self.total("kept"),
            "rows_merged": self.total("merged"),
            "rows_rejected": self.total("rejected"),
            "rows_orphaned": self.total("orphaned"),
            "absent": sorted(self.absent),
            "tables": [table.as_json() for table in self.tables],
            "faults": _named(self.faults),
            "files": [file.as_json() for file in self.files],
            "notes": sorted(self.notes),
        }


def _named(counts: dict[Fault, int]) -> dict[str, int]:
    return {
        fault.value: number
        for fault, number in sorted(counts.items(), key=lambda each: each[0].value)
    }
