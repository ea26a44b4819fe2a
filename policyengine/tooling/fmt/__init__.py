"""The formatter: one way to lay a rule file out, so that nobody has to choose, or to argue.

Invariants: what is laid out parses to the same tree with the same comments; laying it out again
changes nothing; a file of which that cannot be shown is left as it stands.
"""

import difflib
from collections.abc import Sequence
from dataclasses import dataclass, replace

from policyengine.diagnostics import Diagnostic, Severity
from policyengine.source import SourceFile
from policyengine.syntax import parse_file
from policyengine.syntax.characters import MAX_BYTES
from policyengine.syntax.hosts import read_blocks
from policyengine.syntax.tree import Item, PolicyFile, RuleItem
from policyengine.tooling.fmt.clauses import in_order
from policyengine.tooling.fmt.comments import written
from policyengine.tooling.fmt.layout import crossing, format_file, has_returns, is_page

__all__ = ["FormatResult", "diff", "format_file", "format_source"]

_ROUNDS = 5
"""A comment in an odd place may take more than one round to come to rest."""


@dataclass(frozen=True, slots=True)
class FormatResult:
    """The text a file is to have, whether that is another than it has, and what stood in the way.

    With an error among the diagnostics, `text` is the file's own and `changed` is false.
    """

    text: str
    changed: bool
    diagnostics: tuple[Diagnostic, ...] = ()


def format_source(source: SourceFile) -> FormatResult:
    """Lay a file out, or leave it as it stands and say why: its own mistakes, an item that runs
    from one block of a page into the next (FMT002), or a layout that would not read the same
    (FMT001).

    For a Markdown page the text is the whole page's, its prose as it was.
    """
    file, notes = parse_file(source)
    if any(note.severity is Severity.ERROR for note in notes):
        return FormatResult(source.shown, changed=False, diagnostics=tuple(notes))
    split = crossing(file, source)
    if split is not None:
        return _kept(source, notes, _split(split))
    text, now_file, now = source.shown, file, source
    for _ in range(_ROUNDS):
        text = format_file(now_file, now)
        if text == now.shown:
            return FormatResult(_ended(source, text), text != source.shown, tuple(notes))
        now = _source_of(source, text)
        now_file, faults = parse_file(now)
        if faults or not _reads_the_same(file, source, now_file, now):
            break
    return _kept(source, notes, _unsettled(source))


def diff(source: SourceFile, result: FormatResult) -> str:
    """What laying a file out changes, as a unified diff; empty if nothing."""
    before = source.shown.splitlines(keepends=True)
    after = result.text.replace("\r\n", " \n").splitlines(keepends=True)
    lines = difflib.unified_diff(before, after, source.name, f"{source.name} (laid out)")
    return "".join(line if line.endswith("\n") else f"{line}\n" for line in lines)


def _ended(source: SourceFile, text: str) -> str:
    """The text of a page with its line ends as they were."""
    return text.replace(" \n", "\r\n") if is_page(source) and has_returns(source) else text


def _source_of(source: SourceFile, text: str) -> SourceFile:
    if is_page(source):
        return read_blocks(source.name, text)[0]
    return SourceFile(source.name, text)


def _reads_the_same(
    file: PolicyFile, source: SourceFile, other: PolicyFile, again: SourceFile
) -> bool:
    """The same items (a rule's clauses in the order in which they are written), the same comments,
    and as many `#`: one within a sentence's braces is in no tree. And a file can be read (S23)."""
    return (
        len(again.shown.encode()) <= MAX_BYTES
        and _ordered(file.items) == _ordered(other.items)
        and sorted(map(written, file.comments)) == sorted(map(written, other.comments))
        and source.shown.count("#") == again.shown.count("#")
    )


def _ordered(items: Sequence[Item]) -> list[Item]:
    return [
        replace(item, clauses=in_order(item.clauses)) if isinstance(item, RuleItem) else item
        for item in items
    ]


def _kept(source: SourceFile, notes: Sequence[Diagnostic], why: Diagnostic) -> FormatResult:
    return FormatResult(_ended(source, source.shown), changed=False, diagnostics=(*notes, why))


def _split(item: Item) -> Diagnostic:
    return Diagnostic(
        code="FMT002",
        message="this runs from one block of the page into the next, so the page is left as it is",
        span=item.span,
        found="begins in one block and ends in another",
        hints=("let each rule, setting and example begin and end in one block",),
    )


def _unsettled(source: SourceFile) -> Diagnostic:
    return Diagnostic(
        code="FMT001",
        message=f"{source.name} is left as it is: laid out, it would not read the same",
        hints=(
            "a comment within the braces of a sentence cannot be kept: move it out",
            "nor can a file grow past 1 MiB, or brackets stand more than 64 deep",
        ),
    )
