"""The table of rules: counts of each verdict, the rate with its interval, floor, ceiling, target.

Below 120 columns a rule takes a few lines, above it one.
"""

from collections.abc import Iterable
from math import ceil, floor

from rich.console import RenderableType
from rich.constrain import Constrain as Constrained
from rich.table import Table
from rich.text import Text

from policyengine.findings.model import RuleSummary
from policyengine.report.headline import is_reached, percent
from policyengine.report.page import Group
from policyengine.report.safe_text import safe_text
from policyengine.report.symbols import Symbols
from policyengine.values.verdict import Verdict

WIDE = 120
NARROW = 80  # no wider than its numbers are


def summary_tables(
    groups: tuple[Group, ...], width: int, symbols: Symbols
) -> Iterable[RenderableType]:
    """A table for each group, their columns one below the other."""
    ids = max((len(row.rule) for group in groups for row in group.rows), default=0)
    for group in groups:
        yield Text()
        yield Text(group.name, style="bold underline", overflow="fold")
        if width >= WIDE:
            yield _wide(group, width, ids, symbols)
        else:
            yield from _narrow(group, min(width, NARROW), ids, symbols)
    yield Text()
    yield Text(_legend(symbols), style="dim", overflow="fold")


def _legend(symbols: Symbols) -> str:
    return (
        f"{symbols.met} {symbols.breached}: the target is reached, or missed. Rate: met in time, "
        "of all that were met, met late or not done, with its 95% interval. Floor and ceiling: "
        "the rate if all that cannot be told were breached, or met. N/A: not applicable. A "
        "severity in brackets: the duty is expected (should), and does not bind."
    )


def _plain_table() -> Table:
    return Table(
        box=None,
        show_header=True,
        header_style="dim",
        padding=(0, 1, 0, 0),
        pad_edge=False,
        collapse_padding=True,
    )


# --- narrow: a line of words, and a line of numbers below it -------------------------------------

_INDENT = 2
_HEADS = (
    ("Not", "done", 6),
    ("Can't", "tell", 6),
    ("", "Met", 6),
    ("Met", "late", 6),
    ("Not", "due", 5),
    ("Ex-", "empt", 5),
    ("", "N/A", 6),
)
_RATE, _SPAN, _TARGET = 15, 9, 8


def _narrow(group: Group, width: int, ids: int, symbols: Symbols) -> Iterable[RenderableType]:
    yield from _narrow_head(symbols)
    for row in group.rows:
        words = Table.grid(padding=(0, 1, 0, 0), expand=True)
        words.add_column(width=ids + 2)
        words.add_column(ratio=1, overflow="fold")
        words.add_column(justify="right", no_wrap=True)
        words.add_row(_id(row, symbols), Text(safe_text(row.title)), _severity(row))
        yield Constrained(words, width)
        yield _narrow_numbers(row, symbols)


def _narrow_head(symbols: Symbols) -> Iterable[Text]:
    rates = (
        ("Rate", "(95%)", _RATE),
        (f"Floor{symbols.dash}", "ceiling", _SPAN),
        ("", "Target", _TARGET),
    )
    for level in range(2):
        line = "".join(f"{head[level]!s:>{head[2]}}" for head in (*_HEADS, *rates))
        yield Text(" " * _INDENT + line, style="dim")


def _narrow_numbers(row: RuleSummary, symbols: Symbols) -> Text:
    line = Text(" " * _INDENT)
    if row.absent_kind:
        return line.append("not in this export", style="dim")
    cells = [*_counts(row, symbols), *_beside(row, symbols)]
    sizes = [head[2] for head in _HEADS]
    rate = Text(_rate(row, symbols)) if row.judged else Text("none judged", style="dim")
    cells += [rate, _span(row, symbols), _target(row, symbols)]
    for cell, size in zip(cells, [*sizes, _RATE, _SPAN, _TARGET], strict=True):
        line.append(" " * max(1, size - cell.cell_len)).append_text(cell)
    return line


# --- wide ---------------------------------------------------------------------------------------


