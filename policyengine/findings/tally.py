"""What the pages of an audit count: of every finding, however many there are, and of few of them
more than numbers.

A tally is made of findings (`Tallying.add`), or by an engine that counts without making any, a
range of cases at a time. Both give the same numbers.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from policyengine.findings.dates import day_of
from policyengine.findings.model import Finding
from policyengine.values.truth import Reason, Why
from policyengine.values.verdict import Force, Verdict

if TYPE_CHECKING:
    from policyengine.findings.model import Audit, RuleSummary
    from policyengine.findings.sentences import Sentences

SOON: Final = 14  # days
NAMED: Final = 6  # case ids named for each doubt, at the least
Doubt = tuple[str, str]  # what is not known in words, and the place where it would stand


@dataclass(slots=True)
class Breaches:
    """The breaches of a rule: how many, what would mend them (no more than two are kept), and
    the most urgent of them."""

    total: int = 0
    fixes: set[str] = field(default_factory=set)
    first: list[Finding] = field(default_factory=list)


@dataclass(slots=True)
class Cases:
    """Findings of one sort: how many, in how many cases, and the first case ids in order."""

    total: int = 0
    cases: int = 0
    first: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Tally:
    """What a page needs of all findings. `often` gives by gravity, of the breaches of rules that
    bind, in how many cases they are, the case with the most, and its number. `explained` is the
    gravest breach: its gravity's rank, its rule and its case."""

    breaches: dict[str, Breaches] = field(default_factory=dict)
    unsure: Counter[str] = field(default_factory=Counter)
    doubts: dict[str, dict[Doubt, Cases]] = field(default_factory=dict)
    often: dict[str, tuple[int, str, int]] = field(default_factory=dict)
    places: Counter[str] = field(default_factory=Counter)
    outside: Counter[str] = field(default_factory=Counter)
    soon: int = 0
    soon_cases: int = 0
    explained: tuple[int, str, str] | None = None


def place_of(reason: Reason) -> str:
    """Where the answer would stand: `rights_discussion.in_writing`; a kind for what is outside
    coverage; nothing where no field would settle it."""
    if reason.kind and reason.field:
        return f"{reason.kind}.{reason.field}"
    if reason.why is Why.OUTSIDE_COVERAGE and reason.kind:
        return reason.kind
    return ""


def urgency(finding: Finding) -> tuple[int, str, str, str]:
    """Of one rule's findings: the longest overdue first; those without a deadline before them."""
    return (finding.deadline_day or 0, *finding.order[1:4])


@dataclass(frozen=True, slots=True)
class Said:
    """What a tally asks of the rules: a reason in words, without its record; a version's gravity
    as its rank; the gravity of a rule that binds, by rule."""

    reason: Callable[[Reason], str]
    rank: Callable[[Finding], int]
    binding: Mapping[str, str]


