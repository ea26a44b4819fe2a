"""A comparison as Markdown, as a pull request shows it."""

from collections.abc import Iterator

from policyengine.report.diff.page import DiffPage, Rate, Told, word
from policyengine.report.diff.text import HEADS
from policyengine.report.markdown_text import markdown_text as plain


def diff_markdown(page: DiffPage) -> str:
    """The page."""
    return "\n".join(_lines(page)) + "\n"


def _lines(page: DiffPage) -> Iterator[str]:
    yield f"## Policy: {plain(page.names[0])} → {plain(page.names[1])}"
    yield ""
    for line in page.headline:
        yield f"**{plain(line)}**"
        yield ""
    for line in page.schema:
        yield f"- schema: {plain(line)}"
    for told in page.told:
        yield from _told(told)
    if page.rates:
        yield from ("", "### Before and after", "")
        yield from _rates(page.rates)
    if page.teams:
        yield from ("", "### Teams whose counts change", "")
        yield from _rates(page.teams)
    if page.moved and page.names_cases:
        yield from _moved(page)
    elif page.moved:
        yield from ("", "Markdown names no case; the terminal, JSON and HTML do.")
    for rule, why in (page.not_compared or {}).items():
        yield f"- {plain(rule)} is not compared: {plain(why)}"


def _told(told: Told) -> Iterator[str]:
    yield ""
    yield f"### {plain(told.change.id)} {plain(told.change.title)}"
    yield ""
    yield f"*{plain(told.way)}*"
    for part in told.change.parts:
        yield ""
        yield f"{plain(part.heading)}:"
        yield ""
        yield from (f"- ~~{plain(line)}~~" for line in part.gone)
        yield from (f"- **{plain(line)}**" for line in part.new)
    if told.side is None:
        return
    for words, example in (
        ("Breached now, and not before", told.side.stricter),
        ("Breached before, and no more", told.side.looser),
        ("Judged otherwise", told.side.other),
    ):
        if example:
            yield from ("", f"<details><summary>{words}</summary>", "", "```", example.rstrip())
            yield from ("```", "", "</details>")


def _rates(rates: tuple[Rate, ...]) -> Iterator[str]:
    yield f"| Rule | {' | '.join(HEADS)} |"
    yield "|---|" + "---:|" * len(HEADS)
    for rate in rates:
        cells = [
            old if old == new else f"{old} → {new}"
            for old, new in zip(rate.old, rate.new, strict=True)
        ]
        yield f"| {plain(f'{rate.rule} {rate.team}'.rstrip())} | {' | '.join(cells)} |"


def _moved(page: DiffPage) -> Iterator[str]:
    yield from ("", "### Whose verdict moves", "")
    yield "| Rule | Case | Subject | Team | From, to | Moved by |"
    yield "|---|---|---|---|---|---|"
    for move in page.moved:
        old, new = move.verdicts
        subject = "" if move.subject_kind == "case" else move.subject_id
        cells = (move.rule, move.case, subject, move.team, f"{word(old)} → {word(new)}")
        yield f"| {' | '.join(plain(each) for each in (*cells, move.clause))} |"
    if page.more:
        yield ""
        yield f"and {page.more:,} more"
