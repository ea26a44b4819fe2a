"""A trend as a page of charts, and as Markdown. For analysts: its numbers are not hidden."""

from collections.abc import Sequence

from policyengine.report.charts.picture import Picture
from policyengine.report.charts.svg import control_chart
from policyengine.report.committee.html import rendered
from policyengine.report.committee.page import ChartedRule
from policyengine.report.markdown_text import markdown_text, row
from policyengine.report.safe_text import safe_text


def trend_html(heading: Sequence[str], pictures: Sequence[Picture]) -> str:
    """One HTML file. `heading` is a title and lines below it."""
    title, *facts = map(safe_text, heading)
    return rendered(
        "trend.html.j2",
        title=title,
        facts=facts,
        charts=[ChartedRule(each, control_chart(each)) for each in pictures if each.is_drawn],
        silent=_silent(pictures),
    )


def trend_markdown(heading: Sequence[str], pictures: Sequence[Picture]) -> str:
    """A table of the rules with what their charts say."""
    title, *facts = heading
    lines = [f"# {markdown_text(title)}\n\n", *(f"{markdown_text(fact)}\n\n" for fact in facts)]
    drawn = [each for each in pictures if each.is_drawn]
    if drawn:
        lines += ["| rule | latest | what the chart says |\n", "|---|---|---|\n"]
    for each in drawn:
        name = f"**{markdown_text(each.rule)}** {markdown_text(each.title)}"
        lines.append(row(name, markdown_text(each.latest.says), markdown_text(" ".join(each.says))))
    for why, rules in _silent(pictures):
        lines.append(f"\n{markdown_text(why.capitalize())}: {markdown_text(', '.join(rules))}\n")
    return "".join(lines)


def _silent(pictures: Sequence[Picture]) -> list[tuple[str, list[str]]]:
    """Why rules have no chart, and which."""
    found: dict[str, list[str]] = {}
    for each in pictures:
        if not each.is_drawn and each.dots:
            found.setdefault(each.latest.says, []).append(each.rule)
    return sorted(found.items())
