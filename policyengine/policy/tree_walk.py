"""Walking trees of either room in the order in which they are written, without recursion."""

from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from functools import lru_cache

from policyengine.plan import core
from policyengine.source import Span


@lru_cache(maxsize=512)
def _inner(of: type) -> tuple[str, ...]:
    """The fields of a node's class that can hold nodes, last first."""
    names = [field.name for field in fields(of) if field.name not in ("span", "name_span")]
    return tuple(reversed(names))


def walk(node: object) -> Iterator[object]:
    """The node, then everything inside it, in the order of the fields: `core` nodes, sets,
    windows and duties, or syntax nodes."""
    stack = [node]
    while stack:
        top = stack.pop()
        if isinstance(top, tuple):
            stack.extend(reversed(top))
        elif is_dataclass(top) and not isinstance(top, type | Span):
            yield top
            stack.extend(
                value
                for name in _inner(type(top))
                if not isinstance(value := getattr(top, name), str | bool | int | None)
            )


def height(node: object, below: Mapping[tuple[str, str], int]) -> int:
    """How deep a core expression goes. A defined field, and a gathered kind (under the key
    `("", NAME)`), count what stands below them."""
    deepest = 0
    stack: list[tuple[object, int]] = [(node, 0)]
    while stack:
        top, depth = stack.pop()
        if isinstance(top, tuple):
            stack.extend((item, depth) for item in top)
        elif is_dataclass(top) and not isinstance(top, type | Span):
            depth += 1
            deepest = max(deepest, depth)
            if isinstance(top, core.Derived):
                deepest = max(deepest, depth + below.get((top.kind, top.name), 0))
            elif isinstance(top, core.RecordSet):
                deepest = max(deepest, depth + below.get(("", top.kind), 0))
            stack.extend(
                (value, depth)
                for name in _inner(type(top))
                if not isinstance(value := getattr(top, name), str | bool | int | None)
            )
    return deepest
