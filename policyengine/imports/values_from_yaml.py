"""Where a value comes from and how it is read: the smaller parts of a mapping file."""

from collections.abc import Iterable
from dataclasses import replace
from enum import Enum
from typing import Final, TypeVar

from policyengine.formats import Mapping, Node, Scalar, Sequence
from policyengine.imports.clock import is_day, layout_fault
from policyengine.imports.faults import ACTIONS, BESIDE, LEAVE_OUT, Action, Fault
from policyengine.imports.model import (
    Condition,
    LeaveOut,
    Manner,
    OrderAs,
    OrderBy,
    Step,
    StepName,
    Take,
    ValueSource,
)
from policyengine.schema.reading import Reading, did_you_mean

Word = TypeVar("Word", bound=Enum)

SHAPE: Final = "MAP001"
NAME: Final = "MAP002"
TAKES: Final = frozenset(take.value for take in Take)
MANNERS: Final = (
    "dates",
    "nulls",
    "unknown",
    "withheld",
    "yes",
    "no",
    "blank_dates",
    "open_dates",
    "midnight",
    "plausible_from",
)
_SPLIT: Final = frozenset({"split", "take"})
MOST_STEPS: Final = 20


def texts(node: Node | None, what: str, reading: Reading) -> tuple[str, ...]:
    """A list of texts, or one for itself; in a list, quotes make a text of nothing."""
    if node is None:
        return ()
    nodes = node.items if isinstance(node, Sequence) else (node,)
    found = []
    for each in nodes:
        if isinstance(each, Scalar) and (each.quoted or each.text):
            found.append(each.text)
        else:
            reading.fault(SHAPE, each.span, f"{what} must be a text, or a list of texts")
    return tuple(found)


def flag(node: Node | None, what: str, reading: Reading) -> bool | None:
    """`yes` or `no`; None where there is nothing."""
    if node is None:
        return None
    text = node.text if isinstance(node, Scalar) else ""
    if text in ("yes", "true"):
        return True
    if text not in ("no", "false"):
        reading.fault(SHAPE, node.span, f"{what} is `yes` or `no`")
    return False


def choice(node: Node, words: Iterable[Word], what: str, reading: Reading) -> Word | None:
    """One of the words of an enumeration."""
    known = {word.value: word for word in words}
    text = node.text if isinstance(node, Scalar) else ""
    if text not in known:
        reading.fault(NAME, node.span, f"{what} cannot be this", hints=(did_you_mean(text, known),))
    return known.get(text)


# --- where a text comes from --------------------------------------------------------------------


def value_source(node: Node, what: str, reading: Reading) -> ValueSource | None:
    """`NAME`, or `{from: NAME}`, `{join: [...]}` and the like, with `then`. Other keys of a
    mapping are whoever asks' own."""
    if not isinstance(node, Mapping):
        name = texts(node, what, reading)
        return ValueSource(take=Take.COLUMN, names=name, span=node.span) if name else None
    taken = [entry for entry in node.entries if entry.key.text in TAKES]
    if len(taken) != 1:
        hint = "exactly one of `from`, `join`, `first_of`, `filled` and `value` says where from"
        reading.fault(SHAPE, node.span, f"{what} does not say where it comes from", hints=(hint,))
        return None
    take = Take(taken[0].key.text)
    names = texts(taken[0].value, f"`{take.value}` of {what}", reading)
    if not names or (len(names) > 1 and take not in (Take.JOIN, Take.FIRST)):
        reading.fault(SHAPE, taken[0].value.span, f"`{take.value}` of {what} takes one name")
        return None
    between = texts(node.get("with"), f"`with` of {what}", reading)
    if between and take is not Take.JOIN:
        reading.fault(SHAPE, node.span, f"`with` of {what} belongs to `join`")
    return ValueSource(
        take=take,
        names=names,
        between="".join(between),
        steps=_steps(node.get("then"), what, reading),
        span=node.span,
    )


def _steps(node: Node | None, what: str, reading: Reading) -> tuple[Step, ...]:
    if node is None:
        return ()
    nodes = node.items if isinstance(node, Sequence) else (node,)
    if len(nodes) > MOST_STEPS:
        reading.fault(SHAPE, node.span, f"`then` of {what} has more than {MOST_STEPS} steps")
        return ()
    found = (_step(each, what, reading) for each in nodes)
    return tuple(step for step in found if step is not None)


