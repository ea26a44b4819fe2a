"""Cases that hold their records: `{"case_id": "A1", "cto": [{...}], ...}`."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Final, Protocol

from policyengine.records.building import WHOLE_ROW, Builder, Rows
from policyengine.records.clock_texts import Misfit
from policyengine.records.model import CaseRecords, LoadReport
from policyengine.records.notes import is_plain, noted, noted_kind
from policyengine.records.typing import identifier
from policyengine.schema.model import Schema

COVERAGE: Final = "_complete_from"
_SPECIAL: Final = frozenset({"case_id", COVERAGE})


class RawCases(Protocol):
    """Objects as they were read, each with its place: its line, or its number in the list."""

    @property
    def count(self) -> int | None:
        """How many there are, if that is known."""

    def all(self) -> Iterable[tuple[int, object]]:
        """Every one."""

    def perhaps(self, case_id: str) -> Iterable[tuple[int, object]]:
        """Those that may be the case of an id, among them that case, if there is one."""


class NestedCases:
    """The cases of raw objects."""

    def __init__(self, schema: Schema, raw: RawCases) -> None:
        self._raw = raw
        self._schema = schema
        self._kinds = schema.kinds.keys() - {"case"}
        self._fields = tuple(schema.kinds["case"].fields)
        self._own = schema.kinds["case"].fields.keys() | _SPECIAL
        self._known = self._kinds | self._own

    @property
    def count(self) -> int | None:
        """How many objects there are, if that is known."""
        return self._raw.count

    def cases(self, builder: Builder, load: LoadReport) -> Iterator[CaseRecords]:
        """Every case. Of several with one id the first is kept; the others are rejected whole."""
        seen: set[str] = set()
        for place, raw in self._raw.all():
            case_id = self._case_id(raw, builder, load, seen)
            if case_id is not None and isinstance(raw, dict):
                seen.add(case_id)
                yield self._case(case_id, raw, place, builder, load)

    def one(self, case_id: str, builder: Builder, load: LoadReport) -> CaseRecords | None:
        """The first case of an id."""
        for place, raw in self._raw.perhaps(case_id):
            if isinstance(raw, dict) and identifier(raw.get("case_id")) == case_id:
                return self._case(case_id, raw, place, builder, load)
        return None

    def _case_id(
        self, raw: object, builder: Builder, load: LoadReport, seen: set[str]
    ) -> str | None:
        """The id of an object that is a case; of any other, its rows are counted as rejected."""
        if not isinstance(raw, dict):
            fault, field, rows = "not_an_object", WHOLE_ROW, 1
        else:
            found = identifier(raw.get("case_id"))
            if isinstance(found, str) and found not in seen:
                return found
            rows = 1 + sum(
                len(value)
                for key, value in raw.items()
                if isinstance(value, list) and key not in self._own
            )
            field = "case_id"
            if isinstance(found, Misfit):
                fault = found.value
            else:
                fault = "blank_case_id" if found is None else "duplicate_case_id"
        load.fault("case", field, fault)
        load.rows_read += rows
        load.rows_rejected += rows
        builder.add_digest([ascii(("case", fault, raw))])
        return None

    def _case(
        self,
        case_id: str,
        raw: Mapping[str, object],
        place: int,
        builder: Builder,
        load: LoadReport,
    ) -> CaseRecords:
        if not self._known.issuperset(raw):
            self._note_strangers(raw, builder, load)
        rows: dict[str, Rows] = {}
        for key, value in raw.items():
            if type(value) is list:
                if key in self._kinds:
                    rows[key] = value
            elif value is not None and key in self._kinds:
                load.fault(key, WHOLE_ROW, "not_a_list")
                load.rows_read += 1
                load.rows_rejected += 1
        for kind in [kind for kind in rows if self._schema.kinds[kind].shared]:
            self._reject(kind, rows.pop(kind), "shared_in_case", builder, load)
        return builder.case(case_id, raw, rows, load, place=place, coverage=raw.get(COVERAGE))

    def _note_strangers(
        self, raw: Mapping[str, object], builder: Builder, load: LoadReport
    ) -> None:
        """Keys that are no field of a case and no kind. A list of rows is a kind all the same."""
        for key in sorted(raw.keys() - self._known):
            value = raw[key]
            if isinstance(value, list):
                noted_kind(key, self._kinds, load)
                self._reject(key, value, "unknown_kind", builder, load)
            else:
                noted("case", key, self._fields, load)

    def _reject(
        self, kind: str, rows: Rows, fault: str, builder: Builder, load: LoadReport
    ) -> None:
        known = kind if is_plain(kind) else "?"
        if rows:
            load.fault(known, WHOLE_ROW, fault, len(rows))
        load.rows_read += len(rows)
        load.rows_rejected += len(rows)
        for row in rows:
            builder.add_digest([ascii((known, fault, row))])


class InMemory:
    """Raw cases that were read whole."""

    def __init__(self, raw: list[object]) -> None:
        self._raw = raw

    @property
    def count(self) -> int | None:
        """How many there are."""
        return len(self._raw)

    def all(self) -> Iterable[tuple[int, object]]:
        """Every one, numbered from 1."""
        return enumerate(self._raw, 1)

    def perhaps(self, case_id: str) -> Iterable[tuple[int, object]]:
        """Those of the id."""
        return (each for each in self.all() if _may_be(each[1], case_id))

    def mentioned(self, kinds: Iterable[str]) -> set[str]:
        """The kinds that some case holds a list of."""
        wanted = set(kinds)
        found: set[str] = set()
        for raw in self._raw:
            found |= mentioned_in(raw, wanted)
        return found


def _may_be(raw: object, case_id: str) -> bool:
    return isinstance(raw, dict) and identifier(raw.get("case_id")) == case_id


def mentioned_in(raw: object, wanted: set[str]) -> set[str]:
    """The kinds, of those wanted, that one raw case holds a list of, be it an empty one (S8)."""
    if not isinstance(raw, dict):
        return set()
    return {key for key in raw.keys() & wanted if isinstance(raw[key], list)}
