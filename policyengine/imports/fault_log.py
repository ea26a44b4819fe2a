"""Where each fault is, for whoever mends it: file, row and column, and never the value."""

import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final, TextIO

from policyengine.imports.faults import ORPHANS, SAYS, Action, Fault
from policyengine.imports.load_counts import TableLoad
from policyengine.imports.model import Entry, ValueSource
from policyengine.records.errors import ExportError, export_error

STOPS: Final = "MAP005"
_DATE_HINT: Final = (
    'nothing is guessed: declare the layout, such as `dates: ["%d/%m/%Y"]`, '
    "or say `undeclared_format: invalid value` under `faults`"
)


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """A row of a file. `part` numbers the files of a kind in the order in which they are read; a
    file that two entries read is two of them."""

    file: str
    row: int
    part: int


def column_of(value: ValueSource | None) -> str:
    """How a place in a row is called: by the mapping's own words."""
    return "" if value is None else " + ".join(value.names)


class FaultLog:
    """Writes the faults and marks of a file, and counts them in a table's load."""

    def __init__(
        self, entry: Entry, load: TableLoad, file: tuple[int, str], faults: TextIO, marks: TextIO
    ) -> None:
        self.entry = entry
        self.load = load
        self.part, self.file = file
        self._faults = faults
        self._marks = marks
        self._held: list[tuple[int, str]] | None = None
        self._stop: tuple[int, ExportError] | None = None

    def place(self, row: int) -> Place:
        """A row of the file."""
        return Place(self.file, row, self.part)

    @contextmanager
    def by_row(self) -> Iterator[None]:
        """Write what is found in some rows in the order of the rows, those of one row in the order
        in which they are found; and stop at the first row at which the run has to. Which rows are
        looked at together shows nowhere."""
        self._held, self._stop = [], None
        yield
        held, self._held = self._held, None
        if self._stop is not None:
            raise self._stop[1]
        held.sort(key=_row_of)
        self._faults.write("".join(line for _, line in held))

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
            self._stop_at(place.row, _stop(place, fault, column, kind, field))
            return action
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
        said = json.dumps(line) + "\n"
        if self._held is None:
            self._faults.write(said)
        else:
            self._held.append((place.row, said))
        return action

    def _stop_at(self, row: int, error: ExportError) -> None:
        if self._held is None:
            raise error
        if self._stop is None or row < self._stop[0]:
            self._stop = row, error

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


def _row_of(held: tuple[int, str]) -> int:
    return held[0]


def _stop(place: Place, fault: Fault, column: str, kind: str, field: str) -> ExportError:
    where = f"{place.file} row {place.row}" + (f", column `{column}`" if column else "")
    into = f" (for `{kind}.{field}`)" if field else f" (for `{kind}`)"
    hints = (_DATE_HINT,) if fault is Fault.UNDECLARED_FORMAT else ()
    return export_error(STOPS, f"{where}: {SAYS[fault]}{into}", *hints)
