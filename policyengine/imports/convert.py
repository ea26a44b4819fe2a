"""A foreign export to canonical tables: every kind in its order, a folder whole or not at all."""

import csv
import gc
import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from policyengine.imports.blocks import DEFAULT, Pace
from policyengine.imports.cells import INVALID, UNKNOWN, WITHHELD
from policyengine.imports.files import is_readable
from policyengine.imports.kind_run import Desk
from policyengine.imports.load_counts import LoadCounts
from policyengine.imports.look_ups import prepare
from policyengine.imports.model import Mapping as MappingFile
from policyengine.imports.selection import Known
from policyengine.imports.waves import run_kinds
from policyengine.records.errors import export_error
from policyengine.records.hashes import hash_of
from policyengine.records.parquet_rows import write_parquet
from policyengine.records.tables import table_files

LOAD: Final = "load"
REPORT: Final = "report.json"
FAULTS: Final = "faults.jsonl"
MARKS: Final = "marks.jsonl"
_BEFORE: Final = "1"  # no kind is called so


@dataclass(frozen=True, slots=True)
class Converted:
    """A folder of canonical tables, and what became of every row on the way."""

    folder: Path
    load: LoadCounts


def convert(
    mapping: MappingFile,
    source: Path,
    target: Path,
    *,
    pace: Pace = DEFAULT,
    as_parquet: bool = False,
) -> Converted:
    """Read the export in `source` and write its tables into the new folder `target`, with the hash
    of each in its `export.yaml`. What comes of it does not depend on `pace`.

    The folder appears whole or not at all. Raises `ExportError` where the export cannot be read,
    where a fault is one at which the mapping stops, or (MAP006) where `target` is there already
    and holds anything.
    """
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        hint = "name a folder that is not there, or empty this one"
        raise export_error("MAP006", f"{target} is there already, and is not empty", hint)
    if target.resolve().is_relative_to(source.resolve()):
        hint = "the tables would be taken for a part of the export: name a folder beside it"
        raise export_error("MAP006", f"{target} lies inside the export", hint)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        work = Path(tempfile.mkdtemp(prefix=f".{target.name}-", dir=target.parent))
    except OSError as error:
        why = error.strerror or "it cannot be written"
        raise export_error("MAP006", f"{target} cannot be written: {why}") from None
    try:
        load = write_tables(mapping, source, work, pace)
        if as_parquet:
            _as_parquet(work)
        _vouch(work)
        for path in (*work.rglob("*"), work):
            if path.is_file():
                path.chmod(0o600)  # records of people: for their owner alone, wherever they go
            _to_disk(path)
        if target.exists():
            target.rmdir()
        work.rename(target)
    finally:
        if work.exists():
            shutil.rmtree(work, ignore_errors=True)
    return Converted(target, load)


@contextmanager
def converted(mapping: MappingFile, source: Path) -> Iterator[Converted]:
    """The same in a private folder that is gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="cases-") as folder:
        yield Converted(Path(folder), write_tables(mapping, source, Path(folder)))


def write_tables(
    mapping: MappingFile, source: Path, folder: Path, pace: Pace = DEFAULT
) -> LoadCounts:
    """Write every table, `export.yaml` and the load report into an empty folder."""
    if not is_readable(source):
        raise export_error("CAS001", f"{source}: there is no such folder, or it cannot be read")
    load = LoadCounts(mapping.name)
    beside = folder / LOAD
    beside.mkdir(mode=0o700)
    desk = Desk(mapping, source, Known(), pace)
    collects = gc.isenabled()
    gc.disable()  # batches make no circles, and looking for some takes a third of the time
    try:
        prepare(desk, load, beside / f"{_BEFORE}.faults")
        parts: list[str] = []
        for ran in run_kinds(desk, folder, beside):
            if ran.wrote:
                load.tables += ran.loads
                parts.append(ran.name)
            else:
                load.absent.append(ran.name)
    except OSError as error:
        why = error.strerror or "it cannot be read"
        raise export_error("CAS001", f"a file of the export cannot be read: {why}") from None
    finally:
        if collects:
            gc.enable()
    for each, ending, names in ((FAULTS, "faults", [_BEFORE, *parts]), (MARKS, "marks", parts)):
        _gather(beside / each, [beside / f"{name}.{ending}" for name in names])
    load.files = [desk.files[key] for key in sorted(desk.files)]
    load.absent += sorted(mapping.schema.kinds.keys() - mapping.kinds.keys())
    (folder / "export.yaml").write_text(_export_yaml(mapping), encoding="utf-8")
    report = json.dumps(load.as_json(), indent=1, ensure_ascii=True) + "\n"
    (beside / REPORT).write_text(report, encoding="utf-8")
    return load


def _as_parquet(folder: Path) -> None:
    """Each table in the form of Parquet."""
    for path in sorted(folder.glob("*.csv")):
        with path.open(encoding="utf-8", newline="") as stream:
            rows = csv.reader(stream, strict=True)
            write_parquet(rows, next(rows), path.with_suffix(".parquet"))
        path.unlink()


def _vouch(folder: Path) -> None:
    """Add the hash of each table to what the tables say of themselves: a file that is changed or
    cut short on its way is found when it is read."""
    lines = [f"  {path.name}: {hash_of(path)}" for path in table_files(folder)]
    with (folder / "export.yaml").open("a", encoding="utf-8") as out:
        out.write("\n".join(["sha256:", *lines]) + "\n")


def _gather(target: Path, parts: list[Path]) -> None:
    """One file from several."""
    with target.open("wb") as out:
        for part in parts:
            with part.open("rb") as stream:
                shutil.copyfileobj(stream, out)
            part.unlink()


def _to_disk(path: Path) -> None:
    """Bring a file, or the names in a folder, to disk, where the file system can."""
    with suppress(OSError):
        handle = os.open(path, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _export_yaml(mapping: MappingFile) -> str:
    """What the tables say of themselves."""
    lines = [
        f'unknown: ["{UNKNOWN}"]',
        f'withheld: ["{WITHHELD}"]',
        f'invalid: ["{INVALID}"]',
    ]
    if mapping.extracted_on:
        lines.append(f"extracted_at: {mapping.extracted_on}")
    if mapping.complete_from:
        lines.append("complete_from:")
        lines += [f"  {kind}: {day}" for kind, day in sorted(mapping.complete_from.items())]
    return "\n".join(lines) + "\n"
