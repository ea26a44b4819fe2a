"""A comparison in the terminal."""

from collections.abc import Iterator

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.rule import Rule as Line
from rich.table import Table
from rich.text import Text

from policyengine.report.diff.page import DiffPage, Rate, Told, word
from policyengine.report.safe_text import safe_text
from policyengine.report.symbols import Symbols

HEADS = ("Met", "Late", "Not met", "Can't tell", "Rate (95%)")


def diff_parts(page: DiffPage, symbols: Symbols) -> Iterator[RenderableType]:
    """The page: what changed, then whom it moves."""
    title = f"{page.names[0]} {symbols.arrow} {page.names[1]}"
    yield Line(Text(safe_text(title), style="bold"), align="left", style="default", characters="━")
    for line in page.headline:
        yield Text(safe_text(line), style="bold")
    for line in page.schema:
        yield Text(f"{symbols.warning} {safe_text(line)}", style="yellow")
    for told in page.told:
        yield _told(told)
    if page.rates:
        yield Text()
        yield Line(Text("Before and after", style="bold"), align="left")
        yield _rates(page.rates, symbols)
    if page.teams:
        yield Text()
        yield Line(Text("Teams whose counts change", style="bold"), align="left")
        yield _rates(page.teams, symbols)
    yield from _matrix(page, symbols)
    yield from _moved(page, symbols)
    for rule, why in (page.not_compared or {}).items():
        yield Text(f"{symbols.unknown} {safe_text(rule)} is not compared: {safe_text(why)}")


def _told(told: Told) -> RenderableType:
    head = Text()
    head.append(f"{safe_text(told.change.id)} ", style="bold")
    head.append(safe_text(told.change.title), style="bold")
    day = told.change.applies_from
    since = f" (from {day})" if day else ""
    lines: list[RenderableType] = [Text(f"{told.way}{since}", style="italic")]
    for part in told.change.parts:
        lines.append(Text(safe_text(part.heading), style="dim"))
        lines += [Text(f"- {safe_text(line)}", style="red") for line in part.gone]
        lines += [Text(f"+ {safe_text(line)}", style="green") for line in part.new]
    if told.side is not None:
        for words, example in (
            ("Breached now, and not before:", told.side.stricter),
            ("Breached before, and no more:", told.side.looser),
            ("Judged otherwise:", told.side.other),
        ):
            if example:
                lines.append(Text(words))
                shown = [Text(safe_text(line)) for line in example.rstrip().splitlines()]
                lines.append(Padding(Group(*shown), (0, 0, 0, 2)))
    return Group(Text(), head, Padding(Group(*lines), (0, 0, 0, 2)))


def _rates(rates: tuple[Rate, ...], symbols: Symbols) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0), show_edge=False)
    table.add_column("Rule", overflow="fold")
    for head in HEADS:
        table.add_column(head, justify="right", overflow="fold")
    for rate in rates:
        name = safe_text(f"{rate.rule} {rate.team}".rstrip())
        cells = [
            old if old == new else f"{old} {symbols.arrow} {new}"
            for old, new in zip(rate.old, rate.new, strict=True)
        ]
        table.add_row(name, *cells)
    return table


def _matrix(page: DiffPage, symbols: Symbols) -> Iterator[RenderableType]:
    cells = {
        rule: [cell for cell in pairs if cell[0] != cell[1]]
        for rule, pairs in (page.cells or {}).items()
    }
    if not any(cells.values()):
        return
    yield Text()
    yield Line(Text("What turns into what", style="bold"), align="left")
    for rule, pairs in cells.items():
        for old, new, number in pairs:
            yield Text(f"{safe_text(rule)}  {old} {symbols.arrow} {new}: {number:,}")


def _moved(page: DiffPage, symbols: Symbols) -> Iterator[RenderableType]:
    if not page.moved:
        return
    yield Text()
    yield Line(Text("Whose verdict moves", style="bold"), align="left")
    table = Table(box=None, padding=(0, 2, 0, 0), show_edge=False)
    for head in ("Rule", "Case", "Subject", "Team", "From, to", "Moved by"):
        table.add_column(head, overflow="fold")
    for move in page.moved:
        old, new = move.verdicts
        table.add_row(
            safe_text(move.rule),
            safe_text(move.case),
            safe_text("" if move.subject_kind == "case" else move.subject_id),
            safe_text(move.team),
            f"{word(old)} {symbols.arrow} {word(new)}",
            safe_text(move.clause),
        )
    yield table
    if page.more:
        yield Text(f"and {page.more:,} more (--limit 0 lists all)", style="dim")
