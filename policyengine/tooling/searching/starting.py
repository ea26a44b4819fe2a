"""Where a search begins: cases made up around a rule, clause by clause, each time another way."""

from datetime import date, datetime, timedelta
from random import Random

from policyengine.plan import core
from policyengine.tooling.searching.drafts import (
    Draft,
    Gathered,
    Holder,
    Made,
    day_of,
    moved,
    stepped,
)
from policyengine.tooling.searching.model import SmallCase
from policyengine.tooling.searching.solving import Solver
from policyengine.values.calendar import Calendar, period_end, period_start
from policyengine.values.durations import Duration

USUAL_DAY = date(2026, 1, 12)  # a Monday, with no bank holiday and no change of the clocks near
A_LONG_TIME = 45


def made_up(plan: core.Plan, rule: core.Rule, calendar: Calendar, dice: Random) -> SmallCase:
    """A case around one version of a rule."""
    return _Start(plan, rule, calendar, dice).case()


class _Start:
    def __init__(self, plan: core.Plan, rule: core.Rule, calendar: Calendar, dice: Random) -> None:
        day = _day_in_force(rule)
        self.plan, self.rule, self.calendar, self.dice = plan, rule, calendar, dice
        self.draft = Draft(plan, calendar, dice, day, stepped(day, 60))
        self.solver = Solver(self.draft)
        self.env: dict[int, object] = {0: self.draft.case}

    def case(self) -> SmallCase:
        rule, dice, solver, env = self.rule, self.dice, self.solver, self.env
        subject = self._subject()
        for let in rule.lets:
            env[let.slot] = let.value
        usual = dice.random() < 0.8
        odd = dice.randrange(5)
        solver.want(rule.subject.where, True if usual or odd else dice.choice([None, False]), env)
        for let in rule.lets:
            self._let(let)
        solver.want(rule.when, True if usual or odd != 1 else dice.choice([None, False]), env)
        for clause in rule.cannot_tell_if:
            solver.want(clause.condition, odd == 2 and not usual, env)
        self._duty()
        for clause in rule.unless:
            truth = False if usual or odd < 3 else dice.choice([None, True])
            if truth is not False or dice.random() < 0.5:
                solver.want(clause.condition, truth, env)
        if dice.random() < 0.1:
            self._end(subject)
        return self.draft.small()

    def _subject(self) -> Holder:
        rule, env = self.rule, self.env
        holder: Holder = self.draft.case
        if rule.subject.kind != "case":
            holder = self.solver.new(rule.subject.kind)
        if isinstance(holder, Made) and holder is not self.draft.case:
            self.draft.dated(holder, self.draft.day)
        env[rule.subject.slot] = holder
        if rule.subject.previous is not None and isinstance(holder, Made):
            env[rule.subject.previous] = before = self.solver.previous(holder)
            if self.dice.random() < 0.9:
                self.solver.want(rule.subject.where, True, {**env, rule.subject.slot: before})
        if rule.subject.companion is not None:
            companion = self.solver.new(rule.subject.companion.kind)
            env[rule.subject.companion.slot] = companion
            if isinstance(companion, Made):
                self.draft.dated(companion, self.draft.day)
            self.solver.want(rule.subject.companion.where, True, env)
        return holder

    def _let(self, let: core.Let) -> None:
        """A value that depends on conditions takes one of its turns."""
        if not isinstance(let.value, core.Choice):
            return
        turn = self.dice.randrange(len(let.value.options) + 1)
        for at, (_, condition) in enumerate(let.value.options):
            if at <= turn:
                self.solver.want(condition, at == turn, self.env)

    def _end(self, subject: Holder) -> None:
        """The subject ends, or the person dies, about when the duty is due."""
        day = stepped(self.draft.day, self.dice.choice([0, 1, 5, 20]))
        kind = self.plan.schema.kinds.get(subject.kind)
        died = self.plan.schema.died
        if (
            kind is not None
            and kind.ended
            and len(kind.ended[0]) == 1
            and isinstance(subject, Made)
        ):
            self.draft.put(subject, kind.ended[0][0], day)
        elif died is not None:
            self.draft.put(self.draft.case, died, day)

    # --- duties ---------------------------------------------------------------------------------

    def _duty(self) -> None:
        match self.rule.duty:
            case core.Have(records=records, least=least, window=window):
                edges = self._window(window)
                for _ in range(self.dice.choice([0, least, least, least, least - 1, least + 1])):
                    self._event(records, edges)
            case core.NotHave(records=records, window=window):
                edges = self._window(window)
                if self.dice.random() < 0.7:
                    self._event(records, edges)
            case core.HaveField(event=event, record=record, slot=slot, where=where, window=window):
                opens, closes = self._window(window)
                holder = self.solver.record(record, self.env)
                if self.dice.random() < 0.85:
                    self.solver.put(event, self._when(opens, closes), self.env)
                inner = {**self.env, slot: holder}
                self.solver.want(where, self.dice.choice([True, True, True, False, None]), inner)
            case core.Show(condition=condition, window=window):
                self._window(window)
                goal = self.dice.choice([True, False, False, None])
                self.solver.want(condition, goal, self.env)
            case core.HaveEvery() as duty:
                self._every(duty)

    def _every(self, duty: core.HaveEvery) -> None:
        self.solver.want(duty.while_, self.dice.choice([True, True, True, False, None]), self.env)
        start = self._date(duty.anchor)
        length = self.solver.value(duty.interval, self.env)
        if not isinstance(length, Duration):
            return
        for _ in range(self.dice.choice([0, 1, 1, 2])):
            due = moved(start, length, 1, self.calendar)
            start = self.dice.choice([due, stepped(due, 1), stepped(due, -10)])
            self._event(duty.records, (start, start))
        due = moved(start, length, 1, self.calendar)
        self.draft.as_at = day_of(self.dice.choice([due, stepped(due, 1), stepped(due, -5)]))

    def _event(self, records: core.RecordSet, edges: tuple[date, date]) -> None:
        holder = self.solver.new(records.kind)
        happened = self.plan.schema.kinds[records.kind].happened
        when = self._when(*edges)
        if isinstance(holder, Gathered):
            self.draft.put(holder, "date", when)
        elif happened is not None:
            self.draft.put(holder, happened, when)
        goal = self.dice.choice([True, True, True, True, False, None])
        self.solver.want(records.where, goal, {**self.env, records.slot: holder})

    def _when(self, opens: date, closes: date) -> date:
        choices = [opens, closes, closes, stepped(closes, 1, 1), stepped(opens, -1, -1)]
        if isinstance(closes, datetime):
            choices += [stepped(closes, 0, 1), stepped(opens, 0, -1)]
        return self.dice.choice(choices)

    # --- windows --------------------------------------------------------------------------------

    def _date(self, node: core.Core) -> date:
        """The date that an expression comes to; the usual day, put there, where there is none."""
        if self.dice.random() < 0.9:
            self.solver.dated(node, self.env)
        found = self.solver.value(node, self.env)
        if not isinstance(found, date):
            self.solver.put(node, self.draft.day, self.env)
            found = self.solver.value(node, self.env)
        return found if isinstance(found, date) else self.draft.day

    def _window(self, window: core.OneWindow | None) -> tuple[date, date]:
        """When a window opens and closes; the as-at date is put about its close."""
        opens, closes = self._edges(window)
        late = stepped(day_of(closes), A_LONG_TIME)
        near = [day_of(closes), stepped(day_of(closes), 1), stepped(day_of(closes), -1)]
        choices = [late, late, late, *near]
        self.draft.as_at = max(self.dice.choice(choices), self.draft.day)
        return opens, closes

    def _edges(self, window: core.OneWindow | None) -> tuple[date, date]:
        solver, env, day = self.solver, self.env, self.draft.day
        match window:
            case core.Within(allowance=allowance, side=side, anchor=anchor):
                at = self._date(anchor)
                length = solver.value(allowance, env)
                if not isinstance(length, Duration):
                    return at, at
                after, before = (moved(at, length, sign, self.calendar) for sign in (1, -1))
                if window.counting_that_day:
                    ordinal = day_of(at).toordinal()
                    after = date.fromordinal(period_end(length, ordinal))
                    before = date.fromordinal(period_start(length, ordinal))
                opens = at if side == "after" else before
                return opens, at if side == "before" else after
            case core.Between(first=first, last=last):
                return self._date(first), self._date(last)
            case core.OnDay(anchor=anchor):
                at = self._date(anchor)
                return at, at
            case core.NoLater(anchor=anchor):
                at = self._date(anchor)
                return stepped(at, -20), at
            case _:
                return day, stepped(day, 10)


def _day_in_force(rule: core.Rule) -> date:
    """A day on which the version applies: the usual one, or as near to it as may be."""
    day = USUAL_DAY
    if rule.applies_until is not None and rule.applies_until < day:
        day = rule.applies_until - timedelta(days=60)
    if rule.applies_from is not None and rule.applies_from > day:
        day = rule.applies_from + timedelta(days=11)
    return day
