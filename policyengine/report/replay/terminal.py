"""A replay in the terminal."""

from collections.abc import Iterator, Sequence
from itertools import groupby

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.rule import Rule as Line
from rich.table import Table
from rich.text import Text

from policyengine.report.replay.page import TURNS, Day, Raised, ReplayPage, SideBySide, Turn
from policyengine.report.safe_text import safe_text
from policyengine.report.symbols import Symbols
from policyengine.values.verdict import Verdict

_WORDS = dict(TURNS)
_STYLES = {
    Verdict.BREACHED: "bold red",
    Verdict.MET_LATE: "yellow",
    Verdict.MET: "green",
    Verdict.CANNOT_TELL: "magenta",
}
_MOST_NAMED = 12  # rules in one line


def replay_parts(page: ReplayPage, width: int, symbols: Symbols) -> Iterator[RenderableType]:
    """The page: the breaches first, then the days."""
    yield Line(
        Text(safe_text(page.title), style="bold"), align="left", style="default", characters="━"
    )
    yield Text(symbols.dot.join(page.facts), style="dim")
    yield Text("On each day only what had been recorded by then is looked at.", style="dim")
    yield Text()
    if page.quiet:
        yield Text(page.quiet)
    else:
        yield Line(
            Text("When each breach would first have been raised", style="bold"), align="left"
        )
        for raised in page.raised:
            yield _raised(raised, symbols)
    if page.days:
        yield Text()
        yield Line(Text("Day by day", style="bold"), align="left")
        for day in page.days:
            yield _day(day, symbols, width)


def _raised(raised: Raised, symbols: Symbols) -> RenderableType:
    head = Text()
    head.append(f"{raised.when}  ", style="bold")
    head.append(f"{symbols.breached} {safe_text(raised.rule)} ", style=_STYLES[Verdict.BREACHED])
    head.append(safe_text(raised.title), style="bold")
    said = [Text(safe_text(raised.sentence))]
    facts = symbols.dot.join((safe_text(raised.what), f"to {safe_text(raised.team)}", raised.stood))
    said.append(Text(facts, style="dim"))
    if raised.otherwise:
        other = Text("What would have kept it: ", style="italic")
        other.append(safe_text(raised.otherwise))
        said.append(other)
    return Group(Text(), head, Padding(Group(*said), (0, 0, 0, 4)))


def _day(day: Day, symbols: Symbols, width: int) -> RenderableType:
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(width=15, no_wrap=True)
    table.add_column(ratio=1)
    lines: list[Text] = [Text(f"{symbols.bullet} {safe_text(event)}") for event in day.events]
    for verdict, turns in groupby(day.turns, key=lambda turn: turn.verdict):
        lines.append(_turned(verdict, list(turns), symbols))
    table.add_row(Text(day.when, style="bold"), Group(*lines))
    table.width = width
    return table


def _turned(verdict: Verdict, turns: Sequence[Turn], symbols: Symbols) -> Text:
    mark = {
        Verdict.BREACHED: symbols.breached,
        Verdict.MET: symbols.met,
        Verdict.MET_LATE: symbols.warning,
        Verdict.CANNOT_TELL: symbols.unknown,
    }.get(verdict, " ")
    text = Text(f"{mark} {_WORDS[verdict]} ", style=_STYLES.get(verdict, "dim"))
    named = []
    for turn in turns[:_MOST_NAMED]:
        due = f" by {turn.due}" if verdict is Verdict.NOT_YET_DUE and turn.due else ""
        named.append(f"{safe_text(turn.rule)}{due}")
    more = len(turns) - _MOST_NAMED
    text.append(", ".join(named) + (f" and {more} more" if more > 0 else ""), style="default")
    return text


def compared_parts(
    title: str, found: Sequence[SideBySide], names: tuple[str, str], symbols: Symbols
) -> Iterator[RenderableType]:
    """Two policies on one history."""
    yield Line(Text(safe_text(title), style="bold"), align="left", style="default", characters="━")
    if not found:
        yield Text("Both say the same on every day.")
        return
    table = Table(box=None, padding=(0, 2, 1, 0), show_edge=False)
    table.add_column("Rule", ratio=2)
    for name in names:
        table.add_column(Text(safe_text(name)), ratio=2)
    for each in found:
        head = Text(safe_text(each.rule), style="bold")
        head.append(f" {safe_text(each.title)}\n", style="default")
        head.append(safe_text(each.what), style="dim")
        if each.gain:
            head.append(f"\n{symbols.arrow} {each.gain}", style="bold")
        table.add_row(head, Text("\n".join(each.old)), Text("\n".join(each.new)))
    yield table
