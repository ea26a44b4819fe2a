"""The handbook as Markdown: the same words, with the days of an example as a list."""

from collections.abc import Iterator

from policyengine.report.handbook.page import Entry, ExampleShown, Handbook
from policyengine.report.markdown_text import markdown_text as text
from policyengine.report.readback.markdown import blocks_markdown
from policyengine.report.time_lines import ruler

_WIDTH = 64  # of a line of time


def handbook_markdown(page: Handbook) -> Iterator[str]:
    """The handbook, piece by piece."""
    yield f"# {text(page.title)}\n\n{text(' · '.join(page.facts))}\n\n"
    yield "## Contents\n\n"
    for chapter in page.chapters:
        yield f"- [{text(chapter.name)}](#{chapter.anchor})\n"
        for entry in chapter.entries:
            yield f"  - [{text(_title(entry))}](#{entry.anchor})\n"
    yield "\n## How to read this\n\n"
    for head, words in page.reading:
        yield f"- **{text(head)}.** {text(words)}\n"
    for chapter in page.chapters:
        yield f'\n<a id="{chapter.anchor}"></a>\n\n## {text(chapter.name)}\n'
        for entry in chapter.entries:
            yield from _entry(entry)
    yield "\n## Where this comes from\n\n"
    for name, value in page.provenance:
        yield f"- {text(name)}: {text(value)}\n"


def entries_markdown(page: Handbook) -> Iterator[str]:
    """The rules alone, without contents and notes."""
    for chapter in page.chapters:
        for entry in chapter.entries:
            yield from _entry(entry)


def _title(entry: Entry) -> str:
    back = entry.back
    return f"{back.rule} {back.title}" + (f" ({back.in_force})" if back.in_force else "")


def _entry(entry: Entry) -> Iterator[str]:
    back = entry.back
    yield f'\n<a id="{entry.anchor}"></a>\n\n### {text(f"{back.rule} {back.title}")}\n\n'
    facts = [*([f"in force {back.in_force}"] if back.in_force else []), *back.facts]
    yield f"*{text(', '.join(facts))}*\n\n"
    for anchor, when in entry.others:
        yield f"[Another version: {text(when)}](#{anchor})\n\n"
    for section in back.sections:
        yield f"#### {text(section.heading)}\n\n"
        yield from blocks_markdown(section.blocks)
    if entry.examples:
        yield "#### Examples\n\n"
        for each in entry.examples:
            yield from _example(each)


def _example(shown: ExampleShown) -> Iterator[str]:
    line = shown.line
    yield f"**{text(line.title)}**: {text('; '.join(each.words for each in line.outcomes))}\n\n"
    drawn = ruler(line, _WIDTH)
    if drawn:
        yield f"```text\n{drawn}\n```\n\n"
    for mark in line.marks:
        yield f"{mark.number}. {text(f'{mark.when}: {mark.what}')}\n"
    for what in line.undated:
        yield f"- {text(what)}\n"
    yield "\n"