def _wide(group: Group, width: int, ids: int, symbols: Symbols) -> RenderableType:
    table = _plain_table()
    id_width = min(max(ids, 4), 12) + 2
    numbers = (
        ("Not\ndone", 5),
        ("Can't\ntell", 5),
        ("\nMet", 5),
        ("Met\nlate", 5),
        ("Not\ndue", 5),
        ("Ex-\nempt", 5),
        ("\nN/A", 5),
    )
    rate, span, target = 17, 9, 8
    taken = id_width + 9 + sum(n for _, n in numbers) + rate + span + target + 13
    table.add_column("Rule", width=id_width, overflow="fold")
    table.add_column("Duty", width=width - taken, overflow="fold")
    table.add_column("Severity", width=9)
    for name, size in numbers:
        table.add_column(name, width=size, justify="right", no_wrap=True)
    table.add_column("Rate\n(95% interval)", width=rate, justify="right", no_wrap=True)
    table.add_column(f"Floor{symbols.dash}\nceiling", width=span, justify="right", no_wrap=True)
    table.add_column("Target", width=target, justify="right", no_wrap=True)
    for row in group.rows:
        table.add_row(*_wide_row(row, symbols))
    return table


def _wide_row(row: RuleSummary, symbols: Symbols) -> list[Text]:
    cells = [_id(row, symbols), Text(safe_text(row.title)), _severity(row)]
    if row.absent_kind:
        return [*cells, *[Text("")] * 7, Text("not in export", style="dim")]
    cells += _counts(row, symbols)
    cells += _beside(row, symbols)
    if row.rate is None:
        return [*cells, Text("none judged", style="dim")]
    return [*cells, Text(_rate(row, symbols)), _span(row, symbols), _target(row, symbols)]


# --- cells --------------------------------------------------------------------------------------


def _id(row: RuleSummary, symbols: Symbols) -> Text:
    """The rule's id, after a shape: target reached, missed, or nothing to say."""
    reached = is_reached(row)
    mark = {True: symbols.met, False: symbols.breached, None: " "}[reached]
    style = {True: "green", False: "bold red", None: ""}[reached]
    return Text().append(f"{mark} ", style=style).append(safe_text(row.rule), style="bold")


def _counts(row: RuleSummary, symbols: Symbols) -> list[Text]:
    counts = row.counts
    return [
        _number(counts[Verdict.BREACHED], "bold red", symbols),
        _number(counts[Verdict.CANNOT_TELL], "magenta", symbols),
        _number(counts[Verdict.MET], "", symbols),
        _number(counts[Verdict.MET_LATE], "", symbols),
    ]


_BESIDE = (Verdict.NOT_YET_DUE, Verdict.EXEMPT, Verdict.NOT_APPLICABLE)


def _beside(row: RuleSummary, symbols: Symbols) -> list[Text]:
    """The counts that are in no rate."""
    return [_number(row.counts[verdict], "dim", symbols) for verdict in _BESIDE]


def _severity(row: RuleSummary) -> Text:
    """How grave; in brackets where the duty is expected and does not bind."""
    return Text(row.severity if row.force == "must" else f"({row.severity})", style="dim")


def _span(row: RuleSummary, symbols: Symbols) -> Text:
    """Floor and ceiling, where they differ."""
    if not row.counts[Verdict.CANNOT_TELL]:
        return Text("")
    return Text(f"{_floor(row)}{symbols.dash}{_ceiling(row)}", style="dim")


def _number(number: int, style: str, symbols: Symbols) -> Text:
    return Text(f"{number:,}", style=style) if number else Text(symbols.dash, style="dim")


def _rate(row: RuleSummary, symbols: Symbols) -> str:
    if row.rate is None or row.interval is None:
        return ""
    low, high = (round(100 * end) for end in row.interval)
    return f"{percent(row.rate)} ({low}{symbols.dash}{high})"


def _floor(row: RuleSummary) -> str:
    """In whole percent, rounded down: it is no better than that."""
    return "" if row.floor is None else str(floor(round(100 * row.floor, 3)))


def _ceiling(row: RuleSummary) -> str:
    """In whole percent, rounded up."""
    return "" if row.ceiling is None else str(ceil(round(100 * row.ceiling, 3)))


def _target(row: RuleSummary, symbols: Symbols) -> Text:
    if row.target is None:
        return Text("")
    reached = is_reached(row)
    mark = {True: symbols.met, False: symbols.breached, None: ""}[reached]
    style = {True: "green", False: "red", None: "dim"}[reached]
    return Text(f"{percent(row.target)} {mark}".rstrip(), style=style)
