"""The committee's report before it is written: what stands in it, and in which order."""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby

from policyengine.findings.dates import counted, long_date
from policyengine.findings.model import Audit
from policyengine.findings.sentences import Sentences
from policyengine.plan.core import Plan
from policyengine.report.charts.picture import Picture, picture_of
from policyengine.report.charts.svg import Drawing, control_chart
from policyengine.report.charts.words import STATE, basis_words, limits_words
from policyengine.report.committee import figures
from policyengine.report.committee.lines import Line, three_lines, waived_line
from policyengine.report.committee.method import RuleText, SettingText, rule_texts, setting_texts
from policyengine.report.committee.quality import Quality, quality_of, top_places
from policyengine.report.committee.teams import TeamChart, team_charts
from policyengine.report.layer_facts import layer_facts
from policyengine.report.safe_text import safe_text
from policyengine.report.views.committee import PublishedRow, PublishedSummary, published_summary
from policyengine.report.views.suppression import SmallNumbers
from policyengine.trend import Basis, Options, Series
from policyengine.values.moments import Zone
from policyengine.values.verdict import Force, Verdict

FEWEST = 6  # periods whose rate may be shown; a chart of fewer shows nothing


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleRow:
    """One rule in the table: texts for its cells."""

    rule: str
    title: str
    kind: str  # its gravity, and whether it only ought to be kept
    kept: str
    rate: str
    interval: str
    late: str
    cannot_tell: str
    bounds: str
    target: str
    note: str  # instead of numbers
    is_charted: bool


@dataclass(frozen=True, slots=True)
class Group:
    """The rules of a learning point, or of a policy."""

    name: str
    rows: tuple[RuleRow, ...]


@dataclass(frozen=True, slots=True)
class ChartedRule:
    """A rule's control chart, and its picture for the numbers below it."""

    picture: Picture
    drawing: Drawing


@dataclass(frozen=True, slots=True, kw_only=True)
class CommitteePage:
    """The whole report."""

    title: str
    facts: tuple[str, ...]
    lines: tuple[Line, ...]
    groups: tuple[Group, ...]
    charts: tuple[ChartedRule, ...]
    not_drawn: tuple[str, ...]
    chart_note: str
    teams: tuple[TeamChart, ...]
    quality: Quality
    rules: tuple[RuleText, ...]
    settings: tuple[SettingText, ...]
    small: SmallNumbers
    provenance: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What the report is made from. `every` is how long a period is: `month`."""

    audit: Audit
    plan: Plan
    series: tuple[Series, ...]
    options: Options
    basis: Basis
    every: str
    cases_name: str


def committee_page(told: Told, small: SmallNumbers) -> CommitteePage:
    """The report of an audit and its trend, with small numbers hidden."""
    audit, plan = told.audit, told.plan
    sentences = Sentences(plan, audit.as_at)
    summary = published_summary(audit.summary, small)
    pictures = [picture_of(each, small) for each in told.series]
    fewest = min(FEWEST, len(told.series[0].periods)) if told.series else FEWEST
    drawn = [each for each in pictures if each.shown >= fewest]
    quality = quality_of(audit, sentences, small)
    charted = {each.rule for each in drawn}
    by_rule = {safe_text(each.rule): each.summaries for each in told.series}
    ordered = _ordered(summary, sentences)
    rows = [row for _, group in ordered for row in group]
    place = {safe_text(row.rule): index for index, row in enumerate(rows)}
    drawn.sort(key=lambda picture: place[picture.rule])
    return CommitteePage(
        title=f"Policy report as at {long_date(audit.as_at)}",
        facts=tuple(_facts(told, summary)),
        lines=(
            *three_lines(summary, pictures, top_places(quality)),
            *waived_line(audit, small),
        ),
        groups=tuple(
            Group(name, tuple(_row(row, charted) for row in group)) for name, group in ordered
        ),
        charts=tuple(ChartedRule(each, control_chart(each)) for each in drawn),
        not_drawn=tuple(
            each.rule
            for each in pictures
            if each.rule not in charted and any(row.judged for row in by_rule[each.rule])
        ),
        chart_note=_chart_note(told),
        teams=team_charts(audit, rows, small),
        quality=quality,
        rules=rule_texts(plan),
        settings=setting_texts(plan, Zone(plan.schema.time_zone)),
        small=small,
        provenance=tuple(_provenance(told)),
    )


def _facts(told: Told, summary: PublishedSummary) -> Iterable[str]:
    audit = told.audit
    yield f"{counted(audit.cases, 'service user')}, {counted(len(summary.rows), 'rule')}"
    if told.cases_name:
        yield safe_text(told.cases_name)
    if audit.known_by != audit.as_at:
        yield f"from what was recorded by {long_date(audit.known_by)}"
    if told.series and told.series[0].periods:
        periods = told.series[0].periods
        yield f"charts from {periods[0].name} to {periods[-1].name}"


def _ordered(
    summary: PublishedSummary, sentences: Sentences
) -> list[tuple[str, list[PublishedRow]]]:
    """By learning point; rules without one by the policy they stand in."""

    def topic(row: PublishedRow) -> str:
        return sentences.policy(row.rule).split(":")[0].strip()

    def key(row: PublishedRow) -> tuple[bool, int, str]:
        point = row.learning_point
        return (point is None, point or 0, "" if point else topic(row))

    rows = sorted(summary.rows, key=lambda row: (*key(row), row.rule))
    found = []
    for (_, point, _), group in groupby(rows, key=key):
        members = list(group)
        topics = dict.fromkeys(filter(None, map(topic, members)))
        named = safe_text(" / ".join(topics))
        if point:
            named = f"Learning point {point}" + (f": {named}" if named else "")
        found.append((named or "Other duties", members))
    return found


def _row(row: PublishedRow, charted: set[str]) -> RuleRow:
    rule = safe_text(row.rule)
    note = "not in this export" if row.absent_kind else ""
    if not note and row.judged == 0:
        unsure = row.counts[Verdict.CANNOT_TELL]
        note = "none judged" if unsure == 0 else f"none judged; cannot tell {figures.count(unsure)}"
    should = row.force == Force.SHOULD.value
    return RuleRow(
        rule=rule,
        title=safe_text(row.title),
        kind=f"{row.severity}{', expected' if should else ''}",
        kept=figures.judged_of(row),
        rate=figures.rate(row),
        interval=figures.span(row.interval),
        late=figures.count(row.counts[Verdict.MET_LATE]),
        cannot_tell=figures.count(row.counts[Verdict.CANNOT_TELL]),
        bounds=figures.bounds(row),
        target=figures.target_words(row),
        note=note,
        is_charted=rule in charted,
    )


def _chart_note(told: Told) -> str:
    state = f" {STATE}" if told.basis is Basis.AS_AT else ""
    return (
        f"Each point is {basis_words(told.basis, told.every, recurring_stand=True)}. "
        f"{limits_words(told.options)}{state}"
    )


def _provenance(told: Told) -> Iterable[tuple[str, str]]:
    audit = told.audit
    yield "Engine", f"trust-policy-engine {audit.engine_version}"
    yield "As at", audit.as_at
    yield "Known by", audit.known_by
    yield "Rules (SHA-256)", audit.rules_sha256
    yield from layer_facts(told.plan.layers)
    yield "Cases (SHA-256)", audit.cases_sha256
