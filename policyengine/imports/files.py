"""The files of a source: found below the folder, of an encoding that fits, and hashed."""

import codecs
import os
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Final

from policyengine.imports.model import Format, Source
from policyengine.records.errors import export_error

NO_FILE: Final = "MAP003"
_CHUNK: Final = 1 << 20
_MOST_FILES: Final = 10_000
_SUFFIXES: Final = {
    ".csv": Format.CSV,
    ".txt": Format.CSV,
    ".tsv": Format.CSV,
    ".json": Format.JSON,
    ".jsonl": Format.JSONL,
    ".ndjson": Format.NDJSON,
    ".xlsx": Format.XLSX,
    ".xlsm": Format.XLSX,
}
_MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


@dataclass(frozen=True, slots=True)
class InputFile:
    """A file of a source. `name` is its place below the folder, with `/` on every system."""

    path: Path
    name: str
    format: Format


@dataclass(frozen=True, slots=True)
class Decoding:
    """How a file is read as text, and the hash of its bytes."""

    encoding: str
    sha256: str


def files_of(source: Source, folder: Path) -> tuple[InputFile, ...]:
    """The files of a source, in the order of their names.

    Raises `ExportError`: MAP003 where there is none and the source is not optional; MAP004 for a
    file that a link leads to out of the folder; CAS002 for a form that is not read.
    """
    root = folder.resolve()
    found: dict[str, InputFile] = {}
    for pattern in source.files:
        for path in _below(folder, pattern):
            name = path.relative_to(folder).as_posix()
            if not path.resolve().is_relative_to(root):
                message = f"{name}: a link leads out of the folder of the export"
                raise export_error("MAP004", message, "copy the file itself into the folder")
            if path.is_file():
                found[name] = InputFile(path, name, _format(source, path, name))
    if not found and not source.optional:
        hint = "`optional: yes` in the source, if an export can be without it"
        message = f"no file in {folder} is of the source `{source.name}`"
        raise export_error(NO_FILE, message, hint)
    return tuple(found[name] for name in sorted(found))


def _below(folder: Path, pattern: str) -> Iterator[Path]:
    for number, path in enumerate(folder.glob(pattern), 1):
        if number > _MOST_FILES:
            raise export_error("CAS012", f"more than {_MOST_FILES:,} files are of one source")
        yield path


def _format(source: Source, path: Path, name: str) -> Format:
    if source.format is not None:
        return source.format
    found = _SUFFIXES.get(path.suffix.lower())
    if found is None:
        hint = "`format: csv` (or jsonl, ndjson, json, xlsx) in the source"
        raise export_error("CAS002", f"{name}: its name does not say of which form it is", hint)
    return found


def decoding_of(file: InputFile, encodings: tuple[str, ...]) -> Decoding:
    """The first encoding of the list that fits every byte; a byte order mark settles it.

    Raises `ExportError`: CAS003 where none fits, with the line at which the last one failed;
    CAS010 for a NUL character, which no text holds.
    """
    with file.path.open("rb") as stream:
        start = stream.read(4)
    marked = next((name for mark, name in _MARKS if start.startswith(mark)), None)
    if marked is not None:
        if not any(each.startswith(marked) for each in encodings):
            hint = f"`encoding: [{marked}]` in the source"
            raise export_error("CAS003", f"{file.name}: its byte order mark says {marked}", hint)
        wanted: tuple[str, ...] = (marked,)
    else:
        wanted = tuple(each for each in encodings if each != "utf-16")
    line = 1
    for encoding in wanted:
        digest, line = _fits(file, encoding)
        if digest is not None:
            return Decoding("utf-8-sig" if encoding == "utf-8" else encoding, digest)
    listed = ", ".join(encodings)
    hint = "`encoding: [utf-8, cp1252]` in the source, if it comes from Excel or an older system"
    raise export_error("CAS003", f"{file.name} line {line}: this is not {listed}", hint)


def _fits(file: InputFile, encoding: str) -> tuple[str | None, int]:
    """The file's hash, if its bytes are of an encoding; and the line on which they are not."""
    decoder = codecs.getincrementaldecoder(encoding)()
    digest = sha256()
    behind = 0  # bytes, all of them good
    with file.path.open("rb") as stream:
        while True:
            data = stream.read(_CHUNK)
            digest.update(data)
            if data.isascii() and b"\0" not in data and _goes_on(decoder, encoding):
                behind += len(data)  # of most files, most: no need to make a text of it
                if data:
                    continue
            try:
                text = decoder.decode(data, final=not data)
            except UnicodeDecodeError as error:
                line = _line_at(file, encoding, behind)
                return None, line + data.count(b"\n", 0, error.start)
            if "\0" in text:
                line = _line_at(file, encoding, behind) + text.count("\n", 0, text.index("\0"))
                message = f"{file.name} line {line}: a NUL character, which no text holds"
                raise export_error("CAS010", message, "is it of another encoding, or damaged?")
            if not data:
                return digest.hexdigest(), 0
            behind += len(data)


def _goes_on(decoder: codecs.IncrementalDecoder, encoding: str) -> bool:
    """Whether a byte of ASCII, coming next, is that character."""
    return not encoding.startswith("utf-16") and decoder.getstate()[0] == b""


def _line_at(file: InputFile, encoding: str, end: int) -> int:
    """The line in which a byte stands."""
    decoder = codecs.getincrementaldecoder(encoding)()
    line = 1
    with file.path.open("rb") as stream:
        while stream.tell() < end:
            line += decoder.decode(stream.read(min(_CHUNK, end - stream.tell()))).count("\n")
    return line


def hash_of(path: Path) -> str:
    """The hash of a file's bytes."""
    digest = sha256()
    with path.open("rb") as stream:
        while data := stream.read(_CHUNK):
            digest.update(data)
    return digest.hexdigest()


def is_readable(folder: Path) -> bool:
    """Whether a folder is one, and can be looked into."""
    return folder.is_dir() and os.access(folder, os.R_OK | os.X_OK)
