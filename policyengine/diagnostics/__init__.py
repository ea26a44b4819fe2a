"""What is told to a person about a file: one mistake, one message, with its place and its mend."""

from policyengine.diagnostics.model import Diagnostic, Fix, Label, Notebook, Severity

__all__ = ["Diagnostic", "Fix", "Label", "Notebook", "Severity"]
