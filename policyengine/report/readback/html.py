"""A read-back as a fragment of HTML: no script, no style of its own, every value escaped.

A page that holds it styles `section.readback`; headings begin at the level that is asked for.
"""

from collections.abc import Iterable, Iterator
from html import escape

from policyengine.readback import Block, ReadBack, Said, Table
from policyengine.report.safe_text import safe_text


def readback_html(back: ReadBack, level: int = 2) -> str:
    """One version of a rule; `level` is that of its heading."""
    return "".join(_parts(back, level))


def said_html(said: Said) -> str:
    """One sentence and its list."""
    return f"<p>{html_text(said.text)}</p>{_list(said.items)}\n"


def html_text(value: str) -> str:
    """A value as text of a page, and as nothing else."""
    return escape(safe_text(value))


def blocks_html(blocks: Iterable[Block]) -> Iterator[str]:
    """The paragraphs, lists and tables of a section."""
    for block in blocks:
        yield _table(block) if isinstance(block, Table) else said_html(block)


def _parts(back: ReadBack, level: int) -> Iterator[str]:
    yield '<section class="readback">\n'
    yield f"<h{level}>{html_text(back.rule)} {html_text(back.title)}</h{level}>\n"
    facts = [*([f"in force {back.in_force}"] if back.in_force else []), *back.facts]
    yield f'<p class="facts">{html_text(" · ".join(facts))}</p>\n'
    for section in back.sections:
        yield f"<h{level + 1}>{html_text(section.heading)}</h{level + 1}>\n"
        yield from blocks_html(section.blocks)
    yield "</section>\n"


def _list(items: tuple[Said, ...]) -> str:
    if not items:
        return ""
    inner = "".join(f"<li>{html_text(item.text)}{_list(item.items)}</li>" for item in items)
    return f"<ul>{inner}</ul>"


def _table(table: Table) -> str:
    head = "".join(f'<th scope="col">{html_text(cell)}</th>' for cell in table.head)
    rows = "".join(_row(table.head, cells) for cells in table.rows)
    return (
        f'<table class="worked"><caption>{html_text(table.caption)}</caption>'
        f"<thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>\n"
    )


def _row(head: tuple[str, ...], cells: tuple[str, ...]) -> str:
    first, *others = cells
    drawn = "".join(
        f'<td data-l="{html_text(name)}">{html_text(cell)}</td>'
        for name, cell in zip(head[1:], others, strict=True)
    )
    return f'<tr><th scope="row" data-l="{html_text(head[0])}">{html_text(first)}</th>{drawn}</tr>'
