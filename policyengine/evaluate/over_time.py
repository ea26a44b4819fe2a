"""Several audits of one export, each as at a date of its own, in one pass over its cases.

A case is judged as at the first date. As at each later one only those rules are judged again of
which something may have turned since: the others' findings are what they were, in every field.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date

from policyengine.evaluate.foresight import Foresight
from policyengine.findings.model import Audit, Finding
from policyengine.findings.summary import assembled
from policyengine.plan.core import Plan
from policyengine.records.model import CaseRecords, Export
from policyengine.turning.days import Days
from policyengine.values.moments import LAST_DAY
from policyengine.values.verdict import Verdict

Keep = Callable[[Finding], bool]


@dataclass(frozen=True, slots=True)
class Asked:
    """An audit that is asked for: as at and known by which dates, which findings count (None:
    all), and whether they are wanted themselves or are only counted."""

    as_at: date
    known_by: date
    keep: Keep | None = None
    with_findings: bool = False


@dataclass(slots=True)
class Tally:
    """What was found for one of them, in so many cases."""

    counts: dict[str, dict[Verdict, int]] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)

    def add(self, asked: Asked, rule: str, findings: Sequence[Finding]) -> None:
        """Count the findings of one rule on one case."""
        counts = self.counts.get(rule)
        if counts is None:
            counts = self.counts[rule] = dict.fromkeys(Verdict, 0)
        keep = asked.keep
        for finding in findings:
            if keep is None or keep(finding):
                counts[finding.verdict] += 1
                if asked.with_findings:
                    self.findings.append(finding)

    def join(self, other: Tally) -> None:
        """Add what was found in other cases."""
        for rule, counts in other.counts.items():
            own = self.counts.setdefault(rule, dict.fromkeys(Verdict, 0))
            for verdict, count in counts.items():
                own[verdict] += count
        self.findings += other.findings


class Audits:
    """Several audits of one export. Known-by dates are either all the as-at dates themselves or
    all one day.

    >>> audits = Audits(plan, export, asked)                # doctest: +SKIP
    >>> audits.add(audits.judged(export.cases()), count)    # doctest: +SKIP
    >>> audits.made()                                       # doctest: +SKIP
    """

    def __init__(self, plan: Plan, export: Export, several: Sequence[Asked]) -> None:
        self.plan = plan
        self.export = export
        self.several = several
        self.cases = 0
        self._foresight = Foresight(plan, export)
        self._tallies = [Tally() for _ in several]
        self._in_turn = sorted(range(len(several)), key=lambda place: several[place].as_at)

    def judged(self, cases: Iterable[CaseRecords]) -> list[Tally]:
        """What is found in some cases, for each that is asked for."""
        tallies = [Tally() for _ in self.several]
        for case in cases:
            self._judge(case, tallies)
        return tallies

    def add(self, tallies: Sequence[Tally], cases: int) -> None:
        """Add what was found in so many cases."""
        self.cases += cases
        for tally, other in zip(self._tallies, tallies, strict=True):
            tally.join(other)

    def made(self) -> list[Audit]:
        """The audits, in the order in which they were asked for, once every case was added."""
        return [
            self._audit(asked, tally)
            for asked, tally in zip(self.several, self._tallies, strict=True)
        ]

    def _judge(self, case: CaseRecords, tallies: Sequence[Tally]) -> None:
        """One case as at each date, the dates in order."""
        foresight = self._foresight
        rules = [_Judged(rule, days) for rule, days in foresight.turning.each(case, self.export)]
        for place in self._in_turn:
            asked, tally = self.several[place], tallies[place]
            day, scene = asked.as_at.toordinal(), None
            for each in rules:
                if each.turns <= day:
                    if scene is None:
                        scene = foresight.scene(case, asked.as_at, asked.known_by)
                    each.take(foresight.judge_in(scene, each.rule), day)
                if each.findings:
                    tally.add(asked, each.rule, each.findings)

    def _audit(self, asked: Asked, tally: Tally) -> Audit:
        findings = sorted(tally.findings, key=lambda finding: finding.order)
        clock = (asked.as_at, asked.known_by)
        audit = assembled(self.plan, self.export, self.plan.rules, findings, clock, self.cases)
        if not asked.with_findings:
            for row in audit.summary:
                row.counts.update(tally.counts.get(row.rule, {}))
        return audit


class _Judged:
    """One rule on one case: its findings as they were found last, and the first day on which they
    may be others."""

    __slots__ = ("days", "findings", "rule", "turns")

    def __init__(self, rule: str, days: Days) -> None:
        self.rule = rule
        self.days = days
        self.findings: Sequence[Finding] = ()
        self.turns = 0  # not found yet

    def take(self, findings: Sequence[Finding], day: int) -> None:
        """The findings as at a day."""
        self.findings = findings
        self.turns = self.days.after(day, findings) or LAST_DAY + 1
