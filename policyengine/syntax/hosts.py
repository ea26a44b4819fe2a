"""Markdown hosts: only what stands in blocks fenced as `policy` is read."""

import re

from policyengine.diagnostics import Diagnostic
from policyengine.source import SourceFile, Span

_FENCE = re.compile(r"^(?P<indent>[ ]{0,3})(?P<fence>`{3,}|~{3,})[ \t]*(?P<info>[^\n]*?)[ \t]*$")
_NOT_BREAK = re.compile(r"[^\n]")


def read_blocks(name: str, shown: str) -> tuple[SourceFile, list[Diagnostic]]:
    """The file with everything but its policy blocks blanked out: offsets and lines stay."""
    kept: list[str] = []
    opened: tuple[str, int] | None = None  # the fence that is open, and where it stands
    reads = False
    start = 0
    for line in shown.splitlines(keepends=True):
        fence = _FENCE.match(line.rstrip("\n"))
        if opened is None and fence is not None and _opens(fence):
            opened = (fence["fence"], start)
            reads = fence["info"] == "policy"
            kept.append(_blank(line))
        elif opened is not None and fence is not None and _closes(fence, opened[0]):
            opened = None
            kept.append(_blank(line))
        else:
            kept.append(line if opened is not None and reads else _blank(line))
        start += len(line)
    source = SourceFile(name, "".join(kept), shown)
    if opened is None or not reads:
        return source, []
    return source, [_never_closed(Span(source, opened[1], opened[1] + len(opened[0])))]


def _opens(fence: re.Match[str]) -> bool:
    return not (fence["fence"][0] == "`" and "`" in fence["info"])


def _closes(fence: re.Match[str], opened: str) -> bool:
    return not fence["info"] and fence["fence"].startswith(opened)


def _blank(line: str) -> str:
    return _NOT_BREAK.sub(" ", line)


def _never_closed(span: Span) -> Diagnostic:
    return Diagnostic(
        code="SYN040",
        message="this block of policy is never closed",
        span=span,
        found="opened here",
        hints=("close it with a line of its own that holds ``` and nothing else",),
    )
