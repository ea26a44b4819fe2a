"""The tally of a range of cases from the columns of its judged rules: no finding is made. Which of
them a page may tell is kept in `told`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from policyengine.bulk.outcome import NUMBER, VERDICTS
from policyengine.bulk.told import Counted, Told
from policyengine.findings.model import Finding
from policyengine.findings.tally import SOON, Doubt, Tallying
from policyengine.values.truth import Reason
from policyengine.values.verdict import Verdict

_BREACHED, _CANNOT = NUMBER[Verdict.BREACHED], NUMBER[Verdict.CANNOT_TELL]
_WAITING = NUMBER[Verdict.NOT_YET_DUE]
Array = Any  # of numpy


@dataclass(slots=True)
class Judged:
    """The columns of a judged version: an instance's number, a verdict's, the deadline's last day
    (0: none), and by place in `reasons` (-1: none) why it cannot be told."""

    cases: Array
    verdicts: Array
    days: Array
    whys: Array
    reasons: list[tuple[Reason, ...]]
    fixes: frozenset[str]  # how its breaches are mended; of several ways, two


class RangeTally:
    """Adds up a range: first each rule's columns, then `close`."""

    def __init__(self, tallying: Tallying, ids: Sequence[str], told: Told) -> None:
        import numpy as np

        self.tallying = tallying
        self.told = told
        self.ids = ids
        self.counts: dict[str, Counter[Verdict]] = {}
        order = sorted(range(len(ids)), key=ids.__getitem__)
        self.rank = np.empty(len(ids), np.int64)
        self.rank[order] = np.arange(len(ids))
        self.order = order
        self._often: dict[str, Array] = {}
        self._soon = np.zeros(len(ids), bool)
        self._soon_total = 0
        self._doubts: dict[tuple[str, Doubt], list[Array]] = {}
        self._rows: dict[str, list[Judged]] = {}
        self._numbers: dict[str, int] = {}  # of the cases that may be told, by their ids

    # --- one rule -------------------------------------------------------------------------------

    def add(self, rule: str, rank: int, judged: Judged, findings: Sequence[Finding] = ()) -> None:
        """Count what one version of a rule came to, of a gravity's rank; or these findings of
        several, of which `judged` are the columns."""
        import numpy as np

        counts = self.counts.setdefault(rule, Counter())
        for number, times in enumerate(np.bincount(judged.verdicts, minlength=len(VERDICTS))):
            counts[VERDICTS[number]] += int(times)
        self._rows.setdefault(rule, []).append(judged)
        for finding in findings:
            if finding.verdict is Verdict.BREACHED:
                own = self.tallying.said.rank(finding)
                self.tallying.explain(own, rule, finding.case)
        self._breaches(rule, judged, None if findings else rank)
        self._coming(judged)
        self._unsure(rule, judged)

    def _breaches(self, rule: str, judged: Judged, rank: int | None) -> None:
        import numpy as np

        at = np.flatnonzero(judged.verdicts == _BREACHED)
        if not len(at):
            return
        tallying, cases = self.tallying, judged.cases[at]
        tallying.breached(rule, len(at), [])
        known = tallying.tally.breaches[rule].fixes
        if len(known) < 2:
            known |= judged.fixes
        if rank is not None:
            first = self.order[int(self.rank[cases].min())]
            tallying.explain(rank, rule, self.ids[first])
        gravity = tallying.said.binding.get(rule)
        if gravity is not None:
            self._add_cases(gravity, cases)
        self.told.breached(rule, self._urgent(rule, cases, judged.days[at]))

    def _add_cases(self, gravity: str, cases: Array) -> None:
        import numpy as np

        made = np.bincount(cases, minlength=len(self.ids))
        self._often[gravity] = self._often[gravity] + made if gravity in self._often else made

    def _urgent(self, rule: str, cases: Array, days: Array) -> list[tuple[int, str]]:
        """The day and the case of the breaches that may be the most urgent of a rule."""
        import numpy as np

        bound = self.told.bound(rule)
        if bound is not None:
            near = days <= bound[0]
            cases, days = cases[near], days[near]
        taken = np.lexsort((self.rank[cases], days))[: self.told.limit]
        return [(int(days[each]), self._named(int(cases[each]))) for each in taken]

    def _named(self, number: int) -> str:
        """The id of a case that may be told."""
        self._numbers[self.ids[number]] = number
        return self.ids[number]

    def _coming(self, judged: Judged) -> None:
        today = self.tallying.today
        if today is None:
            return
        waiting = (judged.verdicts == _WAITING) & (judged.days >= today)
        cases = judged.cases[waiting & (judged.days <= today + SOON)]
        self._soon_total += len(cases)
        self._soon[cases] = True

    def _unsure(self, rule: str, judged: Judged) -> None:
        import numpy as np

        at = np.flatnonzero(judged.verdicts == _CANNOT)
        if not len(at):
            return
        tally = self.tallying.tally
        tally.unsure[rule] += len(at)
        tally.doubts.setdefault(rule, {})
        cases, whys = judged.cases[at], judged.whys[at]
        for place in np.unique(whys):
            reasons = judged.reasons[place] if place >= 0 else ()
            mine = cases[whys == place]
            for key in self.tallying.doubts_of(reasons):
                self._doubts.setdefault((rule, key), []).append(mine)
            self.tallying.places_of(reasons, len(mine))
        self.told.unsure(rule, self._named(self.order[int(self.rank[cases].min())]))

    # --- the end of the range -------------------------------------------------------------------

    def _counted(self, rule: str, case: str) -> Counted | None:
        """What was counted of a rule in a case; None: it is a case of another range."""
        number = self._numbers.get(case)
        return None if number is None else self._of_case(rule, number)

    def _of_case(self, rule: str, case: int) -> Counted:
        import numpy as np

        found: Counted = Counter()
        for judged in self._rows.get(rule, ()):
            for at in np.flatnonzero(judged.cases == case):
                found[VERDICTS[judged.verdicts[at]], int(judged.days[at])] += 1
        return found

    def close(self) -> None:
        """Add the range to the tally."""
        import numpy as np

        for gravity, times in self._often.items():
            most = int(times.max())
            first = int(self.rank[np.flatnonzero(times == most)].min())
            cases = int(np.count_nonzero(times))
            self.tallying.in_cases(gravity, cases, self.ids[self.order[first]], most)
        for (rule, key), several in self._doubts.items():
            every = np.concatenate(several)
            ranks = np.unique(self.rank[every])
            first_ids = [self.ids[self.order[int(rank)]] for rank in ranks[: self.tallying.named]]
            self.tallying.doubted(rule, key, len(every), len(ranks), first_ids)
        self.tallying.coming(self._soon_total, int(np.count_nonzero(self._soon)))
        self.told.settle(self._counted)


def of_findings(findings: Sequence[Finding], numbers: Sequence[int]) -> Judged:
    """The columns that findings of the reference engine come to; `numbers` are their instances."""
    import numpy as np

    known: dict[tuple[Reason, ...], int] = {}
    whys = [known.setdefault(tuple(each.reasons), len(known)) for each in findings]
    return Judged(
        np.array(numbers, np.int64),
        np.array([NUMBER[each.verdict] for each in findings], np.int64),
        np.array([each.deadline_day or 0 for each in findings], np.int64),
        np.array(whys, np.int64),
        list(known),
        frozenset(each.fix for each in findings if each.verdict is Verdict.BREACHED),
    )
