"""The table of rules: counts of each verdict, the rate with its interval, floor, ceiling, target.

Below 120 columns a rule takes a few lines, above it one.
"""

from collections.abc import Iterable

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from policyengine.findings.model import RuleSummary
from policyengine.report.headline import is_reached, percent
from policyengine.report.page import Group
from policyengine.report.safe_text import safe_text
from policyengine.report.symbols import Symbols
from policyengine.values.verdict import Verdict

WIDE = 120
BAR = 10


def summary_tables(
    groups: tuple[Group, ...], width: int, symbols: Symbols
) -> Iterable[RenderableType]:
    """A table for each group, their columns one below the other."""
    ids = max((len(row.rule) for group in groups for row in group.rows), default=0)
    for index, group in enumerate(groups):
        yield Text()
        yield Text(group.name, style="bold underline", overflow="fold")
        if width >= WIDE:
            yield _wide(group, width, ids, symbols, header=index == 0)
        else:
            yield _narrow(group, width, ids, symbols, header=index == 0)
    yield Text()
    yield Text(_LEGEND, style="dim", overflow="fold")


_LEGEND = (
    "Rate: met in time, of all that were met, met late or breached, with its 95% interval. Floor "
    "and ceiling: the rate if all that cannot be told were breached, or met."
)


def _plain_table(header: bool) -> Table:
    return Table(
        box=None,
        show_header=header,
        header_style="dim",
        padding=(0, 1, 0, 0),
        pad_edge=False,
        collapse_padding=True,
    )


# --- narrow -------------------------------------------------------------------------------------


def _narrow(
    group: Group, width: int, ids: int, symbols: Symbols, *, header: bool
) -> RenderableType:
    table = _plain_table(header)
    rate = 22
    counts = (("Not\ndone", 5), ("Can't\ntell", 5), ("Met", 5), ("Met\nlate", 5))
    id_width = min(max(ids, 4), 12) + 2
    duty = width - rate - id_width - sum(each for _, each in counts) - 6
    table.add_column("Rule", width=id_width, overflow="fold", vertical="top")
    table.add_column("Duty", width=duty, overflow="fold")
    for name, size in counts:
        table.add_column(name, width=size, justify="right", no_wrap=True)
    table.add_column("Rate (95% interval)", width=rate, justify="right")
    for row in group.rows:
        duty_text = Text(safe_text(row.title))
        duty_text.append(f"\n{_aside(row)}", style="dim")
        if row.absent_kind:
            absent = Text("not in this export", style="dim")
            table.add_row(_id(row, symbols), duty_text, *[Text("")] * 4, absent)
        else:
            cells = _counts(row, symbols)
            table.add_row(_id(row, symbols), duty_text, *cells, _rate_lines(row, symbols))
    return table


def _aside(row: RuleSummary) -> str:
    """The severity, and the counts that are in no rate."""
    aside = [row.severity if row.force == "must" else f"{row.severity}, expected"]
    for verdict, words in _BESIDE:
        if row.counts[verdict]:
            aside.append(f"{row.counts[verdict]:,} {words}")
    return ", ".join(aside)


_BESIDE = (
    (Verdict.NOT_YET_DUE, "not yet due"),
    (Verdict.EXEMPT, "exempt"),
    (Verdict.NOT_APPLICABLE, "not applicable"),
)


def _rate_lines(row: RuleSummary, symbols: Symbols) -> Text:
    if row.rate is None:
        return Text("nothing judged", style="dim")
    said = Text(_rate(row, symbols))
    if row.counts[Verdict.CANNOT_TELL]:
        said.append(f"\nfloor {_floor(row)}, ceiling {_ceiling(row)}", style="dim")
    target = _target(row, symbols)
    return Text("\n").join([said, target]) if target.plain else said


# --- wide ---------------------------------------------------------------------------------------


