"""The few shapes that a report uses, with a plain form where the output cannot carry them."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Symbols:
    """One shape for each thing that is said."""

    breached: str
    shortfall: str
    unknown: str
    met: str
    warning: str
    bullet: str
    dot: str
    dash: str
    arrow: str


SHAPES = Symbols(
    breached="✗",
    shortfall="△",
    unknown="?",
    met="✓",
    warning="!",
    bullet="•",
    dot=" · ",
    dash="–",
    arrow="→",
)

PLAIN = Symbols(
    breached="X",
    shortfall="^",
    unknown="?",
    met="+",
    warning="!",
    bullet="-",
    dot=" | ",
    dash="-",
    arrow="->",
)


def symbols_for(encoding: str | None) -> Symbols:
    """The shapes where the output is some form of Unicode, else their plain forms."""
    return SHAPES if (encoding or "").lower().replace("-", "").startswith("utf") else PLAIN


# What rich draws with, where lines and corners cannot be carried.
LINES = str.maketrans(
    {
        **dict.fromkeys("─╌", "-"),
        **dict.fromkeys("━═", "="),
        **dict.fromkeys("│┃", "|"),
        **dict.fromkeys("├└╰╭╮╯┌┐┘┤┬┴┼┣┗", "+"),
        "…": "~",
    }
)
