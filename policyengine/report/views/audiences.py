"""Who reads a report, and what may stand in it.

The id of a rule alone tells: "DA-02 breached" on a named case says that there was abuse. So what
a reader may not know is left out by rule, for everybody, whether the rule was met or not.
"""

from dataclasses import dataclass
from typing import Final

from policyengine.plan.core import Plan
from policyengine.plan.reads import Read, read_by
from policyengine.report.views.suppression import SmallNumbers
from policyengine.schema.model import Schema, Sensitivity

NOTHING: Final[frozenset[Sensitivity]] = frozenset()
HARMFUL: Final = frozenset({Sensitivity.HARMFUL})
EVERYTHING: Final = frozenset(Sensitivity)


@dataclass(frozen=True, slots=True, kw_only=True)
class Audience:
    """What a reader may be told.

    `restricted`: a rule that reads any value of these classes, or any kind that is marked with
    one of them, is left out whole. `pseudonyms`: case ids as keyed hashes. `anonymous`: nothing
    that is a record's own stands there (no id of a record, no author's sentence that holds a
    text of one), and nothing of what was loaded (rows, faults, hash). `findings`: single
    findings at all. `small_numbers`: how counts are protected.
    """

    name: str
    restricted: frozenset[Sensitivity]
    pseudonyms: bool = False
    anonymous: bool = False
    findings: bool = True
    small_numbers: SmallNumbers | None = None


AUDIENCES: Final = {
    each.name: each
    for each in (
        Audience(name="worklist", restricted=HARMFUL),
        Audience(name="team", restricted=HARMFUL, pseudonyms=True),
        Audience(name="share", restricted=EVERYTHING, pseudonyms=True, anonymous=True),
        Audience(
            name="committee",
            restricted=NOTHING,
            findings=False,
            # A committee has to see that nothing was breached: zero is shown.
            small_numbers=SmallNumbers(hides_zero=False),
        ),
    )
}


def restricted_rules(plan: Plan, classes: frozenset[Sensitivity]) -> frozenset[str]:
    """The ids of the rules of which any version reads something of these classes."""
    if not classes:
        return frozenset()
    return frozenset(
        rule.id
        for rule in plan.rules
        if any(_class_of(plan.schema, read) in classes for read in read_by(plan, rule))
    )


def _class_of(schema: Schema, read: Read) -> Sensitivity | None:
    kind, field = schema.kinds.get(read[0]), read[1]
    if kind is None:
        return None
    if not field:
        return kind.sensitive
    declared = kind.fields.get(field)
    return None if declared is None else declared.sensitive
