"""Bytes to text, and the characters that a rule file may not hold."""

import re

from policyengine.diagnostics import Diagnostic
from policyengine.source import SourceFile, Span

MAX_BYTES = 1024 * 1024
"""S23: a file is at most 1 MiB."""

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180e\u200b-\u200f\u2028-\u202e"
    "\u2060-\u206f\u3164\ufeff\uffa0\ufff9-\ufffb\U000e0000-\U000e0fff\ud800-\udfff]"
)


def text_of(name: str, data: bytes) -> tuple[str | None, list[Diagnostic]]:
    """The text of a file's bytes: UTF-8, a mark at its start skipped.

    The return of a line end becomes a blank: offsets stay the file's, and a line ends at its
    line feed alone.
    """
    if len(data) > MAX_BYTES:
        return None, [too_large(name)]
    data = data.removeprefix(b"\xef\xbb\xbf")
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as problem:
        return None, [_not_utf8(name, data, problem.start)]
    return text.replace("\r\n", " \n"), []


def forbidden(source: SourceFile) -> list[Diagnostic]:
    """A message for each line that holds a character that cannot be seen, or is no text."""
    faults: list[Diagnostic] = []
    lines: set[int] = set()
    for pattern, describe in ((_CONTROL, _control), (_INVISIBLE, _invisible)):
        for found in pattern.finditer(source.shown):
            span = Span(source, found.start(), found.end())
            if span.line not in lines:
                lines.add(span.line)
                faults.append(describe(span, ord(found.group())))
    return faults


def too_large(name: str) -> Diagnostic:
    """S23."""
    return Diagnostic(
        code="FIL004",
        message=f"{name} is larger than 1 MiB (1,048,576 bytes), the most that a rule file may be",
        hints=("split it into several files: a rule set may be a folder of them",),
    )


def _not_utf8(name: str, data: bytes, at: int) -> Diagnostic:
    mend = "save the file again as UTF-8 (in most editors: Save as, Encoding, UTF-8)"
    if b"\x00" in data[:200]:
        mend = f"it looks like UTF-16: {mend}"
    elif 0x80 <= data[at] < 0xA0:
        mend = f"it looks like a Windows encoding (cp1252): {mend}"
    source = SourceFile(name, data.decode("utf-8", errors="replace"))
    start = len(data[:at].decode("utf-8"))
    return Diagnostic(
        code="SYN022",
        message="this file is not UTF-8 text",
        span=Span(source, start, start + 1),
        found=f"the byte 0x{data[at]:02X}",
        hints=(mend,),
    )


def _control(span: Span, code: int) -> Diagnostic:
    what = "a NUL, which no text file holds" if code == 0 else f"U+{code:04X}"
    return Diagnostic(
        code="SYN023",
        message="a control character stands here, which no rule file may hold",
        span=span,
        found=what,
        hints=("delete it: type the line again if it cannot be seen",),
    )


def _invisible(span: Span, code: int) -> Diagnostic:
    return Diagnostic(
        code="SYN024",
        message="an invisible character stands here, which could make the rule read otherwise "
        "than it works",
        span=span,
        found=f"U+{code:04X}",
        hints=("delete it, or type the line again instead of pasting it",),
    )
