"""The meaning of expressions (S2, S15 to S21): each core node becomes a closure over a frame.

A closure gives a truth (`True`, `False`, `Unknown`), a value, `NOT_YET`, a `NumberRange`, a
record (or `NoRecord`, `UnsureRecord`), or an `Unknown` where a value is missing.
"""

from collections.abc import Callable
from typing import assert_never

from policyengine.evaluate import dates, sets, texts
from policyengine.evaluate.comparisons import (
    Doubtful,
    added,
    compare_numbers,
    is_constant_text,
    is_open,
    is_present,
    is_vague,
    moments_compare,
    same,
    taken,
    unknown_of,
    unknown_record,
)
from policyengine.evaluate.scene import Evaluated, Frame, NoRecord, missing_reason
from policyengine.plan import core
from policyengine.plan.walks import fields_behind
from policyengine.records.model import Absent, Record
from policyengine.values.calendar import Calendar
from policyengine.values.moments import Moment
from policyengine.values.truth import (
    NOT_YET,
    Reason,
    Reasons,
    Truth,
    Unknown,
    Why,
    joined,
    negation,
)


class Compiler:
    """Turns core nodes into closures. `lets` gives the expression behind a `let`'s slot, so that
    a reason can name the field that a value came from."""

    def __init__(self, plan: core.Plan, calendar: Calendar) -> None:
        self.plan = plan
        self.calendar = calendar
        self.lets: dict[int, core.Core] = {}

    def compile(self, node: core.Core) -> Evaluated:
        """The closure of a node."""
        match node:
            case core.Const(value=value):
                return lambda _: value
            case core.SettingValue(name=name):
                return self._setting(name)
            case core.AsAt():
                return lambda frame: frame.scene.view.as_at
            case core.Slot(index=index):
                return lambda frame: frame.slots[index]
            case core.Field():
                return self._field(node)
            case core.IdOf(record=record):
                return self._id_of(self.compile(record))
            case core.Derived():
                return self._derived(node)
            case core.Follow(ref=ref, kind=kind):
                return self._follow(self.compile(ref), kind)
            case core.Not(operand=operand):
                return self._not(self.compile(operand))
            case core.And(items=items):
                return self._and([self.compile(item) for item in items])
            case core.Or(items=items):
                return self._or([self.compile(item) for item in items])
            case core.AtLeast(least=least, items=items):
                return self._at_least(least, [self.compile(item) for item in items])
            case core.Compare():
                return self._compare(node)
            case core.InList():
                return self._in_list(node)
            case core.Presence():
                return self._presence(node)
            case core.Sum(sign=sign, left=left, right=right):
                return self._sum(sign, self.compile(left), self.compile(right))
            case core.Choice():
                return self._choice(node)
            case core.Deadline():
                return lambda _: NOT_YET
            case (
                core.ThereIs()
                | core.Every()
                | core.Pick()
                | core.NumberOf()
                | core.Aggregate()
                | core.NewWordsSinceAny()
            ):
                return sets.compile_set(self, node)
            case (
                core.Mentions()
                | core.Matches()
                | core.Repeats()
                | core.WordsIn()
                | core.NewWords()
                | core.Similarity()
            ):
                return texts.compile_text(self, node)
            case (
                core.IsWithin()
                | core.Shift()
                | core.DaysFrom()
                | core.AgeAt()
                | core.StartOf()
                | core.PeriodEnd()
                | core.PeriodStart()
                | core.ExtremeOf()
            ):
                return dates.compile_date(self, node)
        raise AssertionError(f"no meaning for {type(node).__name__}")

    def compile_maybe(self, node: core.Core | None) -> Evaluated | None:
        """The closure of a node, if there is one."""
        return None if node is None else self.compile(node)

    # --- values ---------------------------------------------------------------------------------

    def _setting(self, name: str) -> Evaluated:
        setting = self.plan.settings[name]
        if not setting.is_dated:
            value = setting.options if setting.options is not None else setting.values[0][1]
            return lambda _: value
        dated = [
            (start.toordinal() if start is not None else 0, value)
            for start, value in setting.values
        ]

        def in_force(frame: Frame) -> object:
            trigger = frame.trigger
            if isinstance(trigger, Unknown):
                return trigger
            day = frame.scene.view.as_at.day if trigger is None else trigger
            found = [value for start, value in dated if start <= day]
            return found[-1] if found else Unknown((Reason(Why.NOT_RECORDED, field=name),))

        return in_force

    def _field(self, node: core.Field) -> Evaluated:
        record, index, name = self.compile(node.record), node.index, node.name
        field = self.plan.schema.kinds[node.kind].fields[name]
        opens = field.open

        def of(found: object) -> object:
            if isinstance(found, Record):
                value = found.values[index]
                if value is None:
                    return NOT_YET if opens else Unknown((missing_reason(found, name, None),))
                if isinstance(value, Absent):
                    return Unknown((missing_reason(found, name, value),))
                return value
            return unknown_record(found, node.kind)

        if isinstance(node.record, core.Slot):  # by far the most common: one call less
            slot = node.record.index
            return lambda frame: of(frame.slots[slot])
        return lambda frame: of(record(frame))

    def _id_of(self, record: Evaluated) -> Evaluated:
        def read(frame: Frame) -> object:
            found = record(frame)
            if isinstance(found, Record):
                return Unknown(found.perhaps) if found.unseen else found.id
            if isinstance(found, str):
                return found
            return unknown_record(found, None)

        return read

    def _derived(self, node: core.Derived) -> Evaluated:
        record, kind, name = self.compile(node.record), node.kind, node.name

        def read(frame: Frame) -> object:
            found = record(frame)
            if isinstance(found, Record):
                return frame.scene.derived(found, kind, name, frame)
            return unknown_record(found, kind)

        return read

    def _follow(self, ref: Evaluated, kind: str) -> Evaluated:
        def follow(frame: Frame) -> object:
            id = ref(frame)
            if not isinstance(id, str):
                return id
            found = frame.scene.find(kind, id)
            if found is not None:
                return found
            unseen = frame.scene.unseen(kind)
            if unseen is not None:
                return Unknown(unseen.perhaps)
            return NoRecord((Reason(Why.NO_RECORD, kind, id),))

        return follow

    # --- logic ----------------------------------------------------------------------------------

    def _not(self, operand: Evaluated) -> Evaluated:
        return lambda frame: negation(operand(frame))  # type: ignore[arg-type]

    def _and(self, items: list[Evaluated]) -> Evaluated:
        def conjunction(frame: Frame) -> Truth:
            reasons: list[Reasons] = []
            for item in items:
                truth = item(frame)
                if truth is False:
                    return False
                if truth is not True:
                    reasons.append(truth.reasons)  # type: ignore[attr-defined]
            return Unknown(joined(*reasons)) if reasons else True

        return conjunction

    def _or(self, items: list[Evaluated]) -> Evaluated:
        def disjunction(frame: Frame) -> Truth:
            reasons: list[Reasons] = []
            for item in items:
                truth = item(frame)
                if truth is True:
                    return True
                if truth is not False:
                    reasons.append(truth.reasons)  # type: ignore[attr-defined]
            return Unknown(joined(*reasons)) if reasons else False

        return disjunction

    def _at_least(self, least: int, items: list[Evaluated]) -> Evaluated:
        def enough(frame: Frame) -> Truth:
            truths = [item(frame) for item in items]
            sure = sum(truth is True for truth in truths)
            if sure >= least:
                return True
            doubts = [truth.reasons for truth in truths if isinstance(truth, Unknown)]
            return Unknown(joined(*doubts)) if sure + len(doubts) >= least else False

        return enough

    # --- comparisons ----------------------------------------------------------------------------

    def _compare(self, node: core.Compare) -> Evaluated:
        left, right = self.compile(node.left), self.compile(node.right)
        match node.domain:
            case core.Domain.MOMENT:
                return self._compare_moments(node, left, right)
            case core.Domain.NUMBER:
                return compare_numbers(node.op, left, right)
            case core.Domain.TEXT | core.Domain.TRUTH:
                if isinstance(node.right, core.Const):
                    return is_constant_text(left, node.right.value)
                return same(left, right)
            case core.Domain.REF:
                return same(self._id_of(left), self._id_of(right))
            case _:
                assert_never(node.domain)

    def _compare_moments(self, node: core.Compare, left: Evaluated, right: Evaluated) -> Evaluated:
        op, zone = node.op, self.calendar.zone
        blame = self.blame(node.left, node.right)

        def compare(frame: Frame) -> Truth:
            one, other = left(frame), right(frame)
            if isinstance(one, Unknown) or isinstance(other, Unknown):
                return unknown_of(one, other)
            if one is NOT_YET and other is NOT_YET:
                return Unknown(blame(frame, Why.NOT_RECORDED))
            if one is NOT_YET:
                return op in ("gt", "ge")
            if other is NOT_YET:
                return op in ("lt", "le")
            assert isinstance(one, Moment)
            assert isinstance(other, Moment)
            truth = moments_compare(op, one, other, zone)
            return Unknown(blame(frame, Why.IMPRECISE_TIME)) if truth is None else truth

        return compare

    def _in_list(self, node: core.InList) -> Evaluated:
        value = self.compile(node.value)
        if node.setting is not None:
            options = self.plan.settings[node.setting].options or ()
        else:
            options = tuple(option.value for option in node.options)
        if node.domain is core.Domain.MOMENT:
            tests = [
                self._compare(
                    core.Compare(
                        span=node.span,
                        op="eq",
                        left=node.value,
                        right=core.Const(span=node.span, value=option),
                        domain=core.Domain.MOMENT,
                    )
                )
                for option in options
            ]
            return self._or(tests)
        if node.domain is core.Domain.NUMBER:
            constants = [core.Const(span=node.span, value=option) for option in options]
            return self._or(
                [compare_numbers("eq", value, self.compile(each)) for each in constants]
            )
        if node.domain is core.Domain.REF:
            value = self._id_of(value)
        listed = frozenset(options)

        def is_listed(frame: Frame) -> Truth:
            found = value(frame)
            return found if isinstance(found, Unknown) else found in listed

        return is_listed

    def _presence(self, node: core.Presence) -> Evaluated:
        operand, how = self.compile(node.operand), node.how
        if how == "open":
            return lambda frame: is_open(operand(frame))
        known = how == "known"
        return lambda frame: is_present(operand(frame), known)

    # --- numbers and choices --------------------------------------------------------------------

    def _sum(self, sign: str, left: Evaluated, right: Evaluated) -> Evaluated:
        def total(frame: Frame) -> object:
            one, other = left(frame), right(frame)
            if isinstance(one, Unknown) or isinstance(other, Unknown):
                return unknown_of(one, other)
            return added(one, other) if sign == "+" else taken(one, other)

        return total

    def _choice(self, node: core.Choice) -> Evaluated:
        options = [(self.compile(value), self.compile(test)) for value, test in node.options]
        otherwise = self.compile(node.otherwise)

        def choose(frame: Frame) -> object:
            for value, test in options:
                truth = test(frame)
                if truth is True:
                    return value(frame)
                if truth is not False:
                    return Doubtful(truth.reasons)  # type: ignore[attr-defined]
            return otherwise(frame)

        return choose

    # --- reasons --------------------------------------------------------------------------------

    def blame(self, *nodes: core.Core) -> Callable[[Frame, Why], Reasons]:
        """Which fields behind these expressions leave an answer open: those that lack a time of
        day (IMPRECISE_TIME), or are not yet (NOT_RECORDED); unseen records in any case."""
        fields = [found for node in nodes for found in self.fields_behind(node)]
        reads = [(self.compile(each.record), each.kind, each.name, each.index) for each in fields]

        def reasons(frame: Frame, why: Why) -> Reasons:
            found: list[Reasons] = []
            for record_of, kind, name, index in reads:
                record = record_of(frame)
                if not isinstance(record, Record):
                    continue
                value = record.values[index]
                if record.unseen:
                    found.append(record.perhaps)
                elif (why is Why.NOT_RECORDED and value is None) or (
                    why is Why.IMPRECISE_TIME and isinstance(value, Moment) and is_vague(value)
                ):
                    found.append((Reason(why, kind, record.id, name),))
            return joined(*found) if found else (Reason(why),)

        return reasons

    def fields_behind(self, node: core.Core) -> list[core.Field]:
        """The fields whose values an expression passes on."""
        return fields_behind(node, self.lets)
