"""What an evaluation says: findings, their counts and rates. Both engines meet the reports here."""

from policyengine.findings.model import Audit, Evidence, Finding, Gap, RuleSummary, wilson

__all__ = ["Audit", "Evidence", "Finding", "Gap", "RuleSummary", "wilson"]
