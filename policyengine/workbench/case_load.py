"""A case load that is kept at hand: what one rule finds in it, again and again."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import islice
from secrets import token_hex

from policyengine.evaluate.engine import Engine
from policyengine.findings.model import Audit, Finding, RuleSummary
from policyengine.findings.sentences import Sentences
from policyengine.plan.core import Plan, Rule
from policyengine.records import open_export
from policyengine.records.model import CaseRecords, Export
from policyengine.report.pseudonyms import pseudonymous
from policyengine.schema import Schema
from policyengine.values.verdict import Verdict

MOST_CASES = 5000
"""More than these are not judged at every key: the first of the export stand for it."""
_MOST_SHOWN = 10
_OPEN = (Verdict.BREACHED, Verdict.CANNOT_TELL)


@dataclass(frozen=True, slots=True)
class Shown:
    """A finding as the bench tells it."""

    verdict: Verdict
    case: str
    subject: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Found:
    """What a rule comes to over the case load: its counts and rate, and the first of its open
    findings. `cases` were judged, `more` says that the export holds others."""

    summary: RuleSummary
    shown: tuple[Shown, ...]
    open: int
    cases: int
    more: bool

    @property
    def subjects(self) -> int:
        """How many findings there are, whatever their verdict."""
        return sum(self.summary.counts.values())


_Known = tuple[int, tuple[Rule, ...], Found]


@dataclass(slots=True)
class CaseLoad:
    """An export and the day as at which it is judged. `called` is what the page calls it;
    `reveals` says that case ids may be shown, and no pseudonyms."""

    path: str
    called: str
    as_at: date
    known_by: date
    reveals: bool = False
    _key: str = field(default_factory=lambda: token_hex(32))
    _schema: Schema | None = None
    _export: Export | None = None
    _cases: list[CaseRecords] = field(default_factory=list)
    _more: bool = False
    _known: dict[str, _Known] = field(default_factory=dict)

    def read(self, schema: Schema) -> None:
        """Read the export, if it was not read by this schema. Raises ExportError."""
        if self._export is not None and self._schema == schema:
            return
        export = open_export(self.path, schema)
        cases = list(islice(export.cases(), MOST_CASES + 1))
        self._schema, self._export, self._known = schema, export, {}
        self._cases, self._more = cases[:MOST_CASES], len(cases) > MOST_CASES

    def found(self, plan: Plan, generation: int, rule_id: str) -> Found | None:
        """What a rule of the plan finds; None for a rule that it has not. What was found before
        is told again if neither the rule nor what the set declares (`generation`) is another."""
        versions = tuple(rule for rule in plan.rules if rule.id == rule_id)
        if not versions:
            return None
        self.read(plan.schema)
        known = self._known.get(rule_id)
        if known is None or known[0] != generation or known[1] != versions:
            made = self._judged(plan, versions[-1])
            known = self._known[rule_id] = generation, versions, made
        return known[2]

    def _judged(self, plan: Plan, rule: Rule) -> Found:
        assert self._export is not None
        engine = Engine(plan, None, {rule.id})
        summary = _nothing_yet(rule)
        first: dict[Verdict, list[Finding]] = {verdict: [] for verdict in _OPEN}
        for case in self._cases:
            for finding in engine.judge(case, self._export, self.as_at, self.known_by):
                summary.counts[finding.verdict] += 1
                kept = first.get(finding.verdict)
                if kept is not None and len(kept) < _MOST_SHOWN:
                    kept.append(finding)
        shown = [finding for verdict in _OPEN for finding in first[verdict]][:_MOST_SHOWN]
        return Found(
            summary,
            tuple(self._told(plan, shown)),
            sum(summary.counts[verdict] for verdict in _OPEN),
            len(self._cases),
            self._more,
        )

    def _told(self, plan: Plan, findings: Sequence[Finding]) -> list[Shown]:
        sentences = Sentences(plan, self.as_at.isoformat())
        audit = self._audit(findings)
        named = audit if self.reveals else pseudonymous(audit, self._key)
        return [
            Shown(each.verdict, each.case, each.subject_id, sentences.sentence(each))
            for verdict in _OPEN
            for each in named.findings
            if each.verdict is verdict
        ]

    def _audit(self, findings: Sequence[Finding]) -> Audit:
        """Findings as what pseudonyms are given to."""
        return Audit(
            engine_version="",
            as_at=self.as_at.isoformat(),
            known_by=self.known_by.isoformat(),
            rules_sha256="",
            cases_sha256="",
            cases=len(self._cases),
            rows_read=0,
            rows_kept=0,
            rows_rejected=0,
            faults=(),
            summary=(),
            findings=tuple(findings),
            holds_load=False,
        )


def _nothing_yet(rule: Rule) -> RuleSummary:
    return RuleSummary(
        rule=rule.id, title=rule.title, force="", severity="", learning_point=None, target=None
    )
