"""An `Export` from wherever its cases come from: counted, hashed and walked in one way."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Protocol

from policyengine.records.building import MODULUS, Builder, Rows
from policyengine.records.model import CaseRecords, Export, LoadReport, Record
from policyengine.records.typing import Typing, identifier
from policyengine.schema.model import Schema


class CaseSource(Protocol):
    """Where cases come from: one after the other, or a single one by its id."""

    @property
    def count(self) -> int | None:
        """How many there are, if that is known."""

    def cases(self, builder: Builder, load: LoadReport) -> Iterator[CaseRecords]:
        """Every case; what is rejected is counted in `load`."""

    def one(self, case_id: str, builder: Builder, load: LoadReport) -> CaseRecords | None:
        """One case by its id."""


@dataclass(slots=True)
class Opened:
    """What is known of an export before its first case is read. `rejected` are rows that belong
    to no case, in the words in which the digest counts them; `digest` is what they and the shared
    kinds say."""

    schema: Schema
    typing: Typing
    absent: frozenset[str]
    complete_from: Mapping[str, int]
    shared: Mapping[str, Rows] = field(default_factory=dict)
    digest: int = 0
    load: LoadReport = field(default_factory=LoadReport)
    rejected: list[str] = field(default_factory=list)


def export_of(opened: Opened, source: CaseSource) -> Export:
    """The export, with its shared kinds read and its cases still to come."""
    schema = opened.schema
    first = Builder(schema, opened.typing)
    base = opened.load
    shared: dict[str, dict[str, Record]] = {}
    for kind, rows in opened.shared.items():
        prints: list[str] = []
        read = first.records(kind, rows, base, prints)
        shared[kind] = {record.id: record for record in read}
        for each in prints:
            first.add_digest([each])
    for each in opened.rejected:
        first.add_digest([each])
    opened.digest = first.digest
    export = Export(
        schema=schema,
        absent=opened.absent,
        complete_from=opened.complete_from,
        shared=shared,
        walk=lambda: _walk(export, opened, source, first.digest),
        find=lambda case_id: _found(case_id, opened, source),
        load=copied(base, LoadReport()),
        count=source.count,
        parts=(opened, source),
    )
    return export


def _found(case_id: str, opened: Opened, source: CaseSource) -> CaseRecords | None:
    """One case, by its id as an export's ids are read."""
    wanted = identifier(case_id)
    if not isinstance(wanted, str):
        return None
    return source.one(wanted, Builder(opened.schema, opened.typing), LoadReport())


def _walk(export: Export, opened: Opened, source: CaseSource, digest: int) -> Iterator[CaseRecords]:
    load = copied(opened.load, export.load)
    opened.typing.begin()
    builder = Builder(opened.schema, opened.typing)
    builder.digest = digest
    yield from source.cases(builder, load)
    finished(export, load, builder.digest)


def finished(export: Export, load: LoadReport, digest: int | None) -> None:
    """Complete an export that has been walked to its end: the load report, and the hash from the
    sum of what its cases and its rejected rows say (None: nobody asks for it)."""
    if load.rows_read != load.rows_kept + load.rows_rejected:
        raise AssertionError("a row was lost in the counting")
    load.notes.sort()
    if load is not export.load:
        copied(load, export.load)
    if digest is None:
        return
    coverage = ascii((sorted(export.absent), sorted(export.complete_from.items())))
    whole = f"{digest % MODULUS:064x}\n{coverage}"
    export.sha256 = sha256(whole.encode("ascii")).hexdigest()


def parts_of(export: Export) -> "tuple[Opened, CaseSource]":
    """What an export was made of."""
    assert isinstance(export.parts, tuple)
    opened, source = export.parts
    return opened, source


def copied(one: LoadReport, into: LoadReport) -> LoadReport:
    """Make a load report say what another says."""
    into.rows_read, into.rows_kept = one.rows_read, one.rows_kept
    into.rows_rejected = one.rows_rejected
    into.faults = dict(one.faults)
    into.notes = list(one.notes)
    return into
