"""A folder of tables, one for each kind: `case.csv`, `cto.parquet`, `contact.jsonl`."""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Final

from policyengine.records.building import WHOLE_ROW, Builder, Rows
from policyengine.records.clock_texts import Misfit
from policyengine.records.csv_rows import RawTable, read_csv
from policyengine.records.errors import ExportError, export_error
from policyengine.records.hashes import check_hashes
from policyengine.records.json_lines import JsonLines
from policyengine.records.model import CaseRecords, Export, LoadReport
from policyengine.records.notes import is_plain, noted, noted_kind
from policyengine.records.parquet_rows import read_parquet
from policyengine.records.settings import ExportSettings
from policyengine.records.typing import Typing, identifier
from policyengine.records.walking import Opened, export_of
from policyengine.schema.model import Kind, Schema

CASE: Final = "case"
_CSV: Final = ".csv"
_LINES: Final = frozenset({".jsonl", ".ndjson"})
_PARQUET: Final = ".parquet"


def open_tables(folder: Path, schema: Schema, settings: ExportSettings) -> Export:
    """Open a folder. The tables are read whole, and grouped by case.

    Raises `ExportError`: a table that cannot be read, none of cases (CAS006), two of one kind
    (CAS007), a column missing (CAS008). A kind with no table is absent (S8).
    """
    reader = TableFolder(schema, settings)
    files = table_files(folder)
    reader.vouch(folder, files)
    for path in files:
        reader.take(path)
    if CASE not in reader.tables:
        raise no_cases(folder)
    return reader.export()


def no_cases(folder: Path) -> ExportError:
    """That a folder is no export."""
    hint = "it holds a row for each case, with at least the column `case_id`"
    return export_error("CAS006", f"{folder}: there is no table of cases, such as case.csv", hint)


def table_files(folder: Path) -> list[Path]:
    """The tables of a folder, in order."""
    suffixes = {_CSV, _PARQUET, *_LINES}
    return sorted(
        path for path in folder.iterdir() if path.suffix.lower() in suffixes and path.is_file()
    )


