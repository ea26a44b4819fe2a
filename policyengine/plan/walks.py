"""Walks over trees: of the core, which both engines make, and of the syntax."""

from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from functools import lru_cache

from policyengine.plan import core
from policyengine.source import Span


@lru_cache(maxsize=512)
def inner_names(of: type) -> tuple[str, ...]:
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
                for name in inner_names(type(top))
                if not isinstance(value := getattr(top, name), str | bool | int | None)
            )


def fields_behind(node: core.Core, lets: Mapping[int, core.Core]) -> list[core.Field]:
    """The fields whose values an expression passes on. `lets` gives the expression behind the
    slot of a `let`."""
    found: list[core.Field] = []
    queue = [node]
    while queue:
        match queue.pop(0):
            case core.Field() as field:
                found.append(field)
            case core.Slot(index=index) if index in lets:
                queue.append(lets[index])
            case core.Shift(date=moment) | core.StartOf(date=moment):
                queue.append(moment)
            case core.PeriodEnd(date=moment) | core.PeriodStart(date=moment):
                queue.append(moment)
            case core.DaysFrom(start=start, end=end):
                queue.extend((start, end))
            case core.AgeAt(birth=birth, at=at):
                queue.extend((birth, at))
            case core.ExtremeOf(items=items):
                queue.extend(items)
            case core.Choice(options=options, otherwise=otherwise):
                queue.extend((*(value for value, _ in options), otherwise))
            case _:
                pass
    return found
