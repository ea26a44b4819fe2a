"""Case ids as keyed hashes, so that a report can leave the room without them.

With a key that a Trust keeps, one case has one pseudonym in every report; without one, a key is
made for the run and forgotten.
"""

import hmac
import re
from dataclasses import replace
from secrets import token_bytes

from policyengine.findings import Audit, Evidence, Finding
from policyengine.values.truth import Reason

_LENGTH = 10


def pseudonymous(audit: Audit, key: str | None) -> Audit:
    """The audit with every case id replaced, wherever it stands, and in the new order."""
    secret = key.encode() if key else token_bytes(32)
    names = {
        case: "P-" + hmac.new(secret, case.encode(), "sha256").hexdigest()[:_LENGTH]
        for case in {finding.case for finding in audit.findings}
    }
    findings = [_renamed(finding, names[finding.case]) for finding in audit.findings]
    return replace(audit, findings=tuple(sorted(findings, key=lambda finding: finding.order)))


def _renamed(finding: Finding, name: str) -> Finding:
    case = finding.case
    word = re.compile(rf"(?<!\w){re.escape(case)}(?!\w)")

    def said(text: str) -> str:
        return word.sub(name, text)

    def evidence(item: Evidence) -> Evidence:
        return replace(item, id=name) if item.kind == "case" else item

    def reason(item: Reason) -> Reason:
        return replace(item, id=name) if item.kind == "case" and item.id else item

    return replace(
        finding,
        case=name,
        subject_id=said(finding.subject_id),
        message=said(finding.message),
        fix=said(finding.fix),
        evidence=tuple(map(evidence, finding.evidence)),
        reasons=tuple(map(reason, finding.reasons)),
    )
