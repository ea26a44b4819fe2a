"""The violation report drawn with rich: on a terminal of any width, or as plain text.

Words and shapes say everything; colour only repeats it. The colours are the terminal's own red,
green and magenta, which read on dark and on light grounds.
"""

from collections.abc import Iterable

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.rule import Rule as Line
from rich.table import Table
from rich.text import Text

from policyengine.report.doubts import Doubt, DoubtSection
from policyengine.report.headline import Headline
from policyengine.report.page import Entry, Other, Page, Section
from policyengine.report.summary_table import summary_tables
from policyengine.report.symbols import Symbols

WIDE = 120
TEXT_WIDTH = 100  # a line of prose longer than this is hard to read
GUTTER = 10


def draw(page: Page, console: Console, symbols: Symbols) -> None:
    """Print a page."""
    for part in parts(page, console.width, symbols):
        console.print(part)


def parts(page: Page, width: int, symbols: Symbols) -> Iterable[RenderableType]:
    """The page, from the top."""
    yield from _headline(page.headline, width, symbols)
    yield from summary_tables(page.groups, width, symbols)
    if page.sections:
        yield from _heading("What was not done")
        for section in page.sections:
            yield from _section(section, width, symbols)
        yield from _left(page.sections_left, width)
    if page.doubts:
        yield from _heading("What cannot be told")
        for doubts in page.doubts:
            yield from _doubts(doubts, width, symbols)
        yield from _left(page.doubts_left, width)
    for other in page.others:
        yield from _heading(other.verdict.capitalize())
        yield from _other(other, width)
    if page.layers:
        yield from _heading("Which rules these are")
        yield from _layers(page.layers, width, symbols)
    if page.steps:
        yield from _heading("Next steps")
        yield _steps(page.steps, width)


def _left(words: str, width: int) -> Iterable[RenderableType]:
    if words:
        yield Text()
        yield _prose(width, Text(), Text(words, style="dim italic"), gutter=1)


def _layers(
    layers: Iterable[tuple[str, tuple[str, ...]]], width: int, symbols: Symbols
) -> Iterable[RenderableType]:
    for head, changes in layers:
        yield Text(head, overflow="fold")
        for change in changes:
            yield _prose(width, Text(symbols.dot.strip(), justify="right"), Text(change), gutter=2)


def _heading(words: str) -> Iterable[RenderableType]:
    yield Text()
    yield Line(Text(words, style="bold"), align="left", style="dim", characters="─")


def _prose(width: int, *cells: RenderableType, gutter: int = GUTTER) -> RenderableType:
    """A gutter with a word or two, and wrapped text beside it."""
    grid = Table.grid(padding=(0, 1, 0, 0))
    grid.add_column(width=gutter, no_wrap=True, overflow="fold")
    grid.add_column(width=min(width - gutter - 2, TEXT_WIDTH), overflow="fold")
    grid.add_row(*cells)
    return grid


# --- the top ------------------------------------------------------------------------------------


def _headline(top: Headline, width: int, symbols: Symbols) -> Iterable[RenderableType]:
    yield Line(Text("Policy audit", style="bold"), align="left", style="default", characters="━")
    title = Text(top.title, style="bold")
    yield title
    yield Text(symbols.dot.join(top.facts), style="dim", overflow="fold")
    yield Text()
    for index, sentence in enumerate(top.state):
        yield Padding(
            Text(sentence, style="bold" if index == 0 else "", overflow="fold"),
            (0, max(0, width - TEXT_WIDTH), 0, 0),
        )
    if top.load:
        yield Text(top.load, style="dim", overflow="fold")
    for warning in top.warnings:
        yield Text(f"{symbols.warning} {warning}", style="magenta", overflow="fold")


# --- breaches -----------------------------------------------------------------------------------


