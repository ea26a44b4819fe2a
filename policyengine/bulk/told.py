"""Which findings a page may tell, of all ranges together: the most urgent breaches of each rule,
and its first case that cannot be told. What was counted of each is kept until the reference
engine has judged it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from policyengine.findings.model import Finding
from policyengine.findings.tally import Tallying
from policyengine.records.model import CaseRecords
from policyengine.values.verdict import Verdict

Counted = Counter[tuple[Verdict, int]]  # a case's findings of a rule, by verdict and deadline's day
Row = tuple[int, str]  # a breach: its deadline's day, its case


class DisagreementError(AssertionError):
    """The two engines do not say the same of a finding that is to be shown."""


@dataclass(slots=True)
class Told:
    """What may be told. `limit` breaches of a rule (None: all)."""

    limit: int | None
    counted: dict[tuple[str, str], Counted] = field(default_factory=dict)  # by rule and case
    _worst: dict[str, list[Row]] = field(default_factory=dict)
    _unsure: dict[str, str] = field(default_factory=dict)
    _held: dict[str, CaseRecords] = field(default_factory=dict)

    def bound(self, rule: str) -> Row | None:
        """The breach that one has to be as urgent as; None where any may be told."""
        known = self._worst.get(rule, [])
        return known[-1] if self.limit is not None and len(known) >= self.limit else None

    def breached(self, rule: str, rows: Iterable[Row]) -> None:
        """Take in breaches of a rule, a row each."""
        self._worst[rule] = sorted([*self._worst.get(rule, ()), *rows])[: self.limit]

    def unsure(self, rule: str, case: str) -> None:
        """Take in the first of a range's cases that cannot be told."""
        self._unsure[rule] = min(case, self._unsure.get(rule, case))

    def settle(self, count: Callable[[str, str], Counted | None]) -> None:
        """A range is at its end: keep what it counted of the cases that may be told, and forget
        those that may not any more. `count` has None for a case of another range."""
        wanted = {(rule, case) for rule, rows in self._worst.items() for _, case in rows}
        wanted |= set(self._unsure.items())
        self.counted = {key: mine for key, mine in self.counted.items() if key in wanted}
        for rule, case in sorted(wanted - self.counted.keys()):
            mine = count(rule, case)
            if mine is not None:
                self.counted[rule, case] = mine

    def cases(self) -> list[str]:
        """The ids of the cases to judge, in order."""
        return sorted({case for _, case in self.counted})

    # --- cases that Python has read -------------------------------------------------------------

    def hold(self, cases: Sequence[CaseRecords]) -> None:
        """Hold those of a range's cases that may be told: nothing reads them a second time."""
        wanted = {case for _, case in self.counted}
        self._held = {id: case for id, case in self._held.items() if id in wanted}
        self._held |= {case.id: case for case in cases if case.id in wanted}

    def held(self) -> Iterable[CaseRecords]:
        """These, in the order of their ids."""
        return [self._held[id] for id in sorted(self._held)]

    # --- what the reference engine says ---------------------------------------------------------

    def judged(
        self,
        case: CaseRecords,
        judge: Callable[[CaseRecords, str], list[Finding]],
        tallying: Tallying,
    ) -> None:
        """Have a case judged, and its breaches told. Raises `DisagreementError` where the findings
        are others than those that were counted."""
        for rule in sorted(rule for rule, of in self.counted if of == case.id):
            several = judge(case, rule)
            theirs = Counter((each.verdict, each.deadline_day or 0) for each in several)
            if theirs != self.counted[rule, case.id]:
                raise DisagreementError(f"the engines disagree on a finding of {rule}")
            urgent = [finding for finding in several if finding.verdict is Verdict.BREACHED]
            if urgent:
                tallying.breached(rule, 0, urgent)
