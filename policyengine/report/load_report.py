"""The load report: what became of every row and every value, and never what stood there."""

from collections.abc import Iterable

from rich.console import RenderableType
from rich.rule import Rule as Line
from rich.table import Table
from rich.text import Text

from policyengine.imports.faults import SAYS, Fault
from policyengine.imports.load_counts import FieldLoad, LoadCounts, TableLoad
from policyengine.report.safe_text import safe_text
from policyengine.report.symbols import Symbols

_ROWS = ("in files", "set aside", "read", "kept", "merged", "rejected", "orphans")


def load_parts(load: LoadCounts, symbols: Symbols) -> Iterable[RenderableType]:
    """The whole report: rows by table, faults, then values by field."""
    name = safe_text(load.mapping) or "the mapping"
    yield Line(Text(f"Loaded by {name}", style="bold"), align="left", characters="━", style="dim")
    yield Text(balance(load))
    yield Text()
    yield _rows(load.tables)
    yield from _faults(load, symbols)
    yield Text()
    yield _fields(load.tables, symbols)
    yield from _notes(load, symbols)


def balance(load: LoadCounts) -> str:
    """`1,200 rows read = 1,000 kept + 150 merged + 50 rejected`"""
    parts = [f"{load.total(name):,} {name}" for name in ("kept", "merged", "rejected")]
    return f"{load.total('read'):,} rows read = {' + '.join(parts)}"


def _table() -> Table:
    return Table(
        box=None, show_header=True, header_style="dim", padding=(0, 2, 0, 0), pad_edge=False
    )


def _rows(tables: Iterable[TableLoad]) -> Table:
    drawn = _table()
    drawn.add_column("kind", overflow="fold")
    drawn.add_column("source", overflow="fold")
    for name in _ROWS:
        drawn.add_column(name, justify="right", no_wrap=True)
    for each in tables:
        before = (each.in_files, each.set_aside, each.read)
        after = (each.kept, each.merged, each.rejected, each.orphaned)
        drawn.add_row(
            Text(safe_text(each.kind)),
            Text(safe_text(each.source), style="dim"),
            *(Text(f"{number:,}" if number else "") for number in before + after),
        )
    return drawn


def _faults(load: LoadCounts, symbols: Symbols) -> Iterable[RenderableType]:
    """Each fault of each kind, the commonest first."""
    found: dict[tuple[str, Fault], int] = {}
    for table in load.tables:
        for fault, rows in table.faults.items():
            key = (table.kind, fault)
            found[key] = found.get(key, 0) + rows
    for fault, number in load.faults.items():
        found["", fault] = number
    yield Text()
    if not found:
        yield Text(f"{symbols.met} no fault was found")
        return
    drawn = _table()
    drawn.add_column("fault")
    drawn.add_column("kind", overflow="fold")
    drawn.add_column("rows", justify="right")
    drawn.add_column("", overflow="fold", style="dim")
    for (kind, fault), rows in sorted(found.items(), key=lambda each: (-each[1], str(each[0]))):
        drawn.add_row(
            Text(fault.value), Text(safe_text(kind)), Text(f"{rows:,}"), Text(SAYS[fault])
        )
    yield drawn


def _fields(tables: Iterable[TableLoad], symbols: Symbols) -> Table:
    drawn = _table()
    drawn.add_column("field", overflow="fold")
    for name in ("filled", "blank", "not known", "withheld", "invalid"):
        drawn.add_column(name, justify="right", no_wrap=True)
    drawn.add_column("faults", overflow="fold")
    for table in tables:
        for name, each in table.fields.items():
            invalid = sum(each.invalid.values())
            numbers = (each.filled, each.blank, each.unknown, each.withheld, invalid)
            drawn.add_row(
                Text(safe_text(f"{table.kind}.{name}")),
                *(Text(f"{number:,}" if number else "") for number in numbers),
                Text(_said(each, symbols), style="dim"),
            )
    return drawn


def _said(each: FieldLoad, symbols: Symbols) -> str:
    counts = [*each.invalid.items(), *((f, n) for f, n in each.doubtful.items())]
    return symbols.dot.join(f"{fault.value} {number:,}" for fault, number in counts)


def _notes(load: LoadCounts, symbols: Symbols) -> Iterable[RenderableType]:
    yield Text()
    for file in load.files:
        yield Text(
            f"{symbols.bullet} {safe_text(file.name)}: {safe_text(file.read_as)}", style="dim"
        )
    if load.absent:
        kinds = ", ".join(safe_text(kind) for kind in sorted(load.absent))
        yield Text(f"{symbols.bullet} not in this export: {kinds}", style="dim", overflow="fold")
    for note in load.notes:
        yield Text(f"{symbols.bullet} {safe_text(note)}", style="dim", overflow="fold")