def _section(section: Section, width: int, symbols: Symbols) -> Iterable[RenderableType]:
    yield Text()
    grave = section.severity in ("critical", "high")
    mark = symbols.shortfall if section.is_shortfall else symbols.breached
    head = Text(overflow="fold")
    head.append(f"{mark} {section.severity.upper()} ", style="bold red" if grave else "bold")
    head.append(f" {section.rule} ", style="bold")
    head.append(section.title, style="bold")
    yield head
    about = section.counted + (f"{symbols.dot}{section.source}" if section.source else "")
    yield _prose(width, Text(), Text(about, style="dim"), gutter=1)
    if section.fix:
        yield _prose(width, Text("  To do", style="bold green"), Text(section.fix))
    gutter = _gutter(section.entries)
    for entry in section.entries:
        yield _entry(entry, width, gutter, symbols)
    if section.hidden:
        more = (
            f"and {section.hidden:,} more; --limit 0 shows all, --select {section.rule} only these"
        )
        yield _prose(width, Text(), Text(more, style="dim italic"), gutter=gutter)


def _gutter(entries: Iterable[Entry]) -> int:
    return min(max([GUTTER, *(len(entry.case) + 3 for entry in entries)]), 24)


def _entry(entry: Entry, width: int, gutter: int, symbols: Symbols) -> RenderableType:
    first = Text(overflow="fold")
    if entry.late:
        first.append(entry.late, style="bold red").append(symbols.dot)
    first.append(entry.subject)
    if entry.owner:
        first.append(f"{symbols.dot}{entry.owner}", style="dim")
    left = [first, Text(entry.sentence)]
    if entry.fix:
        left.append(Text("To do: ", style="bold green").append(entry.fix, style="not bold default"))
    if entry.waived:
        left.append(
            Text("Waived ", style="bold yellow").append(entry.waived, style="not bold default")
        )
    right = [_labelled("Due", entry.due)] if entry.due else []
    if entry.found:
        right.append(_labelled("Found", "; ".join(entry.found)))
    case = Text(f"  {entry.case}", style="bold")
    if width < WIDE or not right:
        return _prose(width, case, Group(*left, *right), gutter=gutter)
    return _in_two(width, gutter, case, left, right)


def _labelled(label: str, words: str) -> Text:
    return Text(f"{label}: ", style="dim bold").append(words, style="not bold")


def _in_two(
    width: int, gutter: int, case: Text, left: list[Text], right: list[Text]
) -> RenderableType:
    """On a wide terminal what was found stands beside what it means."""
    room = width - gutter - 4
    grid = Table.grid(padding=(0, 2, 0, 0))
    grid.add_column(width=gutter - 1, no_wrap=True, overflow="fold")
    grid.add_column(width=room * 3 // 5, overflow="fold")
    grid.add_column(width=room - room * 3 // 5, overflow="fold")
    grid.add_row(case, Group(*left), Group(*right))
    return grid


# --- cannot tell, the rest, next ----------------------------------------------------------------


def _doubts(section: DoubtSection, width: int, symbols: Symbols) -> Iterable[RenderableType]:
    yield Text()
    head = Text(overflow="fold")
    head.append(f"{symbols.unknown} {section.rule} ", style="bold magenta")
    head.append(section.title, style="bold")
    head.append(f"{symbols.dot}{section.total:,} cannot be told", style="dim")
    yield head
    for doubt in section.doubts:
        yield _doubt(doubt, width)


def _doubt(doubt: Doubt, width: int) -> RenderableType:
    text = Text(doubt.text[:1].upper() + doubt.text[1:] + ".")
    cases = ", ".join(doubt.cases) + (f" and {doubt.hidden:,} more" if doubt.hidden else "")
    where = f"{doubt.place}: {cases}" if doubt.place else cases
    return _prose(width, Text(f"{doubt.count:>6,} x"), Group(text, Text(where, style="dim")))


def _other(other: Other, width: int) -> Iterable[RenderableType]:
    for rule, case, sentence in other.lines:
        yield _prose(width, Text(rule, style="bold"), Text(f"{case}: {sentence}"), gutter=GUTTER)
    if other.hidden:
        yield Text(
            f"and {other.hidden:,} more of {other.total:,}; --limit 0 shows all", style="dim"
        )


def _steps(steps: tuple[str, ...], width: int) -> RenderableType:
    rows: list[RenderableType] = [
        _prose(width, Text(f"{number}.", style="bold"), Text(step), gutter=3)
        for number, step in enumerate(steps, start=1)
    ]
    return Group(*rows)
