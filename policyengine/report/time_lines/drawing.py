"""A time line as shapes for SVG: a line to scale, a numbered mark for each day.

The list under it says what each number is: the drawing shows only how far apart they lie. An event
is a circle, a deadline a diamond, the day that is looked from a square.
"""

from itertools import groupby

from policyengine.report.charts.svg import Drawing, Path, Words
from policyengine.report.time_lines.line import Mark, Sort, TimeLine

WIDTH, HEIGHT = 480, 64
_LEFT, _RIGHT, _Y = 22, 458, 32
_APART = 40  # between two marks, so that neither covers the other
_HALF = 15


def drawn(line: TimeLine) -> Drawing | None:
    """The drawing; None where there are too few days to draw, or more than there is room for."""
    places = [tuple(marks) for _, marks in groupby(line.marks, key=lambda m: (int(m.day), m.sort))]
    if len(places) < 2 or len(places) * _APART > _RIGHT - _LEFT + _APART:
        return None
    xs = _spread([marks[0].day for marks in places])
    paths = [Path("course", f"M{_LEFT - 10} {_Y}H{xs[-1]:.0f}")]
    late = _late(places, xs)
    if late:
        paths.append(late)
    paths += [Path(*_shape(marks[0].sort, x)) for marks, x in zip(places, xs, strict=True)]
    words = [
        Words(f"{x:.0f}", f"{_Y + 6}", "", _numbers(marks))
        for marks, x in zip(places, xs, strict=True)
    ]
    return Drawing(paths=tuple(paths), words=tuple(words), width=WIDTH, height=HEIGHT)


def _numbers(marks: tuple[Mark, ...]) -> str:
    first, last = marks[0].number, marks[-1].number
    return str(first) if first == last else f"{first}–{last}"


def _spread(days: list[float]) -> list[float]:
    """Where each stands: to scale, and pushed apart where two would touch."""
    span = max(days[-1] - days[0], 1)
    scale = (_RIGHT - _LEFT) / span
    xs = [_LEFT + (day - days[0]) * scale for day in days]
    for at in range(1, len(xs)):
        xs[at] = max(xs[at], xs[at - 1] + _APART)
    xs[-1] = min(xs[-1], _RIGHT)
    for at in range(len(xs) - 2, -1, -1):
        xs[at] = min(xs[at], xs[at + 1] - _APART)
    return xs


def _late(places: list[tuple[Mark, ...]], xs: list[float]) -> Path | None:
    """From the last deadline to the day that is looked from: the time is over there."""
    due = [x for marks, x in zip(places, xs, strict=True) if marks[0].sort is Sort.DEADLINE]
    now = [x for marks, x in zip(places, xs, strict=True) if marks[0].sort is Sort.AS_AT]
    if not due or not now or due[-1] >= now[-1]:
        return None
    return Path("over", f"M{due[-1]:.0f} {_Y}H{now[-1]:.0f}")


def _shape(sort: Sort, x: float) -> tuple[str, str]:
    r = _HALF
    match sort:
        case Sort.EVENT:
            left = f"M{x - r:.0f} {_Y}"
            return "day", f"{left}a{r} {r} 0 1 0 {2 * r} 0a{r} {r} 0 1 0 -{2 * r} 0z"
        case Sort.DEADLINE:
            r += 5
            return "due", f"M{x:.0f} {_Y - r}l{r} {r}l-{r} {r}l-{r} -{r}z"
        case Sort.AS_AT:
            return "now", f"M{x - r:.0f} {_Y - r}h{2 * r}v{2 * r}h-{2 * r}z"
