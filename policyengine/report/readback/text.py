"""A read-back as plain text at a width: headings, paragraphs, lists, and tables that fold."""

from collections.abc import Iterable, Iterator
from textwrap import wrap

from policyengine.readback import Block, ReadBack, Said, Table
from policyengine.report.safe_text import safe_text

WIDTH = 100
_GAP = "  "
_NARROWEST = 12  # a column below this is no column: the table is told line by line


def readback_text(back: ReadBack, width: int = WIDTH) -> str:
    """One version of a rule, whole, as text."""
    return "\n".join(_lines(back, width)) + "\n"


def said_text(said: Said, width: int = WIDTH, indent: int = 0) -> str:
    """One sentence and its list, as text."""
    return "\n".join(_said(said, width, indent))


_PLAIN = str.maketrans({"“": '"', "”": '"', "⟨": "[", "⟩": "]", "·": ",", "…": "...", "–": "-"})


def plain_marks(text: str, encoding: str) -> str:
    """The text with plain quotation marks, where its encoding has no others."""
    return text if encoding.lower().replace("-", "").startswith("utf") else text.translate(_PLAIN)


def _lines(back: ReadBack, width: int) -> Iterator[str]:
    yield from wrap(safe_text(f"{back.rule}  {back.title}"), width)
    facts = [*([f"in force {back.in_force}"] if back.in_force else []), *back.facts]
    yield from wrap(
        safe_text(" · ".join(facts)), width, initial_indent="  ", subsequent_indent="  "
    )
    for section in back.sections:
        yield ""
        yield safe_text(section.heading)
        yield from blocks_text(section.blocks, width)


def blocks_text(blocks: Iterable[Block], width: int) -> Iterator[str]:
    """The lines of a section."""
    for block in blocks:
        if isinstance(block, Table):
            yield from _table(block, width)
        else:
            yield from _said(block, width, 2)


def _said(said: Said, width: int, indent: int) -> Iterator[str]:
    for depth, line in said.lines():
        left = " " * (indent + 2 * max(depth - 1, 0))
        mark = "- " if depth else ""
        yield from wrap(
            safe_text(line),
            max(width, len(left) + 30),
            initial_indent=left + mark,
            subsequent_indent=left + (" " * len(mark) if mark else ""),
        )


def _table(table: Table, width: int) -> Iterator[str]:
    head = [safe_text(cell) for cell in table.head]
    rows = [[safe_text(cell) for cell in row] for row in table.rows]
    yield from wrap(safe_text(f"{table.caption}:"), width, initial_indent="  ")
    widths = _widths(head, rows, width - 4)
    if widths is None:
        for row in rows:
            told = "; ".join(
                f"{name}: {cell}" for name, cell in zip(head, row, strict=True) if cell
            )
            yield from wrap(told, width, initial_indent="    - ", subsequent_indent="      ")
        return
    for row in [head, ["-" * each for each in widths], *rows]:
        yield from _row(row, widths)


def _row(row: list[str], widths: list[int]) -> Iterator[str]:
    cells = [wrap(cell, each) or [""] for cell, each in zip(row, widths, strict=True)]
    for at in range(max(map(len, cells))):
        parts = [
            (cell[at] if at < len(cell) else "").ljust(each)
            for cell, each in zip(cells, widths, strict=True)
        ]
        yield ("    " + _GAP.join(parts)).rstrip()


def _widths(head: list[str], rows: list[list[str]], room: int) -> list[int] | None:
    """How wide each column is: as wide as it wants, the widest giving way; None: no room."""
    if not rows:
        return None
    wanted = [max(len(row[at]) for row in [head, *rows]) for at in range(len(head))]
    room -= len(_GAP) * (len(wanted) - 1)
    while sum(wanted) > room:
        widest = wanted.index(max(wanted))
        wanted[widest] -= 1
        if wanted[widest] < _NARROWEST:
            return None
    return wanted
