"""The frame of a sample: which cases can be drawn, and why the others cannot."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import Enum

from policyengine.findings.model import Finding
from policyengine.values.verdict import Verdict

# What a reviewer can judge, and what a rate is of. What cannot be told stays in: to leave it out
# would draw from the well kept records alone.
REVIEWED = frozenset(
    {Verdict.MET, Verdict.MET_LATE, Verdict.BREACHED, Verdict.CANNOT_TELL},
)


class Exclusion(Enum):
    """Why a case is not in the frame: the first of these that holds."""

    NO_RECORD = "no record that these rules watch"
    EXEMPT = "excused by an exception"
    NOT_YET_DUE = "nothing due yet"
    NOT_APPLICABLE = "no rule applies"


@dataclass(frozen=True, slots=True)
class FrameCase:
    """A case that can be drawn, the team that has it, and what of it is to be reviewed."""

    case: str
    team: str
    items: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class Frame:
    """The cases by team, in the order of their names, and the exclusions by team."""

    teams: Mapping[str, tuple[FrameCase, ...]]
    excluded: Mapping[str, Counter[Exclusion]]

    def cases(self, team: str) -> int:
        """How many cases a team has, in the frame or not."""
        return len(self.teams.get(team, ())) + self.excluded.get(team, Counter()).total()


def frame_of(teams: Mapping[str, str], findings: Iterable[Finding]) -> Frame:
    """The frame. `teams` gives the team of every case of the export (one name for all, where
    there are to be no strata)."""
    found: dict[str, list[Finding]] = {case: [] for case in teams}
    for finding in findings:
        found[finding.case].append(finding)
    held: dict[str, list[FrameCase]] = {}
    excluded: dict[str, Counter[Exclusion]] = {}
    for case in sorted(found):
        team = teams[case]
        items = [each for each in found[case] if each.verdict in REVIEWED]
        held.setdefault(team, [])
        if items:
            items.sort(key=lambda each: each.order)
            held[team].append(FrameCase(case, team, tuple(items)))
        else:
            excluded.setdefault(team, Counter())[_why(found[case])] += 1
    return Frame({team: tuple(held[team]) for team in sorted(held)}, excluded)


def _why(findings: list[Finding]) -> Exclusion:
    verdicts = {finding.verdict for finding in findings}
    if not verdicts:
        return Exclusion.NO_RECORD
    if Verdict.EXEMPT in verdicts:
        return Exclusion.EXEMPT
    if Verdict.NOT_YET_DUE in verdicts:
        return Exclusion.NOT_YET_DUE
    return Exclusion.NOT_APPLICABLE
