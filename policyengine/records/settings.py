"""`export.yaml`: what an export says of itself, in its folder or beside its file.

- `complete_from: {cto: 2024-01-01}`: from when a kind is complete (S8)
- `extracted_at`: when it was made; kept, and compared with nothing
- `nulls: ["NULL", "\\\\N"]`, `withheld: ["***"]`: texts that stand for no value (S4)
- `unknown: ["Not known"]`, `invalid: ["#VALUE!"]`: texts that say that nobody knows, or that what
  stood there did not fit
- `yes: [Y]`, `no: [N]`: further spellings of yes and no
- `date_formats: ["%d/%m/%Y"]`, `datetime_formats: ["%d/%m/%Y %H:%M"]`: layouts beside ISO's
- `time_zone: UTC`: the zone of date-times without an offset, if it is not the schema's
- `sha256: {case.csv: "9f86d0..."}`: the hashes of its files, which are compared before one is read
- `encoding: cp1252`, `delimiter: ";"`: of CSV files
"""

import codecs
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from policyengine.diagnostics import Diagnostic
from policyengine.formats import Mapping, Node, Scalar, Sequence, load_yaml, read_source, suggestion
from policyengine.records.clock_texts import Layout, iso_day
from policyengine.records.errors import ExportError
from policyengine.records.typing import Spellings
from policyengine.schema.model import Schema
from policyengine.source import Span

FILE_NAME = "export.yaml"
_DELIMITERS = {",": ",", ";": ";", "|": "|", "\t": "\t", "tab": "\t", "\\t": "\t"}
_ENCODINGS = frozenset({"utf-8", "cp1252", "iso8859-1", "iso8859-15", "utf-16", "ascii"})
_KEYS = (
    "complete_from",
    "extracted_at",
    "nulls",
    "withheld",
    "unknown",
    "invalid",
    "yes",
    "no",
    "date_formats",
    "datetime_formats",
    "time_zone",
    "encoding",
    "delimiter",
    "sha256",
)
Read = TypeVar("Read")


@dataclass(frozen=True, slots=True)
class ExportSettings:
    """What `export.yaml` says; what it leaves out is as a plain export has it."""

    complete_from: dict[str, int] = field(default_factory=dict)
    spellings: Spellings = field(default_factory=Spellings)
    extracted_at: str | None = None
    encoding: str = "utf-8-sig"
    delimiter: str = ","
    hashes: dict[str, str] = field(default_factory=dict)


def settings_in(folder: Path, schema: Schema) -> ExportSettings:
    """The settings of a folder; the plain ones where it has no `export.yaml`.

    Raises `ExportError` (CAS011, or what is wrong with the YAML) with every mistake in it: an
    export that is read otherwise than it was written is worse than one that is not read.
    """
    path = folder / FILE_NAME
    if not path.is_file():
        return ExportSettings()
    source, notes = read_source(path)
    root = None
    if source is not None:
        root, notes = load_yaml(source)
    if notes:
        raise ExportError(*notes)
    if root is None or source is None:
        return ExportSettings()
    reader = _Settings(schema)
    made = reader.read(root)
    if reader.notes:
        raise ExportError(*reader.notes)
    return made


