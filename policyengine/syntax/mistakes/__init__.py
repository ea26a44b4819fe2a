"""What a mistake most likely is: one explainer for each kind, asked from the surest to the last.

An explainer takes a scene and gives a message, or None if the mistake is not of its kind. None of
them changes how a file is read: the parser stopped already, and only the message is at stake.
"""

from collections.abc import Callable

from policyengine.diagnostics import Diagnostic
from policyengine.syntax.mistakes import (
    brackets,
    dates,
    general,
    lists,
    missing,
    names,
    order,
    phrases,
    signs,
    spelling,
    texts,
)
from policyengine.syntax.reader import Stop
from policyengine.syntax.scene import Scene

__all__ = ["explain", "is_in_rule", "resume_after"]

_EXPLAINERS: tuple[Callable[[Scene], Diagnostic | None], ...] = (
    texts.swallowed,
    texts.never_closed,
    signs.explain,
    dates.explain,
    lists.explain,
    missing.before_a_clause,
    names.rule_id,
    order.explain,
    phrases.explain,
    brackets.where_without,
    names.reserved,
    texts.without_quotes,
    missing.because,
    brackets.explain,
    spelling.explain,
    names.explain,
    order.outside,
    missing.explain,
    general.too_early,
)


def explain(stop: Stop) -> Diagnostic:
    """The message for one stop."""
    scene = Scene(stop)
    for explainer in _EXPLAINERS:
        found = explainer(scene)
        if found is not None:
            return found
    return general.explain(scene)


def is_in_rule(stop: Stop) -> bool:
    """Whether the mistake stands among the clauses of a rule."""
    return Scene(stop).item == "rule"


def resume_after(stop: Stop) -> int:
    """From where on reading may go on: past the mistake, or past the line of a text that has
    swallowed what follows it."""
    scene = Scene(stop)
    start = texts.swallower(scene)
    if start is None:
        clause = missing.taken_for_a_name(scene)
        return stop.offset if clause is None else clause
    end = stop.text.find("\n", start)
    return len(stop.text) if end < 0 else end
