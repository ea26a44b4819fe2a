"""A page to a text: at a width, in an encoding, with or without colour."""

from collections.abc import Iterable
from io import StringIO
from typing import TYPE_CHECKING

from policyengine.report.page import Page
from policyengine.report.symbols import LINES, PLAIN, symbols_for

if TYPE_CHECKING:
    from rich.console import Console, RenderableType


class Canvas:
    """Where a page is drawn."""

    def __init__(self, width: int, encoding: str, colour: bool) -> None:
        self.width = width
        self.symbols = symbols_for(encoding)
        self.colour = colour

    def audit(self, page: Page) -> str:
        """The violation report."""
        from policyengine.report.terminal import parts

        return self.drawn(parts(page, self.width, self.symbols))

    def drawn(self, parts: "Iterable[RenderableType]") -> str:
        """Anything that rich draws, as text; no line ends in blanks."""
        console = self._console()
        for part in parts:
            console.print(part)
        assert isinstance(console.file, StringIO)
        text = console.file.getvalue()
        if self.symbols is PLAIN:
            text = text.translate(LINES)
        if self.colour:
            return text
        return "".join(f"{line.rstrip()}\n" for line in text.splitlines())

    def _console(self) -> "Console":
        from rich.console import Console

        return Console(
            file=StringIO(),
            width=self.width,
            height=1000,
            force_terminal=self.colour,
            color_system="standard" if self.colour else None,
            no_color=not self.colour,
            legacy_windows=False,
            markup=False,
            emoji=False,
            highlight=False,
        )
