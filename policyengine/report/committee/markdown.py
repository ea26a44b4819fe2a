"""The committee's report as Markdown: the same figures and words, without the drawings."""

from collections.abc import Iterable, Iterator

from policyengine.report.committee.page import CommitteePage, RuleRow
from policyengine.report.markdown_text import markdown_text as text
from policyengine.report.markdown_text import row


def committee_markdown(page: CommitteePage) -> Iterator[str]:
    """The report, piece by piece."""
    yield f"# {text(page.title)}\n\n{text(' · '.join(page.facts))}\n\n"
    for line in page.lines:
        yield f"- **{text(line.head)}.** {text(line.text)}\n"
    yield "\n## Rules by learning point\n"
    for group in page.groups:
        yield f"\n### {text(group.name)}\n\n"
        yield from _table(
            ("Rule", "Kept", "Rate", "95%", "Late", "Cannot tell", "Floor to ceiling", "Target"),
            (_cells(each) for each in group.rows),
        )
    yield f"\n## Over time\n\n{text(page.chart_note)}\n\n"
    yield from _table(
        ("Rule", "What its chart says"),
        ((each.picture.rule, " ".join(each.picture.says)) for each in page.charts),
    )
    yield "\n## Teams\n\n"
    yield from _table(("Rule", "Teams"), ((each.rule, each.says) for each in page.teams))
    yield from _quality(page)
    yield from _method(page)


def _cells(each: RuleRow) -> tuple[str, ...]:
    name = f"{each.rule} {each.title} ({each.kind})"
    if each.note:
        return (name, each.note, *[""] * 6)
    return (
        name,
        each.kept,
        each.rate,
        each.interval,
        each.late,
        each.cannot_tell,
        each.bounds,
        each.target,
    )


def _quality(page: CommitteePage) -> Iterator[str]:
    quality = page.quality
    merged = f", {quality.rows_merged} merged" if quality.rows_merged else ""
    read = f"{quality.rows_read} rows read: {quality.rows_kept} kept{merged}"
    yield f"\n## Data quality\n\n{text(f'{read}, {quality.rows_rejected} rejected.')}\n\n"
    yield from _table(
        ("What is missing", "Field", "Duties", "Rules"),
        ((each.text, each.place, each.often, str(each.rules)) for each in quality.missing),
    )
    yield "\n"
    yield from _table(
        ("Field", "Fault", "Rows"), ((each.place, each.fault, each.rows) for each in quality.faults)
    )
    for words, rules in (
        ("Not in this export", quality.absent),
        ("Nothing fell due", quality.silent),
    ):
        if rules:
            yield f"\n{text(words)}: {text(', '.join(rules))}\n"


def _method(page: CommitteePage) -> Iterator[str]:
    yield "\n## Method\n\n"
    yield from _table(
        ("Setting", "Value", "Why"), ((each.name, each.value, each.why) for each in page.settings)
    )
    for rule in page.rules:
        force = f" ({rule.in_force})" if rule.in_force else ""
        yield f"\n### {text(f'{rule.rule} {rule.title}{force}')}\n\n"
        # A line of a rule begins with no fence; indented, it is a block of code whatever it holds.
        yield "".join(f"    {line}\n" for line in rule.lines)
        yield "\n" + "".join(f"Source: {text(source)}\n\n" for source in rule.sources)
    yield "\n## Where this comes from\n\n"
    yield from _table(("", ""), page.provenance)


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> Iterator[str]:
    """A table; nothing where it has no rows."""
    first = True
    for cells in rows:
        if first:
            yield row(*map(text, head))
            yield "|" + "---|" * len(head) + "\n"
            first = False
        yield row(*map(text, cells))
