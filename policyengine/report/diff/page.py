"""What a comparison says, and in which order. Nothing is drawn here."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from policyengine.comparing import Before, Change, Comparison, Move, Moves, Side
from policyengine.findings.dates import counted
from policyengine.findings.model import RuleSummary
from policyengine.values.verdict import Verdict

WAYS = {
    "stricter": "stricter",
    "looser": "looser",
    "neither": "neither stricter nor looser: both ways",
    "same": "the same",
    "otherwise": "no breach more or less, but judged otherwise",
}
HOWS = ("changed", "added", "removed")
MOST_MOVES = 20


@dataclass(frozen=True, slots=True)
class Told:
    """A change, told: which way it went, and how sure that is."""

    change: Change
    way: str
    side: Side | None


@dataclass(frozen=True, slots=True)
class Rate:
    """A rule's figures before and after, in words, for everybody or a team."""

    rule: str
    team: str
    old: tuple[str, ...]
    new: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DiffPage:
    """All of it. `cells` are the pairs of verdicts by rule, those that moved first."""

    names: tuple[str, str]
    told: tuple[Told, ...]
    headline: tuple[str, ...]
    schema: tuple[str, ...]
    rates: tuple[Rate, ...] = ()
    teams: tuple[Rate, ...] = ()
    cells: Mapping[str, tuple[tuple[str, str, int], ...]] | None = None
    moved: tuple[Move, ...] = ()
    more: int = 0
    not_compared: Mapping[str, str] | None = None
    names_cases: bool = True


def diff_page(
    names: tuple[str, str],
    compared: Comparison,
    sides: Mapping[str, Side],
    found: Moves | None,
    *,
    limit: int = MOST_MOVES,
    names_cases: bool = True,
) -> DiffPage:
    """The page. `limit` is how many moves are told one by one; 0 is all. `names_cases`: also
    where everybody who sees the code may read it."""
    told = tuple(_told(compared.changes, sides))
    moved = () if found is None else tuple(found.moved[: limit or None])
    return DiffPage(
        names=names,
        told=told,
        headline=tuple(_headline(compared, told, found)),
        schema=compared.schema,
        rates=() if found is None else tuple(_rate(row) for row in found.rows),
        teams=() if found is None else tuple(_rate(row) for row in found.teams if _moves(row)),
        cells=None if found is None else _cells(found),
        moved=moved,
        more=0 if found is None else len(found.moved) - len(moved),
        not_compared=None if found is None else found.not_compared,
        names_cases=names_cases,
    )


def _told(changes: Sequence[Change], sides: Mapping[str, Side]) -> Iterator[Told]:
    """Each change; the cases that show which way a rule moved stand with its first version."""
    shown: set[str] = set()
    for each in changes:
        side = None if each.id in shown else sides.get(each.id)
        shown.add(each.id)
        yield Told(each, _way(each, sides), side)


def _way(change: Change, sides: Mapping[str, Side]) -> str:
    if change.how == "added":
        return "a new rule"
    if change.how == "removed":
        return "no more a rule"
    if not change.moves:
        return "words alone: no verdict moves"
    side = sides.get(change.id)
    if side is None:
        return "not compared"
    sure = _sure(side)
    return f"{WAYS[side.direction]}{sure}"


def _sure(side: Side) -> str:
    match side.direction:
        case "neither":
            return ""
        case _ if side.proved:
            return " (proved)"
        case "same":
            return " as far as was found: no case tells them apart"
        case "stricter" | "looser":
            return " (no case was found on the other side)"
        case _:
            return " (as far as was found)"


def _headline(compared: Comparison, told: tuple[Told, ...], found: Moves | None) -> Iterator[str]:
    how = {word: {each.change.id for each in told if each.change.how == word} for word in HOWS}
    changed = {each.change.id for each in told}
    parts = [f"{counted(len(ids), 'rule')} {word}" for word, ids in how.items() if ids]
    ids = {rule.id for rule in compared.old.rules} | {rule.id for rule in compared.new.rules}
    same = f"{counted(len(ids - changed), 'rule')} the same"
    yield ", ".join([*parts, same]) if parts else f"Nothing changed: {same}."
    if found is None or not parts:
        return
    moved = len(found.moved)
    newly = sum(each.is_newly_breached for each in found.moved)
    cases = counted(len({each.case for each in found.moved}), "case")
    if moved:
        verb = "moves" if moved == 1 else "move"
        yield (
            f"{counted(moved, 'verdict')} of {cases} {verb}, of {found.cases:,} judged; "
            f"{newly:,} newly breached"
        )
    else:
        yield f"No verdict moves in {counted(found.cases, 'case')}."


def _rate(row: Before) -> Rate:
    team = "" if row.team is None else row.team or "no team on record"
    return Rate(row.rule, team, _figures(row.old), _figures(row.new))


def _figures(summary: RuleSummary) -> tuple[str, ...]:
    """Met, not met, cannot tell; the rate with its interval."""
    counts = summary.counts
    rate, interval = summary.rate, summary.interval
    told = "–"
    if rate is not None and interval is not None:
        told = f"{100 * rate:.0f}% ({100 * interval[0]:.0f}–{100 * interval[1]:.0f})"
    return (
        f"{counts[Verdict.MET]:,}",
        f"{counts[Verdict.MET_LATE]:,}",
        f"{counts[Verdict.BREACHED]:,}",
        f"{counts[Verdict.CANNOT_TELL]:,}",
        told,
    )


def _moves(row: Before) -> bool:
    return row.old.counts != row.new.counts


def word(verdict: Verdict | None) -> str:
    """A verdict in words; "no finding"."""
    return "no finding" if verdict is None else verdict.words


def _cells(found: Moves) -> dict[str, tuple[tuple[str, str, int], ...]]:
    made = {}
    for rule in sorted(found.matrix):
        pairs = found.matrix[rule]
        ordered = sorted(
            pairs.items(), key=lambda item: (item[0][0] is item[0][1], -item[1], str(item[0]))
        )
        made[rule] = tuple((word(old), word(new), number) for (old, new), number in ordered)
    return made