def _step(node: Node, what: str, reading: Reading) -> Step | None:
    if isinstance(node, Scalar):
        plain = (StepName.TRIM, StepName.LOWER, StepName.UPPER, StepName.DIGITS)
        name = choice(node, plain, f"a step of {what}", reading)
        return None if name is None else Step(name)
    if isinstance(node, Mapping):
        keys = {entry.key.text for entry in node.entries}
        if keys == {"drop_prefix"}:
            prefix = texts(node.get("drop_prefix"), "`drop_prefix`", reading)
            return Step(StepName.DROP_PREFIX, "".join(prefix))
        if keys == _SPLIT:
            at = "".join(texts(node.get("split"), "`split`", reading))
            return _split(node, at, what, reading)
    hint = "trim, lower, upper, digits, {split: TEXT, take: N or last} or {drop_prefix: TEXT}"
    reading.fault(SHAPE, node.span, f"there is no such step (in {what})", hints=(hint,))
    return None


def _split(node: Mapping, at: str, what: str, reading: Reading) -> Step | None:
    take = "".join(texts(node.get("take"), "`take`", reading))
    number = 0 if take == "last" else int(take) if take.isascii() and take.isdigit() else -1
    if not at or number < 0 or (number == 0 and take != "last") or number > 1000:
        message = f"`split` of {what} needs a text, and `take` a number from 1, or `last`"
        reading.fault(SHAPE, node.span, message)
        return None
    return Step(StepName.SPLIT, at, number)


# --- how texts are read -------------------------------------------------------------------------


def manner(body: Mapping, above: Manner, what: str, reading: Reading) -> Manner:
    """How texts are read here: what is said in `body`, and for the rest as above."""

    def words(key: str) -> frozenset[str]:
        node = body.get(key)
        found = texts(node, f"`{key}` of {what}", reading)
        was: frozenset[str] = getattr(above, key)
        return was if node is None else frozenset(text.strip() for text in found)

    def days(key: str) -> frozenset[str]:
        found = words(key)
        node = body.get(key)
        for text in sorted(found) if node is not None else ():
            if node is not None and not is_day(text):
                message = f"`{key}` of {what} are dates such as 2100-12-31"
                reading.fault(SHAPE, node.span, message)
        return found

    return replace(
        above,
        dates=_layouts(body.get("dates"), above.dates, what, reading),
        nulls=words("nulls"),
        unknown=words("unknown"),
        withheld=words("withheld"),
        yes=words("yes"),
        no=words("no"),
        blank_dates=days("blank_dates"),
        open_dates=days("open_dates"),
        midnight_unknown=_midnight(body.get("midnight"), above.midnight_unknown, what, reading),
        plausible_from=day_text(body.get("plausible_from"), f"`plausible_from` of {what}", reading)
        or above.plausible_from,
    )


def _layouts(
    node: Node | None, above: tuple[str, ...], what: str, reading: Reading
) -> tuple[str, ...]:
    if node is None:
        return above
    nodes = node.items if isinstance(node, Sequence) else (node,)
    for each in nodes:
        text = each.text if isinstance(each, Scalar) else ""
        why = layout_fault(text)
        if why is not None:
            hint = "`iso`, `excel_serial`, `excel_serial_1904`, or one such as `%d/%m/%Y %H:%M`"
            reading.fault(SHAPE, each.span, f"a layout in `dates` of {what}: {why}", hints=(hint,))
    return texts(node, f"`dates` of {what}", reading) or above


def _midnight(node: Node | None, above: bool, what: str, reading: Reading) -> bool:
    if node is None:
        return above
    text = node.text if isinstance(node, Scalar) else ""
    if text not in ("unknown", "real"):
        message = f"`midnight` of {what} is `unknown` (no time was written down) or `real`"
        reading.fault(SHAPE, node.span, message)
    return text == "unknown"


def day_text(node: Node | None, what: str, reading: Reading) -> str | None:
    """A day, YYYY-MM-DD, as the text that it is."""
    if node is None:
        return None
    text = node.text.strip() if isinstance(node, Scalar) else ""
    if not is_day(text):
        reading.fault(SHAPE, node.span, f"{what} must be a date such as 2026-12-24")
        return None
    return text


