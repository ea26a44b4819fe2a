"""A sample on paper: the sheet that a reviewer fills in, and what was drawn and came of it."""

from policyengine.report.sampling.facts import Facts

__all__ = ["Facts"]
