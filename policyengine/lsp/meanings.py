"""Rules in plain English, as hovers and hints show them."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from policyengine.lsp.rule_set import Checked
from policyengine.plan.core import Plan, Rule
from policyengine.readback import Block, ReadBack, Reader, Said, Table

_SHOWN = (
    *("who", "lets", "when", "duty", "worked", "unless", "cannot_tell", "gaps", "meanings"),
    "settings",
)
_MOST_KEPT = 1000
_MARKUP = re.compile(r"([\\`*_{}\[\]<>#|])")
SECTION_OF = {
    "for": "who",
    "let": "lets",
    "when": "when",
    "must": "duty",
    "should": "duty",
    "unless": "unless",
    "cannot": "cannot_tell",
    "blank": "gaps",
    "silence": "gaps",
    "target": "rates",
    "say": "messages",
    "fix": "messages",
    "source": "sources",
}
"""The section of a read-back that tells what a clause means."""


@dataclass(slots=True)
class Meanings:
    """The rules of a rule set, each read back when it is first asked for. What is asked of it is
    asked of a rule set without mistakes: the one at hand, or the last there was."""

    _plan: Plan | None = None
    _reader: Reader | None = None
    _generation: int = -1
    _kept: dict[int, tuple[Rule, ReadBack]] = field(default_factory=dict)

    def of(self, checked: Checked, rule: Rule) -> ReadBack:
        """A version of a rule in plain English."""
        reader = self._reader_of(checked)
        kept = self._kept.get(id(rule))
        if kept is None:
            kept = self._kept[id(rule)] = rule, reader.sentences(rule)
        return kept[1]

    def of_rule(self, checked: Checked, rule: Rule) -> str:
        """A version of a rule in Markdown."""
        read = self.of(checked, rule)
        head = f"**{rule.id}** {safe(read.title)}"
        facts = safe("; ".join([*read.facts, *([read.in_force] if read.in_force else [])]))
        sections = [
            f"**{each.heading}**\n\n{blocks(each.blocks)}"
            for each in read.sections
            if each.key in _SHOWN and each.blocks
        ]
        return "\n\n".join([head, facts, *sections])

    def of_clause(self, checked: Checked, rule: Rule, word: str) -> str | None:
        """What a clause of a rule asks, in Markdown."""
        section = self.of(checked, rule).section(SECTION_OF.get(word, ""))
        return None if section is None or not section.blocks else blocks(section.blocks)

    def of_definition(self, checked: Checked, kind: str, name: str) -> str | None:
        """A defined field in Markdown."""
        found = None if checked.plan is None else checked.plan.definitions.get((kind, name))
        return None if found is None else blocks([self._reader_of(checked).definition(found)])

    def of_gathering(self, checked: Checked, name: str) -> str | None:
        """A gathered kind in Markdown."""
        found = None if checked.plan is None else checked.plan.gatherings.get(name)
        return None if found is None else blocks([self._reader_of(checked).gathering(found)])

    def _reader_of(self, checked: Checked) -> Reader:
        assert checked.plan is not None
        if checked.generation != self._generation or len(self._kept) > _MOST_KEPT:
            self._kept.clear()
            self._generation = checked.generation
        if self._reader is None or self._plan is not checked.plan:
            self._plan, self._reader = checked.plan, Reader(checked.plan)
        return self._reader


def blocks(several: Iterable[Block]) -> str:
    """Sentences, lists and tables in Markdown."""
    return "\n\n".join(_table(each) if isinstance(each, Table) else _said(each) for each in several)


def safe(text: str) -> str:
    """A text that no sign of Markdown turns into anything else."""
    return _MARKUP.sub(r"\\\1", text)


def _said(said: Said) -> str:
    lines = [safe(said.text)]
    lines += [f"{'  ' * (depth - 1)}- {safe(text)}" for depth, text in said.lines() if depth]
    return "\n".join(lines if len(lines) == 1 else [lines[0], "", *lines[1:]])


def _table(table: Table) -> str:
    rows = [table.head, tuple("---" for _ in table.head), *table.rows]
    lines = ["| " + " | ".join(_cell(cell) for cell in row) + " |" for row in rows]
    return "\n".join(lines)


def _cell(cell: str) -> str:
    return cell if cell == "---" else safe(cell)
