"""One case as it stood (S1): what had happened by the as-at date and was recorded by the
known-by date.

A record that had not happened or was not recorded does not exist. A date that is not `planned`
and lies after the as-at date reads as blank. Inside an end (S14) the as-at date is the day or
the instant of that end.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from policyengine.records.model import CaseRecords, Record, Value
from policyengine.schema.model import Field, FieldType, Kind, Schema
from policyengine.values.moments import FIRST_DAY, Moment, Zone
from policyengine.values.truth import Reason, Unknown, Why

DATES = (FieldType.DATE, FieldType.DATETIME)


@dataclass(frozen=True, slots=True)
class _Clocked:
    """The places in a kind's values that the two clocks touch."""

    happened: int | None
    recorded: int | None
    masked: tuple[int, ...]
    known_from: tuple[tuple[int, int], ...]
    order: int | None


class Clocks:
    """What the clocks touch, kind by kind, worked out once for a schema."""

    def __init__(self, schema: Schema, zone: Zone) -> None:
        self.schema = schema
        self.zone = zone
        self._kinds = {name: _clocked(kind) for name, kind in schema.kinds.items()}

    def of(self, kind: Kind) -> _Clocked:
        """What the clocks touch in a kind."""
        return self._kinds[kind.name]


def _clocked(kind: Kind) -> _Clocked:
    def index(name: str | None) -> int | None:
        return None if name is None else kind.fields[name].index

    fields: Iterable[Field] = kind.fields.values()
    return _Clocked(
        index(kind.happened),
        index(kind.recorded),
        tuple(f.index for f in fields if f.type in DATES and not f.planned),
        tuple(
            (f.index, kind.fields[f.known_from].index) for f in fields if f.known_from is not None
        ),
        None if kind.ordered_by == kind.happened else index(kind.ordered_by),
    )


class CaseView:
    """A case as at a moment: a day, meaning the end of it, or an instant (S14).

    `absent` and `complete_from` are the coverage of the export and of the case (S8).
    """

    def __init__(
        self,
        loaded: CaseRecords,
        clocks: Clocks,
        as_at: Moment,
        known_by: int,
        *,
        absent: frozenset[str] = frozenset(),
        complete_from: Mapping[str, int] | None = None,
        shared: Mapping[str, Mapping[str, Record]] | None = None,
    ) -> None:
        self.loaded = loaded
        self.as_at = as_at
        self.known_by = known_by
        self.case_id = loaded.id
        self._clocks = clocks
        self._absent = absent
        self._complete_from = complete_from or {}
        self._shared = shared or {}
        self._instant = as_at.until if as_at.timed else None
        self._seen: dict[str, list[Record]] = {}
        self._found: dict[str, dict[str, Record]] = {}
        self._unseen: dict[str, Record | None] = {}
        self.case = self._as_seen(loaded.case)

    def as_at_moment(self, moment: Moment) -> "CaseView":
        """The same case as at another moment."""
        return CaseView(
            self.loaded,
            self._clocks,
            moment,
            self.known_by,
            absent=self._absent,
            complete_from=self._complete_from,
            shared=self._shared,
        )

    def records(self, kind: str) -> list[Record]:
        """The records of a kind that exist, in the order of S22."""
        seen = self._seen.get(kind)
        if seen is None:
            loaded = self.loaded.records.get(kind, ())
            seen = [self._as_seen(record) for record in loaded if self._exists(record)]
            self._put_in_order(kind, seen)
            self._seen[kind] = seen
        return seen

    def _put_in_order(self, kind: str, seen: list[Record]) -> None:
        """A date that is hidden orders nothing: its record comes last with those that have none.

        What happened after as-at is not there at all, so only another order date can be hidden.
        """
        index = self._clocks.of(self._clocks.schema.kinds[kind]).order
        if index is None or len(seen) < 2:
            return
        dated = [record for record in seen if isinstance(record.values[index], Moment)]
        if len(dated) < len(seen):
            undated = [record for record in seen if not isinstance(record.values[index], Moment)]
            seen[:] = [*dated, *sorted(undated, key=lambda record: record.id)]

    def find(self, kind: str, id: str) -> Record | None:
        """The record of a kind with an id, if it exists: the case's own, or a shared one."""
        found = self._found.get(kind)
        if found is None:
            found = {record.id: record for record in self.records(kind)}
            self._found[kind] = found
        record = found.get(id)
        if record is None and kind in self._shared:
            record = self._shared[kind].get(id)
            if record is not None and self._exists(record):
                record = self._as_seen(record)
                found[id] = record
            else:
                record = None
        return record

    def unseen(self, kind: str) -> Record | None:
        """The stand-in for what may be outside coverage: nothing is known of it but the days on
        which it can have happened. None where the kind is closed."""
        if kind in self._unseen:
            return self._unseen[kind]
        record = self._stand_in(kind)
        self._unseen[kind] = record
        return record

    def _stand_in(self, name: str) -> Record | None:
        last = self.as_at.last
        if name not in self._absent:
            first = self.loaded.complete_from.get(name, self._complete_from.get(name))
            if first is None:
                return None
            last = min(last, first - 1)
            if last < FIRST_DAY:
                return None
        kind = self._clocks.schema.kinds[name]
        outside = Unknown((Reason(Why.OUTSIDE_COVERAGE, name),))
        values: list[Value] = [outside] * len(kind.fields)
        if kind.happened is not None:
            happened = kind.fields[kind.happened]
            clock = happened.type is FieldType.DATETIME
            values[happened.index] = Moment(FIRST_DAY, last, clock=clock)
        return Record(kind, "", values, unseen=True, perhaps=outside.reasons)

    def _exists(self, record: Record) -> bool:
        touched = self._clocks.of(record.kind)
        if touched.happened is not None:
            happened = record.values[touched.happened]
            if isinstance(happened, Moment) and self._is_after(happened):
                return False
        if touched.recorded is not None:
            recorded = record.values[touched.recorded]
            if isinstance(recorded, Moment) and recorded.day > self.known_by:
                return False
        return True

    def _is_after(self, moment: Moment) -> bool:
        """Whether a moment lies after the as-at moment."""
        if moment.day != self.as_at.day or self._instant is None:
            return moment.day > self.as_at.day
        return moment.timed and moment.at is not None and moment.at > self._instant

    def _as_seen(self, record: Record) -> Record:
        touched = self._clocks.of(record.kind)
        hides_dates = record.latest_day > self.as_at.day or (
            self._instant is not None and record.latest_day == self.as_at.day
        )
        if not hides_dates and not touched.known_from:
            return record
        values = list(record.values)
        for index, since in touched.known_from:
            known = record.values[since]
            if isinstance(known, Moment) and known.day > self.known_by:
                values[index] = None
        if hides_dates:
            for index in touched.masked:
                value = values[index]
                if isinstance(value, Moment) and self._is_after(value):
                    values[index] = None
        return Record(record.kind, record.id, values, row=record.row, latest_day=record.latest_day)
