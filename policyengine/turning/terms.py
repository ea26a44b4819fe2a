"""What the value of an expression can be made from: dates, numbers and lengths, read off the plan.

A term is where a date comes from (a field of any record of a kind, a day of the rule set, the
edge of what the export holds) and the steps that are then taken from it. An expression has one
or more terms, and its value in a case is always that of one of them, whatever its conditions say.
A mover is the same for what goes on with the as-at date: that date itself, or the last day on
which a record that nobody sees can have happened (S8).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from itertools import product
from typing import Literal, TypeVar

from policyengine.plan import core
from policyengine.schema.model import FieldType
from policyengine.values.durations import Duration
from policyengine.values.moments import Moment

DATES = (FieldType.DATE, FieldType.DATETIME)


@dataclass(frozen=True, slots=True)
class Root:
    """A field of every record of a declared kind, by its place in the record's values."""

    kind: str
    index: int


@dataclass(frozen=True, slots=True)
class Coverage:
    """The last day on which a record of a declared kind can be missing (S8)."""

    kind: str


@dataclass(frozen=True, slots=True)
class Step:
    """What is done to a date: a duration added or taken, an end or a start of a period, the first
    of a month or a year, the next working day."""

    how: Literal["+", "-", "ends", "begins", "month", "year", "rolls"]
    length: Duration | None = None


@dataclass(frozen=True, slots=True)
class Term:
    """A date: from where, by which steps."""

    root: Root | Coverage | Moment
    steps: tuple[Step, ...] = ()


@dataclass(frozen=True, slots=True)
class Mover:
    """A date that goes on with the as-at date; `kind` is that of an unseen record, or None."""

    kind: str | None = None
    steps: tuple[Step, ...] = ()


@dataclass(frozen=True, slots=True)
class Dates:
    """All that a date can be."""

    fixed: frozenset[Term] = frozenset()
    moving: frozenset[Mover] = frozenset()

    def __or__(self, other: Dates) -> Dates:
        return Dates(self.fixed | other.fixed, self.moving | other.moving)

    def stepped(self, steps: Iterable[Step]) -> Dates:
        """The same dates, each after each of these steps."""
        several = list(steps)
        return Dates(
            frozenset(
                replace(term, steps=(*term.steps, step))
                for term, step in product(self.fixed, several)
            ),
            frozenset(
                replace(mover, steps=(*mover.steps, step))
                for mover, step in product(self.moving, several)
            ),
        )


@dataclass(frozen=True, slots=True)
class Gauge:
    """A number that grows or falls as a mover goes on: the days `to` it from a fixed date, the
    days `from` it to one, or the `age` at it of who was born on one."""

    how: Literal["to", "from", "age"]
    mover: Mover
    other: Term


@dataclass(frozen=True, slots=True)
class Numbers:
    """All that a number can be. `opaque`: also what is not known before the case is judged, but
    stands still. `wild` are movers that it follows in a way of which nothing is known."""

    fixed: frozenset[Decimal | Root] = frozenset()
    moving: frozenset[Gauge] = frozenset()
    opaque: bool = False
    wild: frozenset[str | None] = frozenset()

    def __or__(self, other: Numbers) -> Numbers:
        return Numbers(
            self.fixed | other.fixed,
            self.moving | other.moving,
            self.opaque or other.opaque,
            self.wild | other.wild,
        )

    @property
    def followed(self) -> frozenset[str | None]:
        """Every mover that it follows, in a known way or not."""
        return self.wild | {gauge.mover.kind for gauge in self.moving}


OPAQUE = Numbers(opaque=True)
Found = TypeVar("Found", Dates, Numbers)


