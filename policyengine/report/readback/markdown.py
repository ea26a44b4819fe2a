"""A read-back in Markdown: headings, paragraphs, nested lists, tables."""

from collections.abc import Iterable, Iterator

from policyengine.readback import Block, ReadBack, Said, Table
from policyengine.report.markdown_text import markdown_text, row


def readback_markdown(back: ReadBack, level: int = 2) -> str:
    """One version of a rule; `level` is that of its heading."""
    return "".join(_parts(back, level))


def said_markdown(said: Said) -> str:
    """One sentence and its list."""
    return "".join(_said(said))


def blocks_markdown(blocks: Iterable[Block]) -> Iterator[str]:
    """The paragraphs, lists and tables of a section."""
    for block in blocks:
        if isinstance(block, Table):
            yield from _table(block)
        else:
            yield from _said(block)
            yield "\n"


def _parts(back: ReadBack, level: int) -> Iterator[str]:
    yield f"{'#' * level} {markdown_text(f'{back.rule} {back.title}')}\n\n"
    facts = [*([f"in force {back.in_force}"] if back.in_force else []), *back.facts]
    yield f"*{markdown_text(', '.join(facts))}*\n\n"
    for section in back.sections:
        yield f"{'#' * (level + 1)} {markdown_text(section.heading)}\n\n"
        yield from blocks_markdown(section.blocks)


def _said(said: Said) -> Iterator[str]:
    for depth, line in said.lines():
        indent = "  " * max(depth - 1, 0)
        yield f"{indent}{'- ' if depth else ''}{markdown_text(line)}\n"
        if depth == 0 and said.items:
            yield "\n"


def _table(table: Table) -> Iterator[str]:
    yield f"**{markdown_text(table.caption)}**\n\n"
    yield row(*map(markdown_text, table.head))
    yield row(*("---" for _ in table.head))
    for cells in table.rows:
        yield row(*map(markdown_text, cells))
    yield "\n"
