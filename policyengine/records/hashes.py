"""The hashes that an export came with: a file that was cut short or changed on the way is found,
where without them it might be read as if nothing had happened to it."""

from collections.abc import Iterable, Mapping
from hashlib import file_digest
from pathlib import Path

from policyengine.records.errors import export_error


def hash_of(path: Path) -> str:
    """The SHA-256 of a file."""
    with path.open("rb") as stream:
        return file_digest(stream, "sha256").hexdigest()


def check_hashes(folder: Path, files: Iterable[Path], hashes: Mapping[str, str]) -> None:
    """Raise `ExportError` (CAS013) unless the tables are those that were hashed, byte by byte."""
    names = {path.name for path in files}
    for name in sorted(hashes):
        path = folder / name
        if "/" in name or "\\" in name or not path.is_file():
            message = f"{folder}: export.yaml has the hash of a file that is not there"
            raise export_error("CAS013", message, "is the whole export here?")
        if hash_of(path) != hashes[name]:
            hint = "it was cut short or changed since the export was made: fetch it again"
            raise export_error("CAS013", f"{path}: this is not the file that was exported", hint)
    for name in sorted(names - hashes.keys()):
        message = f"{folder / name}: export.yaml has no hash of this table, but of others"
        raise export_error("CAS013", message, "was it added since the export was made?")
