"""What is asked of rules, and what was proved."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import fields, is_dataclass, replace
from functools import partial
from typing import Any

import z3

from policyengine.analysis.claims import DONE, Answer, Claim, Solver, Unsettled, shown
from policyengine.analysis.pairs import of_two
from policyengine.analysis.size import records_for
from policyengine.analysis.symbols import Bool, any_of
from policyengine.analysis.verdicts import Judged, Reckoner, places_of
from policyengine.analysis.world import World
from policyengine.plan import core
from policyengine.source import Span
from policyengine.tooling.searching import Gives, Goal, Meets
from policyengine.values.verdict import Verdict


def analysed(
    plan: core.Plan,
    rules: Sequence[str],
    seconds: float = 2.0,
    progress: Callable[[int], None] | None = None,
) -> Iterator[Answer]:
    """Everything that can be proved of these rules, and what could not be settled in so many
    seconds a question. Holds of complete, valid records, one more of each kind than a rule counts
    to, and at least two."""
    wanted = [rule for rule in plan.rules if rule.id in set(rules)]
    done: set[str] = set()
    for rule in wanted:
        yield from _of_one(plan, rule, seconds)
        done.add(rule.id)
        if progress is not None:
            progress(len(done))
    for kind in dict.fromkeys(rule.subject.kind for rule in wanted):
        yield from of_two(plan, [rule for rule in wanted if rule.subject.kind == kind], seconds)


# --- one rule -------------------------------------------------------------------------------------


class _Rule:
    """A version of a rule in a made-up case of its own, seen from each place of its subject."""

    def __init__(self, plan: core.Plan, rule: core.Rule, size: int, seconds: float) -> None:
        self.plan = plan
        self.rule = rule
        self.size = size
        self.seconds = seconds
        self.world = World(plan, size)
        self.seen = [
            Reckoner(self.world, rule, place).judged() for place in places_of(self.world, rule)
        ]
        self.solver = Solver(self.world, seconds)
        self.watches_nobody = False

    def never(self, holds: Callable[[Judged], Bool]) -> bool | None:
        """Whether something holds of no subject."""
        answers = [self.solver.never(seen.watched, holds(seen)) for seen in self.seen]
        if all(answers):
            return True
        return None if None in answers and False not in answers else False


def _of_one(plan: core.Plan, rule: core.Rule, seconds: float) -> Iterator[Answer]:
    size = records_for(plan, rule)
    if size is None:
        yield Unsettled((rule.id,), "anything: it counts to more records than are looked at")
        return
    about = _Rule(plan, rule, size, seconds)
    yield from _conditions(about)
    if about.watches_nobody:
        return  # all that follows would follow from that
    yield from _verdicts(about)
    yield from _exceptions(about)


def _conditions(about: _Rule) -> Iterator[Answer]:
    """Conditions that can never hold."""
    rule = about.rule
    for what, node in _clauses(rule):
        if not all(id(node) in seen.conditions for seen in about.seen):
            continue

        def holds(seen: Judged, node: core.Core = node) -> Bool:
            return seen.conditions[id(node)].t

        answer = _ask(about, holds, what in ("where", "while"))
        if answer is None:
            yield Unsettled((rule.id,), f"whether the `{what}` can hold")
        if answer:
            about.watches_nobody |= what in ("where", "when", "with each")
            goal: Goal = Meets(node.span, False)
            found = shown(about.plan, rule, goal)
            yield Claim(
                "ANA001",
                (rule.id,),
                f"the `{what}` can never hold",
                node.span,
                _conflict(about, node),
                "a case in which it does not",
                found,
            )


def _ask(about: _Rule, holds: Callable[[Judged], Bool], first: bool) -> bool | None:
    """Whether a condition can hold: of a record that is there, or of one that is watched."""
    if first:
        answers = [about.solver.never(holds(seen)) for seen in about.seen]
        return all(answers) if None not in answers else None
    return about.never(holds)


def _clauses(rule: core.Rule) -> Iterator[tuple[str, core.Core]]:
    """The conditions of a rule, each with the clause it stands in."""
    if rule.subject.where is not None:
        yield "where", rule.subject.where
    if rule.subject.companion is not None and rule.subject.companion.where is not None:
        yield "with each", rule.subject.companion.where
    if rule.when is not None:
        yield "when", rule.when
    for clause in rule.unless:
        yield "unless", clause.condition
    for clause in rule.cannot_tell_if:
        yield "cannot tell if", clause.condition
    match rule.duty:
        case core.Have(records=records) | core.NotHave(records=records):
            if records.where is not None:
                yield "where", records.where
        case core.HaveField(where=where):
            if where is not None:
                yield "where", where
        case core.Show(condition=condition):
            yield "must show", condition
        case core.HaveEvery(records=records, while_=while_):
            if records.where is not None:
                yield "where", records.where
            if while_ is not None:
                yield "while", while_


def _conflict(about: _Rule, node: core.Core) -> tuple[str, ...]:
    """The fewest parts of a condition that cannot hold together, in the author's words."""
    parts = list(node.items) if isinstance(node, core.And) else [node]
    if len(parts) == 1:
        return (_quoted(node.span),)
    world = World(about.plan, about.size)
    several = []
    for part in parts:
        alone = _with_condition(about.rule, node, part)
        truths = []
        for place in places_of(world, alone):
            judged = Reckoner(world, alone, place).judged()
            truths.append(judged.conditions[id(part)].t)
        several.append((part, any_of(truths)))
    solver = Solver(world, about.seconds)
    kept = list(several)
    for one in several:
        rest = [each for each in kept if each is not one]
        if solver.never(*[truth for _, truth in rest]):
            kept = rest
    return tuple(_quoted(part.span) for part, _ in kept)


