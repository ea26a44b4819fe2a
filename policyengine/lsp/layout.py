"""A file laid out by the formatter, as the few changes that this takes."""

import difflib

from lsprotocol import types

from policyengine.diagnostics import Severity
from policyengine.lsp.places import position_of
from policyengine.source import SourceFile
from policyengine.tooling.fmt import format_source


def layout_edits(source: SourceFile, text: str | None) -> list[types.TextEdit] | None:
    """The changes; None where the file has mistakes, or is better left as it stands. `text` is
    the file as the editor has it: its line ends stay."""
    result = format_source(source)
    if not result.changed:
        kept = any(note.severity is Severity.ERROR for note in result.diagnostics)
        return None if kept else []
    returns = text is not None and "\r\n" in text
    before = source.shown.splitlines(keepends=True)
    after = result.text.replace("\r\n", "\n").splitlines(keepends=True)
    starts = [0]
    for line in before:
        starts.append(starts[-1] + len(line))
    seen = [line.removesuffix(" \n") + "\n" if returns else line for line in before]
    matcher = difflib.SequenceMatcher(None, seen, after, autojunk=False)
    edits = []
    for tag, first, end, new, new_end in matcher.get_opcodes():
        if tag != "equal":
            start, stop = (position_of(source, starts[line]) for line in (first, end))
            written = "".join(after[new:new_end]).replace("\n", "\r\n" if returns else "\n")
            edits.append(types.TextEdit(types.Range(start, stop), written))
    return edits
