"""A file is written whole or not at all."""

import os
import stat
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from secrets import token_hex
from typing import BinaryIO


def write_whole(path: Path, data: bytes | Iterable[bytes], *, mode: int = 0o600) -> None:
    """Write a file so that whoever opens it finds the old content or all of the new. What comes
    in pieces is written as it comes and is never held whole; where making one fails, so does all.

    The new content is written beside it (readable by its owner alone), brought to disk, and put
    in its place in one step with `mode` as its permissions; a symbolic link stays, and the file
    that it points at is replaced.
    Something that is no file (`/dev/null`, a pipe) is written to as it stands. Raises OSError;
    then nothing has changed and nothing is left behind.
    """
    target = Path(os.path.realpath(path))
    pieces = [data] if isinstance(data, bytes) else data
    if _is_special(target):
        with target.open("wb") as stream:
            stream.writelines(pieces)
        return
    with _beside(target) as (stream, named):
        stream.writelines(pieces)
        stream.flush()
        os.fchmod(stream.fileno(), mode)
        os.fsync(stream.fileno())
        named().replace(target)
    _settle(target.parent)


@contextmanager
def _beside(target: Path) -> Iterator[tuple[BinaryIO, Callable[[], Path]]]:
    """A new file in the target's folder, its owner's alone, and what gives it a name. Where the
    system can, it has none until it is whole, so that a run that is killed leaves nothing of it
    behind; left by an exception, it is gone in any case."""
    handle = _nameless(target.parent)
    name = target.parent / f".{target.name[:50]}.{token_hex(8)}.part"
    if handle is None:
        handle = os.open(name, os.O_WRONLY | os.O_CREAT | os.O_EXCL | _CLOSED_TO_CHILDREN, 0o600)

        def named() -> Path:
            return name
    else:
        nameless = f"/proc/self/fd/{handle}"

        def named() -> Path:
            # With the folder's handle: without one, the link that /proc is would be linked.
            folder = os.open(target.parent, os.O_RDONLY | os.O_DIRECTORY)
            try:
                os.link(nameless, name.name, dst_dir_fd=folder, follow_symlinks=True)
            finally:
                os.close(folder)
            return name

    try:
        with os.fdopen(handle, "wb") as stream:
            yield stream, named
    except BaseException:
        with suppress(OSError):
            name.unlink()
        raise


_CLOSED_TO_CHILDREN = getattr(os, "O_CLOEXEC", 0)


def _nameless(folder: Path) -> int | None:
    """A file of a folder that has no name yet; None where the system has no such thing."""
    flag = getattr(os, "O_TMPFILE", None)
    if flag is None or not Path("/proc/self/fd").is_dir():
        return None
    try:
        return os.open(folder, flag | os.O_WRONLY | _CLOSED_TO_CHILDREN, 0o600)
    except OSError:
        return None  # and the named one says why, if there is a why


def _is_special(path: Path) -> bool:
    try:
        mode = path.stat().st_mode
    except FileNotFoundError:
        return False
    if stat.S_ISDIR(mode):
        raise IsADirectoryError(21, "Is a directory", str(path))
    return not stat.S_ISREG(mode)


def _settle(folder: Path) -> None:
    """Bring the new name itself to disk, where the file system can."""
    with suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
