"""The rows that are judged under a rule: its subjects, of which some stand twice (S14)."""

from __future__ import annotations

from policyengine.bulk import facts
from policyengine.bulk.scope import World
from policyengine.bulk.terms import Rec, both
from policyengine.bulk.watching import Watch
from policyengine.plan import core

Sql = str


class Subjects:
    """The rows that are judged: those of `watch` itself, or a table that was made of them."""

    def __init__(self, world: World, rule: core.Rule, watched: Watch, table: str) -> None:
        self.watched = watched
        self.is_table = bool(table)
        self.turn = "0"
        if not table:
            scope = watched.scope
            self.relation, self.case, self.record = scope.relation, scope.case, watched.record
            tests = both(watched.test, f"({self.of('counts')} IS NOT FALSE)")
            if self.of("counts") != "TRUE" or watched.test != "TRUE":
                self.relation.only(self.relation.add(tests))
            return
        subject = world.tables.kinds[rule.subject.kind]
        cases = world.tables.kinds["case"].seen
        source = f"{table} s JOIN {subject.seen} m ON m.rid = s.rid AND m.cs = s.cs"
        optional = {
            "c": f"JOIN {cases} c ON c.cs = s.cs",
            "i": "JOIN inst i ON i.cs = s.cs",
        }
        keys = ("s.cs", "s.rid") if subject.kind.shared else ("s.rid",)
        self.relation = world.program().relation(source, keys, optional)
        self.case = self.relation.base("s.cs")
        self.record = Rec(subject.kind, self.relation.base_of("m"))

    @property
    def has_ended(self) -> Sql:
        """Whether an end came first."""
        return self.relation.add(f"({self.of('e_day')} IS NOT NULL)")

    def double(self) -> None:
        """Have those that ended twice, from here on."""
        if self.turn == "0":
            self.turn = self.relation.doubled(self.has_ended)

    def of(self, name: str) -> Sql:
        """What is known of the subject under a name."""
        if self.is_table:
            return self.relation.base(f"s.{name}")
        return self.relation.add(self.watched.columns[name]())


def may_open_later(world: World, rule: core.Rule) -> bool:
    """Whether a window whose T is not known as at an end may have one as at the run."""
    subject = rule.subject
    slots = {0, subject.slot}
    if subject.companion is not None:
        slots.add(subject.companion.slot)
    match rule.duty:
        case core.Show(window=window) | core.Have(window=window) | core.NotHave(window=window):
            return not facts.stays(world, window, slots)
        case core.HaveField(window=window):
            return not facts.stays(world, window, slots)
        case core.HaveEvery(anchor=anchor):
            return not facts.stays(world, anchor, slots)
