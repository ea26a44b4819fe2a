"""Paths into JSON: `period.start`, `code.coding[system=http://snomed.info/sct].code`, `name[0]`."""

import re
from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import Final

MOST_STEPS: Final = 20
MOST_LENGTH: Final = 500
SEVERAL: Final = "\0several"
WRONG: Final = "\0wrong"
DAMAGED: Final = "\0damaged"
"""Stand for what is no text. No text holds a NUL: the readers refuse one."""

_STEP = re.compile(r"(?P<key>[^.\[\]]+)(?P<pick>\[[^\[\]]*\])?(?:\.|$)")
_PICK = re.compile(r"(?P<number>\d{1,4})|(?P<key>[^=\[\]]+)=(?P<text>[^\[\]]+)|")

Step = tuple[str, int | None, str, str]  # key; number, or a key and its text; all: number -1


def path_fault(path: str) -> str | None:
    """What is wrong with a path, or None."""
    try:
        _steps(path)
    except ValueError as error:
        return str(error)
    return None


def getter(path: str) -> Callable[[object], str]:
    """What a path leads to, as a text: blank if there is nothing, a mark if it is no one value.

    Raises ValueError for what is no path.
    """
    steps = _steps(path)
    if len(steps) == 1 and steps[0][1] is None and not steps[0][2]:
        key = steps[0][0]
        return lambda row: as_text(row.get(key) if type(row) is dict else None)

    def get(row: object) -> str:
        here: object = row
        for step in steps:
            here = _one_step(here, step)
            if here is None:
                return ""
            if here is _SEVERAL:
                return SEVERAL
        return as_text(here)

    return get


def rows_at(root: object, path: str) -> Iterable[object] | None:
    """The items that a path with `[]` leads to: `entry[].resource`; None if there is no list."""
    here: list[object] = [root]
    if not path:
        return root if isinstance(root, list) else None
    for key, number, _, _ in _steps(path):
        below: list[object] = []
        for each in here:
            found = each.get(key) if isinstance(each, dict) else None
            if isinstance(found, list):
                below += found
            elif number == -1:
                return None
            elif found is not None:
                below.append(found)
        here = below
    return here


def as_text(value: object) -> str:
    """A scalar of JSON as its text."""
    match value:
        case str():
            return value if value.isascii() and "\0" not in value else _sound(value)
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case int():
            return str(value)
        case Decimal():
            return format(value, "f")
        case list():
            if len(value) == 1:
                return as_text(value[0])
            return SEVERAL if value else ""
        case _:
            return WRONG


def _sound(text: str) -> str:
    """A text, unless it holds what no file can: a NUL, or half of a character."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return DAMAGED
    return DAMAGED if "\0" in text else text


class _Several:
    """More than one, and nothing chooses."""


_SEVERAL: Final = _Several()


def _one_step(here: object, step: Step) -> object:
    key, number, wanted, text = step
    if isinstance(here, list):
        if len(here) != 1:
            return _SEVERAL if here else None
        here = here[0]
    found = here.get(key) if isinstance(here, dict) else None
    if number is not None and number >= 0:
        return found[number] if isinstance(found, list) and number < len(found) else None
    if not wanted:
        return found
    among = found if isinstance(found, list) else [found]
    picked = [each for each in among if isinstance(each, dict) and each.get(wanted) == text]
    if len(picked) > 1:
        return _SEVERAL
    return picked[0] if picked else None


def _steps(path: str) -> list[Step]:
    if not path or len(path) > MOST_LENGTH:
        raise ValueError("a path has between 1 and 500 characters")
    made: list[Step] = []
    at = 0
    while at < len(path):
        found = _STEP.match(path, at)
        if found is None:
            raise ValueError("a path is names with points between, such as `period.start`")
        made.append(_step(found["key"], found["pick"]))
        at = found.end()
    if path.endswith(".") or len(made) > MOST_STEPS:
        raise ValueError(f"a path has at most {MOST_STEPS} steps, and no point at its end")
    return made


def _step(key: str, pick: str | None) -> Step:
    if pick is None:
        return key.strip(), None, "", ""
    found = _PICK.fullmatch(pick[1:-1])
    if found is None:
        raise ValueError("in brackets stands a number, or `key=text`")
    if found["number"]:
        return key.strip(), int(found["number"]), "", ""
    if found["key"]:
        return key.strip(), None, found["key"].strip(), found["text"].strip()
    return key.strip(), -1, "", ""
