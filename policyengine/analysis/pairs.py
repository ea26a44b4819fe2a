"""Two rules on one subject: never both met, or the one breached only with the other."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import combinations

import z3

from policyengine.analysis.claims import DONE, JUDGED, Answer, Claim, Solver, Unsettled, shown
from policyengine.analysis.size import MOST, records_for
from policyengine.analysis.symbols import Bool, any_of
from policyengine.analysis.verdicts import Judged, Reckoner, places_of
from policyengine.analysis.world import World
from policyengine.plan import core
from policyengine.plan.reads import read_by
from policyengine.tooling.searching import Bench, Rows, SmallCase, Such
from policyengine.tooling.searching.seeds import seeds_of
from policyengine.values.verdict import Verdict

_LARGEST = 4  # more records of each kind take too long for two rules at once


def of_two(plan: core.Plan, several: list[core.Rule], seconds: float) -> Iterator[Answer]:
    """Two rules on one subject: never both met, or the one breached only with the other."""
    sizes = {id(rule): records_for(plan, rule) or MOST for rule in several}
    several = [rule for rule in several if sizes[id(rule)] <= _LARGEST]
    sizes = {id(rule): sizes[id(rule)] for rule in several}
    pairs = [
        (one, other)
        for one, other in combinations(several, 2)
        if one.id != other.id and _meet(plan, one, other) and _alike(one, other)
    ]
    if not pairs:
        return
    world = World(plan, max(sizes.values()))
    solver = Solver(world, seconds)
    judged: dict[int, list[Judged]] = {}
    for rule in {id(each): each for pair in pairs for each in pair}.values():
        judged[id(rule)] = [
            Reckoner(world, rule, place).judged() for place in places_of(world, rule)
        ]
    seen = _Seen(plan, [rule.id for rule in several])
    for one, other in pairs:
        both = list(zip(judged[id(one)], judged[id(other)], strict=True))
        yield from _together(solver, seen, one, other, both)
        yield from _implied(solver, seen, one, other, both)
        yield from _implied(solver, seen, other, one, [(b, a) for a, b in both])


def _meet(plan: core.Plan, one: core.Rule, other: core.Rule) -> bool:
    """Whether two rules read anything that both could turn on, beyond the subject's own record,
    the case and how records exist."""
    base = read_by(plan, _bare(one)) & read_by(plan, _bare(other))
    return bool((read_by(plan, one) & read_by(plan, other)) - base)


def _bare(rule: core.Rule) -> core.Rule:
    """The rule with nothing but its subject."""
    return replace(
        rule, lets=(), when=None, cannot_tell_if=(), unless=(), trigger=None, say=None, fix=None,
        subject=core.Subject(kind=rule.subject.kind, slot=rule.subject.slot),
        duty=core.Show(condition=core.Const(span=rule.span, value=True), window=None),
    )  # fmt: skip


def _alike(one: core.Rule, other: core.Rule) -> bool:
    return (one.subject.companion is None) == (other.subject.companion is None) and (
        one.subject.companion is None
        or (
            (other.subject.companion is not None)
            and one.subject.companion.kind == other.subject.companion.kind
        )
    )


Pairs = list[tuple[Judged, Judged]]


def _never(solver: Solver, several: list[tuple[Bool, ...]]) -> bool | None:
    answers = [solver.never(*each) for each in several]
    if all(answers):
        return True
    return None if None in answers and False not in answers else False


def _together(
    solver: Solver, seen: _Seen, one: core.Rule, other: core.Rule, both: Pairs
) -> Iterator[Answer]:
    if seen.both_met(one.id, other.id):
        return
    judged = [(*_among(a, JUDGED), *_among(b, JUDGED)) for a, b in both]
    if _never(solver, judged):
        return  # no subject is judged by both: they are about different people or times
    met = [(*_among(a, DONE), *_among(b, DONE)) for a, b in both]
    answer = _never(solver, met)
    # A rule that is never met at all is said of it alone.
    alone = [_never(solver, [_among(pair[n], DONE) for pair in both]) for n in (0, 1)]
    if answer is None:
        yield Unsettled((one.id, other.id), "whether both can be met")
    if answer and alone == [False, False]:
        rules = (one.id, other.id)
        goal = Such(lambda _, rows: _one_of_each(rows, rules), "one met, the other breached", rules)
        found = shown(seen.plan, one, goal)
        yield Claim(
            "ANA005", rules, f"{one.id} and {other.id} can never both be met for one subject",
            one.name_span, (), "a case that meets one and breaches the other", found,
        )  # fmt: skip


def _among(judged: Judged, verdicts: tuple[Verdict, ...]) -> tuple[Bool, Bool]:
    return judged.watched, any_of([judged.verdicts[each] for each in verdicts])


def _implied(
    solver: Solver, seen: _Seen, one: core.Rule, other: core.Rule, both: Pairs
) -> Iterator[Answer]:
    """Whether `one` says nothing that `other` does not: it is breached only with it."""
    if seen.apart(one.id, other.id):
        return
    breached = [(a.watched, a.verdicts[Verdict.BREACHED]) for a, _ in both]
    if _never(solver, breached) is not False:
        return
    alone = [
        (
            a.watched,
            a.verdicts[Verdict.BREACHED],
            z3.Not(z3.And(b.watched, b.verdicts[Verdict.BREACHED])),
        )
        for a, b in both
    ]
    answer = _never(solver, alone)
    if answer is None:
        yield Unsettled((one.id, other.id), f"whether {one.id} is breached only with {other.id}")
    if answer:
        rules = (one.id, other.id)
        goal = Such(lambda _, rows: _both_breached(rows, rules), "both breached", rules)
        found = shown(seen.plan, one, goal)
        yield Claim(
            "ANA006", rules, f"whoever breaches {one.id} breaches {other.id} too: it adds nothing",
            one.name_span, (), "a case that breaches both", found,
        )  # fmt: skip


def _verdicts_by(rows: Rows) -> dict[str, Verdict]:
    return {row.subject: row.verdict for row in rows}


def _one_of_each(rows: Mapping[str, Rows], rules: tuple[str, str]) -> bool:
    first, second = (_verdicts_by(rows[id_]) for id_ in rules)
    pairs = [{each, Verdict.BREACHED} for each in DONE]
    return any({first[subject], second.get(subject)} in pairs for subject in first)


def _both_breached(rows: Mapping[str, Rows], rules: tuple[str, str]) -> bool:
    first, second = (_verdicts_by(rows[id_]) for id_ in rules)
    breached = Verdict.BREACHED
    return any(
        verdict is breached and second.get(subject) is breached
        for subject, verdict in first.items()
    )


class _Seen:
    """What the rules' own examples show already, so that the solver need not be asked."""

    def __init__(self, plan: core.Plan, rules: Sequence[str]) -> None:
        self.plan = plan
        self._met: set[frozenset[str]] = set()
        self._apart: set[tuple[str, str]] = set()
        ids = list(dict.fromkeys(rules))
        bench = Bench(plan, ids[0], ids[1:])
        for case in _cases(plan, ids):
            self._take(bench.all_rows(bench.stage(case)))

    def _take(self, rows: Mapping[str, Rows]) -> None:
        by_rule = {id_: _verdicts_by(each) for id_, each in rows.items() if each}
        for one, other in combinations(by_rule, 2):
            for subject in by_rule[one].keys() & by_rule[other].keys():
                if by_rule[one][subject] in DONE and by_rule[other][subject] in DONE:
                    self._met.add(frozenset((one, other)))
        for one, verdicts in by_rule.items():
            for other in rows:
                theirs = by_rule.get(other, {})
                for subject, verdict in verdicts.items():
                    if verdict is Verdict.BREACHED and theirs.get(subject) is not verdict:
                        self._apart.add((one, other))

    def both_met(self, one: str, other: str) -> bool:
        """Whether an example meets both for one subject."""
        return frozenset((one, other)) in self._met

    def apart(self, one: str, other: str) -> bool:
        """Whether an example breaches the one and not the other."""
        return (one, other) in self._apart


def _cases(plan: core.Plan, rules: Sequence[str]) -> Iterator[SmallCase]:
    for id_ in rules:
        yield from seeds_of(plan, id_)
