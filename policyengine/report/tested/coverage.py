"""What the examples show of the rules, painted clause by clause, and for programs."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from rich.console import RenderableType
from rich.rule import Rule as Line
from rich.table import Table
from rich.text import Text

from policyengine.findings.dates import counted
from policyengine.report.markdown_text import markdown_text, row
from policyengine.report.safe_text import safe_text
from policyengine.report.symbols import Symbols


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """A condition of a clause, `depth` levels in. `true`, `false` and `unknown` are the titles of
    the first examples that had it so. `decides` are two examples between which it alone decides;
    it is not asked of what is composed of others (`and`, `or`, `not`)."""

    text: str
    line: int
    depth: int
    composed: bool
    true: str | None
    false: str | None
    unknown: str | None
    decides: tuple[str, str] | None

    @property
    def wants(self) -> tuple[str, ...]:
        """What no example shows. Unknown is painted, and not demanded: some never are."""
        if self.composed:
            return ()
        shown = {"true": self.true, "false": self.false, "decides": self.decides}
        return tuple(name for name, each in shown.items() if each is None)


@dataclass(frozen=True, slots=True)
class Clause:
    """A clause that asks something, and its conditions."""

    name: str
    line: int
    conditions: tuple[Condition, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleCoverage:
    """One version of a rule. `verdicts` are how many findings of its examples came out so."""

    rule: str
    title: str
    applies_from: str | None
    file: str
    line: int
    examples: int
    verdicts: tuple[tuple[str, int], ...]
    clauses: tuple[Clause, ...]

    @property
    def simple(self) -> list[Condition]:
        """The conditions that are not composed of others."""
        return [one for each in self.clauses for one in each.conditions if not one.composed]

    @property
    def percent(self) -> float:
        """Of each condition being true, false, and deciding by itself: how much is shown."""
        return _percent(self.simple)


@dataclass(frozen=True, slots=True)
class Coverage:
    """All the rules that were asked for."""

    rules: tuple[RuleCoverage, ...]

    @property
    def percent(self) -> float:
        """The same over all of them."""
        return _percent([one for rule in self.rules for one in rule.simple])


def _percent(conditions: list[Condition]) -> float:
    wanting = sum(len(one.wants) for one in conditions)
    return 100.0 if not conditions else 100 * (1 - wanting / (3 * len(conditions)))


# --- for people -----------------------------------------------------------------------------------


def coverage_parts(found: Coverage, symbols: Symbols) -> Iterable[RenderableType]:
    """Rule by rule: the verdicts of its examples, and a line for each condition."""
    for each in found.rules:
        yield from _rule(each, symbols)
        yield Text()
    yield Text(_said(found), style="bold", overflow="fold")


def _said(found: Coverage) -> str:
    conditions = [one for rule in found.rules for one in rule.simple]
    both = sum(one.true is not None and one.false is not None for one in conditions)
    decide = sum(one.decides is not None for one in conditions)
    unknown = sum(one.unknown is not None for one in conditions)
    return (
        f"{counted(len(conditions), 'condition')} in {counted(len(found.rules), 'version')} of "
        f"rules: {both:,} both true and false, {unknown:,} unknown, {decide:,} deciding alone. "
        f"{found.percent:.1f}% of what could be shown is shown."
    )


def _rule(each: RuleCoverage, symbols: Symbols) -> Iterator[RenderableType]:
    since = "" if each.applies_from is None else f"{symbols.dot}from {each.applies_from}"
    head = f"{safe_text(each.rule)}{symbols.dot}{safe_text(each.title)}{since}"
    yield Line(Text(head, style="bold"), align="left", style="default", characters="━")
    told = [f"{name.replace('_', ' ')} {count}" for name, count in each.verdicts if count]
    never = [name.replace("_", " ") for name, count in each.verdicts if not count]
    verdicts = f"{each.percent:.0f}% shown{symbols.dot}verdicts: {', '.join(told) or 'none'}"
    if never:
        verdicts += f"{symbols.dot}never: {', '.join(never)}"
    yield Text(verdicts, style="dim", overflow="fold")
    if each.clauses:
        yield _table(each, symbols)


def _table(each: RuleCoverage, symbols: Symbols) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 1, 0, 0), show_edge=False)
    table.add_column("Line", justify="right", style="dim")
    table.add_column("Condition", overflow="fold", ratio=1)
    for name in ("true", "false", "unknown", "decides"):
        table.add_column(name, justify="center")
    for clause in each.clauses:
        table.add_row("", Text(safe_text(clause.name), style="bold"), "", "", "", "")
        for one in clause.conditions:
            text = Text("  " * (one.depth + 1) + safe_text(_short(one.text)))
            if one.wants:
                text.stylize("red")
            table.add_row(str(one.line), text, *_cells(one, symbols))
    return table


def _cells(one: Condition, symbols: Symbols) -> list[Text]:
    def cell(shown: object, *, wanted: bool = True) -> Text:
        if shown is not None:
            return Text(symbols.met, style="green")
        return Text(symbols.breached, style="red") if wanted else Text(symbols.dash, style="dim")

    demanded = not one.composed
    return [
        cell(one.true, wanted=demanded),
        cell(one.false, wanted=demanded),
        cell(one.unknown, wanted=False),
        Text("") if one.composed else cell(one.decides),
    ]


def _short(text: str, longest: int = 120) -> str:
    return text if len(text) <= longest else text[: longest - 4].rsplit(" ", 1)[0] + " ..."


def coverage_markdown(found: Coverage) -> str:
    """The same for a page."""
    lines = ["# What the examples show of the rules", "", markdown_text(_said(found)), ""]
    for each in found.rules:
        since = "" if each.applies_from is None else f", from {each.applies_from}"
        lines += [f"## {markdown_text(each.rule)}: {markdown_text(each.title)}{since}", ""]
        told = ", ".join(f"{name.replace('_', ' ')} {count}" for name, count in each.verdicts)
        lines += [f"{each.percent:.0f}% shown. Verdicts: {markdown_text(told)}.", ""]
        if each.clauses:
            lines.append(row("Line", "Clause", "Condition", "true", "false", "unknown", "decides"))
            lines[-1] += row(*["---"] * 7).rstrip("\n")
            for clause in each.clauses:
                lines += [_markdown_row(clause, one) for one in clause.conditions]
            lines.append("")
    return "\n".join(line.rstrip("\n") for line in lines).rstrip() + "\n"


def _markdown_row(clause: Clause, one: Condition) -> str:
    def cell(shown: object) -> str:
        return "no" if shown is None else "yes"

    return row(
        str(one.line),
        markdown_text(clause.name),
        markdown_text(_short(one.text)),
        cell(one.true),
        cell(one.false),
        cell(one.unknown),
        "" if one.composed else cell(one.decides),
    )


# --- for programs ---------------------------------------------------------------------------------


def coverage_json(found: Coverage) -> dict[str, object]:
    """The keys are told in docs/testing.md."""
    return {
        "percent": round(found.percent, 2),
        "rules": [
            {
                "rule": each.rule,
                "title": each.title,
                "applies_from": each.applies_from,
                "file": each.file,
                "line": each.line,
                "examples": each.examples,
                "percent": round(each.percent, 2),
                "verdicts": dict(each.verdicts),
                "clauses": [
                    {
                        "clause": clause.name,
                        "line": clause.line,
                        "conditions": [_condition(one) for one in clause.conditions],
                    }
                    for clause in each.clauses
                ],
            }
            for each in found.rules
        ],
    }


def _condition(one: Condition) -> dict[str, object]:
    return {
        "text": one.text,
        "line": one.line,
        "depth": one.depth,
        "composed": one.composed,
        "true": one.true,
        "false": one.false,
        "unknown": one.unknown,
        "decides": None if one.decides is None else list(one.decides),
    }
