"""What the violation report says, before anything is drawn: words, numbers and their order.

Every text on a page has been through `safe_text`. The drawing (at a width, with or without
colour) is `terminal.py`'s.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby

from policyengine.findings.dates import counted, short_date
from policyengine.findings.model import Audit, Finding, RuleSummary
from policyengine.findings.sentences import Sentences
from policyengine.findings.tally import Breaches, Tally, tally_of, urgency
from policyengine.report.doubts import DoubtSection, doubt_sections
from policyengine.report.headline import Headline, headline
from policyengine.report.next_steps import next_steps
from policyengine.report.safe_text import safe_text
from policyengine.values.verdict import Force, Gravity, Verdict

__all__ = ["LIMIT", "Page", "Wanted", "audit_page", "gravity_order", "urgency"]

LIMIT = 3  # findings a rule, unless the reader asks for more
FOUND = 3  # records named a finding
RULES = 20  # rules whose breaches are told one by one, gravest first; the rest are named in a line
DOUBTFUL = 12  # likewise of the rules that cannot be told


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What the reader asked to see: `show` as on the command line; `limit` findings a rule (None:
    all). `cases_name` and `explain` are how the reader would name the export and ask why."""

    show: str = "open"
    limit: int | None = LIMIT
    cases_name: str = ""
    explain: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One finding: whose, what was due, how late, what it says, what was found."""

    case: str
    subject: str
    owner: str
    due: str
    late: str
    sentence: str
    found: tuple[str, ...]
    fix: str
    waived: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """The findings of one rule; `fix` and `due` stand here where they are the same for all."""

    rule: str
    title: str
    severity: str
    is_shortfall: bool
    counted: str
    source: str
    fix: str
    entries: tuple[Entry, ...]
    hidden: int
    total: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Other:
    """Findings that are neither breached nor cannot tell, a line each (`--show all`)."""

    verdict: str
    total: int
    lines: tuple[tuple[str, str, str], ...]  # rule, case, sentence
    hidden: int


@dataclass(frozen=True, slots=True)
class Group:
    """The rules of one learning point, or of one policy."""

    name: str
    rows: tuple[RuleSummary, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A whole report."""

    headline: Headline
    groups: tuple[Group, ...]
    sections: tuple[Section, ...]
    doubts: tuple[DoubtSection, ...]
    others: tuple[Other, ...]
    steps: tuple[str, ...]
    sections_left: str = ""  # the rules that are not told one by one, in a line
    doubts_left: str = ""
    layers: tuple[tuple[str, tuple[str, ...]], ...] = ()  # where overlays are in use


def audit_page(audit: Audit, sentences: Sentences, wanted: Wanted) -> Page:
    """The violation report of an audit."""
    open_ = wanted.show in ("open", "all")
    breached = wanted.show != "none"
    tally = tally_of(audit, sentences, wanted.limit)
    sections = tuple(_sections(audit, tally, sentences)) if breached else ()
    doubts = doubt_sections(audit, tally, wanted.limit) if open_ else ()
    most, doubtful = (None, None) if wanted.limit is None else (RULES, DOUBTFUL)
    return Page(
        headline=headline(audit, safe_text(wanted.cases_name)),
        groups=_groups(audit.summary, sentences),
        sections=sections[:most],
        doubts=doubts[:doubtful],
        others=tuple(_others(audit, sentences, wanted.limit)) if wanted.show == "all" else (),
        steps=next_steps(audit, tally, sentences, wanted.explain),
        sections_left=_left([(each.rule, each.total) for each in sections], most),
        doubts_left=_left([(each.rule, each.total) for each in doubts], doubtful),
        layers=tuple(_layers(sentences)),
    )


def _layers(sentences: Sentences) -> Iterable[tuple[str, tuple[str, ...]]]:
    """What the overlays changed in the rules, nothing left out."""
    if sentences.layers is None:
        return
    from policyengine.readback.layers import layers_told

    for head, changes in layers_told(sentences.layers):
        yield safe_text(head), tuple(map(safe_text, changes))


def _left(rules: Sequence[tuple[str, int]], shown: int | None) -> str:
    """The rules beyond those shown, each with its count: `and 3 more rules: A-01 (2), ...`."""
    left = [] if shown is None else rules[shown:]
    if not left:
        return ""
    named = ", ".join(f"{rule} ({total:,})" for rule, total in left)
    rules_left = "rule" if len(left) == 1 else "rules"
    return f"and {len(left)} more {rules_left}: {named}; --limit 0 shows all, --select ID only one"


# --- the summary --------------------------------------------------------------------------------


