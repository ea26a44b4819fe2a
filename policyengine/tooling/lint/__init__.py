"""Lints: what may be meant, and more often is not. One file a lint; each is a warning.

An author who knows better says so: `# allow LNT003 because ...`, in the item that it is about, at
the end of its last line or in the lines right above it.
"""

from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence
from datetime import date

from policyengine.diagnostics import Diagnostic
from policyengine.plan.core import Plan
from policyengine.syntax.tree import Item, PolicyFile
from policyengine.tooling.lint import (
    allowances,
    always_met,
    hours_over_dates,
    literal_lengths,
    month_ends,
    never_fires,
    no_source,
    review_due,
    sensitive_deadlines,
    shadowed,
    thin_examples,
    titles,
    unbounded,
    unused_definitions,
    unused_lets,
    unused_settings,
    vacuous,
    version_gaps,
    wordless,
)
from policyengine.tooling.lint.rule_set import RuleSet

__all__ = ["LINTERS", "lint"]

LINTERS: tuple[Callable[[RuleSet], Iterable[Diagnostic]], ...] = (
    no_source.check,
    thin_examples.check,
    unbounded.check,
    review_due.check,
    unused_settings.check,
    unused_definitions.check,
    unused_lets.check,
    literal_lengths.check,
    hours_over_dates.check,
    wordless.check,
    never_fires.check,
    always_met.check,
    month_ends.check,
    version_gaps.check,
    shadowed.check,
    vacuous.check,
    sensitive_deadlines.check,
    titles.check,
    allowances.check,
)


def lint(plan: Plan, files: Sequence[PolicyFile], today: date | None = None) -> list[Diagnostic]:
    """Every warning about a checked rule set, by file (in the order given) and by place.

    `plan` is that of `files`, or of a selection of its rules, or of these files and others: then
    nothing is said of what is unused. `today` is the day against which `review by` is held; None
    leaves that out.
    """
    rule_set = RuleSet(plan, files, today)
    allowed = allowances.silenced(rule_set)
    order = {id(file.file): number for number, file in enumerate(files)}
    starts = [[item.span.start for item in file.items] for file in files]
    found: list[tuple[int, int, Diagnostic]] = []
    for check in LINTERS:
        for note in check(rule_set):
            number = None if note.span is None else order.get(id(note.span.file))
            if note.span is None or number is None:
                continue
            item = _item_at(note.span.start, files[number].items, starts[number])
            if (id(item), note.code) not in allowed:
                found.append((number, note.span.start, note))
    return [note for _, _, note in sorted(found, key=lambda each: (each[0], each[1], each[2].code))]


def _item_at(offset: int, items: Sequence[Item], starts: Sequence[int]) -> Item | None:
    at = bisect_right(starts, offset) - 1
    return items[at] if at >= 0 else None
