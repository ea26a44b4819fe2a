"""The next day on which a finding could be another with no new record: found by judging again.

The clocks go on together: where the known-by date was the as-at date it stays so, and where it
was another day it stays that day.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from policyengine.findings.model import Finding
from policyengine.records.model import CaseRecords
from policyengine.turning.days import Days
from policyengine.values.moments import LAST_DAY

# One rule over one case, as at and known by two dates.
Judge = Callable[[CaseRecords, date, date, str], list[Finding]]
TRIES = 40  # days that are judged before one of which nothing is known is given


@dataclass(frozen=True, slots=True)
class Turned:
    """The next day for each finding of one rule on one case, in their order; None is never.
    `first` is the first day on which any is another, or one more is there, or one less.
    `is_exact`: none of these days was given up on."""

    each: tuple[date | None, ...]
    first: date | None
    is_exact: bool = True


def next_changes(
    judge: Judge,
    case: CaseRecords,
    rule: str,
    found: Sequence[Finding],
    clock: tuple[date, date],
    days: Days,
    *,
    only: bool = False,
) -> Turned:
    """The next days of the findings of one rule on one case, as at and known by the `clock`.
    `only`: these may be some of the rule's findings, and nothing is asked of others.

    A day that is given is one on which the finding is another (or is not there), unless more
    than TRIES days before it had to be tried: then it may be the same on that day still.
    """
    as_at, known_by = clock
    changed: dict[Key, date] = {}
    first: date | None = None
    now = _by_key(found)
    tries, day, later = 0, as_at.toordinal(), now
    while len(changed) < len(now) or (first is None and not only):
        next_day = days.after(day, later.values())
        if next_day is None or next_day >= LAST_DAY:
            break
        day, tries = next_day, tries + 1
        on = date.fromordinal(day)
        if tries > TRIES:
            changed |= {key: on for key in now if key not in changed}
            return Turned(tuple(changed.get(key) for key in now), first or on, is_exact=False)
        later = _by_key(judge(case, on, on if known_by == as_at else known_by, rule))
        others = [key for key in now if not _is_same(now[key], later.get(key))]
        if first is None and (others or (later.keys() != now.keys() and not only)):
            first = on
        changed |= {key: on for key in others if key not in changed}
    return Turned(tuple(changed.get(key) for key in now), first)


Key = tuple[str, str, int]


def _by_key(findings: Iterable[Finding]) -> dict[Key, Finding]:
    """The findings of one rule on one case by what tells them apart: the records of two kinds may
    have one id, so that what is gathered from them goes by its place as well."""
    found: dict[Key, Finding] = {}
    for finding in findings:
        place = 0
        while (finding.subject_kind, finding.subject_id, place) in found:
            place += 1
        found[finding.subject_kind, finding.subject_id, place] = finding
    return found


def _is_same(one: Finding, other: Finding | None) -> bool:
    return other is not None and one == other and one.ended == other.ended