def _wide(group: Group, width: int, ids: int, symbols: Symbols, *, header: bool) -> RenderableType:
    table = _plain_table(header)
    id_width = min(max(ids, 4), 12) + 2
    numbers = (
        ("Not\ndone", 5),
        ("Can't\ntell", 5),
        ("Met", 5),
        ("Met\nlate", 5),
        ("Not\nyet due", 7),
        ("Ex-\nempt", 5),
        ("Not ap-\nplicable", 8),
    )
    bar = BAR if width >= 140 else 0
    rate, floor, target = 17, 9, 8
    taken = id_width + 9 + sum(n for _, n in numbers) + rate + floor + target + 13
    table.add_column("Rule", width=id_width, overflow="fold")
    table.add_column("Duty", width=width - taken - (bar + 1 if bar else 0), overflow="fold")
    table.add_column("Severity", width=9)
    for name, size in numbers:
        table.add_column(name, width=size, justify="right", no_wrap=True)
    if bar:
        table.add_column("", width=bar, no_wrap=True)
    table.add_column("Rate\n(95% interval)", width=rate, justify="right", no_wrap=True)
    table.add_column(f"Floor{symbols.dash}\nceiling", width=floor, justify="right", no_wrap=True)
    table.add_column("Target", width=target, justify="right", no_wrap=True)
    for row in group.rows:
        table.add_row(*_wide_row(row, bar, symbols))
    return table


def _wide_row(row: RuleSummary, bar: int, symbols: Symbols) -> list[Text]:
    severity = row.severity if row.force == "must" else f"({row.severity})"
    cells = [_id(row, symbols), Text(safe_text(row.title)), Text(severity, style="dim")]
    if row.absent_kind:
        return [*cells, *[Text("")] * (8 if bar else 7), Text("not in export", style="dim")]
    cells += _counts(row, symbols)
    cells += [_number(row.counts[verdict], "dim", symbols) for verdict, _ in _BESIDE]
    if bar:
        cells.append(_bar(row, bar, symbols))
    if row.rate is None:
        return [*cells, Text("nothing judged", style="dim")]
    both = f"{_floor(row)}{symbols.dash}{_ceiling(row)}" if row.counts[Verdict.CANNOT_TELL] else ""
    return [*cells, Text(_rate(row, symbols)), Text(both, style="dim"), _target(row, symbols, "")]


def _bar(row: RuleSummary, size: int, symbols: Symbols) -> Text:
    if row.rate is None:
        return Text("")
    full = int(row.rate * size + 0.5)
    if row.rate < 1:
        full = min(full, size - 1)
    style = {True: "green", False: "red", None: "default"}[is_reached(row)]
    bar = Text(symbols.full * full, style=style)
    return bar.append(symbols.empty * (size - full), style="dim")


# --- cells --------------------------------------------------------------------------------------


def _id(row: RuleSummary, symbols: Symbols) -> Text:
    """The rule's id, after a shape: target reached, missed, or nothing to say."""
    reached = is_reached(row)
    mark = {True: symbols.met, False: symbols.breached, None: " "}[reached]
    style = {True: "green", False: "bold red", None: ""}[reached]
    return Text(f"{mark} ", style=style).append(safe_text(row.rule), style="bold")


def _counts(row: RuleSummary, symbols: Symbols) -> list[Text]:
    counts = row.counts
    return [
        _number(counts[Verdict.BREACHED], "bold red", symbols),
        _number(counts[Verdict.CANNOT_TELL], "magenta", symbols),
        _number(counts[Verdict.MET], "", symbols),
        _number(counts[Verdict.MET_LATE], "", symbols),
    ]


def _number(number: int, style: str, symbols: Symbols) -> Text:
    return Text(f"{number:,}", style=style) if number else Text(symbols.dash, style="dim")


def _rate(row: RuleSummary, symbols: Symbols) -> str:
    if row.rate is None or row.interval is None:
        return ""
    low, high = (round(100 * end) for end in row.interval)
    return f"{percent(row.rate)} ({low}{symbols.dash}{high})"


def _floor(row: RuleSummary) -> str:
    return "" if row.floor is None else f"{int(100 * row.floor)}"


def _ceiling(row: RuleSummary) -> str:
    return "" if row.ceiling is None else f"{int(100 * row.ceiling + 0.999999)}"


def _target(row: RuleSummary, symbols: Symbols, before: str = "target ") -> Text:
    if row.target is None:
        return Text("")
    reached = is_reached(row)
    mark = {True: symbols.met, False: symbols.breached, None: ""}[reached]
    style = {True: "green", False: "red", None: "dim"}[reached]
    return Text(f"{before}{percent(row.target)} {mark}".rstrip(), style=style)
