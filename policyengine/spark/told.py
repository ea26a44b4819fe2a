"""What a partition tells: findings as lines of JSON, and what it read."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from policyengine.bulk.engine import Notes
from policyengine.findings.model import Evidence, Finding, Gap
from policyengine.records.building import MODULUS
from policyengine.records.model import LoadReport
from policyengine.values.truth import Reason, Why
from policyengine.values.verdict import Verdict

_PLAIN = (
    "rule",
    "applies_from",
    "case",
    "subject_kind",
    "subject_id",
    "deadline",
    "deadline_day",
    "done_on",
    "message",
    "fix",
    "owner",
    "restricted",
    "ended",
)


def finding_line(finding: Finding) -> str:
    """A finding, whole."""
    made: dict[str, Any] = {name: getattr(finding, name) for name in _PLAIN}
    made["verdict"] = finding.verdict.value
    made["settings"] = finding.settings
    made["evidence"] = [[each.kind, each.id, each.on, each.role] for each in finding.evidence]
    made["reasons"] = [
        [each.why.value, each.kind, each.id, each.field, each.text] for each in finding.reasons
    ]
    made["late_gaps"] = [[each.due, each.done_on] for each in finding.late_gaps]
    return json.dumps(made)


def finding_of(line: str) -> Finding:
    """The finding again."""
    made = json.loads(line)
    made["verdict"] = Verdict(made["verdict"])
    made["settings"] = tuple((name, value) for name, value in made["settings"])
    made["evidence"] = tuple(Evidence(*each) for each in made["evidence"])
    made["reasons"] = tuple(Reason(Why(why), *rest) for why, *rest in made["reasons"])
    made["late_gaps"] = tuple(Gap(*each) for each in made["late_gaps"])
    return Finding(**made)


@dataclass(slots=True)
class Share:
    """What was read, of one partition or of all: the load report, the sum of what cases say, how
    many there were, and what the reference engine judged (rules by id, and rows counted)."""

    load: LoadReport = field(default_factory=LoadReport)
    digest: int = 0
    cases: int = 0
    rules: dict[str, str] = field(default_factory=dict)
    rows: dict[str, int] = field(default_factory=dict)

    def add(self, other: Share) -> None:
        """Take in another."""
        mine, load = self.load, other.load
        mine.rows_read += load.rows_read
        mine.rows_kept += load.rows_kept
        mine.rows_rejected += load.rows_rejected
        for (kind, name, fault), rows in load.faults.items():
            mine.fault(kind, name, fault, rows)
        mine.notes += [note for note in load.notes if note not in mine.notes]
        self.digest = (self.digest + other.digest) % MODULUS
        self.cases += other.cases
        self.rules |= other.rules
        _add(self.rows, other.rows)

    def said(self) -> list[str]:
        """What the reference engine judged, as `audit -v` says it."""
        return Notes(self.rules, self.rows).lines()

    def line(self) -> str:
        """As a partition tells it."""
        load = self.load
        return json.dumps(
            {
                "read": [load.rows_read, load.rows_kept, load.rows_rejected],
                "faults": [[*key, rows] for key, rows in sorted(load.faults.items())],
                "notes": load.notes,
                "digest": f"{self.digest:x}",
                "cases": self.cases,
                "rules": self.rules,
                "rows": self.rows,
            }
        )


def share_of(line: str) -> Share:
    """What a partition told."""
    made = json.loads(line)
    read, kept, rejected = made["read"]
    faults = {(kind, name, fault): rows for kind, name, fault, rows in made["faults"]}
    load = LoadReport(read, kept, rejected, faults, made["notes"])
    return Share(load, int(made["digest"], 16), made["cases"], made["rules"], made["rows"])


def _add(into: dict[str, int], counts: Mapping[str, int]) -> None:
    for name, count in counts.items():
        into[name] = into.get(name, 0) + count