class TableFolder:
    """Reads tables one by one, then puts their rows beside their cases."""

    def __init__(self, schema: Schema, settings: ExportSettings) -> None:
        self.schema = schema
        self.settings = settings
        self.tables: dict[str, list[dict[str, object]]] = {}
        self.paths: dict[str, Path] = {}
        self.load = LoadReport()
        self.rejected: list[str] = []
        self.vouched = False

    def take(self, path: Path) -> None:
        name = path.stem
        kind = self.schema.kinds.get(name)
        self.claim(path)
        table = self.read(path, kind)
        if kind is None:
            self.reject_stranger(name, table)
            return
        self.take_ragged(path, name, table.ragged, table.first_ragged)
        self.tables[name] = table.rows
        if table.columns:
            self.check_columns(path, kind, table.columns)

    def claim(self, path: Path) -> None:
        """Take a file for the table of its kind. Raises `ExportError` (CAS007)."""
        if (other := self.paths.get(path.stem)) is not None:
            raise export_error("CAS007", f"{path} and {other} are both tables of one kind")
        self.paths[path.stem] = path

    def take_ragged(self, path: Path, kind: str, rows: int, first: int) -> None:
        """Count the rows of a CSV file that are longer or shorter than its header."""
        if rows:
            self.reject(kind, WHOLE_ROW, "ragged_row", rows)
            where = f"{path.name} line {first}"
            self.load.notes.append(f"{where}: a row has more or fewer cells than the header")

    def vouch(self, folder: Path, files: Iterable[Path]) -> None:
        """Compare the files with the hashes that `export.yaml` has of them, if it has any. Raises
        `ExportError` (CAS013)."""
        if self.settings.hashes:
            check_hashes(folder, files, self.settings.hashes)
            self.vouched = True

    def read(self, path: Path, kind: Kind | None) -> RawTable:
        if path.suffix.lower() == _CSV:
            how = self.settings
            return read_csv(path, encoding=how.encoding, delimiter=how.delimiter)
        if path.suffix.lower() == _PARQUET:
            return read_parquet(path, None if kind is None else {*kind.fields, "case_id", "id"})
        rows: list[dict[str, object]] = []
        others = 0
        keys: dict[str, None] = {}
        for _, raw in JsonLines(str(path), lambda: path.open("rb")).all():
            if isinstance(raw, dict):
                rows.append(raw)
                keys.update(dict.fromkeys(raw))
            else:
                others += 1
        self.reject(kind.name if kind else "?", WHOLE_ROW, "not_an_object", others)
        return RawTable(tuple(keys), rows)

    def check_columns(self, path: Path, kind: Kind, columns: Iterable[str]) -> None:
        """A column that is missing stops the reading; one too many is noted."""
        have = set(columns)
        needed = [each.name for each in kind.fields.values() if each.required]
        for name in needed if kind.shared else ("case_id", *needed):
            if name not in have:
                raise export_error("CAS008", f"{path}: the column `{name}` is missing")
        known = {*kind.fields, "case_id"} if kind.name == CASE else {*kind.fields, "case_id", "id"}
        for name in sorted(have - known):
            noted(kind.name, name, tuple(kind.fields), self.load)

    def reject(self, kind: str, field: str, fault: str, rows: int) -> None:
        """Count rows that belong to no case."""
        if rows:
            self.load.rows_read += rows
            self.load.rows_rejected += rows
            self.load.fault(kind, field, fault, rows)
            self.rejected += [ascii((kind, field, fault))] * rows

    def reject_stranger(self, name: str, table: RawTable) -> None:
        noted_kind(name, self.schema.kinds, self.load)
        plain = name if is_plain(name) else "?"
        self.reject(plain, WHOLE_ROW, "unknown_kind", len(table.rows) + table.ragged)

    def export(self) -> Export:
        schema = self.schema
        shared: dict[str, Rows] = {
            name: self.tables.pop(name)
            for name, kind in schema.kinds.items()
            if kind.shared and name in self.tables
        }
        absent = schema.kinds.keys() - {CASE} - self.tables.keys() - shared.keys()
        cases = self.cases()
        grouped = self.grouped(cases)
        opened = Opened(
            schema=schema,
            typing=Typing(schema, self.settings.spellings),
            absent=frozenset(absent),
            complete_from=self.settings.complete_from,
            shared=shared,
            load=self.load,
            rejected=self.rejected,
        )
        made = export_of(opened, TabledCases(cases, grouped))
        made.vouched = self.vouched
        return made

    def cases(self) -> dict[str, Mapping[str, object]]:
        """The case rows by their ids. Of rows that share one, the first by content is kept, so
        that the order of rows changes nothing (S24)."""
        made: dict[str, Mapping[str, object]] = {}
        for raw in self.tables.pop(CASE):
            case_id = self.case_id(CASE, raw)
            if case_id is None:
                continue
            other = made.get(case_id)
            if other is not None:
                self.reject(CASE, "case_id", "duplicate_case_id", 1)
            if other is None or said(raw) < said(other):
                made[case_id] = raw
        return made

    def case_id(self, kind: str, raw: Mapping[str, object]) -> str | None:
        found = identifier(raw.get("case_id"))
        if isinstance(found, Misfit):
            self.reject(kind, "case_id", found.value, 1)
            return None
        if found is None:
            self.reject(kind, "case_id", "blank_case_id", 1)
        return found

    def grouped(self, cases: Mapping[str, object]) -> dict[str, dict[str, list[object]]]:
        """Each case's rows of each kind; rows whose case there is not are orphans."""
        made: dict[str, dict[str, list[object]]] = {case_id: {} for case_id in cases}
        for kind, rows in self.tables.items():
            for raw in rows:
                case_id = self.case_id(kind, raw)
                if case_id is None:
                    continue
                if (mine := made.get(case_id)) is None:
                    self.reject(kind, "case_id", "orphan_case", 1)
                else:
                    mine.setdefault(kind, []).append(raw)
        self.tables.clear()
        return made


def said(raw: Mapping[str, object]) -> str:
    """What a row says, whatever the order of its columns."""
    return ascii(sorted(raw.items()))


class TabledCases:
    """Cases whose rows were read from tables."""

    def __init__(
        self,
        cases: Mapping[str, Mapping[str, object]],
        rows: Mapping[str, Mapping[str, list[object]]],
    ) -> None:
        self._cases = cases
        self._rows = rows

    @property
    def count(self) -> int | None:
        """How many there are."""
        return len(self._cases)

    def cases(self, builder: Builder, load: LoadReport) -> Iterator[CaseRecords]:
        """Every case."""
        for case_id, fields in self._cases.items():
            yield builder.case(case_id, fields, self._rows[case_id], load)

    def one(self, case_id: str, builder: Builder, load: LoadReport) -> CaseRecords | None:
        """One case by its id."""
        fields = self._cases.get(case_id)
        if fields is None:
            return None
        return builder.case(case_id, fields, self._rows[case_id], load)
