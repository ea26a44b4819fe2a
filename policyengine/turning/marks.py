"""Which dates a rule holds the as-at date against: read off the rule, before there is a case.

Nothing here asks what a condition comes to. Whatever may be held against the as-at date in any
case is marked, so that what is not marked cannot turn a finding.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import product
from typing import Final, Literal, assert_never

from policyengine.plan import core
from policyengine.plan.reads import read_by
from policyengine.plan.walks import walk
from policyengine.schema.model import Kind, Schema
from policyengine.turning.terms import (
    DATES,
    Coverage,
    Dates,
    Gauge,
    Mover,
    Numbers,
    Root,
    Step,
    Term,
    Terms,
)
from policyengine.values.durations import Duration
from policyengine.values.moments import Moment

Edge = Literal["comes", "passes", "both"]


@dataclass(frozen=True, slots=True)
class Appears:
    """From its own day on a date is there: before it, it is not, or its record is not (S1)."""

    term: Term


@dataclass(frozen=True, slots=True)
class Passes:
    """The as-at date comes to a date, and goes past it the day after. `doubt`: only where records
    of that kind may be missing, or are only perhaps events of the duty."""

    term: Term
    doubt: str | None = None


@dataclass(frozen=True, slots=True)
class Crosses:
    """A mover comes to a date and goes past it: to the term itself, or to where the `number`
    between the two is a given one. `edge` says which of the two counts."""

    mover: Mover
    term: Term
    how: Literal["at", "to", "from", "age"] = "at"
    number: Decimal | Root | None = None
    edge: Edge = "both"


@dataclass(frozen=True, slots=True)
class Daily:
    """Something follows the as-at date (`kind` None), or the last day of what nobody sees of a
    kind, from day to day. `said`: in the words of a breach alone."""

    kind: str | None
    said: bool = False


Mark = Appears | Passes | Crosses | Daily

_BOTH: Final[tuple[Edge, Edge]] = ("both", "both")
# By the comparison: which edge of the other date counts where the left one goes on, and the right.
_EDGES: Final[Mapping[str, tuple[Edge, Edge]]] = {
    "eq": _BOTH,
    "ge": ("comes", "passes"),
    "lt": ("comes", "passes"),
    "gt": ("passes", "comes"),
    "le": ("passes", "comes"),
}


@dataclass(frozen=True, slots=True)
class RuleMarks:
    """What can turn the findings of one version of a rule, beside their own deadlines. `subjects`
    are the declared kinds without any record of which a case has no findings (none: the case is
    the subject). `by_hours`: some length in it is one of hours."""

    subjects: frozenset[str]
    marks: frozenset[Mark]
    by_hours: bool


def marks_of(plan: core.Plan, rule: core.Rule) -> RuleMarks:
    """What can turn the findings of one version of a rule."""
    marking = _Marking(plan, rule)
    marking.records(rule)
    marking.rule(rule)
    kind = rule.subject.kind
    subjects = frozenset() if kind == "case" else frozenset(marking.terms.sources(kind))
    return RuleMarks(subjects, frozenset(marking.found), _by_hours(plan, rule))


def _by_hours(plan: core.Plan, rule: core.Rule) -> bool:
    values = [value for name in rule.settings for _, value in plan.settings[name].values]
    trees = (rule.duty, rule.lets, tuple(each.value for each in plan.definitions.values()))
    lengths = [each for each in walk(trees) if isinstance(each, Duration)]
    lengths += [each for each in values if isinstance(each, Duration)]
    return any(each.is_elapsed for each in lengths)


class _Marking:
    def __init__(self, plan: core.Plan, rule: core.Rule) -> None:
        self.plan = plan
        subject = rule.subject
        sure = {0, subject.slot}
        if subject.companion is not None:
            sure.add(subject.companion.slot)
        if subject.previous is not None:
            sure.add(subject.previous)
        lets = {let.slot: let.value for let in rule.lets}
        self.terms = Terms(plan, lets, frozenset(sure))
        self.found: set[Mark] = set()
        self._walked: set[tuple[str, str, frozenset[int]]] = set()

    # --- what is there (S1, S8, S14, S25) -------------------------------------------------------

    def records(self, rule: core.Rule) -> None:
        """The dates by which records and dates are there, and those on which duties end."""
        schema = self.plan.schema
        for name, field_name in read_by(self.plan, rule):
            if name not in schema.kinds or name in self.plan.gatherings:
                continue
            kind = schema.kinds[name]
            if not field_name:
                self.found.add(Passes(Term(Coverage(name))))
            elif _can_appear(kind, field_name):
                self.found.add(Appears(Term(Root(name, kind.fields[field_name].index))))
        for ending, path in _ends(schema, rule):
            self._end(ending, path)
        owner = schema.owner
        if owner is not None and owner.kind is not None:
            for path in schema.kinds[owner.kind].ended:
                index = schema.kinds[owner.kind].fields[path[0]].index
                self.found.add(Passes(Term(Root(owner.kind, index))))

    def _end(self, kind: str, path: tuple[str, ...]) -> None:
        for name in path[:-1]:
            kind = self.plan.schema.kinds[kind].fields[name].target or kind
        self.found |= {Appears(Term(root)) for root in self.terms.roots(kind, path[-1])}

    # --- the clauses ----------------------------------------------------------------------------

    def rule(self, rule: core.Rule) -> None:
        """Every clause of the rule, and the days on which versions and settings change."""
        if self._may_follow(rule.trigger):
            self._in_force(rule)
        doubtful = self.terms
        if rule.subject.previous is not None:  # asked of what nobody sees as well (S5)
            doubtful = replace(self.terms, sure=self.terms.sure - {rule.subject.slot})
        self.walk(rule.subject.where, doubtful)
        companion = rule.subject.companion
        self.walk(None if companion is None else companion.where, self.terms)
        several = (rule.lets, rule.when, rule.unless, rule.cannot_tell_if, rule.trigger, rule.duty)
        self.walk(several, self.terms)
        self.duty(rule.duty)
        for message in (rule.say, rule.fix):
            self._message(message)
        for kind in {kind for kind, name in read_by(self.plan, rule) if not name}:
            gathering = self.plan.gatherings.get(kind)
            for source in gathering.sources if gathering else ():
                self.walk(source.where, Terms(self.plan))

    def _may_follow(self, trigger: core.Core | None) -> bool:
        """Whether the trigger date can be the as-at date (S20): a rule's that has no other, or
        has one that is not yet."""
        if not isinstance(trigger, core.Field):
            return True
        return self.plan.schema.kinds[trigger.kind].fields[trigger.name].open

    def _in_force(self, rule: core.Rule) -> None:
        days = [
            day
            for version in self.plan.rules
            if version.id == rule.id
            for day in (version.applies_from, version.applies_until)
        ]
        for name in rule.settings:
            days += [start for start, _ in self.plan.settings[name].values]
        self.found |= {Passes(_day(day.toordinal())) for day in days if day is not None}

    def _message(self, message: core.Message | None) -> None:
        """A value that follows the as-at date is another each day."""
        for part in message.parts if message is not None else ():
            if isinstance(part, str):
                continue
            self.walk(part, self.terms)
            followed = self.terms.numbers(part).followed
            followed |= {mover.kind for mover in self.terms.dates(part).moving}
            self.found |= {Daily(kind, said=True) for kind in followed}

    # --- duties ---------------------------------------------------------------------------------

    def duty(self, duty: core.Duty) -> None:
        """What else the duty holds against the as-at date. A deadline is not marked: the finding
        carries it. But where a record that nobody sees could fall inside, the window's edges
        count, and of what recurs every due day that it could bring."""
        match duty:
            case core.Have(records=records, window=window):
                self._edges(window, records.kind)
            case core.NotHave(records=records, window=window):
                self._edges(window, records.kind)
            case core.Show(window=window):
                self._edges(window, None)
            case core.HaveField(event=event, window=window):
                self._edges(window, None)
                self.found |= {Appears(term) for term in self.terms.dates(event).fixed}
            case core.HaveEvery(records=records, interval=interval, anchor=anchor):
                self._due(records.kind, interval, self.terms.dates(anchor))
            case _:
                assert_never(duty)

    def _due(self, kind: str, interval: core.Core, anchor: Dates) -> None:
        """The days on which an event would have been due (S12): after T, after an event, and
        after the days on which one of which the day is not known would change most. By hours, the
        due time of an event of which only the day is known decides too, and no finding carries
        it."""
        starts = set(anchor.fixed)
        happened = self.plan.schema.kinds[kind].happened
        if happened is not None:
            starts |= {Term(root) for root in self.terms.roots(kind, happened)}
        lengths = self.terms.lengths(interval)
        doubt = None if any(each.is_elapsed for each in lengths) else kind
        starts |= {Term(Coverage(source)) for source in self.terms.sources(kind)}
        for setting in self.plan.settings.values():
            days = [start.toordinal() for start, _ in setting.values if start is not None]
            starts |= {_day(each) for day in days for each in (day - 1, day)}
        dues = Dates(frozenset(starts)).stepped(Step("+", each) for each in lengths)
        self.found |= {Passes(term, doubt) for term in dues.fixed | starts}
        self.found |= {Daily(mover.kind) for mover in anchor.moving}

    def _edges(self, window: core.OneWindow | None, kind: str | None) -> None:
        match window:
            case None:
                return
            case core.Within(allowance=allowance, side=side, anchor=anchor):
                at = self.terms.dates(anchor)
                edges = at | _beside(at, side, self.terms.lengths(allowance))
                if window.counting_that_day:
                    lengths = self.terms.lengths(allowance)
                    steps = [Step(how, each) for how in ("ends", "begins") for each in lengths]
                    edges |= at.stepped(steps)
            case core.Between(first=first, last=last):
                edges = self.terms.dates(first) | self.terms.dates(last)
            case core.OnDay(anchor=anchor) | core.NoLater(anchor=anchor):
                edges = self.terms.dates(anchor)
            case _:
                assert_never(window)
        if not isinstance(window, core.OnDay) and window.rolls:
            edges |= edges.stepped([Step("rolls")])
        self.found |= {Daily(mover.kind) for mover in edges.moving}
        if kind is not None:
            self.found |= {Crosses(Mover(kind), term) for term in edges.fixed}

    # --- conditions -----------------------------------------------------------------------------

    def walk(self, node: object, terms: Terms) -> None:
        """Every comparison inside a tree, those of the definitions that it names included."""
        for each in walk(node):
            match each:
                case core.Compare(op=op, left=left, right=right, domain=core.Domain.MOMENT):
                    self.held(terms.dates(left), terms.dates(right), _EDGES[op])
                case core.Compare(left=left, right=right, domain=core.Domain.NUMBER):
                    self.measured(terms.numbers(left), terms.numbers(right))
                case core.InList(value=value, domain=core.Domain.MOMENT):
                    for option in self._options(each):
                        self.held(terms.dates(value), terms.dates(option))
                case core.InList(value=value, domain=core.Domain.NUMBER):
                    for option in self._options(each):
                        self.measured(terms.numbers(value), terms.numbers(option))
                case core.IsWithin(event=event, allowance=allowance, side=side, anchor=anchor):
                    at = terms.dates(anchor)
                    edges = at | _beside(at, side, terms.lengths(allowance))
                    self.held(terms.dates(event), edges)
                case core.Aggregate(value=value):
                    self.found |= {Daily(kind) for kind in terms.numbers(value).followed}
                case core.Derived(kind=kind, name=name):
                    definition, inner = terms.inside(each)
                    if (kind, name, inner.sure) not in self._walked:
                        self._walked.add((kind, name, inner.sure))
                        self.walk(definition.value, inner)
                case _:
                    pass

    def _options(self, node: core.InList) -> Iterator[core.Core]:
        yield from node.options
        if node.setting is not None:
            for value in self.plan.settings[node.setting].options or ():
                yield core.Const(span=node.span, value=value)

    def held(self, one: Dates, other: Dates, edges: tuple[Edge, Edge] = _BOTH) -> None:
        """Two dates that are compared. `edges` are those that count where the first goes on, and
        where the second does."""
        for left, right, edge in ((one, other, edges[0]), (other, one, edges[1])):
            for mover, term in product(left.moving, right.fixed):
                exact = edge if mover.kind is None else "both"
                self.found.add(Crosses(mover, term, edge=exact))
        for mover, another in product(one.moving, other.moving):
            if not _go_on_alike(mover, another):
                self.found |= {Daily(mover.kind), Daily(another.kind)}

    def measured(self, one: Numbers, other: Numbers) -> None:
        """Two numbers that are compared."""
        self.found |= {Daily(kind) for kind in one.wild | other.wild}
        for left, right in ((one, other), (other, one)):
            if not left.moving:
                continue
            if right.moving or right.opaque:
                self.found |= {Daily(gauge.mover.kind) for gauge in left.moving}
            for gauge, number in product(left.moving, right.fixed):
                self.found.add(_reaches(gauge, number))


def _beside(anchor: Dates, side: core.Side, lengths: Iterable[Duration]) -> Dates:
    """The edges beside T."""
    signs: Mapping[core.Side, str] = {"after": "+", "before": "-", "either": "+-"}
    several = list(lengths)
    return anchor.stepped(
        Step("+" if sign == "+" else "-", length) for sign, length in product(signs[side], several)
    )


def _reaches(gauge: Gauge, number: Decimal | Root) -> Crosses:
    return Crosses(gauge.mover, gauge.other, gauge.how, number)


def _go_on_alike(one: Mover, other: Mover) -> bool:
    """Whether two movers stand to each other on every day as they do today: both by the same
    steps, or one of them a plain duration in days away from the other."""
    if one.steps == other.steps:
        return True
    if one.steps and other.steps:
        return False
    steps = one.steps or other.steps
    step = steps[0]
    return (
        len(steps) == 1
        and step.how in ("+", "-")
        and step.length is not None
        and not step.length.is_elapsed
    )


def _can_appear(kind: Kind, name: str) -> bool:
    """Whether a field's own day is that from which it, or its record, is there."""
    field = kind.fields.get(name)
    if field is None or field.type not in DATES:  # what is derived has no day of its own
        return False
    since = {each.known_from for each in kind.fields.values()}
    return not field.planned or name in (kind.happened, kind.recorded) or name in since


def _ends(schema: Schema, rule: core.Rule) -> Iterator[tuple[str, tuple[str, ...]]]:
    kind = rule.subject.kind
    yield from ((kind, path) for path in schema.kinds[kind].ended)
    if schema.died is not None:
        yield "case", (schema.died,)


def _day(day: int) -> Term:
    return Term(Moment(day))
