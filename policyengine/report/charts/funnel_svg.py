"""Teams as a funnel: how much was judged from left to right, the rate from bottom to top."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil

from policyengine.report.charts.svg import (
    HEIGHT,
    WIDTH,
    Drawing,
    Path,
    Words,
    marks_at,
    number,
    ticks,
)
from policyengine.trend.funnel import Place, limits_at

_LEFT, _RIGHT, _TOP, _BOTTOM = 76, 700, 20, 276
_STEPS = 12
NAMED = 3  # teams named in the drawing; more would lie over one another
_MARKS = {
    Place.FAR_BELOW: "down",
    Place.BELOW: "dot",
    Place.INSIDE: "dot",
    Place.ABOVE: "dot",
    Place.FAR_ABOVE: "up",
}


@dataclass(frozen=True, slots=True)
class Spot:
    """A team as it is drawn: how much was judged, its rate (0 to 1), and where it stands."""

    name: str
    judged: int
    rate: float
    place: Place


def funnel(centre: float, spots: Sequence[Spot]) -> Drawing:
    """The funnel of some teams, at least one, around the rate of them all."""
    most = _rounded_up(max(spot.judged for spot in spots))
    least = min((spot.rate for spot in spots), default=0.0)
    lowest = min(least, limits_at(max(most // 12, 5), centre)[0])
    low = max(0.0, (lowest * 10 // 1) / 10)
    low = min(low, 0.8)

    def x(judged: float) -> float:
        return _LEFT + judged / most * (_RIGHT - _LEFT)

    def y(rate: float) -> float:
        return _BOTTOM - (max(rate, low) - low) / (1 - low) * (_BOTTOM - _TOP)

    counts = sorted({max(1, round(most * (step / _STEPS) ** 2)) for step in range(1, _STEPS + 1)})
    at = [(count, limits_at(count, centre)) for count in counts]
    outer = _curve([(x(n), y(lim[0])) for n, lim in at]) + _curve(
        [(x(n), y(lim[3])) for n, lim in at]
    )
    inner = _curve([(x(n), y(lim[1])) for n, lim in at]) + _curve(
        [(x(n), y(lim[2])) for n, lim in at]
    )
    levels = [tick / 100 for tick in ticks(100 * low, 100)]
    grid = "".join(f"M{_LEFT} {number(y(tick))}H{_RIGHT}" for tick in levels)
    paths = [
        Path("grid", grid),
        Path("mean", f"M{_LEFT} {number(y(centre))}H{_RIGHT}"),
        Path("outer", outer),
        Path("limit", inner),
        *marks_at((_MARKS[spot.place], x(spot.judged), y(spot.rate)) for spot in spots),
    ]
    words = [Words(str(_LEFT - 8), number(y(t) + 8), "e", f"{round(100 * t)}%") for t in levels]
    words += [
        Words(number(x(most * part / 2)), str(_BOTTOM + 30), "", f"{round(most * part / 2)}")
        for part in (0, 1, 2)
    ]
    words.append(Words(str((_LEFT + _RIGHT) // 2), str(HEIGHT - 6), "", "judged"))
    far = [spot for spot in spots if _is_far(spot)]
    if len(far) <= NAMED:
        words += [_name(spot, x(spot.judged), y(spot.rate)) for spot in far]
    return Drawing(paths=tuple(paths), words=tuple(words))


def _is_far(spot: Spot) -> bool:
    return spot.place in (Place.FAR_BELOW, Place.FAR_ABOVE)


def _name(spot: Spot, x: float, y: float) -> Words:
    is_right = x > WIDTH / 2
    return Words(
        number(x - 16 if is_right else x + 16),
        number(y + 8),
        "e" if is_right else "s",
        spot.name,
    )


def _curve(places: Sequence[tuple[float, float]]) -> str:
    first, *rest = (f"{number(x)} {number(y)}" for x, y in places)
    return f"M{first}L{' '.join(rest)}"


def _rounded_up(judged: int) -> int:
    """To the next number of one or two digits that an axis reads well with: 35, 150, 2000."""
    step = int("5" + "0" * (len(str(judged)) - 2)) if judged >= 10 else 5
    return max(10, ceil(judged / step) * step)