def _with_condition(rule: core.Rule, node: core.Core, part: core.Core) -> core.Rule:
    """The rule with a part of a condition in the condition's place."""

    def changed(each: Any) -> Any:
        if each is node:
            return part
        if isinstance(each, tuple):
            return tuple(changed(one) for one in each)
        if not is_dataclass(each) or isinstance(each, type | Span):
            return each
        made = {f.name: changed(getattr(each, f.name)) for f in fields(each) if f.init}
        if all(made[name] is getattr(each, name) for name in made):
            return each
        return replace(each, **made)

    found: core.Rule = changed(rule)
    return found


def _quoted(span: Span) -> str:
    return " ".join(span.text.split())


def _verdicts(about: _Rule) -> Iterator[Answer]:
    """A rule that is never breached, or never met."""
    rule = about.rule
    breached = about.never(lambda seen: seen.verdicts[Verdict.BREACHED])
    met = about.never(lambda seen: any_of([seen.verdicts[each] for each in DONE]))
    if breached is None:
        yield Unsettled((rule.id,), "whether it can be breached")
    if met is None:
        yield Unsettled((rule.id,), "whether it can be met")
    if breached:
        found = shown(about.plan, rule, Gives(Verdict.MET))
        said = "it can never be breached"
        yield Claim("ANA002", (rule.id,), said, rule.name_span, (), "a case that meets it", found)
    if met:
        found = shown(about.plan, rule, Gives(Verdict.BREACHED))
        said = "it can never be met"
        yield Claim(
            "ANA003", (rule.id,), said, rule.name_span, (), "a case that breaches it", found
        )


def _one_alone(one: core.Core, other: core.Core, seen: Judged) -> Bool:
    """Whether the one holds and the other does not."""
    return z3.And(seen.conditions[id(one)].t, z3.Not(seen.conditions[id(other)].t))


def _exceptions(about: _Rule) -> Iterator[Answer]:
    """An `unless` that another makes needless."""
    for one in about.rule.unless:
        for other in about.rule.unless:
            if one is other:
                continue
            answer = about.never(partial(_one_alone, one.condition, other.condition))
            if answer is None:
                asked = "whether one `unless` makes another needless"
                yield Unsettled((about.rule.id,), asked)
            if answer:
                found = shown(about.plan, about.rule, Meets(one.condition.span, True))
                yield Claim(
                    "ANA004",
                    (about.rule.id,),
                    "an `unless` is needless: wherever it holds, another does",
                    one.condition.span,
                    (_quoted(one.condition.span), _quoted(other.condition.span)),
                    "a case in which both hold",
                    found,
                )
