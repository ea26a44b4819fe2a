"""The paths of JSON objects, as a mapping writes them, with the texts that they lead to.

Of a list of objects, the item is chosen by its `system`, `url` or `linkId`, which name questions
and code systems and never people.
"""

import re
from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import Final

_CHOOSERS: Final = ("system", "url", "linkId")
_MOST_PATHS: Final = 500
_MOST_DEPTH: Final = 8
_STRUCTURE = re.compile(r"https?://[\w.\-/#]{3,150}|[A-Za-z][A-Za-z._\-]{0,60}[0-9]{0,2}")
_KEY = re.compile(r"[A-Za-z_@][\w\-]{0,80}")


def paths_of(rows: Iterable[dict[str, object]]) -> dict[str, list[str]]:
    """Each path with one cell a row, blank where the row has nothing there."""
    made: dict[str, dict[int, str]] = {}
    number = 0
    for number, row in enumerate(rows, 1):
        for path, text in _walk(row, "", 0):
            if path in made or len(made) < _MOST_PATHS:
                made.setdefault(path, {})[number] = text
    return {
        path: [cells.get(place, "") for place in range(1, number + 1)]
        for path, cells in made.items()
    }


def _walk(value: object, path: str, depth: int) -> Iterator[tuple[str, str]]:
    if depth > _MOST_DEPTH:
        return
    match value:
        case dict():
            for key, inner in value.items():
                if _KEY.fullmatch(key):
                    yield from _walk(inner, f"{path}.{key}" if path else key, depth + 1)
        case list():
            for item in value:
                chosen = _chooser(item)
                if chosen is not None or len(value) == 1:
                    yield from _walk(item, f"{path}{chosen or ''}", depth + 1)
        case bool():
            yield path, "true" if value else "false"
        case str() | int() | Decimal():
            yield path, str(value)
        case _:
            pass


def _chooser(item: object) -> str | None:
    for key in _CHOOSERS:
        found = item.get(key) if isinstance(item, dict) else None
        if isinstance(found, str) and _STRUCTURE.fullmatch(found):
            return f"[{key}={found}]"
    return None
