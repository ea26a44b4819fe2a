"""Rules read back in plain English, made from the core, so that what is read is what is judged.

Two rules that differ in meaning never read back the same: every node of the core, and every part
of it that an engine reads, has words of its own here.
"""

from policyengine.plan import core
from policyengine.readback.blocks import Block, ReadBack, Said, Section, Table
from policyengine.readback.conditions import condition, is_condition
from policyengine.readback.defined import definition_words, gathering_words
from policyengine.readback.here import (
    Here,
    here_of_definition,
    here_of_nothing,
    here_of_rule,
    with_every_set,
)
from policyengine.readback.names import Names
from policyengine.readback.rule import calendar_for, read_back
from policyengine.readback.values import Tails, in_line, setting_values, value

__all__ = [
    "Block",
    "ReadBack",
    "Reader",
    "Said",
    "Section",
    "Table",
    "expression",
    "in_line",
    "sentences",
]


class Reader:
    """Reads one plan back; keep it, where many rules or expressions of a plan are asked for."""

    def __init__(self, plan: core.Plan) -> None:
        self.plan = plan
        self.names = Names(plan)
        self._calendar = calendar_for(plan)

    def sentences(self, rule: core.Rule) -> ReadBack:
        """One version of a rule, in sections of sentences, lists and tables."""
        return read_back(rule, self.plan, self.names, self._calendar)

    def expression(
        self,
        node: core.Core,
        of: core.Rule | core.Definition | None = None,
        *,
        it: int | None = None,
    ) -> Said:
        """One expression of a rule or a definition: a condition as a sentence, a value as a noun.

        `it` is the slot of the record that is looked at there (a `where`'s own), which is then
        spoken of as `it`.
        """
        here = self._here(of)
        if it is not None:
            here = here.looking_at(it)
        if is_condition(node, here):
            return condition(node, here)
        tails: Tails = []
        words = value(node, here, tails)
        return Said(f"{words}, {tails[0].text}", tails[0].items) if tails else Said(words)

    def _here(self, of: core.Rule | core.Definition | None) -> Here:
        zone = self._calendar.zone
        match of:
            case core.Rule():
                return with_every_set(here_of_rule(self.plan, self.names, zone, of), of)
            case core.Definition():
                here = here_of_definition(self.plan, self.names, zone, of)
                return with_every_set(here, of.value)
            case None:
                return here_of_nothing(self.plan, self.names, zone)

    def definition(self, definition: core.Definition) -> Said:
        """A defined field in a sentence."""
        return definition_words(definition, self.plan, self.names, self._calendar.zone)

    def gathering(self, gathering: core.Gathering) -> Said:
        """A gathered kind in a sentence, and its events."""
        return gathering_words(gathering, self._here(None))

    def setting(self, name: str) -> str:
        """The values of a setting, with the days from which they hold."""
        return setting_values(name, self._here(None))


def sentences(plan: core.Plan, rule: core.Rule) -> ReadBack:
    """One version of a rule in plain English. For many rules of a plan, keep a `Reader`."""
    return Reader(plan).sentences(rule)


def expression(
    plan: core.Plan, node: core.Core, of: core.Rule | core.Definition | None = None
) -> str:
    """One expression in one line of plain English."""
    return in_line(Reader(plan).expression(node, of))
