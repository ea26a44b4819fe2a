"""What the examples of a rule show of it, clause by clause.

Each condition is watched while the rule's examples are judged: whether it was true, false and
unknown, and whether it decides by itself. A condition decides (MC/DC) where two examples have the
whole clause come out otherwise, and of what was asked in both only this condition is another.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import product
from typing import ClassVar

from policyengine.evaluate.engine import Engine
from policyengine.evaluate.expressions import Compiler
from policyengine.evaluate.scene import Evaluated, Frame
from policyengine.plan import core
from policyengine.report.tested.coverage import (
    Clause,
    Condition,
    Coverage,
    RuleCoverage,
)
from policyengine.tooling.examples import as_export
from policyengine.tooling.mutating.exams import with_settings
from policyengine.tooling.searching.bench import CONDITIONS, may_be_condition
from policyengine.tooling.searching.words import nodes_of
from policyengine.values.truth import Unknown
from policyengine.values.verdict import Verdict

COMPOSED = (core.Not, core.And, core.Or, core.AtLeast)
Truth = bool | None
Vector = dict[int, Truth]


@dataclass(slots=True)
class Log:
    """What conditions came to, by the node's identity: each truth with the first example that had
    it, and of each decision what its conditions were and what it came to."""

    example: str = ""
    truths: dict[int, dict[Truth, str]] = field(default_factory=dict)
    decided: dict[int, list[tuple[Vector, Truth, str]]] = field(default_factory=dict)
    open: list[Vector] = field(default_factory=list)

    def met(self, node: int, truth: Truth, *, composed: bool) -> None:
        """A condition came to a truth."""
        self.truths.setdefault(node, {}).setdefault(truth, self.example)
        if not composed and self.open:
            self.open[-1][node] = truth

    def closed(self, node: int, truth: Truth) -> None:
        """A whole decision came to a truth."""
        self.decided.setdefault(node, []).append((self.open.pop(), truth, self.example))


class Recording(Compiler):
    """Compiles conditions so that they write into the log, while there is one."""

    log: ClassVar[Log | None] = None
    roots: ClassVar[Collection[int]] = ()

    def compile(self, node: core.Core) -> Evaluated:
        """The closure of a node; that of a condition is watched."""
        closure = super().compile(node)
        if not isinstance(node, CONDITIONS) and not may_be_condition(node, self.plan):
            return closure
        key, composed, is_root = id(node), isinstance(node, COMPOSED), id(node) in self.roots

        def watched(frame: Frame) -> object:
            log = Recording.log
            if log is None:
                return closure(frame)
            if is_root:
                log.open.append({})
            value = closure(frame)
            truth = value if isinstance(value, bool) else None
            if isinstance(value, bool | Unknown):
                log.met(key, truth, composed=composed)
            if is_root:
                log.closed(key, truth)
            return value

        return watched


@contextmanager
def _recording(log: Log, roots: Collection[int]) -> Iterator[None]:
    before = Recording.log, Recording.roots
    Recording.log, Recording.roots = log, roots
    try:
        yield
    finally:
        Recording.log, Recording.roots = before


# --- a rule ---------------------------------------------------------------------------------------


def cover(plan: core.Plan, only: Collection[str] | None = None) -> Coverage:
    """What the examples show of every rule (`only`: of these)."""
    ids = dict.fromkeys(rule.id for rule in plan.rules)
    wanted = [rule_id for rule_id in ids if only is None or rule_id in only]
    return Coverage(tuple(each for rule_id in wanted for each in cover_rule(plan, rule_id)))


def cover_rule(plan: core.Plan, rule_id: str) -> list[RuleCoverage]:
    """The versions of a rule, each with its clauses, as far as its examples show them."""
    versions = [rule for rule in plan.rules if rule.id == rule_id]
    clauses = [list(decisions(plan, rule)) for rule in versions]
    roots = {id(node) for several in clauses for _, node in several}
    log = Log()
    verdicts: dict[str | None, dict[Verdict, int]] = {}
    number = 0
    with _recording(log, roots):
        engines: dict[tuple[core.SettingPlan, ...], Engine] = {}
        for example in plan.examples:
            if not any(each.rule == rule_id for each in example.expects):
                continue
            number += 1
            if example.settings not in engines:
                given = with_settings(plan, example)
                engines[example.settings] = Engine(given, None, {rule_id}, Recording)
            log.example = example.title
            case, export = as_export(plan, example)
            engine = engines[example.settings]
            for finding in engine.judge(case, export, example.as_at, example.known_by):
                counts = verdicts.setdefault(finding.applies_from, dict.fromkeys(Verdict, 0))
                counts[finding.verdict] += 1
    return [
        _covered(rule, several, log, verdicts, number, len(versions))
        for rule, several in zip(versions, clauses, strict=True)
    ]


def _covered(
    rule: core.Rule,
    several: Sequence[tuple[str, core.Core]],
    log: Log,
    verdicts: dict[str | None, dict[Verdict, int]],
    number: int,
    versions: int,
) -> RuleCoverage:
    since = rule.applies_from.isoformat() if rule.applies_from else None
    counts = dict.fromkeys(Verdict, 0) | verdicts.get(since, {})
    if versions == 1 and since is not None:  # where it was not in force, a finding says no date
        for verdict, count in verdicts.get(None, {}).items():
            counts[verdict] += count
    return RuleCoverage(
        rule=rule.id,
        title=rule.title,
        applies_from=since,
        file=rule.span.file.name,
        line=rule.span.line,
        examples=number,
        verdicts=tuple((verdict.value, counts[verdict]) for verdict in Verdict),
        clauses=tuple(
            Clause(name, node.span.line, tuple(_conditions(node, log))) for name, node in several
        ),
    )


def decisions(plan: core.Plan, rule: core.Rule) -> Iterator[tuple[str, core.Core]]:
    """Each condition that a clause asks as a whole, with the clause's words: those of the rule,
    then those of the sets within them, then those of the definitions that it uses."""
    seen: set[int] = set()
    for name, node in _named(plan, rule):
        if node is not None and id(node) not in seen and not isinstance(node, core.Const):
            seen.add(id(node))
            yield name, node


def _named(plan: core.Plan, rule: core.Rule) -> Iterator[tuple[str, core.Core | None]]:
    yield "for each ... where", rule.subject.where
    if rule.subject.companion is not None:
        yield "with each ... where", rule.subject.companion.where
    for let in rule.lets:
        if isinstance(let.value, core.Choice):
            for _, condition in let.value.options:
                yield f"let {let.name}", condition
    yield "when", rule.when
    for clause in rule.cannot_tell_if:
        yield "cannot tell if", clause.condition
    for clause in rule.unless:
        yield "unless", clause.condition
    yield from _of_duty(rule)
    for node in nodes_of(plan, rule):
        match node:
            case core.RecordSet(where=where, kind=kind):
                yield f"where, of {kind}", where
            case core.Every(has=has):
                yield "every ... has", has
            case core.Derived(kind=kind, name=name) if plan.definitions[kind, name].type == (
                "yes_no"
            ):
                yield f"define {kind}.{name}", plan.definitions[kind, name].value
            case _:
                pass


def _of_duty(rule: core.Rule) -> Iterator[tuple[str, core.Core | None]]:
    force = rule.force.value
    match rule.duty:
        case core.Show(condition=condition):
            yield f"{force} show", condition
        case core.HaveField(where=where):
            yield f"{force} have ... where", where
        case core.HaveEvery(records=records, while_=while_):
            yield f"{force} have ... where", records.where
            yield "while", while_
        case core.Have(records=records):
            yield f"{force} have ... where", records.where
        case core.NotHave(records=records):
            yield f"{force} not have ... where", records.where


# --- a decision -----------------------------------------------------------------------------------


def _conditions(root: core.Core, log: Log) -> Iterator[Condition]:
    """The parts of a decision in the order of the text, each as deep as it stands in it."""
    stack: list[tuple[core.Core, int]] = [(root, 0)]
    while stack:
        node, depth = stack.pop()
        asked, turned = _asked(node)
        truths = log.truths.get(id(asked), {})
        inner = _inner(asked)
        yield Condition(
            text=("not " if turned and inner else "") + _text(asked, node),
            line=node.span.line,
            depth=depth,
            composed=bool(inner),
            true=truths.get(not turned),
            false=truths.get(turned),
            unknown=truths.get(None),
            decides=None if inner else _decides(id(asked), log.decided.get(id(root), [])),
        )
        stack.extend((each, depth + 1) for each in reversed(inner))


_HEADS: dict[type[core.Core], str] = {
    core.Not: "not",
    core.And: "all of these",
    core.Or: "any of these",
    core.AtLeast: "at least so many of these",
}


def _text(asked: core.Core, written: core.Core) -> str:
    if _is_none_of(asked):
        return "none of these"
    return _HEADS.get(type(asked)) or " ".join(written.span.text.split())


def _asked(node: core.Core) -> tuple[core.Core, bool]:
    """The condition that is asked, and whether its answer is turned round: `A is not B` is one
    condition to its author."""
    turned = False
    while isinstance(node, core.Not) and _place(node.operand) == _place(node):
        node, turned = node.operand, not turned
    return node, turned


def _place(node: core.Core) -> tuple[int, int]:
    return node.span.start, node.span.end


def _is_none_of(node: core.Core) -> bool:
    """`none of (A, B)` is settled as all of not A and not B; its author wrote A and B."""
    return isinstance(node, core.And) and node.span.text.startswith("none")


def _inner(node: core.Core) -> tuple[core.Core, ...]:
    match node:
        case core.Not(operand=operand):
            return (operand,)
        case core.And(items=items) if _is_none_of(node):
            return tuple(each.operand if isinstance(each, core.Not) else each for each in items)
        case core.And(items=items) | core.Or(items=items) | core.AtLeast(items=items):
            return items
        case _:
            return ()


def _decides(node: int, decided: Sequence[tuple[Vector, Truth, str]]) -> tuple[str, str] | None:
    """Two examples that show the independent effect of a condition, the whole true first."""
    held = _apart(decided, node, True)
    failed = _apart(decided, node, False)
    for (one, title), (other, another) in product(held, failed):
        if one[node] is not other[node] and _alike_but_for(one, other, node):
            return title, another
    return None


def _apart(
    decided: Sequence[tuple[Vector, Truth, str]], node: int, came_to: bool
) -> list[tuple[Vector, str]]:
    """The distinct ways in which the decision came to a truth, the condition asked and known."""
    found: dict[tuple[tuple[int, Truth], ...], tuple[Vector, str]] = {}
    for vector, truth, title in decided:
        if truth is came_to and vector.get(node) is not None:
            found.setdefault(tuple(sorted(vector.items())), (vector, title))
    return list(found.values())


def _alike_but_for(one: Vector, other: Vector, node: int) -> bool:
    return all(other.get(key, value) is value for key, value in one.items() if key != node)
