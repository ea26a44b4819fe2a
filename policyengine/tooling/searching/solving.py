"""Making a condition true, false or unknown by filling records: a guess that is tried later.

Nothing here decides what a rule means. Each guess is judged by the engine, so a wrong one costs
a little time and no truth.
"""

import re
from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from policyengine.plan import core
from policyengine.tooling.searching.drafts import (
    Made,
    moved,
    stepped,
    words,
)
from policyengine.tooling.searching.filling import DEEPEST, Env, Filling, Goal
from policyengine.values.durations import Duration


class Solver(Filling):
    """Fills a draft so that conditions of one rule come to what is wanted."""

    # --- conditions -----------------------------------------------------------------------------

    def want(self, node: core.Core | None, goal: Goal, env: Env) -> None:
        """Try to make a condition come to the goal."""
        if node is None or self._depth > DEEPEST:
            return
        self._depth += 1
        try:
            self._want(node, goal, env)
        finally:
            self._depth -= 1

    def _want(self, node: core.Core, goal: Goal, env: Env) -> None:
        match node:
            case core.Not(operand=operand):
                self.want(operand, None if goal is None else not goal, env)
            case core.And(items=items):
                self._each(items, goal, True, env)
            case core.Or(items=items):
                self._each(items, goal, False, env)
            case core.AtLeast(least=least, items=items):
                picked = self.dice.sample(range(len(items)), len(items))
                number = least if goal else least - 1
                for at, index in enumerate(picked):
                    self.want(items[index], at < number or (None if goal is None else False), env)
            case core.Slot(index=index):
                held = env.get(index)
                if isinstance(held, core.Core):
                    self.want(held, goal, env)
            case core.Field() | core.Derived() | core.Choice():
                self._truth(node, goal, env)
            case core.Compare():
                self._compare(node, goal, env)
            case core.InList():
                self._in_list(node, goal, env)
            case core.IsWithin():
                self._is_within(node, goal, env)
            case core.Presence():
                self._presence(node, goal, env)
            case core.Mentions(text=text, words=phrase):
                said = f"{words(3)} {' '.join(phrase)}" if goal else words(4)
                self.put(text, None if goal is None else said, env)
            case core.Matches(text=text, pattern=pattern):
                self.put(text, None if goal is None else _matching(pattern, goal), env)
            case core.Repeats(text=text, other=other):
                before = self.value(other, env)
                if not isinstance(before, str):
                    before = words(6)
                    self.put(other, before, env)
                self.put(text, None if goal is None else before if goal else words(5, 8), env)
            case core.ThereIs(records=records, least=least):
                self._there_is(records, least, goal, env)
            case core.Every(records=records, has=has):
                inner = self._one_of(records, env)
                self.want(records.where, True, inner)
                self.want(has, goal, inner)
            case _:
                pass

    def _each(self, items: Sequence[core.Core], goal: Goal, all_of: bool, env: Env) -> None:
        if goal is all_of:
            for item in items:
                self.want(item, all_of, env)
            return
        decisive = self.dice.randrange(len(items))
        for at, item in enumerate(items):
            if at != decisive:
                self.want(item, all_of if self.dice.random() < 0.8 else not all_of, env)
        self.want(items[decisive], goal, env)

    def _truth(self, node: core.Core, goal: Goal, env: Env) -> None:
        match node:
            case core.Derived(record=record, kind=kind, name=name):
                holder = self.record(record, env)
                if holder is not None:
                    definition = self.plan.definitions[kind, name]
                    self.want(definition.value, goal, self._inside(definition, holder))
            case core.Choice(options=options, otherwise=otherwise):
                for _, condition in options:
                    self.want(condition, False, env)
                self.want(otherwise, goal, env)
            case _:
                self.put(node, goal, env)

    # --- comparisons ----------------------------------------------------------------------------

    def _compare(self, node: core.Compare, goal: Goal, env: Env) -> None:
        left, right = node.left, node.right
        if goal is None:
            self.put(left, None, env)
            return
        match node.domain:
            case core.Domain.NUMBER:
                self._compare_numbers(node, goal, env)
            case core.Domain.MOMENT:
                self._compare_moments(node, goal, env)
            case core.Domain.REF:
                self._compare_refs(left, right, goal, env)
            case _:
                value = self.value(right, env)
                if value is None:
                    value = self._any(right, env)
                if isinstance(value, bool):
                    self.put(left, value is goal, env)
                elif isinstance(value, str):
                    self.put(left, value if goal else self._another(left, [value]), env)

    def _compare_numbers(self, node: core.Compare, goal: bool, env: Env) -> None:
        value = self.value(node.right, env)
        if not isinstance(value, Decimal):
            value = Decimal(self.dice.choice([1, 2, 5]))
            self.put(node.right, value, env)
        steps = _steps(node.op, goal)
        if not self.put(node.left, value + self.dice.choice(steps), env):
            left = self.value(node.left, env)
            if isinstance(left, Decimal):
                self.put(node.right, left - self.dice.choice(steps), env)

    def _compare_moments(self, node: core.Compare, goal: bool, env: Env) -> None:
        right = self.value(node.right, env)
        left = self.value(node.left, env)
        steps = _steps(node.op, goal)
        if (
            isinstance(node.right, core.Field)
            and isinstance(left, date)
            and not isinstance(right, date)
        ):
            self.put(node.right, stepped(left, -self.dice.choice(steps)), env)
            return
        if not isinstance(right, date):
            right = self.draft.day
            self.put(node.right, right, env)
        step = self.dice.choice(steps)
        if not self.put(node.left, stepped(right, step), env) and isinstance(left, date):
            self.put(node.right, stepped(left, -step), env)

    def _compare_refs(self, left: core.Core, right: core.Core, goal: bool, env: Env) -> None:
        for one, other in ((left, right), (right, left)):
            target = self.record(other, env) if not isinstance(other, core.Field) else None
            label = target.label if isinstance(target, Made) else self.value(other, env)
            if not isinstance(label, str) and isinstance(other, core.Field):
                label = self._any(other, env)
            if isinstance(label, str) and isinstance(one, core.Field):
                self.put(one, label if goal else self._another(one, [label]), env)
                return

    def _in_list(self, node: core.InList, goal: Goal, env: Env) -> None:
        listed = [option.value for option in node.options]
        if node.setting is not None:
            listed = list(self.plan.settings[node.setting].options or ())
        if goal is None:
            self.put(node.value, None, env)
        elif goal:
            self.put(node.value, self._constant(self.dice.choice(listed)), env)
        elif isinstance(listed[0], str):
            self.put(node.value, self._another(node.value, [str(one) for one in listed]), env)
        elif isinstance(listed[0], Decimal):
            most = max(each for each in listed if isinstance(each, Decimal))
            self.put(node.value, most + 1, env)

    def _is_within(self, node: core.IsWithin, goal: Goal, env: Env) -> None:
        if goal is None:
            self.put(node.event, None, env)
            return
        length = self.value(node.allowance, env)
        anchor = self.value(node.anchor, env)
        event = self.value(node.event, env)
        if not isinstance(anchor, date):
            if isinstance(event, date) and isinstance(length, Duration):
                sign = 1 if node.side == "before" else -1
                self.put(node.anchor, self._inside_or_not(event, length, sign, goal), env)
                return
            anchor = self.draft.day
            self.put(node.anchor, anchor, env)
        if isinstance(length, Duration):
            sign = -1 if node.side == "before" else 1
            self.put(node.event, self._inside_or_not(anchor, length, sign, goal), env)

    def _inside_or_not(self, anchor: date, length: Duration, sign: int, inside: bool) -> date:
        edge = moved(anchor, length, sign, self.calendar)
        if inside:
            return self.dice.choice([anchor, edge, stepped(anchor, sign)])
        return self.dice.choice([stepped(edge, sign), stepped(edge, sign), stepped(anchor, -sign)])

    def _presence(self, node: core.Presence, goal: Goal, env: Env) -> None:
        there = goal is True if node.how != "open" else goal is False
        operand = node.operand
        if isinstance(operand, core.Slot) and isinstance(env.get(operand.index), core.Pick):
            if there:
                self.record(operand, env)
            return
        if not there:
            self.put(operand, None, env)
        elif self.value(operand, env) is None:
            self._any(operand, env)

    # --- sets -----------------------------------------------------------------------------------

    def _there_is(self, records: core.RecordSet, least: int, goal: Goal, env: Env) -> None:
        if goal is True:
            for _ in range(least):
                self.want(records.where, True, self._one_of(records, env))
            return
        if goal is False and self.dice.random() < 0.6:
            return
        for _ in range(least):
            self.want(records.where, goal, self._one_of(records, env))


