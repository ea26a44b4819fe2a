"""Control charts as text: a line a rule with its course, and charts that read at 80 columns.

Shapes say everything: a dot, and triangles up and down for what is more than chance.
"""

from collections.abc import Iterable, Sequence
from string import digits

from rich.console import RenderableType
from rich.padding import Padding
from rich.text import Text

from policyengine.findings.dates import counted
from policyengine.report.charts.picture import Dot, Mark, Picture
from policyengine.report.symbols import PLAIN, Symbols
from policyengine.trend import Assurance, Variation

ROWS = 11
GUTTER = 11  # "target 95% "
WIDEST = 4  # columns a period
PROSE = 100
_BARS = "▁▂▃▄▅▆▇█"
_STYLES = {Mark.IMPROVEMENT: "green", Mark.CONCERN: "red"}


def trend_parts(
    heading: Sequence[str],
    pictures: Sequence[Picture],
    drawn: Sequence[Picture],
    width: int,
    symbols: Symbols,
) -> Iterable[RenderableType]:
    """The heading, a line or two a rule, and the charts of `drawn`."""
    for index, line in enumerate(heading):
        yield Text(line, style=("bold", "")[index] if index < 2 else "dim", overflow="fold")
    yield Text()
    yield from _overview(pictures, width, symbols)
    for picture in drawn:
        yield Text()
        yield from chart_parts(picture, width, symbols)
    yield Text()
    yield Text(_legend(symbols), style="dim", overflow="fold")


def _legend(symbols: Symbols) -> str:
    up, down, dot, _ = _shapes(symbols)
    return (
        f"{dot} no more than chance; {up} improvement and {down} concern, more than chance by the "
        "four rules of Making Data Count. Course: from 0 to 100%. Target: whether it will be "
        "reached or missed, if nothing changes."
    )


def _shapes(symbols: Symbols) -> tuple[str, str, str, str]:
    return ("^", "v", "o", "'") if symbols is PLAIN else ("▲", "▼", "•", "△")


# --- a line a rule --------------------------------------------------------------------------------


def _overview(
    pictures: Sequence[Picture], width: int, symbols: Symbols
) -> Iterable[RenderableType]:
    ids = max((len(each.rule) for each in pictures), default=0)
    room = max(12, min(24, width - 60))
    head = f"  {'Course':<{room}} {'Latest':>7} {'Mean (limits)':>16}  {'Signal':<11}{'Target'}"
    yield Text(head, style="dim", no_wrap=True)
    for each in pictures:
        if each.is_drawn:
            title = Text(f"{each.rule:<{ids}}  ", style="bold", no_wrap=True)
            title.append(each.title, style="not bold")
            title.truncate(width, overflow="ellipsis")
            yield title
            yield _row(each, room, symbols)
    yield from _without_a_rate(pictures)


def _without_a_rate(pictures: Sequence[Picture]) -> Iterable[RenderableType]:
    """The rules that have no rate in any period, by what is said of the last."""
    silent: dict[str, list[str]] = {}
    for each in pictures:
        if not each.is_drawn and each.dots:
            silent.setdefault(each.latest.says, []).append(each.rule)
    for why, rules in sorted(silent.items()):
        yield Text()
        number = counted(len(rules), "rule")
        yield Text(f"{why.capitalize()} ({number}): {', '.join(rules)}", style="dim")


def _row(picture: Picture, room: int, symbols: Symbols) -> Text:
    line = Text("  ", no_wrap=True)
    line.append(f"{course(picture.dots[-room:], symbols):<{room}} ")
    last = picture.latest
    value = "" if last.value is None else f"{last.value:g}%"
    line.append(f"{value or symbols.dash:>7} {_limits(picture, symbols):>16}  ")
    signal, style = _signal(picture.variation, symbols)
    line.append(f"{signal:<11}", style=style)
    return line.append(_target(picture, symbols))


def course(dots: Sequence[Dot], symbols: Symbols) -> str:
    """A character a period, from 0 to 100 percent; a blank where there is nothing."""
    steps = digits if symbols is PLAIN else _BARS
    said = ""
    for dot in dots:
        if dot.value is None:
            said += " "
        else:
            said += steps[min(int(dot.value / 100 * len(steps)), len(steps) - 1)]
    return said


def _limits(picture: Picture, symbols: Symbols) -> str:
    lines = [each for each in picture.lines if each is not None]
    if not lines:
        return symbols.dash
    last = lines[-1]
    return f"{last.centre:.0f} ({last.lower:.0f}{symbols.dash}{last.upper:.0f})"


