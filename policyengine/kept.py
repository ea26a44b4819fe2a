"""Files that are kept between runs because making them takes longer than reading them back.

Each lies in a folder of the user's own, under a name made of all that it depends on, with its
digest: one that is damaged, that is somebody else's, or that cannot be read or written, is as good
as none. What is read back is data, and nothing in it can run.
"""

import hashlib
import os
from collections.abc import Iterable
from pathlib import Path

MOST_FILES = 400
"""So many are kept; the ones that were written longest ago go first."""
MOST_BYTES = 32 * 1024 * 1024
"""A larger file is none of ours."""
_PACKAGE = Path(__file__).resolve().parent


def read_kept(name: str) -> bytes | None:
    """What was kept under a name, if it is whole and the user's own."""
    folder = _folder()
    if folder is None:
        return None
    try:
        with (folder / name).open("rb") as stream:
            about = os.fstat(stream.fileno())
            if not _is_own(about) or about.st_size > MOST_BYTES:
                return None
            digest, _, body = stream.read(MOST_BYTES + 1).partition(b"\n")
    except OSError:
        return None
    return body if hashlib.sha256(body).hexdigest().encode() == digest else None


def keep(name: str, body: bytes) -> None:
    """Keep a file, whole or not at all; a folder that cannot be written to is no fault."""
    import tempfile

    folder = _folder()
    if folder is None or len(body) >= MOST_BYTES:
        return
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not _is_own(folder.stat()):
            return
        handle, made = tempfile.mkstemp(dir=folder, prefix=f".{name[:8]}-")
        try:
            with os.fdopen(handle, "wb") as out:
                out.write(hashlib.sha256(body).hexdigest().encode() + b"\n" + body)
            Path(made).replace(folder / name)
        except OSError:
            Path(made).unlink(missing_ok=True)
        _prune(folder)
    except OSError:
        return


def code_stamp(rooms: Iterable[str]) -> str:
    """Tells one state of the package's own code from another: the sizes and times of the files of
    these rooms (`syntax`) or modules (`source.py`). A program that was changed keeps nothing of
    what it made before."""
    said = []
    for room in sorted(rooms):
        place = _PACKAGE / room
        files = sorted(place.rglob("*.py")) if place.is_dir() else [place]
        for file in files:
            about = file.stat()
            said.append(f"{file.name} {about.st_size} {about.st_mtime_ns}")
    return hashlib.sha256("\n".join(said).encode()).hexdigest()


def _folder() -> Path | None:
    home = os.environ.get("XDG_CACHE_HOME") or ""
    try:
        folder = Path(home) if Path(home).is_absolute() else Path.home() / ".cache"
    except RuntimeError:  # no home to be found
        return None
    return folder / "trust-policy-engine"


def _is_own(about: os.stat_result) -> bool:
    """Whether it belongs to whoever runs this, and nobody else may write to it."""
    mine = not hasattr(os, "getuid") or about.st_uid == os.getuid()
    return mine and not about.st_mode & 0o022


def _prune(folder: Path) -> None:
    kept = [(entry.stat().st_mtime_ns, entry) for entry in folder.iterdir() if entry.is_file()]
    for _, entry in sorted(kept, key=lambda each: each[0])[: max(0, len(kept) - MOST_FILES)]:
        entry.unlink(missing_ok=True)