@dataclass(frozen=True)
class Terms:
    """The terms of the expressions of one rule, or of one definition. `lets` are the expressions
    behind the slots of its `let`s; `sure` the slots that never hold a record that nobody sees."""

    plan: core.Plan
    lets: Mapping[int, core.Core] = field(default_factory=dict)
    sure: frozenset[int] = frozenset({0})

    # --- records --------------------------------------------------------------------------------

    def is_seen(self, record: core.Core) -> bool:
        """Whether what stands for a record is never the stand-in for those that nobody sees."""
        return not isinstance(record, core.Slot) or (
            record.index in self.sure or record.index in self.lets
        )

    def inside(self, node: core.Derived) -> tuple[core.Definition, Terms]:
        """A definition, and what its own expressions are made from."""
        definition = self.plan.definitions[node.kind, node.name]
        sure = {0, 2} | ({1} if self.is_seen(node.record) else set())
        return definition, Terms(self.plan, {}, frozenset(sure))

    def roots(self, kind: str, name: str) -> list[Root]:
        """Where the value of a field is recorded: a gathered kind's in each of its sources."""
        gathering = self.plan.gatherings.get(kind)
        if gathering is None:
            return [Root(kind, self.plan.schema.kinds[kind].fields[name].index)]
        if name == "date":
            return [Root(source.kind, source.index) for source in gathering.sources]
        shared = [each for each in gathering.kind.fields if each not in ("date", "from_kind")]
        if name not in shared:
            return []
        place = shared.index(name)
        return [Root(source.kind, source.shared[place]) for source in gathering.sources]

    def sources(self, kind: str) -> list[str]:
        """The declared kinds behind a kind."""
        gathering = self.plan.gatherings.get(kind)
        return [kind] if gathering is None else [source.kind for source in gathering.sources]

    # --- dates ----------------------------------------------------------------------------------

    def dates(self, node: core.Core) -> Dates:
        """The terms of a date; none where the expression is no date."""
        match node:
            case core.Const(value=Moment() as day):
                return Dates(frozenset({Term(day)}))
            case core.AsAt():
                return Dates(moving=frozenset({Mover()}))
            case core.SettingValue(name=name):
                values = [value for _, value in self.plan.settings[name].values]
                return Dates(frozenset(Term(each) for each in values if isinstance(each, Moment)))
            case core.Field():
                return self._field(node)
            case core.Slot(index=index) if index in self.lets:
                return self.dates(self.lets[index])
            case core.Derived():
                definition, terms = self.inside(node)
                return terms.dates(definition.value)
            case core.Shift(sign=sign, date=date, length=length):
                return self._stepped(date, sign, length)
            case core.PeriodEnd(length=length, date=date):
                return self._stepped(date, "ends", length)
            case core.PeriodStart(length=length, date=date):
                return self._stepped(date, "begins", length)
            case core.StartOf(unit=unit, date=date):
                return self.dates(date).stepped([Step(unit)])
            case core.ExtremeOf(items=items):
                return _all([self.dates(item) for item in items], Dates())
            case core.Choice(options=options, otherwise=otherwise):
                return _all([self.dates(each) for each in _chosen(options, otherwise)], Dates())
            case _:
                return Dates()

    def _field(self, node: core.Field) -> Dates:
        kind = self.plan.schema.kinds[node.kind]
        if kind.fields[node.name].type not in DATES:
            return Dates()
        fixed = {Term(root) for root in self.roots(node.kind, node.name)}
        if node.name != kind.happened or self.is_seen(node.record):
            return Dates(frozenset(fixed))
        return Dates(frozenset(fixed), frozenset()) | self.unseen(node.kind)

    def unseen(self, kind: str) -> Dates:
        """The days of the records of a kind that nobody sees."""
        edges = frozenset(Term(Coverage(source)) for source in self.sources(kind))
        return Dates(edges, frozenset({Mover(kind)}))

    def _stepped(self, date: core.Core, how: str, length: core.Core) -> Dates:
        steps = [Step(how, each) for each in self.lengths(length)]  # type: ignore[arg-type]
        return self.dates(date).stepped(steps)

    def lengths(self, node: core.Core) -> frozenset[Duration]:
        """Every length that a duration can have."""
        match node:
            case core.Const(value=Duration() as length):
                return frozenset({length})
            case core.SettingValue(name=name):
                values = [value for _, value in self.plan.settings[name].values]
                return frozenset(each for each in values if isinstance(each, Duration))
            case core.Slot(index=index) if index in self.lets:
                return self.lengths(self.lets[index])
            case core.Derived():
                definition, terms = self.inside(node)
                return terms.lengths(definition.value)
            case core.Choice(options=options, otherwise=otherwise):
                return frozenset().union(*map(self.lengths, _chosen(options, otherwise)))
            case _:
                return frozenset()

    # --- numbers --------------------------------------------------------------------------------

    def numbers(self, node: core.Core) -> Numbers:
        """The terms of a number; opaque where the expression is none."""
        match node:
            case core.Const(value=bool()):
                return OPAQUE
            case core.Const(value=Decimal() | int() as number):
                return Numbers(frozenset({Decimal(number)}))
            case core.SettingValue(name=name):
                values = [value for _, value in self.plan.settings[name].values]
                found = [Decimal(each) for each in values if isinstance(each, Decimal | int)]
                return Numbers(frozenset(found))
            case core.Field(kind=kind, name=name):
                declared = self.plan.schema.kinds[kind].fields[name]
                if declared.type is not FieldType.NUMBER:
                    return OPAQUE
                return Numbers(frozenset(self.roots(kind, name)))
            case core.Slot(index=index) if index in self.lets:
                return self.numbers(self.lets[index])
            case core.Derived():
                definition, terms = self.inside(node)
                return terms.numbers(definition.value)
            case core.DaysFrom(start=start, end=end):
                return _gauged("to", "from", self.dates(start), self.dates(end))
            case core.AgeAt(birth=birth, at=at):
                return _gauged("age", None, self.dates(birth), self.dates(at))
            case core.Sum(left=left, right=right):
                followed = self.numbers(left).followed | self.numbers(right).followed
                return Numbers(opaque=True, wild=followed)
            case core.Aggregate(value=value):
                return Numbers(opaque=True, wild=self.numbers(value).followed)
            case core.Choice(options=options, otherwise=otherwise):
                return _all([self.numbers(each) for each in _chosen(options, otherwise)], Numbers())
            case _:
                return OPAQUE


def _chosen(
    options: tuple[tuple[core.Core, core.Core], ...], otherwise: core.Core
) -> list[core.Core]:
    return [*(value for value, _ in options), otherwise]


def _all(several: Collection[Found], start: Found) -> Found:
    for each in several:
        start = start | each
    return start


def _gauged(
    up: Literal["to", "age"], down: Literal["from"] | None, start: Dates, end: Dates
) -> Numbers:
    """The number between two dates, of which one may be going on."""
    growing = {Gauge(up, mover, term) for mover, term in product(end.moving, start.fixed)}
    wild: set[str | None] = set()
    falling: set[Gauge] = set()
    if down is None:
        wild |= {mover.kind for mover in start.moving}
    else:
        falling = {Gauge(down, mover, term) for mover, term in product(start.moving, end.fixed)}
    if start.moving and end.moving:
        wild |= {mover.kind for mover in start.moving | end.moving}
    return Numbers(moving=frozenset(growing | falling), opaque=True, wild=frozenset(wild))