class Tallying:
    """Counts findings as they come. `limit` is how many breaches of a rule are kept (None: all),
    `named` how many case ids of a doubt; `today` the as-at date, as an ordinal, if it is one."""

    def __init__(self, said: Said, limit: int | None, today: int | None) -> None:
        self.said = said
        self.limit = limit
        self.named = None if limit is None else max(NAMED, limit)
        self.today = today
        self.tally = Tally()
        self._by_case: dict[str, Counter[str]] = {}
        self._named: dict[tuple[str, Doubt], set[str]] = {}
        self._soon: set[str] = set()

    def add(self, findings: Iterable[Finding]) -> None:
        """Count findings; of one case they come together or all at once."""
        for finding in findings:
            match finding.verdict:
                case Verdict.BREACHED:
                    self._breach(finding)
                case Verdict.CANNOT_TELL:
                    self.doubt(finding.rule, finding.reasons, [finding.case])
                case Verdict.NOT_YET_DUE if self.is_soon(finding.deadline_day):
                    self.tally.soon += 1
                    self._soon.add(finding.case)
                case _:
                    pass

    def is_soon(self, day: int | None) -> bool:
        """Whether a deadline is near."""
        if day is None or self.today is None:
            return False
        return self.today <= day <= self.today + SOON

    def _breach(self, finding: Finding) -> None:
        self.breached(finding.rule, 1, [finding])
        if len(self.tally.breaches[finding.rule].fixes) < 2:
            self.tally.breaches[finding.rule].fixes.add(finding.fix)
        gravity = self.said.binding.get(finding.rule)
        if gravity is not None:
            self._by_case.setdefault(gravity, Counter())[finding.case] += 1
        self.explain(self.said.rank(finding), finding.rule, finding.case)

    def breached(self, rule: str, total: int, urgent: Sequence[Finding]) -> None:
        """Count breaches of a rule, of which these are the most urgent."""
        mine = self.tally.breaches.setdefault(rule, Breaches())
        mine.total += total
        mine.first += urgent
        if self.limit is not None and len(mine.first) > 4 * self.limit + 64:
            self._most_urgent(mine)

    def _most_urgent(self, mine: Breaches) -> None:
        mine.first.sort(key=urgency)
        if self.limit is not None:
            del mine.first[self.limit :]

    def explain(self, rank: int, rule: str, case: str) -> None:
        """A breach that may be the gravest."""
        mine = (rank, rule, case)
        if self.tally.explained is None or mine < self.tally.explained:
            self.tally.explained = mine

    def in_cases(self, gravity: str, cases: int, case: str, often: int) -> None:
        """Breaches of rules that bind, in cases that no others are added of."""
        known = self.tally.often.get(gravity)
        if known is None:
            self.tally.often[gravity] = (cases, case, often)
            return
        _, other, times = known
        best = min((-often, case), (-times, other))
        self.tally.often[gravity] = (known[0] + cases, best[1], -best[0])

    def doubt(
        self,
        rule: str,
        reasons: Sequence[Reason],
        cases: Sequence[str],
    ) -> None:
        """Findings that cannot be told for the same reasons, one for each of these case ids."""
        times = len(cases)
        self.tally.unsure[rule] += times
        doubts = self.tally.doubts.setdefault(rule, {})
        for key in self.doubts_of(reasons):
            mine = doubts.setdefault(key, Cases())
            mine.total += times
            self._named.setdefault((rule, key), set()).update(cases)
        self.places_of(reasons, times)

    def doubts_of(self, reasons: Sequence[Reason]) -> list[Doubt]:
        """What a finding's reasons come to, each once."""
        keys = dict.fromkeys(
            (self.said.reason(reason), place_of(reason))
            for reason in reasons
            if reason.why is not Why.NO_RECORD or len(reasons) == 1
        )
        return list(keys) or [("the record does not say why", "")]

    def places_of(self, reasons: Sequence[Reason], times: int) -> None:
        """Count where the answers would stand."""
        beyond = {r.kind for r in reasons if r.why is Why.OUTSIDE_COVERAGE and r.kind}
        for kind in beyond:
            self.tally.outside[kind] += times
        for place in {place_of(reason) for reason in reasons} - beyond - {""}:
            self.tally.places[place] += times

    def doubted(self, rule: str, key: Doubt, total: int, cases: int, first: list[str]) -> None:
        """A doubt of a rule in cases that no others are added of; `first` are in order."""
        mine = self.tally.doubts.setdefault(rule, {}).setdefault(key, Cases())
        mine.total += total
        mine.cases += cases
        mine.first = sorted([*mine.first, *first])[: self.named]

    def coming(self, total: int, cases: int) -> None:
        """Duties that fall due soon, in cases that no others are added of."""
        self.tally.soon += total
        self.tally.soon_cases += cases

    def whole(self) -> Tally:
        """The tally of all that was added."""
        for gravity, cases in self._by_case.items():
            case, often = min(cases.items(), key=lambda item: (-item[1], item[0]))
            self.in_cases(gravity, len(cases), case, often)
        for (rule, key), named in self._named.items():
            mine = self.tally.doubts[rule][key]
            mine.cases += len(named)
            mine.first = sorted([*mine.first, *named])[: self.named]
        self.tally.soon_cases += len(self._soon)
        for breaches in self.tally.breaches.values():
            self._most_urgent(breaches)
        self._by_case, self._named, self._soon = {}, {}, set()
        return self.tally


def said_of(summary: Iterable[RuleSummary], sentences: Sentences) -> Said:
    """What a plan says, as the summary of an audit names its rules."""
    known: dict[tuple[object, ...], str] = {}

    def reason(of: Reason) -> str:
        key = (of.why, of.kind, of.field, of.text)
        if key not in known:
            known[key] = sentences.reason(of, which=False)
        return known[key]

    binding = {row.rule: row.severity for row in summary if row.force == Force.MUST.value}
    return Said(reason, lambda finding: sentences.rule(finding).gravity.rank, binding)


def tally_of(audit: Audit, sentences: Sentences, limit: int | None) -> Tally:
    """The tally of an audit: what its engine counted, or that of the findings that it holds."""
    if audit.tally is not None:
        return audit.tally
    made = Tallying(said_of(audit.summary, sentences), limit, day_of(audit.as_at))
    made.add(audit.findings)
    return made.whole()