def _groups(summary: Iterable[RuleSummary], sentences: Sentences) -> tuple[Group, ...]:
    """By learning point, those without one last; named after the policies that they stand in."""

    def key(row: RuleSummary) -> tuple[bool, int, str]:
        point = row.learning_point
        return (point is None, point or 0, "" if point else _topic(row, sentences))

    ordered = sorted(summary, key=lambda row: (*key(row), row.rule))
    return tuple(
        Group(_group_name(point, list(rows), sentences), tuple(rows))
        for (_, point, _), rows in ((k, tuple(v)) for k, v in groupby(ordered, key=key))
    )


def _topic(row: RuleSummary, sentences: Sentences) -> str:
    """The policy that a rule stands in, up to its colon."""
    return sentences.policy(row.rule).split(":")[0].strip()


def _group_name(point: int, rows: Sequence[RuleSummary], sentences: Sentences) -> str:
    policies = dict.fromkeys(_topic(row, sentences) for row in rows)
    named = " / ".join(safe_text(policy) for policy in policies if policy)
    if not point:
        return named or "Other duties"
    return f"Learning point {point}" + (f": {named}" if named else "")


# --- breaches -----------------------------------------------------------------------------------


def gravity_order(row: RuleSummary) -> tuple[bool, int, int, str]:
    """What binds before what is expected; then the gravest; then the most; then by id."""
    should = row.force == Force.SHOULD.value
    return (should, Gravity(row.severity).rank, -row.counts[Verdict.BREACHED], row.rule)


def _sections(audit: Audit, tally: Tally, sentences: Sentences) -> Iterable[Section]:
    for row in sorted(audit.summary, key=gravity_order):
        breaches = tally.breaches.get(row.rule)
        if breaches is not None:
            yield _section(row, breaches, sentences)


def _by_rule(findings: Iterable[Finding], verdict: Verdict) -> dict[str, list[Finding]]:
    found: dict[str, list[Finding]] = {}
    for finding in findings:
        if finding.verdict is verdict:
            found.setdefault(finding.rule, []).append(finding)
    return found


def _section(row: RuleSummary, breaches: Breaches, sentences: Sentences) -> Section:
    shown = breaches.first
    one_fix = next(iter(breaches.fixes)) if len(breaches.fixes) == 1 else ""
    rule = sentences.rule(shown[0])
    should = row.force == Force.SHOULD.value
    what = "shortfall" if should else "breach"
    counted_words = counted(breaches.total, what, "shortfalls" if should else "breaches")
    return Section(
        rule=safe_text(row.rule),
        title=safe_text(row.title),
        severity=row.severity,
        is_shortfall=should,
        counted=f"{counted_words} of {row.judged:,} judged",
        source=safe_text(rule.sources[0].text) if rule.sources else "",
        fix=safe_text(one_fix),
        entries=tuple(_entry(finding, sentences, fixed=bool(one_fix)) for finding in shown),
        hidden=breaches.total - len(shown),
        total=breaches.total,
    )


def _entry(finding: Finding, sentences: Sentences, *, fixed: bool) -> Entry:
    found = [safe_text(said) for said in sentences.found(finding)]
    more = len(found) - FOUND
    if more > 0:
        found = [*found[:FOUND], f"and {counted(more, 'more record')}"]
    gaps = [gap for gap in finding.late_gaps if gap.done_on is not None]
    if gaps:
        times = counted(len(gaps), "earlier gap")
        found.append(f"{times} closed late, the last due {short_date(gaps[-1].due)}")
    return Entry(
        case=safe_text(finding.case),
        subject=safe_text(sentences.subject(finding)),
        owner=safe_text(finding.owner or ""),
        due=safe_text(sentences.due(finding)),
        late=sentences.late(finding) or "",
        sentence=safe_text(sentences.sentence(finding)),
        found=tuple(found),
        fix="" if fixed else safe_text(finding.fix),
        waived=_waived(finding),
    )


def _waived(finding: Finding) -> str:
    """Until when, by whom and why a finding stands for now."""
    mark = finding.waived
    if mark is None:
        return ""
    until, approver = short_date(mark.until), safe_text(mark.approver)
    return f"until {until} by the {approver}: {safe_text(mark.reason)}"


# --- everything else ----------------------------------------------------------------------------

_OTHER = (
    Verdict.MET_LATE,
    Verdict.NOT_YET_DUE,
    Verdict.EXEMPT,
    Verdict.MET,
    Verdict.NOT_APPLICABLE,
)


def _others(audit: Audit, sentences: Sentences, limit: int | None) -> Iterable[Other]:
    for verdict in _OTHER:
        lines: list[tuple[str, str, str]] = []
        total = 0
        for findings in _by_rule(audit.findings, verdict).values():
            total += len(findings)
            shown = findings if limit is None else findings[:limit]
            lines += [
                (safe_text(f.rule), safe_text(f.case), safe_text(sentences.sentence(f)))
                for f in shown
            ]
        if total:
            yield Other(
                verdict=verdict.words, total=total, lines=tuple(lines), hidden=total - len(lines)
            )
