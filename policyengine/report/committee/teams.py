"""Teams beside one another, rule by rule, with small numbers hidden.

A team is shown only where its row of counts may be; whoever is too small stays out of the funnel
and is counted below it. The totals are those of the table of rules, so nothing follows from them.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from policyengine.findings.model import Audit, Finding
from policyengine.report.charts.funnel_svg import Spot, funnel
from policyengine.report.charts.svg import Drawing
from policyengine.report.committee.figures import HIDDEN, count
from policyengine.report.safe_text import safe_text
from policyengine.report.views.committee import PublishedRow
from policyengine.report.views.suppression import SmallNumbers, published
from policyengine.trend.funnel import Funnel, Place, Team, funnel_of
from policyengine.values.verdict import Verdict

FEWEST = 3  # teams that can be shown; fewer are no funnel
LISTED = 12  # teams in a table; of more, only those outside the inner limits
_COLUMNS = (Verdict.MET, Verdict.MET_LATE, Verdict.BREACHED, Verdict.CANNOT_TELL)
_WORDS = {
    Place.FAR_BELOW: "below, by more than chance",
    Place.BELOW: "low, perhaps by chance",
    Place.INSIDE: "within chance",
    Place.ABOVE: "high, perhaps by chance",
    Place.FAR_ABOVE: "above, by more than chance",
}


@dataclass(frozen=True, slots=True)
class TeamRow:
    """A team as published: texts for a table."""

    name: str
    met: str
    judged: str
    cannot_tell: str
    rate: str
    place: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TeamChart:
    """One rule over its teams. `rows` are all of them, or, where they are many, those outside the
    inner limits. `hidden` teams have numbers too small to show."""

    rule: str
    title: str
    drawing: Drawing
    rows: tuple[TeamRow, ...]
    says: str
    hidden: int


def team_charts(
    audit: Audit, rows: Iterable[PublishedRow], small: SmallNumbers
) -> tuple[TeamChart, ...]:
    """A funnel for every rule that has one, in the order of `rows`."""
    counts = _counted(audit.findings)
    charts = (_chart(row, counts.get(row.rule, {}), small) for row in rows)
    return tuple(chart for chart in charts if chart is not None)


def _counted(findings: Iterable[Finding]) -> dict[str, dict[str, list[int]]]:
    """Rule to team to counts, in the order of `_COLUMNS`."""
    found: dict[str, dict[str, list[int]]] = {}
    for finding in findings:
        if finding.verdict in _COLUMNS:
            teams = found.setdefault(finding.rule, {})
            line = teams.setdefault(finding.owner or "", [0] * len(_COLUMNS))
            line[_COLUMNS.index(finding.verdict)] += 1
    return found


def _chart(row: PublishedRow, teams: dict[str, list[int]], small: SmallNumbers) -> TeamChart | None:
    names = sorted(teams)
    if len([name for name in names if name]) < FEWEST or row.rate is None:
        return None
    below = len(names)
    totals = {(below, c): row.counts[verdict] for c, verdict in enumerate(_COLUMNS)}
    seen = published(
        [teams[name] for name in names],
        # A team of few is hidden whole: its being above or below is about people one can name.
        replace(small, least_group=2 * small.threshold),
        hidden=[cell for cell, number in totals.items() if number is None],
        shown=[cell for cell, number in totals.items() if number is not None],
    )
    known = funnel_of(Team(name, teams[name][0], sum(teams[name][:3])) for name in names)
    if known is None or known.centre in (0, 1):  # no team differs, and there is no funnel
        return None
    places = {team.name: (team, place) for team, place in _pairs(known)}
    shown = [
        (name, cells)
        for name, cells in zip(names, seen.rows, strict=True)
        if name and name in places and all(cell is not None for cell in cells[:3])
    ]
    spots = [_spot(*places[name], small) for name, _ in shown]
    drawn = [spot for spot in spots if spot is not None]
    if len(drawn) < FEWEST:
        return None
    return TeamChart(
        rule=row.rule,
        title=row.title,
        drawing=funnel(round(known.centre, 2), drawn),
        rows=tuple(
            _row(name, cells, spot)
            for (name, cells), spot in zip(shown, spots, strict=True)
            if len(shown) <= LISTED or (spot and spot.place is not Place.INSIDE)
        ),
        says=_says(drawn),
        hidden=len([name for name in names if name]) - len(shown),
    )


def _pairs(known: Funnel) -> list[tuple[Team, Place]]:
    return list(zip(known.teams, known.places, strict=True))


def _spot(team: Team, place: Place, small: SmallNumbers) -> Spot | None:
    """At the rounded numbers: a place on the page is as exact as a number beside it."""
    percent = small.percent(team.met, team.judged)
    judged = small.rounded(team.judged)
    if percent is None or not judged:
        return None
    return Spot(safe_text(team.name), judged, percent / 100, place)


def _row(name: str, cells: tuple[int | None, ...], spot: Spot | None) -> TeamRow:
    judged = sum(cell for cell in cells[:3] if cell is not None)
    return TeamRow(
        name=safe_text(name),
        met=count(cells[0]),
        judged=f"{spot.judged if spot else judged:,}",
        cannot_tell=count(cells[3]),
        rate=f"{round(100 * spot.rate)}%" if spot else HIDDEN,
        place=_WORDS[spot.place] if spot else "",
    )


def _says(spots: list[Spot]) -> str:
    far = {
        place: [spot.name for spot in spots if spot.place is place]
        for place in (Place.FAR_BELOW, Place.FAR_ABOVE)
    }
    said = [f"{', '.join(names)}: {_WORDS[place]}." for place, names in far.items() if names]
    inside = sum(spot.place is Place.INSIDE for spot in spots)
    within = f"{inside} of {len(spots)} teams lie within chance."
    return " ".join(said or ["No team differs from the others by more than chance."]) + f" {within}"
