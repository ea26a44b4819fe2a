"""Opening a case export: which form it is of, and what is known of it before its first case."""

import shutil
import sys
import tempfile
from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import BinaryIO, Final

from policyengine.formats import JsonError, Node, Scalar, Sequence, load_yaml, loads
from policyengine.records.building import WHOLE_ROW, Rows
from policyengine.records.clock_texts import iso_day
from policyengine.records.errors import export_error
from policyengine.records.hashes import check_hashes
from policyengine.records.json_lines import BOM, LINE_CAP, JsonLines, Opening
from policyengine.records.model import Export, LoadReport
from policyengine.records.nested import COVERAGE, InMemory, NestedCases, RawCases
from policyengine.records.notes import did_you_mean, is_plain, noted_kind, shown
from policyengine.records.settings import FILE_NAME, ExportSettings, settings_in
from policyengine.records.tables import open_tables
from policyengine.records.typing import Typing
from policyengine.records.walking import Opened, export_of
from policyengine.schema.model import Schema
from policyengine.source import SourceFile

WHOLE_CAP: Final = 1 << 30  # bytes of a file that is read whole
YAML_CAP: Final = 16 << 20  # YAML is for exports that are written by hand
_SHARED: Final = "_shared"
_TOP: Final = frozenset({"cases", _SHARED, COVERAGE, "_extracted_at"})


def open_export(path: str, schema: Schema) -> Export:
    """Open a case export: a file of nested cases, a folder of tables, or `-`, standard input.

    Raises `ExportError` for one that cannot be read; walking its cases can raise it too, where
    a line far down is broken.
    """
    if path == "-":
        return _open_input(schema)
    where = Path(path)
    try:
        if where.is_dir():
            return open_tables(where, schema, settings_in(where, schema))
        if not where.exists():
            raise export_error("CAS001", f"{path}: there is no such file or folder")
        beside = ExportSettings() if where.name == FILE_NAME else settings_in(where.parent, schema)
        export = _open_file(where, schema, beside)
        export.vouched = bool(beside.hashes)
        return export
    except OSError as error:
        why = error.strerror or "it cannot be read"
        raise export_error("CAS001", f"{path} cannot be read: {why}") from None


def _open_file(path: Path, schema: Schema, settings: ExportSettings) -> Export:
    name = str(path)
    if settings.hashes:
        only = {path.name: settings.hashes[path.name]} if path.name in settings.hashes else {}
        check_hashes(path.parent, [path], only)
    match path.suffix.lower():
        case ".jsonl" | ".ndjson":
            return _open_lines(JsonLines(name, lambda: path.open("rb")), schema, settings)
        case ".json":
            return _open_root(name, _json(name, _whole(path, WHOLE_CAP)), schema, settings)
        case ".yaml" | ".yml":
            return _open_root(name, _yaml(name, _whole(path, YAML_CAP)), schema, settings)
        case _:
            message = f"{name}: not a .json, .jsonl, .ndjson or .yaml file, nor a folder"
            hint = "a folder holds one table for each kind: case.csv, cto.csv and so on"
            raise export_error("CAS002", message, hint)


def _whole(path: Path, cap: int, name: str | None = None) -> bytes:
    with path.open("rb") as stream:
        data = stream.read(cap + 1)
    if len(data) > cap:
        message = f"{name or path} is larger than {cap >> 20} MiB, which is too large to read whole"
        raise export_error("CAS012", message, "write a case a line (.jsonl): it is read by lines")
    return data


def _decoded(name: str, data: bytes) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise export_error("CAS003", f"{name} line {line}: this is not UTF-8") from None


def _json(name: str, data: bytes) -> object:
    try:
        return loads(_decoded(name, data), name)
    except JsonError as error:
        raise export_error("CAS004", str(error)) from None


def _yaml(name: str, data: bytes) -> object:
    root, notes = load_yaml(SourceFile(name, _decoded(name, data)))
    if notes:
        first = notes[0]
        line = f" line {first.span.line}" if first.span else ""
        raise export_error("CAS004", f"{name}{line}: {first.message}")
    return None if root is None else _plain(root)


def _plain(node: Node) -> object:
    """Texts, lists and dictionaries; no deeper than the reader of YAML allows."""
    if isinstance(node, Scalar):
        return None if node.is_empty else node.text
    if isinstance(node, Sequence):
        return [_plain(item) for item in node.items]
    return {entry.key.text: _plain(entry.value) for entry in node.entries}


