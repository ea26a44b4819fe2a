"""What a mistake most likely is."""

from policyengine.diagnostics import Diagnostic
from policyengine.syntax.reader import Stop


def explain(stop: Stop) -> Diagnostic:
    """The message for one stop."""
    span = stop.desk.span(stop.offset, min(stop.offset + 1, len(stop.text)))
    return Diagnostic(
        code="SYN001", message="this cannot stand here " + " ".join(sorted(stop.accepts)), span=span
    )


def resume_after(stop: Stop) -> int:
    return stop.offset
