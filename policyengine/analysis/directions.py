"""Whether a changed rule is stricter, looser, neither or the same: the smallest cases on each
side, and what can be proved."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from importlib.util import find_spec

from policyengine.comparing import Direction, Side
from policyengine.plan import core
from policyengine.tooling.searching import (
    Ask,
    Bench,
    Effort,
    Rows,
    Search,
    SmallCase,
    example_block,
)
from policyengine.tooling.searching.bench import Mark, Staged
from policyengine.tooling.searching.search import NOT_AT_ALL, PLAINLY, Shown
from policyengine.tooling.searching.seeds import seeds_of
from policyengine.values.verdict import Verdict

_EFFORT = Effort(cases=900)


def direction(old: core.Plan, new: core.Plan, rule: str, effort: Effort | None = None) -> Side:
    """Which way a rule moved that both plans have. Both schemas must be the same."""
    seeds = [*seeds_of(new, rule), *seeds_of(old, rule)]
    found: list[Found] = [None, None, None]
    for plan, before in ((new, Bench(old, rule)), (old, Bench(new, rule))):  # each in its own words
        search = Search(plan, rule, effort or _EFFORT, seeds=seeds)
        asks = [Ask(_asked(before, each)) for each in (_more, _fewer, _apart)]
        if plan is old:
            asks[:2] = asks[1::-1]
        search.look([ask for ask, one in zip(asks, found, strict=True) if one is None])
        found = [one or search.smallest(ask) for ask, one in zip(asks, found, strict=True)]
    before = Bench(old, rule)
    stricter = None if found[0] is None else _shown(Bench(new, rule), found[0], "now breached")
    looser = None if found[1] is None else _shown(before, found[1], "no longer breached")
    other = None
    if found[2] is not None and stricter is None and looser is None:
        other = _shown(Bench(new, rule), found[2], "judged otherwise")
    way = _way(stricter is not None, looser is not None, other is not None)
    return Side(way, stricter, looser, other, _is_proved(old, new, rule, way))


def _way(stricter: bool, looser: bool, other: bool) -> Direction:
    if stricter and looser:
        return "neither"
    if stricter or looser:
        return "stricter" if stricter else "looser"
    return "otherwise" if other else "same"


Found = tuple[SmallCase, Rows, str | None] | None
Shows = Callable[[Staged, Rows, frozenset[Mark]], Shown]


def _asked(before: Bench, difference: Callable[[Rows, Rows], set[str]]) -> Shows:
    def shows(staged: Staged, rows: Rows, _: frozenset[Mark]) -> Shown:
        one = before.rows(before.stage(staged.small))
        subjects = difference(one, rows)
        return (PLAINLY, min(subjects)) if subjects else (NOT_AT_ALL, None)

    return shows


def _more(one: Rows, other: Rows) -> set[str]:
    return _breached(other) - _breached(one)


def _fewer(one: Rows, other: Rows) -> set[str]:
    return _breached(one) - _breached(other)


def _breached(rows: Rows) -> set[str]:
    return {row.subject for row in rows if row.verdict is Verdict.BREACHED}


def _apart(one: Rows, other: Rows) -> set[str]:
    before = {(row.subject, row.verdict) for row in one}
    after = {(row.subject, row.verdict) for row in other}
    return {subject for subject, _ in before ^ after}


def _shown(bench: Bench, found: tuple[SmallCase, Rows, str | None], title: str) -> str:
    case, _, subject = found
    subjects: Sequence[str] | None = None if subject is None else [subject]
    rows = bench.rows(bench.stage(case))
    if subject is not None and all(row.subject != subject for row in rows):
        subjects = None
    return example_block(bench, title, case, subjects=subjects).text


def _is_proved(old: core.Plan, new: core.Plan, rule: str, way: Direction) -> bool:
    """Whether the solver rules out what was not found."""
    if way == "neither" or find_spec("z3") is None:
        return False
    from policyengine.analysis.versions import never_breached_by_one

    return all(
        never_breached_by_one(old, new, rule, side) is True
        for side in ("new", "old")
        if (side, way) not in (("new", "stricter"), ("old", "looser"))
    )
