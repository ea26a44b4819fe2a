"""The boundaries of a rule: each length, number and comparison of dates, moved by one.

A case that a moved boundary judges otherwise stands right at it, on one side or the other.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass, replace
from decimal import Decimal

from policyengine.plan import core
from policyengine.plan.walks import fields_behind
from policyengine.schema.model import FieldType
from policyengine.source import Span
from policyengine.tooling.searching.words import nodes_of
from policyengine.values.durations import Duration, Unit

A_DAY, A_MINUTE = Duration(1, Unit.DAY), Duration(1, Unit.MINUTE)
CLAUSES = {
    "subject": "for each",
    "lets": "let",
    "when": "when",
    "cannot_tell_if": "cannot tell if",
    "unless": "unless",
    "duty": "must",
}


@dataclass(frozen=True, slots=True)
class Boundary:
    """One side of a boundary: the clause that it is in, its place, what it was moved to (`8 days`,
    `a day later`), and the plan in which it was."""

    clause: str
    span: Span
    moved: str
    plan: core.Plan


def boundaries(plan: core.Plan, rule_id: str) -> Iterator[Boundary]:
    """Each boundary of each version of a rule, and of the definitions that it uses, moved one
    way and the other."""
    moving = _Moving(plan)
    for place, rule in enumerate(plan.rules):
        if rule.id != rule_id:
            continue
        moving.lets = {let.slot: let.value for let in rule.lets}
        for attribute, clause in CLAUSES.items():
            for span, moved, changed in moving.inside(getattr(rule, attribute)):
                other = replace(rule, **{attribute: changed})  # type: ignore[arg-type]
                rules = (*plan.rules[:place], other, *plan.rules[place + 1 :])
                yield Boundary(clause, span, moved, replace(plan, rules=rules))
    for key in _definitions(plan, rule_id):
        definition = plan.definitions[key]
        moving.lets = {}
        for span, moved, changed in moving.inside(definition.value):
            assert isinstance(changed, core.Core)
            others = {**plan.definitions, key: replace(definition, value=changed)}
            yield Boundary("define", span, moved, replace(plan, definitions=others))


def _definitions(plan: core.Plan, rule_id: str) -> list[tuple[str, str]]:
    found: dict[tuple[str, str], None] = {}
    for rule in plan.rules:
        if rule.id == rule_id:
            for node in nodes_of(plan, rule):
                if isinstance(node, core.Derived):
                    found[node.kind, node.name] = None
    return list(found)


Moved = Iterator[tuple[Span, str, object]]


class _Moving:
    def __init__(self, plan: core.Plan) -> None:
        self.plan = plan
        self.lets: Mapping[int, core.Core] = {}

    def inside(self, node: object) -> Moved:
        """The boundaries in a node and in all that is in it, moved one at a time."""
        if isinstance(node, tuple):
            for at, inner in enumerate(node):
                for span, moved, changed in self.inside(inner):
                    yield span, moved, (*node[:at], changed, *node[at + 1 :])
            return
        if not is_dataclass(node) or isinstance(node, type | Span | Duration):
            return
        yield from self._of(node)
        for field in fields(node):
            if field.name in ("span", "name_span"):
                continue
            for span, moved, changed in self.inside(getattr(node, field.name)):
                yield span, moved, replace(node, **{field.name: changed})

    def _of(self, node: object) -> Moved:
        match node:
            case core.Const(value=Decimal() as value):
                for step in (1, -1):
                    yield node.span, f"{value + step}", replace(node, value=value + step)
            case core.Const(value=Duration() as length):
                yield from self._lengths(node, length)
            case core.SettingValue(name=name):
                yield from self._setting(node, name)
            case core.Compare(domain=core.Domain.MOMENT, right=right):
                for moved, other in self._dates(right, node.left):
                    yield node.span, moved, replace(node, right=other)
            case core.Compare(domain=core.Domain.NUMBER, right=right):
                yield from self._numbers(node, right)
            case core.Between(first=first, last=last):
                for moved, other in self._dates(last, last):
                    yield node.span, f"its end {moved}", replace(node, last=other)
                for moved, other in self._dates(first, first):
                    yield node.span, f"its beginning {moved}", replace(node, first=other)
            case core.NoLater(anchor=anchor) | core.OnDay(anchor=anchor):
                for moved, other in self._dates(anchor, anchor):
                    yield node.span, moved, replace(node, anchor=other)
            case core.Have(least=least) | core.ThereIs(least=least):
                for step in (1, -1):
                    if least + step > 0:
                        yield (
                            node.records.span,
                            f"{least + step} of them",
                            replace(node, least=least + step),
                        )
            case _:
                pass

    def _lengths(self, node: core.Core, length: Duration) -> Moved:
        for step in (1, -1):
            if length.amount + step > 0:
                other = replace(length, amount=length.amount + step)
                yield node.span, str(other), core.Const(span=node.span, value=other)

    def _setting(self, node: core.Core, name: str) -> Moved:
        """The value that is in force last."""
        values = self.plan.settings[name].values
        match values[-1][1] if values else None:
            case Duration() as length:
                yield from self._lengths(node, length)
            case Decimal() as number:
                for other in (number + 1, number - 1):
                    yield node.span, f"{other}", core.Const(span=node.span, value=other)
            case _:
                pass

    def _dates(self, node: core.Core, of: core.Core) -> Iterator[tuple[str, core.Core]]:
        """A date moved by the least that is told apart: a day, or between times a minute."""
        length = A_MINUTE if self._timed(node) and self._timed(of) else A_DAY
        by = core.Const(span=node.span, value=length)
        yield (
            f"a {length.unit.value} later",
            core.Shift(span=node.span, sign="+", date=node, length=by),
        )
        yield (
            f"a {length.unit.value} earlier",
            core.Shift(span=node.span, sign="-", date=node, length=by),
        )

    def _timed(self, node: core.Core) -> bool:
        found = fields_behind(node, self.lets)
        types = [
            self.plan.schema.kinds[each.kind].fields[each.name].type
            for each in found
            if each.name in self.plan.schema.kinds[each.kind].fields
        ]
        return bool(types) and all(type_ is FieldType.DATETIME for type_ in types)

    def _numbers(self, node: core.Compare, right: core.Core) -> Moved:
        if isinstance(right, core.Const | core.SettingValue):
            return  # moved by itself
        one = core.Const(span=node.span, value=Decimal(1))
        more = core.Sum(span=node.span, sign="+", left=right, right=one)
        less = core.Sum(span=node.span, sign="-", left=right, right=one)
        yield node.span, "one more", replace(node, right=more)
        yield node.span, "one less", replace(node, right=less)