# --- which rows ---------------------------------------------------------------------------------


def condition(node: Node, what: str, reading: Reading, extra: str = "") -> Condition | None:
    """`{column: NAME, in: [...]}`, `not_in`, or `filled`."""
    body = reading.mapping(node, what)
    if body is None:
        return None
    allowed = {"column", "in", "not_in", "filled"} | ({extra} if extra else set())
    reading.only(body, allowed, what)
    column = body.get("column")
    source = None if column is None else value_source(column, f"`column` of {what}", reading)
    tests = [key for key in ("in", "not_in", "filled") if body.get(key) is not None]
    if source is None or len(tests) != 1:
        hint = "a `column`, and one of `in: [...]`, `not_in: [...]` and `filled: yes`"
        reading.fault(SHAPE, node.span, f"{what} is not a condition", hints=(hint,))
        return None
    if tests == ["filled"]:
        filled = flag(body.get("filled"), f"`filled` of {what}", reading)
        return Condition(column=source, filled=filled)
    among = texts(body.get(tests[0]), f"`{tests[0]}` of {what}", reading)
    trimmed = frozenset(text.strip() for text in among)
    return Condition(column=source, texts=trimmed, negated=tests == ["not_in"])


def conditions(node: Node | None, what: str, reading: Reading) -> tuple[Condition, ...]:
    """Conditions that all hold."""
    found = (condition(each, what, reading) for each in _several(node))
    return tuple(each for each in found if each is not None)


def left_out(node: Node | None, what: str, reading: Reading) -> tuple[LeaveOut, ...]:
    """Rows that are no record, each sort under its name."""
    found: list[LeaveOut] = []
    for each in _several(node):
        name = each.get("as") if isinstance(each, Mapping) else None
        test = condition(each, f"`leave_out` of {what}", reading, "as")
        if name is None:
            hint = "`as: draft`, `entered_in_error`, `deleted` or `test`"
            reading.fault(SHAPE, each.span, f"`leave_out` of {what} needs a name", hints=(hint,))
            continue
        fault = choice(name, LEAVE_OUT, f"`as` in `leave_out` of {what}", reading)
        if fault is not None and test is not None:
            found.append(LeaveOut(fault=fault, condition=test))
    return tuple(found)


def order_by(node: Node, what: str, reading: Reading) -> OrderBy | None:
    """A column, and how its values are compared."""
    source = value_source(node, what, reading)
    compared: OrderAs | None = OrderAs.TEXT
    if isinstance(node, Mapping):
        reading.only(node, {*TAKES, "with", "then", "as"}, what)
        how = node.get("as")
        compared = OrderAs.TEXT if how is None else choice(how, OrderAs, f"`as` of {what}", reading)
    return None if source is None or compared is None else OrderBy(column=source, compared=compared)


def orders(node: Node | None, what: str, reading: Reading) -> tuple[OrderBy, ...]:
    """One column or several, the first deciding."""
    found = (order_by(each, what, reading) for each in _several(node))
    return tuple(each for each in found if each is not None)


def _several(node: Node | None) -> tuple[Node, ...]:
    if node is None:
        return ()
    return node.items if isinstance(node, Sequence) else (node,)


# --- what is done with faults -------------------------------------------------------------------


def actions(
    node: Node | None,
    above: dict[Fault, Action],
    what: str,
    reading: Reading,
    *,
    of_kind: bool = False,
) -> dict[Fault, Action]:
    """`faults`: each fault's action, where it is one that the fault can have; of a kind, where it
    is one that a kind can have."""
    body = None if node is None else reading.mapping(node, f"`faults` of {what}")
    made = dict(above)
    known = {fault.value: fault for fault in Fault}
    for entry in body.entries if body else ():
        fault = known.get(entry.key.text)
        if fault is None:
            hints = (did_you_mean(entry.key.text, known),)
            message = f"there is no fault `{entry.key.text}`"
            reading.fault(NAME, entry.key.span, message, hints=hints)
            continue
        if of_kind and fault in BESIDE:
            message = f"`{fault.value}` is of no kind: it is said in the `faults` of the mapping"
            reading.fault(NAME, entry.key.span, message)
            continue
        can = ACTIONS[fault]
        named = choice(entry.value, can, f"what is done with `{fault.value}`", reading)
        if named is not None:
            made[fault] = named
    return made
