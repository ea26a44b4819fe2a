"""Walks over the core that both engines make."""

from collections.abc import Mapping

from policyengine.plan import core


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