class _Settings:
    def __init__(self, schema: Schema) -> None:
        self.schema = schema
        self.notes: list[Diagnostic] = []

    def fault(self, span: Span, message: str, near: str | None = None) -> None:
        hints = (f"did you mean `{near}`?",) if near else ()
        self.notes.append(Diagnostic(code="CAS011", message=message, span=span, hints=hints))

    def read(self, root: Node) -> ExportSettings:
        if not isinstance(root, Mapping):
            self.fault(root.span, f"{FILE_NAME} must be keys and values")
            return ExportSettings()
        for entry in root.entries:
            if entry.key.text not in _KEYS:
                near = suggestion(entry.key.text, _KEYS)
                self.fault(entry.key.span, f"{FILE_NAME} has no key `{entry.key.text}`", near)
        get = root.get
        layouts = (
            *self.each(get("date_formats"), _day_layout, "a layout such as %d/%m/%Y"),
            *self.each(get("datetime_formats"), _time_layout, "a layout such as %d/%m/%Y %H:%M"),
        )
        spellings = Spellings(
            nulls=self.each(get("nulls"), str.strip, "a text"),
            withheld=self.each(get("withheld"), str.strip, "a text"),
            unknown=self.each(get("unknown"), str.strip, "a text"),
            invalid=self.each(get("invalid"), str.strip, "a text"),
            yes=self.each(get("yes"), str.strip, "a text"),
            no=self.each(get("no"), str.strip, "a text"),
            layouts=layouts,
            time_zone=self.one(get("time_zone"), _zone, "a time zone such as Europe/London"),
        )
        return ExportSettings(
            complete_from=self.coverage(get("complete_from")),
            spellings=spellings,
            extracted_at=self.one(get("extracted_at"), str, "a text"),
            encoding=self.one(get("encoding"), _encoding, "utf-8, cp1252 or iso-8859-1")
            or "utf-8-sig",
            delimiter=self.one(
                get("delimiter"), _DELIMITERS.__getitem__, "a comma, `;`, `|` or tab"
            )
            or ",",
            hashes=self.hashes(get("sha256")),
        )

    def each(self, node: Node | None, read: Callable[[str], Read], wanted: str) -> tuple[Read, ...]:
        """A list, or one for itself."""
        nodes = node.items if isinstance(node, Sequence) else () if node is None else (node,)
        found = (self.one(item, read, wanted) for item in nodes)
        return tuple(item for item in found if item is not None)

    def one(self, node: Node | None, read: Callable[[str], Read], wanted: str) -> Read | None:
        if node is None or (isinstance(node, Scalar) and node.is_empty):
            return None
        if isinstance(node, Scalar):
            try:
                return read(node.text)
            except (ValueError, LookupError, OSError):
                pass
        self.fault(node.span, f"{wanted} is needed here")
        return None

    def hashes(self, node: Node | None) -> dict[str, str]:
        """The hash of each file, by its name."""
        if node is None or (isinstance(node, Scalar) and node.is_empty):
            return {}
        if not isinstance(node, Mapping):
            self.fault(node.span, "`sha256` gives the hash of each file: `case.csv: 9f86d0...`")
            return {}
        found = {each.key.text: self.one(each.value, _hash, _A_HASH) for each in node.entries}
        return {name: hash for name, hash in found.items() if hash is not None}

    def coverage(self, node: Node | None) -> dict[str, int]:
        if node is None or (isinstance(node, Scalar) and node.is_empty):
            return {}
        if not isinstance(node, Mapping):
            self.fault(node.span, "`complete_from` gives a date for each kind: `cto: 2024-01-01`")
            return {}
        made: dict[str, int] = {}
        kinds = self.schema.kinds.keys() - {"case"}
        for entry in node.entries:
            name = entry.key.text
            if name not in kinds:
                near = suggestion(name, kinds)
                self.fault(entry.key.span, f"there is no kind of record `{name}`", near)
            day = self.one(entry.value, _day, "a date such as 2024-01-01")
            if day is not None:
                made[name] = day
        return made


_A_HASH = "a SHA-256 of 64 hexadecimal digits"


def _hash(text: str) -> str:
    if len(text) != 64 or int(text, 16) < 0:
        raise ValueError("not a hash")
    return text.lower()


def _day(text: str) -> int:
    day = iso_day(text)
    if day is None:
        raise ValueError("not a date")
    return day


def _day_layout(text: str) -> Layout:
    layout = Layout(text)
    if layout.timed:
        raise ValueError("a date has no time of day")
    return layout


def _time_layout(text: str) -> Layout:
    layout = Layout(text)
    if not layout.timed:
        raise ValueError("a date-time has a time of day")
    return layout


def _zone(text: str) -> str:
    try:
        return ZoneInfo(text).key
    except ZoneInfoNotFoundError:
        raise ValueError("no such zone") from None


def _encoding(text: str) -> str:
    name = codecs.lookup(text).name
    if name not in _ENCODINGS:
        raise ValueError("not an encoding of text that is read here")
    return "utf-8-sig" if name in ("utf-8", "ascii") else name
