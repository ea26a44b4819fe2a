"""Mends that an editor offers: every did-you-mean, every fix of a message, and saying why."""

from collections.abc import Iterable, Sequence

from lsprotocol import types

from policyengine.diagnostics import Diagnostic
from policyengine.diagnostics.model import Fix
from policyengine.lsp.mends import Mend, apart, mends
from policyengine.lsp.messages import message
from policyengine.lsp.places import range_of
from policyengine.lsp.uris import uri_of
from policyengine.source import Span
from policyengine.syntax.tree import PolicyFile


def actions(
    file: PolicyFile | None, notes: Iterable[Diagnostic], within: Span
) -> list[types.CodeAction]:
    """What can be done about the messages that touch a stretch of a file; and, where several can
    be mended at once, all of them."""
    everything = list(notes)
    touched = [note for note in everything if note.span is not None and _touch(note.span, within)]
    found = [_quick(mend) for note in touched for mend in mends(note, file)]
    sure = list(
        apart(
            mend.fixes[0]
            for note in everything
            for mend in mends(note, file)
            if mend.sure and len(mend.fixes) == 1
        )
    )
    if len(sure) > 1:
        found.append(_all_at_once(sure))
    return found


def _touch(one: Span, other: Span) -> bool:
    return one.start <= other.end and other.start <= one.end


def _quick(mend: Mend) -> types.CodeAction:
    return types.CodeAction(
        title=mend.title,
        kind=types.CodeActionKind.QuickFix,
        diagnostics=[message(mend.note)],
        is_preferred=mend.sure or None,
        edit=_edit(mend.fixes),
    )


def _all_at_once(fixes: Sequence[Fix]) -> types.CodeAction:
    return types.CodeAction(
        title=f"Mend all {len(fixes)} that can be mended",
        kind=types.CodeActionKind.SourceFixAll,
        edit=_edit(fixes),
    )


def _edit(fixes: Iterable[Fix]) -> types.WorkspaceEdit:
    changes: dict[str, list[types.TextEdit]] = {}
    for fix in fixes:
        edit = types.TextEdit(range_of(fix.span), fix.replacement)
        changes.setdefault(uri_of(fix.span.file.name), []).append(edit)
    return types.WorkspaceEdit(changes=changes)
