"""A time line as text: a line to scale with the numbers of its days, and the list of them.

Plain characters only, so that every terminal and every page of Markdown can carry it. A deadline is
`<3>`, the day that is looked from `[4]`; once the time is over, the line is dotted.
"""

from collections.abc import Iterator
from itertools import groupby
from textwrap import wrap

from policyengine.report.safe_text import safe_text
from policyengine.report.time_lines.line import Mark, Sort, TimeLine

_LONGEST = 64
_ROUND = {Sort.EVENT: ("", ""), Sort.DEADLINE: ("<", ">"), Sort.AS_AT: ("[", "]")}


def time_line_text(line: TimeLine, width: int, indent: int = 2) -> Iterator[str]:
    """The title with what comes out, the line, and its days; no line wider than `width`."""
    left = " " * indent
    outcome = "; ".join(each.words for each in line.outcomes)
    yield from wrap(
        safe_text(f"{line.title}: {outcome}"),
        width,
        initial_indent=left,
        subsequent_indent=left + "  ",
    )
    drawn = ruler(line, min(_LONGEST, width - indent - 2))
    if drawn:
        yield f"{left}  {drawn}"
    told = [(f"{mark.number}. ", f"{mark.when}: {mark.what}") for mark in line.marks]
    for lead, words in (*told, *(("- ", what) for what in line.undated)):
        start = f"{left}  {lead}"
        yield from wrap(
            safe_text(words), width, initial_indent=start, subsequent_indent=" " * len(start)
        )


def ruler(line: TimeLine, width: int) -> str:
    """The line alone, `1-----2-<3>....[4]`; empty where there is too little to draw, or no room."""
    places = [tuple(marks) for _, marks in groupby(line.marks, key=lambda m: (int(m.day), m.sort))]
    names = [_name(marks) for marks in places]
    if len(places) < 2 or sum(map(len, names)) + len(names) > width:
        return ""
    starts = _spread([marks[0].day for marks in places], [len(name) for name in names], width)
    drawn, over = "", False
    for marks, name, start in zip(places, names, starts, strict=True):
        drawn += ("." if over else "-") * (start - len(drawn)) + name
        over = over or marks[0].sort is Sort.DEADLINE
    return drawn


def _name(marks: tuple[Mark, ...]) -> str:
    first, last = marks[0].number, marks[-1].number
    opens, closes = _ROUND[marks[0].sort]
    return f"{opens}{first if first == last else f'{first}-{last}'}{closes}"


def _spread(days: list[float], lengths: list[int], width: int) -> list[int]:
    """Where each name begins: to scale, none touching the one before it, all within the width."""
    span = max(days[-1] - days[0], 1)
    room = width - lengths[-1]
    starts = [round((day - days[0]) / span * room) for day in days]
    for at in range(1, len(starts)):
        starts[at] = max(starts[at], starts[at - 1] + lengths[at - 1] + 1)
    starts[-1] = min(starts[-1], room)
    for at in range(len(starts) - 2, -1, -1):
        starts[at] = min(starts[at], starts[at + 1] - lengths[at] - 1)
    return starts
