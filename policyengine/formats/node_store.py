"""Trees of frozen dataclasses as JSON, and back: what is read back is of the classes that were
named, and of nothing else.

A node is a list that begins with the number of its class; what JSON has no word for begins with a
number below zero. A place is told by its file's number and its two offsets.
"""

import gc
import json
from collections.abc import Callable, Sequence
from dataclasses import fields, is_dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from typing import Any

from policyengine.source import SourceFile, Span

_SPAN, _TUPLE, _DECIMAL, _DATE, _DATETIME, _ENUM, _DICT, _SET, _FILE = range(-1, -10, -1)


class UnknownNodeError(TypeError):
    """Something that cannot be stored: a class that was not named."""


class NodeStore:
    """Writes and reads trees of these classes: frozen dataclasses with slots, and enums."""

    def __init__(self, classes: Sequence[type]) -> None:
        self._numbers = {of: number for number, of in enumerate(classes)}
        self._classes = list(classes)
        self._names: dict[type, list[str]] = {
            of: [f.name for f in fields(of)] for of in classes if is_dataclass(of)
        }
        self._setters: list[tuple[type, list[Callable[[Any, Any], None]]]] = [
            (of, [_setter(of, name) for name in self._names.get(of, ())]) for of in classes
        ]

    @property
    def layout(self) -> str:
        """What the stored form depends on: the classes, in their order, and their fields."""
        return ";".join(
            f"{of.__qualname__}({','.join(self._names.get(of, ()))})" for of in self._classes
        )

    def dumps(self, node: object, files: Sequence[SourceFile]) -> bytes:
        """A tree as JSON. `files` are those that its places lie in. Raises UnknownNodeError."""
        numbers = {id(file): number for number, file in enumerate(files)}
        return json.dumps(self._written(node, numbers), separators=(",", ":")).encode()

    def loads(self, body: bytes, files: Sequence[SourceFile]) -> Any:
        """The tree, its places in these files. Raises ValueError, TypeError, LookupError or
        AttributeError where the body is none that `dumps` made."""
        collects = gc.isenabled()
        gc.disable()  # all of it stays: there is nothing to be found on the way
        try:
            return _read(json.loads(body), self._setters, self._classes, files)
        finally:
            if collects:
                gc.enable()

    def _written(self, value: object, files: dict[int, int]) -> object:
        match value:
            case None | bool() | str():
                return value
            case Enum() if type(value) in self._numbers:
                return [_ENUM, self._numbers[type(value)], value.value]
            case int():
                return value
            case Span():
                return [_SPAN, files[id(value.file)], value.start, value.end]
            case SourceFile():
                return [_FILE, files[id(value)]]
            case tuple():
                return [_TUPLE, *(self._written(item, files) for item in value)]
            case Decimal():
                return [_DECIMAL, str(value)]
            case datetime():
                return [_DATETIME, value.isoformat()]
            case date():
                return [_DATE, value.toordinal()]
            case frozenset():
                items = [self._written(item, files) for item in value]
                return [_SET, *sorted(items, key=json.dumps)]
            case dict():
                pairs = (
                    (self._written(k, files), self._written(v, files)) for k, v in value.items()
                )
                return [_DICT, *(item for pair in pairs for item in pair)]
            case _ if type(value) in self._names:
                of = type(value)
                parts = (self._written(getattr(value, name), files) for name in self._names[of])
                return [self._numbers[of], *parts]
            case _:
                raise UnknownNodeError(type(value).__name__)


def _setter(of: type, name: str) -> Callable[[Any, Any], None]:
    """What fills a slot of a frozen class: what its own `__init__` would come to."""
    for each in of.__mro__:
        if name in each.__dict__:
            setter: Callable[[Any, Any], None] = each.__dict__[name].__set__
            return setter
    raise UnknownNodeError(f"{of.__name__} has no slots")


def _read(
    value: Any,
    setters: list[tuple[type, list[Callable[[Any, Any], None]]]],
    classes: list[type],
    files: Sequence[SourceFile],
) -> Any:
    """What a list of JSON stands for. One function with one loop: it is called for every node."""

    def read(found: Any) -> Any:
        if type(found) is not list:
            return found
        tag = found[0]
        if tag >= 0:
            of, slots = setters[tag]
            if len(found) != len(slots) + 1 or not slots:
                raise ValueError("a node has other parts than its class")
            node: Any = object.__new__(of)
            for fill, part in zip(slots, found[1:], strict=True):
                fill(node, read(part) if type(part) is list else part)
            return node
        if tag == _SPAN:
            return Span(files[found[1]], found[2], found[3])
        if tag == _TUPLE:
            return tuple([read(part) if type(part) is list else part for part in found[1:]])
        return _plain(tag, found, classes, files, read)

    return read(value)


def _plain(
    tag: int, found: Any, classes: list[type], files: Sequence[SourceFile], read: Callable[..., Any]
) -> Any:
    match tag:
        case -3:
            return Decimal(found[1])
        case -4:
            return date.fromordinal(found[1])
        case -5:
            return datetime.fromisoformat(found[1])
        case -6:
            return classes[found[1]](found[2])
        case -7:
            parts = [read(part) for part in found[1:]]
            return dict(zip(parts[::2], parts[1::2], strict=True))
        case -8:
            return frozenset(read(part) for part in found[1:])
        case -9:
            return files[found[1]]
        case _:
            raise ValueError("no such part of a tree")
