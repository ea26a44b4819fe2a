"""A folder of tables opened for the bulk engine: what `records.tables` reads, read by the database.

Whole files are looked through once (headers, case ids, distinct texts); rows are then typed a
range of cases at a time, so that memory is bounded by the range and not by the export.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

from policyengine.bulk.database import database
from policyengine.bulk.loading.case_ids import CaseIds
from policyengine.bulk.loading.csv_files import CsvFile, csv_file
from policyengine.bulk.loading.json_tables import stage_json
from policyengine.bulk.loading.letters import Letters
from policyengine.bulk.loading.nested_lines import StagingBuilder
from policyengine.bulk.loading.private_files import PrivateFiles
from policyengine.bulk.loading.ranges import CAN_FORK, Another, Folder
from policyengine.bulk.loading.restaged import stage_texts
from policyengine.bulk.loading.room import limit_of, memory_for
from policyengine.bulk.loading.sources import CASE_ID, ID, Source, identifier, parquet_columns
from policyengine.records.building import WHOLE_ROW
from policyengine.records.csv_rows import RawTable
from policyengine.records.errors import export_error
from policyengine.records.model import Export
from policyengine.records.opening import open_export
from policyengine.records.settings import ExportSettings, settings_in
from policyengine.records.tables import TableFolder, no_cases, table_files
from policyengine.records.typing import Typing
from policyengine.records.walking import Opened, parts_of

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

    from policyengine.schema.model import Kind, Schema

CASE: Final = "case"


@contextmanager
def open_lines(
    path: str,
    schema: Schema,
    *,
    memory: str | None = None,
    threads: int | None = None,
    room: str | None = None,
) -> Iterator[Export]:
    """A file of JSON lines, a case a line, as `open_folder` has a folder."""
    export = open_export(path, schema)
    opened, source = parts_of(export)
    with tempfile.TemporaryDirectory(prefix="trustpolicy-") as made:
        private = Path(made).resolve()
        files, letters = PrivateFiles(private), Letters()
        granted = partial(database, folder=private, room=room)
        with granted(memory, _at_work(threads)) as con:
            absent = opened.absent
            kinds = [k for k, kind in schema.kinds.items() if not kind.shared and k not in absent]
            with files.reading():
                builder = StagingBuilder(schema, opened.typing, kinds, (files, letters))
                for _ in source.cases(builder, export.load):
                    pass
                sources = builder.sources()
                ids = CaseIds(con, TableFolder(schema, ExportSettings()), letters)
                ids.number(sources[CASE])
            folder = Folder(con, sources, opened.typing, ids, (schema, files, letters))
            folder.said, folder.coverage = builder.said, builder.coverage
            _allow(folder, threads, is_granted=True)
            folder.another = _another(folder, granted, private, _nothing)
            opened.digest += builder.digest
            folder.opened, export.bulk, export.count = opened, folder, ids.count
            yield export


@contextmanager
def open_folder(
    path: str,
    schema: Schema,
    *,
    memory: str | None = None,
    threads: int | None = None,
    room: str | None = None,
) -> Iterator[Export]:
    """An export whose `bulk` is a `ranges.Folder`. Its files must stand while it is open.

    `memory` is such as `4GB`; None: little, however many cases there are (`room.memory_for`).
    Raises `ExportError` as `records.open_export` does, `BulkError` where memory or disk run out.
    """
    where = Path(path)
    try:
        files = table_files(where)
    except OSError as error:
        why = error.strerror or "it cannot be read"
        raise export_error("CAS001", f"{path} cannot be read: {why}") from None
    with tempfile.TemporaryDirectory(prefix="trustpolicy-") as made:
        private = Path(made).resolve()
        reads = [each.resolve() for each in files]
        granted = partial(database, folder=private, reads=reads, room=room)
        used = _at_work(threads)
        with granted(memory or memory_for(files, used), used) as con:
            named = PrivateFiles(private)
            with named.reading():
                export = _Opening(con, where, schema, named).export(files)
            assert isinstance(export.bulk, Folder)
            little = partial(memory_for, files) if memory is None else _nothing
            folder = export.bulk
            _allow(folder, threads, is_granted=memory is not None)
            folder.another = _another(folder, granted, private, little)
            yield export


def _at_work(threads: int | None) -> int | None:
    """How many threads the database has: one where processes can be forked, which may be done
    only while no other thread is at work (`side_by_side`)."""
    return 1 if CAN_FORK else threads


def _allow(folder: Folder, threads: int | None, *, is_granted: bool) -> None:
    """Say what several hands may use."""
    processors = len(os.sched_getaffinity(0)) if CAN_FORK else os.cpu_count() or 1
    folder.threads, folder.is_asked = threads or processors, threads is not None
    folder.is_granted = is_granted


def _nothing(_threads: int, _hands: int) -> str | None:
    return None


def _another(
    folder: Folder,
    granted: Callable[..., AbstractContextManager[DuckDBPyConnection]],
    private: Path,
    little: Callable[[int, int], str | None],
) -> Another:
    """What opens one of several databases, which share what that of the folder may use, or need
    `little`. It spills into a folder that goes with the run, and not with a process."""
    limit = limit_of(folder.con)  # not asked of it in another process

    def another(hands: int) -> AbstractContextManager[DuckDBPyConnection]:
        threads = max(1, folder.threads // hands)
        share = f"{int(limit / hands) >> 10}KiB"
        spill = Path(tempfile.mkdtemp(prefix="spill", dir=private))
        return granted(little(threads, folder.sharing(hands)) or share, threads, spill=spill)

    return another


class _Opening:
    """Stages the tables of a folder, one after the other."""

    def __init__(
        self, con: DuckDBPyConnection, where: Path, schema: Schema, files: PrivateFiles
    ) -> None:
        self.con = con
        self.where = where
        self.schema = schema
        self.files = files
        self.settings = settings_in(where, schema)
        self.reader = TableFolder(schema, self.settings)
        self.sources: dict[str, Source] = {}
        self.letters = Letters()

    def export(self, files: list[Path]) -> Export:
        """The export, every table staged."""
        self.reader.vouch(self.where, files)
        for path in files:
            self._take(path)
        if CASE not in self.sources:
            raise no_cases(self.where)
        typing = Typing(self.schema, self.settings.spellings)
        ids = CaseIds(self.con, self.reader, self.letters)
        ids.number(self.sources[CASE])
        for name, source in self.sources.items():
            if name != CASE and not source.kind.shared:
                ids.match(source)
        parts = (self.schema, self.files, self.letters)
        folder = Folder(self.con, self.sources, typing, ids, parts)
        opened = Opened(
            schema=self.schema,
            typing=typing,
            absent=frozenset(self.schema.kinds.keys() - {CASE} - self.sources.keys()),
            complete_from=self.settings.complete_from,
            shared=folder.shared_rows(),
            load=self.reader.load,
            rejected=self.reader.rejected,
        )
        export = folder.export(opened)
        export.vouched = self.reader.vouched
        return export

    def _take(self, path: Path) -> None:
        name = path.stem
        kind = self.schema.kinds.get(name)
        self.reader.claim(path)
        match path.suffix.lower():
            case ".csv":
                self._csv(path, kind)
            case ".parquet":
                self._parquet(path, kind)
            case _:
                self._json(path, kind)

    # --- the forms ------------------------------------------------------------------------------

    def _csv(self, path: Path, kind: Kind | None) -> None:
        file = csv_file(path, self.settings)
        out = self.files.new()
        named = {CASE_ID: "cid", ID: "id"}
        wanted: dict[int, str] = {}
        for place, column in enumerate(file.columns):
            if kind is None:
                wanted.setdefault(0, "c0")
            elif column in kind.fields:
                wanted[place] = f"v{kind.fields[column].index}"
            elif column in named and (column != ID or kind.name != CASE):
                wanted[place] = named[column]
            elif kind.name == CASE:
                wanted[place] = f"x{place}"  # what tells apart two rows of one case
        wanted = wanted or {0: "c0"}
        file.stage(self.con, self.files.link(path), out, wanted)
        if kind is None:
            self._stranger(path, file.rows + file.ragged)
            return
        self._ragged(path, kind, file)
        self.reader.check_columns(path, kind, file.columns)
        cells = {file.columns[place]: name for place, name in wanted.items() if name != "c0"}
        self.sources[kind.name] = Source(kind, [out], "file_row_number", cells, rows=file.rows)

    def _ragged(self, path: Path, kind: Kind, file: CsvFile) -> None:
        self.reader.take_ragged(path, kind.name, file.ragged, file.first_ragged)

    def _stranger(self, path: Path, rows: int) -> None:
        self.reader.reject_stranger(path.stem, RawTable((), [], ragged=rows))

    def _parquet(self, path: Path, kind: Kind | None) -> None:
        from policyengine.records.parquet_rows import open_parquet

        if kind is None:
            self._stranger(path, open_parquet(path).metadata.num_rows)
            return
        wanted = {*kind.fields, CASE_ID} | ({ID} if kind.name != CASE else set())
        columns = parquet_columns(path, wanted)
        self.reader.check_columns(path, kind, columns.names)
        rows = open_parquet(path).metadata.num_rows
        if columns.cells is None:
            out = self.files.new()
            cells = stage_texts(path, kind, out)
            self.sources[kind.name] = Source(kind, [out], "file_row_number", cells, rows=rows)
            return
        link = self.files.link(path)
        self.sources[kind.name] = Source(
            kind,
            [link],
            "file_row_number",
            columns.cells,
            columns.natives,
            rows,
            columns=tuple(map(identifier, columns.cells)),
        )

    def _json(self, path: Path, kind: Kind | None) -> None:
        out = self.files.new()
        staged = stage_json(path, kind, out, self.letters)
        self.reader.reject(kind.name if kind else "?", WHOLE_ROW, "not_an_object", staged.others)
        if kind is None:
            self._stranger(path, staged.rows)
            return
        if staged.columns:
            self.reader.check_columns(path, kind, staged.columns)
        self.sources[kind.name] = Source(
            kind, [out], "file_row_number", staged.cells, rows=staged.rows, coded=True
        )
