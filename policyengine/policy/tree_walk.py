"""How deep a tree goes, without recursion; `walk` is the plan's own."""

from collections.abc import Mapping
from dataclasses import is_dataclass

from policyengine.plan import core
from policyengine.plan.walks import inner_names, walk
from policyengine.source import Span

__all__ = ["height", "walk"]


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
                for name in inner_names(type(top))
                if not isinstance(value := getattr(top, name), str | bool | int | None)
            )
    return deepest
