"""Diagnostics: what was found, what was expected and why, and the mend that is offered."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import Enum

from policyengine.source import Span


class Severity(Enum):
    """How grave a message is: an error stops the verb (exit 3), a warning does not."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


@dataclass(frozen=True, slots=True)
class Label:
    """A place and what it has to do with the message (why something was expected there)."""

    span: Span
    text: str


@dataclass(frozen=True, slots=True)
class Fix:
    """A replacement that mends the fault: safe to apply as it stands."""

    span: Span
    replacement: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnostic:
    """One message. `span` is None only where there is no file to point at.

    `found` is the short text beside the caret; `labels` are further places; `hints` are
    sentences printed below, each after `= `.
    """

    code: str
    message: str
    span: Span | None = None
    found: str = ""
    severity: Severity = Severity.ERROR
    labels: tuple[Label, ...] = ()
    hints: tuple[str, ...] = ()
    fix: Fix | None = None


@dataclass(slots=True)
class Notebook:
    """Where a pass writes down what it finds, and goes on."""

    notes: list[Diagnostic] = field(default_factory=list)

    def note(self, diagnostic: Diagnostic) -> None:
        """Keep one message; the same message about the same place is kept once."""
        if diagnostic not in self.notes:
            self.notes.append(diagnostic)

    def extend(self, diagnostics: Iterable[Diagnostic]) -> None:
        """Keep several."""
        for diagnostic in diagnostics:
            self.note(diagnostic)

    @property
    def has_errors(self) -> bool:
        """Whether anything noted so far stops the verb."""
        return any(note.severity is Severity.ERROR for note in self.notes)
