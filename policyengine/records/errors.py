"""What stops a case export from being read at all. No message carries a record's values."""

from policyengine.diagnostics import Diagnostic


class ExportError(Exception):
    """An export that cannot be read (exit 3). `diagnostics` says why; the first is the gravest.

    A place in an export is a file and a line in the message, never a `Span`: whoever prints a
    span prints the line, and the line is somebody's record.
    """

    def __init__(self, *diagnostics: Diagnostic) -> None:
        super().__init__("; ".join(each.message for each in diagnostics))
        self.diagnostics = diagnostics

    def __reduce__(self) -> tuple[type["ExportError"], tuple[Diagnostic, ...]]:
        return ExportError, self.diagnostics  # to another process, as it was made

    @property
    def diagnostic(self) -> Diagnostic:
        """The first of them."""
        return self.diagnostics[0]


def export_error(code: str, message: str, *hints: str) -> ExportError:
    """An `ExportError` of one message."""
    return ExportError(Diagnostic(code=code, message=message, hints=hints))
