"""What the language has, and what each of it can answer: read off the core, so that a construct
that is added must be met, or be said here to answer nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import Enum
from typing import Literal, get_args, get_origin, get_type_hints

from policyengine.plan import core
from policyengine.values.verdict import Verdict

TRUTHS = ("true", "false", "unknown")
VALUES = ("value", "unknown")

# What each kind of node can come to, at least.
ANSWERS: dict[type, tuple[str, ...]] = {
    core.SettingValue: VALUES,
    core.Field: (*VALUES, "not yet"),
    core.Derived: VALUES,
    core.Follow: ("record", "nothing", "unknown"),
    core.Not: TRUTHS,
    core.And: TRUTHS,
    core.Or: TRUTHS,
    core.AtLeast: TRUTHS,
    core.Compare: TRUTHS,
    core.InList: TRUTHS,
    core.IsWithin: TRUTHS,
    core.Presence: TRUTHS,
    core.Mentions: TRUTHS,
    core.Matches: TRUTHS,
    core.Repeats: TRUTHS,
    core.ThereIs: TRUTHS,
    core.Every: TRUTHS,
    core.Pick: ("record", "nothing", "unsure"),
    core.NumberOf: ("value", "range"),
    core.Aggregate: VALUES,
    core.WordsIn: VALUES,
    core.NewWords: VALUES,
    core.NewWordsSinceAny: (*VALUES, "range"),
    core.Similarity: VALUES,
    core.Sum: (*VALUES, "range"),
    core.Shift: (*VALUES, "not yet"),
    core.DaysFrom: (*VALUES, "range"),
    core.AgeAt: VALUES,
    core.StartOf: VALUES,
    core.PeriodEnd: (*VALUES, "not yet"),
    core.PeriodStart: (*VALUES, "not yet"),
    core.ExtremeOf: VALUES,
    core.Choice: (*VALUES, "not yet"),
}
# What answers nothing of its own: it is what stands there, or is no more than a name.
SAYS_NOTHING: frozenset[type] = frozenset(
    {core.Const, core.AsAt, core.Slot, core.IdOf, core.Deadline}
)
# What the checker refuses, or what has no such answer.
IMPOSSIBLE = frozenset(
    {("InList:truth", each) for each in TRUTHS}
    | {("InList:ref", each) for each in TRUTHS}
    | {("Presence:open", "unknown")}
)
FORMS = ("domain", "side", "how", "which", "unit")  # the fields that tell one form from another
WINDOW_ANSWERS = ("inside", "outside", "perhaps", "missing T", "not yet")
WINDOWS: dict[type, tuple[str, ...]] = {
    core.Within: (
        "Within:after",
        "Within:after:rolls",
        "Within:before",
        "Within:either",
        "Within:after:counting",
        "Within:after:counting:rolls",
        "Within:before:counting",
    ),
    core.Between: ("Between", "Between:rolls"),
    core.OnDay: ("OnDay",),
    core.NoLater: ("NoLater", "NoLater:rolls", "NoLater:strictly"),
}
_NEVER_LATE = tuple(each for each in Verdict if each is not Verdict.MET_LATE)
DUTIES: dict[type, tuple[Verdict, ...]] = {
    core.Have: tuple(Verdict),
    core.NotHave: _NEVER_LATE,
    core.HaveField: tuple(Verdict),
    core.Show: _NEVER_LATE,
    core.HaveEvery: tuple(Verdict),
}


def wanted() -> Iterator[tuple[str, str]]:
    """All that a run that is large enough must have met, in each engine. Raises `LookupError`
    where the core has what is not told of here."""
    untold = sorted(each.__name__ for each in _untold())
    if untold:
        raise LookupError(f"not told of in tools/conformance/constructs.py: {', '.join(untold)}")
    for kind, answers in ANSWERS.items():
        for name in _forms(kind):
            yield from ((name, each) for each in answers if (name, each) not in IMPOSSIBLE)
    yield "ExtremeOf:later", "not yet"
    for names in WINDOWS.values():
        yield from ((f"window {name}", each) for name in names for each in WINDOW_ANSWERS)
    for duty, verdicts in DUTIES.items():
        yield from ((f"duty {duty.__name__}", each.value) for each in verdicts)


def _untold() -> Iterator[type]:
    """Kinds of node, window and duty of the core that stand in no table."""
    told = {*ANSWERS, *SAYS_NOTHING, *WINDOWS, *DUTIES}
    named = {each for each in vars(core).values() if isinstance(each, type)}
    nodes = {each for each in named if issubclass(each, core.Core | core.Window)}
    yield from {*nodes, *get_args(core.Duty)} - told - {core.Core, core.Window}


def _forms(kind: type) -> Iterator[str]:
    """The names of a kind of node, one for each of its forms."""
    hints = get_type_hints(kind)
    for field in FORMS:
        if field not in hints:
            continue
        hint = hints[field]
        if get_origin(hint) is Literal:
            yield from (f"{kind.__name__}:{each}" for each in get_args(hint))
            return
        if isinstance(hint, type) and issubclass(hint, Enum):
            yield from (f"{kind.__name__}:{each.value}" for each in hint)
            return
    yield kind.__name__


def name_of(node: core.Core) -> str:
    """A node's kind, and which of its forms it is."""
    name = type(node).__name__
    for field in FORMS:
        form = getattr(node, field, None)
        if form is not None:
            return f"{name}:{form.value if isinstance(form, Enum) else form}"
    return name


def shape_of(window: core.OneWindow) -> str:
    """A window's kind, and which of its forms it is."""
    match window:
        case core.Within():
            counting = ":counting" if window.counting_that_day else ""
            return f"Within:{window.side}{counting}{':rolls' if window.rolls else ''}"
        case core.NoLater(strictly=True):
            return "NoLater:strictly"
        case core.OnDay():
            return "OnDay"
        case core.Between(rolls=rolls) | core.NoLater(rolls=rolls):
            return type(window).__name__ + (":rolls" if rolls else "")
