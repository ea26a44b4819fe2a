"""Where results go: standard output or a file, in the format that was asked for."""

import argparse
import os
import sys
from collections.abc import Iterable, Iterator
from contextlib import suppress
from hashlib import sha256
from pathlib import Path

from policyengine.commands.exits import CANNOT_RUN, Stop, usage

_SUFFIXES = {
    ".json": "json",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".txt": "text",
    ".text": "text",
    ".csv": "csv",
    ".md": "md",
    ".html": "html",
    ".htm": "html",
    ".xml": "junit",
    ".sarif": "sarif",
    ".xlsx": "xlsx",
}
PIPED_WIDTH = 100
NARROWEST = 60
_CHUNK = 16_384


def format_of(args: argparse.Namespace, offered: tuple[str, ...]) -> str:
    """The format of the results: asked for, or from the suffix of the file; else rich on a
    terminal and text elsewhere. Stops (exit 2) at one that the verb does not write."""
    wanted: str | None = args.format
    if wanted is None and args.output and args.output != "-":
        wanted = _SUFFIXES.get(Path(args.output).suffix.lower(), "text")
    if wanted is None:
        wanted = "rich" if sys.stdout.isatty() else "text"
    if wanted == "rich" and "rich" not in offered:
        return "text"
    if wanted not in offered:
        listed = ", ".join(offered)
        raise usage(f"`{args.verb}` does not write {wanted} in this version", f"it writes {listed}")
    return wanted


def deliver(args: argparse.Namespace, text: str | Iterable[str]) -> None:
    """Send the results to where they were asked for. Raises Stop (exit 3) where a file cannot be
    written, and then it is as it was."""
    pieces = [text] if isinstance(text, str) else text
    if args.output and args.output != "-":
        encoded = (piece.encode("utf-8", "backslashreplace") for piece in pieces)
        deliver_file(args, Path(args.output), encoded)
        return
    written = Written(args, "-", encoding_of(args))
    try:
        for piece in pieces:
            written.add(piece.encode(written.encoding, "backslashreplace"))
            # In chunks: unbuffered, Python drops the rest of a write that the reader cuts short.
            for start in range(0, len(piece), _CHUNK):
                _print(piece[start : start + _CHUNK])
        _print("")
    except _OutputError as error:
        raise Stop(CANNOT_RUN, f"standard output cannot be written: {error}") from None
    if not sys.stdout.isatty():
        written.note()


class _OutputError(Exception):
    """Standard output cannot be written."""


def _print(text: str) -> None:
    """To standard output; "" sends on what waits. A closed pipe has an exit code of its own."""
    try:
        if text:
            sys.stdout.write(text)
        else:
            sys.stdout.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        with suppress(OSError):  # what waits would be written, and fail, once more at the end
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise _OutputError(error.strerror or "it is closed") from None


def deliver_file(args: argparse.Namespace, path: Path, data: bytes | Iterable[bytes]) -> None:
    """Write a file of results, whole or not at all, readable by its owner alone. Raises Stop
    (exit 3) where it cannot be written, and then it is as it was."""
    from policyengine.report.atomic_write import write_whole

    written = Written(args, str(path), "utf-8")
    try:
        write_whole(path, written.passing([data] if isinstance(data, bytes) else data))
    except OSError as error:
        why = error.strerror or "it cannot be written"
        raise Stop(CANNOT_RUN, f"{path} cannot be written: {why}") from None
    written.note()


class Written:
    """One output of a run, counted and hashed on its way out for the manifest, if one is asked
    for."""

    def __init__(self, args: argparse.Namespace, name: str, encoding: str) -> None:
        self.name = name
        self.encoding = encoding
        self.bytes = 0
        self._args = args
        self._hash = sha256() if getattr(args, "manifest", None) else None

    def add(self, data: bytes) -> None:
        """Count what goes out."""
        if self._hash is not None:
            self._hash.update(data)
            self.bytes += len(data)

    def passing(self, pieces: Iterable[bytes]) -> Iterator[bytes]:
        """The pieces, counted as they pass."""
        for piece in pieces:
            self.add(piece)
            yield piece

    def note(self) -> None:
        """It is out: remember it among the run's outputs."""
        if self._hash is not None:
            self._args.outputs = [*getattr(self._args, "outputs", []), self]

    @property
    def sha256(self) -> str:
        """The SHA-256 of what went out."""
        assert self._hash is not None
        return self._hash.hexdigest()


def is_to_terminal(args: argparse.Namespace) -> bool:
    """Whether the results go to a terminal."""
    return not (args.output and args.output != "-") and sys.stdout.isatty()


def uses_colour(args: argparse.Namespace, format_: str) -> bool:
    """Whether to colour the results. `--color` decides; else a terminal, where NO_COLOR is not
    set (to anything) and the terminal is not a dumb one."""
    if args.color != "auto":
        return bool(args.color == "always" and format_ == "rich")
    plain = os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb"
    return format_ == "rich" and is_to_terminal(args) and not plain


def width_of(args: argparse.Namespace) -> int:
    """How wide to draw: as wide as the terminal; 100 columns elsewhere, the same every time."""
    if not is_to_terminal(args):
        return PIPED_WIDTH
    from shutil import get_terminal_size

    return max(NARROWEST, get_terminal_size().columns)


def encoding_of(args: argparse.Namespace) -> str:
    """The encoding of where the results go."""
    if args.output and args.output != "-":
        return "utf-8"
    return sys.stdout.encoding or "ascii"


def say(args: argparse.Namespace, *lines: str) -> None:
    """Warnings and remarks, to standard error, unless they were asked not to come."""
    from policyengine.report.safe_text import safe_text

    if not args.quiet:
        for line in lines:
            print(safe_text(line), file=sys.stderr)
