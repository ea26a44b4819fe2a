"""Saving a rule file: whole or not at all, in its folders only, never over another's edit."""

from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path

from policyengine.report.atomic_write import write_whole


class NotSavedError(Exception):
    """The file is as it was; the message says why, and holds nothing of its text."""


def digest_of(path: str) -> str:
    """What a file holds now, as a hash; empty where it cannot be read."""
    try:
        return sha256(Path(path).read_bytes()).hexdigest()
    except OSError:
        return ""


def save(path: str, text: str, seen: str, roots: Sequence[str]) -> str:
    """Put a text in a file that one of the roots is or holds, and give the hash of what it holds
    then. `seen` is the hash of what the author began from. Raises `NotSavedError`.

    A file whose lines end in a return and a line feed keeps them.
    """
    if not _inside(path, roots):
        raise NotSavedError("this file lies outside the folders that the workbench was started on")
    try:
        before = Path(path).read_bytes()
        mode = Path(path).stat().st_mode & 0o777
    except OSError as error:
        raise NotSavedError(f"the file cannot be read: {error.strerror}") from None
    if sha256(before).hexdigest() != seen:
        raise NotSavedError(
            "the file was changed on disk since you opened it: copy your text, open the file "
            "again, and put your change into what stands there now"
        )
    lines_end = "\r\n" if b"\r\n" in before else "\n"
    data = text.replace("\n", lines_end).encode()
    try:
        write_whole(Path(path), data, mode=mode)
    except OSError as error:
        raise NotSavedError(f"the file cannot be written: {error.strerror}") from None
    return sha256(data).hexdigest()


def _inside(path: str, roots: Sequence[str]) -> bool:
    """Where the path leads in the end, links followed."""
    real = Path(path).resolve()
    return any(real == root or root in real.parents for root in (Path(r).resolve() for r in roots))
