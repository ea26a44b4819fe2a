"""Where each fault is, for whoever mends it: file, row and column, and never the value."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, NoReturn, TextIO

from policyengine.imports.faults import ORPHANS, SAYS, Action, Fault
from policyengine.imports.load_counts import TableLoad
from policyengine.imports.model import Entry, ValueSource
from policyengine.records.errors import export_error

STOPS: Final = "MAP005"
_DATE_HINT: Final = (
    'nothing is guessed: declare the layout, such as `dates: ["%d/%m/%Y"]`, '
    "or say `undeclared_format: invalid value` under `faults`"
)


@dataclass(frozen=True, slots=True)
class Place:
    """A row of a file."""

    file: str
    row: int


def column_of(value: ValueSource | None) -> str:
    """How a place in a row is called: by the mapping's own words."""
    return "" if value is None else " + ".join(value.names)


class FaultLog:
    """Writes faults and marks, and counts them in a table's load."""

    def __init__(self, entry: Entry, load: TableLoad, faults: TextIO, marks: TextIO) -> None:
        self.entry = entry
        self.load = load
        self._faults = faults
        self._marks = marks

    def note(
        self,
        place: Place,
        fault: Fault,
        column: str = "",
        field: str = "",
        done: Action | None = None,
    ) -> Action:
        """Write a fault down and say what is done about it. Raises `ExportError` (MAP005) where
        the mapping says that the run stops at such a one."""
        action = done or self.entry.actions[fault]
        kind = self.entry.kind.name
        if action is Action.ERROR:
            _stop(place, fault, column, kind, field)
        self.load.faults[fault] = self.load.faults.get(fault, 0) + 1
        line = {
            "file": place.file,
            "row": place.row,
            "column": column,
            "kind": kind,
            "field": field,
            "fault": fault.value,
            "done": action.value,
        }
        self._faults.write(json.dumps(line) + "\n")
        return action

    def reject(self, place: Place, fault: Fault, column: str = "", field: str = "") -> None:
        """A fault for which the row is not kept, whatever else is said of it."""
        stops = self.entry.actions[fault] is Action.ERROR
        self.note(place, fault, column, field, None if stops else Action.REJECT)
        self.load.rejected += 1
        if fault in ORPHANS:
            self.load.orphaned += 1

    def mark(self, case: str, id: str, faults: Iterable[tuple[str, Fault]]) -> None:
        """A record that was kept with faults, each in a field or (``) in the row."""
        line = {
            "kind": self.entry.kind.name,
            "case_id": case,
            "id": id,
            "faults": [[field, fault.value] for field, fault in faults],
        }
        self._marks.write(json.dumps(line) + "\n")


def _stop(place: Place, fault: Fault, column: str, kind: str, field: str) -> NoReturn:
    where = f"{place.file} row {place.row}" + (f", column `{column}`" if column else "")
    into = f" (for `{kind}.{field}`)" if field else f" (for `{kind}`)"
    hints = (_DATE_HINT,) if fault is Fault.UNDECLARED_FORMAT else ()
    raise export_error(STOPS, f"{where}: {SAYS[fault]}{into}", *hints)
