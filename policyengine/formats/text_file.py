"""A file of text that a person wrote, read whole: its size and its encoding are checked."""

from collections.abc import Iterable
from pathlib import Path

from policyengine.diagnostics import Diagnostic
from policyengine.source import SourceFile, Span

SIZE_CAP = 1 << 20  # S23: files at most 1 MiB


def read_source(path: Path, *, limit: int = SIZE_CAP) -> tuple[SourceFile | None, list[Diagnostic]]:
    """Read a file as UTF-8 (a byte order mark is dropped), or say why that is not possible.

    `limit` is in bytes. A file that cannot be opened is YML001, one over the limit YML002, one
    that is not UTF-8 YML003 with its place.
    """
    name = str(path)
    try:
        with path.open("rb") as stream:
            data = stream.read(limit + 1)
    except OSError as error:
        why = error.strerror or "it cannot be read"
        return None, [Diagnostic(code="YML001", message=f"{name} cannot be read: {why}")]
    if len(data) > limit:
        message = f"{name} is larger than {_size(limit)}"
        return None, [Diagnostic(code="YML002", message=message)]
    return decoded(name, data)


def decoded(name: str, data: bytes) -> tuple[SourceFile | None, list[Diagnostic]]:
    """A file's bytes as UTF-8 text."""
    try:
        return SourceFile(name, data.decode("utf-8-sig")), []
    except UnicodeDecodeError as error:
        before = SourceFile(name, data[: error.start].decode("utf-8-sig"))
        here = Span(before, len(before.text), len(before.text))
        note = Diagnostic(
            code="YML003",
            message="this file is not UTF-8",
            span=here,
            found="the first byte that is not UTF-8",
            hints=("save the file as UTF-8",),
        )
        return None, [note]


def suggestion(word: str, known: Iterable[str]) -> str | None:
    """The known word that is most like a misspelt one, if any is like it enough."""
    from rapidfuzz import fuzz, process

    options = sorted(known)
    best = process.extractOne(word, options, scorer=fuzz.ratio, score_cutoff=65)
    return best[0] if best else None


def _size(limit: int) -> str:
    return f"{limit >> 20} MiB"
