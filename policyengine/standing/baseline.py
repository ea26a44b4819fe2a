"""A baseline: the open findings of one day, so that a later audit can tell what is new or worse.

It holds no name: each finding stands in it as a keyed hash, under a key that is drawn for the
file. Who has the file and the ids can try them; keep it as private as a list of cases.
"""

from __future__ import annotations

import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from hashlib import sha256
from secrets import token_hex

from policyengine.findings.model import Audit, Finding, Since
from policyengine.values.verdict import Verdict

VERSION = 1
RANK = {Verdict.BREACHED: 3, Verdict.CANNOT_TELL: 2, Verdict.MET_LATE: 1}
OPEN = (Verdict.BREACHED, Verdict.CANNOT_TELL)


class BaselineError(ValueError):
    """A file that is no baseline; the message says why."""


@dataclass(frozen=True, slots=True)
class Baseline:
    """The open findings of an audit. `entries` maps a finding's hash to its rank then."""

    as_at: str
    rules_sha256: str
    key: str
    entries: Mapping[str, int]

    def text(self) -> str:
        """The file."""
        made = {
            "schema_version": VERSION,
            "as_at": self.as_at,
            "rules_sha256": self.rules_sha256,
            "key": self.key,
            "findings": [[name, rank] for name, rank in sorted(self.entries.items())],
        }
        return json.dumps(made, indent=0) + "\n"

    @staticmethod
    def read(text: str) -> Baseline:
        """A baseline from its file. Raises `BaselineError`."""
        try:
            made = json.loads(text)
            if made["schema_version"] != VERSION:
                raise BaselineError("it was written by another version")
            entries = {str(name): int(rank) for name, rank in made["findings"]}
            return Baseline(
                str(made["as_at"]), str(made["rules_sha256"]), str(made["key"]), entries
            )
        except (ValueError, KeyError, TypeError) as error:
            if isinstance(error, BaselineError):
                raise
            raise BaselineError("it is no baseline, or it is cut short") from None


def baseline_of(audit: Audit, key: str | None = None) -> Baseline:
    """The open findings of an audit."""
    drawn = key or token_hex(32)
    entries = {
        _name(drawn, each): RANK[each.verdict] for each in audit.findings if each.verdict in OPEN
    }
    return Baseline(audit.as_at, audit.rules_sha256, drawn, entries)


def since(audit: Audit, baseline: Baseline) -> Audit:
    """The audit with only those open findings that are new or worse since the baseline; every
    count stays. What else was found (met, not yet due and so on) stays too."""
    kept: list[Finding] = []
    new = worse = remain = 0
    seen: set[str] = set()
    for finding in audit.findings:
        if finding.verdict not in OPEN:
            kept.append(finding)
            continue
        name = _name(baseline.key, finding)
        before = baseline.entries.get(name)
        if before is None:
            new += 1
        elif RANK[finding.verdict] > before:
            worse += 1
            seen.add(name)
        else:
            remain += 1
            seen.add(name)
            continue
        kept.append(finding)
    told = Since(
        baseline.as_at,
        new,
        worse,
        remain,
        len(baseline.entries.keys() - seen),
        audit.rules_sha256 == baseline.rules_sha256,
    )
    return replace(audit, findings=tuple(kept), since_baseline=told)


def _name(key: str, finding: Finding) -> str:
    whose = (finding.rule, finding.case, finding.subject_kind, finding.subject_id)
    said = json.dumps(whose, ensure_ascii=True).encode()
    return hmac.new(key.encode(), said, sha256).hexdigest()[:32]
