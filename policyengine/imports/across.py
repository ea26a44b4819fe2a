"""What can be said of a kind's records only when every row has been seen."""

from dataclasses import dataclass, field

from policyengine.imports.checks import Span, overlapping
from policyengine.imports.fault_log import FaultLog, Place
from policyengine.imports.faults import Fault
from policyengine.imports.owners import Owners


@dataclass(frozen=True, slots=True)
class Waiting:
    """A reference that cannot be held against its kind yet. `case` is blank if that is shared;
    `field` is the reference's place among the fields, and `name` what it is called."""

    place: Place
    field: int
    name: str
    ref: str
    case: str
    id: str


@dataclass(slots=True)
class Across:
    """The times, the NHS numbers and the references of a kind's rows, each with where it stands,
    and the logs of its files by the numbers of those. What is found in them is told in the order
    of the rows, however they were come by."""

    logs: list[FaultLog] = field(default_factory=list)
    spans: list[tuple[Place, str, Span]] = field(default_factory=list)
    numbers: list[tuple[Place, str, str]] = field(default_factory=list)
    waiting: list[Waiting] = field(default_factory=list)

    def tell(self, owners: Owners) -> None:
        """Note overlaps, NHS numbers of several cases, and references to no record. `owners` are
        the records of the kind itself."""
        self._overlaps()
        self._shared_numbers()
        for each in sorted(self.waiting, key=lambda each: (_in_order(each.place), each.field)):
            if not owners.has(each.ref, each.case):
                log = self.logs[each.place.part]
                log.note(each.place, Fault.ORPHAN_REFERENCE, "", each.name)
                log.mark(each.case, each.id, [(each.name, Fault.ORPHAN_REFERENCE)])

    def _overlaps(self) -> None:
        of_case: dict[str, list[Span]] = {}
        for _, case, span in sorted(self.spans, key=_first_in_order):
            of_case.setdefault(case, []).append(span)
        for case, spans in of_case.items():
            for span in overlapping(spans) if len(spans) > 1 else ():
                log = self.logs[span.place.part]
                log.note(span.place, Fault.OVERLAP)
                log.mark(case, span.id, [("", Fault.OVERLAP)])

    def _shared_numbers(self) -> None:
        of_number: dict[str, list[tuple[str, Place]]] = {}
        for place, text, case in sorted(self.numbers, key=_first_in_order):
            of_number.setdefault(text, []).append((case, place))
        for several in of_number.values():
            if len({case for case, _ in several}) > 1:
                for case, place in several:
                    log = self.logs[place.part]
                    log.note(place, Fault.SHARED_NHS_NUMBER)
                    log.mark(case, "", [("", Fault.SHARED_NHS_NUMBER)])


def _in_order(place: Place) -> tuple[int, int]:
    return place.part, place.row


def _first_in_order(entry: tuple[Place, str, object]) -> tuple[int, int]:
    return _in_order(entry[0])
