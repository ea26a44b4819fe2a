"""Case ids as keyed hashes, so that a report can leave the room without them.

With a key that a Trust keeps, one case has one pseudonym in every report, and whoever holds the
key can find whose it is; without one, a key is made for the run and forgotten.
"""

import hmac
import re
from dataclasses import replace
from secrets import token_bytes

from policyengine.findings import Audit, Evidence, Finding
from policyengine.values.truth import Reason

_LENGTH = 12  # 48 bits: among 100,000 cases, two share a pseudonym once in 56,000 tries
_MARK = "P-"


class Pseudonyms:
    """The pseudonyms under one key (None: a key for this run alone).

    >>> Pseudonyms("a key that nobody guesses").of("A0001") == (
    ...     Pseudonyms("a key that nobody guesses").of("A0001")
    ... )
    True
    """

    def __init__(self, key: str | None) -> None:
        self._secret = key.encode("utf-8", "surrogateescape") if key else token_bytes(32)
        self._known: dict[str, str] = {}

    def of(self, case: str) -> str:
        """The pseudonym of a case."""
        name = self._known.get(case)
        if name is None:
            name = self._known[case] = _MARK + self._hashed(case)[:_LENGTH]
        return name

    def of_record(self, case: str, kind: str, id: str) -> str:
        """The pseudonym of a record of a case: nothing of its own id is in it."""
        return f"{kind}-{self._hashed(ascii((case, kind, id)))[:8]}"

    @property
    def fingerprint(self) -> str:
        """What tells one key from another, and says nothing else of it."""
        return self._hashed("the fingerprint of the key")[:16]

    def _hashed(self, text: str) -> str:
        return hmac.new(self._secret, text.encode("utf-8", "surrogateescape"), "sha256").hexdigest()


def looks_like_one(text: str) -> bool:
    """Whether a text may be a pseudonym."""
    return bool(re.fullmatch(rf"{_MARK}[0-9a-f]{{{_LENGTH}}}", text))


def pseudonymous(audit: Audit, key: str | None) -> Audit:
    """The audit with every case id replaced, wherever it stands, and in the new order."""
    names = Pseudonyms(key)
    findings = [_renamed(finding, names.of(finding.case)) for finding in audit.findings]
    return replace(audit, findings=tuple(sorted(findings, key=lambda finding: finding.order)))


def _renamed(finding: Finding, name: str) -> Finding:
    case = finding.case
    word = re.compile(rf"(?<![^\W_]){re.escape(case)}(?![^\W_])")

    def said(text: str) -> str:
        return word.sub(name, text) if case in text else text

    def evidence(item: Evidence) -> Evidence:
        return replace(item, id=said(item.id)) if item.id else item

    def reason(item: Reason) -> Reason:
        return replace(item, id=said(item.id)) if item.id else item

    return replace(
        finding,
        case=name,
        subject_id=said(finding.subject_id),
        message=said(finding.message),
        fix=said(finding.fix),
        evidence=tuple(map(evidence, finding.evidence)),
        reasons=tuple(map(reason, finding.reasons)),
    )
