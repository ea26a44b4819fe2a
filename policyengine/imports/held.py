"""What the plain rows of a kind leave behind for the end, by column: their keys, times, NHS numbers
and references. At the end it is seen which of them may say something together; those alone are
handed to the code that tells so of rows (`across`)."""

from dataclasses import dataclass, field
from typing import Any

from policyengine.imports.across import Across, Waiting
from policyengine.imports.checks import Span
from policyengine.imports.columns import is_any
from policyengine.imports.fault_log import Place
from policyengine.imports.owners import Owners, several_times

_GROUP = 100_000_000  # more than any day, as the number that its digits are


@dataclass(slots=True)
class References:
    """References of a kind to itself. `field` is their place among the fields of their file."""

    field: int
    name: str
    refs: Any
    cases: Any
    keys: Any
    where: "Rows"


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows of a file, by their numbers."""

    file: str
    part: int
    numbers: Any

    def only(self, mask: Any) -> "Rows":
        """The rows of a mask."""
        return Rows(self.file, self.part, self.numbers.filter(mask))

    def places(self) -> list[Place]:
        """Where they are."""
        return [Place(self.file, number, self.part) for number in self.numbers.to_pylist()]


@dataclass(slots=True)
class Held:
    """The plain rows of a kind. `spans` are cases, starts, ends, ids and rows; `numbers` are NHS
    numbers, cases and rows."""

    keys: list[Any] = field(default_factory=list)
    cases: list[Any] = field(default_factory=list)
    spans: list[tuple[Any, Any, Any, Any, Rows]] = field(default_factory=list)
    numbers: list[tuple[Any, Any, Rows]] = field(default_factory=list)
    references: list[References] = field(default_factory=list)

    def settle(self, owners: Owners, across: Across) -> set[tuple[str, str]]:
        """Enter the records, and hand on what may say something together; the cases and keys that
        came more than once."""
        again = owners.add_columns(self.keys, self.cases) if self.keys else set()
        if self.numbers:
            self._share(across)
        if self.spans:
            self._overlap(across)
        for each in self.references:
            _refer(each, owners, across)
        return again

    def _share(self, across: Across) -> None:
        """NHS numbers that come more than once."""
        import pyarrow as pa
        import pyarrow.compute as pc

        own = pa.array([text for _, text, _ in across.numbers], pa.string())
        every = pa.chunked_array([*(texts for texts, _, _ in self.numbers), own])
        if pc.count_distinct(every).as_py() == len(every):
            return
        several = several_times(every)
        for texts, cases, where in self.numbers:
            mask = pc.is_in(texts, value_set=several)
            if is_any(mask):
                rows = zip(
                    where.only(mask).places(),
                    texts.filter(mask).to_pylist(),
                    cases.filter(mask).to_pylist(),
                    strict=True,
                )
                across.numbers.extend(rows)

    def _overlap(self, across: Across) -> None:
        """The times of the cases in which some may overlap."""
        import pyarrow as pa
        import pyarrow.compute as pc

        own = across.spans
        cases = pa.chunked_array(
            [*(each[0] for each in self.spans), pa.array([case for _, case, _ in own], pa.string())]
        )
        starts = pa.chunked_array(
            [*(each[1] for each in self.spans), pa.array([s.start for _, _, s in own], pa.string())]
        )
        ends = pa.chunked_array(
            [*(each[2] for each in self.spans), pa.array([s.end for _, _, s in own], pa.string())]
        )
        perhaps = perhaps_overlapping(
            cases.combine_chunks(), starts.combine_chunks(), ends.combine_chunks()
        )
        if perhaps is None:
            return
        for cases, starts, ends, ids, where in self.spans:
            mask = pc.is_in(cases, value_set=perhaps)
            if is_any(mask):
                rows = zip(
                    where.only(mask).places(),
                    cases.filter(mask).to_pylist(),
                    starts.filter(mask).to_pylist(),
                    ends.filter(mask).to_pylist(),
                    ids.filter(mask).to_pylist(),
                    strict=True,
                )
                for place, case, start, end, id in rows:
                    across.spans.append((place, case, Span(start, end, place, id)))


def perhaps_overlapping(cases: Any, starts: Any, ends: Any) -> Any:
    """The cases of which a time begins before the day on which one that began earlier ends; None
    where there is none."""
    import pyarrow as pa
    import pyarrow.compute as pc

    table = pa.table({"case": cases, "start": starts, "end": ends})
    keys = [(name, "ascending") for name in ("case", "start", "end")]
    order = pc.sort_indices(table, sort_keys=keys)
    cases = cases.take(order)
    begin = _days(starts.take(order))
    end = _days(pc.if_else(pc.equal(ends, ""), "9999-12-31", ends).take(order))
    if len(cases) < 2:
        return None
    other = pc.not_equal(cases.slice(1), cases.slice(0, len(cases) - 1)).cast("int64")
    group = pc.multiply(pc.cumulative_sum(pa.concat_arrays([pa.array([0]), other])), _GROUP)
    last = pc.cumulative_max(pc.add(group, end))
    mask = pc.less(pc.add(group, begin).slice(1), last.slice(0, len(last) - 1))
    if not is_any(mask):
        return None
    return pc.unique(cases.slice(1).filter(mask))


def _days(texts: Any) -> Any:
    """Days as the numbers that their digits are."""
    import pyarrow.compute as pc

    days = pc.utf8_slice_codeunits(texts, 0, 10)
    return pc.replace_substring(days, "-", "").cast("int64")


def _refer(references: References, owners: Owners, across: Across) -> None:
    """The references that perhaps lead to no record."""
    import pyarrow.compute as pc

    found, _ = case_of_each(owners, references.refs)
    mask = pc.fill_null(pc.not_equal(found, references.cases), True)
    if not is_any(mask):
        return
    rows = zip(
        references.where.only(mask).places(),
        references.refs.filter(mask).to_pylist(),
        references.cases.filter(mask).to_pylist(),
        references.keys.filter(mask).to_pylist(),
        strict=True,
    )
    for place, ref, case, id in rows:
        across.waiting.append(Waiting(place, references.field, references.name, ref, case, id))


def case_of_each(owners: Owners, keys: Any) -> tuple[Any, Any]:
    """The case of the record of each key, null where there is none; and a mask of those of which
    that is not all that there is to say, or None."""
    import pyarrow as pa
    import pyarrow.compute as pc

    found = owners.cases_of(keys)
    odd = pc.is_null(found)
    if owners.shared:
        shared = pa.array(sorted(owners.shared), pa.string())
        odd = pc.or_(odd, pc.is_in(keys, value_set=shared))
    return found, odd if is_any(odd) else None
