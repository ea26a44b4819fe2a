"""A file laid out: its items one under the other, a blank line between them, comments between."""

import re
from collections.abc import Sequence

from policyengine.source import SourceFile, Span
from policyengine.syntax.tree import Comment, Item, PolicyFile
from policyengine.tooling.fmt.comments import hang, written
from policyengine.tooling.fmt.doc import render
from policyengine.tooling.fmt.items import laid_out


def format_file(file: PolicyFile, source: SourceFile) -> str:
    """The text of a file, laid out the one way; a Markdown page keeps its prose as it stands.

    `file` is the tree of `source`, read without errors; none of its items may run from one block
    of a page into the next (`crossing`). A page whose lines end in a return and a line feed is
    laid out as it was read: each return a blank (`has_returns`).
    """
    if not is_page(source):
        return _region(file.items, file.comments, source)
    out: list[str] = []
    here = 0
    returns = has_returns(source)
    for start, end in blocks(source):
        items = [item for item in file.items if start <= item.span.start < end]
        comments = [comment for comment in file.comments if start <= comment.span.start < end]
        indent = _fence_indent(source, start)
        text = _indented(_region(items, comments, source), indent)
        out += [source.shown[here:start], text.replace("\n", " \n") if returns else text]
        here = end
    return "".join(out) + source.shown[here:]


def is_page(source: SourceFile) -> bool:
    """Whether it is a Markdown page with policy in it."""
    return source.name.endswith(".md") or source.text != source.shown


def blocks(source: SourceFile) -> list[tuple[int, int]]:
    """Where the policy of a page stands: from after a block's first fence to before its last.

    Prose is blanked out in the text that is read, fences with it: a block is what lies between
    two lines that differ from the page as it is shown. One without a word in it is left out.
    """
    found: list[tuple[int, int]] = []
    start = at = 0
    wordy = False
    shown = source.shown.splitlines(keepends=True)
    for read, line in zip(source.text.splitlines(keepends=True), shown, strict=True):
        if read != line:
            if wordy:
                found.append((start, at))
            start, wordy = at + len(line), False
        elif line.strip():
            wordy = True
        at += len(line)
    return found + ([(start, at)] if wordy else [])


def crossing(file: PolicyFile, source: SourceFile) -> Item | None:
    """The first item of a page that runs from one block into the next."""
    if not is_page(source):
        return None
    ends = [end for _, end in blocks(source)]
    for item in file.items:
        if any(item.span.start < end < item.span.end for end in ends):
            return item
    return None


def has_returns(source: SourceFile) -> bool:
    """Whether a page's lines end in a return and a line feed.

    The return is read as a blank. Where not one line is without it, they were returns.
    """
    lines = source.shown.splitlines(keepends=True)
    ended = [line for line in lines if line.endswith("\n")]
    return bool(ended) and all(line.endswith(" \n") for line in ended)


def _fence_indent(source: SourceFile, start: int) -> str:
    line = source.shown[:start].rstrip("\n").rpartition("\n")[2]
    return line[: len(line) - len(line.lstrip(" "))]


def _indented(text: str, indent: str) -> str:
    return re.sub(r"^(?=[^\n])", indent, text, flags=re.MULTILINE) if indent else text


def _region(items: Sequence[Item], comments: Sequence[Comment], source: SourceFile) -> str:
    """A whole file, or a block of a page."""
    within, between = _shared_out(items, comments)
    lines: list[str] = []
    for at, item in enumerate(items):
        if at > 0:
            lines.append("")
        lines += _remarks(between[at], source, item.span.start)
        box = laid_out(item)
        hang(box, within[at])
        lines += render(box)
    last = between[-1]
    if items and last:
        lines.append("")
    lines += _remarks(last, source, last[-1].span.end if last else 0)
    return "".join(f"{line}\n" for line in lines)


def _shared_out(
    items: Sequence[Item], comments: Sequence[Comment]
) -> tuple[list[list[Comment]], list[list[Comment]]]:
    """The comments that go with each item, and those that stand before each and after the last.

    A comment below an item that is further in than it is still the item's.
    """
    within: list[list[Comment]] = [[] for _ in items]
    between: list[list[Comment]] = [[] for _ in range(len(items) + 1)]
    at = 0
    for comment in sorted(comments, key=lambda comment: comment.span.start):
        while at < len(items) and items[at].span.start < comment.span.start:
            at += 1
        before = items[at - 1].span if at > 0 else None
        if before is None:
            between[at].append(comment)
        elif comment.span.start < before.end or not comment.own_line:
            within[at - 1].append(comment)
        elif not between[at] and comment.span.column > _column(before):
            within[at - 1].append(comment)
        else:
            between[at].append(comment)
    return within, between


def _column(span: Span) -> int:
    """How far in the line stands on which something begins, from 1."""
    text = span.file.line_text(span.line)
    return 1 + len(text) - len(text.lstrip())


def _remarks(comments: Sequence[Comment], source: SourceFile, end: int) -> list[str]:
    """Comments between items, with the blank lines between them and what follows (no two)."""
    lines: list[str] = []
    following = [*(comment.span.start for comment in comments[1:]), end]
    for comment, start in zip(comments, following, strict=False):
        lines.append(written(comment))
        if source.text.count("\n", comment.span.end, start) > 1:
            lines.append("")
    return lines