def _signal(variation: Variation | None, symbols: Symbols) -> tuple[str, str]:
    up, down, _, _ = _shapes(symbols)
    match variation:
        case None:
            return symbols.dash, "dim"
        case Variation.COMMON:
            return "chance", "dim"
        case Variation.IMPROVEMENT:
            return f"{up} better", "green"
        case Variation.CONCERN:
            return f"{down} concern", "red"


def _target(picture: Picture, symbols: Symbols) -> str:
    if picture.target is None:
        return ""
    word = {
        Assurance.PASSING: f"{symbols.met} reached",
        Assurance.FAILING: f"{symbols.breached} missed",
        Assurance.HIT_OR_MISS: "~ by chance",
        None: symbols.dash,
    }[picture.assurance]
    return f"{picture.target:g}% {word}"


# --- a chart --------------------------------------------------------------------------------------


def chart_parts(picture: Picture, width: int, symbols: Symbols) -> Iterable[RenderableType]:
    """One chart with its sentences."""
    yield Text(f"{picture.rule}  {picture.title}", style="bold", overflow="fold")
    if picture.is_drawn:
        yield from _Plot(picture, width, symbols).lines()
    for words in picture.says:
        yield Padding(Text(words, overflow="fold"), (0, max(0, width - PROSE), 0, 2))


class _Plot:
    """A grid of characters: a row a step of the rate, some columns a period."""

    def __init__(self, picture: Picture, width: int, symbols: Symbols) -> None:
        room = width - GUTTER
        self.dots = picture.dots[-room:]
        first = len(picture.dots) - len(self.dots)
        self.levels = picture.lines[first:]
        self.breaks = {index - first for index, _ in picture.breaks}
        self.target = picture.target
        self.step = max(1, min(WIDEST, room // max(len(self.dots), 1)))
        self.symbols = symbols
        self.low, self.high = self._span()

    def lines(self) -> Iterable[Text]:
        """From the top row to the names of the periods."""
        labels = self._labels()
        for row in range(ROWS):
            line = Text(f"{labels.get(row, ''):>{GUTTER - 1}} ", no_wrap=True, style="dim")
            for index, dot in enumerate(self.dots):
                for column in range(self.step):
                    char, style = self._char(row, index, dot, column)
                    line.append(char, style=style)
            yield line
        yield self._axis()

    def _char(self, row: int, index: int, dot: Dot, column: int) -> tuple[str, str]:
        if column == self.step // 2 and dot.value is not None and self._row(dot.value) == row:
            up, down, plain, least = _shapes(self.symbols)
            shape = {Mark.IMPROVEMENT: up, Mark.CONCERN: down, Mark.AT_LEAST: least}
            return shape.get(dot.mark, plain), f"bold not dim {_STYLES.get(dot.mark, '')}".strip()
        if column == 0 and index in self.breaks:
            return "│", "dim"
        level = self.levels[index]
        if level is not None:
            if self._row(level.centre) == row:
                return "─", "dim"
            if row in (self._row(level.lower), self._row(level.upper)):
                return "." if self.symbols is PLAIN else "╌", "dim"
        if self.target is not None and self._row(self.target) == row:
            return "═", "dim"
        return " ", ""

    def _labels(self) -> dict[int, str]:
        levels = [level for level in self.levels if level is not None]
        found: dict[int, str] = {}
        named: list[tuple[str, float | None]] = []
        if levels:
            last = levels[-1]
            named = [("mean", last.centre), ("target", self.target)]
            named += [("upper", last.upper), ("lower", last.lower)]
        else:
            named = [("target", self.target), ("", self.high), ("", self.low)]
        for name, value in named:
            if value is not None:
                found.setdefault(self._row(value), f"{name} {value:.0f}%".strip())
        return found

    def _span(self) -> tuple[float, float]:
        shown = [dot.value for dot in self.dots if dot.value is not None]
        for level in self.levels:
            shown += [] if level is None else [level.lower, level.upper]
        shown += [] if self.target is None else [self.target]
        low, high = min(shown), max(shown)
        if high - low < 10:
            low, high = max(0.0, low - 5), min(100.0, high + 5)
        return low, high

    def _row(self, value: float) -> int:
        span = self.high - self.low
        return round((self.high - value) / span * (ROWS - 1)) if span else ROWS // 2

    def _axis(self) -> Text:
        """The names of periods, as many as there is room for; the last one always."""
        room = GUTTER + len(self.dots) * self.step
        cells = [" "] * (room + 6)
        free = room + 6
        for index in range(len(self.dots) - 1, -1, -1):
            name = self.dots[index].short
            start = GUTTER + index * self.step + self.step // 2 - len(name) // 2
            if start + len(name) + 2 <= free and start >= GUTTER - 2:
                cells[start : start + len(name)] = name
                free = start
        return Text("".join(cells).rstrip(), style="dim", no_wrap=True)
