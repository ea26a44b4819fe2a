"""The clauses of a rule, sorted: each at most once, but those that may stand several times."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final, TypeVar

from policyengine.diagnostics import Notebook
from policyengine.policy import misfits
from policyengine.syntax import tree

C = TypeVar("C", bound=tree.Clause)

_WORDS: Final[dict[type[tree.Clause], str]] = {
    tree.SeverityClause: "severity",
    tree.LearningPoint: "learning point",
    tree.Tags: "tag",
    tree.Applies: "applies",
    tree.ForEach: "for each",
    tree.When: "when",
    tree.BlankMeansBreached: "blank means breached",
    tree.SilenceMeansCannotTell: "silence means cannot tell",
    tree.Target: "target",
    tree.Say: "say",
    tree.FixClause: "fix",
}
_MENDS: Final[dict[type[tree.Clause], str]] = {
    tree.When: "join the two conditions with `and`",
    tree.Tags: "one `tag` takes several names: `tag carers, audit`",
    tree.ForEach: "pairs are written `for each KIND with each KIND`",
    tree.Applies: "write each version of a rule as a rule of its own",
}


@dataclass(slots=True)
class Clauses:
    """The clauses of a rule by their class, in the order in which they were written."""

    by_class: dict[type[tree.Clause], list[tree.Clause]] = field(default_factory=dict)

    def one(self, of: type[C]) -> C | None:
        """The clause of a class that stands at most once."""
        found = self.by_class.get(of)
        return found[0] if found and isinstance(found[0], of) else None

    def all(self, of: type[C]) -> tuple[C, ...]:
        """The clauses of a class, in their order."""
        return tuple(clause for clause in self.by_class.get(of, ()) if isinstance(clause, of))


def sort_clauses(clauses: Iterable[tree.Clause], rule: tree.Name, notes: Notebook) -> Clauses:
    """Notes a clause that stands twice (TYP013), two duties or none (TYP011)."""
    found = Clauses()
    for clause in clauses:
        of = type(clause)
        before = found.by_class.setdefault(of, [])
        if before and of in _WORDS:
            mend = _MENDS.get(of, "")
            notes.note(misfits.clause_twice(clause.span, _WORDS[of], before[0].span, mend))
        elif before and of is tree.DutyClause:
            notes.note(misfits.duties(clause.span, rule.text, before[0].span))
        else:
            before.append(clause)
    if tree.DutyClause not in found.by_class:
        notes.note(misfits.duties(rule.span, rule.text, None))
    return found