def _open_root(name: str, root: object, schema: Schema, settings: ExportSettings) -> Export:
    """A list of cases; one case; or `{"_shared": ..., "cases": [...]}`."""
    load = LoadReport()
    top: Mapping[str, object] = {}
    if isinstance(root, list):
        cases = root
    elif isinstance(root, dict) and ("cases" in root or "case_id" not in root):
        top = root
        found = root.get("cases")
        if not isinstance(found, list):
            message = f"{name}: this is neither a case (it has no `case_id`) nor a list of cases"
            raise export_error("CAS005", message)
        cases = found
        for key in sorted(root.keys() - _TOP):
            load.notes.append(f"{shown(key)} at the top of the export was ignored")
    elif isinstance(root, dict):
        top = {_SHARED: root.get(_SHARED)}
        cases = [{key: value for key, value in root.items() if key != _SHARED}]
    else:
        raise export_error("CAS005", f"{name}: a case export holds cases, and this holds none")
    raw = InMemory(cases)
    return _nested(name, raw, raw.mentioned, top, load, schema, settings)


def _open_lines(lines: JsonLines, schema: Schema, settings: ExportSettings) -> Export:
    """Lines of cases; the first may be a header that holds what stands at the top."""
    top: Mapping[str, object] = {}
    first = lines.first()
    if first is not None and isinstance(first[1], dict) and _is_header(first[1]):
        top = first[1]
        lines = lines.without(first[0])
    return _nested(lines.name, lines, lines.mentioned, top, LoadReport(), schema, settings)


def _is_header(raw: Mapping[str, object]) -> bool:
    return "case_id" not in raw and bool(raw.keys() & _TOP)


def _open_input(schema: Schema) -> Export:
    """Standard input, kept in a private temporary file for as long as the export is."""
    kept = tempfile.NamedTemporaryFile(prefix="cases-", suffix=".jsonl")  # noqa: SIM115
    shutil.copyfileobj(sys.stdin.buffer, kept)
    kept.flush()

    def opening() -> AbstractContextManager[BinaryIO]:
        return Path(kept.name).open("rb")  # `kept` is deleted when nothing refers to it

    name, settings = "standard input", ExportSettings()
    if _is_lines(opening):
        return _open_lines(JsonLines(name, opening), schema, settings)
    root = _json(name, _whole(Path(kept.name), WHOLE_CAP, name))
    return _open_root(name, root, schema, settings)


def _is_lines(opening: Opening) -> bool:
    """Whether the first line is an object by itself and is not the last."""
    with opening() as stream:
        first = b""
        while not first.strip() and (line := stream.readline(LINE_CAP)):
            first = line
        rest = stream.read(1 << 16)
    if not rest.strip() or not first.lstrip(BOM).lstrip().startswith(b"{"):
        return False
    try:
        return isinstance(loads(first.decode("utf-8-sig"), ""), dict)
    except ValueError:
        return False


def _nested(
    name: str,
    raw: RawCases,
    mentioned: Callable[[Iterable[str]], set[str]],
    top: Mapping[str, object],
    load: LoadReport,
    schema: Schema,
    settings: ExportSettings,
) -> Export:
    """An export of nested cases; `top` is what stands at its top."""
    shared = _shared(name, top.get(_SHARED), schema, load)
    own = {kind for kind, each in schema.kinds.items() if not each.shared} - {"case"}
    absent = (schema.kinds.keys() - {"case"}) - mentioned(own) - shared.keys()
    opened = Opened(
        schema=schema,
        typing=Typing(schema, settings.spellings),
        absent=frozenset(absent),
        complete_from={**settings.complete_from, **_coverage(name, top.get(COVERAGE), schema)},
        shared=shared,
        load=load,
    )
    return export_of(opened, NestedCases(schema, raw))


def _shared(name: str, found: object, schema: Schema, load: LoadReport) -> dict[str, Rows]:
    """The rows of the reference tables at the top of an export."""
    if found is None:
        return {}
    if not isinstance(found, dict) or not all(isinstance(rows, list) for rows in found.values()):
        message = f"{name}: `_shared` must hold a list of rows for each kind"
        raise export_error("CAS005", message)
    known = {kind for kind, each in schema.kinds.items() if each.shared}
    for kind in sorted(found.keys() - known):
        noted_kind(kind, known, load)
        rows = len(found[kind])
        load.rows_read += rows
        load.rows_rejected += rows
        if rows:
            load.fault(kind if is_plain(kind) else "?", WHOLE_ROW, "unknown_kind", rows)
    return {kind: found[kind] for kind in known if kind in found}


def _coverage(name: str, found: object, schema: Schema) -> dict[str, int]:
    """`_complete_from` at the top of an export: a mistake in it would change verdicts."""
    if found is None:
        return {}
    if not isinstance(found, dict):
        message = f"{name}: `{COVERAGE}` must give a date for each kind"
        raise export_error("CAS005", message)
    made: dict[str, int] = {}
    for kind, text in found.items():
        if kind not in schema.kinds or kind == "case":
            near = did_you_mean(kind, schema.kinds.keys() - {"case"})
            raise export_error("CAS005", f"{name}: `{COVERAGE}` names {shown(kind)}, no kind{near}")
        day = iso_day(text) if isinstance(text, str) else None
        if day is None:
            message = f"{name}: `{COVERAGE}` of `{kind}` is not a date such as 2024-01-01"
            raise export_error("CAS005", message)
        made[kind] = day
    return made
