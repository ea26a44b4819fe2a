"""What stands on a worklist: which findings, in which order, in which words."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime

from policyengine.findings.dates import counted, long_date
from policyengine.findings.model import Audit, Finding
from policyengine.findings.sentences import Sentences
from policyengine.plan import core
from policyengine.values.verdict import Force, Gravity, Verdict

FOUND = 3  # records named in a row
NO_TEAM = ""  # the key of what no team answers for


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """A row. `by` is a day, an instant, or None where nothing was to be done by a day; `days`
    is how many are left (negative: how many it is late), None where there is no day.
    `is_expected`: it is a should, not a must; `is_soon`: about to be due, and not late. `changes`
    is the next day on which the list could say otherwise with no new record, None for never."""

    case: str
    rule: str
    title: str
    severity: str
    what: str
    by: date | datetime | None
    days: int | None
    is_expected: bool
    is_soon: bool
    found: str
    fix: str
    team: str
    changes: date | None
    order: tuple[object, ...]

    @property
    def gravity(self) -> str:
        """How grave it is, and that it is expected rather than binding, if it is."""
        return f"{self.severity} (expected)" if self.is_expected else self.severity

    @property
    def is_late(self) -> bool:
        """Whether it should have been done by now."""
        return not self.is_soon


@dataclass(frozen=True, slots=True)
class TeamList:
    """The tasks of a team, soonest and gravest first; `team` "" is nobody's."""

    team: str
    tasks: tuple[Task, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Worklist:
    """A whole worklist. `unsure` is, by rule, how often it cannot be told; `within` is how many
    days ahead it looks, None where it shows only what is overdue."""

    audit: Audit
    within: int | None
    teams: tuple[TeamList, ...]
    unsure: tuple[tuple[str, str, int], ...]

    @property
    def overdue(self) -> int:
        """How many tasks should have been done."""
        return sum(task.is_late for each in self.teams for task in each.tasks)

    @property
    def due_soon(self) -> int:
        """How many tasks are about to be due."""
        return sum(task.is_soon for each in self.teams for task in each.tasks)


def worklist(audit: Audit, plan: core.Plan, within: int | None) -> Worklist:
    """The worklist of an audit: every breach, and what falls due within so many days (None: no
    such). A recurring duty that is met is about to be due again; one whose subject has ended is
    not."""
    sentences = Sentences(plan, audit.as_at)
    as_at = date.fromisoformat(audit.as_at)
    severities = {row.rule: (row.severity, row.force) for row in audit.summary}
    teams: dict[str, list[Task]] = {}
    for finding in listed(audit, plan, within):
        task = _task(finding, sentences, severities[finding.rule], as_at)
        teams.setdefault(task.team, []).append(task)
    unsure = Counter(f.rule for f in audit.findings if f.verdict is Verdict.CANNOT_TELL)
    titles = {row.rule: row.title for row in audit.summary}
    return Worklist(
        audit=audit,
        within=within,
        teams=tuple(
            TeamList(team, tuple(sorted(teams[team], key=lambda task: task.order)))
            for team in sorted(teams, key=lambda team: (team == NO_TEAM, team.casefold(), team))
        ),
        unsure=tuple((rule, titles[rule], unsure[rule]) for rule in sorted(unsure)),
    )


def listed(audit: Audit, plan: core.Plan, within: int | None) -> list[Finding]:
    """The findings that stand on the worklist."""
    sentences = Sentences(plan, audit.as_at)
    as_at = date.fromisoformat(audit.as_at)
    return [each for each in audit.findings if _is_wanted(each, sentences, as_at, within)]


def _is_wanted(finding: Finding, sentences: Sentences, as_at: date, within: int | None) -> bool:
    if finding.verdict is Verdict.BREACHED:
        return True
    if within is None or finding.deadline_day is None or finding.ended:
        return False
    if not 0 <= finding.deadline_day - as_at.toordinal() <= within:
        return False
    duty = sentences.rule(finding).duty
    if isinstance(duty, core.HaveEvery):
        return finding.verdict in (Verdict.NOT_YET_DUE, Verdict.MET, Verdict.MET_LATE)
    # Of what must not be done, nothing falls due.
    return finding.verdict is Verdict.NOT_YET_DUE and not isinstance(duty, core.NotHave)


def _task(finding: Finding, sentences: Sentences, marks: tuple[str, str], as_at: date) -> Task:
    severity, force = marks
    rule = sentences.rule(finding)
    soon = finding.verdict is not Verdict.BREACHED
    days = None if finding.deadline_day is None else finding.deadline_day - as_at.toordinal()
    if isinstance(rule.duty, core.NotHave):
        days = None
    when = as_at.toordinal() + (days or 0)
    rank = Gravity(severity).rank
    return Task(
        case=finding.case,
        rule=finding.rule,
        title=rule.title,
        severity=severity,
        what=_capital(sentences.due(finding)) or rule.title,
        by=None if days is None else _moment(finding.deadline),
        days=days,
        is_expected=force == Force.SHOULD.value,
        is_soon=soon,
        found=_found(finding, sentences),
        # What the author says to do is for a breach.
        fix=f"Do it by {long_date(finding.deadline or '')}." if soon else finding.fix,
        team=finding.owner or NO_TEAM,
        changes=date.fromisoformat(finding.next_change_on) if finding.next_change_on else None,
        order=(when, force == Force.SHOULD.value, rank, *finding.order),
    )


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]


def _moment(iso: str | None) -> date | datetime | None:
    if iso is None:
        return None
    return datetime.fromisoformat(iso) if "T" in iso else date.fromisoformat(iso)


def _found(finding: Finding, sentences: Sentences) -> str:
    """The sentence of the finding, then the last records that were looked at, a line each."""
    records = sentences.found(finding)
    shown = records[-FOUND:]
    if len(records) > FOUND:
        shown.insert(0, f"{counted(len(records) - FOUND, 'earlier record')}, then")
    return "\n".join([*_waived(finding), sentences.sentence(finding), *map(_capital, shown)])


def _waived(finding: Finding) -> Iterator[str]:
    """That it stands for now: until when, by whom and why."""
    mark = finding.waived
    if mark is not None:
        yield f"WAIVED until {long_date(mark.until)} by the {mark.approver}: {mark.reason}"
