"""What a case says, as one hash: two that are the same say the same, in every value."""

from collections.abc import Iterable, Mapping
from hashlib import sha256

from policyengine.records.model import Absent, CaseRecords, Record, Value
from policyengine.values.moments import Moment


def case_digest(case: CaseRecords) -> str:
    """The SHA-256 of a case as it was loaded: its own fields, its records, what it says of
    coverage. Where its rows stood is no part of it."""
    own = (case.id, _row(case.case), sorted(case.complete_from.items()))
    kinds = [(kind, list(map(_row, case.records[kind]))) for kind in sorted(case.records)]
    return _hashed([own, kinds])


def shared_digest(shared: Mapping[str, Mapping[str, Record]]) -> str:
    """The SHA-256 of the reference tables that all cases share."""
    return _hashed(
        (kind, [_row(shared[kind][id]) for id in sorted(shared[kind])]) for kind in sorted(shared)
    )


def _hashed(parts: Iterable[object]) -> str:
    return sha256(repr(list(parts)).encode("utf-8", "backslashreplace")).hexdigest()


def _row(record: Record) -> tuple[object, ...]:
    return (record.id, *map(_said, record.values))


def _said(value: Value) -> object:
    match value:
        case Moment():
            span = (value.day, value.last, value.at, value.until)
            return (*span, value.timed, value.clock)
        case Absent():
            return ("?", value.name)
        case None | bool() | str():
            return value
        case _:
            return ("n", str(value))
