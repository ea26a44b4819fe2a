"""A case a line, read line by line: an export of any size, one case in memory at a time."""

import json
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager
from typing import BinaryIO, Final

from policyengine.formats import JsonError, loads
from policyengine.records.errors import export_error
from policyengine.records.nested import mentioned_in
from policyengine.records.typing import identifier

LINE_CAP: Final = 64 << 20  # bytes
_CHUNK: Final = 1 << 20
BOM: Final = b"\xef\xbb\xbf"

Opening = Callable[[], AbstractContextManager[BinaryIO]]


class JsonLines:
    """The objects of a file of JSON lines. `skip` is the line of a header, which is no case."""

    def __init__(self, name: str, opening: Opening, skip: int = 0) -> None:
        self.name = name
        self._opening = opening
        self._skip = skip
        self._count: int | None = None

    def without(self, line: int) -> "JsonLines":
        """The same lines but for one, the header."""
        return JsonLines(self.name, self._opening, line)

    @property
    def count(self) -> int | None:
        """How many lines there are (an empty line among them is counted too)."""
        if self._count is None:
            with self._opening() as stream:
                chunks = iter(lambda: stream.read(_CHUNK), b"")
                last, total = b"\n", 0
                for chunk in chunks:
                    total += chunk.count(b"\n")
                    last = chunk[-1:]
            self._count = total + (last != b"\n") - (self._skip > 0)
        return self._count

    def all(self) -> Iterator[tuple[int, object]]:
        """Every object, with its line."""
        for number, line in self._lines():
            yield number, self.read(number, line)

    def perhaps(self, case_id: str) -> Iterator[tuple[int, object]]:
        """The objects whose lines hold the id as it is usually written; if none of them is the
        case, every other: an id can be written with escapes, or with spaces around it."""
        needles = {json.dumps(case_id).encode(), _plainly(case_id)}
        if case_id.isascii() and case_id.isdigit():
            needles.add(case_id.encode())
        tried: set[int] = set()
        for number, line in self._lines():
            if any(needle in line for needle in needles):
                tried.add(number)
                raw = self.read(number, line)
                yield number, raw
                if isinstance(raw, dict) and identifier(raw.get("case_id")) == case_id:
                    return
        for number, line in self._lines():
            if number not in tried:
                yield number, self.read(number, line)

    def mentioned(self, kinds: Iterable[str]) -> set[str]:
        """The kinds that some case holds a list of (S8).

        Looks for keys before a bracket, and reads a line exactly only where a kind that was not
        yet seen may stand.
        """
        wanted = set(kinds)
        keys = {kind.encode() for kind in wanted}
        found: set[str] = set()
        for number, line in self._lines():
            if not keys:
                break
            for piece in line.split(b"["):
                parts = piece.rsplit(b'"', 2)
                # A backslash: the key is written with an escape, or is no key.
                if len(parts) == 3 and (parts[1] in keys or b"\\" in parts[1]):
                    found |= mentioned_in(self.read(number, line), wanted)
                    keys = {kind.encode() for kind in wanted - found}
                    break
        return found

    def first(self) -> tuple[int, object] | None:
        """The first object and its line, if there is one."""
        return next(self.all(), None)

    def read(self, number: int, line: bytes) -> object:
        """One line. Raises `ExportError` (CAS003, CAS004) with the file and the line."""
        where = f"{self.name} line {number}"
        try:
            return loads(line.decode(), where)
        except UnicodeDecodeError:
            raise export_error("CAS003", f"{where}: this is not UTF-8") from None
        except JsonError as error:
            raise export_error("CAS004", str(error)) from None

    def _lines(self) -> Iterator[tuple[int, bytes]]:
        try:
            with self._opening() as stream:
                yield from self._lines_of(stream)
        except OSError as error:
            why = error.strerror or "it cannot be read"
            raise export_error("CAS001", f"{self.name} cannot be read: {why}") from None

    def _lines_of(self, stream: BinaryIO) -> Iterator[tuple[int, bytes]]:
        number = 0
        while line := stream.readline(LINE_CAP + 1):
            number += 1
            if len(line) > LINE_CAP:
                message = f"{self.name} line {number}: longer than {LINE_CAP >> 20} MiB"
                raise export_error("CAS012", message)
            if number == 1 and line.startswith(BOM):
                line = line[len(BOM) :]
            if number != self._skip and not line.isspace():
                yield number, line


def _plainly(case_id: str) -> bytes:
    return json.dumps(case_id, ensure_ascii=False).encode(errors="surrogatepass")
