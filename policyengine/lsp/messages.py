"""Our messages as the protocol has them: the gravest first."""

from collections.abc import Iterable

from lsprotocol import types

from policyengine.diagnostics import Diagnostic, Severity
from policyengine.lsp.places import range_of
from policyengine.lsp.uris import uri_of

SOURCE = "trustpolicy"
_SEVERITIES = {
    Severity.ERROR: types.DiagnosticSeverity.Error,
    Severity.WARNING: types.DiagnosticSeverity.Warning,
    Severity.NOTE: types.DiagnosticSeverity.Information,
}
_NOWHERE = types.Range(types.Position(0, 0), types.Position(0, 0))
_UNUSED = ("LNT006", "LNT007", "LNT008")
"""What an editor may show faded: nothing uses it."""


def messages(notes: Iterable[Diagnostic]) -> list[types.Diagnostic]:
    """Messages about one file, errors before warnings, each in the order of its place."""
    ordered = sorted(notes, key=_order)
    return [message(note) for note in ordered]


def message(note: Diagnostic) -> types.Diagnostic:
    """One message: what is wrong, what was found, the mend; why something else was expected is
    told beside it."""
    first = note.message if not note.found else f"{note.message} ({note.found})"
    related = [
        types.DiagnosticRelatedInformation(
            types.Location(uri_of(label.span.file.name), range_of(label.span)), label.text
        )
        for label in note.labels
    ]
    return types.Diagnostic(
        range=_NOWHERE if note.span is None else range_of(note.span),
        message="\n".join([first, *note.hints]),
        severity=_SEVERITIES[note.severity],
        code=note.code,
        source=SOURCE,
        tags=[types.DiagnosticTag.Unnecessary] if note.code in _UNUSED else None,
        related_information=related or None,
    )


def _order(note: Diagnostic) -> tuple[int, int, str]:
    grave = list(_SEVERITIES).index(note.severity)
    return grave, -1 if note.span is None else note.span.start, note.code
