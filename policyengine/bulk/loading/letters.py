"""Cells of JSON that are no texts, as texts that begin with NUL: what a cell is stays known."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

MARK: Final = "\0"


class Letters:
    """Writes a cell as a text and reads it back. What is neither a text, a number nor a truth is
    kept here: there is little of it."""

    def __init__(self) -> None:
        self._others: list[object] = []

    def encode(self, cell: object) -> str | None:
        """The text of a cell; a text stands for itself."""
        if type(cell) is str:
            return cell if not cell.startswith(MARK) and _is_whole(cell) else self._other(cell)
        if cell is None:
            return None
        if cell is True or cell is False:
            return f"{MARK}{'y' if cell else 'n'}"
        if type(cell) is int:
            return f"{MARK}i{cell}"
        if type(cell) is Decimal:
            return f"{MARK}d{cell}"
        return self._other(cell)

    def _other(self, cell: object) -> str:
        self._others.append(cell)
        return f"{MARK}o{len(self._others) - 1}"

    def decode(self, text: str | None) -> object:
        """What a text stands for."""
        if text is None or not text.startswith(MARK):
            return text
        rest = text[2:]
        match text[1]:
            case "y":
                return True
            case "n":
                return False
            case "i":
                return int(rest)
            case "d":
                return Decimal(rest)
            case _:
                return self._others[int(rest)]


def _is_whole(text: str) -> bool:
    """Whether a text can be written: half of a character, a lone surrogate, cannot."""
    if text.isascii():
        return True
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
