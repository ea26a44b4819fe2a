"""The time line of a replay as shapes for SVG: a lane for each breach, and above them the days on
which something happened. The tables under it say the same in words."""

from __future__ import annotations

from datetime import date

from policyengine.report.charts.svg import Drawing, Path, Words
from policyengine.report.replay.page import ReplayPage
from policyengine.values.verdict import Verdict

WIDTH = 960
_LEFT, _RIGHT, _TOP, _LANE = 150, 944, 64, 26
MOST_LANES = 60
_CLASSES = {
    Verdict.BREACHED: "breached",
    Verdict.MET: "met",
    Verdict.MET_LATE: "late",
    Verdict.CANNOT_TELL: "unsure",
    Verdict.NOT_YET_DUE: "open",
}


def time_line(page: ReplayPage) -> Drawing | None:
    """The drawing; None where there is no breach to draw."""
    if not page.raised:
        return None
    first, last = page.history.first, page.history.last
    span = max((last - first).days + 1, 1)

    def x(day: date) -> float:
        return _LEFT + (_RIGHT - _LEFT) * (day - first).days / span

    lanes = page.raised[:MOST_LANES]
    bottom = _TOP + _LANE * len(lanes)
    paths, words = _scale(first, last, x, bottom)
    for event in page.history.events:
        paths.append(Path("event", f"M{x(event.day):.1f} 40v12"))
    for number, raised in enumerate(lanes):
        y = _TOP + _LANE * number + _LANE / 2
        words.append(Words(f"{_LEFT - 10}", f"{y + 5:.0f}", "e", raised.rule))
        for spell in raised.course.spells:
            css = _CLASSES.get(spell.verdict) if spell.verdict else None
            if css is None:
                continue
            begin, end = x(spell.first), x(spell.last) + (_RIGHT - _LEFT) / span
            width = max(end - begin, 2)
            height = {"breached": 18, "open": 4}.get(css, 10)
            top = y - height / 2
            shape = f"M{begin:.1f} {top:.1f}h{width:.1f}v{height}h-{width:.1f}z"
            paths.append(Path(f"span {css}", shape))
    return Drawing(paths=tuple(paths), words=tuple(words), width=WIDTH, height=int(bottom + 12))


def _scale(first: date, last: date, x: object, bottom: float) -> tuple[list[Path], list[Words]]:
    """The beginnings of years, quarters or months, as many as there is room for."""
    months = (last.year - first.year) * 12 + last.month - first.month
    step = 1 if months <= 14 else 3 if months <= 48 else 12
    paths, words = [], []
    year, month = first.year, first.month
    while date(year, month, 1) <= last:
        day = date(year, month, 1)
        if day >= first and (month - 1) % step == 0:
            at = x(day)  # type: ignore[operator]
            paths.append(Path("tick", f"M{at:.1f} 30V{bottom:.0f}"))
            name = str(year) if step == 12 else f"{day:%b} {year}" if month == 1 else f"{day:%b}"
            words.append(Words(f"{at:.0f}", "22", "s", name))
        year, month = (year + 1, 1) if month == 12 else (year, month + 1)
    return paths, words
