"""Charts as shapes for SVG: paths of numbers, and texts that a template escapes.

Each kind of mark is one path, so that a chart of 24 months takes about two kilobytes. Dots are
strokes of no length with round ends; what stands out is a triangle, up or down, not colour alone.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from policyengine.report.charts.picture import Dot, Lines, Mark, Picture

WIDTH = 720  # twice what it is shown at, so that a coordinate is a whole number
HEIGHT = 344
_LEFT, _RIGHT, _TOP, _BOTTOM = 76, 700, 20, 288
_CLASSES = {
    Mark.COMMON: "dot",
    Mark.IMPROVEMENT: "up",
    Mark.CONCERN: "down",
    Mark.AT_LEAST: "least",
}


@dataclass(frozen=True, slots=True)
class Path:
    """A path and the class that says how it is drawn."""

    css: str
    d: str


@dataclass(frozen=True, slots=True)
class Words:
    """A text at a place; `side` is the class that says which of its ends stands there: none for
    the middle, `e` for the end, `s` for the start."""

    x: str
    y: str
    side: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawing:
    """All of a chart, from the back to the front."""

    paths: tuple[Path, ...]
    words: tuple[Words, ...]
    width: int = WIDTH
    height: int = HEIGHT


def control_chart(picture: Picture) -> Drawing:
    """The control chart of a picture that has something to draw."""
    low, high = _span(picture)
    step = (_RIGHT - _LEFT) / max(len(picture.dots), 1)

    def x(index: float) -> float:
        return _LEFT + step * (index + 0.5)

    def y(value: float) -> float:
        return _BOTTOM - (value - low) / (high - low) * (_BOTTOM - _TOP)

    paths = [*_frame(low, high, y)]
    paths += _levels(picture.lines, x, y)
    if picture.target is not None:
        paths.append(Path("target", f"M{_LEFT} {_n(y(picture.target))}H{_RIGHT}"))
    if picture.breaks:
        d = "".join(f"M{_n(x(index - 0.5))} {_TOP}V{_BOTTOM}" for index, _ in picture.breaks)
        paths.append(Path("break", d))
    paths.append(Path("course", _course(picture.dots, x, y)))
    paths += _marks(
        (_CLASSES[dot.mark], x(index), y(dot.value))
        for index, dot in enumerate(picture.dots)
        if dot.value is not None
    )
    words = [*_scale(low, high, y), *_names(picture.dots, x)]
    return Drawing(paths=tuple(path for path in paths if path.d), words=tuple(words))


# --- shared with the funnel -----------------------------------------------------------------------


def marks_at(places: Iterable[tuple[str, float, float]]) -> list[Path]:
    """One path for each class of mark: `dot`, `up`, `down` or `least`, at x and y."""
    return _marks(places)


def ticks(low: float, high: float) -> list[float]:
    """Round percentages from one to the other."""
    step = 10 if high - low <= 40 else 20 if high - low <= 60 else 25
    first = -step * (-low // step)
    return [first + step * index for index in range(int((high - first) // step) + 1)]


def number(value: float) -> str:
    """A coordinate."""
    return _n(value)


def _marks(places: Iterable[tuple[str, float, float]]) -> list[Path]:
    found: dict[str, list[str]] = {css: [] for css in ("dot", "least", "up", "down")}
    for css, x, y in places:
        found[css].append(_SHAPES[css].format(x=_n(x), y=_n(y), up=_n(y - 9), down=_n(y + 9)))
    return [Path(css, "".join(shapes)) for css, shapes in found.items() if shapes]


_SHAPES = {
    "dot": "M{x} {y}h0",
    "up": "M{x} {up}l9 16h-18z",
    "least": "M{x} {up}l9 16h-18z",
    "down": "M{x} {down}l9-16h-18z",
}


def _n(value: float) -> str:
    return str(round(value))


# --- the control chart's parts --------------------------------------------------------------------


def _span(picture: Picture) -> tuple[float, float]:
    """From a ten below everything to a ten above, and at least twenty wide."""
    shown = [dot.value for dot in picture.dots if dot.value is not None]
    for level in picture.lines:
        shown += [] if level is None else [level.lower, level.upper]
    shown += [] if picture.target is None else [picture.target]
    low = max(0.0, 10 * (min(shown, default=0) // 10))
    high = min(100.0, -10 * (-max(shown, default=100) // 10))
    if high - low < 20:
        low = max(0.0, min(low, high - 20))
        high = max(high, low + 20)
    return low, high


def _frame(low: float, high: float, y: Callable[[float], float]) -> list[Path]:
    grid = "".join(f"M{_LEFT} {_n(y(tick))}H{_RIGHT}" for tick in ticks(low, high))
    return [Path("grid", grid)]


def _scale(low: float, high: float, y: Callable[[float], float]) -> list[Words]:
    return [Words(str(_LEFT - 8), _n(y(tick) + 8), "e", f"{tick:g}%") for tick in ticks(low, high)]


def _levels(
    lines: Sequence[Lines | None], x: Callable[[float], float], y: Callable[[float], float]
) -> list[Path]:
    """The mean and the limits, in steps where they change from one period to the next."""
    parts: dict[str, list[str]] = {"mean": [], "limit": []}
    for start, end, level in _stretches(lines):
        left, right = _n(x(start - 0.5)), _n(x(end - 0.5))
        parts["mean"].append(f"M{left} {_n(y(level.centre))}H{right}")
        for value in (level.lower, level.upper):
            parts["limit"].append(f"M{left} {_n(y(value))}H{right}")
    return [Path(css, "".join(d)) for css, d in parts.items()]


def _stretches(lines: Sequence[Lines | None]) -> Iterable[tuple[int, int, Lines]]:
    start = 0
    for index in range(1, len(lines) + 1):
        if index == len(lines) or lines[index] != lines[start]:
            level = lines[start]
            if level is not None:
                yield start, index, level
            start = index


def _course(dots: Sequence[Dot], x: Callable[[float], float], y: Callable[[float], float]) -> str:
    """Lines between neighbours; none across a gap."""
    d = ""
    is_open = False
    for index, (one, other) in enumerate(pairwise(dots)):
        if one.value is None or other.value is None:
            is_open = False
            continue
        if not is_open:
            d += f"M{_n(x(index))} {_n(y(one.value))}L"
        else:
            d += " "
        d += f"{_n(x(index + 1))} {_n(y(other.value))}"
        is_open = True
    return d


def _names(dots: Sequence[Dot], x: Callable[[float], float]) -> list[Words]:
    """Names of periods, from the last back, as many as there is room for."""
    words: list[Words] = []
    free = float(WIDTH)
    for index in range(len(dots) - 1, -1, -1):
        name = dots[index].short
        half = 6.8 * len(name)
        centre = min(x(index), WIDTH - half)
        if centre + half + 12 <= free or not words:
            words.append(Words(_n(centre), str(_BOTTOM + 36), "", name))
            free = centre - half
        if free < _LEFT:
            break
    return list(reversed([each for each in words if float(each.x) > 40]))