def _steps(op: str, goal: bool) -> list[int]:
    """How far from the other side the value may stand, in its smallest unit."""
    true = {"eq": [0], "ge": [0, 1], "le": [0, -1], "gt": [1], "lt": [-1]}[op]
    false = {"eq": [1, -1], "ge": [-1], "le": [1], "gt": [0, -1], "lt": [0, 1]}[op]
    return true if goal else false


def _matching(pattern: str, goal: bool) -> str:
    """A text that the pattern may match: its first alternative, with its signs taken as the
    plainest thing that they stand for."""
    if not goal:
        return words(4)
    said = re.sub(r"\(\?[a-z]+\)|\(\?:|\\[bBAZ]|[\^$]", "", pattern)
    for sign, plain in ((r"\\w", "a"), (r"\\d", "1"), (r"\\s", " "), (r"\[\^[^]]*\]", " ")):
        said = re.sub(sign, plain, said)
    said = re.sub(r"\[(.)[^]]*\]", r"\1", said)
    said = re.sub(r"[^()|]\?|[*+?]|\{[^}]*\}", "", said)
    while "(" in said and ")" in said:
        before, said = said, re.sub(r"\(([^()|]*)[^()]*\)", r"\1", said)
        if said == before:
            break
    return said.split("|")[0].replace("\\", "") or words(4)
