"""What a rule asks of the record, and what an export gives to the rules: for people and as JSON."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import Enum

from rich.console import RenderableType
from rich.rule import Rule as Line
from rich.table import Table
from rich.text import Text

from policyengine.report.safe_text import safe_text
from policyengine.report.symbols import Symbols


@dataclass(frozen=True, slots=True, kw_only=True)
class NeedRow:
    """One thing that a rule reads: the records of a kind (`field` None) or a field of them, what
    for, and what the rule loses without it, the gravest loss first."""

    kind: str
    field: str | None
    label: str
    type: str
    parts: tuple[str, ...]
    losses: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleNeeds:
    """Everything that a rule reads, all its versions together, in the order of the schema."""

    rule: str
    title: str
    rows: tuple[NeedRow, ...]


class Judged(Enum):
    """Whether a rule can be judged on an export."""

    YES = "yes"
    PARTLY = "partly"
    NO = "no"
    NOT_IN_FORCE = "not in force"


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleCoverage:
    """Whether an export lets a rule be judged, and for want of what it does not."""

    rule: str
    title: str
    learning_point: int | None
    judged: Judged
    wants: tuple[str, ...]


_HEADS = {
    Judged.NO: "Cannot be judged on this export",
    Judged.PARTLY: "Can be judged in part",
    Judged.YES: "Can be judged",
    Judged.NOT_IN_FORCE: "Not in force on that day",
}


def needs_parts(needs: Sequence[RuleNeeds], symbols: Symbols) -> Iterable[RenderableType]:
    """Rule by rule: what it reads, what for, what it loses without it."""
    for place, each in enumerate(needs):
        if place:
            yield Text()
        head = Text(f"{safe_text(each.rule)}{symbols.dot}{safe_text(each.title)}", style="bold")
        yield Line(head, align="left", style="default", characters="━")
        table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), show_edge=False)
        table.add_column("Reads", overflow="fold", ratio=4)
        table.add_column("For", overflow="fold", ratio=4)
        table.add_column("Without it", overflow="fold", ratio=5)
        kind = ""
        for row in each.rows:
            if row.kind != kind and row.field is not None:  # fields of the case itself
                table.add_row(Text(safe_text(row.kind), style="bold"), "", "")
            kind = row.kind
            name = Text(safe_text(row.kind if row.field is None else f"  {row.field}"))
            if row.field is None:
                name.stylize("bold")
            for_, lost = ", ".join(row.parts), "; ".join(row.losses)
            table.add_row(name, Text(for_, style="dim"), Text(lost))
        yield table


def needs_json(needs: Sequence[RuleNeeds]) -> list[dict[str, object]]:
    """The same for programs, in the same order."""
    return [
        {
            "rule": each.rule,
            "title": each.title,
            "reads": [
                {
                    "kind": row.kind,
                    "field": row.field,
                    "label": row.label,
                    "type": row.type,
                    "for": list(row.parts),
                    "without_it": list(row.losses),
                }
                for row in each.rows
            ],
        }
        for each in needs
    ]


def coverage_parts(
    rules: Sequence[RuleCoverage], called: str, symbols: Symbols
) -> Iterable[RenderableType]:
    """The rules that cannot be judged first, each with what is wanting."""
    counts = {judged: sum(each.judged is judged for each in rules) for judged in Judged}
    head = f"What {safe_text(called)} lets the rules judge"
    yield Line(Text(head, style="bold"), align="left", style="default", characters="━")
    told = [f"{counts[judged]} {judged.value}" for judged in Judged if counts[judged]]
    yield Text(f"{len(rules)} rules: {', '.join(told)}", style="dim", overflow="fold")
    for judged in (Judged.NO, Judged.PARTLY, Judged.YES, Judged.NOT_IN_FORCE):
        group = [each for each in rules if each.judged is judged]
        if group:
            yield Text()
            yield Line(Text(_HEADS[judged], style="bold"), align="left", style="dim")
            yield from _group(group, symbols)


def _group(group: Sequence[RuleCoverage], symbols: Symbols) -> Iterable[RenderableType]:
    for each in group:
        yield Text(f"{safe_text(each.rule)}  {safe_text(each.title)}", overflow="fold")
        table = Table.grid(padding=(0, 1, 0, 0))
        table.add_column(width=6)
        table.add_column(overflow="fold")
        for want in each.wants:
            table.add_row(Text(f"    {symbols.bullet}"), Text(safe_text(want), style="dim"))
        if each.wants:
            yield table


def coverage_json(rules: Sequence[RuleCoverage]) -> dict[str, object]:
    """The same for programs, in the order of the rules."""
    return {
        "rules": [
            {
                "rule": each.rule,
                "title": each.title,
                "learning_point": each.learning_point,
                "judged": each.judged.value.replace(" ", "_"),
                "wants": list(each.wants),
            }
            for each in rules
        ]
    }
