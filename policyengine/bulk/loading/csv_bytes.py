"""What can be seen of a CSV file from its bytes alone, at the speed of memory: whether the
database's reader and Python's split it alike."""

from __future__ import annotations

import codecs
import mmap
import re
from pathlib import Path
from typing import Any, BinaryIO, Final

_CHUNK: Final = 1 << 20
_MANY: Final = 1 << 22  # bytes looked at together
_QUOTE, _RETURN, _LINE = b'"'[0], b"\r"[0], b"\n"[0]
_SPACES: Final = b" \t"
Bytes = Any  # an array of numpy


def is_plain(path: Path, delimiter: str, never: str) -> bool:
    """Whether the database and Python split a UTF-8 file alike, as far as can be seen. `never` is
    a text that it may not hold.

    They differ on a space beside a quote, and on lines that end otherwise than most.
    """
    if path.stat().st_size == 0 or len(delimiter.encode()) != 1:
        return False
    with path.open("rb") as stream, mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as held:
        if held.find(b"\0") >= 0 or _holds(held, never.encode()):
            return False
        if held[:1] in b"\r\n" or (held.find(b"\r") >= 0 and has_bare_return(held)):
            return False
        if held.find(b'"') >= 0 and has_space_by_quote(held, delimiter.encode()):
            return False
        stream.seek(0)
        return _is_utf8(stream)


def _holds(held: mmap.mmap, text: bytes) -> bool:
    """One byte is found many times as quickly as two."""
    return held.find(text[:1]) >= 0 and held.find(text) >= 0


def has_bare_return(held: mmap.mmap | bytes) -> bool:
    """Whether lines end in more than one way, where some end in a return."""
    import numpy as np

    every = np.frombuffer(held, np.uint8)
    returns = lines = 0
    for start in range(0, len(every), _MANY):
        part = every[start : start + _MANY]
        at = np.flatnonzero(part == _RETURN) + start + 1
        if len(at) and (at[-1] == len(every) or (every[at] != _LINE).any()):
            return True
        returns += len(at)
        lines += int(np.count_nonzero(part == _LINE))
    return returns != lines


def has_space_by_quote(held: mmap.mmap | bytes, delimiter: bytes) -> bool:
    """Whether a quote is parted by white space from the edge of its cell. `delimiter` is one
    byte."""
    import numpy as np

    every = np.frombuffer(held, np.uint8)
    is_space = np.zeros(256, bool)
    is_space[list(_SPACES)] = True
    for start in range(0, len(every), _MANY):
        quotes = np.flatnonzero(every[start : start + _MANY] == _QUOTE) + start
        after, before = quotes[quotes < len(every) - 1], quotes[quotes > 0]
        after, before = after[is_space[every[after + 1]]], before[is_space[every[before - 1]]]
        if _ends_a_cell(held, every, after, delimiter) or _starts_a_cell(
            held, every, before, delimiter
        ):
            return True
    return False


def _ends_a_cell(held: Any, every: Bytes, quotes: Bytes, delimiter: bytes) -> bool:
    """Whether after one of these quotes and white space a cell ends."""
    import numpy as np

    edge = np.zeros(256, bool)
    edge[[delimiter[0], _RETURN, _LINE, *_SPACES]] = True
    near = quotes + 2
    perhaps = quotes[edge[every[np.minimum(near, len(every) - 1)]] | (near >= len(every))]
    beside = re.compile(rb"[ \t]+(?:%b|\r|\n|\Z)" % re.escape(delimiter))
    return any(beside.match(held, int(quote) + 1) is not None for quote in perhaps)


def _starts_a_cell(held: Any, every: Bytes, quotes: Bytes, delimiter: bytes) -> bool:
    """Whether before one of these quotes and white space a cell starts."""
    import numpy as np

    edge = np.zeros(256, bool)
    edge[[delimiter[0], _RETURN, _LINE, *_SPACES]] = True
    near = quotes - 2
    for quote in quotes[edge[every[np.maximum(near, 0)]] | (near < 0)].tolist():
        place = quote - 1
        while place >= 0 and held[place] in _SPACES:
            if held[place] == delimiter[0] and place < quote - 1:
                return True
            place -= 1
        if place < 0 or held[place] in (delimiter[0], _RETURN, _LINE):
            return True
    return False


def _is_utf8(stream: BinaryIO) -> bool:
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        while chunk := stream.read(_CHUNK):
            if not (chunk.isascii() and not decoder.getstate()[0]):
                decoder.decode(chunk)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True
